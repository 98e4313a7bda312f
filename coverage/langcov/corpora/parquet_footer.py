"""Where a Parquet file's row groups are, read from the footer alone.

Polars does not tell it. The footer is a struct in Thrift's compact protocol
(https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift), most of which is skipped here.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from langcov.corpora.stretches import unreadable
from langcov.errors import CorpusError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAGIC = b"PAR1"

# Types of the compact protocol.
TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT, UUID = range(1, 14)
BYTES = {BYTE: 1, DOUBLE: 8, UUID: 16}

# Fields of FileMetaData and of RowGroup.
ROW_GROUPS = 4
TOTAL_BYTES, ROWS, COMPRESSED_BYTES = 2, 3, 6


class RowGroup(NamedTuple):
    """A row group.

    Attributes:
        rows: How many it holds.
        bytes: How many it takes in the file; uncompressed ones where the file does not say.
    """

    rows: int
    bytes: int


def row_groups(path: Path) -> list[RowGroup]:
    """Return the row groups of a file in their order.

    Raises:
        CorpusError: The file can't be read, or is no whole Parquet file.
    """
    try:
        with path.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(end - 8, 0))
            tail = file.read(8)
            length = int.from_bytes(tail[:4], "little")
            if tail[4:] != MAGIC or length + 8 > end:
                raise _damaged(path)
            file.seek(end - 8 - length)
            footer = file.read(length)
    except OSError as error:
        raise unreadable(path, error) from None
    try:
        return list(_Compact(footer).row_groups())
    except (IndexError, KeyError, ValueError, RecursionError):
        raise _damaged(path) from None


class _Compact:
    """A reader of the compact protocol."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._place = 0

    def row_groups(self) -> Iterator[RowGroup]:
        for field, kind in self._fields():
            if field != ROW_GROUPS:
                self._skip(kind)
                continue
            number, _ = self._list()
            for _ in range(number):
                yield self._row_group()

    def _row_group(self) -> RowGroup:
        found: dict[int, int] = {}
        for field, kind in self._fields():
            if field in {TOTAL_BYTES, ROWS, COMPRESSED_BYTES}:
                found[field] = self._signed()
            else:
                self._skip(kind)
        return RowGroup(found[ROWS], found.get(COMPRESSED_BYTES) or found.get(TOTAL_BYTES, 0))

    def _fields(self) -> Iterator[tuple[int, int]]:
        """Yield the number and type of each field of a struct; the reader then stands at its value."""
        field = 0
        while head := self._byte():
            field = field + (head >> 4) if head >> 4 else self._signed()
            yield field, head & 15

    def _list(self) -> tuple[int, int]:
        head = self._byte()
        return (head >> 4 if head >> 4 != 15 else self._unsigned()), head & 15

    def _skip(self, kind: int, *, inside: bool = False) -> None:
        """Pass over a value; a truth value takes a byte inside of a list or map, and none as a field."""
        if kind in BYTES:
            self._place += BYTES[kind]
        elif kind in {TRUE, FALSE}:
            self._place += inside
        elif kind in {I16, I32, I64}:
            self._unsigned()
        elif kind == BINARY:
            length = self._unsigned()
            self._place += length
        elif kind == STRUCT:
            for _, each in self._fields():
                self._skip(each)
        else:
            self._skip_many(kind)

    def _skip_many(self, kind: int) -> None:
        if kind in {LIST, SET}:
            number, of = self._list()
            kinds = [of]
        elif kind == MAP:
            number = self._unsigned()
            both = self._byte() if number else 0
            kinds = [both >> 4, both & 15]
        else:
            raise ValueError(kind)
        for each in kinds * number:
            self._skip(each, inside=True)

    def _byte(self) -> int:
        byte = self._content[self._place]
        self._place += 1
        return byte

    def _unsigned(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7

    def _signed(self) -> int:
        value = self._unsigned()
        return (value >> 1) ^ -(value & 1)


def _damaged(path: Path) -> CorpusError:
    return CorpusError(
        "it is no whole Parquet file", where=str(path), fix="get it again: it may have been cut short"
    )
