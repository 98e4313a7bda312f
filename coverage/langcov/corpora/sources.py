"""What can be opened: shipped corpora and file formats, each declared once, in its own file.

A module of this folder that defines ``SOURCE`` adds a shipped corpus; one that defines ``FORMAT`` adds a file format.
Other packages add theirs by the entry point group ``langcov.corpora``, whose objects are a `Source` or a `Format`.
Nothing else has to be edited.
"""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Literal, NamedTuple

from langcov.errors import CorpusError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    import polars as pl

    from langcov.corpora.base import Corpus

GROUP = "langcov.corpora"


def _always() -> bool:
    return True


@dataclass(frozen=True)
class Source:
    """A corpus that is opened by its name.

    Attributes:
        name: What a person types: ``udhr``.
        title: What it is, in a few words.
        citation: Whose text it is, in one line.
        licence: SPDX identifier where there is one.
        parallel: Whether equal units are translations of each other.
        open: Gives the corpus; raises `CorpusError` where it has to be fetched first.
        fetch: Brings it to this machine and returns its file; None where it comes with langcov.
        ready: Whether it can be opened without fetching it first.
    """

    name: str
    title: str
    citation: str
    licence: str
    parallel: bool
    open: Callable[[], Corpus]
    fetch: Callable[[], Path] | None = None
    ready: Callable[[], bool] = _always


class Record(NamedTuple):
    """One segment as a file holds it.

    Attributes:
        number: Its place in the file, counted from 0.
        language: What the file says its language is; None leaves that to the file's name.
        unit: What the file says its unit is; None leaves that to ``number``.
        text: None where the file has none, or has bytes that are no text.
    """

    number: int
    language: str | None
    unit: str | int | None
    text: str | None


class Records(NamedTuple):
    """Segments that follow each other in a file, whose language and unit are left to its name and their numbers.

    Attributes:
        first: The number of the first; the others are numbered on from there.
        texts: A string each.
    """

    first: int
    texts: pl.Series


@dataclass(frozen=True)
class Reading:
    """How files are read.

    Attributes:
        text_column: Where the text is, in formats that have columns.
        language_column: Where the language is; None: in ``language`` if there is such a column; empty: nowhere, the
            file's or folder's name says it.
        unit_column: Where the unit is; None: units are counted.
        on_bad_text: ``stop`` at bytes that are no UTF-8, or ``skip`` them as null text.
    """

    text_column: str = "text"
    language_column: str | None = None
    unit_column: str | None = None
    on_bad_text: Literal["stop", "skip"] = "stop"


class Stretch(NamedTuple):
    """A part of a file that can be read by itself.

    Attributes:
        unit: What ``start`` and ``end`` count: ``bytes`` or ``rows``.
        start: Where it starts, counted from 0.
        end: Where it ends; the next one starts there.
        first: The number of its first record in the file.
    """

    unit: str
    start: int
    end: int
    first: int

    def __str__(self) -> str:
        return f"{self.unit} {self.start}-{self.end}"


@dataclass(frozen=True)
class Split:
    """How a format's uncompressed files are read in parts.

    The records of all stretches, one after the other, are those that `Format.read` yields for the whole file.

    Attributes:
        plan: Cuts a file into stretches of about so many bytes, without decoding its text; none if it holds no record.
        read: Yields the records of one stretch.
    """

    plan: Callable[[Path, int], list[Stretch]]
    read: Callable[[Path, Reading, Stretch], Iterator[Record]]


@dataclass(frozen=True)
class Format:
    """A file format.

    Attributes:
        name: ``jsonl``.
        suffixes: How names of such files end, before ``.gz`` and ``.zst``.
        stems: How names of such files begin, up to the last dot, where they do not end in one of ``suffixes``.
        read: Yields the records of a file, holding no more than a few of them.
        aligned: Whether segments with the same number are translations of each other.
        columns: Whether it has columns, so that records may say their language.
        compressible: Whether ``read`` takes ``.gz`` and ``.zst`` too.
        languages: Tells what the language column says without reading the text, if the format can; None where it
            can't or the file has no such column.
        split: How a large file is read in parts; None if it is only read whole.
        read_many: Yields the same records as ``read``, or as ``split`` does of a stretch, many at a time where it can;
            only for formats without columns.
    """

    name: str
    suffixes: tuple[str, ...]
    read: Callable[[Path, Reading], Iterator[Record]]
    stems: tuple[str, ...] = ()
    aligned: bool = False
    columns: bool = False
    compressible: bool = True
    languages: Callable[[Path, Reading], list[str | None] | None] | None = None
    split: Split | None = None
    read_many: Callable[[Path, Reading, Stretch | None], Iterator[Record | Records]] | None = None


@cache
def known_sources() -> Mapping[str, Source]:
    """Return the shipped corpora by name."""
    return {thing.name: thing for thing in _declared() if isinstance(thing, Source)}


@cache
def known_formats() -> Mapping[str, Format]:
    """Return the file formats by suffix."""
    return {suffix: thing for thing in _declared() if isinstance(thing, Format) for suffix in thing.suffixes}


def source(name: str) -> Source:
    """Return a shipped corpus.

    Raises:
        CorpusError: There is none of that name.
    """
    if name not in known_sources():
        raise CorpusError(
            f"unknown corpus {name!r}", fix=f"the shipped ones are {', '.join(sorted(known_sources()))}"
        )
    return known_sources()[name]


def _declared() -> list[Source | Format]:
    """Return what the modules beside this one and the installed packages declare."""
    import langcov.corpora as here

    found: list[Source | Format] = []
    for module in sorted(each.name for each in pkgutil.iter_modules(here.__path__)):
        loaded = import_module(f"{here.__name__}.{module}")
        found += [getattr(loaded, name) for name in ("SOURCE", "FORMAT") if hasattr(loaded, name)]
    for point in entry_points(group=GROUP):
        thing = point.load()
        if not isinstance(thing, Source | Format):
            raise CorpusError(
                f"the entry point {point.name!r} is no Source and no Format",
                where=point.value,
                fix=f"have {GROUP} name an object of one of these classes, or uninstall its package",
            )
        found.append(thing)
    return found
