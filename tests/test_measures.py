"""Measures against their definitions, worked by hand or by another library."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from scipy.spatial.distance import jensenshannon
from scipy.stats import norm, t

from langcov.errors import CensusError, LanguageError, MeasureError
from langcov.measures import UnitCounts, lookup, measure, measures, overlap
from langcov.measures.intervals import LEAST_UNITS, bootstrap, jackknife, resample_weights
from langcov.measures.pairs import LEAST_SEEN, LOST_REASON, content_pieces

if TYPE_CHECKING:
    from langcov.census import Census

FEW = ["eng_Latn", "deu_Latn", "swh_Latn", "amh_Ethi", "rus_Cyrl", "ukr_Cyrl", "jpn_Jpan"]


def test_every_measure_says_all_that_a_reader_needs() -> None:
    for name, each in measures().items():
        assert each.name == name
        assert each.better in {"lower", "higher", "neutral"}
        for sentence in (each.title, each.unit, each.formula, each.reading, each.citation):
            assert sentence.strip()
        assert each.reading.endswith(".")


def test_premium_comes_first() -> None:
    assert next(iter(measures())) == "premium"


def test_an_unknown_measure_gets_a_suggestion() -> None:
    with pytest.raises(MeasureError, match="did you mean 'fertility'"):
        lookup("fertilty")


def test_a_part_of_a_family_is_found_under_the_familys_name() -> None:
    assert lookup("script_share:Latn").name == "script_share"


def test_values_equal_sums_done_by_hand(udhr_census: Census) -> None:
    table = measure(udhr_census, ["fertility", "premium", "bytes_per_token"])
    tokens = udhr_census.tokens.filter(tokenizer="o200k", language="yor_Latn")
    text = udhr_census.text.filter(language="yor_Latn")
    english = udhr_census.tokens.filter(tokenizer="o200k", language="eng_Latn")
    common = english.filter(pl.col("unit").is_in(tokens["unit"].implode()))
    found = dict(table.filter(tokenizer="o200k", language="yor_Latn").select("measure", "value").iter_rows())
    expected = {
        "fertility": total(tokens, "tokens_in_words") / total(text, "words"),
        "bytes_per_token": total(text, "bytes") / total(tokens, "tokens"),
        "premium": total(tokens, "tokens") / total(common, "tokens"),
    }
    assert found == pytest.approx(expected, abs=1e-12)


def total(frame: pl.DataFrame, column: str) -> int:
    return sum(frame[column].to_list())


def test_premium_over_bytes_times_byte_premium_is_premium(udhr_census: Census) -> None:
    table = measure(udhr_census, ["premium", "byte_premium", "premium_over_bytes"])
    wide = table.filter(tokenizer="j2").pivot("measure", index="language", values="value")
    bytes_ = table.filter(measure="byte_premium").select("language", pl.col("value").alias("byte_premium"))
    joined = wide.join(bytes_, on="language")
    difference = joined["premium"] - joined["premium_over_bytes"] * joined["byte_premium"]
    assert joined.height > 440
    assert (difference.abs() < 1e-9).all()


def test_a_seed_gives_the_same_intervals_again(udhr_census: Census) -> None:
    first, again = (measure(udhr_census, ["fertility"], seed=3) for _ in range(2))
    other = measure(udhr_census, ["fertility"], seed=4)
    assert first.equals(again)
    assert first["value"].equals(other["value"])
    assert not first["low"].equals(other["low"])


def test_the_bootstrap_is_the_textbooks_done_one_resample_at_a_time() -> None:
    rng = np.random.default_rng(1)
    top, bottom = rng.integers(1, 50, (2, 1, 31)).astype(float)
    found = bootstrap([top, bottom], lambda a, b: a / b, np.ones((1, 31), bool), resamples=1000, seed=0)
    drawn = []
    for weights in resample_weights(31, 1000, 0):
        units = np.repeat(np.arange(31), weights.astype(int))
        assert len(units) == 31
        drawn.append(top[0, units].sum() / bottom[0, units].sum())
    # Hesterberg's expanded percentiles: for 31 units 1.88 and 98.12 in the place of 2.5 and 97.5.
    tail = norm.cdf(-np.sqrt(31 / 30) * t.ppf(0.975, 30)) * 100
    assert tail == pytest.approx(1.88, abs=0.02)
    assert found.low[0] == pytest.approx(np.percentile(drawn, tail), abs=1e-12)
    assert found.high[0] == pytest.approx(np.percentile(drawn, 100 - tail), abs=1e-12)


def test_units_that_a_row_lacks_are_neither_added_up_nor_drawn() -> None:
    rng = np.random.default_rng(2)
    values = rng.integers(1, 50, (2, 40)).astype(float)
    present = np.ones((2, 40), bool)
    present[1, 25:] = False
    found = bootstrap([values, values**2], lambda a, b: b / a, present, resamples=200, seed=0)
    alone = bootstrap(
        [values[1:, :25], values[1:, :25] ** 2],
        lambda a, b: b / a,
        np.ones((1, 25), bool),
        resamples=200,
        seed=0,
    )
    assert (found.value[1], found.low[1], found.high[1]) == (alone.value[0], alone.low[0], alone.high[0])
    assert found.units.tolist() == [40, 25]


def test_too_few_units_give_no_interval_and_say_so() -> None:
    few = LEAST_UNITS - 1
    found = bootstrap(
        [np.ones((1, few))] * 2, lambda a, b: a / b, np.ones((1, few), bool), resamples=9, seed=0
    )
    assert found.value[0] == 1
    assert np.isnan(found.low[0])
    assert found.note[0] == f"no interval: it takes {LEAST_UNITS} units of text, there are {few}"


def test_the_jackknife_of_a_mean_is_the_means_standard_error() -> None:
    values = np.random.default_rng(3).normal(size=8)
    without = np.array([np.delete(values, place).mean() for place in range(8)])
    low, high = jackknife(values.mean(), without)
    error = values.std(ddof=1) / np.sqrt(8)
    assert (high - low) / 2 == pytest.approx(2.3646242516 * error, rel=1e-9)


def dense_counts(census: Census, tokenizer: str, ids: pl.Series | None = None) -> dict[str, np.ndarray]:
    table = census.pieces.filter(pl.col("tokenizer").cast(pl.String) == tokenizer)
    if ids is not None:
        table = table.filter(pl.col("id").is_in(ids.implode()))
    size = 1 + int(census.vocabularies[tokenizer]["id"].to_numpy().max())
    counts = {}
    for language in FEW:
        counts[language] = np.zeros(size)
        own = table.filter(pl.col("language").cast(pl.String) == language)
        np.add.at(counts[language], own["id"].to_numpy(), own["tokens"].to_numpy())
    return counts


@pytest.mark.parametrize("pieces", ["all", "content"])
@pytest.mark.parametrize("tokenizer", ["o200k", "xlm-r", "mbert"])
def test_overlap_equals_a_dense_computation_over_the_whole_vocabulary(
    udhr_census: Census, tokenizer: str, pieces: str
) -> None:
    ids = content_pieces(udhr_census.vocabularies[tokenizer]) if pieces == "content" else None
    counts = dense_counts(udhr_census, tokenizer, ids)
    table = overlap(udhr_census, tokenizer, FEW, intervals=False).filter(pieces=pieces)
    assert table.height == 4 * len(FEW) * (len(FEW) - 1)
    checked = 0
    for language, other, name, value, note in table.select(
        "language", "other", "measure", "value", "note"
    ).iter_rows():
        if tokenizer == "mbert" and "amh_Ethi" in {language, other}:
            assert (value, note) == (None, LOST_REASON)
            continue
        a, b = counts[language], counts[other]
        if a.sum() == 0 or b.sum() == 0:
            assert value is None
            continue
        p, q = a / a.sum(), b / b.sum()
        met_a, met_b = a >= LEAST_SEEN, b >= LEAST_SEEN
        expected = {
            "jsd": jensenshannon(p, q, 2) ** 2,
            "jaccard": (met_a & met_b).sum() / max((met_a | met_b).sum(), 1),
            "shared_mass": np.minimum(p, q).sum(),
            "covered_mass": q[met_a].sum(),
        }
        if value is None:
            assert not (met_a | met_b).any()
            continue
        assert value == pytest.approx(expected[name], abs=1e-12), (language, other, name)
        checked += 1
    assert checked >= 4 * 20


def test_intervals_of_overlap_hold_their_value(udhr_census: Census) -> None:
    table = overlap(udhr_census, "o200k", FEW).filter(pl.col("value").is_not_null())
    assert (table["low"] <= table["value"]).all()
    assert (table["high"] >= table["value"]).all()


def test_neighbours_share_more_than_strangers(udhr_census: Census) -> None:
    table = overlap(udhr_census, "xlm-r", FEW, intervals=False).filter(
        language="rus_Cyrl", measure="jsd", pieces="content"
    )
    by_other = dict(table.select("other", "value").iter_rows())
    assert by_other["ukr_Cyrl"] < by_other["amh_Ethi"]


def test_content_pieces_are_letters(udhr_census: Census) -> None:
    for name, vocabulary in udhr_census.vocabularies.items():
        kept = vocabulary.join(content_pieces(vocabulary).to_frame(), on="id", how="semi")
        surfaces = [surface.decode().removeprefix(" ") for surface in kept["surface"]]
        assert len(surfaces) > 10_000, name
        assert not any(
            character.isdigit() or character in " .,!?-_" for text in surfaces for character in text
        )
        assert min(map(len, surfaces)) >= 2


def test_overlap_of_a_tokenizer_or_language_that_was_not_counted_is_an_error(udhr_census: Census) -> None:
    with pytest.raises(CensusError, match="no tokenizer named 'gpt9'"):
        overlap(udhr_census, "gpt9")
    with pytest.raises(LanguageError, match="no text in tlh_Latn"):
        overlap(udhr_census, "o200k", ["eng_Latn", "tlh_Latn"])
    with pytest.raises(MeasureError, match="at least two"):
        overlap(udhr_census, "o200k", ["eng_Latn"])


def test_without_parallel_text_or_reference_a_premium_is_null_with_its_reason(udhr_census: Census) -> None:
    from dataclasses import replace

    alone = replace(udhr_census, corpus=replace(udhr_census.corpus, parallel=False))
    table = measure(alone, ["premium", "byte_premium", "premium_over_bytes"])
    assert table["value"].is_null().all()
    assert table["note"].str.contains("not parallel").all()
    table = measure(udhr_census, ["premium"], reference="tlh_Latn")
    assert table["value"].is_null().all()
    assert table["note"].str.contains("tlh_Latn").all()


def test_counts_are_dense_arrays_with_zeros_where_a_unit_is_missing(udhr_census: Census) -> None:
    counts = UnitCounts(udhr_census, "eng_Latn")
    tokens = counts.tokens("tokens")
    assert tokens.shape == (12, len(counts.languages), len(counts.units))
    assert tokens.sum() == udhr_census.tokens["tokens"].sum()
    assert not tokens[:, ~counts.present].any()


def test_every_example_is_worked_out_right() -> None:
    checked = 0
    for each in measures().values():
        sums = re.findall(r"(\([^()]*\)|[\d.]+) / ([\d.]+) = ([\d.]+\d)", each.example)
        assert sums, f"{each.name} has no worked example"
        for top, bottom, result in sums:
            terms = re.findall(r"([\d.]+)(?: \* ([\d.]+))?", top)
            numerator = sum(float(a) * float(b or 1) for a, b in terms)
            assert round(numerator / float(bottom), 2) == float(result), each.name
            checked += 1
    assert checked >= 25
