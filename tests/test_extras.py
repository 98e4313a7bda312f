"""What is written into the run folder for the pages of languages and tokenizers: tokens of a sentence, alphabets, anatomy."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from langcov.measures import UnitCounts
from langcov.report.chips import _kind, _seen, _side_by_side, _Token, chips, token_chips
from langcov.report.details import packed_details
from langcov.report.extras import SCHEMAS, extras_of, nearest_languages
from langcov.report.folder import read_run
from langcov.report.sentences import MOST_CHARACTERS, sample_texts
from langcov.runs import compare

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from langcov.census import Census
    from langcov.corpora.base import Corpus
    from langcov.tokenizers.base import Tokenizer

TEXTS = {
    "eng_Latn": ["All human beings are born free."],
    "amh_Ethi": ["የሰው ልጅ ሁሉ ነጻ ነው።"],
    "yor_Latn": ["Gbogbo ènìyàn ni a bí ní òmìnira;"],
    "jpn_Jpan": [],
}


def _chips(tokenizer: Tokenizer, language: str) -> list[tuple[str, str]]:
    row = token_chips(tokenizer, TEXTS).filter(language=language)
    return list(zip(row["kinds"][0].to_list(), row["pieces"][0].to_list(), strict=True))


def test_amharic_is_whole_words_in_xlm_r_bytes_in_o200k_and_lost_to_mbert(
    shipped: Callable[[str], Tokenizer],
) -> None:
    assert ("text", " የሰው") in _chips(shipped("xlm-r"), "amh_Ethi")
    spelled = _chips(shipped("o200k"), "amh_Ethi")
    assert spelled[:2] == [("bytes", "\\xe1\\x8b"), ("bytes", "\\xa8")]
    assert ("unknown", "የሰው") in _chips(shipped("mbert"), "amh_Ethi"), "the text that is lost is shown"


def test_english_is_the_same_text_under_every_tokenizer(shipped: Callable[[str], Tokenizer]) -> None:
    for name in ("mbert", "xlm-r", "o200k", "mistral"):
        said = _chips(shipped(name), "eng_Latn")
        assert {kind for kind, _ in said} == {"text"}
        assert "".join(piece for _, piece in said).replace(" ", "") == "Allhumanbeingsarebornfree."


@pytest.mark.parametrize("name", ["mbert", "xlm-r", "o200k", "mistral", "j2"])
def test_chips_lie_side_by_side_along_the_text_and_lose_only_white_space(
    shipped: Callable[[str], Tokenizer], name: str, udhr: Corpus
) -> None:
    texts = sample_texts(udhr, ["eng_Latn", "tha_Thai", "amh_Ethi", "arb_Arab", "vie_Latn", "hin_Deva"])
    for row in token_chips(shipped(name), texts).iter_rows(named=True):
        data = row["text"].encode()
        at, between = 0, b""
        for start, end in zip(row["starts"], row["ends"], strict=True):
            assert at <= start <= end <= len(data)
            between += data[at:start]
            at = end
        assert not (between + data[at:]).strip(), "only white space belongs to no token"


@given(st.text(max_size=12), st.data())
def test_any_cut_of_a_text_into_bytes_is_laid_along_it(text: str, data: st.DataObject) -> None:
    whole = text.encode("utf-8", "surrogatepass")
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    edges = [0, *cuts, len(whole)]
    surfaces = [whole[start:end] for start, end in pairwise(edges) if end > start]
    found = chips(text, [(surface, "normal") for surface in surfaces], [(0, len(text))] * len(surfaces))
    assert [whole[chip.start : chip.end] for chip in found] == surfaces


def test_sample_sentences_are_the_same_article_in_every_language_and_short(udhr: Corpus) -> None:
    texts = sample_texts(udhr)
    assert len(texts) == len(udhr.languages())
    assert texts["eng_Latn"][0].startswith("Everyone has the right to life")
    assert all(len(own) == 2 for own in texts.values())
    assert max(len(text) for own in texts.values() for text in own) <= MOST_CHARACTERS


def test_extras_have_an_alphabet_for_each_language_that_has_one_and_no_text_needed(
    shipped: Callable[[str], Tokenizer],
) -> None:
    found = extras_of(shipped("xlm-r"), TEXTS)
    for name, table in found.items():
        assert table.schema == SCHEMAS[name]
    alphabets = {row["language"]: row for row in found["alphabets"].iter_rows(named=True)}
    assert set(alphabets) == set(TEXTS)
    amharic = alphabets["amh_Ethi"]
    assert Counter(amharic["fates"])["l"] == 6
    assert len(amharic["fates"]) == len(amharic["letters"]) == 282
    sizes = dict(found["anatomy"].filter(part="sizes").select("name", "count").iter_rows())
    assert sizes["entries"] == 250_002


def test_nearest_languages_are_relatives(udhr_census: Census) -> None:
    table = nearest_languages(UnitCounts(udhr_census, "eng_Latn")).filter(tokenizer="xlm-r")
    first = dict(table.filter(rank=1).select("language", "other").iter_rows())
    assert first["ces_Latn"] == "slk_Latn"
    assert first["spa_Latn"] in {"glg_Latn", "ast_Latn", "cat_Latn", "por_Latn"}
    assert table.filter(pl.col("language") == pl.col("other")).is_empty()
    assert set(table["rank"]) <= set(range(1, 7))


def test_a_run_folder_keeps_the_extras_and_a_page_packs_them(
    tmp_path: Path, shipped: Callable[[str], Tokenizer], udhr: Corpus
) -> None:
    run = compare([shipped("o200k")], udhr, ["eng_Latn", "amh_Ethi", "deu_Latn"])
    run.save(tmp_path / "run")
    found = read_run(tmp_path / "run")
    assert {name: table.height for name, table in found.extras.items()} == {
        name: table.height for name, table in run.extras.items()
    }
    details = packed_details(found.extras, ["o200k"], found.census.languages)
    amharic = found.census.languages.index("amh_Ethi")
    samples, nearest = details["samples"], details["nearest"]
    written = "".join(text for own in samples["texts"] for text in own)
    assert sum(samples["codes"]) == len(written.encode()), "byte-level BPE leaves nothing out"
    assert sum(samples["lengths"]) == len(samples["codes"])
    assert len(details["alphabets"]["fates"][amharic][0]) == 282
    of_english = sum(nearest["counts"][: found.census.languages.index("eng_Latn")])
    assert found.census.languages[nearest["places"][of_english]] == "deu_Latn"


@given(st.text(st.sampled_from(" aéሰ😀"), min_size=1, max_size=10), st.booleans(), st.data())
def test_a_text_that_is_its_tokens_joined_is_laid_out_as_any_other(
    text: str, added: bool, data: st.DataObject
) -> None:
    joined = b" " * added + text.encode()
    cuts = sorted(data.draw(st.sets(st.integers(1, len(joined)))) | {len(joined)})
    surfaces = [joined[start:end] for start, end in pairwise([0, *cuts])]
    found = _side_by_side(
        text, [_Token(surface, "normal", _kind(surface), _seen(surface)) for surface in surfaces]
    )
    if found is not None:
        # Where the engine says that the tokens lie is not asked for: each is found where the one before ended.
        nowhere = [(0, 0)] * len(surfaces)
        assert found == chips(text, [(surface, "normal") for surface in surfaces], nowhere)
    else:
        assert added
        assert surfaces[0] == b" " or text.startswith(" ")
