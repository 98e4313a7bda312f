"""What evenness costs: candidates by the reference's cost and by premiums, and those that no other beats in both.

The reference's cost is its tokens per byte: what a lower premium of others is paid with. A premium is a ratio, so it also
falls when the reference gets worse; that is why it is never shown without the cost. All numbers are of held-out text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl

from langcov.measures.inequality import speakers_of
from langcov.measures.intervals import percentiles, resampled
from langcov.measures.premium import why_no_premium

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from langcov.measures.counts import Array, UnitCounts


class Axis(NamedTuple):
    """One way to sum up premiums: what it is called here, in `langcov.measures.inequality`, and for people."""

    name: str
    measure: str
    title: str


AXES: Final = (
    Axis("worst", "worst_premium", "worst premium"),
    Axis("p90", "p90_premium", "premium of the worst tenth"),
    Axis("speakers", "speaker_weighted_premium", "premium of a speaker"),
)

SCHEMA: Final = pl.Schema(
    {
        "candidate": pl.String(),
        "cost": pl.Float64(),
        "cost_low": pl.Float64(),
        "cost_high": pl.Float64(),
        "worst_cost": pl.Float64(),
        "worst_cost_low": pl.Float64(),
        "worst_cost_high": pl.Float64(),
        "worst_language": pl.String(),
        **{
            f"{axis.name}{part}": kind
            for axis in AXES
            for part, kind in (
                ("", pl.Float64()),
                ("_low", pl.Float64()),
                ("_high", pl.Float64()),
                ("_on_front", pl.Boolean()),
                ("_front_share", pl.Float64()),
            )
        },
        "languages": pl.UInt32(),
        "units": pl.UInt32(),
    }
)
"""``cost``: the reference's tokens per byte. ``worst_cost``: tokens of the language that is served worst, per byte of what
the reference says with it. ``worst``, ``p90``, ``speakers``: premiums (`AXES`), each with its 95 % interval, whether the
candidate is on the front of cost and this premium, and in what share of the resamples it is."""


def frontier(counts: UnitCounts, fairness: pl.DataFrame) -> pl.DataFrame:
    """Hold candidates against each other.

    Args:
        counts: Of held-out text that is parallel and has the reference.
        fairness: What `langcov.measures.inequality.fairness` made of it.

    Returns:
        A frame of `SCHEMA`, a row a tokenizer, in the order in which they were counted; no rows where premiums can't be
        had.
    """
    place = counts.reference_place
    if why_no_premium(counts) is not None or place is None:
        return pl.DataFrame(schema=SCHEMA)
    draws = [_draws(counts, number, place) for number in range(len(counts.tokenizers))]
    cost = np.stack([each.cost for each in draws])
    units = int(counts.present[place].sum())
    low, high = percentiles(cost, units)
    values = {
        (tokenizer, measure): row
        for tokenizer, measure, *row in fairness.filter(pl.col("scope") == "own")
        .select("tokenizer", "measure", "value", "low", "high", "language", "languages")
        .iter_rows()
    }
    rows: list[dict[str, object]] = []
    for number, name in enumerate(counts.tokenizers):
        worst = draws[number].by_axis["worst"] * cost[number]
        worst_low, worst_high = percentiles(worst[None], units)
        rows.append(
            {
                "candidate": name,
                "cost": draws[number].whole_cost,
                "cost_low": low[number],
                "cost_high": high[number],
                "worst_cost": draws[number].whole_cost * values[name, "worst_premium"][0],
                "worst_cost_low": worst_low[0],
                "worst_cost_high": worst_high[0],
                "worst_language": values[name, "worst_premium"][3],
                "languages": values[name, "worst_premium"][4],
                "units": units,
            }
        )
        for axis in AXES:
            value, axis_low, axis_high, *_ = values[name, axis.measure]
            rows[-1] |= {axis.name: value, f"{axis.name}_low": axis_low, f"{axis.name}_high": axis_high}
    whole = np.array([each.whole_cost for each in draws])
    for axis in AXES:
        premiums = np.array([row[axis.name] for row in rows], np.float64)
        drawn = np.stack([each.by_axis[axis.name] for each in draws])
        fronts = on_front(cost, drawn).mean(axis=1)
        now: NDArray[np.bool_] = np.ravel(on_front(whole[:, None], premiums[:, None]))
        for row, is_on, share in zip(rows, now, fronts, strict=True):
            row |= {f"{axis.name}_on_front": bool(is_on), f"{axis.name}_front_share": float(share)}
    return pl.DataFrame(rows, schema=SCHEMA).with_columns(pl.col(pl.Float64).fill_nan(None))


def on_front(first: Array, second: Array) -> NDArray[np.bool_]:
    """Return which candidates no other beats: none is as good in both and better in one; lower is better.

    Args:
        first: (candidates, cases).
        second: The same shape. Where a value is NaN, the candidate is not on the front.

    >>> on_front(np.array([[1.0], [2.0], [2.0]]), np.array([[3.0], [1.0], [2.0]]))[:, 0].tolist()
    [True, True, False]
    """
    as_good = (first[None] <= first[:, None]) & (second[None] <= second[:, None])
    better = (first[None] < first[:, None]) | (second[None] < second[:, None])
    beaten = (as_good & better).any(axis=1)
    found: NDArray[np.bool_] = np.logical_and.reduce([np.isfinite(first), np.isfinite(second), ~beaten])
    return found


class Step(NamedTuple):
    """What the step from one candidate to another changes, as shares with bounds of a 95 % interval.

    Attributes:
        reference: Of the reference's tokens: value, low, high; bounds are NaN where there are too few units.
        worst: Of the tokens of the language that is served worst under each.
    """

    reference: tuple[float, float, float]
    worst: tuple[float, float, float]


def step_between(counts: UnitCounts, first: str, second: str) -> Step:
    """Return what changes from one candidate to another, both resampled together.

    Args:
        counts: As for `frontier`, with a reference.
        first: Name of a candidate.
        second: That of another.
    """
    place = counts.reference_place
    if place is None:
        raise ValueError("there is no reference")
    before, after = (_draws(counts, counts.tokenizers.index(name), place) for name in (first, second))
    units = int(counts.present[place].sum())
    return Step(
        _change(before.whole_cost, after.whole_cost, before.cost, after.cost, units),
        _change(
            before.whole_cost * before.whole_worst,
            after.whole_cost * after.whole_worst,
            before.cost * before.by_axis["worst"],
            after.cost * after.by_axis["worst"],
            units,
        ),
    )


def _change(
    before: float, after: float, drawn_before: Array, drawn_after: Array, units: int
) -> tuple[float, float, float]:
    low, high = percentiles((drawn_after / drawn_before - 1)[None], units)
    return after / before - 1, float(low[0]), float(high[0])


class _Draws(NamedTuple):
    """A tokenizer's cost and premiums in each resample."""

    whole_cost: float
    whole_worst: float
    cost: Array
    by_axis: dict[str, Array]


def _draws(counts: UnitCounts, number: int, place: int) -> _Draws:
    tokens, size = counts.tokens("tokens")[number], counts.text("bytes")
    own = counts.present[place : place + 1]
    common = counts.present & own
    kept: NDArray[np.bool_] = np.ravel(common.any(axis=1))

    def drawn(columns: list[Array], present: NDArray[np.bool_]) -> Array:
        return resampled(
            columns,
            lambda top, bottom: top / bottom,
            present,
            resamples=counts.resamples,
            seed=counts.seed,
        )

    against = np.broadcast_to(tokens[place], tokens.shape)
    premiums = drawn([tokens[kept], against[kept]], common[kept])
    cost = drawn([tokens[place : place + 1], size[place : place + 1]], own)[0]
    speakers = speakers_of([tag for tag, keep in zip(counts.languages, kept, strict=True) if keep])
    summed: dict[str, Callable[[Array], Array]] = {
        "worst": lambda values: values.max(axis=0),
        "p90": lambda values: np.percentile(values, 90, axis=0),
        "speakers": lambda values: (
            np.tensordot(speakers, values, axes=1) / speakers.sum()
            if speakers.any()
            else np.full(values.shape[1], np.nan)
        ),
    }
    whole = float((tokens[place] * own[0]).sum() / (size[place] * own[0]).sum())
    sums = (tokens * common).sum(axis=1)[kept] / (against * common).sum(axis=1)[kept]
    return _Draws(
        whole, float(sums.max()), cost, {name: statistic(premiums) for name, statistic in summed.items()}
    )
