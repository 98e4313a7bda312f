"""What was worked out of a tokenizer is kept, and whatever becomes of what was kept, ids are the same."""

from __future__ import annotations

import copy
import os
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langcov.tokenizers import kept, load_tokenizer
from langcov.tokenizers.agreement import Agreement
from langcov.tokenizers.converted import converted
from langcov.tokenizers.definition import Definition, packed, unpacked
from langcov.tokenizers.ragged import encoded
from langcov.tokenizers.registry import Origin
from langcov.tokenizers.stress import stress_strings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from langcov.tokenizers import Encoded, Tokenizer

NAMES = ["mbert", "xlm-r", "cl100k", "qwen", "deepseek", "tekken", "j2"]
"""One of every kind of file that is kept, with and without form NFC, byte fallback and special tokens."""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LANGCOV_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def is_put_by(tokenizer: Tokenizer) -> bool:
    return not {"backend", "processor"} & vars(tokenizer).keys()


def same(one: Tokenizer, other: Tokenizer, texts: Sequence[str]) -> bool:
    left: list[Any] = [*one.encode_batch(texts), *one.encode_spans(texts)]
    right: list[Any] = [*other.encode_batch(texts), *other.encode_spans(texts)]
    ids = [each.tolist() for each in np.split(left[0], left[1][1:-1])]
    return (
        all(np.array_equal(mine, theirs) for mine, theirs in zip(left, right, strict=True))
        and one.decode_batch(ids) == other.decode_batch(ids)
        and one.normalise_batch(texts) == other.normalise_batch(texts)
    )


def spellings(tokenizer: Tokenizer) -> list[str]:
    """Texts that spell special tokens, which must stay text."""
    from langcov.tokenizers.gigatoken import spellings

    return spellings(tokenizer)


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("name", NAMES)
def test_a_kept_tokenizer_is_the_same_and_its_engine_is_made_when_it_is_needed(name: str) -> None:
    made, recalled = load_tokenizer(name), load_tokenizer(name, name="other")
    assert not is_put_by(made)
    assert recalled.vocabulary.equals(made.vocabulary)
    for each in ("kind", "fingerprint", "engine", "source", "exactness"):
        assert getattr(recalled, each) == getattr(made, each)
    assert recalled.name == "other"
    assert is_put_by(recalled)
    texts = [*stress_strings(600), *spellings(made)]
    assert same(recalled, made, texts)
    assert recalled.decodes == made.decodes
    assert not is_put_by(recalled)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("copied", [copy.copy, lambda each: pickle.loads(pickle.dumps(each))])
def test_in_another_process_special_tokens_are_text_too(
    name: str, copied: Callable[[Tokenizer], Tokenizer], shipped: Callable[[str], Tokenizer]
) -> None:
    other = copied(shipped(name))
    assert is_put_by(other)
    assert same(other, shipped(name), spellings(shipped(name)) or ["<s>"])


def damaged(file: Path, how: str) -> None:
    data = file.read_bytes()
    if how == "cut":
        file.write_bytes(data[: len(data) // 2])
    elif how == "empty":
        file.write_bytes(b"")
    elif how == "flipped":
        middle = len(data) // 2
        file.write_bytes(data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :])
    elif how == "folder":
        file.unlink()
        file.mkdir()


@pytest.mark.parametrize("name", ["cl100k", "j2"])
@pytest.mark.parametrize("how", ["cut", "empty", "flipped", "folder"])
def test_what_is_damaged_is_made_again(name: str, how: str, cache: Path) -> None:
    made = load_tokenizer(name)
    (file,) = cache.rglob("*.zip")
    damaged(file, how)
    again = load_tokenizer(name)
    assert not is_put_by(again)
    assert same(again, made, ["<s> Grüße", "ሰላም"])
    if how != "folder":
        assert is_put_by(load_tokenizer(name))


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"facts.json": b"[]"},
        {"facts.json": b"{}", "vocabulary.arrow": b"", "head.json": b"{}", "model.zst": b""},
        {"facts.json": b"\xff"},
    ],
    ids=str,
)
def test_parts_that_are_not_all_there_are_made_again(
    parts: dict[str, bytes], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_tokenizer("cl100k")
    monkeypatch.setattr(kept, "recall", lambda *_: parts)
    assert not is_put_by(load_tokenizer("cl100k"))
    assert list(cache.rglob("*.zip"))


def test_a_folder_that_cannot_be_written_costs_time_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("LANGCOV_CACHE", str(tmp_path / "file"))
    assert not is_put_by(load_tokenizer("cl100k"))
    assert not is_put_by(load_tokenizer("cl100k"))


def test_a_small_file_leaves_nothing_behind(
    cache: Path, tmp_path: Path, shipped: Callable[[str], Tokenizer]
) -> None:
    from langcov.tokenizers.huggingface import HuggingFaceTokenizer

    tokenizer = shipped("cl100k")
    assert isinstance(tokenizer, HuggingFaceTokenizer)
    origin = Origin(tmp_path / "x", "x", "x")
    assert converted(lambda: tokenizer, b"small", "print", origin, tokenizer.exactness) is tokenizer
    assert not cache.exists()


def test_what_was_not_used_for_longest_goes_first(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST_BYTES", 25_000)
    for place, name in enumerate("abc"):
        before = set(cache.rglob("*.zip"))
        kept.keep({"part": os.urandom(10_000)}, name)
        for new in set(cache.rglob("*.zip")) - before:
            os.utime(new, (place, place))
        if name == "b":
            assert kept.recall("a") is not None  # now it was used later than b
    assert [kept.recall(name) is not None for name in "abc"] == [True, False, True]
    kept.keep({"part": os.urandom(100_000)}, "alone")
    assert [kept.recall(name) is not None for name in ("a", "b", "c", "alone")] == [False, False, False, True]


@given(parts=st.dictionaries(st.text("abc.", min_size=1, max_size=5), st.binary(max_size=50), max_size=4))
@settings(max_examples=30)
def test_parts_come_back_as_they_were(
    parts: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LANGCOV_CACHE", str(tmp_path_factory.mktemp("cache")))
        kept.keep(parts, "key", "1")
        assert kept.recall("key", "1") == parts
        assert kept.recall("key1") is None


@given(data=st.binary(max_size=200))
def test_what_was_packed_is_unpacked_and_nothing_else(data: bytes) -> None:
    assert unpacked(packed(data)) == data
    if data[:4] != b"\x28\xb5\x2f\xfd":
        with pytest.raises(ValueError, match=r"."):
            unpacked(data)


def test_a_definition_is_the_text_it_was_made_of(shipped: Callable[[str], Tokenizer]) -> None:
    text = shipped("deepseek").backend.to_str()  # type: ignore[attr-defined]
    definition = Definition.of(text)
    assert definition.text == text
    assert "model" not in definition.parts
    assert definition.with_parts(added_tokens=[]).parts == {**definition.parts, "added_tokens": []}


class Counted:
    """Two engines that differ on ``b``, and what they were asked."""

    def __init__(self) -> None:
        self.asked = 0

    def fast(self, texts: Sequence[str]) -> Encoded:
        self.asked += len(texts)
        return encoded([[1] for _ in texts])

    def reference(self, texts: Sequence[str]) -> Encoded:
        return encoded([[1 + ("b0" in text)] for text in texts])


def test_what_was_found_of_a_character_is_kept_for_other_processes(cache: Path) -> None:
    texts = ["ac", "bc", "c"]
    first, second, third = Counted(), Counted(), Counted()
    one, other = Agreement(first, "key"), Agreement(second, "key")
    assert one.doubtful(texts) == other.doubtful(texts)
    assert (first.asked, second.asked) == (3, 0)
    other.doubtful(["d"])
    assert second.asked == 1
    one.doubtful(["de"])
    assert first.asked == 4
    copied = pickle.loads(pickle.dumps(Agreement(third, "another key")))
    copied.doubtful(texts)
    assert copied.engines.asked == 3
    for file in cache.rglob("*.zip"):
        damaged(file, "flipped")
    again = Counted()
    Agreement(again, "key").doubtful(texts)
    assert again.asked == 3
