"""How good rankings of sources are on targets that were left out, and what simpler ways to choose would do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np
import polars as pl

from langcov.planning.pivot_weights import log_odds
from langcov.planning.transfer_pairs import ENGLISH, likeness

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langcov.planning.pivot_weights import Design
    from langcov.transfer.ranks import Array

LeftOut = Literal["language", "family"]

TOP: Final = 3
GAINS: Final = 10
"""The ten best sources count, as in Lin et al. 2019: the best has relevance 10, the tenth 1, all others 0."""

RESAMPLES: Final = 2000

QUALITY: Final = pl.Schema(
    {
        "target": pl.String,
        "family": pl.String,
        "seen": pl.Boolean,
        "likeness": pl.String,
        "ndcg": pl.Float64,
        "lost": pl.Float64,
        "lost_in_three": pl.Float64,
        "over_english": pl.Float64,
    }
)
"""One target a row. ``seen``: XLM-R has read it; ``lost``: accuracy points of the best source over the first choice;
``lost_in_three``: over the best of the first three; ``over_english``: of the first choice over English."""

COMPARISON: Final = pl.Schema(
    {
        "ranking": pl.String,
        "measure": pl.String,
        "value": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "over_english": pl.Float64,
        "over_low": pl.Float64,
        "over_high": pl.Float64,
        "languages": pl.UInt32,
        "families": pl.UInt32,
    }
)
"""One ranking and measure (``ndcg``, ``lost``, ``lost_in_three`` of `QUALITY`) a row: its mean with its 95 % interval over
families, and what that is over "English, then most data"."""


def ndcg(expected: Array, measured: Array, top: int = TOP) -> float:
    """Return the normalised discounted cumulative gain of the first few sources of a ranking, 0 to 1.

    Args:
        expected: (n,) what the ranking goes by, larger is better.
        measured: (n,) accuracies. Of equal ones the first is the better, in both.
        top: How many count.

    Returns:
        The sum over the first ``top`` of (2 ** relevance - 1) / log2(place + 1), over that of the best order. Järvelin &
        Kekäläinen 2002; relevances as `GAINS` says.

    >>> ndcg(np.array([1.0, 2.0, 3.0]), np.array([10.0, 20.0, 30.0]))
    1.0
    """
    relevance = np.zeros(len(measured))
    best = np.argsort(-measured, kind="stable")[:GAINS]
    relevance[best] = GAINS - np.arange(len(best))
    gain = 2.0**relevance - 1
    discount = 1 / np.log2(np.arange(2, 2 + min(top, len(measured))))
    first = np.argsort(-expected, kind="stable")[:top]
    ideal = np.sort(gain)[::-1][:top]
    return float((gain[first] * discount).sum() / (ideal * discount).sum())


def held_out(design: Design, left_out: LeftOut) -> Array:
    """Return (N,) expected log odds of a design's pairs, each from weights that saw nothing of its target.

    Args:
        design: The pairs.
        left_out: With a language go all pairs with it on either side; with a family all pairs into it.
    """
    target, source = design.rows["target"].to_numpy(), design.rows["source"].to_numpy()
    group = target if left_out == "language" else design.rows["family"].to_numpy()
    found = np.empty(len(target))
    for each in np.unique(group):
        gone = group == each
        kept = ~gone & (source != each) if left_out == "language" else ~gone
        found[gone] = design.fitted(kept).expected(design.rows.filter(gone))
    return found


def quality(rows: pl.DataFrame, expected: Array) -> pl.DataFrame:
    """Judge a ranking of the measured pairs, target by target; returns a frame of `QUALITY`."""
    found = []
    for (target,), own in rows.with_columns(expected=expected).group_by(["target"], maintain_order=True):
        guess, score = own["expected"].to_numpy(), own["score"].to_numpy()
        order = np.argsort(-guess, kind="stable")
        english = own.filter(source=ENGLISH)["score"]
        found.append(
            {
                "target": target,
                "family": own["family"][0],
                "seen": own["target_seen"][0],
                "likeness": likeness(own),
                "ndcg": ndcg(guess, score),
                "lost": score.max() - score[order[0]],
                "lost_in_three": score.max() - score[order[:TOP]].max(),
                "over_english": score[order[0]] - english[0] if english.len() else None,
            }
        )
    return pl.DataFrame(found, schema=QUALITY)


def simple_rankings(rows: pl.DataFrame) -> dict[str, Array]:
    """Return what simpler ways to choose go by, (N,) each; data breaks ties.

    ``record`` is the mean accuracy, less the target's, of a source over the targets of other families.
    """
    size = rows["log_size"].to_numpy()
    found = {
        "English, then most data": np.where(rows["source"] == ENGLISH, np.inf, size),
        "most data": size,
        "record in other families": _record_elsewhere(rows),
        "closest relative": rows["kinship"].to_numpy() + 1e-6 * size,
    }
    overlaps = {"shared mass": "shared_mass", "covered mass": "covered_mass"}
    for name, column in overlaps.items():
        if rows[column].null_count() == 0:
            found[name] = rows[column].to_numpy() + 1e-6 * size
    return found


def _record_elsewhere(rows: pl.DataFrame) -> Array:
    centred = rows.select("source", "family", score=pl.col("score") - pl.col("score").mean().over("target"))
    inside = centred.group_by("source", "family").agg(pl.col("score").sum().alias("sum"), pl.len().alias("n"))
    whole = inside.group_by("source").agg(pl.col("sum", "n").sum().name.prefix("all_"))
    elsewhere = inside.join(whole, on="source").select(
        "source",
        "family",
        record=(pl.col("all_sum") - pl.col("sum")) / (pl.col("all_n") - pl.col("n")).cast(pl.Float64),
    )
    joined = rows.join(elsewhere, on=["source", "family"], how="left", maintain_order="left")
    return joined["record"].fill_nan(0.0).fill_null(0.0).to_numpy()


def comparison(design: Design) -> pl.DataFrame:
    """Compare the learned ranking, each target or its family left out, with simpler ones; returns a frame of `COMPARISON`."""
    rankings = {
        "learned, one language left out": held_out(design, "language"),
        "learned, one family left out": held_out(design, "family"),
        **simple_rankings(design.rows),
    }
    judged = {name: quality(design.rows, expected) for name, expected in rankings.items()}
    english = judged["English, then most data"]
    families = english["family"].to_list()
    found = []
    for name, own in judged.items():
        for measure in ("ndcg", "lost", "lost_in_three"):
            values = own[measure].to_numpy()
            mean = mean_over_families(values, families)
            over = mean_over_families(values - english[measure].to_numpy(), families)
            found.append((name, measure, *mean[:3], *over[:3], mean.languages, mean.families))
    return pl.DataFrame(found, schema=COMPARISON, orient="row")


class Estimate(NamedTuple):
    """A mean over languages, with its 95 % interval over families; no bounds where there are too few families."""

    value: float
    low: float | None
    high: float | None
    languages: int
    families: int


def mean_over_families(values: Array, families: Sequence[str], seed: int = 0) -> Estimate:
    """Return a mean and the percentiles of a bootstrap that draws whole families.

    >>> mean_over_families(np.array([1.0, 2.0]), ["a", "b"])
    Estimate(value=1.5, low=None, high=None, languages=2, families=2)
    """
    from langcov.transfer.ranks import LEAST_FAMILIES, family_weights

    number = len(set(families))
    value = float(np.mean(values))
    if number < LEAST_FAMILIES:
        return Estimate(value, None, None, len(values), number)
    drawn = family_weights(tuple(families), RESAMPLES, seed)
    low, high = np.percentile((drawn @ values) / drawn.sum(axis=1), (2.5, 97.5))
    return Estimate(value, float(low), float(high), len(values), number)


class Record(NamedTuple):
    """How the ranking did on measured languages like a target, whole families left out.

    Attributes:
        likeness: What they have in common with it.
        over_english: Accuracy points of the first choice over English.
        better: In how many of them the first choice was better than English.
        error: By what factor the expected odds of a source, over those of English, were off: exp of the root mean square
            error of their logarithm.
    """

    likeness: str
    over_english: Estimate
    better: int
    error: float


def gains_by_reading(judged: pl.DataFrame) -> dict[bool, Estimate]:
    """Return the points of the first choice over English where the model has read the target, and where it has not.

    Args:
        judged: A frame of `QUALITY`.
    """
    return {
        bool(seen[0]): mean_over_families(own["over_english"].to_numpy(), own["family"].to_list())
        for seen, own in judged.drop_nulls("over_english")
        .partition_by("seen", as_dict=True, maintain_order=True)
        .items()
    }


def records(design: Design, expected: Array, judged: pl.DataFrame) -> dict[str, Record]:
    """Return the record of rankings for each likeness; likenesses that do not occur have none.

    Args:
        design: The pairs.
        expected: (N,) as `held_out` returns them, families left out.
        judged: The quality of that ranking (`QUALITY`).
    """
    missed = design.rows.select(
        "source", "target", missed=expected - log_odds(design.rows["score"].to_numpy())
    )
    english = missed.filter(source=ENGLISH).select("target", pl.col("missed").alias("english"))
    errors = missed.filter(pl.col("source") != ENGLISH).join(english, on="target")
    errors = errors.with_columns(error=(pl.col("missed") - pl.col("english")) ** 2)
    found = {}
    for (like,), own in judged.drop_nulls("over_english").group_by(["likeness"], maintain_order=True):
        gains = own["over_english"].to_numpy()
        square = errors.join(own.select("target"), on="target", how="semi")["error"].to_numpy()
        found[str(like)] = Record(
            str(like),
            mean_over_families(gains, own["family"].to_list()),
            int((gains > 0).sum()),
            float(np.exp(np.sqrt(square.mean()))),
        )
    return found


def moved_by_own(design: Design) -> dict[str, float]:
    """Return by what factor the odds over English of a target's sources move, at most, without its own results."""
    target, source = design.rows["target"].to_numpy(), design.rows["source"].to_numpy()
    whole, without = design.fitted().expected(design.rows), held_out(design, "language")
    found = {}
    for each in np.unique(target[source == ENGLISH]):
        own = target == each
        moved = whole[own] - without[own]
        found[str(each)] = float(np.exp(np.abs(moved - moved[source[own] == ENGLISH]).max()))
    return found
