"""An extended tokenizer's folder: its file, the curve with its chart, the new pieces and where all came from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from langcov.corpora.addresses import located
from langcov.errors import RunError
from langcov.folders import Folder
from langcov.planning.extend import CURVE, DETAILS, MANIFEST
from langcov.run_folders import written_to
from langcov.stores import is_address, mended

if TYPE_CHECKING:
    from langcov.planning.extend import Extension

FILES: Final = ("tokenizer.json", "tokenizer.model")
CHARTS: Final = "charts"
CONTENTS: Final = (*FILES, CURVE, DETAILS, CHARTS, MANIFEST)
"""What an extension's folder holds, and what another extension replaces there."""

_TRIED: Final = ".writable"


def save_extension(extension: Extension, place: str | Path) -> Path:
    """Write an extension's folder; return the path or address of the tokenizer's file.

    All is written aside first and then put in place. Other files in the folder are left alone.

    Raises:
        RunError: The folder can't be written, or files are there that no extension wrote.
    """
    from langcov.report.extension_chart import write_extension_chart

    check_place(place)
    with written_to(place) as aside:
        extension.write(aside)
        write_extension_chart(extension.curve, extension.manifest["languages"], aside / CHARTS)
    # An earlier extension may have been of a tokenizer of another format.
    Folder.at(place).remove(name for name in FILES if name != extension.file)
    address = mended(place)
    return (
        located(f"{Folder.at(place).address}/{extension.file}")
        if is_address(address)
        else Path(place, extension.file)
    )


def check_place(place: str | Path) -> None:
    """Find out before any work whether an extension can be written to a folder or an object store's address.

    Raises:
        RunError: It can't be written, or it holds files that an extension would replace and that none wrote: the
            tokenizer's own, or a run's.
    """
    folder = Folder.at(place)
    if is_address(mended(place)):
        there = sorted({name.partition("/")[0] for name in folder.names()} & set(CONTENTS))
    else:
        there = [name for name in CONTENTS if Path(place, name).exists()]
    if there and not _is_extension(folder):
        raise RunError(
            f"there is {', '.join(there)}, which langcov extend did not write",
            where=str(place),
            fix="name another folder with --out",
        )
    existed = is_address(mended(place)) or Path(place).exists()
    folder.put(_TRIED, b"")
    folder.remove([_TRIED])
    if not existed:
        Path(place).rmdir()


def _is_extension(folder: Folder) -> bool:
    try:
        found = json.loads(folder.get(MANIFEST))
    except (RunError, ValueError):
        return False
    return isinstance(found, dict) and found.get("made") == "extension"
