"""What was worked out of a tokenizer, kept in the user's folder for caches: the next run need not do it again.

Each entry is a zip archive of named parts. What is damaged, or can't be read or written, is worked out again. The folder
is bounded in size: what was not used for longest goes first. Nothing in it is ever run, and no pickle is put there.
"""

from __future__ import annotations

import contextlib
import os
import zipfile
import zlib
from typing import TYPE_CHECKING, Final

from langcov.cache import cache_folder, written_aside
from langcov.errors import CacheError
from langcov.tokenizers import files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

RULES: Final = "1"
"""The version of the code that makes what is kept (`converted`, `surfaces`, `modelproto`, the loaders): what another one
made is kept apart."""

MOST_BYTES: Final = 256 << 20
"""As much is kept. Ten large tokenizers are some 70 MB."""


def recall(*key: str) -> dict[str, bytes] | None:
    """Return the parts that were kept under a key, None if there are none or they are damaged."""
    file = _file(key)
    try:
        with zipfile.ZipFile(file) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
    except (OSError, EOFError, ValueError, NotImplementedError, zipfile.BadZipFile, zlib.error):
        return None
    mark_used(file)
    return parts


def keep(parts: Mapping[str, bytes], *key: str) -> None:
    """Keep parts for `recall`; where the folder for caches can't be written, they will be made again."""
    file = _file(key)
    with contextlib.suppress(CacheError, OSError):
        with written_aside(file) as aside, zipfile.ZipFile(aside, "w") as archive:
            for name, part in parts.items():
                archive.writestr(name, part)
        prune(file.parent, "*.zip", most_bytes=MOST_BYTES)


def mark_used(file: Path) -> None:
    """See that a file is not the first to be removed by `prune`."""
    with contextlib.suppress(OSError):
        os.utime(file)


def prune(
    folder: Path, pattern: str, *, most_bytes: float = float("inf"), most_files: float = float("inf")
) -> None:
    """Remove the files of a folder that were not used for longest, until the others are few and small enough.

    Raises:
        OSError: The folder can't be read.
    """
    found: list[tuple[float, int, Path]] = []
    for file in folder.glob(pattern):
        with contextlib.suppress(OSError):  # another process removed it
            status = file.stat()
            found.append((status.st_mtime, status.st_size, file))
    found.sort(key=lambda each: each[0], reverse=True)
    bytes_ = 0
    for place, (_, size, file) in enumerate(found):
        bytes_ += size
        if place and (bytes_ > most_bytes or place >= most_files):
            file.unlink(missing_ok=True)


def _file(key: tuple[str, ...]) -> Path:
    return cache_folder() / "tokenizers" / f"{files.fingerprint(RULES, *key)}.zip"
