"""A budget as a chart, in an SVG or PNG file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from langcov.errors import RunError
from langcov.report import charts, planning_charts
from langcov.report.images import SCALE, in_light_colours

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from langcov.planning.budget import Budget

TITLES: Final = {
    "examples": "Examples that fit",
    "document_cost": "Price of a document",
    "batch_seconds": "Hours for the batch",
}
"""Quantities that can have a panel; the price of a batch is that of its documents times a number."""


HOUR: Final = 3600


def budget_svg(budget: Budget, tags: Sequence[str]) -> str:
    """Return the chart of some languages as SVG: a panel for each quantity that was asked for.

    Raises:
        RunError: None of the languages has a value.
    """
    from langcov.languages import describe

    rows: list[dict[str, Any]] = []
    panels = []
    named = {tag: f"{describe(tag).name} ({tag})" for tag in tags}
    table = budget.table.filter(pl.col("language").is_in(list(tags)))
    for quantity in (each for each in budget.asked if each in TITLES):
        own = table.drop_nulls(quantity)
        one = HOUR if quantity == "batch_seconds" else 1
        rows += [
            {
                "language": named[row["language"]],
                "tokenizer": row["tokenizer"],
                "quantity": quantity,
                "value": row[quantity] / one,
                # Without an interval, the rule has no length.
                "low": (row[quantity] if row[f"{quantity}_low"] is None else row[f"{quantity}_low"]) / one,
                "high": (row[quantity] if row[f"{quantity}_high"] is None else row[f"{quantity}_high"]) / one,
            }
            for row in own.iter_rows(named=True)
        ]
        # A logarithm has no place for nothing: a price of 0, or no example that fits.
        least = own.select(pl.min_horizontal(quantity, f"{quantity}_low").min()).item()
        if own.height:
            panels.append((quantity, TITLES[quantity], least > 0))
    if not rows:
        raise RunError("no language has a value to draw", where="--chart", fix="name others with --language")
    chart = planning_charts.budget_panels(panels, list(named.values()), list(budget.tokens_per_word))
    return in_light_colours(charts.static_svg(charts.specification(chart), {"budget": rows}))


def write_chart(budget: Budget, tags: Sequence[str], path: Path) -> None:
    """Write the chart of some languages to a .svg or .png file.

    Raises:
        RunError: There is nothing to draw, or the file can't be written.
    """
    import vl_convert

    from langcov.census.storage import swapped_in

    svg = budget_svg(budget, tags)
    data = vl_convert.svg_to_png(svg, scale=SCALE) if path.suffix == ".png" else svg.encode()
    with swapped_in(path.parent) as aside:
        (aside / path.name).write_bytes(data)
