"""A small slice of a corpus, in as many languages as its first batches hold."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Collection

    from langcov.corpora.base import Corpus

SLICE_BYTES = 200_000
_BATCHES = 8


def passages(corpus: Corpus, languages: Collection[str] | None = None, size: int = SLICE_BYTES) -> list[str]:
    """Return about ``size`` bytes of text from the corpus' first batches, as much in each language.

    No passage is longer than a language's share; the rest of it is left out.

    >>> from langcov.corpora import open_corpus
    >>> 0 < sum(len(text.encode()) for text in passages(open_corpus("samples"), ["yor_Latn"], 500)) <= 500
    True
    """
    if languages is not None:
        languages = sorted(set(languages) & set(corpus.languages()))
        if not languages:
            return []
    frames = list(islice(corpus.batches(languages), _BATCHES))
    if not frames:
        return []
    frame = pl.concat(frames).filter(pl.col("text").is_not_null() & (pl.col("text") != ""))
    share = size // max(frame["language"].n_unique(), 1)
    # A character takes four bytes at most.
    short = frame.with_columns(
        pl.when(pl.col("text").str.len_bytes() > share)
        .then(pl.col("text").str.head(share // 4))
        .otherwise("text")
        .alias("text")
    )
    kept = short.filter(pl.col("text").str.len_bytes().cum_sum().over("language") <= share)
    return kept["text"].to_list()
