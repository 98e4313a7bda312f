"""How much langcov takes in. What is more is refused in one sentence, before it fills memory or goes on for ever.

Every limit is far above what honest files hold, and says why it is where it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from langcov.errors import CorpusError

if TYPE_CHECKING:
    from pathlib import Path

UNFOLDS_FREELY: Final = 1 << 30
"""Bytes (1 GiB) that any compressed file may unfold to, however small it is."""

UNFOLDS_TIMES: Final = 200
"""Beyond `UNFOLDS_FREELY`, a file may unfold to so many times its own size. Both are needed: a small file of one line
a million times over is honest and unfolds a thousandfold, and a corpus of terabytes is honest too. Prose packs to a
third or a tenth; gzip reaches 1,032 times on nothing but repetition, zstd and Parquet far more."""

LONGEST_RECORD: Final = 1 << 28
"""Bytes (256 MiB) of one record that has to be held whole: a line of JSON, a row of CSV, a cell of Parquet. A Bible has 5
million. A record takes up to ten times its bytes while it is parsed. A line of plain text has no limit: it is cut."""

MOST_VALUES: Final = 1 << 22
"""Values (4 million) in one JSON record longer than `LONG_RECORD`. Text is one value, so a document has few; a list of
nothing but ``[]`` would take 24 times its bytes in memory."""

LONG_RECORD: Final = 1 << 24
"""Bytes (16 MiB) from which on a JSON record's values are counted before it is parsed: fewer do no harm."""

LARGEST_GROUP: Final = 2 << 30
"""Bytes (2 GiB) that the columns read from one row group of a Parquet file may unfold to, since Polars holds them. Writers
make groups of 128 MiB to 1 GiB."""

LARGEST_TOKENIZER: Final = 1 << 28
"""Bytes (256 MiB) of a tokenizer's file, unpacked. The largest known, with a million entries, have some 60 MB."""

MOST_TOKENIZER_VALUES: Final = 1 << 24
"""Values (16 million) in a tokenizer's JSON, or lines in a file of ranks. A million entries with their merges are 4 million."""

LARGEST_ID: Final = (1 << 24) - 1
"""Of a token. Vocabularies have at most a million entries or so; engines and the census lay out arrays by id, which one id
of four thousand million would fill memory with."""

LONGEST_ENTRY: Final = 1 << 10
"""Bytes of one entry of a byte-level BPE given as ranks. Real ones have 128 or fewer, most of them spaces; all ways to cut an
entry in two are looked at, so that time grows with the square."""

_STRING: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
"""A string of JSON, or one that nobody closed: then the rest, for looking for its end again and again takes for ever."""


class Unfolding:
    """What a compressed file has unfolded to so far.

    Args:
        path: The file.
        size: Its own size in bytes.
        fix: What a reader can do if the file is honest.
    """

    def __init__(self, path: Path, size: int, fix: str) -> None:
        self._path = path
        self._fix = fix
        self._most = max(UNFOLDS_FREELY, UNFOLDS_TIMES * size)
        self._bytes = 0

    def add(self, size: int) -> None:
        """Count bytes more.

        Raises:
            CorpusError: They are too many.
        """
        self._bytes += size
        if self._bytes > self._most:
            raise CorpusError(
                f"it unfolds to more than {self._most / UNFOLDS_FREELY:,.0f} GiB, {UNFOLDS_TIMES} times its own size or more, "
                "as if made to fill memory or disks",
                where=str(self._path),
                fix=self._fix,
            )


def holds_more(text: bytes, most: int) -> bool:
    """Return whether a JSON text holds more than so many values, in memory that does not grow with them.

    >>> holds_more(b'{"a": "b, [c", "d": [1, 2, {}]}', 5), holds_more(b'{"a": "b, [c", "d": [1, 2, {}]}', 6)
    (True, False)
    """
    # With the signs inside strings it is at least as many, and much sooner counted.
    if _values_between(text, 0, len(text)) <= most:
        return False
    place = values = 0
    for string in _STRING.finditer(text):
        values += _values_between(text, place, string.start())
        if values > most:
            return True
        place = string.end()
    return values + _values_between(text, place, len(text)) > most


def _values_between(text: bytes, start: int, end: int) -> int:
    return sum(text.count(sign, start, end) for sign in (b",", b"[", b"{"))
