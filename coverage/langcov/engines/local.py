"""Counting on this machine: some 8 MB after the other, each through every tokenizer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langcov.census.analysis import gathered, text_bytes
from langcov.census.counting import Tally, count_frame
from langcov.census.surfaces import Surfaces
from langcov.census.tables import KEYS, Census, CorpusFacts
from langcov.census.words import icu_version
from langcov.engines.progress import Progress
from langcov.engines.requests import check_names, wanted_languages
from langcov.engines.tasks import facts_of
from langcov.errors import CensusError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from langcov.corpora.base import Corpus
    from langcov.tokenizers.base import Tokenizer


def count_local(
    corpus: Corpus,
    tokenizers: Sequence[Tokenizer],
    languages: Collection[str] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Census:
    """Count a corpus with several tokenizers.

    Args:
        corpus: The text.
        tokenizers: At least one; names must differ.
        languages: Tags, codes or names to count; all that the corpus has if None.
        on_progress: Called after each batch.

    Raises:
        CensusError: Two tokenizers share a name, there is none, or the corpus has no text.
        LanguageError: The corpus lacks a language that was asked for.
    """
    check_names([(tokenizer.name, tokenizer.source) for tokenizer in tokenizers])
    languages = wanted_languages(corpus, languages)
    prepared = [(tokenizer, Surfaces.of(tokenizer.vocabulary)) for tokenizer in tokenizers]
    tally = Tally()
    seen: set[str] = set()
    total_bytes = segments = 0
    for frame in gathered(corpus.batches(languages)):
        count_frame(frame, prepared, tally)
        total_bytes += text_bytes(frame)
        segments += frame.height
        seen.update(frame["language"].unique())
        if on_progress is not None:
            on_progress(Progress(total_bytes, segments, len(seen)))
    tables: dict[str, Any] = {table: tally.total(table) for table in KEYS if table != "pieces"}
    if not tables["text"].height:
        raise CensusError(
            "there is no text to count", where=f"corpus {corpus.name}", fix="give files with text"
        )
    return Census(
        corpus=CorpusFacts(corpus.name, corpus.citation, corpus.licence, corpus.parallel, corpus.fingerprint),
        tokenizers=tuple(map(facts_of, tokenizers)),
        words=f"icu{icu_version()}",
        vocabularies={tokenizer.name: tokenizer.vocabulary for tokenizer in tokenizers},
        pieces_source=tally.total("pieces").lazy(),
        **tables,
    )
