"""What is held out: text to judge tokenizers on, which none of them was trained on.

The split is by unit. In a parallel corpus equal units are translations of each other, so the same units are held out in
every language, and no language's training text says what another's held-out text says. Beyond that, a segment that is
held out is left out of the training text wherever else it occurs, word for word.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from langcov.errors import CorpusError
from langcov.measures.intervals import LEAST_UNITS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from numpy.typing import NDArray

    from langcov.corpora.base import Corpus

    Hashes = NDArray[np.uint64]


class Split(NamedTuple):
    """A corpus in two: what tokenizers are trained on, and what they are judged on."""

    training: Corpus
    held_out: Corpus


def split(corpus: Corpus, languages: Collection[str] | None, share: float, seed: int) -> Split:
    """Divide a corpus by unit; takes two passes over it.

    Args:
        corpus: The text.
        languages: Tags that are of interest; all if None.
        share: Of the units that are held out; see `held_out_units`.
        seed: The same seed holds out the same units.

    Raises:
        CorpusError: The corpus can't be divided: it has one unit, or a language has no text on one side.
    """
    units: set[int] = set()
    for frame in corpus.batches(languages):
        units.update(frame["unit"].unique())
    if len(units) < 2:
        raise CorpusError(
            "text of one unit can't be divided into training and held-out text",
            where=f"corpus {corpus.name}",
            fix="take a corpus of more units, or name another to judge on",
        )
    chosen = held_out_units(units, share, seed)
    held_out = UnitCorpus(corpus, chosen, f"{corpus.name}-held-out-{len(chosen)}of{len(units)}-seed{seed}")
    rest = UnitCorpus(corpus, frozenset(units - chosen), f"{corpus.name}-training")
    return Split(without_texts_of(rest, held_out, languages), held_out)


def held_out_units(units: Iterable[int], share: float, seed: int) -> frozenset[int]:
    """Return the units that are held out: the first of them in the order of a hash of seed and unit.

    A larger share holds out the same units and more. There are never fewer than `LEAST_UNITS` where there are twice as
    many in all, for fewer give no interval.

    Args:
        units: All units.
        share: Between 0 and 1.
        seed: Of the order.

    >>> len(held_out_units(range(31), 0.2, 0)), len(held_out_units(range(1000), 0.2, 0))
    (10, 200)
    """
    if not 0 < share < 1:
        raise CorpusError(f"a share of {share:g} can't be held out", fix="give one between 0 and 1")
    ordered = sorted(set(units), key=lambda unit: (_hash(f"{seed}:{unit}"), unit))
    number = max(math.ceil(share * len(ordered)), min(LEAST_UNITS, len(ordered) // 2))
    return frozenset(ordered[: min(number, len(ordered) - 1)])


@dataclass(frozen=True)
class UnitCorpus:
    """Some units of a corpus, as a corpus with a name and a fingerprint of its own.

    Attributes:
        corpus: All of it.
        units: Those that this has.
        name: As in the signature.
    """

    corpus: Corpus
    units: frozenset[int] = field(repr=False)
    name: str

    @property
    def citation(self) -> str:
        """Whose text it is."""
        return self.corpus.citation

    @property
    def licence(self) -> str:
        """The whole corpus' licence."""
        return self.corpus.licence

    @property
    def parallel(self) -> bool:
        """Whether the whole corpus is."""
        return self.corpus.parallel

    @cached_property
    def fingerprint(self) -> str:
        """Hex sha256 of the whole corpus' fingerprint and the units."""
        units = ",".join(map(str, sorted(self.units)))
        return hashlib.sha256(f"{self.corpus.fingerprint} units {units}".encode()).hexdigest()

    def languages(self) -> list[str]:
        """Sorted tags of the languages of the whole corpus."""
        return self.corpus.languages()

    def expected_bytes(self, languages: Collection[str] | None = None) -> int | None:  # noqa: ARG002 (a Corpus has it)
        """Nobody knows before it is read."""
        return None

    def batches(self, languages: Collection[str] | None = None) -> Iterator[pl.DataFrame]:
        """Yield those rows of the whole corpus' batches that are in the units."""
        units = sorted(self.units)
        for frame in self.corpus.batches(languages):
            kept = frame.filter(pl.col("unit").is_in(units))
            if kept.height:
                yield kept


@dataclass(frozen=True)
class CorpusWithout:
    """A corpus without the segments that another one has, word for word.

    Attributes:
        corpus: All of it.
        hashes: Of the other corpus' texts, ascending; the same in all processes of one version of Polars.
        other: Fingerprint of the other corpus.
    """

    corpus: Corpus
    hashes: Hashes = field(repr=False, compare=False)
    other: str

    @property
    def name(self) -> str:
        """As in the signature."""
        return self.corpus.name

    @property
    def citation(self) -> str:
        """Whose text it is."""
        return self.corpus.citation

    @property
    def licence(self) -> str:
        """The whole corpus' licence."""
        return self.corpus.licence

    @property
    def parallel(self) -> bool:
        """Whether the whole corpus is."""
        return self.corpus.parallel

    @cached_property
    def fingerprint(self) -> str:
        """Hex sha256 of both corpora's fingerprints."""
        return hashlib.sha256(f"{self.corpus.fingerprint} without {self.other}".encode()).hexdigest()

    def languages(self) -> list[str]:
        """Sorted tags of the languages of the whole corpus."""
        return self.corpus.languages()

    def expected_bytes(self, languages: Collection[str] | None = None) -> int | None:
        """About how many bytes it has; None where only reading can tell."""
        return self.corpus.expected_bytes(languages)

    def batches(self, languages: Collection[str] | None = None) -> Iterator[pl.DataFrame]:
        """Yield those rows of the whole corpus' batches that hold text of its own."""
        for frame in self.corpus.batches(languages):
            own = _hashes(frame["text"])
            places = np.searchsorted(self.hashes, own).clip(max=max(len(self.hashes) - 1, 0))
            kept = frame.filter(self.hashes[places] != own) if len(self.hashes) else frame
            if kept.height:
                yield kept


def without_texts_of(
    corpus: Corpus, held_out: Corpus, languages: Collection[str] | None = None
) -> CorpusWithout:
    """Return a corpus without the segments that another has; takes a pass over the other and 8 bytes for each of its segments.

    Args:
        corpus: Text to train on.
        held_out: Text to judge on.
        languages: Tags of the held-out text; all if None.
    """
    parts = [_hashes(frame["text"]) for frame in held_out.batches(languages)]
    hashes = np.unique(np.concatenate([np.empty(0, np.uint64), *parts]))
    return CorpusWithout(corpus, hashes, held_out.fingerprint)


def _hashes(texts: pl.Series) -> Hashes:
    """A hash of each text, without the space around it."""
    return texts.str.strip_chars().hash(0).to_numpy()


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=16).digest()
