"""Text counted by its distinct stretches gives what whole texts give: cuts, words, scripts, and every tokenizer's tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzing import made_tokenizers
from langcov.census import analysis, grouped, windows
from langcov.census.alignment import align
from langcov.census.analysis import Analysed, gathered
from langcov.census.surfaces import Surfaces
from langcov.census.text import TextBatch
from langcov.tokenizers import Origin
from langcov.tokenizers.base import Encoded, Separable
from langcov.tokenizers.fast import CheckedTokenizer, accelerated
from langcov.tokenizers.huggingface import from_json
from langcov.tokenizers.ragged import bounds
from langcov.tokenizers.sentencepiece import from_model
from langcov.tokenizers.separable import way_of
from langcov.tokenizers.stress import stress_strings
from langcov.tokenizers.stretches import Stretches, crosses
from twelve import SHIPPED

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

    from langcov.census.alignment import Alignment
    from langcov.census.grouped import GroupCounts
    from langcov.tokenizers import Tokenizer

PARTS = st.sampled_from(
    [*"ab.'’\n\t\u3000\u00a0\u0301\u200d▁ชไ漢カ", " ", "  ", "word", "it's", "3.14", "a.b", "\x00", "👩🏽‍🚀"]
)
TEXTS = st.lists(st.lists(PARTS, min_size=1, max_size=12).map("".join), min_size=1, max_size=6)


def frame(texts: Sequence[str], units: int = 3) -> pl.DataFrame:
    """Texts of two languages in a few units."""
    return pl.DataFrame(
        {
            "language": [("eng_Latn", "yor_Latn")[place % 2] for place in range(len(texts))],
            "unit": pl.Series([place % units for place in range(len(texts))], dtype=pl.UInt32),
            "text": texts,
        }
    )


def filled(texts: Sequence[str]) -> list[str]:
    return [text for text in texts if text.strip()] or ["a b"]


@given(TEXTS)
def test_stretches_put_together_are_the_texts(texts: list[str]) -> None:
    stretches = Stretches.of(pl.Series(texts))
    own = stretches.given("with space").to_list()
    runs = [stretches.sequence[start:end] for start, end in zip(*_pairs(stretches.bounds), strict=True)]
    assert ["".join(own[number] for number in run) for run in runs] == texts
    assert len(set(zip(own, stretches.first.tolist(), strict=True))) == len(own)
    for stretch, first in zip(own, stretches.first.tolist(), strict=True):
        assert first or (stretch[0] == " " and len(stretch) > 1)


@given(TEXTS)
def test_words_characters_and_scripts_of_stretches_are_those_of_the_texts(texts: list[str]) -> None:
    texts = filled(texts)
    analysed, tables = Analysed.of(frame(texts))
    whole, found = TextBatch(pl.Series(texts, dtype=pl.String)), analysed.whole(np.arange(len(texts)))
    for mine, theirs in zip(found.words_in_bytes, whole.words_in_bytes, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    np.testing.assert_array_equal(found.word_bounds, whole.word_bounds)
    assert tables["text"]["bytes"].sum() == len(whole.data)
    assert tables["text"]["characters"].sum() == len(whole.points)
    assert tables["text"]["words"].sum() == len(whole.words.starts)
    scripts = tables["scripts"].group_by("script").agg(pl.col("characters").sum())
    one = np.ones((1, len(texts)), np.int64) @ whole.script_matrix()
    assert sorted(scripts["characters"].to_list()) == sorted(number for number in one[0].tolist() if number)


def test_words_of_stretches_are_those_of_the_whole_declaration(udhr_frame: pl.DataFrame) -> None:
    analysed, _ = Analysed.of(udhr_frame)
    texts = udhr_frame["text"].to_list()
    found, whole = analysed.whole(np.arange(len(texts))), TextBatch(pl.Series(texts, dtype=pl.String))
    for mine, theirs in zip(found.words_in_bytes, whole.words_in_bytes, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def same(left: GroupCounts, right: GroupCounts) -> bool:
    size = max(each.shape[1] for counts in (left, right) for each in counts.pieces)
    pieces = []
    for counts in (left, right):
        total = np.zeros((len(counts.words_by_size), size), np.int64)
        for each in counts.pieces:
            total[:, : each.shape[1]] += each.toarray()
        pieces.append(total)
    assert left.sums.keys() == right.sums.keys()
    return (
        all(np.array_equal(left.sums[name], right.sums[name]) for name in left.sums)
        and np.array_equal(left.words_by_size, right.words_by_size)
        and np.array_equal(pieces[0], pieces[1])
    )


def counted_whole(analysed: Analysed, tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch) -> GroupCounts:
    """Count as if no text were what its stretches are."""

    def all_differ(encoded: Encoded, _: Encoded) -> Any:  # noqa: ANN401 (flags)
        return np.ones(len(encoded.offsets) - 1, np.bool_)

    def none_proven(*_: object) -> Any:  # noqa: ANN401 (flags)
        return np.zeros(len(analysed.texts), np.bool_)

    known = CheckedTokenizer(tokenizer, None, "", "")
    with monkeypatch.context() as patched:
        patched.setattr(CheckedTokenizer, "proven", none_proven)
        patched.setattr(grouped, "differing", all_differ)
        return grouped.count_groups(analysed, known, Surfaces.of(tokenizer.vocabulary))


@pytest.mark.parametrize("fast", [True, False])
@pytest.mark.parametrize("name", SHIPPED)
def test_tables_from_stretches_are_those_of_whole_texts(
    name: str,
    fast: bool,
    shipped: Callable[[str], Tokenizer],
    udhr_texts: dict[str, list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    some = [text for tag in sorted(udhr_texts)[::25] for text in udhr_texts[tag]]
    analysed, _ = Analysed.of(frame(filled([*stress_strings(1200, seed=5), *some]), 8))
    reference = shipped(name)
    tokenizer = accelerated(reference) if fast else reference
    by_stretch = grouped.count_groups(analysed, tokenizer, Surfaces.of(tokenizer.vocabulary))
    assert same(by_stretch, counted_whole(analysed, reference, monkeypatch))


@pytest.mark.parametrize("name", SHIPPED)
def test_bpe_and_wordpiece_take_stretches_and_unigram_is_asked_about_every_text(
    name: str, shipped: Callable[[str], Tokenizer]
) -> None:
    tokenizer = accelerated(shipped(name))
    way = tokenizer.way if isinstance(tokenizer, Separable) else None
    wanted = {"Unigram": None, "SentencePiece BPE": "without space"}
    assert way == wanted.get(tokenizer.kind, "with space")


def superwords(entry: str) -> Tokenizer:
    """A BPE without a pre-tokenizer, one of whose entries may reach over a space."""
    from tokenizers import Tokenizer as Backend
    from tokenizers import models

    left, right = entry[0], entry[1:]
    pieces = list(dict.fromkeys(["[UNK]", *"ab c.", right, entry]))
    merges = [(right[0], right[1]), (left, right)] if len(right) > 1 else [(left, right)]
    model = models.BPE({piece: id_ for id_, piece in enumerate(pieces)}, merges, unk_token="[UNK]")
    return from_json(Backend(model).to_str().encode(), Origin(Path("toy.json"), "toy", "toy"))


@pytest.mark.parametrize(("entry", "way"), [("a b", None), ("ab", "with space")])
def test_a_vocabulary_that_reaches_over_spaces_is_not_cut_there(entry: str, way: str | None) -> None:
    tokenizer = superwords(entry)
    assert crosses(tokenizer.vocabulary) == (way is None)
    assert way_of(tokenizer, tokenizer, "toy 1", ["a b", "ab a", "a  b c"]) == way


def test_texts_whose_words_were_joined_are_counted_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    tokenizer = superwords("a b")
    analysed, _ = Analysed.of(frame(["a b c", "c a", "a b a b", "b  a", "ab."]))
    counts = grouped.count_groups(analysed, tokenizer, Surfaces.of(tokenizer.vocabulary))
    assert same(counts, counted_whole(analysed, tokenizer, monkeypatch))
    assert counts.sums["tokens"].sum() == 3 + 3 + 3 + 4 + 3


ENTRIES = st.dictionaries(
    st.lists(st.sampled_from([*"ab▁'\n", "▁", "\u0301", "漢", "word"]), min_size=1, max_size=5).map("".join),
    st.integers(-60, -1).map(lambda score: score / 4),
    max_size=30,
)
ODD_TEXTS = st.lists(
    st.lists(
        st.sampled_from([*"ab'\nжq", *"ab    ", "漢", "\u0301", "word", "a b", "b  a", "👩🏽‍🚀"]),
        min_size=1,
        max_size=12,
    ).map("".join),
    min_size=1,
    max_size=6,
)


@st.composite
def unigrams(draw: st.DrawFn) -> Tokenizer:
    """A Unigram model, many of whose entries reach over spaces."""
    flags = {
        name: draw(st.integers(0, one_in)) == one_in
        for name, one_in in {"byte_fallback": 1, "dummy_prefix": 4, "fewer_spaces": 4}.items()
    }
    entries = {"a": -9.0, "b": -9.0, "▁": -9.0, "a▁b": -2.0, "'": -9.0, "\n": -9.0} | draw(ENTRIES)
    return from_model(made_tokenizers.unigram(entries, **flags), Origin(Path("toy.model"), "toy", "toy"))


@given(unigrams(), ODD_TEXTS, st.sampled_from([8, 1 << 20]))
def test_parts_that_words_were_joined_in_count_as_in_whole_texts(
    tokenizer: Tokenizer, texts: list[str], step: int
) -> None:
    analysed, _ = Analysed.of(frame(filled([*texts, *texts[:2], "a b a", "q a b"])))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(analysis, "STEP", step)
        counts = grouped.count_groups(analysed, tokenizer, Surfaces.of(tokenizer.vocabulary))
        assert same(counts, counted_whole(analysed, tokenizer, patched))


@given(unigrams(), ODD_TEXTS, st.randoms(use_true_random=False))
def test_the_order_of_texts_changes_no_count(tokenizer: Tokenizer, texts: list[str], chance: Random) -> None:
    rows = frame(filled([*texts, "a b a", "q a b", "a b a"]))
    shuffled = rows[chance.sample(range(len(rows)), len(rows))]
    surfaces = Surfaces.of(tokenizer.vocabulary)
    one, other = (
        grouped.count_groups(Analysed.of(each)[0], tokenizer, surfaces) for each in (rows, shuffled)
    )
    assert same(one, other)


def of_the() -> Tokenizer:
    """A Unigram model that joins "of the"."""
    entries = {**dict.fromkeys([*"▁ofthenda"], -9.0), "▁of▁the": -3.0, "▁of": -4.0, "▁the": -4.0}
    model = made_tokenizers.unigram(entries, byte_fallback=True, dummy_prefix=False, fewer_spaces=False)
    return from_model(model, Origin(Path("toy.model"), "toy", "toy"))


def test_no_text_is_counted_whole_for_a_phrase_and_each_phrase_once(monkeypatch: pytest.MonkeyPatch) -> None:
    placed = []

    def aligned(batch: TextBatch, *rest: Any, **options: Any) -> Alignment:  # noqa: ANN401 (as they come)
        placed.append(batch.texts)
        return align(batch, *rest, **options)

    monkeypatch.setattr(grouped, "align", aligned)
    analysed, _ = Analysed.of(
        frame(["end of the hat", "a hat of the end", "of the one of the", "the end of"])
    )
    counts = grouped.count_groups(analysed, of_the(), Surfaces.of(of_the().vocabulary))
    assert placed[1:] == [[" of the"]]
    assert counts.sums["tokens"].sum() == (3 + 1 + 4) + (1 + 4 + 1 + 4) + (2 + 1 + 4 + 1) + (3 + 4 + 1)
    assert counts.sums["round_trips"].sum() == 4


def test_windows_that_only_seem_alike_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = Encoded(np.array([1, 2, 1, 2, 3, 1, 2], np.uint32), np.array([0, 2, 4, 5, 7]))
    ids = Encoded(np.array([7, 8, 9, 7], np.uint32), np.array([0, 1, 2, 3, 4]))
    found = windows.Windows(np.arange(4), numbers, ids)
    for blind in (False, True):
        if blind:
            monkeypatch.setattr(
                windows, "_mixed", lambda ragged: np.zeros(len(ragged.offsets) - 1, np.uint64)
            )
        kept, like = windows.distinct(found)
        assert len(set(like.tolist())) == 3
        again = kept.chosen(like)
        for mine, theirs in ((again.tokens, ids), (again.stretches, numbers)):
            assert [part.tolist() for part in mine] == [part.tolist() for part in theirs]


def test_what_was_analysed_comes_back_from_files(tmp_path: Path) -> None:
    frames = [frame(["a b  c", "ไทย b", "漢字"]), frame(["one"])]
    for number, each in enumerate(frames):
        Analysed.of(each)[0].write(tmp_path, number)
    for each, back in zip(frames, Analysed.read(tmp_path), strict=True):
        analysed, _ = Analysed.of(each)
        assert back.texts.to_list() == each["text"].to_list()
        assert back.groups.equals(analysed.groups)
        assert (back.counts != analysed.counts).nnz == 0
        assert back.stretches.texts.to_list() == analysed.stretches.texts.to_list()
        for mine, theirs in zip(back.found.words, analysed.found.words, strict=True):
            np.testing.assert_array_equal(mine, theirs)


def test_batches_are_gathered_without_losing_a_row() -> None:
    rows = frame(["a" * 1000, "b"] * 50)
    assert pl.concat(gathered(rows.iter_slices(7))).equals(rows)
    assert list(gathered([])) == []


def _pairs(begins: np.ndarray) -> tuple[list[int], list[int]]:
    assert begins[0] == 0
    assert np.array_equal(bounds(np.diff(begins)), begins)
    return begins[:-1].tolist(), begins[1:].tolist()
