"""Results that users bring, in each format and its versions; and the gaps that follow from them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from langcov.errors import EvidenceError
from langcov.transfer.benchmarks import named_by
from langcov.transfer.evidence import RESULTS
from langcov.transfer.gaps import gaps
from langcov.transfer.results import read_results

if TYPE_CHECKING:
    from pathlib import Path


def harness(tasks: dict[str, dict[str, Any]], **more: Any) -> str:  # noqa: ANN401 (whatever a file may hold)
    """A results file as lm-evaluation-harness writes it, with what the reader needs."""
    content = {
        "results": tasks,
        "group_subtasks": {},
        "configs": {task: {"task": task, "num_fewshot": 0} for task in tasks},
        "versions": dict.fromkeys(tasks, 1.0),
        "n-shot": dict.fromkeys(tasks, 0),
        "n-samples": {task: {"original": 900, "effective": 900} for task in tasks},
        "config": {"model": "hf", "model_args": "pretrained=acme/polyglot,dtype=bfloat16"},
    }
    return json.dumps({**content, **more})


def accuracy(value: float) -> dict[str, Any]:
    return {"alias": "a", "acc,none": value, "acc_stderr,none": 0.01, "acc_norm,none": 0.9}


def one(tmp_path: Path, text: str, name: str = "results.json") -> pl.DataFrame:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return read_results([tmp_path / name]).results


@pytest.mark.parametrize(
    ("task", "benchmark", "language"),
    [
        ("belebele_amh_Ethi", "Belebele", "amh_Ethi"),
        ("belebele_zho_Hant", "Belebele", "cmn_Hant"),
        ("xnli_sw", "XNLI", "swh_Latn"),
        ("global_mmlu_full_yo", "Global-MMLU", "yor_Latn"),
        ("global_mmlu_en", "Global-MMLU Lite", "eng_Latn"),
        ("mmlu_prox_sw", "MMLU-ProX", "swh_Latn"),
        ("mmlu_prox_lite_sw", "MMLU-ProX Lite", "swh_Latn"),
        ("afrimmlu_direct_amh_prompt_1", "AfriMMLU", "amh_Ethi"),
        ("afrixnli_swa_prompt_2", "AfriXNLI", "swh_Latn"),
        ("mgsm_en_cot_sw", "MGSM (English chain of thought)", "swh_Latn"),
        ("mgsm_direct_th", "MGSM (direct)", "tha_Thai"),
        ("xcopa_ht", "XCOPA", "hat_Latn"),
        ("paws_de", "PAWS-X", "deu_Latn"),
        ("include_base_44_albanian", "INCLUDE", "als_Latn"),
        ("belebele_fra_Latn_mcf", "Belebele", "fra_Latn"),
        ("global_mmlu_all_fra_cf:_average", "Global-MMLU", "fra_Latn"),
        ("some_new_task_ha", "some_new_task", "hau_Latn"),
    ],
)
def test_a_tasks_name_says_benchmark_and_language(task: str, benchmark: str, language: str) -> None:
    named = named_by(task.replace(":_average", ""))
    assert named is not None
    assert (named.benchmark, named.language, named.variant) == (benchmark, language, "")


@pytest.mark.parametrize(
    "task", ["gsm8k", "hellaswag", "arc_easy", "mmlu_anatomy", "truthfulqa_mc2", "winogrande", "xnli"]
)
def test_english_only_tasks_name_no_language(task: str) -> None:
    assert named_by(task) is None


def test_lm_evaluation_harness_is_read(tmp_path: Path) -> None:
    tasks = {
        "belebele_eng_Latn": accuracy(0.8),
        "belebele_amh_Ethi": accuracy(0.3),
        "gsm8k": {"exact_match,strict": 0.2},
    }
    (tmp_path / "r.json").write_text(harness(tasks), encoding="utf-8")
    given = read_results([tmp_path / "r.json"])
    assert given.results.schema == RESULTS
    row = given.results.filter(pl.col("language") == "amh_Ethi").row(0, named=True)
    assert (row["model"], row["benchmark"], row["metric"], row["setting"]) == (
        "acme/polyglot",
        "Belebele",
        "accuracy",
        "zero-shot",
    )
    assert (row["score"], row["chance"], row["n_examples"]) == (pytest.approx(30), 25, 900)
    assert any("gsm8k" in note for note in given.notes)


def test_few_shots_are_another_setting(tmp_path: Path) -> None:
    found = one(tmp_path, harness({"xnli_sw": accuracy(0.4)}, **{"n-shot": {"xnli_sw": 5}}))
    assert found["setting"].to_list() == ["5-shot"]


def test_a_newer_file_names_its_model_at_the_top_or_in_a_table(tmp_path: Path) -> None:
    assert one(tmp_path, harness({"xnli_sw": accuracy(0.4)}, model_name="a/b"))["model"].item() == "a/b"
    config = {"config": {"model_args": {"pretrained": "c/d"}}}
    assert one(tmp_path, harness({"xnli_sw": accuracy(0.4)}, **config), "s.json")["model"].item() == "c/d"


def test_parts_of_a_group_are_not_counted_beside_it(tmp_path: Path) -> None:
    tasks = {
        "global_mmlu_full_yo": accuracy(0.5),
        "global_mmlu_full_yo_stem": accuracy(0.1),
        "global_mmlu_full_yo_anatomy": accuracy(0.2),
    }
    found = one(tmp_path, harness(tasks))
    assert found.select("benchmark", "score").rows() == [("Global-MMLU", 50.0)]


def test_prompts_of_one_task_are_runs_of_it(tmp_path: Path) -> None:
    found = one(
        tmp_path, harness({"afrixnli_amh_prompt_1": accuracy(0.4), "afrixnli_amh_prompt_2": accuracy(0.6)})
    )
    assert found.select("score", "n_runs").rows() == [(pytest.approx(50.0), 2)]


def test_chance_of_an_unknown_task_is_that_of_its_choices(tmp_path: Path) -> None:
    configs = {"configs": {"mytask_sw": {"doc_to_choice": ["a", "b", "c", "d", "e"]}}}
    assert one(tmp_path, harness({"mytask_sw": accuracy(0.4)}, **configs))["chance"].item() == 20
    (tmp_path / "s.json").write_text(harness({"mytask_sw": accuracy(0.4)}), encoding="utf-8")
    given = read_results([tmp_path / "s.json"])
    assert given.results["chance"].item() == 0
    assert any("chance of mytask_sw" in note for note in given.notes)


def test_lighteval_is_read(tmp_path: Path) -> None:
    content = {
        "config_general": {"model_name": "acme/polyglot"},
        "results": {
            "lighteval|belebele_eng_Latn_mcf|0": {"acc": 0.75, "acc_stderr": 0.01},
            "lighteval|belebele_amh_Ethi_mcf|0": {"acc": 0.25, "acc_stderr": 0.01},
            "lighteval|belebele_swh_Latn_mcf|3|0": {"acc": 0.5, "acc_stderr": 0.01},
            "all": {"acc": 0.5, "acc_stderr": 0.01},
        },
        "config_tasks": {"lighteval|belebele_amh_Ethi_mcf": {"effective_num_docs": 900}},
    }
    found = one(tmp_path, json.dumps(content)).sort("language")
    assert found.select("language", "score", "setting", "n_examples").rows() == [
        ("amh_Ethi", 25.0, "zero-shot", 900),
        ("eng_Latn", 75.0, "zero-shot", None),
        ("swh_Latn", 50.0, "3-shot", None),
    ]


def test_a_plain_table_is_read(tmp_path: Path) -> None:
    text = "model,benchmark,language,score,chance,n\nm,b,English,80,25,100\nm,b,yo,40,25,100\n"
    found = one(tmp_path, text, "r.csv")
    assert found.select("language", "score", "chance", "n_examples", "setting").rows() == [
        ("eng_Latn", 80.0, 25.0, 100, "zero-shot"),
        ("yor_Latn", 40.0, 25.0, 100, "zero-shot"),
    ]
    fractions = "model,benchmark,language,score,chance\nm,b,en,0.8,0.25\nm,b,yo,0.4,0.25\n"
    assert one(tmp_path, fractions, "f.csv").select("score", "chance").rows() == [(80.0, 25.0), (40.0, 25.0)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("model,benchmark,score\nm,b,1\n", "column 'language' is missing"),
        ("model,benchmark,language,score\nm,b,yo,high\n", "is no number"),
        ("model,benchmark,language,score\nm,b,yo,140\n", "can't be"),
        ('{"results": []}', "no table 'results'"),
        ('{"results": {"xnli_sw": {"acc,none": 0.4}}}', "does not name its model"),
        (harness({"gsm8k": accuracy(0.4)}), "no result of a language"),
        ("{", "no JSON"),
        (" \n", "the file is empty"),
        ("model,benchmark,language,score\n,b,yo,10\n", "line 2: there is no model"),
        ("model,benchmark,language,score\nm,b,yo,10\nm,b,yor_Latn,20\n", "two scores"),
    ],
)
def test_a_bad_file_gets_one_clear_sentence(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(EvidenceError, match=said):
        one(tmp_path, text, "bad")


def test_bytes_that_are_no_text_and_a_file_that_is_not_there_are_told(tmp_path: Path) -> None:
    (tmp_path / "bytes.csv").write_bytes(b"model,\xff\xfe")
    with pytest.raises(EvidenceError, match=r"byte 6 is no UTF-8; save the results as UTF-8"):
        read_results([tmp_path / "bytes.csv"])
    with pytest.raises(EvidenceError, match=r"\(no such file or directory\); check the path"):
        read_results([tmp_path / "none.csv"])


def test_an_unknown_language_is_named(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match=r"bad.csv, line 2: unknown language 'Klingonn'"):
        one(tmp_path, "model,benchmark,language,score\nm,b,Klingonn,10\n", "bad.csv")


def results(
    *rows: tuple[str, str, float, int | None], chance: float = 25.0, metric: str = "accuracy"
) -> pl.DataFrame:
    """Results of one model: setting, language, score, examples."""
    return pl.DataFrame(
        [
            {
                "model": "m",
                "benchmark": "b",
                "metric": metric,
                "setting": setting,
                "language": language,
                "score": score,
                "chance": chance,
                "n_runs": 1,
                "n_examples": n,
                "translated": "yes",
                "citation": "c",
                "licence": "l",
                "source": "s",
            }
            for setting, language, score, n in rows
        ],
        schema=RESULTS,
    )


def test_the_gap_is_what_is_lost_of_englishs_lead_over_chance() -> None:
    table = gaps(results(("zero-shot", "eng_Latn", 85.0, 900), ("zero-shot", "yor_Latn", 40.0, 900)))
    row = table.row(0, named=True)
    assert row["gap"] == pytest.approx((85 - 40) / (85 - 25))
    assert row["absolute_gap"] == pytest.approx(45)
    assert row["score_se"] == pytest.approx(100 * (0.4 * 0.6 / 900) ** 0.5)
    english_se = 100 * (0.85 * 0.15 / 900) ** 0.5
    kept = (40 - 25) / 60
    assert row["gap_se"] == pytest.approx((row["score_se"] ** 2 + (kept * english_se) ** 2) ** 0.5 / 60)


def test_the_gaps_error_is_what_sampling_gives() -> None:
    import numpy as np

    rng = np.random.default_rng(0)
    english, other = rng.binomial(900, 0.85, 20_000) / 9, rng.binomial(900, 0.4, 20_000) / 9
    spread = ((english - other) / (english - 25)).std()
    table = gaps(results(("zero-shot", "eng_Latn", 85.0, 900), ("zero-shot", "yor_Latn", 40.0, 900)))
    assert table["gap_se"].item() == pytest.approx(spread, rel=0.03)


def test_settings_are_never_mixed() -> None:
    table = gaps(results(("few-shot", "eng_Latn", 85.0, 900), ("zero-shot", "yor_Latn", 40.0, 900)))
    assert table.select("gap", "no_gap").rows() == [(None, "no English result")]


def test_a_model_that_guesses_in_english_has_no_gaps() -> None:
    table = gaps(results(("zero-shot", "eng_Latn", 27.0, 200), ("zero-shot", "yor_Latn", 25.0, 200)))
    assert table["gap"].item() is None
    assert "within 2 standard errors of chance" in table["no_gap"].item()


def test_floors_and_ceilings_are_flagged() -> None:
    table = gaps(
        results(
            ("zero-shot", "eng_Latn", 95.0, 900),
            ("zero-shot", "yor_Latn", 26.0, 900),
            ("zero-shot", "deu_Latn", 99.8, 900),
            ("zero-shot", "fra_Latn", 60.0, 900),
        )
    )
    flags = dict(table.select("language", "flag").iter_rows())
    assert flags == {"yor_Latn": "at the floor", "deu_Latn": "at the ceiling", "fra_Latn": None}


def test_a_score_that_is_no_mean_of_right_and_wrong_has_no_binomial_error() -> None:
    table = gaps(
        results(
            ("zero-shot", "eng_Latn", 90.0, 900), ("zero-shot", "deu_Latn", 80.0, 900), chance=0, metric="f1"
        )
    )
    assert table.select("score_se", "gap_se").row(0) == (None, None)
    assert table["gap"].item() == pytest.approx(1 / 9)
