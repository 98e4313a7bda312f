"""Weights of what is known of a source and a target, learned from measured pairs, after LangRank (Lin et al. 2019).

A ridge regression of the log odds of accuracies, each less the mean of its target, so that a weight says what makes one
source better than another for the same target. Beside its features a source has a record: how much better or worse it did
than its features say, over the other targets; the record is shrunk, and a source that was never measured has none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from threadpoolctl import threadpool_limits

    from langcov.transfer.ranks import Array

FEATURE_PENALTY: Final = 100.0
"""Of each standardised feature: as strong as 100 pairs that say nothing. From 10 to 300 the quality hardly moves."""

RECORD_PENALTY: Final = 2.0
"""A source's record is what so many targets without any difference, added to its own, would leave of it: the variance of
what the features leave unsaid of a pair is about twice that of the records."""


@dataclass(frozen=True)
class Weights:
    """What was learned.

    Attributes:
        features: Names of k features.
        spread: (k,) standard deviation of each inside targets; a weight is per so much.
        effect: (k,) log odds per spread.
        sources: Names of s sources that were measured.
        record: (s,) log odds of each beyond its features.
    """

    features: tuple[str, ...]
    spread: Array
    effect: Array
    sources: tuple[str, ...]
    record: Array

    def expected(self, rows: pl.DataFrame) -> Array:
        """Return (n,) expected log odds of the rows' sources; only differences between them mean something."""
        found: Array = (_matrix(rows, self.features) / self.spread) @ self.effect
        known = dict(zip(self.sources, self.record.tolist(), strict=True))
        found += np.array([known.get(source, 0.0) for source in rows["source"]])
        return found


@dataclass(frozen=True)
class Design:
    """Measured pairs as numbers, from which weights are fitted as often as need be.

    Attributes:
        features: Names of k features.
        rows: The N pairs, sorted by target and source.
        matrix: (N, k + s) features less their target's mean, per spread, then indicators of the source, likewise.
        outcome: (N,) log odds of the accuracy, less the target's mean.
        spread: (k,) as in `Weights`.
        sources: Names of s sources.
    """

    features: tuple[str, ...]
    rows: pl.DataFrame
    matrix: Array
    outcome: Array
    spread: Array
    sources: tuple[str, ...]

    @classmethod
    def of(cls, pairs: pl.DataFrame, features: Sequence[str]) -> Design:
        """Make a design of the pairs in which every feature is known."""
        rows = pairs.drop_nulls(list(features)).sort("target", "source")
        sources = tuple(rows["source"].unique().sort())
        own = _matrix(rows, features)
        indicators = (rows["source"].to_numpy()[:, None] == np.array(sources)[None]).astype(np.float64)
        stacked = np.column_stack([own, indicators, log_odds(rows["score"].to_numpy())])
        _, target = np.unique(rows["target"].to_numpy(), return_inverse=True)
        sums = np.zeros((int(target.max(initial=-1)) + 1, stacked.shape[1]))
        np.add.at(sums, target, stacked)
        centred = stacked - (sums / np.bincount(target)[:, None])[target]
        spread = centred[:, : len(features)].std(axis=0)
        spread[spread == 0] = 1.0
        matrix = centred[:, :-1]
        matrix[:, : len(features)] /= spread
        return cls(tuple(features), rows, matrix, centred[:, -1], spread, sources)

    def fitted(self, kept: NDArray[np.bool_] | None = None) -> Weights:
        """Fit weights.

        Args:
            kept: (N,) which pairs count; all if None.
        """
        chosen = slice(None) if kept is None else kept
        own, outcome = self.matrix[chosen], self.outcome[chosen]
        with _one_thread():
            return self._solved(own.T @ own, own.T @ outcome)

    def resampled(self, kept: NDArray[np.bool_], resamples: int, seed: int) -> list[Weights]:
        """Fit weights to resamples of whole families of targets, as languages of one family are no independent witnesses.

        Args:
            kept: (N,) which pairs may be drawn.
            resamples: How many.
            seed: The same seed gives the same weights.
        """
        names, family = np.unique(self.rows["family"].to_numpy()[kept], return_inverse=True)
        own, outcome = self.matrix[kept], self.outcome[kept]
        draws = np.random.default_rng(seed).multinomial(
            len(names), np.full(len(names), 1 / len(names)), size=resamples
        )
        with _one_thread():
            parts = [(own[family == f], outcome[family == f]) for f in range(len(names))]
            products = np.stack([part.T @ part for part, _ in parts])
            sums = np.stack([part.T @ result for part, result in parts])
            return [
                self._solved(np.tensordot(draw, products, 1), np.tensordot(draw, sums, 1)) for draw in draws
            ]

    def _solved(self, products: Array, sums: Array) -> Weights:
        count = len(self.features)
        penalty = np.full(len(sums), RECORD_PENALTY)
        penalty[:count] = FEATURE_PENALTY
        found = np.linalg.solve(products + np.diag(penalty), sums)
        return Weights(self.features, self.spread, found[:count], self.sources, found[count:])


def _one_thread() -> threadpool_limits:
    """Let small matrices be multiplied by one thread: several wait for each other longer than they work."""
    from threadpoolctl import threadpool_limits

    return threadpool_limits(1)


def log_odds(percent: Array) -> Array:
    """Return the logarithm of right over wrong, of half a point more each: 0 % and 100 % have some too.

    >>> float(log_odds(np.array(50.0)))
    0.0
    """
    odds: Array = np.log((percent + 0.5) / (100.5 - percent))
    return odds


def _matrix(rows: pl.DataFrame, features: Sequence[str]) -> Array:
    """Return (n, k) features as numbers; NaN where one is null."""
    columns = [pl.col(name).cast(pl.Float64).fill_null(float("nan")) for name in features]
    found: Array = rows.select(columns).to_numpy().astype(np.float64)
    return found
