"""Made-up tables of what a tokenizer gives beyond the counts: sentences as tokens, alphabets, anatomy, neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from langcov.report.chips import KINDS
from langcov.report.extras import SCHEMAS
from synthetic_run import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Sequence

SENTENCES = {
    "amh_Ethi": "ሰላም ለዓለም",
    "arb_Arab": "السلام على العالم",
    "eng_Latn": "Peace to the world",
    "jpn_Jpan": "世界に平和を",
}


def synthetic_extras(
    tokenizers: Sequence[str] = ("even", "greedy"),
    languages: Sequence[str] = LANGUAGES,
    pieces: Sequence[str] = (),
) -> dict[str, pl.DataFrame]:
    """The first tokenizer cuts after each character, the last inside each and loses the first; ``pieces`` are put among them."""
    rows: dict[str, list[tuple[object, ...]]] = {name: [] for name in SCHEMAS}
    for place, tokenizer in enumerate(tokenizers):
        for language in languages:
            text = "".join([SENTENCES.get(language, f"{language} speaks"), *pieces])
            text = text.encode("utf-8", "replace").decode()
            starts, ends, kinds, seen = _cut(text, by_byte=place == len(tokenizers) - 1)
            for piece in pieces:
                starts.append(ends[-1])
                ends.append(ends[-1])
                kinds.append("rewritten")
                seen.append(_held(piece))
            rows["samples"].append((tokenizer, language, 0, text, starts, ends, kinds, seen))
            letters = [*dict.fromkeys(text.replace(" ", ""))][:8]
            rows["alphabets"].append((tokenizer, language, letters, ("l" if place else "w") * len(letters)))
            others = [other for other in languages if other != language][:2]
            rows["nearest"] += [
                (tokenizer, language, other, rank, 0.5 / rank) for rank, other in enumerate(others, start=1)
            ]
        rows["anatomy"] += [
            (tokenizer, "sizes", "entries", 32_000),
            (tokenizer, "sizes", "normal", 31_000),
            (tokenizer, "scripts", "Latn", 20_000 + place),
            (tokenizer, "scripts", "Ethi", 300),
            (tokenizer, "spelling", "the same but for a space", 400),
            (tokenizer, "unreachable", "merges", 7),
            *((tokenizer, "longest", _held(piece)[:60], 60) for piece in ("characteristically", *pieces)),
        ]
    return {
        name: pl.DataFrame(own, schema=SCHEMAS[name], orient="row", strict=False)
        for name, own in rows.items()
    }


def _held(piece: str) -> str:
    """As `langcov.measures.vocabulary.shown` writes what is no text."""
    return piece.encode("utf-8", "backslashreplace").decode()


def _cut(text: str, *, by_byte: bool) -> tuple[list[int], list[int], list[str], list[str]]:
    starts: list[int] = []
    ends: list[int] = []
    kinds: list[str] = []
    seen: list[str] = []
    at = 0
    for character in text:
        size = len(character.encode())
        sizes = [1] * size if by_byte else [size]
        for number in sizes:
            starts.append(at)
            at += number
            ends.append(at)
            lost = by_byte and not starts[:-1]
            kinds.append("unknown" if lost else "bytes" if by_byte and size > 1 else "text")
            seen.append(character)
    assert set(kinds) <= set(KINDS)
    return starts, ends, kinds, seen
