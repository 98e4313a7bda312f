"""A cell: one model on one benchmark, its languages, their outcomes, data sizes and the measures of tokenizers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from langcov.languages import describe
from langcov.transfer.evidence import KEY
from langcov.transfer.ranks import LEAST_FOR_VALUE
from langcov.transfer.sizes import Sizes, sizes_for

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langcov.transfer.ranks import Array

LINKED_MEASURES: Final = (
    "premium",
    "premium_over_bytes",
    "fertility",
    "continued_words",
    "chars_per_token",
    "spelled_characters",
    "lost_characters",
    "renyi_efficiency",
    "average_rank",
)
"""Measures that are held against results. Left out are those of the same order (``context_share`` is 1 / premium)."""

BYTES: Final = "plain bytes"
"""Stands for a tokenizer in the controls: one token a byte, which no model here reads."""

TWIN_MODELS: Final = frozenset({"XLM-R base (original release)", "XLM-R base (Wang 2020 fine-tuned)"})
"""Second tables of a model on the same items: linked on their own, left out wherever models are pooled."""


@dataclass(frozen=True)
class Cell:
    """One model on one benchmark, metric and setting; arrays are over its n languages, English left out.

    Attributes:
        key: Model, benchmark, metric, setting.
        tokenizer: The model's, if it is at hand.
        languages: Tags.
        outcome: The gap, or the negated score where English has no result: the same order.
        has_gap: Whether ``outcome`` is the gap.
        gap_se: Standard errors of the gaps, NaN where unknown.
        at_floor: How many languages are within 2 standard errors of chance.
        translated: Whether the benchmark was translated from English.
        flores: Whether its items are FLORES'.
        sizes: Of the model's pretraining data, or of the proxy.
    """

    key: tuple[str, str, str, str]
    tokenizer: str | None
    languages: tuple[str, ...]
    outcome: Array
    has_gap: bool
    gap_se: Array
    at_floor: int
    at_ceiling: int
    translated: str
    flores: bool
    sizes: Sizes

    @cached_property
    def families(self) -> tuple[str, ...]:
        """Language families; a language of unknown family is one of its own."""
        return tuple(describe(tag).family or tag for tag in self.languages)

    @cached_property
    def scripts(self) -> tuple[str, ...]:
        """ISO 15924 codes."""
        return tuple(describe(tag).script for tag in self.languages)

    @property
    def covariates(self) -> Array:
        """(2, n) log data size, and whether the data have the language."""
        return np.vstack([self.sizes.log_size, self.sizes.seen.astype(np.float64)])

    @property
    def pooled(self) -> bool:
        """Whether the cell may be pooled with others: it has gaps, is zero-shot, and is no second table of a model."""
        return self.has_gap and self.key[3] == "zero-shot" and self.key[0] not in TWIN_MODELS


@dataclass(frozen=True)
class Measured:
    """Values of measures by tokenizer and language; the tokenizer None is the text itself."""

    values: Mapping[tuple[str | None, str], Mapping[str, float]]
    tokenizers: tuple[str, ...]

    def of(self, tokenizer: str | None, measure: str, languages: Sequence[str]) -> Array:
        """Return (n,) values, NaN where there is none."""
        table = self.values.get((tokenizer, measure), {})
        return np.array([table.get(tag, np.nan) for tag in languages], dtype=np.float64)

    def premium(self, of: str, languages: Sequence[str]) -> Array:
        """Return the premiums under a tokenizer, or those of `BYTES`."""
        return self.of(None, "byte_premium", languages) if of == BYTES else self.of(of, "premium", languages)

    @property
    def languages(self) -> list[str]:
        """Every language that has a value of the text or of a tokenizer."""
        return sorted({tag for table in self.values.values() for tag in table})


def measured(measures: pl.DataFrame) -> Measured:
    """Return a run's measures, from its tidy table, as they are looked up here."""
    wanted = measures.filter(
        pl.col("measure").is_in([*LINKED_MEASURES, "byte_premium"]) & pl.col("value").is_not_null()
    )
    values: dict[tuple[str | None, str], dict[str, float]] = {}
    for tokenizer, measure, language, value in wanted.select(
        "tokenizer", "measure", "language", "value"
    ).iter_rows():
        values.setdefault((tokenizer, measure), {})[language] = value
    return Measured(values, tuple(measures["tokenizer"].drop_nulls().unique(maintain_order=True)))


def cells(table: pl.DataFrame, tokenizers: Mapping[str, str | None]) -> list[Cell]:
    """Return the cells of a table of gaps that have languages enough and whose English is above chance.

    Args:
        table: As `gaps` makes it.
        tokenizers: The tokenizer of each model, None where it is not at hand.
    """
    dropped = pl.col("no_gap").is_not_null() & pl.col("no_gap").str.starts_with("English is within")
    found = []
    for key, part in table.filter(~dropped.fill_null(value=False)).group_by(list(KEY), maintain_order=True):
        if part.height < LEAST_FOR_VALUE:
            continue
        languages = tuple(part["language"])
        has_gap = bool(part["gap"].is_not_null().all())
        outcome = part["gap"] if has_gap else -part["score"]
        model, benchmark, metric, setting = map(str, key)
        found.append(
            Cell(
                key=(model, benchmark, metric, setting),
                tokenizer=tokenizers.get(model),
                languages=languages,
                outcome=outcome.to_numpy().astype(np.float64),
                has_gap=has_gap,
                gap_se=part["gap_se"].cast(pl.Float64).fill_null(float("nan")).to_numpy(),
                at_floor=int((part["flag"] == "at the floor").sum()),
                at_ceiling=int((part["flag"] == "at the ceiling").sum()),
                translated=str(part["translated"][0]),
                flores=bool(part["flores"][0]),
                sizes=sizes_for(model, languages),
            )
        )
    return found
