"""Valid small files, made here: what mutations start from."""

from __future__ import annotations

import base64
import csv
import gzip
import io
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

SENTENCES = {
    "eng_Latn": ("The child reads a book.", "It rains today.", "We went to the market and bought yams."),
    "yor_Latn": ("Ọmọ náà ń ka ìwé.", "Òjò ń rọ̀ lónìí.", "A lọ sí ọjà, a sì ra iṣu."),
    "amh_Ethi": ("ልጁ መጽሐፍ ያነባል።", "ዛሬ ዝናብ ነው።", "ወደ ገበያ ሄድን።"),
}
"""Written for these tests."""


@dataclass(frozen=True)
class Originals:
    """Valid files by what they are.

    Attributes:
        corpora: Name, with a suffix that tells the format -> content.
        tokenizers: Likewise.
        run: Files of a run folder.
    """

    corpora: dict[str, bytes]
    tokenizers: dict[str, bytes]
    run: dict[str, bytes]


def originals() -> Originals:
    """Make them all: a few seconds."""
    tokenizers = _tokenizers()
    return Originals(corpora=_corpora(), tokenizers=tokenizers, run=_run(tokenizers))


def _rows() -> list[dict[str, Any]]:
    return [
        {"language": language, "id": number, "text": text}
        for language, texts in SENTENCES.items()
        for number, text in enumerate(texts)
    ]


def parquet(rows: list[dict[str, Any]] | dict[str, Any], **options: Any) -> bytes:  # noqa: ANN401 (polars' own)
    """Return rows, or columns, as a Parquet file."""
    import polars as pl

    buffer = io.BytesIO()
    pl.DataFrame(rows).write_parquet(buffer, **options)
    return buffer.getvalue()


def _corpora() -> dict[str, bytes]:
    import zstandard

    table = io.StringIO()
    writer = csv.DictWriter(table, ["language", "id", "text"])
    writer.writeheader()
    writer.writerows(_rows())
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in _rows()).encode()
    text = "\n".join(SENTENCES["yor_Latn"]).encode()
    return {
        "yor_Latn.txt": text,
        "yor_Latn.devtest": text,
        "yor_Latn.txt.gz": gzip.compress(text, mtime=0),
        "yor_Latn.txt.zst": zstandard.compress(text),
        "rows.jsonl": lines,
        "rows.jsonl.gz": gzip.compress(lines, mtime=0),
        "rows.jsonl.zst": zstandard.compress(lines) + zstandard.compress(lines),
        "rows.csv": table.getvalue().encode(),
        "rows.parquet": parquet(_rows()),
        "plain.parquet": parquet(_rows() * 40, compression="uncompressed", row_group_size=100),
        "snappy.parquet": parquet(_rows() * 10, compression="snappy", statistics=False),
    }


def _tokenizers() -> dict[str, bytes]:
    return {
        **_trained_by_tokenizers(),
        **_trained_by_sentencepiece(),
        "ranks.tiktoken": b"\n".join(
            base64.b64encode(entry) + b" %d" % rank for entry, rank in _ranks().items()
        )
        + b"\n",
        "tekken.json": json.dumps(_tekken()).encode(),
    }


def _trained_by_tokenizers() -> dict[str, bytes]:
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

    texts = [text for each in SENTENCES.values() for text in each]
    byte_level = Tokenizer(models.BPE())
    byte_level.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    byte_level.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    byte_level.train_from_iterator(
        texts,
        trainers.BpeTrainer(
            vocab_size=300, special_tokens=["<s>", "<pad>"], initial_alphabet=alphabet, show_progress=False
        ),
    )
    fallback = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    fallback.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    fallback.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    )
    bytes_ = [f"<0x{byte:02X}>" for byte in range(256)]
    fallback.train_from_iterator(
        texts, trainers.BpeTrainer(vocab_size=400, special_tokens=["<unk>", *bytes_], show_progress=False)
    )
    unigram = Tokenizer(models.Unigram())
    unigram.normalizer = normalizers.NFKC()
    unigram.pre_tokenizer = pre_tokenizers.Metaspace()
    unigram.decoder = decoders.Metaspace()
    unigram.train_from_iterator(
        texts,
        trainers.UnigramTrainer(
            vocab_size=120, special_tokens=["<unk>"], unk_token="<unk>", show_progress=False
        ),
    )
    word_piece = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    word_piece.normalizer = normalizers.BertNormalizer()
    word_piece.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    word_piece.decoder = decoders.WordPiece()
    word_piece.train_from_iterator(
        texts,
        trainers.WordPieceTrainer(vocab_size=150, special_tokens=["[UNK]", "[PAD]"], show_progress=False),
    )
    words = Tokenizer(models.WordLevel({"[UNK]": 0, "free": 1, ".": 2}, unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Split(" ", "removed")
    made = {
        "bytes": byte_level,
        "fallback": fallback,
        "unigram": unigram,
        "wordpiece": word_piece,
        "words": words,
    }
    return {f"{name}.tokenizer.json": each.to_str().encode() for name, each in made.items()}


def _trained_by_sentencepiece() -> dict[str, bytes]:
    import sentencepiece

    found = {}
    kinds: tuple[tuple[str, dict[str, Any]], ...] = (
        ("unigram", {"vocab_size": 330, "byte_fallback": True}),
        ("bpe", {"vocab_size": 340, "byte_fallback": True, "user_defined_symbols": ["<sep>"]}),
        ("char", {"vocab_size": 60}),
        ("word", {"vocab_size": 20, "normalization_rule_name": "nmt_nfkc"}),
    )
    for kind, options in kinds:
        model = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter([text for each in SENTENCES.values() for text in each]),
            model_writer=model,
            model_type=kind,
            hard_vocab_limit=False,
            minloglevel=2,
            num_threads=1,
            **{"normalization_rule_name": "identity", **options},
        )
        found[f"{kind}.model"] = model.getvalue()
    return found


def _ranks() -> dict[bytes, int]:
    pairs = (b"th", b"an", b"en", b"th", b"the", b" th", b" the", b"\xe1\x8a", "ẹ".encode())
    return {
        entry: rank
        for rank, entry in enumerate(dict.fromkeys([*(bytes([byte]) for byte in range(256)), *pairs]))
    }


def _tekken() -> dict[str, Any]:
    return {
        "config": {
            "pattern": r"\p{L}+|\p{N}|[^\s\p{L}\p{N}]+|\s+",
            "num_vocab_tokens": len(_ranks()),
            "default_vocab_size": len(_ranks()) + 10,
            "default_num_special_tokens": 10,
            "version": "v3",
        },
        "vocab": [
            {"rank": rank, "token_bytes": base64.b64encode(entry).decode(), "token_str": None}
            for entry, rank in _ranks().items()
        ],
    }


def _run(tokenizers: dict[str, bytes]) -> dict[str, bytes]:
    from langcov import runs
    from langcov.corpora import open_corpus
    from langcov.tokenizers import load_tokenizer

    with TemporaryDirectory() as place:
        folder = Path(place)
        for name in ("bytes.tokenizer.json", "unigram.model"):
            (folder / name).write_bytes(tokenizers[name])
        for language, texts in SENTENCES.items():
            (folder / f"{language}.devtest").write_text("\n".join(texts), encoding="utf-8")
        loaded = [load_tokenizer(folder / name) for name in ("bytes.tokenizer.json", "unigram.model")]
        runs.compare(loaded, open_corpus(folder)).save(folder / "run")
        return {
            str(path.relative_to(folder / "run")): path.read_bytes()
            for path in sorted((folder / "run").rglob("*"))
            if path.is_file() and path.name != "index.html"
        }


if __name__ == "__main__":
    made = originals()
    for kind in (made.corpora, made.tokenizers, made.run):
        for name, content in kind.items():
            sys.stdout.write(f"{name} {len(content)}\n")
