"""Each shipped tokenizer's ids are the reference implementation's: on nasty strings, and on UDHR in every language."""

from __future__ import annotations

import importlib
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from langcov.tokenizers import registry
from langcov.tokenizers.stress import one_line, stress_strings
from references import REFERENCES, differing, path, rows, unigram_by_tokenizers
from twelve import SHIPPED

if TYPE_CHECKING:
    from collections.abc import Callable

    from langcov.tokenizers import Tokenizer

    Load = Callable[[str], Tokenizer]


def test_every_shipped_name_has_a_reference() -> None:
    assert {*REFERENCES, "xlm-r"} == set(SHIPPED)
    assert set(SHIPPED) <= {each.name for each in registry.shipped()}


@pytest.mark.parametrize("name", REFERENCES)
def test_ids_are_the_references(name: str, shipped: Load, udhr_texts: dict[str, list[str]]) -> None:
    tokenizer, reference = shipped(name), REFERENCES[name]()
    assert differing(tokenizer, reference, stress_strings()) == []
    assert differing(tokenizer, reference, list(chain.from_iterable(udhr_texts.values()))) == []


@pytest.mark.parametrize("name", ["cl100k", "o200k", "j2", "mistral", "mbert"])
def test_ten_megabytes_on_one_line_are_the_references_too(name: str, shipped: Load) -> None:
    assert not differing(shipped(name), REFERENCES[name](), [one_line()])


@pytest.mark.parametrize("name", ["cl100k", "deepseek", "j2", "mistral", "mbert", "xlm-r"])
def test_ten_megabytes_without_a_space_encode(name: str, shipped: Load) -> None:
    line = one_line(spaced=False)
    tokenizer = shipped(name)
    ids, offsets = tokenizer.encode_batch([line, "a"])
    assert offsets[1] > 100_000
    assert ids[offsets[1] :].tolist() == tokenizer.encode_batch(["a"]).ids.tolist()


def test_xlm_r_differs_from_another_unigram_engine_in_ties_only(
    shipped: Load, udhr_texts: dict[str, list[str]]
) -> None:
    """The engine is sentencepiece itself; here its pieces, scores and normaliser are run by `tokenizers`."""
    from langcov.tokenizers.xlmr import parse

    _, _, scores = parse(path("xlm-r"))
    score = np.array(scores)

    texts = [*stress_strings(), *chain.from_iterable(udhr_texts.values())]
    theirs = [list(ids) for ids in unigram_by_tokenizers()(texts)]
    ours = rows(shipped("xlm-r").encode_batch(texts))
    ties = [(a, b) for a, b in zip(ours, theirs, strict=True) if a != b]
    assert len(ties) < 20
    for a, b in ties:
        assert score[a].sum() == pytest.approx(score[b].sum(), rel=1e-6)


def test_mbert_is_googles_code_on_all_of_udhr_and_its_note_says_how_far_off_elsewhere(
    shipped: Load, udhr_texts: dict[str, list[str]]
) -> None:
    """Google's tokenization.py of 2018; transformers kept it, but for a later normalisation to NFC."""
    from langcov.tokenizers.mbert import parse

    legacy: Any = importlib.import_module("transformers.models.bert.tokenization_bert_legacy")

    vocab = {piece: id_ for id_, piece in enumerate(parse(path("mbert").read_bytes(), "mbert"))}
    basic = legacy.BasicTokenizer(do_lower_case=False)
    pieces = legacy.WordpieceTokenizer(vocab, "[UNK]", max_input_chars_per_word=100)

    def google(texts: list[str]) -> list[list[int]]:
        found = []
        for text in texts:
            clean = basic._tokenize_chinese_chars(basic._clean_text(text))
            words = chain.from_iterable(basic._run_split_on_punc(word) for word in clean.split())
            found.append([vocab[piece] for word in words for piece in pieces.tokenize(word)])
        return found

    tokenizer = shipped("mbert")
    assert not differing(tokenizer, google, list(chain.from_iterable(udhr_texts.values())))
    assert 0 < len(differing(tokenizer, google, stress_strings())) < 300
    assert "U+2B820" in tokenizer.exactness.note


@pytest.mark.parametrize("name", ["cl100k", "o200k", "qwen3"])
def test_patterns_read_every_character_as_tiktoken_does(name: str, shipped: Load) -> None:
    alike = [*range(0x3400, 0xA000, 16), *range(0xAC00, 0xD7A4, 16), *range(0x20000, 0x33480, 64)]
    points = [*range(0x3400), *range(0xA000, 0xAC00), *range(0xD7A4, 0xD800), *range(0xE000, 0x20000), *alike]
    texts = [f"x{chr(point)}1{chr(point)}{chr(point)}'s {chr(point)}" for point in points]
    assert differing(shipped(name), REFERENCES[name](), texts) == []
