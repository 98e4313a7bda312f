"""How much text a token holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from langcov.measures.base import Measure
from langcov.measures.table import MOST_LOST

if TYPE_CHECKING:
    import polars as pl

    from langcov.measures.counts import Array, UnitCounts


def _per_token(amount: Array, tokens: Array) -> Array:
    return amount / tokens


def _chars_per_token(counts: UnitCounts) -> pl.DataFrame:
    return counts.with_caution(
        counts.by_tokenizer([counts.text("characters"), counts.tokens("tokens")], _per_token)
    )


def _bytes_per_token(counts: UnitCounts) -> pl.DataFrame:
    return counts.with_caution(
        counts.by_tokenizer([counts.text("bytes"), counts.tokens("tokens")], _per_token)
    )


def _relative_length(counts: UnitCounts) -> pl.DataFrame:
    tokens = counts.tokens("tokens")
    place = counts.tokenizers.index(counts.baseline_tokenizer)
    lost = counts.tokens("lost_characters").sum(axis=2) > MOST_LOST * counts.text("characters").sum(axis=1)
    return counts.by_tokenizer(
        [tokens, tokens[place]],
        lambda here, there: here / there,
        refused=lost | lost[place],
        reason="more than 10 % of the characters are lost to the unknown token, here or under the baseline",
    )


chars_per_token = Measure(
    name="chars_per_token",
    title="Characters per token",
    unit="characters",
    better="higher",
    formula="characters (Unicode code points) / tokens",
    reading="How many characters one token holds, on average.",
    citation="compression; common usage",
    compute=_chars_per_token,
    example="'Tokenizers split words' is 22 characters; as Token|izers| split| words it is 4 tokens: 22 / 4 = 5.50.",
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
    example="'ሰላም' is 3 characters and 9 bytes; spelled in 9 tokens of a byte each it has 9 / 9 = 1.00.",
)
relative_length = Measure(
    name="relative_length",
    title="Relative length",
    unit="ratio",
    better="lower",
    formula="tokens / tokens by the baseline tokenizer (the first that loses no character, if none is named) on the same text",
    reading="Below 1: the same text takes fewer tokens than under the baseline tokenizer.",
    citation="normalised sequence length, Dagan et al. 2024, arXiv 2402.01035",
    compute=_relative_length,
    example="30 tokens where the baseline needs 24: 30 / 24 = 1.25.",
)
