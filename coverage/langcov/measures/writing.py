"""What texts are written in, a whole vocabulary of them at once: the script of each, and which are words or parts of words.

Each character is looked up in a table of all code points, and what was found is added up text by text.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl

from langcov.census.characters import CODE_POINTS, COMMON, NOT_REAL, code_points, script_names, scripts_of
from langcov.tokenizers.ragged import bounds

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIXED: Final = "mixed"
"""In place of a script: more than one."""

JOINT: Final[dict[str, frozenset[str]]] = {
    "Jpan": frozenset({"Hira", "Kana", "Hani"}),
    "Kore": frozenset({"Hang", "Hani"}),
}
"""Scripts that one language writes side by side in one word, and ISO 15924's code for them together."""

_OTHER, _LETTER, _MARK, _JOINER, _SPACE = range(5)
_JOINERS: Final = (0x200C, 0x200D)
"""What keeps letters together or apart inside a word, and is seen only by that."""


def scripts_of_texts(texts: pl.Series) -> pl.Series:
    """Return the script of each text, as `langcov.measures.vocabulary.Anatomy` has it.

    >>> scripts_of_texts(pl.Series(["the", "ሰላም", "3.", "の中", "iPhone的", "한"])).to_list()
    ['Latn', 'Ethi', 'Zyyy', 'Jpan', 'mixed', 'Hang']
    """
    names = [*script_names(), *JOINT, MIXED]
    points, starts = _laid_out(texts)
    scripts = scripts_of(points, starts[:-1])
    unreal = np.isin(np.arange(len(script_names())), [names.index(name) for name in NOT_REAL])
    real = ~unreal[scripts]
    number = np.full(len(texts), names.index(COMMON), np.uint8)
    # Only characters of a script are left, so that no text among these is empty, as reduceat demands.
    before = bounds(real)[starts]
    some = np.flatnonzero(np.diff(before))
    scripts, firsts = scripts[real], before[some]
    if len(some):
        least, most = (ufunc.reduceat(scripts, firsts) for ufunc in (np.minimum, np.maximum))
        several = least != most
        number[some] = np.where(several, names.index(MIXED), least)
        for joint, parts in reversed(JOINT.items()):
            inside = np.isin(scripts, [names.index(name) for name in parts])
            number[some[several & np.logical_and.reduceat(inside, firsts)]] = names.index(joint)
    return pl.Series(names, dtype=pl.String).gather(number)


def are_content(texts: pl.Series) -> NDArray[np.bool_]:
    """Whether each text is two or more letters and their marks, nothing else, a space before them aside.

    Joiners may follow a letter.

    >>> are_content(pl.Series(["the", " das", "a", "a.", "the end", "ሰላም"])).tolist()
    [True, True, False, False, False, True]
    """
    points, starts = _laid_out(texts)
    kinds = _kinds()[points]
    spaces = starts[:-1][np.diff(starts) > 0]
    kinds[spaces[points[spaces] == ord(" ")]] = _SPACE
    letters = bounds(kinds == _LETTER)
    content: NDArray[np.bool_] = (np.diff(letters[starts]) >= 2) & (
        np.diff(bounds(kinds == _OTHER)[starts]) == 0
    )
    joiners = np.flatnonzero(kinds == _JOINER)
    text = np.searchsorted(starts, joiners, side="right") - 1
    content[text[letters[joiners] == letters[starts[text]]]] = False
    return content


def get_ready() -> None:
    """Make the tables of all code points that the others look characters up in."""
    script_names()
    _kinds()


class _Laid(NamedTuple):
    points: NDArray[np.uint32]
    starts: NDArray[np.int64]
    """Where each text starts in ``points``; one more for the end."""


def _laid_out(texts: pl.Series) -> _Laid:
    joined = texts.str.join("").item() if len(texts) else ""
    return _Laid(code_points([joined]), bounds(texts.str.len_chars().to_numpy()))


@lru_cache(maxsize=1)
def _kinds() -> NDArray[np.uint8]:
    """What each code point is in a word: letters and marks by Unicode's general category, as `regex` knows it."""
    import regex

    table = np.full(CODE_POINTS, _OTHER, np.uint8)
    every = "".join(map(chr, range(CODE_POINTS)))
    for kind, pattern in ((_LETTER, r"\p{L}+"), (_MARK, r"\p{M}+")):
        for found in regex.finditer(pattern, every):
            table[found.start() : found.end()] = kind
    table[list(_JOINERS)] = _JOINER
    return table
