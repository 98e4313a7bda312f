"""What a language tag means: name, script, family, speakers, writing direction, and whether words have spaces.

A language is written ``yor_Latn`` throughout: ISO 639-3 and ISO 15924, spelled as FLORES+ spells it. `parse` turns
whatever a person or a corpus writes (``yo``, ``zh-Hant-HK``, ``zho_Hans``, ``"Yoruba"``) into that one tag, and
`describe` tells what is known about it. The facts lie in ``data/languages.parquet``, which
``python -m langcov.data.make_languages`` makes; its docstring names the sources and their licences.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from langcov.errors import LanguageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import polars as pl

FACTS = Path(__file__).parent / "data" / "languages.parquet"
"""One row a tag: the fields of `Language`, then what `parse` needs (see the script that makes it)."""

STANDARDS: Mapping[str, str] = {
    "aka": "twi",  # FLORES-200 had both; FLORES+ keeps twi
    "ara": "arb",
    "aym": "ayr",
    "aze": "azj",
    "chm": "mhr",
    "din": "dik",
    "doi": "dgo",
    "est": "ekk",
    "fas": "pes",
    "ful": "fuv",
    "grn": "gug",
    "kau": "knc",
    "kok": "gom",
    "kon": "ktu",  # FLORES-200's Kikongo is Kituba, and FLORES+ says so
    "kur": "kmr",
    "lah": "pnb",  # not in FLORES+: by far its largest member
    "lav": "lvs",
    "mlg": "plt",
    "mon": "khk",
    "msa": "zsm",
    "nep": "npi",
    "nor": "nob",
    "ori": "ory",
    "orm": "gaz",
    "pus": "pbt",
    "que": "quy",
    "sqi": "als",
    "swa": "swh",
    "tgl": "fil",  # no macrolanguage, but one text: FLORES+ renamed it
    "uzb": "uzn",
    "yid": "ydd",
    "zho": "cmn",
}
"""A code that corpora write for several languages at once -> the one whose text FLORES+ has under it."""

STANDARDS_BY_SCRIPT: Mapping[tuple[str, str], str] = {
    ("aze", "Arab"): "azb",
    ("azj", "Arab"): "azb",
    ("kur", "Arab"): "ckb",
    ("pan", "Arab"): "pnb",
    ("uzb", "Arab"): "uzs",
}
"""Where the script decides which language a code stands for."""

SCRIPT_VARIANTS: Mapping[str, str] = {
    "Aran": "Arab",
    "Cyrs": "Cyrl",
    "Latf": "Latn",
    "Latg": "Latn",
    "Syre": "Syrc",
    "Syrj": "Syrc",
    "Syrn": "Syrc",
}
"""Styles of a script that ISO 15924 gives a code of their own, but Unicode no letters."""

SCRIPTS_OF: Mapping[tuple[str, str], str] = {
    ("jpn", "Hira"): "Jpan",
    ("jpn", "Hrkt"): "Jpan",
    ("jpn", "Kana"): "Jpan",
    ("kor", "Kore"): "Hang",
}
"""Scripts that corpora write for one language in several ways -> the one that FLORES+ writes."""

SCRIPTS_IN: Mapping[tuple[str, str], str] = {
    ("azj", "IR"): "Arab",
    ("cmn", "HK"): "Hant",
    ("cmn", "MO"): "Hant",
    ("cmn", "TW"): "Hant",
    ("kaz", "CN"): "Arab",
    ("khk", "CN"): "Mong",
    ("kmr", "IQ"): "Arab",
    ("pan", "PK"): "Arab",
    ("srp", "ME"): "Latn",
    ("uzn", "AF"): "Arab",
    ("yue", "CN"): "Hans",
}
"""The script that a country implies when a tag names a country and no script."""

_RIGHT_TO_LEFT = (
    "Adlm Arab Armi Avst Chrs Cprt Elym Gara Hatr Hebr Hung Khar Lydi Mand Mani Mend Merc Mero Narb "
    "Nbat Nkoo Orkh Ougr Palm Phli Phlp Phnx Prti Rohg Samr Sarb Sogd Sogo Syrc Thaa Yezi"
)
RIGHT_TO_LEFT = frozenset(_RIGHT_TO_LEFT.split())

_UNSPACED = "Ahom Bali Batk Bugi Diak Egyp Hani Hans Hant Hira Hrkt Java Jpan Kana Kawi Khmr Kits Lana Laoo Mymr Nshu Talu Tang Tavt Thai Tibt Xsux Yiii"
UNSPACED = frozenset(_UNSPACED.split())
"""Scripts whose readers find the words themselves: spaces, if any, end phrases or syllables."""


@dataclass(frozen=True, slots=True)
class Language:
    """What is known about one language in one script; unknown is None.

    Attributes:
        tag: ``yor_Latn``, the only spelling that tables and reports use.
        iso639_3: The language: ``yor``.
        script: Its script, ISO 15924: ``Latn``; ``Jpan`` is Japanese's mixture.
        name: In English. Names differ where tags do: ``Serbian (Cyrillic)``, ``Serbian (Latin)``.
        autonym: What its speakers call it, in this script.
        family: Top-level family as in Glottolog: ``Atlantic-Congo``. Isolates have one of their own.
        speakers: People who use it in this script, first or second language, a rough estimate.
        direction: Of its script.
        macrolanguage: ISO 639-3 code of the macrolanguage it belongs to: ``ara`` for ``arb``.
        region: Main country, in English.
        spaced: Whether its script puts spaces between words.
        script_name: The script, in English.
    """

    tag: str
    iso639_3: str
    script: str
    name: str
    autonym: str | None
    family: str | None
    speakers: int | None
    direction: Literal["ltr", "rtl"]
    macrolanguage: str | None
    region: str | None
    spaced: bool
    script_name: str

    def __str__(self) -> str:
        return f"{self.name} ({self.tag})"


@lru_cache(maxsize=16384)
def parse(text: str, script: str | None = None) -> str:
    """Return the tag of a language, however it is written.

    Codes win over names, and a code for several languages stands for the one that FLORES+ has under it. Regions,
    variants and Glottocodes are read and left out.

    Args:
        text: A tag (``yor_Latn``), an ISO 639 code, a BCP-47 tag, or a name in English or in the language itself.
        script: The script if ``text`` names none, as an ISO 15924 code; the language's usual one by default.

    Raises:
        LanguageError: Nobody knows the language or the script, or ``text`` could mean two languages.

    >>> parse("yor_Latn"), parse("yo"), parse("Yoruba")
    ('yor_Latn', 'yor_Latn', 'yor_Latn')
    >>> parse("zho_Hans"), parse("zh-Hant-HK"), parse("Chinese", script="Hant")
    ('cmn_Hans', 'cmn_Hant', 'cmn_Hant')
    >>> parse("sw") == parse("swh_Latn")
    True
    >>> parse("Yorubba")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    langcov.errors.LanguageError: unknown language 'Yorubba'; did you mean Yoruba (yor_Latn)?...
    """
    facts = _facts()
    if script is None and text in facts.rows:
        return text
    given = _known_script(script, where=text) if script is not None else None
    bare = text.strip()
    named = _by_name(bare, given)
    # Punctuation makes "Ta-oi" a name; without it, "ga" is a code first.
    coded = None if named and not bare.isalpha() else _by_code(bare, given)
    if coded and named and coded != named and bare.istitle():
        one, other = describe(coded), describe(named)
        raise LanguageError(
            f"{bare!r} is the code of {one.name} and the name of {other.name}",
            fix=f"write {one.tag} or {other.tag}",
        )
    tag = coded or named
    if tag is None:
        raise LanguageError(f"unknown language {_shown(text)}", fix=_suggestion(bare))
    return tag


@lru_cache(maxsize=16384)
def describe(tag: str) -> Language:
    """Tell what is known about a language.

    Args:
        tag: As `parse` takes it.

    Raises:
        LanguageError: Nobody knows the language.

    >>> yoruba = describe("yor_Latn")
    >>> yoruba.name, yoruba.family, yoruba.region, yoruba.spaced
    ('Yoruba', 'Atlantic-Congo', 'Nigeria', True)
    >>> describe("urd_Arab").direction
    'rtl'
    >>> describe("yor_Arab").name
    'Yoruba (Arabic)'
    """
    facts = _facts()
    tag = parse(tag)
    if tag in facts.rows:
        return facts.rows[tag]
    code, _, script = tag.partition("_")
    name = script_name(script)
    return replace(
        facts.rows[facts.usual[code]],
        tag=tag,
        script=script,
        name=f"{facts.plain_names[code]} ({name})",
        autonym=None,
        speakers=None,
        direction=direction(script),
        spaced=script not in UNSPACED,
        script_name=name,
    )


def known() -> list[Language]:
    """Return every language of the facts table, sorted by tag; `describe` knows rarer scripts of them too.

    >>> len(known()) > 7000
    True
    """
    return list(_facts().rows.values())


def frame(tags: Iterable[str] | None = None) -> pl.DataFrame:
    """Return the fields of `Language` as a frame for joins, for these tags or for all of `known`.

    >>> frame(["yor_Latn", "swh_Latn"]).select("tag", "name").rows()
    [('yor_Latn', 'Yoruba'), ('swh_Latn', 'Swahili')]
    """
    import polars as pl

    rows = known() if tags is None else [describe(tag) for tag in tags]
    schema = dict.fromkeys(Language.__slots__, pl.String)
    return pl.DataFrame(
        [[getattr(row, name) for name in schema] for row in rows],
        schema=schema | {"speakers": pl.Int64, "spaced": pl.Boolean},
        orient="row",
    )


def direction(script: str) -> Literal["ltr", "rtl"]:
    """Return which way a script runs.

    >>> direction("Latn"), direction("Thaa")
    ('ltr', 'rtl')
    """
    return "rtl" if script in RIGHT_TO_LEFT else "ltr"


def script_name(script: str) -> str:
    """Return the English name of a script.

    >>> script_name("Ethi"), script_name("Hans")
    ('Ethiopic', 'Simplified Han')
    """
    return _facts().scripts.get(script) or _rare_script_name(script) or script


@dataclass(frozen=True, slots=True)
class _Facts:
    """The table, and what finds a row in it."""

    rows: dict[str, Language]
    usual: dict[str, str]  # yor -> yor_Latn
    codes: dict[str, str]  # yo -> yor; macrolanguages stay what they are
    exact_names: dict[str, str]  # Barí -> mot_Latn, though Bari is bfa_Latn
    names: dict[str, str]  # folded name -> tag
    plain_names: dict[str, str]  # srp -> Serbian
    scripts: dict[str, str]  # Latn -> Latin


@cache
def _facts() -> _Facts:
    import polars as pl

    table = pl.read_parquet(FACTS, glob=False)
    facts = _Facts({}, {}, {}, {}, {}, {}, {})
    claims: dict[str, tuple[int, bool, int]] = {}
    for row in table.iter_rows(named=True):
        language = Language(**{field: row[field] for field in Language.__slots__})
        facts.rows[language.tag] = language
        facts.exact_names[language.name] = language.tag
        facts.scripts[language.script] = language.script_name
        main = [language.name]
        if row["usual"]:
            facts.usual[language.iso639_3] = language.tag
            facts.plain_names[language.iso639_3] = row["plain_name"]
            for code, *others in map(str.split, row["codes"]):
                facts.codes.update(dict.fromkeys([code, *others], code))
            main.append(row["plain_name"])
        # A name that several languages bear means the one best known by it, then the most spoken one.
        for rank, names in enumerate(([language.autonym or ""], row["other_names"], main)):
            claim = (rank, row["usual"], language.speakers or 0)
            for name in filter(None, map(_folded, names)):
                if claim > claims.get(name, (-1, False, 0)):
                    claims[name] = claim
                    facts.names[name] = language.tag
    return facts


_TAG = re.compile(
    r"(?P<language>[a-z]{2,3})(?:[-_](?P<extended>[a-z]{3})(?![a-z0-9]))?(?:[-_](?P<script>[a-z]{4})(?![a-z0-9]))?"
    r"(?:[-_](?P<region>[a-z]{2}|\d{3})(?![a-z0-9]))?(?:[-_][a-z0-9]{1,16})*",
    re.IGNORECASE | re.ASCII,
)


_NAME_AND_SCRIPT = re.compile(r"(.+?)\s*[(,]\s*([^()]+?)(?:\s+script)?\s*\)?")


def _by_code(text: str, script: str | None) -> str | None:
    """Return the tag that a code or BCP-47 tag means, None if it is no such thing."""
    facts = _facts()
    whole = facts.codes.get(text.lower().replace("_", "-"))
    match = _TAG.fullmatch(text)
    code = whole or (match and facts.codes.get(match["language"].lower()))
    if match is None or code is None:
        return None
    extended = facts.codes.get((match["extended"] or "").lower())  # zh-yue, ar-arz
    if extended and _macrolanguage(extended) == code:
        code = extended
    if match["script"]:
        script = _known_script(match["script"], where=text)
    elif script is None:
        script = SCRIPTS_IN.get((STANDARDS.get(code, code), (match["region"] or "").upper()))
    return _tag(code, script)


def _macrolanguage(code: str) -> str | None:
    facts = _facts()
    return facts.rows[facts.usual[code]].macrolanguage if code in facts.usual else None


def _tag(code: str, script: str | None) -> str | None:
    """Return the tag of a language in a script, by default its usual one, spelled as FLORES+ does."""
    script = SCRIPT_VARIANTS.get(script or "", script)
    standard = STANDARDS_BY_SCRIPT.get((code, script or ""), STANDARDS.get(code, code))
    usual = _facts().usual.get(standard)
    if usual is None or script in (None, "Zyyy", "Zxxx", "Zzzz"):
        return usual
    if script == "Hani" and usual.endswith(("_Hans", "_Hant", "_Jpan")):
        return usual
    return f"{standard}_{SCRIPTS_OF.get((standard, script), script)}"


def _by_name(text: str, script: str | None) -> str | None:
    """Return the tag of a language name, which may hold its script: ``Serbian (Latin)``."""
    facts = _facts()
    tag = facts.exact_names.get(text) or facts.names.get(_folded(text))
    parts = _NAME_AND_SCRIPT.fullmatch(text) if tag is None and len(text) < 100 else None
    if parts:
        tag = facts.names.get(_folded(parts[1]))
        wanted = _folded(parts[2])
        scripts = {_folded(name): code for code, name in facts.scripts.items()}
        if tag is None or wanted not in scripts:
            return None
        script = script or scripts[wanted]
    if tag is None or script is None:
        return tag
    return _tag(tag.partition("_")[0], script)


def _known_script(script: str, *, where: str) -> str:
    code = script.strip().title()
    if code not in _facts().scripts and code not in SCRIPT_VARIANTS and _rare_script_name(code) is None:
        raise LanguageError(
            f"unknown script {_shown(script)}",
            where=_shown(where),
            fix="write its ISO 15924 code, as Latn, Cyrl or Arab",
        )
    return code


@cache
def _rare_script_name(script: str) -> str | None:
    """Return the name of a script that the table does not hold, None if nobody knows it."""
    import langcodes

    if not re.fullmatch(r"[A-Z][a-z]{3}", script) or script not in langcodes.data_dicts.ALL_SCRIPTS:
        return None
    return str(langcodes.Language.make(script=script).script_name("en"))


def _folded(name: str) -> str:
    """Return a name without accents, case and punctuation.

    >>> _folded("Èdè  Yorùbá"), _folded("Chinese (Simplified)")
    ('ede yoruba', 'chinese simplified')
    """
    bare = name
    if not name.isascii():
        bare = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return re.sub(r"[\W_]+", " ", bare.casefold()).strip()


def _shown(text: str) -> str:
    """Return a text as an error message quotes it, cut where it is long."""
    return repr(text if len(text) <= 40 else text[:39] + "…")


def _suggestion(text: str) -> str:
    """Say which languages the text resembles."""
    import difflib

    if re.match(r"(und|mul|mis|zxx)\b", text.strip().lower().replace("_", "-")):
        return "that code stands for no one language, so name the language itself"
    facts = _facts()
    folded = _folded(text[:60])
    near = difflib.get_close_matches(folded, facts.names, n=6, cutoff=0.75)
    tags = dict.fromkeys(facts.names[name] for name in near)
    if not tags:
        near = difflib.get_close_matches(text[:60].strip(), facts.rows, n=3, cutoff=0.75)
        tags = dict.fromkeys(near)
    if not tags:
        return "write a tag as yor_Latn, a code as yo, or an English name as Yoruba"
    best = [str(facts.rows[tag]) for tag in tags][:3]
    return f"did you mean {' or '.join(best)}?"
