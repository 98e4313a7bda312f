"""The finding in words: what is associated with what, how sure that is, and what the control says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from langcov.transfer.control import APART, AS_WELL, UNCLEAR, outcomes
from langcov.transfer.predict import WITH_TOKENIZER, WITH_WRONG
from langcov.transfer.ranks import LEAST_FOR_P

if TYPE_CHECKING:
    from langcov.transfer.link import Link

ALPHA: Final = 0.05
KINDS: Final = {
    "yes": "translated from English",
    "no": "native",
    "partly": "partly translated",
    "unknown": "not known whether translated",
}


def parts(link: Link) -> dict[str, Any]:
    """Return the verdict: ``headline``, ``together`` (all models), ``tokenizers`` (name and text of each) and ``limits``."""
    tests = link.associations
    tested = set(_premiums(tests)["tokenizer"])
    untested = [tokenizer for tokenizer in link.facts["tokenizers"] if tokenizer not in tested]
    limits = []
    if untested:
        limits.append(
            f"No model with {_listed(untested)} has results in {LEAST_FOR_P} languages of this run."
        )
    missing = link.facts["models_without_tokenizer"]
    if missing:
        limits.append(
            f"The tokenizers of {_count(len(missing), 'model')} with results are not in this run ({_listed(missing)}): "
            "only their data size was linked. --model-tokenizer supplies them."
        )
    limits.append(
        "All of this is association. Results of one model on related benchmarks, and of models made from each other, are no "
        "independent witnesses. p-values take languages for exchangeable, which relatives are not: where families had effects, "
        "up to 10 of 100 simulated nil effects had p < 0.05; intervals, which resample families, held the truth in 92 to 95."
    )
    return {
        "headline": _headline(link.errors),
        "together": _together(link.mixed),
        "tokenizers": [
            {
                "tokenizer": tokenizer,
                "text": _of_tokenizer(tests.filter(pl.col("tokenizer") == tokenizer)),
            }
            for tokenizer in link.facts["tokenizers"]
            if tokenizer not in untested
        ],
        "limits": limits,
    }


def paragraphs(link: Link) -> list[str]:
    """Return the verdict as paragraphs, the headline first."""
    said = parts(link)
    each = [f"{one['tokenizer']}: {one['text']}" for one in said["tokenizers"]]
    return [text for text in (said["headline"], said["together"], *each, *said["limits"]) if text]


def control_table(tests: pl.DataFrame) -> list[dict[str, Any]]:
    """Return one row per tokenizer, wrong tokenizer and part: in how many cells it did as well as the right one.

    Cells have `LEAST_FOR_P` languages or more, and the own premium goes with the gap in them.
    """
    found = outcomes(tests).filter(pl.col("languages") >= LEAST_FOR_P)
    table = (
        found.group_by("part", "tokenizer", "of")
        .agg(
            pl.len().alias("cells"),
            *((pl.col("finding") == name).sum().alias(column) for column, name in _FINDINGS.items()),
            pl.col("own_partial").median(),
            pl.col("partial").median(),
            pl.col("languages").min().alias("fewest_languages"),
            pl.col("languages").max().alias("most_languages"),
        )
        .sort("part", "tokenizer", "of")
    )
    return table.to_dicts()


def by_kind(tests: pl.DataFrame) -> list[dict[str, Any]]:
    """Return medians of the premium's correlations per tokenizer, translated and native benchmarks apart."""
    table = (
        _premiums(tests)
        .group_by("tokenizer", "translated")
        .agg(
            pl.col("benchmark").unique().sort().str.join(", "),
            pl.len().alias("cells"),
            pl.col("model").n_unique().alias("models"),
            pl.col("raw").median(),
            pl.col("partial").median(),
            (pl.col("partial") > 0).sum().alias("above_zero"),
            ((pl.col("q") < ALPHA) & (pl.col("partial") > 0)).sum().alias("significant"),
        )
        .sort("tokenizer", "translated")
    )
    return [{**row, "kind": KINDS.get(row["translated"], row["translated"])} for row in table.to_dicts()]


_FINDINGS: Final = {"as_well": AS_WELL, "unclear": UNCLEAR, "clearly_weaker": APART}


def _premiums(tests: pl.DataFrame) -> pl.DataFrame:
    return tests.filter(
        (pl.col("part") == "measure")
        & (pl.col("measure") == "premium")
        & (pl.col("languages") >= LEAST_FOR_P)
        & pl.col("partial").is_not_null()
    )


def _headline(errors: pl.DataFrame) -> str:
    pooled = {
        row["using"]: row
        for row in errors.filter((pl.col("cells") == "all") & (pl.col("left_out") == "family")).iter_rows(
            named=True
        )
    }
    if not pooled:
        return (
            "Too few results with a gap to English are of tokenizers in this run to say whether a tokenizer predicts "
            "anything."
        )
    row = pooled[WITH_TOKENIZER]
    among = f"({row['results']:,} results, {row['languages']} languages, {row['families']} families)"
    said = (
        f"When whole language families are left out, the tokenizer's treatment of a language lowers the error in "
        f"predicting its gap to English by {_gain(row)} against knowing the size of its pretraining data alone {among}: "
    )
    if row["gain_low"] is not None and row["gain_low"] > 0:
        said += "a gain, though association is not cause. "
    elif row["gain_high"] is not None and row["gain_high"] < 0:
        said += "no gain, but a loss. "
    else:
        said += "no gain that can be told from none. "
    wrong, plain = pooled[WITH_WRONG], pooled["data size + plain bytes"]
    said += f"Tokenizers that the models never used lower it by {_gain(wrong)}, plain bytes by {_gain(plain)}"
    if row["beyond_wrong"] <= 0:
        return said + ": the wrong tokenizers predict no less than the right one."
    if row["beyond_low"] is None or row["beyond_low"] <= 0:
        return said + ": the right tokenizer predicts no more than wrong ones do, as far as can be told."
    return said + ": the right tokenizer predicts more than wrong ones do."


def _together(mixed: pl.DataFrame) -> str:
    terms = {(row["fit"], row["term"]): row for row in mixed.iter_rows(named=True)}
    own = terms.get(("own premium", "log_premium"))
    if own is None:
        reason = next(iter(mixed["note"].drop_nulls()), None)
        return f"All models together: the mixed model is {reason}." if reason else ""
    beside, wrong = terms.get(("both", "log_premium")), terms.get(("both", "wrong_premium"))
    said = (
        f"All models together ({own['results']:,} results of {own['models']} models in {own['languages']} languages of "
        f"{own['families']} families; mixed model): with data size held fixed, a premium that is larger by one standard "
        f"deviation is associated with a gap that is larger by {_term(own)} standard deviations"
    )
    if beside is not None and wrong is not None:
        said += (
            f". Beside the premium of tokenizers that the models never used it keeps {_term(beside)}, and that one has "
            f"{_term(wrong)}"
        )
    return said + (
        ". A model's tokenizer and its training text come together: what looks like the tokenizer's part may be the text's."
    )


def _of_tokenizer(tests: pl.DataFrame) -> str:
    premiums = _premiums(tests)
    above = int((premiums["partial"] > 0).sum())
    significant = int(((premiums["q"] < ALPHA) & (premiums["partial"] > 0)).sum())
    said = (
        f"{_count(premiums.height, 'test')} ({_count(premiums['model'].n_unique(), 'model')}, "
        f"{_count(premiums['benchmark'].n_unique(), 'benchmark')}, {_span(premiums['languages'])} languages of "
        f"{_span(premiums['families'])} families). A higher premium "
        f"is associated with a larger gap in {above} of them once data size is held fixed, {significant} after adjusting "
        f"for all tests (median correlation {_median(premiums['raw'])} raw, {_median(premiums['partial'])} with data size "
        "held fixed)."
    )
    for part, where in (("control", ""), ("control within one script", "Within one script, in ")):
        said += _control(
            outcomes(tests.filter(pl.col("part") == part)).filter(pl.col("languages") >= LEAST_FOR_P), where
        )
    return said


def _control(found: pl.DataFrame, where: str) -> str:
    if found.is_empty():
        return "" if where else " There is nothing for the wrong-tokenizer control to explain."
    key = ["model", "benchmark", "metric", "setting"]
    cells = found.group_by(key).agg(
        (pl.col("finding") == AS_WELL).any().alias("as_well"),
        (pl.col("finding") == APART).all().alias("apart"),
        (pl.len() / (pl.len() + 1)).alias("by_lot"),
    )
    as_well, apart = int(cells["as_well"].sum()), int(cells["apart"].sum())
    best = (
        found.filter(pl.col("finding") == AS_WELL)
        .group_by("of")
        .len()
        .sort(["len", "of"], descending=[True, False])
    )
    names = f" (most often {best['of'][0]})" if best.height else ""
    before = f" {where}" if where else " Control: in "
    return (
        f"{before}{as_well} of {cells.height} a tokenizer that the model never used did as well{names}; drawing lots would give "
        f"{cells['by_lot'].sum():.0f}. In {apart} the own one was clearly ahead of all others."
    )


def _gain(row: dict[str, Any]) -> str:
    interval = (
        f" [{100 * row['gain_low']:.0f}, {100 * row['gain_high']:.0f}]" if row["gain_low"] is not None else ""
    )
    return f"{100 * row['gain']:.0f} %{interval}"


def _term(row: dict[str, Any]) -> str:
    return f"{row['coefficient']:.2f} [{row['low']:.2f}, {row['high']:.2f}]"


def _median(values: pl.Series) -> str:
    middle = values.drop_nulls().to_numpy()
    return f"{np.median(middle):.2f}" if len(middle) else "–"


def _span(values: pl.Series) -> str:
    low, high = int(values.to_numpy().min()), int(values.to_numpy().max())
    return f"{low}" if low == high else f"{low} to {high}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _listed(names: list[str], most: int = 4) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
