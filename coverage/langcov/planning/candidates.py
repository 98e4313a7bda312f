"""A grid of tokenizers to train: what each is, and what it is called."""

from __future__ import annotations

import difflib
import math
from dataclasses import asdict, dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, Final

from langcov.errors import RunError
from langcov.tokenizers.tiktoken import PATTERNS as KNOWN_PATTERNS

if TYPE_CHECKING:
    from collections.abc import Sequence

BYTE_BPE: Final = "byte-bpe"
SENTENCEPIECE_BPE: Final = "sp-bpe"
UNIGRAM: Final = "unigram"
KINDS: Final = {
    BYTE_BPE: "byte-level BPE, trained by tokenizers, as a tokenizer.json",
    SENTENCEPIECE_BPE: "BPE with byte fallback, trained by sentencepiece, as a .model",
    UNIGRAM: "Unigram with byte fallback, trained by sentencepiece, as a .model",
}
"""Algorithms by name. All of them encode any text; none has an unknown token in use."""

PATTERNS: Final = {
    "gpt2": next(pattern.regex for pattern in KNOWN_PATTERNS if pattern.name == "r50k"),
    **{
        pattern.name: pattern.regex
        for pattern in KNOWN_PATTERNS
        if pattern.name in {"cl100k", "o200k", "qwen3"}
    },
}
"""What a byte-level BPE never merges across, by name. ``gpt2`` and ``cl100k`` cut words at combining marks, and with them
the vowel signs of Indic scripts off; ``o200k`` and ``qwen3`` keep them together."""

LEAST_VOCABULARY: Final = 300
"""256 bytes, some control pieces and letters come first; what is smaller holds hardly any piece."""

MOST_VOCABULARY: Final = 2_000_000
"""Beyond all that was ever trained; sizes above it are slips of the keyboard."""


@dataclass(frozen=True)
class Candidate:
    """One tokenizer to train.

    Attributes:
        kind: One of `KINDS`.
        vocabulary: How many entries it may have.
        alpha: Languages are sampled in proportion to their bytes to this power.
        pattern: One of `PATTERNS` for a byte-level BPE; None for what sentencepiece trains, which divides at spaces.
    """

    kind: str
    vocabulary: int
    alpha: float
    pattern: str | None = None

    @property
    def name(self) -> str:
        """Says all that it is.

        >>> Candidate("byte-bpe", 8000, 0.3, "gpt2").name, Candidate("unigram", 16000, 1.0).name
        ('byte-bpe-8000-alpha0.3-gpt2', 'unigram-16000-alpha1')
        """
        parts = (self.kind, str(self.vocabulary), f"alpha{self.alpha:g}", self.pattern)
        return "-".join(part for part in parts if part)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON knows it."""
        return {"name": self.name, **asdict(self)}


def grid(
    kinds: Sequence[str] = (BYTE_BPE,),
    vocabularies: Sequence[int] = (32_000,),
    alphas: Sequence[float] = (0.0, 0.3, 1.0),
    patterns: Sequence[str] = ("o200k",),
) -> list[Candidate]:
    """Return every combination, each once, in the order given. Patterns are for byte-level BPE only.

    Raises:
        RunError: A kind or pattern is unknown, a number makes no sense, or nothing is left to train.

    >>> [each.name for each in grid(["byte-bpe", "unigram"], [8000], [0.3], ["gpt2"])]
    ['byte-bpe-8000-alpha0.3-gpt2', 'unigram-8000-alpha0.3']
    """
    for kind in kinds:
        _known(kind, KINDS, "kind of tokenizer that can be trained", "--kind")
    for pattern in patterns:
        _known(pattern, PATTERNS, "pattern", "--pattern")
    for size in vocabularies:
        if not LEAST_VOCABULARY <= size <= MOST_VOCABULARY:
            raise RunError(
                f"a vocabulary of {size:,} can't be trained",
                where="--vocabulary",
                fix=f"give {LEAST_VOCABULARY:,} to {MOST_VOCABULARY:,}",
            )
    for alpha in alphas:
        if not (math.isfinite(alpha) and 0 <= alpha <= 5):
            raise RunError(f"{alpha:g} is no power to sample by", where="--alpha", fix="give 0 to 1")
    found = [
        Candidate(kind, size, alpha, pattern)
        for kind, size, alpha in product(kinds, vocabularies, alphas)
        for pattern in (patterns if kind == BYTE_BPE else (None,))
    ]
    if not found:
        raise RunError(
            "the grid is empty", fix="name a kind, a vocabulary, an alpha, and a pattern for byte-bpe"
        )
    return list({candidate.name: candidate for candidate in found}.values())


def _known(name: str, names: dict[str, str], what: str, where: str) -> None:
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
        raise RunError(
            f"no {what} is called {name!r}",
            where=where,
            fix=(f"did you mean {near[0]}? " if near else "") + f"known are {', '.join(names)}",
        )
