"""Words are those that ICU finds in each text alone, however many texts are given to it together."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from icu4py.breakers import WordBreaker

from langcov.census import words
from langcov.census.characters import code_points
from langcov.census.words import find_words
from langcov.tokenizers.stress import stress_strings

HARD = [
    "",
    "\r",
    "a\r",
    "\n",
    "\r\nb",
    "\u0301",
    "a\u200d",
    "\u200d😀",
    "🇩🇪🇫",
    "🇷",
    "ภาษาไทย",
    "日本語の",
    "3.",
    "14",
    "it'",
    "s",
    "😀x",
    'א"',
    "\u2028",
    "_a",
]


def alone(texts: list[str]) -> list[list[str]]:
    """The words of each text by itself."""
    found = []
    for text in texts:
        units = text.encode("utf-16-le")
        parts = [
            units[2 * start : 2 * end].decode("utf-16-le")
            for start, end in WordBreaker(text, "root").segments()
        ]
        found.append(
            [
                part
                for part in parts
                if find_words([part], code_points([part]), np.zeros(1, np.int64)).starts.size
            ]
        )
    return found


def together(texts: list[str]) -> list[list[str]]:
    """The words of all texts, found at once."""
    starts = np.cumsum([0, *map(len, texts)])
    found = find_words(texts, code_points(texts), starts[:-1])
    joined = "".join(texts)
    spans = list(zip(found.starts.tolist(), found.ends.tolist(), strict=True))
    return [
        [joined[start:end] for start, end in spans if first <= start and end <= last and start < end]
        for first, last in pairwise(starts.tolist())
    ]


@given(texts=st.lists(st.sampled_from(HARD) | st.text(max_size=12), max_size=8))
@pytest.mark.parametrize("limit", [1, 7, 1 << 11])
def test_texts_given_together_have_the_words_that_each_has_alone(texts: list[str], limit: int) -> None:
    before, words.TOGETHER = words.TOGETHER, limit
    try:
        assert together(texts) == alone(texts)
    finally:
        words.TOGETHER = before


def test_so_have_stress_strings_and_the_declaration(udhr_texts: dict[str, list[str]]) -> None:
    some = [text for tag in sorted(udhr_texts)[::12] for text in udhr_texts[tag]]
    for texts in (stress_strings(600), some):
        found, expected = together(texts), alone(texts)
        assert found == expected
        assert sum(map(len, found)) > len(texts)
