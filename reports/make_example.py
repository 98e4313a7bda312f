"""Make the example in reports/example/: a small run's page and its Markdown, and pictures of the page for the README.

    python reports/make_example.py

Needs the extras ``samples-all``, the parallel text (``langcov corpora fetch udhr``), Chromium, and fonts of all scripts that
are shown (on Debian: ``fonts-noto-core fonts-noto-cjk``). The pictures are PNGs of few colours, so that the repository
stays small.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import langcov
from langcov.report import summary_of, write_report
from langcov.report.folder import read_run
from langcov.report.markdown import markdown

if TYPE_CHECKING:
    from playwright.sync_api import Browser

HERE: Final = Path(__file__).parent / "example"
TOKENIZERS: Final = ("mbert", "xlm-r", "cl100k", "o200k", "llama-3", "mistral")
LANGUAGES: Final = (
    *(
        "amh_Ethi",
        "arb_Arab",
        "ben_Beng",
        "cmn_Hans",
        "deu_Latn",
        "eng_Latn",
        "ell_Grek",
        "fra_Latn",
        "hau_Latn",
    ),
    *(
        "heb_Hebr",
        "hin_Deva",
        "ibo_Latn",
        "ind_Latn",
        "jpn_Jpan",
        "kat_Geor",
        "khm_Khmr",
        "kor_Hang",
        "lao_Laoo",
    ),
    *(
        "mya_Mymr",
        "pes_Arab",
        "quy_Latn",
        "rus_Cyrl",
        "shn_Mymr",
        "sin_Sinh",
        "spa_Latn",
        "swh_Latn",
        "tam_Taml",
    ),
    *("tha_Thai", "tur_Latn", "urd_Arab", "vie_Latn", "yor_Latn", "zul_Latn"),
)
COLOURS: Final = 128


class Picture(NamedTuple):
    """A view of the page: its address, the window's width and height, and whether the reader's system is dark."""

    name: str
    address: str
    width: int
    height: int
    dark: bool = False
    part: str = ""


PICTURES: Final = (
    Picture("answer", "", 1280, 860, part="#answers"),
    Picture("table", "", 1280, 760, part="#matrix"),
    Picture("amharic", "#lang=amh_Ethi", 1280, 1000),
    Picture("arabic-dark", "#lang=arb_Arab", 1280, 1000, dark=True),
    Picture("link", "", 1280, 1000, part="[data-chart=scatter]"),
    Picture("switch-phone", "#compare=cl100k&with=o200k", 360, 720),
)


def main() -> None:
    """Count, render, photograph."""
    HERE.mkdir(exist_ok=True)
    corpus = langcov.open_corpus("udhr")
    tokenizers = [langcov.load_tokenizer(name) for name in TOKENIZERS]
    with tempfile.TemporaryDirectory() as folder:
        langcov.compare(tokenizers, corpus, LANGUAGES).save(folder)
        langcov.link(folder).save(folder)
        page = write_report(folder, target=HERE / "index.html")
        (HERE / "summary.md").write_text(markdown(summary_of(read_run(folder))), encoding="utf-8")
    _photograph(page)


def _photograph(page: Path) -> None:
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        sys.exit("no browser here: on Debian, apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for picture in PICTURES:
            _take(browser, page, picture)
        browser.close()


def _take(browser: Browser, page: Path, picture: Picture) -> None:
    context = browser.new_context(
        viewport={"width": picture.width, "height": picture.height},
        color_scheme="dark" if picture.dark else "light",
        reduced_motion="reduce",
    )
    shown = context.new_page()
    shown.goto(page.resolve().as_uri() + picture.address)
    shown.wait_for_selector("html[data-ready]")
    if picture.part:
        shown.evaluate("part => document.querySelector(part).scrollIntoView()", picture.part)
    shown.wait_for_timeout(500)
    target = HERE / f"{picture.name}.png"
    shown.screenshot(path=target)
    context.close()
    _shrink(target)


def _shrink(path: Path) -> None:
    """Keep `COLOURS` colours, rare ones too: flat areas, text and marks need no more."""
    from PIL import Image

    with Image.open(path) as image:
        few = image.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        few.save(path, optimize=True)


if __name__ == "__main__":
    main()
