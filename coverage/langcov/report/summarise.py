"""From count tables and measures to everything the page says, as plain data ready for JSON."""

from __future__ import annotations

from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from langcov.errors import LanguageError
from langcov.report import answers, breakdowns
from langcov.report.evenness import evenness
from langcov.report.packing import packed, packed_details
from langcov.report.values import (
    Cell,
    Column,
    breaks_of,
    columns,
    legend,
    short,
    shown,
    step_of,
    visible,
    without_numbers,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langcov.census.tables import Census
    from langcov.languages import Language
    from langcov.report.values import Definition

FOOTNOTES: Final = 6
"""Reasons for missing values, and cautions about values, that get a letter under the table; rarer ones are told at the cell."""


def summarise(
    census: Census,
    measures: pl.DataFrame,
    overlap: pl.DataFrame | None,
    manifest: Mapping[str, Any],
    definitions: Mapping[str, Definition] | None = None,
    *,
    fairness: pl.DataFrame | None = None,
) -> dict[str, Any]:
    """Return all that the page says, as data that JSON can hold.

    Args:
        census: Whose text and tokenizers the measures are of.
        measures: The tidy table of measures (`langcov.measures.table.SCHEMA`).
        overlap: Columns tokenizer, language, other, measure, pieces, value, low, high, note; of one tokenizer.
        manifest: Of the run: ``signature``, ``created``, ``langcov``, ``reference``, ``warnings``, ``options``.
        definitions: Of the measures, in the order of the page; by default those of the installed packages.
        fairness: The table of the measures over languages (`langcov.measures.inequality.SCHEMA`).
    """
    from langcov.measures.inequality import FAIRNESS_MEASURES
    from langcov.measures.pairs import OVERLAP_MEASURES

    if definitions is None:
        from langcov.measures.registry import measures as declared

        definitions = declared()
    languages = census.languages
    tokenizers = [facts.name for facts in census.tokenizers]
    reference = manifest.get("reference")
    described = {tag: _described(tag) for tag in {*languages, *([reference] if reference else [])}}
    names = {tag: language["name"] for tag, language in described.items()}
    found = columns(_shown_names(measures), definitions)
    plain = [column for column in found if not column.is_part]
    headline = next((column for column in plain if not column.of_text and column.known()), None)
    even = evenness(fairness, tokenizers, names, len(languages))
    tokenizers = [visible(name) for name in tokenizers]
    by_name = {column.name: column for column in found}
    sizes = _sizes(census)
    characters = {tag: size["characters"] for tag, size in sizes.items()}
    by_script = _by_script(languages, described)
    fates = {name: by_name[name] for name in breakdowns.FATES if name in by_name}
    fair = _comparable(headline, fates.get("lost_characters")) if headline else None
    notes: dict[str, int] = {}
    data = [packed(column, tokenizers, languages, notes) for column in found]
    return {
        "title": _title(tokenizers, languages, names),
        "facts": _facts(census, manifest, sizes),
        "lead": answers.lead(fair, fates, tokenizers, names, reference) if fair else [],
        "no_premium": _no_premium(by_name.get("premium"), headline),
        "answers": answers.answers(fair, fates, tokenizers, names, reference) if fair else [],
        "axis": answers.axis(fair, tokenizers) if fair else [],
        "headline": _definition(headline, names, reference) if headline else None,
        "tokenizers": tokenizers,
        "languages": [{**described[tag], **sizes[tag]} for tag in languages],
        "measures": [_definition(column, names, reference) for column in plain],
        "definitions": _unique_definitions(found, names, reference),
        "table": _table(headline, tokenizers, languages) if headline else None,
        "evenness": even,
        "evenness_measures": [measure._asdict() for measure in FAIRNESS_MEASURES] if even else [],
        "baseline": visible(str(manifest.get("baseline") or "")),
        "fate": breakdowns.fate(fates, tokenizers, by_script, characters),
        "scripts": breakdowns.scripts(
            fair, by_name.get("expected_script"), tokenizers, by_script, characters
        ),
        "strays": breakdowns.strays(
            [column for column in found if column.name.startswith("script_share:")],
            {tag: language["script"] for tag, language in described.items()},
            _script_name,
        ),
        "overlap": breakdowns.overlap(overlap, names, OVERLAP_MEASURES),
        "tokenizer_facts": [
            {key: visible(value) if isinstance(value, str) else value for key, value in facts.items()}
            for facts in census.facts()["tokenizers"]
        ],
        "corpus": {
            key: visible(value) if isinstance(value, str) else value
            for key, value in census.facts()["corpus"].items()
        },
        "words": visible(census.words),
        "reference": names.get(reference, reference),
        "signature": visible(manifest.get("signature", "")),
        "created": visible(manifest.get("created", "")),
        "version": visible(manifest.get("langcov", "")),
        "options": {
            visible(key): visible(str(value)[:200])
            for key, value in (manifest.get("options") or {}).items()
            if value is not None
        },
        "warnings": [visible(warning) for warning in manifest.get("warnings", [])],
        "data": {
            "tokenizers": tokenizers,
            "languages": [
                [
                    tag,
                    *(
                        described[tag][key]
                        for key in ("name", "autonym", "script_name", "family", "speakers")
                    ),
                ]
                for tag in languages
            ],
            "notes": list(notes),
            "measures": [
                {**_definition(column, names, reference), **arrays}
                for column, arrays in zip(found, data, strict=True)
            ],
        },
    }


def _shown_names(measures: pl.DataFrame) -> pl.DataFrame:
    """Put tokenizer and measure names into the form in which the page shows them."""
    for column in ("tokenizer", "measure"):
        known = [name for name in measures[column].unique().to_list() if name is not None]
        changed = {name: visible(name) for name in known if visible(name) != name}
        if changed:
            measures = measures.with_columns(pl.col(column).replace(changed))
    return measures


def _described(tag: str) -> dict[str, Any]:
    """What the page shows of a language; one that nobody knows goes by its tag."""
    from langcodes import standardize_tag

    from langcov.languages import describe

    try:
        known: Language = describe(tag)
    except LanguageError:
        script = tag.partition("_")[2]
        return {
            "tag": visible(tag),
            "name": visible(tag),
            "autonym": None,
            "bcp47": "und",
            "script": script,
            "script_name": _script_name(script) if script else "Unknown script",
            "family": None,
            "speakers": None,
            "people": "",
            "direction": "ltr",
        }
    return {
        "tag": tag,
        "name": visible(known.name),
        "autonym": visible(known.autonym) if known.autonym and known.autonym != known.name else None,
        "bcp47": standardize_tag(tag, macro=True),
        "script": known.script,
        "script_name": visible(known.script_name),
        "family": visible(known.family) if known.family else None,
        "speakers": known.speakers,
        "people": _people(known.speakers),
        "direction": known.direction,
    }


def _script_name(script: str) -> str:
    from langcov.languages import script_name

    return visible(script_name(script))


def _people(speakers: int | None) -> str:
    if not speakers:
        return ""
    for size, unit in ((10**9, "bn"), (10**6, "M"), (10**3, "k")):
        if speakers >= size:
            amount = speakers / size
            return f"{amount:.1f} {unit}" if amount < 10 else f"{amount:.0f} {unit}"
    return str(speakers)


def _sizes(census: Census) -> dict[str, dict[str, int]]:
    """Segments, bytes and characters of each language."""
    counted = census.text.group_by("language").agg(pl.col("segments", "bytes", "characters").sum())
    return {row.pop("language"): row for row in counted.to_dicts()}


def _by_script(languages: Sequence[str], described: Mapping[str, Mapping[str, Any]]) -> dict[str, list[str]]:
    """Languages by the name of the script that their tag names, the script of most languages first."""
    found: dict[str, list[str]] = {}
    for tag in languages:
        found.setdefault(described[tag]["script_name"], []).append(tag)
    return dict(sorted(found.items(), key=lambda item: (-len(item[1]), item[0])))


def _title(tokenizers: Sequence[str], languages: Sequence[str], names: Mapping[str, str]) -> str:
    who = f"{len(tokenizers)} tokenizers serve" if len(tokenizers) != 1 else f"{tokenizers[0]} serves"
    whom = f"{len(languages):,} languages" if len(languages) != 1 else names[languages[0]]
    return f"How {who} {whom}"


def _facts(
    census: Census, manifest: Mapping[str, Any], sizes: Mapping[str, Mapping[str, int]]
) -> list[list[str]]:
    """What was measured on what, as pairs of a term and its value."""
    segments, size = (sum(row[key] for row in sizes.values()) for key in ("segments", "bytes"))
    corpus = census.corpus
    return [
        ["Text", f"{visible(corpus.name)}: {visible(corpus.citation)}"],
        [
            "Kind of text",
            "parallel: the same content in every language"
            if corpus.parallel
            else "not parallel: each language has its own text",
        ],
        ["Licence", visible(corpus.licence)],
        ["Languages", f"{len(sizes):,}"],
        ["Segments", f"{segments:,}"],
        ["Size", f"{size / 1e6:,.1f} MB" if size >= 1e5 else f"{size / 1e3:,.1f} kB"],
        ["Counted", visible(str(manifest.get("created", ""))[:10])],
    ]


def _no_premium(premium: Column | None, headline: Column | None) -> str | None:
    """Why the page is not about the premium, if it is not."""
    if headline is None or headline.name == "premium" or premium is None:
        return None
    reasons = {cell.note for cell in premium.cells.values() if cell.note}
    return f"Costs can't be compared with a reference language here: {min(reasons)}." if reasons else None


def _definition(column: Column, names: Mapping[str, str], reference: str | None) -> dict[str, Any]:
    """What the page says of a measure, with the reference language by its name."""
    definition = column.definition
    known = column.known()
    breaks = [] if column.is_part else breaks_of(known, definition.unit, definition.better)
    reading = definition.reading
    if reference is not None and reference in names:
        reading = reading.replace("the reference language", names[reference])
    return {
        "name": visible(column.name),
        "title": visible(definition.title),
        "unit": visible(definition.unit),
        "better": definition.better,
        "reading": visible(reading),
        "of_text": column.of_text,
        "breaks": breaks,
        "legend": [] if column.is_part else legend(breaks, definition.unit, definition.better),
    }


def _unique_definitions(
    found: Sequence[Column], names: Mapping[str, str], reference: str | None
) -> list[dict[str, Any]]:
    """Each definition once, families too, for the section on the method."""
    unique = {column.definition.name: column for column in found}
    return [
        {
            **{
                key: value
                for key, value in _definition(column, names, reference).items()
                if key not in ("breaks", "legend")
            },
            "name": visible(column.definition.name),
            "formula": visible(column.definition.formula),
            "citation": visible(column.definition.citation),
        }
        for column in unique.values()
    ]


def _table(headline: Column, tokenizers: Sequence[str], languages: Sequence[str]) -> dict[str, Any]:
    """Return the matrix of the first measure, worst served languages first, as the page shows it without JavaScript."""
    definition = headline.definition
    breaks = breaks_of(headline.known(), definition.unit, definition.better)
    footnotes = _footnotes(headline)
    empty = Cell(None, note="not measured")
    rows = []
    for place, language in enumerate(languages):
        cells = [headline.cells.get((tokenizer, language), empty) for tokenizer in tokenizers]
        known = [cell.value for cell in cells if cell.value is not None and not cell.caution]
        rows.append(
            (
                median(known) if known else None,
                place,
                [_cell(cell, definition, breaks, footnotes) for cell in cells],
            )
        )
    sign = -1 if definition.better != "higher" else 1
    rows.sort(key=lambda row: (row[0] is None, sign * (row[0] or 0), row[1]))
    middles = [headline.sound(tokenizer).values() for tokenizer in tokenizers]
    return {
        "rows": [{"language": place, "cells": cells} for _, place, cells in rows],
        "medians": [
            _cell(Cell(median(values) if values else None, note="nothing measured"), definition, breaks, {})
            for values in middles
        ],
        "footnotes": _footnote_texts(headline, footnotes),
    }


def _comparable(headline: Column, lost: Column | None) -> Column:
    """Leave out values that mislead: those with a caution, and where letters are lost, since that takes few tokens."""
    from langcov.measures.table import LOST_REASON, MOST_LOST

    cells = {
        key: Cell(None, note=cell.note) if cell.caution else cell for key, cell in headline.cells.items()
    }
    for key, cell in lost.cells.items() if lost is not None else ():
        if key in cells and cells[key].value is not None and (cell.value or 0) > MOST_LOST:
            cells[key] = Cell(None, note=LOST_REASON)
    return replace(headline, cells=cells)


def _footnotes(column: Column) -> dict[str, str]:
    """The commonest reasons for missing values and cautions about values, each with its letter; numbers apart."""
    reasons: dict[str, list[str]] = {}
    for cell in column.cells.values():
        if cell.note and (cell.value is None or cell.caution):
            reasons.setdefault(without_numbers(cell.note), []).append(cell.note)
    commonest = sorted(reasons, key=lambda pattern: (-len(reasons[pattern]), pattern))[:FOOTNOTES]
    return {pattern: "abcdefghij"[place] for place, pattern in enumerate(commonest)}


def _footnote_texts(column: Column, footnotes: Mapping[str, str]) -> list[dict[str, str]]:
    notes: dict[str, set[str]] = {}
    for cell in column.cells.values():
        if cell.note:
            notes.setdefault(without_numbers(cell.note), set()).add(cell.note)
    return [
        {"mark": mark, "note": pattern if len(notes[pattern]) > 1 else min(notes[pattern])}
        for pattern, mark in footnotes.items()
    ]


def _cell(
    cell: Cell, definition: Definition, breaks: Sequence[float], footnotes: Mapping[str, str]
) -> dict[str, Any]:
    value = short(cell.value)
    bounded = value is not None and cell.low is not None and cell.high is not None
    low, high = (shown(short(bound), definition.unit) for bound in (cell.low, cell.high))
    return {
        "text": shown(value, definition.unit),
        "step": step_of(value, breaks, definition.better),
        "interval": f"{low} to {high}" if bounded else None,
        "note": cell.note or ("no reason given" if value is None else None),
        "mark": footnotes.get(without_numbers(cell.note or "")) if value is None or cell.caution else None,
        "caution": cell.caution,
    }
