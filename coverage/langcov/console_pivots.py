"""Sources to transfer from on stdout: the verdict, the ranking, and how good such rankings are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from langcov.console import print_table
from langcov.saying import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from langcov.planning.pivots import Pivots

WIDTH: Final = 110
SHOWN_RANKINGS: Final = (
    "learned, one language left out",
    "learned, one family left out",
    "English, then most data",
    "most data",
    "closest relative",
)


def print_pivots(found: Pivots, quality: pl.DataFrame, top: int) -> None:
    """Print the verdict, the first sources, and the quality of rankings.

    Args:
        found: What is printed.
        quality: As `langcov.planning.pivot_quality.comparison` returns it.
        top: How many sources; English is shown in any case.
    """
    import textwrap

    import typer

    typer.echo(textwrap.fill(printable(found.verdict), WIDTH))
    typer.echo("")
    shown = found.sources.with_row_index("order").filter(
        (pl.col("order") < top) | (pl.col("source") == "eng_Latn")
    )
    ranked = found.reason is None
    columns = ["#", "odds", "95 % interval", "in first 3"] if ranked else []
    print_table([_source(row) for row in shown.iter_rows(named=True)], ["source", *columns, "why"])
    rest = found.sources.height - shown.height
    if rest:
        typer.echo(f"{rest:,} more with --top or --json.")
    if ranked:
        counts = quality.row(0, named=True)
        typer.echo(
            f"\nHow good such rankings are in {counts['languages']} measured languages of {counts['families']} families "
            "(parts of speech, XLM-R base):"
        )
        rows = [_ranking(quality, name) for name in SHOWN_RANKINGS]
        print_table(rows, ["ranking", "NDCG@3", "95 % interval", "points below the best", "95 % interval "])
        typer.echo(printable(f"Overlap: {found.text or 'none'}"))


def _source(row: Mapping[str, Any]) -> dict[str, Any]:
    known = row["odds"] is not None
    return {
        "#": row["place"] or "–",
        "source": f"{row['source']} {row['name']}",
        "odds": f"{row['odds']:.2f}" if known else "–",
        "95 % interval": f"[{row['low']:.2f}, {row['high']:.2f}]" if known else "–",
        "in first 3": f"{100 * row['in_first_three']:.0f} %" if known else "–",
        "why": row["why"],
    }


def _ranking(quality: pl.DataFrame, name: str) -> dict[str, Any]:
    own = {row["measure"]: row for row in quality.filter(ranking=name).iter_rows(named=True)}
    gain, lost = own["ndcg"], own["lost"]
    return {
        "ranking": name,
        "NDCG@3": f"{gain['value']:.2f}",
        "95 % interval": _interval(gain, 2),
        "points below the best": f"{lost['value']:.1f}",
        "95 % interval ": _interval(lost, 1),
    }


def _interval(row: Mapping[str, Any], digits: int) -> str:
    return "–" if row["low"] is None else f"[{row['low']:.{digits}f}, {row['high']:.{digits}f}]"
