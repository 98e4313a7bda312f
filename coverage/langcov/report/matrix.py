"""The table of languages by tokenizers, as the page shows it without JavaScript."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any, Final

from langcov.report.values import Cell, Column, breaks_of, short, shown, step_of, without_numbers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langcov.report.values import Definition

FOOTNOTES: Final = 6
"""Reasons for missing values, and cautions about values, that get a letter under the table; rarer ones are told at the cell."""


def table(headline: Column, tokenizers: Sequence[str], languages: Sequence[str]) -> dict[str, Any]:
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
