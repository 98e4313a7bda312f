"""From what a person types to files: single files, folders, globs; and what a file's name says of its language."""

from __future__ import annotations

import glob
import os
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from langcov.corpora.addresses import Address, listed, located
from langcov.corpora.sources import Format, known_formats
from langcov.corpora.streams import COMPRESSED, bare_name
from langcov.corpora.stretches import state
from langcov.errors import CorpusError, LanguageError
from langcov.languages import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

NO_LANGUAGES = frozenset(
    "all bin dev doc lib new old opt out raw run src sub tmp usr var web".split()  # noqa: SIM905 - shorter
)
"""ISO 639-3 codes that far more often name a folder or a split. Write ``run_Latn`` if Rundi is meant."""


TAG = re.compile(r"[a-z]{2,3}[_-][A-Z][a-z]{3}", re.ASCII)


def exists(path: Path) -> bool:
    """Whether there is such a file; a name that no file can have is none."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def format_of(path: Path) -> Format | None:
    """Return the format that a file's name tells, None if it is no known one."""
    name = Path(bare_name(path))
    by_suffix = known_formats().get(name.suffix.lower())
    return by_suffix or next(
        (kind for kind in set(known_formats().values()) if name.stem in kind.stems), None
    )


def files_of(spec: str | Path) -> list[Path]:
    """Return the files that a path, folder, glob or address of an object store means, sorted.

    A folder gives the files below it whose format is known, hidden ones left out. Files that a glob matches or that are
    named one by one must have a known format.

    Raises:
        CorpusError: There is no such file, none that holds text, or one that langcov can't read.
    """
    text = str(spec)
    path = located(spec)
    if isinstance(path, Address):
        found = listed(str(path))
        matched, is_folder = list[Path](found.files), found.is_folder
    elif path.is_dir():
        matched, is_folder = sorted(_below(path)), True
    elif path.exists():
        matched, is_folder = [path], False
    else:
        matched = sorted(Path(each) for each in glob.glob(str(path), recursive=True) if Path(each).is_file())  # noqa: PTH207 - patterns may be absolute
        is_folder = False
    if is_folder:
        matched = [each for each in matched if format_of(each) is not None]
        if not matched:
            raise CorpusError(
                "the folder holds no text", where=text, fix=f"put {_known_suffixes()} files in it"
            )
        return matched
    if not matched:
        what = "no file matches" if glob.has_magic(text) else "there is no such file or folder"
        raise CorpusError(what, where=text, fix="check how it is spelled and where you are")
    for each in matched:
        check_format(each)
    return matched


def check_format(path: Path) -> None:
    """Raise a `CorpusError` if langcov can't read such a file, by its name."""
    kind = format_of(path)
    if kind is None:
        raise CorpusError(
            "its name tells no known format", where=str(path), fix=f"langcov reads {_known_suffixes()}"
        )
    if not kind.compressible and path.suffix in COMPRESSED:
        raise CorpusError(
            f"{kind.name} files are read uncompressed", where=str(path), fix="decompress it first"
        )


def matching(folder: Path, pattern: str) -> list[Path]:
    """Return the files below a folder or address that match a pattern, sorted.

    Raises:
        CorpusError: The store can't be reached or denies access.
        ValueError, NotImplementedError, IndexError: It is no pattern.
    """
    if isinstance(folder, Address):
        return list(listed(f"{folder}/{pattern}").files)
    return sorted(path for path in folder.glob(pattern) if path.is_file())


def size_of(path: Path) -> int:
    """Return a file's size in bytes.

    Raises:
        CorpusError: It can't be looked at.
    """
    return state(path)[0]


@lru_cache(maxsize=65536)
def language_of(path: Path) -> str:
    """Return the tag that a file's name says, or else that one of its folders' names says.

    ``yor_Latn.txt``, ``yo.part1.jsonl.gz``, ``devtest.yor_Latn``, ``yo/part1.txt``, ``20231101.yo/train.parquet`` and
    ``yor_Latn/train/0.parquet`` are all Yoruba. Farther folders than the file's own count only if they are whole tags.

    Raises:
        CorpusError: None of them says a language.
    """
    name = Path(bare_name(path))
    folders = path.parent.parts[::-1]
    candidates = [name.stem, name.stem.partition(".")[0]]
    if name.suffix.lower() not in known_formats():
        candidates.append(name.suffix[1:])
    candidates += [part for folder in folders[:1] for part in (folder, folder.rpartition(".")[2])]
    candidates += [folder for folder in folders[1:4] if TAG.fullmatch(folder)]
    for candidate in candidates:
        if candidate and not _is_ordinary(candidate):
            try:
                return parse(candidate)
            except LanguageError:
                continue
    raise CorpusError(
        f"neither the file's name nor its folder's says a language{_suggestion(name.stem)}",
        where=str(path),
        fix="name it as yor_Latn.txt, or say the language with --text-language or --language-column",
    )


def _below(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            if not name.startswith("."):
                yield Path(place, name)


def _is_ordinary(name: str) -> bool:
    """Whether a name is rather a folder's or a split's (``dev``, ``raw_2024``) than a language's."""
    first, *others = name.replace("-", "_").split("_")
    return first.lower() in NO_LANGUAGES and not any(len(part) == 4 and part.isalpha() for part in others[:1])


def _suggestion(stem: str) -> str:
    try:
        parse(stem)
    except LanguageError as error:
        return f" ({error.fix})" if error.fix and error.fix.startswith("did you mean") else ""
    return ""


def _known_suffixes() -> str:
    return ", ".join(sorted(known_formats())) + " (also .gz and .zst of them)"
