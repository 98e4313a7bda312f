"""A tokenizer's file with more pieces: every id that was there keeps its place, and new ones come after the largest.

The library `tokenizers` numbers added tokens anew when it reads a file, from the size of the model's vocabulary on,
whatever the file says, unless the vocabulary itself lists them. So it is made to list them: otherwise each new piece
would move every special token behind the vocabulary by one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from langcov.errors import TokenizerError
from langcov.limits import LARGEST_ID
from langcov.planning.merging import Rules
from langcov.tokenizers import files, modelproto, sentencepiece
from langcov.tokenizers.huggingface import HuggingFaceTokenizer, from_json
from langcov.tokenizers.registry import Origin
from langcov.tokenizers.sentencepiece import SentencePieceTokenizer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from langcov.planning.merging import Piece
    from langcov.tokenizers.base import Tokenizer

MARK: Final = "▁"
BYTE_LEVEL: Final = "byte-level BPE"
EXTENSIBLE: Final = (BYTE_LEVEL, "SentencePiece BPE")

_INSTEAD: Final = (
    "extend one of a byte-level or SentencePiece BPE, or train a new one with text of these languages in it"
)
_REASONS: Final = {
    "Unigram": "a Unigram vocabulary weighs all its pieces against each other, so that new ones change how old text is cut",
    "WordPiece": "WordPiece takes the longest piece that fits, so that new ones change how old text is cut",
}


@dataclass(frozen=True)
class Source:
    """A tokenizer and what its file holds, ready to take more pieces.

    Attributes:
        tokenizer: What is extended.
        least_id: New ids are not below this one.
    """

    tokenizer: Tokenizer
    least_id: int = 0

    @property
    def file(self) -> str:
        """Name of the file that is written: ``tokenizer.json`` or ``tokenizer.model``."""
        return "tokenizer.json" if isinstance(self.tokenizer, HuggingFaceTokenizer) else "tokenizer.model"

    @cached_property
    def first_id(self) -> int:
        """The first new id: after the largest that there is, be it of a piece or of an added token."""
        return max(self.least_id, int(self.tokenizer.vocabulary["id"].max()) + 1)  # type: ignore[arg-type]  # ids are numbers

    @property
    def lists_specials(self) -> bool:
        """Whether the file says which ids the special tokens have; a file of ranks does not."""
        return not isinstance(self.tokenizer, HuggingFaceTokenizer) or self.tokenizer.path is not None

    @cached_property
    def pieces(self) -> dict[str, int]:
        """Every entry's id by its text, as the vocabulary spells it; added tokens as they are."""
        if isinstance(self.tokenizer, HuggingFaceTokenizer):
            return self.tokenizer.backend.get_vocab(with_added_tokens=True)
        assert isinstance(self.tokenizer, SentencePieceTokenizer)  # noqa: S101 (`source_of` lets no other in)
        processor = self.tokenizer.processor
        ids = list(range(len(processor)))
        return dict(zip(processor.id_to_piece(ids), ids, strict=True))

    def rules(self, kept_pairs: set[int], kept_texts: set[str]) -> Rules:
        """Return what may become a piece, given what of protected text must stay as it is."""
        by_text = isinstance(self.tokenizer, SentencePieceTokenizer)
        return Rules(
            texts={id_: text for text, id_ in self.pieces.items()},
            first_id=self.first_id,
            taken=self.pieces.keys(),
            by_text=by_text,
            whole_words=self.whole_words,
            byte_level=self.tokenizer.kind == BYTE_LEVEL,
            mark="" if self.tokenizer.kind == BYTE_LEVEL else MARK,
            kept_pairs=kept_pairs,
            kept_texts=kept_texts,
        )

    @cached_property
    def whole_words(self) -> bool:
        """Whether a word that is a piece is taken whole, whatever could be merged (``ignore_merges``)."""
        return self.file == "tokenizer.json" and bool(self._document["model"].get("ignore_merges"))

    def extended(self, pieces: Sequence[Piece]) -> bytes:
        """Return the file with more pieces.

        Raises:
            TokenizerError: There would be ids beyond what langcov takes.
        """
        if self.first_id + len(pieces) > LARGEST_ID:
            raise TokenizerError(
                f"its largest id is {self.first_id - 1:,}, and the largest that langcov takes is {LARGEST_ID:,}",
                where=self.tokenizer.name,
                fix="ask for fewer pieces",
            )
        if isinstance(self.tokenizer, SentencePieceTokenizer):
            return modelproto.with_pieces(
                self.tokenizer.processor.serialized_model_proto(),
                [piece.text for piece in pieces],
                self._scores(len(pieces)),
            )
        return self._json(pieces)

    def load(self, data: bytes, where: Path, name: str) -> Tokenizer:
        """Return the tokenizer that an extended file holds.

        Raises:
            TokenizerError: The library that encodes can't read it.
        """
        origin = Origin(where, name, str(where))
        if self.file == "tokenizer.json":
            return from_json(data, origin)
        return sentencepiece.from_model(data, origin)

    def check(self, extended: Tokenizer) -> None:
        """Raise a `TokenizerError` unless every entry has the id that it had."""
        now = Source(extended).pieces
        moved = next((text for text, id_ in self.pieces.items() if now.get(text) != id_), None)
        if moved is not None:
            raise TokenizerError(
                f"the id of {moved!r} would change from {self.pieces[moved]} to {now.get(moved)}",
                where=self.tokenizer.name,
                fix="report it; nothing was written",
            )

    @cached_property
    def _document(self) -> dict[str, Any]:
        """The tokenizer.json; of a tokenizer that has none, what `tokenizers` would write."""
        tokenizer = self.tokenizer
        assert isinstance(tokenizer, HuggingFaceTokenizer)  # noqa: S101 (only a tokenizer.json has one)
        if tokenizer.path is None:
            document: dict[str, Any] = json.loads(tokenizer.backend.to_str())
            if tokenizer.nfc:
                document["normalizer"] = {"type": "NFC"}
            return document
        data = files.read(tokenizer.path)
        if files.fingerprint(data) != tokenizer.fingerprint:
            raise TokenizerError(
                "the file has changed since it was loaded", where=str(tokenizer.path), fix="load it again"
            )
        document = files.parsed(data)
        return document  # noqa: RET504 (the name has the type)

    def _json(self, pieces: Sequence[Piece]) -> bytes:
        model = self._document["model"]
        vocabulary = dict(model["vocab"])
        for token in self._document.get("added_tokens") or []:
            vocabulary.setdefault(token["content"], token["id"])
        vocabulary |= {piece.text: self.first_id + place for place, piece in enumerate(pieces)}
        joined = bool(model["merges"]) and isinstance(model["merges"][0], str)
        merges = [
            f"{piece.left} {piece.right}" if joined else [piece.left, piece.right]
            for piece in pieces
            if piece.left
        ]
        extended = {**model, "vocab": vocabulary, "merges": [*model["merges"], *merges]}
        return json.dumps({**self._document, "model": extended}, ensure_ascii=False).encode()

    def _scores(self, number: int) -> list[float]:
        """Scores below all that there are, each the next lower number that a model can hold."""
        assert isinstance(self.tokenizer, SentencePieceTokenizer)  # noqa: S101 (only a .model has scores)
        processor = self.tokenizer.processor
        lowest = np.float32(min(processor.get_score(list(range(len(processor)))), default=0.0))
        scores = []
        for _ in range(number):
            lowest = np.nextafter(lowest, np.float32(-np.inf))
            scores.append(float(lowest))
        return scores


def source_of(tokenizer: Tokenizer, least_id: int = 0) -> Source:
    """Return a tokenizer as one that takes more pieces.

    Args:
        tokenizer: What is to be extended.
        least_id: New ids are not below this one.

    Raises:
        TokenizerError: Its algorithm has no place for pieces that leave the encoding of other text as it is, or new ids
            can't begin where they are asked to.
    """
    if tokenizer.kind not in EXTENSIBLE:
        reason = _REASONS.get(
            tokenizer.kind, f"it is a {tokenizer.kind} whose pieces spell neither bytes nor spaces as ▁"
        )
        raise TokenizerError(f"it can't be extended: {reason}", where=tokenizer.name, fix=_INSTEAD)
    if not isinstance(tokenizer, HuggingFaceTokenizer | SentencePieceTokenizer):
        raise TokenizerError(
            f"it can't be extended as {tokenizer.engine} runs it",
            where=tokenizer.name,
            fix="load it without a faster engine",
        )
    if isinstance(tokenizer, HuggingFaceTokenizer) and (
        tokenizer.spelling.prefix or tokenizer.spelling.suffix
    ):
        raise TokenizerError(
            "it can't be extended: its pieces are spelled otherwise within words than at their ends",
            where=tokenizer.name,
            fix=_INSTEAD,
        )
    source = Source(tokenizer, least_id)
    if least_id and (source.first_id > least_id or source.file == "tokenizer.model"):
        raise TokenizerError(
            f"new ids begin with {source.first_id:,}, and not with {least_id:,}",
            where=tokenizer.name,
            fix="leave out --first-id; it is for what has special tokens that its file does not list",
        )
    return source
