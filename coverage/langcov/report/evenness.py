"""How evenly each tokenizer serves its languages: the measures over languages, as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langcov.measures.inequality import FAIRNESS_MEASURES
from langcov.report.values import shown, visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl


def evenness(
    fairness: pl.DataFrame | None, tokenizers: Sequence[str], names: Mapping[str, str], languages: int
) -> dict[str, Any] | None:
    """Return one row per measure and one cell per tokenizer; None where nothing was measured.

    Args:
        fairness: The table of `langcov.measures.inequality`.
        tokenizers: Names, as the table has them.
        names: Of languages, by tag.
        languages: How many there are.
    """
    if fairness is None or fairness.is_empty():
        return None
    # The rows of the languages that all can be compared on come last, and take the place of those before.
    found = {(row["tokenizer"], row["measure"]): row for row in fairness.iter_rows(named=True)}
    rows = []
    for measure in FAIRNESS_MEASURES:
        cells = [_cell(found.get((tokenizer, measure.name)), measure.unit, names) for tokenizer in tokenizers]
        if any(cell["text"] for cell in cells):
            rows.append({"title": measure.title, "reading": measure.reading, "cells": cells})
    reasons = {row["note"] for row in found.values() if row["value"] is None and row["note"]}
    of_premiums = [
        row for row in found.values() if row["measure"] == "gini_premium" and row["value"] is not None
    ]
    if of_premiums:
        numbers = sorted({row["languages"] for row in of_premiums})
        among = f"Premiums are compared on {' or '.join(f'{number:,}' for number in numbers)} of {languages:,} languages"
        common = any(row["scope"] == "common" for row in of_premiums)
        among += ": those that every tokenizer here can read." if common else "."
    else:
        among = ""
    return {"rows": rows, "among": among, "notes": sorted(map(visible, reasons))}


def _cell(row: Mapping[str, Any] | None, unit: str, names: Mapping[str, str]) -> dict[str, str]:
    if row is None or row["value"] is None:
        return {"text": "", "interval": "", "of": ""}
    low, high = row["low"], row["high"]
    return {
        "text": shown(row["value"], unit),
        "interval": "" if low is None or high is None else f"{shown(low, unit)} to {shown(high, unit)}",
        "of": names.get(row["language"], row["language"]) if row["language"] else "",
    }
