"""Multilingual BERT, from the vocabulary that the package blingfire ships."""

from __future__ import annotations

import struct

import numpy as np

from langcov.errors import TokenizerError
from langcov.tokenizers import files
from langcov.tokenizers.base import Exactness
from langcov.tokenizers.converted import converted
from langcov.tokenizers.huggingface import HuggingFaceTokenizer
from langcov.tokenizers.registry import Origin, Shipped
from langcov.tokenizers.surfaces import Spelling

_HEADER = 96
"""Bytes of the .i2w before the number of words (u32), where each begins (u32) and the words."""


_EXACTNESS = Exactness(
    "transformers' BertTokenizer",
    "Google's code of 2018 differs where it meets characters newer than Unicode 8 (the library's tables): it "
    "drops unassigned code points, which become [UNK] here, and splits off a hundred newer punctuation marks; and it "
    "spaces out the ideographs U+2B820 to U+2B91F. It agrees on all of UDHR, and on 1,798 of the 2,000 stress "
    "strings.",
)


def load(origin: Origin) -> HuggingFaceTokenizer:
    """Build mBERT's WordPiece from blingfire's table of words.

    Raises:
        TokenizerError: The table is not laid out as in blingfire 0.1.8.
    """
    data = files.read(origin.path)
    fingerprint = files.fingerprint(data)
    return converted(lambda: _made(data, fingerprint, origin), data, fingerprint, origin, _EXACTNESS)


def _made(data: bytes, fingerprint: str, origin: Origin) -> HuggingFaceTokenizer:
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers

    pieces = parse(data, str(origin.path))
    vocabulary = {piece: id_ for id_, piece in enumerate(pieces)}
    backend = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=100))  # noqa: S106
    backend.normalizer = normalizers.BertNormalizer(
        clean_text=True, handle_chinese_chars=True, strip_accents=False, lowercase=False
    )
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    backend.decoder = decoders.WordPiece(prefix="##", cleanup=False)
    silent = {"[PAD]", "[CLS]", "[SEP]", "[MASK]"}
    return HuggingFaceTokenizer(
        name=origin.name,
        kind="WordPiece",
        fingerprint=fingerprint,
        source=origin.source,
        exactness=_EXACTNESS,
        backend=backend,
        spelling=Spelling(prefix="##"),
        unknown=vocabulary["[UNK]"],
        control=frozenset(
            id_ for piece, id_ in vocabulary.items() if piece in silent or piece.startswith("[unused")
        ),
    )


def parse(data: bytes, where: str) -> list[str]:
    """Return the pieces by id, as a BERT vocab.txt writes them."""
    try:
        (count,) = struct.unpack_from("<I", data, _HEADER)
        bounds = np.frombuffer(data, "<u4", count + 1, _HEADER + 4).tolist()
        words = data[_HEADER + 4 + 4 * (count + 1) :]
        texts = files.strings(bounds, words)
    except (struct.error, ValueError) as error:
        raise TokenizerError(
            f"this is no table of words as blingfire 0.1.8 ships it ({error})",
            where=where,
            fix="install blingfire 0.1.8",
        ) from error
    # A leading space marks the start of a word.
    pieces = [text[1:] if text.startswith(" ") else f"##{text}" for text in texts]
    if pieces[:1] != ["[PAD]"] or "[UNK]" not in pieces:
        raise TokenizerError(
            "this table of words is not multilingual BERT's", where=where, fix="install blingfire 0.1.8"
        )
    return pieces


MBERT = Shipped(
    name="mbert",
    package="blingfire",
    file="blingfire/bert_multi_cased.i2w",
    licence="MIT",
    kind="WordPiece",
    about="Google's multilingual BERT (cased), 104 languages, 119,547 entries",
    extra="samples-all",
    load=load,
)
