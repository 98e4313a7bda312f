"""The table of pieces, packed: language, block and id side by side in one number of 64 bits.

It is by far the largest table. Packed it takes 16 bytes a row instead of 25 and more, and one plain sort orders it.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from langcov.census.tables import PIECE_BLOCKS, schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

PACKED: Final = pl.Schema({"key": pl.UInt64, "tokens": pl.UInt64})

RANGES: Final = 16
"""Pieces of so many groups of languages are added up one after the other."""
TOGETHER: Final = 4
"""So many parts of such a group are added up at once."""

_ID_BITS: Final = np.uint64(32)
_BLOCKS: Final = np.uint64(PIECE_BLOCKS)


def places(language: NDArray[np.uint64], unit: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the part of the key that is not the id, from a language's number and a unit."""
    return (language * _BLOCKS + unit % _BLOCKS) << _ID_BITS


def summed(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Add up packed counts, sorted by key.

    Sorted parts are runs that a stable sort only merges; a hash table would take several times the memory.
    """
    parts = [part for part in parts if part.height]
    if len(parts) < 2:
        return parts[0] if parts else pl.DataFrame(schema=PACKED)
    key = np.concatenate([part["key"].to_numpy() for part in parts])
    tokens = np.concatenate([part["tokens"].to_numpy() for part in parts])
    order = np.argsort(key, kind="stable")
    key, tokens = key[order], tokens[order]
    del order
    first = np.flatnonzero(np.append(True, key[1:] != key[:-1]))
    return pl.DataFrame({"key": key[first], "tokens": np.add.reduceat(tokens, first)}, schema=PACKED)


def unpacked(packed: pl.DataFrame, tags: Sequence[str]) -> pl.DataFrame:
    """Return the rows of the table ``pieces`` without its tokenizer, sorted; languages are an Enum of sorted tags.

    Args:
        packed: One row per key.
        tags: The language of each number in the keys.
    """
    order = sorted(range(len(tags)), key=tags.__getitem__)
    rank = np.empty(len(tags), np.uint64)
    rank[order] = np.arange(len(tags), dtype=np.uint64)
    key = packed["key"].to_numpy()
    place, id_ = key >> _ID_BITS, key & ~(~np.uint64(0) << _ID_BITS)
    key = (rank[place // _BLOCKS] * _BLOCKS + place % _BLOCKS) << _ID_BITS | id_
    del place, id_
    by_key = np.argsort(key)
    key = key[by_key]
    place = key >> _ID_BITS
    in_order = pl.Enum([tags[number] for number in order])
    return pl.DataFrame(
        {
            "language": pl.Series((place // _BLOCKS).astype(np.uint32)).cat.to(in_order),
            "block": (place % _BLOCKS).astype(np.uint8),
            "id": key.astype(np.uint32),
            "tokens": packed["tokens"].gather(by_key),
        }
    )


def of_tokenizer(rows: pl.DataFrame, tokenizer: str) -> pl.DataFrame:
    """Return `unpacked` rows as a part of the table ``pieces``."""
    named = rows.with_columns(
        pl.lit(tokenizer).cast(pl.Categorical).alias("tokenizer"),
        pl.col("language").cast(pl.String).cast(pl.Categorical),
    )
    return named.select(schema("pieces").names()).cast(schema("pieces"))


def add_up_pieces(parts: Sequence[pl.LazyFrame]) -> pl.DataFrame:
    """Add up `unpacked` rows of one tokenizer.

    They are held packed and some languages at a time are added up, since that takes several times the memory of what is added.
    """
    kinds = [part.collect_schema()["language"] for part in parts]
    known = [kind.categories.to_list() for kind in kinds if isinstance(kind, pl.Enum)]
    tags = sorted({tag for own in known for tag in own})
    edges = places(np.linspace(0, len(tags), RANGES + 1).astype(np.uint64), np.zeros(1, np.uint64))
    ranges: list[list[pl.DataFrame]] = [[] for _ in range(RANGES)]
    for part, own in zip(parts, known, strict=True):
        number = np.array([tags.index(tag) for tag in own], np.uint64)
        rows = part.collect()
        language = number[rows["language"].to_physical().to_numpy()] if len(own) else np.empty(0, np.uint64)
        key = places(language, rows["block"].to_numpy().astype(np.uint64)) | rows["id"].to_numpy()
        tokens = rows["tokens"].to_numpy()
        for held, (begin, end) in zip(ranges, pairwise(np.searchsorted(key, edges).tolist()), strict=True):
            held.append(pl.DataFrame({"key": key[begin:end], "tokens": tokens[begin:end]}, schema=PACKED))
            if len(held) == TOGETHER:
                held[:] = [summed(held)]
        del rows, language, key, tokens
    found = []
    while ranges:
        found.append(unpacked(summed(ranges.pop(0)), tags))
    return pl.concat(found)
