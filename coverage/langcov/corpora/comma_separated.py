"""``.csv``: rows under a header line, fields quoted as RFC 4180 says."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from langcov.corpora.columns import check_columns, record_of
from langcov.corpora.sources import Format, Reading, Record
from langcov.corpora.streams import Line, bad_text, lines, too_long
from langcov.errors import CorpusError
from langcov.limits import LONGEST_RECORD

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


def read_rows(path: Path, reading: Reading) -> Iterator[Record]:
    """Yield each row as a record; an empty field is empty text.

    Raises:
        BadTextError: A text is no UTF-8 and such text is not to be skipped.
        CorpusError: The header lacks a column, a row does not fit it, or is far too long.
    """
    csv.field_size_limit(LONGEST_RECORD)  # the module's only way; its default refuses fields of 128 KB
    source = _Lines(path, reading)
    rows = csv.reader(source, strict=True)
    try:
        names = next(rows, None)
        if names is None:
            return
        check_columns(names, reading, path)
        for number, row in enumerate(_filled(rows, source)):
            place = f"the row that ends in line {source.last + 1:,}"
            if len(row) != len(names):
                raise CorpusError(
                    f"{place} has {len(row)} fields where the header has {len(names)}",
                    where=str(path),
                    fix="quote fields that hold commas or line breaks",
                )
            record = record_of(dict(zip(names, row, strict=True)), number, reading, path, place)
            bad = (
                source.bad and record.text is not None and any("\udc80" <= c <= "\udcff" for c in record.text)
            )
            yield record._replace(text=None) if bad else record
    except csv.Error as error:
        raise CorpusError(
            f"line {source.last + 1:,} is no CSV ({error})",
            where=str(path),
            fix="see whether each quote is closed",
        ) from None


def _filled(rows: Iterable[list[str]], source: _Lines) -> Iterator[list[str]]:
    """Yield the rows that are no blank lines."""
    for row in rows:
        source.waiting = 0
        if row:
            yield row


class _Lines:
    """A file's lines as text, knowing the last one given; bytes that are no UTF-8 become lone surrogates if skipped."""

    def __init__(self, path: Path, reading: Reading) -> None:
        self.last = 0
        self.bad = False
        self.waiting = 0  # bytes since the last row: a quote that nobody closes joins all lines after it
        self._path = path
        self._skip = reading.on_bad_text == "skip"
        self._lines: Iterator[Line] = lines(path)

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.last = line.number
        self.waiting += len(line.content) + 1
        if self.waiting > LONGEST_RECORD:
            raise too_long(self._path, f"the row that goes on in line {line.number + 1:,}")
        try:
            return line.content.decode() + "\n"
        except UnicodeDecodeError as error:
            if not self._skip:
                raise bad_text(self._path, line.number, line.offset + error.start) from None
            self.bad = True
            return line.content.decode("utf-8", "surrogateescape") + "\n"


FORMAT = Format(name="csv", suffixes=(".csv",), read=read_rows, columns=True)
