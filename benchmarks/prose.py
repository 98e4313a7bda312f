"""Real prose in some fifty languages, from the manuals that Debian packages: GNOME's and LibreOffice's help.

The packages are fetched with apt (no root needed) into langcov's cache folder and unpacked there; nothing of them is
part of langcov. Each paragraph, heading and table cell becomes a line of ``xxx_Yyyy.txt``, which langcov reads. A line is
kept once a language, and lines that the English manuals have too are left out elsewhere: nobody translated them.

    python benchmarks/prose.py [--out FOLDER]
"""

from __future__ import annotations

import argparse
import subprocess
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

GNOME: Final = "gnome-user-docs"
LIBREOFFICE: Final = "libreoffice-help-"
NO_LANGUAGE: Final = "libreoffice-help-common"

CODES: Final = {"C": "en", "sr@latin": "sr-Latn"}
"""What these manuals call a language, where it is not what the rest of the world does."""

ENGLISH: Final = "eng_Latn"
LEAST_BYTES: Final = 50_000
"""A language with less prose than this is left out: its manual was hardly begun."""

BLOCKS: Final = {"p", "title", "desc", "h1", "h2", "h3", "h4", "h5", "h6"}
"""Elements that hold a paragraph, in Mallard (GNOME) or HTML (LibreOffice)."""

NO_PROSE: Final = {"code", "smathcode", "codeintable", "related", "example"}
"""Classes of LibreOffice's paragraphs that hold no sentences, or the same in every language."""


def main() -> None:
    """Fetch, write, and print how much there is."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, help="where to write; the cache folder if not given")
    options = parser.parse_args()
    files = written(options.out)
    sizes = sorted(((file.stat().st_size, file.stem) for file in files), reverse=True)
    for size, tag in sizes:
        print(f"{tag}  {size / 1e6:6.2f} MB")
    print(f"{len(sizes)} languages, {sum(size for size, _ in sizes) / 1e6:.1f} MB, in {files[0].parent}")


def written(folder: Path | None = None) -> list[Path]:
    """Return the files of prose, one a language, fetching and making them first if they are not there."""
    from langcov.cache import cache_folder

    cache = cache_folder() / "benchmarks"
    folder = folder or cache / "prose"
    done = folder / ".done"
    if not done.exists():
        folder.mkdir(parents=True, exist_ok=True)
        for tag, lines in prose(unpacked(cache / "packages")).items():
            (folder / f"{tag}.txt").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        done.touch()
    return sorted(folder.glob("*.txt"))


def unpacked(folder: Path) -> list[Path]:
    """Fetch the packages and unpack each in a folder of its own; return these."""
    folder.mkdir(parents=True, exist_ok=True)
    names = _run("apt-cache", "pkgnames", LIBREOFFICE).split()
    wanted = [GNOME, *(name for name in sorted(names) if name != NO_LANGUAGE)]
    missing = [name for name in wanted if not list(folder.glob(f"{name}_*.deb"))]
    if missing:
        _run("apt-get", "download", "--quiet", *missing, folder=folder)
    found = []
    for package in sorted(folder.glob("*.deb")):
        target = folder / package.name.partition("_")[0]
        if not target.exists():
            aside = folder / f".{target.name}"
            _run("dpkg-deb", "--extract", str(package), str(aside))
            aside.replace(target)
        found.append(target)
    return found


def prose(packages: Iterable[Path]) -> dict[str, list[str]]:
    """Return the lines of each language, by tag, each once and in the manuals' order."""
    from langcov.languages import parse

    lines: dict[str, dict[str, None]] = {}
    for package in packages:
        for code, page in _pages(package):
            paragraphs = mallard(page) if page.suffix == ".page" else html(page)
            lines.setdefault(parse(CODES.get(code, code)), {}).update(dict.fromkeys(paragraphs))
    english = lines[ENGLISH]
    kept = {
        tag: [line for line in found if tag == ENGLISH or line not in english]
        for tag, found in sorted(lines.items())
    }
    return {
        tag: found for tag, found in kept.items() if sum(len(line.encode()) for line in found) >= LEAST_BYTES
    }


def mallard(page: Path) -> Iterator[str]:
    """Yield the paragraphs of a page of GNOME's help."""
    for element in ET.parse(page).iter():  # noqa: S314 (a file that Debian signed)
        if _plain_name(element.tag) in BLOCKS:
            yield from _lines("".join(element.itertext()))


def html(page: Path) -> Iterator[str]:
    """Yield the paragraphs of a page of LibreOffice's help."""
    reader = _Paragraphs()
    reader.feed(page.read_text(encoding="utf-8"))
    reader.close()
    for paragraph in reader.found:
        yield from _lines(paragraph)


class _Paragraphs(HTMLParser):
    """Gathers the text of block elements."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._open: str | None = None
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in BLOCKS:
            classes = set((dict(attrs).get("class") or "").split())
            self._open, self._text = (None if classes & NO_PROSE else tag), []
        elif tag == "br":
            self._text.append(" ")

    def handle_data(self, data: str) -> None:
        if self._open:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == self._open:
            self.found.append("".join(self._text))
            self._open = None


def _pages(package: Path) -> Iterator[tuple[str, Path]]:
    """Every page of a package, with the code of its language."""
    for page in sorted(package.glob("usr/share/help/*/*/*.page")):
        yield page.parent.parent.name, page
    for folder in sorted(package.glob("usr/share/libreoffice/help/*/text")):
        for page in sorted(folder.rglob("*.html")):
            yield folder.parent.name, page


def _lines(text: str) -> Iterator[str]:
    line = " ".join(text.split())
    if any(character.isalpha() for character in line):
        yield line


def _plain_name(tag: str) -> str:
    return tag.rpartition("}")[2]


def _run(*command: str, folder: Path | None = None) -> str:
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)  # noqa: S603 (apt's and dpkg's own)
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:2])} failed:\n{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
