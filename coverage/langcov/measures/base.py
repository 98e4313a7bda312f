"""What a measure is: one declared object, with its definition in words, its source, and how to compute it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from langcov.measures.counts import UnitCounts


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
