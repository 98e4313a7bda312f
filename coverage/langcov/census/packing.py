"""The table of pieces, packed: language, block and id side by side in one number of 64 bits.

It is by far the largest table. Packed it takes 16 bytes a row instead of 25 and more, and one plain sort orders it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from langcov.census.tables import PIECE_BLOCKS, schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

PACKED: Final = pl.Schema({"key": pl.UInt64, "tokens": pl.UInt64})

_ID_BITS: Final = np.uint64(32)
_BLOCKS: Final = np.uint64(PIECE_BLOCKS)


def places(language: NDArray[np.uint64], unit: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the part of the key that is not the id, from a language's number and a unit."""
    return (language * _BLOCKS + unit % _BLOCKS) << _ID_BITS


def counted(keys: NDArray[np.uint64]) -> pl.DataFrame:
    """Count equal keys: one sort, and how long each run is. The keys are sorted in place."""
    keys.sort()
    last = np.flatnonzero(np.append(keys[1:] != keys[:-1], len(keys) > 0))
    tokens = np.diff(last, prepend=-1).astype(np.uint64)
    return pl.DataFrame({"key": keys[last], "tokens": tokens}, schema=PACKED)


def summed(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Add up packed counts."""
    return pl.concat([pl.DataFrame(schema=PACKED), *parts]).group_by("key").agg(pl.col("tokens").sum())


def unpacked(packed: pl.DataFrame, tokenizer: str, tags: Sequence[str]) -> pl.DataFrame:
    """Return the rows of the table ``pieces``, sorted.

    Args:
        packed: One row per key.
        tokenizer: Whose pieces they are.
        tags: The language of each number in the keys.
    """
    order = sorted(range(len(tags)), key=tags.__getitem__)
    rank = np.empty(len(tags), np.uint64)
    rank[order] = np.arange(len(tags), dtype=np.uint64)
    key = packed["key"].to_numpy()
    place, id_ = key >> _ID_BITS, key & ~(~np.uint64(0) << _ID_BITS)
    key = (rank[place // _BLOCKS] * _BLOCKS + place % _BLOCKS) << _ID_BITS | id_
    by_key = np.argsort(key)
    key = key[by_key]
    place = key >> _ID_BITS
    in_order = pl.Series([tags[number] for number in order], dtype=pl.Categorical)
    return pl.DataFrame(
        {
            "tokenizer": pl.repeat(tokenizer, len(key), dtype=pl.Categorical, eager=True),
            "language": in_order.gather(place // _BLOCKS),
            "block": (place % _BLOCKS).astype(np.uint8),
            "id": key.astype(np.uint32),
            "tokens": packed["tokens"].gather(by_key),
        },
        schema=schema("pieces"),
    )


def add_up_pieces(parts: Sequence[pl.LazyFrame]) -> pl.DataFrame:
    """Add up one tokenizer's parts of the table ``pieces``, holding them packed."""
    text = [part.with_columns(pl.col("tokenizer", "language").cast(pl.String)) for part in parts]
    tokenizers = pl.concat(text).select(pl.col("tokenizer").unique()).collect()["tokenizer"].to_list()
    tags = sorted(pl.concat(text).select(pl.col("language").unique()).collect()["language"].to_list())
    number = pl.col("language").replace_strict(tags, list(range(len(tags))), return_dtype=pl.UInt64)
    place = number * PIECE_BLOCKS + pl.col("block")
    keys = [
        part.select(key=place * (1 << 32) + pl.col("id"), tokens=pl.col("tokens")).collect() for part in text
    ]
    return unpacked(summed(keys), tokenizers[0] if tokenizers else "", tags)
