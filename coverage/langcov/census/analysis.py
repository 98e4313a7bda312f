"""Text, analysed once for all tokenizers: its distinct stretches, the words in each, and how often each group has each.

A *group* is one (language, unit) pair of the census' tables. What a tokenizer makes of a text adds up over the stretches
that the text is made of (`langcov.tokenizers.stretches`), as characters, words and scripts do; so every table is a product of
two matrices: how often each group has each stretch, and what each stretch counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

import numpy as np
import polars as pl

from langcov.census.tables import PIECE_BLOCKS
from langcov.census.text import TextBatch, script_table
from langcov.census.words import Words
from langcov.tokenizers.base import Encoded
from langcov.tokenizers.ragged import bounds, places
from langcov.tokenizers.stretches import Stretches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray
    from scipy import sparse

    from langcov.tokenizers.stretches import Way

TOGETHER: Final = 8 << 20
"""So much text is analysed together: the more, the more often a stretch is met again."""

STEP: Final = 1 << 20
"""So many bytes are encoded and placed at once, which bounds the memory for it."""


def gathered(frames: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Put a corpus' batches together until they hold about `TOGETHER`."""
    held: list[pl.DataFrame] = []
    size = 0
    for frame in frames:
        held.append(frame)
        size += text_bytes(frame)
        if size >= TOGETHER:
            yield pl.concat(held)
            held, size = [], 0
    if held:
        yield pl.concat(held)


def text_bytes(frame: pl.DataFrame) -> int:
    """Bytes of a frame's text."""
    return int(frame["text"].str.len_bytes().sum())


class StretchWords(NamedTuple):
    """The words of stretches, in bytes of each as it stands in its text: with its space, where it has one."""

    words: Words
    bounds: NDArray[np.int64]
    """(stretches + 1) where each stretch's words begin."""


@dataclass(frozen=True)
class Analysed:
    """Texts that were analysed.

    Attributes:
        strings: Gives what is large and not always needed: the ``texts``, and the stretches ``with space``.
        cut: Gives what the texts are made of.
        group: (texts) the group of each.
        groups: One row per group, ``language`` and ``unit``.
        found: The words.
        characters: (stretches) characters of each, with its space.
        counts: (groups, stretches) how often each group has each stretch.
        by_block: (blocks, stretches) the same for the groups of each block together; see `blocks`.
    """

    strings: Callable[[str], pl.Series]
    cut: Callable[[], Stretches]
    group: NDArray[np.int64]
    groups: pl.DataFrame
    found: StretchWords
    characters: NDArray[np.int64]
    counts: sparse.csr_array
    by_block: sparse.csr_array

    @classmethod
    def of(cls, frame: pl.DataFrame) -> tuple[Self, dict[str, pl.DataFrame]]:
        """Analyse a corpus' frame; rows without text must be gone already.

        Returns:
            What was found, and the frame's part of the census' tables ``text`` and ``scripts``.
        """
        numbered = frame.select(
            "language", "unit", group=(pl.struct("language", "unit").rank("dense") - 1).cast(pl.Int64)
        )
        groups = numbered.unique("group").sort("group").drop("group")
        group = numbered["group"].to_numpy()
        stretches = Stretches.of(frame["text"])
        counts = _counted(stretches, group, len(groups))
        given = stretches.given("with space")
        found, sizes, scripts = _by_stretch(given)
        segments = np.bincount(group, minlength=len(groups))
        text = groups.with_columns(
            pl.Series("segments", segments.astype(np.uint64)),
            *(pl.Series(name, (counts @ size).astype(np.uint64)) for name, size in sizes.items()),
        )
        strings = {"texts": frame["text"], "with space": given}.__getitem__
        by_block = _rows(_blocks(groups)[1]) @ counts
        by_block.sort_indices()
        characters = sizes["characters"]
        analysed = cls(strings, lambda: stretches, group, groups, found, characters, counts, by_block)
        return analysed, {"text": text, "scripts": script_table(groups, counts @ scripts)}

    @cached_property
    def texts(self) -> pl.Series:
        """The texts."""
        return self.strings("texts")

    @cached_property
    def stretches(self) -> Stretches:
        """What the texts are made of."""
        return self.cut()

    @cached_property
    def blocks(self) -> pl.DataFrame:
        """One row per block of groups that the table ``pieces`` keeps apart: ``language`` and ``block``."""
        return _blocks(self.groups)[0]

    def in_blocks(self, times: sparse.csr_array) -> sparse.csr_array:
        """(blocks, ...) the sums of the groups of each block, of (groups, ...) numbers."""
        return self.by_block if times is self.counts else self._block_of_group @ times

    def steps(self, way: Way) -> Iterator[tuple[slice, TextBatch]]:
        """Yield the stretches as they are given to a tokenizer, `STEP` bytes at a time."""
        given = self.strings(way) if way == "with space" else self.stretches.texts
        found, word_bounds = self.found
        # Without its space, all of a stretch stands one byte earlier.
        earlier = np.zeros(len(given), np.bool_) if way == "with space" else ~self.stretches.first
        for step in _steps(given):
            number = np.diff(word_bounds[step.start : step.stop + 1])
            words = slice(word_bounds[step.start], word_bounds[step.stop])
            shift = np.repeat(earlier[step], number)
            own = Words(found.starts[words] - shift, found.ends[words] - shift)
            yield step, TextBatch(given[step], (number, own))

    def whole_steps(self) -> Iterator[slice]:
        """Yield which texts are looked at together where they have to be looked at whole."""
        return iter(_steps(self.texts))

    def whole(self, chosen: NDArray[np.int64]) -> TextBatch:
        """Return some texts, whole."""
        runs, number = places(self.stretches.bounds, chosen)
        own = Encoded(self.stretches.sequence[runs], bounds(number))
        return TextBatch(self.texts.gather(chosen), self._words_of(own))

    def runs(self, runs: Encoded) -> TextBatch:
        """Return runs of stretches, each of which is given by the numbers of its stretches, as texts."""
        parts = self.stretches.given("with space", runs.ids).to_list()
        texts = ["".join(parts[start:end]) for start, end in pairwise(runs.offsets.tolist())]
        return TextBatch(pl.Series(texts, dtype=pl.String), self._words_of(runs))

    @cached_property
    def _block_of_group(self) -> sparse.csr_array:
        return _rows(_blocks(self.groups)[1])

    @cached_property
    def _lengths(self) -> NDArray[np.int64]:
        return self.stretches.texts.str.len_bytes().to_numpy().astype(np.int64) + ~self.stretches.first

    def _words_of(self, runs: Encoded) -> tuple[NDArray[np.int64], Words]:
        """How many words each run of stretches has, and where they are, in bytes of the run."""
        sequence, run_bounds = runs
        found, word_bounds = self.found
        lengths = bounds(self._lengths[sequence])
        begins = lengths[:-1] - np.repeat(lengths[run_bounds[:-1]], np.diff(run_bounds))
        chosen_words, number = places(word_bounds, sequence)
        shift = np.repeat(begins, number)
        words = Words(found.starts[chosen_words] + shift, found.ends[chosen_words] + shift)
        return np.diff(bounds(number)[run_bounds]), words

    def write(self, folder: Path, number: int) -> None:
        """Write all into files of a folder."""
        stretches, found, counts, by_block = self.stretches, self.found, self.counts, self.by_block
        tables: dict[str, dict[str, Any]] = {
            "texts": {"text": self.texts},
            "with space": {"text": self.strings("with space")},
            "rows": {"group": self.group, "stretches": np.diff(stretches.bounds)},
            "stretches": {"text": stretches.texts, "first": stretches.first},
            "sequence": {"stretch": stretches.sequence},
            "sizes": {
                "words": np.diff(found.bounds).astype(np.uint32),
                "characters": self.characters.astype(np.uint32),
            },
            "words": {
                "start": found.words.starts.astype(np.uint32),
                "end": found.words.ends.astype(np.uint32),
            },
            "groups": {**self.groups.to_dict(), "stretches": np.diff(counts.indptr)},
            "counts": {"stretch": counts.indices, "times": counts.data},
            "blocks": {"stretches": np.diff(by_block.indptr)},
            "by block": {"stretch": by_block.indices, "times": by_block.data},
        }
        for name, columns in tables.items():
            pl.DataFrame(columns).write_ipc(folder / f"{number:06}.{name}.arrow")

    @classmethod
    def read(cls, folder: Path) -> Iterator[Self]:
        """Read back all that was written into a folder, one after the other."""
        for file in sorted(folder.glob("*.texts.arrow")):
            yield cls._read(folder, file.name.partition(".")[0])

    @classmethod
    def _read(cls, folder: Path, number: str) -> Self:
        table = partial(_table, folder, number)
        rows, groups, sizes, words = (table(name) for name in ("rows", "groups", "sizes", "words"))

        def cut() -> Stretches:
            stretches, sequence = table("stretches"), table("sequence")
            of_text = bounds(rows["stretches"].to_numpy())
            first = stretches["first"].to_numpy()
            return Stretches(stretches["text"], first, sequence["stretch"].to_numpy(), of_text)

        return cls(
            strings=lambda name: table(name)["text"],
            cut=cut,
            group=rows["group"].to_numpy(),
            groups=groups.drop("stretches"),
            found=StretchWords(
                Words(words["start"].to_numpy().astype(np.int64), words["end"].to_numpy().astype(np.int64)),
                bounds(sizes["words"].to_numpy()),
            ),
            characters=sizes["characters"].to_numpy().astype(np.int64),
            counts=_matrix(table("counts"), groups["stretches"], len(sizes)),
            by_block=_matrix(table("by block"), table("blocks")["stretches"], len(sizes)),
        )


def _table(folder: Path, number: str, name: str) -> pl.DataFrame:
    # Of a path, polars would take ``[`` for a pattern.
    with (folder / f"{number}.{name}.arrow").open("rb") as opened:
        return pl.read_ipc(opened)


def _matrix(entries: pl.DataFrame, per_row: pl.Series, stretches: int) -> sparse.csr_array:
    """Put a matrix of counts of stretches together again."""
    from scipy import sparse

    columns, times = entries["stretch"].to_numpy(), entries["times"].to_numpy()
    return sparse.csr_array((times, columns, bounds(per_row.to_numpy())), shape=(len(per_row), stretches))


def _blocks(groups: pl.DataFrame) -> tuple[pl.DataFrame, NDArray[np.int64]]:
    """Return a row for each block of groups, ``language`` and ``block``, and which of them each group is in."""
    of_group = groups.select("language", block=pl.col("unit") % PIECE_BLOCKS)
    number = of_group.select((pl.struct(pl.all()).rank("dense") - 1).cast(pl.Int64)).to_series().to_numpy()
    return of_group.with_columns(number=number).unique("number").sort("number").drop("number"), number


def _rows(number: NDArray[np.int64]) -> sparse.csr_array:
    """A matrix that adds up rows by their new number."""
    from scipy import sparse

    ones = np.ones(len(number), np.int32)
    return sparse.csr_array((ones, (number, np.arange(len(number)))))


def _counted(stretches: Stretches, group: NDArray[np.int64], groups: int) -> sparse.csr_array:
    """(groups, stretches) how often each group has each stretch."""
    from scipy import sparse

    width = np.uint64(len(stretches.texts))
    keys = np.repeat(group.astype(np.uint64) * width, np.diff(stretches.bounds)) + stretches.sequence
    keys.sort()
    last = np.flatnonzero(np.append(keys[1:] != keys[:-1], len(keys) > 0))
    times = np.diff(last, prepend=-1).astype(np.int32)
    row, column = np.divmod(keys[last], width)
    starts = np.searchsorted(row, np.arange(groups + 1, dtype=np.uint64))
    return sparse.csr_array((times, column.astype(np.int32), starts), shape=(groups, int(width)))


def _by_stretch(
    given: pl.Series,
) -> tuple[StretchWords, dict[str, NDArray[np.int64]], sparse.csr_array]:
    """Find the words of stretches, their sizes for the table ``text``, and their characters by script."""
    from scipy import sparse

    starts, ends, number, scripts = [], [], [], []
    sizes: dict[str, list[NDArray[np.int64]]] = {
        name: [] for name in ("bytes", "characters", "words", "word_characters")
    }
    for step in _steps(given):
        batch = TextBatch(given[step])
        own = np.diff(batch.word_bounds)
        shift = np.repeat(batch.byte_starts[:-1], own)
        starts.append(batch.words_in_bytes.starts - shift)
        ends.append(batch.words_in_bytes.ends - shift)
        number.append(own)
        scripts.append(batch.script_matrix())
        sizes["bytes"].append(np.diff(batch.byte_starts))
        sizes["characters"].append(np.diff(batch.point_starts))
        sizes["words"].append(own)
        in_words = bounds(batch.words.ends - batch.words.starts)
        sizes["word_characters"].append(np.diff(in_words[batch.word_bounds]))
    words = Words(np.concatenate(starts), np.concatenate(ends))
    joined = {name: np.concatenate(parts) for name, parts in sizes.items()}
    return StretchWords(words, bounds(np.concatenate(number))), joined, sparse.vstack(scripts, format="csr")


def _steps(texts: pl.Series) -> list[slice]:
    """Cut a series where about `STEP` bytes are full."""
    ends = texts.str.len_bytes().cast(pl.Int64).cum_sum().to_numpy()
    if not len(ends):
        return []
    cuts = np.unique(np.searchsorted(ends, np.arange(STEP, ends[-1] + STEP, STEP), side="left") + 1)
    return [
        slice(*pair) for pair in pairwise([0, *np.minimum(cuts, len(ends)).tolist()]) if pair[0] < pair[1]
    ]
