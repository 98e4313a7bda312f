"""Which language to transfer from instead of English: sources ranked by weights that were learned from measured pairs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from langcov.errors import LanguageError
from langcov.languages import describe, parse
from langcov.planning.pivot_evidence import gains_by_reading, learned, measured_targets, records
from langcov.planning.pivot_overlaps import LEARNED_WITH, Overlaps
from langcov.planning.pivot_quality import TOP, Record
from langcov.planning.pivot_words import Trust, said_of, too_little, verdict
from langcov.planning.transfer_pairs import (
    ENGLISH,
    MODEL,
    OVERLAP,
    described,
    likeness,
)
from langcov.transfer.evidence import pretraining
from langcov.transfer.sizes import sizes_for

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from langcov.census.tables import Census
    from langcov.engines.progress import Progress
    from langcov.tokenizers.base import Tokenizer

SCHEMA: Final = pl.Schema(
    {
        "place": pl.UInt32,
        "source": pl.String,
        "name": pl.String,
        "odds": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "in_first_three": pl.Float64,
        "kinship": pl.Float64,
        "group": pl.String,
        "same_script": pl.Boolean,
        "gibibytes": pl.Float64,
        "covered_mass": pl.Float64,
        "shared_mass": pl.Float64,
        "covered_mass_content": pl.Float64,
        "shared_mass_content": pl.Float64,
        "why": pl.String,
        "note": pl.String,
    }
)
"""Columns of `Pivots.sources`. ``odds``: by what factor the odds that a tag is right are expected to be better than those
from English, with the 95 % interval of the weights, not of the outcome; ``in_first_three``: in this share of resamples;
``gibibytes``: in CC-100, null if none; ``note``: why there are no odds."""


@dataclass(frozen=True)
class Pivots:
    """Sources for one language, the best first.

    Attributes:
        language: Its tag.
        sources: One row a source (`SCHEMA`), English among them.
        verdict: What it comes to, in plain English.
        reason: Why no source has odds, if none has.
        trust: How such rankings did on measured languages like it.
        weights: Log odds per standard deviation inside targets, by feature.
        notes: What a reader should know before trusting it.
        text: Whose overlaps were measured, as ``udhr under xlm-r``; None if none were.
        with_overlap: Whether they play a part.
    """

    language: str
    sources: pl.DataFrame
    verdict: str
    reason: str | None
    trust: Trust
    weights: dict[str, float]
    notes: tuple[str, ...]
    text: str | None
    with_overlap: bool

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as JSON knows it."""
        record = None
        if self.trust.record is not None:
            known = self.trust.record
            record = {**known._asdict(), "over_english": known.over_english._asdict()}
        return {
            "language": self.language,
            "verdict": self.verdict,
            "reason": self.reason,
            "text": self.text,
            "with_overlap": self.with_overlap,
            "record": record,
            "read": self.trust.read,
            "gain_by_reading": self.trust.gain._asdict(),
            "weights": self.weights,
            "notes": list(self.notes),
            "sources": self.sources.to_dicts(),
        }

    def _repr_html_(self) -> str:
        """Show as a table in a notebook."""
        return self.sources._repr_html_()


def pivots(
    language: str,
    census: Census | None = None,
    *,
    tokenizer: str | Tokenizer = LEARNED_WITH[0],
    among: Sequence[str] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Pivots:
    """Rank languages to transfer from.

    Weights were learned from measured pairs, also of ``language`` if it is among the targets; a note then says how much its
    own results move its odds.

    Args:
        language: The target, as a tag, code or name.
        census: Counted text of the target, the sources and English; if None, ``udhr`` is counted if it was fetched.
        tokenizer: The name of one that the census has; without a census, any that langcov can load.
        among: The sources; by default those that XLM-R has read or that were measured as a source, and, if the target has
            text, have text too.
        on_progress: Called after each batch of text that is counted.

    Raises:
        CensusError: The census lacks the tokenizer.
        LanguageError: A language is unknown, the target is English, or no source is left.

    >>> pivots("Inuktitut", among=["Finnish"]).sources["odds"].null_count()
    2
    """
    target = parse(language)
    if target == ENGLISH:
        raise LanguageError(
            "English is what sources are held against", where="pivots", fix="name the language to transfer to"
        )
    chosen = _chosen(target, among)
    overlaps = Overlaps.of(target, chosen, census, tokenizer, on_progress)
    with_text = overlaps.reason is None
    rows = described(target, chosen).join(overlaps.table, on="source", how="left", maintain_order="left")
    if with_text and among is None:
        rows = rows.filter(pl.col(OVERLAP[0]).is_not_null() | (pl.col("source") == ENGLISH))
    known = rows.drop_nulls(["kinship", *(OVERLAP if with_text else ())])
    record = records(with_text).get(likeness(known))
    read = bool(sizes_for(MODEL, [target]).seen[0])
    reason = _unrankable(target, known, record)
    ranked = _without_points(rows, reason, with_text=with_text)
    weights: dict[str, float] = {}
    if reason is None:
        ranked, weights = _ranked(ranked, known, with_text=with_text)
    ranked = ranked.with_columns(
        name=pl.Series([describe(tag).name for tag in ranked["source"]], dtype=pl.String),
        gibibytes=pl.when("seen").then(10 ** pl.col("log_size")),
        why=pl.Series([said_of(row) for row in ranked.iter_rows(named=True)], dtype=pl.String),
    )
    table = ranked.select(SCHEMA.names()).cast(SCHEMA)
    trust = Trust(record, read, gains_by_reading(with_text)[read])
    said = verdict(target, table, reason, trust)
    notes = [*overlaps.notes, *_own_results(target, reason, with_text=with_text)]
    return Pivots(target, table, said, reason, trust, weights, tuple(notes), overlaps.text, with_text)


def _chosen(target: str, among: Sequence[str] | None) -> list[str]:
    """Return the sources, sorted, English among them: never the target, in no script."""
    own = target.partition("_")[0]
    asked = _default_sources() if among is None else [parse(name) for name in among]
    others = {tag for tag in asked if tag.partition("_")[0] != own} - {ENGLISH}
    if not others:
        raise LanguageError(
            f"no source but English is left for {target}",
            where="pivots",
            fix="name other languages with --among",
        )
    return sorted({*others, ENGLISH})


def _default_sources() -> set[str]:
    """Return the languages that XLM-R has read or that were measured as a source: what can be transferred from."""
    read = pretraining().filter((pl.col("corpus") == "CC-100") & (pl.col("size") > 0))["language"]
    return {*read, *learned(with_text=False).weights.sources}


def _unrankable(target: str, known: pl.DataFrame, record: Record | None) -> str | None:
    """Say why sources can't be ranked; None if they can."""
    from langcov.planning.kinship import lineage

    if lineage(target) is None:
        return f"Glottolog's tree has no place for {describe(target).name}, so nothing says what it is related to"
    if known.filter(pl.col("source") != ENGLISH).is_empty():
        return "of no source is enough known: it needs a place in Glottolog's tree, and text if the target has text"
    return too_little(likeness(known), record)


def _own_results(target: str, reason: str | None, *, with_text: bool) -> list[str]:
    """Say how much of a ranking comes from what was measured for the target itself."""
    moved = measured_targets(with_text).get(target)
    if reason is not None or moved is None:
        return []
    note = (
        f"{describe(target).name} is one of the languages that the weights were learned from; without its own results the "
        f"odds of the measured sources would differ by a factor of at most {moved:.2f}."
    )
    return [note]


def _without_points(rows: pl.DataFrame, reason: str | None, *, with_text: bool) -> pl.DataFrame:
    """Order sources by relatedness and data, which is no ranking; say of each why it has no odds."""
    nothing = pl.lit(None, pl.Float64)
    unwritten = pl.col(OVERLAP[0]).is_null() if with_text else pl.lit(value=False)
    lacking = (
        pl.when(pl.col("kinship").is_null())
        .then(pl.lit("Glottolog's tree has no place for it"))
        .when(unwritten)
        .then(pl.lit("there is no text of it, or the tokenizer loses it"))
    )
    return rows.sort(
        pl.col("kinship").fill_null(-1.0), "log_size", "source", descending=[True, True, False]
    ).with_columns(
        place=pl.lit(None, pl.UInt32),
        odds=nothing,
        low=nothing,
        high=nothing,
        in_first_three=nothing,
        note=pl.lit(reason, pl.String) if reason else lacking,
    )


def _ranked(
    rows: pl.DataFrame, known: pl.DataFrame, *, with_text: bool
) -> tuple[pl.DataFrame, dict[str, float]]:
    """Give odds to the sources of which enough is known, and put them first."""
    fitted, resampled = learned(with_text)
    english = int(np.flatnonzero(known["source"].to_numpy() == ENGLISH)[0])
    expected = fitted.expected(known)
    drawn = np.stack([weights.expected(known) for weights in resampled])
    over = np.exp(drawn - drawn[:, [english]])
    low, high = np.percentile(over, (2.5, 97.5), axis=0)
    places = (-drawn).argsort(axis=1, kind="stable").argsort(axis=1, kind="stable")
    found = known.select("source").with_columns(
        odds=np.exp(expected - expected[english]),
        low=low,
        high=high,
        in_first_three=(places < TOP).mean(axis=0),
    )
    ranked = (
        rows.drop("odds", "low", "high", "in_first_three", "place")
        .join(found, on="source", how="left")
        .sort("odds", "source", descending=[True, False], nulls_last=True)
        .with_row_index("place", offset=1)
        .with_columns(place=pl.when(pl.col("odds").is_not_null()).then("place"))
    )
    return ranked, dict(zip(fitted.features, fitted.effect.round(4).tolist(), strict=True))
