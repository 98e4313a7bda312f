"""WordPiece: words are cut many at a time, and what becomes of texts again is told without decoding whole texts.

What the normaliser and the pre-tokenizer make of a character is the library's own answer (`langcov.tokenizers.bert_characters`);
only the longest match is found here (`langcov.tokenizers.longest_match`), for all words of a batch at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
import polars as pl

from langcov.tokenizers import files, ragged
from langcov.tokenizers.base import Compared, Encoded, Spans
from langcov.tokenizers.bert_characters import Characters, cuts
from langcov.tokenizers.engines import NotTakenError
from langcov.tokenizers.huggingface import HuggingFaceTokenizer
from langcov.tokenizers.longest_match import CrowdedError, LongestMatch, points_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from langcov.tokenizers.base import Tokenizer

TOGETHER: Final = 1 << 18
"""So many characters are cut into words and tokens together, with the rest of the last word; each takes less than 80 bytes of memory."""

_MOST: Final = 2**31 - 1
"""No word has more characters."""

_CUTTER: Final = "BertPreTokenizer"
"""The pre-tokenizer that is known to look at one character at a time, and to end a word at every space."""


def version() -> str:
    """Return what encodes, with its version."""
    return f"langcov's longest match with {files.versioned('tokenizers')}"


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
    found = WordPieceEncoder(tokenizer)
    try:
        found.characters  # noqa: B018 (made now, to see whether it can be)
    except CrowdedError:
        raise NotTakenError("its entries make too large a trie") from None
    return found


@dataclass(frozen=True, eq=False)
class WordPieceEncoder:
    """Encodes as a WordPiece tokenizer does, many words at a time.

    Args:
        reference: The tokenizer.
    """

    reference: HuggingFaceTokenizer

    def __reduce__(self) -> tuple[object, ...]:
        """Send the tokenizer alone: all else is made of it where it is first needed."""
        return WordPieceEncoder, (self.reference,)

    @property
    def is_complete(self) -> bool:
        """All is its own work."""
        return True

    def encode_batch(self, texts: Sequence[str]) -> Encoded:
        """Encode; ``offsets`` has ``len(texts) + 1`` entries."""
        return Encoded(*self.encode_spans(texts)[:2])

    def encode_spans(self, texts: Sequence[str]) -> Spans:
        """Encode, with where each token lies."""
        # No word reaches over a space; one before all texts and one behind them make every word end at one.
        joined = " ".join(["", *texts, ""])
        begins = ragged.bounds(np.fromiter(map(len, texts), np.int64, len(texts)) + 1)
        parts, doubtful = [], []
        for place, chunk in _chunks(joined):
            try:
                coded = self.characters.coded(points_of(chunk))
            except UnicodeEncodeError:
                ragged.refuse_surrogates(texts, self.reference.name)
                raise
            ids, starts, ends = self.characters.match.cut(coded.codes)
            if coded.places is not None:
                starts, ends = coded.places[starts], coded.places[ends - 1] + 1
            parts.append((ids.astype(np.uint32), starts + (place - 1), ends + (place - 1)))
            doubtful.append(coded.doubtful + (place - 1))
        none = np.zeros(0, np.uint32), np.zeros(0, np.int64), np.zeros(0, np.int64)
        ids, starts, ends = (np.concatenate(each) for each in zip(none, *parts, strict=True))
        bounds = np.searchsorted(starts, begins)
        back = np.repeat(begins[:-1], np.diff(bounds))
        spans = Spans(ids, bounds, starts - back, ends - back)
        found = np.concatenate([np.zeros(0, np.int64), *doubtful])
        return self._asked(spans, texts, np.unique(np.searchsorted(begins, found, side="right") - 1))

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
        changed, forms = self.characters.normalised(texts)
        more, same = texts_more.copy(), texts_same.copy()
        if len(changed):
            chosen, number = ragged.places(offsets, changed)
            some = Encoded(ids[chosen], ragged.bounds(number))
            more[changed], same[changed] = pieces.beside(forms, some, spaces[changed], length[changed])
        return Compared(np.stack([texts_more, more]), np.stack([texts_same, same]))

    @cached_property
    def characters(self) -> Characters:
        """What is known of characters.

        Raises:
            NotTakenError: The library could not encode every text with the tokenizer.
            CrowdedError: The entries make too large a trie.
        """
        backend = self.reference.backend
        model: Any = backend.model
        pieces = backend.get_vocab(with_added_tokens=False)
        most = min(model.max_input_chars_per_word, _MOST)
        if model.unk_token not in pieces or not most:
            raise NotTakenError("its unknown token is not in its vocabulary, or all is unknown to it")
        prefix = model.continuing_subword_prefix
        entries = pl.DataFrame({"text": list(pieces), "id": list(pieces.values())})
        has_prefix = pl.col("text").str.starts_with(prefix)
        goes_on = entries.filter(has_prefix).with_columns(pl.col("text").str.strip_prefix(prefix))
        # A prefix that is cut off whatever is behind it begins no word.
        cut = prefix and cuts(prefix[0], backend.pre_tokenizer)[0]
        begins = entries.filter(~has_prefix) if cut else entries
        match = LongestMatch.of(begins, goes_on, pieces[model.unk_token], most)
        return Characters(self.reference, match)

    def _asked(self, spans: Spans, texts: Sequence[str], doubtful: NDArray[np.int64]) -> Spans:
        """Put the reference's spans of some texts in the place of those that were found."""
        if not len(doubtful):
            return spans
        own = self.reference.encode_spans([texts[place] for place in doubtful.tolist()])
        bounds = np.concatenate([spans.offsets, own.offsets[1:] + len(spans.ids)])
        rows = np.arange(len(texts))
        rows[doubtful] = len(texts) + np.arange(len(doubtful))
        chosen, number = ragged.places(bounds, rows)
        ids, starts, ends = (
            np.concatenate([getattr(each, name) for each in (spans, own)])[chosen]
            for name in ("ids", "starts", "ends")
        )
        return Spans(ids, ragged.bounds(number), starts, ends)

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


def _chunks(text: str) -> Iterator[tuple[int, str]]:
    """Cut text that begins and ends with a space after about `TOGETHER` characters; the space stays on both sides."""
    place, last = 0, len(text) - 1
    while place < last:
        end = text.find(" ", min(place + TOGETHER, last))
        yield place, text[place : end + 1]
        place = end


def _bytes(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode(), np.uint8)
