"""A folder for what a run writes, on this machine or in an object store, by the same few calls.

A file is there whole or not at all: on a disk it is written aside, flushed and renamed; a store shows an object only once
all of it has arrived.
"""

from __future__ import annotations

import atexit
import errno
import os
import shutil
import tempfile
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from langcov.errors import RunError
from langcov.stores import connect, is_address, is_missing_bucket, mended, store_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ASIDE = ".aside"
"""How the names of files end that are still being written. Those left by a crash are never listed."""

REMOVERS = 16
"""So many objects are removed at once; each takes a request."""


@dataclass(frozen=True)
class Folder:
    """A folder or the address of one. It can be pickled, and means the same place in any process of this machine.

    Names are relative and have ``/`` between their parts: ``parts/0001.parquet``.

    Attributes:
        address: ``/data/run`` or ``s3://bucket/run``, without a slash at its end.

    >>> Folder.at("s3://bucket/run/").address
    's3://bucket/run'
    """

    address: str

    @classmethod
    def at(cls, place: str | Path) -> Folder:
        """Return the folder of that path or address; it need not exist."""
        text = mended(place)
        if is_address(text):
            return cls(text.rstrip("/"))
        return cls(os.path.abspath(Path(text).expanduser()))  # noqa: PTH100 - no link is followed

    def put(self, name: str, data: bytes) -> None:
        """Write a file, in the place of one that has its name.

        Raises:
            RunError: The disk is full, the place can't be written, or the store can't be reached or denies access. What
                was there before is still there.
        """
        if is_address(self.address):
            system, key = connect(self._place(name), RunError)
            with store_errors(self._place(name), RunError):
                system.pipe_file(key, data)
            return

        def write(aside: Path) -> None:
            with aside.open("xb") as file:
                file.write(data)
                _flush(file.fileno())

        self._put_aside(name, write)

    def put_file(self, name: str, local: Path) -> None:
        """Write a file from one of this machine, which may be gone afterwards: on the same disk it is only renamed.

        Raises:
            RunError: As `put`, or ``local`` is not there.
        """
        with _disk_errors(local, "can't be read"):
            local.stat()
        if is_address(self.address):
            system, key = connect(self._place(name), RunError)
            with store_errors(self._place(name), RunError):
                system.put_file(str(local), key)
            return

        def move(aside: Path) -> None:
            try:
                local.replace(aside)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
                shutil.copyfile(local, aside)  # another disk
            with aside.open("rb") as file:
                _flush(file.fileno())

        self._put_aside(name, move)

    def get(self, name: str) -> bytes:
        """Return a file's content.

        Raises:
            RunError: It is not there, or can't be read.
        """
        if is_address(self.address):
            system, key = connect(self._place(name), RunError)
            with store_errors(self._place(name), RunError):
                return bytes(system.cat_file(key))
        with _disk_errors(self._local(name), "can't be read"):
            return self._local(name).read_bytes()

    def fetch(self, name: str, to: Path) -> Path:
        """Return a path where a file can be read: its own on this machine, else ``to``, where it is written.

        Raises:
            RunError: It is not there, or can't be read or written.
        """
        if not is_address(self.address):
            path = self._local(name)
            with _disk_errors(path, "can't be read"):
                path.stat()
            return path
        system, key = connect(self._place(name), RunError)
        with _disk_errors(to, "can't write here"):
            to.parent.mkdir(parents=True, exist_ok=True)
            with _aside(to) as aside:
                aside.touch()
                with store_errors(self._place(name), RunError):
                    system.get_file(key, str(aside))
        return to

    def names(self, prefix: str = "") -> list[str]:
        """Return the files that begin with ``prefix``, sorted; none if the folder does not exist.

        Raises:
            RunError: The folder can't be read.
        """
        start = prefix.rpartition("/")[0]
        return sorted(
            name
            for name in (self._in_store(start) if is_address(self.address) else self._on_disk(start))
            if name.startswith(prefix)
        )

    def remove(self, names: Iterable[str]) -> None:
        """Remove files; one that is not there is no error.

        Raises:
            RunError: One can't be removed.
        """
        if not is_address(self.address):
            for name in names:
                with _disk_errors(self._local(name), "can't be removed"):
                    self._local(name).unlink(missing_ok=True)
            return

        def remove_object(name: str) -> None:
            system, key = connect(self._place(name), RunError)
            with store_errors(self._place(name), RunError):
                try:
                    system.rm_file(key)
                except FileNotFoundError as error:
                    if is_missing_bucket(error):
                        raise

        with ThreadPoolExecutor(REMOVERS) as pool:
            list(pool.map(remove_object, names))

    def _place(self, name: str) -> str:
        return f"{self.address}/{name}"

    def _local(self, name: str) -> Path:
        return Path(self.address, name)

    def _put_aside(self, name: str, write: Callable[[Path], None]) -> None:
        target = self._local(name)
        with _disk_errors(target, "can't write here"):
            target.parent.mkdir(parents=True, exist_ok=True)
            with _aside(target) as aside:
                write(aside)

    def _on_disk(self, start: str) -> Iterator[str]:
        def refuse(error: OSError) -> None:
            if not isinstance(error, FileNotFoundError | NotADirectoryError):
                raise error

        top = Path(self.address, start)
        with _disk_errors(top, "can't be read"):
            for folder, _, files in os.walk(top, onerror=refuse):
                inside = Path(folder).relative_to(self.address)
                yield from ((inside / name).as_posix() for name in files if not name.endswith(ASIDE))

    def _in_store(self, start: str) -> Iterator[str]:
        place = f"{self.address}/{start}".rstrip("/")
        system, key = connect(place, RunError)
        _, top = connect(self.address, RunError)
        with store_errors(place, RunError):
            try:
                found = system.find(key)
            except FileNotFoundError as error:
                if is_missing_bucket(error):
                    raise
                return
        names = (name.removeprefix(f"{top}/") for name in found if name.startswith(f"{top}/"))
        yield from (name for name in names if name and not name.endswith("/"))  # some tools mark folders so


def temporary_folder() -> Path:
    """Return a new folder of this machine, which goes when this process ends."""
    folder = tempfile.mkdtemp(prefix="langcov-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


@contextmanager
def _aside(target: Path) -> Iterator[Path]:
    """Give a name beside the target; what was written there takes its place, or is gone if writing failed."""
    aside = target.with_name(f".{uuid.uuid4().hex}{ASIDE}")
    try:
        yield aside
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)
    _flush_folder(target.parent)


def _flush(number: int) -> None:
    """Have a file's bytes on the disk before its name says that they are there."""
    os.fsync(number)


def _flush_folder(folder: Path) -> None:
    if os.name == "posix":  # elsewhere a folder can't be opened
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


@contextmanager
def _disk_errors(place: Path, what: str) -> Iterator[None]:
    """Turn what the system says of a disk into one sentence."""
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise RunError(
            f"{what} ({reason})",
            where=str(place),
            fix="free some space, or name another folder" if "write" in what else "see whether it is there",
        ) from error
