"""Small made-up runs for the tests of the page: the shapes of a real one, numbers that are easy to foresee."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from langcov.census.storage import save_census
from langcov.census.tables import Census, CorpusFacts, TokenizerFacts, schema
from langcov.measures.inequality import SCHEMA as FAIRNESS
from langcov.measures.pairs import SCHEMA as OVERLAP_SCHEMA
from langcov.measures.table import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HOSTILE = "</script><img src=x onerror=alert(1)>"
BIDI = "reversed \u202egnirts\u2028 {{7*7}} <b>bold</b>"
LANGUAGES = ("amh_Ethi", "arb_Arab", "eng_Latn", "jpn_Jpan", "shn_Mymr", "srp_Cyrl", "yor_Latn")
PREMIUMS = {
    "amh_Ethi": 6.0,
    "arb_Arab": 2.5,
    "eng_Latn": 1.0,
    "jpn_Jpan": 2.0,
    "shn_Mymr": 9.1,
    "srp_Cyrl": 1.8,
    "yor_Latn": 2.2,
}
LOST = "more than 10 % of the characters are lost to the unknown token"


class SyntheticRun(NamedTuple):
    census: Census
    measures: pl.DataFrame
    overlap: pl.DataFrame
    manifest: dict[str, Any]

    def save(self, folder: Path) -> Path:
        save_census(self.census, folder / "census")
        self.measures.write_parquet(folder / "measures.parquet")
        self.overlap.write_parquet(folder / "overlap.parquet")
        pl.DataFrame(schema=FAIRNESS).write_parquet(folder / "fairness.parquet")
        (folder / "manifest.json").write_text(json.dumps(self.manifest), encoding="utf-8")
        return folder


def synthetic_run(
    tokenizers: Sequence[str] = ("even", "greedy"),
    languages: Sequence[str] = LANGUAGES,
    *,
    parallel: bool = True,
    hostile: bool = False,
) -> SyntheticRun:
    """The n-th tokenizer costs (1 + n / 2) times the first; the last one loses Ethiopic."""
    chance = random.Random(0)
    if hostile:
        tokenizers = [HOSTILE, BIDI, "=HYPERLINK(1)"]
    rows: list[tuple[Any, ...]] = []
    for place, tokenizer in enumerate(tokenizers):
        for language in languages:
            premium = PREMIUMS.get(language) or round(chance.lognormvariate(0.9, 0.6), 4)
            premium = 1.0 if language == "eng_Latn" else premium * (1 + place / 2)
            lost = 0.4 if language.endswith("Ethi") and place == len(tokenizers) - 1 else 0.0
            spelled = 0.25 if premium > 3 and not lost else 0.0
            told = BIDI if hostile else LOST
            if not parallel:
                rows.append(
                    (tokenizer, language, "premium", None, None, None, 30, "the corpus is not parallel")
                )
            elif lost:
                rows.append((tokenizer, language, "premium", None, None, None, 30, told))
            else:
                rows.append(
                    (tokenizer, language, "premium", premium, premium * 0.95, premium * 1.05, 30, None)
                )
            fertility = 1 + premium / 3
            rows += [
                (tokenizer, language, "fertility", fertility, fertility - 0.1, fertility + 0.1, 30, None),
                (tokenizer, language, "chars_per_token", 4 / premium, 3.9 / premium, 4.1 / premium, 30, None),
                (
                    tokenizer,
                    language,
                    "whole_characters",
                    1 - lost - spelled,
                    None,
                    None,
                    30,
                    "too few units",
                ),
                (tokenizer, language, "spelled_characters", spelled, None, None, 30, "too few units"),
                (tokenizer, language, "lost_characters", lost, None, None, 30, "too few units"),
                (tokenizer, language, "made_up", chance.random(), None, None, 30, None),
            ]
    for language in languages:
        script = language.partition("_")[2]
        rows.append(
            (None, language, "expected_script", 0.8 if language == "srp_Cyrl" else 1.0, 0.7, 1.0, 30, None)
        )
        rows.append(
            (
                None,
                language,
                f"script_share:{script}",
                0.8 if language == "srp_Cyrl" else 1.0,
                0.7,
                1.0,
                30,
                None,
            )
        )
    if "srp_Cyrl" in languages:
        rows.append((None, "srp_Cyrl", "script_share:Latn", 0.2, 0.1, 0.3, 30, None))
    chosen = languages[:40]
    pairs = [
        (tokenizers[0], one, other, measure, pieces, _overlap(one, other, measure, pieces), 0.1, 0.9, None)
        for measure in ("jsd", "jaccard", "shared_mass", "covered_mass")
        for pieces in ("all", "content")
        for one in chosen
        for other in chosen
        if one != other
    ]
    return SyntheticRun(
        census=_census(tokenizers, languages, parallel=parallel, hostile=hostile),
        measures=pl.DataFrame(rows, schema=SCHEMA, orient="row"),
        overlap=pl.DataFrame(pairs, schema=OVERLAP_SCHEMA, orient="row"),
        manifest={
            "signature": "langcov:0.1.0|corpus:made-up@3f2a|seed:0",
            "created": "2026-11-22T10:00:00+00:00",
            "langcov": "0.1.0",
            "reference": "eng_Latn",
            "overlap_tokenizer": tokenizers[0],
            "options": {"seed": 0},
            "warnings": [f"odd {BIDI} {HOSTILE}"] if hostile else ["srp_Cyrl: only 80 % is in its script."],
        },
    )


def _overlap(one: str, other: str, measure: str, pieces: str) -> float:
    alike = 0.6 if one[-4:] == other[-4:] else 0.05 + (len(one) + sum(map(ord, one + other))) % 7 / 100
    alike += 0.1 if pieces == "all" else 0.0
    return 1 - alike if measure == "jsd" else alike


def _census(tokenizers: Sequence[str], languages: Sequence[str], *, parallel: bool, hostile: bool) -> Census:
    text = pl.DataFrame(
        [(language, unit, 2, 300, 200, 40, 180) for language in languages for unit in range(30)],
        schema=schema("text"),
        orient="row",
    )
    return Census(
        corpus=CorpusFacts(
            "made-up", BIDI if hostile else "Made up for the tests", "CC0", parallel, "3f2a" * 16
        ),
        tokenizers=tuple(
            TokenizerFacts(name, "BPE", "9b1c" * 16, "tokenizers 0.23.3", "a test", "itself", "", 32000)
            for name in tokenizers
        ),
        words="ICU 78",
        text=text,
        scripts=pl.DataFrame(schema=schema("scripts")),
        skipped=pl.DataFrame(schema=schema("skipped")),
        tokens=pl.DataFrame(schema=schema("tokens")),
        pieces_source=pl.LazyFrame(schema=schema("pieces")),
        splits=pl.DataFrame(schema=schema("splits")),
    )
