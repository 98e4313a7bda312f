"""The whole link where the truth is known, on the shipped evidence, and from a run folder to its page."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

import langcov
from langcov.errors import EvidenceError, RunError
from langcov.links import link
from langcov.report import write_report
from langcov.transfer import mixed
from langcov.transfer.cells import cells, measured
from langcov.transfer.control import outcomes
from langcov.transfer.gaps import gaps
from langcov.transfer.link import Link, link_results
from langcov.transfer.pooled import distance_to_english, pooled_cells, pooled_rows
from langcov.transfer.predict import held_out_errors
from synthetic_link import ENGLISH, languages, measures, results
from synthetic_run import HOSTILE

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

    from langcov.corpora.base import Corpus
    from langcov.transfer.cells import Cell, Measured

TAGS = languages()
MODELS = dict.fromkeys([f"model-{number}" for number in range(4)], "right")


def linked(effect: float, tokenizers: dict[str, str | None] | None = None) -> Link:
    return link_results(measures(TAGS), results(TAGS, effect), tokenizers or MODELS, signature="s")


@pytest.fixture(scope="module")
def real() -> Link:
    """Gaps that the right tokenizer drives."""
    return linked(0.5)


@pytest.fixture(scope="module")
def nil() -> Link:
    """Gaps that only data size drives, as it does both tokenizers' premiums."""
    return linked(0.0)


def premium_rows(found: Link) -> pl.DataFrame:
    return found.associations.filter((pl.col("part") == "measure") & (pl.col("measure") == "premium"))


def gain(found: Link, using: str, left_out: str = "family") -> dict[str, float]:
    rows = found.errors.filter(
        (pl.col("cells") == "all") & (pl.col("using") == using) & (pl.col("left_out") == left_out)
    )
    return rows.row(0, named=True)


def test_a_real_effect_is_found_and_the_wrong_tokenizer_is_behind(real: Link) -> None:
    rows = premium_rows(real)
    assert rows.height == 8
    assert (rows["q"] < 0.05).all()
    control = outcomes(real.associations).filter((pl.col("part") == "control") & (pl.col("of") == "wrong"))
    assert set(control["finding"]) == {"was clearly weaker"}
    row = gain(real, "data size + tokenizer")
    assert row["gain_low"] > 0
    assert row["beyond_low"] > 0
    assert "a gain, though association is not cause" in real.verdict[0]
    assert "the right tokenizer predicts more than wrong ones do" in real.verdict[0]


def test_a_confounder_alone_gives_a_raw_association_and_no_partial_one(nil: Link) -> None:
    rows = premium_rows(nil)
    assert (rows["raw"] > 0.5).all()
    assert (rows["partial"].abs() < 0.3).all()  # 90 languages: a standard error of 0.1
    assert (rows["q"] > 0.05).all()


def test_a_nil_gain_is_said_plainly(nil: Link) -> None:
    row = gain(nil, "data size + tokenizer")
    assert row["gain_low"] < 0.02
    assert "no gain that can be told from none" in nil.verdict[0] or "no gain, but a loss" in nil.verdict[0]
    assert "wrong ones" in nil.verdict[0] or "wrong tokenizers predict no less" in nil.verdict[0]


def test_claiming_the_wrong_tokenizer_is_embarrassed_by_the_control() -> None:
    """The models really used ``right``; whoever says ``wrong`` is told that another tokenizer did as well."""
    found = linked(0.5, dict.fromkeys(MODELS, "wrong"))
    control = outcomes(found.associations).filter((pl.col("part") == "control") & (pl.col("of") == "right"))
    assert set(control["finding"]) == {"did as well"}
    assert "a tokenizer that the model never used did as well" in " ".join(found.verdict)


def test_the_mixed_model_recovers_a_known_effect(real: Link, nil: Link) -> None:
    terms = {
        row["fit"]: row for row in real.mixed.filter(pl.col("term") == "log_premium").iter_rows(named=True)
    }
    rows = pooled_rows(_pooled(0.5), _measured())
    truth = 0.5 * rows.features["log_premium"].std() / rows.outcome.std()
    assert terms["own premium"]["low"] < truth < terms["own premium"]["high"] + 0.05
    assert terms["both"]["low"] > 0
    nothing = nil.mixed.filter((pl.col("fit") == "own premium") & (pl.col("term") == "log_premium")).row(
        0, named=True
    )
    assert abs(nothing["coefficient"]) < 0.1


def test_a_mixed_model_that_does_not_converge_is_not_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    from statsmodels.regression.mixed_linear_model import MixedLM

    fit = MixedLM.fit

    def unfinished(self: MixedLM, **options: object) -> object:
        found = fit(self, **options)
        found.converged = False
        return found

    monkeypatch.setattr(MixedLM, "fit", unfinished)
    table = mixed.mixed_fits(pooled_rows(_pooled(0.5), _measured()))
    assert table["coefficient"].null_count() == table.height == 2
    assert table["note"].str.contains("did not converge").all()


def test_what_is_left_out_is_never_seen() -> None:
    """Changing the outcome of a family changes no prediction for it, only its errors by just as much."""
    rows = pooled_rows(_pooled(0.5), _measured())
    features = rows.matrix(("log_size", "log_premium"))
    before = held_out_errors(rows, features, rows.family)
    inside = rows.family == rows.family[0]
    rows.outcome[inside] += 7.0
    after = held_out_errors(rows, features, rows.family)
    np.testing.assert_allclose(after[inside], before[inside] - 7.0)
    assert not np.allclose(after[~inside], before[~inside])


def test_predictions_for_languages_without_results_hold_the_truth() -> None:
    """Half of the languages have results; the intervals of the others hold nearly all of their true gaps."""
    table = results(TAGS, 0.5, models=1)
    hidden = set(TAGS[::2])
    found = link_results(measures(TAGS), table.filter(~pl.col("language").is_in(hidden)), MODELS)
    truth = dict(
        table.filter((pl.col("benchmark") == "one") & (pl.col("language") != "eng_Latn"))
        .select("language", (ENGLISH - pl.col("score")) / (ENGLISH - 25))
        .iter_rows()
    )
    covered = found.risks.filter(pl.col("predicted").is_not_null())
    assert covered.height > 15
    assert set(covered["language"]) <= hidden
    inside = [
        low <= min(truth[tag], 1.0) <= high
        for tag, low, high in covered.select("language", "low", "high").iter_rows()
    ]
    assert np.mean(inside) > 0.85
    outside = found.risks.filter(pl.col("outside").is_not_null())
    assert outside["predicted"].null_count() == outside.height
    assert set(found.risks["language"]) == set(TAGS)


def test_small_cells_say_why_they_have_no_p_value() -> None:
    few = TAGS[:8]
    found = link_results(measures(few), results(few, 0.5, models=1), MODELS)
    rows = premium_rows(found)
    assert rows["p"].null_count() == rows.height == 2
    assert rows["note"].str.contains("no p-value below 10 languages").all()
    assert found.verdict[0].startswith("Too few results")


def test_a_model_without_tokenizer_keeps_its_data_size() -> None:
    found = link_results(measures(TAGS), results(TAGS, 0.5, models=1), {"model-0": None})
    assert set(found.associations["part"]) == {"size"}
    assert "--model-tokenizer" in " ".join(found.verdict)


def test_same_seed_same_numbers(real: Link) -> None:
    again = linked(0.5)
    assert again.associations.equals(real.associations)
    assert again.verdict == real.verdict


def test_related_languages_are_nearer_to_english() -> None:
    german, hindi, yoruba, english = distance_to_english(["deu_Latn", "hin_Deva", "yor_Latn", "eng_Latn"])
    assert english == 0 < german < hindi < yoruba == 1


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory, udhr: Corpus) -> Path:
    """A run of two tokenizers over the evidence's languages."""
    folder = tmp_path_factory.mktemp("run")
    tokenizers = [langcov.load_tokenizer("xlm-r"), langcov.load_tokenizer("cl100k")]
    here = set(udhr.languages())
    langcov.compare(tokenizers, udhr, [tag for tag in (*TAGS, "eng_Latn", "deu_Latn") if tag in here]).save(
        folder
    )
    return folder


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's table, of a model with a hostile name."""
    file = tmp_path_factory.mktemp("mine") / "mine.csv"
    table = results(TAGS, 0.5, models=1).with_columns(pl.lit(f"m {HOSTILE}").alias("model"))
    table.select(
        "model", "benchmark", "language", "score", "chance", pl.col("n_examples").alias("n")
    ).write_csv(file)
    return file


def test_a_run_is_linked_saved_and_shown(run_folder: Path, own: Path) -> None:
    found = link(run_folder, [own], {f"m {HOSTILE}": "xlm-r"}, shipped=False)
    found.save(run_folder)
    page = write_report(run_folder).read_text(encoding="utf-8")
    assert 'id="link"' in page
    assert HOSTILE not in page
    assert pl.read_parquet(run_folder / "link.parquet").equals(found.associations)
    saved = json.loads((run_folder / "link.json").read_text(encoding="utf-8"))
    assert saved["signature"] == found.facts["signature"]
    assert any("mine.csv" in each["citation"] for each in saved["citations"])


def test_the_page_of_a_link_works_in_a_browser(run_folder: Path, own: Path, browser: Browser) -> None:
    link(run_folder, [own], {f"m {HOSTILE}": "xlm-r"}, shipped=False).save(run_folder)
    write_report(run_folder)
    page = browser.new_page(viewport={"width": 360, "height": 740})
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on("dialog", lambda dialog: faults.append(f"dialog: {dialog.message}"))
    page.goto((run_folder / "index.html").as_uri())
    for chart in ("scatter", "forest"):
        page.locator(f"[data-chart={chart}]").scroll_into_view_if_needed()
        page.wait_for_selector(f"[data-chart={chart}][data-live=yes]")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert faults == []
    page.close()
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto((run_folder / "index.html").as_uri())
    lead = plain.locator("#link .lead")
    lead.scroll_into_view_if_needed()
    assert (lead.text_content() or "").startswith("When whole language families")
    assert plain.locator("[data-chart=scatter] svg").count() == 1
    context.close()


def test_a_link_of_another_run_is_not_shown_as_this_ones(run_folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(run_folder, tmp_path / "run")
    saved = json.loads((folder / "link.json").read_text(encoding="utf-8"))
    (folder / "link.json").write_text(json.dumps({**saved, "signature": "another"}), encoding="utf-8")
    page = write_report(folder).read_text(encoding="utf-8")
    assert "belong to another run" in page
    for name, damage in (("link.json", b"{}"), ("link.parquet", b"PAR1 no table PAR1")):
        shutil.copytree(run_folder, folder, dirs_exist_ok=True)
        (folder / name).write_bytes(damage)
        with pytest.raises(RunError, match="run langcov link again"):
            write_report(folder)


def test_a_folder_of_any_name_shows_its_link(run_folder: Path, own: Path, tmp_path: Path) -> None:
    link(run_folder, [own], {f"m {HOSTILE}": "xlm-r"}, shipped=False).save(run_folder)
    folder = shutil.copytree(run_folder, tmp_path / "runs[1]")
    assert 'id="link"' in write_report(folder).read_text(encoding="utf-8")


def test_a_tokenizer_that_the_run_lacks_is_counted_on_its_text(run_folder: Path, own: Path) -> None:
    found = link(run_folder, [own], {f"m {HOSTILE}": "o200k"}, shipped=False)
    assert set(premium_rows(found)["tokenizer"]) == {f"m {HOSTILE}"}
    assert len(found.facts["tokenizers"]) == 3


def test_an_unknown_model_is_named(run_folder: Path, own: Path) -> None:
    with pytest.raises(EvidenceError, match="no result is of a model 'nobody'"):
        link(run_folder, [own], {"nobody": "xlm-r"}, shipped=False)


def test_published_results_are_linked_to_the_tokenizers_that_models_used(run_folder: Path) -> None:
    found = link(run_folder)
    rows = premium_rows(found)
    assert set(rows.filter(pl.col("model") == "gpt-4")["tokenizer"]) == {"cl100k"}
    assert set(rows.filter(pl.col("model") == "xlm-roberta-base")["tokenizer"]) == {"xlm-r"}
    assert "bloom-7b1" in found.facts["models_without_tokenizer"]
    assert not found.gaps["setting"].is_in(["translate-test", "in-language-probe"]).any()
    pooled = {cell.key[0] for cell in pooled_cells(_cells_of(found))}
    assert "XLM-R base (original release)" not in pooled


def _measured() -> Measured:
    return measured(measures(TAGS))


def _pooled(effect: float) -> list[Cell]:
    return pooled_cells(cells(gaps(results(TAGS, effect)), MODELS))


def _cells_of(found: Link) -> list[Cell]:
    return cells(found.gaps, dict.fromkeys(found.gaps["model"].unique(), "xlm-r"))
