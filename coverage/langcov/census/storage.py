"""Census to folder and back: Parquet tables and a manifest, written aside and renamed, so that no half is ever seen."""

from __future__ import annotations

import json
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from langcov.census.tables import KEYS, Census, CorpusFacts, TokenizerFacts, schema
from langcov.errors import CensusError, RunError
from langcov.tokenizers.base import VOCABULARY_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FORMAT = 1
"""Raised when a folder written by an older langcov can't be read any more."""

PIECES = "pieces.parquet"
ROW_GROUP = 1 << 18
"""Rows of the table of pieces that are compressed together."""


UNCHANGED: Final = "earlier results are as they were; free some space or name another folder with --out"


@contextmanager
def disk_errors(target: str | Path, fix: str = UNCHANGED) -> Iterator[None]:
    """Turn what the system says of a disk into one sentence.

    Args:
        target: What is being written.
        fix: What the reader can do.

    Raises:
        RunError: It can't be written.
    """
    try:
        yield
    except (OSError, pl.exceptions.PolarsError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise RunError(f"can't write here ({reason})", where=str(target), fix=fix) from error


DAMAGE = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    RecursionError,
    pl.exceptions.PolarsError,
    pl.exceptions.PanicException,
)
"""What reading a damaged table or manifest raises."""


@contextmanager
def written_aside(target: Path) -> Iterator[Path]:
    """Give a new folder to write in; on success it takes the place of ``target``, on failure ``target`` stays.

    Raises:
        RunError: The folder can't be written (not permitted, disk full, a file is in the way).
    """
    with disk_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
        try:
            yield aside
            _take_place(aside, target)
        finally:
            shutil.rmtree(aside, ignore_errors=True)


@contextmanager
def swapped_in(target: Path) -> Iterator[Path]:
    """Give a new folder to write in; on success what is in it takes its place in ``target``, name by name.

    Unlike `written_aside`, other files of ``target`` stay. Nothing is moved before all is written.

    Raises:
        RunError: The folder can't be written; what was there before is still there.
    """
    with disk_errors(target):
        target.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=".new-", dir=target))
        try:
            yield aside
            for made in sorted(aside.iterdir()):
                _take_place(made, target / made.name)
        finally:
            shutil.rmtree(aside, ignore_errors=True)


def save_census(census: Census, folder: str | Path) -> None:
    """Save a census as a folder of Parquet tables with ``manifest.json``.

    Raises:
        RunError: The folder can't be written; what was there before is still there.
    """
    with written_aside(Path(folder)) as aside:
        for table in KEYS:
            if table != "pieces":
                getattr(census, table).write_parquet(aside / f"{table}.parquet")
        write_pieces([census.pieces_source], aside / PIECES)
        vocabularies = [
            frame.select(pl.lit(name).alias("tokenizer"), *VOCABULARY_SCHEMA.names())
            for name, frame in census.vocabularies.items()
        ]
        if vocabularies:
            pl.concat(vocabularies).write_parquet(aside / "vocabularies.parquet")
        manifest = json.dumps({"format": FORMAT, **census.facts()}, ensure_ascii=False, indent=1)
        (aside / "manifest.json").write_text(manifest + "\n", encoding="utf-8")


def load_census(folder: str | Path) -> Census:
    """Load what `save_census` saved.

    Raises:
        CensusError: The folder holds no census, a damaged one, or one of another format.
    """
    folder = Path(folder)
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        if manifest["format"] != FORMAT:
            raise CensusError(
                f"this census has format {manifest['format']}, langcov reads {FORMAT}",
                where=str(folder),
                fix="count again",
            )
        tables: dict[str, Any] = {
            table: read_table(folder / f"{table}.parquet").select(schema(table).names()).cast(schema(table))
            for table in KEYS
            if table != "pieces"
        }
        return Census(
            corpus=CorpusFacts(**manifest["corpus"]),
            tokenizers=tuple(TokenizerFacts(**facts) for facts in manifest["tokenizers"]),
            words=manifest["words"],
            vocabularies=_load_vocabularies(folder / "vocabularies.parquet"),
            pieces_source=_scan_pieces(folder / PIECES),
            **tables,
        )
    except FileNotFoundError as error:
        raise CensusError(
            f"no census here ({Path(str(error.filename)).name} is missing)",
            where=str(folder),
            fix="count first",
        ) from error
    except DAMAGE as error:
        raise CensusError(f"the census is damaged ({error})", where=str(folder), fix="count again") from error


def write_pieces(parts: Sequence[pl.LazyFrame], path: Path) -> None:
    """Write sorted parts of the table of pieces as one file, in the order given and without holding them in memory."""
    names = pl.col("tokenizer", "language").cast(pl.String)
    ordered = pl.concat([part.with_columns(names) for part in parts])
    ordered.sink_parquet(path, row_group_size=ROW_GROUP, maintain_order=True)


def read_table(path: Path) -> pl.DataFrame:
    """Read one Parquet file whatever its path holds; polars takes ``[`` and ``*`` for patterns unless told."""
    return pl.read_parquet(path, glob=False)


def _scan_pieces(path: Path) -> pl.LazyFrame:
    """Open the table of pieces; its rows are read when they are asked for."""
    table = pl.scan_parquet(path, glob=False, cache=False)
    missing = set(schema("pieces")) - set(table.collect_schema())
    if missing:
        raise ValueError(f"pieces.parquet has no column {min(missing)}")
    return table


def _load_vocabularies(path: Path) -> dict[str, pl.DataFrame]:
    if not path.exists():
        return {}
    frame = read_table(path)
    names = frame["tokenizer"].unique(maintain_order=True)
    return {
        name: frame.filter(pl.col("tokenizer") == name).drop("tokenizer").cast(VOCABULARY_SCHEMA)
        for name in names
    }


def _take_place(made: Path, target: Path) -> None:
    """Put what was made where the old one is; renames only, which take no space."""
    if not target.is_dir():
        made.replace(target)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
    try:
        target.replace(old / target.name)
        try:
            made.replace(target)
        except OSError:
            (old / target.name).replace(target)
            raise
    finally:
        shutil.rmtree(old, ignore_errors=True)
