"""What is counted of a mixture in one pass: sums by language, and two samples of bounded size.

Counts of two halves of a text merge into the counts of the whole (`MixtureCounts.merged`), whatever the cut: sums add up,
and the samples are those documents whose hashes are smallest.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from langcov.census.counting import with_text
from langcov.census.text import TextBatch, script_table
from langcov.planning.near_duplicates import KEPT, Sketch

if TYPE_CHECKING:
    from langcov.planning.identify import Profiles
    from langcov.tokenizers.base import Tokenizer

SAMPLED: Final = 300
"""Documents of a language whose language is identified."""

LEAST_CHARACTERS: Final = 100
"""A shorter document is not among them: `langcov.planning.identify` was measured from here on."""

COMPACT_ROWS: Final = 50_000
"""Parts are merged as soon as together they have so many rows."""

TEXT: Final = pl.Schema(
    {
        "language": pl.String,
        "documents": pl.UInt64,
        "bytes": pl.UInt64,
        "characters": pl.UInt64,
        "tokens": pl.UInt64,
        "skipped": pl.UInt64,
    }
)
"""``documents`` are the corpus' lines or rows; ``skipped`` are those without text; ``tokens`` is 0 without a tokenizer."""

SCRIPTS: Final = pl.Schema({"language": pl.String, "script": pl.String, "characters": pl.UInt64})

SAMPLE: Final = pl.Schema(
    {
        "language": pl.String,
        "key": pl.UInt64,
        "found": pl.String,
        "agrees": pl.Boolean,
        "known": pl.Boolean,
    }
)
"""A document that was identified: its hash, what it was found to be (`langcov.planning.identify.Found`)."""


@dataclass(frozen=True)
class MixtureCounts:
    """Sums and samples.

    Attributes:
        text: Sums by language (`TEXT`).
        scripts: Characters by language and script (`SCRIPTS`).
        sample: Identified documents (`SAMPLE`), at most `SAMPLED` a language; none where there are no profiles.
        sketch: Documents to compare with those of other languages.
    """

    text: pl.DataFrame
    scripts: pl.DataFrame
    sample: pl.DataFrame
    sketch: Sketch

    @classmethod
    def empty(cls) -> MixtureCounts:
        """Return the counts of no text."""
        text, scripts, sample = (pl.DataFrame(schema=schema) for schema in (TEXT, SCRIPTS, SAMPLE))
        return cls(text, scripts, sample, Sketch.empty())

    def merged(self, *others: MixtureCounts) -> MixtureCounts:
        """Return the counts of all texts together."""
        every = (self, *others)
        sketch = self.sketch
        for other in others:
            sketch = sketch.merged(other.sketch)
        return MixtureCounts(
            _summed([each.text for each in every], TEXT),
            _summed([each.scripts for each in every], SCRIPTS),
            _smallest(pl.concat([each.sample for each in every])),
            sketch,
        )


@dataclass
class MixtureTally:
    """Counts batches as they come.

    Attributes:
        profiles: What identifies languages; None: nothing does.
        tokenizer: Whose tokens are counted; None: nobody's.
    """

    profiles: Profiles | None = None
    tokenizer: Tokenizer | None = None
    _total: MixtureCounts = field(default_factory=MixtureCounts.empty)
    _parts: list[MixtureCounts] = field(default_factory=list)
    _rows: int = 0
    _sampled: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SAMPLE))
    _samples: list[pl.DataFrame] = field(default_factory=list)
    _last_sampled: dict[str, int] = field(default_factory=dict)
    _last_kept: dict[str, int] = field(default_factory=dict)

    def add(self, frame: pl.DataFrame) -> None:
        """Count a batch of a corpus (``language, unit, text``)."""
        kept = with_text(frame)
        sketch = Sketch.empty()
        if kept.height:
            sketch = Sketch.of(kept["language"], kept["text"].to_list(), self._last_kept)
        part = MixtureCounts(self._text(frame, kept), _scripts(kept), pl.DataFrame(schema=SAMPLE), sketch)
        self._parts.append(part)
        self._rows += sketch.kept.height + part.text.height
        self._samples.append(self._sample(kept))
        # Soon, for what comes after enough documents with smaller hashes need not be identified; but seldom enough.
        if sum(each.height for each in self._samples) > max(2 * SAMPLED, self._sampled.height // 4):
            self._settle_sample()
        if self._rows > COMPACT_ROWS:
            self.total()

    def total(self) -> MixtureCounts:
        """Return the counts of all batches so far."""
        self._settle_sample()
        if self._parts:
            merged = self._total.merged(*self._parts)
            self._parts, self._rows = [], 0
            self._last_kept = _last(merged.sketch.kept, KEPT)
            self._total = merged
        self._total = replace(self._total, sample=self._sampled)
        return self._total

    def _settle_sample(self) -> None:
        if self._samples:
            self._sampled = _smallest(pl.concat([self._sampled, *self._samples]))
            self._samples = []
            self._last_sampled = _last(self._sampled, SAMPLED)

    def _text(self, frame: pl.DataFrame, kept: pl.DataFrame) -> pl.DataFrame:
        texts = kept["text"]
        tokens = np.zeros(kept.height, np.uint64)
        if self.tokenizer is not None and kept.height:
            tokens = np.diff(self.tokenizer.encode_batch(texts.to_list()).offsets).astype(np.uint64)
        counted = kept.select(
            "language",
            documents=pl.lit(1, pl.UInt64),
            bytes=texts.str.len_bytes().cast(pl.UInt64),
            characters=texts.str.len_chars().cast(pl.UInt64),
            tokens=pl.Series(tokens),
            skipped=pl.lit(0, pl.UInt64),
        )
        lost = frame.height - kept.height
        if not lost:
            return _summed([counted], TEXT)
        empty = frame.select("language", "text").join(kept.select("text"), on="text", how="anti")
        nothing = {name: pl.lit(0, pl.UInt64) for name in ("documents", "bytes", "characters", "tokens")}
        return _summed([counted, empty.select("language", **nothing, skipped=pl.lit(1, pl.UInt64))], TEXT)

    def _sample(self, kept: pl.DataFrame) -> pl.DataFrame:
        long = kept.filter(pl.col("text").str.len_chars() >= LEAST_CHARACTERS)
        if self.profiles is None or not long.height:
            return pl.DataFrame(schema=SAMPLE)
        key = [
            int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")
            for text in long["text"]
        ]
        # A document that comes after so many with smaller hashes is in no sample.
        last = long["language"].replace_strict(
            self._last_sampled, default=np.iinfo(np.uint64).max, return_dtype=pl.UInt64
        )
        chosen = _smallest(
            long.select("language", "text", key=pl.Series(key, dtype=pl.UInt64)).filter(pl.col("key") <= last)
        )
        found = self.profiles.identify(chosen["text"].to_list(), chosen["language"].to_list())
        return chosen.select(
            "language",
            "key",
            found=pl.Series(found.language.tolist(), dtype=pl.String),
            agrees=pl.Series(found.agrees, dtype=pl.Boolean),
            known=pl.Series(found.known, dtype=pl.Boolean),
        )


def _scripts(kept: pl.DataFrame) -> pl.DataFrame:
    if not kept.height:
        return pl.DataFrame(schema=SCRIPTS)
    from scipy import sparse

    languages = kept.select(pl.col("language").unique().sort())
    group = kept["language"].cast(pl.Enum(languages["language"])).to_physical().to_numpy()
    membership = sparse.csr_array((np.ones(kept.height, np.int64), (group, np.arange(kept.height))))
    table = script_table(languages, membership @ TextBatch(kept["text"]).script_matrix())
    return _summed([table], SCRIPTS)


def _summed(parts: list[pl.DataFrame], schema: pl.Schema) -> pl.DataFrame:
    keys = [name for name, kind in schema.items() if kind == pl.String]
    counts = [name for name in schema if name not in keys]
    frames = [part.select(schema.names()).cast(schema) for part in parts]
    return pl.concat(frames).group_by(keys).agg(pl.col(counts).sum()).select(schema.names()).sort(keys)


def _last(kept: pl.DataFrame, most: int) -> dict[str, int]:
    """Return the largest key of each language that has as many documents as are kept."""
    full = kept.group_by("language").agg(pl.len(), pl.col("key").max()).filter(pl.col("len") >= most)
    return dict(full.select("language", "key").iter_rows())


def _smallest(sample: pl.DataFrame) -> pl.DataFrame:
    """Keep the documents of each language whose hashes are smallest, each once."""
    return (
        sample.unique(["language", "key"], keep="any")
        .sort("language", "key")
        .filter(pl.int_range(pl.len()).over("language") < SAMPLED)
    )
