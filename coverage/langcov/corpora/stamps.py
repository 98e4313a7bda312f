"""What a run remembers of the files it reads, so that it notices if one of them vanished or changed on the way."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable
from urllib.parse import unquote_to_bytes

from langcov.corpora.addresses import Address, Look, listed_beside, located
from langcov.corpora.stretches import state
from langcov.errors import CorpusError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from langcov.corpora.base import Corpus

MANY = 8
"""So many objects of one folder are looked at by listing it, which is one request for a thousand of them."""

ESCAPED = "file://"

FIX = "put it back as it was, or count anew"


@dataclass(frozen=True)
class Stamp:
    """What a file looked like; `dataclasses.asdict` gives JSON, and ``Stamp(**values)`` the stamp again.

    Attributes:
        path: From the root of the disk, or an address; ``file:///...`` with escapes if it is no UTF-8.
        size: Bytes.
        mtime_ns: When it was last changed, in nanoseconds since 1970; None if an object store does not say.
        etag: An object's etag, which changes with its content; None for a file of this machine.
    """

    path: str
    size: int
    mtime_ns: int | None = None
    etag: str | None = None


@runtime_checkable
class Stamped(Protocol):
    """A corpus that is read from files."""

    def stamps(self) -> tuple[Stamp, ...]:
        """Return what its files look like now."""


def stamp_of(corpus: Corpus) -> tuple[Stamp, ...]:
    """Return what the files of a corpus look like now; nothing for one that lies in memory or comes from a package.

    Raises:
        CorpusError: A file can't be looked at.
    """
    return corpus.stamps() if isinstance(corpus, Stamped) else ()


def stamps_of(paths: Iterable[Path]) -> tuple[Stamp, ...]:
    """Return what files and objects look like now, in their order.

    Raises:
        CorpusError: One of them can't be looked at.
    """
    places = list(paths)
    stores = _looks([path for path in places if isinstance(path, Address)])
    return tuple(
        Stamp(str(path), *stores[path]) if isinstance(path, Address) else _stamp(path) for path in places
    )


def check_unchanged(stamps: Sequence[Stamp]) -> None:
    """Do nothing if all files look as they did.

    Raises:
        CorpusError: One vanished or changed, or can't be looked at; the sentence says which, and what changed.
    """
    places = [_place(stamp.path) for stamp in stamps]
    stores = _looks([path for path in places if isinstance(path, Address)], absent_is_error=False)
    for path, stamp in zip(places, stamps, strict=True):
        if isinstance(path, Address):
            look = stores.get(path)
            now = Stamp(stamp.path, *look) if look is not None else None
        else:
            now = _stamp(path) if path.exists() else None
        if now is None:
            raise CorpusError("it vanished while it was counted", where=stamp.path, fix=FIX)
        if now != stamp:
            raise CorpusError(
                f"it changed while it was counted: {_change(stamp, now)}", where=stamp.path, fix=FIX
            )


def _stamp(path: Path) -> Stamp:
    return Stamp(_written(path), *state(path))


def _written(path: Path) -> str:
    """Return a path in characters that any file can hold."""
    text = os.path.abspath(path)  # noqa: PTH100 - no link is followed
    try:
        text.encode()
    except UnicodeEncodeError:
        return Path(text).as_uri()
    return text


def _place(written: str) -> Path:
    if written.startswith(ESCAPED):
        return Path(os.fsdecode(unquote_to_bytes(written.removeprefix(ESCAPED))))
    return located(written)


def _looks(addresses: list[Address], *, absent_is_error: bool = True) -> dict[Address, Look]:
    """Return what stores say of objects, the same way for the same objects each time; absent ones may be left out."""
    crowded = {
        folder for folder, number in Counter(each.parent for each in addresses).items() if number >= MANY
    }
    found: dict[Address, Look] = {}
    for folder in crowded:
        found |= listed_beside(folder)
    for address in addresses:
        if address in found:
            continue
        try:
            found[address] = address.look()
        except CorpusError as error:
            if absent_is_error or not isinstance(error.__cause__, FileNotFoundError):
                raise
    return found


def _change(before: Stamp, now: Stamp) -> str:
    if now.size != before.size:
        return f"it had {before.size:,} bytes and has {now.size:,}"
    if now.etag != before.etag:
        return f"its etag was {before.etag} and is {now.etag}"
    return f"it was last changed {_time(before.mtime_ns)}, and now {_time(now.mtime_ns)}"


def _time(nanoseconds: int | None) -> str:
    return (
        "at no known time"
        if nanoseconds is None
        else datetime.fromtimestamp(nanoseconds / 10**9, UTC).isoformat(sep=" ", timespec="milliseconds")
    )
