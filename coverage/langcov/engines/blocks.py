"""A corpus in blocks, on disk: read once, analysed once, then counted by one tokenizer after the other.

A block is a run of a corpus' batches. The first blocks are small, so that every core soon has work, and each is twice
the one before up to `BLOCK_BYTES`. Where blocks begin depends on the text alone, never on the number of workers, so that
a run that was interrupted goes on with the very same blocks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from langcov.census.storage import disk_errors
from langcov.corpora.base import BATCH_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

FIRST_BYTES = 2 << 20
BLOCK_BYTES = 64 << 20
"""A block holds about so much text; its analysed form on disk takes some two to three times as much."""

LOOKED_UP_BYTES: Final = 8 << 20
"""So much text is taken from a file at once: each look-up costs some milliseconds, whatever it brings."""

RESUMABLE: Final = "what was counted is kept; free some space and go on with --resume"


class Read(NamedTuple):
    """A block that was read: its number, its file, and what is in it."""

    number: int
    file: Path
    bytes: int
    segments: int
    languages: tuple[str, ...]


@dataclass(frozen=True)
class Scratch:
    """A folder for what workers hand each other."""

    folder: Path

    def read(self, block: int) -> Path:
        """A block as it was read: a corpus' frame (`langcov.corpora.base.SCHEMA`)."""
        return self.folder / f"{block:06}.read.arrow"

    def analysed(self, block: int) -> Path:
        """A block with its words."""
        return self.folder / f"{block:06}.words.arrow"

    def tokenizer(self, place: int) -> Path:
        """A tokenizer, ready to count."""
        return self.folder / f"{place:02}.tokenizer"

    def vocabulary(self, place: int) -> Path:
        """A tokenizer's vocabulary, as the census keeps it."""
        return self.folder / f"{place:02}.vocabulary.parquet"


def blocks(frames: Iterable[pl.DataFrame]) -> Iterator[list[pl.DataFrame]]:
    """Put a corpus' batches together into blocks."""
    gathered: list[pl.DataFrame] = []
    size, limit = 0, FIRST_BYTES
    for frame in frames:
        gathered.append(frame)
        size += text_bytes(frame)
        if size >= limit:
            yield gathered
            gathered, size, limit = [], 0, min(2 * limit, BLOCK_BYTES)
    if gathered:
        yield gathered


def text_bytes(frame: pl.DataFrame) -> int:
    """Bytes of a frame's text."""
    return int(frame["text"].str.len_bytes().sum())


def write(frames: list[pl.DataFrame], path: Path) -> None:
    """Write frames as one file that can be read piece by piece.

    Raises:
        RunError: The disk is full, or the folder is gone.
    """
    with disk_errors(path.parent, RESUMABLE):
        pl.concat(frames, rechunk=False).write_ipc(path)


def batches(path: Path, size: int = BATCH_BYTES) -> Iterator[pl.DataFrame]:
    """Read such a file back in frames of about ``size`` bytes of text, without holding more of it in memory."""
    file = pl.scan_ipc(path, glob=False)
    lengths = file.select(pl.col("text").str.len_bytes().fill_null(0).cast(pl.Int64)).collect()["text"]
    ends = lengths.cum_sum()
    start = done = 0
    while start < len(ends):
        stop = max(int(ends.search_sorted(done + LOOKED_UP_BYTES, side="right")), start + 1)
        yield from _sliced(file.slice(start, stop - start).collect(), size)
        start, done = stop, int(ends[stop - 1])


def _sliced(frame: pl.DataFrame, size: int) -> Iterator[pl.DataFrame]:
    ends = frame["text"].str.len_bytes().fill_null(0).cast(pl.Int64).cum_sum()
    start = done = 0
    while start < frame.height:
        stop = max(int(ends.search_sorted(done + size, side="right")), start + 1)
        yield frame.slice(start, stop - start)
        start, done = stop, int(ends[stop - 1])
