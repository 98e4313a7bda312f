"""What a Parquet file says that its pages unfold to, read from its footer and page headers before Polars unfolds any.

Field numbers are those of parquet.thrift.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

from langcov.corpora.parquet_footer import ROW_GROUPS, footer, structs
from langcov.corpora.thrift import Compact

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

_COLUMNS, _META_DATA = 1, 3
_PATH, _COMPRESSED, _FIRST_PAGE, _DICTIONARY = 3, 7, 9, 11
_PAGE_UNFOLDED, _PAGE_COMPRESSED = 2, 3

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
        for group in structs(footer(file).get(ROW_GROUPS)):
            yield sum(
                _unfolded(file, about)
                for column in structs(group.get(_COLUMNS))
                if isinstance(about := column.get(_META_DATA), dict) and _name(about) in columns
            )


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
        reader = Compact(data := file.read(window))
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
