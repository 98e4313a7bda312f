"""How a language's tokens are spread over the vocabulary: measures of the whole histogram of pieces."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from langcov.measures.base import Measure
from langcov.measures.intervals import LEAST_UNITS, Estimate, jackknife_of_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from langcov.measures.counts import Array, UnitCounts
    from langcov.measures.pieces import PieceCounts

ORDER: Final = 2.5
"""The order of the Rényi entropy, as Zouhar et al. found it to go best with translation quality."""

COVERED: Final = 0.95
"""The share of tokens that ``pieces_for_95`` covers."""


@dataclass(frozen=True)
class Histogram:
    """Counts of pieces of several languages, one language after the other.

    Attributes:
        counts: (N,) tokens of each language's pieces, the most frequent of a language first.
        starts: (L,) where each language starts; no language is empty.
    """

    counts: Array
    starts: NDArray[np.int64]

    @classmethod
    def of(
        cls, language: NDArray[np.int64], counts: Array, languages: int
    ) -> tuple[Histogram, NDArray[np.bool_]]:
        """Sort counts into a histogram; also return which of the languages have any token."""
        kept = counts > 0
        sizes = np.bincount(language[kept], minlength=languages)
        # One key per row, language first and then the most tokens, so that a plain sort does both. Short keys sort faster.
        most = int(counts.max(initial=0)) + 1
        kind = np.uint32 if languages * most < 1 << 32 else np.int64
        firsts = (np.arange(languages) * most + most - 1).astype(kind)
        keys = firsts[language[kept]] - counts[kept].astype(kind)
        keys.sort()
        return cls(
            (np.repeat(firsts, sizes) - keys).astype(np.float64), (np.cumsum(sizes) - sizes)[sizes > 0]
        ), sizes > 0

    @cached_property
    def totals(self) -> Array:
        """(L,) tokens of each language."""
        return np.add.reduceat(self.counts, self.starts)

    @cached_property
    def sizes(self) -> NDArray[np.int64]:
        """(L,) distinct pieces of each language."""
        return np.diff(np.append(self.starts, len(self.counts)))

    @cached_property
    def shares(self) -> Array:
        """(N,) the share of its language's tokens that each piece has."""
        return self.counts / np.repeat(self.totals, self.sizes)

    def ranks(self) -> NDArray[np.int64]:
        """(N,) the place of each piece among its language's, the most frequent being 0."""
        return np.arange(len(self.counts)) - np.repeat(self.starts, self.sizes)


def renyi_efficiency_of(histogram: Histogram, vocabulary_size: int) -> Array:
    """(L,) Rényi entropy of order 2.5 over the logarithm of the vocabulary's size."""
    shares = histogram.shares
    # To the power of 2.5; numpy's own power takes many times as long.
    powers = shares * shares
    powers *= np.sqrt(shares)
    sums: Array = np.add.reduceat(powers, histogram.starts)
    efficiency: Array = np.abs(np.log(sums) / (1 - ORDER)) / np.log(vocabulary_size)
    return efficiency


def average_rank_of(histogram: Histogram, _: int) -> Array:
    """(L,) mean rank of a token's piece; the most frequent piece has rank 0."""
    return np.add.reduceat(histogram.shares * histogram.ranks(), histogram.starts)


def vocabulary_used_of(histogram: Histogram, vocabulary_size: int) -> Array:
    """(L,) distinct pieces over the vocabulary's size."""
    return histogram.sizes / vocabulary_size


def pieces_for_95_of(histogram: Histogram, _: int) -> Array:
    """(L,) how many of the most frequent pieces are 95 % of the tokens."""
    running = np.cumsum(histogram.counts)
    before = running[histogram.starts] - histogram.counts[histogram.starts]
    # Counts are whole, so that a sum reaches a share of them where it reaches the next whole number.
    enough = np.searchsorted(running, before + np.ceil(COVERED * histogram.totals))
    found: Array = (enough - histogram.starts + 1).astype(np.float64)
    return found


STATISTICS: Final[Mapping[str, Callable[[Histogram, int], Array]]] = {
    "renyi_efficiency": renyi_efficiency_of,
    "average_rank": average_rank_of,
    "vocabulary_used": vocabulary_used_of,
    "pieces_for_95": pieces_for_95_of,
}


def _by_histogram(name: str) -> Callable[[UnitCounts], pl.DataFrame]:
    """Estimate one of `STATISTICS` for every tokenizer and language, with a jackknife over the census' blocks."""

    def compute(counts: UnitCounts) -> pl.DataFrame:
        found = counts.made_of_pieces(histogram_estimates)
        return pl.concat(
            found[facts.name][name].frame(tokenizer=facts.name, language=counts.language_names)
            for facts in counts.census.tokenizers
        )

    return compute


def histogram_estimates(counts: UnitCounts, tokenizer: str, pieces: PieceCounts) -> dict[str, Estimate]:
    """Estimate every one of `STATISTICS` for every language; sorting the pieces is the work, and is done once for all."""
    units = counts.present.sum(axis=1)
    size = counts.census.tokenizer(tokenizer).vocabulary_size
    whole = pieces.by_block.sum(axis=0)
    value = _values(counts, pieces.language, whole, size)
    without = [_values(counts, pieces.language, whole - block, size) for block in pieces.by_block]
    filled = np.zeros((len(pieces.by_block), len(units)), np.bool_)
    present, starts = np.unique(pieces.language, return_index=True)
    filled[:, present] = np.add.reduceat(pieces.by_block, starts, axis=1) > 0
    return {
        name: _estimate(value[name], np.stack([part[name] for part in without]), filled, units)
        for name in STATISTICS
    }


def _values(
    counts: UnitCounts, language: NDArray[np.int64], tokens: Array, vocabulary_size: int
) -> dict[str, Array]:
    histogram, some = Histogram.of(language, tokens, len(counts.languages))
    out = {name: np.full(len(counts.languages), np.nan) for name in STATISTICS}
    for name, statistic in STATISTICS.items():
        if some.any():
            out[name][some] = statistic(histogram, vocabulary_size)
    return out


def _estimate(value: Array, without: Array, filled: NDArray[np.bool_], units: NDArray[np.int64]) -> Estimate:
    low, high = jackknife_of_rows(value, without, filled)
    low[units < LEAST_UNITS] = high[units < LEAST_UNITS] = np.nan
    note = np.full(len(value), None, np.object_)
    note[np.isnan(low)] = "no interval: too few units of text"
    note[np.isnan(value)] = "no tokens"
    return Estimate(value, np.maximum(low, 0), high, units, note)


renyi_efficiency = Measure(
    name="renyi_efficiency",
    title="Rényi efficiency",
    unit="0 to 1",
    better="higher",
    formula="H_a(p) / log |V|, a = 2.5: the Rényi entropy of the pieces' shares over the logarithm of the size of the "
    "whole vocabulary without control tokens",
    reading="How evenly the language uses the vocabulary; 1 would be every piece equally often.",
    citation="Zouhar et al. 2023, Tokenization and the Noiseless Channel, arXiv 2306.16842",
    compute=_by_histogram("renyi_efficiency"),
    example="two pieces, each half of the tokens, of a vocabulary of four: log 2 / log 4, that is 1 / 2 = 0.50.",
)
average_rank = Measure(
    name="average_rank",
    title="Average rank",
    unit="rank",
    better="higher",
    formula="sum over k of k * p_k, the shares of tokens sorted from the most frequent piece, k from 0",
    reading="How far down its list of pieces a language's typical token is; higher means a richer vocabulary.",
    citation="Limisiewicz et al. 2023, Tokenization Impacts Multilingual Language Modeling, arXiv 2305.17179",
    compute=_by_histogram("average_rank"),
    example="pieces seen 6, 3 and 1 times have ranks 0, 1 and 2: (0 * 6 + 1 * 3 + 2 * 1) / 10 = 0.50.",
)
vocabulary_used = Measure(
    name="vocabulary_used",
    title="Vocabulary used",
    unit="0 to 1",
    better="higher",
    formula="distinct pieces in the text / entries of the vocabulary without control tokens; grows with the text",
    reading="The share of the vocabulary that this text uses.",
    citation="common usage",
    compute=_by_histogram("vocabulary_used"),
    example="2,000 different pieces of a vocabulary of 100,000: 2000 / 100000 = 0.02.",
)
pieces_for_95 = Measure(
    name="pieces_for_95",
    title="Pieces for 95 % of tokens",
    unit="count",
    better="higher",
    formula="the least number of pieces that together are 95 % of the tokens",
    reading="How many pieces do nearly all of the work.",
    citation="common usage",
    compute=_by_histogram("pieces_for_95"),
    example="pieces seen 90, 6, 2 and 2 times: the first two are (90 + 6) / 100 = 0.96 of the tokens, so 2.",
)
