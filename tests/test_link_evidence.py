"""The shipped evidence: facts with sources, in order, and the published correlations that they give again."""

from __future__ import annotations

import polars as pl
import pytest
from scipy.stats import spearmanr

from langcov.errors import EvidenceError
from langcov.languages import describe
from langcov.transfer import evidence
from langcov.transfer.sizes import data_of, sizes_for


def correlation(model: str, benchmark: str, corpus: str, unit: str) -> tuple[float, int]:
    scores = evidence.linkable().filter(
        (pl.col("model") == model)
        & (pl.col("benchmark") == benchmark)
        & (pl.col("metric") == "accuracy")
        & (pl.col("setting") == "zero-shot")
        & (pl.col("language") != "eng_Latn")
    )
    sizes = evidence.pretraining().filter((pl.col("corpus") == corpus) & (pl.col("unit") == unit))
    both = scores.join(sizes, on="language")
    return float(spearmanr(both["score"], both["size"]).statistic), both.height


def test_mbert_on_xnli_goes_with_the_size_of_wikipedias() -> None:
    rho, n = correlation(
        "mBERT", "XNLI", "Wikipedia dump 20200701", "bytes (compressed/uncompressed not stated)"
    )
    assert (round(rho, 3), n) == (0.868, 14)


def test_xlm_r_on_xnli_goes_with_cc100() -> None:
    rho, n = correlation("xlmr.large", "XNLI", "CC-100", "GiB")
    assert (round(rho, 3), n) == (0.590, 14)


def test_xglm_on_xcopa_goes_with_its_own_tokens() -> None:
    rho, n = correlation("xglm-7.5B", "XCOPA", "CC100-XL", "tokens")
    assert (round(rho, 3), n) == (0.727, 11)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (("allocation", "Avg. Rank"), ("allocation", "CPT"), 0.863),
        (("allocation", "CPT"), ("NER", "F1"), 0.478),
        (("LM", "MRR"), ("XNLI", "Acc"), -0.013),
    ],
)
def test_the_contrast_of_four_tokenizers_is_as_published(
    one: tuple[str, str], other: tuple[str, str], expected: float
) -> None:
    """Less the mean over the four tokenizers in each task, metric and language: Limisiewicz et al. 2023, n = 24."""
    table = evidence.tokenizer_contrast().with_columns(
        (pl.col("value") - pl.col("value").mean().over("task", "metric", "language")).alias("value")
    )

    def centred(task: str, metric: str) -> pl.DataFrame:
        return table.filter((pl.col("task") == task) & (pl.col("metric") == metric))

    both = centred(*one).join(centred(*other), on=["tokenizer", "language"])
    assert both.height == 24
    assert round(float(spearmanr(both["value"], both["value_right"]).statistic), 3) == expected


def test_every_result_can_be_cited_and_is_possible() -> None:
    table = evidence.published()
    assert table.height == 18_064
    assert table.select("citation", "licence", "source", "kind").null_count().sum_horizontal().item() == 0
    assert table["score"].is_between(0, 100).all()
    assert table["chance"].is_between(0, 50).all()
    assert table["n_examples"].drop_nulls().gt(0).all()
    assert not table.select("model", "benchmark", "metric", "setting", "written").is_duplicated().any()


def test_every_language_is_known() -> None:
    for table in (evidence.published(), evidence.pretraining()):
        for tag in table["language"].unique():
            assert describe(tag).tag == tag


def test_sources_say_where_and_not_how_it_was_looked_up() -> None:
    for table in (evidence.published(), evidence.pretraining(), evidence.models()):
        texts = pl.concat([table[name] for name in table.columns if table.schema[name] == pl.String])
        assert not texts.drop_nulls().str.contains(r"\bids? \d{5,}|\boffset \d+").any()


def test_every_model_has_a_source_for_its_tokenizer_or_none() -> None:
    table = evidence.models()
    assert set(table["model"]) == set(evidence.published()["model"])
    assert (table["tokenizer"].is_null() == table["tokenizer_source"].is_null()).all()
    assert table["data_source"].null_count() == 0
    corpora = set(evidence.pretraining().select("corpus", "unit").unique().iter_rows())
    assert set(table.select("data", "data_unit").unique().iter_rows()) <= corpora


def test_probes_and_translated_input_are_never_linked() -> None:
    assert set(evidence.linkable()["setting"]) == {"zero-shot", "multi-source-zero-shot"}


def test_twi_and_akan_are_one_language_with_one_result() -> None:
    rows = evidence.linkable().filter(pl.col("language") == "twi_Latn")
    assert not rows.select("model", "benchmark", "metric", "setting").is_duplicated().any()


def test_a_language_that_the_data_lack_is_kept_and_marked() -> None:
    sizes = sizes_for("xlm-roberta-base", ["eng_Latn", "yor_Latn", "amh_Ethi"])
    assert sizes.seen.tolist() == [True, False, True]
    assert sizes.log_size[1] <= sizes.log_size[2] < sizes.log_size[0]
    assert data_of("a-model-of-mine")[0] == "FineWeb-2 v2"


def test_burmese_in_two_encodings_is_one_language() -> None:
    found = evidence.pretraining().filter(
        (pl.col("corpus") == "CC-100") & (pl.col("unit") == "GiB") & (pl.col("language") == "mya_Mymr")
    )
    assert found["size"].to_list() == pytest.approx([2.0])


def test_unknown_names_say_where_to_look() -> None:
    assert evidence.shown("amharic").height == evidence.shown("amh_Ethi").height > 100
    with pytest.raises(EvidenceError, match="evidence list"):
        evidence.shown("NoSuchBenchmark")
