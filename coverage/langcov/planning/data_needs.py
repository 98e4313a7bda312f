"""How much text of a language is enough, as far as the evidence can say; and that it can't, where it can't.

The models whose pretraining data are known by language, or that were made from one of these, have a gap to English in each
language and benchmark. Over all of them, gap = a + b * log10(size), with an intercept for each model and benchmark, so that b
compares languages inside one. The size at which the average model is `TOLERATED` of the way from English to guessing is then
(`TOLERATED` - a) / b, and its interval comes from resampling whole language families.

Such a size is stated only if it holds up: the interval of b must leave out zero, with all benchmarks and with each of them
left out, and the size must lie among those that were observed. Otherwise `DataNeed.size` is NaN and ``reason`` says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl

from langcov.transfer import evidence
from langcov.transfer.evidence import KEY
from langcov.transfer.gaps import gaps
from langcov.transfer.ranks import LEAST_FAMILIES, RESAMPLES, family_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from langcov.transfer.ranks import Array

TOLERATED: Final = 0.25
"""The gap that a size is sought for: 0 is as good as English, 1 is guessing."""

COLLECTION: Final = "CC-100"
UNIT: Final = "GiB"
GIB: Final = 1 << 30
"""CC-100 is what XLM-R had: of the corpora whose sizes are known, the one with most models, languages and results."""

BASES: Final = ("own", "of the model that it was made from")
LEAST_IN_CELL: Final = 8
"""Languages that a model and benchmark must have to be fitted."""


@dataclass(frozen=True)
class DataNeed:
    """What the evidence says of size and gap.

    Attributes:
        size: Bytes of a language at which the gap is `TOLERATED`; NaN where none can be stated.
        low: Lower bound of its 95 % interval.
        high: Upper bound.
        slope: By how much the gap changes where there is ten times as much text.
        slope_low: Lower bound of its 95 % interval.
        slope_high: Upper bound.
        results: How many results it rests on.
        languages: Of how many languages.
        families: Of how many families.
        reason: Why no size is stated.
    """

    size: float
    low: float
    high: float
    slope: float
    slope_low: float
    slope_high: float
    results: int
    languages: int
    families: int
    reason: str | None = None

    def sentence(self) -> str:
        """Say it in plain English."""
        basis = (
            f"{self.results:,} results in {self.languages} languages of {self.families} families, of models that had "
            f"{COLLECTION} or were made from one that had"
        )
        slope = f"{self.slope:+.2f} [{self.slope_low:+.2f}, {self.slope_high:+.2f}]"
        if np.isnan(self.size):
            said = (
                f" (ten times the text goes with a gap that changes by {slope}; {basis})"
                if self.results
                else ""
            )
            return f"The evidence gives no size that is enough: {self.reason}{said}."
        return (
            f"At {self.size / GIB:.1f} GiB [{self.low / GIB:.1f}, {self.high / GIB:.1f}] of a language the average model is a "
            f"quarter of the way from English to guessing ({basis}; ten times the text changes the gap by {slope})."
        )


class _Rows(NamedTuple):
    """Arrays over results: gap, log10 of bytes, number of the cell, number of the language, benchmark; and families."""

    gap: Array
    size: Array
    cell: NDArray[np.int64]
    language: NDArray[np.int64]
    benchmark: NDArray[np.str_]
    families: tuple[str, ...]

    def without(self, benchmark: str) -> _Rows:
        kept = self.benchmark != benchmark
        return self._replace(
            gap=self.gap[kept],
            size=self.size[kept],
            cell=self.cell[kept],
            language=self.language[kept],
            benchmark=self.benchmark[kept],
        )


def data_need(
    results: pl.DataFrame | None = None,
    models: pl.DataFrame | None = None,
    sizes: pl.DataFrame | None = None,
    *,
    seed: int = 0,
) -> DataNeed:
    """Return what the evidence says; by default the shipped one.

    Args:
        results: As `langcov.transfer.evidence.linkable` has them.
        models: As `langcov.transfer.evidence.models`.
        sizes: As `langcov.transfer.evidence.pretraining`.
        seed: Of the interval.
    """
    rows = _rows(
        evidence.linkable() if results is None else results,
        evidence.models() if models is None else models,
        evidence.pretraining() if sizes is None else sizes,
    )
    number = len(set(rows.families))
    about = len(rows.gap), len(rows.families), number
    nothing = float("nan")
    if number < LEAST_FAMILIES:
        reason = f"it takes results in {LEAST_FAMILIES} language families, there are {number}"
        return DataNeed(nothing, nothing, nothing, nothing, nothing, nothing, *about, reason)
    weights = family_weights(rows.families, RESAMPLES, seed)
    slope, intercept = _fitted(rows, np.ones((1, len(rows.families))))
    slopes, intercepts = _fitted(rows, weights)
    low, high = np.nanpercentile(slopes, (2.5, 97.5))
    fit = (float(slope[0]), float(low), float(high))
    if high >= 0:
        reason = "the gap may as well not shrink at all as text grows"
        return DataNeed(nothing, nothing, nothing, *fit, *about, reason)
    for benchmark in np.unique(rows.benchmark):
        rest = rows.without(str(benchmark))
        if len(rest.gap) and np.nanpercentile(_fitted(rest, weights)[0], 97.5) >= 0:
            reason = f"that the gap shrinks as text grows rests on one benchmark, {benchmark}, alone"
            return DataNeed(nothing, nothing, nothing, *fit, *about, reason)
    with np.errstate(over="ignore"):
        size = float(10 ** ((TOLERATED - intercept) / slope)[0])
        bounds = 10 ** np.nanpercentile((TOLERATED - intercepts) / slopes, (2.5, 97.5))
    if bounds[0] < 10 ** rows.size.min() or bounds[1] > 10 ** rows.size.max():
        reason = f"where the gap is {TOLERATED} can't be told within the sizes that were observed"
        return DataNeed(nothing, nothing, nothing, *fit, *about, reason)
    return DataNeed(size, float(bounds[0]), float(bounds[1]), *fit, *about)


def observed_sizes() -> dict[str, float]:
    """Return how many bytes of each language `COLLECTION` has, by tag."""
    table = evidence.pretraining().filter((pl.col("corpus") == COLLECTION) & (pl.col("unit") == UNIT))
    return dict(table.select("language", pl.col("size") * GIB).iter_rows())


def _rows(results: pl.DataFrame, models: pl.DataFrame, sizes: pl.DataFrame) -> _Rows:
    from langcov.languages import describe

    of_data = models.filter(
        (pl.col("data") == COLLECTION) & (pl.col("data_unit") == UNIT) & pl.col("data_basis").is_in(BASES)
    )
    there = sizes.filter(
        (pl.col("corpus") == COLLECTION) & (pl.col("unit") == UNIT) & (pl.col("size") > 0)
    ).select("language", log=(pl.col("size") * GIB).log10())
    table = (
        gaps(results.filter(pl.col("model").is_in(of_data["model"].to_list())))
        # A score at chance has a gap of 1 whatever the size.
        .filter(pl.col("gap").is_not_null() & pl.col("flag").is_null())
        .join(there, on="language")
        .filter(pl.len().over(KEY) >= LEAST_IN_CELL)
        .with_columns(cell=pl.struct(KEY).rank("dense") - 1)
        .sort("cell", "language")
    )
    languages = table["language"].unique().sort()
    return _Rows(
        table["gap"].to_numpy(),
        table["log"].to_numpy(),
        table["cell"].cast(pl.Int64).to_numpy(),
        languages.search_sorted(table["language"]).cast(pl.Int64).to_numpy(),
        table["benchmark"].to_numpy().astype(str),
        tuple(describe(tag).family or tag for tag in languages),
    )


def _fitted(rows: _Rows, weights: Array) -> tuple[Array, Array]:
    """Return slope and mean intercept for each row of weights (resamples, languages)."""
    from scipy.sparse import csr_array

    number = int(rows.cell.max()) + 1
    into = csr_array(
        (np.ones(len(rows.cell)), (np.arange(len(rows.cell)), rows.cell)), shape=(len(rows.cell), number)
    )
    own = weights[:, rows.language]
    total = own @ into
    with np.errstate(divide="ignore", invalid="ignore"):
        mean_gap, mean_size = (
            np.nan_to_num((own * column) @ into / total)[:, rows.cell] for column in (rows.gap, rows.size)
        )
        slope = (own * (rows.gap - mean_gap) * (rows.size - mean_size)).sum(axis=1) / (
            own * (rows.size - mean_size) ** 2
        ).sum(axis=1)
        everything = own.sum(axis=1)
        intercept = (own * rows.gap).sum(axis=1) / everything - slope * (own * rows.size).sum(
            axis=1
        ) / everything
    return slope, intercept
