"""The page's measures, packed for its script: whole numbers in columns, which compress to a third less than decimals do.

The script that unpacks it is ``templates/data.js``.
"""

from __future__ import annotations

import math
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from langcov.report.values import Cell, Column

if TYPE_CHECKING:
    from collections.abc import Sequence

DIGITS: Final = 4
"""Significant digits that the middle value of a measure keeps."""

MOST_DECIMALS: Final = 6


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
    scaled = [
        (whole(cell.value, decimals), whole(cell.low, decimals), whole(cell.high, decimals)) for cell in cells
    ]
    return {
        "d": decimals,
        "v": [value for value, _, _ in scaled],
        "l": [None if low is None or value is None else value - low for value, low, _ in scaled],
        "h": [None if high is None or value is None else high - value for value, _, high in scaled],
        "u": units,
        "n": {
            str(place): notes.setdefault(cell.note, len(notes))
            for place, cell in enumerate(cells)
            if cell.note
        },
        **({"at": [after - before for before, after in pairwise([0, *places])]} if sparse else {}),
    }


def whole(value: float | None, decimals: int) -> int | None:
    """Round to a whole number of 10 ** -decimals; what is not zero stays so, and what is below one too.

    >>> whole(2.34567, 3), whole(0.00001, 4), whole(0.99999, 4), whole(None, 4)
    (2346, 1, 9999, None)
    """
    if value is None:
        return None
    scaled = round(value * 10.0**decimals)
    if scaled == 0 and value:
        return 1 if value > 0 else -1
    one: int = 10**decimals
    return one - 1 if scaled == one and value < 1 else scaled


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
