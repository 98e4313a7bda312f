"""Counting on this machine: one batch after the other, each through every tokenizer."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from langcov.census.counting import Tally, count_batch
from langcov.census.surfaces import Surfaces
from langcov.census.tables import KEYS, Census, CorpusFacts, TokenizerFacts
from langcov.census.words import icu_version
from langcov.errors import CensusError, LanguageError
from langcov.languages import parse
from langcov.tokenizers.fast import check_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from langcov.corpora.base import Corpus
    from langcov.tokenizers.base import Tokenizer


class Progress(NamedTuple):
    """How far counting is."""

    bytes: int
    segments: int
    languages: int


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
    names = [tokenizer.name for tokenizer in tokenizers]
    if not names or len(set(names)) < len(names):
        what = (
            f"two tokenizers have one name: {', '.join(f'{each.name} ({each.source})' for each in tokenizers)}"
            if names
            else "no tokenizer is named"
        )
        raise CensusError(what, fix="write NAME=FILE for one of them" if names else "name at least one")
    if languages is not None:
        languages = {parse(language) for language in languages}
        missing = sorted(set(languages) - set(corpus.languages()))
        if missing:
            raise LanguageError(
                f"no text in {', '.join(missing)}",
                where=f"corpus {corpus.name}",
                fix=f"it has {_some(corpus.languages())}",
            )
    prepared = [(tokenizer, Surfaces.of(tokenizer.vocabulary)) for tokenizer in tokenizers]
    tally = Tally()
    seen: set[str] = set()
    total_bytes = segments = 0
    for frame in corpus.batches(languages):
        count_batch(frame, prepared, tally)
        total_bytes += int(frame["text"].str.len_bytes().sum())
        segments += frame.height
        seen.update(frame["language"].unique())
        if on_progress is not None:
            on_progress(Progress(total_bytes, segments, len(seen)))
    tables = {table: tally.total(table) for table in KEYS}
    if not tables["text"].height:
        raise CensusError(
            "there is no text to count", where=f"corpus {corpus.name}", fix="give files with text"
        )
    return Census(
        corpus=CorpusFacts(corpus.name, corpus.citation, corpus.licence, corpus.parallel, corpus.fingerprint),
        tokenizers=tuple(map(_facts, tokenizers)),
        words=f"icu{icu_version()}",
        vocabularies={tokenizer.name: tokenizer.vocabulary for tokenizer in tokenizers},
        **tables,
    )


def _facts(tokenizer: Tokenizer) -> TokenizerFacts:
    return TokenizerFacts(
        name=tokenizer.name,
        kind=tokenizer.kind,
        fingerprint=tokenizer.fingerprint,
        engine=tokenizer.engine,
        source=tokenizer.source,
        reference=tokenizer.exactness.reference,
        note=tokenizer.exactness.note,
        vocabulary_size=int((tokenizer.vocabulary["kind"] != "control").sum()),
        check=check_of(tokenizer),
    )


def _some(tags: list[str], most: int = 8) -> str:
    """The first few, and how many more."""
    rest = f" and {len(tags) - most} more" if len(tags) > most else ""
    return ", ".join(tags[:most]) + rest
