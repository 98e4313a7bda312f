"""Every Altair chart of the page; a new chart is one more function that returns one.

Colours are names of the style sheet's variables, so that a chart follows the page into the dark and onto paper. A
chart's rows come under the name of a data set: `static_svg` puts them in here, the page's script does so there.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import altair as alt

RAMP: Final = [f"var(--amount-{step})" for step in range(7)]
CELL: Final = 17
"""Width and height of a heat map's cell in pixels."""

PANEL: Final = 270
"""Width of one panel of the scatter in pixels."""

FOREST: Final = 420
"""Width of the forest plot's axis in pixels."""

FOREST_STEP: Final = 19
"""Height of one of its rows."""

CONFIG: Final[Mapping[str, Any]] = {
    "background": None,
    "font": "system-ui, 'Noto Sans', sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": "currentColor",
        "titleColor": "currentColor",
        "titleFontWeight": "normal",
        "labelFontSize": 11,
        "labelLimit": 260,
        "ticks": False,
        "domain": False,
    },
    # The page describes its charts in words and gives their numbers in a table; a label on each mark would be noise.
    "aria": False,
}


class Bundle(NamedTuple):
    """The script that draws charts: compressed for the page, and the hash that lets the page's policy run it."""

    base64: str
    sha256: str


def overlap_heat_map(names: Sequence[str]) -> alt.Chart:
    """Return the heat map of overlap: rows and columns are languages, colour is one of seven steps.

    Its data set ``pairs`` has the columns row, column, step (7: no value), text and interval.
    """
    import altair as alt

    chart: alt.Chart = (
        alt.Chart(alt.NamedData("pairs"), width=alt.Step(CELL), height=alt.Step(CELL))
        .mark_rect()
        .encode(
            x=alt.X("column:N", title=None, sort=list(names), axis=alt.Axis(orient="top", labelAngle=-90)),
            y=alt.Y("row:N", title=None, sort=list(names)),
            color=alt.Color(
                "step:N", scale=alt.Scale(domain=list(range(8)), range=[*RAMP, "transparent"]), legend=None
            ),
            tooltip=[
                alt.Tooltip("row:N", title="Row"),
                alt.Tooltip("column:N", title="Column"),
                alt.Tooltip("text:N", title="Value"),
                alt.Tooltip("interval:N", title="95 % interval"),
            ],
        )
    )
    return chart


def link_scatter(tokenizers: Sequence[str], scripts: Sequence[str], sizes: Sequence[float]) -> alt.FacetChart:
    """Return premium against gap, a panel a tokenizer: colour and shape are the script, area is the amount of data.

    Its data set ``points`` has the columns tokenizer, script, premium, gap, size (0 to 1), and for the tooltip language,
    said_premium, said_gap and data.
    """
    import altair as alt

    colours = [f"var(--kind-{place})" for place in range(len(scripts))]
    shapes = [
        "circle",
        "square",
        "triangle-up",
        "diamond",
        "cross",
        "triangle-down",
        "triangle-right",
        "circle",
    ]
    points = (
        alt.Chart(width=PANEL, height=PANEL * 3 // 4)
        .mark_point(filled=True, opacity=0.75, strokeWidth=0)
        .encode(
            x=alt.X(
                "premium:Q",
                title="Premium",
                scale=alt.Scale(type="log", nice=False, padding=8),
                axis=alt.Axis(grid=False, tickCount=4, format="~g"),
            ),
            y=alt.Y("gap:Q", title="Gap to English", axis=alt.Axis(tickCount=5, gridColor="var(--line)")),
            color=alt.Color(
                "script:N",
                scale=alt.Scale(domain=list(scripts), range=colours),
                legend=alt.Legend(title=None, orient="bottom", columns=4, labelColor="currentColor"),
            ),
            shape=alt.Shape("script:N", scale=alt.Scale(domain=list(scripts), range=shapes[: len(scripts)])),
            size=alt.Size("size:Q", scale=alt.Scale(domain=list(sizes), range=[18, 130]), legend=None),
            tooltip=[
                alt.Tooltip("language:N", title="Language"),
                alt.Tooltip("script:N", title="Script"),
                alt.Tooltip("said_premium:N", title="Premium"),
                alt.Tooltip("said_gap:N", title="Gap"),
                alt.Tooltip("data:N", title="Data"),
            ],
        )
    )
    chart: alt.FacetChart = points.facet(
        facet=alt.Facet(
            "tokenizer:N",
            title=None,
            sort=list(tokenizers),
            header=alt.Header(
                labelColor="currentColor",
                labelFontSize=12,
                labelFontWeight="bold",
                labelAnchor="start",
                labelLimit=PANEL,
            ),
        ),
        columns=2,
        data=alt.NamedData("points"),
    ).resolve_scale(x="independent")
    return chart


def link_forest(labels: Sequence[str]) -> alt.LayerChart:
    """Return correlations by benchmark: the own premium's with its interval, raw, and those of wrong tokenizers.

    Its data sets: ``forest`` with the columns label, raw, partial, low, high, said; ``controls`` with label, of, value.
    """
    import altair as alt

    y = alt.Y(
        "label:N",
        title=None,
        sort=list(labels),
        axis=alt.Axis(labelLimit=250, grid=True, gridColor="var(--line)", gridOpacity=0.6),
    )
    across = alt.Scale(domain=[-1, 1])
    title = "Rank correlation of premium and gap"
    tooltip = [alt.Tooltip("label:N", title="Models and benchmark"), alt.Tooltip("said:N", title="Finding")]
    base = alt.Chart(alt.NamedData("forest"), width=FOREST, height=alt.Step(FOREST_STEP))
    layers = [
        base.mark_rule(color="var(--soft)", strokeDash=[3, 3]).encode(x=alt.datum(0)),
        alt.Chart(alt.NamedData("controls"))
        .mark_tick(color="var(--worse-5)", thickness=1.5, size=12)
        .encode(
            x=alt.X("value:Q", scale=across, title=title),
            y=y,
            tooltip=[
                alt.Tooltip("of:N", title="Wrong tokenizer"),
                alt.Tooltip("said:N", title="Correlation"),
            ],
        ),
        base.mark_rule(color="var(--accent)", strokeWidth=1.5).encode(
            x=alt.X("low:Q", scale=across), x2="high:Q", y=y
        ),
        base.mark_point(color="var(--soft)", filled=False, size=45).encode(
            x=alt.X("raw:Q", scale=across, title=title), y=y, tooltip=tooltip
        ),
        base.mark_point(color="var(--accent)", filled=True, size=65, opacity=1).encode(
            x=alt.X("partial:Q", scale=across, title=title), y=y, tooltip=tooltip
        ),
    ]
    chart: alt.LayerChart = alt.LayerChart(layer=layers)
    return chart


def spread_of_languages(title: str, tokenizers: Sequence[str], *, log: bool) -> alt.LayerChart:
    """Return a strip for each tokenizer: a tick for each language, a rule at the median.

    Its data set ``values`` has the columns tokenizer, language, value.
    """
    import altair as alt

    # A logarithmic axis shows half and double as equally far from one.
    scale = alt.Scale(type="log", nice=False, padding=8) if log else alt.Scale(zero=False)
    base = alt.Chart(alt.NamedData("values"), width=620, height=alt.Step(30))
    rows = alt.Y("tokenizer:N", title=None, sort=list(tokenizers))
    ticks = base.mark_tick(thickness=1, opacity=0.45, bandSize=18, color="var(--amount-5)").encode(
        x=alt.X("value:Q", title=title, scale=scale), y=rows
    )
    middle = base.mark_tick(thickness=3, bandSize=26, color="var(--worse-5)").encode(
        x="median(value):Q", y=rows
    )
    return alt.LayerChart(layer=[ticks, middle])


def worst_served_heat_map(title: str, languages: Sequence[str], tokenizers: Sequence[str]) -> alt.LayerChart:
    """Return languages x tokenizers: the number in each cell, and one of seven colours.

    Its data set ``cells`` has the columns language, tokenizer, step (7: no value), text and dark (the number is light).
    """
    import altair as alt

    base = alt.Chart(alt.NamedData("cells"), width=alt.Step(64), height=alt.Step(20)).encode(
        x=alt.X(
            "tokenizer:N", title=None, sort=list(tokenizers), axis=alt.Axis(orient="top", labelAngle=-30)
        ),
        y=alt.Y("language:N", title=title, sort=list(languages)),
    )
    ramp = [*(f"var(--worse-{step})" for step in range(7)), "transparent"]
    squares = base.mark_rect().encode(
        color=alt.Color("step:N", scale=alt.Scale(domain=list(range(8)), range=ramp), legend=None)
    )
    numbers = base.mark_text(fontSize=11).encode(
        text="text:N",
        color=alt.Color(
            "dark:N",
            scale=alt.Scale(domain=[False, True], range=["var(--dark-ink)", "var(--light-ink)"]),
            legend=None,
        ),
    )
    # Each layer has colours of its own.
    return alt.LayerChart(layer=[squares, numbers], resolve=alt.Resolve(scale={"color": "independent"}))


def specification(chart: alt.TopLevelMixin) -> dict[str, Any]:
    """Return a chart as Vega-Lite, in the page's style and without data."""
    return {**chart.to_dict(), "config": dict(CONFIG)}


def static_svg(spec: Mapping[str, Any], rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """Return a chart drawn once, for readers without JavaScript and for paper; the SVG escapes its texts."""
    import vl_convert

    return str(vl_convert.vegalite_to_svg({**spec, "datasets": {name: list(rows[name]) for name in rows}}))


@cache
def bundle() -> Bundle:
    """Return Vega, Vega-Lite and Vega-Embed as one script that defines ``vegaEmbed`` and no other name.

    It is packed (898 KB to 305 KB) and unpacked by the page when the first chart comes into view.
    """
    import vl_convert

    source = "(()=>{" + vl_convert.javascript_bundle("window.vegaEmbed=vegaEmbed;") + "})();"
    return Bundle(packed(source), base64.b64encode(hashlib.sha256(source.encode()).digest()).decode())


def packed(text: str) -> str:
    """Compress text into letters that any HTML may hold; the page's script unpacks it."""
    return base64.b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode()
