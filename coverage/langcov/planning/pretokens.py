"""Text as a tokenizer cuts it before merging: distinct words, as ids of the existing vocabulary, and how often each occurs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from langcov.census.counting import with_text
from langcov.limits import LARGEST_ID
from langcov.tokenizers.huggingface import HuggingFaceTokenizer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langcov.corpora.base import Corpus
    from langcov.tokenizers.base import Tokenizer

Counts = NDArray[np.int64]

SPELLED: Final = LARGEST_ID + 1
"""A character that is spelled in byte-fallback pieces is one symbol here: this and its code point."""

COMPACT_ROWS: Final = 1_000_000
"""Words that are collected before equal ones are added up."""

_MARK: Final = b" "


class Cut(NamedTuple):
    """A ragged array: the symbols of word ``i`` are ``symbols[offsets[i]:offsets[i + 1]]``."""

    symbols: Counts
    offsets: Counts


@dataclass(frozen=True)
class Words:
    """Distinct words and their counts.

    Attributes:
        symbols: Ids of the existing vocabulary, or `SPELLED` and a code point; all words, one after the other.
        bounds: (words + 1) where each word starts.
        counts: (words, languages) how often each occurs.
    """

    symbols: Counts
    bounds: Counts
    counts: Counts


@dataclass(frozen=True)
class Cutter:
    """Cuts text into words of symbols, between which nothing is ever merged.

    A byte-level vocabulary's words are those of its pre-tokenizer. Where the mark ``▁`` stands for spaces, a word begins
    with each piece that begins with one; bytes that together spell a character are taken for one symbol; and words of
    their own are pieces that stand for no text (unknown, control) or for a byte that is a character by itself, and
    spelled characters that are neither letters, marks nor numbers: some scripts have signs for the space between words.
    """

    tokenizer: Tokenizer

    @cached_property
    def by_mark(self) -> bool:
        """Whether words begin where the vocabulary's pieces have a space."""
        return self.tokenizer.kind == "SentencePiece BPE"

    @cached_property
    def _tables(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_], Counts]:
        """By id: begins with a space; stands alone; which byte it is, or -1."""
        vocabulary = self.tokenizer.vocabulary
        ids = vocabulary["id"].to_numpy()
        spaced, alone = np.zeros((2, int(ids.max()) + 1), np.bool_)
        byte = np.full(len(spaced), -1)
        spaced[ids] = vocabulary["surface"].bin.starts_with(_MARK).to_numpy()
        is_byte = (vocabulary["kind"] == "byte").to_numpy()
        byte[ids[is_byte]] = [surface[0] for surface in vocabulary["surface"].filter(pl.Series(is_byte))]
        alone[ids] = (~vocabulary["kind"].is_in(["normal", "byte"])).to_numpy()
        return spaced, alone, byte

    def cut(self, texts: Sequence[str]) -> Cut:
        """Return the words of texts, from the first text's first to the last text's last."""
        if isinstance(self.tokenizer, HuggingFaceTokenizer):
            ids, offsets = self.tokenizer.encode_words(texts)
        else:
            ids, offsets = self.tokenizer.encode_batch(texts)
        if not self.by_mark or not len(ids):
            return Cut(ids.astype(np.int64), offsets)
        spaced, alone, byte = self._tables
        begins = np.zeros(len(ids) + 1, np.bool_)
        begins[offsets] = True
        value = byte[ids]
        # A byte below 0x80 is a character; what does not spell one is left as it is.
        single = alone[ids] | ((value >= 0) & (value < 0x80))
        begins[:-1] |= spaced[ids] | single
        begins[1:] |= single
        return _with_characters(ids, value, begins)


def collect(corpus: Corpus, languages: Sequence[str], cutter: Cutter) -> Words:
    """Count the distinct words of a corpus.

    Args:
        corpus: The text.
        languages: Tags; the columns of the counts, in this order.
        cutter: What cuts.
    """
    parts = [pl.DataFrame(schema={"symbols": pl.List(pl.Int64), "language": pl.String, "count": pl.Int64})]
    rows = 0
    for batch in corpus.batches(languages) if languages else ():
        frame = with_text(batch)
        for (language,), group in frame.group_by("language", maintain_order=True):
            found = _listed(cutter.cut(group["text"].to_list()))
            parts.append(
                _added_up(found.with_columns(language=pl.lit(language), count=pl.lit(1, pl.Int64))).select(
                    parts[0].columns
                )
            )
            rows += parts[-1].height
        if rows > COMPACT_ROWS:
            parts, rows = [_added_up(pl.concat(parts))], 0
    table = _added_up(pl.concat(parts))
    place = pl.DataFrame(
        {"language": languages, "place": range(len(languages))}, {"language": pl.String, "place": pl.Int64}
    )
    words = table.select("symbols").unique(maintain_order=True).with_row_index("word")
    placed = table.join(words, on="symbols", maintain_order="left").join(
        place, on="language", maintain_order="left"
    )
    counts = np.zeros((words.height, len(languages)), np.int64)
    counts[placed["word"].to_numpy(), placed["place"].to_numpy()] = placed["count"].to_numpy()
    bounds = np.append(0, np.cumsum(words["symbols"].list.len().to_numpy(), dtype=np.int64))
    return Words(words["symbols"].explode(empty_as_null=False).to_numpy(), bounds, counts)


def pairs(words: Words) -> tuple[Counts, Counts]:
    """Return the left and the right symbol of each two neighbours within words, as often as they occur there."""
    inside = np.ones(len(words.symbols), np.bool_)
    inside[words.bounds[1:] - 1] = False
    left = np.flatnonzero(inside)
    return words.symbols[left], words.symbols[left + 1]


def _with_characters(ids: NDArray[np.uint32], value: Counts, begins: NDArray[np.bool_]) -> Cut:
    """Put one symbol in the place of the bytes that spell a character."""
    symbols = ids.astype(np.int64)
    lead = np.flatnonzero(value >= 0xC2)
    length = 2 + (value[lead] >= 0xE0) + (value[lead] >= 0xF0)
    whole = lead + length <= len(ids)
    lead, length = lead[whole], length[whole]
    point = value[lead] & (0x7F >> length)
    kept = np.ones(len(ids), np.bool_)
    followed = np.ones(len(lead), np.bool_)
    for step in range(1, 4):
        longer = length > step
        at = np.minimum(lead + step, len(ids) - 1)
        goes_on = (value[at] & 0xC0) == 0x80
        followed &= ~longer | (goes_on & (value[at] >= 0) & ~begins[at])
        point = np.where(longer, point << 6 | value[at] & 0x3F, point)
    for step in range(1, 4):
        kept[(lead + step)[followed & (length > step)]] = False
    symbols[lead[followed]] = SPELLED + point[followed]
    signs = np.zeros(len(ids), np.bool_)
    signs[lead[followed]] = ~_in_words(point[followed])
    symbols, signs = symbols[kept], signs[kept]
    begins = np.append(begins[:-1][kept], True)
    begins[:-1] |= signs
    begins[1:] |= signs
    return Cut(symbols, np.flatnonzero(begins))


def _in_words(points: Counts) -> NDArray[np.bool_]:
    """Whether each code point is a letter, a mark or a number."""
    from unicodedata2 import category

    distinct, place = np.unique(points, return_inverse=True)
    found: NDArray[np.bool_] = np.array([category(chr(point))[0] in "LMN" for point in distinct], np.bool_)[
        place
    ]
    return found


def _listed(cut: Cut) -> pl.DataFrame:
    """Return a row for each word with the list of its symbols."""
    symbols, offsets = cut
    word = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    flat = pl.DataFrame({"word": word, "symbols": symbols})
    return flat.group_by("word", maintain_order=True).agg("symbols").select("symbols")


def _added_up(words: pl.DataFrame) -> pl.DataFrame:
    return words.group_by("symbols", "language", maintain_order=True).agg(pl.col("count").sum())
