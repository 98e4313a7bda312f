"""Fonts inside the page: only what is shown, only if asked for, and under the page's own policy."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from typer.testing import CliRunner

from langcov.cli import app
from langcov.errors import RunError
from langcov.report import summary_of
from langcov.report.extras import write_extras
from langcov.report.folder import read_run
from langcov.report.fonts import FIRST_RARE, characters_of, faces
from synthetic_extras import synthetic_extras
from synthetic_run import synthetic_run

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def font(path: Path, characters: str, weight: int = 400) -> Path:
    """A font whose every glyph is a square."""
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for corner in ((0, 500), (500, 500), (500, 0)):
        pen.lineTo(corner)
    pen.closePath()
    names = {ord(character): f"u{ord(character):X}" for character in characters}
    glyphs = [".notdef", *names.values()]
    made = FontBuilder(1000, isTTF=True)
    made.setupGlyphOrder(glyphs)
    made.setupCharacterMap(names)
    made.setupGlyf(dict.fromkeys(glyphs, pen.glyph()))
    made.setupHorizontalMetrics(dict.fromkeys(glyphs, (600, 0)))
    made.setupHorizontalHeader(ascent=800, descent=-200)
    made.setupNameTable({"familyName": "Squares", "styleName": "Regular"})
    made.setupOS2(usWeightClass=weight)
    made.setupPost()
    made.save(path)
    return path


def held(css: str) -> list[set[str]]:
    """The characters that each font in a style sheet has."""
    found = re.findall(r"base64,([^)]+)\)", css)
    fonts = [TTFont(io.BytesIO(base64.b64decode(data))) for data in found]
    return [{chr(point) for point in each.getBestCmap()} for each in fonts]


def test_a_font_gives_only_characters_that_are_shown_and_that_earlier_ones_lack(tmp_path: Path) -> None:
    first, second = font(tmp_path / "a.ttf", "ሰላም"), font(tmp_path / "b.ttf", "ምሰለ")
    css = faces(set("ሰላለ"), [first, second])
    assert held(css) == [{"ሰ", "ላ"}, {"ለ"}]
    assert re.findall(r"unicode-range:([^;]+)", css) == ["U+120B,U+1230", "U+1208"]


def test_of_a_folder_bold_fonts_are_left_out_and_named_ones_are_taken(tmp_path: Path) -> None:
    bold = font(tmp_path / "bold.ttf", "ሰ", weight=700)
    assert faces({"ሰ"}, [tmp_path]) == ""
    assert held(faces({"ሰ"}, [bold])) == [{"ሰ"}]


def test_a_place_without_a_font_and_a_file_that_is_none_are_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"there is no font here"):
        faces({"ሰ"}, [tmp_path / "none.ttf"])
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"\0\1\0\0 no font at all")
    with pytest.raises(RunError, match=r"this font can't be read"):
        faces({"ሰ"}, [broken])


def test_the_page_brings_fonts_when_asked_and_uses_them_under_its_own_policy(
    tmp_path: Path, browser: Browser
) -> None:

    folder = synthetic_run().save(tmp_path / "run")
    write_extras(folder, [synthetic_extras()])
    run = read_run(folder)
    shown = characters_of(run, summary_of(run))
    assert "ሰ" in shown
    assert all(ord(character) >= FIRST_RARE for character in shown)
    CliRunner().invoke(app, ["report", str(folder)], catch_exceptions=False)
    plain = (Path(folder) / "index.html").read_text(encoding="utf-8")
    assert "font-src" not in plain
    assert "@font-face" not in plain
    squares = font(tmp_path / "squares.ttf", "ሰላም")
    CliRunner().invoke(app, ["report", str(folder), "--font", str(squares)], catch_exceptions=False)
    page = browser.new_page()
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto((Path(folder) / "index.html").as_uri())
    script = """document.fonts.load('16px "langcov embedded"', 'ሰ').then(found => found.map(each => each.status))"""
    assert page.evaluate(script) == ["loaded"]
    page.close()
    assert faults == []
