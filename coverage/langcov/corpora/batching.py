"""Rows into batches: bounded in bytes, the same rows whatever the bound.

A segment is a line, a paragraph or a document. One longer than `SEGMENT_BYTES` is cut into pieces that keep its unit:
before the last space or tab of the first `SEGMENT_BYTES` bytes, at the last whole character if they hold none, and so
on through the rest. Pieces joined give the segment again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from langcov.corpora import base

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Row = tuple[str, int, str | None]
"""Language, unit, text."""

ROW_BYTES = 64
"""What a row costs beside its text, so that a million empty lines are no single batch."""


def batched(rows: Iterable[Row | pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield rows as frames of `SCHEMA`, each of about `BATCH_BYTES` and at most one piece more.

    Args:
        rows: One by one, or many as a frame of `SCHEMA`, none of whose texts has to be cut. Batches end at the same rows
            either way.

    >>> [frame.height for frame in batched([("eng_Latn", 0, "Good day."), ("eng_Latn", 1, None)])]
    [2]
    """
    before: list[pl.DataFrame] = []  # what there is of this batch before the rows in the lists
    languages: list[str] = []
    units: list[int] = []
    texts: list[str | None] = []
    size = 0
    for row in rows:
        if isinstance(row, pl.DataFrame):
            if languages:
                before.append(_frame(languages, units, texts))
                languages, units, texts = [], [], []
            for part, taken in _parts(row, size):
                before.append(part)
                size = taken
                if size >= base.BATCH_BYTES:
                    yield pl.concat(before, rechunk=True)
                    before, size = [], 0
            continue
        language, unit, text = row
        is_short = text is None or 4 * len(text) <= base.SEGMENT_BYTES
        for piece in (text,) if is_short else _pieces(text or ""):
            languages.append(language)
            units.append(unit)
            texts.append(piece)
            size += _size(piece)
            if size >= base.BATCH_BYTES:
                yield pl.concat([*before, _frame(languages, units, texts)], rechunk=True)
                before, languages, units, texts, size = [], [], [], [], 0
    if languages:
        before.append(_frame(languages, units, texts))
    if before:
        yield pl.concat(before, rechunk=True)


def cut(window: bytes) -> int:
    r"""Return where to cut a segment whose first bytes are these: before a space or tab, else between characters.

    >>> cut(b"all human beings are bo"), cut("\u0baf\u0bbe".encode()[:5])
    (20, 3)
    """
    space = max(window.rfind(b" "), window.rfind(b"\t"))
    if space > 0:
        return space
    end = len(window)
    start = end - 1
    while start > max(end - 4, 0) and window[start] & 0xC0 == 0x80:  # a continuation byte
        start -= 1
    lead = window[start]
    length = 1 if lead < 0xC0 else 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
    return start if start > 0 and start + length > end else end


def _size(piece: str | None) -> int:
    if piece is None:
        return ROW_BYTES
    return ROW_BYTES + (len(piece) if piece.isascii() else len(piece.encode()))


def _parts(rows: pl.DataFrame, size: int) -> Iterator[tuple[pl.DataFrame, int]]:
    """Cut rows where batches end; with each part comes the size of its batch so far, which is ``size`` before the first."""
    ends = (rows["text"].str.len_bytes().fill_null(0).cast(pl.Int64) + ROW_BYTES).cum_sum()
    start, done = 0, -size
    while start < rows.height:
        last = int(ends.search_sorted(done + base.BATCH_BYTES))
        stop = min(last + 1, rows.height)
        yield rows.slice(start, stop - start), int(ends[stop - 1]) - done
        start, done = stop, int(ends[stop - 1])


def _pieces(text: str) -> Iterator[str]:
    rest = memoryview(text.encode())
    while len(rest) > base.SEGMENT_BYTES:
        end = cut(bytes(rest[: base.SEGMENT_BYTES]))
        yield str(rest[:end], "utf-8")
        rest = rest[end:]
    yield str(rest, "utf-8")


def _frame(languages: list[str], units: list[int], texts: list[str | None]) -> pl.DataFrame:
    return pl.DataFrame({"language": languages, "unit": units, "text": texts}, schema=base.SCHEMA)
