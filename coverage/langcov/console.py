"""Tables on stdout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from langcov.errors import MeasureError
from langcov.measures.table import NOTICEABLE
from langcov.saying import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langcov.audits import Audit
    from langcov.measures import Measure
    from langcov.measures.inequality import FairnessMeasure
    from langcov.measures.pairs import OverlapMeasure
    from langcov.runs import Run
    from langcov.tokenizers.base import Tokenizer

SHOWN_LANGUAGES: Final = (
    "eng_Latn",
    "swh_Latn",
    "yor_Latn",
    "hin_Deva",
    "amh_Ethi",
    "mya_Mymr",
    "jpn_Jpan",
    "tha_Thai",
)
"""Printed where nobody named languages: several scripts, families and ways to write words."""

CAUTIONED: Final = pl.col("note").str.starts_with("caution").fill_null(value=False)
"""Values that are as defined and yet mislead; they are marked, and left out of medians and of what is worst."""

FEW: Final = 20
"""So few languages are all shown, if nobody says which."""

MOST_ROWS: Final = 60
MOST_LETTERS: Final = 8
MOST_INTERVALS: Final = 6
"""With more tokenizers than this a row has no room for intervals; the page has them."""

PIPED_WIDTH: Final = 160
"""Columns of a table that goes into a file or a pipe."""


def definition(measure: Measure | OverlapMeasure | FairnessMeasure) -> dict[str, Any]:
    """What a measure is, as a plain mapping."""
    return {
        "name": measure.name,
        "title": measure.title,
        "unit": getattr(measure, "unit", "share"),
        "better": measure.better,
        "reading": measure.reading,
        "formula": measure.formula,
        "example": getattr(measure, "example", ""),
        "source": measure.citation,
    }


def print_definition(facts: Mapping[str, Any]) -> None:
    """Print names and values, a line each."""
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in facts.items():
        if value != "":
            table.add_row(name, _plain(value))
    _print(table)


def print_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Print some columns of some rows."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column == "name")
    for row in rows:
        table.add_row(*(_plain(row[column]) for column in columns))
    _print(table)


def print_run(run: Run, measure: str | None, tags: Sequence[str] | None) -> None:
    """Print what a run found: a line per tokenizer, then one measure for some languages, then the signature."""
    measure = measure or ("premium" if _has_values(run.measures, "premium") else "fertility")
    print_table(
        _by_tokenizer(run, measure),
        [
            "tokenizer",
            "compared",
            "English fertility",
            f"median {measure}",
            "worst",
            "over 4",
            "lost",
            "spelled",
        ],
    )
    _print_languages(run, measure, tags)
    _print(printable(f"Signature: {run.signature}"))


def _by_tokenizer(run: Run, measure: str) -> list[dict[str, Any]]:
    """One row per tokenizer: the measure's median and worst, and how many languages fare badly."""
    from langcov.languages import describe
    from langcov.measures import lookup

    reference = run.manifest["reference"]
    lower_is_better = lookup(measure).better != "higher"
    rows = []
    for facts in run.census.tokenizers:
        own = run.measures.filter(pl.col("tokenizer") == facts.name)
        values = own.filter(
            (pl.col("language") != reference)
            & (pl.col("measure") == measure)
            & pl.col("value").is_not_null()
            & ~CAUTIONED
        ).sort("value", descending=lower_is_better)
        english = own.filter((pl.col("measure") == "fertility") & (pl.col("language") == "eng_Latn"))["value"]
        worst = values.row(0, named=True) if values.height else None
        rows.append(
            {
                "tokenizer": facts.name,
                "compared": f"{values.height} of {len(run.census.languages) - (reference in run.census.languages)}",
                "English fertility": _number(english.first()),
                f"median {measure}": _number(values["value"].median()),
                "worst": f"{_number(worst['value'])} {describe(worst['language']).name}" if worst else "–",
                "over 4": int((values["value"] > 4).sum()) if measure == "premium" else "–",
                "lost": _languages_above(own, "lost_characters"),
                "spelled": _languages_above(own, "spelled_characters"),
            }
        )
    return rows


def _print_languages(run: Run, measure: str, tags: Sequence[str] | None) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from langcov.languages import describe
    from langcov.measures import lookup

    names = [facts.name for facts in run.census.tokenizers]
    known = run.census.languages
    wanted = tags or (SHOWN_LANGUAGES if len(known) > FEW else known)
    chosen = [tag for tag in wanted if tag in known] or known[:MOST_ROWS]
    found = lookup(measure)
    table = Table(
        box=SIMPLE_HEAD, pad_edge=False, title=f"{found.title} ({found.unit})", title_justify="left"
    )
    table.add_column("language", no_wrap=True)
    for name in names:
        table.add_column(printable(name), justify="right")
    values = run.measures.filter(pl.col("measure") == measure)
    if values.is_empty():
        raise MeasureError(
            f"this run has no {measure}",
            where="--show",
            fix="name a part that occurs, such as script_share:Latn",
        )
    cells = {(row["language"], row["tokenizer"]): row for row in values.iter_rows(named=True)}
    for tag in chosen[:MOST_ROWS]:
        line = [cells.get((tag, name)) or cells.get((tag, None)) for name in names]
        with_interval = len(names) <= MOST_INTERVALS
        table.add_row(
            f"{tag} {describe(tag).name}", *(_cell(cell, with_interval=with_interval) for cell in line)
        )
    _print(table)
    noted = [row for row in cells.values() if row["language"] in chosen and row["note"]]
    for reason in sorted({row["note"] for row in noted if row["value"] is None}):
        _print(printable(f"– {reason}"))
    for row in noted:
        if row["note"].startswith("caution"):
            place = f"{row['language']} under {row['tokenizer']}"
            _print(printable(f"* {place}: {row['note'].removeprefix('caution: ')}"))


def _cell(row: Mapping[str, Any] | None, *, with_interval: bool) -> str:
    if row is None or row["value"] is None:
        return "–"
    interval = (
        "" if row["low"] is None or not with_interval else f" [{_number(row['low'])}, {_number(row['high'])}]"
    )
    mark = "*" if (row["note"] or "").startswith("caution") else ""
    return _number(row["value"]) + mark + interval


def _languages_above(own: pl.DataFrame, measure: str, least: float = NOTICEABLE) -> str:
    """In how many languages more than 1 % of the characters have this fate."""
    number = (own.filter(pl.col("measure") == measure)["value"] > least).sum()
    return f"{number} language{'' if number == 1 else 's'}"


def _has_values(measures: pl.DataFrame, measure: str) -> bool:
    return bool(measures.filter(pl.col("measure") == measure)["value"].is_not_null().any())


def _number(value: Any) -> str:  # noqa: ANN401 (what polars gives for one cell)
    if value is None:
        return "–"
    return f"{value:.3f}" if abs(value) < 1 else f"{value:.2f}"


def _plain(value: Any) -> str:  # noqa: ANN401 (anything that can be shown)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else printable(str(value))


def _print(thing: Any) -> None:  # noqa: ANN401 (anything that rich can show)
    from rich.console import Console

    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console = Console(highlight=False, markup=False, width=PIPED_WIDTH)
    console.print(thing, soft_wrap=isinstance(thing, str))


def print_audited_languages(audit: Audit, tokenizer: Tokenizer) -> None:
    """Print all that is known of each language of an audit, its verdict first."""
    from langcov.measures.alphabets import alphabet_languages, letter_fates

    with_alphabet = set(alphabet_languages())
    for row in audit.languages.iter_rows(named=True):
        _print(printable(f"{row['name']} ({row['language']}) under {audit.tokenizer}: {row['verdict']}"))
        interval = (
            ""
            if row["premium_low"] is None
            else f" [{_number(row['premium_low'])}, {_number(row['premium_high'])}]"
        )
        facts = {
            "autonym": row["autonym"],
            "script": row["script"],
            "family": row["family"],
            "speakers": f"{row['speakers']:,}" if row["speakers"] else None,
            "text": row["text"] or "none here",
            "premium": None if row["premium"] is None else _number(row["premium"]) + interval,
            "tokens per word": None if row["fertility"] is None else _number(row["fertility"]),
        }
        if row["lost_characters"] is not None:
            fates = (f"{row[f'{fate}_characters']:.1%} {fate}" for fate in ("whole", "spelled", "lost"))
            facts["characters"] = ", ".join(fates)
            facts["round trips"] = f"{row['round_trip']:.1%} of paragraphs"
        if row["letters"]:
            counts = (f"{row[f'letters_{fate}']} {fate}" for fate in ("whole", "pieces", "spelled", "lost"))
            facts["alphabet"] = f"{row['letters']} letters: {', '.join(counts)}"
            facts["spelled"], facts["lost"] = row["which_spelled"] or None, row["which_lost"] or None
        print_definition({name: value for name, value in facts.items() if value is not None})
        if row["language"] in with_alphabet:
            letters = (
                letter_fates(tokenizer, row["language"]).filter(pl.col("fate") != "whole").head(MOST_LETTERS)
            )
            cut = [f"{letter} = {'|'.join(tokens)}" for letter, _, tokens in letters.iter_rows()]
            if cut:
                _print(printable(f"for example: {'  '.join(cut)}"))
        _print("")


def print_audit(audit: Audit, vocabulary: Mapping[str, Any]) -> None:
    """Print the sum of an audit: how many languages are known, which fare worst, and what the vocabulary is made of."""
    known = audit.known()
    with_text, with_letters = (int(known[column].is_not_null().sum()) for column in ("text", "letters"))
    _print(
        f"{audit.tokenizer}: of {audit.languages.height:,} languages, {with_text:,} have text here and "
        f"{with_letters:,} a standard alphabet."
    )
    worst = [
        {"language": f"{row['name']} ({row['language']})", "verdict": row["verdict"]}
        for row in audit.worst().to_dicts()
    ]
    print_table(worst, ["language", "verdict"])
    lowest = [
        {
            "alphabet": f"{row['name']} ({row['language']})",
            "kept": f"{row['alphabet_coverage']:.0%}",
            **{fate: row[f"letters_{fate}"] for fate in ("whole", "pieces", "spelled", "lost")},
        }
        for row in audit.lowest_alphabets().to_dicts()
    ]
    print_table(lowest, ["alphabet", "kept", "whole", "pieces", "spelled", "lost"])
    scripts = [f"{count:,} {script}" for script, count in list(vocabulary["scripts"].items())[:12]]
    print_definition(
        {
            "vocabulary": ", ".join(f"{count:,} {what}" for what, count in vocabulary["sizes"].items()),
            "scripts": ", ".join(scripts),
            "incomplete UTF-8": f"{vocabulary['incomplete_utf8']:,}",
            "never given": ", ".join(
                f"{count:,} {reason}" for reason, count in vocabulary["unreachable"].items()
            )
            or "none",
            "longest": ", ".join(map(_long_piece, vocabulary["longest"])),
        }
    )


def _long_piece(piece: Mapping[str, Any]) -> str:
    """The start of a long piece and how long it is; the longest are often rows of one sign."""
    return f"{piece['shown'][:12]!r}... ({piece['characters']} characters)"
