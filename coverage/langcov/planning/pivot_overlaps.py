"""How much sources overlap with a target: in a run's text, or in ``udhr`` under a tokenizer of choice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from langcov.errors import CensusError
from langcov.languages import describe
from langcov.planning.transfer_pairs import ENGLISH, OVERLAP

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from langcov.census.tables import Census
    from langcov.engines.progress import Progress
    from langcov.tokenizers.base import Tokenizer

LEARNED_WITH: Final = ("xlm-r", "udhr")
"""Tokenizer and text of the overlaps that the weights of rankings were learned with."""


@dataclass(frozen=True)
class Overlaps:
    """Overlaps of sources with a target.

    Attributes:
        table: source, covered_mass (of the target's tokens, met by the source), shared_mass, and both over content pieces
            only; null where a source has no text or the tokenizer loses it.
        text: What was measured, as ``udhr under xlm-r``; None if nothing was.
        reason: Why they can play no part in a ranking, or None.
        notes: What a reader should know.
    """

    table: pl.DataFrame
    text: str | None
    reason: str | None
    notes: list[str]

    @classmethod
    def of(
        cls,
        target: str,
        sources: Sequence[str],
        census: Census | None,
        tokenizer: str | Tokenizer,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> Overlaps:
        """Measure the overlaps of sources with a target.

        Args:
            target: A tag.
            sources: Tags, English among them.
            census: Counted text; ``udhr`` is counted if None.
            tokenizer: The name of one that the census has; without a census, any that langcov can load.
            on_progress: Called after each batch of text that is counted.

        Raises:
            CensusError: The census lacks the tokenizer.
        """
        name = describe(target).name
        used = tokenizer if isinstance(tokenizer, str) else tokenizer.name
        if census is None:
            census = _counted(target, sources, tokenizer, on_progress)
            if census is None:
                return cls._none(
                    f"There is no text in {name} here: overlap plays no part. langcov corpora fetch udhr brings texts; "
                    "a run folder may have others."
                )
            used = census.tokenizers[0].name
        _check_tokenizer(census, used)
        there = set(census.languages)
        if target not in there or ENGLISH not in there:
            lacking = name if target not in there else "English"
            return cls._none(
                f"The text has no {lacking}: overlap plays no part.",
            )
        table = _overlap(census, used, target, [tag for tag in sources if tag in there])
        text = f"{census.corpus.name} under {used}"
        if table.filter(source=ENGLISH)[OVERLAP[0]].null_count():
            reason = f"{used} loses most of what is written in {name}: overlap plays no part."
            return cls(table, text, reason, [reason])
        notes = []
        if used != LEARNED_WITH[0] or census.corpus.name != LEARNED_WITH[1]:
            notes.append(
                "The weights were learned with the overlaps that xlm-r has on udhr; for "
                f"{text} they are carried over without proof."
            )
        return cls(table, text, None, notes)

    @classmethod
    def _none(cls, reason: str) -> Overlaps:
        columns = ["source", *OVERLAP, *(f"{measure}_content" for measure in OVERLAP)]
        schema = {column: pl.String if column == "source" else pl.Float64 for column in columns}
        return cls(pl.DataFrame(schema=schema), None, reason, [reason])


def _counted(
    target: str,
    sources: Sequence[str],
    tokenizer: str | Tokenizer,
    on_progress: Callable[[Progress], None] | None,
) -> Census | None:
    """Count ``udhr`` in the target and the sources; None if it was not fetched or lacks the target."""
    from langcov.corpora import open_corpus, shipped
    from langcov.engines.local import count_local
    from langcov.tokenizers import load_tokenizer

    if not any(row["name"] == LEARNED_WITH[1] and row["ready"] for row in shipped()):
        return None
    corpus = open_corpus(LEARNED_WITH[1])
    there = set(corpus.languages())
    if target not in there:
        return None
    loaded = load_tokenizer(tokenizer) if isinstance(tokenizer, str) else tokenizer
    return count_local(corpus, [loaded], sorted({target, *sources} & there), on_progress)


def _check_tokenizer(census: Census, name: str) -> None:
    names = [facts.name for facts in census.tokenizers]
    if name not in names:
        raise CensusError(
            f"the census has no tokenizer {name!r}", where="pivots", fix=f"name one of {', '.join(names)}"
        )


def _overlap(census: Census, tokenizer: str, target: str, sources: Sequence[str]) -> pl.DataFrame:
    from langcov.measures.pairs import overlap

    found = overlap(census, tokenizer, [target, *sources], intervals=False)
    wide = found.filter((pl.col("other") == target) & pl.col("measure").is_in(OVERLAP)).with_columns(
        measure=pl.when(pl.col("pieces") == "all")
        .then("measure")
        .otherwise(pl.concat_str("measure", pl.lit("_content")))
    )
    return wide.pivot("measure", index="language", values="value").rename({"language": "source"})
