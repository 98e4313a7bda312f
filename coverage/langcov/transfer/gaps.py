"""How far a language is behind English: the gap of each result, with its standard error and warnings."""

from __future__ import annotations

from typing import Final

import polars as pl

from langcov.transfer.benchmarks import FLORES_ITEMS
from langcov.transfer.evidence import KEY

ENGLISH: Final = "eng_Latn"
COUNTED_METRICS: Final = ("accuracy", "accuracy_strict", "accuracy_first_label", "exact_match", "score")
"""Means of right and wrong, whose standard error is the binomial's."""

ERRORS: Final = 2.0
"""Standard errors that a score must be away from chance, or from 100."""

UNKNOWN_ERROR: Final = 1.0
"""Standard error in points that stands for an unknown one in the warnings of floor and ceiling only."""


def gaps(results: pl.DataFrame) -> pl.DataFrame:
    """Return the gap of each result of a language other than English.

    Added to the columns of `RESULTS`: ``english`` (score), ``score_se``, ``gap`` = (english - score) / (english -
    chance): 0 is as good as English, 1 is guessing; ``gap_se``; ``absolute_gap`` in points; ``flag`` ("at the floor":
    within 2 standard errors of chance; "at the ceiling": of 100); ``flores``; ``no_gap``, the reason why a cell has no
    gap, as where English itself is within 2 standard errors of chance. Settings are never mixed: English counts only
    from the same model, benchmark, metric and setting. ``gap_se`` is by the delta method and takes the two scores for
    independent; their items are translations of each other, so that it is rather too large.
    """
    share = pl.col("score") / 100
    binomial = 100 * (share * (1 - share) / pl.col("n_examples")).sqrt()
    table = results.with_columns(
        pl.when(pl.col("metric").is_in(COUNTED_METRICS)).then(binomial).alias("score_se"),
        pl.col("benchmark").is_in(list(FLORES_ITEMS)).alias("flores"),
    )
    chance_share = pl.col("chance") / 100
    # At chance, what guessing would scatter by; a score of 0 has no binomial error of its own.
    chance_se = (
        pl.when(pl.col("metric").is_in(COUNTED_METRICS))
        .then(100 * (chance_share * (1 - chance_share) / pl.col("n_examples")).sqrt())
        .fill_null(UNKNOWN_ERROR)
    )
    table = table.with_columns(
        (
            pl.col("score") - pl.col("chance")
            <= ERRORS * pl.max_horizontal(chance_se, pl.col("score_se").fill_null(0))
        ).alias("_floor"),
        (100 - pl.col("score") <= ERRORS * pl.col("score_se").fill_null(UNKNOWN_ERROR)).alias("_ceiling"),
    )
    english = table.filter(pl.col("language") == ENGLISH).select(
        *KEY,
        pl.col("score").alias("english"),
        pl.col("score_se").alias("_english_se"),
        pl.col("_floor").alias("_english_floor"),
    )
    room = pl.col("english") - pl.col("chance")
    kept = (pl.col("score") - pl.col("chance")) / room
    usable = pl.col("english").is_not_null() & ~pl.col("_english_floor")
    return (
        table.filter(pl.col("language") != ENGLISH)
        .join(english, on=list(KEY), how="left")
        .with_columns(
            pl.when(usable).then(1 - kept).alias("gap"),
            pl.when(usable)
            .then((pl.col("score_se") ** 2 + (kept * pl.col("_english_se")) ** 2).sqrt() / room)
            .alias("gap_se"),
            (pl.col("english") - pl.col("score")).alias("absolute_gap"),
            pl.when("_floor")
            .then(pl.lit("at the floor"))
            .when("_ceiling")
            .then(pl.lit("at the ceiling"))
            .alias("flag"),
            pl.when(pl.col("english").is_null())
            .then(pl.lit("no English result"))
            .when("_english_floor")
            .then(pl.lit("English is within 2 standard errors of chance"))
            .alias("no_gap"),
        )
        .drop("_floor", "_ceiling", "_english_se", "_english_floor")
        .sort([*KEY, "language"])
    )
