"""``.txt``: one segment a line, in the language that the file's or folder's name says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from langcov.corpora import base
from langcov.corpora.sources import Format, Reading, Record, Records, Split, Stretch
from langcov.corpora.streams import decoded, lines, many_lines
from langcov.corpora.stretches import line_stretches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from langcov.corpora.streams import Line


def read_lines(path: Path, reading: Reading) -> Iterator[Record]:
    """Yield each line as a record; one longer than `SEGMENT_BYTES` comes in pieces with its number.

    Raises:
        BadTextError: A line is no UTF-8 and such text is not to be skipped.
        CorpusError: The file can't be read.
    """
    yield from _records(path, reading, None)


def _records(path: Path, reading: Reading, stretch: Stretch | None) -> Iterator[Record]:
    yield from _decoded(lines(path, base.SEGMENT_BYTES, stretch), path, reading)


def read_many_lines(path: Path, reading: Reading, stretch: Stretch | None) -> Iterator[Record | Records]:
    """Yield what `read_lines` does, of a stretch if one is given, and many lines at a time where that can be.

    Raises:
        BadTextError, CorpusError: As `read_lines`.
    """
    for part in many_lines(path, base.SEGMENT_BYTES, stretch):
        if isinstance(part, tuple):
            yield Records(*part)
        else:
            yield from _decoded(part, path, reading)


def _decoded(found: Iterable[Line], path: Path, reading: Reading) -> Iterator[Record]:
    for line in found:
        yield Record(line.number, None, None, decoded(line, path, reading.on_bad_text))


SPLIT = Split(plan=line_stretches, read=_records)
FORMAT = Format(name="text", suffixes=(".txt",), read=read_lines, split=SPLIT, read_many=read_many_lines)
