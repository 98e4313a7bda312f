"""One page a tokenizer: what it is, whom it serves best and worst, how evenly, and what its vocabulary is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from langcov.measures.inequality import FAIRNESS_MEASURES
from langcov.report.values import Cell, short, shown, visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from langcov.report.values import Column

LISTED: Final = 8
"""Languages served best, and worst."""


def tokenizer_pages(
    facts: Sequence[Mapping[str, Any]],
    headline: Column | None,
    fairness: pl.DataFrame | None,
    names: Mapping[str, str],
    reference: str | None,
    anatomy: Mapping[str, Any] | None,
) -> list[dict[str, Any]]:
    """Return what each tokenizer's page says.

    Args:
        facts: Of each tokenizer, as the census has them.
        headline: The measure that the page is about, without values that mislead.
        fairness: The table of `langcov.measures.inequality`.
        names: Of languages, by tag.
        reference: Tag of the reference language, which is listed neither as best nor as worst.
        anatomy: What `langcov.report.anatomies.anatomies` gave.
    """
    pages = []
    for fact in facts:
        name = fact["name"]
        best, worst, known = _extremes(headline, visible(name), reference) if headline else ([], [], 0)
        pages.append(
            {
                "name": visible(name),
                "anchor": anchor(visible(name)),
                "compared": known,
                "best": [_language(headline, visible(name), tag, names) for tag in best],
                "worst": [_language(headline, visible(name), tag, names) for tag in worst],
                "fairness": _fairness(fairness, name, names),
                "longest": anatomy["longest"].get(name, []) if anatomy else [],
                "scripts": anatomy["scripts_of"].get(name, []) if anatomy else [],
                "never": f"{anatomy['never'].get(name, 0):,}" if anatomy else None,
            }
        )
    return pages


def anchor(name: str) -> str:
    """Return the address of a tokenizer's page within the file, without the ``#``.

    >>> anchor("my tokenizer")
    'tokenizer=my%20tokenizer'
    """
    return f"tokenizer={quote(name, safe='')}"


def _extremes(headline: Column, name: str, reference: str | None) -> tuple[list[str], list[str], int]:
    values = {tag: value for tag, value in headline.values(name).items() if tag != reference}
    sign = -1 if headline.definition.better == "higher" else 1
    ranked = sorted(values, key=lambda tag: (sign * values[tag], tag))
    listed = min(LISTED, (len(ranked) + 1) // 2)
    return ranked[:listed], ranked[len(ranked) - min(LISTED, len(ranked) // 2) :][::-1], len(ranked)


def _language(headline: Column | None, name: str, tag: str, names: Mapping[str, str]) -> dict[str, str]:
    cell = headline.cells[name, tag] if headline else Cell(None)
    unit = headline.definition.unit if headline else ""
    bounds = cell.low is not None and cell.high is not None
    return {
        "tag": tag,
        "name": names[tag],
        "text": shown(short(cell.value), unit),
        "interval": f"{shown(short(cell.low), unit)} to {shown(short(cell.high), unit)}" if bounds else "",
    }


def _fairness(table: pl.DataFrame | None, name: str, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """A row a measure: over all languages that can be compared under it, and over those that all tokenizers share."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in table.iter_rows(named=True) if table is not None else ():
        if row["tokenizer"] == name:
            found[row["measure"], row["scope"]] = row
    rows = []
    for measure in FAIRNESS_MEASURES:
        own, common = (found.get((measure.name, scope)) for scope in ("own", "common"))
        if own is None or own["value"] is None:
            continue
        rows.append(
            {
                "title": measure.title,
                "reading": measure.reading,
                "own": _cell(own, measure.unit, names),
                "common": _cell(common, measure.unit, names) if common else None,
            }
        )
    return rows


def _cell(row: Mapping[str, Any], unit: str, names: Mapping[str, str]) -> dict[str, str]:
    low, high = row["low"], row["high"]
    of = [f"of {row['languages']:,}"] if row["languages"] else []
    if row["language"]:
        of.insert(0, names.get(row["language"], visible(row["language"])))
    return {
        "text": shown(row["value"], unit),
        "interval": "" if low is None or high is None else f"{shown(low, unit)} to {shown(high, unit)}",
        "of": ", ".join(of),
    }
