"""``.parquet``: read through Polars in windows of rows.

Polars' own batches (`collect_batches`, Polars 2.1) hold a whole file if its consumer is slow: 431 MB of 437 in our
measurement. A window is a slice of the scan, which reads only the row groups it touches: 70 MB for the same file.
So what is held is a window and the compressed columns of one row group.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import polars as pl

from langcov.corpora.addresses import Address
from langcov.corpora.columns import check_columns, language_column, record_of
from langcov.corpora.parquet_footer import row_groups
from langcov.corpora.parquet_pages import unfolded_sizes
from langcov.corpora.sources import Format, Reading, Record, Split, Stretch
from langcov.corpora.streams import too_long
from langcov.corpora.stretches import changed, state, unreadable
from langcov.errors import BadTextError, CorpusError
from langcov.limits import LARGEST_GROUP, LONGEST_RECORD, Unfolding
from langcov.stores import polars_access, store_error

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WINDOW_BYTES = 32 << 20
"""A window's text is about this long, judged by the window before."""

FIRST_ROWS = 256

FAULTS = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError)
"""What polars raises at files that are damaged, change or are out of reach; a panic is no `Exception`."""


def read_table(path: Path, reading: Reading) -> Iterator[Record]:
    """Yield each row as a record.

    A text column of bytes is decoded here, so that bytes that are no UTF-8 can be skipped; in a column of strings
    Polars checks them itself, and stops.

    Raises:
        BadTextError: A text is no UTF-8 and such text is not to be skipped.
        CorpusError: The file is no whole Parquet file, lacks a column, or holds far more text than its size allows.
    """
    yield from _records(path, reading, None)


def plan(path: Path, size: int) -> list[Stretch]:
    """Cut a file into runs of whole row groups that take about ``size`` bytes of it.

    Raises:
        CorpusError: The file is no whole Parquet file.
    """
    found: list[Stretch] = []
    start = end = taken = 0
    for group in row_groups(path):
        if taken and taken + group.bytes > size:
            found.append(Stretch("rows", start, end, start))
            start, taken = end, 0
        end += group.rows
        taken += group.bytes
    if end > start:
        found.append(Stretch("rows", start, end, start))
    return found


def languages(path: Path, reading: Reading) -> list[str | None] | None:
    """Return what the language column says, None if there is no such column.

    Raises:
        CorpusError: The file is no whole Parquet file, or lacks a column.
    """
    schema = _schema(path)
    check_columns(schema, reading, path)
    column = language_column(schema, reading)
    if column is None:
        return None
    try:
        found: list[str | None] = _scan(path).select(pl.col(column).unique()).collect().to_series().to_list()
    except FAULTS as error:
        raise _damaged(path, error) from None
    return found


def _records(path: Path, reading: Reading, stretch: Stretch | None) -> Iterator[Record]:
    schema = _schema(path)
    check_columns(schema, reading, path)
    named = (reading.text_column, language_column(schema, reading), reading.unit_column)
    wanted = list(dict.fromkeys(name for name in named if name))
    _refuse_bursts(path, wanted)
    unfolding = Unfolding(
        path, path.stat().st_size, "write its text as .jsonl, which may have any size, if you know what it is"
    )
    number, end = (stretch.start, stretch.end) if stretch is not None else (0, _height(path))
    for window in _parts(_windows(path, wanted, number, end), path, reading.text_column, unfolding):
        for values in window.iter_rows():
            row = dict(zip(wanted, values, strict=True))
            place = f"row {number + 1:,}"
            if isinstance(row[reading.text_column], bytes):
                row[reading.text_column] = _decoded(row[reading.text_column], path, place, reading)
            yield record_of(row, number, reading, path, place)
            number += 1


def _scan(path: Path) -> pl.LazyFrame:
    """Return a file as a lazy frame, wherever it is; polars takes ``[`` and ``*`` for patterns unless told."""
    if isinstance(path, Address):
        return pl.scan_parquet(str(path), glob=False, cache=False, **polars_access(str(path), CorpusError))
    return pl.scan_parquet(path, glob=False, cache=False)


def _height(path: Path) -> int:
    try:
        return int(_scan(path).select(pl.len()).collect().item())
    except FAULTS as error:
        raise _damaged(path, error) from None


def _windows(path: Path, wanted: list[str], start: int, end: int) -> Iterator[pl.DataFrame]:
    """Yield the wanted columns of these rows in slices of about `WINDOW_BYTES`.

    Polars keeps the footer, and panics if the file has become shorter since: that is looked at before each window.
    """
    table = _scan(path).select(wanted)
    rows, before = FIRST_ROWS, state(path)
    while start < end:
        if state(path) != before:
            raise changed(path)
        try:
            window = table.slice(start, min(rows, end - start)).collect()
        except FAULTS as error:
            raise _damaged(path, error) from None
        if not window.height:
            raise changed(path)
        yield window
        start += window.height
        rows = max(1, min(4 * rows, int(WINDOW_BYTES * window.height / max(window.estimated_size(), 1))))


def _refuse_bursts(path: Path, columns: list[str]) -> None:
    """Raise a `CorpusError` if Polars would have to hold far too much at a time."""
    try:
        largest = max(unfolded_sizes(path, columns), default=0)
    except (OSError, ValueError) as error:
        raise _damaged(path, error) from None
    if largest > LARGEST_GROUP:
        raise CorpusError(
            f"one of its row groups unfolds to {largest / LARGEST_GROUP * 2:,.0f} GiB, and Polars would hold all of it",
            where=str(path),
            fix="write it again with row groups of 128 MiB or so, or as .jsonl",
        )


def _parts(
    windows: Iterator[pl.DataFrame], path: Path, text: str, unfolding: Unfolding
) -> Iterator[pl.DataFrame]:
    """Yield windows in parts whose texts are about `WINDOW_BYTES`: in Polars equal texts are one, in Python they are not."""
    for window in windows:
        kind = window.schema[text]
        if kind not in {pl.String, pl.Binary}:
            yield window
            continue
        column = window[text]
        sizes = (
            (column.str.len_bytes() if kind == pl.String else column.bin.size()).cast(pl.Int64).fill_null(0)
        )
        if window.height and sizes.max() > LONGEST_RECORD:  # type: ignore[operator]
            raise too_long(path, "a row's text")
        unfolding.add(int(sizes.sum()))
        starts = (sizes.cum_sum() // WINDOW_BYTES).rle_id().unique_counts().cum_sum().to_list()
        for start, end in pairwise([0, *starts]):
            yield window[start:end]


def _schema(path: Path) -> dict[str, Any]:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise CorpusError(
            "its name is no UTF-8, and Polars opens no such file", where=str(path), fix="rename it"
        ) from None
    try:
        return dict(_scan(path).collect_schema())
    except FAULTS as error:
        raise _damaged(path, error) from None


def _decoded(content: bytes, path: Path, place: str, reading: Reading) -> str | None:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        if reading.on_bad_text == "skip":
            return None
        raise BadTextError(
            f"byte {error.start:,} of the text in {place} is no UTF-8",
            where=str(path),
            fix="save the text as UTF-8, or skip such text with --on-bad-text skip",
        ) from None


def _damaged(path: Path, error: BaseException) -> CorpusError:
    if (
        isinstance(path, Address)
        and isinstance(error, Exception)
        and (isinstance(error, OSError) or "object-store" in str(error))
    ):
        return store_error(error, str(path), CorpusError)
    if isinstance(error, FileNotFoundError):
        return unreadable(path, error)
    reason = " ".join(str(error).split())
    if "utf8" in reason.lower() or "utf-8" in reason.lower():
        return BadTextError(
            f"a column of strings holds bytes that are no UTF-8 ({reason:.80})", where=str(path)
        )
    return CorpusError(
        f"it is no whole Parquet file ({reason:.120})",
        where=str(path),
        fix="get it again: it may have been cut short",
    )


FORMAT = Format(
    name="parquet",
    suffixes=(".parquet",),
    read=read_table,
    columns=True,
    compressible=False,
    languages=languages,
    split=Split(plan=plan, read=_records),
)
