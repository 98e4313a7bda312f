"""A corpus in blocks, on disk: read once, analysed once, then counted by one tokenizer after the other.

A block is a run of a corpus' batches. The first blocks are small, so that every core soon has work, and each is twice
the one before up to `BLOCK_BYTES`. Where blocks begin depends on the text alone, never on the number of workers, so that
a run that was interrupted goes on with the very same blocks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from langcov.census.analysis import text_bytes
from langcov.census.storage import disk_errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

FIRST_BYTES = 2 << 20
BLOCK_BYTES = 64 << 20
"""A block holds about so much text; its analysed form on disk takes some two to three times as much."""

FILE_BYTES: Final = 4 << 20
"""So much text lies in one file of a block."""

RESUMABLE: Final = "what was counted is kept; free some space and go on with --resume"


class Read(NamedTuple):
    """A block that was read: its number, and what is in it."""

    number: int
    bytes: int
    segments: int
    languages: tuple[str, ...]


@dataclass(frozen=True)
class Scratch:
    """A folder for what workers hand each other."""

    folder: Path

    def read(self, block: int) -> Path:
        """The folder of a block as it was read: a corpus' frames (`langcov.corpora.base.SCHEMA`)."""
        return self.folder / f"{block:06}.read"

    def analysed(self, block: int) -> Path:
        """The folder of a block as `langcov.census.analysis.Analysed` writes it."""
        return self.folder / f"{block:06}.analysed"

    def tokenizer(self, place: int) -> Path:
        """A tokenizer, ready to count."""
        return self.folder / f"{place:02}.tokenizer"

    def vocabulary(self, place: int) -> Path:
        """A tokenizer's vocabulary, as the census keeps it."""
        return self.folder / f"{place:02}.vocabulary.parquet"


def numbered(frames: Iterable[pl.DataFrame]) -> Iterator[tuple[int, pl.DataFrame]]:
    """Yield each of a corpus' batches with the number of its block."""
    number = size = 0
    limit = FIRST_BYTES
    for frame in frames:
        yield number, frame
        size += text_bytes(frame)
        if size >= limit:
            number, size, limit = number + 1, 0, min(2 * limit, BLOCK_BYTES)


class Writer:
    """Writes frames into a folder, in files small enough to be read whole.

    Args:
        folder: Is made when the first frame comes.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting: list[pl.DataFrame] = []
        self._bytes = self._files = 0

    def add(self, frame: pl.DataFrame) -> None:
        """Take a frame.

        Raises:
            RunError: The disk is full, or the folder is gone.
        """
        self._waiting.append(frame)
        self._bytes += text_bytes(frame)
        if self._bytes >= FILE_BYTES:
            self.close()

    def close(self) -> None:
        """Write what waits; raises as `add` does."""
        if self._waiting:
            with disk_errors(self._folder.parent, RESUMABLE):
                self._folder.mkdir(exist_ok=True)
                pl.concat(self._waiting).write_ipc(self._folder / f"{self._files:06}.arrow")
        self._files += 1
        self._waiting, self._bytes = [], 0


def frames(folder: Path) -> Iterator[pl.DataFrame]:
    """Read such a folder back, a file at a time."""
    for file in sorted(folder.glob("*.arrow")):
        with file.open("rb") as opened:  # of a path, polars would take ``[`` for a pattern
            yield pl.read_ipc(opened)
