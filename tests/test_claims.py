"""Claims about the world that are known to hold: twelve real tokenizers on the Declaration in all its languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from langcov.measures import measure
from twelve import SHIPPED

if TYPE_CHECKING:
    from langcov.census import Census


@pytest.fixture(scope="module")
def measures(udhr_census: Census) -> pl.DataFrame:
    return measure(udhr_census)


def row(measures: pl.DataFrame, name: str, language: str, tokenizer: str | None = None) -> dict[str, object]:
    own = pl.col("tokenizer").is_null() if tokenizer is None else pl.col("tokenizer") == tokenizer
    return measures.filter(own, measure=name, language=language).row(0, named=True)


def value(measures: pl.DataFrame, name: str, language: str, tokenizer: str | None = None) -> float:
    found = row(measures, name, language, tokenizer)["value"]
    assert isinstance(found, float)
    return found


def test_amharic_is_lost_to_mbert(measures: pl.DataFrame) -> None:
    assert value(measures, "lost_characters", "amh_Ethi", "mbert") > 0.7
    assert value(measures, "unknown_tokens", "amh_Ethi", "mbert") > 0.7


def test_amharic_has_no_premium_under_mbert_since_1_2_would_be_a_lie(measures: pl.DataFrame) -> None:
    found = row(measures, "premium", "amh_Ethi", "mbert")
    assert found["value"] is None
    assert found["low"] is None
    assert "lost to the unknown token" in str(found["note"])


@pytest.mark.parametrize("tokenizer", SHIPPED)
def test_an_english_word_is_little_more_than_a_token(measures: pl.DataFrame, tokenizer: str) -> None:
    assert 1.0 <= value(measures, "fertility", "eng_Latn", tokenizer) <= 1.6


def test_burmese_costs_ten_times_english_under_cl100k_and_less_than_five_under_o200k(
    measures: pl.DataFrame,
) -> None:
    assert value(measures, "premium", "mya_Mymr", "cl100k") > 10
    assert value(measures, "premium", "mya_Mymr", "o200k") < 5


def test_japanese_has_about_two_thousand_words_in_the_declaration_not_sixty(udhr_census: Census) -> None:
    words = sum(udhr_census.text.filter(language="jpn_Jpan")["words"].to_list())
    assert 1500 < words < 3000


def test_english_costs_what_english_costs(measures: pl.DataFrame) -> None:
    english = measures.filter(pl.col("measure").is_in(["premium", "premium_over_bytes"]), language="eng_Latn")
    assert english.height == 2 * len(SHIPPED)
    assert (english["value"] == 1).all()
    assert (english["low"] == 1).all()
    assert (english["high"] == 1).all()


def test_byte_level_tokenizers_lose_nothing(measures: pl.DataFrame) -> None:
    byte_level = ["cl100k", "o200k", "qwen", "qwen3", "deepseek", "tekken", "llama-3", "llama-4"]
    lost = measures.filter(pl.col("tokenizer").is_in(byte_level), measure="lost_characters")
    assert lost.height > 400 * len(byte_level)
    assert (lost["value"] == 0).all()


def test_fates_of_characters_sum_to_one(measures: pl.DataFrame) -> None:
    fates = measures.filter(pl.col("measure").str.ends_with("_characters"))
    sums = fates.group_by("tokenizer", "language").agg(pl.col("value").sum(), pl.len().alias("fates"))
    assert (sums["fates"] == 3).all()
    assert ((sums["value"] - 1).abs() < 1e-12).all()


def test_script_shares_sum_to_one(measures: pl.DataFrame) -> None:
    shares = measures.filter(pl.col("measure").str.starts_with("script_share:"))
    sums = shares.group_by("language").agg(pl.col("value").sum())
    assert sums.height > 440
    assert ((sums["value"] - 1).abs() < 1e-12).all()


def test_every_language_is_written_in_the_script_of_its_tag(measures: pl.DataFrame) -> None:
    expected = measures.filter(measure="expected_script")
    assert (expected["value"] > 0.9).all()


def test_japanese_is_written_in_japanese_not_in_three_scripts(measures: pl.DataFrame) -> None:
    assert value(measures, "script_share:Jpan", "jpn_Jpan") > 0.99


def test_words_split_and_words_kept_whole_are_all_words(measures: pl.DataFrame) -> None:
    pair = measures.filter(pl.col("measure").is_in(["continued_words", "single_token_words"]))
    sums = pair.group_by("tokenizer", "language").agg(pl.col("value").sum())
    assert (sums["value"] < 1 + 1e-12).all()
    assert (sums["value"] > 0.999).sum() > 0.99 * sums.height


def test_every_null_has_its_reason_and_every_interval_holds_its_value(measures: pl.DataFrame) -> None:
    nulls = measures.filter(pl.col("value").is_null() | pl.col("low").is_null() | pl.col("high").is_null())
    assert nulls["note"].is_not_null().all()
    whole = measures.filter(pl.col("low").is_not_null())
    outside = whole.filter(
        (pl.col("low") > pl.col("value") + 1e-9) | (pl.col("high") < pl.col("value") - 1e-9)
    )
    assert outside.is_empty()
    assert whole.height > 60_000
