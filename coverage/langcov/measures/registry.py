"""Every measure there is: those of langcov's families, and those that other packages bring.

A family is a module of `langcov.measures`; each `Measure` at its top level is found here by looking. Another package
adds its own by the entry point group ``langcov.measures``, each entry pointing at a `Measure`.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from functools import lru_cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

import polars as pl

from langcov.errors import MeasureError
from langcov.measures.base import Measure
from langcov.measures.inequality import FAIRNESS_MEASURES
from langcov.measures.intervals import one_thread
from langcov.measures.pairs import OVERLAP_MEASURES
from langcov.measures.table import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from langcov.measures.counts import UnitCounts

FIRST = ("premium", "fertility")
"""What a reader should see first; the others follow in the order of their families."""


@lru_cache(maxsize=1)
def measures() -> Mapping[str, Measure]:
    """Every measure by name.

    Raises:
        MeasureError: Two packages declare one name, or an entry point gives something else.
    """
    import langcov.measures as families

    found: dict[str, Measure] = {}
    for module in pkgutil.iter_modules(families.__path__, "langcov.measures."):
        for thing in vars(importlib.import_module(module.name)).values():
            if isinstance(thing, Measure):
                found[thing.name] = thing
    for entry in entry_points(group="langcov.measures"):
        measure = entry.load()
        if not isinstance(measure, Measure):
            raise MeasureError(
                f"entry point {entry.name!r} gives a {type(measure).__name__}, not a Measure",
                where=entry.value,
                fix="mend or remove the package that declares it",
            )
        if measure.name in found and found[measure.name] is not measure:
            raise MeasureError(
                f"measure {measure.name!r} is declared twice", where=entry.value, fix="rename one of them"
            )
        found[measure.name] = measure
    ranked = sorted(
        found.values(), key=lambda measure: FIRST.index(measure.name) if measure.name in FIRST else 99
    )
    return {measure.name: measure for measure in ranked}


def lookup(name: str) -> Measure:
    """Return one measure; the name of one part (``script_share:Latn``) finds its family.

    Raises:
        MeasureError: There is none of that name; the message suggests the nearest.
    """
    known = measures()
    family = name.split(":", 1)[0]
    if family in known:
        return known[family]
    elsewhere = {measure.name for measure in (*OVERLAP_MEASURES, *FAIRNESS_MEASURES)}
    if name in elsewhere:
        raise MeasureError(
            f"{name!r} is not a measure of one language under one tokenizer",
            fix="it is on the page, and in langcov.overlap or langcov.fairness",
        )
    near = difflib.get_close_matches(name, [*known, *elsewhere], n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
    raise MeasureError(f"there is no measure named {name!r}", fix=hint)


def compute(counts: UnitCounts, names: Iterable[str] | None = None) -> pl.DataFrame:
    """Compute measures into one tidy table (`SCHEMA`), all of them if none are named."""
    chosen = list(measures().values()) if names is None else [lookup(name) for name in dict.fromkeys(names)]
    frames = []
    with one_thread():
        for measure in chosen:
            frame = measure.compute(counts)
            if "measure" not in frame.columns:
                frame = frame.with_columns(measure=pl.lit(measure.name))
            frames.append(frame.select(SCHEMA.names()).cast(SCHEMA))
    return pl.concat([pl.DataFrame(schema=SCHEMA), *frames])
