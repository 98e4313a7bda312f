"""A grid of candidates on stdout: what the front says, then the numbers that it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from langcov.console import print_table
from langcov.planning.frontier import AXES
from langcov.saying import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from langcov.training import TrainedGrid

WIDTH: Final = 110


def print_grid(found: TrainedGrid) -> None:
    """Print the verdict, a row a candidate from the cheapest on, and the signature."""
    import textwrap

    import typer

    for paragraph in found.verdict:
        typer.echo(textwrap.fill(printable(paragraph), WIDTH, break_on_hyphens=False, break_long_words=False))
        typer.echo("")
    print_table(
        [_row(row) for row in found.candidates.iter_rows(named=True)],
        ["no", "name", "entries", "tokens per byte", "worst", "p90", "speakers", "worst in"],
    )
    typer.echo(
        "tokens per byte: of the reference. worst, p90, speakers: the worst premium, that of the worst tenth, a speaker's.\n"
        "*: on the front, no other candidate is as good in cost and in this premium and better in one."
    )
    typer.echo(printable(f"Signature: {found.run.signature}"))


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    from langcov.languages import describe

    return {
        "no": row["number"],
        "name": row["candidate"],
        "entries": f"{row['entries']:,}",
        "tokens per byte": _said(row, "cost", 3),
        **{
            axis.name: _said(row, axis.name, 2) + (" *" if row[f"{axis.name}_on_front"] else "")
            for axis in AXES
        },
        "worst in": "–" if row["worst_language"] is None else describe(row["worst_language"]).name,
    }


def _said(row: Mapping[str, Any], name: str, digits: int) -> str:
    if row[name] is None:
        return "–"
    value = f"{row[name]:.{digits}f}"
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    return value if low is None else f"{value} [{low:.{digits}f}, {high:.{digits}f}]"
