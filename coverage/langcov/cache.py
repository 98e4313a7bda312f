"""Where fetched corpora and the outcomes of checks are kept: one folder of the user's, never a corpus' own."""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from langcov.errors import CacheError

if TYPE_CHECKING:
    from collections.abc import Iterator


def cache_folder() -> Path:
    """Return the folder for what can be had again: LANGCOV_CACHE, or ``langcov`` in the platform's place for caches."""
    if named := os.environ.get("LANGCOV_CACHE"):
        return Path(named)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "langcov" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "langcov"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "langcov"


@contextmanager
def written_aside(target: Path) -> Iterator[Path]:
    """Give a path to write to, renamed to ``target`` if the block ends well, so that nobody meets half a file.

    Raises:
        CacheError: The folder can't be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        os.close(handle)
    except OSError as error:
        raise CacheError(
            f"the cache folder can't be written ({error.strerror})",
            where=str(target.parent),
            fix="name another one in LANGCOV_CACHE",
        ) from error
    aside = Path(name)
    try:
        yield aside
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)
