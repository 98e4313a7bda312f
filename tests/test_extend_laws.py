"""Laws of extension, on made vocabularies: what stays, what was foretold, and that nothing is lost."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
import sentencepiece
import tokenizers
from hypothesis import example, given
from hypothesis import strategies as st

from langcov.planning.extended_files import source_of
from langcov.planning.merging import breaks_characters, learn
from langcov.planning.pretokens import SPELLED, Cutter, collect, pairs
from langcov.planning.protection import changes, forbidden
from langcov.tokenizers.huggingface import from_json
from langcov.tokenizers.registry import Origin
from langcov.tokenizers.sentencepiece import from_model

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from langcov.planning.merging import Learned
    from langcov.tokenizers.base import Tokenizer

WHERE = Origin(Path("made"), "made", "made")
OLD = ["the cat sat on the mat", "that cat ate the hat", "a hat, a mat; the cat", "no no no, néé"] * 3
KINDS = ("byte-level", "byte-level, whole words first", "tokenizer.json with marks", ".model")


@dataclass(frozen=True)
class Texts:
    """Text of two languages, in one unit."""

    by_language: dict[str, list[str]]
    name: str = "made"
    citation: str = ""
    licence: str = ""
    fingerprint: str = ""
    parallel: bool = False

    def languages(self) -> list[str]:
        return sorted(self.by_language)

    def expected_bytes(self, languages: Collection[str] | None = None) -> int | None:  # noqa: ARG002 (a Corpus has it)
        return None

    def batches(self, languages: Collection[str] | None = None) -> Iterator[pl.DataFrame]:
        for language in languages or self.languages():
            texts = self.by_language[language]
            if texts:
                yield pl.DataFrame(
                    {"language": language, "unit": 0, "text": texts},
                    schema={"language": pl.String, "unit": pl.UInt32, "text": pl.String},
                )


@cache
def made(kind: str) -> Tokenizer:
    """A small tokenizer of each kind that can be extended, with special tokens behind its vocabulary."""
    if kind == ".model":
        model = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(OLD),
            model_writer=model,
            model_type="bpe",
            vocab_size=300,
            byte_fallback=True,
            hard_vocab_limit=False,
            minloglevel=2,
        )
        return from_model(model.getvalue(), WHERE)
    if kind == "tokenizer.json with marks":
        # The same vocabulary as the library tokenizers has it: merges by pair, bytes where a character is missing.
        processor = sentencepiece.SentencePieceProcessor.from_proto(
            made(".model").processor.serialized_model_proto()  # type: ignore[attr-defined]
        )
        pieces = processor.id_to_piece(list(range(len(processor))))
        vocabulary = {piece: id_ for id_, piece in enumerate(pieces)}
        merges = [
            (piece[:cut], piece[cut:])
            for piece in pieces
            for cut in range(1, len(piece))
            if not piece.startswith("<") and piece[:cut] in vocabulary and piece[cut:] in vocabulary
        ]
        built = tokenizers.Tokenizer(
            tokenizers.models.BPE(vocabulary, merges, unk_token="<unk>", byte_fallback=True, fuse_unk=True)
        )
        built.normalizer = tokenizers.normalizers.Sequence(
            [tokenizers.normalizers.Prepend("▁"), tokenizers.normalizers.Replace(" ", "▁")]
        )
        built.decoder = tokenizers.decoders.Sequence(
            [
                tokenizers.decoders.Replace("▁", " "),
                tokenizers.decoders.ByteFallback(),
                tokenizers.decoders.Fuse(),
                tokenizers.decoders.Strip(" ", 1, 0),
            ]
        )
        built.add_special_tokens(["<end>"])
        return from_json(built.to_str().encode(), WHERE)
    built = tokenizers.Tokenizer(tokenizers.models.BPE())
    built.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    built.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=275,
        initial_alphabet=sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    built.train_from_iterator(OLD, trainer)
    built.add_special_tokens(["<end>", "<start>"])
    built.add_tokens(["chat"])
    document = json.loads(built.to_str())
    document["model"]["ignore_merges"] = kind != "byte-level"
    return from_json(json.dumps(document).encode(), WHERE)


def learned_from(
    kind: str, target: Sequence[str], protected: Sequence[str], most: int, least: int = 2
) -> tuple[Tokenizer, Learned]:
    """The pieces that a made tokenizer learns, and it with them."""
    source = source_of(made(kind))
    texts = Texts({"swh_Latn": list(target), "eng_Latn": list(protected)})
    cutter = Cutter(source.tokenizer)
    rules = source.rules(set(), set())
    guarded = forbidden(
        collect(texts, ["eng_Latn"], cutter),
        rules.texts,
        by_text=rules.by_text,
        whole_words=rules.whole_words,
    )
    learned = learn(collect(texts, ["swh_Latn"], cutter), source.rules(*guarded), most, least)
    return source.load(source.extended(learned.pieces), Path("made"), "made"), learned


def ids(tokenizer: Tokenizer, text: str) -> list[int]:
    return list(map(int, tokenizer.encode_batch([text]).ids))


WORDS = st.text(alphabet="atchesnoé ,ሰላም\n", min_size=1, max_size=12)
TEXTS = st.lists(WORDS, min_size=1, max_size=8).map(
    lambda words: [" ".join(words), " ".join(reversed(words))]
)


@pytest.mark.parametrize("kind", KINDS)
@given(target=TEXTS, most=st.integers(0, 12))
@example(target=["aaaa aaaaa aaa", "sososo so"], most=12)
@example(target=["ሰላም ሰላም ሰላ", "ላም"], most=12)
def test_the_tokens_that_were_foretold_are_those_of_the_extended_tokenizer(
    kind: str, target: list[str], most: int
) -> None:
    extended, learned = learned_from(kind, target, [], most)
    kept = [text for text in target if text.strip()]
    for number in range(len(learned.pieces) + 1):
        source = source_of(made(kind))
        there = source.load(source.extended(learned.pieces[:number]), Path("made"), "made")
        assert len(there.encode_batch(kept).ids) == learned.tokens[number].sum(), (number, learned.pieces)
    assert all(piece.saved >= 2 for piece in learned.pieces)
    assert extended.vocabulary.height == made(kind).vocabulary.height + len(learned.pieces)


@pytest.mark.parametrize("kind", KINDS)
@given(target=TEXTS, protected=TEXTS)
@example(target=["chess chess", "noses"], protected=["chess"])
@example(target=["ሰላም ሰላም", "ሰላ"], protected=["ሰ"])
@example(target=["esesés eses", "so es"], protected=["es és"])
def test_protected_text_stays_as_it_is(kind: str, target: list[str], protected: list[str]) -> None:
    extended, _ = learned_from(kind, target, protected, 30)
    for text in filter(str.strip, protected):  # a blank text is none
        assert ids(extended, text) == ids(made(kind), text)
    found = changes(made(kind), extended, Texts({"eng_Latn": protected}), ["eng_Latn"])
    assert found["texts_changed"].sum() == found["tokens_replaced"].sum() == found["new_tokens"].sum() == 0


@pytest.mark.parametrize("kind", KINDS)
@given(target=TEXTS, text=WORDS | TEXTS.map(" ".join))
@example(target=["chess chess"], text="che ss chess")
def test_a_text_changes_only_where_the_parts_of_a_new_piece_are_neighbours(
    kind: str, target: list[str], text: str
) -> None:
    tokenizer = made(kind)
    extended, learned = learned_from(kind, target, [], 20)
    source = source_of(tokenizer)
    cutter = Cutter(tokenizer)
    words = cutter.cut([text])
    spelled = {id_: piece for piece, id_ in source.pieces.items()}

    def written(symbol: int) -> str:
        return chr(symbol - SPELLED) if symbol >= SPELLED else spelled[symbol]

    cut = [list(map(written, words.symbols[a:b].tolist())) for a, b in pairwise(words.offsets.tolist())]
    new = {piece.text for piece in learned.pieces}
    parts = {(piece.left, piece.right) for piece in learned.pieces if piece.left}
    neighbours = {pair for word in cut for pair in pairwise(word)}
    touched = bool(parts & neighbours)
    if source.whole_words:
        touched |= any("".join(word) in new for word in cut)
    if kind == ".model":
        touched |= any(left + right in new for left, right in neighbours)
    touched |= any(symbol >= SPELLED and written(symbol) in new for symbol in words.symbols.tolist())
    assert touched or ids(extended, text) == ids(tokenizer, text)


@pytest.mark.parametrize("kind", KINDS)
@given(target=TEXTS, text=st.text(max_size=20) | WORDS)
def test_what_the_old_tokenizer_gives_back_the_extended_one_gives_back(
    kind: str, target: list[str], text: str
) -> None:
    extended, _ = learned_from(kind, target, [], 20)
    text = text.encode("utf-8", "ignore").decode()
    before, after = (
        each.decode_batch([each.encode_batch([text]).ids.tolist()]) for each in (made(kind), extended)
    )
    assert after == before
    if kind.startswith("byte-level"):
        assert after == [text]


@pytest.mark.parametrize("kind", KINDS)
def test_every_id_stays_and_new_ones_come_after_all_special_tokens(kind: str) -> None:
    tokenizer = made(kind)
    extended, learned = learned_from(kind, ["chess noses ሰላም"] * 3, [], 20)
    old, new = source_of(tokenizer).pieces, source_of(extended).pieces
    assert {text: new[text] for text in old} == old
    assert sorted(set(new.values()) - set(old.values())) == [
        max(old.values()) + 1 + place for place in range(len(learned.pieces))
    ]
    assert [new[piece.text] for piece in learned.pieces] == sorted(set(new.values()) - set(old.values()))


@pytest.mark.parametrize("kind", KINDS)
def test_a_short_extension_is_the_beginning_of_a_long_one(kind: str) -> None:
    text = ["chess noses ሰላም chess, noise"] * 3
    _, short = learned_from(kind, text, [], 4)
    _, long = learned_from(kind, text, [], 12)
    assert len(short.pieces) == 4
    assert short.pieces == long.pieces[:4]


@pytest.mark.parametrize("kind", KINDS)
def test_pieces_do_not_depend_on_the_order_of_the_text(kind: str) -> None:
    text = ["chess noses", "ሰላም chess", "noise, noses ሰላም", "esse"]
    assert learned_from(kind, text, [], 30)[1].pieces == learned_from(kind, text[::-1], [], 30)[1].pieces


def test_a_word_that_becomes_a_piece_would_change_protected_text_that_has_it_whole() -> None:
    """``ignore_merges``: no pair of protected text becomes a piece, and yet a whole word of it could."""
    kind = "byte-level, whole words first"
    # "sesea" is one word here; the target teaches "se" + "sea" by other words than protected text has.
    free, learned = learned_from(kind, ["xsesea xsesea ysesea ysesea sesea sesea"], [], 30)
    pieces = {piece.text for piece in learned.pieces}
    assert "sesea" in pieces
    assert len(ids(free, "sesea")) == 1
    guarded, learned = learned_from(kind, ["xsesea xsesea ysesea ysesea sesea sesea"], ["sesea"], 30)
    assert "sesea" not in {piece.text for piece in learned.pieces}
    assert learned.protected > 0
    assert ids(guarded, "sesea") == ids(made(kind), "sesea")


def test_no_piece_cuts_a_character_that_its_parts_left_whole() -> None:
    _, learned = learned_from("byte-level", ["ሰላም ሰላም ሠላም ለም" * 3], [], 40)
    assert learned.pieces
    assert not any(breaks_characters(piece.text) for piece in learned.pieces)


def test_bytes_that_spell_a_character_are_one_symbol() -> None:
    cut = Cutter(made(".model")).cut(["ሰ at 🎉\n"])
    points = cut.symbols[cut.symbols >= SPELLED] - SPELLED
    assert set(map(chr, points.tolist())) == {"ሰ", "🎉"}
    # A sign that is no letter is a word of its own.
    sizes = np.diff(cut.offsets)
    place = int(np.flatnonzero(cut.symbols == SPELLED + ord("🎉"))[0])
    assert sizes[np.searchsorted(cut.offsets, place, side="right") - 1] == 1


def test_changes_are_counted_exactly() -> None:
    tokenizer = made("byte-level")
    extended, learned = learned_from("byte-level", ["xy xy xy"], [], 1)
    assert [piece.text for piece in learned.pieces] == ["xy"]
    found = changes(tokenizer, extended, Texts({"eng_Latn": ["xy", "the cat", "xyxy xy"]}), ["eng_Latn"])
    assert found.row(0, named=True) == {
        "language": "eng_Latn",
        "texts": 3,
        "texts_changed": 2,
        "tokens": 2 + len(ids(tokenizer, "the cat")) + 7,
        "tokens_replaced": 8,
        "new_tokens": 4,
    }


def test_pairs_are_neighbours_within_words() -> None:
    words = collect(Texts({"eng_Latn": ["ab ab", "b"]}), ["eng_Latn"], Cutter(made("byte-level")))
    assert words.counts.sum() == 3
    left, right = pairs(words)
    assert len(left) == len(right) == len(words.symbols) - len(words.counts)
