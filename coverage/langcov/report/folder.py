"""A run folder, read back: what a run wrote, checked before anything relies on it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from langcov.census.storage import DAMAGE, load_census, read_table
from langcov.errors import RunError
from langcov.measures.inequality import SCHEMA as FAIRNESS
from langcov.measures.pairs import SCHEMA as OVERLAP
from langcov.measures.table import SCHEMA
from langcov.report.extras import SCHEMAS as EXTRAS
from langcov.run_folders import CONTENTS, on_this_machine

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import polars as pl

    from langcov.census.tables import Census


@dataclass(frozen=True)
class RunFolder:
    """What a run folder holds.

    ``extras`` are those tables of `langcov.report.extras` that it has: an older folder has none.
    """

    census: Census
    measures: pl.DataFrame
    overlap: pl.DataFrame
    fairness: pl.DataFrame
    manifest: dict[str, Any]
    extras: Mapping[str, pl.DataFrame] = field(default_factory=dict)


def read_run(folder: str | Path) -> RunFolder:
    """Read a run folder, of this machine or of an object store.

    Raises:
        RunError: A file is missing or damaged, or the store can't be read.
        CensusError: Its census is missing or damaged.
    """
    folder = on_this_machine(folder, CONTENTS)
    tables = {"measures": SCHEMA, "overlap": OVERLAP, "fairness": FAIRNESS}
    missing = [
        name
        for name in ("manifest.json", *(f"{table}.parquet" for table in tables))
        if not (folder / name).exists()
    ]
    if missing:
        raise RunError(
            f"this is no run folder ({missing[0]} is missing)",
            where=str(folder),
            fix="make one with langcov compare",
        )
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        if not isinstance(manifest, dict) or "signature" not in manifest:
            raise ValueError("manifest.json is none of langcov's")
        extras_there = {
            name: schema for name, schema in EXTRAS.items() if (folder / f"{name}.parquet").exists()
        }
        found = {
            table: read_table(folder / f"{table}.parquet").select(schema.names()).cast(schema)
            for table, schema in {**tables, **extras_there}.items()
        }
    except DAMAGE as error:
        raise RunError(
            f"the run folder is damaged ({error})", where=str(folder), fix="run it again"
        ) from error
    extras = {name: found.pop(name) for name in extras_there}
    return RunFolder(census=load_census(folder / "census"), manifest=manifest, extras=extras, **found)
