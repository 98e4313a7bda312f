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


unknown_tokens = Measure(
    name="unknown_tokens",
    title="Unknown tokens",
    unit="share",
    better="lower",
    formula="unknown tokens / tokens",
    reading="The share of tokens that say only that something could not be read.",
    citation="common usage",
    compute=_of_tokens("unknown_tokens"),
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
)
