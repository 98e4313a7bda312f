"""A corpus small enough to lie in memory as one frame: the samples, the UDHR."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
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

    def partitions(self, languages: Collection[str] | None, size: int) -> list[FramePartition]:
        """Return runs of languages that hold about ``size`` bytes of text; see `langcov.corpora.partitions`."""
        sizes = (
            self._chosen(languages)
            .group_by("language", maintain_order=True)
            .agg(pl.col("text").str.len_bytes().sum())
        )
        runs: list[list[str]] = []
        held = 0
        for language, taken in sizes.iter_rows():
            if not runs or held + taken > size:
                runs.append([])
                held = 0
            runs[-1].append(language)
            held += taken
        return [FramePartition(replace(self, frame=self._chosen(run))) for run in runs]

    def _chosen(self, languages: Collection[str] | None) -> pl.DataFrame:
        if languages is None:
            return self.frame
        return self.frame.filter(pl.col("language").is_in(list(languages)))


@dataclass(frozen=True)
class FramePartition:
    """Some languages of a corpus that is a frame."""

    corpus: FrameCorpus

    @property
    def name(self) -> str:
        """``udhr abk_Cyrl`` or ``udhr abk_Cyrl to deu_Latn``."""
        tags = self.corpus.frame["language"]
        return f"{self.corpus.name} {tags[0]}" + (f" to {tags[-1]}" if tags[-1] != tags[0] else "")

    def batches(self, languages: Collection[str] | None = None) -> Iterator[pl.DataFrame]:
        """Yield frames of `SCHEMA`, each bounded by `BATCH_BYTES`."""
        return self.corpus.batches(languages)
