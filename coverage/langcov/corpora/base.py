"""What every source of text gives: Polars batches of language, unit and text."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from numpy.typing import NDArray

SCHEMA = pl.Schema({"language": pl.String, "unit": pl.UInt32, "text": pl.String})
"""Columns of every batch. A null ``text`` is a segment that the source holds but can't give (null, undecodable):
the census counts it as skipped."""

BATCH_BYTES = 1 << 20
"""A batch holds about this many bytes of text, and at most one segment (`SEGMENT_BYTES`) more."""

BLOCKS = 64
"""Documents of a corpus that is not parallel fall into this many units."""

ALIGNED_UNITS = 1024
"""Aligned segments beyond this number share this many units."""

SEGMENT_BYTES = 1 << 20
"""A longer segment is cut into pieces of at most this many UTF-8 bytes, so that no batch outgrows memory."""


@runtime_checkable
class Corpus(Protocol):
    """A source of text.

    ``unit`` is what is resampled for intervals. In a parallel corpus equal units are translations of each other.
    """

    @property
    def name(self) -> str:
        """Short name, as in the signature: ``udhr``."""

    @property
    def citation(self) -> str:
        """Whose text it is, in one line."""

    @property
    def licence(self) -> str:
        """SPDX identifier where there is one, else a short phrase."""

    @property
    def parallel(self) -> bool:
        """Whether equal units of two languages are translations of each other."""

    @property
    def fingerprint(self) -> str:
        """Hex sha256 of the content: equal fingerprints mean equal text."""

    def languages(self) -> list[str]:
        """Sorted tags (``yor_Latn``) of the languages it holds."""

    def expected_bytes(self, languages: Collection[str] | None = None) -> int | None:
        """About how many bytes of text `batches` will give; None where only reading can tell."""

    def batches(self, languages: Collection[str] | None = None) -> Iterator[pl.DataFrame]:
        """Yield frames of `SCHEMA`, each bounded by `BATCH_BYTES`; all languages unless some are named."""


def stable_block(place: str, blocks: int = BLOCKS) -> int:
    """Return the unit of a document from its place, the same on every machine and in every batch.

    >>> stable_block("texts/yor.txt:17") == stable_block("texts/yor.txt:17")
    True
    """
    digest = hashlib.blake2b(place.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little") % blocks


def stable_blocks(place: str, first: int, count: int, blocks: int = BLOCKS) -> NDArray[np.uint32]:
    """Return the units of documents that are numbered on from ``first``, each as `stable_block` of place and number.

    >>> stable_blocks("yor.txt:", 17, 2).tolist() == [stable_block("yor.txt:17"), stable_block("yor.txt:18")]
    True
    """
    begun = hashlib.blake2b(place.encode("utf-8", "surrogatepass"), digest_size=8)

    def digest(number: int) -> bytes:
        whole = begun.copy()
        whole.update(b"%d" % number)
        return whole.digest()

    digests = b"".join(map(digest, range(first, first + count)))
    return (np.frombuffer(digests, "<u8") % blocks).astype(np.uint32)


def aligned_unit(number: int) -> int:
    """Return the unit of an aligned segment from its number, counted from 0.

    The first `ALIGNED_UNITS` segments are units of their own; those after them share these units by a stable hash, so
    that a segment's unit depends on its number alone and translations stay in one unit.

    >>> aligned_unit(7), aligned_unit(10**6) < ALIGNED_UNITS
    (7, True)
    """
    return number if number < ALIGNED_UNITS else stable_block(str(number), ALIGNED_UNITS)


def aligned_units(first: int, count: int) -> NDArray[np.uint32]:
    """Return the units of aligned segments that are numbered on from ``first``, each as `aligned_unit` gives it.

    >>> aligned_units(1022, 4).tolist() == [aligned_unit(number) for number in range(1022, 1026)]
    True
    """
    end = first + count
    own = np.arange(first, min(end, ALIGNED_UNITS), dtype=np.uint32)
    shared = max(first, ALIGNED_UNITS)
    return np.concatenate([own, stable_blocks("", shared, max(end - shared, 0), ALIGNED_UNITS)])
