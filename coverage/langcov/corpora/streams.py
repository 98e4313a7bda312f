"""Bytes and lines of files: decompressed as they are read, never held whole.

A compressed file may unfold to so much, whatever its size, and beyond that to so many times its size
(`langcov.limits`); what unfolds to more is refused when it gets there, and never held.

Offsets in messages count bytes of the decompressed text from 0, lines are counted from 1.
"""

from __future__ import annotations

import gzip
import itertools
import zlib
from typing import TYPE_CHECKING, BinaryIO, Literal, NamedTuple

from langcov.corpora.batching import cut
from langcov.corpora.stretches import chunks_of, unreadable, whole
from langcov.errors import BadTextError, CorpusError
from langcov.limits import LONGEST_RECORD, Unfolding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path, PurePath

    import polars as pl

    from langcov.corpora.sources import Stretch

COMPRESSED = (".gz", ".zst")
CHUNK_BYTES = 1 << 18
BOM = b"\xef\xbb\xbf"
ZSTD_INPUT_BYTES = 1 << 9
"""Compressed bytes given to zstd at a time. What they unfold to is held whole: four bytes may unfold to 128 KiB, so these
to 16 MiB at most."""

ZSTD_WINDOW_BYTES = 1 << 31
"""The longest window, which is held too: that of ``zstd --long=31``. It fills only as the file unfolds."""

UNPACK = "unpack it and name the unpacked file if you know what it is"


class Line(NamedTuple):
    """A line, or a piece of a long one.

    Attributes:
        number: Counted from 0.
        offset: Its first byte, counted from 0.
        content: Without the line break.
    """

    number: int
    offset: int
    content: bytes


def bare_name(path: PurePath) -> str:
    """Return a file's name without ``.gz`` or ``.zst``.

    >>> from pathlib import PurePath
    >>> bare_name(PurePath("texts/yor.txt.gz"))
    'yor.txt'
    """
    return path.stem if path.suffix in COMPRESSED else path.name


def chunks(path: Path) -> Iterator[bytes]:
    """Yield a file's bytes, decompressed.

    Raises:
        CorpusError: It can't be opened, its compression is damaged or cut short, or it unfolds to far too much.
    """
    try:
        with path.open("rb") as file:
            if path.suffix in COMPRESSED:
                unfolding = Unfolding(path, path.stat().st_size, UNPACK)
                for chunk in _gunzipped(file) if path.suffix == ".gz" else _unzstd(path, file):
                    unfolding.add(len(chunk))
                    yield chunk
            else:
                yield from whole(path, file, CHUNK_BYTES)
    except EOFError:
        raise _cut_short(path) from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise CorpusError(
            f"the gzip data is damaged ({error})",
            where=str(path),
            fix="check it with 'gzip -t' and get it again",
        ) from None
    except OSError as error:
        raise unreadable(path, error) from None


def lines(path: Path, longest: int | None = None, stretch: Stretch | None = None) -> Iterator[Line]:
    r"""Yield the lines of a file; ``\n`` and ``\r\n`` end them, and a byte order mark is no part of the first.

    Args:
        path: A file, perhaps ending in ``.gz`` or ``.zst``.
        longest: Lines with more bytes come in pieces, cut as `langcov.corpora.batching` says; None: lines are whole.
        stretch: Bytes from the start of one line to the end of another; None: the whole file.

    Raises:
        CorpusError: As `chunks`; or lines are whole and one is longer than `LONGEST_RECORD`.
    """
    number, offset = (stretch.first, stretch.start) if stretch is not None else (0, 0)
    return lines_in(_chunks_in(path, stretch), path, number, offset, longest)


def lines_in(
    source: Iterable[bytes], path: Path, number: int, offset: int, longest: int | None
) -> Iterator[Line]:
    """Yield what `lines` does, from a place on where a line starts.

    Args:
        source: The bytes from there on.
        path: Their file.
        number: Of the line.
        offset: Of its first byte.
        longest: As for `lines`.
    """
    pending: list[
        bytes
    ] = []  # the line so far, in chunks: joined once, so that a long line is not copied often
    waiting = 0
    for chunk in source:
        first, *others = chunk.split(b"\n")
        pending.append(first)
        waiting += len(first)
        if longest is None and max(waiting, max(map(len, others), default=0)) > LONGEST_RECORD:
            raise too_long(path, f"line {number + 1:,}")
        if others:
            for content in (b"".join(pending), *others[:-1]):
                if longest is None or len(content) <= longest:
                    yield _line(number, offset, content.removesuffix(b"\r"))
                else:
                    yield from _pieces(number, offset, content, longest)
                number += 1
                offset += len(content) + 1
            pending, waiting = [others[-1]], len(others[-1])
        if longest is not None and waiting > longest + 1:  # one more, for a carriage return may end the line
            rest = b"".join(pending)
            while len(rest) > longest + 1:
                end = cut(rest[:longest])
                yield _line(number, offset, rest[:end])
                rest = rest[end:]
                offset += end
            pending, waiting = [rest], len(rest)
    if waiting:
        yield from _pieces(number, offset, b"".join(pending), longest)


def many_lines(
    path: Path, longest: int, stretch: Stretch | None = None
) -> Iterator[tuple[int, pl.Series] | Iterator[Line]]:
    """Yield the lines of a file many at a time: the number of the first, and their texts.

    As soon as there is anything that takes a closer look (bytes that are no UTF-8, a long line, a line without a break at
    the end), the last thing is an iterator of all lines from there on, as `lines` gives them.

    Raises:
        CorpusError: As `chunks`.
    """
    number, offset = (stretch.first, stretch.start) if stretch is not None else (0, 0)
    source = _chunks_in(path, stretch)
    rest = b""
    for chunk in source:
        end = chunk.rfind(b"\n") + 1
        whole_lines = rest + chunk[:end]
        texts = _texts_of(whole_lines, longest, at_start=offset == 0) if end else None
        if texts is None:
            yield lines_in(itertools.chain([rest + chunk], source), path, number, offset, longest)
            return
        yield number, texts
        number += len(texts)
        offset += len(whole_lines)
        rest = chunk[end:]
    if rest:
        yield lines_in([rest], path, number, offset, longest)


def decoded(line: Line, path: Path, on_bad_text: Literal["stop", "skip"]) -> str | None:
    """Return a line's text, or None if it is no UTF-8 and such lines are skipped.

    Raises:
        BadTextError: It is no UTF-8 and ``on_bad_text`` is ``stop``.
    """
    try:
        return line.content.decode()
    except UnicodeDecodeError as error:
        if on_bad_text == "skip":
            return None
        raise bad_text(path, line.number, line.offset + error.start) from None


def bad_text(path: Path, number: int, offset: int) -> BadTextError:
    """Return the error for bytes that are no UTF-8."""
    return BadTextError(
        f"byte {offset:,} (line {number + 1:,}) is no UTF-8",
        where=str(path),
        fix="save the file as UTF-8, or skip such text with --on-bad-text skip",
    )


def too_long(path: Path, place: str) -> CorpusError:
    """Return the error for a record that can't be held."""
    return CorpusError(
        f"{place} is longer than {LONGEST_RECORD >> 20:,} MiB",
        where=str(path),
        fix="break it up into documents, or put the text into a .txt file, whose lines may have any length",
    )


def _chunks_in(path: Path, stretch: Stretch | None) -> Iterator[bytes]:
    return chunks(path) if stretch is None else chunks_of(path, stretch, CHUNK_BYTES)


def _texts_of(whole_lines: bytes, longest: int, *, at_start: bool) -> pl.Series | None:
    """Return the text of each line, None if one is longer than ``longest`` or no UTF-8."""
    import polars as pl

    content = whole_lines[:-1]
    if at_start and content.startswith(BOM):
        content = content[len(BOM) :]
        longest -= len(BOM)
    try:
        joined = pl.Series([content]).cast(pl.String)
    except pl.exceptions.ComputeError:
        return None
    texts = joined.str.split("\n").explode()
    if texts.str.len_bytes().max() > longest:  # type: ignore[operator]  # of numbers, and there is one
        return None
    return texts.str.strip_suffix("\r") if b"\r" in content else texts


def _pieces(number: int, offset: int, content: bytes, longest: int | None) -> Iterator[Line]:
    """Yield a whole line, in pieces if it is too long."""
    content = content.removesuffix(b"\r")
    while longest is not None and len(content) > longest:
        end = cut(content[:longest])
        yield _line(number, offset, content[:end])
        content = content[end:]
        offset += end
    yield _line(number, offset, content)


def _line(number: int, offset: int, content: bytes) -> Line:
    if offset == 0 and content.startswith(BOM):
        return Line(number, len(BOM), content[len(BOM) :])
    return Line(number, offset, content)


def _gunzipped(file: BinaryIO) -> Iterator[bytes]:
    with gzip.open(file) as unpacked:
        while chunk := unpacked.read(CHUNK_BYTES):
            yield chunk


def _unzstd(path: Path, file: BinaryIO) -> Iterator[bytes]:
    """Yield what zstd frames hold. Its own stream reader takes a file that is cut short for a whole one."""
    import zstandard

    decompressor = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW_BYTES)
    frame = None
    try:
        while block := file.read(ZSTD_INPUT_BYTES):
            while block:
                frame = frame or decompressor.decompressobj()
                if chunk := frame.decompress(block):
                    yield chunk
                block = frame.unused_data if frame.eof else b""
                frame = None if frame.eof else frame
    except zstandard.ZstdError as error:
        raise CorpusError(
            f"the zstd data is damaged ({error})",
            where=str(path),
            fix="check it with 'zstd -t' and get it again",
        ) from None
    if frame is not None:
        raise _cut_short(path)


def _cut_short(path: Path) -> CorpusError:
    return CorpusError(
        "the compressed file ends too early", where=str(path), fix="get it again: it was cut short"
    )
