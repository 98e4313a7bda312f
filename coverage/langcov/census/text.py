"""One batch of text, analysed once and shared by all tokenizers: characters, bytes, words and scripts."""

from __future__ import annotations

from dataclasses import dataclass
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


def is_space(data: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Whether each byte is ASCII white space, which no word holds and no two tokenizers treat alike."""
    return _SPACES[data]


def bounds(lengths: NDArray[np.int64] | NDArray[np.bool_]) -> NDArray[np.int64]:
    """Where each item of a ragged array starts, from the items' lengths; the last entry is where all end.

    >>> bounds(np.array([2, 0, 3])).tolist()
    [0, 2, 2, 5]
    """
    starts = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=starts[1:])
    return starts


@dataclass(frozen=True)
class TextBatch:
    """Texts, each with its group: one (language, unit) pair of the census' tables.

    Arrays called ``*_starts`` have one entry per text and one more for the end.
    """

    texts: list[str]
    group: NDArray[np.int64]
    groups: pl.DataFrame
    """One row per group, ``language`` and ``unit``."""

    @classmethod
    def from_frame(cls, frame: pl.DataFrame) -> TextBatch:
        """Take the texts of a corpus' batch; rows without text must be gone already."""
        numbered = frame.with_columns(group=pl.struct("language", "unit").rank("dense") - 1)
        groups = numbered.group_by("group").agg(pl.first("language"), pl.first("unit")).sort("group")
        return cls(
            texts=frame["text"].to_list(),
            group=numbered["group"].cast(pl.Int64).to_numpy(),
            groups=groups.drop("group"),
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
        return self.byte_of_point[self.point_starts]

    @cached_property
    def words(self) -> Words:
        """The words, in characters of all texts joined."""
        return find_words(self.texts, self.points, self.point_starts[:-1])

    @cached_property
    def word_text(self) -> NDArray[np.int64]:
        """The text of each word."""
        return np.searchsorted(self.point_starts, self.words.starts, side="right") - 1

    @cached_property
    def visible(self) -> NDArray[np.bool_]:
        """Whether each byte of `data` is anything but ASCII white space."""
        return ~is_space(self.data)

    @cached_property
    def visible_before(self) -> NDArray[np.int64]:
        """Visible bytes before each byte of `data`; one more entry for the end."""
        return bounds(self.visible)

    def sums(self, sums: Mapping[str, NDArray[Any]]) -> pl.DataFrame:
        """Add up values by text into a frame with ``language``, ``unit`` and a column for each."""
        columns = {name: np.bincount(self.group, values, len(self.groups)) for name, values in sums.items()}
        return self.groups.with_columns(
            pl.Series(name, values.astype(np.uint64)) for name, values in columns.items()
        )

    def text_table(self) -> pl.DataFrame:
        """The batch's part of the census' ``text`` table."""
        texts = len(self.texts)
        return self.sums(
            {
                "segments": np.ones(texts, np.int64),
                "bytes": np.diff(self.byte_starts),
                "characters": np.diff(self.point_starts),
                "words": np.bincount(self.word_text, minlength=texts),
                "word_characters": np.bincount(
                    self.word_text, self.words.ends - self.words.starts, minlength=texts
                ),
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
