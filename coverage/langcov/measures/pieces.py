"""What a tokenizer made of each language, as arrays: tokens by language, piece and block of units."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from langcov.census.tables import PIECE_BLOCKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from langcov.census.tables import Census


class PieceCounts(NamedTuple):
    """One entry per language and piece, by language and then by id."""

    language: NDArray[np.int64]
    """(N,) the language's place."""

    id: NDArray[np.int64]
    """(N,) the piece's id."""

    by_block: NDArray[np.float64]
    """(8, N) its tokens in each block of units."""

    def only(self, kept: NDArray[np.bool_]) -> PieceCounts:
        """Return some of the entries."""
        return PieceCounts(self.language[kept], self.id[kept], self.by_block[:, kept])


def pieces_of(census: Census, tokenizer: str, languages: Sequence[str]) -> PieceCounts:
    """Return what a tokenizer made of some languages of a census, in that order."""
    own = census.pieces_of(tokenizer)
    known = census.languages
    places = {tag: place for place, tag in enumerate(languages)}
    place_of = np.array([places.get(tag, -1) for tag in known], np.int64)
    key = place_of[own["language"].cast(pl.Enum(known)).to_physical().to_numpy()]
    chosen = None if len(languages) == len(known) else key >= 0
    key <<= 32
    key += own["id"].to_numpy()
    block, tokens = own["block"].to_numpy(), own["tokens"].to_numpy()
    del own
    if chosen is not None:
        key, block, tokens = key[chosen], block[chosen], tokens[chosen]
    order = np.argsort(key)
    key = key[order]
    new = np.diff(key, prepend=-1) != 0
    by_block = np.zeros((PIECE_BLOCKS, np.count_nonzero(new)))
    by_block[block[order], np.cumsum(new) - 1] = tokens[order]
    key = key[new]
    return PieceCounts(key >> 32, key & 0xFFFFFFFF, by_block)
