"""WordPiece: short texts are encoded many at a time, and what becomes of them again is told without decoding whole texts.

A tokenizer whose pre-tokenizer ends a word at every space, and whose normaliser looks at one character at a time, makes
of texts that are joined by spaces what it makes of each. A text of its own costs the library more than a word does.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from langcov.errors import TokenizerError
from langcov.tokenizers import files, ragged
from langcov.tokenizers.base import Compared, Encoded, Spans
from langcov.tokenizers.engines import NotTakenError
from langcov.tokenizers.huggingface import HuggingFaceTokenizer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langcov.tokenizers.base import Tokenizer

TOGETHER: Final = 1 << 11
"""Texts that begin within so many characters are encoded as one, joined by spaces."""

_CUTTER: Final = "BertPreTokenizer"
"""The pre-tokenizer that is known to end a word at every space, and to let none begin with signs."""


def version() -> str:
    """Return what encodes, with its version."""
    return f"{files.versioned('tokenizers')}, many words at a time"


def refuse_kind(tokenizer: Tokenizer) -> None:
    """Raise a `NotTakenError` unless spaces end words in this tokenizer, whatever is beside them."""
    if not isinstance(tokenizer, HuggingFaceTokenizer) or tokenizer.kind != "WordPiece":
        raise NotTakenError(f"it takes WordPiece, not {tokenizer.kind}")
    document = tokenizer.definition.parts
    if (document["pre_tokenizer"] or {}).get("type") != _CUTTER:
        raise NotTakenError(f"its pre-tokenizer is not {_CUTTER}")
    if (document["normalizer"] or {"type": "BertNormalizer"})["type"] != "BertNormalizer" or tokenizer.nfc:
        raise NotTakenError("its normaliser is not known to look at one character at a time")
    if any(not token["special"] for token in document["added_tokens"]):
        raise NotTakenError("it has added tokens, which may hold spaces")


def spellings(tokenizer: Tokenizer) -> list[str]:
    """Return texts that spell the tokenizer's special tokens, alone and amid other text."""
    if not isinstance(tokenizer, HuggingFaceTokenizer):
        return []
    tokens = [token["content"] for token in tokenizer.definition.parts["added_tokens"]]
    tokens += ["[UNK]", "[CLS]"]
    return [f"{token} a{token}b {token}\n{token}" for token in dict.fromkeys(tokens)]


def encoder(tokenizer: Tokenizer, *, proven: bool = False) -> WordPieceEncoder:  # noqa: ARG001 (it needs no proof)
    """Return what encodes as ``tokenizer`` does; raises as `refuse_kind`."""
    refuse_kind(tokenizer)
    assert isinstance(tokenizer, HuggingFaceTokenizer)  # noqa: S101 (refused otherwise)
    return WordPieceEncoder(tokenizer)


@dataclass(frozen=True, eq=False)
class WordPieceEncoder:
    """Encodes as a WordPiece tokenizer does, short texts many at a time.

    Args:
        reference: The tokenizer.
    """

    reference: HuggingFaceTokenizer

    @property
    def is_complete(self) -> bool:
        """All is its own work."""
        return True

    def encode_batch(self, texts: Sequence[str]) -> Encoded:
        """Encode; ``offsets`` has ``len(texts) + 1`` entries."""
        ids, offsets, _, _ = self.encode_spans(texts)
        return Encoded(ids, offsets)

    def encode_spans(self, texts: Sequence[str]) -> Spans:
        """Encode, with the engine's own offsets."""
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        begins = ragged.bounds(lengths + 1)  # of each text, if all are joined by spaces
        groups = np.flatnonzero(np.diff(begins[:-1] // TOGETHER, prepend=-1))
        joined = [" ".join(texts[first:last]) for first, last in pairwise([*groups.tolist(), len(texts)])]
        try:
            ids, offsets, starts, ends = self.reference.encode_spans(joined)
        except TokenizerError:
            ragged.refuse_surrogates(texts, self.reference.name)
            raise
        shift = np.repeat(begins[groups], np.diff(offsets))
        starts, ends = starts + shift, ends + shift
        # Every token lies in one text: it begins there and ends before the next one's space.
        bounds = np.searchsorted(starts, begins)
        back = np.repeat(begins[:-1], np.diff(bounds))
        return Spans(ids, bounds, starts - back, ends - back)

    def normalise_batch(self, texts: Sequence[str]) -> list[str]:
        """Put each text through the normaliser, if there is one."""
        return self.reference.normalise_batch(texts)

    def decode_batch(self, sequences: Sequence[Sequence[int]]) -> list[str]:
        """Decode each sequence of ids to text."""
        strings = self._decoded
        if strings is None:
            return self.reference.decode_batch(sequences)
        texts = ["".join(map(strings.__getitem__, ids)) for ids in sequences]
        # A sequence that begins in the middle of a word keeps the mark that says so.
        odd = [number for number, text in enumerate(texts) if text[:1] != " " and len(sequences[number])]
        texts = [text[1:] for text in texts]
        if odd:
            by_reference = self.reference.decode_batch([sequences[number] for number in odd])
            for number, text in zip(odd, by_reference, strict=True):
                texts[number] = text
        return texts

    def compared(self, texts: Sequence[str], encoded: Encoded) -> Compared | None:
        """Compare texts with what their ids decode to; a text that left no token has one space fewer.

        None where the decoder does more than join words with spaces.
        """
        if self._decoded is None:
            return None
        ids, bounds = encoded.ids.tolist(), encoded.offsets.tolist()
        decoded = self.decode_batch([ids[start:end] for start, end in pairwise(bounds)])
        rows = []
        for forms in (texts, self._forms(texts)):
            same = [back == form for back, form in zip(decoded, forms, strict=True)]
            more = [
                0 if alike else back.count(" ") - form.count(" ")
                for alike, back, form in zip(same, decoded, forms, strict=True)
            ]
            rows.append((more, same))
        # A text without a token leaves no space behind it either.
        empty = np.diff(encoded.offsets) == 0
        return Compared(
            np.array([each for each, _ in rows], np.int64) - empty,
            np.array([each for _, each in rows], np.bool_),
        )

    @cached_property
    def _decoded(self) -> list[str] | None:
        """What each id adds to the text that is decoded; None where a decoder does more than join words with spaces."""
        decoder = self.reference.definition.parts["decoder"]
        if decoder is None or decoder["type"] != "WordPiece" or decoder["cleanup"]:
            return None
        if not decoder["prefix"] or any(map(str.isalnum, decoder["prefix"])):
            return None
        pieces = self.reference.backend.get_vocab()
        strings = [""] * (max(pieces.values(), default=-1) + 1)
        for piece, id_ in pieces.items():
            goes_on = piece.startswith(decoder["prefix"])
            strings[id_] = piece.removeprefix(decoder["prefix"]) if goes_on else f" {piece}"
        return strings

    def _forms(self, texts: Sequence[str]) -> list[str]:
        """Normalise texts; of plain ASCII only the case can change."""
        if self._lowers:
            return self.normalise_batch(texts)
        forms = list(texts)
        odd = [number for number, each in enumerate(texts) if not (each.isascii() and each.isprintable())]
        for number, form in zip(odd, self.normalise_batch([texts[each] for each in odd]), strict=True):
            forms[number] = form
        return forms

    @cached_property
    def _lowers(self) -> bool:
        normaliser = self.reference.definition.parts["normalizer"]
        return normaliser is not None and bool(normaliser["lowercase"])
