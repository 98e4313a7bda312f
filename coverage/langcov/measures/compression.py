"""How much text a token holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from langcov.measures.base import Measure

if TYPE_CHECKING:
    import polars as pl

    from langcov.measures.counts import Array, UnitCounts


def _per_token(amount: Array, tokens: Array) -> Array:
    return amount / tokens


def _chars_per_token(counts: UnitCounts) -> pl.DataFrame:
    return counts.by_tokenizer([counts.text("characters"), counts.tokens("tokens")], _per_token)


def _bytes_per_token(counts: UnitCounts) -> pl.DataFrame:
    return counts.by_tokenizer([counts.text("bytes"), counts.tokens("tokens")], _per_token)


chars_per_token = Measure(
    name="chars_per_token",
    title="Characters per token",
    unit="characters",
    better="higher",
    formula="characters (Unicode code points) / tokens",
    reading="How many characters one token holds, on average.",
    citation="compression; common usage",
    compute=_chars_per_token,
)
bytes_per_token = Measure(
    name="bytes_per_token",
    title="Bytes per token",
    unit="bytes",
    better="higher",
    formula="bytes of UTF-8 / tokens",
    reading="How many bytes of text one token holds, on average.",
    citation="compression; common usage",
    compute=_bytes_per_token,
)
