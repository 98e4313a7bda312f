"""The page's measures, packed for its script: whole numbers in columns, which compress to a third less than decimals do.

The script that unpacks it is ``templates/data.js``.
"""

from __future__ import annotations

import math
from statistics import median
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from langcov.report.values import Column

DIGITS: Final = 4
"""Significant digits that the middle value of a measure keeps."""

MOST_DECIMALS: Final = 6

MOST_WHOLE: Final = 2.0**53
"""Above it a script's numbers are not whole any more."""


def packed(
    column: Column, tokenizers: Sequence[str], languages: Sequence[str], notes: dict[str, int]
) -> dict[str, Any]:
    """Return a column as arrays, a tokenizer's languages one after the other; reasons as places in ``notes``.

    Values ``v`` are whole numbers of 10 ** -``d``; the interval's ends are how much ``l`` is below and ``h`` above them.
    Arrays run over all tokenizers (one, for a measure of the text) and languages, or, if most are empty, over ``at``.
    Units ``u`` are one number, or one a language, if that says it all; null where the table has no row.
    """
    import polars as pl

    width = 1 if column.of_text else len(tokenizers)
    places = _places(column, tokenizers, languages)
    sparse = places.height * 2 < width * len(languages)
    if not sparse:
        whole_grid = pl.DataFrame({"place": range(width * len(languages))})
        places = whole_grid.join(places, on="place", how="left", maintain_order="left")
    decimals = decimals_of(column)
    units = places["units"].to_list()
    if len(set(units)) == 1:
        units = units[:1]
    elif not sparse and units == units[: len(languages)] * width:
        units = units[: len(languages)]
    value, low, high = (scaled(places[name], decimals) for name in ("value", "low", "high"))
    noted = places.select("note").with_row_index().drop_nulls("note")
    found = {
        "d": decimals,
        "v": value.to_list(),
        "l": (value - low).to_list(),
        "h": (high - value).to_list(),
        "u": units,
        "n": {str(at): notes.setdefault(note, len(notes)) for at, note in noted.iter_rows()},
    }
    if sparse:
        found["at"] = places["place"].diff().fill_null(places["place"]).to_list()
    return found


def _places(column: Column, tokenizers: Sequence[str], languages: Sequence[str]) -> pl.DataFrame:
    """Return the column's rows with their place, a tokenizer's languages one after the other, in that order."""
    import polars as pl

    where = pl.DataFrame({"language": list(languages), "where": range(len(languages))})
    rows = column.table.join(where, on="language")
    if column.of_text:
        rows = rows.with_columns(who=0)
    else:
        who = pl.DataFrame({"tokenizer": list(tokenizers), "who": range(len(tokenizers))})
        rows = rows.join(who, on="tokenizer")
    return rows.with_columns(place=pl.col("who") * len(languages) + pl.col("where")).sort("place")


def scaled(values: pl.Series, decimals: int) -> pl.Series:
    """Round to whole numbers of 10 ** -decimals; what is not zero stays so, and what is below one too.

    >>> import polars as pl
    >>> scaled(pl.Series([2.34567, 0.00001, 0.99999, None]), 4).to_list()
    [23457, 1, 9999, None]
    """
    import numpy as np
    import polars as pl

    exact = values.cast(pl.Float64).to_numpy()
    one = 10.0**decimals
    found = np.clip(np.rint(exact * one), -MOST_WHOLE, MOST_WHOLE)
    found = np.where((found == 0) & (exact != 0), np.sign(exact), found)
    found = np.where((found == one) & (exact < 1), one - 1, found)
    return pl.Series(found, nan_to_null=True).cast(pl.Int64)


def decimals_of(column: Column) -> int:
    """Return how many decimals keep `DIGITS` digits of a column's middle value; a share keeps 4.

    >>> import polars as pl
    >>> from langcov.report.values import Column, Undefined
    >>> decimals_of(Column(Undefined("x", "ratio"), "x", pl.DataFrame({"value": [9.1234]})))
    3
    """
    known = [abs(value) for value in column.known() if value]
    if column.definition.unit == "share" or not known:
        return DIGITS
    return min(max(DIGITS - 1 - math.floor(math.log10(median(known))), 0), MOST_DECIMALS)
