"""The charts of planning: the front of candidates, what an extension brings, what languages cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from langcov.report.charts import PANEL

if TYPE_CHECKING:
    from collections.abc import Sequence

    import altair as alt


def pareto_fronts(
    cost: str, fronts: Sequence[str], kinds: Sequence[str], alphas: Sequence[str], sizes: Sequence[str]
) -> alt.FacetChart:
    """Return candidates by cost and premium, a panel a way to sum premiums up; the line joins those that no other beats.

    Its data set ``points`` has the columns front, number, kind, alpha, vocabulary, cost, cost_low, cost_high, premium, low,
    high and on (is on the front).
    """
    import altair as alt

    shapes = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right"]
    x = alt.X(
        "cost:Q", title=cost, scale=alt.Scale(zero=False, padding=14), axis=alt.Axis(tickCount=4, grid=False)
    )
    y = alt.Y(
        "premium:Q",
        title=None,
        scale=alt.Scale(zero=False, padding=14),
        axis=alt.Axis(tickCount=5, gridColor="var(--line)"),
    )
    legend = alt.Legend(title=None, orient="bottom", labelColor="currentColor", columns=4, symbolOpacity=1)
    plain = alt.Legend(
        title=None, orient="bottom", labelColor="currentColor", columns=4, symbolFillColor="currentColor"
    )
    colour = alt.Color(
        "kind:N",
        scale=alt.Scale(
            domain=list(kinds), range=[f"var(--kind-{place % 8})" for place in range(len(kinds))]
        ),
        legend=legend,
    )
    areas = [45 + 45 * place for place in range(len(sizes))]
    # A scale of one size draws nothing.
    size = (
        alt.Size("vocabulary:N", scale=alt.Scale(domain=list(sizes), range=areas), legend=plain)
        if len(sizes) > 1
        else alt.value(70)
    )
    low = "datum.on && datum.number % 2 == 0"
    base = alt.Chart(width=PANEL, height=PANEL)
    layers = [
        base.mark_rule(opacity=0.25).encode(x=alt.X("cost_low:Q"), x2="cost_high:Q", y=y, color=colour),
        base.mark_rule(opacity=0.25).encode(x=x, y=alt.Y("low:Q"), y2="high:Q", color=colour),
        base.transform_filter("datum.on")
        .mark_line(interpolate="step-after", color="var(--soft)", strokeWidth=1.2)
        .encode(x=x, y=y),
        base.mark_point(filled=True, strokeWidth=0).encode(
            x=x,
            y=y,
            color=colour,
            shape=alt.Shape(
                "alpha:N",
                scale=alt.Scale(
                    domain=list(alphas), range=[shapes[place % 7] for place in range(len(alphas))]
                ),
                legend=plain,
            ),
            size=size,
            opacity=alt.condition("datum.on", alt.value(1), alt.value(0.5)),
        ),
        # Below and left of the front there is nothing: every other of its numbers has room there, away from neighbours'.
        *(
            base.transform_filter(chosen)
            .mark_text(dx=dx, dy=dy, fontSize=10, color="currentColor")
            .encode(x=x, y=y, text="number:N")
            for chosen, dx, dy in ((low, -9, 9), (f"!({low})", 9, -8))
        ),
    ]
    chart: alt.FacetChart = (
        alt.LayerChart(layer=layers)
        .facet(
            facet=alt.Facet(
                "front:N",
                title=None,
                sort=list(fronts),
                header=alt.Header(
                    labelColor="currentColor", labelFontSize=12, labelFontWeight="bold", labelAnchor="start"
                ),
            ),
            columns=3,
            data=alt.NamedData("points"),
        )
        .resolve_scale(y="independent")
    )
    return chart


def extension_curves(panels: Sequence[tuple[str, str, bool]], languages: Sequence[str]) -> alt.HConcatChart:
    """Return what an extension brings as it grows, a panel a measure: a line and its interval for each language.

    Args:
        panels: Name and title of each measure, and whether the reference's value is 1.
        languages: Names, each with a colour of its own.

    Its data set ``curve`` has the columns pieces, language, measure, value, low and high.
    """
    import altair as alt

    colours = [f"var(--kind-{place % 8})" for place in range(len(languages))]
    colour = alt.Color(
        "language:N",
        scale=alt.Scale(domain=list(languages), range=colours),
        legend=alt.Legend(
            title=None,
            orient="bottom",
            columns=4,
            labelColor="currentColor",
            symbolType="stroke",
            symbolOpacity=1,
        ),
    )
    across = alt.X(
        "pieces:Q",
        title="New pieces",
        scale=alt.Scale(nice=False),
        axis=alt.Axis(grid=False, tickCount=5, format=",d"),
    )
    charts = []
    for measure, title, has_one in panels:
        base = (
            alt.Chart(alt.NamedData("curve"), width=PANEL, height=PANEL * 3 // 4)
            .transform_filter(alt.FieldEqualPredicate(field="measure", equal=measure))
            .encode(x=across, color=colour)
        )
        axis = alt.Axis(tickCount=5, format="~g", gridColor="var(--line)")
        y = alt.Y("value:Q", title=title, axis=axis)
        band = base.mark_area(opacity=0.15).encode(y=alt.Y("low:Q", title=title, axis=axis), y2="high:Q")
        layers = [
            band,
            base.mark_line(strokeWidth=2).encode(y=y),
            base.mark_point(filled=True, size=28, opacity=1).encode(y=y),
        ]
        if has_one:
            one = alt.Chart(alt.NamedData("curve")).mark_rule(color="var(--soft)", strokeDash=[3, 3])
            layers.append(one.encode(y=alt.YDatum(1, title=title, axis=axis)))
        charts.append(alt.layer(*layers))
    return alt.HConcatChart(hconcat=charts, spacing=24)


def budget_panels(
    panels: Sequence[tuple[str, str, bool]], languages: Sequence[str], tokenizers: Sequence[str]
) -> alt.HConcatChart:
    """Return what languages cost, a panel a quantity: a point for each tokenizer, and its interval.

    Args:
        panels: Name and title of each quantity, and whether its axis is logarithmic.
        languages: Names, from top to bottom.
        tokenizers: Names, each with a colour of its own.

    Its data set ``budget`` has the columns language, tokenizer, quantity, value, low and high.
    """
    import altair as alt

    # There are eight colours; with more tokenizers shapes tell those of one colour apart.
    colours = alt.Scale(
        domain=list(tokenizers), range=[f"var(--kind-{place % 8})" for place in range(len(tokenizers))]
    )
    shapes = alt.Scale(
        domain=list(tokenizers),
        range=["circle" if place < 8 else "diamond" for place in range(len(tokenizers))],
    )
    legend = alt.Legend(title=None, orient="bottom", columns=8, labelColor="currentColor")
    height = alt.Step(max(26, 7 * len(tokenizers)), **{"for": "position"})
    charts = []
    for place, (quantity, title, log) in enumerate(panels):
        axis = alt.Axis(labels=place == 0, grid=True, gridColor="var(--line)", labelPadding=8)
        base = (
            alt.Chart(alt.NamedData("budget"), width=PANEL, height=height)
            .transform_filter(alt.FieldEqualPredicate(field="quantity", equal=quantity))
            .encode(
                y=alt.Y("language:N", title=None, sort=list(languages), axis=axis),
                yOffset=alt.YOffset("tokenizer:N", sort=list(tokenizers)),
                color=alt.Color("tokenizer:N", scale=colours, legend=legend),
            )
        )
        x = alt.X(
            "value:Q",
            title=title,
            scale=alt.Scale(type="log", nice=False, padding=8) if log else alt.Scale(zero=True, padding=8),
            axis=alt.Axis(grid=False, tickCount=6, format="~g"),
        )
        points = base.mark_point(filled=True, size=32, opacity=1).encode(
            x=x, shape=alt.Shape("tokenizer:N", scale=shapes, legend=legend)
        )
        charts.append(alt.layer(base.mark_rule(strokeWidth=1.5).encode(x="low:Q", x2="high:Q"), points))
    return alt.HConcatChart(hconcat=charts, spacing=16)
