"""Data inside the page: JSON that no parser takes for markup, and, where it is large, packed into signs that need no escape.

Packed data is a line of JSON and then bytes. Each long list of whole numbers is taken out of the JSON and written as
planes, first the lowest byte of each number, then the next: that compresses to four fifths of what digits do. The script
that unpacks it is ``templates/packed.js``.
"""

from __future__ import annotations

import gzip
import json
import re
from types import NoneType
from typing import Any, Final

from markupsafe import Markup

MOST_PLAIN: Final = 50_000
"""Characters beyond which data is packed."""

LEAST_LIFTED: Final = 32
"""Lists of fewer numbers stay in the JSON."""

SIGNS: Final = bytes(code for code in range(33, 127) if chr(code) not in "&<>")
"""91 signs that a script element may hold as they are; two of them hold 13 bits, where base64 takes 2.2 for that."""

_BITS: Final = 13
_LONE_BITS: Final = 6

_UNSAFE: Final = re.compile("[<>&\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


def held(data: object) -> dict[str, str]:
    """Return data as the page holds it, with the type of its script element: JSON, or packed where it is large."""
    text = embedded(data)
    if len(text) <= MOST_PLAIN:
        return {"type": "application/json", "text": text}
    planes = _Planes()
    line = embedded(planes.lifted(data))
    return {"type": "text/plain", "text": packed(line.encode() + b"\n" + planes.bytes)}


def embedded(data: object) -> Markup:
    r"""Return data as JSON that no HTML or script parser can read as anything else, in one line.

    >>> print(embedded({"name": "</script>"}))
    {"name":"\u003c/script\u003e"}
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # What reorders or hides text in an editor is written by its number too.
    text = _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    # Without <, > and & there is no markup left to escape.
    return Markup(text)  # noqa: S704


def packed(data: bytes) -> Markup:
    """Compress bytes and write them as `SIGNS`, 13 bits in two; a rest of up to 6 bits is one sign, so that none is made up."""
    import numpy as np

    bits = np.unpackbits(np.frombuffer(gzip.compress(data, 9, mtime=0), np.uint8))
    rest = bits.size % _BITS
    filled = np.zeros(bits.size + (-bits.size % _BITS), np.uint8)
    filled[: bits.size] = bits
    numbers = filled.reshape(-1, _BITS) @ (1 << np.arange(_BITS)[::-1])
    places = np.stack(np.divmod(numbers, len(SIGNS)), axis=1).ravel()
    if 0 < rest <= _LONE_BITS:
        places = np.append(places[:-2], numbers[-1] >> (_BITS - _LONE_BITS))
    # None of the signs is markup.
    return Markup(np.frombuffer(SIGNS, np.uint8)[places].tobytes().decode("ascii"))  # noqa: S704


class _Planes:
    """Bytes of the lists that were taken out of data."""

    def __init__(self) -> None:
        self.bytes = b""
        self._parts: list[bytes] = []
        self._size = 0

    def lifted(self, data: object) -> Any:  # noqa: ANN401 (it is what JSON can hold)
        """Return data with ``{"planes": [start, length, depth, least]}`` in the place of each long list of whole numbers."""
        found = self._lifted(data)
        self.bytes = b"".join(self._parts)
        return found

    def _lifted(self, data: object) -> Any:  # noqa: ANN401
        if isinstance(data, dict):
            return {key: self._lifted(value) for key, value in data.items()}
        if not isinstance(data, list | tuple):
            return data
        kinds = set(map(type, data))
        if len(data) >= LEAST_LIFTED and kinds <= {int, NoneType}:
            return self._taken(data)
        return data if kinds <= {int, float, str, NoneType} else [self._lifted(each) for each in data]

    def _taken(self, numbers: list[int | None] | tuple[int | None, ...]) -> dict[str, list[int]]:
        """Write a list: 0 stands for null, the least number is 1."""
        import polars as pl

        whole = pl.Series(numbers, dtype=pl.Int64)
        least = min((number for number in numbers if number is not None), default=0)
        codes = (whole - (least - 1)).fill_null(0).to_numpy()
        depth = max(1, (int(codes.max()).bit_length() + 7) // 8)
        start = self._size
        for plane in range(depth):
            self._parts.append((codes >> 8 * plane & 255).astype("uint8").tobytes())
        self._size += depth * len(numbers)
        return {"planes": [start, len(numbers), depth, least]}
