"""Measures: pure functions of the census. One file a family; each measure is one declared object."""

from __future__ import annotations

from typing import TYPE_CHECKING

from langcov.measures.base import SCHEMA, Measure
from langcov.measures.counts import UnitCounts
from langcov.measures.pairs import overlap
from langcov.measures.registry import compute, lookup, measures

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl

    from langcov.census.tables import Census

__all__ = ["SCHEMA", "Measure", "UnitCounts", "lookup", "measure", "measures", "overlap"]

RESAMPLES = 1000


def measure(
    census: Census,
    names: Iterable[str] | None = None,
    *,
    reference: str | None = "eng_Latn",
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> pl.DataFrame:
    """Compute measures of a census into one tidy table.

    Args:
        census: The counts.
        names: Names of measures, all if None; ``langcov measures`` lists them.
        reference: The language that premiums are against.
        resamples: Of the bootstrap over units that gives the intervals.
        seed: Of the same.

    Returns:
        A frame ``tokenizer, language, measure, value, low, high, units, note`` (`SCHEMA`).

    Raises:
        MeasureError: A name is unknown.
    """
    return compute(UnitCounts(census, reference, resamples, seed), names)
