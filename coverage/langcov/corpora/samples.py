"""``samples``: the sample texts of gflanguages, in about 750 languages, the corpus that comes with pip.

A language has ten short texts, each made to fill one place of a font's specimen page. Which sentences fill a place is
chosen by their length, so equal places of two languages are *not* translations: the corpus is not parallel. Each place
is one document. The two mastheads are left out: they are loose letters, no text.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from langcov.corpora.base import SCHEMA, stable_block
from langcov.corpora.rows import FrameCorpus
from langcov.corpora.sources import Source
from langcov.errors import LanguageError

PLACES = (
    "styles",
    "tester",
    "poster_sm",
    "poster_md",
    "poster_lg",
    "specimen_48",
    "specimen_36",
    "specimen_32",
    "specimen_21",
    "specimen_16",
)
"""The places that hold running text, in the order in which they are read."""


def open_samples() -> FrameCorpus:
    """Return the sample texts that the installed gflanguages holds.

    Entries without a language code of their own (``mis_Nshu``) are left out. Where several entries mean one tag
    (``ja_Hira``, ``ja_Jpan``), the one named like the tag is taken, then the one in its script, then the shortest name.
    """
    import gflanguages

    from langcov.languages import parse

    candidates: dict[str, list[tuple[bool, bool, int, str]]] = {}
    entries = gflanguages.LoadLanguages()
    for name, entry in entries.items():
        if not any(text.strip() for text in _texts(entry)):
            continue
        try:
            tag = parse(entry.language, entry.script)
        except LanguageError:
            continue
        preference = (name != tag, entry.script != tag.partition("_")[2], len(name), name)
        candidates.setdefault(tag, []).append(preference)
    rows = [
        (tag, stable_block(f"{tag}:{place}"), text)
        for tag in sorted(candidates)
        for place, text in zip(PLACES, _texts(entries[min(candidates[tag])[-1]]), strict=True)
    ]
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    return FrameCorpus(SOURCE.name, SOURCE.citation, SOURCE.licence, SOURCE.parallel, frame)


def _texts(entry: Any) -> list[str]:  # noqa: ANN401 - gflanguages has no types
    return [getattr(entry.sample_text, place) for place in PLACES]


SOURCE = Source(
    name="samples",
    title="Short sample texts of gflanguages; comes with langcov",
    citation="Google Fonts, gflanguages: language metadata and sample texts",
    licence="Apache-2.0",
    parallel=False,
    open=open_samples,
)
