"""A corpus small enough to lie in memory as one frame: the samples, the UDHR."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from langcov.corpora.batching import batched

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator


@dataclass(frozen=True)
class FrameCorpus:
    """A corpus held as one frame.

    Attributes:
        frame: Columns of `SCHEMA`, in the order in which batches give them.
    """

    name: str
    citation: str
    licence: str
    parallel: bool
    frame: pl.DataFrame = field(repr=False)

    @cached_property
    def fingerprint(self) -> str:
        """Hex sha256 of every row: language, unit, text."""
        digest = hashlib.sha256()
        for language, unit, text in self.frame.iter_rows():
            body = text.encode() if text is not None else b""
            digest.update(f"{language}\t{unit}\t{-1 if text is None else len(body)}\n".encode() + body)
        return digest.hexdigest()

    def languages(self) -> list[str]:
        """Sorted tags of the languages it holds."""
        return self.frame["language"].unique().sort().to_list()

    def batches(self, languages: Collection[str] | None = None) -> Iterator[pl.DataFrame]:
        """Yield frames of `SCHEMA`, each bounded by `BATCH_BYTES`."""
        chosen = self.frame
        if languages is not None:
            chosen = chosen.filter(pl.col("language").is_in(list(languages)))
        yield from batched(chosen.iter_rows())
