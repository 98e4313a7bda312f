"""Where a finished run goes and comes from: a folder of this machine, or an object store's address.

A store can't swap a folder as a disk can. There the run is made aside on this machine and its files are sent one by one,
the page last: whoever sees the page sees a whole run.
"""

from __future__ import annotations

import json
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from langcov.corpora.addresses import located
from langcov.errors import RunError
from langcov.folders import Folder, temporary_folder
from langcov.stores import is_address, mended

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

PAGE: Final = "index.html"
MANIFEST: Final = "manifest.json"
CONTENTS: Final = (
    "census",
    "measures.parquet",
    "overlap.parquet",
    "fairness.parquet",
    "samples.parquet",
    "alphabets.parquet",
    "anatomy.parquet",
    "nearest.parquet",
    "manifest.json",
    "index.html",
)
"""What langcov writes into a run folder, and what a run replaces there."""

_TRIED: Final = ".writable"


@contextmanager
def written_to(place: str | Path) -> Iterator[Path]:
    """Give a new folder of this machine to write in; on success its files take their places.

    Raises:
        RunError: The place can't be written.
    """
    from langcov.census.storage import swapped_in

    if not is_address(mended(place)):
        with swapped_in(Path(place)) as aside:
            yield aside
        return
    folder = Folder.at(place)
    with tempfile.TemporaryDirectory(prefix="langcov-") as name:
        aside = Path(name)
        yield aside
        made = {path.relative_to(aside).as_posix(): path for path in aside.rglob("*") if path.is_file()}
        for file in sorted(made, key=lambda file: (file == PAGE, file)):
            folder.put_file(file, made[file])


def page_of(place: str | Path) -> Path:
    """Return the path or address of a run's page."""
    if not is_address(mended(place)):
        return Path(place, PAGE)
    return located(f"{Folder.at(place).address}/{PAGE}")


def on_this_machine(place: str | Path, contents: Collection[str]) -> Path:
    """Return a run's folder, copied from its object store if it lies in one; the copy goes when this process ends.

    Args:
        place: Path or address.
        contents: Files and folders that belong to a run.

    Raises:
        RunError: The store can't be read, or the disk is full.
    """
    if not is_address(mended(place)):
        return Path(place)
    folder, copy = Folder.at(place), temporary_folder()
    for name in folder.names():
        if name.partition("/")[0] in contents:
            folder.fetch(name, copy / name)
    return copy


def check_address(place: str | Path, contents: Collection[str]) -> None:
    """Find out before hours of counting whether a run can be written to an address.

    Raises:
        RunError: It can't be written, or there are files that a run would replace and that are no run's.
    """
    folder = Folder.at(place)
    names = folder.names()
    there = sorted({name.partition("/")[0] for name in names} & set(contents))
    if there and not any(
        _is_ours(folder, name) for name in (MANIFEST, f"census/{MANIFEST}") if name in names
    ):
        raise RunError(
            f"there are {', '.join(there)}, which langcov did not write",
            where=folder.address,
            fix="name another address with --out",
        )
    folder.put(_TRIED, b"")
    folder.remove([_TRIED])


def _is_ours(folder: Folder, manifest: str) -> bool:
    try:
        found = json.loads(folder.get(manifest))
    except ValueError:
        return False
    return isinstance(found, dict) and bool({"signature", "tokenizers"} & set(found))
