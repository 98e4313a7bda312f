"""What a measure is: one declared object, with its definition in words, its source, and how to compute it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable

    from langcov.measures.counts import UnitCounts

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


@dataclass(frozen=True)
class Measure:
    """A measure of how a tokenizer treats a language, or of the text itself.

    Attributes:
        name: As in tables and on the command line: ``fertility``.
        title: As in headings: ``Fertility``.
        unit: What a value counts: ``tokens per word``, ``share``, ``ratio``, ...
        better: Whether lower or higher values serve a language better; ``neutral`` where neither does.
        formula: The definition, in one line.
        reading: What a value means, in one plain sentence for a reader who knows no jargon.
        citation: Who defined it.
        compute: From the counts to a frame of `SCHEMA` without the column ``measure``. A frame that has the column
            keeps it: a family such as ``script_share:Latn`` is one object and many names, each ``NAME:PART``.
        example: A case worked by hand.
    """

    name: str
    title: str
    unit: str
    better: Literal["lower", "higher", "neutral"]
    formula: str
    reading: str
    citation: str
    compute: Callable[[UnitCounts], pl.DataFrame]
    example: str = ""
