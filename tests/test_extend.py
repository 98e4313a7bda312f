"""``langcov extend``: what more pieces bring real languages under real tokenizers, and that nothing else changes."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
import polars as pl
import pytest
import tokenizers
import transformers

import langcov
from langcov.__main__ import main
from langcov.errors import LanguageError, TokenizerError
from langcov.extensions import save_extension
from langcov.planning.extend import HELD_OUT, extend
from langcov.planning.extension_curve import MEASURES, SAVED
from langcov.planning.splits import split

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from langcov.corpora.base import Corpus
    from langcov.planning.extend import Extension
    from langcov.tokenizers.base import Tokenizer


@pytest.fixture(scope="module")
def amharic(udhr: Corpus, shipped: Callable[[str], Tokenizer]) -> Extension:
    """DeepSeek's tokenizer with 2,000 pieces for Amharic, or as many as the text has."""
    return extend(shipped("deepseek"), udhr, ["Amharic"], pieces=2000)


@pytest.fixture(scope="module")
def burmese(udhr: Corpus, shipped: Callable[[str], Tokenizer]) -> Extension:
    """Mistral's SentencePiece BPE with pieces for Burmese and Yoruba; Tagalog and Spanish are protected too."""
    return extend(
        shipped("mistral"),
        udhr,
        ["mya", "yor"],
        pieces=600,
        protect=["Spanish", "Tagalog", "Chinese"],
    )


@pytest.fixture(scope="module")
def written(amharic: Extension, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("extended") / "new"
    save_extension(amharic, folder)
    return folder


def value(extension: Extension, language: str, measure: str, pieces: int) -> float:
    row = extension.curve.filter(
        pl.col("language") == language, pl.col("measure") == measure, pl.col("pieces") == pieces
    )
    return float(row["value"].item())


def held_out(corpus: Corpus, languages: Sequence[str], language: str) -> list[str]:
    """The text of a language that nothing was learned from."""
    part = split(corpus, languages, HELD_OUT, 0).held_out
    return [text for batch in part.batches([language]) for text in batch["text"]]


# -- what it brings ----------------------------------------------------------------------------------------------


def test_amharic_costs_less_than_half_under_deepseek_after_an_extension(amharic: Extension) -> None:
    """On articles that were held out: from 7.6 times English to 2.5 or less, a third."""
    most = amharic.manifest["new_pieces"]
    before, after = (value(amharic, "amh_Ethi", "premium", pieces) for pieces in (0, most))
    assert before > 7
    assert before / after > 3
    assert value(amharic, "amh_Ethi", "spelled_characters", 0) > 0.99
    assert value(amharic, "amh_Ethi", "spelled_characters", most) < 0.03


def test_the_interval_after_is_below_the_interval_before(amharic: Extension) -> None:
    curve = amharic.curve.filter(pl.col("language") == "amh_Ethi", pl.col("measure") == "premium")
    assert curve["high"].to_list()[-1] < curve["low"].to_list()[0]


def test_each_further_piece_brings_less(amharic: Extension, burmese: Extension) -> None:
    for extension, language in ((amharic, "amh_Ethi"), (burmese, "mya_Mymr"), (burmese, "yor_Latn")):
        own = extension.curve.filter(pl.col("language") == language).sort("pieces")
        saved = own.filter(pl.col("measure") == SAVED)["value"].to_list()
        assert saved == sorted(saved, reverse=True)
        assert saved[-1] > 0


def test_burmese_is_spelled_no_more_under_mistral(burmese: Extension) -> None:
    most = burmese.manifest["new_pieces"]
    assert value(burmese, "mya_Mymr", "spelled_characters", 0) > 0.2
    assert value(burmese, "mya_Mymr", "spelled_characters", most) < 0.01
    assert value(burmese, "mya_Mymr", "premium", 0) / value(burmese, "mya_Mymr", "premium", most) > 3


# -- what it leaves as it is -------------------------------------------------------------------------------------


def test_no_english_id_changes(
    amharic: Extension, udhr_texts: Mapping[str, list[str]], shipped: Callable[[str], Tokenizer]
) -> None:
    before = shipped("deepseek").encode_batch(udhr_texts["eng_Latn"])
    after = amharic.tokenizer.encode_batch(udhr_texts["eng_Latn"])
    assert before.ids.tolist() == after.ids.tolist()
    assert amharic.protected.row(0, named=True)["texts_changed"] == 0


def test_text_that_was_protected_and_seen_does_not_change(
    burmese: Extension, udhr: Corpus, udhr_texts: Mapping[str, list[str]], shipped: Callable[[str], Tokenizer]
) -> None:
    languages = [*burmese.manifest["languages"], *burmese.manifest["protect"]]
    mistral = shipped("mistral")
    for language in burmese.manifest["protect"]:
        unseen = held_out(udhr, languages, language)
        seen = [text for text in udhr_texts[language] if text not in set(unseen)]
        assert mistral.encode_batch(seen).ids.tolist() == burmese.tokenizer.encode_batch(seen).ids.tolist()
        row = burmese.protected.filter(pl.col("language") == language).row(0, named=True)
        differ = [
            text
            for text in unseen
            if mistral.encode_batch([text]).ids.tolist()
            != burmese.tokenizer.encode_batch([text]).ids.tolist()
        ]
        assert row["texts"] == len(unseen)
        assert row["texts_changed"] == len(differ)


def test_protection_is_what_keeps_it(
    udhr: Corpus, udhr_texts: Mapping[str, list[str]], shipped: Callable[[str], Tokenizer]
) -> None:
    """Rundi and Kinyarwanda are nearly one language: pieces for one change the other, unless it is protected."""
    mistral = shipped("mistral")
    text = udhr_texts["run_Latn"]
    before = len(mistral.encode_batch(text).ids)
    free = extend(mistral, udhr, ["kin"], pieces=100)
    kept = extend(mistral, udhr, ["kin"], pieces=100, protect=["run"])
    assert len(free.tokenizer.encode_batch(text).ids) < 0.9 * before
    assert 0.99 * before < len(kept.tokenizer.encode_batch(text).ids) <= before
    assert kept.manifest["passed_over"] > 100
    assert any("passed over" in note for note in kept.manifest["notes"])


def test_text_of_your_own_is_protected_whole(udhr: Corpus, shipped: Callable[[str], Tokenizer]) -> None:
    """The samples' Rundi stays as it is; UDHR's, which nobody named, does not."""
    mistral = shipped("mistral")
    samples = langcov.open_corpus("samples")
    text = [text for batch in samples.batches(["run_Latn"]) for text in batch["text"]]
    assert text
    free = extend(mistral, udhr, ["kin"], pieces=200)
    kept = extend(mistral, udhr, ["kin"], pieces=200, protect=["run"], protected_text=samples)
    before = mistral.encode_batch(text).ids.tolist()
    assert free.tokenizer.encode_batch(text).ids.tolist() != before
    assert kept.tokenizer.encode_batch(text).ids.tolist() == before
    assert "protect-text:samples@" in kept.signature
    with pytest.raises(LanguageError, match="no text in a protected language"):
        extend(mistral, udhr, ["kin"], protect=["abs"], reference="abs", protected_text=samples)


# -- what is written ---------------------------------------------------------------------------------------------


def test_the_written_file_gives_the_tokens_that_the_curve_says(
    written: Path, amharic: Extension, udhr: Corpus
) -> None:
    again = langcov.load_tokenizer(written / "tokenizer.json")
    text = held_out(udhr, ["amh_Ethi", "eng_Latn"], "amh_Ethi")
    most = amharic.manifest["new_pieces"]
    assert len(again.encode_batch(text).ids) == value(amharic, "amh_Ethi", "tokens", most)


def test_the_curve_at_200_pieces_is_that_of_an_extension_of_200(
    amharic: Extension, udhr: Corpus, shipped: Callable[[str], Tokenizer]
) -> None:
    small = extend(shipped("deepseek"), udhr, ["Amharic"], pieces=200)
    assert small.pieces.equals(amharic.pieces.head(200))
    assert small.curve.equals(amharic.curve.filter(pl.col("pieces") <= 200))


def test_every_id_stays_where_it_was(written: Path, shipped: Callable[[str], Tokenizer]) -> None:
    before = shipped("deepseek")
    old = before.backend.get_vocab(with_added_tokens=True)  # type: ignore[attr-defined]
    backend = tokenizers.Tokenizer.from_file(str(written / "tokenizer.json"))
    new = backend.get_vocab(with_added_tokens=True)
    assert len(old) > 129_000
    assert {piece: new[piece] for piece in old} == old
    fresh = sorted(set(new.values()) - set(old.values()))
    assert fresh == list(range(max(old.values()) + 1, max(old.values()) + 1 + len(fresh)))
    # A special token is one still, and what a model puts before a text is put there as before.
    assert backend.encode("<｜User｜>").ids[-1] == old["<｜User｜>"]
    assert backend.token_to_id("<｜User｜>") == old["<｜User｜>"]


def test_transformers_loads_it_and_gives_the_same_ids(
    written: Path, amharic: Extension, udhr_texts: Mapping[str, list[str]]
) -> None:
    loaded = transformers.PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_file=str(written / "tokenizer.json")
    )
    for language in ("amh_Ethi", "eng_Latn", "jpn_Jpan"):
        for text in udhr_texts[language][:20]:
            ids = loaded(text, add_special_tokens=False)["input_ids"]
            assert ids == amharic.tokenizer.encode_batch([text]).ids.tolist()
            assert loaded.decode(ids) == text


def test_a_sentencepiece_model_is_written_as_one(
    burmese: Extension, tmp_path: Path, shipped: Callable[[str], Tokenizer]
) -> None:
    file = save_extension(burmese, tmp_path / "new")
    assert file.name == burmese.file == "tokenizer.model"
    again = langcov.load_tokenizer(file)
    assert again.kind == "SentencePiece BPE"
    assert again.fingerprint == burmese.manifest["fingerprint"]
    before = shipped("mistral").vocabulary
    assert again.vocabulary.head(before.height).equals(before)
    text = ["ကမ္ဘာ့ကုလသမဂ္ဂ", "ẹ̀tọ́ ọmọnìyàn", "plain  text 🎉\n"]
    encoded = again.encode_batch(text)
    parts = np.split(encoded.ids, encoded.offsets[1:-1])
    assert again.decode_batch([part.tolist() for part in parts]) == text


def test_the_folder_holds_what_it_takes_to_trust_it(written: Path, amharic: Extension) -> None:
    assert {path.name for path in written.iterdir()} == {
        "tokenizer.json",
        "curve.parquet",
        "extension.json",
        "manifest.json",
        "charts",
    }
    assert pl.read_parquet(written / "curve.parquet").equals(amharic.curve)
    assert set(amharic.curve["measure"]) == {*MEASURES, SAVED, "tokens"}
    details = json.loads((written / "extension.json").read_text(encoding="utf-8"))
    first = details["pieces"][0]
    assert first["id"] == amharic.manifest["first_new_id"]
    assert first["shares"] == {"amh_Ethi": 1.0}
    counts = [piece["saved"] for piece in details["pieces"]]
    assert counts == sorted(counts, reverse=True)
    manifest = json.loads((written / "manifest.json").read_text(encoding="utf-8"))
    assert "extend:amh_Ethi" in manifest["signature"] == details["signature"]
    assert (written / "charts" / "curve.png").read_bytes().startswith(b"\x89PNG")
    svg = (written / "charts" / "curve.svg").read_text(encoding="utf-8")
    assert "Premium" in svg
    assert "Amharic" in svg
    assert "var(" not in svg


def test_the_same_extension_is_the_same_bytes(
    burmese: Extension, udhr: Corpus, shipped: Callable[[str], Tokenizer]
) -> None:
    again = extend(
        shipped("mistral"), udhr, ["mya_Mymr", "yor_Latn"], pieces=600, protect=["spa", "tgl", "cmn_Hans"]
    )
    assert again.data == burmese.data
    assert again.curve.equals(burmese.curve)
    assert again.signature == burmese.signature


def test_ids_can_begin_after_special_tokens_that_the_file_does_not_list(
    udhr: Corpus, shipped: Callable[[str], Tokenizer]
) -> None:
    qwen = shipped("qwen")
    found = extend(qwen, udhr, ["Amharic"], pieces=3, first_id=151_669)
    assert found.pieces["id"].to_list() == [151_669, 151_670, 151_671]
    assert [note.split()[:4] for note in found.manifest["notes"]] == [["The", "file", "puts", "text"]]
    with pytest.raises(TokenizerError, match="new ids begin with 151,643"):
        extend(qwen, udhr, ["Amharic"], pieces=5, first_id=7)


# -- what is refused ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "why"), [("j2", "Unigram"), ("mbert", "WordPiece")])
def test_algorithms_that_weigh_or_search_their_pieces_are_refused(
    name: str, why: str, shipped: Callable[[str], Tokenizer], udhr: Corpus
) -> None:
    with pytest.raises(TokenizerError, match=rf"{name}: it can't be extended: .*{why}.*; extend one of"):
        extend(shipped(name), udhr, ["Amharic"])


def test_a_language_gets_pieces_or_is_protected(udhr: Corpus, shipped: Callable[[str], Tokenizer]) -> None:
    deepseek = shipped("deepseek")
    with pytest.raises(LanguageError, match="amh_Ethi can't get pieces and stay as it is"):
        extend(deepseek, udhr, ["Amharic"], protect=["amh"])
    with pytest.raises(LanguageError, match="no text in tlh_Latn"):
        extend(deepseek, udhr, ["Amharic"], protect=["tlh"])
    with pytest.raises(LanguageError, match="no language is named"):
        extend(deepseek, udhr, [])


def test_english_can_be_what_is_extended_for(udhr: Corpus, shipped: Callable[[str], Tokenizer]) -> None:
    found = extend(shipped("mistral"), udhr, ["English"], pieces=10)
    assert found.manifest["protect"] == []
    assert found.protected.is_empty()


# -- the command -------------------------------------------------------------------------------------------------


class Said(NamedTuple):
    code: int
    out: str
    err: str


class Command(Protocol):
    def __call__(self, *arguments: str | Path) -> Said: ...


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """``langcov extend`` in this process and in ``tmp_path``, with a small tokenizer and text of two languages."""
    monkeypatch.chdir(tmp_path)
    built = tokenizers.Tokenizer(tokenizers.models.BPE())
    built.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    built.decoder = tokenizers.decoders.ByteLevel()
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    trainer = tokenizers.trainers.BpeTrainer(vocab_size=260, initial_alphabet=alphabet, show_progress=False)
    built.train_from_iterator(["the cat", "the mat"], trainer)
    built.save("small.json")
    for tag, line in (("eng_Latn", "Day {} is a good day."), ("swh_Latn", "Siku ya {} ni siku njema.")):
        lines = [line.format(number) for number in range(120)]
        (tmp_path / "texts" / tag).mkdir(parents=True)
        (tmp_path / "texts" / tag / "part.txt").write_text("\n".join(lines), encoding="utf-8")

    def run(*arguments: str | Path) -> Said:
        monkeypatch.setattr(sys, "argv", ["langcov", "extend", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        code = left.value.code
        assert code is None or isinstance(code, int)
        return Said(code or 0, *capfd.readouterr())

    return run


def test_the_command_prints_the_curve_and_where_the_tokenizer_is(command: Command, tmp_path: Path) -> None:
    said = command(
        "small.json", "--language", "Swahili", "--pieces", "9", "--corpus", "texts", "--out", "new"
    )
    assert said.code == 0, said
    assert "small: 9 new pieces, ids 260 to 268; no other id changes." in said.out
    assert "swh_Latn Swahili" in said.out
    assert "English (eng_Latn)" in said.out
    assert "none changed." in said.out
    assert said.out.endswith("Tokenizer: new/tokenizer.json\n")
    assert "not parallel" in said.err
    assert len(langcov.load_tokenizer(tmp_path / "new").vocabulary) == 269


def test_json_is_for_a_program(command: Command) -> None:
    said = command("small.json", "--language", "swh", "--pieces", "3", "--corpus", "texts", "--json")
    found: dict[str, Any] = json.loads(said.out)
    assert found["path"] == "langcov-extension/tokenizer.json"
    assert [piece["id"] for piece in found["pieces"]] == [260, 261, 262]
    assert {row["measure"] for row in found["curve"]} == {*MEASURES, SAVED, "tokens"}
    assert found["protected"][0]["texts_changed"] == 0


def test_a_folder_of_something_else_is_left_alone(command: Command, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "tokenizer.json").write_text("{}", encoding="utf-8")
    said = command("small.json", "--language", "swh", "--corpus", "texts", "--out", "model")
    assert said.code == 2
    assert said.err.startswith("langcov: model: there is tokenizer.json, which langcov extend did not write")
    assert (tmp_path / "model" / "tokenizer.json").read_text(encoding="utf-8") == "{}"


def test_an_earlier_extension_is_replaced_and_other_files_stay(command: Command, tmp_path: Path) -> None:
    arguments = ("small.json", "--language", "swh", "--corpus", "texts", "--out", "new", "--pieces")
    assert command(*arguments, "2").code == 0
    (tmp_path / "new" / "mine.txt").write_text("mine", encoding="utf-8")
    assert command(*arguments, "4").code == 0
    assert (tmp_path / "new" / "mine.txt").read_text(encoding="utf-8") == "mine"
    assert len(langcov.load_tokenizer(tmp_path / "new" / "tokenizer.json").vocabulary) == 264


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["small.json", "--language", "Swahilli"], ["unknown language 'Swahilli'", "did you mean Swahili"]),
        (["small.json", "--language", "swh", "--protect", "fra"], ["no text in fra_Latn"]),
        (
            ["small.json", "--language", "swh", "--protect", "swh"],
            ["swh_Latn can't get pieces and stay as it is"],
        ),
        (["nosuch", "--language", "swh"], ["no tokenizer is called 'nosuch'"]),
        (["small.json", "--language", "swh", "--first-id", "3"], ["new ids begin with 260"]),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(
    command: Command, arguments: list[str], parts: list[str]
) -> None:
    said = command(*arguments, "--corpus", "texts")
    assert said.code == 2
    assert said.out == ""
    assert said.err.startswith("langcov: ")
    assert said.err.count("\n") == 1
    for part in parts:
        assert part in said.err


def test_one_line_of_text_is_too_little(command: Command, tmp_path: Path) -> None:
    (tmp_path / "short").mkdir()
    for tag in ("eng_Latn", "swh_Latn"):
        (tmp_path / "short" / f"{tag}.txt").write_text("Habari.\n", encoding="utf-8")
    said = command("small.json", "--language", "swh", "--corpus", "short")
    assert said.code == 2
    assert "text" in said.err
    assert not (tmp_path / "langcov-extension").exists()
