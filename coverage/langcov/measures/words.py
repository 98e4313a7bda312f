"""What happens to words: into how many tokens they fall."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from langcov.languages import describe
from langcov.measures.base import Measure

if TYPE_CHECKING:
    from langcov.measures.counts import Array, UnitCounts

RUST = "Rust et al. 2021, How Good is Your Tokenizer?, arXiv 2012.15613"


DICTIONARIES: Final = frozenset(
    ("Thai", "Laoo", "Khmr", "Mymr", "Hans", "Hant", "Hani", "Hira", "Kana", "Hrkt", "Jpan")
)
"""Scripts without spaces between words in which ICU finds words by a dictionary."""

NO_WORDS: Final = (
    "caution: this text has no spaces between words and ICU has no dictionary of its script, so that its words here are "
    "phrases or syllables"
)


LONG: Final = 20
"""Words of more characters than this, on average, are no words; Greenlandic's are 15."""


def _share(part: Array, whole: Array) -> Array:
    return part / whole


def _fertility(counts: UnitCounts) -> pl.DataFrame:
    return _with_caution(
        counts, counts.by_tokenizer([counts.tokens("tokens_in_words"), counts.text("words")], _share)
    )


def _continued_words(counts: UnitCounts) -> pl.DataFrame:
    return _with_caution(
        counts, counts.by_tokenizer([counts.tokens("words_split"), counts.text("words")], _share)
    )


def _single_token_words(counts: UnitCounts) -> pl.DataFrame:
    return _with_caution(
        counts, counts.by_tokenizer([counts.tokens("words_whole"), counts.text("words")], _share)
    )


def _with_caution(counts: UnitCounts, frame: pl.DataFrame) -> pl.DataFrame:
    """Note values of languages whose words can't be told apart, and those that unknown tokens flatter."""
    words, characters = (counts.text(column).sum(axis=1) for column in ("words", "word_characters"))
    endless = characters > LONG * words
    odd = [tag for tag, long in zip(counts.languages, endless, strict=True) if long or _has_no_words(tag)]
    noted = pl.concat_str(pl.lit(NO_WORDS), pl.col("note"), separator="; ", ignore_nulls=True)
    return counts.with_caution(frame).with_columns(
        note=pl.when(pl.col("language").is_in(odd)).then(noted).otherwise(pl.col("note"))
    )


def _has_no_words(tag: str) -> bool:
    language = describe(tag)
    return not language.spaced and language.script not in DICTIONARIES


fertility = Measure(
    name="fertility",
    title="Fertility",
    unit="tokens per word",
    better="lower",
    formula="tokens that overlap a word, summed over words / words (a token that spans two words counts in each)",
    reading="How many pieces a word falls into, on average; 1 is a whole word.",
    citation=RUST,
    compute=_fertility,
    example="'Tokenizers split words' as Token|izers| split| words is 3 words under 4 tokens: 4 / 3 = 1.33.",
)
continued_words = Measure(
    name="continued_words",
    title="Words split",
    unit="share",
    better="lower",
    formula="words overlapped by 2 or more tokens / words",
    reading="The share of words that are cut into pieces.",
    citation=RUST,
    compute=_continued_words,
    example="'Tokenizers split words' as Token|izers| split| words: one word of three is split, 1 / 3 = 0.33.",
)
single_token_words = Measure(
    name="single_token_words",
    title="Words kept whole",
    unit="share",
    better="higher",
    formula="words overlapped by exactly one token / words",
    reading="The share of words that the tokenizer keeps in one piece.",
    citation="Single-token retention rate (STRR), 2025",
    compute=_single_token_words,
    example="'Tokenizers split words' as Token|izers| split| words: two words of three are whole, 2 / 3 = 0.67.",
)
