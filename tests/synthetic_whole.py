"""A made-up run of the size of the largest shipped one, with all that a page can hold: every measure, long sentences, a link."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from langcov.languages import describe, known
from langcov.measures.registry import measures
from langcov.measures.table import SCHEMA
from langcov.report.extras import SCHEMAS
from langcov.report.linked import COLUMNS, FORMAT
from synthetic_extras import synthetic_extras
from synthetic_run import SyntheticRun, synthetic_run

if TYPE_CHECKING:
    from pathlib import Path

TOKENIZERS = [f"tokenizer-{place}" for place in range(12)]
SENTENCES = 3
LINKED = 7
"""Tokenizers of which models have results."""


def languages(number: int) -> list[str]:
    spoken = [language.tag for language in known() if language.speakers and language.tag != "eng_Latn"]
    return ["eng_Latn", *spoken[: number - 1]]


def whole_run(tags: list[str]) -> SyntheticRun:
    """A run with a value and an interval of every declared measure in every cell: noise, which compresses worst."""
    run = synthetic_run(TOKENIZERS, tags)
    rng = np.random.default_rng(0)
    there = set(run.measures["measure"].str.split(":").list.first())
    cells = pl.DataFrame({"tokenizer": TOKENIZERS}).join(pl.DataFrame({"language": tags}), how="cross")
    frames = [run.measures]
    for name, measure in measures().items():
        if name in there:
            continue
        value = (
            rng.uniform(0, 1, cells.height)
            if measure.unit == "share"
            else rng.lognormal(1, 0.5, cells.height)
        )
        width = value * rng.uniform(0.02, 0.1, cells.height)
        own = cells.with_columns(
            measure=pl.lit(name), value=value, low=value - width, high=value + width * 1.1, units=31
        )
        frames.append(own.with_columns(note=pl.lit(None, pl.String)).select(SCHEMA.names()).cast(SCHEMA))
    return run._replace(measures=pl.concat(frames))


def whole_extras(tags: list[str]) -> dict[str, pl.DataFrame]:
    """Three sentences of 110 letters in each language, which every tokenizer cuts in its own way."""
    rng = np.random.default_rng(1)
    rows = []
    for tag in tags:
        for sentence in range(SENTENCES):
            text = "".join(map(chr, rng.integers(97, 123, 110)))
            for tokenizer in TOKENIZERS:
                ends = np.minimum(np.cumsum(rng.integers(1, 6, 60)), 110)
                ends = ends[: int(np.argmax(ends == 110)) + 1]
                starts = [0, *ends[:-1]]
                size = len(ends)
                rows.append(
                    (tokenizer, tag, sentence, text, starts, ends.tolist(), ["text"] * size, [""] * size)
                )
    samples = pl.DataFrame(rows, schema=SCHEMAS["samples"], orient="row", strict=False)
    return {**synthetic_extras(TOKENIZERS, tags), "samples": samples}


def write_link(folder: Path, signature: str, tags: list[str]) -> None:
    """Write ``link.json`` and ``link.parquet`` of a run, as many rows as the published results give."""
    rng = np.random.default_rng(2)
    own = TOKENIZERS[:LINKED]
    cells = [
        {
            "tokenizer": name,
            "model": f"maker/model-{place}-7b",
            "benchmark": f"Benchmark {place}",
            "metric": "accuracy",
        }
        for name in own
        for place in range(6)
    ]
    tests = [
        {**cell, "setting": "zero-shot", "part": part, "measure": "premium", "of": other, **_numbers(rng)}
        for cell in cells
        for part, others in (("measure", [None]), ("control", [*TOKENIZERS, "plain bytes"]))
        for other in others
    ]
    pl.DataFrame(tests).select(COLUMNS).write_parquet(folder / "link.parquet")
    found: dict[str, Any] = {
        "format": FORMAT,
        "signature": signature,
        "tests": 838,
        "results": 9992,
        "verdict": {
            "headline": "A made-up headline of a sentence or two. " * 10,
            "together": "All models together, made up. " * 15,
            "tokenizers": [{"tokenizer": name, "text": "Tests, made up. " * 40} for name in own],
            "limits": ["A limit, made up."] * 3,
        },
        "notes": ["A note, made up."] * 5,
        "by_kind": [_kind(name, rng) for name in own for _ in range(2)],
        "controls": [
            _control(name, other, part, rng) for name in own for other in TOKENIZERS for part in PARTS
        ],
        "errors": [
            _error(cell, rng) for cell in ["all"] * 12 + [f"{each['model']}, made up" for each in cells]
        ],
        "mixed": [_term(rng) for _ in range(7)],
        "risks": [_risk(tag, rng) for tag in tags],
        "points": [_point(cells[6 * place], tag, rng) for place in range(LINKED) for tag in tags[1:80]],
        "citations": [
            {
                "citation": "Somebody et al. 2024",
                "licence": "none",
                "for": "44 results",
                "source": f"made up, {at} " * 60,
            }
            for at in range(21)
        ],
    }
    (folder / "link.json").write_text(json.dumps(found), encoding="utf-8")


PARTS = ("control", "control within one script")


def _numbers(rng: np.random.Generator) -> dict[str, Any]:
    raw, partial = rng.uniform(-0.2, 0.9, 2)
    kept = {
        "raw": raw,
        "partial": partial,
        "low": partial - 0.2,
        "high": partial + 0.15,
        "translated": "partly",
    }
    return {**kept, "languages": int(rng.integers(12, 150)), "families": int(rng.integers(6, 22))}


def _kind(name: str, rng: np.random.Generator) -> dict[str, Any]:
    about = {
        "tokenizer": name,
        "kind": "native",
        "benchmark": "One, another, a third",
        "cells": 15,
        "models": 4,
    }
    return {**about, "above_zero": 11, "significant": 4, "raw": rng.random(), "partial": rng.random()}


def _control(name: str, other: str, part: str, rng: np.random.Generator) -> dict[str, Any]:
    sums = {
        "cells": 8,
        "as_well": 4,
        "unclear": 4,
        "clearly_weaker": 0,
        "fewest_languages": 12,
        "most_languages": 157,
    }
    return {
        "part": part,
        "tokenizer": name,
        "of": other,
        "own_partial": rng.random(),
        "partial": rng.random(),
        **sums,
    }


def _error(cells: str, rng: np.random.Generator) -> dict[str, Any]:
    about = {
        "cells": cells,
        "left_out": "family",
        "using": "data size + tokenizer",
        "languages": 172,
        "families": 22,
    }
    gain = rng.normal(0, 0.1)
    return {**about, "error": rng.random(), "gain": gain, "gain_low": gain - 0.1, "gain_high": gain + 0.1}


def _term(rng: np.random.Generator) -> dict[str, Any]:
    value = rng.normal()
    about = {"fit": "both", "term": "log_premium", "note": None}
    return {**about, "coefficient": value, "low": value - 0.1, "high": value + 0.1, "q": rng.random()}


def _risk(tag: str, rng: np.random.Generator) -> dict[str, Any]:
    guess = rng.uniform(0, 1)
    about = {
        "tokenizer": TOKENIZERS[0],
        "model": "maker/model-0-7b",
        "benchmark": "Benchmark 0",
        "language": tag,
    }
    guessed = {"observed": None, "predicted": guess, "low": guess - 0.2, "high": guess + 0.2, "outside": None}
    return {**about, "premium": 2 + guess, "seen": True, **guessed, "speakers": describe(tag).speakers}


def _point(cell: dict[str, str], tag: str, rng: np.random.Generator) -> dict[str, Any]:
    language = describe(tag)
    about = {key: cell[key] for key in ("tokenizer", "model", "benchmark")}
    named = {
        "language": tag,
        "name": language.name,
        "script": language.script,
        "data": "FineWeb-2 v2",
        "seen": True,
    }
    return {
        **about,
        **named,
        "premium": rng.lognormal(0.8, 0.4),
        "gap": rng.uniform(0, 1.1),
        "gap_se": rng.uniform(0.01, 0.1),
        "log_size": rng.uniform(3, 12),
    }
