"""What a mixture's audit says in sentences: warnings, the worst first, and a verdict on the whole."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from langcov.planning.data_needs import COLLECTION, observed_sizes
from langcov.planning.identify import WRONG_ON_ARTICLES, WRONG_ON_PROSE, WRONG_ON_UNKNOWN
from langcov.planning.temperature import said

if TYPE_CHECKING:
    from collections.abc import Mapping

    from langcov.planning.mixture import Mixture

LEAST_EXPECTED_SCRIPT: Final = 0.9
"""With a smaller share of its letters in the script that the tag names, a language is warned of."""

FALSE_ALARMS: Final = 2 * WRONG_ON_PROSE
"""Twice the share of texts of another subject than was learned from that are taken for a language that they are not in. A share of another language is warned of where it is larger, lower bound and all."""

SHARED: Final = 0.05
"""A language that shares a larger part of its documents with another one is warned of."""

REPEATED: Final = 0.1
"""The same for documents that repeat one of its own."""

TOLD_LOSS: Final = 0.01
"""By how much a language's share must shrink for its script's cost in bytes to be told in the verdict."""

DOMINANT: Final = 0.5
"""A language with a larger share of the bytes is named in the verdict as holding most of the text."""


def with_words(mixture: Mixture) -> Mixture:
    """Return the mixture with its warnings and verdict."""
    return replace(mixture, warnings=tuple(_warnings(mixture)), verdict=tuple(_verdict(mixture)))


def identification_said() -> str:
    """Say how good the identification of languages is."""
    return (
        f"Languages are told by their letters, learned from the Universal Declaration: at most {_percent(WRONG_ON_ARTICLES)} of "
        f"articles that were not learned from are taken for another language, {_percent(WRONG_ON_PROSE)} of other prose of 100 "
        f"characters and more, but {_percent(WRONG_ON_UNKNOWN)} of texts in languages without a profile."
    )


def size_said(number: float) -> str:
    """Return a number of bytes as a person says it.

    >>> size_said(950), size_said(12_345_678), size_said(3.2e12)
    ('950 B', '12.3 MB', '3.2 TB')
    """
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if number < 1000 or unit == "TB":
            return (
                f"{number:.0f} B"
                if unit == "B"
                else f"{number:.3g} {unit}"
                if number < 100
                else f"{number:,.0f} {unit}"
            )
        number /= 1000
    raise AssertionError  # pragma: no cover (the last unit returns)


def _warnings(mixture: Mixture) -> list[str]:
    rows = mixture.languages.to_dicts()
    found = [
        *_of_scripts(rows),
        *_of_languages(rows),
        *_of_duplicates(mixture.duplicates),
        *_of_repetition(rows),
    ]
    skipped = int(mixture.languages["skipped"].sum())
    if skipped:
        found.append(
            f"{skipped:,} document{'s hold' if skipped > 1 else ' holds'} no text and count for nothing."
        )
    unknown = [row for row in rows if row["identified"] and row["agreeing"] is None]
    if unknown:
        found.append(
            f"{_listed([row['language'] for row in unknown])}: no profile to hold the text against, so that only the script is "
            f"checked{_resemblances(unknown)}."
        )
    if not mixture.identifies:
        found.append(
            "Languages were not looked for, only scripts: that takes langcov corpora fetch udhr, and documents of 100 "
            "characters."
        )
    return found


def _of_scripts(rows: list[dict[str, Any]]) -> list[str]:
    from langcov.languages import script_name

    found = []
    wrong = (row for row in rows if row["script_share"] is not None and not _in_script(row))
    for row in sorted(wrong, key=lambda row: row["script_share"]):
        sentence = (
            f"{_called(row)}: {_percent(row['script_share'])} of its letters are {script_name(row['script'])}"
        )
        if row["other_script"]:
            sentence += f" and {_percent(row['other_script_share'])} {script_name(row['other_script'])}"
        found.append(f"{sentence}; it may be romanised, another language, or boilerplate.")
    unwritten = [row["language"] for row in rows if row["script_share"] is None]
    if unwritten:
        found.append(f"{_listed(unwritten)}: no letters of any script.")
    return found


def _of_languages(rows: list[dict[str, Any]]) -> list[str]:
    from langcov.languages import describe

    wrong = [
        row
        for row in rows
        if row["other_low"] is not None
        # Text in another script than the tag's may be in a language that has no profile there, as Amharic in Latin letters:
        # its documents are taken for this and that. Most of them must agree.
        and row["other_low"] > (FALSE_ALARMS if _in_script(row) else DOMINANT)
    ]
    return [
        f"{_called(row)}: {_percent(row['other_share'])} [{_percent(row['other_low'])}, {_percent(row['other_high'])}] of "
        f"{row['identified']:,} sampled documents are in {describe(row['other_language']).name} ({row['other_language']})."
        for row in sorted(wrong, key=lambda row: -row["other_low"])
    ]


def _resemblances(rows: list[dict[str, Any]]) -> str:
    """Say what most documents of languages without a profile resemble."""
    from langcov.languages import describe

    alike = [
        row for row in rows if row["other_number"] and row["other_number"] > DOMINANT * row["identified"]
    ]
    if not alike:
        return ""
    said = ", ".join(
        f"those of {row['language']} {describe(row['other_language']).name} ({row['other_language']}, "
        f"{row['other_number']:,} of {row['identified']:,})"
        for row in alike[:8]
    )
    return f"; of the languages with one, most documents resemble: {said}"


def _in_script(row: Mapping[str, Any]) -> bool:
    return bool(row["script_share"] is not None and row["script_share"] >= LEAST_EXPECTED_SCRIPT)


def _of_duplicates(duplicates: pl.DataFrame) -> list[str]:
    """One sentence a pair, from the side of the language that shares more of its documents."""
    found, told = [], set()
    for row in duplicates.filter(pl.col("share") > SHARED).iter_rows(named=True):
        pair = frozenset((row["language"], row["other"]))
        if pair in told:
            continue
        told.add(pair)
        interval = "" if row["low"] is None else f" [{_percent(row['low'])}, {_percent(row['high'])}]"
        found.append(
            f"{row['language']} and {row['other']} share text: {row['near']:,} of {row['compared']:,} documents of "
            f"{row['language']} ({_percent(row['share'])}{interval}) are in {row['other']} too, {row['exact']:,} of them "
            "letter for letter."
        )
    return found


def _of_repetition(rows: list[dict[str, Any]]) -> list[str]:
    repeating = [row for row in rows if (row["repeated"] or 0) > REPEATED]
    return [
        f"{_called(row)}: {_percent(row['repeated'])} of its documents repeat another one of it."
        for row in sorted(repeating, key=lambda row: -row["repeated"])
    ]


def _verdict(mixture: Mixture) -> list[str]:
    table = mixture.languages
    scripts = mixture.scripts.group_by("script").agg(pl.col("characters").sum())
    first = table.row(0, named=True)
    number = table.height
    most = "most of it: " if first["share"] > DOMINANT and number > 1 else ""
    whole = (
        f"{number:,} language{'s' if number > 1 else ''} in {scripts.height} script{'s' if scripts.height > 1 else ''}, "
        f"{size_said(int(table['bytes'].sum()))}; the largest, {_called(first)}, holds {most}"
        f"{_percent(first['share'])} of the bytes."
    )
    sentences = [whole]
    sentences += _worth(table.drop_nulls("equivalent_bytes"))
    sentences += said(mixture.temperatures)
    sentences.append(mixture.need.sentence())
    sentences.append(_against_sizes(table))
    short = table.filter(pl.col("enough") == "no").height
    if short:
        sentences.append(f"{short:,} of {number:,} languages have surely less than that.")
    return sentences


def _worth(valued: pl.DataFrame) -> list[str]:
    """Say which language's bytes are worth least, if any are worth much less than others'."""
    shares = valued.with_columns(
        raw=pl.col("bytes") / pl.col("bytes").sum(),
        worth=pl.col("equivalent_bytes") / pl.col("equivalent_bytes").sum(),
    ).sort(pl.col("worth") - pl.col("raw"), "language")
    least = shares.row(0, named=True) if shares.height else None
    if least is None or least["raw"] - least["worth"] < TOLD_LOSS:
        return []
    sentence = (
        f"Divided by what each language takes in bytes for the same text, {_called(least)} loses most: it has "
        f"{_percent(least['raw'])} of the bytes of the {valued.height} languages with a known premium, but "
        f"{_percent(least['worth'])} of what they say."
    )
    return [sentence]


def _against_sizes(table: pl.DataFrame) -> str:
    observed = observed_sizes()
    least = min(observed.values())
    below = table.filter(pl.col("larger_than") == 0).height
    return (
        f"{below:,} of {table.height:,} languages have less text than any of the {len(observed)} languages of {COLLECTION} "
        f"({size_said(least)} and more), which XLM-R learned from."
    )


def _called(row: Mapping[str, Any]) -> str:
    return f"{row['name']} ({row['language']})"


def _listed(tags: list[str], most: int = 8) -> str:
    rest = f" and {len(tags) - most} more" if len(tags) > most else ""
    return ", ".join(tags[:most]) + rest


def _percent(share: float) -> str:
    """Return a share in percent, near nothing and near all with one more digit.

    >>> _percent(0.0), _percent(0.003), _percent(0.5), _percent(0.998), _percent(1.0)
    ('0 %', '0.3 %', '50 %', '99.8 %', '100 %')
    """
    return (
        f"{100 * share:.1f} %" if 0.0005 <= share < 0.01 or 0.99 < share < 0.9995 else f"{100 * share:.0f} %"
    )
