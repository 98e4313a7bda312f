"""Which tokens hold which characters and words of a text.

Most tokens can be placed without asking the engine: if the bytes that a text's tokens stand for are the bytes of the
text, ASCII white space aside, then adding up their lengths tells where each lies. That is checked for every text, byte
by byte. A text that does not pass (an unknown token, a normaliser that rewrote something) is encoded once more with the
engine's own offsets, which are slower to get.

A *word's tokens* are those that overlap it; a token that spans two words counts in each. A *character's fate* is

- lost, if an unknown token covers it,
- spelled, if its bytes are divided among two or more tokens,
- whole otherwise: one token holds all its bytes, or a normaliser rewrote or dropped it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from langcov.census.surfaces import BYTE, UNKNOWN
from langcov.errors import TokenizerError
from langcov.tokenizers.ragged import bounds, rows

if TYPE_CHECKING:
    from langcov.census.surfaces import Strings, Surfaces
    from langcov.census.text import Layout, TextBatch
    from langcov.tokenizers.base import Encoded, Tokenizer

Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Alignment:
    """A batch's tokens and where they lie.

    ``word_tokens`` has one entry per word of the batch; all other counts have one per text.
    """

    encoded: Encoded
    unknown_tokens: Counts
    byte_tokens: Counts
    word_tokens: Counts
    spelled_characters: Counts
    lost_characters: Counts
    joined: Flags
    """Whether the text is what its tokens' bytes are, joined."""

    word_bounds: Counts
    """(texts + 1) where each text's words begin."""

    @property
    def tokens_in_words(self) -> Counts:
        """Tokens over the words of each text."""
        return np.diff(bounds(self.word_tokens)[self.word_bounds])


def align(
    batch: TextBatch, tokenizer: Tokenizer, surfaces: Surfaces, encoded: Encoded, *, only_joined: bool = False
) -> Alignment:
    """Place every token of a batch.

    Args:
        batch: The texts.
        tokenizer: What encoded them.
        surfaces: What its ids stand for.
        encoded: What it made of the texts.
        only_joined: Leave all words and characters of other texts at 0.

    Raises:
        TokenizerError: The engine gives other ids with offsets than without.
    """
    kinds = surfaces.kind[encoded.ids]
    unknown_tokens = _per_text(kinds == UNKNOWN, encoded.offsets)
    known = unknown_tokens == 0
    dropped = tokenizer.decodes == "without first space"
    first = _placed(batch, batch.spaced if dropped else batch.plain, encoded, surfaces.whole, known)
    word_tokens, spelled = first.counts()
    lost = np.zeros(len(batch.strings), np.int64)
    left = np.flatnonzero(~first.texts)
    if len(left) and not only_joined:
        # They are few, and what is needed for them is not worth finding for all.
        found = _otherwise(batch.part(left), rows(encoded, left), tokenizer, surfaces, known[left])
        word_tokens[~first.texts[batch.word_text]], spelled[left], lost[left] = found
    return Alignment(
        encoded=encoded,
        unknown_tokens=unknown_tokens,
        byte_tokens=_per_text(kinds == BYTE, encoded.offsets),
        word_tokens=word_tokens,
        spelled_characters=spelled,
        lost_characters=lost,
        joined=first.texts,
        word_bounds=batch.word_bounds,
    )


def tokens_over(word_starts: Counts, word_ends: Counts, token_starts: Counts, token_ends: Counts) -> Counts:
    """Count the tokens that overlap each word.

    Spans are half open; empty tokens overlap nothing. A token overlaps a word unless it ends at or before the word's
    start or starts at or after its end; no token does both, so that two counts and a difference are enough.

    >>> words, tokens = np.array([[0, 5], [6, 9]]), np.array([[0, 2], [2, 5], [5, 9], [9, 9]])
    >>> tokens_over(words[:, 0], words[:, 1], tokens[:, 0], tokens[:, 1]).tolist()
    [2, 1]
    """
    real = token_ends > token_starts
    begun = np.searchsorted(np.sort(token_starts[real]), word_ends, side="left")
    over = np.searchsorted(np.sort(token_ends[real]), word_starts, side="right")
    return begun - over


def _per_text(flags: Flags, offsets: Counts) -> Counts:
    """How many tokens of each text are flagged."""
    flagged = np.flatnonzero(flags)
    if not len(flagged):
        return np.zeros(len(offsets) - 1, np.int64)
    return np.diff(np.searchsorted(flagged, offsets))


class _Placed(NamedTuple):
    """Tokens that lie in a layout of the batch, one after the other without a gap.

    Attributes:
        texts: (texts,) of which texts they are: those whose bytes their tokens' bytes are.
        starts: Where each token of these texts starts; tokens of no bytes are left out.
    """

    layout: Layout
    words_per_text: Counts
    texts: Flags
    starts: Counts

    def counts(self) -> tuple[Counts, Counts]:
        """Return the tokens over each word, and the spelled characters of each text; 0 in other texts."""
        layout, starts = self.layout, self.starts
        begins = np.zeros(len(layout.data) + 1, np.int8)
        begins[starts] = 1
        begun = np.cumsum(begins, dtype=np.int32)
        word_tokens = begun[layout.word_ends - 1] - begun[layout.word_starts] + np.int64(1)
        if not self.texts.all():
            word_tokens *= np.repeat(self.texts, self.words_per_text)
        # A token that starts in the middle of a character divides its bytes.
        inside = starts[(layout.data[starts] & 0xC0) == 0x80]
        for _ in range(3):
            inside = inside - ((layout.data[inside] & 0xC0) == 0x80)
        divided = inside[np.diff(inside, prepend=-1) > 0]
        return word_tokens, np.diff(np.searchsorted(divided, layout.text_starts))


def _placed(batch: TextBatch, layout: Layout, encoded: Encoded, strings: Strings, chosen: Flags) -> _Placed:
    """Place the tokens of those of the chosen texts whose bytes, in this layout, their tokens' bytes are."""
    lengths = strings.lengths[encoded.ids]
    token_bounds = bounds(lengths)
    text_bounds = token_bounds[encoded.offsets]
    per_text = np.diff(encoded.offsets)
    fits = chosen & (np.diff(text_bounds) == np.diff(layout.text_starts))
    ids, places = encoded.ids, token_bounds[:-1]
    if not fits.all():
        places = places + np.repeat(layout.text_starts[:-1] - text_bounds[:-1], per_text)
        of_fitting = np.repeat(fits, per_text)
        ids, places, lengths = ids[of_fitting], places[of_fitting], lengths[of_fitting]
    different = places[strings.differ(ids, layout.windows, places)]
    if len(different):
        equal = fits.copy()
        equal[np.searchsorted(layout.text_starts, different, side="right") - 1] = False
        kept = np.repeat(equal[fits], per_text[fits])
        places, lengths, fits = places[kept], lengths[kept], equal
    return _Placed(layout, np.diff(batch.word_bounds), fits, places[lengths > 0])


def _otherwise(
    batch: TextBatch, encoded: Encoded, tokenizer: Tokenizer, surfaces: Surfaces, known: Flags
) -> tuple[Counts, Counts, Counts]:
    """Place the tokens of texts that are not their tokens' bytes: without white space, or else by the engine's offsets.

    Returns:
        Tokens over each word, and the spelled and lost characters of each text.
    """
    placed = _placed(batch, batch.visible, encoded, surfaces.visible, known)
    word_tokens, spelled = placed.counts()
    lost = np.zeros(len(batch.strings), np.int64)
    left = ~placed.texts
    if left.any():
        of_words, spelled[left], lost[left] = _by_offsets(batch, encoded, tokenizer, surfaces, left)
        word_tokens[left[batch.word_text]] = of_words
    return word_tokens, spelled, lost


def _by_offsets(
    batch: TextBatch, encoded: Encoded, tokenizer: Tokenizer, surfaces: Surfaces, chosen: Flags
) -> tuple[Counts, Counts, Counts]:
    """Place the tokens of the chosen texts by the engine's offsets, in characters of these texts joined.

    Returns:
        Tokens over each word of the chosen texts, and their spelled and lost characters.
    """
    texts = np.flatnonzero(chosen)
    spans = tokenizer.encode_spans(batch.strings.gather(texts).to_list())
    if not np.array_equal(spans.ids, encoded.ids[np.repeat(chosen, np.diff(encoded.offsets))]):
        raise TokenizerError(
            f"{tokenizer.engine} gives other ids with offsets than without",
            where=tokenizer.name,
            fix="report it; its words can't be counted",
        )
    text_starts = bounds(np.diff(batch.point_starts)[texts])
    shift = np.repeat(text_starts[:-1], np.diff(spans.offsets))
    starts, ends, kinds = spans.starts + shift, spans.ends + shift, surfaces.kind[spans.ids]

    word = chosen[batch.word_text]
    back = np.repeat(text_starts[:-1] - batch.point_starts[texts], np.diff(batch.word_bounds)[texts])
    word_tokens = tokens_over(batch.words.starts[word] + back, batch.words.ends[word] + back, starts, ends)

    characters = int(text_starts[-1])
    lost = _cover(starts, ends, kinds == UNKNOWN, characters) > 0
    by_byte = kinds == BYTE
    spelled = np.zeros(characters, np.bool_)
    if by_byte.any():
        by_several = _cover(starts, ends, ends > starts, characters) > 1
        # One byte can't be divided; engines let a token span the dropped control characters beside it.
        of_more_bytes = batch.points[np.repeat(chosen, np.diff(batch.point_starts))] > 0x7F
        spelled = (_cover(starts, ends, by_byte, characters) > 0) & by_several & ~lost & of_more_bytes
    return word_tokens, np.diff(bounds(spelled)[text_starts]), np.diff(bounds(lost)[text_starts])


def _cover(starts: Counts, ends: Counts, chosen: Flags, characters: int) -> Counts:
    """How many of the chosen tokens cover each character."""
    begun = np.bincount(starts[chosen], minlength=characters + 1)
    over = np.bincount(ends[chosen], minlength=characters + 1)
    return np.cumsum(begun - over)[:-1]
