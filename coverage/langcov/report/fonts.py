"""Fonts inside the page, cut down to the characters that it shows: for readers whose system lacks a script.

No font comes with langcov: a reader's system has most, and a page with all would not fit in a mail. Whoever sends a page
around names font files of theirs; each gives the characters that those before it lack.
"""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from langcov.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from langcov.report.folder import RunFolder

FAMILY: Final = "langcov embedded"
FIRST_RARE: Final = 0x250
"""Every system has the Latin letters, digits and signs below this code point."""

MOST_LETTERS: Final = 400
"""So many letters of an alphabet are shown at most."""

SUFFIXES: Final = (".ttf", ".otf")


def characters_of(run: RunFolder, summary: Mapping[str, Any]) -> set[str]:
    """Return the characters of a run's page that not every system may have."""
    texts = [str(language.get("autonym") or "") for language in summary["languages"]]
    for table, column in (("samples", "text"), ("alphabets", "letters")):
        if table in run.extras:
            values = run.extras[table][column]
            if values.dtype == pl.List(pl.String):
                values = values.list.head(MOST_LETTERS).list.join("")
            texts += values.unique().drop_nulls().to_list()
    return {character for character in set("".join(texts)) if ord(character) >= FIRST_RARE}


def faces(characters: set[str], places: Sequence[Path]) -> str:
    """Return CSS that brings fonts for some characters, and tells the page to use them where the system has none.

    Args:
        characters: What is shown.
        places: Font files or folders of them, in the order in which they are asked. Of folders only upright fonts of
            ordinary weight are used.

    Raises:
        RunError: A place holds no font.
    """
    left = set(characters)
    rules = []
    for file, chosen in _fonts(places):
        if not left:
            break
        data, covered = _cut_down(file, left, chosen=chosen)
        if covered:
            left -= covered
            ranges = ",".join(f"U+{ord(character):X}" for character in sorted(covered))
            rules.append(
                f'@font-face{{font-family:"{FAMILY}";unicode-range:{ranges};'
                f"src:url(data:font/woff;base64,{base64.b64encode(data).decode()})}}"
            )
    return "".join(rules)


def _fonts(places: Sequence[Path]) -> Iterator[tuple[Path, bool]]:
    """Yield font files, and whether each was named itself."""
    for place in places:
        if place.is_dir():
            found = sorted(each for each in place.rglob("*") if each.suffix.lower() in SUFFIXES)
            # A plain face before one for display: Noto Sans before Noto Kufi.
            yield from ((each, False) for each in sorted(found, key=lambda each: "Sans" not in each.name))
        elif place.suffix.lower() in SUFFIXES and place.is_file():
            found = [place]
            yield place, True
        else:
            found = []
        if not found:
            raise RunError(
                "there is no font here",
                where=str(place),
                fix=f"name a file that ends in {' or '.join(SUFFIXES)}",
            )


def _cut_down(file: Path, wanted: set[str], *, chosen: bool) -> tuple[bytes, set[str]]:
    """Return a font with the wanted characters that it has, as WOFF, and which these are."""
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont, TTLibError

    try:
        font = TTFont(file, lazy=True)
        known = font.getBestCmap() or {}
        covered = {character for character in wanted if ord(character) in known}
        is_plain = font["OS/2"].usWeightClass == 400 and not font["OS/2"].fsSelection & 1
        if not covered or not (chosen or is_plain):
            return b"", set()
        options = Options()
        options.hinting = False
        options.layout_features = ["*"]
        options.flavor = "woff"
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=[ord(character) for character in covered] + [0x20, 0x25CC])
        subsetter.subset(font)
        font.flavor = "woff"
        out = io.BytesIO()
        font.save(out)
    except (OSError, TTLibError, KeyError, ValueError, AssertionError) as error:
        raise RunError(
            f"this font can't be read ({error})", where=str(file), fix="name another one"
        ) from error
    return out.getvalue(), covered
