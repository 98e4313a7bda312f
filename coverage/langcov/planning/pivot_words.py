"""What a ranking of sources comes to, in plain English."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from langcov.languages import describe
from langcov.planning.transfer_pairs import ENGLISH

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from langcov.planning.pivot_quality import Estimate, Record

LEAST_LIKE: Final = 5
"""With fewer measured languages like the target nothing is expected of a source."""


def too_little(likeness: str, record: Record | None) -> str | None:
    """Say why nothing can be expected for languages of a likeness; None if something can.

    >>> too_little("their script among the sources, but no relatives", None)
    'no measured languages have their script among the sources, but no relatives'
    """
    if record is None:
        return f"no measured languages have {likeness}"
    gain = record.over_english
    if gain.languages < LEAST_LIKE:
        return f"only {gain.languages} measured languages have {likeness}"
    if gain.value <= 0:
        return (
            f"in the {gain.languages} measured languages that have {likeness}, the first choice did worse than English "
            f"by {-gain.value:.1f} points on average, when their families were left out"
        )
    return None


def said_of(row: Mapping[str, Any]) -> str:
    """Say what speaks for a source: relatedness, script, data, and what it shares.

    >>> said_of({"group": "East Slavic", "kinship": 0.8, "same_script": True, "seen": True, "log_size": 2.444,
    ...          "covered_mass": 0.8312, "shared_mass": 0.3849})
    'East Slavic like it; same script; 278 GiB of text; tokens: 83 % met, 38 % shared'
    """
    parts = [_related(row), "same script" if row["same_script"] else "another script"]
    parts.append(f"{_gibibytes(10 ** row['log_size'])} of text" if row["seen"] else "not in CC-100")
    if row["covered_mass"] is not None:
        parts.append(f"tokens: {row['covered_mass']:.0%} met, {row['shared_mass']:.0%} shared")
    return "; ".join(parts).replace("%", " %")


class Trust(NamedTuple):
    """How far a ranking can be trusted.

    Attributes:
        record: How such rankings did on languages like the target; None if there are none.
        read: Whether XLM-R has read the target.
        gain: What the first choice gained over English in the measured languages of which the same is true.
    """

    record: Record | None
    read: bool
    gain: Estimate


def verdict(target: str, sources: pl.DataFrame, reason: str | None, trust: Trust) -> str:
    """Return what a ranking comes to.

    Args:
        target: A tag.
        sources: As `langcov.planning.pivots.SCHEMA` says, ranked.
        reason: Why nothing is expected, or None.
        trust: How such rankings did.
    """
    name = describe(target).name
    if reason is not None or trust.record is None:
        said = [f"Too little is known to rank sources for {name}: {reason}. The order below is no ranking."]
    else:
        said = [_expectation(name, sources), _record(trust.record), _reading(trust)]
    return " ".join(said)


def _expectation(name: str, sources: pl.DataFrame) -> str:
    first = sources.row(0, named=True)
    if first["source"] == ENGLISH:
        return f"No source here is expected to serve {name} better than English."
    expected = (
        f"{first['odds']:.2f} times the odds that a tag is right "
        f"(95 % interval of the weights {first['low']:.2f} to {first['high']:.2f})"
    )
    if first["low"] <= 1:
        return f"No source can be told from English for {name}; {first['name']} comes first, with {expected}."
    return (
        f"Transfer to {name} from {first['name']} rather than English: {expected}; it is among the first three in "
        f"{100 * first['in_first_three']:.0f} % of resamples."
    )


def _record(record: Record) -> str:
    gain = record.over_english
    return (
        f"How far to trust that: in {record.better} of {gain.languages} measured languages that have {record.likeness}, the "
        "first choice beat English when their families were left out; it gained "
        f"{_estimate(gain)} points of accuracy on average, and odds were off by a factor of {record.error:.1f}."
    )


def _reading(trust: Trust) -> str:
    has = "has" if trust.read else "has not"
    return (
        f"XLM-R {has} read it; in the {trust.gain.languages} measured languages of which that is true, the gain was "
        f"{_estimate(trust.gain)}."
    )


def _estimate(found: Estimate) -> str:
    bounds = (
        "no interval with so few families"
        if found.low is None
        else f"95 % interval {found.low:.1f} to {found.high:.1f}"
    )
    return f"{found.value:.1f} ({bounds})"


def _related(row: Mapping[str, Any]) -> str:
    if row["kinship"] is None:
        return "of unknown family"
    return f"{row['group']} like it" if row["group"] else "unrelated"


def _gibibytes(size: float) -> str:
    return f"{size:.0f} GiB" if size >= 10 else f"{size:.1f} GiB" if size >= 0.1 else "less than 0.1 GiB"
