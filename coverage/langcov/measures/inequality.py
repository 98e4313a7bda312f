"""How evenly a tokenizer serves its languages: one value per tokenizer, over all of them.

Intervals are from the same resampled units as the premiums': languages that have equally many units are drawn together.

A tokenizer is measured over every language that can be compared under it. Where tokenizers lose the letters of different
languages, those are different languages, and the one that loses most may look the most even; so each is measured once
more over the languages that all of them can be compared on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np
import polars as pl

from langcov.measures.intervals import LEAST_UNITS, one_thread, percentiles, resampled
from langcov.measures.premium import why_no_premium
from langcov.measures.table import LOST_REASON, MOST_LOST, NOTICEABLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from langcov.measures.counts import Array, UnitCounts

SCHEMA: Final = pl.Schema(
    {
        "tokenizer": pl.String,
        "measure": pl.String,
        "scope": pl.String,
        "value": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "languages": pl.UInt32,
        "language": pl.String,
        "note": pl.String,
    }
)
"""``scope``: ``own``, over all languages that can be compared under this tokenizer, or ``common``, over those that can be
compared under all of the run's (only where they differ); ``languages``: over how many; ``language``: which one the value is of, where it is of one."""


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
        "median_premium",
        "Premium of the typical language",
        "ratio",
        "lower",
        "median premium over languages, the reference aside",
        "Half of the languages pay more than this.",
        "langcov",
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
        "mean premium over languages, weighted by the speakers of each tag (those with unknown numbers left out; "
        "dialects that have a tag of their own count beside their standard)",
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

OF_PREMIUMS: Final = (
    "gini_premium",
    "median_premium",
    "worst_premium",
    "p90_premium",
    "speaker_weighted_premium",
    "languages_over_2",
    "languages_over_4",
)
"""Those that take premiums, and so parallel text."""


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
    reason = why_no_premium(counts)
    kept = [_comparable(counts, place) for place in range(len(counts.tokenizers))]
    common = np.logical_and.reduce(kept)
    rows = []
    with one_thread():
        for place, own in enumerate(kept):
            rows += _of_text(counts, place)
            rows += _of_premiums(counts, place, own, "own", reason)
            if reason is None and any((other != common).any() for other in kept):
                rows += _of_premiums(counts, place, common, "common", reason)
    order = {measure.name: number for number, measure in enumerate(FAIRNESS_MEASURES)}
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row").with_columns(
        pl.col("value", "low", "high").fill_nan(None), place=pl.col("measure").replace_strict(order)
    )
    names = pl.Enum(counts.tokenizers)
    ordered = frame.sort(pl.col("tokenizer").cast(names), pl.col("scope") == "common", "place")
    return ordered.drop("place")


def _of_text(counts: UnitCounts, place: int) -> list[tuple[object, ...]]:
    """Measures that need no parallel text, over every language."""
    name = counts.tokenizers[place]
    tokens, characters = counts.tokens("tokens")[place], counts.text("characters")
    draws = _draw(counts, [tokens, counts.text("bytes")], counts.present)
    rows = [_row(name, "gini_tokens_per_byte", "own", draws, gini)]
    for fate in ("spelled", "lost"):
        share = _draw(counts, [counts.tokens(f"{fate}_characters")[place], characters], counts.present)
        rows.append(
            _row(name, f"languages_{fate}", "own", share, lambda shares: (shares > NOTICEABLE).sum(axis=0))
        )
    return rows


def _of_premiums(
    counts: UnitCounts, place: int, kept: NDArray[np.bool_], scope: str, reason: str | None
) -> list[tuple[object, ...]]:
    """Measures of the premiums of some languages; null with the reason where there are none."""
    name, reference = counts.tokenizers[place], counts.reference_place
    if reason is None and (reference is None or not kept[reference]):
        reason = LOST_REASON
    if reason is not None or reference is None:
        return [(name, measure, scope, None, None, None, 0, None, reason) for measure in OF_PREMIUMS]
    tokens = counts.tokens("tokens")[place]
    common = counts.present & counts.present[reference]
    columns = [tokens[kept], tokens[reference : reference + 1]]
    draws = _draw(counts, columns, common[kept])
    languages = [tag for tag, keep in zip(counts.languages, kept, strict=True) if keep]
    speakers = speakers_of(languages)
    known = draws.only(speakers > 0)
    weights = speakers[speakers > 0] / max(speakers.sum(), 1)
    worst = languages[int(np.argmax(draws.value))]
    others = np.array([language != counts.languages[reference] for language in languages], np.bool_)
    # A run of the reference alone has no other language.
    typical = draws.only(others if others.any() else ~others)
    return [
        _row(name, "gini_premium", scope, draws, gini),
        _row(name, "median_premium", scope, typical, lambda values: np.median(values, axis=0)),
        _row(name, "worst_premium", scope, draws, lambda values: values.max(axis=0), worst),
        _row(name, "p90_premium", scope, draws, lambda values: np.percentile(values, 90, axis=0)),
        _row(
            name,
            "speaker_weighted_premium",
            scope,
            known,
            lambda values: (
                np.tensordot(weights, values, axes=1) if len(weights) else values.sum(axis=0) * np.nan
            ),
        ),
        _row(name, "languages_over_2", scope, draws, lambda values: (values > 2).sum(axis=0)),
        _row(name, "languages_over_4", scope, draws, lambda values: (values > 4).sum(axis=0)),
    ]


def _row(
    tokenizer: str,
    measure: str,
    scope: str,
    draws: _Draws,
    statistic: Callable[[Array], Array],
    language: str | None = None,
) -> tuple[object, ...]:
    value, low, high = draws.estimate(statistic)
    note = None
    if np.isnan(value):
        note = "no language has what this takes"
    elif np.isnan(low):
        note = f"no interval: it takes {LEAST_UNITS} units of text in every language"
    return (tokenizer, measure, scope, value, low, high, len(draws.value), language, note)


def _comparable(counts: UnitCounts, place: int) -> NDArray[np.bool_]:
    """(L,) which languages can have a premium under a tokenizer."""
    reference = counts.reference_place
    if reference is None:
        return np.zeros(len(counts.languages), np.bool_)
    common = counts.present & counts.present[reference]
    tokens = counts.tokens("tokens")[place]
    gone, whole = counts.tokens("lost_characters")[place], counts.text("characters")
    lost = (gone * common).sum(axis=1) > MOST_LOST * (whole * common).sum(axis=1)
    kept: NDArray[np.bool_] = ~lost & ((tokens * common).sum(axis=1) > 0)
    kept &= (tokens[reference] * common).sum(axis=1) > 0
    return kept


def _draw(counts: UnitCounts, columns: list[Array], present: NDArray[np.bool_]) -> _Draws:
    drawn = resampled(
        columns, lambda part, whole: part / whole, present, resamples=counts.resamples, seed=counts.seed
    )
    top, bottom = ((column * present).sum(axis=1) for column in columns)
    fewest = int(present.sum(axis=1).min(initial=len(counts.units)))
    return _Draws(top / bottom, drawn, fewest)


def speakers_of(languages: list[str]) -> Array:
    """Speakers of each tag, 0 where unknown; two tags of one language that state the same number share it as one."""
    from langcov.languages import describe

    seen: set[tuple[str, int]] = set()
    speakers = np.zeros(len(languages))
    for place, language in enumerate(map(describe, languages)):
        if language.speakers and (language.iso639_3, language.speakers) not in seen:
            seen.add((language.iso639_3, language.speakers))
            speakers[place] = language.speakers
    return speakers
