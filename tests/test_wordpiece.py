"""WordPiece, cut many words at a time: the same ids, spans, forms and decoded texts as the reference, or it is not used."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from langcov.census import round_trips
from langcov.errors import TokenizerError
from langcov.tokenizers import Origin, longest_match, wordpiece
from langcov.tokenizers.engines import NotTakenError
from langcov.tokenizers.fast import accelerated, check_of
from langcov.tokenizers.huggingface import HuggingFaceTokenizer, from_json
from langcov.tokenizers.stress import stress_strings
from langcov.tokenizers.stretches import Stretches

if TYPE_CHECKING:
    from collections.abc import Callable

    from langcov.tokenizers import Tokenizer
    from langcov.tokenizers.base import Compared, Encoded, Spans

    Load = Callable[[str], Tokenizer]

PIECES = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "a",
    "b",
    "##a",
    "##b",
    "ab",
    "##ab",
    "é",
    "e",
    "中",
    "#",
    "[",
    "]",
    "UN",
    ".",
    "##é",
    "§",
    "i",
    "##i",
    "\u1112",
    "##\u1161",
    "##\u302e",
    "##\U0001d165",
]
SIGNS = st.sampled_from(
    [
        *"abé.# §\t\n",
        "  ",
        "e\u0301",
        "É",
        "中",
        "[UNK]",
        "[CLS]",
        "\u00a0",
        "\u0301",
        "\x00",
        "\u200b",
        "x" * 101,
        "ab" * 50,
        "İ",
        "하",
        # The marks that stripping accents leaves, but in another order.
        "\u302e",
        "\U0001d165",
        "\u302e\U0001d165",
    ]
)


def toy(**changes: Any) -> HuggingFaceTokenizer:  # noqa: ANN401 (options of many kinds)
    """A small BERT; ``changes`` are options of its normaliser, or other parts of its tokenizer.json."""
    from tokenizers import AddedToken, decoders, models, normalizers, pre_tokenizers
    from tokenizers import Tokenizer as Backend

    added = changes.pop("added", None)
    model = {"unk_token": "[UNK]", **changes.pop("model", {})}
    pieces = changes.pop("pieces", PIECES)
    cutter = changes.pop("pre_tokenizer", pre_tokenizers.BertPreTokenizer())
    backend = Backend(models.WordPiece({piece: id_ for id_, piece in enumerate(pieces)}, **model))
    backend.normalizer = changes.pop("normalizer", None) or normalizers.BertNormalizer(**changes)
    backend.pre_tokenizer = cutter
    backend.decoder = decoders.WordPiece(prefix="##", cleanup=False)
    backend.add_special_tokens(["[CLS]", "[UNK]"])
    if added:
        backend.add_tokens([AddedToken(added, special=False)])
    return from_json(backend.to_str().encode(), Origin(Path("toy.json"), "toy", "toy"))


def assert_same_spans(tokenizer: Tokenizer, texts: list[str]) -> None:
    """Hold ids, and where they lie, against the reference's."""
    wanted, found = tokenizer.encode_spans(texts), wordpiece.encoder(tokenizer).encode_spans(texts)
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(one, other)


def assert_alike(tokenizer: Tokenizer, texts: list[str]) -> None:
    """Hold everything that the encoder gives against the reference."""
    encoder = wordpiece.encoder(tokenizer)
    wanted: list[Any] = [*tokenizer.encode_batch(texts), *tokenizer.encode_spans(texts)]
    found: list[Any] = [*encoder.encode_batch(texts), *encoder.encode_spans(texts)]
    assert all(np.array_equal(one, other) for one, other in zip(found, wanted, strict=True))
    ids, offsets = tokenizer.encode_batch(texts)
    lists = [row.tolist() for row in np.split(ids, offsets[1:-1])] if texts else []
    decoded, forms = tokenizer.decode_batch(lists), tokenizer.normalise_batch(texts)
    assert encoder.decode_batch(lists) == decoded
    assert encoder.normalise_batch(texts) == forms
    filled = [text for text in texts if text.strip()]
    if filled:
        stretches = Stretches.of(pl.Series(filled))
        found_of_each = encoder.encode_batch(stretches.texts.to_list())
        told = round_trips.told(stretches, found_of_each, encoder)
        assert told is not None
        wanted_trips = round_trips.tried(filled, tokenizer.encode_batch(filled), tokenizer)
        for flags, wanted_flags in zip(told, wanted_trips, strict=False):
            np.testing.assert_array_equal(flags | told[2], wanted_flags | told[2])


@given(
    texts=st.lists(st.text(max_size=30) | st.lists(SIGNS, max_size=8).map("".join), max_size=5),
    options=st.fixed_dictionaries(
        {"strip_accents": st.none() | st.booleans()},
        optional={"clean_text": st.booleans(), "handle_chinese_chars": st.booleans()},
    ),
)
@pytest.mark.parametrize("lowercase", [False, True])
def test_any_text_gives_what_the_reference_gives(
    texts: list[str], options: dict[str, Any], *, lowercase: bool
) -> None:
    assert_alike(toy(lowercase=lowercase, **options), texts)


@given(
    pieces=st.sets(st.text("ab#", min_size=1, max_size=4)),
    prefix=st.sampled_from(["##", "", "a", "#a"]),
    most=st.integers(1, 7),
    texts=st.lists(st.text("aab# .", max_size=12), max_size=6),
)
def test_any_vocabulary_cuts_as_the_reference_does(
    pieces: set[str], prefix: str, most: int, texts: list[str]
) -> None:
    model = {"continuing_subword_prefix": prefix, "max_input_chars_per_word": most}
    tokenizer = toy(pieces=["[UNK]", *sorted(pieces)], model=model)
    assert_same_spans(tokenizer, texts)


@pytest.mark.parametrize("lowercase", [False, True])
def test_every_character_of_unicode_is_taken_as_the_reference_takes_it(*, lowercase: bool) -> None:
    every = "".join(chr(point) for point in range(0x110000) if not 0xD800 <= point < 0xE000)
    texts = [f"a{'a'.join(every[start : start + 200])}b" for start in range(0, len(every), 200)]
    assert_same_spans(
        toy(lowercase=lowercase, pieces=[*PIECES, "##\u093e", "##ß", "ß", "Σ", "σ", "##σ"]), texts
    )


def test_words_around_the_longest_that_are_cut_and_texts_without_any(shipped: Load) -> None:
    words = [
        word * count for word in ("a", "ab", "中", "é", "\u0e01") for count in (49, 50, 51, 99, 100, 101)
    ]
    words += [f"{'a' * 60}{middle}{'a' * 40}" for middle in ("", "\u200d", "\x00", ".", "\u0301", "中")]
    assert_same_spans(shipped("mbert"), ["", *words, " ".join(words), "", " ", "\n\t ", "\u200d", ""])
    assert_same_spans(shipped("mbert"), [])
    assert_same_spans(shipped("mbert"), [""])


@given(texts=st.lists(st.lists(SIGNS, max_size=8).map("".join), max_size=5))
def test_where_a_batch_is_cut_makes_no_difference(texts: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(wordpiece, "TOGETHER", 1)
        assert_same_spans(toy(lowercase=True), texts)


def test_another_process_gets_no_more_than_the_tokenizer_and_gives_the_same(shipped: Load) -> None:
    encoder = wordpiece.encoder(shipped("mbert"))
    sent = pickle.dumps(encoder)
    assert len(sent) < len(pickle.dumps(shipped("mbert"))) + 200
    texts = ["Unaffable 中 \u200dtexts"]
    wanted = encoder.encode_batch(texts).ids
    np.testing.assert_array_equal(pickle.loads(sent).encode_batch(texts).ids, wanted)


def test_entries_that_find_no_room_in_a_trie_are_left_to_the_reference(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LANGCOV_CACHE", str(tmp_path))
    monkeypatch.setattr(longest_match, "_MOST_ROOM", 0)
    monkeypatch.setattr(longest_match, "_TRIALS", 1)
    assert check_of(accelerated(toy())).endswith("is not used: its entries make too large a trie")


@pytest.mark.parametrize("model", [{"unk_token": "[NONE]"}, {"max_input_chars_per_word": 0}])
def test_a_model_that_knows_no_word_is_left_to_the_reference(model: dict[str, Any]) -> None:
    with pytest.raises(NotTakenError, match="unknown"):
        wordpiece.encoder(toy(model=model))


def test_mbert_gives_what_the_reference_gives_on_stress_strings_and_a_part_of_the_declaration(
    shipped: Load, udhr_texts: dict[str, list[str]]
) -> None:
    some = [text for tag in sorted(udhr_texts)[::9] for text in udhr_texts[tag]]
    assert_alike(shipped("mbert"), [*stress_strings(1000), *some])


def test_a_lone_surrogate_is_named_with_its_text(shipped: Load) -> None:
    with pytest.raises(TokenizerError, match="text 1 holds a lone surrogate at character 3"):
        wordpiece.encoder(shipped("mbert")).encode_batch(["fine", "no \ud800"])


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"added": "a b"}, "added tokens, which may hold spaces"),
        ({"pre_tokenizer": "Metaspace"}, "pre-tokenizer is not BertPreTokenizer"),
        ({"normalizer": "Replace"}, "normaliser is not known"),
    ],
)
def test_what_might_join_words_over_a_space_is_left_to_the_reference(
    changes: dict[str, Any], why: str
) -> None:
    from tokenizers import normalizers, pre_tokenizers

    parts = {"Metaspace": pre_tokenizers.Metaspace(), "Replace": normalizers.Replace("a b", "ab")}
    tokenizer = toy(**{name: parts.get(value, value) for name, value in changes.items()})
    with pytest.raises(NotTakenError, match=why):
        wordpiece.encoder(tokenizer)
    assert "is not used" in check_of(accelerated(tokenizer))
    assert accelerated(tokenizer).engine == tokenizer.engine


def test_one_wrong_span_and_the_reference_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LANGCOV_CACHE", str(tmp_path))
    right = wordpiece.WordPieceEncoder.encode_spans

    def wrong(self: wordpiece.WordPieceEncoder, texts: list[str]) -> Spans:
        found = right(self, texts)
        return found._replace(ends=found.ends + (np.arange(len(found.ends)) == 7))

    monkeypatch.setattr(wordpiece.WordPieceEncoder, "encode_spans", wrong)
    tokenizer = accelerated(toy())
    assert "it gave other ids" in check_of(tokenizer)
    assert json.loads(next(tmp_path.rglob("*.json")).read_text())["differing"] > 0


@pytest.mark.parametrize("field", ["more_spaces", "same"])
def test_one_wrong_round_trip_and_the_reference_counts(
    field: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LANGCOV_CACHE", str(tmp_path))
    right = wordpiece.WordPieceEncoder.compared

    def wrong(self: wordpiece.WordPieceEncoder, texts: pl.Series, encoded: Encoded) -> Compared | None:
        found = right(self, texts, encoded)
        assert found is not None
        changed = getattr(found, field).copy()
        place = np.flatnonzero(found.more_spaces[0] == 0)[0]
        changed[0, place] = not changed[0, place] if field == "same" else 1
        return found._replace(**{field: changed})

    monkeypatch.setattr(wordpiece.WordPieceEncoder, "compared", wrong)
    assert "it gave other ids on 1 of" in check_of(accelerated(toy()))
