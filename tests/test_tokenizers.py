"""What every tokenizer promises, whatever its format; and what bad input is told."""

from __future__ import annotations

import base64
import gzip
import json
import unicodedata
from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langcov.errors import TokenizerError
from langcov.tokenizers import Format, Origin, Tokenizer, formats, load_tokenizer, registry
from langcov.tokenizers.base import VOCABULARY_SCHEMA
from langcov.tokenizers.nfc import origins
from langcov.tokenizers.stress import letters_by_script, one_line, stress_strings
from langcov.tokenizers.surfaces import BYTE_LETTERS
from twelve import SHIPPED

if TYPE_CHECKING:
    from pathlib import Path

    from langcov.tokenizers import Encoded, Spans

Load = Callable[[str], Tokenizer]
FEW = ["cl100k", "qwen", "deepseek", "mbert", "mistral", "j2", "xlm-r"]
"""One of each engine, algorithm and normaliser."""
BYTE_LEVEL = ["cl100k", "o200k", "deepseek", "llama-3", "llama-4", "tekken"]
"""Those that leave text as it is, byte for byte."""

texts = st.lists(st.text(max_size=30) | st.sampled_from(stress_strings(300)), max_size=5)
laws = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def rows(encoded: Encoded | Spans) -> list[list[int]]:
    return [encoded.ids[start:end].tolist() for start, end in pairwise(encoded.offsets.tolist())]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small byte-level tokenizer.json that truncates, pads, adds special tokens and has added ones."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors

    vocab = {letter: id_ for id_, letter in enumerate(BYTE_LETTERS.values())} | {"ab": 256}
    tokenizer = Tokenizer(models.BPE(vocab, [("a", "b")], dropout=0.5))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<s>"])
    tokenizer.add_tokens([AddedToken("<tab>", special=False)])
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 257)])
    tokenizer.enable_truncation(4)
    tokenizer.enable_padding(length=9)
    folder = tmp_path_factory.mktemp("toy")
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


# What encode, spans, decode and vocabulary promise


@pytest.mark.parametrize("name", SHIPPED)
def test_it_is_a_tokenizer_and_says_where_it_is_from(name: str, shipped: Load) -> None:
    tokenizer = shipped(name)
    assert isinstance(tokenizer, Tokenizer)
    assert tokenizer.name == name
    assert len(tokenizer.fingerprint) == 64
    assert tokenizer.engine.split()[0] in {"tokenizers", "sentencepiece"}
    assert tokenizer.source.split()[0] == next(x.package for x in registry.shipped() if x.name == name)
    assert tokenizer.kind == next(x.kind for x in registry.shipped() if x.name == name)
    assert tokenizer.exactness.reference


@pytest.mark.parametrize("name", FEW)
@laws
@given(batch=texts)
def test_a_batch_is_its_texts_one_by_one(name: str, shipped: Load, batch: list[str]) -> None:
    tokenizer = shipped(name)
    encoded = tokenizer.encode_batch(batch)
    assert encoded.ids.dtype == np.uint32
    assert encoded.offsets.dtype == np.int64
    assert (len(encoded.offsets), encoded.offsets[0], encoded.offsets[-1]) == (
        len(batch) + 1,
        0,
        len(encoded.ids),
    )
    assert (np.diff(encoded.offsets) >= 0).all()
    assert rows(encoded) == [tokenizer.encode_batch([text]).ids.tolist() for text in batch]


@pytest.mark.parametrize("name", FEW)
@laws
@given(batch=texts)
def test_spans_have_the_same_ids_and_lie_in_order_in_their_text(
    name: str, shipped: Load, batch: list[str]
) -> None:
    tokenizer = shipped(name)
    check_spans(tokenizer, batch)


@pytest.mark.parametrize("name", SHIPPED)
def test_spans_hold_on_every_stress_string(name: str, shipped: Load) -> None:
    check_spans(shipped(name), stress_strings())


def check_spans(tokenizer: Tokenizer, batch: list[str]) -> None:
    encoded, spans = tokenizer.encode_batch(batch), tokenizer.encode_spans(batch)
    assert spans.ids.tolist() == encoded.ids.tolist()
    assert spans.offsets.tolist() == encoded.offsets.tolist()
    assert (spans.starts <= spans.ends).all()
    assert (spans.starts >= 0).all()
    for text, start, end in zip(batch, encoded.offsets[:-1], encoded.offsets[1:], strict=True):
        assert (spans.ends[start:end] <= len(text)).all()
        assert (np.diff(spans.starts[start:end]) >= 0).all()
        assert (np.diff(spans.ends[start:end]) >= 0).all()


@pytest.mark.parametrize("name", BYTE_LEVEL)
def test_surfaces_of_byte_level_tokens_add_up_to_the_text(name: str, shipped: Load) -> None:
    tokenizer = shipped(name)
    surface = dict(tokenizer.vocabulary.select("id", "surface").iter_rows())
    strings = stress_strings()
    for text, ids in zip(strings, rows(tokenizer.encode_batch(strings)), strict=True):
        assert b"".join(surface[id_] for id_ in ids) == text.encode()


@pytest.mark.parametrize("name", BYTE_LEVEL)
def test_byte_level_text_survives_the_round_trip(name: str, shipped: Load) -> None:
    tokenizer = shipped(name)
    assert tokenizer.decode_batch(rows(tokenizer.encode_batch(stress_strings()))) == stress_strings()


@pytest.mark.parametrize("name", ["qwen", "qwen3"])
def test_qwen_reads_composed_text_and_its_spans_lie_in_the_text_as_it_was(name: str, shipped: Load) -> None:
    tokenizer = shipped(name)
    apart = unicodedata.normalize("NFD", "Việt 각 é")
    composed = unicodedata.normalize("NFC", apart)
    surface = dict(tokenizer.vocabulary.select("id", "surface").iter_rows())
    spans = tokenizer.encode_spans([apart])
    assert b"".join(surface[id_] for id_ in spans.ids.tolist()).decode() == composed
    assert (spans.starts[0], spans.ends[-1]) == (0, len(apart))
    assert (np.diff(spans.starts) >= 0).all()


@given(st.text())
def test_composing_keeps_track_of_every_character(text: str) -> None:
    starts, ends = origins(text)
    assert len(starts) == len(ends) == len(unicodedata.normalize("NFC", text))
    assert (starts < ends).all()
    assert not len(text) or (starts[0], ends[-1]) == (0, len(text))


def test_each_byte_piece_spans_its_whole_character(shipped: Load) -> None:
    spans = shipped("mistral").encode_spans(["aༀ𓀀b", "𓀀"])
    assert list(zip(spans.starts.tolist(), spans.ends.tolist(), strict=True)) == [
        *[(0, 1), *[(1, 2)] * 3, *[(2, 3)] * 4, (3, 4)],
        *[(0, 0), *[(0, 1)] * 4],  # the dummy prefix stands for nothing
    ]


@pytest.mark.parametrize("name", SHIPPED)
def test_text_that_looks_like_a_special_token_is_text(name: str, shipped: Load) -> None:
    tokenizer = shipped(name)
    special = tokenizer.vocabulary.filter(pl.col("kind") == "control")["id"]
    lookalikes = [
        "<|endoftext|>",
        "<s>",
        "</s>",
        "<pad>",
        "<mask>",
        "[CLS]",
        "[MASK]",
        "<|eot_id|>",
        "<|im_start|>",
    ]
    assert not np.isin(tokenizer.encode_batch(lookalikes).ids, special).any()


@pytest.mark.parametrize("name", FEW)
def test_no_text_has_no_tokens(name: str, shipped: Load) -> None:
    assert rows(shipped(name).encode_batch([])) == []
    assert rows(shipped(name).encode_batch(["", ""])) == [[], []]
    assert rows(shipped(name).encode_spans([])) == []
    assert shipped(name).decode_batch([]) == []
    assert shipped(name).decode_batch([[]]) == [""]


@pytest.mark.parametrize("name", FEW)
def test_a_lone_surrogate_is_no_text(name: str, shipped: Load) -> None:
    for encode in (shipped(name).encode_batch, shipped(name).encode_spans):
        with pytest.raises(TokenizerError, match="text 1 holds a lone surrogate at character 2"):
            encode(["a", "bc\ud800"])


@pytest.mark.parametrize("name", ["cl100k", "tekken", "mistral", "j2"])
def test_bytes_that_are_no_text_decode_to_the_replacement_character(name: str, shipped: Load) -> None:
    vocabulary = shipped(name).vocabulary
    byte = vocabulary.filter(pl.col("surface") == b"\xe1")["id"].to_list()
    assert "\ufffd" in shipped(name).decode_batch([byte])[0]


@pytest.mark.parametrize("name", SHIPPED)
def test_the_vocabulary_has_each_id_once_in_order(name: str, shipped: Load) -> None:
    vocabulary = shipped(name).vocabulary
    assert vocabulary.schema == VOCABULARY_SCHEMA
    assert vocabulary["id"].is_sorted()
    assert vocabulary["id"].is_unique().all()
    assert vocabulary.null_count().sum_horizontal().item() == 0
    silent = vocabulary.filter(pl.col("kind").is_in(["unknown", "control"]))["surface"]
    assert set(silent) <= {b""}


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("mbert", {"normal": 119_443, "unknown": 1, "control": 103}),
        ("xlm-r", {"normal": 249_997, "unknown": 1, "control": 4}),
        ("mistral", {"normal": 31_741, "byte": 256, "unknown": 1, "control": 2}),
        ("cl100k", {"normal": 99_483, "byte": 773}),
        ("tekken", {"normal": 128_637, "byte": 1_435, "control": 1_000}),
        ("deepseek", {"normal": 126_527, "byte": 1_470, "control": 1_230, "added": 53}),
    ],
)
def test_kinds_are_counted(name: str, counts: dict[str, int], shipped: Load) -> None:
    assert dict(shipped(name).vocabulary["kind"].value_counts().iter_rows()) == counts


@pytest.mark.parametrize(
    ("name", "surface", "kind"),
    [
        ("cl100k", b" the", "normal"),
        ("cl100k", b" \xe1", "byte"),
        ("mistral", b"\xe1", "byte"),
        ("mistral", b" the", "normal"),
        ("xlm-r", b" the", "normal"),
        ("mbert", b"ing", "normal"),
        ("j2", b",", "added"),
        ("deepseek", b"<think>", "added"),
    ],
)
def test_surfaces_are_the_bytes_of_text(name: str, surface: bytes, kind: str, shipped: Load) -> None:
    assert kind in set(shipped(name).vocabulary.filter(pl.col("surface") == surface)["kind"])


def test_amharic_is_lost_to_mbert_and_spelled_by_mistral(shipped: Load) -> None:
    mbert, mistral = shipped("mbert"), shipped("mistral")
    assert mbert.encode_batch(["ሰላም ለዓለም"]).ids.tolist() == [100, 100]
    spelled = mistral.vocabulary.filter(pl.col("kind") == "byte")["id"]
    assert np.isin(mistral.encode_batch(["ሰላም ለዓለም"]).ids, spelled).sum() > 10


# Paths, folders, names


def test_a_tokenizer_json_encodes_all_of_the_text_and_nothing_else(saved: Path) -> None:
    tokenizer = load_tokenizer(saved / "tokenizer.json")
    text = "abab é <s> tab<tab>"
    ids = tokenizer.encode_batch([text]).ids.tolist()
    assert all(ids == tokenizer.encode_batch([text]).ids.tolist() for _ in range(20))  # no dropout
    surface = dict(tokenizer.vocabulary.select("id", "surface").iter_rows())
    assert b"".join(surface[id_] for id_ in ids).decode() == text
    assert 258 in ids
    assert not {257} & set(ids)
    check_spans(tokenizer, [text, " a b ", ""])
    spans = tokenizer.encode_spans([" ab"])
    assert (spans.starts.tolist(), spans.ends.tolist()) == ([0, 1], [1, 3])  # offsets keep their spaces


def test_a_tokenizer_is_named_after_its_folder(saved: Path) -> None:
    assert load_tokenizer(saved).name == saved.name
    assert load_tokenizer(str(saved / "tokenizer.json")).name == saved.name
    assert load_tokenizer(saved, name="my own").name == "my-own"
    assert load_tokenizer(saved).source == str(saved)


def test_one_file_has_one_fingerprint(saved: Path, tmp_path: Path) -> None:
    (tmp_path / "other.json").write_bytes((saved / "tokenizer.json").read_bytes())
    assert load_tokenizer(tmp_path / "other.json").fingerprint == load_tokenizer(saved).fingerprint
    document = json.loads((saved / "tokenizer.json").read_text())
    document["model"]["dropout"] = None
    (tmp_path / "other.json").write_text(json.dumps(document))
    assert load_tokenizer(tmp_path / "other.json").fingerprint != load_tokenizer(saved).fingerprint


@pytest.mark.parametrize("name", ["cl100k", "qwen", "tekken", "mistral", "deepseek", "llama-3"])
def test_a_shipped_file_loads_by_path_as_by_name(name: str, shipped: Load) -> None:
    path = next(each.path for each in registry.shipped() if each.name == name)
    assert path is not None
    by_path = load_tokenizer(path)
    assert by_path.fingerprint == shipped(name).fingerprint
    assert by_path.kind == shipped(name).kind
    strings = stress_strings(200)
    assert rows(by_path.encode_batch(strings)) == rows(shipped(name).encode_batch(strings))


def test_ranks_load_with_a_pattern_by_name_or_outright(tmp_path: Path) -> None:
    lines = [f"{base64.b64encode(bytes([byte])).decode()} {byte}" for byte in range(256)]
    lines += [f"{base64.b64encode(b'ab').decode()} 256", f"{base64.b64encode(b'b ').decode()} 257"]
    path = tmp_path / "toy.tiktoken.gz"
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    assert load_tokenizer(path, pattern="cl100k").encode_batch(["ab a"]).ids.tolist() == [256, 32, 97]
    assert load_tokenizer(path, pattern=r"a|[^a]+").encode_batch(["ab a"]).ids.tolist() == [97, 257, 97]
    assert load_tokenizer(path, pattern="cl100k").name == "toy"
    assert (
        load_tokenizer(path, pattern="cl100k").fingerprint != load_tokenizer(path, pattern="qwen").fingerprint
    )


def test_a_class_written_in_python_loads_through_transformers(tmp_path: Path) -> None:
    from transformers import ByT5Tokenizer

    ByT5Tokenizer().save_pretrained(str(tmp_path))
    tokenizer = load_tokenizer(tmp_path)
    assert "in Python" in tokenizer.engine
    assert tokenizer.encode_batch(["é</s>", ""]).ids.tolist() == [byte + 3 for byte in "é</s>".encode()]
    spans = tokenizer.encode_spans(["é!"])
    assert (spans.starts.tolist(), spans.ends.tolist()) == ([0, 0, 1], [1, 1, 2])
    assert tokenizer.vocabulary.filter(pl.col("kind") == "byte").height == 128


# The registry and the stress strings


def test_a_new_format_is_one_object(saved: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def load(origin: Origin) -> Tokenizer:
        return load_tokenizer(saved, name=origin.path.read_text().removeprefix("TOY "))

    toy = Format("toy", ("*.toy",), lambda head: head.startswith(b"TOY"), load)
    known = registry._objects()
    monkeypatch.setattr(registry, "_objects", lambda: (*known, toy))
    (tmp_path / "a.toy").write_text("TOY mine")
    assert toy in formats()
    assert load_tokenizer(tmp_path).name == load_tokenizer(tmp_path / "a.toy").name == "mine"


def test_every_shipped_object_is_complete() -> None:
    for each in registry.shipped():
        assert each.extra in {"samples", "samples-all"}
        assert each.licence
        assert each.about
        assert "\n" not in each.about
        assert each.name == each.name.lower()


def test_stress_strings_reach_every_script_and_stay_text() -> None:
    strings = stress_strings()
    assert len(strings) == 2000
    assert strings == stress_strings()
    assert strings != stress_strings(seed=1)
    seen = set("".join(strings))
    assert [script for script, letters in letters_by_script().items() if not seen & set(letters)] == []
    assert {"\x00", "\u200d", "\uffff", "\ufeff", "\u2028", "\u202f", "\x85"} <= seen
    assert all(text.encode() is not None for text in strings)


def test_one_line_is_one_line() -> None:
    line = one_line(1_000_000)
    assert "\n" not in line
    assert 500_000 < len(line.encode()) <= 1_000_000
