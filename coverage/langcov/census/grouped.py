"""The hot loop's body: what a tokenizer makes of analysed text, counted by group.

Each distinct stretch of the text is encoded and placed once. Where the tokenizer is known to make of every text what it makes
of the text's stretches, one after the other, that is all. Where it is not, every text of which the tokenizer can't prove it is
encoded whole too: those that give the stretches' ids are counted by their stretches. Of the others, only the parts whose ids
differ are placed by themselves (`langcov.census.windows`), each distinct one once; and whole only what can't be cut so. So the
counts are those of whole texts, whatever the tokenizer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from langcov.census import round_trips, windows
from langcov.census.alignment import Alignment, align
from langcov.census.surfaces import UNKNOWN
from langcov.census.tables import MOST_TOKENS_PER_WORD
from langcov.tokenizers.agreement import differing
from langcov.tokenizers.base import Encoded, Provable, Separable, TakesBytes
from langcov.tokenizers.ragged import bounds, places, rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from scipy import sparse

    from langcov.census.analysis import Analysed
    from langcov.census.surfaces import Surfaces
    from langcov.census.text import TextBatch
    from langcov.tokenizers.base import Tokenizer
    from langcov.tokenizers.stretches import Way

Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]

_SIZES = MOST_TOKENS_PER_WORD + 1


@dataclass
class GroupCounts:
    """What a tokenizer makes of each group.

    Attributes:
        sums: (groups) by column of the census' table ``tokens``.
        words_by_size: (groups, 17) words by their number of tokens, 16 or more in the last column.
        pieces: Matrices (blocks, ids) of tokens, which add up.
        in_blocks: Adds up the groups of each block (`Analysed.in_blocks`).
    """

    sums: dict[str, Counts]
    words_by_size: Counts
    pieces: list[sparse.csr_array]
    in_blocks: Callable[[sparse.csr_array], sparse.csr_array] = field(repr=False)

    def add(self, times: sparse.csr_array, each: _Counted) -> None:
        """Add what was counted of stretches or texts.

        Args:
            times: (groups, stretches or texts) how often each group has each.
            each: What each counts.
        """
        for name, values in each.columns.items():
            self.sums[name] += times @ values
        self.words_by_size += (times @ each.words_by_size).toarray()
        self.pieces.append(self.in_blocks(times) @ each.pieces)


def count_groups(analysed: Analysed, tokenizer: Tokenizer, surfaces: Surfaces) -> GroupCounts:
    """Count what a tokenizer makes of each group of analysed text.

    Raises:
        TokenizerError: It can't encode the text, or its engine gives other ids with offsets than without.
    """
    known = tokenizer.way if isinstance(tokenizer, Separable) else None
    by_stretch = _Counted.of_stretches(analysed, tokenizer, surfaces, known or _likely(tokenizer))
    names = (*by_stretch.columns, "round_trips", "normalised_round_trips")
    groups = len(analysed.groups)
    sums = {name: np.zeros(groups, np.int64) for name in names}
    counts = GroupCounts(sums, np.zeros((groups, _SIZES), np.int64), [], analysed.in_blocks)
    none = np.zeros(len(analysed.group), np.bool_)
    differ = _Differing(counts, analysed, tokenizer, surfaces, by_stretch, whole=none)
    if known is None:
        doubtful = np.ones(len(analysed.group), np.bool_)
        if isinstance(tokenizer, Provable):
            doubtful = ~tokenizer.proven(analysed.stretches, by_stretch.encoded, by_stretch.joined)
        for step in analysed.whole_steps():
            texts = step.start + np.flatnonzero(doubtful[step])
            encoded = tokenizer.encode_batch(analysed.texts.gather(texts).to_list())
            found = np.flatnonzero(differing(encoded, analysed.stretches.encoded(by_stretch.encoded, texts)))
            if len(found):
                differ.add(texts[found], rows(encoded, found))
    counts.add(differ.left(), by_stretch)
    _add_round_trips(counts, analysed, tokenizer, by_stretch, ~differ.whole)
    return counts


def _encoded(batch: TextBatch, tokenizer: Tokenizer) -> Encoded:
    if isinstance(tokenizer, TakesBytes):
        encoded = tokenizer.encode_bytes(batch.data, batch.byte_starts)
        if encoded is not None:
            return encoded
    return tokenizer.encode_batch(batch.texts)


@dataclass(frozen=True)
class _Counted:
    """What each of some stretches or texts counts.

    Attributes:
        encoded: What the tokenizer made of them.
        columns: By column of the census' table ``tokens``, a number each.
        words_by_size: (stretches or texts, 17) words by their number of tokens.
        joined: Whether each is what its tokens' bytes are, joined.
    """

    encoded: Encoded
    columns: dict[str, Counts]
    words_by_size: sparse.csr_array
    joined: Flags

    @classmethod
    def of_stretches(cls, analysed: Analysed, tokenizer: Tokenizer, surfaces: Surfaces, way: Way) -> Self:
        found = []
        for step, batch in analysed.steps(way):
            encoded = _encoded(batch, tokenizer)
            aligned = align(batch, tokenizer, surfaces, encoded)
            found.append(cls.of_texts(aligned, analysed.characters[step]))
        return cls._joined(found)

    @classmethod
    def of_texts(cls, aligned: Alignment, characters: Counts) -> Self:
        from scipy import sparse

        size = np.minimum(aligned.word_tokens, MOST_TOKENS_PER_WORD).astype(np.int32)
        texts = len(aligned.joined)
        by_size = sparse.csr_array(
            (np.ones(len(size), np.int32), size, aligned.word_bounds), shape=(texts, _SIZES)
        )
        spelled, lost = aligned.spelled_characters, aligned.lost_characters
        columns = {
            "tokens": np.diff(aligned.encoded.offsets),
            "unknown_tokens": aligned.unknown_tokens,
            "byte_tokens": aligned.byte_tokens,
            "tokens_in_words": aligned.tokens_in_words,
            "whole_characters": characters - spelled - lost,
            "spelled_characters": spelled,
            "lost_characters": lost,
        }
        return cls(aligned.encoded, columns, by_size, aligned.joined)

    @property
    def pieces(self) -> sparse.csr_array:
        """(stretches or texts, ids) tokens."""
        from scipy import sparse

        ids, offsets = self.encoded
        width = int(ids.max(initial=0)) + 1
        return sparse.csr_array(
            (np.ones(len(ids), np.int32), ids.astype(np.int32), offsets), shape=(len(offsets) - 1, width)
        )

    @classmethod
    def _joined(cls, parts: list[Self]) -> Self:
        from scipy import sparse

        if len(parts) == 1:
            return parts[0]
        ids = np.concatenate([part.encoded.ids for part in parts])
        lengths = np.concatenate([np.diff(part.encoded.offsets) for part in parts])
        columns = {name: np.concatenate([part.columns[name] for part in parts]) for name in parts[0].columns}
        by_size = sparse.vstack([part.words_by_size for part in parts], format="csr")
        joined = np.concatenate([part.joined for part in parts])
        return cls(Encoded(ids, bounds(lengths)), columns, by_size, joined)


def _likely(tokenizer: Tokenizer) -> Way:
    """How stretches are best given to a tokenizer of which nothing is known."""
    return "without space" if tokenizer.decodes == "without first space" else "with space"


@dataclass
class _Differing:
    """Texts whose ids are not those of their stretches, counted step by step.

    Attributes:
        counts: What they are added to.
        analysed: All texts.
        tokenizer: What encodes them.
        surfaces: What its ids stand for.
        by_stretch: What each stretch counts.
        whole: (texts) whether each is counted whole.
        taken: Groups, and a stretch of each that is not counted as it stands alone.
    """

    counts: GroupCounts
    analysed: Analysed
    tokenizer: Tokenizer
    surfaces: Surfaces
    by_stretch: _Counted
    whole: Flags
    taken: list[tuple[Counts, NDArray[np.uint32]]] = field(default_factory=list)

    def add(self, texts: Counts, encoded: Encoded) -> None:
        """Count some texts, from the ids of each."""
        runs, number = places(self.analysed.stretches.bounds, texts)
        sequence = Encoded(self.analysed.stretches.sequence[runs], bounds(number))
        # Else a space may be put before each window, and round trips have to be tried with the ids of whole texts.
        if self.tokenizer.decodes == "joined":
            left = np.flatnonzero(~self._add_windows(texts, sequence, encoded))
            texts, sequence, encoded = texts[left], rows(sequence, left), rows(encoded, left)
        if len(texts):
            self._add_whole(texts, encoded)
            self.whole[texts] = True
            self._take(texts, sequence)

    def left(self) -> sparse.csr_array:
        """(groups, stretches) how often each group has each stretch that is counted as it stands alone."""
        from scipy import sparse

        counts = self.analysed.counts
        if not self.taken:
            return counts
        group, stretch = (np.concatenate(parts) for parts in zip(*self.taken, strict=True))
        return counts - sparse.csr_array(
            (np.ones(len(group), np.int32), (group, stretch)), shape=counts.shape
        )

    def _add_windows(self, texts: Counts, sequence: Encoded, encoded: Encoded) -> Flags:
        """Count those of the texts that can be cut into windows and stretches; return which."""
        found, cut = windows.find(sequence, self.by_stretch.encoded, encoded, self._sizes)
        # Nobody knows how many bytes an unknown token stands for.
        cut &= ~_any(self.surfaces.kind[encoded.ids] == UNKNOWN, encoded.offsets)
        cut &= ~_any(self.by_stretch.columns["unknown_tokens"][sequence.ids] > 0, sequence.offsets)
        kept, like = windows.distinct(found)
        batch = self.analysed.runs(kept.stretches)
        aligned = align(batch, self.tokenizer, self.surfaces, kept.tokens, only_joined=True)
        cut[found.text[~aligned.joined[like]]] = False
        own = np.flatnonzero(cut[found.text])
        found, like = found.chosen(own), like[own]
        self._add(texts[found.text], like, _Counted.of_texts(aligned, np.diff(batch.point_starts)))
        self._take(texts[found.text], found.stretches)
        return cut

    def _add_whole(self, texts: Counts, encoded: Encoded) -> None:
        """Count texts whole."""
        batch: TextBatch = self.analysed.whole(texts)
        aligned = align(batch, self.tokenizer, self.surfaces, encoded)
        self._add(texts, np.arange(len(texts)), _Counted.of_texts(aligned, np.diff(batch.point_starts)))
        same = np.ones(len(texts), np.bool_)
        alike = same.copy()
        doubtful = np.flatnonzero(~aligned.joined | (self.tokenizer.decodes == "otherwise"))
        if len(doubtful):
            tried = batch.strings.gather(doubtful).to_list()
            own = rows(encoded, doubtful)
            same[doubtful], alike[doubtful] = round_trips.tried(tried, own, self.tokenizer)
        for name, flags in (("round_trips", same), ("normalised_round_trips", alike)):
            groups = self.analysed.group[texts[flags]]
            self.counts.sums[name] += np.bincount(groups, minlength=len(self.analysed.groups))

    def _add(self, texts: Counts, which: Counts, each: _Counted) -> None:
        """Add what was counted, as often as texts have it."""
        from scipy import sparse

        times = sparse.csr_array(
            (np.ones(len(which), np.int32), (self.analysed.group[texts], which)),
            shape=(len(self.analysed.groups), len(each.joined)),
        )
        self.counts.add(times, each)

    def _take(self, texts: Counts, stretches: Encoded) -> None:
        """Note that some stretches of these texts, a row for each, are not counted as they stand alone."""
        self.taken.append((np.repeat(self.analysed.group[texts], np.diff(stretches.offsets)), stretches.ids))

    @cached_property
    def _sizes(self) -> tuple[Counts, Counts]:
        """Bytes that each stretch's ids stand for, and each id."""
        ids, offsets = self.by_stretch.encoded
        return np.diff(bounds(self.surfaces.lengths[ids])[offsets]), self.surfaces.lengths


def _any(flags: Flags, offsets: Counts) -> Flags:
    """Whether any flag of each row is set."""
    found: Flags = np.diff(bounds(flags)[offsets]) > 0
    return found


def _add_round_trips(
    counts: GroupCounts, analysed: Analysed, tokenizer: Tokenizer, by_stretch: _Counted, chosen: Flags
) -> None:
    """Count the chosen texts that decode to themselves, which are counted by their stretches."""
    stretches = analysed.stretches
    told: tuple[Flags, Flags, Flags] | None = None
    if tokenizer.decodes == "otherwise":
        told = round_trips.told(stretches, by_stretch.encoded, tokenizer)
    elif by_stretch.joined.all():
        told = np.ones_like(chosen), np.ones_like(chosen), np.zeros_like(chosen)
    else:
        joined = np.logical_and.reduceat(by_stretch.joined[stretches.sequence], stretches.bounds[:-1])
        told = joined.copy(), joined.copy(), ~joined
    if told is None:
        told = np.zeros_like(chosen), np.zeros_like(chosen), np.ones_like(chosen)
    same, alike, doubtful = told
    doubtful &= chosen
    for step in analysed.whole_steps() if doubtful.any() else ():
        texts = step.start + np.flatnonzero(doubtful[step])
        if len(texts):
            encoded = stretches.encoded(by_stretch.encoded, texts)
            same[texts], alike[texts] = round_trips.tried(
                analysed.texts.gather(texts).to_list(), encoded, tokenizer
            )
    for name, flags in (("round_trips", same), ("normalised_round_trips", alike)):
        counts.sums[name] += np.bincount(analysed.group[flags & chosen], minlength=len(analysed.groups))
