"""What a tokenizer's ids stand for, as arrays over ids, ready for a batch of millions of tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from langcov.census.text import bounds, is_space
from langcov.tokenizers.base import KINDS

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

BYTE = KINDS.index("byte")
UNKNOWN = KINDS.index("unknown")


@dataclass(frozen=True)
class Surfaces:
    """The bytes that every id stands for, how many of them are visible (all but ASCII white space), and its kind.

    The bytes of id ``i`` are ``data[starts[i]:starts[i + 1]]``; its kind is ``KINDS[kind[i]]``.
    """

    data: NDArray[np.uint8]
    starts: NDArray[np.int64]
    visible: NDArray[np.int64]
    kind: NDArray[np.uint8]

    @classmethod
    def of(cls, vocabulary: pl.DataFrame) -> Surfaces:
        """Lay out a vocabulary (`VOCABULARY_SCHEMA`). An id that it does not hold stands for nothing."""
        ids = vocabulary["id"].to_numpy()
        surfaces = vocabulary["surface"].to_list()
        size = int(ids.max()) + 1 if len(ids) else 0
        lengths = np.zeros(size, np.int64)
        lengths[ids] = [len(surface) for surface in surfaces]
        data = np.frombuffer(b"".join(surfaces), np.uint8)  # ids ascend, so this is their order
        starts = bounds(lengths)
        kind = np.zeros(size, np.uint8)
        kind[ids] = vocabulary["kind"].to_physical().to_numpy()
        return cls(data, starts, np.diff(bounds(~is_space(data))[starts]), kind)

    def gather(self, ids: NDArray[np.uint32]) -> NDArray[np.uint8]:
        """Return the bytes of a sequence of ids, one after the other."""
        lengths = self.starts[ids + 1] - self.starts[ids]
        out = bounds(lengths)
        place = np.repeat(self.starts[ids] - out[:-1], lengths)
        place += np.arange(out[-1])
        return self.data[place]
