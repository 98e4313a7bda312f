"""Words by Unicode's word segmentation, with ICU's dictionaries for Thai, Lao, Khmer, Burmese, Chinese and Japanese.

A word is a segment that holds a letter or a number. Source: Unicode Standard Annex 29, ICU's root rules (no language
tailors them, so that languages are comparable).
"""

from __future__ import annotations

from itertools import chain, pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from langcov.census.characters import code_points, word_character_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

FIRST_PAIR = 0x10000
"""The first code point that takes two units of UTF-16."""

TOGETHER = 1 << 11
"""Texts that begin within so many characters are given to ICU as one, joined by line ends, which no segment goes beyond: it
takes longer to begin with a text than to go through a short one."""


class Words(NamedTuple):
    """The words of several texts, in order: where each starts and ends, in characters of all texts joined."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]


def icu_version() -> str:
    """Return the version of ICU whose rules and dictionaries find the words: ``78.2``."""
    import icu4py

    return icu4py.icu_version


def find_words(texts: Sequence[str], points: NDArray[np.uint32], starts: NDArray[np.int64]) -> Words:
    """Find the words of each text.

    Args:
        texts: The texts; words do not reach across two of them.
        points: Their code points, one after the other (`code_points`).
        starts: Where each text starts in ``points``.
    """
    begins, ends = _segments(texts, points, starts)
    letters_before = np.concatenate([[0], np.cumsum(word_character_table()[points])])
    is_word = letters_before[ends] > letters_before[begins]
    return Words(begins[is_word], ends[is_word])


def split_words(text: str) -> list[str]:
    """Return the words of one text.

    >>> split_words("Isn't it 3.14, Ms. Müller?")
    ["Isn't", 'it', '3.14', 'Ms', 'Müller']
    >>> split_words("ภาษาไทย")
    ['ภาษา', 'ไทย']
    """
    words = find_words([text], code_points([text]), np.zeros(1, np.int64))
    return [text[start:end] for start, end in zip(words.starts, words.ends, strict=True)]


def _segments(
    texts: Sequence[str], points: NDArray[np.uint32], starts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Every segment, word or not, in characters of all texts joined."""
    from icu4py.breakers import WordBreaker

    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    number = np.arange(len(texts))
    begins = starts + number  # of each text, if all are joined by line ends
    groups = np.flatnonzero(np.diff(begins // TOGETHER, prepend=-1)).tolist()
    joined = ["\n".join(texts[first:last]) for first, last in pairwise([*groups, len(texts)])]
    segments = [list(WordBreaker(each, "root").segments()) for each in joined]
    counts = [len(each) for each in segments]
    bounds = np.fromiter(
        chain.from_iterable(chain.from_iterable(segments)), np.int64, 2 * sum(counts)
    ).reshape(-1, 2)
    pairs = points >= FIRST_PAIR
    if pairs.any():
        # ICU counts in units of UTF-16: go from units to characters, both of all texts joined by line ends.
        units_before = np.concatenate([[0], np.cumsum(np.insert(pairs, starts[1:], False) + 1)])
        bounds += np.repeat(units_before[begins[groups]], counts)[:, None]
        character_at = np.zeros(units_before[-1] + 1, np.int64)
        character_at[units_before] = np.arange(len(units_before))
        bounds = character_at[bounds]
    else:
        bounds += np.repeat(begins[groups], counts)[:, None]
    # Take the line ends out again: none is left of a segment that is one.
    bounds -= np.repeat(number, lengths + 1)[bounds]
    return bounds[:, 0], bounds[:, 1]
