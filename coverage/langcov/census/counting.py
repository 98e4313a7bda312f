"""From text and a tokenizer to count tables, and what adds these up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from langcov.census.analysis import Analysed
from langcov.census.grouped import GroupCounts, count_groups
from langcov.census.packing import PACKED, of_tokenizer, places, summed, unpacked
from langcov.census.tables import KEYS, add_up, schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scipy import sparse

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

    def add_pieces(self, tokenizer: str, blocks: pl.DataFrame, pieces: Sequence[sparse.csr_array]) -> None:
        """Add the pieces that a tokenizer made of a text; see `PieceTally.add`."""
        self.pieces.setdefault(tokenizer, PieceTally()).add(blocks, pieces)

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

    def add(self, blocks: pl.DataFrame, pieces: Sequence[sparse.csr_array]) -> None:
        """Count pieces.

        Args:
            blocks: One row per block, ``language`` and ``block``.
            pieces: (blocks, ids) how often each block has each; any number of such matrices.
        """
        tags = blocks["language"].to_list()
        language = np.array([self.languages.setdefault(tag, len(self.languages)) for tag in tags], np.uint64)
        place = places(language, blocks["block"].to_numpy().astype(np.uint64))
        order = np.argsort(place)
        for each in pieces:
            found = each[order]
            found.sort_indices()
            keys = np.repeat(place[order], np.diff(found.indptr)) | found.indices.astype(np.uint64)
            tokens = found.data.astype(np.uint64)
            self.parts.append(pl.DataFrame({"key": keys, "tokens": tokens}, schema=PACKED))
            self.rows += self.parts[-1].height
        if self.rows > COMPACT_ROWS:
            self.parts, self.rows = [summed(self.parts)], 0

    def total(self) -> pl.DataFrame:
        """Return what was counted, as `langcov.census.packing.unpacked` does."""
        self.parts = [summed(self.parts)]
        return unpacked(self.parts[0], list(self.languages))


def count_frame(frame: pl.DataFrame, tokenizers: list[tuple[Tokenizer, Surfaces]], tally: Tally) -> None:
    """Count a frame of a corpus into a tally; its text is analysed once for all tokenizers."""
    analysed = analyse(frame, tally)
    if analysed is not None:
        for tokenizer, surfaces in tokenizers:
            count_tokens(analysed, tokenizer, surfaces, tally)


def analyse(frame: pl.DataFrame, tally: Tally) -> Analysed | None:
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
    analysed, tables = Analysed.of(kept)
    for table, part in tables.items():
        tally.add(table, part)
    return analysed


def with_text(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that hold more than white space."""
    return frame.filter(pl.col("text").is_not_null() & ~_EMPTY)


_EMPTY: Final = pl.col("text").str.strip_chars() == ""


def count_tokens(analysed: Analysed, tokenizer: Tokenizer, surfaces: Surfaces, tally: Tally) -> None:
    """Count what a tokenizer makes of analysed text."""
    counts = count_groups(analysed, tokenizer, surfaces)
    tally.add("tokens", _tokens_table(analysed, tokenizer.name, counts))
    tally.add("splits", _splits_table(analysed, tokenizer.name, counts))
    tally.add_pieces(tokenizer.name, analysed.blocks, counts.pieces)


def _tokens_table(analysed: Analysed, tokenizer: str, counts: GroupCounts) -> pl.DataFrame:
    columns = {
        **counts.sums,
        "words_split": counts.words_by_size[:, 2:].sum(axis=1),
        "words_whole": counts.words_by_size[:, 1],
    }
    return analysed.groups.with_columns(
        pl.lit(tokenizer).alias("tokenizer"),
        *(pl.Series(name, values.astype(np.uint64)) for name, values in columns.items()),
    ).select(schema("tokens").names())


def _splits_table(analysed: Analysed, tokenizer: str, counts: GroupCounts) -> pl.DataFrame:
    row, column = np.nonzero(counts.words_by_size)
    rows = pl.DataFrame(
        {
            "language": analysed.groups["language"].gather(row),
            "tokens_per_word": column.astype(np.uint8),
            "words": counts.words_by_size[row, column].astype(np.uint64),
        }
    )
    summed = rows.group_by("language", "tokens_per_word").agg(pl.col("words").sum())
    return summed.select(pl.lit(tokenizer).alias("tokenizer"), pl.all())
