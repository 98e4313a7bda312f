"""What a Parquet file says that its pages unfold to, read from its footer and page headers before Polars unfolds any.

Just enough of Thrift's compact protocol to read both; field numbers are those of parquet.thrift.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

_ROW_GROUPS, _COLUMNS, _META_DATA = 4, 1, 3
_PATH, _COMPRESSED, _FIRST_PAGE, _DICTIONARY = 3, 7, 9, 11
_PAGE_UNFOLDED, _PAGE_COMPRESSED = 2, 3

_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(1, 13)
_DEEPEST = 16
"""Structures within structures; the format needs half as many."""
_HEADER_BYTES = 1 << 10
"""A page's header has some 30 bytes, and the least and the greatest value if the writer put them there."""
_LARGEST_HEADER = 1 << 24


def unfolded_sizes(path: Path, columns: Collection[str]) -> Iterator[int]:
    """Yield for each row group how many bytes the pages of some columns unfold to, as their headers say.

    Polars takes as much memory as a header says, and refuses a page that holds more.

    Raises:
        ValueError: This is no Parquet file.
        OSError: It can't be read.
    """
    with path.open("rb") as file:
        for group in _rows_of(_footer(file).get(_ROW_GROUPS)):
            yield sum(
                _unfolded(file, about)
                for column in _rows_of(group.get(_COLUMNS))
                if isinstance(about := column.get(_META_DATA), dict) and _name(about) in columns
            )


def _footer(file: BinaryIO) -> dict[int, Any]:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(size - 8, 0))
    tail = file.read(8)
    length = int.from_bytes(tail[:4], "little")
    if tail[4:] != b"PAR1" or length + 8 > size:
        raise ValueError("it has no footer")
    file.seek(size - 8 - length)
    return _Compact(file.read(length)).struct()


def _unfolded(file: BinaryIO, about: dict[int, Any]) -> int:
    """Add up what the pages of one column of one row group unfold to."""
    starts = [about[field] for field in (_DICTIONARY, _FIRST_PAGE) if isinstance(about.get(field), int)]
    place = min((start for start in starts if start > 0), default=-1)
    length = about.get(_COMPRESSED)
    if place < 0 or not isinstance(length, int):
        raise ValueError("a column says not where it is")
    end, total = place + length, 0
    while place < end:
        header, size = _page_header(file, place)
        unfolded, compressed = header.get(_PAGE_UNFOLDED), header.get(_PAGE_COMPRESSED)
        if not isinstance(unfolded, int) or not isinstance(compressed, int) or compressed < 0:
            raise ValueError(f"the page at byte {place:,} says not how long it is")
        total += unfolded
        place += size + compressed
    return total


def _page_header(file: BinaryIO, place: int) -> tuple[dict[int, Any], int]:
    """Return a page's header, and its own length."""
    window = _HEADER_BYTES
    while True:
        file.seek(place)
        reader = _Compact(data := file.read(window))
        try:
            return reader.struct(), reader.place
        except ValueError:
            if len(data) < window or window >= _LARGEST_HEADER:
                raise
        window *= 16


def _name(about: dict[int, Any]) -> str:
    parts = about.get(_PATH)
    first = parts[0] if isinstance(parts, list) and parts else b""
    return first.decode("utf-8", "replace") if isinstance(first, bytes) else ""


def _rows_of(thing: object) -> list[dict[int, Any]]:
    if not isinstance(thing, list) or not all(isinstance(each, dict) for each in thing):
        raise ValueError("its footer is no list of row groups")
    return thing


class _Compact:
    """Reads Thrift's compact protocol: structures become field number -> value. Time is linear in the bytes."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.place = 0

    def struct(self, depth: int = 0) -> dict[int, Any]:
        found: dict[int, Any] = {}
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._integer()
            kind = head & 0xF
            found[number] = kind == _TRUE if kind in {_TRUE, _FALSE} else self._value(kind, depth)
        return found

    def _value(self, kind: int, depth: int) -> Any:  # noqa: ANN401 (it is any Thrift value)
        if depth > _DEEPEST:
            raise ValueError("values lie too deep in each other")
        if kind in {_TRUE, _FALSE, _BYTE}:
            return self._byte()
        if kind in {_I16, _I32, _I64}:
            return self._integer()
        if kind in {_DOUBLE, _BINARY}:
            return self._bytes(8 if kind == _DOUBLE else self._varint())
        if kind in {_LIST, _SET}:
            head = self._byte()
            size = self._varint() if head >> 4 == 0xF else head >> 4
            return [self._value(head & 0xF, depth + 1) for _ in range(size)]
        if kind == _MAP:
            size = self._varint()
            kinds = self._byte() if size else 0
            return [
                (self._value(kinds >> 4, depth + 1), self._value(kinds & 0xF, depth + 1)) for _ in range(size)
            ]
        if kind == _STRUCT:
            return self.struct(depth + 1)
        raise ValueError(f"no kind of value is numbered {kind}")

    def _byte(self) -> int:
        return self._bytes(1)[0]

    def _bytes(self, size: int) -> bytes:
        found = self._data[self.place : self.place + size]
        if len(found) < size:
            raise ValueError("it ends too early")
        self.place += size
        return found

    def _varint(self) -> int:
        value = 0
        for shift in range(0, 70, 7):
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise ValueError("a number is too long")

    def _integer(self) -> int:
        value = self._varint()
        return value >> 1 ^ -(value & 1)
