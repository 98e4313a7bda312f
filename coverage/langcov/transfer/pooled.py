"""Results of many models and benchmarks as one table of rows: what mixed models and predictions are fitted to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from langcov.census.storage import read_table
from langcov.languages import describe
from langcov.transfer.benchmarks import PREFERRED_METRICS
from langcov.transfer.cells import BYTES
from langcov.transfer.evidence import DATA

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from langcov.transfer.cells import Cell, Measured
    from langcov.transfer.ranks import Array


@dataclass(frozen=True)
class Rows:
    """N rows, one a model, benchmark and language; columns are arrays (N,).

    Attributes:
        cell: Number of the row's cell.
        outcome: The gap.
        features: Named columns: log_size (standardised inside each corpus), seen, log_premium, lost, spelled, the
            same three of the tokenizers that the model never used (means: wrong_premium, wrong_lost, wrong_spelled),
            log_bytes, latin, spaced, distance.
    """

    model: NDArray[np.str_]
    benchmark: NDArray[np.str_]
    tokenizer: NDArray[np.str_]
    cell: NDArray[np.int64]
    language: NDArray[np.str_]
    family: NDArray[np.str_]
    outcome: Array
    features: dict[str, Array]

    def taken(self, chosen: NDArray[np.bool_]) -> Rows:
        """Return some of the rows."""
        return Rows(
            model=self.model[chosen],
            benchmark=self.benchmark[chosen],
            tokenizer=self.tokenizer[chosen],
            cell=self.cell[chosen],
            language=self.language[chosen],
            family=self.family[chosen],
            outcome=self.outcome[chosen],
            features={name: column[chosen] for name, column in self.features.items()},
        )

    def matrix(self, names: Sequence[str]) -> Array:
        """Return (N, len(names)) features."""
        return (
            np.column_stack([self.features[name] for name in names])
            if names
            else np.empty((len(self.cell), 0))
        )


def pooled_cells(cells: Sequence[Cell]) -> list[Cell]:
    """Return the cells that may be pooled: of a tokenizer at hand, with gaps, zero-shot, one metric a benchmark and model."""
    rank = {metric: place for place, metric in enumerate(PREFERRED_METRICS)}
    best: dict[tuple[str, str], Cell] = {}
    for cell in cells:
        if cell.tokenizer is None or not cell.pooled:
            continue
        model, benchmark, metric, _ = cell.key
        other = best.get((model, benchmark))
        if other is None or rank.get(metric, len(rank)) < rank.get(other.key[2], len(rank)):
            best[model, benchmark] = cell
    return sorted(best.values(), key=lambda cell: cell.key)


def pooled_rows(cells: Sequence[Cell], known: Measured) -> Rows:
    """Return the rows of cells; a language whose premium is unknown (its letters are lost) or has no text is left out.

    Features are not standardised, but for log_size: its units differ from corpus to corpus.
    """
    parts = [_rows_of(cell, number, known) for number, cell in enumerate(cells)]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]} if parts else {}
    if not columns:
        empty = np.empty(0)
        names = np.empty(0, dtype=str)
        return Rows(names, names, names, np.empty(0, dtype=np.int64), names, names, empty, {})
    spread = columns.pop("corpus")
    size = columns["log_size"]
    for corpus in np.unique(spread):
        inside = spread == corpus
        size[inside] = (size[inside] - size[inside].mean()) / (size[inside].std() or 1.0)
    fixed = {
        name: columns.pop(name)
        for name in ("model", "benchmark", "tokenizer", "cell", "language", "family", "outcome")
    }
    rows = Rows(**fixed, features=columns)
    complete = ~np.isnan(rows.matrix(list(columns)).sum(axis=1))
    return rows.taken(complete)


def distance_to_english(tags: Sequence[str]) -> Array:
    """Return (n,) genealogical distances in Glottolog's tree, 0 to 1; where it has none, the family's mean, or 1."""
    table = _distances()
    by_family: dict[str, list[float]] = {}
    for tag in tags:
        code, family = tag.partition("_")[0], describe(tag).family
        if code in table and family:
            by_family.setdefault(family, []).append(table[code])
    means = {family: float(np.mean(found)) for family, found in by_family.items()}
    return np.array(
        [table.get(tag.partition("_")[0], means.get(describe(tag).family or "", 1.0)) for tag in tags]
    )


def features_of(
    languages: Sequence[str], tokenizer: str, log_size: Array, seen: NDArray[np.bool_], known: Measured
) -> dict[str, Array]:
    """Return the features of languages under a tokenizer, (n,) each; NaN where unknown."""
    premium = known.premium(tokenizer, languages)
    others = [name for name in known.tokenizers if name != tokenizer]
    bytes_ = known.premium(BYTES, languages)
    described = [describe(tag) for tag in languages]
    return {
        "log_size": log_size.copy(),
        "seen": seen.astype(np.float64),
        "log_premium": np.log(premium),
        "lost": known.of(tokenizer, "lost_characters", languages),
        "spelled": known.of(tokenizer, "spelled_characters", languages),
        "wrong_premium": _mean([np.log(known.premium(name, languages)) for name in others], np.log(bytes_)),
        "wrong_lost": _mean([known.of(name, "lost_characters", languages) for name in others], 0 * bytes_),
        "wrong_spelled": _mean(
            [known.of(name, "spelled_characters", languages) for name in others], 0 * bytes_
        ),
        "log_bytes": np.log(bytes_),
        "latin": np.array([float(language.script == "Latn") for language in described]),
        "spaced": np.array([float(language.spaced) for language in described]),
        "distance": distance_to_english(languages),
    }


def _mean(columns: Sequence[Array], otherwise: Array) -> Array:
    """Return the mean over the tokenizers that have a value, and ``otherwise`` where none has."""
    if not columns:
        return otherwise
    stacked = np.vstack(columns)
    there = np.isfinite(stacked)
    sums = np.where(there, stacked, 0.0).sum(axis=0)
    return np.where(there.any(axis=0), sums / np.maximum(there.sum(axis=0), 1), otherwise)


def _rows_of(cell: Cell, number: int, known: Measured) -> dict[str, NDArray[Any]]:
    size = len(cell.languages)
    return {
        "model": np.full(size, cell.key[0]),
        "benchmark": np.full(size, cell.key[1]),
        "tokenizer": np.full(size, cell.tokenizer or ""),
        "cell": np.full(size, number),
        "language": np.array(cell.languages),
        "family": np.array(cell.families),
        "outcome": cell.outcome,
        "corpus": np.full(size, cell.sizes.corpus),
        **features_of(cell.languages, cell.tokenizer or "", cell.sizes.log_size, cell.sizes.seen, known),
    }


@cache
def _distances() -> dict[str, float]:
    return dict(read_table(DATA / "distances.parquet").iter_rows())


FEATURE_SETS: Final[dict[str, tuple[str, ...]]] = {
    "the mean": (),
    "data size": ("log_size", "seen"),
    "data size + tokenizer": ("log_size", "seen", "log_premium", "lost", "spelled"),
    "data size + wrong tokenizers": ("log_size", "seen", "wrong_premium", "wrong_lost", "wrong_spelled"),
    "data size + plain bytes": ("log_size", "seen", "log_bytes"),
    "data size + tokenizer + script and distance": (
        "log_size",
        "seen",
        "log_premium",
        "lost",
        "spelled",
        "latin",
        "spaced",
        "distance",
    ),
}
"""What a prediction may use. The two in the middle are controls: what a tokenizer that the model never used would add."""
