"""Parts of the page that add up languages: the fate of characters, scripts, and the overlap of pieces."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING, Any, Final

from langcov.measures.table import NOTICEABLE
from langcov.report.packing import DIGITS, scaled
from langcov.report.values import Cell, Column, Undefined, breaks_of, legend, short, shown, step_of, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import polars as pl

    from langcov.report.values import OverlapDefinition

Pairs = dict[tuple[str, str], Cell]

FATES: Final[tuple[str, ...]] = ("whole_characters", "spelled_characters", "lost_characters")
WORST: Final = 20
"""Languages listed under each tokenizer's fate."""

FIRST: Final = "shared_mass"
"""The overlap that is easiest to read."""

PIECES: Final[Mapping[str, str]] = {"content": "Pieces of letters only", "all": "All pieces"}


def fate(
    columns: Mapping[str, Column],
    tokenizers: Sequence[str],
    scripts: Mapping[str, Sequence[str]],
    characters: Mapping[str, int],
) -> dict[str, Any] | None:
    """Return what becomes of characters: a mean a tokenizer, its worst languages, and a mean a script.

    Args:
        columns: The three measures of character fate, by name.
        tokenizers: In the order of the page.
        scripts: Languages by the name of the script they are written in.
        characters: Of each language: the weights of the means by script.
    """
    if any(name not in columns for name in FATES):
        return None
    values = {tokenizer: _fates(columns, tokenizer) for tokenizer in tokenizers}
    if not any(values.values()):
        return None
    return {
        "tokenizers": [
            {
                "tokenizer": tokenizer,
                "mean": _bar([_mean(triples.values(), part) for part in range(3)]) if triples else None,
                "spelled": sum(triple[1] > NOTICEABLE for triple in triples.values()),
                "lost": sum(triple[2] > NOTICEABLE for triple in triples.values()),
                "languages": len(triples),
                "worst": [
                    {"language": language, **_bar(triples[language])}
                    for language in sorted(triples, key=lambda tag: (triples[tag][0], tag))[:WORST]
                    if 1 - triples[language][0] > NOTICEABLE
                ],
            }
            for tokenizer, triples in values.items()
        ],
        "scripts": [
            {
                "script": script,
                "languages": len(tags),
                "cells": [_weighted(values[name], tags, characters) for name in tokenizers],
            }
            for script, tags in scripts.items()
        ],
    }


def scripts(
    headline: Column | None,
    expected: Column | None,
    tokenizers: Sequence[str],
    tags_of: Mapping[str, Sequence[str]],
    characters: Mapping[str, int],
) -> list[dict[str, Any]]:
    """Return a row a script: its languages, characters, how much is really in it, and the mean of the headline measure."""
    whole = sum(characters.values()) or 1
    mean = _mean_cell(headline) if headline else None
    own = expected.values(None) if expected else {}
    rows = []
    for script, tags in tags_of.items():
        size = sum(characters.get(tag, 0) for tag in tags)
        rows.append(
            {
                "script": script,
                "languages": len(tags),
                "characters": size,
                "share": shown(size / whole, "share"),
                "own": shown(_mean_over(own, tags, characters), "share"),
                "cells": [mean(tokenizer, tags) for tokenizer in tokenizers] if mean else [],
            }
        )
    return rows


def _mean_cell(headline: Column) -> Callable[[str, Sequence[str]], dict[str, Any]]:
    """Return what gives the mean of some languages under a tokenizer, in a colour of the headline's."""
    definition = headline.definition
    breaks = breaks_of(headline.known(), definition.unit, definition.better)

    def cell(tokenizer: str, tags: Sequence[str]) -> dict[str, Any]:
        known = headline.values(tokenizer)
        values = [known[tag] for tag in tags if tag in known]
        value = short(fmean(values)) if values else None
        return {
            "text": shown(value, definition.unit),
            "step": step_of(value, breaks, definition.better),
            "languages": len(values),
        }

    return cell


def strays(
    parts: Iterable[Column], own_script: Mapping[str, str], script_name: Callable[[str], str]
) -> list[dict[str, Any]]:
    """Return the languages of whose characters over 2 % are in a script other than their tag's, the most first."""
    found: dict[str, list[tuple[float, str]]] = {}
    for column in parts:
        script = column.name.partition(":")[2]
        for language, value in column.values(None).items():
            if script != own_script.get(language) and value > 0.02:
                found.setdefault(language, []).append((value, script))
    ranked = sorted(found, key=lambda tag: (-sum(share for share, _ in found[tag]), tag))
    return [
        {
            "language": tag,
            "scripts": [
                (visible(script_name(script)), shown(share, "share"))
                for share, script in sorted(found[tag], reverse=True)
            ],
        }
        for tag in ranked
    ]


def overlap(
    frame: pl.DataFrame | None, names: Mapping[str, str], definitions: Sequence[OverlapDefinition]
) -> dict[str, Any] | None:
    """Return the pairs of the chosen tokenizer as square tables, languages ordered so that like stands by like."""
    if frame is None or frame.is_empty():
        return None
    tables: dict[tuple[str, str], Pairs] = {}
    columns = ("measure", "pieces", "language", "other", "value", "low", "high", "note")
    for measure, pieces, language, other, value, low, high, note in frame.select(columns).iter_rows():
        tables.setdefault((measure, pieces), {})[language, other] = Cell(value, low, high, note=note)
    declared = {definition.name: definition for definition in definitions}
    measures = [
        declared.get(name) or Undefined(name)
        for name in _known_first([FIRST, *declared], (name for name, _ in tables))
    ]
    pieces_kinds = _known_first(PIECES, (pieces for _, pieces in tables))
    first = min(
        tables, key=lambda key: ([known.name for known in measures].index(key[0]), pieces_kinds.index(key[1]))
    )
    falls = {measure.name: measure.better == "lower" for measure in measures}
    order = _seriated(
        sorted({tag for pair in tables[first] for tag in pair}), tables[first], distances=falls[first[0]]
    )
    return {
        "tokenizer": visible(str(frame["tokenizer"][0])),
        "languages": order,
        "measures": [
            {
                key: visible(getattr(measure, key))
                for key in ("name", "title", "reading", "better", "formula", "citation")
            }
            for measure in measures
        ],
        "pieces": [{"name": pieces, "title": PIECES.get(pieces, visible(pieces))} for pieces in pieces_kinds],
        "first": list(first),
        "tables": {
            f"{measure}|{pieces}": _square(table, order, falls=falls[measure])
            for (measure, pieces), table in tables.items()
        },
        "nearest": _nearest(tables[first], order, names, falls=falls[first[0]]),
    }


def values_of(table: Mapping[str, Any]) -> list[float | None]:
    """Return the values of one of `overlap`'s tables, row by row."""
    return [None if value is None else value / 10 ** table["d"] for value in table["v"]]


def _known_first(known: Iterable[str], found: Iterable[str]) -> list[str]:
    found = set(found)
    ranked = [name for name in dict.fromkeys(known) if name in found]
    return [*ranked, *sorted(found.difference(ranked))]


def _square(table: Pairs, order: Sequence[str], *, falls: bool) -> dict[str, Any]:
    """Return a measure's table as arrays, row by row; deep colour is much overlap, ``falls`` says that high is little.

    Values ``v`` and the interval's ends ``l`` and ``h`` are whole numbers of 10 ** -``d``; ``n`` are places in ``notes``.
    """
    import polars as pl

    empty = Cell(None)
    cells = [table.get((one, other), empty) for one in order for other in order]
    ends = {
        "v": [cell.value for cell in cells],
        "l": [cell.low for cell in cells],
        "h": [cell.high for cell in cells],
    }
    notes: dict[str, int] = {}
    better = "higher" if falls else "neutral"
    breaks = breaks_of([], "share", better)
    return {
        "d": DIGITS,
        **{
            key: scaled(pl.Series(values, dtype=pl.Float64), DIGITS).to_list() for key, values in ends.items()
        },
        "n": [notes.setdefault(visible(cell.note), len(notes)) if cell.note else None for cell in cells],
        "notes": list(notes),
        "breaks": breaks,
        "better": better,
        "legend": legend(breaks, "share", better),
    }


def _seriated(languages: Sequence[str], table: Pairs, *, distances: bool) -> list[str]:
    """Order languages along the leaves of an average-linkage tree, a pair without a value being the farthest apart."""
    import numpy as np
    from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering
    from scipy.spatial.distance import squareform

    empty = Cell(None)
    values = np.array(
        [[table.get((one, other), empty).value for other in languages] for one in languages], float
    )
    distance = np.nan_to_num(values if distances else 1 - values, nan=1.0)
    distance = (distance + distance.T) / 2
    np.fill_diagonal(distance, 0)
    if len(languages) < 3:
        return list(languages)
    condensed = squareform(np.clip(distance, 0, None), checks=False)
    tree = optimal_leaf_ordering(linkage(condensed, "average"), condensed)
    return [languages[int(leaf)] for leaf in leaves_list(tree)]


def _nearest(
    table: Pairs, order: Sequence[str], names: Mapping[str, str], *, falls: bool
) -> list[dict[str, Any]]:
    """Return each language's three closest, in words for whoever can't see the map."""
    sign = 1 if falls else -1
    rows = []
    for one in order:
        known = [
            (sign * cell.value, other, cell.value)
            for other in order
            if other != one
            and (cell := table.get((one, other), Cell(None))).value is not None
            and cell.value != (1 if falls else 0)
        ]
        rows.append(
            {
                "language": one,
                "others": [
                    (names.get(tag, tag), shown(short(value), "share")) for _, tag, value in sorted(known)[:3]
                ],
            }
        )
    return sorted(rows, key=lambda row: str(names.get(row["language"], row["language"])))


def _fates(columns: Mapping[str, Column], tokenizer: str) -> dict[str, list[float]]:
    parts = [columns[name].values(tokenizer) for name in FATES]
    return {tag: [part[tag] for part in parts] for tag in parts[0] if all(tag in part for part in parts)}


def _mean(triples: Iterable[Sequence[float]], part: int) -> float:
    return fmean(triple[part] for triple in triples)


def _bar(triple: Sequence[float]) -> dict[str, Any]:
    return {
        "parts": [short(part * 100) for part in triple],
        "texts": [shown(short(part), "share") for part in triple],
    }


def _weighted(
    triples: Mapping[str, Sequence[float]], tags: Sequence[str], weights: Mapping[str, int]
) -> dict[str, Any] | None:
    known = [tag for tag in tags if tag in triples]
    whole = sum(weights.get(tag, 0) for tag in known)
    if not whole:
        return None
    return _bar([sum(triples[tag][part] * weights.get(tag, 0) for tag in known) / whole for part in range(3)])


def _mean_over(values: Mapping[str, float], tags: Sequence[str], weights: Mapping[str, int]) -> float | None:
    known = [tag for tag in tags if tag in values]
    whole = sum(weights.get(tag, 0) for tag in known)
    return sum(values[tag] * weights.get(tag, 0) for tag in known) / whole if whole else None
