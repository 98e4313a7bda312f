"""Which pieces of a vocabulary end at a place of a text, as it is read: the automaton of Aho and Corasick (1975).

Its states are the beginnings of pieces. The state after some text is the longest beginning of a piece that the text ends
with, so that whatever pieces end there end that beginning too, and are known for each state.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from langcov.tokenizers.prefixes import Prefixes
from langcov.tokenizers.ragged import bounds, places

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

_MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)
"""2^64 over the golden ratio, which spreads keys (Knuth, 6.4)."""
_POINT_BITS: Final = 21
_VALUE_BITS: Final = 21
_VALUES: Final = (1 << _VALUE_BITS) - 1
_NONE: Final = -1

MOST_STATES: Final = 1 << _VALUE_BITS
"""So many states can be told apart."""


@dataclass(frozen=True)
class Automaton:
    """All pieces of a Unigram model.

    Attributes:
        edges: From each state and a character to the state that is longer by it.
        going: (states) the longest state with an edge that each ends with: itself, if it has one.
        shorter: (states) the longest other state with an edge that each ends with.
        begins: (states + 1) where in ``lengths`` and ``scores`` the pieces begin that end at a state, the shortest first.
        lengths: Characters of each piece.
        scores: The score of each.
    """

    edges: Edges
    going: NDArray[np.int32]
    shorter: NDArray[np.int32]
    begins: NDArray[np.int64]
    lengths: NDArray[np.int16]
    scores: NDArray[np.float32]

    @classmethod
    def of(cls, pieces: pl.Series, scores: NDArray[np.float64], unknown: float) -> Self:
        """Build it.

        Args:
            pieces: Sorted, each once, none empty.
            scores: Of each.
            unknown: The score of a character that is no piece by itself.

        Raises:
            ValueError: The pieces have more than `MOST_STATES` beginnings.
        """
        found = Prefixes.of(pieces)
        states = len(found.parent)
        if states > MOST_STATES:
            raise ValueError(f"the pieces have {states} beginnings")
        edges = Edges.of(_keys(found.parent[1:], found.character[1:]), np.arange(1, states))
        # What a text ends with, but for all of it: the states that have no edge are passed over in ``going`` and ``shorter``.
        fallback, going, shorter = np.zeros((3, states), np.int32)
        has_edge = np.zeros(states, np.bool_)
        has_edge[found.parent] = True
        going[has_edge] = np.flatnonzero(has_edge)
        is_piece = np.zeros(states, np.bool_)
        is_piece[found.whole] = True
        own = np.full(states, unknown)
        own[found.whole] = scores
        # What ends with a character that begins no piece falls back to the empty state: there, it is unknown.
        is_piece[: found.levels[2]] = True
        number = is_piece.astype(np.int64)
        levels = [slice(*found.levels[level : level + 2]) for level in range(2, len(found.levels) - 1)]
        for level in levels:
            ends_with = _step(edges, going, shorter, fallback[found.parent[level]], found.character[level])
            fallback[level] = ends_with
            shorter[level] = going[ends_with]
            going[level] = np.where(has_edge[level], going[level], shorter[level])
            number[level] += number[ends_with]
        begins = bounds(number)
        lengths = np.ones(begins[-1], np.int16)
        all_scores = np.zeros(begins[-1], np.float32)
        all_scores[begins[1:][is_piece] - 1] = own[is_piece]
        for length, level in enumerate(levels, start=2):
            last = begins[1:][level][is_piece[level]] - 1
            lengths[last] = length
            source, inherited = places(begins, fallback[level])
            target = np.repeat(begins[:-1][level] - bounds(inherited)[:-1], inherited) + np.arange(
                len(source)
            )
            lengths[target] = lengths[source]
            all_scores[target] = all_scores[source]
        return cls(edges, going, shorter, begins, lengths, all_scores)

    @cached_property
    def longest(self) -> int:
        """Characters of the longest piece."""
        return int(self.lengths.max())

    def step(self, states: NDArray[np.int32], characters: NDArray[np.int64]) -> NDArray[np.int32]:
        """Return the states after one more character each."""
        return _step(self.edges, self.going, self.shorter, states, characters)


@dataclass(frozen=True)
class Edges:
    """Numbers by key, in a table in which a key's place is near where it hashes to.

    Attributes:
        entries: A key and its number at each place, in one number; 0 where nothing stands.
        shift: Bits of a hash that do not count.
    """

    entries: NDArray[np.int64]
    shift: np.uint64

    @classmethod
    def of(cls, keys: NDArray[np.int64], values: NDArray[np.int64]) -> Self:
        """Put keys of up to 42 bits and values from 1 to 2^21 - 1 into a table, each key once.

        >>> Edges.of(np.array([5, 7]), np.array([1, 2])).find(np.array([7, 6, 5])).tolist()
        [2, -1, 1]
        """
        bits = int(2 * len(keys) + 1).bit_length()
        found = cls(np.zeros(1 << bits, np.int64), np.uint64(64 - bits))
        left = keys << _VALUE_BITS | values
        place = found._hashed(keys)
        while len(left):
            free = found.entries[place] == 0
            found.entries[place[free]] = left[free]  # of several at one place the last stays
            other = found.entries[place] != left
            left, place = left[other], (place[other] + 1) & (len(found.entries) - 1)
        return found

    def find(self, keys: NDArray[np.int64]) -> NDArray[np.int32]:
        """Return the number for each key, -1 where there is none."""
        place = self._hashed(keys)
        entry = self.entries[place]
        found = (entry & _VALUES).astype(np.int32)
        left = np.flatnonzero(entry >> _VALUE_BITS != keys)
        found[left] = _NONE
        left = left[entry[left] != 0]
        place, keys = place[left], keys[left]
        while len(left):
            place = (place + 1) & (len(self.entries) - 1)
            entry = self.entries[place]
            same = entry >> _VALUE_BITS == keys
            found[left[same]] = entry[same] & _VALUES
            on = ~same & (entry != 0)
            left, place, keys = left[on], place[on], keys[on]
        return found

    def _hashed(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        # Numbers that wrap around are the same with a sign as without; only the shift needs to know.
        return ((keys.view(np.uint64) * _MULTIPLIER) >> self.shift).view(np.int64)


def _keys(states: NDArray[np.int32] | NDArray[np.int64], characters: NDArray[np.int64]) -> NDArray[np.int64]:
    return states.astype(np.int64) << _POINT_BITS | characters


def _step(
    edges: Edges,
    going: NDArray[np.int32],
    shorter: NDArray[np.int32],
    states: NDArray[np.int32],
    characters: NDArray[np.int64],
) -> NDArray[np.int32]:
    states = going[states]
    found = edges.find(_keys(states, characters))
    left = np.flatnonzero(found == _NONE)
    states = states[left]
    while len(left):
        ended = states == 0
        found[left[ended]] = 0
        left, states = left[~ended], shorter[states[~ended]]
        longer = edges.find(_keys(states, characters[left]))
        there = longer != _NONE
        found[left[there]] = longer[there]
        left, states = left[~there], states[~there]
    return found
