"""Unigram: what is said of a stretch's margin is true, and where it is enough, the engine cuts the stretch alike anywhere."""

from __future__ import annotations

import math
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
import sentencepiece
from hypothesis import given, settings
from hypothesis import strategies as st

from langcov.census import grouped
from langcov.census.analysis import Analysed
from langcov.census.surfaces import Surfaces
from langcov.tokenizers import modelproto
from langcov.tokenizers.agreement import differing
from langcov.tokenizers.automaton import Automaton
from langcov.tokenizers.base import Exactness, Provable
from langcov.tokenizers.charsmap import keeps_stretches_apart
from langcov.tokenizers.fast import CheckedTokenizer, accelerated
from langcov.tokenizers.margins import LONGEST, Margins
from langcov.tokenizers.prefixes import Prefixes
from langcov.tokenizers.sentencepiece import SentencePieceTokenizer, processor
from langcov.tokenizers.stress import stress_strings
from langcov.tokenizers.stretches import Stretches
from langcov.tokenizers.xlmr import nmt_nfkc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from langcov.tokenizers import Tokenizer

WORDS = st.text("abcξ", min_size=1, max_size=7)
PIECES = st.dictionaries(
    st.builds(str.__add__, st.sampled_from(["", "▁"]), st.text("abc", max_size=3)).filter(bool),
    st.sampled_from([-1.0, -2.0, -2.5, -3.0]) | st.floats(-12, -0.5, width=32),
    min_size=1,
    max_size=14,
)


@pytest.fixture(autouse=True)
def _proving_always_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("langcov.tokenizers.sentencepiece.FEWEST", 0)
    monkeypatch.setattr("langcov.tokenizers.margins.TOGETHER", 1000)


def model(pieces: dict[str, float], normalizer: bytes | None = None) -> SentencePieceTokenizer:
    """A Unigram tokenizer of some pieces, which SentencePiece runs."""
    rows = [("<unk>", 0.0, modelproto.UNKNOWN), *((*row, modelproto.NORMAL) for row in pieces.items())]
    data = modelproto.unigram(rows, unknown=0, normalizer=nmt_nfkc() if normalizer is None else normalizer)
    return SentencePieceTokenizer(
        "made", "Unigram", "", "", Exactness("sentencepiece"), processor(data, "made")
    )


def margins_of(pieces: dict[str, float]) -> Margins:
    found = Margins.of(list(pieces), np.array(list(pieces.values())), np.ones(len(pieces), np.bool_))
    assert found is not None
    return found


def joined(tokenizer: Tokenizer, stretches: Stretches, ids: NDArray[np.uint32], offsets: Any) -> Any:  # noqa: ANN401
    """Whether each stretch, after a space, is what its ids stand for; False where one is unknown."""
    surfaces = tokenizer.vocabulary.sort("id")["surface"].to_list()
    rows = np.split(ids, offsets[1:-1])
    spelled = [b"".join(surfaces[id_] for id_ in row.tolist()) for row in rows]
    texts = [b" " + text.encode() for text in stretches.texts.to_list()]
    return np.array([one == other for one, other in zip(spelled, texts, strict=True)], np.bool_)


def tried(tokenizer: Tokenizer, texts: Sequence[str]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Of which texts it is proven that they are their stretches, and which are not so."""
    stretches = Stretches.of(pl.Series(texts, dtype=pl.String))
    encoded = tokenizer.encode_batch(stretches.texts.to_list())
    assert isinstance(tokenizer, Provable)
    proven = tokenizer.proven(stretches, encoded, joined(tokenizer, stretches, *encoded))
    return proven, differing(tokenizer.encode_batch(texts), stretches.encoded(encoded))


def segmentations(text: str, pieces: dict[str, float], unknown: float) -> Iterator[list[tuple[str, float]]]:
    """Every way to cut a text into pieces and, for what is no piece by itself, single characters."""
    if not text:
        yield []
    for length in range(1, len(text) + 1):
        head = text[:length]
        score = pieces.get(head, unknown if length == 1 else None)
        if score is not None:
            for rest in segmentations(text[length:], pieces, unknown):
                yield [(head, score), *rest]


@given(PIECES, st.lists(WORDS, min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_margins_are_those_among_all_segmentations(pieces: dict[str, float], words: list[str]) -> None:
    leads = margins_of(pieces).leads(pl.Series(words))
    unknown = float(np.float32(min(pieces.values())) - np.float32(10))
    for word, lead, reach in zip(words, *leads, strict=True):
        text = "▁" + word
        found = [
            [
                (math.fsum(score for _, score in cut), cut)
                for cut in segmentations(text[:end], pieces, unknown)
            ]
            for end in range(1, len(text) + 1)
        ]
        tops = [max(score for score, _ in cuts) for cuts in found]
        assert reach == pytest.approx(max(map(abs, tops)))
        best = max(found[-1], key=lambda each: each[0])[1]
        least, end = math.inf, 0
        for piece, _ in best:
            end += len(piece)
            others = [score for score, cut in found[end - 1] if cut[-1][0] != piece]
            least = min(least, (tops[end - 1] - max(others, default=-math.inf)) / end)
        assert lead == pytest.approx(least, abs=1e-9)


@given(st.lists(st.text("abξ", max_size=6), min_size=1, max_size=9), st.booleans())
def test_prefixes_are_the_beginnings_each_once(strings: list[str], in_order: bool) -> None:
    strings = sorted(strings) if in_order else strings
    found = Prefixes.of(pl.Series(strings, dtype=pl.String))
    spelled = [""]
    for parent, character in zip(found.parent[1:].tolist(), found.character[1:].tolist(), strict=True):
        spelled.append(spelled[parent] + chr(character))
    assert [spelled[number] for number in found.whole] == strings
    assert set(spelled) == {string[:end] for string in strings for end in range(len(string) + 1)}
    assert not in_order or len(set(spelled)) == len(spelled)
    for length in range(len(found.levels) - 1):
        level = spelled[found.levels[length] : found.levels[length + 1]]
        assert {len(each) for each in level} == {length}


@given(st.dictionaries(st.text("abc", min_size=1, max_size=4), st.floats(-9, -1, width=32)), st.text("abcd"))
def test_the_automaton_knows_the_pieces_that_end_at_each_place(pieces: dict[str, float], text: str) -> None:
    pieces = {**pieces, "abc": -1.5}
    names = sorted(pieces)
    scores = np.array([pieces[name] for name in names])
    automaton = Automaton.of(pl.Series(names), scores, -20.0)
    state = np.zeros(1, np.int32)
    for end, character in enumerate(text, start=1):
        state = automaton.step(state, np.array([ord(character)]))
        here = slice(*automaton.begins[state[0] : state[0] + 2])
        found = list(zip(automaton.lengths[here].tolist(), automaton.scores[here].tolist(), strict=True))
        expected = {name for name in pieces if text[:end].endswith(name)}
        single = {1: -20.0} if character not in pieces else {}
        assert found == sorted({**{len(name): pieces[name] for name in expected}, **single}.items())


TIES = {"▁": -2.0, "a": -3.1, "b": -3.3, "ab": -5.2, "ba": -5.4, "aba": -8.3, "bab": -8.7, "▁a": -5.05}
"""Two segmentations of a word differ by little or nothing: aba is a-ba, ab-a or itself, at -8.5, -8.3 and -8.3."""


@given(
    st.lists(st.floats(-1e-4, 1e-4), min_size=len(TIES), max_size=len(TIES)),
    st.lists(
        st.lists(st.text("ab", min_size=1, max_size=9), min_size=1, max_size=40), min_size=1, max_size=9
    ),
)
@settings(max_examples=80, deadline=None)
def test_what_is_proven_is_so_where_scores_are_nearly_tied(
    noise: list[float], texts: list[list[str]]
) -> None:
    pieces = {name: score + more for (name, score), more in zip(TIES.items(), noise, strict=True)}
    proven, different = tried(model(pieces), [" ".join(words) for words in texts])
    assert not (proven & different).any()


def test_ties_are_found_and_do_change_with_what_stands_before() -> None:
    random = np.random.default_rng(3)
    texts = [
        " ".join("".join(random.choice(["a", "b"], size)) for size in random.integers(1, 9, 60))
        for _ in range(300)
    ]
    proven, different = tried(model(TIES), texts)
    assert different.any()
    assert not (proven & different).any()


def test_a_clear_model_is_proven_and_long_words_are_not() -> None:
    pieces = {"▁": -2.0, "a": -3.0, "b": -4.0, "▁a": -1.0, "ab": -5.0}
    texts = [
        "a ab ba",
        "a " + "b" * (LONGEST - 1),
        "a " + "b" * LONGEST,
        "b" * LONGEST + " a",
        "a ξ",
        "a\u00a0b ab",
    ]
    proven, different = tried(model(pieces), texts)
    assert proven.tolist() == [True, True, False, True, False, True]
    assert not different.any()


def test_long_texts_are_not_looked_at() -> None:
    tokenizer = model({"▁": -2.0, "a": -30.0, "▁a": -20.0})
    proven, _ = tried(tokenizer, ["a " * 390 + "a", "a " * 400 + "a", "a a"])
    assert proven.tolist() == [True, False, True]


def test_nothing_is_made_ready_for_little_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("langcov.tokenizers.sentencepiece.FEWEST", 3)
    tokenizer = model({"▁": -2.0, "a": -3.0, "▁a": -1.0})
    assert [tried(tokenizer, ["a a"])[0].tolist() for _ in range(2)] == [[False], [True]]
    assert [tried(pickle.loads(pickle.dumps(tokenizer)), ["a a"])[0].tolist()] == [[False]]


def test_a_piece_over_a_cut_or_cut_out_first_or_a_huge_score_leaves_nothing_proven() -> None:
    assert tried(model({"▁": -2.0, "a": -3.0, "▁a": -1.0}), ["a a"])[0].all()
    assert not tried(model({"▁": -2.0, "a": -3.0, "a▁a": -1.0}), ["a a"])[0].any()
    assert not tried(model({"▁": -2.0, "a": -90_000.0, "▁a": -1.0}), ["a a"])[0].any()
    rows = [("<unk>", 0.0, modelproto.UNKNOWN), ("▁", -2.0, modelproto.NORMAL)]
    data = modelproto.unigram([*rows, ("a", 0.0, modelproto.USER_DEFINED)], unknown=0, normalizer=nmt_nfkc())
    made = SentencePieceTokenizer("made", "Unigram", "", "", Exactness(""), processor(data, "made"))
    assert not tried(made, ["a a"])[0].any()


@pytest.mark.parametrize(
    ("rules", "apart"),
    [
        ("0041\t0061\n", True),
        ("0061 0020\t0062\n", False),  # over a cut
        ("0020 0301\t00B4\n", False),  # lost where the space is not given
        ("0041\t0061 0020 0020\n", False),
        ("0041\t2581\n", False),
    ],
)
def test_normalisers_that_look_over_a_space_are_known(rules: str, apart: bool, tmp_path: Any) -> None:  # noqa: ANN401
    (tmp_path / "rules.tsv").write_text(rules)
    specification = sentencepiece.SentencePieceNormalizer(
        rule_tsv=str(tmp_path / "rules.tsv"),
        add_dummy_prefix=True,
        escape_whitespaces=True,
        remove_extra_whitespaces=True,
    ).serialized_normalizer_spec()
    assert keeps_stretches_apart(model({"▁": -2.0, "a": -3.0}, specification).processor) == apart


def test_xlm_rs_normaliser_keeps_stretches_apart_and_j2s_is_not_known_to(
    shipped: Callable[[str], Any],
) -> None:
    assert keeps_stretches_apart(shipped("xlm-r").processor)
    assert not keeps_stretches_apart(shipped("j2").processor)


@pytest.fixture(scope="module")
def long_texts(udhr_texts: dict[str, list[str]]) -> list[str]:
    """Stress strings, and paragraphs of a hundred languages, shuffled, so that other words stand before each."""
    random = np.random.default_rng(11)
    words = np.array(
        [
            word
            for tag in sorted(udhr_texts)[::4]
            for text in udhr_texts[tag][::3]
            for word in text.split(" ")
            if word
        ]
    )
    random.shuffle(words)
    sizes = np.cumsum(random.integers(1, 120, len(words) // 60))
    return [
        *stress_strings(1500, seed=8),
        *(" ".join(part.tolist()) for part in np.split(words, sizes) if len(part)),
    ]


def test_xlm_r_cuts_the_stretches_of_long_texts_as_was_proven(
    long_texts: list[str], shipped: Callable[[str], Tokenizer]
) -> None:
    proven, different = tried(shipped("xlm-r"), long_texts)
    assert not (proven & different).any()
    assert different.any()
    assert proven[1500:].mean() > 0.5


def test_tables_are_those_without_the_proof(
    long_texts: list[str], shipped: Callable[[str], Tokenizer], monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [text for text in long_texts if text.strip()]
    frame = pl.DataFrame(
        {
            "language": [("eng_Latn", "yor_Latn")[place % 2] for place in range(len(texts))],
            "unit": pl.Series([place % 5 for place in range(len(texts))], dtype=pl.UInt32),
            "text": texts,
        }
    )
    analysed, _ = Analysed.of(frame)
    tokenizer = accelerated(shipped("xlm-r"))
    assert isinstance(tokenizer, CheckedTokenizer)
    surfaces = Surfaces.of(tokenizer.vocabulary)
    mine = grouped.count_groups(analysed, tokenizer, surfaces)
    monkeypatch.setattr(CheckedTokenizer, "proven", lambda *_: np.zeros(len(texts), np.bool_))
    theirs = grouped.count_groups(analysed, tokenizer, surfaces)
    for name, values in theirs.sums.items():
        np.testing.assert_array_equal(mine.sums[name], values)
    np.testing.assert_array_equal(mine.words_by_size, theirs.words_by_size)
    size = max(each.shape[1] for counts in (mine, theirs) for each in counts.pieces)
    totals = []
    for counts in (mine, theirs):
        total = np.zeros((len(analysed.groups), size), np.int64)
        for each in counts.pieces:
            total[:, : each.shape[1]] += each.toarray()
        totals.append(total)
    np.testing.assert_array_equal(totals[0], totals[1])
