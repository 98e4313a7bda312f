"""A corpus in parts that can be read by themselves, at once, and on any machine that sees the files.

The rows of all partitions together are those of the corpus: no row is lost, doubled or put in another unit, whatever the
size of the parts. Read one after the other they also come in the corpus' order, except in two cases, where only their
order in each language is kept: a parallel corpus of files, and a frame whose languages are not in one piece each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    import polars as pl

    from langcov.corpora.base import Corpus

PARTITION_BYTES = 256 << 20
"""A partition takes about so many bytes of the files, compressed ones as they lie there."""


@runtime_checkable
class Partition(Protocol):
    """A part of a corpus. It can be pickled."""

    @property
    def name(self) -> str:
        """Stable, and unique in the corpus: ``yor.jsonl.gz``, ``big.jsonl bytes 268435456-536870912``."""

    def batches(self, languages: Collection[str] | None = None) -> Iterator[pl.DataFrame]:
        """Yield frames of `langcov.corpora.base.SCHEMA`, as `Corpus.batches` does.

        Args:
            languages: Tags; all that it was planned for if None.
        """


@runtime_checkable
class Divisible(Protocol):
    """A corpus that knows how to divide itself."""

    def partitions(self, languages: Collection[str] | None, size: int) -> Sequence[Partition]:
        """Return parts of about ``size`` bytes that hold these languages; all if None."""


def partitions(
    corpus: Corpus, languages: Collection[str] | None = None, size: int = PARTITION_BYTES
) -> list[Partition]:
    """Divide a corpus. One that has no method ``partitions`` is one partition.

    Args:
        corpus: The text.
        languages: Tags to read; all if None.
        size: Bytes that a part is to take in its files. What can't be divided may take more: a compressed file, a CSV
            file, a row group, a line, or all of a language in a parallel corpus.

    Raises:
        CorpusError: A file can't be read, or holds no text.
        ValueError: ``size`` is not positive.

    >>> from langcov.corpora import open_corpus
    >>> parts = partitions(open_corpus("samples"), ["deu_Latn", "eng_Latn", "yor_Latn"], 5_000)
    >>> [part.name for part in parts]
    ['samples deu_Latn to eng_Latn', 'samples yor_Latn']
    """
    if size < 1:
        raise ValueError(f"a partition of {size} bytes holds nothing")
    if isinstance(corpus, Divisible):
        return list(corpus.partitions(languages, size))
    return [Whole(corpus, None if languages is None else frozenset(languages))]


@dataclass(frozen=True)
class Whole:
    """All of a corpus that does not know how to divide itself."""

    corpus: Corpus
    languages: frozenset[str] | None = None

    @property
    def name(self) -> str:
        """The corpus' name."""
        return self.corpus.name

    def batches(self, languages: Collection[str] | None = None) -> Iterator[pl.DataFrame]:
        """Yield what the corpus does."""
        return self.corpus.batches(both(self.languages, languages))


def both(planned: frozenset[str] | None, asked: Collection[str] | None) -> frozenset[str] | None:
    """Return the languages that a partition was planned for and that are asked of it; None: all.

    >>> both(None, None), both(frozenset({"yor_Latn"}), ["eng_Latn", "yor_Latn"])
    (None, frozenset({'yor_Latn'}))
    """
    if planned is None or asked is None:
        return planned if asked is None else frozenset(asked)
    return planned & frozenset(asked)
