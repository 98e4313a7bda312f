"""What the same content costs in one language against another: parallel text only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from langcov.measures.base import Measure

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from langcov.measures.counts import Array, UnitCounts

MOST_LOST: Final = 0.1
"""With a larger share of characters lost to the unknown token, a count of tokens says nothing about cost."""

LOST_REASON: Final = (
    "more than 10 % of the characters, here or in the reference, are lost to the unknown token"
)


def _why_not(counts: UnitCounts) -> str | None:
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
    reason = _why_not(counts)
    if reason is not None or place is None:
        return counts.no_values(reason or "")
    lost, whole = counts.tokens("lost_characters"), counts.text("characters")
    common = counts.present & counts.present[place]

    def too_much_lost(*sums: Array) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        lost_here, lost_there, all_here, all_there = sums[-4:]
        return (lost_here > MOST_LOST * all_here) | (lost_there > MOST_LOST * all_there)

    return counts.by_tokenizer(
        [*columns(place), lost, lost[:, place : place + 1], whole, whole[place]],
        lambda *sums: statistic(*sums[:-4]),
        present=common,
        refuse=too_much_lost,
        reason=LOST_REASON,
    )


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
    reason = _why_not(counts)
    if reason is not None or place is None:
        return counts.no_values(reason or "", of_text=True)
    size = counts.text("bytes")
    return counts.by_language(
        [size, np.broadcast_to(size[place], size.shape)],
        lambda here, there: here / there,
        present=counts.present & counts.present[place],
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
)
