"""One tokenizer, every language: what is known, and a sentence that a person can understand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl
import pytest

from langcov.audits import SCHEMA, Audit, audit, default_corpora, verdict
from langcov.errors import LanguageError, RunError
from langcov.languages import known
from langcov.measures.alphabets import alphabet_languages

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from langcov.corpora.base import Corpus
    from langcov.tokenizers.base import Tokenizer


@pytest.fixture(scope="module")
def o200k(shipped: Callable[[str], Tokenizer], udhr: Corpus) -> Audit:
    assert udhr.name in {corpus.name for corpus in default_corpora()}
    return audit(shipped("o200k"))


def row(found: Audit, language: str) -> dict[str, object]:
    return found.languages.row(by_predicate=pl.col("language") == language, named=True)


def test_every_language_that_langcov_knows_has_a_row_and_a_verdict(o200k: Audit) -> None:
    assert o200k.languages.schema == SCHEMA
    assert o200k.languages["language"].to_list() == sorted(language.tag for language in known())
    assert o200k.languages["verdict"].null_count() == 0
    assert o200k.languages["verdict"].str.ends_with(".").all()
    assert o200k.languages["verdict"].str.contains("^[A-Z0-9]").all()


def test_text_comes_from_the_parallel_corpus_first_and_from_the_samples_else(o200k: Audit) -> None:
    by_text = dict(o200k.languages["text"].value_counts().iter_rows())
    assert by_text["udhr"] > 440
    assert by_text["samples"] > 300
    assert by_text[None] > 7000
    assert o200k.languages.filter(pl.col("text") == "samples")["premium"].null_count() == by_text["samples"]


def test_every_standard_alphabet_is_audited_and_its_fates_sum_up(o200k: Audit) -> None:
    with_letters = o200k.languages.filter(pl.col("letters").is_not_null())
    assert set(with_letters["language"]) == set(alphabet_languages())
    fates = pl.sum_horizontal(f"letters_{fate}" for fate in ("whole", "pieces", "spelled", "lost"))
    assert with_letters.filter(fates != pl.col("letters")).is_empty()


def test_english_is_served_and_amharic_is_spelled_under_o200k(o200k: Audit) -> None:
    assert row(o200k, "eng_Latn")["verdict"] == (
        "Needs about as many tokens as English for the same text; all 52 letters of its alphabet are kept."
    )
    amharic = str(row(o200k, "amh_Ethi")["verdict"])
    assert amharic.startswith("Needs 6.7 times as many tokens as English for the same text; ")
    assert amharic.endswith("all 282 letters are spelled in bytes.")


def test_amharic_cannot_be_read_by_mbert(shipped: Callable[[str], Tokenizer], udhr: Corpus) -> None:
    found = audit(shipped("mbert"), ["Amharic"], [udhr])
    assert found.languages["language"].to_list() == ["amh_Ethi"]
    assert str(row(found, "amh_Ethi")["verdict"]).startswith("Can't be read: ")
    assert row(found, "amh_Ethi")["premium"] is None


def test_a_language_without_text_or_alphabet_says_that_nothing_is_known(o200k: Audit) -> None:
    nothing = o200k.languages.filter(pl.col("text").is_null() & pl.col("letters").is_null())
    assert nothing["verdict"].unique().to_list() == [
        "Nothing is known of it: there is neither text nor a standard alphabet of it here."
    ]


@pytest.mark.parametrize(
    ("premium", "said"),
    [
        (4.1, "Needs 4.1 times as many tokens as English for the same text."),
        (1.1, "Needs about as many tokens as English for the same text."),
        (0.8, "Needs fewer tokens than English for the same text (0.80 times as many)."),
    ],
)
def test_a_premium_is_said_in_words(premium: float, said: str) -> None:
    facts = {
        "premium": premium,
        "fertility": 1.0,
        "lost_characters": 0.0,
        "spelled_characters": 0.0,
        "letters": None,
    }
    assert verdict(facts) == said


def test_the_worst_and_the_lowest_come_first(o200k: Audit) -> None:
    premiums = o200k.worst(20)["premium"]
    assert premiums.is_sorted(descending=True)
    assert premiums.min() == o200k.languages["premium"].sort(descending=True, nulls_last=True)[19]
    lowest = o200k.lowest_alphabets(10)
    assert lowest["alphabet_coverage"].is_sorted()
    assert "amh_Ethi" in lowest["language"].to_list()


@pytest.mark.parametrize("suffix", [".csv", ".json", ".parquet"])
def test_an_audit_is_written_whole(o200k: Audit, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"audit{suffix}"
    o200k.save(path)
    if suffix == ".csv":
        rows = pl.read_csv(path, infer_schema_length=None)
    else:
        rows = pl.read_json(path, infer_schema_length=None) if suffix == ".json" else pl.read_parquet(path)
    assert rows.height == o200k.languages.height
    assert rows["verdict"].to_list() == o200k.languages["verdict"].to_list()
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_a_suffix_that_nobody_reads_is_refused(o200k: Audit, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"end the name in \.csv"):
        o200k.save(tmp_path / "audit.xlsx")


def test_an_unknown_language_is_refused_with_a_suggestion(shipped: Callable[[str], Tokenizer]) -> None:
    with pytest.raises(LanguageError, match="did you mean Amharic"):
        audit(shipped("o200k"), ["Amharicc"])


def test_an_audit_is_json_and_a_table_in_a_notebook(o200k: Audit) -> None:
    assert len(json.loads(json.dumps(o200k.as_dict()))["languages"]) == o200k.known().height
    assert o200k._repr_html_().count("<table") == 1
