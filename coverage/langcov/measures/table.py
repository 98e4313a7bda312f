"""The tidy table that all measures of a language come in."""

from __future__ import annotations

from typing import Final

import polars as pl

MOST_LOST: Final = 0.1
"""With a larger share of characters lost to the unknown token, a count of tokens says nothing about cost."""

LOST_REASON: Final = (
    "more than 10 % of the characters, here or in the reference, are lost to the unknown token"
)

NOTICEABLE: Final = 0.01
"""A language counts as spelled or lost when that befalls a larger share of its characters than this."""

SCHEMA: Final = pl.Schema(
    {
        "tokenizer": pl.String,
        "language": pl.String,
        "measure": pl.String,
        "value": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "units": pl.UInt32,
        "note": pl.String,
    }
)
"""The tidy table of all measures. ``tokenizer`` is null for a measure of the text alone. A null ``value``, ``low`` or
``high`` has its reason in ``note``, which may also hold a caution about a value that is there. ``low`` and ``high`` bound a 95 % interval over ``units`` units."""
