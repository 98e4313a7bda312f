"""The whole link: from measures and results to associations, controls, a mixed model, predictions and words."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits

from langcov.errors import EvidenceError
from langcov.transfer import associations, verdict
from langcov.transfer.cells import cells as cells_of
from langcov.transfer.cells import measured
from langcov.transfer.control import control_rows
from langcov.transfer.gaps import gaps
from langcov.transfer.mixed import mixed_fits
from langcov.transfer.pooled import pooled_cells, pooled_rows
from langcov.transfer.predict import prediction_errors, risks, widest_cells
from langcov.transfer.ranks import adjusted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langcov.transfer.cells import Cell, Measured

FORMAT: Final = 1
LABEL_LEFT_OUT: Final = frozenset({("SIB-200", "accuracy_strict"), ("SIB-200", "accuracy_first_label")})


@dataclass(frozen=True)
class Link:
    """What was found; all of it is association.

    Attributes:
        associations: One correlation a row (`langcov.transfer.associations.SCHEMA`): measures, size, controls.
        gaps: One result a row (`langcov.transfer.gaps.gaps`), those of languages that the run has.
        mixed: The mixed models' coefficients.
        errors: Prediction errors on what was left out.
        risks: Observed or predicted gaps of the run's languages.
        points: What the scatter shows: a language of each tokenizer's widest cell a row.
        facts: Counts, the run's signature, and how many tests were adjusted together.
        citations: Every source of a result or a data size used.
        notes: What a reader should know, a sentence each.
    """

    associations: pl.DataFrame
    gaps: pl.DataFrame
    mixed: pl.DataFrame
    errors: pl.DataFrame
    risks: pl.DataFrame
    points: pl.DataFrame
    facts: dict[str, Any]
    citations: tuple[dict[str, str], ...]
    notes: tuple[str, ...]

    @property
    def verdict(self) -> list[str]:
        """The finding in plain words, a paragraph each; the first is the headline."""
        return verdict.paragraphs(self)

    @property
    def controls(self) -> list[dict[str, Any]]:
        """The control table: how each wrong tokenizer did for each tokenizer's models."""
        return verdict.control_table(self.associations)

    def as_dict(self) -> dict[str, Any]:
        """Return all but the associations and gaps, ready for JSON."""
        return {
            "format": FORMAT,
            **self.facts,
            "verdict": verdict.parts(self),
            "controls": self.controls,
            "by_kind": verdict.by_kind(self.associations),
            "mixed": self.mixed.to_dicts(),
            "errors": self.errors.to_dicts(),
            "risks": self.risks.to_dicts(),
            "points": self.points.to_dicts(),
            "citations": list(self.citations),
            "notes": list(self.notes),
        }

    def save(self, folder: str | Path) -> Path:
        """Write link.parquet, gaps.parquet and link.json into a run folder; return the path of the last.

        Raises:
            CensusError: The folder can't be written.
        """
        from langcov.census.storage import swapped_in

        folder = Path(folder)
        with swapped_in(folder) as aside:
            self.associations.write_parquet(aside / "link.parquet")
            self.gaps.write_parquet(aside / "gaps.parquet")
            text = json.dumps(self.as_dict(), ensure_ascii=False, indent=1, allow_nan=False)
            (aside / "link.json").write_text(text + "\n", encoding="utf-8")
        return folder / "link.json"


def link_results(
    measures: pl.DataFrame,
    results: pl.DataFrame,
    tokenizers: Mapping[str, str | None],
    *,
    signature: str = "",
    corpus: str = "",
    notes: Sequence[str] = (),
    seed: int = 0,
) -> Link:
    """Link measures of tokenizers to results of models.

    Args:
        measures: A run's tidy table of measures.
        results: `langcov.transfer.evidence.RESULTS`.
        tokenizers: The tokenizer of each model; None, or one that the table lacks: only its data size is linked.
        signature: Of the run.
        corpus: The run's corpus, to warn where its text and a benchmark's are the same.
        notes: What was found out before.
        seed: Of bootstraps and permutations.

    Raises:
        EvidenceError: No result is of a language of the run.
    """
    known = measured(measures)
    at_hand = {model: name if name in known.tokenizers else None for model, name in tokenizers.items()}
    table = gaps(results)
    inside = table.filter(pl.col("language").is_in(known.languages))
    # Small cells first, so that equal sizes follow each other and share their permutations.
    cells = sorted(cells_of(inside, at_hand), key=lambda cell: (len(cell.languages), cell.key))
    if not cells:
        raise EvidenceError(
            "no model has results in five languages of this run",
            where="the results",
            fix="count more languages, or a corpus that has those of the results",
        )
    pooled = pooled_cells(cells)
    with threadpool_limits(1):  # as in mixed_fits
        found = _associated(cells, known, seed)
    mixed = mixed_fits(pooled_rows(pooled, known))
    found, mixed, tests = _adjusted(found, mixed)
    used = inside.join(
        pl.DataFrame({"model": sorted({cell.key[0] for cell in cells})}), on="model", how="semi"
    )
    facts = {
        "signature": signature,
        "seed": seed,
        "corpus": corpus,
        "tokenizers": list(known.tokenizers),
        "cells": len(cells),
        "cells_with_tokenizer": sum(cell.tokenizer is not None for cell in cells),
        "pooled_cells": len(pooled),
        "results": used.height,
        "results_outside_the_run": table.height - inside.height,
        "tests": tests,
        "models_without_tokenizer": sorted({cell.key[0] for cell in cells if cell.tokenizer is None}),
    }
    return Link(
        associations=found,
        gaps=inside,
        mixed=mixed,
        errors=prediction_errors(pooled, known, seed=seed),
        risks=risks(pooled, known),
        points=_points(pooled, known),
        facts=facts,
        citations=_citations(used, cells),
        notes=(*notes, *_notes(inside, cells, corpus)),
    )


def _associated(cells: Sequence[Cell], known: Measured, seed: int) -> pl.DataFrame:
    rows = [row for cell in cells for row in associations.measure_rows(cell, known, seed=seed)]
    rows += [row for cell in cells for row in control_rows(cell, known, seed=seed)]
    rows += [associations.size_row(cell, seed=seed) for cell in cells]
    order = ["tokenizer", "model", "benchmark", "metric", "setting", "part", "measure", "of"]
    return pl.DataFrame(rows, schema=associations.SCHEMA).sort(order, nulls_last=True, maintain_order=True)


def _adjusted(found: pl.DataFrame, mixed: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """Adjust p-values over one family of tests: every measure given data size in every cell, and the mixed models' premiums."""
    is_test = found["part"] == "measure"
    is_term = mixed["term"].is_in(["log_premium", "wrong_premium"]).fill_null(value=False)
    of_cells = found["p"].cast(pl.Float64).fill_null(float("nan")).to_numpy().copy()
    of_cells[~is_test.to_numpy()] = np.nan
    of_terms = mixed["p"].cast(pl.Float64).fill_null(float("nan")).to_numpy().copy()
    of_terms[~is_term.to_numpy()] = np.nan
    q = adjusted(np.concatenate([of_cells, of_terms]))
    columns = (
        pl.Series("q", part, dtype=pl.Float64).fill_nan(None)
        for part in (q[: len(of_cells)], q[len(of_cells) :])
    )
    return found.with_columns(next(columns)), mixed.with_columns(next(columns)), int(np.isfinite(q).sum())


def _points(cells: Sequence[Cell], known: Measured) -> pl.DataFrame:
    """Return the widest cell of each tokenizer, a language a row, for the scatter."""
    from langcov.languages import describe

    rows = []
    for cell in widest_cells(cells):
        premium = known.premium(cell.tokenizer or "", cell.languages)
        for place, tag in enumerate(cell.languages):
            language = describe(tag)
            if np.isfinite(premium[place]):
                rows.append(
                    {
                        "tokenizer": cell.tokenizer,
                        "model": cell.key[0],
                        "benchmark": cell.key[1],
                        "language": tag,
                        "name": language.name,
                        "script": language.script_name,
                        "premium": float(premium[place]),
                        "gap": float(cell.outcome[place]),
                        "gap_se": float(cell.gap_se[place]) if np.isfinite(cell.gap_se[place]) else None,
                        "log_size": float(cell.sizes.log_size[place]),
                        "seen": bool(cell.sizes.seen[place]),
                        "data": cell.sizes.corpus,
                    }
                )
    return pl.DataFrame(rows, infer_schema_length=None)


def _citations(used: pl.DataFrame, cells: Sequence[Cell]) -> tuple[dict[str, str], ...]:
    """Return every source of the results and data sizes used, with licence and how many results it gave."""
    from langcov.transfer.evidence import pretraining

    of_results = (
        used.group_by("citation", "licence")
        .agg(
            pl.col("benchmark").unique().sort().str.join(", "),
            pl.len().alias("results"),
            pl.col("source").unique().sort().str.join("\n"),
        )
        .sort("citation")
    )
    corpora = sorted({cell.sizes.corpus for cell in cells})
    of_sizes = (
        pretraining()
        .filter(pl.col("corpus").is_in(corpora))
        .group_by("citation", "licence")
        .agg(pl.col("corpus").unique().sort().str.join(", "), pl.col("source").unique().sort().str.join("\n"))
        .sort("citation")
    )
    listed = [
        {
            "citation": row["citation"],
            "licence": row["licence"],
            "for": f"{row['results']:,} results: {row['benchmark']}",
            "source": row["source"],
        }
        for row in of_results.iter_rows(named=True)
    ]
    listed += [
        {
            "citation": row["citation"],
            "licence": row["licence"],
            "for": f"data sizes: {row['corpus']}",
            "source": row["source"],
        }
        for row in of_sizes.iter_rows(named=True)
    ]
    distances = {
        "citation": "Hammarström, Forkel, Haspelmath & Bank, Glottolog",
        "licence": "CC-BY-4.0",
        "for": "families, and distance to English",
        "source": "through qwanqwa",
    }
    return (*listed, distances)


def _notes(table: pl.DataFrame, cells: Sequence[Cell], corpus: str) -> list[str]:
    found = []
    dropped = table.filter(pl.col("no_gap").str.starts_with("English is within"))
    if dropped.height:
        found.append(
            f"{dropped.height:,} results were left out, since the model's English result is itself within 2 standard "
            f"errors of chance ({dropped.select('model', 'benchmark').unique().height} pairs of model and benchmark)."
        )
    floor = int((table["flag"] == "at the floor").sum())
    if floor:
        found.append(
            f"At the floor, within 2 standard errors of chance, where ranks are mostly noise: {floor:,} of {table.height:,} "
            "results."
        )
    if any(cell.key[1:3] in LABEL_LEFT_OUT for cell in cells):
        found.append(
            "The published GPT prompt for SIB-200 left out one label, which is the answer to 19 of 204 items: no score there "
            "can exceed 90.7 %."
        )
    if any(cell.translated == "yes" for cell in cells):
        found.append(
            "Benchmarks marked as translated were made from English items: part of a gap is the translation's. "
            "Native ones are shown apart."
        )
    if corpus.lower().startswith("flores") and any(cell.flores for cell in cells):
        found.append(
            "SIB-200 and Belebele are made of FLORES' sentences, and the premiums were measured on FLORES: for these "
            "benchmarks the two are not independent."
        )
    elif any(cell.flores for cell in cells):
        found.append(
            "SIB-200 and Belebele share FLORES' sentences, so that they are no two independent witnesses."
        )
    return found
