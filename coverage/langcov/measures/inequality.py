"""How evenly a tokenizer serves its languages: one value per tokenizer, over all of them.

Intervals are from the same resampled units as the premiums', drawn for all languages together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np
import polars as pl

from langcov.measures.counts import LOST_REASON, MOST_LOST
from langcov.measures.intervals import percentiles, resampled
from langcov.measures.premium import why_no_premium

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from langcov.measures.counts import Array, UnitCounts

SCHEMA: Final = pl.Schema(
    {
        "tokenizer": pl.String,
        "measure": pl.String,
        "value": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "languages": pl.UInt32,
        "language": pl.String,
        "note": pl.String,
    }
)
"""``languages``: over how many; ``language``: which one the value is of, where it is of one."""


class FairnessMeasure(NamedTuple):
    """Definition of a measure over languages."""

    name: str
    title: str
    unit: str
    better: Literal["lower", "higher"]
    formula: str
    reading: str
    citation: str


PETROV: Final = "after Petrov et al. 2023, arXiv 2305.15425"
FAIRNESS_MEASURES: Final = (
    FairnessMeasure(
        "gini_tokens_per_byte",
        "Inequality of tokens per byte",
        "0 to 1",
        "lower",
        "Gini coefficient over languages of tokens / bytes: sum of all |x - y| / (2 n^2 mean)",
        "0: every language gets as many tokens for a byte of text; near 1: a few pay for all.",
        "Meister, TokEval 2025",
    ),
    FairnessMeasure(
        "gini_premium",
        "Inequality of premiums",
        "0 to 1",
        "lower",
        "Gini coefficient over languages of premium: sum of all |x - y| / (2 n^2 mean)",
        "0: the same content costs the same in every language; near 1: a few languages pay for all.",
        "after Meister, TokEval 2025",
    ),
    FairnessMeasure(
        "worst_premium",
        "Worst premium",
        "ratio",
        "lower",
        "largest premium of any language",
        "What the worst-served language pays.",
        PETROV,
    ),
    FairnessMeasure(
        "p90_premium",
        "Premium of the worst tenth",
        "ratio",
        "lower",
        "90th percentile of premium over languages",
        "One language in ten pays more than this.",
        PETROV,
    ),
    FairnessMeasure(
        "speaker_weighted_premium",
        "Premium of a speaker",
        "ratio",
        "lower",
        "mean premium over languages, weighted by speakers (one way of writing a language; those with unknown numbers "
        "left out; dialects that have a tag of their own count beside their standard)",
        "What a speaker pays on average, where big languages count for more.",
        "langcov",
    ),
    FairnessMeasure(
        "languages_over_2",
        "Languages over 2",
        "count",
        "lower",
        "languages whose premium is above 2",
        "How many languages pay more than twice what the reference does.",
        PETROV,
    ),
    FairnessMeasure(
        "languages_over_4",
        "Languages over 4",
        "count",
        "lower",
        "languages whose premium is above 4",
        "How many languages pay more than four times what the reference does.",
        PETROV,
    ),
    FairnessMeasure(
        "languages_spelled",
        "Languages spelled",
        "count",
        "lower",
        "languages with more than 1 % of their characters spelled in bytes",
        "In how many languages letters reach the model as bytes.",
        "langcov",
    ),
    FairnessMeasure(
        "languages_lost",
        "Languages lost",
        "count",
        "lower",
        "languages with more than 1 % of their characters lost to the unknown token",
        "In how many languages letters never reach the model.",
        "langcov",
    ),
)
"""In the order in which they are shown."""


def gini(values: Array) -> Array:
    """Gini coefficient along the first axis; 0 where all are equal.

    By the sorted form, sum of (2 i - n - 1) x_i / (n * sum of x), i from 1, which equals sum of all |x_i - x_j| /
    (2 n^2 mean).

    >>> gini(np.array([1.0, 1.0, 4.0])).round(6).item()
    0.333333
    """
    ordered = np.sort(values, axis=0)
    size = len(ordered)
    factors = 2 * np.arange(1, size + 1) - size - 1
    total: Array = np.tensordot(factors, ordered, axes=1) / (size * ordered.sum(axis=0))
    return total


@dataclass(frozen=True)
class _Draws:
    """One quantity of every language: its value (L,) and its resamples (L, resamples)."""

    value: Array
    drawn: Array
    units: int

    def only(self, chosen: NDArray[np.bool_]) -> _Draws:
        return _Draws(self.value[chosen], self.drawn[chosen], self.units)

    def estimate(self, statistic: Callable[[Array], Array]) -> tuple[float, float, float]:
        low, high = percentiles(np.atleast_2d(statistic(self.drawn)), self.units)
        return float(statistic(self.value)), float(low[0]), float(high[0])


def fairness(counts: UnitCounts) -> pl.DataFrame:
    """Compute every measure over languages for every tokenizer.

    Returns:
        A frame of `SCHEMA`. Premiums are null, with the reason, where the text is not parallel or has no reference;
        languages whose own premium is null (lost to the unknown token) are left out and ``languages`` says of how many
        the value is.
    """
    rows = [row for place in range(len(counts.tokenizers)) for row in _of_tokenizer(counts, place)]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row").with_columns(
        pl.col("value", "low", "high").fill_nan(None)
    )


def _of_tokenizer(counts: UnitCounts, place: int) -> list[tuple[object, ...]]:
    name = counts.tokenizers[place]
    rows: dict[str, tuple[object, ...]] = {}

    def add(
        measure: str, draws: _Draws, statistic: Callable[[Array], Array], language: str | None = None
    ) -> None:
        value, low, high = draws.estimate(statistic)
        note = "no interval: too few units of text" if np.isnan(low) else None
        rows[measure] = (name, measure, value, low, high, len(draws.value), language, note)

    tokens, characters = counts.tokens("tokens")[place], counts.text("characters")
    add("gini_tokens_per_byte", _draw(counts, [tokens, counts.text("bytes")], counts.present), gini)
    for fate in ("spelled", "lost"):
        share = _draw(counts, [counts.tokens(f"{fate}_characters")[place], characters], counts.present)
        add(f"languages_{fate}", share, lambda shares: (shares > 0.01).sum(axis=0))
    premiums = _premiums(counts, place, tokens, characters)
    if isinstance(premiums, str):
        for measure in FAIRNESS_MEASURES:
            rows.setdefault(measure.name, (name, measure.name, None, None, None, 0, None, premiums))
    else:
        draws, languages = premiums
        worst = languages[int(np.argmax(draws.value))]
        add("gini_premium", draws, gini)
        add("worst_premium", draws, lambda values: values.max(axis=0), worst)
        add("p90_premium", draws, lambda values: np.percentile(values, 90, axis=0))
        add("languages_over_2", draws, lambda values: (values > 2).sum(axis=0))
        add("languages_over_4", draws, lambda values: (values > 4).sum(axis=0))
        speakers = _speakers(languages)
        known = draws.only(speakers > 0)
        weights = speakers[speakers > 0] / max(speakers.sum(), 1)
        add("speaker_weighted_premium", known, lambda values: np.tensordot(weights, values, axes=1))
    return [rows[measure.name] for measure in FAIRNESS_MEASURES]


def _draw(counts: UnitCounts, columns: list[Array], present: NDArray[np.bool_]) -> _Draws:
    drawn = resampled(
        columns, lambda part, whole: part / whole, present, resamples=counts.resamples, seed=counts.seed
    )
    top, bottom = ((column * present).sum(axis=1) for column in columns)
    return _Draws(top / bottom, drawn, int(present.any(axis=0).sum()))


def _premiums(
    counts: UnitCounts, place: int, tokens: Array, characters: Array
) -> tuple[_Draws, list[str]] | str:
    """Premiums of the languages that can have one, and which they are; or why there is none."""
    reason = why_no_premium(counts)
    reference = counts.reference_place
    if reason is not None or reference is None:
        return reason or ""
    common = counts.present & counts.present[reference]
    lost = (counts.tokens("lost_characters")[place] * common).sum(axis=1) > MOST_LOST * (
        characters * common
    ).sum(axis=1)
    kept = ~lost & ((tokens * common).sum(axis=1) > 0) & ((tokens[reference] * common).sum(axis=1) > 0)
    if not kept[reference]:
        return LOST_REASON
    columns = [tokens[kept], np.broadcast_to(tokens[reference], tokens[kept].shape)]
    languages = [tag for tag, keep in zip(counts.languages, kept, strict=True) if keep]
    return _draw(counts, columns, common[kept]), languages


def _speakers(languages: list[str]) -> Array:
    """Speakers of each language, 0 where unknown; of several ways to write one language only the first counts."""
    from langcov.languages import describe

    seen: set[str] = set()
    speakers = np.zeros(len(languages))
    for place, language in enumerate(map(describe, languages)):
        if language.speakers and language.iso639_3 not in seen:
            seen.add(language.iso639_3)
            speakers[place] = language.speakers
    return speakers
