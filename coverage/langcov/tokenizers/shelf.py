"""A tokenizer put by: what is asked of it without encoding is at hand, and the rest is unpacked when it is first needed.

The reference of a tokenizer that a faster engine encodes for takes most of the memory and of the time to load, and hardly any
text needs it.
"""

from __future__ import annotations

import copy
import pickle
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from langcov.tokenizers.definition import packed, unpacked
from langcov.tokenizers.huggingface import HuggingFaceTokenizer

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from langcov.tokenizers.base import Encoded, Exactness, Spans, Tokenizer


def put_by(tokenizer: Tokenizer) -> Tokenizer:
    """Return the same tokenizer, to be unpacked when it first has to encode, decode or normalise."""
    if isinstance(tokenizer, HuggingFaceTokenizer):  # which can be that itself
        return copy.copy(tokenizer)
    return ShelvedTokenizer.of(tokenizer)


@dataclass(frozen=True, eq=False)
class ShelvedTokenizer:
    """A tokenizer that is unpacked when it first has to encode, decode or normalise.

    Args:
        packed: The tokenizer, pickled and compressed.
    """

    name: str
    kind: str
    fingerprint: str
    engine: str
    source: str
    exactness: Exactness
    decodes: Literal["joined", "without first space", "otherwise"]
    vocabulary: pl.DataFrame = field(repr=False)
    packed: bytes = field(repr=False)

    @classmethod
    def of(cls, tokenizer: Tokenizer) -> ShelvedTokenizer:
        """Put a tokenizer by."""
        return cls(
            tokenizer.name,
            tokenizer.kind,
            tokenizer.fingerprint,
            tokenizer.engine,
            tokenizer.source,
            tokenizer.exactness,
            tokenizer.decodes,
            tokenizer.vocabulary,
            packed(pickle.dumps(tokenizer)),
        )

    def __reduce__(self) -> tuple[type[ShelvedTokenizer], tuple[object, ...]]:
        """Send it to another process packed, even if it was unpacked here."""
        own = (self.name, self.kind, self.fingerprint, self.engine, self.source, self.exactness, self.decodes)
        return ShelvedTokenizer, (*own, self.vocabulary, self.packed)

    def encode_batch(self, texts: Sequence[str]) -> Encoded:
        """Encode; ``offsets`` has ``len(texts) + 1`` entries."""
        return self._unpacked.encode_batch(texts)

    def encode_spans(self, texts: Sequence[str]) -> Spans:
        """Encode, with the engine's own offsets."""
        return self._unpacked.encode_spans(texts)

    def normalise_batch(self, texts: Sequence[str]) -> list[str]:
        """Put each text through the normaliser, if there is one."""
        return self._unpacked.normalise_batch(texts)

    def decode_batch(self, sequences: Sequence[Sequence[int]]) -> list[str]:
        """Decode each sequence of ids to text."""
        return self._unpacked.decode_batch(sequences)

    @cached_property
    def _unpacked(self) -> Tokenizer:
        found: Tokenizer = pickle.loads(unpacked(self.packed))  # noqa: S301 (`of` wrote it)
        return found
