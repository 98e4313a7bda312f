"""``.txt``: one segment a line, in the language that the file's or folder's name says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from langcov.corpora import base
from langcov.corpora.sources import Format, Reading, Record
from langcov.corpora.streams import decoded, lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def read_lines(path: Path, reading: Reading) -> Iterator[Record]:
    """Yield each line as a record; one longer than `SEGMENT_BYTES` comes in pieces with its number.

    Raises:
        BadTextError: A line is no UTF-8 and such text is not to be skipped.
        CorpusError: The file can't be read.
    """
    for line in lines(path, longest=base.SEGMENT_BYTES):
        yield Record(line.number, None, None, decoded(line, path, reading.on_bad_text))


FORMAT = Format(name="text", suffixes=(".txt",), read=read_lines)
