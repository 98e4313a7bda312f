"""What twelve tokenizers make of the alphabets of a thousand languages."""

from __future__ import annotations

import json
import unicodedata
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langcov.errors import LanguageError
from langcov.measures.alphabets import (
    FATES,
    LETTERS_SCHEMA,
    SCHEMA,
    alphabet,
    alphabet_coverage,
    alphabet_languages,
    letter_fates,
    letters_of,
)
from langcov.tokenizers import Origin
from langcov.tokenizers.huggingface import from_json
from twelve import SHIPPED

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from langcov.tokenizers import Tokenizer

    Load = Callable[[str], Tokenizer]

BYTE_LEVEL = ["cl100k", "o200k", "qwen", "qwen3", "deepseek", "tekken", "llama-3", "llama-4"]
GE_EZ = ["amh_Ethi", "tir_Ethi", "tig_Ethi", "byn_Ethi"]


def counts(tokenizer: Tokenizer, language: str) -> dict[str, int]:
    found = alphabet_coverage(tokenizer, [language]).row(0, named=True)
    return {fate: found[fate] for fate in FATES}


@pytest.mark.parametrize("name", SHIPPED)
def test_every_letter_of_every_alphabet_has_exactly_one_fate(name: str, shipped: Load) -> None:
    found = alphabet_coverage(shipped(name))
    assert found.schema == SCHEMA
    assert found["language"].to_list() == alphabet_languages()
    assert found.height > 1050
    assert (found.select(pl.sum_horizontal(FATES)).to_series() == found["letters"]).all()
    assert (found["spelled_letters"].list.len() == found["spelled"]).all()
    assert (found["lost_letters"].list.len() == found["lost"]).all()
    assert found["share_kept"].is_between(0, 1).all()
    assert (found["share_kept"] >= found["share_whole"]).all()


@pytest.mark.parametrize("name", SHIPPED)
def test_englishs_alphabet_is_whole_everywhere(name: str, shipped: Load) -> None:
    assert counts(shipped(name), "eng_Latn") == {"whole": 52, "pieces": 0, "spelled": 0, "lost": 0}


def test_amharics_alphabet_is_lost_to_mbert_and_all_but_six_rare_letters_whole_in_xlm_r(
    shipped: Load,
) -> None:
    assert counts(shipped("mbert"), "amh_Ethi") == {"whole": 0, "pieces": 0, "spelled": 0, "lost": 282}
    assert counts(shipped("xlm-r"), "amh_Ethi") == {"whole": 276, "pieces": 0, "spelled": 0, "lost": 6}


@pytest.mark.parametrize("language", GE_EZ)
def test_o200k_spells_every_letter_of_ge_ez_in_bytes_and_llama_4_does_not(
    language: str, shipped: Load
) -> None:
    letters = len(alphabet(language))
    assert letters > 200
    assert counts(shipped("o200k"), language)["spelled"] == letters
    assert counts(shipped("llama-4"), language)["whole"] > 0.3 * letters


def test_mbert_loses_whole_scripts_that_mistral_can_at_least_spell(shipped: Load) -> None:
    def gone(name: str, fate: str) -> set[str]:
        return set(alphabet_coverage(shipped(name)).filter(pl.col(fate) == pl.col("letters"))["language"])

    assert {"khm_Khmr", "lao_Laoo", "ory_Orya", "div_Thaa", "chr_Cher"} <= gone("mbert", "lost")
    assert not gone("mistral", "lost")
    assert {"div_Thaa", "chr_Cher", "ory_Orya"} <= gone("mistral", "spelled")


def test_cl100k_spells_all_of_georgian_armenian_and_telugu_and_o200k_holds_most_of_them(
    shipped: Load,
) -> None:
    for language in ("kat_Geor", "hye_Armn", "tel_Telu"):
        assert counts(shipped("cl100k"), language)["spelled"] == len(alphabet(language))
        assert counts(shipped("o200k"), language)["whole"] > 0.6 * len(alphabet(language))


@pytest.mark.parametrize("name", [*BYTE_LEVEL, "mistral", "j2"])
def test_bytes_to_fall_back_on_lose_no_letter(name: str, shipped: Load) -> None:
    assert alphabet_coverage(shipped(name))["lost"].sum() == 0


@pytest.mark.parametrize("name", ["mbert", "xlm-r"])
def test_without_bytes_no_letter_is_spelled(name: str, shipped: Load) -> None:
    assert alphabet_coverage(shipped(name))["spelled"].sum() == 0


@pytest.mark.parametrize("name", SHIPPED)
def test_only_letters_of_several_characters_are_several_pieces(name: str, shipped: Load) -> None:
    for language in ("yor_Latn", "ces_Latn", "hin_Deva", "dnj_Latn", "vie_Latn"):
        fates = letter_fates(shipped(name), language)
        several = fates.filter(fate="pieces")["letter"].to_list()
        assert all(len(unicodedata.normalize("NFKD", letter)) > 1 for letter in several)


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("language", ["yor_Latn", "hin_Deva", "kat_Geor", "tha_Thai", "amh_Ethi", "bod_Tibt"])
def test_fates_agree_with_a_look_at_each_letters_tokens(name: str, language: str, shipped: Load) -> None:
    tokenizer = shipped(name)
    entries = {
        id_: (surface, kind)
        for id_, surface, kind in tokenizer.vocabulary.select("id", "surface", "kind").rows()
    }

    def fate(letter: str) -> str:
        tokens = [entries[id_] for id_ in tokenizer.encode_batch([letter]).ids.tolist()]
        if any(kind == "unknown" for _, kind in tokens):
            return "lost"
        if any("\ufffd" in surface.decode(errors="replace") for surface, _ in tokens):
            return "spelled"
        return "whole" if sum(bool(surface.strip()) for surface, _ in tokens) == 1 else "pieces"

    found = letter_fates(tokenizer, language)
    assert found.schema == LETTERS_SCHEMA
    assert found["fate"].cast(pl.String).to_list() == [fate(letter) for letter in found["letter"]]
    whole = found.filter(fate="whole")["tokens"].list.len()
    assert (whole == 1).all()


def test_the_tokens_of_a_letter_are_shown(shipped: Load) -> None:
    def tokens(name: str, language: str, letter: str) -> list[str]:
        return list(letter_fates(shipped(name), language).filter(letter=letter)["tokens"].item())

    assert tokens("mbert", "yor_Latn", "gb") == ["g", "b"]
    assert tokens("o200k", "amh_Ethi", "ሀ") == [r"\xe1\x88", r"\x80"]
    assert tokens("mbert", "amh_Ethi", "ሀ") == ["<unknown>"]
    assert tokens("xlm-r", "eng_Latn", "a") == [" a"]


LOWERCASING = {
    "model": {
        "type": "WordPiece",
        "vocab": {"[UNK]": 0}
        | {letter: place for place, letter in enumerate("abcdefghijklmnopqrstuvwxyz", 1)},
        "unk_token": "[UNK]",
        "continuing_subword_prefix": "##",
        "max_input_chars_per_word": 100,
    },
    "normalizer": {
        "type": "BertNormalizer",
        "clean_text": True,
        "handle_chinese_chars": True,
        "strip_accents": True,
        "lowercase": True,
    },
    "pre_tokenizer": {"type": "BertPreTokenizer"},
    "added_tokens": [],
}


def test_a_letter_that_a_normaliser_rewrites_is_not_lost(tmp_path: Path) -> None:
    origin = Origin(tmp_path / "tokenizer.json", "lowercasing", "a test")
    tokenizer = from_json(json.dumps(LOWERCASING).encode(), origin)
    assert counts(tokenizer, "eng_Latn")["whole"] == 52
    german = alphabet_coverage(tokenizer, ["German"]).row(0, named=True)
    assert sorted(german["lost_letters"]) == ["ß", "ẞ"]  # Ä is a by now, but ß is no s
    assert german["whole"] == german["letters"] - 2


def test_regional_variants_of_one_language_are_one_row(shipped: Load) -> None:
    import gflanguages

    entries = [entry for entry in gflanguages.LoadLanguages().values() if entry.exemplar_chars.base]
    assert len(entries) >= 1069
    assert len(alphabet_languages()) == len(set(alphabet_languages()))
    assert 0 <= len(entries) - len(alphabet_languages()) < 20
    yoruba = [set(letters_of(entry.exemplar_chars.base)) for entry in entries if entry.language == "yo"]
    assert len(yoruba) == 2
    assert set(alphabet("yor_Latn")) == yoruba[0] | yoruba[1]
    assert alphabet_coverage(shipped("mbert"), ["yo"])["letters"].item() == len(yoruba[0] | yoruba[1])


@pytest.mark.parametrize(
    ("language", "letters"),
    [("kor_Hang", 11_172), ("eng_Latn", 52), ("iii_Yiii", 1165), ("deu_Latn", 60)],
)
def test_alphabets_have_the_letters_they_are_known_to_have(language: str, letters: int) -> None:
    assert len(alphabet(language)) == letters


def test_no_letter_is_a_brace_a_dotted_circle_or_nothing_to_see() -> None:
    for language in alphabet_languages():
        for letter in alphabet(language):
            assert not set("{}◌ ") & set(letter)
            assert letter == letter.strip()


@pytest.mark.parametrize(
    ("exemplars", "letters"),
    [
        ("a b {ch} {CH}", ["a", "b", "ch", "CH"]),
        ("あア いイ", ["あ", "ア", "い", "イ"]),
        ("ა-გ", ["ა", "ბ", "გ"]),
        ("x -", ["x", "-"]),
        ("- ’ ·", ["-", "’", "·"]),
        ("ы̄ а", ["ы̄", "а"]),
        ("{e\u0301} é", ["é"]),
        ("ക \u200c\u200d", ["ക"]),
        ("ா ி", ["ா", "ி"]),
        ("{a·} {A·}", ["a·", "A·"]),
        ("", []),
    ],
)
def test_exemplar_characters_are_split_as_cldr_means_them(exemplars: str, letters: list[str]) -> None:
    assert letters_of(exemplars) == letters


@settings(max_examples=200)
@given(st.lists(st.text("abcxyzáñßжქሀक한あ’-", min_size=1, max_size=3), unique=True))
def test_letters_written_in_braces_come_back(letters: list[str]) -> None:
    written = " ".join(f"{{{letter}}}" if len(letter) > 1 else letter for letter in letters)
    assert letters_of(written) == letters


def test_languages_are_asked_for_in_any_spelling(shipped: Load) -> None:
    found = alphabet_coverage(shipped("mbert"), ["Yoruba", "am", "eng_Latn"])
    assert found["language"].to_list() == ["amh_Ethi", "eng_Latn", "yor_Latn"]
    assert alphabet_coverage(shipped("mbert"), []).is_empty()


def test_a_language_without_a_known_alphabet_is_named(shipped: Load) -> None:
    with pytest.raises(LanguageError, match="no standard alphabet is known of arz_Arab"):
        alphabet_coverage(shipped("mbert"), ["eng_Latn", "arz_Arab"])
    with pytest.raises(LanguageError, match="unknown language"):
        letter_fates(shipped("mbert"), "Klingonese")
