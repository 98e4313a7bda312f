"""Languages whose encoding must stay as it is: what their text forbids to learn, and what changes in text that was not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from langcov.census.counting import with_text
from langcov.planning.pretokens import SPELLED, pairs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langcov.corpora.base import Corpus
    from langcov.planning.pretokens import Words
    from langcov.tokenizers.base import Tokenizer

SCHEMA: Final = pl.Schema(
    {
        "language": pl.String,
        "texts": pl.UInt64,
        "texts_changed": pl.UInt64,
        "tokens": pl.UInt64,
        "tokens_replaced": pl.UInt64,
        "new_tokens": pl.UInt64,
    }
)
"""Columns of `changes`: texts (segments) and those whose ids differ; tokens before, those of them that are gone, and the
tokens that came for them."""


def forbidden(
    words: Words, texts: Mapping[int, str], *, by_text: bool, whole_words: bool
) -> tuple[set[int], set[str]]:
    """Return what no piece may be, so that words stay as they are: pairs of symbols, and texts.

    Args:
        words: Of protected text.
        texts: Text of each piece by id.
        by_text: Whether any two neighbours merge whose texts together are a piece.
        whole_words: Whether a word that is a piece is taken whole.
    """

    def text(symbol: int) -> str:
        return chr(symbol - SPELLED) if symbol >= SPELLED else texts[symbol]

    left, right = pairs(words)
    both = set(np.unique(left << 32 | right).tolist())
    kept = {chr(symbol - SPELLED) for symbol in np.unique(words.symbols[words.symbols >= SPELLED]).tolist()}
    if by_text:
        kept |= {text(pair >> 32) + text(pair & 0xFFFFFFFF) for pair in both}
    if whole_words:
        sizes = np.diff(words.bounds)
        kept |= {
            "".join(map(text, words.symbols[start : start + size].tolist()))
            for start, size in zip(
                words.bounds[:-1][sizes > 1].tolist(), sizes[sizes > 1].tolist(), strict=True
            )
        }
    return both, kept


def changes(before: Tokenizer, after: Tokenizer, corpus: Corpus, languages: Sequence[str]) -> pl.DataFrame:
    """Encode text with two tokenizers and count what differs, exactly: a row a language (`SCHEMA`).

    Args:
        before: The tokenizer as it was.
        after: The same, extended.
        corpus: Text.
        languages: Tags.
    """
    rows = []
    for batch in corpus.batches(languages) if languages else ():
        for (language,), group in with_text(batch).group_by("language", maintain_order=True):
            rows.append({"language": language, **_changes(before, after, group["text"].to_list())})
    sums = pl.DataFrame(rows, schema=SCHEMA).group_by("language").agg(pl.exclude("language").sum())
    return (
        pl.DataFrame({"language": list(languages)}, {"language": pl.String})
        .join(sums, on="language", maintain_order="left")
        .cast(SCHEMA)
    )


def _changes(before: Tokenizer, after: Tokenizer, texts: list[str]) -> dict[str, int]:
    old, new = before.encode_batch(texts), after.encode_batch(texts)
    same = np.diff(old.offsets) == np.diff(new.offsets)
    # Texts of equally many tokens are compared token by token.
    kept_old, kept_new = (np.repeat(same, np.diff(each.offsets)) for each in (old, new))
    differ = old.ids[kept_old] != new.ids[kept_new]
    text_of = np.repeat(np.flatnonzero(same), np.diff(old.offsets)[same])
    same[text_of[differ]] = False
    size = int(max(old.ids.max(initial=0), new.ids.max(initial=0))) + 1
    lost = np.bincount(old.ids, minlength=size) - np.bincount(new.ids, minlength=size)
    return {
        "texts": len(texts),
        "texts_changed": int((~same).sum()),
        "tokens": len(old.ids),
        "tokens_replaced": int(lost.clip(min=0).sum()),
        "new_tokens": int((-lost).clip(min=0).sum()),
    }
