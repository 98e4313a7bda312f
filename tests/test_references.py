"""Measures against other people's code and against cases worked by hand."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
import tokenization_scorer

from langcov.census.tables import schema
from langcov.languages import describe
from langcov.measures import UnitCounts, fairness, measure, overlap
from langcov.measures.histogram import ORDER, Histogram, average_rank_of, pieces_for_95_of
from langcov.measures.inequality import FAIRNESS_MEASURES, gini
from twelve import SHIPPED

if TYPE_CHECKING:
    from collections.abc import Callable

    from langcov.census import Census
    from langcov.tokenizers.base import Tokenizer


@pytest.mark.parametrize("name", ["o200k", "xlm-r", "mbert", "mistral"])
def test_renyi_efficiency_equals_that_of_tokenization_scorer_on_the_same_tokens(
    name: str,
    udhr_census: Census,
    udhr_texts: dict[str, list[str]],
    shipped: Callable[[str], Tokenizer],
) -> None:
    table = measure(udhr_census, ["renyi_efficiency"]).filter(tokenizer=name)
    found = dict(table.select("language", "value").iter_rows())
    size = udhr_census.tokenizer(name).vocabulary_size
    for language in ("eng_Latn", "yor_Latn", "jpn_Jpan", "rus_Cyrl", "mya_Mymr"):
        ids, offsets = shipped(name).encode_batch(udhr_texts[language])
        lines = [" ".join(map(str, ids[start:end].tolist())) for start, end in pairwise(offsets)]
        theirs = tokenization_scorer.score(lines, metric="renyi_efficiency", power=ORDER, vocab=size)
        assert found[language] == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize("name", SHIPPED)
def test_token_counts_are_what_the_engine_says(
    name: str,
    udhr_census: Census,
    udhr_texts: dict[str, list[str]],
    shipped: Callable[[str], Tokenizer],
) -> None:
    own = udhr_census.tokens.filter(tokenizer=name).group_by("language").agg(pl.col("tokens").sum())
    counted = dict(own.iter_rows())
    assert set(counted) == set(udhr_texts)
    for language, texts in udhr_texts.items():
        assert counted[language] == len(shipped(name).encode_batch(texts).ids), language


def test_gini_equals_its_formula_over_all_pairs() -> None:
    values = np.random.default_rng(0).lognormal(size=(50, 3))
    naive = np.abs(values[:, None] - values[None]).sum(axis=(0, 1)) / (2 * 50**2 * values.mean(axis=0))
    np.testing.assert_allclose(gini(values), naive, rtol=1e-12)
    assert gini(np.full(9, 3.0)) == pytest.approx(0, abs=1e-15)


def made_up(census: Census, counts: dict[str, list[int]]) -> Census:
    """A census with these counts of pieces in the place of its own."""
    rows = [
        ("cl100k", language, 0, piece, tokens)
        for language, pieces in counts.items()
        for piece, tokens in enumerate(pieces)
        if tokens
    ]
    return replace(census, pieces_source=pl.LazyFrame(rows, schema=schema("pieces"), orient="row"))


def test_limisiewicz_average_rank_and_divergence_on_a_case_worked_by_hand(udhr_census: Census) -> None:
    # Limisiewicz et al. 2023: average rank is the mean of a token's rank when pieces are ordered by frequency; the
    # divergence is Jensen-Shannon's, base 2.
    #   English: pieces seen 4, 2, 1, 1 times. Ranks 0, 1, 2, 3: (4 * 0 + 2 * 1 + 1 * 2 + 1 * 3) / 8 = 7 / 8.
    #   Swahili: 0, 4, 0, 4. Ranks 0 and 1: 4 / 8.
    #   Mixture: 1/4, 3/8, 1/16, 5/16. H(m) = 2/4 + 3/8 (3 - log2 3) + 4/16 + 5/16 (4 - log2 5); H(English) = 7/4;
    #   H(Swahili) = 1. The divergence is H(m) - (7/4 + 1) / 2.
    counts = {"eng_Latn": [4, 2, 1, 1], "swh_Latn": [0, 4, 0, 4]}
    pieces = {language: np.array(values, float) for language, values in counts.items()}
    for language, expected in (("eng_Latn", 7 / 8), ("swh_Latn", 4 / 8)):
        histogram, _ = Histogram.of(np.zeros(4, np.int64), pieces[language], 1)
        assert average_rank_of(histogram, 0)[0] == pytest.approx(expected, abs=1e-15)
    mixture = 2 / 4 + 3 / 8 * (3 - np.log2(3)) + 4 / 16 + 5 / 16 * (4 - np.log2(5))
    table = overlap(made_up(udhr_census, counts), "cl100k", list(counts), pieces=["all"], intervals=False)
    found: dict[str, Any] = dict(table.filter(language="eng_Latn").select("measure", "value").iter_rows())
    assert found["jsd"] == pytest.approx(mixture - 11 / 8, abs=1e-12)
    assert found["shared_mass"] == pytest.approx(2 / 8 + 1 / 8, abs=1e-12)


def test_pieces_for_95_percent_are_counted_to_the_last() -> None:
    histogram, _ = Histogram.of(np.repeat([0, 1], 4), np.array([90, 6, 2, 2, 25, 25, 25, 25], float), 2)
    assert pieces_for_95_of(histogram, 0).tolist() == [2, 4]


def own_premiums(census: Census) -> dict[str, dict[str, float]]:
    table = measure(census, ["premium"]).drop_nulls("value")
    return {
        name: dict(table.filter(tokenizer=name).select("language", "value").iter_rows()) for name in SHIPPED
    }


def test_measures_over_languages_are_what_their_formulas_say(udhr_census: Census) -> None:
    table = fairness(udhr_census)
    premiums = own_premiums(udhr_census)
    shares = measure(udhr_census, ["spelled_characters", "lost_characters"])
    sizes = udhr_census.text.group_by("language").agg(pl.col("bytes").sum())
    common = set.intersection(*map(set, premiums.values()))
    assert len(common) <= len(premiums["mbert"]) < len(premiums["o200k"])
    for name in SHIPPED:
        tokens = udhr_census.tokens.filter(tokenizer=name).group_by("language").agg(pl.col("tokens").sum())
        per_byte = (
            tokens.join(sizes, on="language")
            .select(pl.col("tokens") / pl.col("bytes"))
            .to_series()
            .to_numpy()
        )
        for scope, languages in (("own", set(premiums[name])), ("common", common)):
            values = np.array([premiums[name][language] for language in sorted(languages)])
            people = np.array([describe(language).speakers or 0 for language in sorted(languages)])
            rows = table.filter(tokenizer=name, scope=scope)
            found = dict(rows.select("measure", "value").iter_rows())
            assert found["gini_premium"] == pytest.approx(
                np.abs(values[:, None] - values).sum() / (2 * len(values) ** 2 * values.mean()), abs=1e-9
            )
            assert found["worst_premium"] == pytest.approx(values.max(), abs=1e-9)
            others = [premiums[name][language] for language in languages if language != "eng_Latn"]
            assert found["median_premium"] == pytest.approx(np.median(others), abs=1e-9)
            assert found["p90_premium"] == pytest.approx(np.percentile(values, 90), abs=1e-9)
            assert (found["languages_over_2"], found["languages_over_4"]) == (
                (values > 2).sum(),
                (values > 4).sum(),
            )
            assert found["speaker_weighted_premium"] == pytest.approx(
                (values * people).sum() / people.sum(), rel=0.01
            )
            worst = rows.filter(measure="worst_premium").row(0, named=True)
            assert premiums[name][worst["language"]] == pytest.approx(values.max(), abs=1e-9)
            assert worst["languages"] == len(values)
        own = dict(table.filter(tokenizer=name, scope="own").select("measure", "value").iter_rows())
        assert set(own) == {each.name for each in FAIRNESS_MEASURES}
        naive = np.abs(per_byte[:, None] - per_byte).sum() / (2 * len(per_byte) ** 2 * per_byte.mean())
        assert own["gini_tokens_per_byte"] == pytest.approx(naive, abs=1e-9)
        for fate in ("spelled", "lost"):
            above = shares.filter(pl.col("value") > 0.01, tokenizer=name, measure=f"{fate}_characters").height
            assert own[f"languages_{fate}"] == above


def test_intervals_over_languages_hold_their_value_and_need_enough_units_in_each(udhr_census: Census) -> None:
    table = fairness(udhr_census)
    whole = table.drop_nulls("low").filter(~pl.col("measure").str.starts_with("languages_"))
    assert whole.height > 80
    assert (whole["low"] <= whole["value"]).all()
    assert (whole["high"] >= whole["value"]).all()
    few = replace(
        udhr_census,
        text=udhr_census.text.filter((pl.col("language") != "yor_Latn") | (pl.col("unit") < 9)),
        tokens=udhr_census.tokens.filter((pl.col("language") != "yor_Latn") | (pl.col("unit") < 9)),
    )
    table = fairness(few)
    assert table["low"].is_null().all()
    assert table["note"].str.contains("no interval: it takes 10 units of text in every language").all()


def test_a_value_that_unknown_tokens_flatter_carries_a_caution(udhr_census: Census) -> None:
    table = measure(udhr_census, ["fertility", "single_token_words", "relative_length"])
    notes = dict(table.filter(tokenizer="mbert", language="amh_Ethi").select("measure", "note").iter_rows())
    assert notes["fertility"].startswith("caution: 100 % of the characters are lost")
    assert notes["single_token_words"].startswith("caution: ")
    assert "lost to the unknown token" in notes["relative_length"]


def test_words_that_nobody_can_tell_apart_carry_a_caution(udhr_census: Census) -> None:
    table = measure(udhr_census, ["fertility"]).filter(tokenizer="o200k")
    notes = dict(table.select("language", "note").iter_rows())
    assert notes["jav_Java"].startswith("caution: this text has no spaces between words")
    assert notes["jav_Latn"] is None
    assert notes["mya_Mymr"] is None
    assert notes["jpn_Jpan"] is None


def test_relative_length_is_against_the_first_tokenizer_that_loses_nothing(udhr_census: Census) -> None:
    counts = UnitCounts(udhr_census, "eng_Latn")
    assert counts.baseline_tokenizer == "cl100k"
    own = measure(udhr_census, ["relative_length"]).filter(tokenizer="cl100k")
    assert (own["value"] == 1).all()
