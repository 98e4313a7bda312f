"""WordPiece: short texts are encoded many at a time, and what becomes of them again is told without decoding whole texts.

A tokenizer whose pre-tokenizer ends a word at every space, and whose normaliser looks at one character at a time, makes
of texts that are joined by spaces what it makes of each. A text of its own costs the library more than a word does.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Self

import numpy as np
import polars as pl

from langcov.errors import TokenizerError
from langcov.tokenizers import files, ragged
from langcov.tokenizers.base import Compared, Encoded, Spans
from langcov.tokenizers.engines import NotTakenError
from langcov.tokenizers.huggingface import HuggingFaceTokenizer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from langcov.tokenizers.base import Offsets, Tokenizer

TOGETHER: Final = 1 << 11
"""Texts that begin within so many characters are encoded as one, joined by spaces."""

_SIGNS: Final = "§¶†‡※‖⁂"
"""Punctuation that hardly any text holds."""

_LETTER: Final = "\U00010000"
"""A letter of Linear B."""

_PLAIN: Final = "^[ -~]*$"
"""Printable ASCII."""

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
        divider = next((sign for sign in self._dividers if not any(sign in text for text in texts)), None)
        if divider is None:
            return Encoded(*self.encode_spans(texts)[:2])
        groups, _ = _groups(texts)
        between = f" {divider} "
        joined = [between.join(texts[first:last]) for first, last in pairwise([*groups, len(texts)])]
        try:
            ids, offsets = self.reference.encode_batch(joined)
        except TokenizerError:
            ragged.refuse_surrogates(texts, self.reference.name)
            raise
        # A text ends where its line does, or at the divider behind it, which no text holds.
        divides = ids == self._dividers[divider]
        ends = np.zeros(len(ids) + 1, np.int64)
        ends[1:] = np.cumsum(~divides)
        bounds = np.sort(np.concatenate([ends[:-1][divides], ends[offsets]]))
        return Encoded(ids[~divides], bounds)

    def encode_spans(self, texts: Sequence[str]) -> Spans:
        """Encode, with the engine's own offsets."""
        groups, begins = _groups(texts)
        joined = [" ".join(texts[first:last]) for first, last in pairwise([*groups, len(texts)])]
        try:
            ids, offsets, starts, ends = self.reference.encode_spans(joined)
        except TokenizerError:
            ragged.refuse_surrogates(texts, self.reference.name)
            raise
        shift = np.repeat(begins[:-1][groups], np.diff(offsets))
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

    def compared(self, texts: pl.Series, encoded: Encoded) -> Compared | None:
        """Compare texts with what their ids decode to; a text that left no token has one space fewer.

        None where the decoder does more than join words with spaces.
        """
        pieces = self._pieces
        if pieces is None:
            return None
        ids, offsets = encoded
        words = np.diff(ragged.bounds(pieces.begins_word[ids])[offsets])
        empty = np.diff(offsets) == 0
        # One that begins in the middle of a word keeps the mark that says so, and is not what is told here.
        if not pieces.begins_word[ids[offsets[:-1][~empty]]].all():
            return None
        # A text without a token leaves no space behind it either.
        spaces = np.maximum(words - 1, 0) - empty
        length = np.diff(ragged.bounds(pieces.lengths[ids])[offsets])
        texts_more, texts_same = pieces.beside(texts, encoded, spaces, length)
        changed = self._changed(texts)
        more, same = texts_more.copy(), texts_same.copy()
        if len(changed):
            forms = pl.Series(self._together(texts.gather(changed).to_list()))
            chosen, number = ragged.places(offsets, changed)
            some = Encoded(ids[chosen], ragged.bounds(number))
            more[changed], same[changed] = pieces.beside(forms, some, spaces[changed], length[changed])
        return Compared(np.stack([texts_more, more]), np.stack([texts_same, same]))

    @cached_property
    def _dividers(self) -> dict[str, int]:
        """Signs that are words of their own wherever they stand, with their ids."""
        found = {}
        for sign in _SIGNS:
            id_ = self.reference.backend.token_to_id(sign)
            probes = self.reference.encode_batch([sign, f"a {sign} a", "a"])
            alone, amid, letter = np.split(probes.ids, probes.offsets[1:-1])
            if alone.tolist() == [id_] and amid.tolist() == [*letter, id_, *letter]:
                found[sign] = int(alone[0])
        return found

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

    @cached_property
    def _pieces(self) -> _Pieces | None:
        """What `compared` needs; None where only whole texts can be tried."""
        strings = self._decoded
        if strings is None or any(" " in string[1:] for string in strings):
            return None
        return _Pieces.of(pl.Series(strings, dtype=pl.String))

    def _changed(self, texts: pl.Series) -> NDArray[np.int64]:
        """Which texts the normaliser may change; of plain ASCII, it can change only the case."""
        if self._lowers:
            return np.arange(len(texts))
        return (~texts.str.contains(_PLAIN)).arg_true().to_numpy().astype(np.int64)

    def _together(self, texts: list[str]) -> list[str]:
        """Normalise texts as one, divided by a letter that the normaliser leaves alone and no text holds."""
        if not any(_LETTER in text for text in texts) and self.normalise_batch([_LETTER]) == [_LETTER]:
            forms = self.normalise_batch([_LETTER.join(texts)])[0].split(_LETTER)
            if len(forms) == len(texts):
                return forms
        return self.normalise_batch(texts)

    @cached_property
    def _lowers(self) -> bool:
        normaliser = self.reference.definition.parts["normalizer"]
        return normaliser is not None and bool(normaliser["lowercase"])


@dataclass(frozen=True, eq=False)
class _Pieces:
    """What each id adds to the text that is decoded.

    Attributes:
        strings: With the space before a word.
        lengths: In bytes.
        begins_word: Whether each has that space.
    """

    strings: pl.Series
    lengths: NDArray[np.int64]
    begins_word: NDArray[np.int64]

    @classmethod
    def of(cls, strings: pl.Series) -> Self:
        lengths, begins_word = strings.str.len_bytes(), strings.str.starts_with(" ")
        return cls(strings, lengths.to_numpy().astype(np.int64), begins_word.to_numpy().astype(np.int64))

    def beside(
        self, texts: pl.Series, encoded: Encoded, spaces: NDArray[np.int64], length: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """How many more spaces each text has when decoded, and whether it is the same.

        Args:
            texts: The texts.
            encoded: Their ids.
            spaces: How many spaces they have when decoded.
            length: How many bytes, with the space before the first word.
        """
        more = spaces - texts.str.count_matches(" ", literal=True).to_numpy().astype(np.int64)
        # Only where there are as many spaces does it matter whether the two are the same.
        same = (more == 0) & (length == texts.str.len_bytes().to_numpy().astype(np.int64) + 1)
        chosen = np.flatnonzero(same)
        of_chosen, _ = ragged.places(encoded.offsets, chosen)
        decoded = "".join(self.strings.gather(encoded.ids[of_chosen]).str.join(""))
        wanted = "".join((" " + texts.gather(chosen)).str.join(""))
        if decoded != wanted:
            unlike = np.flatnonzero(_bytes(decoded) != _bytes(wanted))
            same[chosen[np.searchsorted(np.cumsum(length[chosen]), unlike, side="right")]] = False
        return more, same


def _groups(texts: Sequence[str]) -> tuple[list[int], Offsets]:
    """The first of the texts that are encoded together, and where each would begin if all were joined by spaces."""
    begins = ragged.bounds(np.fromiter(map(len, texts), np.int64, len(texts)) + 1)
    return np.flatnonzero(np.diff(begins[:-1] // TOGETHER, prepend=-1)).tolist(), begins


def _bytes(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode(), np.uint8)
