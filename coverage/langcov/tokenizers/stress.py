# ruff: noqa: RUF001  (characters that look alike are the point)
"""Strings on which two tokenizer engines would differ if they could: every script, marks, joiners, controls, emoji.

An engine is trusted once its ids equal the reference's on all of these.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SPACES = "\t\n\x0b\x0c\r \x85\xa0\u1680\u180e\u2000\u2003\u2007\u2009\u200a\u200b\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
"""White space by somebody's definition."""

LOOKALIKES = (
    "<|endoftext|>", "<|im_start|>", "<|eot_id|>", "<|begin_of_text|>", "<|fim_prefix|>", "<|reserved_special_token_0|>",
    "<unk>", "<s>", "</s>", "<pad>", "<mask>", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[PAD]", "[INST]", "[/INST]",
    "[unused1]", "<0x41>", "<0xE1>", "<0x0A>", "▁", "▁▁", "▁the", "##ing", "##", "Ġ", "Ġthe", "Ċ", "@@", "</w>",
    "<|startoftext|>", "<|newline|>", "<|pad|>", "<SPECIAL_36>", "<start_of_turn>", "<|unk|>", "<bos>", "<n>",
)  # fmt: skip
"""Text that looks like a special token, or like a vocabulary's own spelling of text."""

EMOJI = (
    "👨‍👩‍👧‍👦", "👩🏽‍🚀", "🏳️‍🌈", "🏴‍☠️", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "🇳🇬", "🇧🇷🇪🇹", "🇦", "1️⃣", "#️⃣", "*⃣", "👍🏿", "👋🏻", "❤️", "❤", "☺︎",
    "🧑‍🤝‍🧑", "👁️‍🗨️", "🫱🏿‍🫲🏻", "😀😀😀", "⌚", "©️", "™", "🀄", "🈁", "🪿",
)  # fmt: skip

CASES = (
    "it's", "IT'S", "we'Ll", "they'RE", "I'ved", "don't", "rock'n'roll", "'s", "''s", "'ſ", "it'ſ", "it’s", "l'été",
    "'LL've", "O'RE", "d'd", "'Sup", "camelCase", "HTTPServer", "XMLHttp2", "ǅungla", "İstanbul", "ßẞ", "ﬃ", "Kelvin",
    "ﬁne", "①②", "Ｆｕｌｌ", "ｶﾞ", "㎏", "Ⅷ", "½", "x²", "ﷺ", "㍿", "ŉ", "ǆ", "ﬅ", "℃", "…", "‼",
)  # fmt: skip
"""Clitics in every case, casing that patterns look at, and characters that NFKC takes apart."""

CODE = (
    "def f(x):\n    return x  # a\n\n\n", "for(int i=0;i<10;++i){\r\n\t\ta[i]+=1;\r\n}", '{"a": [1, 2.50, -3e10]}',
    "https://example.org/a?b=c&d=%E1%88%B0#x", "/usr/bin/../lib//x.so", "a==b!=c<=d>=e&&f||!g", "-----=====_____*****",
    "x = '''\\n\\t\\u1230'''", "SELECT * FROM t;--", '<p class="a">&amp;</p>', "1,234,567.89", "2026-11-22T10:00:00Z",
)  # fmt: skip


def stress_strings(n: int = 2000, seed: int = 0) -> list[str]:
    """Return ``n`` strings, the same for the same ``n`` and ``seed``. The first is empty; none holds a surrogate.

    >>> stress_strings(500) == stress_strings(500)
    True
    """
    rng = random.Random(seed)  # noqa: S311
    makers = _makers()
    strings = ["", " ", "\n", "\x00", "a"]
    scripts = list(letters_by_script().values())
    rng.shuffle(scripts)
    place = 0
    while len(strings) < n:
        maker = makers[place % len(makers)]
        strings.append(maker(_Source(rng, scripts[place // 2 % len(scripts)])))
        place += 1
    return strings[:n]


def one_line(size: int = 10_000_000, *, spaced: bool = True, seed: int = 0) -> str:
    """Return one line of about ``size`` bytes of UTF-8 in many scripts, with or without spaces between its words."""
    source = _Source(random.Random(seed), "")  # noqa: S311
    words = [
        word for letters in letters_by_script().values() for word in _Source(source.rng, letters).words(20)
    ]
    source.rng.shuffle(words)
    line = (" " if spaced else "").join(words)
    return line * max(1, size // len(line.encode()))


@cache
def letters_by_script() -> dict[str, str]:
    """Return the characters of every script of Unicode but Common, Inherited and Unknown, at most 512 of each."""
    from fontTools.unicodedata import Scripts

    ranges: dict[str, list[range]] = {}
    bounds = [*Scripts.RANGES[1:], 0x110000]
    for start, end, script in zip(Scripts.RANGES, bounds, Scripts.VALUES, strict=True):
        if script not in {"Zyyy", "Zinh", "Zzzz"}:
            ranges.setdefault(script, []).append(range(start, end))
    found = {}
    for script in sorted(ranges):
        points = [point for part in ranges[script] for point in part]
        found[script] = "".join(map(chr, points[:: max(1, len(points) // 512)]))
    return found


@dataclass(frozen=True)
class _Source:
    """Chance, and the letters of one script."""

    rng: random.Random
    letters: str

    def some(self, choices: Sequence[str], most: int) -> str:
        return "".join(self.rng.choices(choices, k=self.rng.randint(1, most)))

    def words(self, most: int) -> list[str]:
        return [self.some(self.letters, 12) for _ in range(self.rng.randint(1, most))]


def _script(source: _Source) -> str:
    return source.rng.choice([" ", " ", ", ", "-", "", "\u200b"]).join(source.words(12))


def _latin(source: _Source) -> str:
    words = ["the", "The", "of", "language", "ÉTÉ", "naïve", "Straße", "and", "xyzzyq", "Yorùbá", "a", "I"]
    return source.rng.choice([" ", "  ", "-", "_"]).join(source.rng.choices([*words, *source.words(3)], k=12))


def _marks(source: _Source) -> str:
    marks = [
        "\u0301",
        "\u0308",
        "\u0323",
        "\u0338",
        "\u20dd",
        "\u0345",
        "\u064b",
        "\u0e31",
        "\u093f",
        "\u3099",
        "\ufe20",
    ]
    return "".join(char + source.some(marks, 4) for char in source.some(source.letters + "aeiouX  1", 12))


def _joiners(source: _Source) -> str:
    joiners = "\u200d\u200c\u034f\u2060\ufe0f\ufe0e\xad\u061c\u200e\u200f\u202b\u202c\u2066\u2069"
    return "".join(
        char + source.rng.choice(["", source.some(joiners, 2)]) for char in source.some(source.letters, 20)
    )


def _forms(source: _Source) -> str:
    import unicodedata2

    text = _latin(source) + _marks(source) + "각힣ạ̈ệΩÅ"
    return str(unicodedata2.normalize(source.rng.choice(["NFC", "NFD", "NFKC", "NFKD"]), text))


def _lines(source: _Source) -> str:
    ends = ["\r\n", "\n", "\r", "\n\n\n", "\r\n\r\n", "\n\r", " \n", "\n ", "\u2028", "\x85"]
    return "".join(word + source.some(ends, 3) for word in source.words(6))


def _spaces(source: _Source) -> str:
    runs = [source.rng.choice(SPACES) * source.rng.choice([1, 2, 3, 7, 16, 90]) for _ in range(5)]
    return "".join(run + source.rng.choice([*source.words(1), "", "a", "1", "."]) for run in runs)


def _controls(source: _Source) -> str:
    controls = [chr(point) for point in [*range(0x20), *range(0x7F, 0xA0)]]
    return "".join(char + source.some(controls, 2) for char in source.some(source.letters + "ab ", 8))


def _lookalikes(source: _Source) -> str:
    return source.rng.choice(["", " ", "a"]).join(source.rng.choices([*LOOKALIKES, *source.words(2)], k=6))


def _emoji(source: _Source) -> str:
    return source.rng.choice(["", " "]).join(source.rng.choices([*EMOJI, *source.words(2)], k=8))


def _digits(source: _Source) -> str:
    zeros = [0x30, 0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xE50, 0x1040, 0x17E0, 0x1E950, 0xFF10, 0x1D7CE]
    zero = source.rng.choice(zeros)
    runs = [
        "".join(chr(zero + source.rng.randrange(10)) for _ in range(source.rng.randint(1, 20)))
        for _ in range(4)
    ]
    return source.rng.choice([" ", ".", ",", "", "½", "x", "٫"]).join(runs)


def _cases(source: _Source) -> str:
    return source.rng.choice(["", " ", "\n"]).join(source.rng.choices(CASES, k=10))


def _code(source: _Source) -> str:
    return "".join(source.rng.choices(CODE, k=3)) + source.some(list("(){}[]<>=+-*/\\|&^%$#@!~`'\";:,.?"), 20)


def _odd(source: _Source) -> str:
    odd = [
        0xFFFF,
        0xFFFE,
        0xFDD0,
        0x10FFFF,
        0x1FFFE,
        0xE000,
        0xF8FF,
        0x100000,
        0xFFFD,
        0xFFFC,
        0xFEFF,
        0x378,
        0x2FE0,
    ]
    odd += [source.rng.randrange(0xE000, 0x110000) for _ in range(8)] + [0xE0001, 0xE0100, 0x13430, 0x1D173]
    return "".join(char + chr(source.rng.choice(odd)) for char in source.some(source.letters + "aZ 9", 12))


def _any(source: _Source) -> str:
    limits = source.rng.choices([0x250, 0x3000, 0xD800, 0x20000], k=source.rng.randint(1, 30))
    points = [source.rng.randrange(limit) for limit in limits]
    return "".join(chr(point + 0x800 * (0xD800 <= point < 0xE000)) for point in points)


def _long(source: _Source) -> str:
    unit = source.rng.choice([*source.words(1), "a", "ab", "aaaa", "=", "\u0e01", "中", "x1", "ha"])
    return unit * source.rng.choice([50, 101, 300, 1000])


def _directions(source: _Source) -> str:
    right = ["שלום", "عَالَم", "پښتو", "ދިވެހި", "ܫܠܡܐ", "\u202eabc\u202c", "(א)", "123", "ﻼ", "لا"]
    return " ".join(source.rng.choices([*right, *source.words(2), "Latin"], k=9))


def _mixture(source: _Source) -> str:
    makers = source.rng.sample(_MAKERS, 4)
    return source.rng.choice(["", " ", "\n"]).join(maker(source) for maker in makers)


_MAKERS: tuple[Callable[[_Source], str], ...] = (
    _script, _latin, _marks, _joiners, _forms, _lines, _spaces, _controls, _lookalikes, _emoji, _digits, _cases, _code,
    _odd, _any, _long, _directions,
)  # fmt: skip


def _makers() -> tuple[Callable[[_Source], str], ...]:
    return (*_MAKERS, _script, _mixture)
