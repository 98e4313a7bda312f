"""Odd run files, thresholds, names of languages, commands and run folders."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from fuzzing import mutation, odd
from fuzzing.case import Case
from fuzzing.originals import parquet

if TYPE_CHECKING:
    from random import Random

    from fuzzing.originals import Originals

RUN_FILE = """tokenizers = ["{here}/bytes.tokenizer.json"]
corpus = ["{here}/texts/*.devtest"]
language = ["yor_Latn"]
reference = "eng_Latn"
fail_if = ["premium > 4"]
seed = 0
fast = false
parallel = true
on_bad_text = "stop"
"""

_THRESHOLDS = (
    "premium",
    "fertility",
    "gini_premium",
    "script_share:Latn",
    "[",
    "]",
    "yor_Latn",
    "bytes",
    ">",
    "<=",
    "4",
    "-1e999",
    ",",
    ":",
    "nan",
    " ",
)


def words(_: Originals, chance: Random) -> Case:
    """Return a threshold or the name of a language."""
    if chance.random() < 0.5:
        text = "".join(chance.choice((*_THRESHOLDS, odd.text(chance))) for _ in range(chance.randrange(1, 8)))
        if chance.random() < 0.5:
            scope = chance.choice(("yor_Latn", "bytes", "bytes, yor_Latn", odd.text(chance)))
            bound = chance.choice(("4", "1e999", "-0", "9" * 5000, "٣", odd.text(chance)))
            text = f"{chance.choice(('premium', odd.text(chance)))}[{scope}] > {bound}"
        return Case("threshold", "a threshold", arguments={"text": text})
    parts = [
        chance.choice(("yor", "Latn", "yo", "NG", "zh", "Hans", "x", "Yoruba", odd.text(chance)))
        for _ in range(chance.randrange(1, 5))
    ]
    return Case("language", "a language", arguments={"text": chance.choice("_- ").join(parts)})


def run_file(originals: Originals, chance: Random) -> Case:
    """Return a run file, and what it names."""
    text = RUN_FILE.encode()
    files = {
        "bytes.tokenizer.json": originals.tokenizers["bytes.tokenizer.json"],
        "texts/yor_Latn.devtest": originals.corpora["yor_Latn.devtest"],
        "texts/eng_Latn.devtest": b"One.\nTwo.\nThree.",
    }
    kind = chance.randrange(4)
    if kind == 0:
        text = mutation.mutated(text, chance)
    elif kind == 1:
        lines = text.splitlines()
        place = chance.randrange(len(lines))
        key = lines[place].partition(b" = ")[0]
        lines[place] = key + b" = " + _toml(chance)
        text = b"\n".join(lines)
    elif kind == 2:
        options = (
            "overlap",
            "baseline",
            "show",
            "text_column",
            "language_column",
            "unit_column",
            "pattern",
            "root",
            "out",
            odd.text(chance),
        )
        text += json.dumps(chance.choice(options)).encode() + b" = " + _toml(chance)
    else:
        text = chance.choice(
            (b"", b"[" * 5000, b"a." * 20_000 + b"b = 1", b"\xff\xfe", b"x = " + b"[" * 5000, b"\0")
        )
    return Case(
        "run_file", "a run file", {"run.toml": text, **files}, arguments={"whole": chance.random() < 0.08}
    )


def command(originals: Originals, chance: Random) -> Case:
    """Return a command line; what it may write is the run folder."""
    name = chance.choice(
        ("compare", "audit", "report", "run", "corpora", "tokenizers", "measures", odd.text(chance))
    )
    rest: list[str] = []
    if name == "compare":
        spec = chance.choice(
            ("{here}/bytes.tokenizer.json", "x={here}/bytes.tokenizer.json", "{here}", odd.text(chance))
        )
        rest = [spec, "--corpus", chance.choice(("{here}/yor_Latn.txt", "{here}", odd.text(chance)))]
        rest += [
            chance.choice(
                ("--fail-if", "--language", "--reference", "--show", "--seed", "--pattern", "--root")
            ),
            odd.text(chance),
        ]
        rest += ["--out", "{here}/out"]
    elif name == "measures":
        rest = [odd.text(chance)]
    elif name in {"corpora", "tokenizers"}:
        rest = [
            "show",
            chance.choice(("{here}/yor_Latn.txt", "{here}/bytes.tokenizer.json", "{here}", odd.text(chance))),
        ]
    else:
        rest = [chance.choice(("{here}", "{here}/no-such", odd.text(chance)))]
        rest += ["--language", "Yoruba"] if name == "audit" else []
    if chance.random() < 0.2:
        rest.append("--json")
    files = {
        "bytes.tokenizer.json": originals.tokenizers["bytes.tokenizer.json"],
        "yor_Latn.txt": originals.corpora["yor_Latn.txt"],
    }
    return Case("command", "a command", files, arguments={"words": [name, *rest]})


def run_folder(originals: Originals, chance: Random) -> Case:
    """Return a run folder with one file damaged, missing or exchanged."""
    files = dict(originals.run)
    name = chance.choice(list(files))
    kind = chance.randrange(6)
    if name.endswith(".json"):
        document = json.loads(files[name])
        files[name] = (
            odd.written(mutation.mutated_json(document, chance))
            if kind < 4
            else mutation.mutated(files[name], chance)
        )
        if kind == 3:
            files[name] = mutation.doubled_keys(files[name], chance)
        made = f"values in {name}"
    elif kind == 0:
        files[name] = mutation.mutated(files[name], chance)
        made = f"mutated {name}"
    elif kind == 1:
        files[name] = mutation.mutated_end(files[name], chance)
        made = f"footer of {name}"
    elif kind == 2:
        files[name] = files[chance.choice([each for each in files if each.endswith("parquet")])]
        made = f"another table as {name}"
    elif kind == 3:
        del files[name]
        made = f"no {name}"
    else:
        files[name] = _other_values(files[name], chance)
        made = f"other values in {name}"
    files = {f"run/{each}": data for each, data in files.items()}
    return Case("run_folder", made, files, arguments={"render": chance.random() < 0.4})


def _other_values(data: bytes, chance: Random) -> bytes:
    """Return a table of the same columns with other values in some of its rows."""
    import io

    import polars as pl

    frame = pl.read_parquet(io.BytesIO(data))
    if not frame.height:
        return data
    frame = frame.sample(
        chance.randrange(1, 2 * frame.height), with_replacement=True, seed=chance.randrange(99)
    )
    column = chance.choice(frame.columns)
    values: list[Any] = frame[column].to_list()
    for _ in range(chance.choice((1, 3, len(values)))):
        values[chance.randrange(len(values))] = chance.choice((None, *odd.NUMBERS, *odd.TEXTS))
    try:
        changed = pl.Series(column, values, frame[column].dtype, strict=False)
        return parquet(frame.with_columns(changed).to_dict())
    except Exception:  # noqa: BLE001 - polars writes no such table
        return parquet(frame.drop(column).to_dict())


def _toml(chance: Random) -> bytes:
    value = odd.short(odd.value(chance, 1))
    if isinstance(value, dict):
        return b"{ a = 1 }"
    return json.dumps(value).replace("NaN", "nan").replace("Infinity", "inf").replace("null", "''").encode()
