"""The hot loop's body: one batch of text and one tokenizer in, count tables out; and what adds them up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from langcov.census.alignment import Alignment, align
from langcov.census.packing import counted, of_tokenizer, places, summed, unpacked
from langcov.census.tables import KEYS, MOST_TOKENS_PER_WORD, add_up, schema
from langcov.census.text import TextBatch

if TYPE_CHECKING:
    from langcov.census.surfaces import Surfaces
    from langcov.tokenizers.base import Tokenizer

COMPACT_ROWS: Final = 1_000_000
"""Parts of a table are added up as soon as together they have this many rows more than their sum had."""

OF_TEXT: Final = ("text", "scripts", "skipped")
OF_TOKENIZER: Final = ("tokens", "splits", "pieces")


@dataclass
class Tally:
    """Running sums of the count tables; memory follows the tables' size, not the text's."""

    parts: dict[str, list[pl.DataFrame]] = field(
        default_factory=lambda: {table: [] for table in KEYS if table != "pieces"}
    )
    rows: dict[str, int] = field(default_factory=dict)
    pieces: dict[str, PieceTally] = field(default_factory=dict)

    def add(self, table: str, part: pl.DataFrame) -> None:
        """Add a part of one table; for pieces see `PieceTally`."""
        self.parts[table].append(part.cast(schema(table)))
        self.rows[table] = self.rows.get(table, 0) + part.height
        if self.rows[table] > COMPACT_ROWS:
            self.parts[table] = [self.total(table)]
            self.rows[table] = 0

    def add_pieces(self, tokenizer: str, batch: TextBatch, alignment: Alignment) -> None:
        """Add the pieces that a tokenizer made of a batch."""
        self.pieces.setdefault(tokenizer, PieceTally()).add(batch, alignment)

    def total(self, table: str) -> pl.DataFrame:
        """One table's sum so far."""
        if table == "pieces":
            parts = [of_tokenizer(tally.total(), tokenizer) for tokenizer, tally in self.pieces.items()]
            return pl.concat([pl.DataFrame(schema=schema(table)), *parts]).sort(
                "tokenizer", maintain_order=True
            )
        return add_up(table, self.parts[table])

    def part_of(self, tokenizer: str) -> dict[str, pl.DataFrame]:
        """Return the sums of a tally that counted one tokenizer only; its pieces as `PieceTally.total` gives them."""
        own = {table: self.total(table) for table in OF_TOKENIZER if table != "pieces"}
        return {**own, "pieces": self.pieces.get(tokenizer, PieceTally()).total()}


@dataclass
class PieceTally:
    """One tokenizer's pieces."""

    languages: dict[str, int] = field(default_factory=dict)
    parts: list[pl.DataFrame] = field(default_factory=list)
    rows: int = 0

    def add(self, batch: TextBatch, alignment: Alignment) -> None:
        """Count a batch's pieces."""
        ids, offsets = alignment.encoded
        tags = batch.groups["language"].to_list()
        language = np.array([self.languages.setdefault(tag, len(self.languages)) for tag in tags], np.uint64)
        place = places(language, batch.groups["unit"].to_numpy().astype(np.uint64))
        self.parts.append(counted(np.repeat(place[batch.group], np.diff(offsets)) | ids))
        self.rows += self.parts[-1].height
        if self.rows > COMPACT_ROWS:
            self.parts, self.rows = [summed(self.parts)], 0

    def total(self) -> pl.DataFrame:
        """Return what was counted, as `langcov.census.packing.unpacked` does."""
        self.parts = [summed(self.parts)]
        return unpacked(self.parts[0], list(self.languages))


def count_batch(frame: pl.DataFrame, tokenizers: list[tuple[Tokenizer, Surfaces]], tally: Tally) -> None:
    """Count one batch of a corpus into a tally; its text is analysed once for all tokenizers."""
    batch = analyse(frame, tally)
    if batch is not None:
        for tokenizer, surfaces in tokenizers:
            count_tokens(batch, tokenizer, surfaces, tally)


def analyse(frame: pl.DataFrame, tally: Tally) -> TextBatch | None:
    """Count what needs no tokenizer: text, scripts, and segments without text. None if no text is left."""
    kept = with_text(frame)
    if kept.height < frame.height:
        reason = pl.when(pl.col("text").is_null()).then(pl.lit("missing")).otherwise(pl.lit("empty"))
        skipped = frame.filter(pl.col("text").is_null() | _EMPTY)
        tally.add(
            "skipped", skipped.group_by("language", reason.alias("reason")).agg(pl.len().alias("segments"))
        )
    if not kept.height:
        return None
    batch = TextBatch.from_frame(kept)
    tally.add("text", batch.text_table())
    tally.add("scripts", batch.script_table())
    return batch


def with_text(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that hold more than white space."""
    return frame.filter(pl.col("text").is_not_null() & ~_EMPTY)


def count_tokens(batch: TextBatch, tokenizer: Tokenizer, surfaces: Surfaces, tally: Tally) -> None:
    """Count what a tokenizer makes of a batch."""
    alignment = align(batch, tokenizer, surfaces)
    by_size = _words_by_size(batch, alignment)
    tally.add("tokens", _tokens_table(batch, tokenizer.name, alignment, by_size))
    tally.add("splits", _splits_table(batch, tokenizer.name, by_size))
    tally.add_pieces(tokenizer.name, batch, alignment)


_EMPTY: Final = pl.col("text").str.strip_chars() == ""


def _words_by_size(batch: TextBatch, alignment: Alignment) -> np.ndarray:
    """(groups, 17) words of each group by their number of tokens, 16 or more in the last column."""
    columns = MOST_TOKENS_PER_WORD + 1
    size = np.minimum(alignment.word_tokens, MOST_TOKENS_PER_WORD)
    place = np.repeat(batch.group * columns, np.diff(batch.word_bounds))
    return np.bincount(place + size, minlength=len(batch.groups) * columns).reshape(-1, columns)


def _tokens_table(
    batch: TextBatch, tokenizer: str, alignment: Alignment, by_size: np.ndarray
) -> pl.DataFrame:
    characters = np.diff(batch.point_starts)
    spelled, lost = alignment.spelled_characters, alignment.lost_characters
    in_words = np.zeros(len(alignment.word_tokens) + 1, np.int64)
    np.cumsum(alignment.word_tokens, out=in_words[1:])
    sums = batch.sums(
        {
            "tokens": np.diff(alignment.encoded.offsets),
            "unknown_tokens": alignment.unknown_tokens,
            "byte_tokens": alignment.byte_tokens,
            "tokens_in_words": np.diff(in_words[batch.word_bounds]),
            "whole_characters": characters - spelled - lost,
            "spelled_characters": spelled,
            "lost_characters": lost,
            "round_trips": alignment.round_trips,
            "normalised_round_trips": alignment.normalised_round_trips,
        }
    )
    return sums.select(
        pl.lit(tokenizer).alias("tokenizer"),
        pl.all(),
        pl.Series("words_split", by_size[:, 2:].sum(axis=1)),
        pl.Series("words_whole", by_size[:, 1]),
    ).select(schema("tokens").names())


def _splits_table(batch: TextBatch, tokenizer: str, by_size: np.ndarray) -> pl.DataFrame:
    row, column = np.nonzero(by_size)
    rows = pl.DataFrame(
        {
            "language": batch.groups["language"].gather(row),
            "tokens_per_word": column.astype(np.uint8),
            "words": by_size[row, column].astype(np.uint64),
        }
    )
    summed = rows.group_by("language", "tokens_per_word").agg(pl.col("words").sum())
    return summed.select(pl.lit(tokenizer).alias("tokenizer"), pl.all())
