"""The hot loop's body: one batch of text and one tokenizer in, count tables out; and what adds them up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from langcov.census.alignment import Alignment, align
from langcov.census.tables import KEYS, MOST_TOKENS_PER_WORD, PIECE_BLOCKS, add_up, schema
from langcov.census.text import TextBatch

if TYPE_CHECKING:
    from langcov.census.surfaces import Surfaces
    from langcov.tokenizers.base import Tokenizer

COMPACT_ROWS: Final = 2_000_000
"""Parts of a table are added up as soon as together they have this many rows more than their sum had."""


@dataclass
class Tally:
    """Running sums of the count tables; memory follows the tables' size, not the text's."""

    parts: dict[str, list[pl.DataFrame]] = field(default_factory=lambda: {table: [] for table in KEYS})
    rows: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KEYS, 0))

    def add(self, table: str, part: pl.DataFrame) -> None:
        """Add a part of one table."""
        self.parts[table].append(part.cast(schema(table)))
        self.rows[table] += part.height
        if self.rows[table] > COMPACT_ROWS:
            self.parts[table] = [self.total(table)]
            self.rows[table] = 0

    def total(self, table: str) -> pl.DataFrame:
        """One table's sum so far."""
        return add_up(table, self.parts[table])


def count_batch(frame: pl.DataFrame, tokenizers: list[tuple[Tokenizer, Surfaces]], tally: Tally) -> None:
    """Count one batch of a corpus into a tally; its text is analysed once for all tokenizers."""
    empty = pl.col("text").str.strip_chars() == ""
    skipped = frame.filter(pl.col("text").is_null() | empty)
    if skipped.height:
        reason = pl.when(pl.col("text").is_null()).then(pl.lit("missing")).otherwise(pl.lit("empty"))
        tally.add(
            "skipped", skipped.group_by("language", reason.alias("reason")).agg(pl.len().alias("segments"))
        )
        frame = frame.filter(pl.col("text").is_not_null() & ~empty)
    if not frame.height:
        return
    batch = TextBatch.from_frame(frame)
    tally.add("text", batch.text_table())
    tally.add("scripts", batch.script_table())
    for tokenizer, surfaces in tokenizers:
        alignment = align(batch, tokenizer, surfaces)
        tally.add("tokens", _tokens_table(batch, tokenizer.name, alignment))
        tally.add("splits", _splits_table(batch, tokenizer.name, alignment))
        tally.add("pieces", _pieces_table(batch, tokenizer.name, alignment))


def _tokens_table(batch: TextBatch, tokenizer: str, alignment: Alignment) -> pl.DataFrame:
    texts = len(batch.texts)
    characters = np.diff(batch.point_starts)
    spelled, lost = alignment.spelled_characters, alignment.lost_characters
    split = batch.word_text[alignment.word_tokens > 1]
    whole = batch.word_text[alignment.word_tokens == 1]
    sums = batch.sums(
        {
            "tokens": np.diff(alignment.encoded.offsets),
            "unknown_tokens": alignment.unknown_tokens,
            "byte_tokens": alignment.byte_tokens,
            "tokens_in_words": np.bincount(batch.word_text, alignment.word_tokens, texts),
            "words_split": np.bincount(split, minlength=texts),
            "words_whole": np.bincount(whole, minlength=texts),
            "whole_characters": characters - spelled - lost,
            "spelled_characters": spelled,
            "lost_characters": lost,
            "round_trips": alignment.round_trips,
            "normalised_round_trips": alignment.normalised_round_trips,
        }
    )
    return sums.select(pl.lit(tokenizer).alias("tokenizer"), pl.all())


def _splits_table(batch: TextBatch, tokenizer: str, alignment: Alignment) -> pl.DataFrame:
    tokens_per_word = np.minimum(alignment.word_tokens, MOST_TOKENS_PER_WORD)
    counts = np.bincount(
        batch.group[batch.word_text] * (MOST_TOKENS_PER_WORD + 1) + tokens_per_word,
        minlength=len(batch.groups) * (MOST_TOKENS_PER_WORD + 1),
    ).reshape(len(batch.groups), -1)
    row, column = np.nonzero(counts)
    rows = pl.DataFrame(
        {
            "language": batch.groups["language"].gather(row),
            "tokens_per_word": column.astype(np.uint8),
            "words": counts[row, column].astype(np.uint64),
        }
    )
    summed = rows.group_by("language", "tokens_per_word").agg(pl.col("words").sum())
    return summed.select(pl.lit(tokenizer).alias("tokenizer"), pl.all())


def _pieces_table(batch: TextBatch, tokenizer: str, alignment: Alignment) -> pl.DataFrame:
    """Count ids by language and block: one key per token, then one sort of the keys."""
    ids, offsets = alignment.encoded
    languages = batch.groups["language"].unique().sort()
    language = languages.search_sorted(batch.groups["language"]).to_numpy().astype(np.uint64)
    block = batch.groups["unit"].to_numpy().astype(np.uint64) % PIECE_BLOCKS
    place = ((language * PIECE_BLOCKS + block) << np.uint64(32))[batch.group]
    keys = np.repeat(place, np.diff(offsets)) + ids
    counted = (
        pl.DataFrame({"key": keys}).group_by("key").agg(pl.len().cast(pl.UInt64).alias("tokens")).sort("key")
    )
    key = counted["key"].to_numpy()
    place_of_key = key >> np.uint64(32)
    return pl.DataFrame(
        {
            "tokenizer": pl.repeat(tokenizer, len(key), dtype=pl.Categorical, eager=True),
            "language": languages.gather(place_of_key // PIECE_BLOCKS).cast(pl.Categorical),
            "block": (place_of_key % PIECE_BLOCKS).astype(np.uint8),
            "id": (key & np.uint64(0xFFFFFFFF)).astype(np.uint32),
            "tokens": counted["tokens"],
        }
    )
