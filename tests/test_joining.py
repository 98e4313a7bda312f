"""Where tokens lie and what they decode to, from their bytes alone, is what the engine says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langcov.tokenizers import nfc
from langcov.tokenizers.joining import Joining
from langcov.tokenizers.stress import stress_strings

if TYPE_CHECKING:
    from collections.abc import Callable

    from langcov.tokenizers import Tokenizer

    Load = Callable[[str], Tokenizer]


@pytest.mark.parametrize("name", ["qwen3", "llama-3"])
@given(texts=st.lists(st.text(max_size=30) | st.sampled_from(stress_strings(300)), max_size=5))
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_spans_and_decoded_texts_are_the_engines(name: str, texts: list[str], shipped: Load) -> None:
    tokenizer = shipped(name)
    texts = nfc.compose(texts)
    joining = Joining.of(tokenizer.vocabulary)
    encoded = tokenizer.encode_batch(texts)
    found: list[Any] = [*joining.spans(encoded, texts)]
    expected: list[Any] = [*tokenizer.encode_spans(texts)]
    assert all(np.array_equal(one, other) for one, other in zip(found, expected, strict=True))
    lists = [row.tolist() for row in np.split(encoded.ids, encoded.offsets[1:-1])] if texts else []
    assert joining.decoded(lists) == tokenizer.decode_batch(lists) == texts


@given(ids=st.lists(st.integers(0, 255), max_size=8))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_broken_characters_decode_as_the_engine_decodes_them(ids: list[int], shipped: Load) -> None:
    tokenizer = shipped("qwen3")  # its first 256 ids are single bytes
    assert Joining.of(tokenizer.vocabulary).decoded([ids]) == tokenizer.decode_batch([ids])


def test_no_character_beyond_the_known_range_is_made_of_two() -> None:
    import unicodedata

    beyond = (unicodedata.decomposition(chr(point)) for point in range(nfc._COMPOSED, 0x110000))
    assert not any(" " in each and not each.startswith("<") for each in beyond)
