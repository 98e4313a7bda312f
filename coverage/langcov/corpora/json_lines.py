"""``.jsonl``: one JSON object a line, its text under a key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from langcov.corpora.columns import check_columns, record_of
from langcov.corpora.sources import Format, Reading, Record, Split, Stretch
from langcov.corpora.streams import Line, bad_text, lines
from langcov.corpora.stretches import filled_line_stretches
from langcov.errors import CorpusError
from langcov.limits import LONG_RECORD, MOST_VALUES, holds_more

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def read_objects(path: Path, reading: Reading) -> Iterator[Record]:
    """Yield each object as a record; lines of white space hold none.

    Raises:
        BadTextError: A text is no UTF-8, or holds half a surrogate pair, and such text is not to be skipped.
        CorpusError: A line is no JSON object, lacks a column, or is far too large.
    """
    yield from _records(path, reading, None)


def _records(path: Path, reading: Reading, stretch: Stretch | None) -> Iterator[Record]:
    for line in lines(path, stretch=stretch):
        if not line.content.strip():
            continue
        values = _parsed(line, path)
        place = f"line {line.number + 1:,}"
        check_columns(values, reading, path, f" in {place}")
        record = record_of(values, line.number, reading, path, place)
        if record.text is not None and not _is_unicode(record.text):
            if reading.on_bad_text == "stop":
                raise bad_text(path, line.number, line.offset + _fault(line.content))
            record = record._replace(text=None)
        yield record


def _parsed(line: Line, path: Path) -> dict[str, Any]:
    """Return the object that a line holds; bytes that are no UTF-8 become lone surrogates, to be met in the text."""
    if len(line.content) > LONG_RECORD and holds_more(line.content, MOST_VALUES):
        raise CorpusError(
            f"line {line.number + 1:,} holds more than {MOST_VALUES:,} values",
            where=str(path),
            fix="put one document on each line, with the columns that are needed",
        )
    try:
        values = json.loads(line.content.decode("utf-8", "surrogateescape"))
    except (ValueError, RecursionError) as error:
        reason = f" ({error})" if isinstance(error, json.JSONDecodeError) else ""
        raise CorpusError(
            f"line {line.number + 1:,} is no JSON{reason}",
            where=str(path),
            fix="put one JSON object on each line",
        ) from None
    if not isinstance(values, dict):
        raise CorpusError(
            f"line {line.number + 1:,} is JSON but no object",
            where=str(path),
            fix="put one JSON object on each line",
        )
    return values


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _fault(content: bytes) -> int:
    """Return where a line stops being UTF-8, or where its first surrogate is escaped."""
    try:
        content.decode()
    except UnicodeDecodeError as error:
        return error.start
    return max(content.lower().find(b"\\ud"), 0)


FORMAT = Format(
    name="jsonl",
    suffixes=(".jsonl", ".ndjson"),
    read=read_objects,
    columns=True,
    split=Split(plan=filled_line_stretches, read=_records),
)
