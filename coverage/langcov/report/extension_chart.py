"""An extension's curve as a chart: what it costs a language, and how much of it is spelled in bytes, by number of pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from langcov.report import charts, planning_charts
from langcov.report.images import SCALE, in_light_colours

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PANELS: Final = (
    ("premium", "Premium", True),
    ("fertility", "Tokens per word", False),
    ("spelled_characters", "Characters spelled in bytes (share)", False),
)
"""Measures that have a panel, and whether the reference's value is 1; tokens per word where there are no premiums."""


def extension_svg(curve: pl.DataFrame, languages: Sequence[str]) -> str:
    """Return the chart of some languages as SVG.

    Args:
        curve: `langcov.planning.extension_curve.SCHEMA`.
        languages: Tags.
    """
    from langcov.languages import describe

    named = {tag: f"{describe(tag).name} ({tag})" for tag in languages}
    own = curve.filter(pl.col("language").is_in(list(named))).drop_nulls("value")
    there = set(own["measure"])
    hidden = "fertility" if "premium" in there else "premium"
    panels = [panel for panel in PANELS if panel[0] in there - {hidden}]
    rows = own.filter(pl.col("measure").is_in([panel[0] for panel in panels])).select(
        "pieces",
        "measure",
        "value",
        language=pl.col("language").replace_strict(named, return_dtype=pl.String),
        # Without an interval, the band has no height.
        low=pl.col("low").fill_null(pl.col("value")),
        high=pl.col("high").fill_null(pl.col("value")),
    )
    chart = planning_charts.extension_curves(panels, list(named.values()))
    return in_light_colours(charts.static_svg(charts.specification(chart), {"curve": rows.to_dicts()}))


def write_extension_chart(curve: pl.DataFrame, languages: Sequence[str], folder: Path) -> None:
    """Write ``curve.svg`` and ``curve.png`` into a folder, which is made; an `OSError` is the caller's to tell."""
    import vl_convert

    svg = extension_svg(curve, languages)
    folder.mkdir()
    (folder / "curve.svg").write_text(svg, encoding="utf-8")
    (folder / "curve.png").write_bytes(vl_convert.svg_to_png(svg, scale=SCALE))
