"""The longest entry that words begin with, again and again, for many words at a time: WordPiece's way to cut a word.

The entries make a trie, which lies in flat arrays (a double array: a state and a letter add up to the next state). All
words walk it together, a letter a step, those that can't go on drop out, and the last state of each tells the longest entry
it passed. What is left of the words walks again, from the root of the entries that go on with a word.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from langcov.tokenizers import ragged

if TYPE_CHECKING:
    from langcov.tokenizers.base import Offsets

Numbers = NDArray[np.int32]

SPACE: Final = 0
"""What ends a word and is no token. A code above it is a letter; one below it is a token of its own, whose id is ``~code``."""

_ROOT, _BEGINS, _GOES_ON, _LETTERS = range(4)
"""In front of each entry stands a mark that tells what it may begin; the numbers of letters begin behind these."""

_NONE: Final = -1

_MARK: Final = pl.DataFrame({"text": [""], "id": pl.Series([_NONE], dtype=pl.Int64)})
"""So that there is a root of each kind."""

_ROOMY: Final = 3
"""States for each node of the trie, so that most nodes find room for their children at the first trial."""

_TRIALS: Final = 24
"""After so many, there is twice the room."""

_MOST_ROOM: Final = 16
"""States for each node, 16 bytes each, of a trie that is not yet too large."""


class CrowdedError(Exception):
    """The entries make no trie of a reasonable size."""


class Cut(NamedTuple):
    """Tokens in the order of the text."""

    ids: Numbers
    starts: Offsets
    ends: Offsets


@dataclass(frozen=True, eq=False)
class LongestMatch:
    """Entries, as a trie.

    Attributes:
        points: (letters) the code points that entries are made of, ascending.
        base: (states) what a letter is added to, to get the next state.
        before: (states) the state that one comes from; -1 where there is no such state.
        longest: (states) the id of the longest entry that ends on the way to a state; -1: none.
        length: (states) its length.
        begins: The state before a word.
        goes_on: The state in the midst of a word.
        unknown: The id of a word that entries can't make up.
        most: A word with more characters is unknown.
    """

    points: NDArray[np.uint32]
    base: Numbers
    before: Numbers
    longest: Numbers
    length: Numbers
    begins: int
    goes_on: int
    unknown: int
    most: int

    @classmethod
    def of(cls, begins: pl.DataFrame, goes_on: pl.DataFrame, unknown: int, most: int) -> Self:
        """Build the trie.

        Args:
            begins: ``text``, ``id`` of the entries that may begin a word; no text twice.
            goes_on: The same of those that may go on with it.
            unknown: The id of a word that they can't make up.
            most: A word with more characters is unknown.

        Raises:
            CrowdedError: The trie would be far larger than its entries.
        """
        marked = [
            pl.concat([_MARK, each.select("text", pl.col("id").cast(pl.Int64))])
            .filter(pl.col("text").str.len_chars() <= most)
            .select(pl.lit(mark, pl.UInt32).alias("mark"), "text", "id")
            for mark, each in ((_BEGINS, begins), (_GOES_ON, goes_on))
        ]
        entries = pl.concat(marked).sort("mark", "text")
        flat = points_of("".join(entries["text"].str.join("")))
        points, letters = np.unique(flat, return_inverse=True)
        lengths = entries["text"].str.len_chars().to_numpy().astype(np.int64)
        nodes = _Nodes.of(
            entries["mark"].to_numpy(),
            letters.astype(np.int32) + np.int32(_LETTERS),
            ragged.bounds(lengths),
            entries["id"].to_numpy(),
        )
        state, base = _arranged(nodes)
        before = np.full(len(base), _NONE, np.int32)
        before[state[1:]] = state[nodes.parent[1:]]
        longest, length = (np.full(len(base), value, np.int32) for value in (_NONE, 0))
        longest[state], length[state] = nodes.longest, nodes.length
        root = int(base[_ROOT])
        return cls(
            points=points.astype(np.uint32),
            base=base,
            before=before,
            longest=longest,
            length=length,
            begins=root + _BEGINS,
            goes_on=root + _GOES_ON,
            unknown=unknown,
            most=most,
        )

    def letters(self, points: NDArray[np.uint32]) -> Numbers:
        """Return the codes of characters that are letters of words."""
        if not len(self.points):
            return np.full(len(points), _LETTERS, np.int32)
        found = np.minimum(np.searchsorted(self.points, points), len(self.points) - 1)
        known = self.points[found] == points
        return np.where(known, found + _LETTERS, len(self.points) + _LETTERS).astype(np.int32)

    def alone(self, points: NDArray[np.uint32]) -> Numbers:
        """Return the codes of characters that are words of their own."""
        letters = np.full(2 * len(points), SPACE, np.int32)
        letters[::2] = self.letters(points)
        ids, _ = self._walked(letters, 2 * np.arange(len(points)), self.begins)
        return ~np.where(ids >= 0, ids, self.unknown).astype(np.int32)

    def cut(self, codes: Numbers) -> Cut:
        """Cut words into tokens.

        Args:
            codes: The text. The first and the last is a `SPACE`.
        """
        letters = np.maximum(codes, SPACE)
        is_letter = letters > SPACE
        changes = np.flatnonzero(is_letter[1:] != is_letter[:-1]) + 1
        begins, ends = changes[::2], changes[1::2]
        ids, length = ~codes, np.ones(len(codes), np.int32)
        fits = ends - begins <= self.most
        word = np.flatnonzero(fits)
        unknown = [np.flatnonzero(~fits)]
        place, root = begins[word], self.begins
        while len(place):
            found, passed = self._walked(letters, place, root)
            if found.min() == _NONE:
                unknown.append(word[found == _NONE])
                known = found != _NONE
                place, word, found, passed = place[known], word[known], found[known], passed[known]
            ids[place], length[place] = found, passed
            place = place + passed
            left = np.flatnonzero(is_letter[place])
            place, word, root = place[left], word[left], self.goes_on
        lost = np.concatenate(unknown)
        if len(lost):
            all_, _ = ragged.places(changes, 2 * lost)
            ids[all_] = _NONE
            ids[begins[lost]], length[begins[lost]] = self.unknown, (ends - begins)[lost]
        starts = np.flatnonzero(ids >= 0)
        return Cut(ids[starts], starts, starts + length[starts])

    def _walked(self, letters: Numbers, place: NDArray[np.int64], root: int) -> tuple[Numbers, Numbers]:
        """The ids and lengths of the longest entries at some places."""
        last = np.full(len(place), root, np.int32)
        under_way = np.arange(len(place))
        state = last
        while len(under_way):
            next_ = self.base[state] + letters[place]
            goes_on = np.flatnonzero(self.before[next_] == state)
            under_way, state, place = under_way[goes_on], next_[goes_on], place[goes_on] + 1
            last[under_way] = state
        return self.longest[last], self.length[last]


def points_of(text: str) -> NDArray[np.uint32]:
    """Return the code points of a text.

    Raises:
        UnicodeEncodeError: It holds a lone surrogate.
    """
    return np.frombuffer(text.encode("utf-32-le"), np.uint32)


@dataclass(frozen=True, eq=False)
class _Nodes:
    """A trie's nodes, level by level; the children of one lie together, ascending by letter.

    Attributes:
        parent: The number of each one's parent; of the root, itself.
        letter: The letter behind which each stands.
        longest: The id of the longest entry that ends on the way.
        length: Its length.
    """

    parent: Numbers
    letter: Numbers
    longest: Numbers
    length: Numbers

    @classmethod
    def of(cls, marks: NDArray[np.uint32], letters: Numbers, bounds: Offsets, ids: NDArray[np.int64]) -> Self:
        """Build them of entries that are sorted."""
        lengths = np.diff(bounds)
        node = np.zeros(len(marks), np.int32)
        live = np.arange(len(marks))
        count = 1
        parents, behind, longest, passed = ([np.array([value], np.int32)] for value in (0, 0, _NONE, 0))
        held, held_length = np.full(1, _NONE, np.int32), np.zeros(1, np.int32)
        first = 0
        for depth in range(int(lengths.max(initial=0)) + 1):
            live = live[lengths[live] >= depth]
            letter = letters[bounds[live] + depth - 1] if depth else marks[live].astype(np.int32)
            parent = node[live]
            new = np.ones(len(live), np.bool_)
            new[1:] = (parent[1:] != parent[:-1]) | (letter[1:] != letter[:-1])
            number = np.cumsum(new, dtype=np.int32) - np.int32(1)
            node[live] = count + number
            parents.append(parent[new])
            behind.append(letter[new])
            held, held_length = held[parent[new] - first], held_length[parent[new] - first]
            ending = np.flatnonzero(lengths[live] == depth) if depth else np.zeros(0, np.int64)
            held[number[ending]], held_length[number[ending]] = ids[live[ending]], depth
            longest.append(held)
            passed.append(held_length)
            first, count = count, count + len(held)
        return cls(*(np.concatenate(each) for each in (parents, behind, longest, passed)))


def _arranged(nodes: _Nodes) -> tuple[Numbers, Numbers]:
    """Find each node's state, and the base of each state: no two nodes' children may claim the same state.

    Nodes with many children come first, while there is much room. Each tries its luck until all its children find room.
    """
    chance = np.random.default_rng(0)
    count = len(nodes.parent)
    children = np.bincount(nodes.parent[1:], minlength=count)
    first = np.ones(count + 1, np.int64)
    first[1:] += np.cumsum(children)
    letters = int(nodes.letter.max(initial=0)) + 1
    room = _ROOMY * count
    owner = np.full(room + letters + 1, _NONE, np.int32)
    owner[_ROOT] = 0
    base = np.zeros(count, np.int32)
    state = np.zeros(count, np.int32)
    sizes = np.floor(np.log2(np.maximum(children, 1))).astype(np.int64)
    for size in range(int(sizes.max(initial=0)), -1, -1):
        pending = np.flatnonzero((sizes == size) & (children > 0))
        trials = 0
        while len(pending):
            trials += 1
            if trials % _TRIALS == 0:
                owner = np.concatenate([owner, np.full(room, _NONE, np.int32)])
                room *= 2
                if room > _MOST_ROOM * count:
                    raise CrowdedError
            tried = chance.integers(0, room, len(pending), np.int32)
            child, number = ragged.places(first, pending)
            claimed = np.repeat(tried, number) + nodes.letter[child]
            free = owner[claimed] == _NONE
            owner[claimed[free]] = child[free]
            fits = np.logical_and.reduceat(owner[claimed] == child, ragged.bounds(number)[:-1])
            of_fitting = np.repeat(fits, number)
            kept = owner[claimed] == child
            owner[claimed[kept & ~of_fitting]] = _NONE
            state[child[of_fitting]] = claimed[of_fitting]
            base[pending[fits]] = tried[fits]
            pending = pending[~fits]
    by_state = np.zeros(len(owner), np.int32)
    by_state[state] = base
    return state, by_state
