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
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from langcov.census.surfaces import BYTE, UNKNOWN, Surfaces
from langcov.census.text import bounds
from langcov.errors import TokenizerError

if TYPE_CHECKING:
    from langcov.census.text import TextBatch
    from langcov.tokenizers.base import Encoded, Tokenizer

Counts = NDArray[np.int64]


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
    by_offsets: int
    """How many texts needed the engine's own offsets."""


def align(batch: TextBatch, tokenizer: Tokenizer, surfaces: Surfaces) -> Alignment:
    """Encode a batch and place every token.

    Raises:
        TokenizerError: The engine gives other ids with offsets than without.
    """
    encoded = tokenizer.encode_batch(batch.texts)
    kinds = surfaces.kind[encoded.ids]
    unknown_tokens = _per_text(kinds == UNKNOWN, encoded.offsets)
    adds_up = (unknown_tokens == 0) & _surfaces_are_text(batch, encoded, surfaces)
    word_tokens = np.zeros(len(batch.words.starts), np.int64)
    spelled, lost = np.zeros((2, len(batch.texts)), np.int64)
    if adds_up.any():
        word_tokens[adds_up[batch.word_text]], spelled_here = _place_by_surface(
            batch, encoded, surfaces, adds_up
        )
        spelled += spelled_here
    if not adds_up.all():
        placed = _place_by_offsets(batch, encoded, tokenizer, surfaces, ~adds_up)
        word_tokens[~adds_up[batch.word_text]] = placed[0]
        spelled += placed[1]
        lost += placed[2]
    return Alignment(
        encoded=encoded,
        unknown_tokens=unknown_tokens,
        byte_tokens=_per_text(kinds == BYTE, encoded.offsets),
        word_tokens=word_tokens,
        spelled_characters=spelled,
        lost_characters=lost,
        by_offsets=int(np.count_nonzero(~adds_up)),
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


def _per_text(flags: NDArray[np.bool_], offsets: Counts) -> Counts:
    """How many tokens of each text are flagged."""
    return np.diff(bounds(flags)[offsets])


def _surfaces_are_text(batch: TextBatch, encoded: Encoded, surfaces: Surfaces) -> NDArray[np.bool_]:
    """Whether each text's tokens stand for exactly its visible bytes."""
    text_bounds = batch.visible_before[batch.byte_starts]
    token_bounds = bounds(surfaces.lengths[encoded.ids])[encoded.offsets]
    equal: NDArray[np.bool_] = np.diff(text_bounds) == np.diff(token_bounds)
    if not equal.any():
        return equal
    in_play_tokens = np.repeat(equal, np.diff(encoded.offsets))
    in_play_bytes = np.repeat(equal, np.diff(batch.byte_starts)) & batch.visible
    differs = surfaces.gather(encoded.ids[in_play_tokens]) != batch.data[in_play_bytes]
    if differs.any():
        text_of_byte = np.repeat(np.arange(len(batch.texts))[equal], np.diff(text_bounds)[equal])
        equal[text_of_byte[differs]] = False
    return equal


def _place_by_surface(
    batch: TextBatch, encoded: Encoded, surfaces: Surfaces, chosen: NDArray[np.bool_]
) -> tuple[Counts, Counts]:
    """Place the tokens of the chosen texts, in coordinates of the batch's visible bytes.

    Returns:
        Tokens over each word of the chosen texts, and spelled characters of every text (0 where not chosen).
    """
    per_text = np.diff(encoded.offsets)
    lengths = surfaces.lengths[encoded.ids]
    token_bounds = bounds(lengths)
    text_bounds = batch.visible_before[batch.byte_starts[:-1]]
    starts = token_bounds[:-1] + np.repeat(text_bounds - token_bounds[encoded.offsets[:-1]], per_text)
    keep = np.repeat(chosen, per_text) & (lengths > 0)
    starts, lengths = starts[keep], lengths[keep]

    word = chosen[batch.word_text]
    to_visible = batch.visible_before[batch.byte_of_point]
    word_tokens = tokens_over(
        to_visible[batch.words.starts[word]], to_visible[batch.words.ends[word]], starts, starts + lengths
    )

    # A token that starts in the middle of a character divides its bytes.
    inside = starts[(batch.data[batch.visible][starts] & 0xC0) == 0x80]
    divided = np.unique(np.searchsorted(to_visible, inside, side="right") - 1)
    text = np.searchsorted(batch.point_starts, divided, side="right") - 1
    return word_tokens, np.bincount(text, minlength=len(batch.texts))


def _place_by_offsets(
    batch: TextBatch, encoded: Encoded, tokenizer: Tokenizer, surfaces: Surfaces, chosen: NDArray[np.bool_]
) -> tuple[Counts, Counts, Counts]:
    """Place the tokens of the chosen texts by the engine's offsets, in characters of the batch.

    Returns:
        Tokens over each word of the chosen texts, and spelled and lost characters of every text (0 where not chosen).
    """
    texts = np.flatnonzero(chosen)
    spans = tokenizer.encode_spans([batch.texts[text] for text in texts])
    if not np.array_equal(spans.ids, encoded.ids[np.repeat(chosen, np.diff(encoded.offsets))]):
        raise TokenizerError(
            f"{tokenizer.engine} gives other ids with offsets than without",
            where=tokenizer.name,
            fix="report it; its words can't be counted",
        )
    shift = np.repeat(batch.point_starts[texts], np.diff(spans.offsets))
    starts, ends, kinds = spans.starts + shift, spans.ends + shift, surfaces.kind[spans.ids]

    word = chosen[batch.word_text]
    word_tokens = tokens_over(batch.words.starts[word], batch.words.ends[word], starts, ends)

    lost = _cover(starts, ends, kinds == UNKNOWN, len(batch.points)) > 0
    by_byte = _cover(starts, ends, kinds == BYTE, len(batch.points)) > 0
    by_several = _cover(starts, ends, ends > starts, len(batch.points)) > 1
    # One byte can't be divided; engines let a token span the dropped control characters beside it.
    spelled = by_byte & by_several & ~lost & (batch.points > 0x7F)
    return (
        word_tokens,
        np.diff(bounds(spelled)[batch.point_starts]),
        np.diff(bounds(lost)[batch.point_starts]),
    )


def _cover(starts: Counts, ends: Counts, chosen: NDArray[np.bool_], characters: int) -> Counts:
    """How many of the chosen tokens cover each character."""
    begun = np.bincount(starts[chosen], minlength=characters + 1)
    over = np.bincount(ends[chosen], minlength=characters + 1)
    return np.cumsum(begun - over)[:-1]
