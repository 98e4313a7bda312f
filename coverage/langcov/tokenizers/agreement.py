"""Which characters two engines of a byte-level BPE cut alike: each is tried when it is first met, and that is kept.

Engines cut text into words by what Unicode says of a character: a letter, a mark, a number. An engine that knows a
newer Unicode than another cuts text with the newest characters otherwise, and ids differ wherever a merge reaches over
such a cut. So both run a small model that has the tokenizer's own normaliser and pre-tokenizer but whose only merges
join the last byte of one character to the first of the next: its ids show every cut.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from langcov.tokenizers import kept
from langcov.tokenizers.definition import packed, unpacked
from langcov.tokenizers.surfaces import BYTE_LETTERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from langcov.tokenizers.base import Encoded

_UNTRIED, _ALIKE, _DIFFERENT = range(3)

_SURROUNDINGS = "a{0}a A{0}A {0}Aa1{0}1  {0}!{0}!\n{0}\n'{0}{0}\u0301{0}/ {0}\u4e2d{0}"
"""Beside letters of either case, numbers, spaces, signs, line ends, an apostrophe, marks, ideographs and itself."""

_CHUNK = 1 << 20
"""So many characters are looked at together."""
_TRIED_TOGETHER = 1 << 12

_POINTS: Final = 0x110000
_CHARACTERS: Final = "characters.zst"


class Engines(Protocol):
    """Two engines with one model."""

    def fast(self, texts: Sequence[str]) -> Encoded:
        """Encode with the one."""

    def reference(self, texts: Sequence[str]) -> Encoded:
        """Encode with the other."""


@dataclass(frozen=True, eq=False)
class Agreement:
    """What is known so far of how two engines cut text. Threads may share it: they would find the same.

    Args:
        engines: The two, with the model of `showing_cuts`.
        key: What changes with all that the two heed. What is found is kept under it, for other processes and later runs;
            empty: it is not kept.
    """

    engines: Engines = field(repr=False)
    key: str = ""
    _characters: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(_POINTS, np.uint8), repr=False)

    def __reduce__(self) -> tuple[object, ...]:
        """Send what is known compressed, for it is nearly all zeros."""
        return _unpickled, (self.engines, self.key, packed(self._characters.tobytes()))

    def doubtful(self, texts: Sequence[str]) -> list[int]:
        """Return the places of the texts that hold a character which the two engines cut differently.

        Raises:
            UnicodeEncodeError: A text holds a lone surrogate.
        """
        joined = "".join(texts)
        found: list[int] = []
        for start in range(0, len(joined), _CHUNK):
            points = np.frombuffer(joined[start : start + _CHUNK].encode("utf-32-le"), np.uint32)
            kinds = self._characters[points]
            if not kinds.all():
                self._try(np.unique(points[kinds == _UNTRIED]))
                kinds = self._characters[points]
            if kinds.max(initial=0) == _DIFFERENT:
                found.extend((start + np.flatnonzero(kinds == _DIFFERENT)).tolist())
        if not found:
            return []
        ends = np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)))
        places: list[int] = np.unique(np.searchsorted(ends, found, side="right")).tolist()
        return places

    def _try(self, points: NDArray[np.uint32]) -> None:
        self._recall()
        points = points[self._characters[points] == _UNTRIED]
        for start in range(0, len(points), _TRIED_TOGETHER):
            some = points[start : start + _TRIED_TOGETHER]
            probes = [_SURROUNDINGS.format(chr(point)) for point in some.tolist()]
            different = differing(self.engines.fast(probes), self.engines.reference(probes))
            self._characters[some] = np.where(different, _DIFFERENT, _ALIKE)
        if len(points) and self.key:
            kept.keep({_CHARACTERS: packed(self._characters.tobytes())}, __name__, self.key)

    def _recall(self) -> None:
        """Learn what other processes and earlier runs have found."""
        parts = kept.recall(__name__, self.key) if self.key else None
        try:
            found = np.frombuffer(unpacked((parts or {})[_CHARACTERS]), np.uint8)
        except (KeyError, ValueError):
            return
        if found.shape == self._characters.shape and found.max() <= _DIFFERENT:
            np.maximum(self._characters, found, out=self._characters)


def _unpickled(engines: Engines, key: str, characters: bytes) -> Agreement:
    return Agreement(engines, key, np.frombuffer(unpacked(characters), np.uint8).copy())


def differing(left: Encoded, right: Encoded) -> NDArray[np.bool_]:
    """Return for each text whether its ids differ.

    >>> from langcov.tokenizers import ragged
    >>> differing(ragged.encoded([[1, 2], [3]]), ragged.encoded([[1, 2], [4]])).tolist()
    [False, True]
    """
    lengths = np.diff(left.offsets)
    different: NDArray[np.bool_] = lengths != np.diff(right.offsets)
    if not different.any():
        unlike = np.flatnonzero(left.ids != right.ids)
        ends = left.offsets[1:]
    else:
        alike = ~different
        one, other = (each.ids[np.repeat(alike, np.diff(each.offsets))] for each in (left, right))
        unlike = np.flatnonzero(one != other)
        ends = np.cumsum(np.where(alike, lengths, 0))
    different[np.searchsorted(ends, unlike, side="right")] = True
    return different


def showing_cuts(tokenizer_json: str | bytes) -> str:
    """Return a tokenizer.json that cuts text as a byte-level one does, and whose ids show where."""
    document = json.loads(tokenizer_json)
    letters = [BYTE_LETTERS[byte] for byte in range(256)]
    ascii_, goes_on, leads = letters[:0x80], letters[0x80:0xC0], letters[0xC2:0xF5]
    pairs = [
        (last, first)
        for lasts, firsts in ((goes_on, leads), (ascii_, leads), (goes_on, ascii_), (ascii_, ascii_))
        for last in lasts
        for first in firsts
    ]
    entries = [*letters, *map("".join, pairs)]
    model = {
        "type": "BPE",
        "vocab": {entry: id_ for id_, entry in enumerate(entries)},
        "merges": [list(pair) for pair in pairs],
    }
    return json.dumps({**document, "added_tokens": [], "post_processor": None, "model": model})
