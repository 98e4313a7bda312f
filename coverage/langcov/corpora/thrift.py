"""Thrift's compact protocol, as far as Parquet uses it.

Source: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from __future__ import annotations

from typing import Any

_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT, _UUID = range(1, 14)
_SIZES = {_DOUBLE: 8, _UUID: 16}
_DEEPEST = 16
"""Structures within structures; Parquet needs half as many."""


class Compact:
    """Reads Thrift's compact protocol: structures become field number -> value. Time is linear in the bytes."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.place = 0

    def struct(self, depth: int = 0) -> dict[int, Any]:
        """Read a structure; raises a `ValueError` if the bytes hold none."""
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
        if kind in {_DOUBLE, _UUID, _BINARY}:
            return self._bytes(_SIZES.get(kind) or self._varint())
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
