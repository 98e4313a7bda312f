"""Whether decoding what a tokenizer made of a text gives the text back, or at least its normalised form."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from langcov.tokenizers.base import TellsSpaces

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langcov.tokenizers.base import Encoded, Tokenizer
    from langcov.tokenizers.stretches import Stretches

Flags = NDArray[np.bool_]


def tried(texts: Sequence[str], encoded: Encoded, tokenizer: Tokenizer) -> tuple[Flags, Flags]:
    """Decode each text.

    Returns:
        Which texts decode to themselves, and which to themselves or their normalised form.
    """
    ids = encoded.ids.tolist()
    decoded = tokenizer.decode_batch([ids[start:end] for start, end in pairwise(encoded.offsets.tolist())])
    forms = tokenizer.normalise_batch(texts)
    same = [text == back for text, back in zip(texts, decoded, strict=True)]
    alike = [back in {text, form} for text, form, back in zip(texts, forms, decoded, strict=True)]
    return np.array(same, np.bool_), np.array(alike, np.bool_)


def told(stretches: Stretches, encoded: Encoded, tokenizer: object) -> tuple[Flags, Flags, Flags] | None:
    """Tell round trips from the stretches that texts are made of, where the tokenizer decodes these apart.

    Decoded stretches are joined by one space, as the stretches are. If each has as many spaces when it is decoded, the
    two joined texts are the same where all stretches are; if they have more or fewer in all, they differ.

    Args:
        stretches: Of the texts.
        encoded: What the tokenizer made of each stretch.
        tokenizer: The tokenizer.

    Returns:
        Which texts decode to themselves, which to themselves or their normalised form, and which have to be tried. None if
        only trying can tell.
    """
    if not isinstance(tokenizer, TellsSpaces):
        return None
    compared = tokenizer.compared(stretches.texts, encoded)
    if compared is None:
        return None
    first, sequence = stretches.bounds[:-1], stretches.sequence
    # Nothing is left of some texts, not even the space between two stretches.
    doubtful = np.add.reduceat(np.diff(encoded.offsets)[sequence], first) == 0
    answers = []
    for more, same in zip(compared.more_spaces, compared.same, strict=True):
        per_stretch = more[sequence]
        even = ~np.logical_or.reduceat(per_stretch != 0, first)
        doubtful |= ~even & (np.add.reduceat(per_stretch, first) == 0)
        answers.append(np.logical_and.reduceat(same[sequence], first) & even)
    return answers[0], answers[0] | answers[1], doubtful
