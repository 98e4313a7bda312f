"""Rank correlations of languages: raw and partial, with intervals that respect families, and permutation tests.

Everything is an array over languages. Intervals are percentiles of a bootstrap that draws whole language families, since
languages of one family are no independent witnesses; ranks are taken anew in each resample.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

Array = NDArray[np.float64]

LEAST_FOR_VALUE: Final = 5
"""With fewer languages no correlation is given."""

LEAST_FOR_P: Final = 10
"""With fewer languages no p-value is given."""

LEAST_FAMILIES: Final = 6
"""With fewer families no interval is given: with 5 it held the truth in 87 of 100 cases, with 6 and more in 92 to 95
(``benchmarks/link_coverage.py``)."""

LEAST_RESAMPLES: Final = 0.8
"""An interval takes this share of resamples in which the correlation is defined."""

RESAMPLES: Final = 1000
PERMUTATIONS: Final = 9999


@dataclass(frozen=True)
class Correlations:
    """One correlation with the outcome per predictor, shapes (m,); NaN where there is none.

    Attributes:
        value: Spearman's correlation, or the partial one given the covariates.
        low: Lower bound of the 95 % interval.
        high: Upper bound.
        p: Two-sided permutation p-value.
        drawn: (m, resamples) the bootstrap's values, paired over predictors.
    """

    value: Array
    low: Array
    high: Array
    p: Array
    drawn: Array


def correlations(
    predictors: Array,
    outcome: Array,
    covariates: Array,
    families: Sequence[str],
    *,
    resamples: int = RESAMPLES,
    permutations: int = PERMUTATIONS,
    seed: int = 0,
) -> tuple[Correlations, Correlations]:
    """Correlate the ranks of predictors with those of an outcome: plainly, and given the ranks of covariates.

    Args:
        predictors: (m, n) values of m measures in n languages, no NaN.
        outcome: (n,) such as the gap.
        covariates: (k, n) what is held fixed. A 0-1 indicator is its own rank.
        families: (n,) the language family of each language, resampled as a whole.
        resamples: Of the bootstrap.
        permutations: Of the test; 0 for none.
        seed: The same seed gives the same numbers.

    Returns:
        Spearman's correlations, and the partial ones: those of what is left of two ranks after a linear regression on
        the covariates' ranks. The p-value permutes what is left of the outcome (Freedman & Lane 1983), all languages
        alike: it takes languages for exchangeable, which relatives are not; the interval does not.

    >>> outcome = np.arange(12.0)
    >>> raw, _ = correlations(outcome[None] ** 3, outcome, np.empty((0, 12)), [str(i) for i in range(12)])
    >>> float(raw.value[0]), float(raw.p[0])
    (1.0, 0.0001)
    """
    count, size = predictors.shape
    if size < max(LEAST_FOR_VALUE, len(covariates) + 4):
        return _none(count, resamples), _none(count, resamples)
    rows = np.vstack([outcome, predictors, covariates])
    ones = np.ones((1, size))
    ranks = _ranked(rows, ones)
    products = _products(ranks, ones)
    drawn_products = None
    if len(set(families)) >= LEAST_FAMILIES and resamples:
        weights = family_weights(tuple(families), resamples, seed)
        drawn_products = _products(_ranked(rows, weights), weights)
        # Too few different languages fit any covariates perfectly.
        drawn_products[(weights > 0).sum(axis=1) < len(covariates) + LEAST_FOR_VALUE] = np.nan
    both = []
    for given in (0, len(covariates)):
        value = _partial(products, count, given)[0]
        drawn = np.full((count, resamples), np.nan)
        if drawn_products is not None:
            drawn = _partial(drawn_products, count, given).T
        low, high = percentile_interval(drawn)
        low[np.isnan(value)] = high[np.isnan(value)] = np.nan
        p = np.full(count, np.nan)
        if size >= LEAST_FOR_P and permutations:
            p = _permutation_p(ranks[0][: count + 1 + given], count, value, permutations, seed)
        both.append(Correlations(value, low, high, p, drawn))
    return both[0], both[1]


def _none(count: int, resamples: int) -> Correlations:
    nothing = np.full(count, np.nan)
    return Correlations(nothing, nothing, nothing, nothing, np.full((count, resamples), np.nan))


def percentile_interval(drawn: Array) -> tuple[Array, Array]:
    """Return the 2.5 % and 97.5 % quantiles of each row; NaN where too few resamples have a value."""
    low, high = np.full(len(drawn), np.nan), np.full(len(drawn), np.nan)
    enough = (
        np.isfinite(drawn).mean(axis=1) >= LEAST_RESAMPLES if drawn.shape[1] else np.zeros(len(drawn), bool)
    )
    if enough.any():
        low[enough], high[enough] = np.nanpercentile(drawn[enough], (2.5, 97.5), axis=1)
    return low, high


@lru_cache(maxsize=16)
def family_weights(families: tuple[str, ...], resamples: int, seed: int) -> Array:
    """How often each language is drawn in each resample of whole families, (resamples, n).

    >>> family_weights(("a", "a", "b"), 2, 0).shape
    (2, 3)
    """
    names, member = np.unique(np.array(families, dtype=object).astype(str), return_inverse=True)
    number = len(names)
    draws = np.random.default_rng([seed, number, len(families)]).multinomial(
        number, np.full(number, 1 / number), size=resamples
    )
    return draws[:, member].astype(np.float64)


def adjusted(p: Array) -> Array:
    """Return Benjamini and Hochberg's adjusted p-values; NaN stays NaN and is none of the tests.

    >>> adjusted(np.array([0.01, 0.02, np.nan, 0.5])).round(3).tolist()
    [0.03, 0.03, nan, 0.5]
    """
    out = np.full(len(p), np.nan)
    tested = np.flatnonzero(np.isfinite(p))
    order = tested[np.argsort(p[tested], kind="stable")]
    scaled = p[order] * len(order) / np.arange(1, len(order) + 1)
    out[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return out


def _ranked(rows: Array, weights: Array) -> Array:
    """Return mid-ranks of each row (r, n) in the samples that integer weights (b, n) describe, (b, r, n)."""
    out = np.empty((len(weights), *rows.shape))
    for place, row in enumerate(rows):
        order = np.argsort(row, kind="stable")
        ordered = row[order]
        new = np.concatenate([[True], ordered[1:] != ordered[:-1]])
        group = np.cumsum(new) - 1
        first = np.flatnonzero(new)
        last = np.concatenate([first[1:], [len(row)]]) - 1
        heaped = np.cumsum(weights[:, order], axis=1)
        above = heaped[:, last]
        below = np.concatenate([np.zeros((len(weights), 1)), above[:, :-1]], axis=1)
        out[:, place, order] = ((below + above + 1) / 2)[:, group]
    return out


def _products(ranks: Array, weights: Array) -> Array:
    """Return sums of weighted products of centred ranks (b, r, n), (b, r, r)."""
    total = weights.sum(axis=1)[:, None, None]
    weighted = ranks * weights[:, None, :]
    sums = weighted.sum(axis=2, keepdims=True)
    products: Array = weighted @ ranks.transpose(0, 2, 1) - sums @ sums.transpose(0, 2, 1) / total
    return products


def _partial(products: Array, count: int, given: int) -> Array:
    """Return the correlations (b, count) of row 0 with the next ``count`` rows, given the ``given`` rows after them."""
    free = count + 1
    before = np.einsum("bii->bi", products)[:, :free]
    left = products[:, :free, :free]
    if given:
        across = products[:, :free, free:]
        there = np.isfinite(products[:, 0, 0])
        inverse = np.full((len(products), given, given), np.nan)
        inverse[there] = np.linalg.pinv(products[there][:, free:, free:], rcond=1e-10, hermitian=True)
        left = left - across @ inverse @ across.transpose(0, 2, 1)
    spread = np.einsum("bii->bi", left).copy()
    # What the covariates explain in full leaves rounding errors, not a rank.
    spread[spread <= 1e-9 * np.maximum(before, 1e-12)] = np.nan
    found = left[:, 0, 1:] / np.sqrt(spread[:, :1] * spread[:, 1:])
    clipped: Array = np.clip(found, -1.0, 1.0)
    return clipped


def _permutation_p(ranks: Array, count: int, whole: Array, permutations: int, seed: int) -> Array:
    """Return two-sided p-values of row 0 of ranks (r, n) with the next ``count`` rows, given the others."""
    size = ranks.shape[1]
    fixed = np.vstack([np.ones(size), ranks[count + 1 :]]).T
    basis, spread, _ = np.linalg.svd(fixed, full_matrices=False)
    basis = basis[:, spread > 1e-10 * spread[0]]
    left = ranks[: count + 1] - (ranks[: count + 1] @ basis) @ basis.T
    with np.errstate(invalid="ignore", divide="ignore"):
        predictors = left[1:] / np.linalg.norm(left[1:], axis=1, keepdims=True)
    shuffled = left[0][_permutations(size, permutations, seed)]
    length = np.sqrt(np.maximum((shuffled**2).sum(axis=1) - ((shuffled @ basis) ** 2).sum(axis=1), 1e-300))
    found = np.abs(shuffled @ predictors.T) / length[:, None]
    p = (1 + (found >= np.abs(whole) - 1e-9).sum(axis=0)) / (permutations + 1)
    tested: Array = np.where(np.isnan(whole), np.nan, p)
    return tested


@lru_cache(maxsize=8)
def _permutations(size: int, permutations: int, seed: int) -> NDArray[np.int32]:
    """Return so many orders of so many things, (permutations, size)."""
    return np.random.default_rng([seed, size]).random((permutations, size)).argsort(axis=1).astype(np.int32)
