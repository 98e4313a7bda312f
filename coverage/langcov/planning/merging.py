"""Byte-pair encoding that goes on from a finished vocabulary: the pair that occurs most often becomes a piece, again and again.

Every piece learned here has a text that no entry had before, and is merged after all that the vocabulary could merge
already. So a text is first encoded as it always was, and from there on only new pieces are made, in the order in which
they were learned. Hence the law that protection rests on: *a text's ids change only if the two parts of a new piece are
neighbours among its old ids* (or if it holds a character or a whole word that became a piece), for otherwise the first
new merge finds nothing to do, and the later ones neither.

Counts are kept up to date, not taken anew: a merge looks at nothing but the places where its pair stands.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from langcov.planning.pretokens import SPELLED, Counts
from langcov.tokenizers.surfaces import Spelling

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from langcov.planning.pretokens import Words

LEAST: Final = 2
"""A pair that occurs only once is no evidence that it will occur again."""

_BITS: Final = 32
_MASK: Final = (1 << _BITS) - 1

Candidate = tuple[str, int]
"""What can become a piece: its text, and which pair it is, or `CHARACTER`, or `ANY_PAIR` where the text alone decides."""

CHARACTER: Final = -1
ANY_PAIR: Final = -2


class Piece(NamedTuple):
    """A piece that was learned.

    Attributes:
        text: As the vocabulary spells it.
        left: Text of its first part; empty for a character, which has no parts.
        right: Text of its second part.
        counts: (languages,) how often it was put in the place of its parts.
        saved: How many tokens that saves in the text it was learned from.
    """

    text: str
    left: str
    right: str
    counts: tuple[int, ...]
    saved: int


@dataclass(frozen=True)
class Rules:
    """What may become a piece, and how the vocabulary merges.

    Attributes:
        texts: Text of each existing piece by id, as the vocabulary spells it.
        first_id: Of new pieces.
        taken: All texts that have an id already, those of added tokens among them.
        by_text: Whether neighbours merge if together they are a piece (SentencePiece), or only as the pair that was
            learned (tokenizer.json).
        whole_words: Whether a word that is a piece is taken whole before any merge (``ignore_merges``).
        byte_level: Whether a letter stands for a byte.
        mark: What stands for a space where words begin with one; no piece has it behind its first letter but in a row.
        kept_pairs: Pairs of protected text, the left id shifted by 32 bits and the right one.
        kept_texts: Texts of protected text: whole words, joined neighbours or spelled characters.
    """

    texts: Mapping[int, str]
    first_id: int
    taken: AbstractSet[str]
    by_text: bool = False
    whole_words: bool = False
    byte_level: bool = False
    mark: str = ""
    kept_pairs: AbstractSet[int] = field(default=frozenset(), repr=False)
    kept_texts: AbstractSet[str] = field(default=frozenset(), repr=False)


@dataclass
class Learned:
    """Pieces in the order in which they were learned, and what was left out.

    Attributes:
        pieces: At most as many as were asked for.
        protected: How many candidates were passed over since they would change protected text.
        tokens: (pieces + 1, languages) tokens of the training text with the first 0, 1, 2, ... pieces.
    """

    pieces: list[Piece]
    protected: int
    tokens: Counts


def learn(words: Words, rules: Rules, most: int, least: int = LEAST) -> Learned:
    """Learn pieces from counted words.

    The candidate that saves most tokens comes first; of equals, the one whose text sorts first. So the first pieces of a
    long list are the pieces of a short one.

    Args:
        words: What to learn from.
        rules: What may become a piece.
        most: How many pieces.
        least: A candidate must save so many tokens.
    """
    state = _State(words, rules)
    learned = Learned([], 0, np.empty(0, np.int64))
    tokens = [state.tokens()]
    while len(learned.pieces) < most:
        found = state.best(least)
        if found is None:
            break
        if state.is_protected(found):
            learned.protected += 1
            continue
        if not state.is_new(found):
            continue
        counts, saved = state.take(found)
        learned.pieces.append(Piece(found[0], *state.parts(found), tuple(counts.tolist()), int(saved.sum())))
        tokens.append(tokens[-1] - saved)
    learned.tokens = np.array(tokens)
    return learned


def breaks_characters(text: str) -> bool:
    r"""Whether a byte-level piece holds part of a character beside something else, the space before a word aside.

    Such pieces teach a model nothing about either character, so that none is made of parts that are whole; where the
    vocabulary has cut characters so already, only a piece that goes on so can put them together again.

    >>> from langcov.tokenizers.surfaces import BYTE_LETTERS
    >>> texts = ["".join(BYTE_LETTERS[byte] for byte in data) for data in (b" \xe1\x88", b"\x88\xb0", b"\xb0\xe1", b"a\xe1")]
    >>> [breaks_characters(text) for text in texts]
    [False, False, True, True]
    """
    data = Spelling(byte_level=True).surfaces([text])[0]
    data = data.removeprefix(b" ")
    try:
        data.decode()
    except UnicodeDecodeError:
        return any(byte & 0xC0 != 0x80 for byte in data[1:])
    return False


class _State:
    """The words as they stand, and what their neighbours count for."""

    def __init__(self, words: Words, rules: Rules) -> None:
        self.rules = rules
        self.counts = words.counts
        sizes = np.diff(words.bounds)
        self.symbols = words.symbols.astype(np.int64)
        self.word = np.repeat(np.arange(len(sizes)), sizes)
        self.weight = words.counts.sum(axis=1)[self.word]
        place = np.arange(len(self.symbols))
        self.next, self.before = place + 1, place - 1
        self.next[words.bounds[1:] - 1] = -1
        self.before[words.bounds[:-1]] = -1
        self.first_of_word = words.bounds[:-1]
        self.new: list[str] = []
        self.taken_now: set[str] = set()
        self.places: dict[int, list[Counts]] = {}
        self.totals: dict[Candidate, int] = {}
        self.pairs_of: dict[Candidate, list[int]] = {}
        self.candidate_of: dict[int, Candidate] = {}
        self.heap: list[tuple[int, Candidate]] = []
        self.spelled: dict[str, Counts] = {}
        self._count(place, 1)
        self._find_characters()
        self.whole = self._whole_words() if rules.whole_words else {}

    def tokens(self) -> Counts:
        """(languages,) tokens of the words as they stand; a spelled character counts its bytes."""
        length = np.ones(len(self.symbols), np.int64)
        length[self.symbols < 0] = 0
        spelled = self.symbols >= SPELLED
        length[spelled] = _utf8_length(self.symbols[spelled] - SPELLED)
        by_word = np.bincount(self.word, length, len(self.counts)).astype(np.int64)
        found: Counts = by_word @ self.counts
        return found

    def best(self, least: int) -> Candidate | None:
        """Take the candidate that saves most tokens from the heap; None if none saves as many as ``least``."""
        while self.heap:
            negative, candidate = heapq.heappop(self.heap)
            gain = self._gain(candidate)
            if gain < least:
                continue
            if gain == -negative:
                return candidate
            heapq.heappush(self.heap, (-gain, candidate))
        return None

    def is_protected(self, candidate: Candidate) -> bool:
        """Whether protected text would change."""
        text, pair = candidate
        return text in self.rules.kept_texts or pair in self.rules.kept_pairs

    def is_new(self, candidate: Candidate) -> bool:
        """Whether a candidate can become a piece that nothing but its own merge has to do with."""
        text = candidate[0]
        if text in self.rules.taken or text in self.taken_now:
            return False
        mark = self.rules.mark
        if mark and mark in text.lstrip(mark):
            return False
        if (
            self.rules.byte_level
            and breaks_characters(text)
            and not any(map(breaks_characters, self.parts(candidate)))
        ):
            return False
        return not (self.rules.by_text and candidate[1] != CHARACTER and self._sets_off_others(candidate))

    def parts(self, candidate: Candidate) -> tuple[str, str]:
        """Return the texts of a candidate's two parts; empty for a character."""
        if candidate[1] == CHARACTER:
            return "", ""
        pair = min(self.pairs_of[candidate])
        return self._text(pair >> _BITS), self._text(pair & _MASK)

    def take(self, candidate: Candidate) -> tuple[Counts, Counts]:
        """Make a candidate a piece, everywhere; return how often it stands and the tokens saved, by language."""
        text, pair = candidate
        id_ = self.rules.first_id + len(self.new)
        self.new.append(text)
        self.taken_now.add(text)
        if pair == CHARACTER:
            at = self.spelled.pop(text)
            length = int(_utf8_length(np.array([ord(text)]))[0])
            self.symbols[at] = id_
            self._count(np.unique(np.concatenate([self.before[at], at])), 1)
            found: Counts = self.counts[self.word[at]].sum(axis=0)
            return found, found * (length - 1)
        at = self._places_of(candidate)
        self._merge(at, id_)
        found = self.counts[self.word[at]].sum(axis=0)
        saved = found.copy()
        word = self.whole.get(text)
        if word is not None:
            size = self._collapse(word, id_)
            if size > 1:
                found += self.counts[word]
                saved += self.counts[word] * (size - 1)
        return found, saved

    def _gain(self, candidate: Candidate) -> int:
        if candidate[1] == CHARACTER:
            at = self.spelled.get(candidate[0], np.empty(0, np.int64))
            return int(self.weight[at].sum()) * (len(candidate[0].encode()) - 1)
        pairs = self.pairs_of[candidate]
        if len(pairs) > 1 or pairs[0] >> _BITS == pairs[0] & _MASK:
            # Neighbours that overlap ("aaa") count twice in the totals, but only one of the two can merge.
            return int(self.weight[self._places_of(candidate)].sum())
        return self.totals[candidate]

    def _text(self, symbol: int) -> str:
        if symbol >= SPELLED:
            return chr(symbol - SPELLED)
        return (
            self.new[symbol - self.rules.first_id]
            if symbol >= self.rules.first_id
            else self.rules.texts[symbol]
        )

    def _merge(self, at: Counts, id_: int) -> None:
        """Put a piece in the place of the pairs that begin at ``at``, no two of which overlap."""
        second = self.next[at]
        self._count(np.unique(np.concatenate([self.before[at], at, second])), -1)
        after = self.next[second]
        self.symbols[at] = id_
        self.symbols[second] = -1
        self.next[at] = after
        linked = after >= 0
        self.before[after[linked]] = at[linked]
        self._count(np.unique(np.concatenate([self.before[at], at])), 1)

    def _collapse(self, word: int, id_: int) -> int:
        """Put a piece in the place of a whole word; return how many symbols it had."""
        at, places = int(self.first_of_word[word]), []
        while at >= 0:
            places.append(at)
            at = int(self.next[at])
        if len(places) > 1:
            self._count(np.array(places), -1)
            self.symbols[places] = -1
            self.symbols[places[0]] = id_
            self.next[places[0]] = -1
        return len(places)

    def _count(self, places: Counts, sign: int) -> None:
        """Add to or take from the counts the pairs that begin at some places."""
        places = places[(places >= 0)]
        places = places[self.next[places] >= 0]
        left, right = self.symbols[places], self.symbols[self.next[places]]
        # A spelled character has no id of its own before it becomes a piece.
        real = (left < SPELLED) & (right < SPELLED) & (left >= 0)
        places, key = places[real], left[real] << _BITS | right[real]
        order = np.argsort(key, kind="stable")
        key, places = key[order], places[order]
        first = np.flatnonzero(np.append(True, key[1:] != key[:-1])) if len(key) else np.empty(0, np.int64)
        sums = np.add.reduceat(self.weight[places], first) if len(first) else first
        parts = np.split(places, first[1:]) if sign > 0 and len(first) else [places] * len(first)
        for pair, total, part in zip(key[first].tolist(), sums.tolist(), parts, strict=True):
            candidate = self._candidate(pair)
            self.totals[candidate] = self.totals.get(candidate, 0) + sign * total
            if sign > 0:
                self.places.setdefault(pair, []).append(part)
                heapq.heappush(self.heap, (-self.totals[candidate], candidate))

    def _candidate(self, pair: int) -> Candidate:
        found = self.candidate_of.get(pair)
        if found is None:
            text = self._text(pair >> _BITS) + self._text(pair & _MASK)
            found = self.candidate_of[pair] = (text, ANY_PAIR if self.rules.by_text else pair)
            self.pairs_of.setdefault(found, []).append(pair)
        return found

    def _places_of(self, candidate: Candidate) -> Counts:
        """Return where a candidate's pairs begin, from left to right, without those that overlap an earlier one."""
        parts = []
        for pair in self.pairs_of[candidate]:
            at = np.concatenate(self.places[pair])
            still = (self.symbols[at] == pair >> _BITS) & (self.next[at] >= 0)
            still[still] = self.symbols[self.next[at[still]]] == pair & _MASK
            parts.append(at[still])
        at = np.unique(np.concatenate(parts))
        # In a row of pairs that overlap, every other one merges.
        begins = np.append(True, at[1:] != self.next[at[:-1]])
        place = np.arange(len(at))
        kept: Counts = at[(place - np.maximum.accumulate(np.where(begins, place, 0))) % 2 == 0]
        return kept

    def _sets_off_others(self, candidate: Candidate) -> bool:
        """Whether the piece and a neighbour together are an entry, which would then merge at once and out of order."""
        text, at = candidate[0], self._places_of(candidate)
        second = self.next[at]
        left, right = self.before[at], self.next[second]
        beside = [text] if np.isin(left, second).any() else []
        left, right = left[(left >= 0) & ~np.isin(left, second)], right[(right >= 0) & ~np.isin(right, at)]
        joined = [text + each for each in beside]
        joined += [self._text(symbol) + text for symbol in np.unique(self.symbols[left]).tolist()]
        joined += [text + self._text(symbol) for symbol in np.unique(self.symbols[right]).tolist()]
        return any(each in self.rules.taken or each in self.taken_now for each in joined)

    def _find_characters(self) -> None:
        at = np.flatnonzero(self.symbols >= SPELLED)
        order = np.argsort(self.symbols[at], kind="stable")
        points, first = np.unique(self.symbols[at][order], return_index=True)
        for point, places in zip(points.tolist(), np.split(at[order], first[1:]), strict=bool(len(points))):
            character = chr(point - SPELLED)
            self.spelled[character] = places
            heapq.heappush(self.heap, (-self._gain((character, CHARACTER)), (character, CHARACTER)))

    def _whole_words(self) -> dict[str, int]:
        """Return the words of several symbols by their text."""
        found = {}
        sizes = np.diff(np.append(self.first_of_word, len(self.symbols)))
        for word in np.flatnonzero(sizes > 1).tolist():
            start = self.first_of_word[word]
            found["".join(map(self._text, self.symbols[start : start + sizes[word]].tolist()))] = word
        return found


def _utf8_length(points: Counts) -> Counts:
    length: Counts = 1 + (points >= 0x80) + (points >= 0x800) + (points >= 0x10000)
    return length
