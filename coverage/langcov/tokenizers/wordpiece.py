"""WordPiece, where each distinct stretch between two spaces is encoded once: what comes again is looked up.

A tokenizer whose pre-tokenizer ends a word at every space, and whose normaliser looks at one character at a time, makes
of a text what it makes of the stretches between its spaces, one after the other. Most stretches come again and again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise, repeat
from threading import Lock
from typing import TYPE_CHECKING, Final

import numpy as np

from langcov.errors import TokenizerError
from langcov.tokenizers import files, ragged
from langcov.tokenizers.base import Encoded, Spans
from langcov.tokenizers.engines import Flags, NotTakenError
from langcov.tokenizers.huggingface import HuggingFaceTokenizer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langcov.tokenizers.base import Offsets, Tokenizer

REMEMBERED: Final = 2 << 20
"""After so many characters of distinct stretches all are forgotten; they take some 50 MB by then."""

_TOGETHER: Final = 64

_CUTTER: Final = "BertPreTokenizer"
"""The pre-tokenizer that is known to end a word at every space, and to let none begin with signs."""


def version() -> str:
    """Return what encodes, with its version."""
    return f"{files.versioned('tokenizers')}, each distinct word once"


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


class _Known:
    """Stretches that were encoded: ids and spans of each, one after the other, and what becomes of them again.

    ``more_spaces`` and ``same`` compare what a stretch is decoded to with the stretch and with its normalised form (two
    rows): how many spaces more it has, and whether it is the same. They are found when first asked for.
    """

    def __init__(self) -> None:
        self.lock = Lock()
        self.forget()

    def __reduce__(self) -> tuple[type[_Known], tuple[()]]:
        """In another process there is nothing to remember yet."""
        return _Known, ()

    def forget(self) -> None:
        self.place: dict[str, int] = {}
        self.last: tuple[list[str], _Found] | None = None
        self.characters = 0
        self.bounds = np.zeros(1, np.int64)
        self.ids = np.zeros(0, np.uint32)
        self.starts = np.zeros(0, np.int64)
        self.ends = np.zeros(0, np.int64)
        self.more_spaces = np.zeros((2, 0), np.int64)
        self.same = np.zeros((2, 0), np.bool_)

    def add(self, stretches: list[str], spans: Spans) -> None:
        self.place.update(
            zip(stretches, range(len(self.place), len(self.place) + len(stretches)), strict=True)
        )
        self.characters += sum(map(len, stretches))
        self.bounds = np.concatenate([self.bounds, spans.offsets[1:] + self.bounds[-1]])
        self.ids = np.concatenate([self.ids, spans.ids])
        self.starts = np.concatenate([self.starts, spans.starts])
        self.ends = np.concatenate([self.ends, spans.ends])


@dataclass(frozen=True, eq=False)
class WordPieceEncoder:
    """Encodes as a WordPiece tokenizer does. Threads may share it, and wait for each other.

    Args:
        reference: The tokenizer, which encodes what was not met before.
    """

    reference: HuggingFaceTokenizer
    _known: _Known = field(default_factory=_Known, repr=False)

    @property
    def is_complete(self) -> bool:
        """All is its own work."""
        return True

    def encode_batch(self, texts: Sequence[str]) -> Encoded:
        """Encode; ``offsets`` has ``len(texts) + 1`` entries."""
        with self._known.lock:
            return self._found(texts).encoded

    def encode_spans(self, texts: Sequence[str]) -> Spans:
        """Encode, with the engine's own offsets."""
        with self._known.lock:
            found = self._found(texts)
            starts, ends = self._known.starts[found.places], self._known.ends[found.places]
        lengths = np.fromiter(map(len, found.stretches), np.int64, len(found.stretches))
        # Where each stretch begins in its text: after those before it, and a space after each of these.
        begins = ragged.bounds(lengths + 1)[:-1]
        begins -= np.repeat(begins[found.of_text[:-1]], np.diff(found.of_text))
        shift = np.repeat(begins, np.diff(found.tokens))
        ids, offsets = found.encoded
        return Spans(ids, offsets, starts + shift, ends + shift)

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

    def round_trips(self, texts: Sequence[str]) -> tuple[Flags, Flags] | None:
        """Return which texts decode to themselves, and which to themselves or their form; None if only trying can tell.

        Decoded stretches are joined by one space, as the stretches are. If each has as many spaces when it is decoded, the
        two joined texts are the same where all stretches are; if they have more or fewer in all, they differ.
        """
        if self._decoded is None or not len(texts):
            return None
        with self._known.lock:
            return self._round_trips(texts)

    def _round_trips(self, texts: Sequence[str]) -> tuple[Flags, Flags]:
        found = self._found(texts)
        self._compare_known()
        known = self._known
        first = found.of_text[:-1]
        answers = []
        # Nothing is left of some texts, not even the space between two stretches.
        doubtful = np.diff(found.encoded.offsets) == 0
        for more, same in zip(known.more_spaces, known.same, strict=True):
            per_stretch = more[found.known]
            all_same = np.logical_and.reduceat(same[found.known], first)
            even = ~np.logical_or.reduceat(per_stretch != 0, first)
            doubtful |= ~even & (np.add.reduceat(per_stretch, first) == 0)
            answers.append(all_same & even)
        return self._settled(texts, found, answers, np.flatnonzero(doubtful))

    def _settled(
        self, texts: Sequence[str], found: _Found, answers: list[Flags], doubtful: Offsets
    ) -> tuple[Flags, Flags]:
        """Try those texts that counting spaces can't tell."""
        same, normalised = answers
        ids, offsets = found.encoded
        tried = [texts[number] for number in doubtful]
        decoded = self.decode_batch(
            [ids[offsets[number] : offsets[number + 1]].tolist() for number in doubtful]
        )
        forms = self.normalise_batch(tried)
        for number, text, back, form in zip(doubtful, tried, decoded, forms, strict=True):
            same[number], normalised[number] = back == text, back == form
        return same, same | normalised

    def _compare_known(self) -> None:
        """Decode and normalise the stretches that were met since this was last asked."""
        known = self._known
        done = known.same.shape[1]
        stretches = list(known.place)[done:]
        if not stretches:
            return
        first = known.bounds[done]
        ids, bounds = known.ids[first:].tolist(), (known.bounds[done:] - first).tolist()
        decoded = self.decode_batch([ids[start:end] for start, end in pairwise(bounds)])
        empty = np.diff(known.bounds[done:]) == 0
        rows = []
        for forms in (stretches, self._forms(stretches)):
            same = [back == form for back, form in zip(decoded, forms, strict=True)]
            more = [
                0 if alike else back.count(" ") - form.count(" ")
                for alike, back, form in zip(same, decoded, forms, strict=True)
            ]
            rows.append((more, same))
        # A stretch without a token leaves no space behind it either.
        more = np.array([each for each, _ in rows], np.int64) - empty
        known.more_spaces = np.concatenate([known.more_spaces, more], axis=1)
        known.same = np.concatenate([known.same, np.array([each for _, each in rows], np.bool_)], axis=1)

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

    def _found(self, texts: Sequence[str]) -> _Found:
        known = self._known
        texts = list(texts)
        if (
            known.last is not None and known.last[0] == texts
        ):  # the same objects as a rule, which is seen at once
            return known.last[1]
        if known.characters > REMEMBERED:
            known.forget()
        stretches = " ".join(texts).split(" ") if texts else []
        per_text = np.fromiter((text.count(" ") + 1 for text in texts), np.int64, len(texts))
        place = np.fromiter(map(known.place.get, stretches, repeat(-1)), np.int64, len(stretches))
        missing = np.flatnonzero(place < 0).tolist()
        if missing:
            new = list(dict.fromkeys(stretches[number] for number in missing))
            known.add(new, self._encoded(new, texts))
            place[missing] = [known.place[stretches[number]] for number in missing]
        first = known.bounds[place]
        tokens = ragged.bounds(known.bounds[place + 1] - first)
        places = np.repeat(first - tokens[:-1], np.diff(tokens)) + np.arange(tokens[-1])
        of_text = ragged.bounds(per_text)
        found = _Found(stretches, of_text, place, tokens, places, Encoded(known.ids[places], tokens[of_text]))
        known.last = texts, found
        return found

    def _forms(self, stretches: list[str]) -> list[str]:
        """Normalise stretches; of plain ASCII only the case can change."""
        if self._lowers:
            return self.normalise_batch(stretches)
        forms = list(stretches)
        odd = [number for number, each in enumerate(stretches) if not (each.isascii() and each.isprintable())]
        for number, form in zip(odd, self.normalise_batch([stretches[each] for each in odd]), strict=True):
            forms[number] = form
        return forms

    @cached_property
    def _lowers(self) -> bool:
        normaliser = self.reference.definition.parts["normalizer"]
        return normaliser is not None and bool(normaliser["lowercase"])

    def _encoded(self, stretches: list[str], texts: Sequence[str]) -> Spans:
        """Encode stretches, many to a text: a text of its own costs the library more than a word does."""
        lines = [
            " ".join(stretches[first : first + _TOGETHER]) for first in range(0, len(stretches), _TOGETHER)
        ]
        try:
            ids, offsets, starts, ends = self.reference.encode_spans(lines)
        except TokenizerError:
            ragged.refuse_surrogates(texts, self.reference.name)
            raise
        begins = ragged.bounds(np.fromiter(map(len, stretches), np.int64, len(stretches)) + 1)
        shift = np.repeat(begins[:-1:_TOGETHER], np.diff(offsets))
        starts, ends = starts + shift, ends + shift
        # Every token lies in one stretch: it begins there and ends before the next one's space.
        bounds = np.searchsorted(starts, begins)
        back = np.repeat(begins[:-1], np.diff(bounds))
        return Spans(ids, bounds, starts - back, ends - back)


@dataclass(frozen=True)
class _Found:
    """What was looked up for some texts.

    Attributes:
        stretches: Of all texts, one after the other.
        of_text: (texts + 1) where each text's stretches start.
        known: The number of each stretch among those that are known.
        tokens: (stretches + 1) where each stretch's tokens start.
        places: Where each token lies among those that are known.
        encoded: The texts' tokens.
    """

    stretches: list[str]
    of_text: Offsets
    known: Offsets
    tokens: Offsets
    places: Offsets
    encoded: Encoded
