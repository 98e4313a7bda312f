"""Corpus cards: TOML that says where text is and whose it is."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from langcov.corpora import fetch, open_corpus
from langcov.corpora.cards import known_cards, read_card
from langcov.errors import CorpusError

CARDS = Path(__file__).parents[1] / "corpora"

CARD = """
name = "mine"
title = "My texts"
citation = "Me"
licence = "CC0-1.0"
where = "ask me"
layout = "columns"
files = ["*.jsonl"]
root = "texts"

[columns]
text = "body"
"""


@pytest.mark.parametrize("path", sorted(CARDS.glob("*.toml")), ids=lambda path: path.stem)
def test_each_shipped_card_is_whole_and_named_like_its_file(path: Path) -> None:
    card = read_card(path)
    assert card.name == path.stem
    assert "://" not in path.read_text()
    assert known_cards()[card.name].path.samefile(path)


def test_a_card_says_how_files_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "corpora" / "texts").mkdir(parents=True)
    (tmp_path / "corpora" / "mine.toml").write_text(CARD)
    (tmp_path / "corpora" / "texts" / "yo.jsonl").write_text('{"body": "ọ̀rọ̀"}\n')
    corpus = open_corpus(tmp_path / "corpora" / "mine.toml")
    assert (corpus.name, corpus.citation, corpus.licence, corpus.parallel) == ("mine", "Me", "CC0-1.0", False)
    assert pl.concat(corpus.batches())["text"].to_list() == ["ọ̀rọ̀"]
    monkeypatch.chdir(tmp_path)
    assert open_corpus("mine").fingerprint == corpus.fingerprint


def test_flores_opens_in_each_layout_it_is_given_out_in(tmp_path: Path) -> None:
    for name in ("eng_Latn.devtest", "devtest.yor_Latn"):
        (tmp_path / "devtest").mkdir(exist_ok=True)
        (tmp_path / "devtest" / name).write_text("one\ntwo\n")
    pl.DataFrame({"id": [1, 2], "language": ["x", "x"], "text": ["moja", "mbili"]}).write_parquet(
        tmp_path / "devtest" / "swh_Latn.parquet"
    )
    corpus = open_corpus("flores-plus", root=tmp_path)
    assert corpus.parallel
    assert corpus.languages() == ["eng_Latn", "swh_Latn", "yor_Latn"]
    assert pl.concat(corpus.batches())["unit"].to_list() == [0, 1] * 3


def test_fineweb_takes_the_script_from_the_folder_and_leaves_what_was_removed(tmp_path: Path) -> None:
    for folder in ("srp_Cyrl", "srp_Cyrl_removed"):
        (tmp_path / "data" / folder / "train").mkdir(parents=True)
        pl.DataFrame({"text": [folder], "language": ["srp"]}).write_parquet(
            tmp_path / "data" / folder / "train" / "000_00000.parquet"
        )
    corpus = open_corpus("fineweb-2", root=tmp_path)
    assert corpus.languages() == ["srp_Cyrl"]
    assert pl.concat(corpus.batches())["text"].to_list() == ["srp_Cyrl"]


def test_wikipedia_names_its_folders_by_date_and_language(tmp_path: Path) -> None:
    (tmp_path / "20231101.yo").mkdir()
    pl.DataFrame({"text": ["Èdè"]}).write_parquet(tmp_path / "20231101.yo" / "train-00000-of-00001.parquet")
    assert open_corpus("wikipedia", root=tmp_path).languages() == ["yor_Latn"]


def test_a_card_without_files_tells_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"does not say where the files are; get them .* with --root"):
        open_corpus("flores-plus")
    with pytest.raises(
        CorpusError, match=r"no file matches data/\*_.*get the files: the Hugging Face data set"
    ):
        open_corpus("fineweb-2", root=tmp_path)
    with pytest.raises(CorpusError, match="langcov can't fetch 'wikipedia'; get it yourself"):
        fetch("wikipedia")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('name = "mine"', ""), "the corpus card has no 'name'; add it"),
        (('name = "mine"', 'nmae = "mine"'), "'nmae' is no field of a corpus card; did you mean 'name'"),
        (('text = "body"', 'txet = "body"'), "'txet' is no field of a corpus card; did you mean 'text'"),
        (('name = "mine"', "name = 3"), "'name' is of the wrong kind"),
        (('files = ["*.jsonl"]', 'files = "*.jsonl"'), "'files' is of the wrong kind"),
        (('root = "texts"', 'parallel = "no"'), "'parallel' is of the wrong kind"),
        (('text = "body"', "text = 3"), "'columns' is of the wrong kind"),
        (
            ('layout = "columns"', 'layout = "colums"'),
            "unknown layout 'colums'; the layouts are flores, columns, text",
        ),
        (('layout = "columns"', 'layout = "text"'), "a jsonl file does not fit the layout 'text'"),
        (('layout = "columns"', "layout ="), "the corpus card can't be read"),
    ],
)
def test_a_wrong_card_is_told_in_one_sentence(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "yo.jsonl").write_text('{"body": "ọ̀rọ̀"}\n')
    (tmp_path / "mine.toml").write_text(CARD.replace(*change))
    with pytest.raises(CorpusError, match=message) as caught:
        open_corpus(tmp_path / "mine.toml")
    assert "\n" not in str(caught.value)


def test_a_card_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"can't be read .*No such file"):
        open_corpus(tmp_path / "none.toml")
