"""The fast engine gives the reference's very ids, or it is not used and that is said."""

from __future__ import annotations

import importlib.util
import json
import mmap
import os
import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langcov.__main__ import run as command
from langcov.corpora import open_corpus
from langcov.corpora.slices import passages
from langcov.engines.local import count_local
from langcov.errors import TokenizerError
from langcov.measures.reachability import unreachable
from langcov.memory import resident_bytes
from langcov.tokenizers import Origin, Tokenizer, fast, gigatoken, verdicts, wordpiece
from langcov.tokenizers.fast import CheckedTokenizer, accelerated, check_of, reference_of, shelved
from langcov.tokenizers.gigatoken import GigatokenEncoder
from langcov.tokenizers.huggingface import from_json
from langcov.tokenizers.stress import one_line, stress_strings
from langcov.tokenizers.surfaces import BYTE_LETTERS
from twelve import SHIPPED

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from langcov.tokenizers import Encoded
    from langcov.tokenizers.base import Offsets

    Load = Callable[[str], Tokenizer]

BYTE_LEVEL = ["cl100k", "o200k", "qwen", "qwen3", "deepseek", "tekken", "llama-3", "llama-4"]
FAST = [*BYTE_LEVEL, "mistral"]
SIDETIC = "\U00010940\U00010941"
"""Letters since Unicode 17, which gigatoken 0.10.0 knows and tokenizers 0.23.3 does not."""


@pytest.fixture(scope="session")
def checked(shipped: Load, tmp_path_factory: pytest.TempPathFactory) -> Load:
    """A shipped tokenizer with its fast engine, compared once for all tests."""
    found: dict[str, Tokenizer] = {}

    def load(name: str) -> Tokenizer:
        if name not in found:
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("LANGCOV_CACHE", str(tmp_path_factory.mktemp("cache")))
                found[name] = accelerated(shipped(name))
        return found[name]

    return load


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LANGCOV_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def laid_out(texts: Sequence[str]) -> tuple[Any, Any]:
    data = [text.encode() for text in texts]
    return np.frombuffer(b"".join(data), np.uint8), np.cumsum([0, *map(len, data)])


def same(left: Encoded, right: Encoded) -> bool:
    return np.array_equal(left.ids, right.ids) and np.array_equal(left.offsets, right.offsets)


def is_put_by(tokenizer: Tokenizer) -> bool:
    """Whether what encodes is still to be made."""
    return not {"backend", "processor", "_unpacked"} & vars(tokenizer).keys()


def break_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the fast engine get one id wrong, the last of a batch."""
    right = GigatokenEncoder.encode_batch

    def wrong(self: GigatokenEncoder, texts: Sequence[str]) -> Encoded:
        found = right(self, texts)
        return found._replace(ids=np.append(found.ids[:-1], found.ids[-1:] ^ 1).astype(np.uint32))

    monkeypatch.setattr(GigatokenEncoder, "encode_batch", wrong)


def toy(added: Sequence[str] = (), special: Sequence[str] = (), word: str = "") -> Tokenizer:
    """A small byte-level tokenizer with tokens of its own."""
    from tokenizers import AddedToken, Regex, decoders, models, pre_tokenizers
    from tokenizers import Tokenizer as Backend

    vocab = {letter: id_ for id_, letter in enumerate(BYTE_LETTERS.values())} | {"ab": 256}
    backend = Backend(models.BPE(vocab, [("a", "b")]))
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=not word)
    split = pre_tokenizers.Split(Regex(word or "x"), "isolated")
    backend.pre_tokenizer = pre_tokenizers.Sequence([split, byte_level]) if word else byte_level
    backend.decoder = decoders.ByteLevel()
    backend.add_special_tokens(list(special))
    backend.add_tokens([AddedToken(token, special=False, normalized=False) for token in added])
    return from_json(backend.to_str().encode(), Origin(Path("toy.json"), "toy", "toy"))


# The same ids


@pytest.mark.parametrize("name", SHIPPED)
def test_ids_are_the_references_on_stress_strings_and_the_whole_declaration(
    name: str, shipped: Load, checked: Load, udhr_texts: dict[str, list[str]]
) -> None:
    texts = [*stress_strings(2000), *(text for each in udhr_texts.values() for text in each)]
    assert same(checked(name).encode_batch(texts), shipped(name).encode_batch(texts))


@pytest.mark.parametrize("name", FAST)
def test_bytes_give_the_ids_that_strings_give_or_the_strings_are_wanted(name: str, checked: Load) -> None:
    tokenizer = checked(name)
    assert isinstance(tokenizer, CheckedTokenizer)
    texts = ["", "Alle Menschen", "ሰላም ለዓለም", " a", "", "123 \n\t<|endoftext|> </s>", "가나다", "e\u0301"]
    chosen = [text for text in texts if tokenizer.encode_bytes(*laid_out([text])) is not None]
    assert set(texts) - set(chosen) <= {"e\u0301"}  # which form NFC changes
    found = tokenizer.encode_bytes(*laid_out(chosen))
    assert found is not None
    assert same(found, tokenizer.encode_batch(chosen))
    assert same(found, reference_of(tokenizer).encode_batch(chosen))


@pytest.mark.usefixtures("cache")
def test_a_wrong_id_from_bytes_is_caught(shipped: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    right = GigatokenEncoder.encode_bytes

    def wrong(self: GigatokenEncoder, data: NDArray[np.uint8], bounds: Offsets) -> Encoded | None:
        found = right(self, data, bounds)
        return None if found is None else found._replace(ids=found.ids + np.uint32(1))

    monkeypatch.setattr(GigatokenEncoder, "encode_bytes", wrong)
    assert "other ids" in check_of(accelerated(shipped("mistral")))


@pytest.mark.parametrize("name", SHIPPED)
def test_every_bpe_that_is_shipped_is_encoded_by_gigatoken_and_mbert_by_longest_match(
    name: str, checked: Load
) -> None:
    tokenizer = checked(name)
    assert isinstance(tokenizer, Tokenizer)
    if name in FAST or name == "mbert":
        assert tokenizer.engine == (wordpiece.version() if name == "mbert" else gigatoken.version())
        assert " gave the ids of " in check_of(tokenizer)
    else:
        assert tokenizer.engine == reference_of(tokenizer).engine
        assert check_of(tokenizer).endswith(f"is not used: it takes BPE, not {tokenizer.kind}")


@pytest.mark.parametrize("name", ["cl100k", "qwen3", "deepseek", "mistral"])
@given(texts=st.lists(st.text(max_size=40) | st.sampled_from(stress_strings(300)), max_size=6))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_ids_are_the_references_on_any_text(
    name: str, texts: list[str], shipped: Load, checked: Load
) -> None:
    assert same(checked(name).encode_batch(texts), shipped(name).encode_batch(texts))


@pytest.mark.parametrize("name", FAST)
def test_a_character_that_only_one_engine_knows_is_left_to_the_reference(
    name: str, shipped: Load, checked: Load
) -> None:
    texts = ["plain", f"a {SIDETIC}\n\n{SIDETIC}1", "", f"{SIDETIC} \u0301\r\n", "plain again", SIDETIC]
    assert same(checked(name).encode_batch(texts), shipped(name).encode_batch(texts))


@pytest.mark.parametrize("name", BYTE_LEVEL)
def test_left_to_itself_gigatoken_would_not_agree_on_the_newest_letters(name: str, checked: Load) -> None:
    encoder = checked(name).encoder  # type: ignore[attr-defined]
    assert encoder.agreement.doubtful(["abc ሰላም 你好", SIDETIC, "", f"x{SIDETIC}"]) == [1, 3]


@pytest.mark.parametrize("name", ["o200k", "deepseek", "mistral"])
@pytest.mark.parametrize("spaced", [True, False])
def test_ten_megabytes_on_one_line_are_encoded(name: str, spaced: bool, checked: Load) -> None:
    line = one_line(10_000_000, spaced=spaced)
    ids, offsets = checked(name).encode_batch([line, "", "a"])
    assert offsets[1] == offsets[2] < offsets[3] == len(ids)
    assert offsets[1] > 1_000_000


def test_ten_megabytes_on_one_line_have_the_references_ids(shipped: Load, checked: Load) -> None:
    line = one_line(10_000_000)
    assert same(checked("mistral").encode_batch([line]), shipped("mistral").encode_batch([line]))


@pytest.mark.parametrize("name", ["o200k", "mistral"])
def test_threads_may_share_it(
    name: str, shipped: Load, checked: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gigatoken, "REMEMBERED", 50_000)  # so that it is loaded afresh amid the work
    monkeypatch.setattr(gigatoken, "GROWTH", 0)
    texts = stress_strings(2000)
    parts = [texts[place : place + 160] for place in range(0, 1920, 160)]
    expected = [shipped(name).encode_batch(part) for part in parts]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(checked(name).encode_batch, parts))
    assert all(map(same, found, expected))


@pytest.mark.parametrize("name", ["qwen", "mistral"])
def test_a_lone_surrogate_is_refused_as_the_reference_does(name: str, checked: Load) -> None:
    with pytest.raises(TokenizerError, match="text 1 holds a lone surrogate at character 2"):
        checked(name).encode_batch(["fine", "ab\ud800"])


@pytest.mark.parametrize("name", FAST)
def test_no_text_gives_no_ids(name: str, checked: Load) -> None:
    for texts, offsets in (([], [0]), ([""], [0, 0]), (["", ""], [0, 0, 0])):
        found = checked(name).encode_batch(texts)
        assert found.offsets.tolist() == offsets
        assert found.ids.dtype == np.uint32
        assert found.offsets.dtype == np.int64


@pytest.mark.parametrize(
    ("grown", "times"), [(None, 3), (gigatoken.GROWTH, 3), (gigatoken.GROWTH - 1, 1)], ids=str
)
def test_words_once_met_are_forgotten_after_so_much_text_if_they_took_memory(
    grown: int | None, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gigatoken, "REMEMBERED", 100)
    taken = cycle([0, grown])
    monkeypatch.setattr(gigatoken, "resident_bytes", lambda: None if grown is None else next(taken))
    loaded: list[int] = []
    memory = gigatoken._Memory()
    for _ in range(5):
        memory.library(lambda: loaded.append(1) or object(), 60)  # type: ignore[func-returns-value]  # None, so that the other is taken
    assert len(loaded) == times


def test_what_a_process_takes_is_known_on_linux() -> None:
    before = resident_bytes()
    held = mmap.mmap(-1, 64 << 20)  # never what was free before
    held.write(b"x" * len(held))
    after = resident_bytes()
    if sys.platform == "linux":
        assert before is not None
        assert after is not None
        assert after - before > len(held) / 2


@pytest.mark.parametrize("name", ["llama-3", "qwen3", "mistral"])
def test_for_workers_the_reference_is_put_by_until_it_is_needed(
    name: str, shipped: Load, checked: Load
) -> None:
    copy = pickle.loads(pickle.dumps(shelved(checked(name))))
    texts = ["Zu\u0308rich  <s>", "ሰላም", *stress_strings(200)]
    assert same(copy.encode_batch(["plain"]), shipped(name).encode_batch(["plain"]))
    assert is_put_by(copy.reference)
    assert same(copy.encode_batch([*texts, SIDETIC]), shipped(name).encode_batch([*texts, SIDETIC]))
    spans: list[Any] = [*copy.encode_spans(texts)]
    expected: list[Any] = [*shipped(name).encode_spans(texts)]
    assert all(np.array_equal(one, other) for one, other in zip(spans, expected, strict=True))
    assert not is_put_by(copy.reference)
    assert is_put_by(pickle.loads(pickle.dumps(copy)).reference)
    assert (copy.name, copy.kind, copy.fingerprint, copy.engine, copy.source, copy.decodes) == (
        *(
            getattr(checked(name), each)
            for each in ("name", "kind", "fingerprint", "engine", "source", "decodes")
        ),
    )
    assert copy.vocabulary.equals(shipped(name).vocabulary)


# All but the ids is the reference's


@pytest.mark.parametrize("name", ["qwen", "mistral"])
def test_the_rest_is_the_references(name: str, shipped: Load, checked: Load) -> None:
    one, other = checked(name), shipped(name)
    texts = ["Zu\u0308rich  <s>", "ሰላም"]
    assert (one.name, one.kind, one.fingerprint, one.source, one.decodes, one.exactness) == (
        other.name, other.kind, other.fingerprint, other.source, other.decodes, other.exactness,
    )  # fmt: skip
    assert one.vocabulary.equals(other.vocabulary)
    assert one.normalise_batch(texts) == other.normalise_batch(texts)
    pairs = zip(one.encode_spans(texts), other.encode_spans(texts), strict=True)
    assert all(np.array_equal(np.asarray(left), np.asarray(right)) for left, right in pairs)
    assert one.decode_batch([[300, 301]]) == other.decode_batch([[300, 301]])


def test_what_can_never_be_encoded_is_found_as_without_it(shipped: Load, checked: Load) -> None:
    assert unreachable(checked("mistral")).equals(unreachable(shipped("mistral")))


def test_a_census_is_the_same_and_says_who_counted(shipped: Load, checked: Load) -> None:
    corpus, some = open_corpus("samples"), ["amh_Ethi", "yor_Latn"]
    slow = count_local(corpus, [shipped("cl100k"), shipped("mistral")], some)
    quick = count_local(corpus, [checked("cl100k"), checked("mistral")], some)
    assert quick.tokens.equals(slow.tokens)
    assert quick.pieces.equals(slow.pieces)
    assert [facts.engine for facts in quick.tokenizers] == [gigatoken.version()] * 2
    assert "2,000 stress strings" in quick.tokenizers[0].check
    assert not slow.tokenizers[0].check


# Trust is earned


def test_a_wrong_id_on_the_stress_strings_is_caught(
    shipped: Load, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_engine(monkeypatch)
    tokenizer = accelerated(shipped("llama-3"))
    assert tokenizer.engine == shipped("llama-3").engine
    assert check_of(tokenizer).endswith("is not used: it gave other ids on 1 of 2,000 stress strings")
    assert same(tokenizer.encode_batch(["abc"]), shipped("llama-3").encode_batch(["abc"]))
    assert len(list(cache.rglob("*.json"))) == 1


def test_a_wrong_id_on_the_text_at_hand_is_caught_even_if_the_strings_agreed(
    shipped: Load, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert accelerated(shipped("mistral")).engine == gigatoken.version()
    break_engine(monkeypatch)
    tokenizer = accelerated(shipped("mistral"), ["Good day.", "Guten Tag."])
    assert tokenizer.engine == shipped("mistral").engine
    assert check_of(tokenizer).endswith("it gave other ids on 1 of 2 passages of the text")
    assert list(cache.rglob("*.json"))


def test_the_strings_are_compared_once_for_each_tokenizer_and_engine(
    shipped: Load, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[int] = []
    count = fast._count_differing

    def counting(encoder: GigatokenEncoder, tokenizer: Tokenizer, texts: Sequence[str]) -> int:
        compared.append(len(texts))
        return count(encoder, tokenizer, texts)

    monkeypatch.setattr(fast, "_count_differing", counting)
    first = accelerated(shipped("mistral"))
    again = accelerated(shipped("mistral"), ["a"])
    assert compared == [2002, 1]
    assert check_of(again).startswith(check_of(first))
    verdicts = [json.loads(file.read_text()) for file in cache.rglob("*.json")]
    whole = [verdict["differing"] for verdict in verdicts if "stretches" not in verdict["engine"]]
    assert whole == [0, 0]
    monkeypatch.setattr(gigatoken, "version", lambda: "gigatoken 99")
    accelerated(shipped("mistral"))
    assert compared == [2002, 1, 2002]


@pytest.mark.usefixtures("cache")
def test_on_a_text_that_was_compared_neither_engine_encodes_again(
    shipped: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = ["Good day.", "Guten Tag."]
    first = accelerated(shipped("mistral"), texts)

    def refuse(*_: object) -> None:
        raise AssertionError("it was encoded")

    monkeypatch.setattr(fast, "_count_differing", refuse)
    monkeypatch.setattr(gigatoken, "_loaded", refuse)
    assert check_of(accelerated(shipped("mistral"), texts)) == check_of(first)
    # Other texts are tried, even if they are the same once they are joined.
    other = accelerated(shipped("mistral"), ["Good day.Guten", " Tag."])
    assert "it can't read this one (it was encoded)" in check_of(other)


def test_outcomes_that_were_not_asked_for_longest_go_first(
    shipped: Load, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdicts, "MOST", 2)
    for place, text in enumerate(["a", "b", "c"]):
        before = set(cache.rglob("*.json"))
        verdicts.keep(shipped("mistral"), "gigatoken 1", [text], 0)
        for new in set(cache.rglob("*.json")) - before:
            os.utime(new, (place, place))
    found = [verdicts.recall(shipped("mistral"), "gigatoken 1", [text]) for text in "abc"]
    assert found == [None, 0, 0]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"differing": "none"}', '{"differing": -1}'])
def test_a_damaged_outcome_is_no_outcome(content: str, shipped: Load, cache: Path) -> None:
    tokenizer = shipped("mistral")
    verdicts.keep(tokenizer, "gigatoken 1", ["a"], 0)
    assert verdicts.recall(tokenizer, "gigatoken 1", ["a"]) == 0
    assert verdicts.recall(tokenizer, "gigatoken 1", ["b"]) is None
    (file,) = cache.rglob("*.json")
    file.write_text(content)
    assert verdicts.recall(tokenizer, "gigatoken 1", ["a"]) is None


def test_a_cache_that_cannot_be_written_costs_time_only(
    shipped: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("LANGCOV_CACHE", str(tmp_path / "file"))
    assert accelerated(shipped("mistral")).engine == gigatoken.version()


@pytest.mark.usefixtures("cache")
def test_a_tokens_own_special_tokens_stay_text_and_added_ones_tokens() -> None:
    reference = toy(added=["<tab>"], special=["<s>", "<|end|>"])
    tokenizer = accelerated(reference)
    assert check_of(tokenizer).startswith(f"{gigatoken.version()} gave")
    assert "2,003 stress strings" in check_of(tokenizer)
    ids = tokenizer.encode_batch(["<s>", "<tab>", "<|end|>"])
    assert same(ids, reference.encode_batch(["<s>", "<tab>", "<|end|>"]))
    assert np.diff(ids.offsets).tolist() == [3, 1, 7]


@pytest.mark.usefixtures("cache")
def test_what_gigatoken_cannot_read_is_left_to_the_reference() -> None:
    tokenizer = accelerated(toy(word=r"\p{Lu}{2}|[^q]"))
    assert isinstance(tokenizer, CheckedTokenizer)
    if tokenizer.encoder is None:
        assert " is not used: it " in tokenizer.check
    texts = stress_strings(500)
    assert same(tokenizer.encode_batch(texts), tokenizer.reference.encode_batch(texts))


@pytest.mark.usefixtures("cache")
def test_a_text_that_makes_it_give_up_makes_it_lose_trust(
    shipped: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    class PanicException(BaseException):
        pass

    class Panicking:
        def encode_batch(self, texts: list[str]) -> Any:  # noqa: ANN401 - as the library's
            if texts == ["a"]:
                return right.encode_batch(texts)
            raise PanicException("at the disco")

    right = gigatoken._definition(shipped("mistral"))[0]()
    monkeypatch.setattr(gigatoken, "_loaded", lambda _: Panicking())
    tokenizer = accelerated(shipped("mistral"))
    assert tokenizer.engine == shipped("mistral").engine
    assert check_of(tokenizer).endswith("the library gigatoken gave up on a text (at the disco)")


# Without it


def absent(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "gigatoken" else find(name))


def test_without_gigatoken_the_reference_encodes(shipped: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    absent(monkeypatch)
    assert accelerated(shipped("cl100k")) is shipped("cl100k")


def engines(folder: Path) -> dict[str, tuple[str, str]]:
    facts = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["tokenizers"]
    return {each["name"]: (each["engine"].split()[0], each["check"]) for each in facts}


def run(*arguments: object) -> None:
    assert command(list(map(str, arguments))) == 0


def test_a_run_says_who_counted_and_how_that_was_checked(tmp_path: Path) -> None:
    run("compare", "mistral", "j2", "--language", "yor_Latn", "--out", tmp_path / "out")
    (mistral, check), (j2, why) = engines(tmp_path / "out").values()
    assert (mistral, j2) == ("gigatoken", "sentencepiece")
    assert " stress strings and " in check
    assert check.endswith(" passages of the text")
    assert "it takes BPE, not Unigram" in why
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert check in page
    assert why in page


def test_no_fast_forces_the_reference(tmp_path: Path) -> None:
    run("compare", "mistral", "--no-fast", "--language", "yor_Latn", "--out", tmp_path / "out")
    assert engines(tmp_path / "out") == {"mistral": ("sentencepiece", "")}


def test_a_run_file_may_force_the_reference(tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_text(
        'tokenizers = ["mistral"]\ncorpus = ["samples"]\nlanguage = ["yor_Latn"]\nout = "out"\nfast = false\n'
    )
    run("run", tmp_path / "run.toml")
    assert engines(tmp_path / "out") == {"mistral": ("sentencepiece", "")}


def test_without_gigatoken_a_run_says_what_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    absent(monkeypatch)
    run("compare", "mistral", "--language", "yor_Latn", "--out", tmp_path / "out")
    assert engines(tmp_path / "out") == {"mistral": ("sentencepiece", "")}


def test_show_says_what_encodes_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    run("tokenizers", "show", "mistral", "--json")
    facts = json.loads(capsys.readouterr().out)
    assert facts["engine"] == gigatoken.version()
    assert "gave the ids of sentencepiece" in facts["check"]
    run("tokenizers", "show", "mistral", "--no-fast", "--json")
    facts = json.loads(capsys.readouterr().out)
    assert facts["engine"].startswith("sentencepiece")
    assert facts["check"] == "no faster engine was tried"


# The slice of the text at hand


def test_a_slice_is_small_and_in_every_language_of_the_first_batches(
    udhr_texts: dict[str, list[str]],
) -> None:
    found = passages(open_corpus("udhr"))
    assert 50_000 < sum(len(text.encode()) for text in found) <= 200_000
    languages = {tag for tag, texts in udhr_texts.items() if set(texts) & set(found)}
    assert len(languages) > 200


def test_a_slice_of_languages_that_are_not_there_is_empty() -> None:
    assert passages(open_corpus("samples"), ["qqq_Latn"]) == []
