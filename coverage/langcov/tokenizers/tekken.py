"""Mistral's tekken.json: byte-level BPE ranks, their pattern, and the special tokens whose ids come first."""

from __future__ import annotations

import binascii
import re

from langcov.errors import TokenizerError
from langcov.tokenizers import files
from langcov.tokenizers.base import Exactness
from langcov.tokenizers.converted import converted
from langcov.tokenizers.huggingface import HuggingFaceTokenizer
from langcov.tokenizers.ranks import SPELLING, byte_level_bpe
from langcov.tokenizers.registry import Format, Origin, Shipped


def load(origin: Origin) -> HuggingFaceTokenizer:
    """Read a tekken.json. As in mistral-common, an entry's id is its rank and the number of special tokens.

    Raises:
        TokenizerError: It is no JSON, or no tekken.json.
    """
    data = files.read(origin.path)
    fingerprint, exactness = files.fingerprint(data), Exactness("mistral-common (its Tekkenizer)")
    return converted(
        lambda: _made(data, origin, fingerprint, exactness), data, fingerprint, origin, exactness
    )


def _made(data: bytes, origin: Origin, fingerprint: str, exactness: Exactness) -> HuggingFaceTokenizer:
    try:
        document = files.parsed(data)
        config = document["config"]
        special = int(config["default_num_special_tokens"])
        entries = document["vocab"][: int(config["default_vocab_size"]) - special]
        ranks = {binascii.a2b_base64(entry["token_bytes"]): int(entry["rank"]) for entry in entries}
        pattern = str(config["pattern"])
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise TokenizerError(
            f"this is no tekken.json ({type(error).__name__}: {error})",
            where=str(origin.path),
            fix="download the file again",
        ) from error
    return HuggingFaceTokenizer(
        name=origin.name,
        kind="byte-level BPE",
        fingerprint=fingerprint,
        source=origin.source,
        exactness=exactness,
        backend=byte_level_bpe(ranks, pattern, where=str(origin.path), shift=special),
        spelling=SPELLING,
        control=frozenset(range(special)),
    )


FORMAT = Format(
    name="tekken.json",
    files=("tekken.json", "tekken*.json"),
    recognises=lambda head: re.search(rb'"(token_bytes|default_num_special_tokens)"\s*:', head) is not None,
    load=load,
    rank=10,  # before a tokenizer.json beside it: that one is converted from this
)

TEKKEN = Shipped(
    name="tekken",
    package="mistral-common",
    file="mistral_common/data/tekken_240911.json",
    licence="Apache-2.0",
    kind="byte-level BPE",
    about="Mistral's since NeMo (v3), 130,072 entries",
    extra="samples-all",
    load=load,
)
