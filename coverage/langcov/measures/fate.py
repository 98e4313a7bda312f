"""What becomes of characters: held whole, spelled in pieces smaller than a character, or lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from langcov.measures.base import Measure

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from langcov.measures.counts import Array, UnitCounts


def _share(part: Array, whole: Array) -> Array:
    return part / whole


def _of_tokens(column: str) -> Callable[[UnitCounts], pl.DataFrame]:
    def compute(counts: UnitCounts) -> pl.DataFrame:
        return counts.by_tokenizer([counts.tokens(column), counts.tokens("tokens")], _share)

    return compute


def _of_characters(column: str) -> Callable[[UnitCounts], pl.DataFrame]:
    def compute(counts: UnitCounts) -> pl.DataFrame:
        return counts.by_tokenizer([counts.tokens(column), counts.text("characters")], _share)

    return compute


def _of_segments(column: str) -> Callable[[UnitCounts], pl.DataFrame]:
    def compute(counts: UnitCounts) -> pl.DataFrame:
        return counts.by_tokenizer([counts.tokens(column), counts.text("segments")], _share)

    return compute


unknown_tokens = Measure(
    name="unknown_tokens",
    title="Unknown tokens",
    unit="share",
    better="lower",
    formula="unknown tokens / tokens",
    reading="The share of tokens that say only that something could not be read.",
    citation="common usage",
    compute=_of_tokens("unknown_tokens"),
    example="'peace ሰላም' as peace|[UNK]: 1 / 2 = 0.50.",
)
byte_tokens = Measure(
    name="byte_tokens",
    title="Byte tokens",
    unit="share",
    better="lower",
    formula="(byte-fallback tokens + byte-level tokens that are no complete UTF-8) / tokens",
    reading="The share of tokens that stand for bytes, not for letters.",
    citation="common usage",
    compute=_of_tokens("byte_tokens"),
    example="'a ሰ' as a| |<0xE1>|<0x88>|<0xB0>: 3 / 5 = 0.60.",
)
whole_characters = Measure(
    name="whole_characters",
    title="Characters held whole",
    unit="share",
    better="higher",
    formula="characters whose bytes lie in one token, or that a normaliser rewrote or dropped / characters",
    reading="The share of characters that the model sees as characters.",
    citation="langcov (character fate)",
    compute=_of_characters("whole_characters"),
    example="'a ሰ' as a| |<0xE1>|<0x88>|<0xB0>: two characters of three are whole, 2 / 3 = 0.67.",
)
spelled_characters = Measure(
    name="spelled_characters",
    title="Characters spelled in bytes",
    unit="share",
    better="lower",
    formula="characters whose bytes are divided among two or more tokens / characters",
    reading="The share of characters that the model sees only as several bytes, each without meaning.",
    citation="langcov (character fate)",
    compute=_of_characters("spelled_characters"),
    example="'a ሰ' as a| |<0xE1>|<0x88>|<0xB0>: one character of three is spelled, 1 / 3 = 0.33.",
)
lost_characters = Measure(
    name="lost_characters",
    title="Characters lost",
    unit="share",
    better="lower",
    formula="characters covered by an unknown token / characters",
    reading="The share of characters that the model never sees.",
    citation="langcov (character fate)",
    compute=_of_characters("lost_characters"),
    example="'peace ሰላም' as peace|[UNK]: three characters of nine are lost, 3 / 9 = 0.33.",
)
round_trip = Measure(
    name="round_trip",
    title="Round trip",
    unit="share",
    better="higher",
    formula="segments whose decode(encode(x)) == x / segments",
    reading="The share of paragraphs that come back from tokens exactly as they were.",
    citation="common usage",
    compute=_of_segments("round_trips"),
    example="of 50 paragraphs 48 decode to themselves: 48 / 50 = 0.96.",
)
normalised_round_trip = Measure(
    name="normalised_round_trip",
    title="Round trip, normalised",
    unit="share",
    better="higher",
    formula="segments whose decode(encode(x)) is x or what the tokenizer's own normaliser makes of x / segments",
    reading="The share of paragraphs that come back as the tokenizer meant them to be.",
    citation="common usage",
    compute=_of_segments("normalised_round_trips"),
    example="of 50 paragraphs 48 decode to themselves and 1 to what the normaliser made of it: 49 / 50 = 0.98.",
)
