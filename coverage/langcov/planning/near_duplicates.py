"""Documents that several languages' texts share, word for word or nearly: found in one pass, in bounded memory.

A document is the set of its shingles: runs of `SHINGLE` letters and digits, case, spaces and punctuation left out. Each
shingle has a hash of 64 bits. They fall into `BINS` bins, and the smallest of each bin is the document's signature: the
share of bins in which two signatures agree estimates the share of shingles that the two have in common (Broder 1997; one
permutation: Li, Owen & Zhang 2012, arXiv 1208.1259).

Of each language those `KEPT` documents are kept whose smallest hash is smallest. That is a sample by content: documents
with common shingles tend to be kept in every language or in none, so that twins meet however large the corpus is. A
language of no more than `KEPT` documents is kept whole. A kept document takes some 300 bytes; 400 languages that
each have more documents than are kept took 0.9 GB in all while their sketches were merged and compared. Sketches of two
halves of a text merge into the sketch of the whole.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from langcov.census.characters import code_points, word_character_table
from langcov.tokenizers.ragged import bounds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

SHINGLE: Final = 9
"""Letters of a shingle: more than most words, so that what two texts share is rather wording than words."""

BINS: Final = 64
KEPT: Final = 1000
"""Documents of a language that are compared."""

LEAST_SHINGLES: Final = 40
"""A shorter document is not looked at: headings and names are alike in many languages, and rightly so."""

MOST_CHARACTERS: Final = 20_000
"""So much of a document is taken for its shingles; the hash that exact copies share is of all of it."""

ALIKE: Final = 0.8
"""Documents that have this share of their shingles in common, or more, are near-duplicates."""

MOST_MATES: Final = 50
"""In a crowd of documents that agree in two bins, each is compared with so many of other languages at most."""

SCHEMA: Final = pl.Schema(
    {
        "language": pl.String(),
        "key": pl.UInt64(),
        "content": pl.UInt64(),
        "copies": pl.UInt64(),
        "signature": pl.Array(pl.UInt32, BINS),
    }
)
"""A kept document: its smallest hash, the hash of its whole text, how often it occurred, and its signature (0: an empty bin)."""

TWINS: Final = pl.Schema(
    {
        "language": pl.String,
        "other": pl.String,
        "compared": pl.UInt32,
        "near": pl.UInt32,
        "exact": pl.UInt32,
        "share": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
    }
)
"""``near`` of ``compared`` documents of a language have a near-duplicate among those of another, ``exact`` of them the same
letters; ``low`` and ``high`` bound the share (Wilson), where the documents are a sample; one kept whole has no interval."""

_STEP: Final = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Sketch:
    """What is kept of a text.

    Attributes:
        kept: One row a document (`SCHEMA`), the smallest keys of each language, sorted.
        looked_at: Per language: ``documents`` long enough to be looked at, and ``short`` ones.
    """

    kept: pl.DataFrame
    looked_at: pl.DataFrame

    @classmethod
    def empty(cls) -> Sketch:
        """Return the sketch of no text."""
        return cls(
            pl.DataFrame(schema=SCHEMA),
            pl.DataFrame(schema={"language": pl.String, "documents": pl.UInt64, "short": pl.UInt64}),
        )

    @classmethod
    def of(cls, languages: pl.Series, texts: Sequence[str], last: Mapping[str, int] | None = None) -> Sketch:
        """Return the sketch of some documents.

        Args:
            languages: Tags.
            texts: As many.
            last: The largest key that may still be kept of languages that have enough: others need no signature.
        """
        hashes, document = _shingles(texts)
        is_long = np.bincount(document, minlength=len(texts)) >= LEAST_SHINGLES
        looked_at = (
            pl.DataFrame({"language": languages, "long": pl.Series(is_long)})
            .group_by("language")
            .agg(
                documents=pl.col("long").sum().cast(pl.UInt64), short=(~pl.col("long")).sum().cast(pl.UInt64)
            )
            .sort("language")
        )
        key = np.full(len(texts), np.iinfo(np.uint64).max, np.uint64)
        np.minimum.at(key, document, hashes)
        limit = languages.replace_strict(last or {}, default=np.iinfo(np.uint64).max, return_dtype=pl.UInt64)
        chosen = np.flatnonzero(is_long & (key <= limit.to_numpy()))
        if not len(chosen):
            return cls(cls.empty().kept, looked_at)
        own = np.isin(document, chosen)
        frame = pl.DataFrame(
            {
                "language": languages.gather(chosen),
                "key": key[chosen],
                "content": [_content(texts[at]) for at in chosen],
                "copies": np.ones(len(chosen), np.uint64),
                "signature": _signatures(hashes[own], np.searchsorted(chosen, document[own]), len(chosen)),
            },
            schema=SCHEMA,
        )
        return cls(_smallest(frame), looked_at)

    def merged(self, other: Sketch) -> Sketch:
        """Return the sketch of both texts together."""
        looked_at = (
            pl.concat([self.looked_at, other.looked_at])
            .group_by("language")
            .agg(pl.col("documents", "short").sum())
            .sort("language")
        )
        return Sketch(_smallest(pl.concat([self.kept, other.kept])), looked_at)

    def repeated(self) -> pl.DataFrame:
        """Return per language the share of its documents that repeat another one letter for letter: ``language, repeated``.

        Kept documents are counted wherever they occur, so that their share is that of the language's whole text.
        """
        copies = pl.col("copies").sum()
        return self.kept.group_by("language").agg(repeated=(copies - pl.len()) / copies).sort("language")

    def twins(self) -> pl.DataFrame:
        """Return which languages share documents: a frame of `TWINS`, one row for each direction, largest share first.

        A pair is listed if at least one document has a near-duplicate. Compared are those documents of a language that
        would have been kept in the other one, too.
        """
        documents = self.kept.with_row_index("document")
        if documents.is_empty():
            return pl.DataFrame(schema=TWINS)
        pairs = _alike(documents)
        limit = (
            documents.group_by("language")
            .agg(pl.len().alias("kept"), pl.col("key").max().alias("last"))
            .with_columns(full=pl.col("kept") < KEPT)
            .with_columns(limit=pl.when("full").then(pl.lit(np.iinfo(np.uint64).max)).otherwise("last"))
        )
        found = (
            pairs.group_by("document", "other")
            .agg(pl.col("exact").any())
            .join(documents.select("document", "language", "key"), on="document")
            .join(limit.select(pl.col("language").alias("other"), "limit"), on="other")
            .filter(pl.col("key") <= pl.col("limit"))
            .group_by("language", "other", "limit")
            .agg(near=pl.len(), exact=pl.col("exact").sum())
        )
        compared = (
            found.select("language", "other", "limit")
            .join(documents.select("language", "key"), on="language")
            .group_by("language", "other")
            .agg(compared=(pl.col("key") <= pl.col("limit")).sum())
        )
        table = found.join(compared, on=["language", "other"]).join(
            limit.select("language", own=pl.col("full")), on="language"
        )
        table = table.join(limit.select(pl.col("language").alias("other"), whole=pl.col("full")), on="other")
        low, high = wilson(table["near"].to_numpy(), table["compared"].to_numpy())
        sampled = ~(pl.col("own") & pl.col("whole"))
        return (
            table.with_columns(
                share=pl.col("near") / pl.col("compared"),
                low=pl.when(sampled).then(pl.Series(low)),
                high=pl.when(sampled).then(pl.Series(high)),
            )
            .select(TWINS.names())
            .cast(TWINS)
            .sort("share", "near", "language", "other", descending=[True, True, False, False])
        )


def wilson(
    successes: NDArray[np.int64], trials: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the bounds of Wilson's 95 % interval of a share; NaN where there are no trials.

    >>> [bound.round(3).tolist() for bound in wilson(np.array([0, 5]), np.array([10, 10]))]
    [[0.0, 0.237], [0.278, 0.763]]
    """
    from scipy.stats import norm

    z = norm.ppf(0.975)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = successes / trials
        middle = share + z**2 / (2 * trials)
        half = z * np.sqrt(share * (1 - share) / trials + z**2 / (4 * trials.astype(np.float64) ** 2))
        whole = 1 + z**2 / trials
        return np.maximum((middle - half) / whole, 0), np.minimum((middle + half) / whole, 1)


def _smallest(frame: pl.DataFrame) -> pl.DataFrame:
    """Add up copies of one document, and keep the documents of each language whose keys are smallest."""
    return (
        frame.group_by("language", "key", "content")
        .agg(pl.col("copies").sum(), pl.col("signature").first())
        .sort("language", "key", "content")
        .filter(pl.int_range(pl.len()).over("language") < KEPT)
        .select(SCHEMA.names())
    )


def _shingles(texts: Sequence[str]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Hash every shingle of every text; return the hashes and the text of each."""
    cut = [text[:MOST_CHARACTERS].lower() for text in texts]
    starts = bounds(np.fromiter(map(len, cut), np.int64, len(cut)))
    points = code_points(cut)
    text = np.repeat(np.arange(len(cut)), np.diff(starts))
    kept = word_character_table()[points]
    points, text = points[kept], text[kept]
    size = max(len(points) - SHINGLE + 1, 0)
    mixed = _mixed(points.astype(np.uint64))
    hashes = np.zeros(size, np.uint64)
    for place in range(SHINGLE):
        # Each letter is turned by its place, so that the order of letters counts.
        hashes = (hashes << np.uint64(7)) ^ (hashes >> np.uint64(57)) ^ mixed[place : place + size]
    inside = text[:size] == text[SHINGLE - 1 :][:size]
    return _mixed(hashes[inside]), text[:size][inside]


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return a hash of each number (splitmix64's finisher: Steele, Lea & Flood 2014)."""
    mixed = values + _STEP
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def _signatures(hashes: NDArray[np.uint64], document: NDArray[np.int64], number: int) -> NDArray[np.uint32]:
    """Return (number, BINS) the smallest hash of each bin, as 32 bits of it; 0 where a bin is empty."""
    smallest = np.full(number * BINS, np.iinfo(np.uint64).max, np.uint64)
    np.minimum.at(smallest, document * BINS + (hashes % np.uint64(BINS)).astype(np.int64), hashes)
    empty = smallest == np.iinfo(np.uint64).max
    short = (_mixed(smallest) >> np.uint64(32)).astype(np.uint32) | np.uint32(1)
    short[empty] = 0
    signatures: NDArray[np.uint32] = short.reshape(number, BINS)
    return signatures


def _content(text: str) -> int:
    """Hash a whole text but for case, spaces and punctuation."""
    letters = code_points([text.lower()])
    kept = letters[word_character_table()[letters]]
    return int.from_bytes(hashlib.blake2b(kept.tobytes(), digest_size=8).digest(), "little")


def _alike(documents: pl.DataFrame) -> pl.DataFrame:
    """Return ``document, other, exact``: each document that has a near-duplicate in another language.

    Compared are documents that agree in two neighbouring bins, as nearly all do that have 80 % of their shingles in common: of
    the shortest, which leave half of the bins empty, one in a thousand is missed.
    """
    signature = documents["signature"].to_numpy()
    languages, language = np.unique(documents["language"].to_numpy(), return_inverse=True)
    content = documents["content"].to_numpy()
    found: list[NDArray[np.int64]] = [np.empty((2, 0), np.int64)]
    for band in range(0, BINS, 2):
        both = (signature[:, band].astype(np.uint64) << np.uint64(32)) | signature[:, band + 1]
        filled = np.flatnonzero((signature[:, band] != 0) & (signature[:, band + 1] != 0))
        order = filled[np.argsort(both[filled], kind="stable")]
        if not len(order):
            continue
        starts = np.flatnonzero(np.concatenate([[True], both[order][1:] != both[order][:-1]]))
        sizes = np.diff(np.append(starts, len(order)))
        for start, size in zip(starts[sizes > 1], sizes[sizes > 1], strict=True):
            group = order[start : start + size]
            # One document stands for its language, so that a crowd of n takes n times few comparisons.
            _, first = np.unique(language[group], return_index=True)
            if len(first) > 1:
                mates = group[first[:MOST_MATES]]
                left, right = np.repeat(group, len(mates)), np.tile(mates, len(group))
                found.append(np.stack([left, right])[:, language[left] != language[right]])
    left, right = np.unique(np.concatenate(found, axis=1), axis=1)
    step = 100_000
    alike = np.zeros(len(left), np.bool_)
    for begin in range(0, len(left), step):
        part = slice(begin, begin + step)
        one, other = signature[left[part]], signature[right[part]]
        agree = ((one == other) & (one != 0)).sum(axis=1)
        alike[part] = agree >= ALIKE * ((one != 0) | (other != 0)).sum(axis=1)
    left, right = left[alike], right[alike]
    return pl.DataFrame(
        {
            "document": pl.Series(left, dtype=pl.UInt32),
            "other": pl.Series(languages[language[right]].tolist(), dtype=pl.String),
            "exact": pl.Series(content[left] == content[right], dtype=pl.Boolean),
        }
    )
