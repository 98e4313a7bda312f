"""What a language costs: numbers worked by hand, intervals carried through, and what is said where there are none."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import langcov
from langcov.budgets import budget_of_tokenizers
from langcov.errors import LanguageError, RunError
from langcov.planning.budget import Request, budget_of
from test_cli import Command
from test_cli import langcov as command

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from langcov.census import Census
    from langcov.corpora.base import Corpus
    from langcov.tokenizers.base import Tokenizer

TAGS = ("eng_Latn", "swh_Latn", "amh_Ethi", "mya_Mymr", "tha_Thai")
__all__ = ["command"]


@pytest.fixture(scope="module")
def census(udhr: Corpus, shipped: Callable[[str], Tokenizer]) -> Census:
    return langcov.count(udhr, [shipped("mbert"), shipped("o200k")], TAGS)


@pytest.fixture(scope="module")
def premiums(census: Census) -> pl.DataFrame:
    return langcov.measure(census, ["premium"])


@pytest.fixture(scope="module")
def run_folder(
    tmp_path_factory: pytest.TempPathFactory, udhr: Corpus, shipped: Callable[[str], Tokenizer]
) -> Path:
    folder = tmp_path_factory.mktemp("budget") / "run"
    langcov.compare([shipped("mbert"), shipped("o200k")], udhr, TAGS).save(folder)
    return folder


def row_of(table: pl.DataFrame, tokenizer: str, language: str) -> dict[str, float]:
    return table.row(
        by_predicate=(pl.col("tokenizer") == tokenizer) & (pl.col("language") == language), named=True
    )


def test_the_numbers_are_those_worked_by_hand_from_the_census(census: Census, premiums: pl.DataFrame) -> None:
    """Straight from the counts: tokens and words of English, tokens of Burmese, and arithmetic."""
    request = Request(8000, 700, 100, 1000, {None: 2.0, "o200k": 5.0}, {None: 50})
    row = row_of(budget_of(census, premiums, "eng_Latn", request, "s").table, "o200k", "mya_Mymr")
    counted = census.tokens.filter(tokenizer="o200k").group_by("language").agg(pl.col("tokens").sum())
    tokens = dict(counted.iter_rows())
    words = census.text.filter(language="eng_Latn")["words"].sum()
    of_a_word = tokens["mya_Mymr"] / words
    assert row["prompt_tokens"] == pytest.approx(700 * of_a_word)
    assert row["examples"] == (8000 - 700 * of_a_word) // (100 * of_a_word)
    assert row["document_cost"] == pytest.approx(700 * of_a_word * 5 / 1_000_000)
    assert row["batch_cost"] == pytest.approx(1000 * row["document_cost"])
    assert row["batch_seconds"] == pytest.approx(1000 * 700 * of_a_word / 50)


def test_the_premiums_interval_is_carried_through_and_turned_where_more_is_worse(
    census: Census, premiums: pl.DataFrame
) -> None:
    request = Request(8000, 700, 100, 10, {None: 2.0}, {None: 50})
    found = budget_of(census, premiums, "eng_Latn", request, "s")
    row = row_of(found.table, "o200k", "swh_Latn")
    per_word = found.tokens_per_word["o200k"]
    for bound, other in (("_low", "_high"), ("_high", "_low")):
        tokens = row[f"premium{bound}"] * per_word * 700
        assert row[f"prompt_tokens{bound}"] == pytest.approx(tokens)
        assert row[f"document_cost{bound}"] == pytest.approx(tokens * 2 / 1e6)
        assert row[f"batch_seconds{bound}"] == pytest.approx(tokens * 10 / 50)
        room = (8000 - row[f"prompt_tokens{other}"]) / (100 * per_word * row[f"premium{other}"])
        assert row[f"examples{bound}"] == math.floor(room)
    assert row["examples_low"] < row["examples"] < row["examples_high"]


def test_english_costs_what_english_costs(census: Census, premiums: pl.DataFrame) -> None:
    found = budget_of(census, premiums, "eng_Latn", Request(1000, 100, 100), "s")
    row = row_of(found.table, "mbert", "eng_Latn")
    assert row["premium"] == row["premium_low"] == row["premium_high"] == 1
    assert row["prompt_tokens"] == pytest.approx(100 * found.tokens_per_word["mbert"])


def test_a_language_that_is_lost_has_a_reason_and_no_price(census: Census, premiums: pl.DataFrame) -> None:
    found = budget_of(census, premiums, "eng_Latn", Request(8000, prices={None: 1}, speeds={None: 9}), "s")
    row = row_of(found.table, "mbert", "amh_Ethi")
    assert "lost to the unknown token" in str(row["note"])
    numbers = [
        value for name, value in row.items() if name not in {"tokenizer", "language", "name", "units", "note"}
    ]
    assert numbers == [None] * len(numbers)


@given(
    window=st.integers(1, 10**6),
    prompt=st.floats(1, 10**5),
    example=st.floats(1, 10**4),
    factor=st.integers(2, 50),
)
def test_what_holds_of_any_request(
    census: Census, premiums: pl.DataFrame, window: int, prompt: float, example: float, factor: int
) -> None:
    """Counts are whole and not negative, bounds are in order, the dearer language never gets more, and costs scale."""

    def of(request: Request) -> pl.DataFrame:
        return budget_of(census, premiums, "eng_Latn", request, "s").table.filter(tokenizer="o200k")

    table = of(Request(window, prompt, example, 1, {None: 3.0}, {None: 7.0}))
    assert (table["examples_low"] <= table["examples"]).all()
    assert (table["examples"] <= table["examples_high"]).all()
    assert (table["examples_low"] >= 0).all()
    assert table.sort("premium")["examples"].is_sorted(descending=True)
    full = table["prompt_tokens"] + table["examples"] * table["prompt_tokens"] / prompt * example
    assert ((full <= window * (1 + 1e-9)) | (table["examples"] == 0)).all()
    more = of(Request(window, prompt, example, factor, {None: 3.0}, {None: 7.0}))
    assert more["batch_seconds"].to_list() == pytest.approx((table["batch_seconds"] * factor).to_list())
    assert more["batch_cost"].to_list() == pytest.approx((table["document_cost"] * factor).to_list())


def test_a_prompt_that_does_not_fit_leaves_no_room_for_examples(
    census: Census, premiums: pl.DataFrame
) -> None:
    table = budget_of(census, premiums, "eng_Latn", Request(2000, 750, 150), "s").table
    assert row_of(table, "o200k", "eng_Latn")["examples"] > 0
    assert row_of(table, "o200k", "mya_Mymr")["examples"] == 0


def test_text_that_is_not_parallel_is_refused_in_one_sentence(shipped: Callable[[str], Tokenizer]) -> None:
    census = langcov.count(langcov.open_corpus("samples"), [shipped("o200k")], ["eng_Latn", "swh_Latn"])
    with pytest.raises(RunError, match=r"a budget takes premiums, .*samples is not parallel.*--corpus udhr"):
        budget_of(census, langcov.measure(census, ["premium"]), "eng_Latn", Request(8000), "s")


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (Request(), "nothing to budget"),
        (Request(0), "a window can't be 0"),
        (Request(8000, prompt_words=math.nan), "words of a prompt can't be nan"),
        (Request(8000, documents=-1), "a number of documents can't be -1"),
        (Request(prices={"o200k": -2.5}), "the price of o200k can't be -2.5"),
        (Request(speeds={None: math.inf}), "the tokens per second can't be inf"),
        (Request(prices={"o20k": 1}), "'o20k' is not one of the tokenizers"),
    ],
)
def test_a_request_that_makes_no_sense_is_told(
    census: Census, premiums: pl.DataFrame, request_: Request, said: str
) -> None:
    with pytest.raises(RunError, match=said):
        budget_of(census, premiums, "eng_Latn", request_, "s")


def test_a_run_folder_and_its_tokenizers_counted_anew_give_the_same(run_folder: Path, udhr: Corpus) -> None:
    kept = langcov.budget(run_folder, window=8000, price=2.5)
    anew = budget_of_tokenizers(
        ["o200k"], udhr, Request(8000, prices={None: 2.5}), TAGS, fast=False, workers=1
    )
    assert anew.table.equals(kept.table.filter(tokenizer="o200k"))
    assert anew.signature.split("|")[0] == kept.signature.split("|")[0]


def test_the_command_prints_writes_and_draws(command: Command, run_folder: Path, tmp_path: Path) -> None:
    options = ["--window", "8000", "--price", "2.5", "--price", "o200k=5", "--documents", "9"]
    said = command("budget", run_folder, *options, "--out", "b.csv", "--chart", "b.svg")
    assert said.code == 0, said.err
    assert "Examples that fit a window of 8,000 tokens" in said.out
    assert "– more than 10 % of the characters" in said.out
    table = pl.read_csv(tmp_path / "b.csv")
    row = row_of(table, "o200k", "swh_Latn")
    assert row["document_cost"] == pytest.approx(row["prompt_tokens"] * 5 / 1e6)
    svg = (tmp_path / "b.svg").read_text(encoding="utf-8")
    assert "Burmese (mya_Mymr)" in svg
    assert "var(--" not in svg
    printed = json.loads(command("budget", run_folder, *options, "--json").out)
    assert printed["request"]["price_per_million_tokens"] == {"*": 2.5, "o200k": 5}
    assert len(printed["languages"]) == 10


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--window", "8000", "--out", "b.txt"], "a budget can't be written as .txt"),
        (["--window", "8000", "--chart", "b.csv"], "a chart can't be written as .csv"),
        (["--price", "cheap"], "'cheap' is no number"),
        (["--window", "8000", "--corpus", "udhr"], "a run has its own text"),
        (["--window", "8000", "--language", "Zulu"], "no text in zul_Latn"),
        (["--price", "gpt=1"], "'gpt' is not one of the tokenizers"),
        ([], "nothing to budget"),
    ],
)
def test_bad_use_ends_in_one_sentence(
    command: Command, run_folder: Path, arguments: list[str], said: str
) -> None:
    found = command("budget", run_folder, *arguments)
    assert found.code == 2
    assert said in " ".join(found.err.split())
    assert "Traceback" not in found.err


def test_a_folder_that_holds_no_run_is_told(command: Command, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "holds neither a run nor a tokenizer" in command("budget", tmp_path / "empty", "--window", "9").err


def test_a_language_that_nobody_knows(command: Command, run_folder: Path) -> None:
    assert "did you mean" in command("budget", run_folder, "--window", "9", "--language", "Yorubba").err
    assert LanguageError.__name__ not in command("budget", run_folder, "--window", "9").err
