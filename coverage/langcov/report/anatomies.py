"""What vocabularies are made of, side by side: no text is needed to know it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from langcov.report.values import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import polars as pl

SCRIPTS: Final = 14
"""Scripts that have a row; the others are added up."""

LONGEST: Final = 8

SIZES: Final[Mapping[str, str]] = {
    "entries": "Entries",
    "normal": "Pieces of text",
    "byte": "Bytes and pieces of a character",
    "added": "Added tokens",
    "control": "Control tokens",
    "unknown": "Unknown token",
}

NO_SCRIPT: Final[Mapping[str, str]] = {
    "Zyyy": "Digits, signs, spaces",
    "mixed": "Several scripts in one piece",
    "Jpan": "Japanese (kana with kanji)",
    "Kore": "Korean (hangul with hanja)",
}


def anatomies(
    table: pl.DataFrame | None, tokenizers: Sequence[str], script_name: Callable[[str], str]
) -> dict[str, Any] | None:
    """Return rows of counts with a cell for each tokenizer, and each one's longest pieces; None where nothing is known.

    Args:
        table: ``anatomy`` of `langcov.report.extras`.
        tokenizers: Names, as the table has them.
        script_name: English name of a script.
    """
    if table is None or table.is_empty():
        return None
    found: dict[str, dict[str, dict[str, int]]] = {}
    for tokenizer, part, name, count in table.iter_rows():
        found.setdefault(part, {}).setdefault(tokenizer, {})[name] = count
    sizes = found.get("sizes", {})
    wholes = [
        sizes.get(name, {}).get("normal", 0) + sizes.get(name, {}).get("added", 0) for name in tokenizers
    ]

    def row(title: str, counts: Sequence[int | None], wholes: Sequence[int] | None = None) -> dict[str, Any]:
        cells = [
            {
                "text": "—" if count is None else f"{count:,}",
                "share": _share(count, wholes[place]) if wholes and count else "",
            }
            for place, count in enumerate(counts)
        ]
        return {"title": title, "cells": cells}

    def counted(part: str, name: str) -> list[int | None]:
        own = found.get(part, {})
        return [own[each].get(name, 0) if each in own else None for each in tokenizers]

    totals: dict[str, int] = {}
    for own in found.get("scripts", {}).values():
        for script, count in own.items():
            totals[script] = totals.get(script, 0) + count
    ranked = sorted(totals, key=lambda script: (-totals[script], script))
    rest = [
        sum(own.get(script, 0) for script in ranked[SCRIPTS:])
        for own in (found.get("scripts", {}).get(name, {}) for name in tokenizers)
    ]
    scripts = [
        row(NO_SCRIPT.get(script) or script_name(script), counted("scripts", script), wholes)
        for script in ranked[:SCRIPTS]
    ]
    if any(rest):
        scripts.append(row(f"{len(ranked) - SCRIPTS} other scripts", rest, wholes))
    reasons = sorted({name for own in found.get("unreachable", {}).values() for name in own})
    gone = found.get("unreachable", {})
    never = [
        sum(count for reason, count in gone.get(name, {}).items() if reason != "control")
        for name in tokenizers
    ]
    return {
        "groups": [
            {
                "title": "Entries by kind",
                "rows": [
                    row(title, counted("sizes", name))
                    for name, title in SIZES.items()
                    if any(counted("sizes", name))
                ],
            },
            {"title": "Pieces of text by script", "rows": scripts},
            {
                "title": "Rows that serve little",
                "rows": [
                    *(
                        row(name[0].upper() + name[1:], counted("spelling", name), wholes)
                        for name in dict.fromkeys(
                            name for own in found.get("spelling", {}).values() for name in own
                        )
                    ),
                    row("Never given by the tokenizer's own encoder", never, wholes),
                    *(
                        row(f"… because of: {visible(reason)}", counted("unreachable", reason))
                        for reason in reasons
                        if reason != "control"
                    ),
                ],
            },
        ],
        "longest": {
            name: [
                {"piece": visible(piece), "characters": count}
                for piece, count in list(found.get("longest", {}).get(name, {}).items())[:LONGEST]
            ]
            for name in tokenizers
        },
        "scripts_of": {
            name: [
                {"script": NO_SCRIPT.get(script) or script_name(script), "text": f"{count:,}"}
                for script, count in sorted(
                    found.get("scripts", {}).get(name, {}).items(), key=lambda item: -item[1]
                )[:LONGEST]
            ]
            for name in tokenizers
        },
        "never": dict(zip(tokenizers, never, strict=True)),
    }


def _share(count: int, whole: int) -> str:
    if not whole:
        return ""
    share = 100 * count / whole
    return "<0.1%" if share < 0.05 else f"{share:.1f}%"
