r"""Parts of files that hold lines, each from the start of one line to the end of another.

Lines are numbered through the file, so that a plan counts the line breaks before each part. That is one pass over the
bytes, none of which is decoded. Offsets count bytes from 0.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, BinaryIO

from langcov.corpora.sources import Stretch
from langcov.errors import CorpusError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PLAN_BYTES = 1 << 20
"""So much of a file is held while its line breaks are counted."""

BOM = b"\xef\xbb\xbf"


def line_stretches(path: Path, size: int) -> list[Stretch]:
    """Cut an uncompressed file after the first line break beyond each ``size`` bytes.

    A line longer than ``size`` stays whole, and the last stretch may be short.

    Raises:
        CorpusError: The file can't be read.
    """
    return _planned(path, size, blank_is_text=True)


def filled_line_stretches(path: Path, size: int) -> list[Stretch]:
    """Cut a file as `line_stretches` does, where lines of white space hold no record; none if all lines are such.

    Raises:
        CorpusError: The file can't be read.
    """
    return _planned(path, size, blank_is_text=False)


def chunks_of(path: Path, stretch: Stretch, chunk_bytes: int) -> Iterator[bytes]:
    """Yield the bytes of a stretch.

    Raises:
        CorpusError: The file can't be read, or is no more what it was when the stretch was planned.
    """
    try:
        with path.open("rb") as file:
            if stretch.start:
                file.seek(stretch.start - 1)
                if file.read(1) not in {b"\n", b""}:
                    raise CorpusError(
                        f"byte {stretch.start - 1:,} ends no line any more",
                        where=str(path),
                        fix="the file was changed while it was read: put it back as it was, or count anew",
                    )
            left = stretch.end - stretch.start
            while left:
                chunk = file.read(min(chunk_bytes, left))
                if not chunk:
                    raise cut_short(path, stretch.end - left, stretch.end)
                left -= len(chunk)
                yield chunk
    except OSError as error:
        raise unreadable(path, error) from None


def whole(path: Path, file: BinaryIO, chunk_bytes: int) -> Iterator[bytes]:
    """Yield an open file's bytes.

    Raises:
        CorpusError: It ends before the place where it ended when it was opened.
    """
    end = file.seek(0, os.SEEK_END)
    file.seek(0)
    given = 0
    while chunk := file.read(chunk_bytes):
        given += len(chunk)
        yield chunk
    if given < end:
        raise cut_short(path, given, end)


def unreadable(path: Path, error: OSError) -> CorpusError:
    """Return the error of a file that the system does not give."""
    if isinstance(error, FileNotFoundError):
        return CorpusError(
            "the file is not there any more", where=str(path), fix="put it back, or leave it out"
        )
    return CorpusError(f"it can't be read ({error.strerror or error})", where=str(path))


def state(path: Path) -> tuple[int, int]:
    """Return a file's size and when it was last changed, which tell whether it is still the same.

    Raises:
        CorpusError: It can't be looked at.
    """
    try:
        found = path.stat()
    except OSError as error:
        raise unreadable(path, error) from None
    return found.st_size, found.st_mtime_ns


def changed(path: Path) -> CorpusError:
    """Return the error of a file that is no more what it was."""
    return CorpusError(
        "it was changed while it was read", where=str(path), fix="put it back as it was, or count anew"
    )


def cut_short(path: Path, found: int, expected: int) -> CorpusError:
    """Return the error of a file that became shorter while it was read."""
    return CorpusError(
        f"it ends after {found:,} bytes where it had {expected:,}",
        where=str(path),
        fix="it was changed while it was read: put it back as it was, or count anew",
    )


def _planned(path: Path, size: int, *, blank_is_text: bool) -> list[Stretch]:
    found: list[Stretch] = []
    start = first = 0  # of the stretch at hand
    offset = number = 0  # of the chunk at hand: its first byte, and the line breaks before it
    holds_text = blank_is_text
    try:
        with path.open("rb") as file:
            while chunk := file.read(PLAN_BYTES):
                if not holds_text:
                    content = chunk.removeprefix(BOM) if not offset else chunk
                    holds_text = bool(content) and not content.isspace()
                counted = 0  # bytes of the chunk whose line breaks are in `number`
                while True:
                    # The line break that ends the stretch is at its last byte or later.
                    break_ = chunk.find(b"\n", max(start + size - 1 - offset, counted))
                    if break_ < 0:
                        break
                    number += chunk.count(b"\n", counted, break_ + 1)
                    counted = break_ + 1
                    found.append(Stretch("bytes", start, offset + counted, first))
                    start, first = offset + counted, number
                number += chunk.count(b"\n", counted)
                offset += len(chunk)
    except OSError as error:
        raise unreadable(path, error) from None
    if offset > start:
        found.append(Stretch("bytes", start, offset, first))
    return found if holds_text else []
