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
        "labelLimit": 150,
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


def specification(chart: alt.Chart) -> dict[str, Any]:
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
