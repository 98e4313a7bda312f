"""What an extension is worth as it grows, measured on held-out text: every size is a tokenizer of its own, and is counted.

Nothing is extrapolated: the file with the first N pieces encodes the held-out text, and the census and the measures are
those of any other run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from langcov.engines.local import count_local
from langcov.errors import CorpusError
from langcov.measures import RESAMPLES, UnitCounts
from langcov.measures.intervals import bootstrap
from langcov.measures.registry import compute
from langcov.measures.table import SCHEMA as MEASURED

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from langcov.census.tables import Census
    from langcov.corpora.base import Corpus
    from langcov.measures.counts import Array
    from langcov.tokenizers.base import Tokenizer

SIZES: Final = (0, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000)
"""Numbers of pieces that are tried, and the whole extension."""

MEASURES: Final = (
    "premium",
    "fertility",
    "bytes_per_token",
    "whole_characters",
    "spelled_characters",
    "lost_characters",
)
"""What is measured at every size, beside ``tokens`` and `SAVED`."""

SAVED: Final = "saved_per_piece"
"""Tokens of the text that each piece saves which was added since the size before, as a share of the tokens without any."""

SCHEMA: Final = pl.Schema(
    [("pieces", pl.UInt32), *((name, kind) for name, kind in MEASURED.items() if name != "tokenizer")]
)
"""Columns of the curve: how many pieces, then those of the table of measures."""


def sizes_up_to(pieces: int) -> list[int]:
    """Return the sizes that are tried for an extension.

    >>> sizes_up_to(700)
    [0, 100, 200, 500, 700]
    """
    return [*(size for size in SIZES if size < pieces), pieces]


def measure_curve(
    with_pieces: Callable[[int], Tokenizer],
    sizes: Sequence[int],
    held_out: Corpus,
    languages: Sequence[str],
    *,
    reference: str,
    seed: int,
) -> tuple[pl.DataFrame, Census]:
    """Measure held-out text at several sizes of an extension.

    Args:
        with_pieces: Gives the tokenizer with the first so many pieces; 0 is the tokenizer as it was.
        sizes: Ascending, 0 first.
        held_out: Text that nothing was learned from.
        languages: Tags.
        reference: What premiums are against.
        seed: Of the bootstrap; all sizes draw the same units.

    Returns:
        The curve (`SCHEMA`), and the census without any piece.

    Raises:
        CorpusError: A language has no held-out text.
    """
    frames: list[pl.DataFrame] = []
    tokens: list[Array] = []
    first: Census | None = None
    for place, size in enumerate(sizes):
        census = count_local(held_out, [with_pieces(size)], languages)
        if first is None:
            first = census
            _refuse_missing(census, languages, held_out.name)
        counts = UnitCounts(census, reference, RESAMPLES, seed)
        tokens.append(counts.tokens("tokens")[0])
        measured = [compute(counts, MEASURES).drop("tokenizer"), _tokens(counts, tokens[-1])]
        if place:
            measured.append(_saved(counts, tokens, size - sizes[place - 1]))
        frames += [
            frame.select(pl.lit(size).alias("pieces"), pl.all()).select(SCHEMA.names()).cast(SCHEMA)
            for frame in measured
        ]
    assert first is not None  # noqa: S101 (there is at least size 0)
    return pl.concat(frames), first


def _refuse_missing(census: Census, languages: Sequence[str], corpus: str) -> None:
    missing = [language for language in languages if language not in census.languages]
    if missing:
        raise CorpusError(
            f"no held-out text in {', '.join(missing)}",
            where=f"corpus {corpus}",
            fix="give more text of it, or leave it out",
        )


def _tokens(counts: UnitCounts, tokens: Array) -> pl.DataFrame:
    """A sum, which has no interval: with more text there would be more."""
    return pl.DataFrame(
        {
            "language": counts.languages,
            "measure": "tokens",
            "value": tokens.sum(axis=1),
            "low": None,
            "high": None,
            "units": counts.present.sum(axis=1),
            "note": None,
        },
        schema={name: kind for name, kind in SCHEMA.items() if name != "pieces"},
    )


def _saved(counts: UnitCounts, tokens: Sequence[Array], more: int) -> pl.DataFrame:
    estimate = bootstrap(
        [tokens[-2], tokens[-1], tokens[0]],
        lambda before, now, without: (before - now) / without / more,
        counts.present,
        resamples=counts.resamples,
        seed=counts.seed,
    )
    return estimate.frame(language=pl.Series(counts.languages)).with_columns(measure=pl.lit(SAVED))
