"""How weights of sources are learned and judged: laws, and made-up measurements in which it is known what decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langcov.data import make_pivots
from langcov.data.make_pivots import checked, quality_of, weights_of
from langcov.planning.pivot_evidence import QUALITY, WEIGHTS, learned_in
from langcov.planning.pivot_quality import (
    comparison,
    held_out,
    mean_over_families,
    moved_by_own,
    ndcg,
    quality,
    records,
    simple_rankings,
)
from langcov.planning.pivot_weights import Design, log_odds
from langcov.planning.transfer_pairs import ENGLISH, FEATURES, KNOWN_WITHOUT_TEXT
from langcov.transfer.evidence import published

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

FAMILIES, IN_EACH, SOURCES = 10, 4, 16


def made_up(decides: str = "kinship", strength: float = 1.0, seed: int = 0) -> pl.DataFrame:
    """Return pairs of languages that do not exist, in which one feature decides which source is the better.

    Every source has a record as well, of a standard deviation of 0.3 log odds; English is the first source, with the most text.
    """
    chance = np.random.default_rng(seed)
    sources = [ENGLISH, *(f"s{place:02}" for place in range(1, SOURCES))]
    size = np.sort(chance.normal(size=SOURCES))[::-1]
    record = chance.normal(scale=0.3, size=SOURCES)
    rows = []
    for target in range(FAMILIES * IN_EACH):
        ease = chance.normal()
        for place, source in enumerate(sources):
            known = {
                "kinship": chance.uniform(),
                "same_script": bool(chance.integers(2)),
                "log_size": size[place],
                "covered_mass": chance.uniform(),
                "shared_mass": chance.uniform(),
            }
            odds = ease + record[place] + strength * 3 * known[decides] + chance.normal(scale=0.1)
            rows.append(
                {
                    "source": source,
                    "target": f"t{target:02}",
                    **known,
                    "score": 100 / (1 + np.exp(-odds)),
                    "family": f"family {target // IN_EACH}",
                    "target_seen": target % 2 == 0,
                }
            )
    return pl.DataFrame(rows)


@pytest.mark.parametrize("decides", ["kinship", "same_script", "covered_mass", "shared_mass"])
def test_the_feature_that_decides_is_learned(decides: str) -> None:
    design = Design.of(made_up(decides), FEATURES)
    effect = dict(zip(design.features, np.abs(design.fitted().effect), strict=True))
    assert effect.pop(decides) > 5 * max(effect.values())
    judged = {row["ranking"]: row for row in comparison(design).filter(measure="ndcg").iter_rows(named=True)}
    learned = judged["learned, one family left out"]
    assert learned["low"] > judged["most data"]["high"]
    assert learned["over_low"] > 0


def test_where_nothing_decides_nothing_is_learned() -> None:
    weights = Design.of(made_up(strength=0), FEATURES).fitted()
    assert np.abs(weights.effect).max() < 0.03


def test_a_source_that_does_better_than_its_features_say_has_a_record_and_it_is_shrunk() -> None:
    pairs = made_up()
    better = pairs.with_columns(
        score=pl.when(source="s05")
        .then(100 * pl.col("score") / (pl.col("score") + 0.3 * (100 - pl.col("score"))))
        .otherwise("score")
    )
    place = Design.of(pairs, FEATURES).sources.index("s05")
    gained = []
    for targets in (4, 40):
        names = [f"t{number:02}" for number in range(targets)]
        before, after = (
            Design.of(table.filter(pl.col("target").is_in(names)), FEATURES).fitted().record[place]
            for table in (pairs, better)
        )
        gained.append(after - before)
    assert 0 < gained[0] < gained[1] < np.log(1 / 0.3)


def test_what_is_left_out_is_never_seen() -> None:
    """Other accuracies of a target change nothing of what is expected of it."""
    pairs = made_up()
    changed = pairs.with_columns(score=pl.when(target="t07").then(100 - pl.col("score")).otherwise("score"))
    one, other = Design.of(pairs, FEATURES), Design.of(changed, FEATURES)
    own = (pairs.sort("target", "source")["target"] == "t07").to_numpy()
    for left_out in ("language", "family"):
        np.testing.assert_allclose(held_out(one, left_out)[own], held_out(other, left_out)[own])
    seen = one.fitted().expected(one.rows)[own] - other.fitted().expected(other.rows)[own]
    assert np.ptp(seen) > 0.01


def test_how_far_odds_move_without_own_results_is_the_most_of_a_target() -> None:
    design = Design.of(made_up(), FEATURES)
    moved = moved_by_own(design)
    assert set(moved) == set(design.rows["target"])
    kept = (design.rows["target"] != "t03").to_numpy()
    own = design.rows.filter(target="t03")
    both = design.fitted().expected(own) - design.fitted(kept).expected(own)
    english = both[(own["source"] == ENGLISH).to_numpy()]
    assert moved["t03"] == pytest.approx(np.exp(np.abs(both - english).max()))


def test_expected_odds_are_neither_stretched_nor_shrunk_on_targets_that_were_left_out() -> None:
    design = Design.of(made_up(), FEATURES)
    rows = design.rows.select(
        "source",
        "target",
        expected=held_out(design, "language"),
        measured=log_odds(design.rows["score"].to_numpy()),
    )
    english = rows.filter(source=ENGLISH).select("target", e="expected", m="measured")
    both = rows.filter(pl.col("source") != ENGLISH).join(english, on="target")
    expected, measured = (both["expected"] - both["e"]).to_numpy(), (both["measured"] - both["m"]).to_numpy()
    assert 0.9 < expected @ measured / (expected @ expected) < 1.25


@settings(max_examples=20)
@given(st.permutations(range(len(FEATURES))), st.integers(0, 2**31))
def test_shuffled_pairs_and_features_give_the_same_weights(order: list[int], seed: int) -> None:
    pairs = made_up()
    names = [FEATURES[place] for place in order]
    once = Design.of(pairs, FEATURES).fitted()
    again = Design.of(pairs.sample(fraction=1, shuffle=True, seed=seed), names).fitted()
    assert again.sources == once.sources
    np.testing.assert_allclose(again.record, once.record, atol=1e-9)
    effects = dict(zip(again.features, again.effect, strict=True))
    np.testing.assert_allclose([effects[name] for name in once.features], once.effect, atol=1e-9)


@settings(max_examples=20)
@given(st.floats(0.1, 10))
def test_the_unit_of_a_feature_does_not_matter(factor: float) -> None:
    pairs = made_up()
    scaled = pairs.with_columns(pl.col("log_size") * factor)
    once, again = Design.of(pairs, FEATURES), Design.of(scaled, FEATURES)
    np.testing.assert_allclose(
        once.fitted().expected(once.rows), again.fitted().expected(again.rows), atol=1e-8
    )


def test_simple_rankings_are_what_they_say() -> None:
    rows = Design.of(made_up(), FEATURES).rows
    found = simple_rankings(rows)
    judged = quality(rows, found["English, then most data"])
    assert (judged["over_english"] == 0).all()
    assert (found["most data"] == rows["log_size"].to_numpy()).all()
    record = rows.with_columns(
        record=found["record in other families"],
        own=pl.col("score") - pl.col("score").mean().over("target"),
    ).filter(source="s03")
    elsewhere = record.filter(pl.col("family") != "family 2")["own"].mean()
    assert record.filter(family="family 2")["record"].to_list() == pytest.approx([elsewhere] * IN_EACH)


def test_a_record_counts_gains_over_english() -> None:
    design = Design.of(made_up(), FEATURES)
    expected = held_out(design, "family")
    judged = quality(design.rows, expected)
    (record,) = records(design, expected, judged).values()
    assert record.likeness == "relatives and their script among the sources"
    assert record.better == (judged["over_english"] > 0).sum()
    assert record.over_english.value == pytest.approx(judged["over_english"].mean())
    assert 1 < record.error < 2


def test_ndcg_of_a_worked_example() -> None:
    """Three sources: relevances 10, 9, 8; gains 1023, 511, 255; discounts 1, 1 / log2(3), 1 / 2."""
    measured = np.array([90.0, 80.0, 70.0])
    ideal = 1023 + 511 / np.log2(3) + 255 / 2
    worst = 255 + 511 / np.log2(3) + 1023 / 2
    assert ndcg(np.array([1.0, 2.0, 3.0]), measured) == pytest.approx(worst / ideal)
    assert ndcg(measured, measured) == 1
    assert ndcg(np.array([1.0, 2.0, 3.0]), measured, top=1) == pytest.approx(255 / 1023)


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=30, unique=True), st.randoms())
def test_ndcg_is_at_most_that_of_the_best_order_and_knows_only_order(
    scores: list[int], chance: Random
) -> None:
    measured = np.array(scores, dtype=np.float64)
    guess = np.array(chance.sample(scores, len(scores)), dtype=np.float64)
    value = ndcg(guess, measured)
    assert 0 <= value <= 1
    assert ndcg(measured, measured) == 1
    assert ndcg(guess**3, measured**3) == value


def test_an_interval_needs_families() -> None:
    families = [f"family {number}" for number in range(8)]
    found = mean_over_families(np.arange(8, dtype=np.float64), families)
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.value == 3.5 < found.high
    assert mean_over_families(np.arange(8, dtype=np.float64), families[:4] * 2).low is None


def test_log_odds_are_finite_and_odd_about_a_half() -> None:
    ends = log_odds(np.array([0.0, 100.0]))
    assert np.isfinite(ends).all()
    assert ends[0] == pytest.approx(-ends[1])


@pytest.mark.parametrize("damage", ["missing", "other English", "twice", "percentage", "language"])
def test_a_file_that_cannot_be_what_was_published_is_refused(damage: str) -> None:
    english = pl.DataFrame({"language": ["eng_Latn", "nld_Latn"], "score": [90.06, 80.02]})
    scores = pl.DataFrame(
        {
            "lang_train": ["en", "en", "nl", "nl"],
            "lang_pred": ["en", "nl"] * 2,
            "score": [90.0, 80.0, 70.0, 95.19],
        }
    )
    assert checked(scores, english)["score"].to_list() == [90.0, 70.0, 80.0, 95.1]
    bad, said = {
        "missing": (scores.head(3), "missing or twice"),
        "twice": (pl.concat([scores.head(3), scores.head(1)]), "missing or twice"),
        "other English": (scores.with_columns(pl.col("score") + 0.5), "results.parquet"),
        "percentage": (scores.with_columns(pl.col("score") + 5), "no percentage"),
        "language": (
            scores.with_columns(pl.col("lang_train").replace("nl", "fi")),
            "no result from English is known for fi",
        ),
    }[damage]
    with pytest.raises(ValueError, match=said):
        checked(bad, english)


def test_tables_are_made_from_a_file_as_it_is_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What English gives is known; the other accuracies are made up: Finnish gives more than English, Turkish less."""
    known = published().filter(benchmark="UD v2.8 POS").select("language", "score")
    table = pl.concat(
        known.select(
            lang_train=pl.lit(code),
            lang_pred=pl.col("language").str.head(3),
            score=(pl.col("score") + more).clip(0, 100),
        )
        for code, more in {"en": 0.0, "fi": 5.0, "tr": -5.0}.items()
    )
    table.write_csv(tmp_path / "published.csv")
    monkeypatch.setattr(make_pivots, "HERE", tmp_path)
    make_pivots.main(tmp_path / "published.csv")
    made = pl.read_parquet(tmp_path / "pivot_weights.parquet")
    for with_text in (True, False):
        weights = learned_in(made.filter(with_text=with_text)).weights
        record = dict(zip(weights.sources, weights.record, strict=True))
        assert record["fin_Latn"] > record[ENGLISH] > record["tur_Latn"]
    assert pl.read_parquet(tmp_path / "pivot_quality.parquet").schema == QUALITY


@pytest.mark.parametrize("with_text", [True, False])
def test_what_is_written_is_what_was_learned(with_text: bool) -> None:
    design = Design.of(made_up(), FEATURES if with_text else KNOWN_WITHOUT_TEXT)
    table = weights_of(design, with_text=with_text)
    assert table.schema == WEIGHTS
    found = learned_in(table)
    np.testing.assert_array_equal(found.weights.expected(design.rows), design.fitted().expected(design.rows))
    everything = np.ones(design.rows.height, dtype=np.bool_)
    drawn = [one.record for one in design.resampled(everything, make_pivots.RESAMPLES, make_pivots.SEED)]
    np.testing.assert_allclose(
        np.sort([one.record for one in found.drawn], axis=0), np.sort(drawn, axis=0), atol=2e-5
    )


@pytest.mark.parametrize("name", ["pivot_weights", "pivot_quality"])
def test_nothing_that_others_measured_is_shipped(name: str) -> None:
    """A row of what is shipped names a feature, a source, a target or a kind of ranking: never a source and a target."""
    table = pl.read_parquet(make_pivots.HERE / f"{name}.parquet")
    assert table.schema == (WEIGHTS if name == "pivot_weights" else QUALITY)
    assert table["citation"].str.contains("de Vries et al. 2022").all()
    assert table["source"].str.contains("learned by langcov").all()
    key = ["with_text", "kind", "name"] if name == "pivot_weights" else ["with_text", "of", "name", "measure"]
    assert not table.select(key).is_duplicated().any()
    assert table.height < 300


def test_quality_is_told_of_rankings_likenesses_readings_and_targets() -> None:
    table = quality_of(Design.of(made_up(), FEATURES), with_text=True)
    assert table.schema == QUALITY
    assert set(table["of"]) == {"ranking", "likeness", "reading", "target"}
    assert set(table.filter(of="reading")["name"]) == {"read", "not read"}
