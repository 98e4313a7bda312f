"""Made-up tokenizers and results in real languages, in which it is known what drives the gap."""

from __future__ import annotations

import numpy as np
import polars as pl

from langcov.languages import describe
from langcov.measures.table import SCHEMA
from langcov.transfer.evidence import RESULTS, published
from langcov.transfer.sizes import sizes_for

TOKENIZERS = ("right", "wrong")
ENGLISH = 70.0


def languages(most: int = 90) -> list[str]:
    """Languages of SIB-200, most of them outside the two largest families."""
    tags = sorted(set(published().filter(pl.col("benchmark") == "SIB-200")["language"]) - {"eng_Latn"})
    large = {"Indo-European", "Atlantic-Congo"}
    return sorted(tags, key=lambda tag: (describe(tag).family in large, tag))[:most]


def premiums(tags: list[str], seed: int = 0) -> dict[str, np.ndarray]:
    """Premiums that fall with data size: those of two tokenizers and of plain bytes."""
    rng = np.random.default_rng(seed)
    size = sizes_for("any", tags).log_size
    # Like languages are served alike: the wrong tokenizer's premium shares half of what is not data size.
    shared = rng.normal(size=len(tags))
    own = 0.7 * shared + 0.7 * rng.normal(size=len(tags))
    other = 0.7 * shared + 0.7 * rng.normal(size=len(tags))
    base = -0.15 * (size - size.mean())
    return {
        "right": np.exp(0.8 + base + 0.35 * own),
        "wrong": np.exp(0.8 + base + 0.35 * other),
        "bytes": np.exp(0.5 + base + 0.35 * rng.normal(size=len(tags))),
    }


def measures(tags: list[str], seed: int = 0) -> pl.DataFrame:
    """A run's tidy table: premium, byte premium, lost and spelled characters."""
    found = premiums(tags, seed)
    rows: list[tuple[str | None, str, str, float]] = []
    for name in TOKENIZERS:
        for place, tag in enumerate(tags):
            rows += [(name, tag, "premium", found[name][place]), (name, tag, "lost_characters", 0.0)]
            rows.append((name, tag, "spelled_characters", 0.0))
        rows.append((name, "eng_Latn", "premium", 1.0))
    rows += [(None, tag, "byte_premium", found["bytes"][place]) for place, tag in enumerate(tags)]
    table = pl.DataFrame(rows, schema=["tokenizer", "language", "measure", "value"], orient="row")
    return (
        table.with_columns(
            pl.lit(None, dtype=dtype).alias(name)
            for name, dtype in SCHEMA.items()
            if name not in table.columns
        )
        .select(SCHEMA.names())
        .cast(dict(SCHEMA.items()))
    )


def results(
    tags: list[str], effect: float, *, models: int = 4, seed: int = 0, name: str = "model"
) -> pl.DataFrame:
    """Scores of models whose gap is driven by data size, and by the right tokenizer's log premium times ``effect``."""
    found = premiums(tags, seed)
    size = sizes_for("any", tags).log_size
    rng = np.random.default_rng(seed + 1)
    premium = np.log(found["right"]) - np.log(found["right"]).mean()
    families, member = np.unique([describe(tag).family or tag for tag in tags], return_inverse=True)
    language = 0.04 * rng.normal(size=len(tags)) + 0.04 * rng.normal(size=len(families))[member]
    rows = []
    for model in range(models):
        for benchmark in ("one", "two"):
            noise = 0.05 * model + 0.04 * rng.normal(size=len(tags))
            gap = 0.35 - 0.06 * (size - size.mean()) + effect * premium + language + noise
            scores = ENGLISH - gap * (ENGLISH - 25)
            rows += [
                (f"{name}-{model}", benchmark, tag, float(score))
                for tag, score in zip(tags, scores, strict=True)
            ]
            rows.append((f"{name}-{model}", benchmark, "eng_Latn", ENGLISH))
    table = pl.DataFrame(rows, schema=["model", "benchmark", "language", "score"], orient="row")
    constants = {
        "metric": "accuracy",
        "setting": "zero-shot",
        "chance": 25.0,
        "n_runs": 1,
        "n_examples": 900,
        "translated": "no",
        "citation": "made up",
        "licence": "none",
        "source": "made up",
    }
    return (
        table.with_columns(pl.lit(value).alias(key) for key, value in constants.items())
        .select(RESULTS.names())
        .cast(dict(RESULTS.items()))
    )
