"""``.txt``: one segment a line, in the language that the file's or folder's name says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from langcov.corpora import base
from langcov.corpora.sources import Format, Reading, Record, Split, Stretch
from langcov.corpora.streams import decoded, lines
from langcov.corpora.stretches import line_stretches

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def read_lines(path: Path, reading: Reading) -> Iterator[Record]:
    """Yield each line as a record; one longer than `SEGMENT_BYTES` comes in pieces with its number.

    Raises:
        BadTextError: A line is no UTF-8 and such text is not to be skipped.
        CorpusError: The file can't be read.
    """
    yield from _records(path, reading, None)


def _records(path: Path, reading: Reading, stretch: Stretch | None) -> Iterator[Record]:
    for line in lines(path, base.SEGMENT_BYTES, stretch):
        yield Record(line.number, None, None, decoded(line, path, reading.on_bad_text))


SPLIT = Split(plan=line_stretches, read=_records)
FORMAT = Format(name="text", suffixes=(".txt",), read=read_lines, split=SPLIT)
