"""Mutations: a valid file with a few things wrong."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from fuzzing import odd

if TYPE_CHECKING:
    from random import Random

_MOST = 1 << 20


def mutated(data: bytes, chance: Random) -> bytes:
    """Return bytes with one to six mutations, most often few."""
    for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
        data = chance.choice(_KINDS)(data, chance)[:_MOST]
    return data


def mutated_end(data: bytes, chance: Random) -> bytes:
    """Mutate the last part only: where Parquet keeps its footer."""
    cut = max(0, len(data) - chance.choice((9, 64, 512, 2048)))
    tail = bytearray(data[cut:])
    for _ in range(chance.choice((1, 1, 2, 4))):
        tail[chance.randrange(len(tail))] = chance.choice((0, 0xFF, 0x7F, 0x80, chance.randrange(256)))
    return data[:cut] + bytes(tail)


def mutated_json(document: Any, chance: Random) -> Any:  # noqa: ANN401 (it is any JSON value)
    """Return a document with one to four values exchanged, dropped, doubled or moved."""
    document = copy.deepcopy(document)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        places = _places(document)
        if not places:
            return odd.value(chance)
        holder, key = chance.choice(places)
        how = chance.randrange(6)
        if how == 0:
            del holder[key]
        elif how == 1:
            other, place = chance.choice(places)
            holder[key] = copy.deepcopy(other[place]) if place in _keys(other) else None
        elif how == 2 and isinstance(holder, dict):
            holder[odd.text(chance)] = holder.pop(key)
        elif how == 3 and isinstance(holder[key], int | float):
            holder[key] = chance.choice(odd.NUMBERS)
        elif how == 4 and isinstance(holder[key], str):
            holder[key] = odd.text(chance)
        else:
            holder[key] = odd.value(chance)
    return document


def doubled_keys(text: bytes, chance: Random) -> bytes:
    """Return JSON in which an object names one key twice."""
    at = [place for place, byte in enumerate(text) if byte == ord("{")]
    if not at:
        return text
    place = chance.choice(at) + 1
    key = chance.choice(("model", "vocab", "type", "text", "format", "added_tokens", "merges", "config"))
    pair = json.dumps(key).encode() + b":" + odd.written(odd.value(chance, 1)) + b","
    return text[:place] + pair + text[place:]


def _places(document: Any) -> list[tuple[Any, Any]]:  # noqa: ANN401 (it is any JSON value)
    """Every holder and key. Long lists and vocabularies are one place among others, not thousands."""
    found = []
    stack = [document]
    while stack:
        holder = stack.pop()
        keys = _keys(holder)
        for key in keys if len(keys) < 24 else [*keys[:4], *keys[-4:]]:
            found.append((holder, key))
            stack.append(holder[key])
    return found


def _keys(holder: Any) -> list[Any]:  # noqa: ANN401 (it is any JSON value)
    return (
        list(holder)
        if isinstance(holder, dict)
        else list(range(len(holder)))
        if isinstance(holder, list)
        else []
    )


def _flip(data: bytes, chance: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 8))):
        if changed:
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _cut_short(data: bytes, chance: Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _without_start(data: bytes, chance: Random) -> bytes:
    return data[chance.randrange(len(data) + 1) :]


def _spliced(data: bytes, chance: Random) -> bytes:
    start, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    place = chance.randrange(len(data) + 1)
    return data[:place] + data[start:end] + data[place:]


def _repeated(data: bytes, chance: Random) -> bytes:
    start = chance.randrange(len(data) + 1)
    block = data[start : start + chance.choice((1, 4, 64, 512))]
    return data[:start] + block * chance.choice((2, 16, 300)) + data[start:]


def _dropped(data: bytes, chance: Random) -> bytes:
    start = chance.randrange(len(data) + 1)
    return data[:start] + data[start + chance.choice((1, 2, 16, 256)) :]


def _inserted(data: bytes, chance: Random) -> bytes:
    place = chance.randrange(len(data) + 1)
    kind = chance.randrange(3)
    if kind == 0:
        new = odd.text(chance).encode("utf-8", "surrogatepass")
    elif kind == 1:
        new = str(odd.short(chance.choice(odd.NUMBERS))).encode()
    else:
        new = chance.choice(
            (b"\0" * 8, b"\xff" * 8, b"\r", b"\n\n", b'"', b"\xef\xbb\xbf", b"\x80", b"[" * 2000)
        )
    return data[:place] + new + data[place:]


_KINDS = (_flip, _flip, _flip, _cut_short, _without_start, _spliced, _repeated, _dropped, _inserted)
