"""Unicode's form NFC before an engine, with Python's tables: what Qwen's own tokenizer does.

The library `tokenizers` has a normaliser of that name, but by older tables of Unicode (7 of 2,000 stress strings
differ), so text is composed here, and spans are taken back to the text as it was.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langcov.tokenizers.base import Offsets, Spans


_CHUNK: Final = 64
_COMPOSED: Final = 0x20000
"""No character from here on has a canonical decomposition into two (the ideographs there have one into one)."""


def compose(texts: Sequence[str]) -> list[str]:
    """Return the texts in form NFC."""
    # Nearly all text is, and joined it is told at once: a line end joins with nothing.
    joined = "\n".join(texts)
    if unicodedata.is_normalized("NFC", joined):
        return list(texts)
    composed = unicodedata.normalize("NFC", joined).split("\n")
    if len(composed) == len(texts):
        return composed
    return [unicodedata.normalize("NFC", text) for text in texts]  # some have line ends of their own


def restore(spans: Spans, texts: Sequence[str], composed: Sequence[str]) -> Spans:
    """Take spans in composed texts back to the texts."""
    starts, ends = spans.starts.copy(), spans.ends.copy()
    for place, (text, new) in enumerate(zip(texts, composed, strict=True)):
        if text != new:
            tokens = slice(spans.offsets[place], spans.offsets[place + 1])
            first, last = origins(text)
            empty = starts[tokens] == ends[tokens]
            starts[tokens] = np.append(first, len(text))[starts[tokens]]
            ends[tokens] = np.where(empty, starts[tokens], np.append(0, last)[ends[tokens]])
    return spans._replace(starts=starts, ends=ends)


def origins(text: str) -> tuple[Offsets, Offsets]:
    r"""Return, for each character of the text's form NFC, where the characters it comes from begin and end.

    >>> origins("e\u0301a")
    (array([0, 2]), array([2, 3]))
    """
    cuts = [place for place, char in enumerate(text) if place and _stands_alone(char)]
    first: list[int] = []
    last: list[int] = []
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        part = text[start:end]
        new = unicodedata.normalize("NFC", part)
        if part == new:
            first += range(start, end)
            last += range(start + 1, end + 1)
        else:
            first += [start] * len(new)
            last += [end] * len(new)
    return np.array(first, np.int64), np.array(last, np.int64)


def _stands_alone(char: str) -> bool:
    """Whether a character can't join with what is before it."""
    if char.isascii():
        return True
    head = unicodedata.normalize("NFD", char)[0]
    return not unicodedata.combining(head) and head not in _joining()


@cache
def _joining() -> frozenset[str]:
    """Return the characters that come second in a canonical decomposition, vowel and final jamo among them."""
    chunks = ("".join(map(chr, range(point, point + _CHUNK))) for point in range(0, _COMPOSED, _CHUNK))
    decomposed = "".join(chunk for chunk in chunks if not unicodedata.is_normalized("NFD", chunk))
    pairs = (unicodedata.decomposition(char).split() for char in decomposed)
    seconds = {chr(int(pair[1], 16)) for pair in pairs if len(pair) == 2 and not pair[0].startswith("<")}
    return frozenset(seconds) | set(map(chr, [*range(0x1161, 0x1176), *range(0x11A8, 0x11C3)]))
