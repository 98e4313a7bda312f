"""The temperature that a mixture amounts to: how much its small languages were raised above what the world has of them.

Who samples languages with probability proportional to n^alpha, n being how much text there is, gives each a share whose
logarithm is a straight line in log n, of slope alpha: 1 is the text as it lies about, 0 is as much of every language. Here
the slope is fitted by least squares to a mixture's sizes, against the sizes of a large collection; the temperature is 1 /
alpha. Sources: Devlin et al. 2019 (mBERT, alpha 0.7); Conneau et al. 2020, arXiv 1911.02116 (XLM-R, 0.3).

A slope says little where the points lie off the line: ``explained`` is the share of the variance of log size that the line
takes up. The interval resamples whole language families.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from langcov.transfer import evidence
from langcov.transfer.ranks import LEAST_FAMILIES, RESAMPLES, family_weights, percentile_interval

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langcov.transfer.ranks import Array

COLLECTIONS: Final = (("FineWeb-2 v2", "bytes"), ("CC-100", "GiB"))
"""What a mixture is held against: the web's text in 1,870 languages (but none in English), and XLM-R's in 99."""

LEAST_LANGUAGES: Final = 5
"""Fewer languages give no slope."""


@dataclass(frozen=True)
class Temperature:
    """A mixture's alpha against one collection; NaN where it can't be had, for the reason given.

    Attributes:
        collection: What the natural sizes are of.
        alpha: The slope of log size on log natural size.
        low: Lower bound of its 95 % interval.
        high: Upper bound.
        explained: Share of variance that the line takes up.
        languages: How many the two have in common.
        families: Of how many families these are.
        reason: Why there is no slope, or no interval.
    """

    collection: str
    alpha: float
    low: float
    high: float
    explained: float
    languages: int
    families: int
    reason: str | None = None


def temperatures(sizes: Mapping[str, float], seed: int = 0) -> list[Temperature]:
    """Return a mixture's alpha against each collection.

    Args:
        sizes: Bytes, or anything proportional to them, by tag.
        seed: Of the interval.
    """
    return [temperature(sizes, natural_sizes(*each), each[0], seed) for each in COLLECTIONS]


def temperature(
    sizes: Mapping[str, float], natural: Mapping[str, float], collection: str, seed: int = 0
) -> Temperature:
    """Return a mixture's alpha against natural sizes; both by tag, in units of their own.

    >>> natural = {"deu_Latn": 1e9, "swh_Latn": 1e6, "yor_Latn": 1e5, "hin_Deva": 1e8, "tha_Thai": 1e7}
    >>> round(temperature({tag: size ** 0.3 for tag, size in natural.items()}, natural, "made up").alpha, 6)
    0.3
    """
    from langcov.languages import describe

    common = sorted(tag for tag in sizes if sizes[tag] > 0 and natural.get(tag, 0) > 0)
    families = [describe(tag).family or tag for tag in common]
    number = len(set(families))
    nothing = float("nan")
    if len(common) < LEAST_LANGUAGES:
        reason = f"it takes {LEAST_LANGUAGES} languages that {collection} has too, there are {len(common)}"
        return Temperature(collection, nothing, nothing, nothing, nothing, len(common), number, reason)
    x = np.log([natural[tag] for tag in common])
    y = np.log([sizes[tag] for tag in common])
    if np.ptp(x) == 0:
        reason = f"{collection} has as much of each of these languages"
        return Temperature(collection, nothing, nothing, nothing, nothing, len(common), number, reason)
    slope, explained = _slopes(x, y, np.ones((1, len(common))))
    low = high = nothing
    unbounded: str | None = None
    if number >= LEAST_FAMILIES:
        drawn, _ = _slopes(x, y, family_weights(tuple(families), RESAMPLES, seed))
        (low,), (high,) = (bound.tolist() for bound in percentile_interval(drawn[None]))
    else:
        unbounded = f"no interval: it takes {LEAST_FAMILIES} language families, there are {number}"
    return Temperature(
        collection, float(slope[0]), low, high, float(explained[0]), len(common), number, unbounded
    )


def natural_sizes(corpus: str, unit: str) -> dict[str, float]:
    """Return the sizes of a collection of the shipped evidence by tag."""
    table = evidence.pretraining().filter(
        (pl.col("corpus") == corpus) & (pl.col("unit") == unit) & (pl.col("size") > 0)
    )
    return dict(table.select("language", "size").iter_rows())


def _slopes(x: Array, y: Array, weights: Array) -> tuple[Array, Array]:
    """Return slope and explained variance of y on x for each row of weights (resamples, n); NaN without spread in x."""
    total = weights.sum(axis=1, keepdims=True)
    from_x = x - weights @ x[:, None] / total
    from_y = y - weights @ y[:, None] / total
    xx, xy, yy = ((weights * product).sum(axis=1) for product in (from_x**2, from_x * from_y, from_y**2))
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.where(xx > 1e-12, xy / xx, np.nan)
        # Equal sizes leave no variance to explain: the flat line is exact.
        explained = np.where(yy > 1e-12, xy**2 / (xx * yy), 1.0)
    return slope, explained


def said(found: Sequence[Temperature]) -> list[str]:
    """Return a sentence for each collection."""
    sentences = []
    for each in found:
        if np.isnan(each.alpha):
            sentences.append(f"No temperature against {each.collection}: {each.reason}.")
            continue
        interval = f" [{each.low:.2f}, {each.high:.2f}]" if np.isfinite(each.low) else ""
        sentences.append(
            f"Against {each.collection} the mixture amounts to alpha = {each.alpha:.2f}{interval} "
            f"({each.languages} languages of {each.families} families; the line explains {each.explained:.0%} of the "
            f"variance of log size){'; ' + each.reason if each.reason else ''}."
        )
    return sentences
