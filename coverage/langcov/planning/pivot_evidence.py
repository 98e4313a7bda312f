"""The weights that langcov brings for ranking sources, and how good rankings were that were made with such weights.

Both tables lie in ``data/`` and are made by ``python -m langcov.data.make_pivots`` from what de Vries et al. 2022 measured:
XLM-R base, trained to tag parts of speech (UD v2.8) in one of 65 languages and tested in 105. These are the only published
results here in which the source is not always English. What was measured is not part of langcov: only what was learned is.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl

from langcov.census.storage import read_table
from langcov.planning.pivot_quality import COMPARISON, Estimate, Record
from langcov.planning.pivot_weights import Weights
from langcov.transfer.evidence import DATA

if TYPE_CHECKING:
    from langcov.transfer.ranks import Array

WEIGHTS: Final = pl.Schema(
    {
        "with_text": pl.Boolean(),
        "kind": pl.String(),
        "name": pl.String(),
        "spread": pl.Float64(),
        "weight": pl.Float64(),
        "drawn": pl.List(pl.Float32()),
        "citation": pl.String(),
        "source": pl.String(),
    }
)
"""``pivot_weights.parquet``, one weight a row. ``with_text``: learned with the overlap in texts, or without any text;
``kind``: ``feature``, whose weight is log odds per ``spread``, or ``record``, log odds of the source ``name`` beyond its
features; ``drawn``: the weight in resamples of whole families, the same resample at the same place of every row."""

QUALITY: Final = pl.Schema(
    {
        "with_text": pl.Boolean,
        "of": pl.String,
        "name": pl.String,
        "measure": pl.String,
        "value": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "over_english": pl.Float64,
        "over_low": pl.Float64,
        "over_high": pl.Float64,
        "languages": pl.UInt32,
        "families": pl.UInt32,
        "citation": pl.String,
        "source": pl.String,
    }
)
"""``pivot_quality.parquet``, one number a row. ``of``: ``ranking``, ``likeness`` or ``reading`` (of which languages), or
``target``: ``name`` is one that was measured, and ``value`` by what factor its odds move, at most, when its own results are
left out."""


class Learned(NamedTuple):
    """Weights, and the same ones learned from resamples."""

    weights: Weights
    drawn: list[Weights]


@cache
def learned(with_text: bool) -> Learned:
    """Return the weights that rankings are made with.

    >>> learned(with_text=False).weights.features
    ('kinship', 'same_script', 'log_size')
    """
    return learned_in(read_table(DATA / "pivot_weights.parquet").filter(with_text=with_text))


def learned_in(table: pl.DataFrame) -> Learned:
    """Return the weights of a table (`WEIGHTS`) that is either with or without text."""
    features, sources = table.filter(kind="feature"), table.filter(kind="record")
    spread = features["spread"].to_numpy()

    def weights(effect: Array, record: Array) -> Weights:
        return Weights(tuple(features["name"]), spread, effect, tuple(sources["name"]), record)

    effects, records = (np.array(part["drawn"].to_list(), dtype=np.float64).T for part in (features, sources))
    drawn = [weights(effect, record) for effect, record in zip(effects, records, strict=True)]
    return Learned(weights(features["weight"].to_numpy(), sources["weight"].to_numpy()), drawn)


def comparison(with_text: bool) -> pl.DataFrame:
    """Return how good the learned ranking and simpler ones were, a frame of `COMPARISON`."""
    return _quality(with_text, "ranking").rename({"name": "ranking"}).select(COMPARISON.names())


@cache
def records(with_text: bool) -> dict[str, Record]:
    """Return the record of rankings for each likeness; likenesses of which no language was measured have none."""
    found = {}
    for (like,), own in _quality(with_text, "likeness").group_by(["name"], maintain_order=True):
        by = {row["measure"]: row for row in own.iter_rows(named=True)}
        found[str(like)] = Record(
            str(like), _estimate(by["gain"]), int(by["better"]["value"]), by["error"]["value"]
        )
    return found


@cache
def gains_by_reading(with_text: bool) -> dict[bool, Estimate]:
    """Return the points of the first choice over English where XLM-R has read the target, and where it has not."""
    rows = _quality(with_text, "reading").iter_rows(named=True)
    return {row["name"] == "read": _estimate(row) for row in rows}


@cache
def measured_targets(with_text: bool) -> dict[str, float]:
    """Return the targets that weights were learned from: by what factor odds move, at most, without their own results.

    >>> sorted(set(measured_targets(with_text=False)) - set(measured_targets(with_text=True)))[:2]
    ['aii_Syrc', 'ajp_Arab']
    """
    return dict(_quality(with_text, "target").select("name", "value").iter_rows())


def _quality(with_text: bool, of: str) -> pl.DataFrame:
    return read_table(DATA / "pivot_quality.parquet").filter(with_text=with_text, of=of)


def _estimate(row: dict[str, object]) -> Estimate:
    return Estimate(*(row[name] for name in Estimate._fields))  # type: ignore[arg-type]
