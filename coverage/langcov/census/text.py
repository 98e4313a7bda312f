"""One batch of text, analysed once and shared by all tokenizers: characters, bytes, words and scripts."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from langcov.census.characters import code_points, script_names, scripts_of, utf8_lengths
from langcov.census.words import Words, find_words
from langcov.tokenizers.ragged import bounds, places

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse

_SPACES = np.zeros(256, np.bool_)
_SPACES[[0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x20]] = True
_SPACE = np.uint8(0x20)


def is_space(data: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Whether each byte is ASCII white space, which no word holds and no two tokenizers treat alike."""
    return _SPACES[data]


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
    """Texts, analysed once.

    Arrays called ``*_starts`` and ``word_bounds`` have one entry per text and one more for the end. Characters and bytes
    are counted through all texts joined.
    """

    strings: pl.Series
    """The texts."""

    found: tuple[NDArray[np.int64], Words] | None = field(default=None, repr=False)
    """Words that were found before: how many each text has, and where each starts and ends, in bytes of its text."""

    @cached_property
    def texts(self) -> list[str]:
        """The texts, as Python's own."""
        return self.strings.to_list()

    @cached_property
    def data(self) -> NDArray[np.uint8]:
        """The texts' UTF-8, one after the other."""
        return np.frombuffer("".join(self.strings.str.join("")).encode(), np.uint8)

    @cached_property
    def points(self) -> NDArray[np.uint32]:
        """The texts' code points, one after the other."""
        return code_points(["".join(self.strings.str.join(""))])

    @cached_property
    def point_starts(self) -> NDArray[np.int64]:
        """Where each text starts in `points`."""
        return bounds(self.strings.str.len_chars().to_numpy())

    @cached_property
    def byte_of_point(self) -> NDArray[np.int64]:
        """Where each character starts in `data`; one more entry for the end."""
        return bounds(utf8_lengths(self.points))

    @cached_property
    def byte_starts(self) -> NDArray[np.int64]:
        """Where each text starts in `data`."""
        return bounds(self.strings.str.len_bytes().to_numpy())

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
        return np.repeat(np.arange(len(self.strings)), np.diff(self.word_bounds))

    @cached_property
    def plain(self) -> Layout:
        """The texts as they are."""
        return Layout(self.data, self.byte_starts, *self.words_in_bytes)

    @cached_property
    def spaced(self) -> Layout:
        """Each text after a space, as SentencePiece's models see it."""
        number = np.arange(len(self.strings) + 1)
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

    def part(self, chosen: NDArray[np.int64]) -> TextBatch:
        """Some of the texts, with their words."""
        words, number = places(self.word_bounds, chosen)
        shift = np.repeat(self.byte_starts[chosen], number)
        own = Words(self.words_in_bytes.starts[words] - shift, self.words_in_bytes.ends[words] - shift)
        return TextBatch(self.strings.gather(chosen), (number, own))

    def script_matrix(self) -> sparse.csr_array:
        """(texts, scripts) how many characters of each text are of each script of `script_names`."""
        from scipy import sparse

        scripts = scripts_of(self.points, self.point_starts[:-1])
        ones = np.ones(len(scripts), np.int64)
        found = sparse.csr_array(
            (ones, scripts.astype(np.int32), self.point_starts.copy()),
            shape=(len(self.strings), len(script_names())),
        )
        found.sum_duplicates()
        return found


def script_table(groups: pl.DataFrame, characters: sparse.csr_array) -> pl.DataFrame:
    """Return a row for each group and script that has characters.

    Args:
        groups: One row per group.
        characters: (groups, scripts) how many there are.
    """
    found = characters.tocoo()
    row, column = found.coords
    rows: pl.DataFrame = groups[row]
    return rows.with_columns(
        pl.Series("script", np.array(script_names())[column], pl.String),
        pl.Series("characters", found.data.astype(np.uint64)),
    )
