"""The census: small count tables that add up, from which every measure is derived.

Counting is a homomorphism: the census of two corpora together is the sum of their censuses (`merge`). Streaming,
resuming and many machines all rest on that.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from functools import reduce
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from langcov.errors import CensusError
from langcov.tokenizers.base import VOCABULARY_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PIECE_BLOCKS: Final = 8
"""Piece counts are kept apart for this many blocks of units (unit mod 8), for the jackknife."""

MOST_TOKENS_PER_WORD: Final = 16
"""The last row of ``splits`` counts words of this many tokens or more."""

KEYS: Final[Mapping[str, Mapping[str, pl.DataType | type[pl.DataType]]]] = {
    "text": {"language": pl.String, "unit": pl.UInt32},
    "scripts": {"language": pl.String, "unit": pl.UInt32, "script": pl.String},
    "skipped": {"language": pl.String, "reason": pl.String},
    "tokens": {"tokenizer": pl.String, "language": pl.String, "unit": pl.UInt32},
    "pieces": {
        "tokenizer": pl.Categorical(),
        "language": pl.Categorical(),
        "block": pl.UInt8,
        "id": pl.UInt32,
    },
    "splits": {"tokenizer": pl.String, "language": pl.String, "tokens_per_word": pl.UInt8},
}
"""What identifies a row of each table."""

COUNTS: Final[Mapping[str, tuple[str, ...]]] = {
    "text": ("segments", "bytes", "characters", "words", "word_characters"),
    "scripts": ("characters",),
    "skipped": ("segments",),
    "tokens": (
        "tokens",
        "unknown_tokens",
        "byte_tokens",
        "tokens_in_words",
        "words_split",
        "words_whole",
        "whole_characters",
        "spelled_characters",
        "lost_characters",
        "round_trips",
        "normalised_round_trips",
    ),
    "pieces": ("tokens",),
    "splits": ("words",),
}
"""What each row counts; all are UInt64 and add up."""


def schema(table: str) -> pl.Schema:
    """Columns and types of a count table."""
    return pl.Schema({**KEYS[table], **dict.fromkeys(COUNTS[table], pl.UInt64)})


@dataclass(frozen=True)
class CorpusFacts:
    """What a census remembers of its text."""

    name: str
    citation: str
    licence: str
    parallel: bool
    fingerprint: str


@dataclass(frozen=True)
class TokenizerFacts:
    """What a census remembers of a tokenizer.

    ``vocabulary_size`` is the number of entries without control tokens; ``check`` says what came of comparing a faster
    engine with the tokenizer's own, and is empty where none was tried.
    """

    name: str
    kind: str
    fingerprint: str
    engine: str
    source: str
    reference: str
    note: str
    vocabulary_size: int
    check: str = field(default="", compare=False)


@dataclass(frozen=True)
class Census:
    """Count tables, the vocabularies they refer to, and where all came from.

    Attributes:
        text: Per language and unit: segments, bytes, characters, words, characters in words.
        scripts: Per language, unit and script (Unicode's property; a mark has the script before it): characters.
        skipped: Per language and reason (``empty``, ``missing``): segments that were not counted.
        tokens: Per tokenizer, language and unit: tokens of each kind, tokens in words, words, characters by fate,
            segments that decode to themselves or to their normalised form.
        pieces_source: Per tokenizer, language, block of units and id: tokens. It is much the largest table, so that it
            may lie in a file; `pieces_of` gives one tokenizer's part.
        splits: Per tokenizer, language and tokens per word (16: or more): words.
        vocabularies: Each tokenizer's whole vocabulary: id, surface, kind.
        pieces_apart: Each tokenizer's part of ``pieces_source``, where each lies in a file of its own.
    """

    corpus: CorpusFacts
    tokenizers: tuple[TokenizerFacts, ...]
    words: str
    text: pl.DataFrame
    scripts: pl.DataFrame
    skipped: pl.DataFrame
    tokens: pl.DataFrame
    splits: pl.DataFrame
    pieces_source: pl.LazyFrame
    vocabularies: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    pieces_apart: Mapping[str, pl.LazyFrame] = field(default_factory=dict, repr=False)

    @property
    def languages(self) -> list[str]:
        """Sorted tags of the languages that have text."""
        return self.text["language"].unique().sort().to_list()

    @property
    def pieces(self) -> pl.DataFrame:
        """The whole table of pieces, in memory."""
        return _collected(self.pieces_source)

    def pieces_of(self, tokenizer: str) -> pl.DataFrame:
        """One tokenizer's part of the table of pieces."""
        apart = self.pieces_apart.get(tokenizer)
        return _collected(
            self.pieces_source.filter(pl.col("tokenizer") == tokenizer) if apart is None else apart
        )

    def _repr_html_(self) -> str:
        """Show sums by language as a table in a notebook, under what was counted."""
        from html import escape

        names = ", ".join(tokenizer.name for tokenizer in self.tokenizers)
        sums = self.text.group_by("language").agg(pl.col(*COUNTS["text"]).sum()).sort("language")
        return f"<p>{escape(self.corpus.name)} by {escape(names)}</p>{sums._repr_html_()}"

    def facts(self) -> dict[str, Any]:
        """What is not in the tables, ready for JSON."""
        return {
            "corpus": asdict(self.corpus),
            "tokenizers": [asdict(tokenizer) for tokenizer in self.tokenizers],
            "words": self.words,
        }

    def tokenizer(self, name: str) -> TokenizerFacts:
        """Facts of one tokenizer.

        Raises:
            CensusError: The census has no such tokenizer.
        """
        for facts in self.tokenizers:
            if facts.name == name:
                return facts
        known = ", ".join(facts.name for facts in self.tokenizers)
        raise CensusError(f"no tokenizer named {name!r} was counted", fix=f"name one of {known}")


def _collected(pieces: pl.LazyFrame) -> pl.DataFrame:
    try:
        return pieces.select(schema("pieces").names()).cast(schema("pieces")).collect()
    except (OSError, pl.exceptions.PolarsError) as error:
        raise CensusError(f"the table of pieces is damaged ({error})", fix="count again") from error


def add_up(table: str, parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Add up parts of one count table; rows come sorted by key, so that equal counts are equal frames."""
    frames = [pl.DataFrame(schema=schema(table)), *(part.cast(schema(table)) for part in parts)]
    keys = list(KEYS[table])
    summed = pl.concat(frames).group_by(keys).agg(pl.col(*COUNTS[table]).sum())
    return summed.select(schema(table).names()).sort(keys)


def merge(*censuses: Census) -> Census:
    """Return the census of several texts together, from the census of each.

    Raises:
        CensusError: There is none, or they counted with other tokenizers or other rules for words.
    """
    if not censuses:
        raise CensusError("there is nothing to merge", fix="give at least one census")
    return reduce(_merge_two, censuses)


def _merge_two(left: Census, right: Census) -> Census:
    if left.words != right.words:
        raise CensusError(
            f"one census found words by {left.words}, the other by {right.words}",
            fix="count again with one version",
        )
    left_tokenizers = [(facts.name, facts.fingerprint) for facts in left.tokenizers]
    right_tokenizers = [(facts.name, facts.fingerprint) for facts in right.tokenizers]
    if left_tokenizers != right_tokenizers:
        raise CensusError(
            f"one census counted {left_tokenizers}, the other {right_tokenizers}",
            fix="merge only what the same tokenizers counted",
        )
    tables: dict[str, Any] = {
        table: add_up(table, [getattr(left, table), getattr(right, table)]) for table in KEYS
    }
    tables["pieces_source"] = tables.pop("pieces").lazy()
    tables["pieces_apart"] = {}
    return replace(left, corpus=_merge_corpora(left.corpus, right.corpus), **tables)


def _merge_corpora(left: CorpusFacts, right: CorpusFacts) -> CorpusFacts:
    """Two parts of one corpus stay that corpus; two corpora become one with both names."""
    if left == right:
        return left
    import hashlib

    both = "+".join(sorted({left.fingerprint, right.fingerprint}))
    return CorpusFacts(
        name=left.name if left.name == right.name else f"{left.name}+{right.name}",
        citation=left.citation if left.citation == right.citation else f"{left.citation}; {right.citation}",
        licence=left.licence if left.licence == right.licence else f"{left.licence}; {right.licence}",
        parallel=left.parallel and right.parallel and left.name == right.name,
        fingerprint=hashlib.sha256(both.encode()).hexdigest(),
    )


__all__ = [
    "COUNTS",
    "KEYS",
    "MOST_TOKENS_PER_WORD",
    "PIECE_BLOCKS",
    "VOCABULARY_SCHEMA",
    "Census",
    "CorpusFacts",
    "TokenizerFacts",
    "add_up",
    "merge",
    "schema",
]
