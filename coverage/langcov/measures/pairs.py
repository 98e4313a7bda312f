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
from langcov.measures.pieces import pieces_of
from langcov.measures.table import MOST_LOST
from langcov.measures.writing import are_content
from langcov.tokenizers.ragged import bounds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from scipy.sparse import csr_array

    from langcov.census.tables import Census
    from langcov.measures.counts import UnitCounts
    from langcov.measures.pieces import PieceCounts

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

_TOGETHER: Final = 1 << 18
"""So many shared pieces of two languages are looked at together, a few megabytes of them."""

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
    lost = _mostly_lost(census, tokenizer)
    every = pieces_of(census, tokenizer, chosen)
    frames = [pl.DataFrame(schema=SCHEMA)]
    for kind in pieces:
        kept = every.only(_is_content(census, tokenizer)[every.id]) if kind == "content" else every
        found = _estimates(kept, len(chosen), intervals=intervals)
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


def shared_content(counts: UnitCounts, tokenizer: str, pieces: PieceCounts) -> Matrix:
    """Measure ``shared_mass`` over content pieces alone, of all languages: much less work than `overlap`.

    Returns:
        A matrix languages x languages, in the order of `UnitCounts.languages`; NaN where there is no value.
    """
    kept = pieces.only(_is_content(counts.census, tokenizer)[pieces.id])
    share, empty = _shares(_counts(kept, kept.by_block.sum(axis=0), len(counts.languages)))
    empty |= np.isin(counts.languages, _mostly_lost(counts.census, tokenizer))
    shared = _sums_over_shared(share, {"shared": _smaller})["shared"] + np.eye(len(empty))
    return np.where(empty[:, None] | empty[None, :], np.nan, shared)


def _mostly_lost(census: Census, tokenizer: str) -> list[str]:
    """Languages that are mostly the unknown token: two such look alike though they share nothing."""
    own = census.tokens.filter(tokenizer=tokenizer).group_by("language").agg(pl.col(*FATES).sum())
    share = pl.col("lost_characters") / pl.sum_horizontal(*FATES)
    return own.filter(share > MOST_LOST)["language"].to_list()


def content_pieces(vocabulary: pl.DataFrame) -> pl.Series:
    """Return the ids whose surface, a space before it aside, is two or more letters and their marks, nothing else."""
    normal = vocabulary.filter(pl.col("kind") == "normal")
    return normal["id"].filter(pl.Series(are_content(normal["surface"].cast(pl.String))))


def _is_content(census: Census, tokenizer: str) -> NDArray[np.bool_]:
    """Whether each id is a content piece."""
    vocabulary = census.vocabularies[tokenizer]
    content = np.zeros(int(vocabulary["id"].max() or 0) + 1, np.bool_)  # type: ignore[arg-type]  # of an integer column
    content[content_pieces(vocabulary).to_numpy()] = True
    return content


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


def _estimates(pieces: PieceCounts, languages: int, *, intervals: bool) -> _Estimates:
    tokens = pieces.by_block.sum(axis=0)
    whole = _matrices(_counts(pieces, tokens, languages))
    if not intervals:
        return _Estimates(whole, {}, {})
    parts = [_matrices(_counts(pieces, tokens - block, languages)) for block in pieces.by_block]
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


def _counts(pieces: PieceCounts, tokens: Matrix, languages: int) -> csr_array[Any]:
    """Languages x ids, sparse; only pieces that occur have an entry."""
    from scipy.sparse import csr_array

    kept = tokens > 0
    ends = bounds(np.bincount(pieces.language[kept], minlength=languages))
    width = int(pieces.id.max(initial=-1)) + 1
    return csr_array((tokens[kept], pieces.id[kept], ends), shape=(languages, width))


def _shares(counts: csr_array[Any]) -> tuple[csr_array[Any], NDArray[np.bool_]]:
    """Each piece's share of its language's tokens, and which languages have no piece."""
    totals = np.asarray(counts.sum(axis=1)).ravel()
    empty: NDArray[np.bool_] = totals == 0
    scale = np.divide(1, totals, out=np.zeros_like(totals), where=~empty)
    share = counts.copy()
    share.data = counts.data * np.repeat(scale, np.diff(counts.indptr))
    return share, empty


def _matrices(counts: csr_array[Any]) -> dict[str, Matrix]:
    """Every measure as a matrix languages x languages; NaN where a language has no piece."""
    share, empty = _shares(counts)
    met = counts.copy()
    met.data = (counts.data >= LEAST_SEEN).astype(np.float64)
    in_both = (met @ met.T).toarray()
    seen = in_both.diagonal()
    with np.errstate(divide="ignore", invalid="ignore"):
        jaccard = in_both / (seen[:, None] + seen[None, :] - in_both)
    sums = _sums_over_shared(share, {"gained": _gain, "shared": _smaller})
    divergence = np.clip(1 - sums["gained"] / 2, 0, 1)
    np.fill_diagonal(divergence, 0)
    undefined = empty[:, None] | empty[None, :]
    return {
        name: np.where(undefined, np.nan, matrix)
        for name, matrix in {
            "jsd": divergence,
            "jaccard": jaccard,
            "shared_mass": sums["shared"] + np.eye(len(empty)),
            "covered_mass": (met @ share.T).toarray(),
        }.items()
    }


def _smaller(p: Matrix, q: Matrix) -> Matrix:
    return np.minimum(p, q)


def _gain(p: Matrix, q: Matrix) -> Matrix:
    """By how much less than two of their own a piece that both languages have adds to the divergence.

    A piece that only one language has adds half of its share to the divergence (Jensen-Shannon, base 2). A piece that
    both have, with shares p and q, adds that less (x(p + q) - x(p) - x(q)) / 2, where x(p) = p log2 p; so the divergence
    is one minus half the sum of that over the shared pieces.
    """
    total = p + q
    gain: Matrix = total * np.log2(total) - p * np.log2(p) - q * np.log2(q)
    return gain


def _sums_over_shared(
    share: csr_array[Any], terms: Mapping[str, Callable[[Matrix, Matrix], Matrix]]
) -> dict[str, Matrix]:
    """Add up terms over the pieces that two languages share, for every two languages; 0 on the diagonal.

    Each piece's entries are put side by side, by language. An entry then shares its piece with all that follow it there,
    so that no time goes into pieces that are not shared.
    """
    size = share.shape[0]
    by_piece = share.tocsc()
    language = by_piece.indices.astype(np.int64)
    # Numbers of the entries in the order of languages, then pieces: every sum is taken in the order of pieces.
    order = np.argsort(language, kind="stable")
    ends = np.repeat(by_piece.indptr[1:], np.diff(by_piece.indptr))[order]
    followers = ends - order - 1
    running = bounds(followers)
    sums = {name: np.zeros((size, size)) for name in terms}
    row_ends = running[bounds(np.bincount(language, minlength=size))]
    first = 0
    while first < size:
        last = max(int(np.searchsorted(row_ends, row_ends[first] + _TOGETHER, side="right")) - 1, first + 1)
        entries = slice(*np.searchsorted(running, [row_ends[first], row_ends[last]]))
        lead, number = order[entries], followers[entries]
        there = np.repeat(lead + 1 - (running[entries] - row_ends[first]), number)
        there += np.arange(len(there))
        pair = np.repeat((language[lead] - first) * size, number)
        pair += language[there]
        p, q = np.repeat(by_piece.data[lead], number), by_piece.data[there]
        for name, term in terms.items():
            found = np.bincount(pair, term(p, q), (last - first) * size)
            sums[name][first:last] = found.reshape(-1, size)
        first = last
    return {name: above + above.T for name, above in sums.items()}


def _tidy(
    tokenizer: str, languages: list[str], measure: str, pieces: Pieces, found: _Estimates
) -> pl.DataFrame:
    row, column = np.nonzero(~np.eye(len(languages), dtype=bool))
    names = pl.Series(languages, dtype=pl.String)
    value = found.value[measure]
    nothing = np.full(value.shape, np.nan)
    numbers = {
        "value": value[row, column],
        "low": found.low.get(measure, nothing)[row, column],
        "high": found.high.get(measure, nothing)[row, column],
    }
    no_interval = NO_INTERVAL.get(measure) if found.low else None
    return (
        pl.DataFrame({"language": names.gather(row), "other": names.gather(column), **numbers})
        .with_columns(pl.col("value", "low", "high").fill_nan(None))
        .select(
            "language",
            "other",
            "value",
            "low",
            "high",
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
