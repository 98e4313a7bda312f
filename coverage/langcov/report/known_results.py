"""What models are known to get in a language without having been trained for the task in it, for the page of that language."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from langcov.report.values import visible
from langcov.transfer.evidence import KEY, linkable

if TYPE_CHECKING:
    from collections.abc import Collection

ENGLISH = "eng_Latn"


def known_results(languages: Collection[str]) -> dict[str, list[list[str]]]:
    """Return for each language the best published result of each benchmark, whatever tokenizer the model has.

    Args:
        languages: Tags.

    Returns:
        By tag, benchmark by benchmark: its name, and a phrase with the score in percent, the model, how many models were
        tried, what the same model gets in English, and the source. Languages without results are left out.

    >>> [what for what, _ in known_results(["yor_Latn"])["yor_Latn"]][:2]
    ['AfriHate', 'AfriMGSM']
    """
    table = linkable()
    english = table.filter(pl.col("language") == ENGLISH).select(*KEY, english="score")
    best = (
        table.filter(pl.col("language").is_in(list(languages)))
        .with_columns(models=pl.col("model").n_unique().over("language", "benchmark", "metric"))
        .sort("score", "model", descending=[True, False])
        .group_by("language", "benchmark", "metric", maintain_order=True)
        .first()
        .join(english, on=KEY, how="left", maintain_order="left")
        .sort("language", "benchmark", "metric")
    )
    found: dict[str, list[list[str]]] = {}
    for row in best.iter_rows(named=True):
        of = f"best of {row['models']} models" if row["models"] > 1 else "the only model tried"
        beside = f"; English {row['english']:.1f}" if row["english"] is not None else ""
        if row["language"] == ENGLISH:
            beside = ""
        phrase = f"{row['score']:.1f} ({row['metric']}) by {row['model']}, {of}{beside}. {row['citation']}"
        found.setdefault(row["language"], []).append([visible(row["benchmark"]), visible(phrase)])
    return found
