"""What sorted strings begin with: every distinct beginning once, the shorter ones first.

Words of a language begin alike, so that strings have far fewer beginnings than characters; and what is worked out from left to
right needs to be worked out once for each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from langcov.tokenizers.ragged import bounds

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Prefixes:
    """The distinct beginnings of some strings, numbered from 1, by length; 0 is the empty one.

    Attributes:
        character: (prefixes) the code point that each ends with; 0 for the empty one.
        parent: (prefixes) each without its last character.
        levels: Where each length begins: those of ``n`` characters are ``levels[n]`` up to, not including, ``levels[n + 1]``.
        whole: (strings) which is the whole string.
    """

    character: NDArray[np.int64]
    parent: NDArray[np.int64]
    levels: NDArray[np.int64]
    whole: NDArray[np.int64]

    @classmethod
    def of(cls, strings: pl.Series) -> Self:
        """Find them; what is shared is seen between neighbours only, so that the strings should be sorted.

        >>> import polars as pl
        >>> found = Prefixes.of(pl.Series(["a", "ab", "ac", "b"]))
        >>> found.parent.tolist(), found.levels.tolist(), found.whole.tolist()
        ([0, 0, 0, 1, 1], [0, 1, 3, 5], [1, 3, 4, 2])
        """
        points = np.frombuffer("".join(strings.to_list()).encode("utf-32-le"), "<u4")
        lengths = strings.str.len_chars().to_numpy().astype(np.int64)
        starts = bounds(lengths)[:-1]
        shared = _shared(points, starts, lengths)
        own = lengths - shared
        ends = bounds(own)
        row = np.repeat(np.arange(len(own)), own)
        shift = np.repeat(shared - ends[:-1], own) + np.arange(len(row))
        character = points[np.repeat(starts, own) + shift]
        # Short numbers are sorted by counting.
        order = np.argsort(
            shift.astype(np.uint16) if lengths.max(initial=0) < 1 << 16 else shift, kind="stable"
        )
        number = np.empty(len(order) + 1, np.int64)
        number[order] = np.arange(1, len(order) + 1)
        # A string's first beginning of its own goes on from one of the strings before it: of all of that length that were met by
        # then, the last.
        key = (shift * len(own) + row)[order]
        before = np.zeros(len(row), np.bool_)
        before[ends[:-1][own > 0]] = True
        first = np.flatnonzero(before[order])
        parent = number[order - 1]
        parent[first] = np.searchsorted(key, key[first] - len(own), side="right")
        whole = number[ends[1:] - 1]
        same = np.flatnonzero(own == 0)
        whole[same] = np.searchsorted(key, (lengths[same] - 1) * len(own) + same, side="right")
        levels = np.searchsorted(key, np.arange(lengths.max(initial=0) + 1) * len(own))
        return cls(
            character=np.append(0, character[order]).astype(np.int64),
            parent=np.append(0, parent),
            levels=np.append(0, 1 + levels),
            whole=whole,
        )


def _shared(
    points: NDArray[np.uint32], starts: NDArray[np.int64], lengths: NDArray[np.int64]
) -> NDArray[np.int64]:
    """How many characters each string has in common with the one before it, from the first on."""
    shared = np.zeros(len(lengths), np.int64)
    most = np.minimum(lengths[1:], lengths[:-1])
    row = np.arange(1, len(lengths))
    number = 0
    while len(row):
        row = row[most[row - 1] > number]
        row = row[points[starts[row] + number] == points[starts[row - 1] + number]]
        number += 1
        shared[row] = number
    return shared
