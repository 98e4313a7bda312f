"""What each of Unicode's code points is: its script, and whether it makes a segment a word.

The tables are arrays over all code points, so that a text's scripts and letters are one look-up per character.
Source: the Unicode Character Database, scripts by `fontTools.unicodedata`, categories by `unicodedata2`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

CODE_POINTS: Final = 0x110000
COMMON: Final = "Zyyy"
INHERITED: Final = "Zinh"
UNKNOWN: Final = "Zzzz"
NOT_REAL: Final = (COMMON, INHERITED, UNKNOWN)
"""Values of the Script property that are no script."""

_ASSIGNED_PLANES: Final = (range(0x40000), range(0xE0000, 0xF0000))
"""Planes 4 to 13 hold nothing and 15 and 16 are private: neither has a letter or a number."""


@lru_cache(maxsize=1)
def script_names() -> tuple[str, ...]:
    """ISO 15924 codes of every script that Unicode knows; a code's place is its number in `script_table`."""
    from fontTools.unicodedata import Scripts

    return tuple(sorted(set(Scripts.VALUES)))


@lru_cache(maxsize=1)
def script_table() -> NDArray[np.uint8]:
    """The number, into `script_names`, of each code point's script."""
    from fontTools.unicodedata import Scripts

    number = {script: place for place, script in enumerate(script_names())}
    starts = np.array([*Scripts.RANGES, CODE_POINTS])
    return np.repeat(np.array([number[script] for script in Scripts.VALUES], np.uint8), np.diff(starts))


@lru_cache(maxsize=1)
def word_character_table() -> NDArray[np.bool_]:
    """Whether each code point is a letter or a number (general category L or N): what makes a segment a word."""
    import unicodedata2

    table = np.zeros(CODE_POINTS, np.bool_)
    for plane in _ASSIGNED_PLANES:
        categories = "".join(map(unicodedata2.category, map(chr, plane)))
        first = np.frombuffer(categories.encode("ascii"), np.uint8)[::2]  # of two letters each
        table[plane.start : plane.stop] = (first == ord("L")) | (first == ord("N"))
    return table


def code_points(texts: Sequence[str]) -> NDArray[np.uint32]:
    """Every code point of the texts, one after the other.

    >>> code_points(["ab", "é"]).tolist()
    [97, 98, 233]
    """
    return np.frombuffer("".join(texts).encode("utf-32-le"), np.uint32)


def utf8_lengths(points: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Bytes that each code point takes in UTF-8.

    >>> utf8_lengths(code_points(["aéሰ😀"])).tolist()
    [1, 2, 3, 4]
    """
    lengths = np.ones(len(points), np.int64)
    for first_with_one_more in (0x80, 0x800, 0x10000):
        lengths += points >= first_with_one_more
    return lengths


def scripts_of(points: NDArray[np.uint32], starts: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Each character's script, where a combining mark (Inherited) takes the script of what stands before it.

    Args:
        points: Code points of several texts, one after the other.
        starts: Where each text starts in ``points``. Nothing is inherited from the text before; a mark with nothing
            before it in its text stays Inherited.

    Returns:
        Numbers into `script_names`, one per code point.
    """
    scripts: NDArray[np.uint8] = script_table()[points]
    inherited = scripts == script_names().index(INHERITED)
    if not inherited.any():
        return scripts
    place = np.arange(len(points))
    keeps_own = ~inherited
    keeps_own[starts[starts < len(points)]] = True
    taken_from = np.maximum.accumulate(np.where(keeps_own, place, 0))
    inherited_too: NDArray[np.uint8] = scripts[taken_from]
    return inherited_too
