"""Measures: pure functions of the census. One file a family; each measure is one declared object."""

from __future__ import annotations

from typing import TYPE_CHECKING

from langcov.measures import inequality
from langcov.measures.base import Measure
from langcov.measures.counts import UnitCounts
from langcov.measures.pairs import overlap
from langcov.measures.registry import compute, lookup, measures
from langcov.measures.table import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl

    from langcov.census.tables import Census

__all__ = ["SCHEMA", "Measure", "UnitCounts", "fairness", "lookup", "measure", "measures", "overlap"]

RESAMPLES = 1000


def fairness(
    census: Census, *, reference: str | None = "eng_Latn", resamples: int = RESAMPLES, seed: int = 0
) -> pl.DataFrame:
    """Compute the measures over all languages together: one row per tokenizer and measure.

    Args:
        census: The counts.
        reference: The language that premiums are against.
        resamples: Of the bootstrap over units that gives the intervals.
        seed: Of the same.

    Returns:
        A frame ``tokenizer, measure, value, low, high, languages, language, note`` (`langcov.measures.inequality.SCHEMA`).
    """
    return inequality.fairness(UnitCounts(census, _tag(reference), resamples, seed))


def measure(
    census: Census,
    names: Iterable[str] | None = None,
    *,
    reference: str | None = "eng_Latn",
    baseline: str | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> pl.DataFrame:
    """Compute measures of a census into one tidy table.

    Args:
        census: The counts.
        names: Names of measures, all if None; ``langcov measures`` lists them.
        reference: The language that premiums are against.
        baseline: The tokenizer that relative lengths are against; if None, the first that loses no character.
        resamples: Of the bootstrap over units that gives the intervals.
        seed: Of the same.

    Returns:
        A frame ``tokenizer, language, measure, value, low, high, units, note`` (`SCHEMA`).

    Raises:
        MeasureError: A name is unknown.
        CensusError: The baseline was not counted.
        LanguageError: Nobody knows the reference.
    """
    if baseline is not None:
        census.tokenizer(baseline)
    return compute(UnitCounts(census, _tag(reference), resamples, seed, baseline), names)


def _tag(language: str | None) -> str | None:
    from langcov.languages import parse

    return None if language is None else parse(language)
