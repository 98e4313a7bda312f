"""One batch of text, analysed once and shared by all tokenizers: characters, bytes, words and scripts."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from langcov.census.characters import code_points, script_names, scripts_of, utf8_lengths
from langcov.census.words import Words, find_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_SPACES = np.zeros(256, np.bool_)
_SPACES[[0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x20]] = True
_SPACE = np.uint8(0x20)


def is_space(data: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Whether each byte is ASCII white space, which no word holds and no two tokenizers treat alike."""
    return _SPACES[data]


def bounds(lengths: NDArray[Any]) -> NDArray[np.int64]:
    """Where each item of a ragged array starts, from the items' lengths; the last entry is where all end.

    >>> bounds(np.array([2, 0, 3])).tolist()
    [0, 2, 2, 5]
    """
    starts = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=starts[1:])
    return starts


@dataclass(frozen=True)
class Layout:
    """A batch's bytes in one of the forms in which tokenizers join them.

    Attributes:
        data: The bytes of all texts, one after the other.
        text_starts: (texts + 1) where each text starts.
        word_starts: Where each word starts.
        word_ends: Where each word ends.
    """

    data: NDArray[np.uint8]
    text_starts: NDArray[np.int64]
    word_starts: NDArray[np.int64]
    word_ends: NDArray[np.int64]

    @cached_property
    def windows(self) -> NDArray[np.uint64]:
        """The eight bytes from each place on, as one little-endian word; zeros follow the end."""
        filled = np.concatenate([self.data, np.zeros(8, np.uint8)])
        unaligned: NDArray[np.uint64] = np.ndarray((len(self.data) + 1,), "<u8", filled, 0, (1,))
        return unaligned.copy()


@dataclass(frozen=True)
class TextBatch:
    """Texts, each with its group: one (language, unit) pair of the census' tables.

    Arrays called ``*_starts`` and ``word_bounds`` have one entry per text and one more for the end. Characters and bytes
    are counted through all texts joined.
    """

    texts: list[str]
    group: NDArray[np.int64]
    groups: pl.DataFrame
    """One row per group, ``language`` and ``unit``."""

    found: tuple[NDArray[np.int64], Words] | None = field(default=None, repr=False)
    """Words that were found before: how many each text has, and where each starts and ends, in bytes of its text."""

    @classmethod
    def from_frame(cls, frame: pl.DataFrame) -> TextBatch:
        """Take the texts of a corpus' batch; rows without text must be gone already.

        Columns ``word_starts`` and ``word_ends``, as `with_words` makes them, spare finding the words again.
        """
        numbered = frame.select(
            "language", "unit", group=(pl.struct("language", "unit").rank("dense") - 1).cast(pl.Int64)
        )
        groups = numbered.unique("group").sort("group")
        found = None
        if "word_starts" in frame.columns:
            starts, ends = (
                frame[column].explode(empty_as_null=False).to_numpy().astype(np.int64)
                for column in ("word_starts", "word_ends")
            )
            found = frame["word_starts"].list.len().cast(pl.Int64).to_numpy(), Words(starts, ends)
        return cls(
            texts=frame["text"].to_list(),
            group=numbered["group"].to_numpy(),
            groups=groups.drop("group"),
            found=found,
        )

    @cached_property
    def data(self) -> NDArray[np.uint8]:
        """The texts' UTF-8, one after the other."""
        return np.frombuffer("".join(self.texts).encode(), np.uint8)

    @cached_property
    def points(self) -> NDArray[np.uint32]:
        """The texts' code points, one after the other."""
        return code_points(self.texts)

    @cached_property
    def point_starts(self) -> NDArray[np.int64]:
        """Where each text starts in `points`."""
        return bounds(np.fromiter(map(len, self.texts), np.int64, len(self.texts)))

    @cached_property
    def byte_of_point(self) -> NDArray[np.int64]:
        """Where each character starts in `data`; one more entry for the end."""
        return bounds(utf8_lengths(self.points))

    @cached_property
    def byte_starts(self) -> NDArray[np.int64]:
        """Where each text starts in `data`."""
        begins = (self.data & 0xC0) != 0x80
        starts: NDArray[np.int64] = np.append(np.flatnonzero(begins), len(self.data))[self.point_starts]
        return starts

    @cached_property
    def words(self) -> Words:
        """The words, in characters."""
        if self.found is None:
            return find_words(self.texts, self.points, self.point_starts[:-1])
        place = np.searchsorted(self.byte_of_point, np.concatenate(self.words_in_bytes))
        return Words(*np.split(place, 2))

    @cached_property
    def words_in_bytes(self) -> Words:
        """The words, in bytes."""
        if self.found is None:
            return Words(self.byte_of_point[self.words.starts], self.byte_of_point[self.words.ends])
        number, words = self.found
        shift = np.repeat(self.byte_starts[:-1], number)
        return Words(words.starts + shift, words.ends + shift)

    @cached_property
    def word_bounds(self) -> NDArray[np.int64]:
        """Where each text's words start among all words."""
        if self.found is not None:
            return bounds(self.found[0])
        return np.searchsorted(self.words.starts, self.point_starts)

    @cached_property
    def word_text(self) -> NDArray[np.int64]:
        """The text of each word."""
        return np.repeat(np.arange(len(self.texts)), np.diff(self.word_bounds))

    @cached_property
    def plain(self) -> Layout:
        """The texts as they are."""
        return Layout(self.data, self.byte_starts, *self.words_in_bytes)

    @cached_property
    def spaced(self) -> Layout:
        """Each text after a space, as SentencePiece's models see it."""
        number = np.arange(len(self.texts) + 1)
        shift = self.word_text + 1
        return Layout(
            np.insert(self.data, self.byte_starts[:-1], _SPACE),
            self.byte_starts + number,
            self.words_in_bytes.starts + shift,
            self.words_in_bytes.ends + shift,
        )

    @cached_property
    def visible(self) -> Layout:
        """The texts without ASCII white space."""
        seen = ~is_space(self.data)
        before = bounds(seen)
        return Layout(
            self.data[seen],
            before[self.byte_starts],
            before[self.words_in_bytes.starts],
            before[self.words_in_bytes.ends],
        )

    def sums(self, sums: Mapping[str, NDArray[Any]]) -> pl.DataFrame:
        """Add up values by text into a frame with ``language``, ``unit`` and a column for each."""
        return self.by_group(
            {name: np.bincount(self.group, values, len(self.groups)) for name, values in sums.items()}
        )

    def by_group(self, counts: Mapping[str, NDArray[Any]]) -> pl.DataFrame:
        """Put counts by group into a frame with ``language``, ``unit`` and a column for each."""
        return self.groups.with_columns(
            pl.Series(name, values.astype(np.uint64)) for name, values in counts.items()
        )

    def with_words(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Add to the frame that the batch was made of where each text's words start and end, in its own bytes."""
        shift = np.repeat(self.byte_starts[:-1], np.diff(self.word_bounds))
        row = pl.Series("row", self.word_text)
        lists = (
            pl.DataFrame(
                {
                    "row": row,
                    "word_starts": (self.words_in_bytes.starts - shift).astype(np.uint32),
                    "word_ends": (self.words_in_bytes.ends - shift).astype(np.uint32),
                }
            )
            .group_by("row", maintain_order=True)
            .agg("word_starts", "word_ends")
        )
        empty = pl.lit([], dtype=pl.List(pl.UInt32))
        return (
            frame.with_columns(row=pl.int_range(pl.len(), dtype=pl.Int64))
            .join(lists, on="row", how="left", maintain_order="left")
            .with_columns(pl.col("word_starts", "word_ends").fill_null(empty))
            .drop("row")
        )

    def text_table(self) -> pl.DataFrame:
        """The batch's part of the census' ``text`` table."""
        sizes = bounds(self.words.ends - self.words.starts)
        return self.sums(
            {
                "segments": np.ones(len(self.texts), np.int64),
                "bytes": np.diff(self.byte_starts),
                "characters": np.diff(self.point_starts),
                "words": np.diff(self.word_bounds),
                "word_characters": np.diff(sizes[self.word_bounds]),
            }
        )

    def script_table(self) -> pl.DataFrame:
        """The batch's part of the census' ``scripts`` table."""
        scripts = scripts_of(self.points, self.point_starts[:-1])
        names = script_names()
        group_of_point = np.repeat(self.group, np.diff(self.point_starts))
        counts = np.bincount(
            group_of_point * len(names) + scripts, minlength=len(self.groups) * len(names)
        ).reshape(len(self.groups), len(names))
        row, column = np.nonzero(counts)
        return self.groups[row].with_columns(
            pl.Series("script", np.array(names)[column], pl.String),
            pl.Series("characters", counts[row, column].astype(np.uint64)),
        )
