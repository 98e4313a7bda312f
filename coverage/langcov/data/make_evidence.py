"""Make the evidence tables: published results, sizes of pretraining data, and which model had which tokenizer.

    python -m langcov.data.make_evidence FOLDER

FOLDER holds what was collected: ``zero_shot.parquet``, ``pretraining.parquet``, ``limisiewicz_inlang.csv``. The package
``qwanqwa`` is needed too, for how far a language is from English in Glottolog's tree. Written beside this file:

=========================  ===========================================================================================
results.parquet            one published score a row, with chance, setting, citation and licence
pretraining.parquet        how much text of a language a corpus of pretraining held
models.parquet             one model a row: its tokenizer and the data it was trained on, each with a source
distances.parquet          genealogical distance to English; Glottolog (CC BY 4.0) through qwanqwa
tokenizer_contrast.parquet Limisiewicz et al. 2023: four tokenizers, six languages; an exact check of the statistics
=========================  ===========================================================================================

Figures are facts; none of the texts, models or vocabularies behind them is here. A row that breaks a rule stops it.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import polars as pl

from langcov.data.evidence_judgements import (
    CITATIONS,
    PRETRAINING,
    PROXY_CORPUS,
    SIZE_LICENCES,
    TOKENIZERS,
    Pretraining,
    Tokenizer,
)
from langcov.errors import LanguageError
from langcov.languages import parse

if TYPE_CHECKING:
    from collections.abc import Sequence

HERE: Final = Path(__file__).parent
Judged = TypeVar("Judged", Tokenizer, Pretraining)
SETTINGS: Final = (
    "zero-shot",
    "multi-source-zero-shot",
    "few-shot",
    "translate-test",
    "self-translate",
    "in-language-probe",
)
KEY: Final = ["model", "benchmark", "metric", "setting", "language"]
NO_LANGUAGE: Final = re.compile(r"(und|xx)\b|(und|xx)[-_]|und$")
# How whoever collected a row found it again, which is no part of the source.
READ_BY: Final = re.compile(
    r"[;,]?\s*(?:read via )?\b[a-z]+_[a-z]+ (?:ids? [\d/]+|\"[^\"]*\")(?:\s*offset \d+)?(?:\s*\([^()]*\))?"
)


def results(found: pl.DataFrame) -> pl.DataFrame:
    """Return the published scores, checked.

    ``written`` is the source's own tag: FLORES-200 had Akan and Twi apart, which FLORES+ and langcov take for one.

    Raises:
        ValueError: A score, a setting or a language that can't be.
    """
    table = found.select(
        "model",
        "benchmark",
        "task",
        "metric",
        pl.col("language").map_elements(parse, return_dtype=pl.String),
        pl.col("language").alias("written"),
        "setting",
        "score",
        "chance",
        pl.col("n_runs").cast(pl.Int32),
        pl.col("n_examples").cast(pl.Int32),
        pl.col("translated_from_english").alias("translated"),
        "kind",
        "note",
        pl.col("source").map_elements(cited, return_dtype=pl.String).alias("citation"),
        "licence",
        pl.col("source").map_elements(cleaned, return_dtype=pl.String),
    ).sort(KEY)
    _demand(table.filter(~pl.col("score").is_between(0, 100)), "a score is no percentage")
    _demand(table.filter(~pl.col("chance").is_between(0, 50)), "chance is out of range")
    _demand(table.filter(~pl.col("setting").is_in(SETTINGS)), "an unknown setting")
    _demand(table.filter(~pl.col("translated").is_in(["yes", "no", "partly"])), "translated is unclear")
    _demand(table.filter(pl.col("n_examples") <= 0), "no examples")
    _demand(table.filter(pl.struct([*KEY, "written"]).is_duplicated()), "two scores for one thing")
    return table


def pretraining(found: pl.DataFrame) -> pl.DataFrame:
    """Return the sizes of pretraining data; text of no known language is left out, and variants of one are summed."""
    named = found.filter(~pl.col("language").str.contains(NO_LANGUAGE.pattern))
    known = [_known(tag) for tag in named["language"]]
    table = (
        named.with_columns(pl.Series("language", known, dtype=pl.String))
        .filter(pl.col("language").is_not_null())
        .with_columns(
            pl.col("source").map_elements(cited, return_dtype=pl.String).alias("citation"),
            pl.col("source").map_elements(licensed, return_dtype=pl.String).alias("licence"),
            pl.col("source").map_elements(cleaned, return_dtype=pl.String),
        )
        .group_by("corpus", "used_by", "language", "unit")
        .agg(
            pl.when(pl.col("unit").first().str.starts_with("log10"))
            .then(pl.col("size").max())
            .otherwise(pl.col("size").sum())
            .alias("size"),
            pl.len().cast(pl.Int32).alias("entries"),
            pl.col("kind", "citation", "licence", "source").sort().first(),
        )
        .sort("corpus", "unit", "language")
    )
    _demand(table.filter((pl.col("size") < 0) | ~pl.col("size").is_finite()), "a size can't be")
    return table


def models(names: Sequence[str], collected: dict[str, str | None]) -> pl.DataFrame:
    """Return one row a model; what the collection says of its tokenizer must agree with what is judged here."""
    rows = []
    for name in names:
        tokenizer = _longest(name, TOKENIZERS)
        data = _longest(name, PRETRAINING) or PROXY_CORPUS
        theirs = (collected[name] or "").replace("mistral-v1", "mistral") or None
        if theirs != (tokenizer.tokenizer if tokenizer else None):
            raise ValueError(f"{name}: tokenizer {theirs} was collected, {tokenizer} was judged")
        rows.append(
            {
                "model": name,
                "tokenizer": tokenizer.tokenizer if tokenizer else None,
                "tokenizer_basis": tokenizer.basis if tokenizer else "closed or unsure",
                "tokenizer_source": tokenizer.source if tokenizer else None,
                "data": data.corpus,
                "data_unit": data.unit,
                "data_basis": data.own,
                "data_source": data.source,
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None).sort("model")


def distances(tags: Sequence[str]) -> pl.DataFrame:
    """Return 1 - 2 * shared / (depth + English's depth) of the groups that Glottolog puts a language in; 1 is unrelated."""
    from qq import Database

    groups: dict[str, list[str]] = {}
    for one in Database.load().all_languoids:
        if one.iso_639_3 and one.glottocode:
            groups[one.iso_639_3] = [group.name for group in one.family_tree]
    english = groups["eng"]
    rows = []
    for code in sorted({tag.partition("_")[0] for tag in tags}):
        own = groups.get(code)
        if own is None:
            continue
        distance = 1 - 2 * len(set(own) & set(english)) / (len(own) + len(english))
        rows.append((code, round(distance, 4)))
    return pl.DataFrame(rows, schema={"iso639_3": pl.String, "distance": pl.Float64}, orient="row")


def contrast(found: pl.DataFrame) -> pl.DataFrame:
    """Return the published table of four tokenizers, long: one figure a row."""
    languages = [
        name for name in found.columns if name not in {"task", "metric", "tokenizer", "All", "source"}
    ]
    return (
        found.unpivot(languages, index=["task", "metric", "tokenizer", "source"], variable_name="language")
        .with_columns(
            pl.col("language").map_elements(parse, return_dtype=pl.String),
            pl.lit(
                "Limisiewicz et al. 2023, Tokenization Impacts Multilingual Language Modeling, arXiv 2305.17179"
            ).alias("citation"),
            pl.lit("none stated").alias("licence"),
        )
        .select("task", "metric", "tokenizer", "language", "value", "citation", "licence", "source")
        .sort("task", "metric", "tokenizer", "language")
    )


def cited(source: str) -> str:
    """Return what to cite for a row.

    >>> cited("Ojo et al. 2025 AfroBench results CSV; github:...")
    'Ojo et al. 2025, AfroBench, arXiv 2311.07978'
    """
    fitting = [begin for begin in CITATIONS if source.startswith(begin)]
    if not fitting:
        raise ValueError(f"no citation for {source!r}")
    return CITATIONS[max(fitting, key=len)]


def cleaned(source: str) -> str:
    """Return a source without how it was looked up.

    >>> cleaned("A README (B et al.); found_by id 12 (C/D; path inferred)")
    'A README (B et al.)'
    """
    return READ_BY.sub("", source).strip(" ;,")


def licensed(source: str) -> str:
    """Return the licence of the repository that a data size was read in."""
    return next((licence for repo, licence in SIZE_LICENCES.items() if repo in source), "see source")


def main(folder: Path) -> None:
    """Read what was collected, check it, and write the tables beside this file."""
    found = pl.read_parquet(folder / "zero_shot.parquet")
    tables = {
        "results": results(found),
        "pretraining": pretraining(pl.read_parquet(folder / "pretraining.parquet")),
    }
    collected = dict(found.select("model", "tokenizer").unique().iter_rows())
    tables["models"] = models(sorted(collected), collected)
    from langcov.languages import known

    tables["distances"] = distances([language.tag for language in known()])
    tables["tokenizer_contrast"] = contrast(pl.read_csv(folder / "limisiewicz_inlang.csv"))
    for name, table in tables.items():
        table.write_parquet(HERE / f"{name}.parquet", compression="zstd", compression_level=19)
        sys.stdout.write(f"{name}: {table.height:,} rows\n")


def _known(tag: str) -> str | None:
    try:
        return parse(tag)
    except LanguageError:
        return None


def _longest(model: str, judged: Sequence[Judged]) -> Judged | None:
    fitting = [(len(begin), each) for each in judged for begin in each.models if model.startswith(begin)]
    return max(fitting, key=lambda pair: pair[0])[1] if fitting else None


def _demand(wrong: pl.DataFrame, what: str) -> None:
    if wrong.height:
        raise ValueError(f"{what}: {wrong.row(0, named=True)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
