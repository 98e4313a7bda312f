"""A sentence or two of each language, short enough to be read on the page as the tokens that it becomes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Collection

    from langcov.corpora.base import Corpus

SENTENCES: Final = 2
"""So many texts of each language."""

MOST_CHARACTERS: Final = 180
"""A longer text is cut at the last space before."""

LEAST_CHARACTERS: Final = 12
"""A shorter text shows too little, unless there is no other."""

MOST_READ: Final = 64 << 20
"""Bytes of text that are read in search of every language; those not met by then go without."""

_KEPT: Final = 48
"""Texts of each language that are chosen from."""


def sample_texts(
    corpus: Corpus, languages: Collection[str] | None = None, most_read: int = MOST_READ
) -> dict[str, list[str]]:
    """Return up to `SENTENCES` texts of each language, the same passages in every language where they are parallel.

    Args:
        corpus: Where they come from.
        languages: Tags; all that the corpus has if None.
        most_read: So many bytes are read at most.

    Returns:
        Texts by tag; a language without text has an empty list.
    """
    wanted = sorted(set(corpus.languages()) if languages is None else set(languages))
    if not wanted:
        return {}
    found: list[pl.DataFrame] = []
    read, missing = 0, set(wanted)
    counts: Counter[str] = Counter()
    for frame in corpus.batches(wanted):
        read += int(frame["text"].str.len_bytes().sum() or 0)
        # Where texts are not parallel, the first of each language are taken, and those after them need no look.
        wanting = [tag for tag in frame["language"].unique() if corpus.parallel or counts[tag] < SENTENCES]
        if wanting:
            kept = _candidates(frame.filter(pl.col("language").is_in(wanting)))
            found.append(kept)
            counts.update(kept["language"].to_list())
            missing -= set(kept["language"])
        if read > most_read or (not missing and not corpus.parallel):
            break
    table = pl.concat(found) if found else pl.DataFrame(schema={"language": pl.String})
    if table.is_empty():
        return {tag: [] for tag in wanted}
    chosen = _same_passages(table) if corpus.parallel else table
    texts = dict(
        chosen.group_by("language", maintain_order=True).agg(pl.col("text").head(SENTENCES)).iter_rows()
    )
    return {tag: [_cut(text) for text in texts.get(tag, [])] for tag in wanted}


def _candidates(frame: pl.DataFrame) -> pl.DataFrame:
    """The first passage of each unit, on one line; none that is too short where there are others."""
    text = pl.col("text").str.replace_all(r"\s+", " ").str.strip_chars()
    length = pl.col("text").str.len_chars()
    return (
        frame.filter(pl.col("text").is_not_null())
        .with_columns(text)
        .filter(length > 0)
        .with_columns(short=length < LEAST_CHARACTERS)
        .filter((~pl.col("short")) | pl.col("short").all().over("language"))
        .drop("short")
        .unique(["language", "unit"], keep="first", maintain_order=True)
        .group_by("language", maintain_order=True)
        .head(_KEPT)
        .select("language", "unit", "text")
    )


def _same_passages(table: pl.DataFrame) -> pl.DataFrame:
    """The units that most languages have come first, those short in most languages before others, then in their order."""
    length = pl.col("text").str.len_chars()
    units = (
        table.group_by("unit")
        .agg(pl.col("language").n_unique().alias("languages"), length.quantile(0.75).alias("upper"))
        .with_columns(
            rare=pl.col("languages") < 0.9 * pl.col("languages").max(),
            readable=pl.col("upper").is_between(40, MOST_CHARACTERS),
        )
        .sort("rare", ~pl.col("readable"), "unit")
        .with_row_index("rank")
    )
    return table.join(units.select("unit", "rank"), on="unit").sort("language", "rank", maintain_order=True)


def _cut(text: str) -> str:
    """Cut a long text at a space, or inside a word where there is none.

    >>> _cut("a " * 200)[-3:], len(_cut("a" * 200))
    ('a a', 180)
    """
    if len(text) <= MOST_CHARACTERS:
        return text
    head = text[:MOST_CHARACTERS]
    space = head.rfind(" ")
    return head[:space] if space > MOST_CHARACTERS // 2 else head
