"""Spans and decoded texts of tokenizers whose tokens' bytes, joined, are the text: no engine need be asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from langcov.tokenizers import ragged
from langcov.tokenizers.base import Spans

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from langcov.tokenizers.base import Encoded, Offsets


@dataclass(frozen=True)
class Joining:
    """What each id stands for.

    Args:
        surfaces: The bytes of each id; none for one that the vocabulary does not have.
        lengths: How many they are.
    """

    surfaces: list[bytes]
    lengths: Offsets

    @classmethod
    def of(cls, vocabulary: pl.DataFrame) -> Self:
        """Take a vocabulary (`langcov.tokenizers.base.VOCABULARY_SCHEMA`)."""
        ids, found = vocabulary["id"].to_list(), vocabulary["surface"].to_list()
        surfaces = [b""] * (max(ids, default=-1) + 1)
        for id_, surface in zip(ids, found, strict=True):
            surfaces[id_] = surface
        return cls(surfaces, np.fromiter(map(len, surfaces), np.int64, len(surfaces)))

    def decoded(self, sequences: Sequence[Sequence[int]]) -> list[str]:
        """Decode each sequence of ids to text; bytes that are no UTF-8 become U+FFFD."""
        return [b"".join(map(self.surfaces.__getitem__, ids)).decode(errors="replace") for ids in sequences]

    def spans(self, encoded: Encoded, texts: Sequence[str]) -> Spans:
        """Return where the tokens of texts lie; a token that holds a part of a character spans it.

        Args:
            encoded: The texts' tokens.
            texts: As they were encoded. The bytes of each must be those of its tokens.
        """
        return spans(self.lengths, encoded, texts)


def spans(lengths: Offsets, encoded: Encoded, texts: Sequence[str]) -> Spans:
    """Return where the tokens of texts lie; a token that holds a part of a character spans it.

    Args:
        lengths: How many bytes each id stands for.
        encoded: The texts' tokens.
        texts: The bytes of each must be those of its tokens.
    """
    data = np.frombuffer("".join(texts).encode(), np.uint8)
    # The character of each byte, and one more for the end.
    character = np.append(np.cumsum((data & 0xC0) != 0x80) - 1, 0)
    bounds = ragged.bounds(lengths[encoded.ids])
    first = ragged.bounds(np.fromiter(map(len, texts), np.int64, len(texts)))[:-1]
    back = np.repeat(first, np.diff(encoded.offsets))
    starts = character[bounds[:-1]]
    ends = np.where(np.diff(bounds) > 0, character[bounds[1:] - 1] + 1, starts)
    return Spans(encoded.ids, encoded.offsets, starts - back, ends - back)
