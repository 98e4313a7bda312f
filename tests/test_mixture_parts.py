"""What a mixture's audit is made of: identification, shared documents, temperature, and how much text is enough."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from langcov.languages import describe
from langcov.planning.data_needs import GIB, TOLERATED, data_need
from langcov.planning.identify import (
    UNSURE,
    WRONG_ON_ARTICLES,
    WRONG_ON_PROSE,
    WRONG_ON_UNKNOWN,
    Profiles,
    held_out,
    joined_by_language,
    shipped_profiles,
)
from langcov.planning.near_duplicates import Sketch
from langcov.planning.temperature import natural_sizes, said, temperature, temperatures
from langcov.transfer.evidence import RESULTS, published

NATURAL = natural_sizes("FineWeb-2 v2", "bytes")
TAGS = sorted(tag for tag in NATURAL if describe(tag).speakers)[::9]


def profiles() -> Profiles:
    found = shipped_profiles()
    assert found is not None
    return found


def test_held_out_articles_are_identified_as_the_benchmark_says(udhr_frame: pl.DataFrame) -> None:
    """A sixth of the languages, chosen by their place in the alphabet; all of them are in benchmarks/results."""
    tags = sorted(set(udhr_frame["language"]))[::6]
    held = held_out(udhr_frame.filter(pl.col("language").is_in(tags))).filter(pl.col("length") >= 100)
    assert held["agrees"].to_numpy().mean() > 0.99
    sure = held.filter(pl.col("found") != UNSURE)
    assert sure.height > 0.97 * held.height
    assert (sure["found"] == sure["language"]).to_numpy().mean() > 0.995


def test_what_is_said_of_identification_is_what_the_benchmark_measured() -> None:
    text = (Path(__file__).parent.parent / "benchmarks" / "results" / "identify.txt").read_text(
        encoding="utf-8"
    )
    articles, prose, unknown = text.split("\n\n")
    for part, most in ((articles, WRONG_ON_ARTICLES), (prose, WRONG_ON_PROSE)):
        shares = [float(share) / 100 for share in re.findall(r"taken for another +([\d.]+)%", part)]
        assert len(shares) >= 3
        assert most / 2 < max(shares) <= most + 1e-9
    found = re.search(r"([\d.]+)% of [\d,]+ are taken for another", unknown)
    assert found is not None
    assert float(found[1]) / 100 == pytest.approx(WRONG_ON_UNKNOWN, abs=0.005)


def test_bosnian_and_croatian_are_not_told_apart_but_croatian_and_swahili_are(
    udhr_texts: dict[str, list[str]],
) -> None:
    text = " ".join(udhr_texts["hrv_Latn"])[:900]
    found = profiles().identify([text] * 3, ["bos_Latn", "hrv_Latn", "swh_Latn"])
    assert found.agrees.tolist()[1:] == [True, False]
    half = [part for part in udhr_texts["hrv_Latn"] if len(part) > 150]
    assert profiles().identify(half, ["bos_Latn"] * len(half)).agrees.any()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Yes.",
        "12345 67890 " * 30,
        "{}();=<>" * 50,
        "qzxj kvwq xzjq " * 20,
        "\U0001f600" * 200,
        f"{'x' * 100} " * 9,
    ],
)
def test_what_is_no_text_of_a_language_is_unsure(text: str) -> None:
    found = profiles().identify([text], ["eng_Latn"])
    assert found.language.tolist() == [UNSURE]
    assert found.agrees.tolist() == [False]


def test_a_tag_without_a_profile_is_known_to_have_none(udhr_texts: dict[str, list[str]]) -> None:
    found = profiles().identify([" ".join(udhr_texts["kmr_Latn"])], ["ckb_Arab"])
    assert found.known.tolist() == [False]
    assert found.language.tolist() == ["kmr_Latn"]


@given(order=st.permutations(range(12)))
def test_an_answer_depends_on_its_text_alone(udhr_frame: pl.DataFrame, order: list[int]) -> None:
    rows = udhr_frame[:: udhr_frame.height // 12][:12]
    texts, tags = rows["text"].to_list(), rows["language"].to_list()
    alone = [profiles().identify([text], [tag]).language[0] for text, tag in zip(texts, tags, strict=True)]
    together = profiles().identify([texts[at] for at in order], [tags[at] for at in order])
    assert together.language.tolist() == [alone[at] for at in order]


def test_learning_needs_no_more_than_a_page_of_text(udhr_texts: dict[str, list[str]]) -> None:
    """Whatever the tags: from the first half of two texts, the second half is told."""
    halves = {
        name: (" ".join(udhr_texts[tag][:40]), " ".join(udhr_texts[tag][40:]))
        for name, tag in (("aaa", "fin_Latn"), ("bbb", "swh_Latn"))
    }
    own = Profiles.learned({name: first for name, (first, _) in halves.items()})
    assert own.languages == ("aaa", "bbb")
    found = own.identify([second for _, second in halves.values()], ["aaa", "aaa"])
    assert found.language.tolist() == ["aaa", "bbb"]
    assert found.agrees.tolist() == [True, False]


def sketch_of(texts: dict[str, list[str]]) -> Sketch:
    tags = [tag for tag, own in texts.items() for _ in own]
    return Sketch.of(pl.Series(tags, dtype=pl.String), [text for own in texts.values() for text in own])


def test_a_changed_copy_is_near_and_another_article_is_not(udhr_texts: dict[str, list[str]]) -> None:
    text = " ".join(udhr_texts["swh_Latn"])
    changed = text.replace("haki", "HAKI").replace(".", "!") + " Mwisho wa tamko hili."
    other = " ".join(udhr_texts["zul_Latn"])
    twins = sketch_of({"swh_Latn": [text], "zul_Latn": [changed], "xho_Latn": [other]}).twins()
    assert set(twins.select("language", "other").rows()) == {
        ("swh_Latn", "zul_Latn"),
        ("zul_Latn", "swh_Latn"),
    }
    assert twins["exact"].sum() == 0
    same = sketch_of({"swh_Latn": [text], "zul_Latn": [text.upper().replace(".", " ")]}).twins()
    assert same["exact"].to_list() == [1, 1]  # case and punctuation do not count


def test_persian_and_dari_share_articles_of_the_declaration(udhr_texts: dict[str, list[str]]) -> None:
    twins = sketch_of({tag: udhr_texts[tag] for tag in ("pes_Arab", "prs_Arab", "hin_Deva")}).twins()
    assert set(twins["language"]) == {"pes_Arab", "prs_Arab"}
    assert (twins["share"] > 0.2).all()


@pytest.mark.parametrize("kept", [0.9, 0.6])
def test_the_estimate_of_what_two_documents_share_is_near_the_truth(
    udhr_texts: dict[str, list[str]], kept: float
) -> None:
    """Documents whose shingles overlap by a known amount: half of them are above the bound only if the overlap is."""
    words = " ".join(udhr_texts["fin_Latn"]).split()
    size = 120
    own, other = [], []
    for start in range(0, len(words) - size, size):
        part = words[start : start + size]
        own.append(" ".join(part))
        other.append(" ".join([*part[: int(size * kept)], *words[:1]]))
    twins = sketch_of({"fin_Latn": own, "ekk_Latn": other}).twins()
    found = twins.filter(language="fin_Latn")["share"].sum()
    assert found > 0.9 if kept > 0.8 else found < 0.1


def test_in_a_sample_the_share_of_twins_has_an_interval_that_holds_the_truth(
    udhr_frame: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    from langcov.planning import near_duplicates

    texts = udhr_frame.filter(pl.col("language").is_in(["deu_Latn", "fra_Latn", "ita_Latn", "spa_Latn"]))[
        "text"
    ]
    long = [text for text in texts if len(text) > 120]
    half = len(long) // 2
    monkeypatch.setattr(near_duplicates, "KEPT", 60)
    shared = long[half : half + half // 2]
    twins = sketch_of({"deu_Latn": long[:half] + shared, "fra_Latn": long[half:]}).twins()
    row = twins.filter(language="fra_Latn").row(0, named=True)
    assert row["compared"] < len(long) - half
    assert row["low"] < len(shared) / (len(long) - half) < row["high"]


@given(alpha=st.floats(0.05, 1.2), factor=st.floats(1e-3, 1e6))
def test_alpha_is_the_power_that_the_mixture_was_drawn_with(alpha: float, factor: float) -> None:
    """Scaling a mixture's bytes leaves it, and so does the unit of the natural sizes."""
    sizes = {tag: NATURAL[tag] ** alpha for tag in TAGS}
    found = temperature(sizes, NATURAL, "FineWeb-2 v2")
    assert found.alpha == pytest.approx(alpha)
    assert found.explained == pytest.approx(1)
    assert found.low == pytest.approx(alpha)
    scaled = temperature({tag: size * factor for tag, size in sizes.items()}, NATURAL, "FineWeb-2 v2")
    assert scaled.alpha == pytest.approx(found.alpha)


def test_equal_sizes_are_alpha_nothing_and_natural_ones_are_one() -> None:
    assert temperature(dict.fromkeys(TAGS, 5.0), NATURAL, "n").alpha == pytest.approx(0)
    assert temperature({tag: NATURAL[tag] for tag in TAGS}, NATURAL, "n").alpha == pytest.approx(1)


def test_the_interval_holds_alpha_where_sizes_scatter() -> None:
    held = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        sizes = {tag: float(NATURAL[tag] ** 0.3 * np.exp(rng.normal(0, 1))) for tag in TAGS}
        found = temperature(sizes, NATURAL, "FineWeb-2 v2", seed)
        held += found.low <= 0.3 <= found.high
        assert 0 < found.explained < 1
    assert held >= 33  # of 95 in 100, less three standard errors


def test_few_languages_or_families_say_what_they_lack() -> None:
    few = temperatures({"deu_Latn": 1.0, "fra_Latn": 2.0})
    assert [np.isnan(each.alpha) for each in few] == [True, True]
    assert "it takes 5 languages" in said(few)[0]
    alike = temperatures(
        {
            tag: 1.0 + place
            for place, tag in enumerate(["deu_Latn", "fra_Latn", "ita_Latn", "spa_Latn", "rus_Cyrl"])
        }
    )
    assert np.isfinite(alike[0].alpha)
    assert "no interval: it takes 6 language families, there are 1" in said(alike)[0]


def made_up(slope: float, benchmarks: dict[str, float]) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Results whose gap is 0.25 at 2 GiB and changes by a slope a decade, in benchmarks with factors of their own."""
    tags = sorted(set(published().filter(pl.col("benchmark") == "SIB-200")["language"]) - {"eng_Latn"})[:80]
    rng = np.random.default_rng(0)
    sizes = 10 ** rng.uniform(-1, 2.4, len(tags))
    rows = []
    for benchmark, factor in benchmarks.items():
        gap = TOLERATED + slope * factor * np.log10(sizes / 2) + rng.normal(0, 0.03, len(tags))
        rows += [("m", benchmark, tag, 70 - each * 45) for tag, each in zip(tags, gap, strict=True)]
        rows.append(("m", benchmark, "eng_Latn", 70.0))
    constants = {"metric": "accuracy", "setting": "zero-shot", "chance": 25.0, "n_examples": 900}
    results = pl.DataFrame(
        rows, schema=["model", "benchmark", "language", "score"], orient="row"
    ).with_columns(pl.lit(value).alias(name) for name, value in constants.items())
    missing = [
        pl.lit(None, kind).alias(name) for name, kind in RESULTS.items() if name not in results.columns
    ]
    models = pl.DataFrame({"model": ["m"], "data": ["CC-100"], "data_unit": ["GiB"], "data_basis": ["own"]})
    data = pl.DataFrame({"corpus": "CC-100", "unit": "GiB", "language": tags, "size": sizes})
    return results.with_columns(missing).select(RESULTS.names()).cast(RESULTS), models, data


def test_a_size_that_the_evidence_holds_is_found() -> None:
    need = data_need(*made_up(-0.1, {"one": 1.0, "two": 1.0}))
    assert need.reason is None
    assert need.low < 2 * GIB < need.high
    assert need.high < 3 * GIB
    assert "GiB [" in need.sentence()


@pytest.mark.parametrize(
    ("slope", "benchmarks", "why"),
    [
        (0.0, {"one": 1.0, "two": 1.0}, "may as well not shrink"),
        (-0.1, {"one": 1.0, "two": 0.0}, "rests on one benchmark, one, alone"),
    ],
)
def test_a_size_that_the_evidence_does_not_hold_is_not_stated(
    slope: float, benchmarks: dict[str, float], why: str
) -> None:
    need = data_need(*made_up(slope, benchmarks))
    assert np.isnan(need.size)
    assert why in need.sentence()


def test_the_shipped_evidence_rests_on_one_benchmark() -> None:
    need = data_need()
    assert need.reason is not None
    assert "Belebele retrieval (MTEB), alone" in need.reason
    assert need.slope_high < 0


def test_joined_text_keeps_every_language(udhr_frame: pl.DataFrame) -> None:
    assert set(joined_by_language(udhr_frame)) == set(profiles().languages)
