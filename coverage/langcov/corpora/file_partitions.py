"""How files are divided into partitions.

Files follow each other as in the corpus, small ones together, large ones in stretches where their format can be split.
In a parallel corpus the records of a language are numbered through its files, so that these stay together, in order; only
where a column says the units, or names say no language, is that otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import takewhile
from typing import TYPE_CHECKING

from langcov.corpora.files import format_known, no_text
from langcov.corpora.partitions import both
from langcov.corpora.paths import size_of
from langcov.corpora.streams import bare_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    import polars as pl

    from langcov.corpora.files import FileCorpus
    from langcov.corpora.sources import Stretch


@dataclass(frozen=True)
class FilePartition:
    """Some files of a corpus, or a stretch of one.

    Attributes:
        name: ``yor.jsonl.gz``, ``a/big.jsonl bytes 0-268435456``, ``eng.txt to yor.txt``; folders are told from the
            innermost one that holds all files of the corpus.
        corpus: A corpus of these files only.
        languages: What it was planned for; None: all.
        stretch: None: all of the files.
    """

    name: str
    corpus: FileCorpus
    languages: frozenset[str] | None = None
    stretch: Stretch | None = None

    def batches(self, languages: Collection[str] | None = None) -> Iterator[pl.DataFrame]:
        """Yield frames of `SCHEMA`, each bounded by `BATCH_BYTES`.

        Raises:
            BadTextError, CorpusError: As `FileCorpus.batches_of`.
        """
        return self.corpus.batches_of(self.stretch, both(self.languages, languages))


def planned(corpus: FileCorpus, languages: frozenset[str] | None, size: int) -> list[FilePartition]:
    """Divide a corpus of files.

    Raises:
        CorpusError: A file can't be read, or holds no text.
    """
    names = dict(zip(corpus.paths, _names(corpus.paths), strict=True))
    found: list[FilePartition] = []
    for paths in _gathered(_inseparable(corpus, languages), size):
        part = replace(corpus, paths=tuple(paths))
        stretches = _stretches(part, size)
        if len(stretches) > 1:
            name = names[paths[0]]
            found += [FilePartition(f"{name} {each}", part, languages, each) for each in stretches]
        else:
            name = names[paths[0]] + (f" to {names[paths[-1]]}" if len(paths) > 1 else "")
            found.append(FilePartition(name, part, languages))
    return found


def _inseparable(corpus: FileCorpus, languages: frozenset[str] | None) -> list[list[Path]]:
    """Return the files that hold wanted languages, those together that have to be read by one reader."""
    told = {path: corpus.language_of_all(path) for path in corpus.paths}
    paths = [
        path for path in corpus.paths if languages is None or told[path] is None or told[path] in languages
    ]
    if not _is_numbered_through(corpus):
        return [[path] for path in paths]
    if any(told[path] is None for path in paths):
        return [paths]
    groups: dict[str | None, list[Path]] = {}
    for path in paths:
        groups.setdefault(told[path], []).append(path)
    return list(groups.values())


def _is_numbered_through(corpus: FileCorpus) -> bool:
    """Whether a record's unit depends on the records before it in other files."""
    has_units = corpus.reading.unit_column is not None and all(
        format_known(path).columns for path in corpus.paths
    )
    return corpus.parallel and not has_units


def _gathered(groups: list[list[Path]], size: int) -> Iterator[list[Path]]:
    """Yield neighbouring groups together as long as they stay within ``size``."""
    held: list[Path] = []
    taken = 0
    for paths in groups:
        more = sum(map(size_of, paths))
        if held and taken + more > size:
            yield held
            held, taken = [], 0
        held += paths
        taken += more
    if held:
        yield held


def _stretches(part: FileCorpus, size: int) -> list[Stretch]:
    """Return the stretches of a partition's only file, if it is large and can be split."""
    path = part.paths[0]
    split = format_known(path).split
    packed = bare_name(path) != path.name
    if len(part.paths) > 1 or split is None or packed or _is_numbered_through(part) or size_of(path) <= size:
        return []
    stretches = split.plan(path, size)
    if not stretches:
        raise no_text(path)
    return stretches


def _names(paths: tuple[Path, ...]) -> list[str]:
    """Return the files' names, as far as they differ.

    >>> from pathlib import Path
    >>> _names((Path("/texts/a/yor.txt"), Path("/texts/b/yor.txt")))
    ['a/yor.txt', 'b/yor.txt']
    """
    levels = zip(*(path.parent.parts for path in paths), strict=False)
    shared = sum(1 for _ in takewhile(lambda names: len(set(names)) == 1, levels))
    return ["/".join(path.parts[shared:]) for path in paths]
