"""Odd tokenizers: mutated ones, and files from scratch in the shape of each format."""

from __future__ import annotations

import base64
import gzip
import json
import struct
from typing import TYPE_CHECKING, Any

from fuzzing import mutation, odd
from fuzzing.case import Case

if TYPE_CHECKING:
    from random import Random

    from fuzzing.originals import Originals

IDS = (0, 1, 2, 255, 65_536, 2**20, 2**24, 2**31 - 1, 2**31, 2**32 - 1, 2**32, -1, 1.5)


def tokenizer(originals: Originals, chance: Random) -> Case:
    """Return a tokenizer that is odd in one way, now and then in several."""
    make = chance.choice(
        (_mutated, _mutated_json, _mutated_json, _document, _pieces, _pieces, _ranks, _tekken, _folder)
    )
    case = make(originals, chance)
    arguments: dict[str, Any] = {
        "spec": "{here}/" + next(iter(case.files)),
        "fast": chance.random() < 0.1,
        "audit": chance.random() < 0.03,
    }
    if chance.random() < 0.05:
        arguments["name"] = odd.text(chance)
    if any(name.endswith("tiktoken") for name in case.files) or chance.random() < 0.05:
        arguments["pattern"] = chance.choice(("cl100k", "cl100k", "o200k", r"\S+|\s+", odd.text(chance)))
    return Case("tokenizer", case.made, case.files, case.links, {**arguments, **case.arguments})


def _mutated(originals: Originals, chance: Random) -> Case:
    name = chance.choice(list(originals.tokenizers))
    data = mutation.mutated(originals.tokenizers[name], chance)
    return Case(
        "tokenizer",
        f"mutated {name}",
        {name: gzip.compress(data, 1, mtime=0) if chance.random() < 0.1 else data},
    )


def _mutated_json(originals: Originals, chance: Random) -> Case:
    name = chance.choice([name for name in originals.tokenizers if name.endswith("json")])
    document = mutation.mutated_json(json.loads(originals.tokenizers[name]), chance)
    data = odd.written(document)
    if chance.random() < 0.15:
        data = mutation.doubled_keys(data, chance)
    return Case("tokenizer", f"values in {name}", {name: data})


def _document(_: Originals, chance: Random) -> Case:
    """A tokenizer.json from parts of every kind, with ids, merges and added tokens that do not fit."""
    if chance.random() < 0.05:
        return Case("tokenizer", "nested JSON", {"tokenizer.json": b'{"model":' + odd.nested(chance) + b"}"})
    words = [
        chance.choice(("a", "b", "ab", "abc", " ", "▁", "##a", "<0x61>", "Ġ", odd.text(chance)))
        for _ in range(6)
    ]
    ids = [chance.choice(IDS) if chance.random() < 0.15 else place for place in range(len(words))]
    document: dict[str, Any] = {
        "version": "1.0",
        "added_tokens": [_added(chance) for _ in range(chance.randrange(3))],
        "normalizer": chance.choice((None, None, _part(chance, NORMALIZERS))),
        "pre_tokenizer": chance.choice((None, None, _part(chance, PRE_TOKENIZERS))),
        "post_processor": None,
        "decoder": chance.choice((None, _part(chance, DECODERS))),
        "truncation": chance.choice((None, None, odd.value(chance))),
        "padding": chance.choice((None, None, odd.value(chance))),
        "model": _model(chance, dict(zip(words, ids, strict=True))),
    }
    return Case(
        "tokenizer", f"a {document['model']['type']} from scratch", {"tokenizer.json": odd.written(document)}
    )


def _model(chance: Random, vocabulary: dict[str, Any]) -> dict[str, Any]:
    kind = chance.choice(("BPE", "BPE", "Unigram", "WordPiece", "WordLevel"))
    words = list(vocabulary)
    unknown = chance.choice((None, words[0], "[UNK]", odd.text(chance)))
    if kind == "BPE":
        merges = [[chance.choice(words), chance.choice(words)] for _ in range(chance.randrange(4))]
        return {
            "type": kind,
            "vocab": vocabulary
            | chance.choice(({}, {"".join(pair): 10 + i for i, pair in enumerate(merges)})),
            "merges": merges,
            "unk_token": unknown,
            "byte_fallback": chance.random() < 0.3,
            "ignore_merges": chance.random() < 0.3,
            "fuse_unk": chance.random() < 0.3,
            "dropout": chance.choice((None, None, 0.5, 1.0, -1, 1e308)),
            "continuing_subword_prefix": chance.choice((None, None, "##", odd.text(chance))),
            "end_of_word_suffix": chance.choice((None, None, "</w>", odd.text(chance))),
        }
    if kind == "Unigram":
        scores = [chance.choice((-1.0, -2.5, 0, 1e308, -1e308, *odd.NUMBERS)) for _ in words]
        return {
            "type": kind,
            "vocab": [[word, score] for word, score in zip(words, scores, strict=True)],
            "unk_id": chance.choice((None, 0, 1, 6, 7, -1, 2**32)),
            "byte_fallback": chance.random() < 0.3,
        }
    rest = {"continuing_subword_prefix": "##", "max_input_chars_per_word": chance.choice((100, 0, 2**63, -1))}
    return {
        "type": kind,
        "vocab": vocabulary,
        "unk_token": unknown or "[UNK]",
        **(rest if kind == "WordPiece" else {}),
    }


def _added(chance: Random) -> dict[str, Any]:
    flags = {
        flag: chance.random() < 0.5 for flag in ("single_word", "lstrip", "rstrip", "normalized", "special")
    }
    content = chance.choice(("<s>", "", " ", "a", odd.text(chance)))
    return {"id": chance.choice((*IDS, 6, 7, 8)), "content": content, **flags}


NORMALIZERS: tuple[dict[str, Any], ...] = (
    {"type": "NFKC"},
    {"type": "Strip", "strip_left": True, "strip_right": True},
    {"type": "Replace", "pattern": {"Regex": "a*"}, "content": "ab"},
    {"type": "Replace", "pattern": {"String": ""}, "content": "x"},
    {"type": "Prepend", "prepend": "▁"},
    {"type": "ByteLevel"},
    {"type": "Precompiled", "precompiled_charsmap": "AAAA"},
    {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(b"\x08\0\0\0" + b"\xff" * 20).decode()},
    {
        "type": "BertNormalizer",
        "clean_text": True,
        "handle_chinese_chars": True,
        "strip_accents": None,
        "lowercase": True,
    },
)
PRE_TOKENIZERS: tuple[dict[str, Any], ...] = (
    {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
    {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
    {"type": "Split", "pattern": {"Regex": r"\S+|\s+"}, "behavior": "Isolated", "invert": False},
    {"type": "Split", "pattern": {"Regex": ""}, "behavior": "MergedWithNext", "invert": True},
    {"type": "Digits", "individual_digits": True},
    {"type": "Punctuation", "behavior": "Contiguous"},
    {"type": "CharDelimiterSplit", "delimiter": "a"},
    {"type": "FixedLength", "length": 0},
    {"type": "UnicodeScripts"},
)
DECODERS: tuple[dict[str, Any], ...] = (
    {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
    {"type": "WordPiece", "prefix": "##", "cleanup": True},
    {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
    {"type": "ByteFallback"},
    {"type": "Fuse"},
    {"type": "Strip", "content": " ", "start": 2**60, "stop": 0},
    {"type": "CTC", "pad_token": "<pad>", "word_delimiter_token": "|", "cleanup": True},
    {"type": "BPEDecoder", "suffix": "</w>"},
    {"type": "Replace", "pattern": {"Regex": "(a|b)*"}, "content": ""},
)


def _part(chance: Random, kinds: tuple[dict[str, Any], ...]) -> Any:  # noqa: ANN401 (any JSON value)
    part: Any = dict(chance.choice(kinds))
    if chance.random() < 0.3:
        part = mutation.mutated_json(part, chance)
    if chance.random() < 0.3:
        field = (
            "pretokenizers" if kinds is PRE_TOKENIZERS else "decoders" if kinds is DECODERS else "normalizers"
        )
        part = {
            "type": "Sequence",
            field: [part, *(chance.choice(kinds) for _ in range(chance.randrange(3)))],
        }
    return part


def _pieces(_: Originals, chance: Random) -> Case:
    """A SentencePiece model from scratch: pieces of every type and score, specials that do not fit, fields cut short."""
    message = b""
    for place in range(chance.choice((0, 1, 4, 4, 300))):
        text = ("<unk>", "<s>", "</s>", "▁", "a", "b", "▁a")[place] if place < 7 else f"a{place}"
        text = (
            odd.text(chance)
            if chance.random() < 0.1
            else f"<0x{place:02X}>"
            if chance.random() < 0.05
            else text
        )
        type_ = (2, 3, 3)[place] if place < 3 else 1
        type_ = chance.choice((0, 1, 2, 3, 4, 5, 6, 7, 2**31)) if chance.random() < 0.1 else type_
        score = (
            chance.choice((-1.0, 0.0, float("nan"), float("-inf"), 3e38))
            if chance.random() < 0.1
            else -float(place)
        )
        piece = (
            _bytes(1, text.encode("utf-8", "surrogatepass"))
            + struct.pack("<Bf", 0x15, score)
            + _number(3, type_)
        )
        message += _bytes(1, piece if chance.random() < 0.97 else mutation.mutated(piece, chance))
    trainer = _number(3, chance.choice((1, 2, 2, 3, 4, 0, 9)))
    for field in (35, 40, 41, 42, 43):
        if chance.random() < 0.2:
            trainer += _number(field, chance.choice((0, 1, 2, 5, 2**31, 2**64 - 1)))
    if chance.random() < 0.1:
        trainer += _bytes(chance.choice((45, 46, 47, 48)), odd.text(chance).encode("utf-8", "surrogatepass"))
    normaliser = _bytes(1, b"identity")
    if chance.random() < 0.2:
        normaliser += _bytes(
            2, chance.choice((b"\x08\0\0\0" + b"\xff" * 20, b"\0" * 9, chance.randbytes(40), b"\xff" * 4))
        )
    for field in (3, 4, 5):
        if chance.random() < 0.3:
            normaliser += _number(field, chance.choice((0, 1, 2**40)))
    message += _bytes(2, trainer) + _bytes(3, normaliser)
    if chance.random() < 0.2:
        message = mutation.mutated(message, chance)
    return Case("tokenizer", "a .model from scratch", {"tokenizer.model": message})


def _ranks(_: Originals, chance: Random) -> Case:
    entries = [bytes([byte]) for byte in range(256 if chance.random() < 0.9 else chance.randrange(256))]
    entries += [
        chance.choice((b"th", b"", b" " * 300, b"\xff\xfe", chance.randbytes(4)))
        for _ in range(chance.randrange(6))
    ]
    ranks: list[Any] = list(range(len(entries)))
    if chance.random() < 0.5:
        ranks[chance.randrange(len(ranks))] = chance.choice((*IDS, "x", "1_0", "٣", 10**30, ""))
    if chance.random() < 0.2:
        chance.shuffle(ranks)
    lines = [
        base64.b64encode(entry) + f" {rank}".encode() for entry, rank in zip(entries, ranks, strict=True)
    ]
    data = chance.choice((b"\n", b"\n", b"\r\n", b" ")).join(lines) + b"\n"
    return Case(
        "tokenizer",
        "ranks from scratch",
        {"a.tiktoken": mutation.mutated(data, chance) if chance.random() < 0.2 else data},
    )


def _tekken(originals: Originals, chance: Random) -> Case:
    document = json.loads(originals.tokenizers["tekken.json"])
    if chance.random() < 0.5:
        document["config"][chance.choice(list(document["config"]))] = chance.choice(
            (*odd.NUMBERS, *odd.TEXTS, None)
        )
    else:
        entry = chance.choice(document["vocab"])
        entry[chance.choice(("rank", "token_bytes", "x"))] = chance.choice(
            (*IDS, "AA==", odd.text(chance), None)
        )
    return Case("tokenizer", "a tekken.json", {"tekken.json": odd.written(document)})


def _folder(originals: Originals, chance: Random) -> Case:
    names = (
        "tokenizer.json",
        "tekken.json",
        "tokenizer.model",
        "a.tiktoken",
        "tokenizer_config.json",
        "vocab.json",
        "merges.txt",
    )
    classes = (
        "BertTokenizer",
        "ByT5Tokenizer",
        "GPT2Tokenizer",
        "T5Tokenizer",
        "NoSuchTokenizer",
        odd.text(chance),
    )
    files = {}
    for name in chance.sample(names, chance.randrange(1, 4)):
        data = chance.choice(list(originals.tokenizers.values()))
        if name == "tokenizer_config.json":
            data = odd.written(
                {"tokenizer_class": chance.choice(classes), odd.text(chance): odd.value(chance)}
            )
        files[name] = data if chance.random() < 0.7 else mutation.mutated(data[:5000], chance)
    links = (
        {"linked.model": chance.choice((".", "linked.model", "/dev/null", ".."))}
        if chance.random() < 0.2
        else {}
    )
    return Case("tokenizer", "a folder", files, links, {"spec": "{here}"})


def piece(text: bytes, type_: int, score: float = 0.0) -> bytes:
    """Return a piece of a SentencePiece model."""
    return _bytes(1, _bytes(1, text) + struct.pack("<Bf", 0x15, score) + _number(3, type_))


def unigram(
    entries: dict[str, float], *, byte_fallback: bool, dummy_prefix: bool, fewer_spaces: bool
) -> bytes:
    """Return a sound SentencePiece Unigram model with these entries and their scores, id 0 being the unknown one.

    Args:
        entries: Their letters, ``▁`` for a space.
        byte_fallback: It has every byte too, far below all entries.
        dummy_prefix: It puts a space before every text.
        fewer_spaces: It makes one space of several, and none at either end.
    """
    message = piece(b"<unk>", 2) + b"".join(piece(text.encode(), 1, score) for text, score in entries.items())
    if byte_fallback:
        message += b"".join(piece(f"<0x{byte:02X}>".encode(), 6, -30.0) for byte in range(256))
    normaliser = _bytes(1, b"identity") + _number(3, dummy_prefix) + _number(4, fewer_spaces)
    return message + _bytes(2, _number(3, 1) + _number(35, byte_fallback)) + _bytes(3, normaliser)


def _varint(value: int) -> bytes:
    packed = bytearray()
    while value >= 0x80:
        packed.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*packed, value])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value
