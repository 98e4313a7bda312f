"""SentencePiece's ``.model`` files as bytes: just enough of protobuf's wire format to read one and write one.

Field numbers are those of sentencepiece_model.proto.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = range(1, 7)
"""Types of pieces."""

_PIECES, _TRAINER, _NORMALIZER = 1, 2, 3
_MODEL_TYPE, _VOCABULARY_SIZE = 3, 4
_CHARACTER_MAP = 2
_MODEL_TYPES = {1: "Unigram", 2: "SentencePiece BPE", 3: "SentencePiece words", 4: "SentencePiece characters"}
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def algorithm(model: bytes) -> str:
    """Return the name of a model's algorithm.

    >>> algorithm(unigram([("<unk>", 0.0, UNKNOWN), ("a", -1.0, NORMAL)], unknown=0, normalizer=b""))
    'Unigram'
    """
    for number, value in _fields(model):
        if number == _TRAINER and isinstance(value, bytes):
            return _MODEL_TYPES.get(int(dict(_fields(value)).get(_MODEL_TYPE, 1)), "SentencePiece")
    return "Unigram"


def user_defined(model: bytes) -> dict[int, str]:
    """Return the pieces that are cut out of the text before the model sees it, by id."""
    end = bytes([_tag(3, _VARINT), USER_DEFINED])
    found = {}
    pieces = (value for number, value in _fields(model) if number == _PIECES)
    for id_, piece in enumerate(pieces):
        if isinstance(piece, bytes) and piece.endswith(end):
            fields = dict(_fields(piece))
            if fields.get(3) == USER_DEFINED and isinstance(text := fields[1], bytes):
                found[id_] = text.decode()
    return found


def character_map(normalizer: bytes) -> bytes:
    """Return the compiled map of characters of a serialised NormalizerSpec, empty if there is none."""
    found = dict(_fields(normalizer)).get(_CHARACTER_MAP, b"")
    return found if isinstance(found, bytes) else b""


def without_control(model: bytes) -> bytes:
    """Return a model whose control pieces have ids but no text, so that "<s>" in a text is three letters to any engine.

    The piece that stands in for one is marked as unused, and begins with a null character, which begins no other.
    """
    parts = []
    end = bytes([_tag(3, _VARINT), CONTROL])
    place = 0
    for number, value in _fields(model):
        if not isinstance(value, bytes):
            raise TypeError(f"field {number} of a model is no message")
        is_control = number == _PIECES and value.endswith(end)
        parts.append(
            _bytes(number, _bytes(1, f"\0{place}".encode()) + _number(3, UNUSED) if is_control else value)
        )
        place += number == _PIECES
    return b"".join(parts)


def with_pieces(model: bytes, texts: Sequence[str], scores: Sequence[float]) -> bytes:
    """Return a model with more pieces after its last; what it had is unchanged, byte for byte.

    Parts of a message may follow each other in any order, and of a number that stands there twice the last counts, so
    that what is new is put behind the rest.

    Args:
        model: A serialised model.
        texts: Of the new pieces.
        scores: Of each; a BPE model merges pieces of higher scores first.
    """
    there = sum(number == _PIECES for number, _ in _fields(model))
    parts = [_bytes(_PIECES, _piece(text, score, NORMAL)) for text, score in zip(texts, scores, strict=True)]
    size = _bytes(_TRAINER, _number(_VOCABULARY_SIZE, there + len(parts)))
    return b"".join([model, *parts, size]) if parts else model


def unigram(pieces: Iterable[tuple[str, float, int]], *, unknown: int, normalizer: bytes) -> bytes:
    """Return a Unigram model.

    Args:
        pieces: Text, score and type of each, by id.
        unknown: The unknown token's id.
        normalizer: A serialised NormalizerSpec, as ``SentencePieceNormalizer.serialized_normalizer_spec`` gives it.
    """
    parts = []
    for text, score, type_ in pieces:
        parts.append(_bytes(_PIECES, _piece(text, score, type_)))
    none = (1 << 64) - 1  # -1: there is no such piece
    trainer = (
        _number(_MODEL_TYPE, 1) + _number(40, unknown) + b"".join(_number(n, none) for n in (41, 42, 43))
    )
    return b"".join([*parts, _bytes(_TRAINER, trainer), _bytes(_NORMALIZER, normalizer)])


def _piece(text: str, score: float, type_: int) -> bytes:
    return _bytes(1, text.encode()) + struct.pack("<Bf", _tag(2, _FIXED32), score) + _number(3, type_)


def _fields(message: bytes) -> Iterator[tuple[int, bytes | int]]:
    place = 0
    while place < len(message):
        tag, place = _varint(message, place)
        number, wire = tag >> 3, tag & 7
        if wire == _VARINT:
            value, place = _varint(message, place)
            yield number, value
            continue
        if wire == _BYTES:
            size, place = _varint(message, place)
        elif wire in (_FIXED32, _FIXED64):
            size = 4 if wire == _FIXED32 else 8
        else:
            raise ValueError(f"wire type {wire} at byte {place}")
        yield number, message[place : place + size]
        place += size


def _varint(message: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    if (byte := message[place]) < 0x80:  # most are one byte, and there are a million in a model
        return byte, place + 1
    while True:
        byte = message[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
        shift += 7


def _tag(number: int, wire: int) -> int:
    return number << 3 | wire


def _number(number: int, value: int) -> bytes:
    return _packed(_tag(number, _VARINT)) + _packed(value)


def _bytes(number: int, value: bytes) -> bytes:
    return _packed(_tag(number, _BYTES)) + _packed(len(value)) + value


def _packed(value: int) -> bytes:
    if value < 0x80:
        return _ONE_BYTE[value]
    packed = bytearray()
    while value >= 0x80:
        packed.append(value & 0x7F | 0x80)
        value >>= 7
    packed.append(value)
    return bytes(packed)


_ONE_BYTE = [bytes([value]) for value in range(0x80)]
