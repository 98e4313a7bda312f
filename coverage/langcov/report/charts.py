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

CONFIG: Final[Mapping[str, Any]] = {
    "background": None,
    "font": "system-ui, 'Noto Sans', sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": "currentColor",
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


def specification(chart: alt.Chart | alt.LayerChart) -> dict[str, Any]:
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
