"""What every tokenizer gives: ids as one flat array, spans in the text, and what each id stands for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, runtime_checkable

import numpy as np
import polars as pl
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langcov.tokenizers.stretches import Stretches, Way

Ids = NDArray[np.uint32]
Offsets = NDArray[np.int64]

KINDS = ["normal", "byte", "unknown", "control", "added"]
"""Kinds of vocabulary entries. ``byte``: a byte-fallback piece, or a byte-level piece that is no complete UTF-8."""

VOCABULARY_SCHEMA = pl.Schema({"id": pl.UInt32(), "surface": pl.Binary(), "kind": pl.Enum(KINDS)})
"""Columns of `Tokenizer.vocabulary`; ``surface`` is the bytes of text that the id stands for (empty if none)."""


class Encoded(NamedTuple):
    """A ragged array: the ids of text ``i`` are ``ids[offsets[i]:offsets[i + 1]]``."""

    ids: Ids
    offsets: Offsets


class Spans(NamedTuple):
    """`Encoded`, and where each token lies in the text it came from.

    Token ``j`` stands for characters ``starts[j]`` up to, not including, ``ends[j]`` of its own text, as it was before
    any normaliser. Equal bounds: it stands for nothing in the text (a dummy prefix). Two tokens that share a character
    both span it.
    """

    ids: Ids
    offsets: Offsets
    starts: Offsets
    ends: Offsets


@dataclass(frozen=True)
class Exactness:
    """How the ids compare with the reference implementation's: its name, and what is known to differ."""

    reference: str
    note: str = ""


@runtime_checkable
class Tokenizer(Protocol):
    """A tokenizer, ready to encode plain text: no special tokens, no truncation, no padding."""

    @property
    def name(self) -> str:
        """Short name, as in the signature: ``xlm-r``."""

    @property
    def kind(self) -> str:
        """The algorithm: ``byte-level BPE``, ``SentencePiece BPE``, ``Unigram``, ``WordPiece``, ..."""

    @property
    def fingerprint(self) -> str:
        """Hex sha256 of the files that define it."""

    @property
    def engine(self) -> str:
        """What encodes, with its version: ``tokenizers 0.23.3``."""

    @property
    def source(self) -> str:
        """Where it came from: a path, a package and version, or a hub id."""

    @property
    def exactness(self) -> Exactness:
        """The reference implementation, and how far the ids are from its."""

    @property
    def decodes(self) -> Literal["joined", "without first space", "otherwise"]:
        """How ids become text again: by joining their surfaces, the same less a leading space, or in another way.

        What is known here need not be tried for every text.
        """

    @property
    def vocabulary(self) -> pl.DataFrame:
        """Every id once, ascending, in `VOCABULARY_SCHEMA`."""

    def encode_batch(self, texts: Sequence[str]) -> Encoded:
        """Encode; ``offsets`` has ``len(texts) + 1`` entries."""

    def encode_spans(self, texts: Sequence[str]) -> Spans:
        """Encode, with the engine's own offsets. The ids equal those of `encode_batch`; slower."""

    def normalise_batch(self, texts: Sequence[str]) -> list[str]:
        """Put each text into the form that is encoded, and that decoding can at best give back."""

    def decode_batch(self, sequences: Sequence[Sequence[int]]) -> list[str]:
        """Decode each sequence of ids to text; bytes that are no UTF-8 become U+FFFD."""


class Compared(NamedTuple):
    """What each of several texts is decoded to, beside the text and beside its normalised form (two rows)."""

    more_spaces: NDArray[np.int64]
    """(2, texts) how many spaces more it has when decoded."""

    same: NDArray[np.bool_]
    """(2, texts) whether it is the same."""


@runtime_checkable
class TellsSpaces(Protocol):
    """A tokenizer that may decode the parts of a text apart: one space joins them, whatever they are."""

    def compared(self, texts: pl.Series, encoded: Encoded) -> Compared | None:
        """Compare texts with what their ids decode to; a text that left no token has one space fewer. None: try whole texts."""


@runtime_checkable
class TakesBytes(Protocol):
    """A tokenizer that may encode texts without Python's strings being made of them."""

    def encode_bytes(self, data: NDArray[np.uint8], bounds: Offsets) -> Encoded | None:
        """Encode, as `Tokenizer.encode_batch` does, where nothing in the texts needs more than that.

        Args:
            data: The texts' UTF-8, one after the other.
            bounds: (texts + 1) where each begins.

        Returns:
            None: the texts are wanted.
        """


@runtime_checkable
class Separable(Protocol):
    """A tokenizer that is known to make of a text what it makes of its stretches, or may be."""

    @property
    def way(self) -> Way | None:
        """How stretches are given to it (`langcov.tokenizers.stretches`); None: it is not known to be so."""


@runtime_checkable
class Provable(Protocol):
    """A tokenizer that can tell of some texts that their ids are those of their stretches, without encoding them."""

    def proven(self, stretches: Stretches, encoded: Encoded, joined: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return of which texts this is known; False: it is to be tried.

        Args:
            stretches: What the texts are made of.
            encoded: The ids of every stretch by itself.
            joined: Whether each stretch is what its ids stand for, joined.
        """
