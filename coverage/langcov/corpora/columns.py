"""Where text, language and unit are in files that have columns, and what is said if they are not there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langcov.corpora.sources import Record
from langcov.errors import CorpusError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from langcov.corpora.sources import Reading

USUAL_LANGUAGE_COLUMN = "language"
SHOWN = 12
"""Columns named in a message; a wide table has more."""


def language_column(names: Collection[str], reading: Reading) -> str | None:
    """Return the column that says the language, None if there is none or the file's name is to say it."""
    if reading.language_column is not None:
        return reading.language_column or None
    return USUAL_LANGUAGE_COLUMN if USUAL_LANGUAGE_COLUMN in names else None


def check_columns(names: Collection[str], reading: Reading, path: Path, place: str = "") -> None:
    """Raise a `CorpusError` that lists the columns there are if a named one is missing.

    Args:
        names: The columns that there are.
        reading: Names the columns that there must be.
        path: The file.
        place: Where in the file: ``" in line 7"``.
    """
    for role, wanted in (
        ("text", reading.text_column),
        ("language", reading.language_column),
        ("unit", reading.unit_column),
    ):
        if wanted is not None and wanted not in names and (wanted or role != "language"):
            shown = ", ".join(repr(name) for name in list(names)[:SHOWN]) or "none"
            more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
            raise CorpusError(
                f"column {wanted!r} is missing{place}; the columns are {shown}{more}",
                where=str(path),
                fix=f"name the right one with --{role}-column",
            )


def record_of(values: Mapping[str, Any], number: int, reading: Reading, path: Path, place: str) -> Record:
    """Return the record that a row of values makes.

    Args:
        values: Column -> value, with every column that `check_columns` asks for.
        number: The row's number in the file, counted from 0.
        reading: Names the columns.
        path: The file.
        place: The row as a person finds it: ``line 7``.

    Raises:
        CorpusError: The text or the language is no string, or the unit is neither a string nor a whole number.
    """
    text = values[reading.text_column]
    if text is not None and not isinstance(text, str):
        raise no_string("text", reading.text_column, text, path, place)
    column = language_column(values, reading)
    language = values[column] if column is not None else None
    if language is not None and not isinstance(language, str):
        raise no_string("language", str(column), language, path, place)
    unit = values[reading.unit_column] if reading.unit_column is not None else None
    if reading.unit_column is not None and (
        not isinstance(unit, str | int) or (isinstance(unit, int) and unit < 0)
    ):
        raise CorpusError(
            f"column {reading.unit_column!r} holds {unit!r:.40} in {place}, which is no unit",
            where=str(path),
            fix="give every row a whole number or a name as its unit",
        )
    return Record(number, language, unit, text)


def no_string(role: str, column: str, value: object, path: Path, place: str) -> CorpusError:
    """Return the error of a value that should have been text."""
    return CorpusError(
        f"column {column!r} holds {value!r:.40} in {place}, which is no text",
        where=str(path),
        fix=f"name the right column with --{role}-column",
    )
