"""Sources to transfer from: claims about languages, laws of rankings, and what happens where too little is known."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import langcov
from langcov.engines.local import count_local
from langcov.errors import CensusError, LanguageError
from langcov.planning.kinship import kinship, lineage
from langcov.planning.pivot_evidence import (
    comparison,
    gains_by_reading,
    learned,
    measured_targets,
    records,
)
from langcov.planning.pivot_words import too_little
from langcov.planning.pivots import SCHEMA, Pivots, pivots
from langcov.planning.transfer_pairs import ENGLISH, FEATURES, KNOWN_WITHOUT_TEXT

if TYPE_CHECKING:
    from collections.abc import Callable

    from langcov.census import Census
    from langcov.corpora.base import Corpus
    from langcov.tokenizers.base import Tokenizer

TEXTS = (
    "eng_Latn",
    "ukr_Cyrl",
    "rus_Cyrl",
    "pol_Latn",
    "tur_Latn",
    "amh_Ethi",
    "npi_Deva",
    "hin_Deva",
    "wol_Latn",
    "ron_Latn",
    "swe_Latn",
    "cym_Latn",
)


@pytest.fixture(scope="module")
def census(udhr: Corpus, shipped: Callable[[str], Tokenizer]) -> Census:
    return count_local(udhr, [shipped("xlm-r")], TEXTS)


@pytest.fixture(scope="module")
def ukrainian(census: Census) -> Pivots:
    return pivots("Ukrainian", census)


def odds(found: Pivots) -> dict[str, float]:
    return dict(found.sources.drop_nulls("odds").select("source", "odds").iter_rows())


def test_a_slavic_source_beats_english_for_ukrainian(ukrainian: Pivots) -> None:
    first = ukrainian.sources.row(0, named=True)
    assert first["source"] == "rus_Cyrl"
    assert first["group"] == "East Slavic"
    assert 1 < first["low"] < first["odds"] < first["high"]
    expected = odds(ukrainian)
    assert expected["rus_Cyrl"] > expected["pol_Latn"] > 1 > expected["hin_Deva"]
    assert "rather than English" in ukrainian.verdict


def test_hindi_serves_nepali_which_was_never_measured(census: Census) -> None:
    found = pivots("Nepali", census)
    assert found.sources["source"][0] == "hin_Deva"
    assert "npi_Deva" not in measured_targets(with_text=True)
    assert found.notes == ()


def test_a_language_that_was_measured_is_told_how_much_that_matters(ukrainian: Pivots) -> None:
    moved = measured_targets(with_text=True)["ukr_Cyrl"]
    assert f"would differ by a factor of at most {moved:.2f}" in ukrainian.notes[0]
    assert all(1 < factor < 1.1 for factor in measured_targets(with_text=True).values())


def test_nothing_related_has_text_for_wolof_and_yet_two_sources_are_expected_to_beat_english(
    census: Census,
) -> None:
    """Romanian and Swedish do well wherever they are tried."""
    found = pivots("Wolof", census)
    assert found.sources["source"][:2].to_list() == ["ron_Latn", "swe_Latn"]
    assert found.sources["kinship"].max() == 0
    assert (found.sources["low"][:2] > 1).all()
    best = sorted(zip(learned(True).weights.record, learned(True).weights.sources, strict=True))[-2:]
    assert {source for _, source in best} == {"ron_Latn", "swe_Latn"}


def test_too_little_is_known_of_amharic_and_no_number_is_given(census: Census) -> None:
    found = pivots("Amharic", census, among=["Arabic", "Hebrew", "Maltese", "Russian"])
    assert found.reason is not None
    assert found.verdict.startswith("Too little is known to rank sources for Amharic")
    numbers = found.sources.select("place", "odds", "low", "high", "in_first_three")
    assert numbers.null_count().row(0) == (5,) * 5
    assert set(found.sources["note"]) == {found.reason}
    assert found.weights == {}


def test_inuktitut_has_no_text_relatives_or_script_here() -> None:
    found = pivots("Inuktitut")
    assert found.text is None
    assert not found.with_overlap
    assert "no text in Inuktitut" in found.notes[0]
    assert found.reason is not None
    assert "neither relatives nor their script" in found.reason
    assert found.sources["odds"].null_count() == found.sources.height
    assert lineage("iku_Cans") == lineage("ike_Cans")


def test_esperanto_is_nobodys_relative_and_gets_no_odds(census: Census) -> None:
    assert kinship("epo_Latn", "spa_Latn") is None
    target = pivots("Esperanto", census)
    assert target.reason is not None
    assert "no place for Esperanto" in target.reason
    source = pivots("Turkish", census, among=["Esperanto", "Russian"]).sources
    row = source.row(by_predicate=pl.col("source") == "epo_Latn", named=True)
    assert row["odds"] is None
    assert "no place for it" in row["note"]


def test_a_source_without_text_gets_none_where_others_have_it(census: Census) -> None:
    found = pivots("Ukrainian", census, among=["Belarusian", "Russian"]).sources
    assert found.filter(pl.col("odds").is_null()).select("source", "note").row(0) == (
        "bel_Cyrl",
        "there is no text of it, or the tokenizer loses it",
    )
    assert found["source"].to_list() == ["rus_Cyrl", ENGLISH, "bel_Cyrl"]


def test_a_tokenizer_that_loses_a_language_measures_no_overlap(
    udhr: Corpus, shipped: Callable[[str], Tokenizer]
) -> None:
    lost = count_local(udhr, [shipped("mbert")], ["amh_Ethi", "tir_Ethi", ENGLISH])
    found = pivots("Amharic", lost, tokenizer="mbert", among=["Tigrinya"])
    assert not found.with_overlap
    assert "loses most of what is written in Amharic" in found.notes[0]
    assert found.sources["covered_mass"].null_count() == 2
    # With its own script among the sources, enough is known without text.
    assert found.sources["odds"].null_count() == 0


def test_other_overlaps_than_the_weights_are_said_to_be_carried_over(
    udhr: Corpus, shipped: Callable[[str], Tokenizer]
) -> None:
    other = count_local(udhr, [shipped("cl100k")], ["ukr_Cyrl", "rus_Cyrl", ENGLISH])
    assert "carried over without proof" in pivots("uk", other, tokenizer="cl100k").notes[0]


def test_a_language_is_never_its_own_pivot_in_any_script(census: Census) -> None:
    found = pivots("srp_Latn", among=["srp_Cyrl", "srp_Latn", "Croatian"])
    assert set(found.sources["source"]) == {"hrv_Latn", ENGLISH}
    with pytest.raises(LanguageError, match="no source but English is left"):
        pivots("Ukrainian", census, among=["Ukrainian", "English"])


def test_what_cannot_be_asked_is_told(census: Census) -> None:
    with pytest.raises(LanguageError, match="English is what sources are held against"):
        pivots("English", census)
    with pytest.raises(LanguageError, match="did you mean Yoruba"):
        pivots("Yorubba", census)
    with pytest.raises(LanguageError, match="unknown language"):
        pivots("Ukrainian", census, among=["Klingonish"])
    with pytest.raises(CensusError, match="no tokenizer 'o200k'"):
        pivots("Ukrainian", census, tokenizer="o200k")


@settings(max_examples=10)
@given(st.permutations(["Russian", "Polish", "Turkish", "Hindi", "Romanian", "Swedish"]))
def test_the_order_in_which_sources_are_named_changes_nothing(among: list[str]) -> None:
    once = pivots("Ket", among=sorted(among))
    assert once.sources["odds"].null_count() == 0
    assert pivots("Ket", among=among).sources.equals(once.sources)


@pytest.mark.parametrize("with_text", [True, False])
def test_relatedness_and_data_speak_for_a_source(with_text: bool) -> None:
    """The closer relative and the larger text are the better source, and relatedness says more."""
    weights, drawn = learned(with_text)
    assert weights.features == (FEATURES if with_text else KNOWN_WITHOUT_TEXT)
    effect = dict(zip(weights.features, weights.effect, strict=True))
    assert effect["kinship"] > effect["log_size"] > 0
    assert effect["kinship"] == max(effect.values())
    place = weights.features.index("kinship")
    assert sum(one.effect[place] > 0 for one in drawn) / len(drawn) > 0.9


@pytest.mark.parametrize("with_text", [True, False])
def test_records_of_sources_add_up_to_nothing_and_english_has_none_to_speak_of(with_text: bool) -> None:
    weights = learned(with_text).weights
    record = dict(zip(weights.sources, weights.record, strict=True))
    assert sum(record.values()) == pytest.approx(0, abs=0.2)
    assert record["swe_Latn"] > record[ENGLISH] > record["sme_Latn"]


def test_learned_rankings_beat_english_and_data_on_languages_and_families_that_were_left_out() -> None:
    table = comparison(with_text=True).filter(measure="ndcg")
    value = dict(table.select("ranking", "value").iter_rows())
    assert value["learned, one language left out"] > 4 * value["English, then most data"]
    assert value["learned, one family left out"] > 4 * value["most data"]
    assert (
        value["learned, one family left out"] > value["closest relative"] > value["record in other families"]
    )
    beyond = table.filter(pl.col("ranking").str.starts_with("learned"))
    assert (beyond["over_low"] > 0).all()
    assert table["languages"].unique().to_list() == [75]


def test_records_say_where_rankings_cannot_be_trusted() -> None:
    found = records(with_text=True)
    related = found["relatives and their script among the sources"]
    assert related.over_english.low is not None
    assert related.over_english.low > 0
    assert too_little(related.likeness, related) is None
    other_script = found["relatives among the sources, but not their script"]
    assert "did worse than English" in (too_little(other_script.likeness, other_script) or "")
    lone = found["neither relatives nor their script among the sources"]
    assert (
        too_little(lone.likeness, lone)
        == f"only {lone.over_english.languages} measured languages have {lone.likeness}"
    )


def test_a_source_is_worth_choosing_most_where_the_model_has_not_read_the_language(census: Census) -> None:
    gains = gains_by_reading(with_text=True)
    lowest, highest = gains[False].low, gains[True].high
    assert lowest is not None
    assert highest is not None
    assert lowest > highest
    assert "XLM-R has not read it" in pivots("Wolof", census).verdict
    assert "XLM-R has read it" in pivots("Ukrainian", census).verdict


def test_relatedness_is_symmetric_and_falls_with_the_tree() -> None:
    chain = ["rus_Cyrl", "bel_Cyrl", "pol_Latn", "lit_Latn", "hin_Deva", "fin_Latn"]
    values = [kinship("ukr_Cyrl", other) for other in chain]
    assert all(one is not None and two is not None and one >= two for one, two in pairwise(values))
    assert values[-1] == 0
    assert kinship("pol_Latn", "hin_Deva") == kinship("hin_Deva", "pol_Latn")
    assert kinship("ukr_Cyrl", "ukr_Latn") == 1


def run(*arguments: str) -> tuple[int, str, str]:
    from langcov.cli import app

    result = CliRunner().invoke(app, ["pivots", *arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def test_the_command_prints_no_number_where_too_little_is_known() -> None:
    code, out, said = run("Inuktitut", "--among", "Finnish", "--among", "Greenlandic")
    assert code == 0
    assert out.startswith("Too little is known to rank sources for Inuktitut")
    assert "kal_Latn" in out
    assert "NDCG" not in out
    assert "odds" not in out
    assert "overlap plays no part" in said


def test_the_command_gives_json_of_a_run(
    udhr: Corpus, shipped: Callable[[str], Tokenizer], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("run")
    langcov.compare([shipped("cl100k")], udhr, ["ukr_Cyrl", "rus_Cyrl", "pol_Latn", ENGLISH]).save(folder)
    code, out, _ = run("uk", "--run", str(folder), "--json")
    assert code == 0
    found = json.loads(out)
    assert found["sources"][0]["source"] == "rus_Cyrl"
    assert set(found["sources"][0]) == set(SCHEMA)
    assert found["text"] == "udhr under cl100k"
    assert {row["source"] for row in found["sources"]} == {"rus_Cyrl", "pol_Latn", ENGLISH}
    assert {row["measure"] for row in found["quality"]} == {"ndcg", "lost", "lost_in_three"}
    code, out, _ = run("uk", "--run", str(folder), "--top", "1")
    assert out.startswith("Transfer to Ukrainian from Russian rather than English")
    assert "1 more with --top or --json" in out
    assert "NDCG@3" in out
