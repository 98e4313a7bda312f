"""What a front says, in sentences: what is cheapest for the reference, what is most even, and what the step between costs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from langcov.languages import describe
from langcov.planning.frontier import AXES
from langcov.saying import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from langcov.planning.frontier import Step

SURE: Final = 0.95
"""A candidate that is on a front in fewer of the resamples may be there by chance."""


def ends_of(front: pl.DataFrame) -> tuple[str, str] | None:
    """Return the names of the candidates at both ends of the front of the worst premium: the cheapest, the most even."""
    on = front.filter("worst_on_front").sort("cost", "candidate")
    return (on["candidate"][0], on["candidate"][-1]) if on.height else None


def verdict(front: pl.DataFrame, reference: str, step: Step | None = None) -> list[str]:
    """Return a few sentences on a front.

    Args:
        front: Of `langcov.planning.frontier.SCHEMA`.
        reference: Tag of the language that premiums are against.
        step: From one end of the front (`ends_of`) to the other.
    """
    if front.is_empty():
        return ["Premiums can't be measured on this text, so that there is no front."]
    name = describe(reference).name
    on = front.filter("worst_on_front").sort("cost", "candidate")
    cheapest, even = on.row(0, named=True), on.row(-1, named=True)
    units, languages = front["units"][0], front["languages"][0]
    found = [
        (
            f"Judged on {units:,} units of text in {languages:,} languages that none was trained on: of {front.height:,} "
            f"{'candidate' if front.height == 1 else 'candidates'}, {on.height:,} {'is' if on.height == 1 else 'are'} on the front of "
            f"{name}'s cost and the worst premium: no other is as good in both and better in one."
        )
    ]
    if on["cost"].n_unique() == 1:
        listed = " and ".join(on["candidate"])
        found.append(
            f"{listed} {'is' if on.height == 1 else 'are equal,'} the cheapest for {name} and the most even: {_state(cheapest, name)}. "
            "Between these candidates there is nothing to trade."
        )
    else:
        found += [
            (
                f"Cheapest for {name}: {cheapest['candidate']}, {_state(cheapest, name)}. "
                f"Most even: {even['candidate']}, {_state(even, name)}."
            ),
            *([_step(step, name)] if step is not None else []),
        ]
    unsure = on.filter(pl.col("worst_front_share") < SURE)
    if unsure.height and on["cost"].n_unique() > 1:
        listed = ", ".join(
            f"{row['candidate']} ({100 * row['worst_front_share']:.0f} %)"
            for row in unsure.iter_rows(named=True)
        )
        found.append(
            f"Other text may put others there. On the front in fewer than {100 * SURE:.0f} % of resamples: {listed}."
        )
    elsewhere = [
        f"{row['candidate']} ({axis.title})"
        for axis in AXES[1:]
        for row in front.filter(pl.col(f"{axis.name}_on_front") & ~pl.col("worst_on_front")).iter_rows(
            named=True
        )
    ]
    if elsewhere:
        found.append(f"Only on another front: {', '.join(elsewhere)}.")
    return [printable(sentence) for sentence in found]


def _state(row: Mapping[str, Any], reference: str) -> str:
    worst = describe(row["worst_language"]).name
    return (
        f"{_with_interval(row, 'cost', 3)} tokens per byte of {reference}, "
        f"worst premium {_with_interval(row, 'worst', 2)} ({worst})"
    )


def _step(step: Step, reference: str) -> str:
    """What the step from the cheapest to the most even candidate costs and brings, in tokens and not in ratios."""
    dearer, _ = _share(step.reference)
    change, is_less = _share(step.worst)
    gain = (
        f"the language that is served worst takes {change} fewer"
        if is_less
        else f"the language that is served worst takes {change} more, too: the lower premium is {reference}'s loss and "
        "nobody's gain"
    )
    return f"From the one to the other, {reference} takes {dearer} more tokens for the same text, and {gain}."


def _share(change: tuple[float, float, float]) -> tuple[str, bool]:
    """A change as a share without its sign, and whether it is a fall; the interval turns round with the sign."""
    value, low, high = change
    is_less = value < 0
    if is_less:
        value, low, high = -value, -high, -low
    interval = "" if math.isnan(low) else f" [{100 * low:.0f}, {100 * high:.0f}]"
    return f"{100 * value:.0f} %{interval}", is_less


def _with_interval(row: Mapping[str, Any], name: str, digits: int) -> str:
    value = f"{row[name]:.{digits}f}"
    if row[f"{name}_low"] is None:
        return value
    return f"{value} [{row[f'{name}_low']:.{digits}f}, {row[f'{name}_high']:.{digits}f}]"
