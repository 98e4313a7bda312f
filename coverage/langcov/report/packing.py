"""The page's data, packed for its script: whole numbers in columns, which compress to a third less than decimals do.

The script that unpacks it is ``templates/data.js``.
"""

from __future__ import annotations

import math
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from langcov.report.values import Cell, Column, visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

DIGITS: Final = 4
"""Significant digits that the middle value of a measure keeps."""

MOST_DECIMALS: Final = 6

MOST_LETTERS: Final = 400
"""Letters of one alphabet that the page shows; Korean's are all 11,172 syllables."""

FATE_SIGNS: Final = "wpsl"


def packed(
    column: Column, tokenizers: Sequence[str], languages: Sequence[str], notes: dict[str, int]
) -> dict[str, Any]:
    """Return a column as arrays, a tokenizer's languages one after the other; reasons as places in ``notes``.

    Values ``v`` are whole numbers of 10 ** -``d``; the interval's ends are how much ``l`` is below and ``h`` above them.
    Arrays run over all tokenizers (one, for a measure of the text) and languages, or, if most are empty, over ``at``.
    Units ``u`` are one number, or one a language, if that says it all.
    """
    keys: list[tuple[str | None, str]] = [
        (tokenizer, language)
        for tokenizer in ([None] if column.of_text else tokenizers)
        for language in languages
    ]
    places = [place for place, key in enumerate(keys) if key in column.cells]
    sparse = len(places) * 2 < len(keys)
    empty = Cell(None)
    cells = [column.cells.get(keys[place], empty) for place in (places if sparse else range(len(keys)))]
    decimals = decimals_of(column)
    units = [cell.units for cell in cells]
    if len(set(units)) == 1:
        units = units[:1]
    elif not sparse and units == units[: len(languages)] * (len(units) // len(languages)):
        units = units[: len(languages)]
    whole = [
        (_whole(cell.value, decimals), _whole(cell.low, decimals), _whole(cell.high, decimals))
        for cell in cells
    ]
    return {
        "d": decimals,
        "v": [value for value, _, _ in whole],
        "l": [None if low is None or value is None else value - low for value, low, _ in whole],
        "h": [None if high is None or value is None else high - value for value, _, high in whole],
        "u": units,
        "n": {
            str(place): notes.setdefault(cell.note, len(notes))
            for place, cell in enumerate(cells)
            if cell.note
        },
        **({"at": [after - before for before, after in pairwise([0, *places])]} if sparse else {}),
    }


def decimals_of(column: Column) -> int:
    """Return how many decimals keep `DIGITS` digits of a column's middle value; a share keeps 4.

    >>> from langcov.report.values import Undefined
    >>> decimals_of(Column(Undefined("x", "ratio"), "x", {("a", "eng_Latn"): Cell(9.1234)}))
    3
    """
    known = [abs(value) for value in column.known() if value]
    if column.definition.unit == "share" or not known:
        return DIGITS
    return min(max(DIGITS - 1 - math.floor(math.log10(median(known))), 0), MOST_DECIMALS)


def packed_details(
    extras: Mapping[str, pl.DataFrame], tokenizers: Sequence[str], languages: Sequence[str]
) -> dict[str, Any]:
    """Return what the pages of languages show, by the places of tokenizers and languages; parts that are missing are null.

    Args:
        extras: Tables of `langcov.report.extras`, by name.
        tokenizers: Names, as the tables have them.
        languages: Tags.
    """
    who = {name: place for place, name in enumerate(tokenizers)}
    where = {tag: place for place, tag in enumerate(languages)}
    parts = {"samples": _samples, "alphabets": _alphabets, "nearest": _nearest}
    return {
        name: pack(extras[name], who, where) if name in extras and extras[name].height else None
        for name, pack in parts.items()
    }


def _samples(table: pl.DataFrame, who: Mapping[str, int], where: Mapping[str, int]) -> dict[str, Any]:
    """Texts by language, and by tokenizer and language each text's tokens as `_cuts` writes them."""
    texts: list[list[str]] = [[] for _ in where]
    cuts: list[list[list[list[int | str]]]] = [[[] for _ in where] for _ in who]
    columns = ("tokenizer", "language", "sentence", "text", "starts", "ends", "kinds", "pieces")
    for tokenizer, language, sentence, text, *tokens in table.select(columns).iter_rows():
        if tokenizer not in who or language not in where:
            continue
        own = texts[where[language]]
        if sentence == len(own):
            own.append(text)
        if sentence < len(own) and own[sentence] == text:
            cuts[who[tokenizer]][where[language]].append(_cuts(*tokens))
    return {"texts": texts, "cuts": cuts}


def _cuts(
    starts: Sequence[int], ends: Sequence[int], kinds: Sequence[str], pieces: Sequence[str]
) -> list[int | str]:
    """Write tokens by the bytes they take: n, the next n bytes; -n, they are lost; 0 n, n bytes that no token has.

    A text and then n: the n bytes were rewritten to that text.

    >>> _cuts([0, 4, 5], [3, 5, 5], ["text", "unknown", "rewritten"], ["abc", "x", " "])
    [3, 0, 1, -1, ' ', 0]
    """
    found: list[int | str] = []
    at = 0
    for start, end, kind, piece in zip(starts, ends, kinds, pieces, strict=True):
        if start > at:
            found += [0, start - at]
        size = end - start
        if kind == "rewritten" or size == 0:
            found += [visible(piece), size]
        else:
            found.append(-size if kind == "unknown" else size)
        at = end
    return found


def _alphabets(table: pl.DataFrame, who: Mapping[str, int], where: Mapping[str, int]) -> dict[str, Any]:
    """Letters by language, their fates by tokenizer and language, and how many have each fate where not all are shown."""
    letters: list[str] = [""] * len(where)
    fates: list[list[str]] = [[""] * len(where) for _ in who]
    counts: dict[str, list[list[int]]] = {}
    for tokenizer, language, own, signs in table.iter_rows():
        if tokenizer not in who or language not in where:
            continue
        place = where[language]
        letters[place] = " ".join(map(visible, own[:MOST_LETTERS]))
        fates[who[tokenizer]][place] = signs[:MOST_LETTERS]
        if len(own) > MOST_LETTERS:
            counted = counts.setdefault(str(place), [[0] * len(FATE_SIGNS) for _ in who])
            counted[who[tokenizer]] = [signs.count(sign) for sign in FATE_SIGNS]
    return {"letters": letters, "fates": fates, "counts": counts}


def _nearest(table: pl.DataFrame, who: Mapping[str, int], where: Mapping[str, int]) -> list[list[list[int]]]:
    """By tokenizer and language: the others' places, each followed by the mass shared in per cent."""
    found: list[list[list[int]]] = [[[] for _ in where] for _ in who]
    columns = ("tokenizer", "language", "other", "shared_mass")
    for tokenizer, language, other, mass in (
        table.sort("rank", maintain_order=True).select(columns).iter_rows()
    ):
        if tokenizer in who and language in where and other in where:
            found[who[tokenizer]][where[language]] += [where[other], round(100 * mass)]
    return found


def _whole(value: float | None, decimals: int) -> int | None:
    """Round to a whole number of 10 ** -decimals; what is not zero stays so, and a share below one too."""
    if value is None:
        return None
    scaled = round(value * 10.0**decimals)
    if scaled == 0 and value:
        return 1 if value > 0 else -1
    one: int = 10**decimals
    return one - 1 if scaled == one and value < 1 else scaled
