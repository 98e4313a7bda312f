"""``.csv``: rows under a header line, fields quoted as RFC 4180 says."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from langcov.corpora.columns import check_columns, record_of
from langcov.corpora.sources import Format, Reading, Record
from langcov.corpora.streams import Line, bad_text, lines
from langcov.errors import CorpusError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LONGEST_FIELD = 1 << 28
"""Characters. A longer field is a quote that nobody closed."""


def read_rows(path: Path, reading: Reading) -> Iterator[Record]:
    """Yield each row as a record; an empty field is empty text.

    Raises:
        BadTextError: A text is no UTF-8 and such text is not to be skipped.
        CorpusError: The header lacks a column, or a row does not fit it.
    """
    csv.field_size_limit(LONGEST_FIELD)  # the module's only way; its default refuses fields of 128 KB
    source = _Lines(path, reading)
    rows = csv.reader(source, strict=True)
    try:
        names = next(rows, None)
        if names is None:
            return
        check_columns(names, reading, path)
        for number, row in enumerate(filter(None, rows)):
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


class _Lines:
    """A file's lines as text, knowing the last one given; bytes that are no UTF-8 become lone surrogates if skipped."""

    def __init__(self, path: Path, reading: Reading) -> None:
        self.last = 0
        self.bad = False
        self._path = path
        self._skip = reading.on_bad_text == "skip"
        self._lines: Iterator[Line] = lines(path)

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.last = line.number
        try:
            return line.content.decode() + "\n"
        except UnicodeDecodeError as error:
            if not self._skip:
                raise bad_text(self._path, line.number, line.offset + error.start) from None
            self.bad = True
            return line.content.decode("utf-8", "surrogateescape") + "\n"


FORMAT = Format(name="csv", suffixes=(".csv",), read=read_rows, columns=True)
