"""Intervals from the census alone: a bootstrap over units for sums and ratios, a jackknife over blocks for histograms."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from threadpoolctl import threadpool_limits

Array = NDArray[np.float64]

LEAST_UNITS: Final = 10
"""Fewer units than this give no interval: their bootstrap is known to be too narrow."""

LEAST_BLOCKS: Final = 4
"""Fewer blocks with text than this give no interval."""

LEVEL: Final = 0.95
"""How often an interval is to hold the truth."""

_TOGETHER: Final = 1 << 17
"""So many resamples are drawn together: a megabyte of them, which a processor's cache holds."""


@dataclass(frozen=True)
class Estimate:
    """Values with their intervals: one entry per row; NaN is null and has its reason in ``note``."""

    value: Array
    low: Array
    high: Array
    units: NDArray[np.int64]
    note: NDArray[np.object_]

    def refuse(self, refused: NDArray[np.bool_], reason: str) -> Estimate:
        """Return the same without values where ``refused``, for the reason given."""
        gone = np.where(refused, np.nan, 0.0)
        note = self.note.copy()
        note[refused] = reason
        return replace(self, value=self.value + gone, low=self.low + gone, high=self.high + gone, note=note)

    def frame(self, **keys: pl.Series | str | None) -> pl.DataFrame:
        """Return a tidy frame with the keys given (a name for each row, or one name or None for all), null for NaN."""
        size = len(self.value)
        named = {
            key: names
            if isinstance(names, pl.Series)
            else pl.repeat(names, size, dtype=pl.String, eager=True)
            for key, names in keys.items()
        }
        numbers = {
            name: pl.Series(name, getattr(self, name), nan_to_null=True) for name in ("value", "low", "high")
        }
        return pl.DataFrame(
            {
                **named,
                **numbers,
                "units": pl.Series(self.units, dtype=pl.UInt32),
                "note": pl.Series(self.note.tolist(), dtype=pl.String),
            }
        )


@lru_cache(maxsize=64)
def resample_weights(units: int, resamples: int, seed: int) -> Array:
    """How often each unit is drawn in each resample, (resamples, units); the same for all rows with as many units."""
    draws = np.random.default_rng([seed, units]).multinomial(units, np.full(units, 1 / units), size=resamples)
    return draws.astype(np.float64)


def bootstrap(
    rows: Sequence[Array],
    statistic: Callable[..., Array],
    present: NDArray[np.bool_],
    *,
    resamples: int,
    seed: int,
) -> Estimate:
    """Estimate a statistic of sums, with expanded percentile intervals (`percentiles`) over resampled units.

    Rows are paired: one resample draws the same units in every column, so that a premium's numerator and denominator
    are always translations of each other.

    Args:
        rows: One array of counts per sum that the statistic takes, each (R, U), or (K, R, U) for several kinds of rows.
            Those of fewer dimensions are the same for every kind, and are drawn once.
        statistic: From the sums, all of one shape, to values of that shape.
        present: (R, U) which units each row has. Others are neither added up nor drawn.
        resamples: How many resamples to draw.
        seed: The same seed gives the same interval.

    Returns:
        An estimate of R entries, or K * R, those of the first kind first.
    """
    rows = [row if row.ndim == 3 else row[None] for row in rows]
    sums = np.broadcast_arrays(*((row * present).sum(axis=-1) for row in rows))
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.array(np.broadcast_to(statistic(*sums), sums[0].shape), np.float64)
    value[~np.isfinite(value)] = np.nan
    low, high = np.full(value.shape, np.nan), np.full(value.shape, np.nan)
    for part in _parts(present, resamples):
        if part.number >= LEAST_UNITS:
            for kinds, drawn in part.draws(rows, statistic, resamples, seed):
                low[kinds, part.rows], high[kinds, part.rows] = percentiles(drawn, part.number)
    units = np.broadcast_to(present.sum(axis=1), value.shape).reshape(-1)
    note = np.full(len(units), None, np.object_)
    few = units < LEAST_UNITS
    note[few] = [
        f"no interval: it takes {LEAST_UNITS} units of text, there are {number}" for number in units[few]
    ]
    missing = np.isnan(value)
    note[missing.reshape(-1)] = "nothing to divide by: no such text or tokens"
    low[missing] = high[missing] = np.nan
    return Estimate(value.reshape(-1), low.reshape(-1), high.reshape(-1), units, note)


def resampled(
    rows: Sequence[Array],
    statistic: Callable[..., Array],
    present: NDArray[np.bool_],
    *,
    resamples: int,
    seed: int,
) -> Array:
    """Return a statistic of sums over resampled units, (R, resamples); the arguments are those of `bootstrap`."""
    out = np.full((len(present), resamples), np.nan)
    for part in _parts(present, resamples):
        for _, drawn in part.draws([row[None] for row in rows], statistic, resamples, seed):
            out[part.rows] = drawn[0]
    return out


def one_thread() -> threadpool_limits:
    """Multiply matrices in one thread in this context: those of resamples are so small that threads wait for each other."""
    from threadpoolctl import threadpool_limits

    return threadpool_limits(1, user_api="blas")


class _Part(NamedTuple):
    """Some of the rows that have equally many units: few enough that their resamples stay in a processor's cache."""

    number: int
    """How many units each has."""

    rows: NDArray[np.int64]
    """Which rows."""

    columns: NDArray[np.int64]
    """(rows, number) which units."""

    def draws(
        self, rows: Sequence[Array], statistic: Callable[..., Array], resamples: int, seed: int
    ) -> Iterator[tuple[slice, Array]]:
        """Yield the statistic's resamples (kinds, rows, resamples) for some kinds of rows after the other.

        Args:
            rows: Each (K, R, U), or with 1 in the place of K or R where all are the same.
            statistic: As for `bootstrap`.
            resamples: How many.
            seed: As there.
        """
        weights = resample_weights(self.number, resamples, seed).T

        def sums_of(row: Array) -> Array:
            taken = row[:, 0 if row.shape[1] == 1 else self.rows[:, None], self.columns]
            return (taken.reshape(-1, self.number) @ weights).reshape(*taken.shape[:2], resamples)

        of_all = [sums_of(row) if len(row) == 1 else None for row in rows]
        step = max(1, _TOGETHER // (resamples * len(self.rows)))
        for first in range(0, max(map(len, rows)), step):
            kinds = slice(first, first + step)
            drawn = [
                sums_of(row[kinds]) if same is None else same for row, same in zip(rows, of_all, strict=True)
            ]
            with np.errstate(divide="ignore", invalid="ignore"):
                yield kinds, statistic(*np.broadcast_arrays(*drawn))


def _parts(present: NDArray[np.bool_], resamples: int) -> Iterator[_Part]:
    """Divide rows that have any unit into parts."""
    units = present.sum(axis=1)
    step = max(1, _TOGETHER // resamples)
    for number in np.unique(units[units > 0]):
        chosen = np.flatnonzero(units == number)
        for first in range(0, len(chosen), step):
            part = chosen[first : first + step]
            yield _Part(int(number), part, np.nonzero(present[part])[1].reshape(-1, number))


def percentiles(drawn: Array, units: int) -> tuple[Array, Array]:
    """Bounds of the 95 % interval from each row's resamples; NaN where a resample has no value or units are too few.

    Plain percentiles are too narrow by a factor of about sqrt((n - 1) / n) and by taking a normal for a Student's t, so
    that with 31 units they hold the truth in 92.6 of 100 cases. Expanded percentiles correct for both: the lower is at
    Phi(-sqrt(n / (n - 1)) * t), t being the 97.5 % quantile of Student's t with n - 1 degrees of freedom. Source:
    Hesterberg 2015, What Teachers Should Know About the Bootstrap, section 5.3; checked by
    ``benchmarks/interval_coverage.py``.

    Args:
        drawn: (..., resamples) values of the statistic.
        units: How many units were resampled.
    """
    if units < LEAST_UNITS:
        return np.full(drawn.shape[:-1], np.nan), np.full(drawn.shape[:-1], np.nan)
    tail = _tail(units)
    ordered = np.sort(drawn, axis=-1)
    # NaN is sorted behind all numbers, so that the two ends show whether all are finite.
    finite = np.isfinite(ordered[..., 0]) & np.isfinite(ordered[..., -1])
    low, high = (
        np.where(finite, _quantile(ordered, percent / 100), np.nan) for percent in (tail, 100 - tail)
    )
    return low, high


@cache
def _tail(units: int) -> float:
    """The percent of resamples below the lower bound."""
    from scipy.special import ndtr

    return float(100 * ndtr(-np.sqrt(units / (units - 1)) * _student(units - 1)))


def _student(freedom: int | NDArray[np.int64]) -> Array:
    """The 97.5 % quantile of Student's t: that of `scipy.stats`, which takes most of a second to import."""
    from scipy.special import stdtrit

    quantile: Array = stdtrit(freedom, (1 + LEVEL) / 2)
    return quantile


def _quantile(ordered: Array, share: float) -> Array:
    """Quantile of sorted rows, linear between neighbours; to sort whole rows is faster than to look for two of each."""
    last = ordered.shape[-1] - 1
    before = int(share * last)
    part = share * last - before
    here, there = ordered[..., before], ordered[..., min(before + 1, last)]
    with np.errstate(invalid="ignore"):
        step = there - here
        # From the nearer of the two neighbours, as numpy does.
        found: Array = here + step * part if part < 0.5 else there - step * (1 - part)
    return found


def jackknife(whole: Array, without: Array) -> tuple[Array, Array]:
    """Bounds of a 95 % interval by a delete-a-block jackknife.

    Args:
        whole: The statistic of all blocks, any shape.
        without: The statistic without each block, (blocks, ...).

    Returns:
        ``whole`` minus and plus Student's t times the jackknife's standard error,
        sqrt((b - 1) / b * sum of (without - mean)^2). Source: Efron & Tibshirani 1993, chapter 11.
    """
    return jackknife_of_rows(whole, without, np.ones(without.shape, np.bool_))


def jackknife_of_rows(whole: Array, without: Array, filled: NDArray[np.bool_]) -> tuple[Array, Array]:
    """As `jackknife`, where some rows have nothing in some blocks.

    Args:
        whole: The statistic of all blocks, any shape.
        without: The statistic without each block, (blocks, ...).
        filled: Which blocks hold anything, shaped as ``without``; the others are not counted as blocks.

    Returns:
        Bounds; NaN where fewer than `LEAST_BLOCKS` blocks are filled.
    """
    blocks = filled.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        kept = np.where(filled, without, 0.0)
        mean = kept.sum(axis=0) / blocks
        spread = (np.where(filled, without - mean, 0.0) ** 2).sum(axis=0)
        half = _student(blocks - 1) * np.sqrt((blocks - 1) / blocks * spread)
    half = np.where(blocks >= LEAST_BLOCKS, half, np.nan)
    return whole - half, whole + half
