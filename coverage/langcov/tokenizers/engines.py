"""What a faster engine is to a tokenizer: it encodes in its place, or says why it can't."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langcov.tokenizers.base import Encoded, Spans, Tokenizer


class NotTakenError(Exception):
    """An engine can't encode as a tokenizer does; says why."""


class Encoder(Protocol):
    """Does a tokenizer's work with text in its place."""

    @property
    def is_complete(self) -> bool:
        """Whether all of that is its own work; else only the ids are, and the rest is the reference's."""

    def encode_batch(self, texts: Sequence[str]) -> Encoded:
        """Encode; ``offsets`` has ``len(texts) + 1`` entries."""

    def encode_spans(self, texts: Sequence[str]) -> Spans:
        """Encode, with where each token lies."""

    def normalise_batch(self, texts: Sequence[str]) -> list[str]:
        """Put each text through the normaliser, if there is one."""

    def decode_batch(self, sequences: Sequence[Sequence[int]]) -> list[str]:
        """Decode each sequence of ids to text."""


class Engine(Protocol):
    """A module that holds a faster engine."""

    def version(self) -> str | None:
        """Return its name and version, None where it is not installed."""

    def refuse_kind(self, tokenizer: Tokenizer) -> None:
        """Raise a `NotTakenError` if it can't encode this algorithm."""

    def spellings(self, tokenizer: Tokenizer) -> list[str]:
        """Return texts that spell the tokenizer's own special and added tokens."""

    def encoder(self, tokenizer: Tokenizer, *, proven: bool = False) -> Encoder:
        """Return what encodes as the tokenizer does, or raise a `NotTakenError`; ``proven``: it is known to be able to."""
