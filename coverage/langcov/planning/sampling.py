"""How much of each language a tokenizer is trained on: shares in proportion to size to the power alpha.

With alpha 1 a language has the share that it has in the corpus; with 0 all languages have the same; between, small ones
are sampled up. What is taken is decided by a seeded hash of each segment's place, so that it is the same on every
machine and in every batch, and so that a smaller sample of a language is a part of any larger one. One pass over the
corpus measures it (`measure_text`); a second one takes the sample (`Sample.texts`). No more than a batch of text is in
memory at a time.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from langcov.errors import CorpusError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from numpy.typing import NDArray

    from langcov.corpora.base import Corpus

    Array = NDArray[np.float64]
    Places = NDArray[np.uint64]

PLACES: Final = 4096
"""The hash puts each segment of a language into one of so many places; a sample ends between two places."""

MOST_BYTES: Final = 1 << 30
"""Bytes of the sample if nobody says how many: all that there are, and no more than 1 GiB. Trainers hold the words or
the sentences of all of it in memory, and a vocabulary gains little from more."""


@dataclass(frozen=True)
class Sampling:
    """How text is divided among languages.

    Attributes:
        bytes: Size of the sample; None: that of the corpus, up to `MOST_BYTES`.
        floor: The least share of any language; 0: none.
        cap: The largest share of any language; 1: none.
        repeats: So many times the text of a language is taken at most; None: as often as its share asks for.
        seed: Of the order in which segments are taken.
    """

    bytes: int | None = None
    floor: float = 0.0
    cap: float = 1.0
    repeats: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        """Raise a `CorpusError` if no sample can be like this."""
        if self.bytes is not None and self.bytes < 1:
            raise CorpusError(f"a sample of {self.bytes:,} bytes is none", where="--bytes", fix="give more")
        if not 0 <= self.floor <= self.cap <= 1 or self.cap == 0:
            raise CorpusError(
                f"no share is from {self.floor:g} to {self.cap:g}",
                where="--floor and --cap",
                fix="give a floor of 0 or more, and a larger cap of at most 1",
            )
        if self.repeats is not None and not self.repeats > 0:
            raise CorpusError(
                f"text can't be taken {self.repeats:g} times", where="--repeats", fix="give a number above 0"
            )


@dataclass(frozen=True)
class TextSizes:
    """How much text each language has.

    Attributes:
        languages: Sorted tags of those that have any.
        by_place: (languages, `PLACES`) bytes of UTF-8 by the place that the hash gives.
        seed: Of the hash.
    """

    languages: tuple[str, ...]
    by_place: NDArray[np.int64]
    seed: int

    @property
    def bytes(self) -> NDArray[np.int64]:
        """(languages,) bytes of each."""
        total: NDArray[np.int64] = self.by_place.sum(axis=1)
        return total


def measure_text(corpus: Corpus, languages: Collection[str] | None, seed: int) -> TextSizes:
    """Measure a corpus; takes one pass over it and memory for `PLACES` numbers a language.

    Raises:
        CorpusError: There is no text, or a language has none.
    """
    sizes: dict[str, NDArray[np.int64]] = {}
    for frame, places in _placed(corpus, languages, seed):
        by_place = (
            frame.select("language", bytes=pl.col("text").str.len_bytes())
            .with_columns(place=places)
            .group_by("language", "place")
            .agg(pl.col("bytes").sum())
        )
        for (language,), own in by_place.group_by("language"):
            size = sizes.setdefault(str(language), np.zeros(PLACES, np.int64))
            size[own["place"].to_numpy()] += own["bytes"].to_numpy()
    missing = sorted(set(languages or ()) - set(sizes))
    if missing or not sizes:
        raise CorpusError(
            f"there is no text to train on{' in ' + ', '.join(missing) if missing else ''}",
            where=f"corpus {corpus.name}",
            fix="leave these languages out, hold out less, or judge on other text"
            if missing
            else "give files with text",
        )
    tags = tuple(sorted(sizes))
    return TextSizes(tags, np.stack([sizes[tag] for tag in tags]), seed)


def shares(weights: Array, low: Array, high: Array) -> Array:
    """Return shares in proportion to weights where bounds allow it; all arrays have one entry a language.

    Those that would be below or above their bounds are put there, and the others share what is left. The shares add up
    to 1, or to the sum of the upper bounds if that is less.

    Raises:
        CorpusError: The lower bounds ask for more than there is.

    >>> shares(np.array([8.0, 1.0, 1.0]), np.zeros(3), np.array([0.5, 1.0, 1.0])).tolist()
    [0.5, 0.25, 0.25]
    """
    if low.sum() > 1 + 1e-9:
        raise CorpusError(
            f"the floors of {len(low):,} languages ask for {low.sum():.0%} of the sample",
            where="--floor",
            fix=f"give at most {1 / len(low):.3g}",
        )
    low = np.minimum(low, high)
    if high.sum() <= 1:
        return high
    # The sum of clip(scale * weight) grows with the scale and is linear between these scales, where one meets a bound.
    bounds = np.unique(np.concatenate([low / weights, high / weights]))
    sums = np.clip(bounds[:, None] * weights, low, high).sum(axis=1)
    after = min(max(int(np.searchsorted(sums, 1.0)), 1), len(bounds) - 1)
    rise = sums[after] - sums[after - 1]
    part = 0.0 if rise <= 0 else (1 - sums[after - 1]) / rise
    scale = bounds[after - 1] + part * (bounds[after] - bounds[after - 1])
    found: Array = np.clip(scale * weights, low, high)
    return found


@dataclass(frozen=True)
class Sample:
    """What is taken of each language: all of its text some times over, and once more what lies in the first places.

    Attributes:
        languages: Sorted tags.
        copies: How many times all of a language's text is taken.
        places: How many of the `PLACES` are taken once more.
        taken: Bytes that this gives.
        sizes: Bytes that there are.
        seed: Of the hash.
    """

    languages: tuple[str, ...]
    copies: tuple[int, ...]
    places: tuple[int, ...]
    taken: tuple[int, ...]
    sizes: tuple[int, ...]
    seed: int

    def texts(self, corpus: Corpus) -> Iterator[list[str]]:
        """Yield the sample in lists of texts, a batch at a time; takes one pass over the corpus.

        Args:
            corpus: The one that was measured.
        """
        known = {
            tag: (copies, places)
            for tag, copies, places in zip(self.languages, self.copies, self.places, strict=True)
        }
        for frame, place in _placed(corpus, self.languages, self.seed):
            tags = frame["language"]
            copies, places = (
                tags.replace_strict({tag: each[part] for tag, each in known.items()}, return_dtype=pl.Int64)
                for part in (0, 1)
            )
            times = copies.to_numpy() + (place < places.to_numpy())
            for turn in range(int(times.max(initial=0))):
                yield frame["text"].filter(pl.Series(times > turn)).to_list()

    @property
    def repeated_most(self) -> float:
        """How many times the text is taken of the language of which it is taken most often."""
        return max(taken / size for taken, size in zip(self.taken, self.sizes, strict=True))


def plan_sample(sizes: TextSizes, alpha: float, sampling: Sampling) -> Sample:
    """Decide what is taken of each language: as near to its share as whole places allow.

    Args:
        sizes: What there is.
        alpha: Shares are in proportion to bytes to this power.
        sampling: Size of the sample and bounds of shares.

    Raises:
        CorpusError: The floors ask for more than there is.
    """
    there = sizes.bytes
    total = min(int(there.sum()), MOST_BYTES) if sampling.bytes is None else sampling.bytes
    high = np.full(len(there), sampling.cap)
    if sampling.repeats is not None:
        high = np.minimum(high, sampling.repeats * there / total)
    weights = (there / there.max()) ** alpha
    wanted = total * shares(weights, np.full(len(there), sampling.floor), high)
    copies = np.floor(wanted / there).astype(np.int64)
    rest = wanted - copies * there
    ends = np.concatenate([np.zeros((len(there), 1), np.int64), sizes.by_place.cumsum(axis=1)], axis=1)
    places = np.abs(ends - rest[:, None]).argmin(axis=1)
    taken = copies * there + ends[np.arange(len(there)), places]
    return Sample(
        sizes.languages,
        tuple(copies.tolist()),
        tuple(places.tolist()),
        tuple(taken.tolist()),
        tuple(there.tolist()),
        sizes.seed,
    )


def sampled_bytes(sample: Sample) -> Mapping[str, int]:
    """Return how many bytes a sample takes of each language."""
    return dict(zip(sample.languages, sample.taken, strict=True))


def _placed(
    corpus: Corpus, languages: Collection[str] | None, seed: int
) -> Iterator[tuple[pl.DataFrame, NDArray[np.int64]]]:
    """Yield the corpus' batches without empty texts, and each row's place."""
    seen: dict[str, int] = {}
    keys: dict[str, int] = {}
    for batch in corpus.batches(languages):
        frame = batch.filter(pl.col("text").is_not_null() & (pl.col("text") != ""))
        if frame.is_empty():
            continue
        tags = frame["language"]
        for tag in tags.unique():
            if tag not in keys:
                keys[tag], seen[tag] = _key(seed, tag), 0
        number = frame.select(pl.int_range(pl.len(), dtype=pl.UInt64).over("language")).to_series()
        start = tags.replace_strict(seen, return_dtype=pl.UInt64)
        key = tags.replace_strict(keys, return_dtype=pl.UInt64)
        yield frame, _places((start + number).to_numpy(), key.to_numpy())
        for tag, rows in tags.value_counts().iter_rows():
            seen[tag] += rows


def _key(seed: int, language: str) -> int:
    digest = hashlib.blake2b(f"{seed}:{language}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def _places(numbers: Places, keys: Places) -> NDArray[np.int64]:
    """Hash each segment's number in its language: SplitMix64 (Steele, Lea & Flood 2014), its upper bits."""
    with np.errstate(over="ignore"):
        mixed = keys + (numbers + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
    upper: NDArray[np.int64] = (mixed >> np.uint64(64 - (PLACES - 1).bit_length())).astype(np.int64)
    return upper
