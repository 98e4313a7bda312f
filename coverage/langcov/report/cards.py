"""The answer in four cards: who does best, whom it serves worst, how many languages pay too much, how many lose letters."""

from __future__ import annotations

from statistics import fmean, median
from typing import TYPE_CHECKING, Any, Final

from langcov.measures.table import NOTICEABLE
from langcov.report.values import brief, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import polars as pl

    from langcov.report.values import Column

WORST: Final = 5
"""Languages, and scripts, that are named as served worst."""

Card = dict[str, Any]


def cards(
    headline: Column,
    fairness: pl.DataFrame | None,
    fates: Mapping[str, Column],
    tokenizers: Sequence[str],
    names: Mapping[str, str],
    scripts: Mapping[str, Sequence[str]],
    reference: str | None,
) -> list[Card]:
    """Return four cards: ``title``, ``figure`` (large), ``caption``, and ``lists``, each a heading and lines of text.

    Args:
        headline: The measure that the page is about, without values that mislead.
        fairness: The table of `langcov.measures.inequality`.
        fates: The measures of character fate, by name.
        tokenizers: In the order of the page.
        names: Of languages, by tag.
        scripts: Languages by the name of their script.
        reference: Tag of the reference language.
    """
    found = _Fairness(fairness, tokenizers)
    made = [
        _best(headline, found, tokenizers, reference, names),
        _worst(headline, tokenizers, names, scripts, reference),
        _over(found),
        _fates(fates, tokenizers),
    ]
    return [card for card in made if card]


class _Fairness:
    """Values of the measures over languages, by measure and tokenizer; the languages that all share go first."""

    def __init__(self, table: pl.DataFrame | None, tokenizers: Sequence[str]) -> None:
        self.rows: dict[str, dict[str, dict[str, Any]]] = {}
        self.order = {name: place for place, name in enumerate(tokenizers)}
        for row in table.iter_rows(named=True) if table is not None else ():
            if row["value"] is not None and row["tokenizer"] in self.order:
                # The rows of the languages that all can be compared on come last, and take the place of those before.
                self.rows.setdefault(row["measure"], {})[row["tokenizer"]] = row

    def ranked(self, measure: str) -> list[dict[str, Any]]:
        """From the lowest value to the highest."""
        own = self.rows.get(measure, {}).values()
        return sorted(own, key=lambda row: (row["value"], self.order[row["tokenizer"]]))


def _best(
    headline: Column,
    found: _Fairness,
    tokenizers: Sequence[str],
    reference_tag: str | None,
    names: Mapping[str, str],
) -> Card | None:
    reference = names.get(reference_tag or "", "the reference")
    ranked = found.ranked("median_premium") if headline.name == "premium" else []
    if not ranked:
        return _best_by_median(headline, tokenizers, reference_tag)
    first = ranked[0]
    languages = f"{first['languages']:,} languages" if first["languages"] != 1 else "one language"
    lines = [f"{row['tokenizer']}: {brief_with_interval(row, 'ratio')}" for row in ranked[1:WORST]]
    tied = [
        row["tokenizer"]
        for row in ranked[1:]
        if row["low"] is not None and first["high"] is not None and row["low"] <= first["high"]
    ]
    tie = f" Too close to call against {_joined(tied)}: the intervals overlap." if tied else ""
    return {
        "name": "best",
        "title": "Serves the typical language best" if len(ranked) > 1 else "What the typical language pays",
        "figure": first["tokenizer"] if len(ranked) > 1 else brief_with_interval(first, "ratio"),
        "caption": f"Half of {languages} need at most {brief_with_interval(first, 'ratio')} times as many tokens as "
        f"{reference}.{tie}",
        "lists": [{"heading": "Next", "lines": lines}] if lines else [],
    }


def _best_by_median(headline: Column, tokenizers: Sequence[str], reference: str | None) -> Card | None:
    """Where premiums can't be had: by the median of another measure over the languages that all share, and no interval."""
    common, middles = headline.typical(tokenizers, reference)
    if not middles:
        return None
    sign = -1 if headline.definition.better == "higher" else 1
    ranked = sorted(middles, key=lambda name: sign * middles[name])
    unit = headline.definition.unit
    return {
        "name": "best",
        "title": f"Best by {headline.definition.title.lower()}"
        if len(ranked) > 1
        else headline.definition.title,
        "figure": ranked[0] if len(ranked) > 1 else brief(middles[ranked[0]], unit),
        "caption": f"{_over_languages(common, len(ranked))} is {brief(middles[ranked[0]], unit)}"
        f"{'' if unit in ('ratio', 'share', '') else ' ' + unit}.",
        "lists": [
            {
                "heading": "Next",
                "lines": [f"{name}: {brief(middles[name], unit)}" for name in ranked[1:WORST]],
            }
        ]
        if len(ranked) > 1
        else [],
    }


def _over_languages(common: int, tokenizers: int) -> str:
    """Say which languages a median is of."""
    where = " where all can be compared" if tokenizers > 1 else ""
    return (
        f"The value of the one language{where}"
        if common == 1
        else f"The median of the {common:,} languages{where}"
    )


def _worst(
    headline: Column,
    tokenizers: Sequence[str],
    names: Mapping[str, str],
    scripts: Mapping[str, Sequence[str]],
    reference: str | None,
) -> Card | None:
    columns = [headline.values(tokenizer) for tokenizer in tokenizers]
    tags = dict.fromkeys(tag for column in columns for tag in column)
    if len(tags) > 1:
        tags.pop(reference or "", None)
    if not tags:
        return None
    middle = {tag: median(column[tag] for column in columns if tag in column) for tag in tags}
    sign = 1 if headline.definition.better == "higher" else -1
    unit = headline.definition.unit
    worst = sorted(middle, key=lambda tag: (sign * middle[tag], tag))[:WORST]
    means = {
        script: fmean(middle[tag] for tag in own if tag in middle)
        for script, own in scripts.items()
        if any(tag in middle for tag in own)
    }
    lists = [
        {
            "heading": "Languages",
            "lines": [f"{names[tag]}: {brief(middle[tag], unit)}" for tag in worst],
            "tags": worst,
        }
    ]
    if len(means) > 1:
        ranked = sorted(means, key=lambda script: (sign * means[script], script))[:WORST]
        lists.append(
            {"heading": "Scripts", "lines": [f"{script}: {brief(means[script], unit)}" for script in ranked]}
        )
    several = "median of the tokenizers that can be compared" if len(tokenizers) > 1 else tokenizers[0]
    return {
        "name": "worst",
        "title": "Served worst",
        "figure": names[worst[0]],
        "caption": f"{headline.definition.title}, {several}; a script's is the mean of its languages.",
        "lists": lists,
    }


def _over(found: _Fairness) -> Card | None:
    limits = [limit for limit in (2, 4) if found.ranked(f"languages_over_{limit}")]
    if not limits:
        return None
    lists = []
    for limit in limits:
        ranked = found.ranked(f"languages_over_{limit}")
        told = ranked if len(ranked) <= 4 else [*ranked[:2], *ranked[-2:]]
        lines = [f"{row['tokenizer']}: {brief_with_interval(row, 'count')}" for row in told]
        if len(ranked) > 4:
            lines.insert(2, f"… {len(ranked) - 4} between …")
        lists.append({"heading": f"Over {limit} times", "lines": lines})
    last = found.ranked(f"languages_over_{limits[-1]}")
    low, high = last[0], last[-1]
    same = len(last) == 1 or low["value"] == high["value"]
    figure = shown(low["value"], "count")
    figure = figure if same else f"{figure} to {shown(high['value'], 'count')}"
    of = f"{high['languages']:,}" if high["languages"] == low["languages"] else "the comparable"
    return {
        "name": "over",
        "title": f"Languages that pay over {limits[-1]} times",
        "figure": figure,
        "caption": f"Of {of} languages, by tokenizer, with 95\u202f% intervals.",
        "lists": lists,
    }


def _fates(fates: Mapping[str, Column], tokenizers: Sequence[str]) -> Card | None:
    counts = {
        fate: {
            name: sum(share > NOTICEABLE for share in known.values())
            for name in tokenizers
            if (known := fates[fate].values(name))
        }
        for fate in ("lost_characters", "spelled_characters")
        if fate in fates
    }
    if len(counts) < 2 or not all(counts.values()):
        return None
    lost, spelled = counts["lost_characters"], counts["spelled_characters"]
    return {
        "name": "fates",
        "title": "Languages that lose letters",
        "figure": _range(lost.values()),
        "caption": "By tokenizer: more than 1\u202f% of a language's characters are lost to the unknown token, or reach the "
        "model only as bytes.",
        "lists": [
            {"heading": "Lost", "lines": _most(lost)},
            {"heading": "In bytes", "lines": _most(spelled)},
        ],
    }


def _most(counts: Mapping[str, int]) -> list[str]:
    """The tokenizers that it befalls most, and how many it never befalls."""
    some = sorted((name for name in counts if counts[name]), key=lambda name: -counts[name])
    lines = [f"{name}: {counts[name]:,}" for name in some[:4]]
    if len(some) > 4:
        lines.append(f"{len(some) - 4} more: {_range(counts[name] for name in some[4:])}")
    none = len(counts) - len(some)
    if none and lines:
        lines.append(f"{none} tokenizer{'s' if none != 1 else ''}: none")
    return lines or ["no language under any tokenizer" if len(counts) > 1 else "no language"]


def _range(values: Iterable[int]) -> str:
    known = sorted(values)
    return f"{known[0]:,}" if known[0] == known[-1] else f"{known[0]:,} to {known[-1]:,}"


def brief_with_interval(row: Mapping[str, Any], unit: str) -> str:
    """Return a value and its interval: ``1.93 (1.90 to 1.96)``.

    >>> brief_with_interval({"value": 1.926, "low": 1.9, "high": 1.96}, "ratio")
    '1.93 (1.90 to 1.96)'
    """
    value = shown(row["value"], unit)
    if row["low"] is None or row["high"] is None:
        return value
    return f"{value} ({shown(row['low'], unit)} to {shown(row['high'], unit)})"


def _joined(names: Sequence[str]) -> str:
    """Join as in speech.

    >>> _joined(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
