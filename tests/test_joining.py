"""Where tokens lie and what they decode to, from their bytes alone, is what the engine says."""

from __future__ import annotations

import io
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import sentencepiece
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langcov.tokenizers import Origin, nfc
from langcov.tokenizers.joining import Joining
from langcov.tokenizers.sentencepiece import SentencePieceTokenizer, from_model
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
    beyond = (unicodedata.decomposition(chr(point)) for point in range(nfc._COMPOSED, 0x110000))
    assert not any(" " in each and not each.startswith("<") for each in beyond)


@given(texts=st.lists(st.text(alphabet="aeu\u0301\u0308\u0327\n\u1100\u1161\u11a8é", max_size=8), max_size=5))
def test_texts_are_composed_each_by_itself_whatever_stands_beside_them(texts: list[str]) -> None:
    assert nfc.compose(texts) == [unicodedata.normalize("NFC", text) for text in texts]


def test_characters_that_come_second_are_all_of_unicodes() -> None:
    pairs = (unicodedata.decomposition(chr(point)).split() for point in range(nfc._COMPOSED))
    seconds = {chr(int(pair[1], 16)) for pair in pairs if len(pair) == 2 and not pair[0].startswith("<")}
    assert seconds <= nfc._joining()


@pytest.mark.parametrize("name", ["j2", "xlm-r", "mistral"])
@given(texts=st.lists(st.text(max_size=30) | st.sampled_from(stress_strings(2000)), max_size=5))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pieces_lie_where_sentencepiece_says(name: str, texts: list[str], shipped: Load) -> None:
    _lie_where_the_engine_says(shipped(name), texts)


ODD: tuple[dict[str, Any], ...] = (
    {"byte_fallback": True},
    {"treat_whitespace_as_suffix": True},
    {"add_dummy_prefix": False, "remove_extra_whitespaces": False},
    {"normalization_rule_name": "nfkc_cf"},
    {"normalization_rule_name": "identity", "user_defined_symbols": ["ab", "<x>", "é", "▁", "▁q"]},
    {"split_by_whitespace": False, "max_sentencepiece_length": 30},
)


@pytest.mark.parametrize("kind", ["unigram", "bpe", "char"])
@pytest.mark.parametrize("setting", ODD, ids=" ".join)
def test_pieces_of_odd_models_lie_where_sentencepiece_says_too(
    kind: str, setting: dict[str, Any], udhr_texts: dict[str, list[str]]
) -> None:
    texts = [text for own in udhr_texts.values() for text in own][::40]
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts),
        model_writer=model,
        model_type=kind,
        vocab_size=1500,
        hard_vocab_limit=False,
        character_coverage=0.98,
        minloglevel=3,
        **setting,
    )
    tokenizer = from_model(model.getvalue(), Origin(Path("odd.model"), "odd", "odd"))
    _lie_where_the_engine_says(tokenizer, [*texts, *stress_strings(2000)])


def _lie_where_the_engine_says(tokenizer: Tokenizer, texts: list[str]) -> None:
    assert isinstance(tokenizer, SentencePieceTokenizer)
    found, expected = tokenizer.encode_spans(texts), tokenizer._engine_spans(texts)
    for which in ("ids", "offsets", "starts", "ends"):
        assert np.array_equal(getattr(found, which), getattr(expected, which)), which
    # What the library is asked for itself is what its own method gives.
    assert found.ids.tolist() == [id_ for ids in tokenizer.processor.encode(texts) for id_ in ids]
