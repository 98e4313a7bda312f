"""Can gaps be predicted? Errors on languages and families that were left out, and predictions where there is no result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from langcov.languages import describe
from langcov.transfer.pooled import FEATURE_SETS, features_of, pooled_rows
from langcov.transfer.ranks import RESAMPLES, family_weights, percentile_interval
from langcov.transfer.sizes import sizes_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from langcov.transfer.cells import Cell, Measured
    from langcov.transfer.pooled import Rows
    from langcov.transfer.ranks import Array

LEAST_LANGUAGES: Final = 30
"""Languages that one cell must have to be predicted on its own."""

LEAST_SPEAKERS: Final = 1_000_000
SIZE_ONLY: Final = "data size"
WITH_TOKENIZER: Final = "data size + tokenizer"
WITH_WRONG: Final = "data size + wrong tokenizers"
LEVEL: Final = 0.95
GUESSING: Final = 1.0
"""The gap of a model that guesses; no prediction goes beyond."""

ERRORS: Final = pl.Schema(
    {
        "cells": pl.String,
        "left_out": pl.String,
        "using": pl.String,
        "error": pl.Float64,
        "gain": pl.Float64,
        "gain_low": pl.Float64,
        "gain_high": pl.Float64,
        "beyond_wrong": pl.Float64,
        "beyond_low": pl.Float64,
        "beyond_high": pl.Float64,
        "results": pl.Int32,
        "languages": pl.Int32,
        "families": pl.Int32,
    }
)
"""Mean absolute error of the gap over languages. ``gain``: by which share it is below that of data size alone, with the
interval of a bootstrap over families; ``beyond_wrong``: by which share the right tokenizer's is below that of the wrong
ones; ``cells``: all pooled, or one model and benchmark."""

RISKS: Final = pl.Schema(
    {
        "tokenizer": pl.String,
        "model": pl.String,
        "benchmark": pl.String,
        "language": pl.String,
        "premium": pl.Float64,
        "seen": pl.Boolean,
        "observed": pl.Float64,
        "predicted": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "outside": pl.String,
        "speakers": pl.Int64,
    }
)
"""The gap of each language of the run on the benchmark on which a tokenizer's models were tried in most languages:
observed, or predicted with a 95 % prediction interval, or neither, with the reason why it is outside the evidence. The
interval's half width is the 95 % quantile of the errors on families that were left out."""


def prediction_errors(cells: Sequence[Cell], known: Measured, *, seed: int = 0) -> pl.DataFrame:
    """Return `ERRORS`: pooled over cells, then for each cell with languages enough."""
    found = _errors_of("all", pooled_rows(cells, known), seed)
    for cell in cells:
        rows = pooled_rows([cell], known)
        if len(rows.outcome) >= LEAST_LANGUAGES:
            found += _errors_of(f"{cell.key[0]} on {cell.key[1]}", rows, seed)
    return pl.DataFrame(found, schema=ERRORS)


def risks(cells: Sequence[Cell], known: Measured) -> pl.DataFrame:
    """Return `RISKS` for each tokenizer of which some cell has languages enough."""
    return pl.DataFrame([row for cell in widest_cells(cells) for row in _risks_of(cell, known)], schema=RISKS)


def widest_cells(cells: Sequence[Cell]) -> list[Cell]:
    """Return, for each tokenizer, the cell with most languages; among equals that whose data are the model's own."""
    best: dict[str, Cell] = {}
    for cell in sorted(cells, key=lambda cell: cell.key):
        if cell.tokenizer is None or len(cell.languages) < LEAST_LANGUAGES:
            continue
        other = best.get(cell.tokenizer)
        if other is None or _standing(cell) > _standing(other):
            best[cell.tokenizer] = cell
    return [best[tokenizer] for tokenizer in sorted(best)]


def at_risk(found: pl.DataFrame, most: int) -> list[dict[str, Any]]:
    """Return the languages with a million speakers or more and the largest gaps, observed or predicted, one row each."""
    return (
        found.with_columns(pl.coalesce("observed", "predicted").alias("gap"))
        .filter(pl.col("gap").is_not_null() & (pl.col("speakers") >= LEAST_SPEAKERS))
        .sort("gap", "speakers", "tokenizer", descending=[True, True, False])
        .unique("language", keep="first", maintain_order=True)
        .head(most)
        .to_dicts()
    )


def held_out_errors(rows: Rows, features: Array, left_out: NDArray[np.str_]) -> Array:
    """Return (N,) errors, predicted minus observed, of a linear fit that never saw the row's language or family.

    Each cell has a level of its own, the mean of the rows that were not left out; slopes are common to all cells. NaN
    where a cell has no other row.

    Args:
        rows: N rows.
        features: (N, f) what the fit may use; f = 0 predicts the cell's mean.
        left_out: (N,) all rows of one label are left out together.
    """
    errors = np.full(len(rows.outcome), np.nan)
    number = int(rows.cell.max()) + 1
    for label in np.unique(left_out):
        test = left_out == label
        train = ~test
        count = np.bincount(rows.cell[train], minlength=number)
        with np.errstate(invalid="ignore", divide="ignore"):
            level = np.bincount(rows.cell[train], rows.outcome[train], number) / count
            means = np.column_stack(
                [np.bincount(rows.cell[train], column[train], number) / count for column in features.T]
                or [np.empty((number, 0))]
            )
        slopes = _slopes(
            features[train] - means[rows.cell[train]], rows.outcome[train] - level[rows.cell[train]]
        )
        predicted = level[rows.cell[test]] + (features[test] - means[rows.cell[test]]) @ slopes
        errors[test] = predicted - rows.outcome[test]
    return errors


def _slopes(features: Array, outcome: Array) -> Array:
    """Return least-squares slopes of centred features; what does not vary gets 0."""
    if features.shape[1] == 0:
        return np.zeros(0)
    return np.asarray(np.linalg.lstsq(features, outcome, rcond=1e-9)[0], dtype=np.float64)


def _errors_of(name: str, rows: Rows, seed: int) -> list[dict[str, Any]]:
    if len(rows.outcome) < LEAST_LANGUAGES:
        return []
    languages, first, member = np.unique(rows.language, return_index=True, return_inverse=True)
    families = rows.family[first]
    weights = family_weights(tuple(families), RESAMPLES, seed)
    found = []
    for left_out, labels in (("language", rows.language), ("family", rows.family)):
        if len(np.unique(labels)) < 3:
            continue
        by_language = {}
        for using, names in FEATURE_SETS.items():
            error = np.abs(held_out_errors(rows, rows.matrix(names), labels))
            there = np.isfinite(error)
            sums = np.bincount(member[there], error[there], len(languages))
            with np.errstate(invalid="ignore", divide="ignore"):
                by_language[using] = sums / np.bincount(member[there], minlength=len(languages))
        common = np.isfinite(np.vstack(list(by_language.values()))).all(axis=0)
        inside = {using: error[common] for using, error in by_language.items()}
        counts = {
            "results": len(rows.outcome),
            "languages": int(common.sum()),
            "families": len(np.unique(families[common])),
        }
        for using, error in inside.items():
            row: dict[str, Any] = dict.fromkeys(ERRORS.names())
            row |= {
                "cells": name,
                "left_out": left_out,
                "using": using,
                "error": float(error.mean()),
                "gain": 0.0,
            }
            if using != SIZE_ONLY:
                against = inside[SIZE_ONLY]
                row["gain"], row["gain_low"], row["gain_high"] = _gain(error, against, weights[:, common])
            if using == WITH_TOKENIZER:
                against = inside[WITH_WRONG]
                row["beyond_wrong"], row["beyond_low"], row["beyond_high"] = _gain(
                    error, against, weights[:, common]
                )
            found.append(row | counts)
    return found


def _gain(errors: Array, against: Array, weights: Array) -> tuple[float, float | None, float | None]:
    """Return by which share errors are below others, and the interval over resampled families."""
    with np.errstate(invalid="ignore", divide="ignore"):
        drawn = 1 - (weights @ errors) / (weights @ against)
        value = float(1 - errors.sum() / against.sum())
    low, high = percentile_interval(drawn[None])
    return value, _or_none(low[0]), _or_none(high[0])


def _standing(cell: Cell) -> tuple[int, bool]:
    return len(cell.languages), cell.sizes.basis == "own"


def _risks_of(cell: Cell, known: Measured) -> list[dict[str, Any]]:
    tokenizer = cell.tokenizer or ""
    rows = pooled_rows([cell], known)
    if len(rows.outcome) < LEAST_LANGUAGES:
        return []
    names = [name for name in FEATURE_SETS[WITH_TOKENIZER] if np.ptp(rows.features[name]) > 1e-9]
    center = rows.matrix(names).mean(axis=0)
    slopes = _slopes(rows.matrix(names) - center, rows.outcome - rows.outcome.mean())
    residuals = np.sort(np.abs(held_out_errors(rows, rows.matrix(names), rows.family)))
    rank = int(np.ceil((len(residuals) + 1) * LEVEL)) - 1
    margin = float(residuals[min(rank, len(residuals) - 1)])
    languages = known.languages
    sizes = sizes_for(cell.key[0], languages)
    features = features_of(languages, tokenizer, sizes.log_size, sizes.seen, known)
    # The same scale as that of the rows that were fitted.
    own = cell.sizes.log_size
    features["log_size"] = (features["log_size"] - own.mean()) / (own.std() or 1.0)
    table = np.column_stack([features[name] for name in names])
    predicted = rows.outcome.mean() + (table - center) @ slopes
    low, high = predicted - margin, np.minimum(predicted + margin, GUESSING)
    predicted = np.minimum(predicted, GUESSING)
    observed = dict(zip(cell.languages, cell.outcome, strict=True))
    scripts = {describe(tag).script for tag in rows.language}
    ranges = {name: (rows.features[name].min(), rows.features[name].max()) for name in features}
    found = []
    for place, tag in enumerate(languages):
        language = describe(tag)
        if tag == "eng_Latn":
            continue
        outside = None
        if tag not in observed:
            outside = _outside(
                {name: features[name][place] for name in features}, ranges, language.script, scripts
            )
        covered = tag not in observed and outside is None
        found.append(
            {
                "tokenizer": tokenizer,
                "model": cell.key[0],
                "benchmark": cell.key[1],
                "language": tag,
                "premium": _or_none(np.exp(features["log_premium"][place])),
                "seen": bool(sizes.seen[place]),
                "observed": observed.get(tag),
                "predicted": float(predicted[place]) if covered else None,
                "low": float(min(low[place], GUESSING)) if covered else None,
                "high": float(high[place]) if covered else None,
                "outside": outside,
                "speakers": language.speakers,
            }
        )
    return found


def _outside(
    values: dict[str, float], ranges: dict[str, tuple[float, float]], script: str, scripts: set[str]
) -> str | None:
    """Return why a language is outside what the evidence covers, None if it is inside."""
    if not np.isfinite(values["log_premium"]):
        return "too many of its letters are lost for a premium"
    if script not in scripts:
        return "no language of its script has a result"
    said = {
        "log_premium": "premium",
        "log_size": "amount of data",
        "lost": "share of lost letters",
        "spelled": "share of letters in bytes",
    }
    for name, title in said.items():
        low, high = ranges[name]
        if not low - 1e-9 <= values[name] <= high + 1e-9:
            return (
                f"no language with such a {title} has a result"
                if title != "amount of data"
                else ("no language with so much or so little data has a result")
            )
    if values["seen"] < ranges["seen"][0]:
        return "the data lack it, and all languages with a result are in them"
    return None


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
