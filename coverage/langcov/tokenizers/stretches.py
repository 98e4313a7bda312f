"""Texts cut where no tokenizer that keeps words apart joins anything: before a space that follows something visible.

Text repeats itself: of a hundred megabytes of prose, the distinct stretches between two such cuts are a quarter or less. What
a tokenizer makes of a text is, for most tokenizers, what it makes of the stretches, one after the other; then each distinct
one needs to be encoded and placed only once.

A cut is made before a space if the character before it is neither white space nor a control or format character, unless
the text ends with that space. So runs of spaces stay whole, with the word behind them, and no stretch but the first of a
text is without a space at its beginning and something behind that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, Self

import numpy as np
import polars as pl

from langcov.tokenizers import ragged
from langcov.tokenizers.base import Encoded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from langcov.tokenizers.base import Offsets

Way = Literal["with space", "without space"]
"""How a stretch in the midst of a text is given to a tokenizer: with the space it begins with, or without, where the
tokenizer itself puts one before every text."""

WAYS: Final[tuple[Way, ...]] = ("with space", "without space")

_SPACE_BEHIND: Final = re.compile(rb"[^\x00-\x20] ")

_NOT_VISIBLE_AT_END: Final = r"[\s\p{Z}\p{C}▁]$"


@dataclass(frozen=True)
class Stretches:
    """Several texts as the stretches that they are made of, each distinct one kept once.

    Attributes:
        texts: (stretches) each without the space that it begins with in the midst of a text.
        first: (stretches) whether it is the beginning of a text. One that is also found in the midst of a text is kept twice.
        sequence: The number of every stretch of the texts, text after text.
        bounds: (texts + 1) where each text's stretches begin in ``sequence``.
    """

    texts: pl.Series
    first: NDArray[np.bool_]
    sequence: NDArray[np.uint32]
    bounds: Offsets

    @classmethod
    def of(cls, texts: pl.Series) -> Self:
        """Cut texts; none may be missing.

        >>> cut = Stretches.of(pl.Series(["a b  c", "b b"]))
        >>> cut.texts.to_list(), cut.first.tolist(), cut.sequence.tolist(), cut.bounds.tolist()
        (['a', 'b', 'b', ' c'], [True, False, True, False], [0, 1, 3, 2, 1], [0, 3, 5])
        """
        lists = texts.str.split(" ")
        begins = np.zeros(len(texts) + 1, np.int64)
        np.cumsum(lists.list.len().to_numpy(), out=begins[1:])
        parts = lists.explode(empty_as_null=False, keep_nulls=False).cast(
            pl.Categorical(pl.Categories.random())
        )
        codes = parts.to_physical().to_numpy()
        distinct = _by_code(parts)
        is_first = np.zeros(len(codes), np.bool_)
        is_first[begins[:-1]] = True
        cuts = is_first | _may_cut(codes, distinct, begins)
        runs = np.flatnonzero(cuts)
        code = codes[runs]
        if len(runs) < len(codes):
            several = np.diff(runs, append=len(codes)) > 1
            of_several = np.repeat(several, np.diff(runs, append=len(codes)))
            joined = (
                pl.DataFrame(
                    {
                        "run": np.cumsum(cuts)[of_several],
                        "part": parts.filter(pl.Series(of_several)).cast(pl.String),
                    }
                )
                .group_by("run", maintain_order=True)
                .agg(pl.col("part").str.join(" "))["part"]
                .cast(parts.dtype)
            )
            code = code.copy()
            code[several] = joined.to_physical().to_numpy()
            distinct = _by_code(parts, joined)
        key = code.astype(np.int64) * 2 + is_first[runs]
        found = np.zeros(2 * len(distinct), np.bool_)
        found[key] = True
        chosen = np.flatnonzero(found)
        number = np.cumsum(found, dtype=np.uint32) - np.uint32(1)
        return cls(
            texts=distinct.gather(chosen >> 1),
            first=(chosen & 1).astype(np.bool_),
            sequence=number[key],
            bounds=np.searchsorted(runs, begins),
        )

    def given(self, way: Way, which: NDArray[np.integer[Any]] | None = None) -> pl.Series:
        """Return the stretches as they are given to a tokenizer: all, or those with these numbers."""
        texts = self.texts if which is None else self.texts.gather(which)
        if way == "without space":
            return texts
        first = pl.Series(self.first if which is None else self.first[which])
        return texts.to_frame("text").select(
            pl.when(first).then("text").otherwise(pl.lit(" ") + pl.col("text"))
        )["text"]

    def encoded(self, of_each: Encoded, texts: NDArray[np.integer[Any]] | None = None) -> Encoded:
        """Return the ids of the texts, from those of the stretches.

        Args:
            of_each: The ids of every stretch.
            texts: Which texts; None: all.
        """
        chosen = np.arange(len(self.bounds) - 1) if texts is None else texts
        runs, per_text = ragged.places(self.bounds, chosen)
        places, per_run = ragged.places(of_each.offsets, self.sequence[runs])
        return Encoded(of_each.ids[places], ragged.bounds(per_run)[ragged.bounds(per_text)])


def crosses(vocabulary: pl.DataFrame) -> bool:
    """Whether a vocabulary has an entry that may reach over a cut, so that texts are more than their stretches."""
    doubtful = [surface for surface in vocabulary["surface"].to_list() if _SPACE_BEHIND.search(surface)]
    found = Stretches.of(pl.Series([each.decode(errors="replace") for each in doubtful], dtype=pl.String))
    return len(found.sequence) > len(doubtful)


def _may_cut(codes: NDArray[np.uint32], distinct: pl.Series, begins: Offsets) -> NDArray[np.bool_]:
    """Whether there may be a cut before each part, but for those that begin a text."""
    empty = (distinct == "").to_numpy()
    goes_on = empty | distinct.str.contains(_NOT_VISIBLE_AT_END).to_numpy()
    may = np.zeros(len(codes), np.bool_)
    may[1:] = ~goes_on[codes[:-1]]
    last = begins[1:] - 1
    may[last[empty[codes[last]]]] = False
    return may


def _by_code(*found: pl.Series) -> pl.Series:
    """Return the strings of a categorical type of our own, in the order of its codes."""
    distinct = pl.concat([each.unique() for each in found]).unique()
    order = np.argsort(distinct.to_physical().to_numpy())
    return distinct.gather(order).cast(pl.String)
