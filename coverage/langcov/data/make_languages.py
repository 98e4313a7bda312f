"""Make ``languages.parquet``: what is known about 8,000 languages, from packages with permissive licences.

    python -m langcov.data.make_languages

needs the package ``qwanqwa`` beside langcov itself; nothing else of langcov does. The same versions make the same rows.

What comes from where:

===================  ==================================================================================================
codes, names         the IANA Language Subtag Registry (public domain; it follows ISO 639-3), as ``language_data`` ships
                     it, then names from the Unicode CLDR (Unicode licence v3) through ``langcodes`` (MIT); languages
                     younger than that registry from Glottolog
usual script         Unicode CLDR's likely subtags through ``langcodes``, then ``gflanguages`` (Apache-2.0), then Latin
autonym, speakers    ``gflanguages``, then Unicode CLDR through ``langcodes``
main country         Unicode CLDR's likely subtags, then ``gflanguages`` where it names one country
family               Glottolog (Creative Commons Attribution 4.0) through ``qwanqwa`` (software Apache-2.0)
macrolanguage        the IANA Language Subtag Registry
===================  ==================================================================================================

``qwanqwa`` also holds scripts, speakers and countries from LinguaMeta and GlotScript. Those are share-alike
(Creative Commons Attribution-ShareAlike 4.0), so none of them is taken.

Glottolog: Hammarström, Forkel, Haspelmath & Bank, Max Planck Institute for Evolutionary Anthropology, Leipzig.
The Parquet file's metadata repeat these sources and the versions of the packages.
"""

from __future__ import annotations

import importlib.metadata
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import gflanguages  # type: ignore[import-untyped, unused-ignore]
import langcodes
import language_data  # type: ignore[import-untyped, unused-ignore]
import polars as pl
from language_data.population_data import LANGUAGE_SPEAKING_POPULATION  # type: ignore[import-untyped, unused-ignore]

from langcov.data.language_judgements import (
    CLDR_SPEAKERS,
    COLLECTIONS,
    COUNTRIES,
    FAMILIES,
    MAIN_COUNTRIES,
    NAMES,
    NO_LANGUAGE,
    OTHER_CODES,
    OTHER_NAMES,
    OTHER_NAMES_BY_SCRIPT,
    SAME_SPEAKERS,
    SCRIPTS,
    TWO_SCRIPTS,
    USUAL_SCRIPTS,
)
from langcov.languages import (
    FACTS,
    SCRIPT_VARIANTS,
    SCRIPTS_OF,
    STANDARDS,
    STANDARDS_BY_SCRIPT,
    UNSPACED,
    direction,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SOURCES = {
    "codes": "IANA Language Subtag Registry, public domain",
    "names": "Unicode CLDR, Unicode licence v3, through langcodes and language_data, MIT; Glottolog, CC BY 4.0",
    "family": "Glottolog, CC BY 4.0, through qwanqwa",
    "speakers": "gflanguages, Apache-2.0; Unicode CLDR, Unicode licence v3, through language_data, MIT",
    "script": "Unicode CLDR, Unicode licence v3, through langcodes, MIT; gflanguages, Apache-2.0",
    "autonym": "gflanguages, Apache-2.0; Unicode CLDR, Unicode licence v3, through langcodes, MIT",
    "region": "Unicode CLDR, Unicode licence v3, through langcodes, MIT; gflanguages, Apache-2.0",
}


@dataclass
class Entry:
    """What the sources say about one language."""

    code: str
    subtag: str = ""
    names: list[str] = field(default_factory=list)
    codes: set[str] = field(default_factory=set)
    macrolanguage: str | None = None
    suppressed_script: str | None = None


class Font(Protocol):
    """What gflanguages says about one language in one script."""

    language: str
    script: str
    name: str
    autonym: str
    population: int
    historical: bool
    region: Sequence[str]


@dataclass(frozen=True)
class Lineage:
    """What Glottolog says about one language."""

    name: str
    family: str | None


def registry() -> Iterator[dict[str, list[str]]]:
    """Yield the language records of the IANA registry, each field with its values."""
    path = Path(language_data.__file__).parent / "data" / "language-subtag-registry.txt"
    for record in path.read_text(encoding="utf-8").split("%%\n"):
        values: dict[str, list[str]] = defaultdict(list)
        for line in record.replace("\n  ", " ").splitlines():
            name, _, value = line.partition(": ")
            values[name].append(value)
        if values["Type"] == ["language"]:
            yield values


def long_code(code: str) -> str:
    """Return the ISO 639-3 code of a BCP-47 language subtag.

    >>> long_code("yo"), long_code("gsw")
    ('yor', 'gsw')
    """
    return langcodes.data_dicts.LANGUAGE_ALPHA3.get(code, code) if len(code) == 2 else code


def entries(glottolog: dict[str, Lineage]) -> dict[str, Entry]:
    """Return every language of the registry, of gflanguages and of Glottolog, by ISO 639-3 code."""
    found: dict[str, Entry] = {}
    for record in registry():
        subtag = record["Subtag"][0]
        replacement = record["Preferred-Value"][0] if record["Preferred-Value"] else None
        if ".." in subtag or subtag in NO_LANGUAGE:
            continue
        if len(subtag) == 2 and replacement:
            found.setdefault(long_code(replacement), Entry(long_code(replacement))).codes.add(subtag)
            continue
        code = long_code(subtag)
        if record["Scope"] == ["collection"] and code not in COLLECTIONS:
            continue
        entry = found.setdefault(code, Entry(code))
        entry.subtag = subtag
        entry.codes |= {subtag, code}
        entry.names += record["Description"]
        entry.macrolanguage = long_code(record["Macrolanguage"][0]) if record["Macrolanguage"] else None
        entry.suppressed_script = record["Suppress-Script"][0] if record["Suppress-Script"] else None
    for code, old in langcodes.data_dicts.LANGUAGE_ALPHA3_BIBLIOGRAPHIC.items():
        found[long_code(code)].codes.add(old)
    for code, more in OTHER_CODES.items():
        found[code].codes |= set(more)
    younger = [(long_code(one.language), one.name) for one in gflanguages.LoadLanguages().values()]
    younger += [(code, lineage.name) for code, lineage in glottolog.items() if lineage.family]
    taken = NO_LANGUAGE.union(*(entry.codes for entry in found.values()))
    for code, name in younger:
        if code not in taken and len(code) == 3:
            found.setdefault(code, Entry(code, code, [name], {code}))
    return found


def read_glottolog() -> dict[str, Lineage]:
    """Return what Glottolog says, by ISO 639-3 code."""
    from qq import Database

    found = {}
    for one in Database.load().all_languoids:
        code = one.iso_639_3
        if code and len(code) == 3 and (code not in found or one.glottocode):
            family = one.root_family.name if one.root_family else None
            if family is None and one.glottocode and one.is_language and not one.is_macrolanguage:
                family = f"{one.name} (isolate)"
            found[code] = Lineage(one.name, family)
    return found


@cache
def likely(code: str) -> tuple[str | None, str | None]:
    """Return CLDR's likely script and country of a language."""
    full = langcodes.data_dicts.LIKELY_SUBTAGS.get(langcodes.standardize_tag(code), "")
    parts = full.split("-")
    if len(parts) != 3:
        return None, None
    return parts[1], None if parts[2] in ("ZZ", "001") else parts[2]


def standard(code: str, script: str) -> tuple[str, str]:
    """Return language and script as langcov's tags have them."""
    code = STANDARDS_BY_SCRIPT.get((code, script), STANDARDS.get(code, code))
    script = SCRIPT_VARIANTS.get(script, script)
    if script == "Hani" and code in USUAL_SCRIPTS:
        return code, USUAL_SCRIPTS[code]
    return code, SCRIPTS_OF.get((code, script), script)


def script_name(script: str) -> str:
    """Return the English name of a script."""
    return SCRIPTS.get(script) or str(langcodes.Language.make(script=script).script_name("en"))


def name_of(entry: Entry) -> str:
    """Return the English name by which a language is best known."""
    if entry.code in NAMES:
        return NAMES[entry.code]
    shown = str(langcodes.Language.get(entry.subtag, normalize=False).language_name("en"))
    if shown.startswith("Unknown language") or shown == entry.code:
        return entry.names[0]
    return shown


def read_fonts() -> dict[tuple[str, str], Font]:
    """Return gflanguages' entries by language and script as langcov's tags have them."""
    found: dict[tuple[str, str], tuple[tuple[bool, bool, int], Font]] = {}
    for one in gflanguages.LoadLanguages().values():
        code = long_code(one.language)
        key = standard(code, one.script)
        # A script that belongs to another language is the lesser witness: pa_Arab counts more people than lah.
        rank = (one.population > 1, key[0] in (code, STANDARDS.get(code)), one.population)
        if key not in found or rank > found[key][0]:
            found[key] = (rank, one)
    return {key: one for key, (_, one) in found.items()}


def members() -> dict[str, list[str]]:
    """Return the codes that stand for a language beside its own: ``swa`` for ``swh``."""
    found = defaultdict(list)
    for code, target in STANDARDS.items():
        found[target].append(code)
    return found


def make() -> pl.DataFrame:
    """Return the facts table."""
    glottolog = read_glottolog()
    languages = entries(glottolog)
    spellings = members()
    fonts = read_fonts()
    scripts_of = defaultdict(list)
    for code, script in fonts:
        scripts_of[code].append(script)

    families = lineages(languages, glottolog)
    rows = []
    for code, entry in sorted(languages.items()):
        if code in STANDARDS:
            continue
        broader = [languages[other] for other in spellings[code] if other in languages]
        usual = usual_script(entry, broader, {s: fonts[code, s].population for s in scripts_of[code]})
        plain = name_of(entry)
        others = {*entry.names, *OTHER_NAMES.get(code, [])}
        for other in broader:
            others |= {name_of(other), *other.names}
        for script in sorted({usual, *scripts_of[code]}):
            font = fonts.get((code, script))
            tag = f"{code}_{script}"
            several = script != usual or code in TWO_SCRIPTS
            shown = {"Hans": "Simplified", "Hant": "Traditional"}.get(script, script_name(script))
            name = f"{plain} ({shown})" if several else plain
            more = OTHER_NAMES_BY_SCRIPT.get(tag, [])
            rows.append(
                {
                    "tag": tag,
                    "iso639_3": code,
                    "script": script,
                    "name": name,
                    "autonym": autonym(code, font) if script == usual or font else None,
                    "family": families.get(code),
                    "speakers": speakers(
                        code,
                        spellings[code],
                        fonts.get(SAME_SPEAKERS.get((code, script), (code, script))),
                        usual=script == usual,
                    ),
                    "direction": direction(script),
                    "macrolanguage": entry.macrolanguage,
                    "region": region(code, spellings[code], font),
                    "spaced": script not in UNSPACED,
                    "script_name": script_name(script),
                    "usual": script == usual,
                    "plain_name": plain,
                    "codes": [spelled(one) for one in (entry, *broader)] if script == usual else [],
                    "other_names": sorted(({*others, *more} if script == usual else {*more}) - {name, plain}),
                }
            )
    table = pl.DataFrame(rows, schema_overrides={"speakers": pl.Int64}, infer_schema_length=None)
    return table.sort("tag").with_columns(name=distinct_names())


def distinct_names() -> pl.Expr:
    """Name the less spoken of two namesakes with their codes: ``Oy [oyb]``."""
    place = pl.col("speakers").fill_null(0).rank("ordinal", descending=True).over("name")
    return pl.when(place == 1).then("name").otherwise(pl.format("{} [{}]", "name", "iso639_3"))


def spelled(entry: Entry) -> str:
    """Return all codes of a language, the ISO 639-3 one first: ``zho chi zh``."""
    return " ".join([entry.code, *sorted(entry.codes - {entry.code})])


def usual_script(entry: Entry, broader: list[Entry], written: dict[str, int]) -> str:
    """Return the script that most text of a language is in."""
    if entry.code in USUAL_SCRIPTS:
        return USUAL_SCRIPTS[entry.code]
    for one in (entry, *broader):
        script = likely(one.code)[0] or one.suppressed_script
        if script:
            return standard(one.code, script)[1]
    return max(sorted(written), key=written.__getitem__) if written else "Latn"


def autonym(code: str, font: Font | None) -> str | None:
    """Return what speakers call their language, None if unknown."""
    if font is not None and font.autonym:
        return str(font.autonym).split(" (")[0].split("\uff08")[0].strip(" ,")
    language = langcodes.Language.get(code)
    shown = str(language.autonym())
    # Where CLDR has no name in the language itself, langcodes answers in English.
    return None if shown in (code, language.language_name("en")) else shown


def lineages(languages: dict[str, Entry], glottolog: dict[str, Lineage]) -> dict[str, str]:
    """Return top-level families; Glottolog has no macrolanguages, so those and their members share one."""
    found = {code: one.family for code, one in glottolog.items() if one.family} | FAMILIES
    for code, entry in sorted(languages.items()):
        if entry.macrolanguage and code in found:
            found.setdefault(entry.macrolanguage, found[code])
    for code, entry in languages.items():
        if entry.macrolanguage in found:
            found.setdefault(code, found[entry.macrolanguage])
    return found


def speakers(code: str, spellings: list[str], font: Font | None, *, usual: bool) -> int | None:
    """Return how many people use a language in a script, None if unknown."""
    if font is not None and font.population > 1 and code not in CLDR_SPEAKERS:
        return None if font.historical and not usual else int(font.population)
    if not usual:
        return None
    counts = [
        LANGUAGE_SPEAKING_POPULATION.get(langcodes.standardize_tag(one), 0) for one in (code, *spellings)
    ]
    return max(counts) or None


def region(code: str, spellings: list[str], font: Font | None) -> str | None:
    """Return the English name of the main country."""
    country = MAIN_COUNTRIES.get(code) or next(
        (c for one in (code, *spellings) if (c := likely(one)[1])), None
    )
    if country is None and font is not None and len(font.region) == 1:
        country = font.region[0]
    if country is None:
        return None
    return COUNTRIES.get(country) or str(langcodes.Language.make(territory=country).territory_name("en"))


def main() -> None:
    """Write the table beside this file."""
    table = make()
    versions = {
        name: importlib.metadata.version(name)
        for name in ("gflanguages", "langcodes", "language-data", "qwanqwa")
    }
    metadata = SOURCES | {"versions": ", ".join(f"{name} {version}" for name, version in versions.items())}
    table.write_parquet(FACTS, compression="zstd", compression_level=19, metadata=metadata)
    sys.stdout.write(f"{FACTS.name}: {table.height} tags, {FACTS.stat().st_size} bytes\n")


if __name__ == "__main__":
    main()
