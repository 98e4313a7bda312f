"""Whether a tokenizer makes of a text what it makes of the text's stretches, one after the other.

It does if nothing that it joins reaches over a cut, and nothing that it does on one side of a cut depends on the other. BPE joins
what makes an entry of its vocabulary, so that the first is seen there; WordPiece joins within words. The second is tried on
the strings on which its engine is tried, since what a pattern looks at is hard to tell from the pattern.

Unigram is left out: it compares sums over the whole text, in numbers of 24 bits, which are rounded otherwise where more
stands before. Of which texts it does the same all the same, `langcov.tokenizers.margins` tells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from langcov.tokenizers import verdicts
from langcov.tokenizers.agreement import differing
from langcov.tokenizers.stretches import WAYS, Stretches, crosses

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langcov.tokenizers.base import Tokenizer
    from langcov.tokenizers.engines import Encoder
    from langcov.tokenizers.stretches import Way


def way_of(
    encoder: Encoder | Tokenizer, tokenizer: Tokenizer, engine: str, texts: Sequence[str]
) -> Way | None:
    """Return how stretches are to be given to an engine so that their ids, put together, are those of whole texts.

    What came of it is kept, as for engines.

    Args:
        encoder: The engine.
        tokenizer: What it encodes for.
        engine: Its name and version.
        texts: What it is tried on.

    Returns:
        None if there is no such way, or none that is known to be right for every text.
    """
    if not ("BPE" in tokenizer.kind or tokenizer.kind == "WordPiece"):
        return None
    visible = [text for text in texts if text.strip()]
    for way in WAYS:
        what = f"{engine}, stretches {way}"
        different = verdicts.recall(tokenizer, what, visible)
        if different is None:
            different = _count_differing(encoder, tokenizer, visible, way)
            verdicts.keep(tokenizer, what, visible, different)
        if not different:
            return way
    return None


def _count_differing(
    encoder: Encoder | Tokenizer, tokenizer: Tokenizer, texts: Sequence[str], way: Way
) -> int:
    """How many texts get other ids from their stretches; all where the vocabulary has entries that reach over a cut."""
    if crosses(tokenizer.vocabulary):
        return len(texts)
    whole = encoder.encode_batch(texts)
    stretches = Stretches.of(pl.Series(texts, dtype=pl.String))
    found = stretches.encoded(encoder.encode_batch(stretches.given(way).to_list()))
    return int(differing(whole, found).sum())
