"""What the page shows of languages: names, script, people, direction, and how much text there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from langcov.errors import LanguageError
from langcov.report.values import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langcov.census.tables import Census
    from langcov.languages import Language


def described(tag: str) -> dict[str, Any]:
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
            "script_name": script_name(script) if script else "Unknown script",
            "family": None,
            "region": None,
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
        "region": visible(known.region) if known.region else None,
        "speakers": known.speakers,
        "people": _people(known.speakers),
        "direction": known.direction,
    }


def script_name(script: str) -> str:
    """Return the English name of a script, or of several that one code stands for."""
    from langcov import languages

    return visible(languages.script_name(script))


def _people(speakers: int | None) -> str:
    if not speakers:
        return ""
    for size, unit in ((10**9, "bn"), (10**6, "M"), (10**3, "k")):
        if speakers >= size:
            amount = speakers / size
            return f"{amount:.1f} {unit}" if amount < 10 else f"{amount:.0f} {unit}"
    return str(speakers)


def sizes(census: Census) -> dict[str, dict[str, int]]:
    """Segments, bytes and characters of each language."""
    counted = census.text.group_by("language").agg(pl.col("segments", "bytes", "characters").sum())
    return {row.pop("language"): row for row in counted.to_dicts()}


def by_script(languages: Sequence[str], described: Mapping[str, Mapping[str, Any]]) -> dict[str, list[str]]:
    """Languages by the name of the script that their tag names, the script of most languages first."""
    found: dict[str, list[str]] = {}
    for tag in languages:
        found.setdefault(described[tag]["script_name"], []).append(tag)
    return dict(sorted(found.items(), key=lambda item: (-len(item[1]), item[0])))
