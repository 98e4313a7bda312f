"""Vocabularies taken apart, and the pieces that no text can reach: three tokenizers checked by hand, all by the world."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langcov.measures.reachability import SCHEMA, unreachable
from langcov.measures.vocabulary import Anatomy, anatomy, shown
from langcov.measures.writing import scripts_of_texts
from langcov.tokenizers import Origin
from langcov.tokenizers.huggingface import HuggingFaceTokenizer, from_json
from langcov.tokenizers.sentencepiece import SentencePieceTokenizer
from twelve import SHIPPED

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from langcov.census import Census
    from langcov.tokenizers import Tokenizer

    Load = Callable[[str], Tokenizer]

NO_UTF8 = {0xC0, 0xC1, *range(0xF5, 0x100)}
"""Bytes that UTF-8 never uses."""


@pytest.fixture(scope="module")
def gone(shipped: Load) -> Callable[[str], pl.DataFrame]:
    found: dict[str, pl.DataFrame] = {}

    def load(name: str) -> pl.DataFrame:
        if name not in found:
            found[name] = unreachable(shipped(name))
        return found[name]

    return load


def row(frame: pl.DataFrame, id_: int) -> dict[str, Any]:
    return frame.filter(id=id_).row(0, named=True)


def texts(frame: pl.DataFrame, reason: str) -> list[str]:
    return [surface.decode() for surface in frame.filter(reason=reason)["surface"]]


def backend(tokenizer: Tokenizer) -> Any:  # noqa: ANN401 - tokenizers' parts are untyped
    assert isinstance(tokenizer, HuggingFaceTokenizer)
    return tokenizer.backend


# cl100k, by hand: a byte-level BPE without a normaliser. Its ranks were learnt on text cut by the very pattern that
# encodes, so each piece that is text can be given. What is left are single bytes.


def test_all_that_cl100k_can_never_give_are_the_thirteen_bytes_that_utf8_never_uses(
    gone: Callable[[str], pl.DataFrame],
) -> None:
    found = gone("cl100k")
    assert {surface[0] for surface in found["surface"] if len(surface) == 1} == NO_UTF8
    assert found.height == len(NO_UTF8)
    assert set(found["reason"]) == {"partial UTF-8"}


def test_cl100k_gives_three_quarters_of_a_character_when_it_is_completed(
    shipped: Load, gone: Callable[[str], pl.DataFrame]
) -> None:
    vocabulary = shipped("cl100k").vocabulary
    halves = vocabulary.filter(kind="byte").filter(pl.col("surface").bin.size() > 1)
    assert halves.height > 500
    assert halves.join(gone("cl100k"), on="id").height == 0
    # 0xEF 0x82 can only begin a character for private use, yet such a text brings it.
    private = vocabulary.filter(surface=b"\xef\x82")["id"].item()
    assert private in shipped("cl100k").encode_batch(["\uf08e"]).ids


# mbert, by hand: WordPiece. Its normaliser puts a space on both sides of an ideograph, and its pre-tokenizer makes each
# punctuation mark a word, so that neither ever goes on with a word; but the vocabulary has "##" pieces of both.


def test_mberts_normaliser_hides_ideographs_that_go_on_with_a_word(
    shipped: Load, gone: Callable[[str], pl.DataFrame]
) -> None:
    engine = backend(shipped("mbert"))
    id_ = engine.token_to_id("##句")
    assert row(gone("mbert"), id_)["reason"] == "normaliser"
    assert engine.normalizer.normalize_str("a句") == "a 句 "
    assert engine.model.tokenize("a句")[-1].id == id_
    assert gone("mbert").filter(id=engine.token_to_id("句")).is_empty()
    hidden = texts(gone("mbert"), "normaliser")
    assert len(hidden) > 6000
    assert set(scripts_of_texts(pl.Series(hidden))) == {"Hani"}


def test_mberts_pre_tokenizer_cuts_punctuation_off_words(
    shipped: Load, gone: Callable[[str], pl.DataFrame]
) -> None:
    engine = backend(shipped("mbert"))
    id_ = engine.token_to_id("##.")
    assert row(gone("mbert"), id_)["reason"] == "merges"
    assert engine.normalizer.normalize_str("a.") == "a."
    assert [word for word, _ in engine.pre_tokenizer.pre_tokenize_str("a.")] == ["a", "."]
    marks = [text for text in texts(gone("mbert"), "merges") if text not in {"<S>", "<T>"}]
    assert len(marks) > 100
    # BERT counts every ASCII symbol as punctuation: $ + < = > ^ ` | ~ too.
    assert all(unicodedata.category(mark[0])[0] == "P" or mark[0] in "$+<=>^`|~" for mark in marks)


def test_mberts_placeholders_in_angle_brackets_are_cut_in_three(gone: Callable[[str], pl.DataFrame]) -> None:
    cut = gone("mbert").filter(surface=b"<T>").row(0, named=True)
    assert (cut["reason"], cut["instead"]) == ("merges", ["<", "T", ">"])


def test_mberts_special_tokens_stand_for_no_text(shipped: Load, gone: Callable[[str], pl.DataFrame]) -> None:
    engine = backend(shipped("mbert"))
    silent = gone("mbert").filter(reason="control")["id"].to_list()
    assert {engine.token_to_id(token) for token in ("[PAD]", "[CLS]", "[SEP]", "[MASK]")} <= set(silent)
    assert all(re.fullmatch(r"\[(PAD|CLS|SEP|MASK|unused\d+)\]", engine.id_to_token(id_)) for id_ in silent)
    assert engine.token_to_id("[UNK]") not in silent


# mistral, by hand: a SentencePiece BPE with bytes to fall back on. A byte is given only for a character that has no
# piece; every ASCII character has one, and so has every character that 0xC3 begins (À to ÿ).


def test_mistral_has_a_piece_for_each_ascii_letter_so_its_byte_is_never_needed(
    shipped: Load, gone: Callable[[str], pl.DataFrame]
) -> None:
    tokenizer = shipped("mistral")
    assert isinstance(tokenizer, SentencePieceTokenizer)
    byte, letter = (tokenizer.processor.piece_to_id(piece) for piece in ("<0x68>", "h"))
    found = row(gone("mistral"), byte)
    assert (found["surface"], found["kind"], found["reason"]) == (b"h", "byte", "merges")
    assert found["instead"] == ["h"]
    assert tokenizer.encode_batch(["ah-h"]).ids.tolist()[-1] == letter
    assert gone("mistral").filter(reason="merges", kind="normal").is_empty()


def test_mistral_has_a_piece_for_each_character_that_the_byte_c3_begins(
    shipped: Load, gone: Callable[[str], pl.DataFrame]
) -> None:
    tokenizer = shipped("mistral")
    assert isinstance(tokenizer, SentencePieceTokenizer)
    byte = tokenizer.processor.piece_to_id("<0xC3>")
    assert row(gone("mistral"), byte)["reason"] == "partial UTF-8"
    assert byte not in tokenizer.encode_batch([chr(point) for point in range(0xC0, 0x100)]).ids
    begins_ge_ez = tokenizer.processor.piece_to_id("<0xE1>")
    assert gone("mistral").filter(id=begins_ge_ez).is_empty()
    assert begins_ge_ez in tokenizer.encode_batch(["ሀ"]).ids


def test_mistral_falls_back_on_bytes_so_its_unknown_token_is_never_given(
    shipped: Load, gone: Callable[[str], pl.DataFrame]
) -> None:
    unknown = shipped("mistral").vocabulary.filter(kind="unknown")["id"].item()
    assert row(gone("mistral"), unknown)["reason"] == "control"


# The others, where one thing can be shown that these three don't have.


def test_xlm_rs_unreachable_pieces_are_worth_less_than_their_parts(
    shipped: Load, gone: Callable[[str], pl.DataFrame]
) -> None:
    tokenizer = shipped("xlm-r")
    assert isinstance(tokenizer, SentencePieceTokenizer)
    processor = tokenizer.processor
    found = gone("xlm-r").filter(reason="merges")
    assert 0 < found.height < 50

    def score(text: str) -> float:
        return float(processor.get_score(processor.piece_to_id(text.replace(" ", "▁"))))

    for surface, parts in found.select("surface", "instead").iter_rows():
        assert "".join(parts) == surface.decode()
        assert score(surface.decode()) < sum(map(score, parts))


def test_qwens_form_nfc_hides_the_ideographs_that_unicode_keeps_twice(
    gone: Callable[[str], pl.DataFrame],
) -> None:
    hidden = gone("qwen").filter(reason="normaliser", kind="normal")
    assert hidden.height > 200
    for surface in hidden["surface"]:
        assert unicodedata.normalize("NFC", surface.decode()) != surface.decode()
    assert hidden.filter(surface="\uf952".encode())["instead"].to_list() == [["勒"]]


def test_qwens_pattern_cuts_thai_words_at_their_marks_though_its_merges_crossed_them(
    shipped: Load, gone: Callable[[str], pl.DataFrame]
) -> None:
    cut = gone("qwen").filter(reason="merges")
    scripts = scripts_of_texts(pl.Series(texts(gone("qwen"), "merges"))).to_list()
    assert scripts.count("Thai") > 1500
    assert scripts.count("Thai") > 0.9 * len(scripts)
    split = backend(shipped("qwen")).pre_tokenizer.pre_tokenize_str("ดับ")
    assert len(split) == 2
    assert cut.filter(surface="ดับ".encode())["instead"].to_list() == [["ด", "ับ"]]
    assert "Thai" not in set(scripts_of_texts(pl.Series(texts(gone("qwen3"), "merges"))))


def test_j2s_normaliser_makes_every_newline_a_space(gone: Callable[[str], pl.DataFrame]) -> None:
    newline = gone("j2").filter(surface=b"\n", kind="byte").row(0, named=True)
    assert (newline["reason"], newline["instead"]) == ("normaliser", [" "])


@pytest.mark.parametrize("name", SHIPPED)
def test_no_unreachable_piece_turns_up_in_446_languages(
    name: str, gone: Callable[[str], pl.DataFrame], udhr_census: Census
) -> None:
    seen = udhr_census.pieces.filter(pl.col("tokenizer").cast(pl.String) == name)["id"].unique()
    assert len(seen) > 10_000
    assert gone(name).filter(pl.col("id").is_in(seen.implode())).is_empty()


@pytest.mark.parametrize("name", SHIPPED)
def test_what_encodes_to_itself_is_not_listed_and_the_list_is_in_order(
    name: str, shipped: Load, gone: Callable[[str], pl.DataFrame]
) -> None:
    tokenizer, found = shipped(name), gone(name)
    assert found.schema == SCHEMA
    assert found["id"].is_sorted()
    assert found["id"].n_unique() == found.height
    plain = tokenizer.vocabulary.filter(kind="normal").sample(5000, seed=0)
    encoded = tokenizer.encode_batch([surface.decode().removeprefix(" ") for surface in plain["surface"]])
    alone = {
        id_
        for id_, start, end in zip(plain["id"], encoded.offsets[:-1], encoded.offsets[1:], strict=True)
        if encoded.ids[start:end].tolist() == [id_]
    }
    assert len(alone) > 1000
    assert not alone & set(found["id"])


def test_each_reason_in_a_tokenizer_of_fourteen_entries(tmp_path: Path) -> None:
    pieces = ["[UNK]", "a", "b", "c", "ab", "bc", "abc", "A", "##a", "##b", "  ", "[CLS]"]
    document = {
        "model": {
            "type": "BPE",
            "vocab": {piece: id_ for id_, piece in enumerate(pieces)},
            "merges": ["a b", "b c"],  # abc is in no merge; "ab" comes first in a text "abc"
            "unk_token": "[UNK]",
        },
        "normalizer": {"type": "Lowercase"},
        "added_tokens": [
            {"id": 11, "content": "[CLS]", "special": True} | OPTIONS,
            {"id": 12, "content": "zz", "special": False} | OPTIONS | {"normalized": True},
            {"id": 13, "content": "ZZ", "special": False} | OPTIONS | {"normalized": True},
        ],
    }
    origin = Origin(tmp_path / "tokenizer.json", "fourteen", "a test")
    found = unreachable(from_json(json.dumps(document).encode(), origin))
    reasons = dict(found.select("id", pl.col("reason").cast(pl.String)).iter_rows())
    named = {[*pieces, "zz", "ZZ"][id_]: reason for id_, reason in reasons.items()}
    # Lowercased, both added tokens are the text zz; the engine gives one of them, and not the same in each process.
    assert [reason for name, reason in named.items() if name in {"zz", "ZZ"}] == ["added"]
    assert {name: reason for name, reason in named.items() if name not in {"zz", "ZZ"}} == {
        "abc": "merges",
        "A": "normaliser",
        "##a": "merges",
        "##b": "merges",
        "  ": "merges",
        "[CLS]": "control",
    }


OPTIONS = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}


# Anatomy.


@pytest.fixture(scope="module")
def body(shipped: Load) -> Callable[[str], Anatomy]:
    found: dict[str, Anatomy] = {}

    def load(name: str) -> Anatomy:
        if name not in found:
            found[name] = anatomy(shipped(name))
        return found[name]

    return load


@pytest.mark.parametrize("name", SHIPPED)
def test_every_entry_is_counted_once(name: str, shipped: Load, body: Callable[[str], Anatomy]) -> None:
    found, entries = body(name), shipped(name).vocabulary.height
    sizes = found.sizes
    assert sizes["entries"] == entries
    assert sum(sizes.get(kind, 0) for kind in ("normal", "byte", "unknown", "control", "added")) == entries
    assert found.scripts["pieces"].sum() == entries
    whole = found.scripts.filter(pl.col("kind").is_in(["normal", "added"]))
    assert whole["script"].null_count() == 0
    assert found.lengths["pieces"].sum() == whole["pieces"].sum()
    assert (found.lengths["characters"] * found.lengths["pieces"]).sum() == sizes["characters"]
    assert found.longest["characters"].is_sorted(descending=True)
    assert found.longest["characters"][0] == found.lengths["characters"].max()
    for groups in (found.folded, found.spaced):
        ids = groups["ids"].explode()
        assert ids.n_unique() == len(ids)
        assert groups["ids"].list.len().min() == 2


@pytest.mark.parametrize("name", SHIPPED)
def test_an_anatomy_is_json(name: str, body: Callable[[str], Anatomy]) -> None:
    again = json.loads(json.dumps(body(name).as_dict()))
    assert again["tokenizer"] == name
    assert len(again["scripts"]) == body(name).scripts.height


def pieces_in(found: Anatomy, script: str) -> int:
    return int(found.scripts.filter(script=script)["pieces"].sum())


def test_o200k_has_not_one_piece_with_a_letter_of_ge_ez_and_xlm_r_thousands(
    body: Callable[[str], Anatomy],
) -> None:
    assert pieces_in(body("o200k"), "Ethi") == 0
    assert pieces_in(body("mbert"), "Ethi") == 0
    assert pieces_in(body("xlm-r"), "Ethi") > 2500


def test_nine_of_ten_pieces_of_cl100k_are_latin_and_less_than_half_of_xlm_rs(
    body: Callable[[str], Anatomy],
) -> None:
    assert pieces_in(body("cl100k"), "Latn") / 100_256 > 0.89
    assert pieces_in(body("xlm-r"), "Latn") / 250_002 < 0.45


def test_pieces_cut_inside_a_character(body: Callable[[str], Anatomy]) -> None:
    cut = body("cl100k").incomplete
    assert cut.height == body("cl100k").sizes["byte"]
    never = cut.filter(lacks="never")["surface"].to_list()
    assert {surface[0] for surface in never} == NO_UTF8
    lacks = dict(cut.select("surface", pl.col("lacks").cast(pl.String)).iter_rows())
    assert (lacks[b"\x88"], lacks[b"\xe0\xa4"]) == ("start", "end")
    assert body("xlm-r").incomplete.is_empty()


def test_a_fallback_byte_that_is_an_ascii_letter_is_not_incomplete(body: Callable[[str], Anatomy]) -> None:
    assert body("mistral").sizes["byte"] == 256
    assert body("mistral").incomplete.height == 128


def test_j2s_longest_piece_is_a_phrase_of_advertisers(body: Callable[[str], Anatomy]) -> None:
    longest = body("j2").longest.row(0, named=True)
    assert longest["characters"] > 100
    assert "affiliate advertising program" in longest["shown"]


def test_one_word_in_five_costumes(shipped: Load, body: Callable[[str], Anatomy]) -> None:
    surfaces = dict(shipped("cl100k").vocabulary.select("id", "surface").iter_rows())
    folded = body("cl100k").folded.filter(folded="username").row(0, named=True)
    assert {surfaces[id_] for id_ in folded["ids"]} >= {b"username", b"Username", b"userName", b"UserName"}
    assert len(folded["ids"]) == folded["pieces"]


def test_a_word_with_and_without_its_space_is_two_pieces(
    shipped: Load, body: Callable[[str], Anatomy]
) -> None:
    surfaces = dict(shipped("cl100k").vocabulary.select("id", "surface").iter_rows())
    pair = body("cl100k").spaced.filter(surface="the")["ids"].item().to_list()
    assert {surfaces[id_] for id_ in pair} == {b"the", b" the"}


def test_in_wordpiece_the_two_are_the_piece_that_starts_a_word_and_the_one_that_goes_on(
    shipped: Load, body: Callable[[str], Anatomy]
) -> None:
    pair = body("mbert").spaced.filter(surface="s")["ids"].item().to_list()
    assert {backend(shipped("mbert")).id_to_token(id_) for id_ in pair} == {"s", "##s"}


@pytest.mark.parametrize(
    ("text", "script"),
    [
        (" the", "Latn"),
        ("3.5 %", "Zyyy"),
        ("", "Zyyy"),
        ("हिन्दी", "Deva"),
        ("の中", "Jpan"),
        ("한字", "Kore"),
        ("漢字", "Hani"),
        ("e\u0301", "Latn"),
        ("иa", "mixed"),
    ],
)
def test_the_script_of_a_piece(text: str, script: str) -> None:
    assert scripts_of_texts(pl.Series([text])).to_list() == [script]


@settings(max_examples=500)
@given(st.one_of(st.binary(max_size=12), st.text(max_size=8).map(str.encode)))
def test_a_shown_surface_can_be_printed_and_read_back(surface: bytes) -> None:
    text = shown(surface)
    assert text.isprintable()
    escape = re.compile(r"\\(\\|n|r|t|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})|[^\\]")

    def read(match: re.Match[str]) -> bytes:
        code = match[1]
        if code is None:
            return match[0].encode()
        if code in {"\\": 1, "n": 1, "r": 1, "t": 1}:
            return {"\\": b"\\", "n": b"\n", "r": b"\r", "t": b"\t"}[code]
        number = int(code[1:], 16)
        return bytes([number]) if code[0] == "x" else chr(number).encode()

    assert b"".join(read(match) for match in escape.finditer(text)) == surface
