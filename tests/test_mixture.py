"""What a mixture really holds: real text with faults built in, each of which is found, and nothing else said."""

from __future__ import annotations

import json
import unicodedata
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import langcov
from langcov.errors import CorpusError, Interrupted, RunError
from langcov.planning import mixture_parts
from langcov.planning.mixture import Mixture, mixture, mixture_of
from langcov.planning.mixture_counts import MixtureTally
from langcov.planning.mixture_parts import count_part
from test_cli import Command
from test_cli import langcov as command

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from langcov.corpora.base import Corpus
    from langcov.corpora.partitions import Partition
    from langcov.tokenizers.base import Tokenizer

__all__ = ["command"]
SOUND = ("eng_Latn", "deu_Latn", "swh_Latn", "yor_Latn", "hin_Deva", "tha_Thai", "rus_Cyrl", "kmr_Latn")


def articles(frame: pl.DataFrame, tag: str) -> list[str]:
    table = frame.filter(language=tag).group_by("unit", maintain_order=True).agg(pl.col("text").str.join(" "))
    return [" ".join(text.split()) for text in table["text"]]


def romanised(text: str) -> str:
    """Ethiopic in Latin letters, by the names that Unicode gives its syllables."""
    names = [unicodedata.name(character, "") for character in text]
    return "".join(
        name.rpartition(" ")[2].lower()
        if name.startswith("ETHIOPIC SYLLABLE")
        else " "
        if name == "ETHIOPIC WORDSPACE"
        else character
        for name, character in zip(names, text, strict=True)
    )


def laid_out(folder: Path, texts: Mapping[str, Sequence[str]]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for tag, lines in texts.items():
        (folder / f"{tag}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def sound(udhr_frame: pl.DataFrame) -> dict[str, list[str]]:
    return {tag: articles(udhr_frame, tag) for tag in SOUND}


@pytest.fixture(scope="module")
def faulty_folder(
    tmp_path_factory: pytest.TempPathFactory, udhr_frame: pl.DataFrame, sound: dict[str, list[str]]
) -> Path:
    faults = {
        "sna_Latn": articles(udhr_frame, "nya_Latn"),
        "amh_Ethi": [romanised(text) for text in articles(udhr_frame, "amh_Ethi")],
        "ckb_Arab": sound["kmr_Latn"],
        "ibo_Latn": articles(udhr_frame, "ibo_Latn") + sound["eng_Latn"][:12],
        "lin_Latn": articles(udhr_frame, "lin_Latn") * 3,
    }
    return laid_out(tmp_path_factory.mktemp("mixture") / "faulty", {**sound, **faults})


@pytest.fixture(scope="module")
def faulty(faulty_folder: Path) -> Mixture:
    return mixture(langcov.open_corpus(faulty_folder), "o200k")


def row_of(found: Mixture, language: str) -> dict[str, Any]:
    return found.languages.row(by_predicate=pl.col("language") == language, named=True)


def warned(found: Mixture, start: str) -> str:
    return " ".join(warning for warning in found.warnings if warning.startswith(start))


def test_a_mislabelled_file_is_found_and_named(faulty: Mixture) -> None:
    row = row_of(faulty, "sna_Latn")
    assert row["other_language"] == "nya_Latn"
    assert row["other_low"] > 0.8
    assert "sampled documents are in Nyanja (nya_Latn)" in warned(faulty, "Shona (sna_Latn)")


def test_romanised_amharic_is_flagged_by_its_script_and_taken_for_no_language(faulty: Mixture) -> None:
    assert row_of(faulty, "amh_Ethi")["script_share"] < 0.05
    said = warned(faulty, "Amharic (amh_Ethi)")
    assert "of its letters are Ethiopic and" in said
    assert "romanised" in said
    assert "sampled documents" not in said


def test_two_tags_with_the_same_text_are_found(faulty: Mixture) -> None:
    pair = faulty.duplicates.filter(language="ckb_Arab", other="kmr_Latn").row(0, named=True)
    assert pair["near"] == pair["exact"] == pair["compared"] > 25
    assert "letter for letter" in warned(faulty, "ckb_Arab and kmr_Latn share text")
    # Sorani has no profile: no language is said to be wrong, only what the text resembles.
    assert row_of(faulty, "ckb_Arab")["other_share"] is None
    assert "resemble: those of ckb_Arab Northern Kurdish" in warned(faulty, "ckb_Arab: no profile")


def test_english_in_a_small_language_is_found_with_its_share(faulty: Mixture) -> None:
    row = row_of(faulty, "ibo_Latn")
    assert row["other_language"] == "eng_Latn"
    assert row["other_low"] <= 12 / 43 <= row["other_high"]
    assert "are in English (eng_Latn)" in warned(faulty, "Igbo (ibo_Latn)")


def test_text_that_repeats_itself_is_told(faulty: Mixture) -> None:
    assert row_of(faulty, "lin_Latn")["repeated"] == pytest.approx(2 / 3)
    assert row_of(faulty, "yor_Latn")["repeated"] == 0


def test_nothing_is_said_against_what_is_sound(sound: dict[str, list[str]], tmp_path: Path) -> None:
    found = mixture(langcov.open_corpus(laid_out(tmp_path / "sound", sound)))
    assert found.warnings == ()
    assert (found.languages["agreeing"] == found.languages["identified"]).all()
    assert found.tokenizer is None
    assert found.languages["tokens"].null_count() == len(SOUND)


def test_worth_is_bytes_over_the_measured_premium(
    faulty: Mixture, udhr: Corpus, shipped: Callable[[str], Tokenizer]
) -> None:
    census = langcov.count(udhr, [shipped("o200k")], ["eng_Latn", "hin_Deva", "swh_Latn"])
    table = langcov.measure(census, ["byte_premium"])
    for language, value, low, high in table.select("language", "value", "low", "high").iter_rows():
        row = row_of(faulty, language)
        assert (row["byte_premium"], row["byte_premium_low"], row["byte_premium_high"]) == (value, low, high)
        assert row["equivalent_bytes"] == pytest.approx(row["bytes"] / value)
        assert row["equivalent_bytes_low"] == pytest.approx(row["bytes"] / high)
        assert row["equivalent_bytes_high"] == pytest.approx(row["bytes"] / low)


def test_sizes_and_tokens_are_those_of_the_files(
    faulty: Mixture, faulty_folder: Path, shipped: Callable[[str], Tokenizer]
) -> None:
    lines = (faulty_folder / "hin_Deva.txt").read_text(encoding="utf-8").splitlines()
    row = row_of(faulty, "hin_Deva")
    assert row["bytes"] == sum(len(line.encode()) for line in lines)
    assert row["documents"] == len(lines)
    assert row["tokens"] == shipped("o200k").encode_batch(lines).offsets[-1]
    assert faulty.languages["share"].sum() == pytest.approx(1)
    assert faulty.languages["token_share"].sum() == pytest.approx(1)


@settings(max_examples=25)
@given(cuts=st.lists(st.integers(0, 400), max_size=4), data=st.data())
def test_two_halves_make_the_whole(udhr_frame: pl.DataFrame, cuts: list[int], data: st.DataObject) -> None:
    """However the text is cut and in whatever order the parts are counted, the counts are the same."""
    from langcov.planning.identify import shipped_profiles

    frame = udhr_frame.filter(pl.col("language").is_in(["swh_Latn", "hrv_Latn", "bos_Latn", "jpn_Jpan"]))
    frame = pl.concat(
        [frame, frame.filter(language="swh_Latn"), frame.head(1).with_columns(text=pl.lit(" "))]
    )
    places = sorted({0, frame.height, *(cut for cut in cuts if cut < frame.height)})
    parts = [frame[first:last] for first, last in pairwise(places)]
    tallies = [MixtureTally(shipped_profiles()) for _ in range(2)]
    for part in data.draw(st.permutations(parts)):
        tallies[data.draw(st.integers(0, 1))].add(part)
    halves = tallies[0].total().merged(tallies[1].total())
    whole = MixtureTally(shipped_profiles())
    whole.add(frame)
    together = whole.total()
    assert halves.text.equals(together.text)
    assert halves.scripts.equals(together.scripts)
    assert halves.sample.equals(together.sample)
    assert halves.sketch.kept.equals(together.sketch.kept)
    assert halves.sketch.looked_at.equals(together.sketch.looked_at)
    assert mixture_of(halves, corpus="c").as_dict() == mixture_of(together, corpus="c").as_dict()


def test_samples_stay_small_and_the_same_however_much_text_comes(
    udhr_frame: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    from langcov.planning import mixture_counts, near_duplicates
    from langcov.planning.identify import shipped_profiles

    monkeypatch.setattr(mixture_counts, "SAMPLED", 10)
    monkeypatch.setattr(mixture_counts, "COMPACT_ROWS", 50)
    monkeypatch.setattr(near_duplicates, "KEPT", 12)
    monkeypatch.setattr(mixture_counts, "KEPT", 12)
    frame = udhr_frame.filter(pl.col("language").is_in(["swh_Latn", "deu_Latn"]))
    once, slices = MixtureTally(shipped_profiles()), MixtureTally(shipped_profiles())
    once.add(frame)
    for first in range(0, frame.height, 7):
        slices.add(frame[first : first + 7])
    assert slices.total().sample.equals(once.total().sample)
    assert slices.total().sketch.kept.equals(once.total().sketch.kept)
    assert once.total().sample["language"].value_counts()["count"].to_list() == [10, 10]
    assert once.total().sketch.kept["language"].value_counts()["count"].to_list() == [12, 12]


def test_parts_and_workers_change_nothing(
    faulty: Mixture, faulty_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut into many parts, counted by two processes, kept in a folder and read back: the same to the last digit."""
    monkeypatch.setattr(mixture_parts, "PART_BYTES", 40_000)
    corpus = langcov.open_corpus(faulty_folder)
    said: list[int] = []
    found = mixture(
        corpus, "o200k", work=tmp_path / "work", workers=2, on_progress=lambda now: said.append(now.bytes)
    )
    assert found.as_dict() == faulty.as_dict()
    assert len(said) > 3
    assert said[-1] == found.languages["bytes"].sum()
    again = mixture(corpus, "o200k", work=tmp_path / "work", resume=True)
    assert again.as_dict() == found.as_dict()


def test_an_interrupted_run_goes_on_and_no_other_does(
    faulty: Mixture, faulty_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mixture_parts, "PART_BYTES", 40_000)
    corpus, work = langcov.open_corpus(faulty_folder), tmp_path / "work"
    counted: list[object] = []

    def interrupted_at(stop: int) -> Callable[..., mixture_parts.Counted]:
        real = count_part

        def count(part: Partition, **options: Any) -> mixture_parts.Counted:  # noqa: ANN401
            if len(counted) == stop:
                raise KeyboardInterrupt
            counted.append(part)
            return real(part, **options)

        return count

    monkeypatch.setattr(mixture_parts, "count_part", interrupted_at(3))
    with pytest.raises(Interrupted, match=r"3 of \d+ parts are counted and kept; go on with --resume"):
        mixture(corpus, "o200k", work=work, workers=1)
    with pytest.raises(RunError, match="parts that an earlier run counted"):
        mixture(corpus, "o200k", work=work)
    with pytest.raises(RunError, match="parts of another run"):
        mixture(corpus, "cl100k", work=work, resume=True)
    monkeypatch.setattr(mixture_parts, "count_part", interrupted_at(10**6))
    found = mixture(corpus, "o200k", work=work, workers=1, resume=True)
    assert found.as_dict() == faulty.as_dict()
    assert len(counted) == len(set(map(id, counted)))
    with pytest.raises(RunError, match="no interrupted run here"):
        mixture(corpus, work=tmp_path / "other", resume=True)
    (work / "part-000000" / "tokenizer.json").write_text('"o200k@00000000"', encoding="utf-8")
    with pytest.raises(RunError, match="counted with o200k@00000000 before, and now with o200k@b85f1f28"):
        mixture(corpus, "o200k", work=work, resume=True)
    next(work.glob("part-*/kept.parquet")).write_bytes(b"PAR1 no table PAR1")
    with pytest.raises(RunError, match="a part is damaged"):
        mixture(corpus, "o200k", work=work, resume=True)


def test_the_evidence_gives_no_size_today_and_that_is_said(faulty: Mixture) -> None:
    assert faulty.languages["enough"].null_count() == faulty.languages.height
    assert "The evidence gives no size that is enough: " in " ".join(faulty.verdict)
    assert (faulty.languages["larger_than"] == 0).all()


def test_the_command_prints_and_writes(command: Command, faulty_folder: Path, tmp_path: Path) -> None:
    said = command("mixture", faulty_folder, "--out", "m.parquet")
    assert said.code == 0, said.err
    assert "Warnings" in said.out
    assert "alpha = " in said.out
    assert pl.read_parquet(tmp_path / "m.parquet").height == 13
    printed = json.loads(command("mixture", faulty_folder, "--language", "Shona", "--json").out)
    assert [row["language"] for row in printed["languages"]] == ["sna_Latn"]
    assert printed["temperatures"][0]["alpha"] is None


def test_a_hostile_text_stays_text_on_the_terminal(command: Command, tmp_path: Path) -> None:
    laid_out(tmp_path / "\x1b[31mred", {"eng_Latn": ["\x1b[31mAll human beings are born free \x07" * 9]})
    said = command("mixture", tmp_path / "\x1b[31mred")
    assert said.code == 0, said.err
    assert "\x1b" not in said.out + said.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere/*.txt"], "no file matches"),
        (["texts", "--out", "m.xlsx"], "can't be written as .xlsx"),
        (["texts", "--tokenizer", "o20k"], "did you mean o200k"),
        (["texts", "--resume"], "name the folder with --work"),
        (["texts", "--language", "Zulu"], "no text in zul_Latn"),
        (["texts", "--reference", "Klingonese"], "unknown language"),
    ],
)
def test_bad_use_ends_in_one_sentence(
    command: Command, tmp_path: Path, arguments: list[str], said: str
) -> None:
    laid_out(tmp_path / "texts", {"eng_Latn": ["All human beings are born free."]})
    found = command("mixture", *arguments)
    assert found.code == 2
    assert said in " ".join(found.err.split())
    assert "Traceback" not in found.err


def test_a_text_of_nothing_is_told(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no text in it"):
        mixture(langcov.open_corpus(laid_out(tmp_path / "blank", {"eng_Latn": [" ", "\t "]})))


def test_without_the_declaration_scripts_are_still_checked(
    sound: dict[str, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from langcov.planning import byte_premiums, identify

    monkeypatch.setattr(mixture_parts, "shipped_profiles", lambda: None)
    monkeypatch.setattr(byte_premiums, "declaration", lambda: None)
    byte_premiums.byte_premiums.cache_clear()
    folder = laid_out(tmp_path / "texts", {"eng_Latn": sound["eng_Latn"], "hin_Deva": sound["swh_Latn"]})
    found = mixture(langcov.open_corpus(folder))
    byte_premiums.byte_premiums.cache_clear()
    assert "of its letters are Devanagari and 100 % Latin" in warned(found, "Hindi")
    assert "langcov corpora fetch udhr" in warned(found, "Languages were not looked for")
    assert found.languages["equivalent_bytes"].null_count() == 2
    assert identify.declaration() is not None
