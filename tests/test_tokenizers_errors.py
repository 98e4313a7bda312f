"""Bad input is told in one sentence: what, where, what to do."""

from __future__ import annotations

import base64
import importlib.metadata
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from langcov.errors import TokenizerError
from langcov.tokenizers import Shipped, load_tokenizer, registry
from twelve import SHIPPED

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from langcov.tokenizers import Tokenizer


def message(spec: str | Path, **options: str) -> str:
    with pytest.raises(TokenizerError) as caught:
        load_tokenizer(spec, **options)
    told = str(caught.value)
    assert told.endswith(".")
    assert "\n" not in told
    return told


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "the file is empty; download it again"),
        (b"  \n", "the file is empty"),
        (b'{"version": "1.0", "model": {"type": "BPE"', "this is no valid JSON"),
        (b'{"a": 1}', "this is JSON, but no tokenizer; langcov reads tekken.json, tokenizer.json"),
        (b'{"model": 3}', "it has no 'model'"),
        (b'{"model": {"type": "BPE"}}', "the library tokenizers can't read this tokenizer"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "this is a Git LFS pointer"),
        (b"\n\x0e\n\x05<unk>\x15\x00\x00", "the library sentencepiece can't read this as a model"),
        (b"\x93NUMPY", "this is no tokenizer file; langcov reads"),
        (b"\x1f\x8bxyz", "can't be read"),
        (b"IQ== 0\nIg==\n", "this is no file of tiktoken ranks"),
        (b"IQ== 0\nIQ== 1\n", "stands there twice"),
        (b"IQ== 0\nIg== 1\n", "give --pattern: one of r50k, cl100k, o200k, qwen"),
        (b'{"config": {}, "vocab": [{"token_bytes": "AA=="}]}', "this is no tekken.json"),
    ],
)
def test_a_broken_file_is_told_from_every_other(content: bytes, told: str, tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.model"
    path.write_bytes(content)
    assert message(path).startswith(str(path))
    assert told in message(path)


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    assert (
        message(tmp_path / "no.json")
        == f"{tmp_path}/no.json: there is no such file or folder; check the path."
    )
    assert "there is no such file or folder" in message("some/where")
    assert "there is no such file or folder" in message("tokenizer.json")
    assert "this folder holds no tokenizer; langcov reads" in message(tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    assert "this folder holds no tokenizer" in message(tmp_path)


def test_an_unknown_name_gets_a_suggestion_and_the_list() -> None:
    told = message("xlmr")
    assert "no tokenizer is called 'xlmr'; did you mean xlm-r? known names are cl100k" in told
    assert all(name in told for name in SHIPPED)
    assert "did you mean" not in message("qqqq")


def test_a_pattern_goes_with_ranks_only(tmp_path: Path) -> None:
    shipped = next(each.path for each in registry.shipped() if each.name == "deepseek")
    assert shipped is not None
    assert "a tokenizer.json has its own pattern" in message(shipped, pattern="cl100k")
    path = tmp_path / "a.tiktoken"
    path.write_bytes(b"\n".join(base64.b64encode(bytes([byte])) + b" %d" % byte for byte in range(256)))
    assert "no pattern is called 'gpt'; known are r50k" in message(path, pattern="gpt")
    assert "is no regular expression" in message(path, pattern="(a")
    path.write_bytes(b"IQ== 0\n")
    assert "there is no rank for the byte 0x00" in message(path, pattern="cl100k")


def test_the_hub_out_of_reach_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    assert "hf:no-one/nothing: the hub can't be reached" in message("hf:no-one/nothing")
    assert "this is no hub id" in message("hf:a/b/c")


def test_a_package_that_is_not_installed_has_its_pip_line() -> None:
    absent = Shipped(
        name="absent",
        package="absent-tokenizer",
        file="absent_tokenizer/tokenizer.json",
        licence="MIT",
        kind="BPE",
        about="nobody's",
        extra="samples",
        load=lambda _: pytest.fail("there is nothing to load"),
    )
    assert not absent.installed
    with pytest.raises(TokenizerError) as caught:
        absent.open()
    assert "run: pip install 'langcov[samples]'" in str(caught.value)


def test_millions_of_spaces_are_refused_rather_than_crash(shipped: Callable[[str], Tokenizer]) -> None:
    with pytest.raises(TokenizerError, match="break up runs of millions of spaces"):
        shipped("cl100k").encode_batch([" " * 12_000_000])


def test_an_entry_point_that_fails_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = importlib.metadata.EntryPoint("toy", "no_such_module:FORMAT", registry.ENTRY_POINTS)
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda **_: [broken])
    registry._objects.cache_clear()
    with pytest.raises(TokenizerError, match="the entry point 'toy'"):
        registry.formats()
    monkeypatch.undo()
    assert registry.formats()


def test_two_objects_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    first = registry.shipped()[0]
    monkeypatch.setattr(registry, "_objects", lambda: (first, replace(first, about="another")))
    with pytest.raises(TokenizerError, match="two Shipped objects have the name 'cl100k'"):
        registry.shipped()
