"""``--fail-if``: what it takes, what it refuses, and when a value crosses it."""

from __future__ import annotations

import contextlib

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from langcov.errors import LangcovError, LanguageError, MeasureError
from langcov.measures.table import SCHEMA
from langcov.thresholds import Threshold, parse_threshold

TOKENIZERS = ["o200k", "xlm-r"]
REASON = "its letters are lost"
MEASURES = pl.DataFrame(
    [
        ("o200k", "amh_Ethi", "premium", 4.0, 3.9, 4.1, 40, None),
        ("o200k", "eng_Latn", "premium", 1.0, 1.0, 1.0, 40, None),
        ("xlm-r", "amh_Ethi", "premium", None, None, None, 40, REASON),
        ("xlm-r", "eng_Latn", "premium", 1.0, 1.0, 1.0, 40, None),
        (None, "amh_Ethi", "script_share:Ethi", 0.9, 0.8, 1.0, 40, None),
    ],
    schema=SCHEMA,
    orient="row",
)
AMHARIC_IS_4 = "premium of amh_Ethi under o200k is 4, "


def crossed(text: str, measures: pl.DataFrame = MEASURES) -> list[str]:
    return parse_threshold(text, TOKENIZERS).crossed(measures)


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("premium > 4", Threshold("premium", ">", 4)),
        ("premium>4", Threshold("premium", ">", 4)),
        ("  premium [ ] <=\t-1.5e-3 ", Threshold("premium", "<=", -0.0015)),
        ("premium[amh_Ethi] >= +4.25", Threshold("premium", ">=", 4.25, "amh_Ethi")),
        ("premium[Amharic] < 4", Threshold("premium", "<", 4, "amh_Ethi")),
        ("premium[am] < 4", Threshold("premium", "<", 4, "amh_Ethi")),
        ("premium[o200k] > 4", Threshold("premium", ">", 4, None, "o200k")),
        ("premium[amh_Ethi, xlm-r] > 4", Threshold("premium", ">", 4, "amh_Ethi", "xlm-r")),
        ("premium[xlm-r,amh_Ethi] > 4", Threshold("premium", ">", 4, "amh_Ethi", "xlm-r")),
        ("script_share:Latn[amh_Ethi] > 0.1", Threshold("script_share:Latn", ">", 0.1, "amh_Ethi")),
    ],
)
def test_a_threshold_is_a_measure_perhaps_a_scope_a_sign_and_a_number(text: str, means: Threshold) -> None:
    assert parse_threshold(text, TOKENIZERS) == means


@pytest.mark.parametrize(
    "text",
    [
        "",
        "premium",
        "> 4",
        "premium = 4",
        "premium == 4",
        "premium > four",
        "premium > nan",
        "premium > 4 tokens",
        "premium amh_Ethi > 4",
        "premium[amh_Ethi > 4",
        "premium[amh_Ethi]",
        "4 < premium",
        "premium > 4 and fertility > 2",
    ],
)
def test_another_form_is_refused_with_an_example_of_the_right_one(text: str) -> None:
    with pytest.raises(MeasureError, match=r"write it like 'premium\[amh_Ethi\] > 4'") as caught:
        parse_threshold(text, TOKENIZERS)
    assert repr(text) in str(caught.value)
    assert str(caught.value).startswith("--fail-if: ")


def test_misspelled_measures_and_languages_are_met_with_the_nearest_name() -> None:
    with pytest.raises(MeasureError, match=r"'premum'; did you mean 'premium'\?"):
        parse_threshold("premum > 4", TOKENIZERS)
    with pytest.raises(LanguageError, match=r"'Amharik'; did you mean Amharic \(amh_Ethi\)"):
        parse_threshold("premium[Amharik] > 4", TOKENIZERS)


@pytest.mark.parametrize("scope", ["amh_Ethi, eng_Latn", "o200k, xlm-r", "amh_Ethi, eng_Latn, o200k"])
def test_a_scope_with_two_languages_or_two_tokenizers_is_refused_and_none_is_dropped(scope: str) -> None:
    with pytest.raises(LangcovError):
        parse_threshold(f"premium[{scope}] > 4", TOKENIZERS)


@pytest.mark.parametrize(
    ("sign", "bound", "crosses"),
    [
        (">", 3.9, True),
        (">", 4, False),
        (">=", 4, True),
        (">=", 4.1, False),
        ("<", 4.1, True),
        ("<", 4, False),
        ("<=", 4, True),
        ("<=", 3.9, False),
    ],
)
def test_a_value_crosses_where_the_condition_holds(sign: str, bound: float, *, crosses: bool) -> None:
    said = crossed(f"premium[amh_Ethi, o200k] {sign} {bound}")
    assert said == ([f"{AMHARIC_IS_4}{sign} {bound:g}"] if crosses else [])


def test_without_a_scope_every_language_and_tokenizer_is_held_to_it() -> None:
    assert crossed("premium > 3") == [f"{AMHARIC_IS_4}> 3"]
    assert crossed("premium > 5") == []
    assert len(crossed("premium > 0.5")) == 3
    assert crossed("premium[o200k] > 3") == [f"{AMHARIC_IS_4}> 3"]
    assert crossed("premium[xlm-r] > 3") == []
    assert len(crossed("premium[eng_Latn] >= 1")) == 2


def test_a_value_of_the_text_alone_has_no_tokenizer_to_name() -> None:
    assert crossed("script_share:Ethi < 0.95") == ["script_share:Ethi of amh_Ethi is 0.9, < 0.95"]


@pytest.mark.parametrize("condition", ["> 4", "< 4", ">= 0", "<= 0"])
def test_a_named_language_without_a_value_fails_with_its_reason_whatever_the_sign(condition: str) -> None:
    said = crossed(f"premium[amh_Ethi, xlm-r] {condition}")
    assert said == [f"premium of amh_Ethi under xlm-r could not be measured: {REASON}"]


def test_what_the_run_lacks_is_named_with_what_it_has() -> None:
    with pytest.raises(MeasureError, match="no language 'yor_Latn'; it has amh_Ethi, eng_Latn"):
        crossed("premium[yor_Latn] > 4")
    with pytest.raises(MeasureError, match="no measure 'fertility'; it has premium, script_share:Ethi"):
        crossed("fertility > 4")
    with pytest.raises(MeasureError, match="no tokenizer 'mbert'; it has o200k, xlm-r"):
        Threshold("premium", ">", 4, tokenizer="mbert").crossed(MEASURES)
    with pytest.raises(MeasureError, match="no measure 'premium'; it has none"):
        crossed("premium > 4", MEASURES.clear())


LOOKS_RIGHT = st.from_regex(
    r"\A\s?(premium|fertility|jsd|[\w.:]{1,9})\s?(\[[^\]]{0,12}\])?\s?[<>]=?\s?[+-]?[\d.eE+-]{1,12}\Z"
)


@settings(deadline=None, max_examples=300)
@given(st.text() | LOOKS_RIGHT)
@example("premium[,] > 1")
@example("premium[] > " + "9" * 500)
@example("premium[\x00] > 1")
@example("premium[\ud800] > 1")
@example("premium > ٤")
@example("premium > 1e999999999")
@example("." * 5000 + " > 1")
@example("premium[" + "a" * 5000 + "] > 1")
def test_no_text_at_all_raises_anything_but_an_error_of_langcov(text: str) -> None:
    with contextlib.suppress(LangcovError):
        threshold = parse_threshold(text, TOKENIZERS)
        assert all(isinstance(sentence, str) for sentence in threshold.crossed(MEASURES))


def test_measures_over_all_languages_can_be_thresholds_too() -> None:
    table = pl.DataFrame(
        [
            ("mbert", "gini_premium", "own", 0.15),
            ("o200k", "gini_premium", "own", 0.31),
            ("o200k", "gini_premium", "common", 0.4),
        ],
        schema={"tokenizer": pl.String, "measure": pl.String, "scope": pl.String, "value": pl.Float64},
        orient="row",
    ).with_columns(note=pl.lit(None, pl.String))
    empty = pl.DataFrame(schema=SCHEMA)
    said = parse_threshold("gini_premium > 0.3", ["mbert", "o200k"]).crossed(empty, table)
    assert said == ["gini_premium of o200k is 0.31, > 0.3"]
    assert parse_threshold("gini_premium[mbert] > 0.3", ["mbert", "o200k"]).crossed(empty, table) == []
