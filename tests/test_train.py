"""Laws of holding out and sampling, and what the trained tokenizers are."""

from __future__ import annotations

import json
import math
import os
import random
import signal
import subprocess
import sys
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
import sentencepiece
import tokenizers
from hypothesis import given, settings
from hypothesis import strategies as st

import small_grid
from langcov.corpora import base
from langcov.corpora.base import SCHEMA
from langcov.corpora.rows import FrameCorpus
from langcov.errors import CorpusError, Interrupted, RunError, TokenizerError
from langcov.planning.candidates import Candidate, grid
from langcov.planning.frontier import on_front
from langcov.planning.sampling import PLACES, Sampling, measure_text, plan_sample, shares
from langcov.planning.splits import held_out_units, split
from langcov.planning.trainers import train_tokenizer
from langcov.tokenizers import load_tokenizer

if TYPE_CHECKING:
    from pathlib import Path

    from langcov.corpora.base import Corpus
    from langcov.planning.train import GridProgress, Trained
    from langcov.tokenizers.base import Tokenizer

TAGS = ["amh_Ethi", "eng_Latn", "hin_Deva", "jpn_Jpan", "mya_Mymr", "yor_Latn"]
ALL_KINDS = grid(["byte-bpe", "sp-bpe", "unigram"], [2000], [0.3], ["o200k"])


def rows_of(corpus: Corpus) -> pl.DataFrame:
    return pl.concat(list(corpus.batches(TAGS)))


def corpus_of(rows: list[tuple[str, int, str]]) -> FrameCorpus:
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    return FrameCorpus("made", "this test's own", "Apache-2.0", parallel=True, frame=frame)


# What is held out.


def test_no_unit_and_no_text_of_the_held_out_side_is_trained_on_in_any_language(udhr: Corpus) -> None:
    training, held_out = map(rows_of, split(udhr, TAGS, 0.3, 7))
    assert not set(training["unit"]) & set(held_out["unit"])
    assert not set(training["text"]) & set(held_out["text"])
    whole = rows_of(udhr)
    chosen = held_out["unit"].unique()
    # Some languages lack the preamble; of what they have, the same units are held out in each.
    assert held_out.height == whole.filter(pl.col("unit").is_in(chosen.to_list())).height
    assert held_out["language"].n_unique() == training["language"].n_unique() == len(TAGS)
    assert training.height + held_out.height <= whole.height
    assert set(whole["unit"]) == set(training["unit"]) | set(held_out["unit"])


def test_a_held_out_segment_is_not_trained_on_even_where_another_unit_or_language_repeats_it() -> None:
    units = range(40)
    chosen = held_out_units(units, 0.25, 0)
    inside, outside = min(chosen), min(set(units) - chosen)
    own = [("eng_Latn", unit, f"Line {unit}.") for unit in units]
    corpus = corpus_of(
        [*own, ("eng_Latn", outside, f" Line {inside}."), ("sco_Latn", outside, f"Line {inside}.")]
    )
    training, held_out = split(corpus, None, 0.25, 0)
    assert {text for frame in held_out.batches() for text in frame["text"]} == {
        f"Line {unit}." for unit in chosen
    }
    trained_on = [text.strip() for frame in training.batches() for text in frame["text"]]
    assert sorted(trained_on) == sorted(f"Line {unit}." for unit in set(units) - chosen)


@given(
    units=st.sets(st.integers(0, 2**32 - 1), min_size=2, max_size=60),
    share=st.floats(0.01, 0.99),
    more=st.floats(0.01, 0.99),
    seed=st.integers(0, 2**31),
)
def test_the_split_depends_on_seed_and_unit_alone_and_grows_with_the_share(
    units: set[int], share: float, more: float, seed: int
) -> None:
    chosen = held_out_units(units, share, seed)
    assert chosen < units
    assert chosen
    assert len(chosen) >= min(10, len(units) // 2)
    assert chosen == held_out_units(sorted(units, reverse=True), share, seed)
    if more >= share:
        assert chosen <= held_out_units(units, more, seed)


def test_both_sides_of_a_split_have_names_and_fingerprints_of_their_own(udhr: Corpus) -> None:
    first, second = split(udhr, TAGS, 0.3, 0), split(udhr, TAGS, 0.3, 1)
    sides = [first.training, first.held_out, second.training, second.held_out, udhr]
    assert len({side.fingerprint for side in sides}) == len(sides)
    assert first.held_out.name == "udhr-held-out-10of31-seed0"
    assert split(udhr, TAGS, 0.3, 0).training.fingerprint == first.training.fingerprint


def test_text_of_one_unit_is_refused() -> None:
    with pytest.raises(CorpusError, match="one unit can't be divided"):
        split(corpus_of([("eng_Latn", 3, "A line."), ("eng_Latn", 3, "Another.")]), None, 0.2, 0)


# How much of each language is taken.


@given(
    sizes=st.lists(st.integers(1, 10**9), min_size=1, max_size=30),
    alpha=st.floats(0, 2),
    floor=st.floats(0, 1),
    cap=st.floats(0.001, 1),
)
def test_shares_follow_the_power_of_size_wherever_no_bound_is_met(
    sizes: list[int], alpha: float, floor: float, cap: float
) -> None:
    number = len(sizes)
    weights = np.array(sizes, np.float64) ** alpha
    low, high = np.full(number, floor / number), np.full(number, cap)
    found = shares(weights, low, high)
    assert found.sum() == pytest.approx(min(1, cap * number))
    assert (found <= high + 1e-12).all()
    assert (found >= np.minimum(low, high) - 1e-12).all()
    free = (found > low * (1 + 1e-9)) & (found < high * (1 - 1e-9))
    scales = found[free] / weights[free]
    assert scales == pytest.approx(np.full(free.sum(), scales.mean() if free.any() else 0.0), rel=1e-6)


def test_floors_that_ask_for_more_than_there_is_are_refused() -> None:
    with pytest.raises(CorpusError, match=r"the floors of 3 languages ask for 150% .* give at most 0.333"):
        shares(np.ones(3), np.full(3, 0.5), np.ones(3))


@st.composite
def made_corpora(draw: st.DrawFn) -> FrameCorpus:
    """One to four languages with up to 60 segments of 1 to 50 characters, some of them of two or three bytes."""
    rows = []
    for tag in draw(st.sets(st.sampled_from(["eng_Latn", "ell_Grek", "amh_Ethi", "yor_Latn"]), min_size=1)):
        lengths = draw(st.lists(st.integers(1, 50), min_size=1, max_size=60))
        rows += [(tag, number, "aλአ"[number % 3] * length) for number, length in enumerate(lengths)]
    return corpus_of(rows)


@settings(max_examples=60)
@given(
    corpus=made_corpora(),
    alpha=st.floats(0, 1),
    budget=st.integers(1, 20_000),
    seed=st.integers(0, 1000),
)
def test_a_sample_gives_each_language_its_bytes_to_within_half_a_place_and_says_exactly_how_many(
    corpus: FrameCorpus, alpha: float, budget: int, seed: int
) -> None:
    sizes = measure_text(corpus, None, seed)
    sample = plan_sample(sizes, alpha, Sampling(bytes=budget, seed=seed))
    wanted = budget * sizes.bytes**alpha / (sizes.bytes**alpha).sum()
    assert (np.abs(np.array(sample.taken) - wanted) <= sizes.by_place.max(axis=1) / 2 + 1e-6 * budget).all()
    given_bytes = sum(len(text.encode()) for texts in sample.texts(corpus) for text in texts)
    assert given_bytes == sum(sample.taken)


@settings(max_examples=40)
@given(corpus=made_corpora(), seed=st.integers(0, 1000), size=st.integers(1, 400))
def test_a_sample_is_the_same_whatever_the_batches_and_a_part_of_any_larger_one(
    corpus: FrameCorpus, seed: int, size: int
) -> None:
    def taken(budget: int) -> list[str]:
        sizes = measure_text(corpus, None, seed)
        return sorted(
            text
            for texts in plan_sample(sizes, 1.0, Sampling(bytes=budget, seed=seed)).texts(corpus)
            for text in texts
        )

    small, large = taken(size), taken(2 * size)
    before, base.BATCH_BYTES = base.BATCH_BYTES, 100
    try:
        assert taken(size) == small
    finally:
        base.BATCH_BYTES = before
    rest = list(large)
    for text in small:
        rest.remove(text)


def test_all_of_a_corpus_at_alpha_1_is_the_corpus_itself(udhr: Corpus) -> None:
    sample = plan_sample(measure_text(udhr, TAGS, 0), 1.0, Sampling())
    assert sorted(text for texts in sample.texts(udhr) for text in texts) == sorted(rows_of(udhr)["text"])


def test_small_languages_are_repeated_no_more_often_than_allowed(udhr: Corpus) -> None:
    sizes = measure_text(udhr, TAGS, 0)
    free = plan_sample(sizes, 0.0, Sampling(bytes=10**6))
    bound = plan_sample(sizes, 0.0, Sampling(bytes=10**6, repeats=4))
    assert free.repeated_most > 10
    assert bound.repeated_most == pytest.approx(4, rel=1e-6)
    assert sum(bound.taken) < sum(free.taken), "what no language may have is not taken"


def test_another_seed_takes_other_text(udhr: Corpus) -> None:
    first, second = (
        [
            text
            for texts in plan_sample(measure_text(udhr, TAGS, seed), 1.0, Sampling(bytes=9000)).texts(udhr)
            for text in texts
        ]
        for seed in (0, 1)
    )
    assert first
    assert set(first) != set(second)


def test_places_are_taken_evenly() -> None:
    corpus = corpus_of([("eng_Latn", number, "x") for number in range(8 * PLACES)])
    by_place = measure_text(corpus, None, 0).by_place[0]
    # Poisson with a mean of 8: the chance of 0 is 0.03 %, and of more than 30 nil.
    assert by_place.max() < 31
    assert (by_place == 0).sum() < 15


def test_a_language_that_is_all_held_out_is_named() -> None:
    corpus = corpus_of([("eng_Latn", 0, "A line."), ("yor_Latn", 0, "")])
    with pytest.raises(CorpusError, match="no text to train on in yor_Latn"):
        measure_text(corpus, ["eng_Latn", "yor_Latn"], 0)


# What is trained.


@cache
def loaded(file: Path) -> Tokenizer:
    return load_tokenizer(file)


@pytest.fixture(scope="module")
def trained(udhr: Corpus, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One candidate of each kind, on six languages."""
    folder = tmp_path_factory.mktemp("kinds")
    sample = plan_sample(measure_text(udhr, TAGS, 0), 0.3, Sampling())
    found = {}
    for each in ALL_KINDS:
        made = train_tokenizer(each, sample.texts(udhr), sum(sample.taken))
        place = folder / each.name
        place.mkdir()
        (place / made.file).write_bytes(made.data)
        found[each.kind] = place / made.file
    return found


def test_the_library_that_trained_a_tokenizer_loads_it_and_so_does_langcov(trained: dict[str, Path]) -> None:
    backend = tokenizers.Tokenizer.from_file(str(trained["byte-bpe"]))
    assert backend.get_vocab_size() == 2000
    text = "የሰው ልጅ ሁሉ ሲወለድ ነጻና  በክብርና\n\tEnd"
    assert backend.decode(backend.encode(text).ids) == text
    for kind in ("sp-bpe", "unigram"):
        processor = sentencepiece.SentencePieceProcessor(model_file=str(trained[kind]))
        assert processor.decode(processor.encode(text)) == text
    kinds = {kind: load_tokenizer(path).kind for kind, path in trained.items()}
    assert kinds == {"byte-bpe": "byte-level BPE", "sp-bpe": "SentencePiece BPE", "unigram": "Unigram"}
    assert load_tokenizer(trained["unigram"]).name == "unigram-2000-alpha0.3"


@settings(max_examples=150)
@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="▁"), max_size=60))
def test_any_text_comes_back_as_it_was(trained: dict[str, Path], text: str) -> None:
    for tokenizer in map(loaded, trained.values()):
        ids = tokenizer.encode_batch([text]).ids
        assert tokenizer.decode_batch([ids.tolist()]) == [text]


def test_sentencepiece_alone_takes_its_own_mark_for_a_space(trained: dict[str, Path]) -> None:
    back = [
        each.decode_batch([each.encode_batch(["a▁b"]).ids.tolist()])[0]
        for each in map(loaded, trained.values())
    ]
    assert back == ["a▁b", "a b", "a b"]


@pytest.mark.parametrize("candidate", ALL_KINDS, ids=lambda each: each.kind)
def test_the_order_of_the_text_does_not_change_a_byte(
    candidate: Candidate, udhr_texts: dict[str, list[str]]
) -> None:
    texts = [text for tag in TAGS for text in udhr_texts[tag]]
    shuffled = random.Random(0).sample(texts, len(texts))
    first, second = (train_tokenizer(candidate, [some], 10**6).data for some in (texts, shuffled))
    assert first == second


def test_gpt2_s_pattern_cuts_hindi_words_at_their_vowel_signs_and_o200k_s_does_not(
    udhr_texts: dict[str, list[str]],
) -> None:
    longest = {}
    for pattern in ("gpt2", "o200k"):
        made = train_tokenizer(Candidate("byte-bpe", 1200, 1.0, pattern), [udhr_texts["hin_Deva"]], 10**5)
        backend = tokenizers.Tokenizer.from_str(made.data.decode())
        longest[pattern] = len(backend.encode(" ".join(udhr_texts["hin_Deva"])).ids)
    assert longest["gpt2"] > 1.3 * longest["o200k"]


def test_a_vocabulary_without_room_for_its_characters_is_refused_in_a_sentence(
    udhr_texts: dict[str, list[str]],
) -> None:
    with pytest.raises(
        TokenizerError, match=r"a vocabulary of 400 has no room for the [\d,]+ bytes and characters"
    ):
        train_tokenizer(Candidate("sp-bpe", 400, 1.0), [udhr_texts["cmn_Hans"]], 10**5)


def test_a_grid_is_every_combination_once_under_names_of_their_own() -> None:
    found = grid(["byte-bpe", "unigram"], [8000, 16000, 8000], [0, 0.3, 1], ["gpt2", "o200k"])
    assert len(found) == 2 * 3 * 2 + 2 * 3
    assert len({each.name for each in found}) == len(found)
    assert found == grid(["byte-bpe", "unigram"], [8000, 16000], [0, 0.3, 1], ["gpt2", "o200k"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kinds": ["byte-bp"]}, "did you mean byte-bpe"),
        ({"patterns": ["gpt4"]}, "no pattern is called 'gpt4'"),
        ({"vocabularies": [256]}, "a vocabulary of 256 can't be trained"),
        ({"alphas": [math.nan]}, "nan is no power"),
        ({"alphas": []}, "the grid is empty"),
    ],
)
def test_a_grid_that_makes_no_sense_is_refused(arguments: dict[str, list[object]], message: str) -> None:
    with pytest.raises(RunError, match=message):
        grid(**arguments)  # type: ignore[arg-type]


@given(
    points=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=12),
)
def test_the_front_is_what_no_other_beats(points: list[tuple[int, int]]) -> None:
    first, second = np.array(points, np.float64).T[:, :, None]
    beaten = [any(a <= x and b <= y and (a < x or b < y) for a, b in points) for x, y in points]
    assert on_front(first, second)[:, 0].tolist() == [not each for each in beaten]


# A folder of candidates.


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], list[Trained]]:
    folder = tmp_path_factory.mktemp("undisturbed") / "candidates"
    found = small_grid.train(folder)
    return small_grid.files(folder), found


def test_a_grid_is_a_folder_a_candidate_that_says_what_it_was_trained_on(
    undisturbed: tuple[dict[str, bytes], list[Trained]],
) -> None:
    files, found = undisturbed
    assert [each.candidate for each in found] == small_grid.CANDIDATES
    assert len(files) == 1 + 2 * len(found)
    for each in found:
        assert set(each.sampled) == set(small_grid.TAGS)
        assert sum(each.sampled.values()) == pytest.approx(20_000, abs=500)
        assert each.entries <= each.candidate.vocabulary


def test_worker_processes_train_the_same_bytes_as_this_one(
    undisturbed: tuple[dict[str, bytes], list[Trained]], tmp_path: Path
) -> None:
    small_grid.train(tmp_path / "candidates", workers=2)
    assert small_grid.files(tmp_path / "candidates") == undisturbed[0]


def child(folder: Path, kill_at: int | None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, small_grid.__file__, json.dumps({"folder": str(folder), "kill_at": kill_at})],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def test_a_grid_killed_at_random_moments_is_resumed_to_the_same_files(
    undisturbed: tuple[dict[str, bytes], list[Trained]], tmp_path: Path
) -> None:
    whole = child(tmp_path / "whole", None)
    assert whole.returncode == 0
    steps = int(whole.stdout)
    kept = set()
    for seed in range(5):
        folder = tmp_path / str(seed)
        # The last steps are those of writing; before them Python imports and the text is read.
        kill_at = random.Random(seed).randrange(steps - 60, steps)
        assert child(folder, kill_at).returncode == -signal.SIGKILL
        kept.add(sum((folder / each.name).exists() for each in small_grid.CANDIDATES))
        small_grid.train(folder, resume=True)
        assert small_grid.files(folder) == undisturbed[0]
    assert len(kept) > 1, "the moments are different ones"


def test_ctrl_c_keeps_what_is_trained_and_only_the_rest_is_trained_afterwards(
    undisturbed: tuple[dict[str, bytes], list[Trained]], tmp_path: Path
) -> None:
    folder = tmp_path / "candidates"

    def stop(now: GridProgress) -> None:
        if now.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted, match=r"2 of 4 candidates are kept in .*--resume"):
        small_grid.train(folder, on_progress=stop)
    there = {path: path.stat().st_ino for path in folder.glob("*/candidate.json")}
    assert len(there) == 2
    said: list[GridProgress] = []
    small_grid.train(folder, resume=True, on_progress=said.append)
    assert [now.done for now in said] == [3, 4]
    assert {path: path.stat().st_ino for path in there} == there
    assert small_grid.files(folder) == undisturbed[0]


def test_candidates_are_neither_forgotten_nor_mixed_up_with_those_of_another_grid(tmp_path: Path) -> None:
    folder = tmp_path / "candidates"
    small_grid.train(folder)
    before = small_grid.files(folder)
    with pytest.raises(RunError, match="candidates are here already; go on with them with --resume"):
        small_grid.train(folder)
    with pytest.raises(RunError, match="of another grid: its seed was 0 and is 1 now"):
        small_grid.train(folder, resume=True, seed=1)
    assert small_grid.files(folder) == before
    (folder / small_grid.CANDIDATES[0].name / "tokenizer.json").write_text("{}")
    with pytest.raises(RunError, match=r"this candidate is damaged .*remove its folder"):
        small_grid.train(folder, resume=True)


def test_a_grid_that_fails_at_once_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(small_grid, "corpus", lambda: corpus_of([("eng_Latn", 0, "")]))
    with pytest.raises(CorpusError, match="no text to train on"):
        small_grid.train(tmp_path / "candidates")
    assert not (tmp_path / "candidates").exists()
