"""The tidy table that all measures of a language come in."""

from __future__ import annotations

from typing import Final

import polars as pl

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
