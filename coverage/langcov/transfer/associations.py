"""What goes with the gap inside one cell: each measure and the data size, raw and given the data size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from langcov.transfer.cells import LINKED_MEASURES, Cell
from langcov.transfer.ranks import LEAST_FAMILIES, LEAST_FOR_P, PERMUTATIONS, correlations

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from langcov.transfer.cells import Measured
    from langcov.transfer.ranks import Array, Correlations

SCHEMA: Final = pl.Schema(
    {
        "model": pl.String,
        "benchmark": pl.String,
        "metric": pl.String,
        "setting": pl.String,
        "tokenizer": pl.String,
        "part": pl.String,
        "measure": pl.String,
        "of": pl.String,
        "script": pl.String,
        "outcome": pl.String,
        "languages": pl.Int32,
        "families": pl.Int32,
        "unseen": pl.Int32,
        "at_floor": pl.Int32,
        "at_ceiling": pl.Int32,
        "raw": pl.Float64,
        "raw_low": pl.Float64,
        "raw_high": pl.Float64,
        "raw_p": pl.Float64,
        "partial": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "p": pl.Float64,
        "q": pl.Float64,
        "own_partial": pl.Float64,
        "difference_low": pl.Float64,
        "difference_high": pl.Float64,
        "translated": pl.String,
        "flores": pl.Boolean,
        "data": pl.String,
        "data_basis": pl.String,
        "note": pl.String,
    }
)
"""One correlation a row. ``part``: measure (of the model's own tokenizer), size, control, control within one script.
``partial`` is given data size; ``own_partial`` is the own tokenizer's over the same languages, and ``difference`` that
minus this row's. ``q`` is p after Benjamini and Hochberg over the measure rows. ``outcome``: gap, or score reversed."""

NOT_VARYING: Final = "it is the same, or fixed by data size, in all these languages"


def measure_rows(cell: Cell, known: Measured, *, seed: int) -> list[dict[str, Any]]:
    """Return a row for each measure of the cell's own tokenizer."""
    if cell.tokenizer is None:
        return []
    groups: dict[bytes, list[str]] = {}
    values = {name: known.of(cell.tokenizer, name, cell.languages) for name in LINKED_MEASURES}
    for name, value in values.items():
        if np.isfinite(value).any():
            groups.setdefault(np.isfinite(value).tobytes(), []).append(name)
    rows = []
    for names in groups.values():
        there = np.isfinite(values[names[0]])
        predictors = np.vstack([values[name][there] for name in names])
        raw, partial = both(cell, predictors, there, seed=seed)
        rows += [
            row_of(cell, "measure", name, cell.tokenizer, there, raw, partial, place)
            for place, name in enumerate(names)
        ]
    return rows


def size_row(cell: Cell, *, seed: int) -> dict[str, Any]:
    """Return the row of the data size itself, which has no partial correlation."""
    there = np.ones(len(cell.languages), bool)
    raw, _ = correlations(
        cell.sizes.log_size[None], cell.outcome, np.empty((0, len(there))), cell.families, seed=seed
    )
    return row_of(cell, "size", "log data size", cell.sizes.corpus, there, raw, None, 0)


def both(
    cell: Cell, predictors: Array, there: NDArray[np.bool_], *, seed: int, tested: bool = True
) -> tuple[Correlations, Correlations]:
    """Return the raw and the partial correlations of predictors over some of the cell's languages."""
    families = [family for family, here in zip(cell.families, there, strict=True) if here]
    permutations = PERMUTATIONS if tested else 0
    return correlations(
        predictors,
        cell.outcome[there],
        cell.covariates[:, there],
        families,
        permutations=permutations,
        seed=seed,
    )


def row_of(  # noqa: PLR0917 (they are the columns of one row)
    cell: Cell,
    part: str,
    measure: str,
    of: str,
    there: NDArray[np.bool_],
    raw: Correlations | None,
    partial: Correlations | None,
    place: int,
) -> dict[str, Any]:
    """Return one row of `SCHEMA`; the reason why a figure is missing is in its note."""
    chosen = np.flatnonzero(there)
    families = len({cell.families[i] for i in chosen})
    row: dict[str, Any] = dict.fromkeys(SCHEMA.names())
    row |= dict(zip(("model", "benchmark", "metric", "setting"), cell.key, strict=True))
    row |= {
        "tokenizer": cell.tokenizer,
        "part": part,
        "measure": measure,
        "of": of,
        "outcome": "gap" if cell.has_gap else "score, reversed",
        "languages": len(chosen),
        "families": families,
        "unseen": int((~cell.sizes.seen[chosen]).sum()),
        "at_floor": cell.at_floor,
        "at_ceiling": cell.at_ceiling,
        "translated": cell.translated,
        "flores": cell.flores,
        "data": cell.sizes.corpus,
        "data_basis": cell.sizes.basis,
    }
    if raw is not None:
        row |= {
            "raw": _or_none(raw.value[place]),
            "raw_low": _or_none(raw.low[place]),
            "raw_high": _or_none(raw.high[place]),
            "raw_p": _or_none(raw.p[place]),
        }
    if partial is not None:
        row |= {
            "partial": _or_none(partial.value[place]),
            "low": _or_none(partial.low[place]),
            "high": _or_none(partial.high[place]),
            "p": _or_none(partial.p[place]),
        }
    row["note"] = _note(row, families)
    return row


def _note(row: dict[str, Any], families: int) -> str | None:
    reasons = []
    if row["languages"] < LEAST_FOR_P:
        reasons.append(f"no p-value below {LEAST_FOR_P} languages")
    if families < LEAST_FAMILIES:
        reasons.append(f"no interval below {LEAST_FAMILIES} families")
    if row["part"] != "size" and row["partial"] is None:
        reasons.append(
            NOT_VARYING if row["languages"] >= LEAST_FOR_P else "too few languages, or it does not vary"
        )
    return "; ".join(reasons) or None


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
