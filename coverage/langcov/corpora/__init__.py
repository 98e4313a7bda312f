"""Where text comes from. `open_corpus` gives any of it as Polars batches of language, unit and text."""

from __future__ import annotations

import difflib
import glob
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from langcov.corpora.addresses import Address, located
from langcov.corpora.base import ALIGNED_UNITS, BATCH_BYTES, BLOCKS, SCHEMA, SEGMENT_BYTES, Corpus
from langcov.corpora.cards import Card, known_cards, read_card
from langcov.corpora.files import FileCorpus
from langcov.corpora.paths import exists, files_of, format_of, size_of
from langcov.corpora.sources import Reading, Source, known_sources, source
from langcov.errors import CorpusError, LanguageError
from langcov.stores import is_address

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "ALIGNED_UNITS",
    "BATCH_BYTES",
    "BLOCKS",
    "SCHEMA",
    "SEGMENT_BYTES",
    "Card",
    "Corpus",
    "Source",
    "fetch",
    "open_corpus",
    "shipped",
]


def open_corpus(
    spec: str | Path | Sequence[str | Path],
    *,
    text_column: str = "text",
    language_column: str | None = None,
    unit_column: str | None = None,
    language: str | None = None,
    on_bad_text: Literal["stop", "skip"] = "stop",
    parallel: bool | None = None,
    root: str | Path | None = None,
) -> Corpus:
    """Open a corpus by its name, its card, or its files.

    Args:
        spec: A shipped corpus (``udhr``), a corpus card (its name or ``.toml`` file), or files, folders and globs, of this
            machine or of an object store (``s3://bucket/texts/*.jsonl.gz``).
            Options below are for cards and files; a shipped corpus has none.
        text_column: Where the text is in .jsonl, .csv and .parquet, unless a card says otherwise.
        language_column: Where the language is. By default in ``language`` if there is such a column, else the name of the
            file or of its folder says it; an empty name means that names say it in any case.
        unit_column: What is resampled for intervals. Rows with the same value are one unit, in all languages, so this
            makes the corpus parallel unless ``parallel`` says otherwise. By default segments are counted.
        language: All text is in this language.
        on_bad_text: ``stop`` at bytes that are no UTF-8, or ``skip`` them as null text.
        parallel: Whether equal numbers (or units) are translations of each other; by default what the layout says:
            FLORES files are, others are not. Checked: the languages must have equally many segments.
        root: The folder or address of a card's files.

    Raises:
        CorpusError: The corpus can't be found, fetched, read or understood.
        LanguageError: Nobody knows ``language``.

    >>> corpus = open_corpus("samples")
    >>> corpus.parallel, "yor_Latn" in corpus.languages()
    (False, True)
    """
    specs = [spec] if isinstance(spec, str | Path) else list(spec)
    if not specs or not all(map(str, specs)):
        raise CorpusError("no corpus is named", fix=f"name one of {', '.join(known_sources())}, or files")
    card: Card | None = None
    if len(specs) == 1:
        if isinstance(specs[0], str) and specs[0] in known_sources():
            if (
                any((language_column, unit_column, language, root))
                or text_column != "text"
                or parallel is not None
            ):
                raise CorpusError(
                    "a corpus with a name says itself what its columns, languages and folders are",
                    where=specs[0],
                    fix="leave those options out",
                )
            return source(specs[0]).open()
        card = _card(specs[0])
    reading = Reading(text_column, language_column, unit_column, on_bad_text)
    if card is not None:
        said = card.columns or {}
        reading = replace(
            reading,
            text_column=text_column if text_column != "text" else said.get("text", "text"),
            language_column=language_column if language_column is not None else said.get("language"),
            unit_column=unit_column or said.get("unit"),
        )
        language = language or card.language
        parallel = card.claims_parallel if parallel is None else parallel
        paths = card.paths(located(root) if root is not None else None)
    else:
        paths = [path for each in specs for path in _files(each)]
    paths = list({_identity(path): path for path in paths}.values())
    _refuse_empty(paths)
    if parallel is None:
        parallel = reading.unit_column is not None or all(_is_aligned(path) for path in paths)
    corpus = FileCorpus(
        name=card.name if card else _name(specs, paths),
        citation=card.citation if card else "files of the reader's own",
        licence=card.licence if card else "unknown",
        parallel=parallel,
        paths=tuple(paths),
        reading=reading,
        language=_tag(language) if language else None,
    )
    if parallel:
        corpus.check_alignment()
    return corpus


def shipped() -> list[dict[str, str | bool]]:
    """Return what can be opened by name, corpora before cards: name, title, citation, licence, parallel, ready.

    A corpus is ready if nothing has to be fetched and, for a card, if it says where its files are.
    """
    named = known_sources()
    corpora: list[tuple[Source | Card, bool, bool]] = [
        (each, each.parallel, each.ready()) for _, each in sorted(named.items())
    ]
    files: list[tuple[Source | Card, bool, bool]] = [
        (card, bool(card.claims_parallel), card.root is not None)
        for name, card in sorted(known_cards().items())
        if name not in named
    ]
    return [
        {
            "name": each.name,
            "title": each.title,
            "citation": each.citation,
            "licence": each.licence,
            "parallel": parallel,
            "ready": ready,
        }
        for each, parallel, ready in [*corpora, *files]
    ]


def fetch(name: str) -> Path | None:
    """Bring a shipped corpus to this machine; return its file, None if it came with langcov.

    Raises:
        CorpusError: There is no such corpus, or it can't be fetched.
    """
    if name not in known_sources() and name in known_cards():
        raise CorpusError(
            f"langcov can't fetch {name!r}",
            fix=f"get it yourself ({known_cards()[name].where}), then open it with --root",
        )
    bring = source(name).fetch
    return bring() if bring is not None else None


def _card(spec: str | Path) -> Card | None:
    """Return the card that a path or a name means, None if it means files."""
    text = str(spec)
    if is_address(text):
        return None
    if text.lower().endswith(".toml"):
        return read_card(Path(text).expanduser())
    if isinstance(spec, Path) or exists(Path(text)) or "/" in text or os.sep in text or glob.has_magic(text):
        return None
    return known_cards().get(text)


def _files(spec: str | Path) -> list[Path]:
    """Return the files that a spec means; a bare word that names none is taken for a misspelled corpus name."""
    text = str(spec)
    bare = not (set(text) & {"/", os.sep, "."}) and not glob.has_magic(text)
    if text in known_sources():
        raise CorpusError("a corpus with a name can't be joined with others", where=text, fix="name it alone")
    if isinstance(spec, str) and bare and not exists(Path(text)):
        names = [*known_sources(), *known_cards()]
        near = difflib.get_close_matches(text, names, n=1, cutoff=0.5)
        raise CorpusError(
            f"unknown corpus {text!r}",
            fix=f"did you mean {near[0]!r}" if near else f"name one of {', '.join(names)}, or files",
        )
    return files_of(spec)


def _identity(path: Path) -> str:
    """Return what two names of one file have in common."""
    return str(path) if isinstance(path, Address) else os.path.realpath(path)


def _refuse_empty(paths: list[Path]) -> None:
    for path in paths:
        if size_of(path) == 0:
            raise CorpusError("the file is empty", where=str(path), fix="leave it out, or put text in it")


def _is_aligned(path: Path) -> bool:
    kind = format_of(path)
    return kind is not None and kind.aligned


def _name(specs: list[str | Path], paths: list[Path]) -> str:
    """Return a short name for files: the folder's or the first file's, and how many more were named."""
    first = located(specs[0])
    in_store = isinstance(first, Address)
    while (
        glob.has_magic(first.name)
        and not (first in paths if in_store else exists(first))
        and first.parent != first
    ):
        first = first.parent
    place = str(first) if in_store else os.path.realpath(first)
    name = os.fsencode(place).decode("utf-8", "replace").rpartition("/" if in_store else os.sep)[2]
    return name if len(specs) == 1 else f"{name}+{len(specs) - 1}"


def _tag(language: str) -> str:
    from langcov.languages import parse

    try:
        return parse(language)
    except LanguageError as error:
        raise CorpusError(error.what, where="--text-language", fix=error.fix) from None
