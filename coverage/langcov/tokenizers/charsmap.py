"""Whether the form that SentencePiece's normaliser gives a text is that of the text's stretches, one after the other.

The normaliser (Normalize of normalizer.cc, 0.2.3) goes from left to right: it replaces the longest string that its map of
characters has, or keeps one character, leaves out what spaces a replacement begins with if a space was put out last, and takes
the spaces at the end away. Between two stretches there is a space. If the map has no string with a space in it, a replacement
ends before that space. The space is put out, or was the last that was put out; so whatever follows is what follows a space put
before a text, and a stretch that ends with a space, or leaves nothing, loses in its own form what the next one begins with. A
replacement with two spaces, one after the other, would lose both, and one with the mark for a space would be taken for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from langcov.tokenizers import modelproto

if TYPE_CHECKING:
    import sentencepiece
    from numpy.typing import NDArray

_SPACE: Final = ord(" ")
_MARK: Final = "▁".encode()
_LABEL: Final = np.uint32(0x800000FF)
"""The bits of a unit that hold the byte that leads to it."""
_WIDE: Final = np.uint32(1 << 9)
"""Set where a unit's offset counts 256 times."""


def keeps_stretches_apart(processor: sentencepiece.SentencePieceProcessor) -> bool:
    """Whether this is so of a model that has no user defined pieces; False where it can't be told."""
    import sentencepiece

    # A space put before the text, none lost before a word, none left over.
    if processor.normalize(" a  b ") != "▁a▁b":
        return False
    model = processor.serialized_model_proto()
    normalizer = sentencepiece.SentencePieceNormalizer(model_proto=model)
    character_map = modelproto.character_map(normalizer.serialized_normalizer_spec())
    if not character_map:
        return True
    size = int.from_bytes(character_map[:4], "little")
    replacements = character_map[4 + size :]
    if b"  " in replacements or _MARK in replacements:
        return False
    return not _may_have_space(np.frombuffer(character_map[4 : 4 + size], "<u4"))


def _may_have_space(units: NDArray[np.uint32]) -> bool:
    """Whether a string in a double array (darts-clone) may have a space in it.

    A unit's children stand where its own place, its offset and the child's byte lead, each taken as bits that differ.
    """
    base = np.arange(len(units)) ^ ((units >> 10) << ((units & _WIDE) >> 6)).astype(np.int64)
    spaces = np.flatnonzero((units & _LABEL) == _SPACE)
    return bool(np.isin(base, spaces ^ _SPACE).any())
