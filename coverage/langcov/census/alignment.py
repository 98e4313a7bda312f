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

from langcov.census.surfaces import BYTE, UNKNOWN, Surfaces
from langcov.census.text import bounds, is_space
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
    round_trips: Counts
    normalised_round_trips: Counts


def align(batch: TextBatch, tokenizer: Tokenizer, surfaces: Surfaces) -> Alignment:
    """Encode a batch and place every token.

    Raises:
        TokenizerError: The engine gives other ids with offsets than without.
    """
    encoded = tokenizer.encode_batch(batch.texts)
    kinds = surfaces.kind[encoded.ids]
    unknown_tokens = _per_text(kinds == UNKNOWN, encoded.offsets)
    dropped = tokenizer.decodes == "without first space"
    comparison = _compare(batch, encoded, surfaces, first_space=dropped)
    adds_up = (unknown_tokens == 0) & comparison.visibly
    by_joining = (unknown_tokens == 0) & comparison.exactly & (tokenizer.decodes != "otherwise")
    round_trips, normalised_round_trips = _round_trips(batch, encoded, tokenizer, by_joining)
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
        round_trips=round_trips,
        normalised_round_trips=normalised_round_trips,
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


class _Comparison(NamedTuple):
    """Per text, whether its tokens' bytes are its bytes: all of them (as decoding joins them), or the visible ones."""

    exactly: NDArray[np.bool_]
    visibly: NDArray[np.bool_]


def _compare(batch: TextBatch, encoded: Encoded, surfaces: Surfaces, *, first_space: bool) -> _Comparison:
    """Compare what each text's tokens stand for with the text, byte by byte.

    Args:
        batch: The texts.
        encoded: Their tokens.
        surfaces: What those stand for.
        first_space: Whether a dummy space stands before each text, which decoding drops.
    """
    token_bounds = bounds(surfaces.starts[encoded.ids + 1] - surfaces.starts[encoded.ids])[encoded.offsets]
    data = surfaces.gather(encoded.ids)
    is_text = np.ones(len(data), np.bool_)
    if first_space:
        first = token_bounds[:-1][np.diff(token_bounds) > 0]
        is_text[first[data[first] == ord(" ")]] = False
    exactly = _equal(
        data, is_text, token_bounds, batch.data, np.ones(len(batch.data), np.bool_), batch.byte_starts
    )
    if first_space:  # without the dummy space something else was dropped or put in
        exactly &= np.diff(bounds(~is_text)[token_bounds]) == 1
    if exactly.all():
        return _Comparison(exactly, exactly)
    visibly = _equal(data, ~is_space(data), token_bounds, batch.data, batch.visible, batch.byte_starts)
    return _Comparison(exactly, visibly)


def _equal(
    data: NDArray[np.uint8],
    chosen: NDArray[np.bool_],
    data_bounds: Counts,
    other: NDArray[np.uint8],
    other_chosen: NDArray[np.bool_],
    other_bounds: Counts,
) -> NDArray[np.bool_]:
    """Whether the chosen bytes of each text are the same in two ragged arrays."""
    size = np.diff(bounds(other_chosen)[other_bounds])
    equal: NDArray[np.bool_] = size == np.diff(bounds(chosen)[data_bounds])
    here = chosen & np.repeat(equal, np.diff(data_bounds))
    there = other_chosen & np.repeat(equal, np.diff(other_bounds))
    differs = data[here] != other[there]
    if differs.any():
        text_of_byte = np.repeat(np.flatnonzero(equal), size[equal])
        equal[text_of_byte[differs]] = False
    return equal


def _round_trips(
    batch: TextBatch, encoded: Encoded, tokenizer: Tokenizer, known: NDArray[np.bool_]
) -> tuple[Counts, Counts]:
    """Whether each text decodes to itself, and whether to itself or its normalised form; ``known`` need no trying."""
    same, normalised = known.astype(np.int64), known.astype(np.int64)
    rest = np.flatnonzero(~known)
    if len(rest):
        texts = [batch.texts[text] for text in rest]
        ids = [encoded.ids[encoded.offsets[text] : encoded.offsets[text + 1]].tolist() for text in rest]
        decoded = tokenizer.decode_batch(ids)
        same[rest] = [text == back for text, back in zip(texts, decoded, strict=True)]
        forms = tokenizer.normalise_batch(texts)
        normalised[rest] = [
            back in {text, form} for text, form, back in zip(texts, forms, decoded, strict=True)
        ]
    return same, normalised


def _place_by_surface(
    batch: TextBatch, encoded: Encoded, surfaces: Surfaces, chosen: NDArray[np.bool_]
) -> tuple[Counts, Counts]:
    """Place the tokens of the chosen texts, in coordinates of the batch's visible bytes.

    Returns:
        Tokens over each word of the chosen texts, and spelled characters of every text (0 where not chosen).
    """
    per_text = np.diff(encoded.offsets)
    lengths = surfaces.visible[encoded.ids]
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
