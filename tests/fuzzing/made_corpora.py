"""Odd corpora: files from scratch, mutated ones, and odd names, globs, cards and options."""

from __future__ import annotations

import gzip
import json
from functools import partial
from typing import TYPE_CHECKING, Any

from fuzzing import mutation, odd
from fuzzing.case import Case
from fuzzing.originals import SENTENCES, Originals, parquet

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

NAMES = (
    "yor_Latn{}",
    "yo{}",
    "data{}",
    "yor_Latn/train{}",
    "[a]{}",
    "a*b{}",
    "-rf{}",
    " {}",
    "\udcff{}",
    "a\nb_yor{}",
    "yor_Latn" + "x" * 240 + "{}",
    "~{}",
    "é́{}",
    ".hidden{}",
    "YOR_LATN{}",
    "dev{}",
)
SPECS = (
    "{here}",
    "{here}/*",
    "{here}/**",
    "{here}/[",
    "{here}/*.*",
    "{here}/../*/*",
    "{here}/no-such",
    "{here}/\0",
    "~/sentinel.txt",
    "file://{here}/x.txt",
    "s3://a/b",
    "",
    "samples",
    "sample",
    "\ud800",
    "x" * 5000,
)


def corpus(originals: Originals, chance: Random) -> Case:
    """Return a corpus that is odd in one way, now and then in several."""
    make = chance.choice(
        (_mutated, _mutated, _mutated, _lines, _table, _json, _parquet, _packed, _card, _tree)
    )
    case = make(originals, chance)
    arguments = {**_options(chance), **case.arguments}
    if chance.random() < 0.1:
        arguments["spec"] = chance.choice((*SPECS, odd.text(chance)))
    return Case("corpus", case.made, case.files, case.links, arguments)


def _options(chance: Random) -> dict[str, Any]:
    options: dict[str, Any] = {"spec": "{here}", "count": chance.random() < 0.2}
    columns = ("text", "language", "id", "", "no such", odd.text(chance))
    for option, share in (("text_column", 0.1), ("language_column", 0.1), ("unit_column", 0.2)):
        if chance.random() < share:
            options[option] = chance.choice(columns)
    if chance.random() < 0.3:
        options["language"] = chance.choice(("yor_Latn", "Yoruba", odd.text(chance)))
    if chance.random() < 0.5:
        options["on_bad_text"] = "skip"
    if chance.random() < 0.2:
        options["parallel"] = chance.random() < 0.5
    return options


def _name(suffix: str, chance: Random) -> str:
    return "yor_Latn" + suffix if chance.random() < 0.7 else chance.choice(NAMES).format(suffix)


def _mutated(originals: Originals, chance: Random) -> Case:
    name = chance.choice(list(originals.corpora))
    data = originals.corpora[name]
    at_end = name.endswith(".parquet") and chance.random() < 0.6
    data = mutation.mutated_end(data, chance) if at_end else mutation.mutated(data, chance)
    return Case("corpus", f"mutated {name}", {name: data})


def _lines(_: Originals, chance: Random) -> Case:
    ends = (b"\n", b"\r\n", b"\r", b"\n\n", b"\0", b"")
    lines = [_odd_line(chance) + chance.choice(ends) for _ in range(chance.randrange(12))]
    suffix = chance.choice((".txt", ".devtest", ".dev", ".jsonl", ".csv"))
    return Case("corpus", f"lines in {suffix}", {_name(suffix, chance): b"".join(lines)})


def _odd_line(chance: Random) -> bytes:
    if chance.random() < 0.3:
        return chance.randbytes(chance.randrange(40))
    return odd.text(chance).encode("utf-8", "surrogatepass")


def _table(_: Originals, chance: Random) -> Case:
    quotes = ('"', "", "", '""')
    rows = ["text,language,id"] if chance.random() < 0.7 else [",".join(odd.text(chance) for _ in range(3))]
    for _row in range(chance.randrange(8)):
        quote = chance.choice(quotes)
        cells = (odd.text(chance), chance.choice(list(SENTENCES)), str(chance.randrange(9)), odd.text(chance))
        rows.append(",".join(quote + cell + quote for cell in cells[: chance.choice((1, 3, 3, 3, 4))]))
    text = chance.choice(("\n", "\r\n", "\r")).join(rows)
    return Case("corpus", "csv from scratch", {_name(".csv", chance): text.encode("utf-8", "surrogatepass")})


def _json(_: Originals, chance: Random) -> Case:
    lines = []
    for _line in range(chance.randrange(1, 6)):
        row: Any = {
            "text": "A lọ sí ọjà.",
            "language": chance.choice(list(SENTENCES)),
            "id": chance.randrange(9),
        }
        kind = chance.randrange(6)
        if kind == 0:
            row = mutation.mutated_json(row, chance)
        elif kind == 1:
            row[chance.choice(list(row))] = odd.value(chance)
        elif kind == 2:
            lines.append(mutation.doubled_keys(odd.written(row), chance))
            continue
        elif kind == 3 and chance.random() < 0.3:
            lines.append(odd.nested(chance))
            continue
        elif kind == 4:
            lines.append(json.dumps({**row, "text": odd.text(chance)}).encode())
            continue
        lines.append(odd.written(row))
    return Case("corpus", "jsonl from scratch", {_name(".jsonl", chance): b"\n".join(lines)})


def _parquet(originals: Originals, chance: Random) -> Case:
    size = chance.choice((0, 1, 5, 300))
    columns = {
        name: chance.choice(_columns(size, chance))
        for name in chance.choice((("text",), ("text", "language"), ("text", "language", "id"), ("x",)))
    }
    try:
        data = parquet(
            columns, compression=chance.choice(("zstd", "snappy", "gzip", "uncompressed", "lz4", "brotli"))
        )
    except Exception:  # noqa: BLE001 - polars writes no such table
        data = originals.corpora["rows.parquet"]
    if chance.random() < 0.2:
        data = mutation.mutated_end(data, chance)
    return Case("corpus", "parquet from scratch", {_name(".parquet", chance): data})


def _columns(size: int, chance: Random) -> tuple[list[Any], ...]:
    tags = [chance.choice((*SENTENCES, "xx", "")) for _ in range(size)]
    clean = [odd.text(chance).encode("utf-8", "replace").decode() for _ in range(size)]
    return (
        clean,
        clean,
        tags,
        tags,
        [chance.choice((None, "a")) for _ in range(size)],
        [None] * size,
        [chance.randbytes(5) for _ in range(size)],
        [chance.randrange(-9, 99) for _ in range(size)],
        [float("nan")] * size,
        [["a", "b"]] * size,
        [{"a": "b"}] * size,
    )


def _packed(originals: Originals, chance: Random) -> Case:
    import zstandard

    plain = originals.corpora[chance.choice(("yor_Latn.txt", "rows.jsonl", "rows.csv"))]
    packers: tuple[Callable[[bytes], bytes], ...] = (
        partial(gzip.compress, mtime=0),
        zstandard.compress,
        lambda data: data,
        lambda data: b"\x50\x2a\x4d\x18" + len(data).to_bytes(4, "little") + data,  # a frame that zstd skips
    )
    parts = [
        chance.choice(packers)(chance.choice((plain, b"", b"\0" * 100_000)))
        for _ in range(chance.randrange(1, 5))
    ]
    data = b"".join(parts)
    for _ in range(chance.randrange(2)):
        data = chance.choice(packers)(data)
    if chance.random() < 0.3:
        data = mutation.mutated(data, chance)
    suffix = chance.choice((".txt", ".jsonl", ".csv")) + chance.choice((".gz", ".zst", ".gz.gz", ".zst.gz"))
    return Case("corpus", f"frames in {suffix}", {_name(suffix, chance): data})


def _card(originals: Originals, chance: Random) -> Case:
    fields: dict[str, Any] = {
        "name": "mine",
        "title": "Some lines",
        "citation": "nobody",
        "licence": "CC0-1.0",
        "where": "here",
        "layout": chance.choice(("columns", "text", "flores")),
        "files": [chance.choice(("*.jsonl", "*", "**/*", "../*", "/etc/*", "", odd.text(chance)))],
        "root": chance.choice((".", "..", "../..", "/", "no such", odd.text(chance))),
    }
    if chance.random() < 0.6:
        field = chance.choice((*fields, "parallel", "language", "columns", odd.text(chance)))
        fields[field] = odd.value(chance)
    card = "\n".join(f"{json.dumps(key)} = {_toml(each)}" for key, each in fields.items())
    files = {
        "card.toml": card.encode("utf-8", "surrogatepass"),
        "rows.jsonl": originals.corpora["rows.jsonl"],
        "yor_Latn.txt": originals.corpora["yor_Latn.txt"],
    }
    if chance.random() < 0.3:
        files["card.toml"] = mutation.mutated(files["card.toml"], chance)
    return Case("corpus", "a card", files, arguments={"spec": "{here}/card.toml", "root": None})


def _toml(thing: Any) -> str:  # noqa: ANN401 (any TOML value)
    if isinstance(thing, bool):
        return str(thing).lower()
    if isinstance(thing, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml(each)}" for key, each in thing.items()) + "}"
    if isinstance(thing, list):
        return "[" + ", ".join(map(_toml, thing)) + "]"
    return str(odd.short(thing)) if isinstance(thing, int | float) else json.dumps(thing or "")


def _tree(originals: Originals, chance: Random) -> Case:
    """A folder of several files, some of them links: to themselves, to nowhere, out of the folder."""
    files = {}
    for _ in range(chance.randrange(1, 5)):
        name = chance.choice(list(originals.corpora))
        suffix = name[name.index(".") :]
        files[_name(suffix, chance)] = originals.corpora[name]
    links = {}
    if chance.random() < 0.7:
        aims = (
            "../sentinels/yor_Latn.txt",
            ".",
            "..",
            "nowhere",
            "eng_Latn.txt",
            "/dev/null",
            "/proc/self/mem",
            "/dev/tty",
        )
        links[chance.choice(("eng_Latn.txt", "amh_Ethi.jsonl", "loop", "x.csv", "y.parquet"))] = (
            chance.choice(aims)
        )
    return Case("corpus", "a folder", files, links)
