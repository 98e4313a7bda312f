"""Files in object stores, read like files of this machine: listed, opened, looked at.

An `Address` stands where a `Path` stands: it has a name, a suffix and parents, can be opened and asked for its size. It
has nothing else of a `Path`, so that no call meant for a disk can reach one by mistake.
"""

from __future__ import annotations

import glob
import io
import os
import stat
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

from langcov.errors import CorpusError
from langcov.stores import connect, is_address, is_missing_bucket, mended, store_errors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Buffer

    # What reads files is written for paths, and an address does what such code asks of one.
    _Base = Path
else:
    _Base = PurePosixPath

BLOCK_BYTES = 8 << 20
"""So much is asked of a store at a time."""


class Look(NamedTuple):
    """What a store says of an object.

    Attributes:
        size: Bytes.
        changed: When it was last changed, in nanoseconds since 1970; None if the store does not say.
        version: Its etag, or what else changes with its content; None if the store has none.
    """

    size: int
    changed: int | None
    version: str | None


class Listing(NamedTuple):
    """What an address names.

    Attributes:
        files: Sorted.
        is_folder: Whether they are what lies below it, not what it names or matches.
    """

    files: list[Address]
    is_folder: bool


class Address(_Base):
    """An object in a store.

    >>> address = Address.of("s3://bucket/texts/yor_Latn.txt.gz")
    >>> str(address), address.name, address.suffix, str(address.parent)
    ('s3://bucket/texts/yor_Latn.txt.gz', 'yor_Latn.txt.gz', '.gz', 's3://bucket/texts')
    """

    _look: Look | None = None

    @classmethod
    def of(cls, text: str, look: Look | None = None) -> Address:
        """Return the address that a text spells.

        Args:
            text: Scheme, bucket and key.
            look: What a listing said of it, which saves a request for its size.

        Raises:
            CorpusError: It names no bucket, or a part of its key is empty or ``.``, which no path can say.
        """
        address = cls(text)
        if len(address.parts) < 2:
            raise CorpusError(
                "no bucket is named", where=text, fix=f"write {text.rstrip(':/')}://BUCKET/NAME"
            )
        if str(address) != text.rstrip("/"):
            raise CorpusError(
                "a part of its name between two slashes is empty or a dot",
                where=text,
                fix="rename the object",
            )
        address._look = look
        return address

    def __str__(self) -> str:
        return super().__str__().replace(":/", "://", 1)

    def __fspath__(self) -> str:
        """Refuse: this is no file of this machine."""
        raise TypeError(f"{self} is no path of this machine")

    def open(self, mode: str = "rb") -> io.BufferedReader:  # type: ignore[override]
        """Open it for reading bytes.

        Raises:
            CorpusError: It is not there, or the store can't be reached or denies access; also while it is read.
        """
        if mode != "rb":
            raise ValueError(f"objects are opened to read bytes, not with {mode!r}")
        return io.BufferedReader(_Stored(str(self)), 1 << 18)

    def read_bytes(self) -> bytes:
        """Return its content."""
        with self.open() as file:
            return file.read()

    def read_text(self, encoding: str | None = None, errors: str | None = None) -> str:
        """Return its content as text."""
        return self.read_bytes().decode(encoding or "utf-8", errors or "strict")

    def stat(self) -> os.stat_result:  # type: ignore[override]
        """Return its size as `Path.stat` does; permissions and owner mean nothing here.

        Raises:
            CorpusError: As `open`.
        """
        found = self._look = self._look or self.look()
        seconds = (found.changed or 0) // 10**9
        return os.stat_result((stat.S_IFREG | 0o444, 0, 0, 1, 0, 0, found.size, seconds, seconds, seconds))

    def look(self) -> Look:
        """Ask the store what it says of the object now.

        Raises:
            CorpusError: As `open`.
        """
        system, key = connect(str(self), CorpusError)
        with store_errors(str(self), CorpusError):
            return look_of(system.info(key))


def located(place: str | Path) -> Path:
    """Return the address or the path that a person typed; ``~`` is the home folder.

    Raises:
        CorpusError: It is an address that no path can say.
    """
    if isinstance(place, Address):
        return place
    text = mended(place)
    return Address.of(text) if is_address(text) else Path(text).expanduser()


def listed(spec: str) -> Listing:
    """Return the objects that an address means, sorted: itself, those below it, or those that match it as a glob.

    As on a disk, hidden ones (a part of the name starts with a dot) count only if the spec names them.

    Raises:
        CorpusError: There is nothing of that name, or the store can't be reached or denies access.
    """
    system, key = connect(spec, CorpusError)
    scheme = spec.partition("://")[0]
    magic, is_folder = glob.has_magic(key), False
    with store_errors(spec, CorpusError):
        try:
            info = system.info(key.rstrip("/"))
        except FileNotFoundError as error:
            if not magic or is_missing_bucket(error):
                raise
            found = system.glob(key, detail=True)
        else:  # as on a disk, a name that exists is no glob, whatever it holds
            magic, is_folder = False, info["type"] == "directory"
            found = system.find(key, detail=True) if is_folder else {info["name"]: info}
    fixed = _fixed_part(key) if magic else key.rstrip("/")
    hidden = magic and "/." in key
    files = sorted(
        Address.of(f"{scheme}://{name}", look_of(info))
        for name, info in found.items()
        if info["type"] == "file" and not name.endswith("/") and (hidden or not _is_hidden(name, fixed))
    )
    return Listing(files, is_folder)


def listed_beside(folder: Path) -> dict[Address, Look]:
    """Return what a store says of all objects of one folder, those below its own folders left out.

    Raises:
        CorpusError: The store can't be reached or denies access.
    """
    system, key = connect(str(folder), CorpusError)
    scheme = str(folder).partition("://")[0]
    with store_errors(str(folder), CorpusError):
        infos = system.find(key, maxdepth=1, detail=True).values()
    return {
        Address(f"{scheme}://{info['name']}"): look_of(info)
        for info in infos
        if info["type"] == "file" and not info["name"].endswith("/")
    }


def look_of(info: Mapping[str, Any]) -> Look:
    """Return what a file system's listing or its answer to a question says of an object."""
    changed = _first(info, "LastModified", "last_modified", "updated", "mtime", "modified", "created")
    if isinstance(changed, str):
        changed = datetime.fromisoformat(changed)
    if isinstance(changed, datetime):
        changed = round(changed.timestamp() * 10**6) * 1000
    elif isinstance(changed, int | float):
        changed = round(changed * 10**9)
    version = _first(info, "ETag", "etag", "generation", "md5Hash")
    return Look(int(info["size"] or 0), changed, str(version).strip('"') if version is not None else None)


class _Stored(io.RawIOBase):
    """An object's bytes, read in blocks; whatever goes wrong is a `CorpusError`."""

    def __init__(self, address: str) -> None:
        self._address = address
        system, key = connect(address, CorpusError)
        with store_errors(address, CorpusError):
            self._file = system.open(key, "rb", block_size=BLOCK_BYTES, cache_type="readahead")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        view = memoryview(buffer)
        with store_errors(self._address, CorpusError):
            content = self._file.read(len(view))
        view[: len(content)] = content
        return len(content)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        return int(self._file.tell())

    def close(self) -> None:
        if not self.closed:
            if hasattr(self, "_file"):
                self._file.close()
            super().close()


def _fixed_part(key: str) -> str:
    """Return the folder that a glob starts at.

    >>> _fixed_part("bucket/texts/*/part-?.txt")
    'bucket/texts'
    """
    parts = key.split("/")
    return "/".join(parts[: next(place for place, part in enumerate(parts) if glob.has_magic(part))])


def _is_hidden(name: str, below: str) -> bool:
    return any(part.startswith(".") for part in name.removeprefix(below).strip("/").split("/"))


def _first(info: Mapping[str, Any], *names: str) -> Any:  # noqa: ANN401 - fsspec has no types
    return next((info[name] for name in names if info.get(name) is not None), None)
