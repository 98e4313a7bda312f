"""How much two languages share under one tokenizer: the pieces that both use, and how alike they use them.

Each measure comes twice: over all pieces, and over *content pieces* only (at least two letters and nothing but letters
and their marks), since shared punctuation is no shared meaning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from langcov.census.tables import PIECE_BLOCKS
from langcov.errors import LanguageError, MeasureError
from langcov.languages import parse
from langcov.measures.intervals import jackknife
from langcov.measures.table import MOST_LOST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scipy.sparse import csr_array

    from langcov.census.tables import Census

Pieces = Literal["all", "content"]
Matrix = NDArray[np.float64]

SCHEMA: Final = pl.Schema(
    {
        "tokenizer": pl.String,
        "language": pl.String,
        "other": pl.String,
        "measure": pl.String,
        "pieces": pl.String,
        "value": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "note": pl.String,
    }
)
"""The tidy table of `overlap`; one row per ordered pair of different languages, measure and kind of pieces."""

LEAST_SEEN: Final = 5
"""A piece seen fewer times than this in a language does not count as met there (``jaccard``, ``covered_mass``)."""


MOST_CORRECTED: Final = 0.2
"""A bias correction of more than this share of the corrected divergence leaves too much bias for an interval."""

NO_INTERVAL: Final[Mapping[str, str]] = {
    "jsd": "no interval: short texts make it too large; see jsd_corrected",
    "jsd_corrected": "no interval: the text is too short, its bias is more than a fifth of the value",
}

FATES: Final = ("whole_characters", "spelled_characters", "lost_characters")
LOST_REASON: Final = (
    "more than 10 % of the characters of one of the two languages are lost to the unknown token"
)


class OverlapMeasure(NamedTuple):
    """Definition of a measure between two languages."""

    name: str
    title: str
    better: Literal["lower", "higher"]
    formula: str
    reading: str
    citation: str


OVERLAP_MEASURES: Final = (
    OverlapMeasure(
        "jsd",
        "Jensen-Shannon divergence",
        "lower",
        "Jensen-Shannon divergence of the two distributions of pieces, base 2",
        "0: both languages use the same pieces equally often; 1: they share none.",
        "Limisiewicz et al. 2023, Tokenization Impacts Multilingual Language Modeling, arXiv 2305.17179",
    ),
    OverlapMeasure(
        "jsd_corrected",
        "Jensen-Shannon divergence, bias corrected",
        "lower",
        "jackknife estimate: 8 * jsd - 7 * mean of jsd without each of 8 blocks",
        "As jsd, less what is only due to the text being short.",
        "Quenouille's bias correction; Efron & Tibshirani 1993, chapter 10",
    ),
    OverlapMeasure(
        "jaccard",
        "Jaccard overlap",
        "higher",
        f"pieces seen at least {LEAST_SEEN} times in both languages / in either",
        "The share of the two languages' pieces that both have.",
        "Srinivasan et al. 2021, Predicting the Performance of Multilingual NLP Models (LITMUS), arXiv 2110.08875",
    ),
    OverlapMeasure(
        "shared_mass",
        "Shared mass",
        "higher",
        "sum over pieces of the smaller of the two shares of tokens",
        "The share of running text that could be drawn from either language.",
        "one minus the total variation distance",
    ),
    OverlapMeasure(
        "covered_mass",
        "Covered mass",
        "higher",
        f"share of the other language's tokens whose piece the first has seen at least {LEAST_SEEN} times",
        "How much of the other language a model trained on the first has met, piece by piece.",
        "after Wu & Dredze 2019, Beto, Bentz, Becas, arXiv 1904.09077",
    ),
)


def overlap(
    census: Census,
    tokenizer: str,
    languages: Sequence[str] | None = None,
    *,
    pieces: Sequence[Pieces] = ("all", "content"),
    intervals: bool = True,
) -> pl.DataFrame:
    """Measure the overlap of every ordered pair of languages under one tokenizer.

    Args:
        census: The counts.
        tokenizer: The name of a tokenizer that was counted.
        languages: Tags, codes or names; all that have text if None.
        pieces: Over all pieces, over content pieces, or both.
        intervals: Whether to add ``jsd_corrected`` and 95 % intervals (a jackknife over 8 blocks of units: nine times
            the work). All but ``jsd_corrected`` depend on how long the text is; their intervals are for texts of this
            length.

    Returns:
        A frame of `SCHEMA`. ``covered_mass`` is directed: ``language`` is the one that was met, ``other`` the one that
        is read. The other measures are symmetric and given for both orders.

    Raises:
        CensusError: The tokenizer was not counted.
        LanguageError: A language has no text.
        MeasureError: Fewer than two languages.
    """
    census.tokenizer(tokenizer)
    chosen = _chosen_languages(census, languages)
    table = census.pieces_of(tokenizer).filter(pl.col("language").cast(pl.String).is_in(chosen))
    vocabulary = census.vocabularies[tokenizer]
    lost = _mostly_lost(census, tokenizer)
    frames = [pl.DataFrame(schema=SCHEMA)]
    for kind in pieces:
        kept = table
        if kind == "content":
            kept = table.join(content_pieces(vocabulary).to_frame("id"), on="id", how="semi")
        found = _estimates(kept, chosen, intervals=intervals)
        frames.extend(
            _tidy(tokenizer, chosen, measure.name, kind, found)
            for measure in OVERLAP_MEASURES
            if measure.name in found.value
        )
    unseen = pl.col("language").is_in(lost) | pl.col("other").is_in(lost)
    return pl.concat(frames).with_columns(
        *(pl.when(~unseen).then(pl.col(name)).alias(name) for name in ("value", "low", "high")),
        note=pl.when(unseen).then(pl.lit(LOST_REASON)).otherwise(pl.col("note")),
    )


def _mostly_lost(census: Census, tokenizer: str) -> list[str]:
    """Languages that are mostly the unknown token: two such look alike though they share nothing."""
    own = census.tokens.filter(tokenizer=tokenizer).group_by("language").agg(pl.col(*FATES).sum())
    share = pl.col("lost_characters") / pl.sum_horizontal(*FATES)
    return own.filter(share > MOST_LOST)["language"].to_list()


def content_pieces(vocabulary: pl.DataFrame) -> pl.Series:
    """Return the ids whose surface, a space before it aside, is two or more letters and their marks, nothing else."""
    import regex

    matches = regex.compile(r" ?\p{M}*(?:\p{L}[\p{M}\u200C\u200D]*){2,}").fullmatch
    normal = vocabulary.filter(pl.col("kind") == "normal")
    is_content = [matches(surface.decode()) is not None for surface in normal["surface"].to_list()]
    return normal["id"].filter(pl.Series(is_content, dtype=pl.Boolean))


def _chosen_languages(census: Census, languages: Sequence[str] | None) -> list[str]:
    known = census.languages
    chosen = known if languages is None else list(dict.fromkeys(map(parse, languages)))
    missing = sorted(set(chosen) - set(known))
    if missing:
        raise LanguageError(f"no text in {', '.join(missing)}", fix="name languages that the census has")
    if len(chosen) < 2:
        raise MeasureError("overlap is between two languages or more", fix="name at least two")
    return chosen


class _Estimates(NamedTuple):
    """Matrices languages x languages by measure; NaN where there is no value or bound."""

    value: dict[str, Matrix]
    low: dict[str, Matrix]
    high: dict[str, Matrix]


def _estimates(table: pl.DataFrame, languages: list[str], *, intervals: bool) -> _Estimates:
    whole = _matrices(_counts(table, languages))
    if not intervals:
        return _Estimates(whole, {}, {})
    parts = [
        _matrices(_counts(table.filter(pl.col("block") != block), languages)) for block in range(PIECE_BLOCKS)
    ]
    found = _Estimates(whole, {}, {})
    for name, value in list(whole.items()):
        without = np.stack([part[name] for part in parts])
        found.low[name], found.high[name] = jackknife(value, without)
        if name == "jsd":
            _correct(found, value, without.mean(axis=0))
    for name in found.low:
        found.low[name], found.high[name] = np.clip(found.low[name], 0, 1), np.clip(found.high[name], 0, 1)
    return found


def _correct(found: _Estimates, value: Matrix, mean_without: Matrix) -> None:
    """Move the divergence's interval to the bias-corrected value.

    Short texts share fewer pieces than their languages do, so that the divergence comes out too large, by more than the
    jackknife's error. The correction removes the bias that falls as one over the size of the text. Where it is a large
    part of the value, more of the bias is left than it removes, and there is no interval.
    """
    corrected = PIECE_BLOCKS * value - (PIECE_BLOCKS - 1) * mean_without
    shift = corrected - value
    trusted = np.abs(shift) <= MOST_CORRECTED * corrected
    found.value["jsd_corrected"] = np.clip(corrected, 0, 1)
    found.low["jsd_corrected"] = np.where(trusted, found.low["jsd"] + shift, np.nan)
    found.high["jsd_corrected"] = np.where(trusted, found.high["jsd"] + shift, np.nan)
    found.low["jsd"] = found.high["jsd"] = np.full(value.shape, np.nan)


def _counts(table: pl.DataFrame, languages: list[str]) -> csr_array[Any]:
    """Languages x pieces, sparse; only pieces that occur have a column."""
    from scipy.sparse import csr_array

    summed = table.group_by("language", "id").agg(pl.col("tokens").sum()).sort("id")
    row = (
        summed["language"]
        .cast(pl.String)
        .replace_strict(languages, list(range(len(languages))), return_dtype=pl.Int32)
    )
    column = summed["id"].rank("dense").cast(pl.Int32) - 1
    width = int(column.max()) + 1 if summed.height else 0  # type: ignore[arg-type]  # an integer column's maximum
    counts = csr_array(
        (summed["tokens"].to_numpy().astype(np.float64), (row.to_numpy(), column.to_numpy())),
        shape=(len(languages), width),
    )
    counts.sort_indices()
    return counts


def _matrices(counts: csr_array[Any]) -> dict[str, Matrix]:
    """Every measure as a matrix languages x languages; NaN where a language has no piece."""
    totals = np.asarray(counts.sum(axis=1)).ravel()
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.where(totals > 0, 1 / totals, np.nan)
    share = counts.copy()
    share.data = counts.data * np.repeat(np.nan_to_num(scale), np.diff(counts.indptr))
    met = counts.copy()
    met.data = (counts.data >= LEAST_SEEN).astype(np.float64)
    in_both = (met @ met.T).toarray()
    seen = in_both.diagonal()
    with np.errstate(divide="ignore", invalid="ignore"):
        jaccard = in_both / (seen[:, None] + seen[None, :] - in_both)
    divergence, shared = _divergence_and_shared_mass(share)
    empty = totals == 0
    undefined = empty[:, None] | empty[None, :]
    return {
        name: np.where(undefined, np.nan, matrix)
        for name, matrix in {
            "jsd": divergence,
            "jaccard": jaccard,
            "shared_mass": shared,
            "covered_mass": (met @ share.T).toarray(),
        }.items()
    }


def _divergence_and_shared_mass(share: csr_array[Any]) -> tuple[Matrix, Matrix]:
    """Jensen-Shannon divergence (base 2) and sum of minima, from the shared pieces alone.

    A piece that only one language has adds half of its share to the divergence. A piece that both have, with shares p
    and q, adds that less (x(p + q) - x(p) - x(q)) / 2, where x(p) = p log2 p; so the divergence is one minus half the
    sum of that over the shared pieces.
    """
    size, width = share.shape
    row_of = np.repeat(np.arange(size), np.diff(share.indptr))
    own_entropy = share.data * np.log2(np.where(share.data > 0, share.data, 1))
    gained, shared = np.zeros((size, size)), np.eye(size)
    dense, dense_entropy = np.zeros(width), np.zeros(width)
    for row in range(size - 1):
        begin, end = share.indptr[row], share.indptr[row + 1]
        columns = share.indices[begin:end]
        dense[columns], dense_entropy[columns] = share.data[begin:end], own_entropy[begin:end]
        here = dense[share.indices[end:]]
        both = np.flatnonzero(here)
        p, q = here[both], share.data[end:][both]
        total = p + q
        gain = total * np.log2(total) - dense_entropy[share.indices[end:][both]] - own_entropy[end:][both]
        others = row_of[end:][both]
        gained[row] = np.bincount(others, gain, size)
        shared[row] += np.bincount(others, np.minimum(p, q), size)
        dense[columns] = dense_entropy[columns] = 0
    divergence = np.clip(1 - (gained + gained.T) / 2, 0, 1)
    np.fill_diagonal(divergence, 0)
    return divergence, np.triu(shared) + np.triu(shared, 1).T


def _tidy(
    tokenizer: str, languages: list[str], measure: str, pieces: Pieces, found: _Estimates
) -> pl.DataFrame:
    row, column = np.nonzero(~np.eye(len(languages), dtype=bool))
    names = np.array(languages)
    value = found.value[measure]
    nothing = np.full(value.shape, np.nan)
    numbers = {
        "value": value[row, column],
        "low": found.low.get(measure, nothing)[row, column],
        "high": found.high.get(measure, nothing)[row, column],
    }
    no_interval = NO_INTERVAL.get(measure) if found.low else None
    return (
        pl.DataFrame({"language": names[row], "other": names[column], **numbers})
        .with_columns(pl.col("value", "low", "high").fill_nan(None))
        .with_columns(
            tokenizer=pl.lit(tokenizer),
            measure=pl.lit(measure),
            pieces=pl.lit(pieces),
            note=pl.when(pl.col("value").is_null())
            .then(pl.lit("one of the two languages has too few pieces of this kind"))
            .when(pl.col("low").is_null())
            .then(pl.lit(no_interval, pl.String)),
        )
        .select(SCHEMA.names())
        .cast(SCHEMA)
    )
