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

    def expected_bytes(self, languages: Collection[str] | None = None) -> int:
        """Bytes of text that `batches` will give."""
        return int(self._chosen(languages)["text"].str.len_bytes().sum())

    def batches(self, languages: Collection[str] | None = None) -> Iterator[pl.DataFrame]:
        """Yield frames of `SCHEMA`, each bounded by `BATCH_BYTES`."""
        yield from batched(self._chosen(languages).iter_rows())

    def _chosen(self, languages: Collection[str] | None) -> pl.DataFrame:
        if languages is None:
            return self.frame
        return self.frame.filter(pl.col("language").is_in(list(languages)))
