"""A faster engine where it gives the very ids of the reference, which is tried at load and not assumed.

The fast engine encodes everything that `langcov.tokenizers.stress` knows to be hard and a slice of the text at hand, and
so does the reference. One id that differs, and the reference is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from langcov.errors import TokenizerError
from langcov.tokenizers import gigatoken, verdicts
from langcov.tokenizers.agreement import differing
from langcov.tokenizers.stress import stress_strings

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from langcov.tokenizers.base import Encoded, Exactness, Spans, Tokenizer

STRINGS = 2000
"""So many stress strings must give the same ids, and whatever spells one of the tokenizer's own special tokens."""


@dataclass(frozen=True, eq=False)
class CheckedTokenizer:
    """A tokenizer, the engine that encodes for it, and how the two were compared.

    All but `encode_batch` is the reference's own.

    Args:
        reference: The tokenizer as it was loaded.
        encoder: What encodes in its place, None for the reference itself.
        fast_engine: That engine, with its version.
        check: What came of comparing the two, as a sentence without a full stop.
    """

    reference: Tokenizer
    encoder: gigatoken.GigatokenEncoder | None
    fast_engine: str
    check: str

    @property
    def engine(self) -> str:
        """What encodes, with its version."""
        return self.fast_engine if self.encoder is not None else self.reference.engine

    def encode_batch(self, texts: Sequence[str]) -> Encoded:
        """Encode; ``offsets`` has ``len(texts) + 1`` entries."""
        return (self.encoder or self.reference).encode_batch(texts)

    @property
    def name(self) -> str:
        """Short name."""
        return self.reference.name

    @property
    def kind(self) -> str:
        """The algorithm."""
        return self.reference.kind

    @property
    def fingerprint(self) -> str:
        """Hex sha256 of what defines it."""
        return self.reference.fingerprint

    @property
    def source(self) -> str:
        """Where it came from."""
        return self.reference.source

    @property
    def exactness(self) -> Exactness:
        """The reference implementation, and what differs."""
        return self.reference.exactness

    @property
    def decodes(self) -> Literal["joined", "without first space", "otherwise"]:
        """How ids become text again."""
        return self.reference.decodes

    @property
    def vocabulary(self) -> pl.DataFrame:
        """Every id once, ascending."""
        return self.reference.vocabulary

    def encode_spans(self, texts: Sequence[str]) -> Spans:
        """Encode with the reference, which knows where each token lies."""
        return self.reference.encode_spans(texts)

    def normalise_batch(self, texts: Sequence[str]) -> list[str]:
        """Put each text through the normaliser, if there is one."""
        return self.reference.normalise_batch(texts)

    def decode_batch(self, sequences: Sequence[Sequence[int]]) -> list[str]:
        """Decode each sequence of ids to text."""
        return self.reference.decode_batch(sequences)


def accelerated(tokenizer: Tokenizer, sample: Sequence[str] = ()) -> Tokenizer:
    """Return a tokenizer of the same ids whose `encode_batch` is faster, if a faster engine is installed and gives them.

    Args:
        tokenizer: The reference.
        sample: Text like that which will be encoded. It is encoded by both engines every time, the stress strings once
            for each tokenizer and version of the engines: what came of it is kept in the user's folder for caches.
    """
    engine = gigatoken.version()
    if engine is None or isinstance(tokenizer, CheckedTokenizer):
        return tokenizer
    try:
        return _trusted(tokenizer, engine, sample)
    except gigatoken.NotTakenError as reason:
        why = str(reason)
    except TokenizerError as error:
        why = error.what
    return CheckedTokenizer(tokenizer, None, engine, f"{engine} is not used: {why}")


def reference_of(tokenizer: Tokenizer) -> Tokenizer:
    """Return the tokenizer as it was loaded."""
    return tokenizer.reference if isinstance(tokenizer, CheckedTokenizer) else tokenizer


def check_of(tokenizer: Tokenizer) -> str:
    """Return what came of comparing a fast engine with the reference; empty if none was tried."""
    return tokenizer.check if isinstance(tokenizer, CheckedTokenizer) else ""


def _trusted(tokenizer: Tokenizer, engine: str, sample: Sequence[str]) -> CheckedTokenizer:
    gigatoken.refuse_kind(tokenizer)
    strings = [*_stress(), *gigatoken.spellings(tokenizer)]
    different = verdicts.recall(tokenizer, engine, strings)
    _refuse(different or 0, len(strings), "stress strings")
    encoder = gigatoken.encoder(tokenizer)
    if different is None:
        different = _count_differing(encoder, tokenizer, strings)
        verdicts.keep(tokenizer, engine, strings, different)
        _refuse(different, len(strings), "stress strings")
    _refuse(_count_differing(encoder, tokenizer, sample), len(sample), "passages of the text")
    passages = f" and {len(sample):,} passages of the text" if len(sample) else ""
    left = "; texts with characters that the two know differently are left to the latter"
    check = (
        f"{engine} gave the ids of {tokenizer.engine} on {len(strings):,} stress strings{passages}"
        f"{left if encoder.agreement is not None else ''}"
    )
    return CheckedTokenizer(tokenizer, encoder, engine, check)


def _count_differing(encoder: gigatoken.GigatokenEncoder, tokenizer: Tokenizer, texts: Sequence[str]) -> int:
    return (
        int(differing(encoder.encode_batch(texts), tokenizer.encode_batch(texts)).sum()) if len(texts) else 0
    )


def _refuse(different: int, tried: int, what: str) -> None:
    if different:
        raise gigatoken.NotTakenError(f"it gave other ids on {different:,} of {tried:,} {what}")


@cache
def _stress() -> tuple[str, ...]:
    return tuple(stress_strings(STRINGS))
