"""Intervals from the census alone: a bootstrap over units for sums and ratios, a jackknife over blocks for histograms."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Array = NDArray[np.float64]

LEAST_UNITS: Final = 10
"""Fewer units than this give no interval: their bootstrap is known to be too narrow."""

BOUNDS: Final = (2.5, 97.5)
"""Percentiles that bound a 95 % interval."""

_CHUNK_VALUES: Final = 4_000_000


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

    def frame(self, **keys: Any) -> pl.DataFrame:  # noqa: ANN401 (arrays of names, or one name or None for all rows)
        """Return a tidy frame with the keys given, and null for NaN."""
        size = len(self.value)
        named = {
            key: pl.Series(key, values, pl.String)
            if isinstance(values, np.ndarray)
            else pl.repeat(values, size, dtype=pl.String, eager=True)
            for key, values in keys.items()
        }
        numbers = pl.DataFrame({"value": self.value, "low": self.low, "high": self.high}).fill_nan(None)
        return pl.DataFrame(named).with_columns(
            *numbers,
            units=pl.Series(self.units, dtype=pl.UInt32),
            note=pl.Series(self.note.tolist(), dtype=pl.String),
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
    """Estimate a statistic of sums, with percentile intervals over resampled units.

    Rows are paired: one resample draws the same units in every column, so that a premium's numerator and denominator
    are always translations of each other.

    Args:
        rows: One array (R, U) of counts per sum that the statistic takes.
        statistic: From the sums, all of one shape, to values of that shape.
        present: (R, U) which units each row has. Others are neither added up nor drawn.
        resamples: How many resamples to draw.
        seed: The same seed gives the same interval.
    """
    units = present.sum(axis=1)
    size = len(units)
    value, low, high = (np.full(size, np.nan) for _ in range(3))
    note = np.full(size, None, np.object_)
    with np.errstate(divide="ignore", invalid="ignore"):
        value[:] = statistic(*((row * present).sum(axis=1) for row in rows))
    value[~np.isfinite(value)] = np.nan
    for number in np.unique(units):
        chosen = np.flatnonzero(units == number)
        if number < LEAST_UNITS:
            note[chosen] = f"no interval: it takes {LEAST_UNITS} units of text, there are {number}"
            continue
        weights = resample_weights(int(number), resamples, seed).T
        step = max(1, _CHUNK_VALUES // resamples)
        for first in range(0, len(chosen), step):
            part = chosen[first : first + step]
            low[part], high[part] = _percentiles(
                [row[part] for row in rows], statistic, present[part], weights
            )
    note[np.isnan(value)] = "nothing to divide by: no such text or tokens"
    low[np.isnan(value)] = high[np.isnan(value)] = np.nan
    return Estimate(value, low, high, units, note)


def _percentiles(
    rows: Sequence[Array], statistic: Callable[..., Array], present: NDArray[np.bool_], weights: Array
) -> tuple[Array, Array]:
    """Bounds of the interval for rows that have equally many units; ``weights`` is (units, resamples)."""
    packed = [row[present].reshape(len(row), -1) for row in rows]
    with np.errstate(divide="ignore", invalid="ignore"):
        drawn = statistic(*(row @ weights for row in packed))
    drawn.sort(axis=1)
    finite = np.isfinite(drawn[:, -1])
    low, high = np.full(len(drawn), np.nan), np.full(len(drawn), np.nan)
    low[finite], high[finite] = np.percentile(drawn[finite], BOUNDS, axis=1)
    return low, high


def jackknife(whole: Array, without: Array) -> tuple[Array, Array]:
    """Bounds of a 95 % interval by a delete-a-block jackknife.

    Args:
        whole: The statistic of all blocks, any shape.
        without: The statistic without each block, (blocks, ...).

    Returns:
        ``whole`` minus and plus Student's t times the jackknife's standard error,
        sqrt((b - 1) / b * sum of (without - mean)^2). Source: Efron & Tibshirani 1993, chapter 11.
    """
    from scipy.stats import t

    blocks = len(without)
    spread = ((without - without.mean(axis=0)) ** 2).sum(axis=0)
    half = t.ppf(0.975, blocks - 1) * np.sqrt((blocks - 1) / blocks * spread)
    return whole - half, whole + half
