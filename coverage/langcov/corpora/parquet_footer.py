"""Where a Parquet file's row groups are, read from the footer alone.

Polars does not tell it. The footer is a struct in Thrift's compact protocol
(https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from langcov.corpora.stretches import unreadable
from langcov.corpora.thrift import Compact
from langcov.errors import CorpusError

if TYPE_CHECKING:
    from pathlib import Path

MAGIC = b"PAR1"

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
            groups = structs(footer(file).get(ROW_GROUPS))
        return [
            RowGroup(group[ROWS], group.get(COMPRESSED_BYTES) or group.get(TOTAL_BYTES, 0))
            for group in groups
        ]
    except OSError as error:
        raise unreadable(path, error) from None
    except (KeyError, ValueError):
        raise _damaged(path) from None


def footer(file: BinaryIO) -> dict[int, Any]:
    """Return the struct FileMetaData at the end of a file: values by the numbers of their fields.

    Raises:
        ValueError: It has none.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(max(size - 8, 0))
    tail = file.read(8)
    length = int.from_bytes(tail[:4], "little")
    if tail[4:] != MAGIC or length + 8 > size:
        raise ValueError("it has no footer")
    file.seek(size - 8 - length)
    return Compact(file.read(length)).struct()


def structs(thing: object) -> list[dict[int, Any]]:
    """Return a list of structs as such; raises a `ValueError` if it is none."""
    if not isinstance(thing, list) or not all(isinstance(each, dict) for each in thing):
        raise ValueError("its footer is no list of row groups")
    return thing


def _damaged(path: Path) -> CorpusError:
    return CorpusError(
        "it is no whole Parquet file", where=str(path), fix="get it again: it may have been cut short"
    )
