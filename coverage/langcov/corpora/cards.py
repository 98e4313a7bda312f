"""Corpus cards: TOML files that say what a corpus is, whose it is, and how its files are laid out.

::

    name = "my-corpus"                  # short, as in signatures and run files
    title = "What it is, in a few words"
    citation = "Whose text it is"
    licence = "CC-BY-SA-4.0"
    where = "How a reader gets the files"
    layout = "columns"                  # flores: parallel by line or row; columns: jsonl, csv, parquet; text: lines
    files = ["data/*.parquet"]          # globs below the root
    root = "/data/my-corpus"            # optional: else the reader says it; relative ones start at the card's folder;
                                        # s3://bucket/my-corpus is one too
    parallel = false                    # optional: by default what the layout says
    language = "yor_Latn"               # optional: all text is in it

    [columns]                           # optional
    text = "text"
    language = "language"               # "": the file's or folder's name says it
    unit = "id"
"""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langcov.corpora.addresses import located
from langcov.corpora.paths import check_format, format_of, matching
from langcov.errors import CorpusError

if TYPE_CHECKING:
    from collections.abc import Mapping

LAYOUTS = {"flores": None, "columns": True, "text": False}
"""Layout -> whether its files have columns; None: either."""

TEXTS = ("name", "title", "citation", "licence", "where", "layout")
KNOWN = (*TEXTS, "files", "root", "parallel", "language", "columns")
COLUMNS = ("text", "language", "unit")


@dataclass(frozen=True)
class Card:
    """What a corpus card says.

    Attributes:
        path: The card.
        files: Globs relative to ``root``.
        root: None if the reader has to say it.
        columns: Role (text, language, unit) -> column.
    """

    path: Path
    name: str
    title: str
    citation: str
    licence: str
    where: str
    layout: str
    files: tuple[str, ...]
    root: Path | None = None
    parallel: bool | None = None
    language: str | None = None
    columns: Mapping[str, str] | None = None

    @property
    def claims_parallel(self) -> bool | None:
        """Whether the corpus is parallel, None if its files' formats decide."""
        return True if self.parallel is None and self.layout == "flores" else self.parallel

    def paths(self, root: Path | None = None) -> list[Path]:
        """Return the corpus' files.

        Args:
            root: The folder or address that they lie in; the card's own by default.

        Raises:
            CorpusError: No root is known, there are no such files, or they do not fit the layout.
        """
        root = root or self.root
        if root is None:
            raise CorpusError(
                "the card does not say where the files are",
                where=str(self.path),
                fix=f"get them ({self.where}) and name their folder with --root, or as root in a copy of the card",
            )
        try:
            found = [path for pattern in self.files for path in matching(root, pattern)]
        except (ValueError, NotImplementedError, IndexError) as error:
            raise CorpusError(
                f"files = {list(self.files)} is no pattern ({error})".lower(),
                where=str(self.path),
                fix='write patterns from the root, such as "*/text.parquet"',
            ) from error
        except OSError as error:
            raise CorpusError(
                f"its files can't be looked for ({error.strerror})",
                where=error.filename or str(root),
                fix="mend the permissions, or name a narrower folder with --root",
            ) from error
        if not found:
            raise CorpusError(
                f"no file matches {' or '.join(self.files)}",
                where=str(root),
                fix=f"get the files: {self.where}",
            )
        for path in found:
            check_format(path)
            kind, columns = format_of(path), LAYOUTS[self.layout]
            if kind is not None and columns is not None and kind.columns != columns:
                raise CorpusError(
                    f"a {kind.name} file does not fit the layout {self.layout!r}",
                    where=str(path),
                    fix="change the card",
                )
        return list(dict.fromkeys(found))


def read_card(path: Path) -> Card:
    """Read a corpus card.

    Raises:
        CorpusError: It is missing, no TOML, or lacks something or has too much.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise CorpusError(
            f"the corpus card can't be read ({reason})", where=str(path), fix="see corpora/README.md"
        ) from None
    _check(values, path)
    root = located(values["root"]) if "root" in values else None
    return Card(
        path=path,
        **{name: values[name] for name in TEXTS},
        files=tuple(values["files"]),
        root=path.parent / root if isinstance(root, Path) else root,
        parallel=values.get("parallel"),
        language=values.get("language"),
        columns=values.get("columns"),
    )


def known_cards() -> dict[str, Card]:
    """Return the cards at hand by name: those in the folder ``corpora`` of the working folder, then the shipped ones."""
    found: dict[str, Card] = {}
    package = Path(__file__).parents[1]
    for folder in (Path("corpora"), package / "data" / "corpora", package.parents[1] / "corpora"):
        for path in sorted(folder.glob("*.toml")):
            card = read_card(path)
            found.setdefault(card.name, card)
    return found


def _check(values: dict[str, Any], path: Path) -> None:
    """Raise a `CorpusError` for the first thing that is wrong with a card."""
    said = values.get("columns")
    roles = said if isinstance(said, dict) else {}
    for key, known in [*((key, KNOWN) for key in values), *((key, COLUMNS) for key in roles)]:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            raise CorpusError(
                f"{key!r} is no field of a corpus card",
                where=str(path),
                fix=f"did you mean {near[0]!r}" if near else f"the fields are {', '.join(known)}",
            )
    for key in (*TEXTS, "files"):
        if not values.get(key):
            raise CorpusError(
                f"the corpus card has no {key!r}", where=str(path), fix="add it; see corpora/README.md"
            )
    wrong = [key for key in (*TEXTS, "root", "language") if not isinstance(values.get(key, ""), str)]
    wrong += [key for key in ("files",) if not _all_text(values[key])]
    wrong += [key for key in ("parallel",) if not isinstance(values.get(key, True), bool)]
    columns = values.get("columns", {})
    wrong += [] if isinstance(columns, dict) and _all_text(list(columns.values())) else ["columns"]
    if wrong:
        raise CorpusError(f"{wrong[0]!r} is of the wrong kind", where=str(path), fix="see corpora/README.md")
    if values["layout"] not in LAYOUTS:
        raise CorpusError(
            f"unknown layout {values['layout']!r}",
            where=str(path),
            fix=f"the layouts are {', '.join(LAYOUTS)}",
        )


def _all_text(values: object) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) for value in values)
