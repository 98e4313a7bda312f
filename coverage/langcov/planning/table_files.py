"""A planning table as a file: CSV, JSON or Parquet, by the name's ending."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from langcov.errors import RunError

if TYPE_CHECKING:
    from pathlib import Path

SUFFIXES: Final = (".csv", ".json", ".parquet")


def check_suffix(path: Path | None, what: str, suffixes: tuple[str, ...] = SUFFIXES) -> None:
    """Raise a `RunError` if a file's name ends in none of the suffixes.

    Args:
        path: The file; None is fine.
        what: What is to be written: ``a budget``.
        suffixes: What the name may end in.
    """
    if path is not None and path.suffix not in suffixes:
        raise RunError(
            f"{what} can't be written as {path.suffix or 'a file without a suffix'}",
            where=str(path),
            fix=f"end the name in {', '.join(suffixes)}",
        )


def write_table(table: pl.DataFrame, path: Path) -> None:
    """Write a table; the file appears whole or not at all.

    In CSV, text that a spreadsheet would run gets an apostrophe before it.

    Raises:
        RunError: The file can't be written.
    """
    from langcov.census.storage import swapped_in

    with swapped_in(path.parent) as aside:
        if path.suffix == ".csv":
            text = pl.col(pl.String)
            safe = pl.when(text.str.contains(r"^[=+@\t\r-]")).then("'" + text).otherwise(text).name.keep()
            table.with_columns(safe).write_csv(aside / path.name)
        elif path.suffix == ".json":
            table.write_json(aside / path.name)
        else:
            table.write_parquet(aside / path.name)
