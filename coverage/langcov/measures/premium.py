"""What the same content costs in one language against another: parallel text only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from langcov.measures.base import Measure
from langcov.measures.table import LOST_REASON, MOST_LOST

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl
    from numpy.typing import NDArray

    from langcov.measures.counts import Array, UnitCounts

WINDOW: Final = 8192
"""Tokens of the window that ``few_shot_examples`` fills."""


def why_no_premium(counts: UnitCounts) -> str | None:
    """Why no language of this census can have a premium, if so."""
    if not counts.census.corpus.parallel:
        return f"corpus {counts.census.corpus.name} is not parallel: its texts do not say the same in each language"
    if counts.reference_place is None:
        return f"no text in the reference language ({counts.reference or 'none was named'})"
    return None


def _against_reference(
    counts: UnitCounts, columns: Callable[[int], list[Array]], statistic: Callable[..., Array]
) -> pl.DataFrame:
    """Estimate over the units that both languages have, without values where too much is lost."""
    place = counts.reference_place
    reason = why_no_premium(counts)
    if reason is not None or place is None:
        return counts.no_values(reason or "")
    return counts.by_tokenizer(
        columns(place),
        statistic,
        present=counts.present & counts.present[place],
        refused=counts.once("premiums refused", lambda: _too_much_lost(counts, place)),
        reason=LOST_REASON,
    )


def _too_much_lost(counts: UnitCounts, place: int) -> NDArray[np.bool_]:
    """(T, L) whether more than a tenth of the characters are lost, of a language or of the reference beside it."""
    lost, whole = counts.tokens("lost_characters"), counts.text("characters")
    common = counts.present & counts.present[place]

    def too_much(gone: Array, every: Array) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = (gone * common).sum(axis=-1) > MOST_LOST * (every * common).sum(axis=-1)
        return found

    return too_much(lost, whole) | too_much(lost[:, place : place + 1], whole[place])


def _premium(counts: UnitCounts) -> pl.DataFrame:
    tokens = counts.tokens("tokens")
    return _against_reference(
        counts, lambda place: [tokens, tokens[:, place : place + 1]], lambda here, there: here / there
    )


def _premium_over_bytes(counts: UnitCounts) -> pl.DataFrame:
    tokens, size = counts.tokens("tokens"), counts.text("bytes")
    return _against_reference(
        counts,
        lambda place: [tokens, tokens[:, place : place + 1], size, size[place]],
        lambda here, there, bytes_here, bytes_there: (here / there) / (bytes_here / bytes_there),
    )


def _byte_premium(counts: UnitCounts) -> pl.DataFrame:
    place = counts.reference_place
    reason = why_no_premium(counts)
    if reason is not None or place is None:
        return counts.no_values(reason or "", of_text=True)
    size = counts.text("bytes")
    return counts.by_language(
        [size, size[place : place + 1]],
        lambda here, there: here / there,
        present=counts.present & counts.present[place],
    )


def _context_share(counts: UnitCounts) -> pl.DataFrame:
    tokens = counts.tokens("tokens")
    return _against_reference(
        counts, lambda place: [tokens, tokens[:, place : place + 1]], lambda here, there: there / here
    )


def _few_shot_examples(counts: UnitCounts) -> pl.DataFrame:
    tokens = counts.tokens("tokens")
    return _against_reference(
        counts,
        lambda _: [tokens, counts.present.astype(np.float64)],
        lambda here, examples: np.floor(WINDOW * examples / here),
    )


premium = Measure(
    name="premium",
    title="Premium",
    unit="ratio",
    better="lower",
    formula="tokens of the language / tokens of the reference language, over the units that both have",
    reading="A value of 4 means four times as many tokens as the reference language needs for the same text.",
    citation="Petrov et al. 2023, Language Model Tokenizers Introduce Unfairness Between Languages, arXiv 2305.15425",
    compute=_premium,
    example="an article of 90 tokens in English and 855 in Burmese: 855 / 90 = 9.50.",
)
byte_premium = Measure(
    name="byte_premium",
    title="Byte premium",
    unit="ratio",
    better="neutral",
    formula="bytes of UTF-8 of the language / bytes of the reference language, over the units that both have",
    reading="How many times as many bytes the language takes for the same text, before any tokenizer.",
    citation="Arnett et al. 2024, A Bit of a Problem, arXiv 2403.00686",
    compute=_byte_premium,
    example="an article of 400 bytes in English and 1,360 in Burmese: 1360 / 400 = 3.40.",
)
premium_over_bytes = Measure(
    name="premium_over_bytes",
    title="Premium over bytes",
    unit="ratio",
    better="lower",
    formula="premium / byte_premium",
    reading="What the tokenizer adds beyond the cost that the script has in bytes; 1 adds nothing.",
    citation="langcov",
    compute=_premium_over_bytes,
    example="a premium of 9.5 where the bytes alone are 3.4 times as many: 9.5 / 3.4 = 2.79.",
)
context_share = Measure(
    name="context_share",
    title="Share of the context",
    unit="share",
    better="higher",
    formula="1 / premium",
    reading="How much of a text that would fill the window in the reference language fits in this one.",
    citation="after Petrov et al. 2023, arXiv 2305.15425",
    compute=_context_share,
    example="with a premium of 4, 1 / 4 = 0.25.",
)
few_shot_examples = Measure(
    name="few_shot_examples",
    title="Examples that fit",
    unit="count",
    better="higher",
    formula=f"floor({WINDOW} / mean tokens of a unit), over the units that the reference language has too",
    reading=f"How many passages of the parallel text's mean length fit in a window of {WINDOW:,} tokens.",
    citation="langcov",
    compute=_few_shot_examples,
    example="passages of 120 tokens in a window of 8,192: 8192 / 120 = 68.27, so 68 fit.",
)
