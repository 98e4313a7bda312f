"""The evidence that langcov brings: published results, sizes of pretraining data, and which model had what.

The tables lie in ``data/`` and are made by ``python -m langcov.data.make_evidence``; each row names its source.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

import polars as pl

from langcov.census.storage import read_table
from langcov.errors import EvidenceError

DATA: Final = Path(__file__).parent.parent / "data"

LINKED_SETTINGS: Final = ("zero-shot", "multi-source-zero-shot")
"""Published results in other settings are listed, never linked: a probe trained in the language is no transfer, and what
was translated into English first says little of the language."""

RESULTS: Final = pl.Schema(
    {
        "model": pl.String,
        "benchmark": pl.String,
        "metric": pl.String,
        "setting": pl.String,
        "language": pl.String,
        "score": pl.Float64,
        "chance": pl.Float64,
        "n_runs": pl.Int32,
        "n_examples": pl.Int32,
        "translated": pl.String,
        "citation": pl.String,
        "licence": pl.String,
        "source": pl.String,
    }
)
"""One score a row, in percent; ``chance`` is what guessing scores; ``translated`` from English: yes, no, partly, unknown."""

KEY: Final = ("model", "benchmark", "metric", "setting")
"""What makes scores comparable: they are joined, ranked and averaged only inside one of these."""


@cache
def published() -> pl.DataFrame:
    """Return the published results, all settings, with the columns of `RESULTS` and ``task``, ``written``, ``kind``, ``note``.

    >>> published().height
    18064
    """
    return read_table(DATA / "results.parquet")


@cache
def pretraining() -> pl.DataFrame:
    """Return how much text of a language a corpus held: corpus, language, unit, size, and the source."""
    return read_table(DATA / "pretraining.parquet")


@cache
def models() -> pl.DataFrame:
    """Return one model a row: its tokenizer (null: closed or unsure) and its pretraining data, each with a source.

    >>> models().filter(pl.col("model") == "mBERT").select("tokenizer", "data_basis").row(0)
    ('mbert', 'a later edition of its own')
    """
    return read_table(DATA / "models.parquet")


@cache
def tokenizer_contrast() -> pl.DataFrame:
    """Return Limisiewicz et al. 2023's table of four tokenizers in six languages: task, metric, tokenizer, language, value."""
    return read_table(DATA / "tokenizer_contrast.parquet")


def linkable() -> pl.DataFrame:
    """Return the published results that a link may use: `RESULTS`, one row a language.

    Akan and Twi are one language here; where a source has both, Twi's own row stays.
    """
    own_tag_first = pl.col("written") != pl.col("language")
    return (
        published()
        .filter(pl.col("setting").is_in(LINKED_SETTINGS))
        .sort(own_tag_first, maintain_order=True)
        .unique([*KEY, "language"], keep="first", maintain_order=True)
        .select(RESULTS.names())
        .cast(RESULTS)
        .sort([*KEY, "language"])
    )


def overview() -> list[dict[str, Any]]:
    """Return one row per benchmark and setting: how many models, languages and results, and what to cite."""
    table = (
        published()
        .group_by("benchmark", "setting")
        .agg(
            pl.col("metric").unique().sort().str.join(", "),
            pl.col("model").n_unique().alias("models"),
            pl.col("language").n_unique().alias("languages"),
            pl.len().alias("results"),
            pl.col("translated").unique().sort().str.join(", "),
            pl.col("licence").unique().sort().str.join(", "),
            pl.col("citation").unique().sort().str.join("; "),
        )
        .sort("benchmark", "setting")
    )
    return table.to_dicts()


def sizes_overview() -> list[dict[str, Any]]:
    """Return one row per corpus of pretraining data and unit."""
    table = (
        pretraining()
        .group_by("corpus", "unit")
        .agg(
            pl.col("used_by").first(),
            pl.col("language").n_unique().alias("languages"),
            pl.col("licence").unique().sort().str.join(", "),
            pl.col("citation").first(),
        )
        .sort("corpus", "unit")
    )
    return table.to_dicts()


def shown(name: str) -> pl.DataFrame:
    """Return all published results of a benchmark, a model or a language.

    Raises:
        EvidenceError: There are none.

    >>> shown("mBERT")["benchmark"].unique().sort().to_list()
    ['CoNLL 2002/2003 NER (+zh)', 'MLQA', 'UD v1.4 POS', 'XNLI', 'XQuAD']
    """
    from langcov.errors import LanguageError
    from langcov.languages import parse

    table = published()
    wanted = name.strip().lower()
    for column in ("benchmark", "model"):
        found = table.filter(pl.col(column).str.to_lowercase() == wanted)
        if found.height:
            return found
    try:
        found = table.filter(pl.col("language") == parse(name))
    except LanguageError:
        found = table.clear()
    if found.is_empty():
        raise EvidenceError(
            f"no published result is of {name!r}",
            where="evidence",
            fix="langcov evidence list names the benchmarks; a model or a language can be named too",
        )
    return found
