"""From count tables and measures to everything the page says, as plain data ready for JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langcov.report import answers, breakdowns
from langcov.report.anatomies import anatomies
from langcov.report.cards import cards
from langcov.report.described import by_script, described, script_name, sizes
from langcov.report.details import packed_details
from langcov.report.evenness import evenness
from langcov.report.known_results import known_results
from langcov.report.matrix import table
from langcov.report.packing import packed
from langcov.report.tokenizer_pages import tokenizer_pages
from langcov.report.values import Cell, Column, breaks_of, columns, legend, visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from langcov.census.tables import Census
    from langcov.report.values import Definition


def summarise(
    census: Census,
    measures: pl.DataFrame,
    overlap: pl.DataFrame | None,
    manifest: Mapping[str, Any],
    definitions: Mapping[str, Definition] | None = None,
    *,
    fairness: pl.DataFrame | None = None,
    extras: Mapping[str, pl.DataFrame] | None = None,
) -> dict[str, Any]:
    """Return all that the page says, as data that JSON can hold.

    Args:
        census: Whose text and tokenizers the measures are of.
        measures: The tidy table of measures (`langcov.measures.table.SCHEMA`).
        overlap: Columns tokenizer, language, other, measure, pieces, value, low, high, note; of one tokenizer.
        manifest: Of the run: ``signature``, ``created``, ``langcov``, ``reference``, ``warnings``, ``options``.
        definitions: Of the measures, in the order of the page; by default those of the installed packages.
        fairness: The table of the measures over languages (`langcov.measures.inequality.SCHEMA`).
        extras: Tables of `langcov.report.extras`, by name.
    """
    from langcov.measures.pairs import OVERLAP_MEASURES

    if definitions is None:
        from langcov.measures.registry import measures as declared

        definitions = declared()
    languages = census.languages
    raw_names = [facts.name for facts in census.tokenizers]
    tokenizers = [visible(name) for name in raw_names]
    reference = manifest.get("reference")
    known = {tag: described(tag) for tag in {*languages, *([reference] if reference else [])}}
    names = {tag: language["name"] for tag, language in known.items()}
    found = columns(_shown_names(measures), definitions)
    plain = [column for column in found if not column.is_part]
    headline = next((column for column in plain if not column.of_text and column.known()), None)
    by_name = {column.name: column for column in found}
    size = sizes(census)
    characters = {tag: each["characters"] for tag, each in size.items()}
    scripts = by_script(languages, known)
    fates = {name: by_name[name] for name in breakdowns.FATES if name in by_name}
    fair = _comparable(headline, fates.get("lost_characters")) if headline else None
    extras = extras or {}
    anatomy = anatomies(extras.get("anatomy"), raw_names, script_name)
    facts = census.facts()
    seen_fairness = (
        fairness.with_columns(_shown_column(fairness, "tokenizer")) if fairness is not None else None
    )
    return {
        "title": _title(tokenizers, languages, names),
        "facts": _facts(census, manifest, size),
        "lead": answers.lead(fair, fates, tokenizers, names, reference) if fair else [],
        "cards": cards(fair, seen_fairness, fates, tokenizers, names, scripts, reference) if fair else [],
        "no_premium": _no_premium(by_name.get("premium"), headline),
        "answers": answers.answers(fair, fates, tokenizers, names, reference) if fair else [],
        "axis": answers.axis(fair, tokenizers) if fair else [],
        "headline": _definition(headline, names, reference) if headline else None,
        "tokenizers": tokenizers,
        "languages": [{**known[tag], **size[tag]} for tag in languages],
        "measures": [_definition(column, names, reference) for column in plain],
        "definitions": _unique_definitions(found, names, reference),
        "table": table(headline, tokenizers, languages) if headline else None,
        **_evenness(fairness, raw_names, names, len(languages)),
        "baseline": visible(str(manifest.get("baseline") or "")),
        "fate": breakdowns.fate(fates, tokenizers, scripts, characters),
        "scripts": breakdowns.scripts(fair, by_name.get("expected_script"), tokenizers, scripts, characters),
        "strays": breakdowns.strays(
            [column for column in found if column.name.startswith("script_share:")],
            {tag: language["script"] for tag, language in known.items()},
            script_name,
        ),
        "overlap": breakdowns.overlap(overlap, names, OVERLAP_MEASURES),
        "anatomy": anatomy,
        "pages": tokenizer_pages(facts["tokenizers"], fair, fairness, names, reference, anatomy),
        "difference": None,
        "link": None,
        "tokenizer_facts": [_shown_texts(each) for each in facts["tokenizers"]],
        "corpus": _shown_texts(facts["corpus"]),
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
        "data": _data(
            found, tokenizers, [known[tag] | size[tag] for tag in languages], languages, names, reference
        ),
        "details": {**packed_details(extras, raw_names, languages), "results": known_results(languages)},
    }


LANGUAGE_FIELDS = (
    "tag",
    "name",
    "autonym",
    "bcp47",
    "direction",
    "script_name",
    "family",
    "region",
    "speakers",
    "people",
    "segments",
    "characters",
)
"""What the page's script knows of a language, in this order."""


def _data(
    found: Sequence[Column],
    tokenizers: Sequence[str],
    known: Sequence[Mapping[str, Any]],
    tags: Sequence[str],
    names: Mapping[str, str],
    reference: str | None,
) -> dict[str, Any]:
    """The measures as the page's script reads them."""
    notes: dict[str, int] = {}
    packs = [
        {**_definition(column, names, reference), **packed(column, tokenizers, tags, notes)}
        for column in found
    ]
    return {
        "tokenizers": list(tokenizers),
        "languages": [[language[name] for name in LANGUAGE_FIELDS] for language in known],
        "reference": tags.index(reference) if reference in tags else None,
        "notes": list(notes),
        "measures": packs,
    }


def _evenness(
    fairness: pl.DataFrame | None, tokenizers: Sequence[str], names: Mapping[str, str], languages: int
) -> dict[str, Any]:
    from langcov.measures.inequality import FAIRNESS_MEASURES

    even = evenness(fairness, tokenizers, names, languages)
    return {
        "evenness": even,
        "evenness_measures": [measure._asdict() for measure in FAIRNESS_MEASURES] if even else [],
    }


def _shown_texts(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {key: visible(value) if isinstance(value, str) else value for key, value in facts.items()}


def _shown_names(measures: pl.DataFrame) -> pl.DataFrame:
    """Put tokenizer and measure names into the form in which the page shows them."""
    return measures.with_columns(_shown_column(measures, name) for name in ("tokenizer", "measure"))


def _shown_column(frame: pl.DataFrame, column: str) -> pl.Series:
    known = [name for name in frame[column].unique().to_list() if name is not None]
    changed = {name: visible(name) for name in known if visible(name) != name}
    return frame[column].replace(changed) if changed else frame[column]


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


def _comparable(headline: Column, lost: Column | None) -> Column:
    """Leave out values that mislead: those with a caution, and where letters are lost, since that takes few tokens."""
    from langcov.measures.table import LOST_REASON, MOST_LOST

    cells = {
        key: Cell(None, note=cell.note) if cell.caution else cell for key, cell in headline.cells.items()
    }
    for key, cell in lost.cells.items() if lost is not None else ():
        if key in cells and cells[key].value is not None and (cell.value or 0) > MOST_LOST:
            cells[key] = Cell(None, note=LOST_REASON)
    return headline.with_cells(cells)
