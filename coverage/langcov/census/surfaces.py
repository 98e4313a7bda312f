"""What a tokenizer's ids stand for, as arrays over ids, ready for a batch of millions of tokens."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from langcov.census.text import is_space
from langcov.tokenizers.base import KINDS
from langcov.tokenizers.ragged import bounds

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

BYTE: Final = KINDS.index("byte")
UNKNOWN: Final = KINDS.index("unknown")

_FIRST_BYTES: Final = np.array([(1 << 8 * length) - 1 for length in range(9)], "<u8")
"""The mask that leaves the first 0 to 8 bytes of a little-endian word."""


@dataclass(frozen=True)
class Strings:
    """Byte strings, laid out so that millions of them are compared with a text at once, eight bytes at a time.

    Attributes:
        lengths: Bytes of each.
        words: All of them, eight bytes a word, each string filled up with zeros to whole words (at least one).
        starts: Where in ``words`` each begins.
        first: The first word of each.
    """

    lengths: NDArray[np.int64]
    words: NDArray[np.uint64]
    starts: NDArray[np.int64]
    first: NDArray[np.uint64]

    @classmethod
    def of(cls, data: NDArray[np.uint8], lengths: NDArray[np.int64]) -> Strings:
        """Lay out strings that stand one after the other in ``data``."""
        words_each = np.maximum((lengths + 7) // 8, 1)
        starts = bounds(words_each)
        filled = np.zeros(8 * starts[-1], np.uint8)
        filled[np.repeat(8 * starts[:-1] - bounds(lengths)[:-1], lengths) + np.arange(len(data))] = data
        words = filled.view("<u8")
        return cls(lengths, words, starts[:-1], words[starts[:-1]])

    def differ(
        self, ids: NDArray[np.uint32], windows: NDArray[np.uint64], places: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Whether each string is another than what stands at its place in a text.

        Args:
            ids: Which strings.
            windows: The text, as `windows_of` gives it.
            places: Where each should stand; all of it must lie within the text.
        """
        lengths = self.lengths[ids]
        different = (windows[places] ^ self.first[ids]) & _FIRST_BYTES[np.minimum(lengths, 8)] != 0
        done = 8
        longer = np.flatnonzero(lengths > done)
        while len(longer):
            word = self.words[self.starts[ids[longer]] + done // 8]
            mask = _FIRST_BYTES[np.minimum(lengths[longer] - done, 8)]
            different[longer] |= (windows[places[longer] + done] ^ word) & mask != 0
            done += 8
            longer = longer[lengths[longer] > done]
        found: NDArray[np.bool_] = different
        return found


@dataclass(frozen=True)
class Surfaces:
    """The bytes that every id stands for, and its kind: ``KINDS[kind[id]]``."""

    data: NDArray[np.uint8]
    lengths: NDArray[np.int64]
    kind: NDArray[np.uint8]

    @classmethod
    def of(cls, vocabulary: pl.DataFrame) -> Surfaces:
        """Lay out a vocabulary (`VOCABULARY_SCHEMA`). An id that it does not hold stands for nothing."""
        ids = vocabulary["id"].to_numpy()
        surfaces = vocabulary["surface"]
        size = int(ids.max()) + 1 if len(ids) else 0
        lengths = np.zeros(size, np.int64)
        lengths[ids] = surfaces.bin.size().to_numpy()
        kind = np.zeros(size, np.uint8)
        kind[ids] = vocabulary["kind"].to_physical().to_numpy()
        return cls(
            np.frombuffer(b"".join(surfaces.to_list()), np.uint8), lengths, kind
        )  # ids ascend: this is their order

    @cached_property
    def whole(self) -> Strings:
        """All bytes of each id."""
        return Strings.of(self.data, self.lengths)

    @cached_property
    def visible(self) -> Strings:
        """The bytes of each id that are no ASCII white space."""
        seen = ~is_space(self.data)
        return Strings.of(self.data[seen], np.diff(bounds(seen)[bounds(self.lengths)]))
