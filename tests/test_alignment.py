"""Which tokens hold which words and characters, against a brute force that asks the engine about every character."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from langcov.census.alignment import Alignment, align, tokens_over
from langcov.census.surfaces import Surfaces
from langcov.census.text import TextBatch
from langcov.tokenizers.stress import stress_strings
from twelve import SHIPPED

if TYPE_CHECKING:
    from collections.abc import Callable

    from langcov.tokenizers.base import Tokenizer


def brute_force(batch: TextBatch, tokenizer: Tokenizer) -> tuple[list[int], list[int], list[int]]:
    """Tokens over each word, and spelled and lost characters of each text, one character at a time."""
    spans = tokenizer.encode_spans(batch.texts)
    kinds = dict(tokenizer.vocabulary.select("id", pl.col("kind").cast(pl.String)).iter_rows())
    word_at: dict[int, int] = {}
    for word, (start, end) in enumerate(zip(batch.words.starts, batch.words.ends, strict=True)):
        word_at.update(dict.fromkeys(range(start, end), word))
    over_word: Counter[int] = Counter()
    spelled, lost = [], []
    ids, starts, ends = spans.ids.tolist(), spans.starts.tolist(), spans.ends.tolist()
    for text, base in enumerate(batch.point_starts[:-1].tolist()):
        covering: dict[int, list[str]] = {}
        for token in range(spans.offsets[text], spans.offsets[text + 1]):
            for place in range(starts[token], ends[token]):
                covering.setdefault(place, []).append(kinds[ids[token]])
            over_word.update({word_at.get(base + place, -1) for place in range(starts[token], ends[token])})
        gone = [place for place, by in covering.items() if "unknown" in by]
        lost.append(len(gone))
        spelled.append(
            sum(
                "byte" in by
                and len(by) > 1
                and "unknown" not in by
                and not batch.texts[text][place].isascii()
                for place, by in covering.items()
            )
        )
    return [over_word[word] for word in range(len(batch.words.starts))], spelled, lost


def placed(batch: TextBatch, tokenizer: Tokenizer) -> Alignment:
    encoded = tokenizer.encode_batch(batch.texts)
    return align(batch, tokenizer, Surfaces.of(tokenizer.vocabulary), encoded)


def assert_agrees(batch: TextBatch, tokenizer: Tokenizer) -> None:
    found = placed(batch, tokenizer)
    word_tokens, spelled, lost = brute_force(batch, tokenizer)
    np.testing.assert_array_equal(found.word_tokens, word_tokens)
    np.testing.assert_array_equal(found.spelled_characters, spelled)
    np.testing.assert_array_equal(found.lost_characters, lost)


@pytest.mark.parametrize("name", SHIPPED)
def test_words_and_fates_agree_with_the_engines_own_offsets_in_every_language(
    name: str, shipped: Callable[[str], Tokenizer], udhr_frame: pl.DataFrame
) -> None:
    for part in udhr_frame.iter_slices(4000):
        assert_agrees(TextBatch(part["text"]), shipped(name))


@pytest.mark.parametrize("name", SHIPPED)
def test_words_and_fates_agree_with_the_engines_own_offsets_on_nasty_strings(
    name: str, shipped: Callable[[str], Tokenizer]
) -> None:
    texts = [text for text in stress_strings(2000) if text]
    assert_agrees(TextBatch(pl.Series(texts, dtype=pl.String)), shipped(name))


def test_a_token_that_spans_two_words_counts_in_each() -> None:
    starts, ends = np.array([0]), np.array([9])
    assert tokens_over(np.array([0, 5]), np.array([4, 9]), starts, ends).tolist() == [1, 1]


def test_an_empty_token_overlaps_nothing() -> None:
    assert tokens_over(np.array([0]), np.array([4]), np.array([0, 2]), np.array([4, 2])).tolist() == [1]


def test_byte_level_letters_spell_a_character_that_no_token_holds(
    shipped: Callable[[str], Tokenizer],
) -> None:
    tokenizer = shipped("cl100k")
    found = placed(TextBatch(pl.Series(["ሰ", "a"])), tokenizer)
    assert found.spelled_characters.tolist() == [1, 0]
    assert found.lost_characters.tolist() == [0, 0]


def test_every_character_of_an_unknown_word_is_lost(shipped: Callable[[str], Tokenizer]) -> None:
    tokenizer = shipped("mbert")
    found = placed(TextBatch(pl.Series(["ሰላም ለዓለም", "peace"])), tokenizer)
    assert found.lost_characters.tolist() == [7, 0]
    assert found.word_tokens.tolist()[:2] == [1, 1]
