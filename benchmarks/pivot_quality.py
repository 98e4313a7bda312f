"""How good rankings of sources are on measured languages that were left out, against simpler ways to choose.

    python benchmarks/pivot_quality.py FILE > benchmarks/results/pivot_quality.txt

FILE is what de Vries et al. 2022 publish, as langcov/data/make_pivots.py says; it is no part of langcov. XLM-R base was trained to tag parts
of speech in one of 65 languages and tested in 105. NDCG@3 is that of Lin
et al. 2019 (LangRank): the ten best sources count, the best most. Intervals (95 %) resample whole language families.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from langcov.data.make_pivots import designs, measured_pairs
from langcov.planning import pivot_weights
from langcov.planning.pivot_quality import (
    comparison,
    gains_by_reading,
    held_out,
    mean_over_families,
    quality,
    records,
)
from langcov.planning.pivot_weights import Design
from langcov.planning.transfer_pairs import ENGLISH, FEATURES, KNOWN_WITHOUT_TEXT, OVERLAP

if TYPE_CHECKING:
    from langcov.planning.pivot_quality import Estimate, LeftOut

MEASURES = {
    "ndcg": "NDCG@3",
    "lost": "first choice below the best",
    "lost_in_three": "best of three below the best",
}
SETS = {
    "without overlap": KNOWN_WITHOUT_TEXT,
    "without relatedness": ("same_script", "log_size", *OVERLAP),
    "overlap alone": OVERLAP,
}
PENALTIES = ((10.0, 2.0), (300.0, 2.0), (100.0, 0.5), (100.0, 20.0))


def interval(value: float, low: float | None, high: float | None, digits: int, sign: str = "") -> str:
    """Write a number and its bounds."""
    bounds = (
        "no interval" if low is None or high is None else f"{low:{sign}.{digits}f}, {high:{sign}.{digits}f}"
    )
    return f"{value:{sign}.{digits}f} [{bounds}]"


def print_comparison(design: Design, *, with_text: bool) -> None:
    """Print every ranking's quality, and what it is over English."""
    table = comparison(design)
    first = table.row(0, named=True)
    print(
        f"\n{'With' if with_text else 'Without'} the overlap in texts: {first['languages']} targets of {first['families']} families, "
        f"{design.rows['source'].n_unique()} sources"
    )
    print(
        f"{'':32}{'NDCG@3':>22}{'over English':>24}{'first choice below best':>28}{'best of three below best':>28}"
    )
    for (name,), own in table.group_by(["ranking"], maintain_order=True):
        by = {row["measure"]: row for row in own.iter_rows(named=True)}
        cells = [interval(by["ndcg"]["value"], by["ndcg"]["low"], by["ndcg"]["high"], 2)]
        cells.append(
            interval(by["ndcg"]["over_english"], by["ndcg"]["over_low"], by["ndcg"]["over_high"], 2, "+")
        )
        cells += [interval(by[m]["value"], by[m]["low"], by[m]["high"], 1) for m in ("lost", "lost_in_three")]
        print(f"{name:32}{cells[0]:>22}{cells[1]:>24}{cells[2]:>28}{cells[3]:>28}")


def against(own: pl.DataFrame, other: pl.DataFrame, measure: str) -> Estimate:
    """Return the mean difference of two rankings' qualities on the same targets."""
    difference = own[measure].to_numpy() - other[measure].to_numpy()
    return mean_over_families(difference, own["family"].to_list())


def print_seen(design: Design) -> None:
    """Print the quality apart for the languages that XLM-R has read and those that it has not, one family left out."""
    print("\nOne family left out, with overlap, by whether XLM-R has read the target")
    judged = quality(design.rows, held_out(design, "family"))
    gains = gains_by_reading(judged)
    for seen, own in judged.partition_by("seen", as_dict=True).items():
        families = own["family"].to_list()
        value = mean_over_families(own["ndcg"].to_numpy(), families)
        points = gains[bool(seen[0])]
        name = "read" if seen[0] else "not read"
        print(
            f"  {name:10} {own.height:3} targets: NDCG@3 {interval(*value[:3], 2)}, over English {interval(*points[:3], 1, '+')} points"
        )


def print_parts(whole: Design) -> None:
    """Print what parts of the features do, on the same targets, and how much the penalties matter."""
    print(
        f"\nWhat the features are worth, on the same targets: less than, or more than, all of {', '.join(FEATURES)}"
    )
    left_out: tuple[LeftOut, ...] = ("language", "family")
    for each in left_out:
        full = quality(whole.rows, held_out(whole, each))
        for name, features in SETS.items():
            part = Design.of(whole.rows, features)
            judged = quality(part.rows, held_out(part, each))
            cells = [
                f"{MEASURES[m]} {interval(*against(judged, full, m)[:3], 2, '+')}" for m in ("ndcg", "lost")
            ]
            print(f"  {f'one {each} left out, {name}':44} {cells[0]:32} {cells[1]}")
    print("\nOther penalties (features, record), one family left out; theirs are", end=" ")
    print(pivot_weights.FEATURE_PENALTY, pivot_weights.RECORD_PENALTY)
    own = pivot_weights.FEATURE_PENALTY, pivot_weights.RECORD_PENALTY
    for penalties in PENALTIES:
        pivot_weights.FEATURE_PENALTY, pivot_weights.RECORD_PENALTY = penalties
        judged = quality(whole.rows, held_out(whole, "family"))
        print(
            f"  {penalties}: NDCG@3 {judged['ndcg'].mean():.2f}, first choice {judged['lost'].mean():.1f} below the best"
        )
    pivot_weights.FEATURE_PENALTY, pivot_weights.RECORD_PENALTY = own


def main(file: Path) -> None:
    """Print all tables."""
    pairs = measured_pairs(file)
    made = designs(pairs)
    others = pairs.filter(pl.col("target") != ENGLISH)
    best = others.sort("score", "source", descending=[True, False]).group_by("target").first()
    print(
        f"English was the best source of {best.filter(source=ENGLISH).height} of {best.height} other languages"
    )
    for with_text, design in made.items():
        print_comparison(design, with_text=with_text)
    print("\nHow the first choice did against English, one family left out, points of accuracy")
    for with_text, design in made.items():
        expected = held_out(design, "family")
        for record in records(design, expected, quality(design.rows, expected)).values():
            gain = record.over_english
            print(
                f"  {('with' if with_text else 'without') + ' overlap, ' + record.likeness:68} {interval(*gain[:3], 1, '+'):>20}, better in "
                f"{record.better} of {gain.languages}; odds off by {record.error:.2f}"
            )
    print_seen(made[True])
    print_parts(made[True])
    weights = made[True].fitted()
    effects = ", ".join(
        f"{name} {np.exp(effect):.2f}" for name, effect in zip(weights.features, weights.effect, strict=True)
    )
    print(f"\nBy what a standard deviation multiplies the odds: {effects}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
