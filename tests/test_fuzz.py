"""Nothing but a clean result or a `LangcovError` comes out of odd files; benchmarks/fuzz.py tries more of them."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl
import pytest

import fuzzing.hunt
from fuzzing import made_tokenizers
from fuzzing.case import Case
from fuzzing.hunt import Keeper, case_of, hunt
from fuzzing.originals import Originals, originals, parquet

if TYPE_CHECKING:
    from collections.abc import Iterator

SEED = 20_261_122
INPUTS = 200


@pytest.fixture(scope="module")
def valid() -> Originals:
    return originals()


@pytest.fixture(scope="module")
def keeper(valid: Originals) -> Iterator[Keeper]:
    with Keeper(valid) as found:
        yield found


def test_nothing_escapes_from_a_few_hundred_odd_inputs(valid: Originals) -> None:
    findings = hunt(((number, case_of(SEED, number, valid)) for number in range(INPUTS)), valid)
    assert sum(findings.ends.values()) == INPUTS
    assert {ended for _, ended in findings.ends} == {"clean", "refused"}, findings.found


def test_a_seed_and_a_number_stand_for_one_input(valid: Originals) -> None:
    cases = [case_of(SEED, number, valid) for number in range(100)]
    assert cases == [case_of(SEED, number, valid) for number in range(100)]
    assert cases != [case_of(SEED + 1, number, valid) for number in range(100)]


@pytest.mark.parametrize(
    ("how", "ended", "key"),
    [
        ("nothing", "clean", ""),
        ("escape", "escaped", "KeyError at fuzzing/targets.py:trap"),
        ("take memory", "escaped", "MemoryError at fuzzing/targets.py:trap"),
        ("die", "died", "SIGABRT"),
        ("write beside", "touched", "touched by open"),
        ("remove", "touched", "touched by os.remove"),
        ("change unseen", "touched", "touched by unseen"),
    ],
)
def test_the_hunt_sees_what_must_not_happen(keeper: Keeper, how: str, ended: str, key: str) -> None:
    outcome = keeper.run(Case("trap", how, {"a.txt": b"x"}, arguments={"how": how}))
    assert outcome.ended == ended
    assert outcome.key.startswith(key)


def test_the_hunt_sees_what_has_no_end(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzzing.hunt, "CPU_SECONDS", 1.0)
    outcome = keeper.run(Case("trap", "endless", arguments={"how": "compute for ever"}))
    assert outcome.ended == "endless"
    assert "in trap" in outcome.said


def tokenizer(name: str, data: bytes, *, fast: bool = False, **options: object) -> Case:
    arguments = {"spec": f"{{here}}/{name}", "fast": fast, "audit": False, **options}
    return Case("tokenizer", name, {name: data}, arguments=arguments)


def tokenizer_json(vocabulary: object, **parts: object) -> bytes:
    model = {"type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]"}
    rest = dict.fromkeys(
        ("truncation", "padding", "normalizer", "pre_tokenizer", "post_processor", "decoder")
    )
    return json.dumps({"version": "1.0", "added_tokens": [], **rest, "model": model, **parts}).encode()


def corpus(name: str, data: bytes, **options: object) -> Case:
    return Case("corpus", name, {name: data}, arguments={"spec": "{here}", "count": False, **options})


def ranks(last: str = "256") -> bytes:
    lines = [base64.b64encode(bytes([byte])) + b" %d" % byte for byte in range(256)]
    return b"\n".join([*lines, base64.b64encode(b"th") + f" {last}".encode()]) + b"\n"


ROW = {"text": "A lọ sí ọjà.", "language": "yor_Latn", "id": 1}
CHARSMAP = {"type": "Precompiled", "precompiled_charsmap": "AAAA"}
PIECE = made_tokenizers.piece(b"\xed\xb9\xba", 2) + made_tokenizers.piece(b"a", 1)

FOUND = {
    "a piece of a .model is no UTF-8": (tokenizer("a.model", PIECE), "this model is damaged"),
    "a charsmap that makes the library panic": (
        tokenizer("tokenizer.json", tokenizer_json({"[UNK]": 0}, normalizer=CHARSMAP)),
        "can't read this tokenizer",
    ),
    "an unknown token that is not in the vocabulary": (
        tokenizer("tokenizer.json", tokenizer_json({"a": 0})),
        "can't encode with it",
    ),
    "an id that would take 32 GiB of arrays": (
        tokenizer("tokenizer.json", tokenizer_json({"[UNK]": 0, "a": 2**32 - 1})),
        "it has the id 4294967295, and the largest that langcov takes is 16,777,215",
    ),
    "a rank that the fast engine dies of": (
        tokenizer("a.tiktoken", ranks(str(2**31)), fast=True, pattern="cl100k"),
        "the entry of rank 2147483648",
    ),
    "a rank that is no 32-bit number": (
        tokenizer("a.tiktoken", ranks("9" * 30), pattern="cl100k"),
        "its rank is not from 0",
    ),
    "a pattern that is no Unicode": (
        tokenizer("a.tiktoken", ranks(), pattern="(\ud975)+"),
        "the pattern is no Unicode text",
    ),
    "an entry that takes for ever to cut": (
        tokenizer("a.tiktoken", ranks() + base64.b64encode(b"a" * 10**6) + b" 257\n", pattern="cl100k"),
        "is longer than 1,024 bytes",
    ),
    "a run file nested too deep": (
        Case("run_file", "", {"run.toml": b"x = " + b"[" * 5000}, arguments={"whole": False}),
        "this is no TOML",
    ),
    "a card nested too deep": (
        corpus("card.toml", b"x = " + b"[" * 5000, spec="{here}/card.toml"),
        "the corpus card can't be read",
    ),
    "a card whose columns are a number": (
        corpus("card.toml", b"columns = 3", spec="{here}/card.toml"),
        "the corpus card has no 'name'",
    ),
    "a unit column without a name": (
        corpus("a.jsonl", json.dumps(ROW).encode(), unit_column=""),
        "column '' is missing",
    ),
    "a text column without a name": (
        corpus("a.jsonl", json.dumps(ROW).encode(), text_column=""),
        "column '' is missing",
    ),
    "a Parquet file whose name is no UTF-8": (
        corpus("\udcff.parquet", parquet([ROW])),
        "its name is no UTF-8",
    ),
}
"""Every input of a kind that once escaped or killed the process, in the order of what reads it."""


@pytest.mark.parametrize("label", FOUND)
def test_what_once_escaped_is_refused(keeper: Keeper, label: str) -> None:
    case, said = FOUND[label]
    outcome = keeper.run(case)
    assert outcome.ended == "refused", outcome.said
    assert said in outcome.said


def test_a_unit_that_is_half_a_surrogate_pair_is_a_unit(keeper: Keeper) -> None:
    row = {**ROW, "id": "\ude9f"}
    assert keeper.run(corpus("a.jsonl", json.dumps(row).encode(), unit_column="id")).said == "1 rows"


RUNS = {
    "options that are none": ("manifest.json", "AttributeError"),
    "a text without one of the languages": ("census/text.parquet", "KeyError"),
    "numbers that are missing": ("fairness.parquet", "TypeError"),
}


@pytest.mark.parametrize("label", RUNS)
def test_a_run_folder_whose_tables_do_not_fit_makes_no_page(
    keeper: Keeper, valid: Originals, label: str
) -> None:
    name, kind = RUNS[label]
    whole = Case(
        "run_folder",
        label,
        {f"run/{each}": data for each, data in valid.run.items()},
        arguments={"render": True},
    )
    assert keeper.run(whole).said == "rendered"
    outcome = keeper.run(replace(whole, files={**whole.files, f"run/{name}": spoilt(name, valid.run[name])}))
    assert outcome.ended == "refused", outcome.said
    assert f"its tables and manifest make no page ({kind}: " in outcome.said


def spoilt(name: str, data: bytes) -> bytes:
    if name.endswith(".json"):
        return json.dumps({**json.loads(data), "options": "none"}).encode()
    frame = pl.read_parquet(data)
    if name == "fairness.parquet":
        some = pl.int_range(pl.len()) % 2 == 0
        return parquet(frame.with_columns(languages=pl.when(some).then("languages")).to_dict())
    return parquet(frame.filter(pl.col("language") != "amh_Ethi").to_dict())
