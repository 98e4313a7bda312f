"""Odd values: what people, programs and attackers put where a plain value is meant."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from random import Random

TEXTS = (
    "",
    " ",
    "\0",
    "a\0b",
    "\ud800",
    "a\udcffb",
    "\ufeff",
    "\ufffe\uffff",
    "../../sentinel.txt",
    "/etc/passwd",
    "~",
    "~nobody/x",
    "C:\\x",
    ".",
    "..",
    "*",
    "**",
    "[",
    "[!",
    "{}{{7*7}}",
    "%s%n",
    "\x1b[31mred",
    "\u202egnirts",
    "</script><script>",
    "=HYPERLINK(1)",
    "nan",
    "1e999",
    "eng_Latn",
    "yor",
    "Yoruba",
    "zz_Zzzz",
    "e" * 5000,
    "\u0301" * 300,
    "👩‍👩‍👧‍👦",
    "\u1100\u1161\u11a8",
    "ﷺ",
    "\r\n\r",
    "\u2028\u2029\x85\x0b\x0c",
    "<0xE1>",
    "<0x0>",
    "<unk>",
    "▁",
    "Ġ",
    "##",
    "<|endoftext|>",
    "(a+)+$",
    "(?:" * 300,
    "[[:^alpha:]&&a]",
    "a{99999}{99999}",
    "\\p{Foo}",
    "(?<=a*)b",
    "(?R)",
)

NUMBERS = (
    0,
    -1,
    1,
    255,
    256,
    2**31 - 1,
    2**31,
    2**32 - 1,
    2**32,
    2**53,
    2**63 - 1,
    2**63,
    2**64,
    -(2**31),
    -(2**63) - 1,
    10**30,
    10**5000,
    0.5,
    -0.0,
    1e308,
    5e-324,
    float("nan"),
    float("inf"),
    float("-inf"),
)


def text(chance: Random) -> str:
    """Return an odd string, or a random one."""
    if chance.random() < 0.7:
        return chance.choice(TEXTS)
    pool = (
        range(0x20),
        range(0x20, 0x7F),
        range(0x300, 0x370),
        range(0xD7F0, 0xE010),
        range(0x1F300, 0x1F700),
    )
    return "".join(chr(chance.choice(chance.choice(pool))) for _ in range(chance.randrange(12)))


def value(chance: Random, depth: int = 3) -> Any:  # noqa: ANN401 (it is any JSON value)
    """Return an odd JSON value."""
    kind = chance.randrange(8 if depth else 5)
    if kind == 0:
        return chance.choice((None, True, False))
    if kind <= 2:
        return chance.choice(NUMBERS)
    if kind <= 4:
        return text(chance)
    if kind <= 6:
        return [value(chance, depth - 1) for _ in range(chance.randrange(4))]
    return {text(chance): value(chance, depth - 1) for _ in range(chance.randrange(4))}


def written(document: object) -> bytes:
    """Return JSON as bytes, numbers that are none and lone surrogates included."""
    return json.dumps(short(document), ensure_ascii=False).encode("utf-8", "surrogatepass")


def short(document: Any) -> Any:  # noqa: ANN401 (it is any JSON value)
    """Return a document whose integers Python will write: those too long for it become strings of digits' places."""
    if isinstance(document, dict):
        return {key: short(each) for key, each in document.items()}
    if isinstance(document, list):
        return [short(each) for each in document]
    if isinstance(document, int) and abs(document) > 10**4000:
        return 10**4000
    return document


def nested(chance: Random) -> bytes:
    """Return JSON nested deeper than a parser that recurses can follow."""
    depth = chance.choice((100, 130, 1_000, 100_000))
    left, right = chance.choice(
        ((b"[", b"]"), (b'{"model":', b"}"), (b'{"type":"Sequence","normalizers":[', b"]}"))
    )
    return left * depth + b"1" + right * chance.choice((depth, 0))
