"""Tokenizers kept as what their files were turned into, so that loading them again takes no time.

A file of ranks has to be turned into merges, and any large vocabulary into bytes: a second or more. What came of it is
kept in the user's folder for caches, and the engine itself is made only when it first has to encode.
"""

from __future__ import annotations

import io
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from langcov.tokenizers import files, kept
from langcov.tokenizers.base import VOCABULARY_SCHEMA
from langcov.tokenizers.definition import Definition
from langcov.tokenizers.huggingface import HuggingFaceTokenizer
from langcov.tokenizers.sentencepiece import SentencePieceTokenizer
from langcov.tokenizers.surfaces import Spelling

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from langcov.tokenizers.base import Exactness
    from langcov.tokenizers.registry import Origin

LARGE: Final = 1 << 20
"""Bytes of a file that takes long enough to read; what is smaller is not kept."""

_FACTS, _VOCABULARY = "facts.json", "vocabulary.arrow"
_HEAD, _MODEL = "head.json", "model.zst"

DAMAGE: Final = (ValueError, KeyError, TypeError, OSError, pl.exceptions.PolarsError)
"""What reading damaged parts raises."""


def converted(
    make: Callable[[], HuggingFaceTokenizer],
    data: bytes,
    fingerprint: str,
    origin: Origin,
    exactness: Exactness,
    path: Path | None = None,
) -> HuggingFaceTokenizer:
    """Return the tokenizer that ``make`` makes, from what was kept of it if it was made before.

    Args:
        make: Makes it from the data; raises what it likes, and nothing is kept then.
        data: The file.
        fingerprint: The tokenizer's, which changes with all that ``make`` heeds.
        origin: Where the file is, and what to call the tokenizer.
        exactness: Of the tokenizer.
        path: The tokenizer.json, if it is one.
    """
    if len(data) < LARGE:
        return make()
    key = make.__module__, fingerprint, files.versioned("tokenizers")
    try:
        parts = kept.recall(*key) or {}
        facts = json.loads(parts[_FACTS])
        return HuggingFaceTokenizer.put_by(
            definition=Definition(parts[_HEAD].decode(), parts[_MODEL]),
            vocabulary=_vocabulary(parts),
            kind=str(facts["kind"]),
            spelling=Spelling(**facts["spelling"]),
            unknown=facts["unknown"],
            control=frozenset(facts["control"]),
            nfc=bool(facts["nfc"]),
            path=path,
            **_named(origin, fingerprint, exactness),
        )
    except DAMAGE:
        made = make()
    if made.kind != "Unigram":  # whose scores may not come back to the last digit
        facts = {
            "kind": made.kind,
            "spelling": asdict(made.spelling),
            "unknown": made.unknown,
            "control": sorted(made.control),
            "nfc": made.nfc,
        }
        definition = {_HEAD: made.definition.head.encode(), _MODEL: made.definition.model}
        kept.keep({**_parts(facts, made.vocabulary), **definition}, *key)
    return made


def converted_model(
    make: Callable[[], SentencePieceTokenizer],
    data: bytes,
    fingerprint: str,
    origin: Origin,
    exactness: Exactness,
) -> SentencePieceTokenizer:
    """Return the tokenizer that ``make`` makes, as `converted` does."""
    if len(data) < LARGE:
        return make()
    key = make.__module__, fingerprint, files.versioned("sentencepiece")
    try:
        parts = kept.recall(*key) or {}
        return SentencePieceTokenizer.put_by(
            model=parts[_MODEL],
            vocabulary=_vocabulary(parts),
            kind=str(json.loads(parts[_FACTS])["kind"]),
            **_named(origin, fingerprint, exactness),
        )
    except DAMAGE:
        made = make()
    kept.keep({**_parts({"kind": made.kind}, made.vocabulary), _MODEL: made.model}, *key)
    return made


def _named(origin: Origin, fingerprint: str, exactness: Exactness) -> dict[str, Any]:
    return {
        "name": origin.name,
        "source": origin.source,
        "fingerprint": fingerprint,
        "exactness": exactness,
    }


def _parts(facts: dict[str, Any], vocabulary: pl.DataFrame) -> dict[str, bytes]:
    written = io.BytesIO()
    vocabulary.write_ipc(written, compression="zstd")
    return {_FACTS: json.dumps(facts).encode(), _VOCABULARY: written.getvalue()}


def _vocabulary(parts: dict[str, bytes]) -> pl.DataFrame:
    found = pl.read_ipc(parts[_VOCABULARY])
    if found.schema != VOCABULARY_SCHEMA:
        raise ValueError("a vocabulary has other columns")
    return found
