"""The wrong-tokenizer control: does the premium of a tokenizer that the model never used go with its gaps as well?

If it does, the association is not the tokenizer's doing: languages that one tokenizer serves badly are served badly by
most, since all of them saw little text of them, and so did the models.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from langcov.transfer.associations import both, row_of
from langcov.transfer.cells import BYTES, Cell
from langcov.transfer.ranks import LEAST_FOR_P, LEAST_FOR_VALUE, percentile_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from langcov.transfer.cells import Measured

AS_WELL: Final = "did as well"
APART: Final = "was clearly weaker"
UNCLEAR: Final = "was weaker, but not clearly"
SCRIPT_GROUPS: Final = {"Hans": "Hani", "Hant": "Hani", "Jpan": "Hani"}


def control_rows(cell: Cell, known: Measured, *, seed: int) -> list[dict[str, Any]]:
    """Return a row for each other tokenizer's premium and that of plain bytes; then the same within one script."""
    if cell.tokenizer is None:
        return []
    everywhere = np.ones(len(cell.languages), bool)
    rows = _against_others(cell, known, everywhere, "control", None, seed)
    script, inside = _largest_script(cell)
    if inside.sum() >= LEAST_FOR_P and not inside.all():
        rows += _against_others(cell, known, inside, "control within one script", script, seed)
    return rows


def outcomes(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the controls with a column ``finding``: `AS_WELL`, `APART` or `UNCLEAR`.

    A wrong tokenizer did as well if its partial correlation is no smaller than the own one's; it was clearly weaker if
    the interval of the difference is above 0. Rows without a value of both are left out, and so are cells in which the
    own premium does not go with the gap at all (its partial correlation is not above 0): there is nothing to explain.
    """
    return rows.filter(
        pl.col("part").str.starts_with("control")
        & pl.col("partial").is_not_null()
        & (pl.col("own_partial") > 0)
        & (pl.col("of") != pl.col("tokenizer"))
    ).with_columns(
        pl.when(pl.col("partial") >= pl.col("own_partial"))
        .then(pl.lit(AS_WELL))
        .when(pl.col("difference_low") > 0)
        .then(pl.lit(APART))
        .otherwise(pl.lit(UNCLEAR))
        .alias("finding")
    )


def _against_others(
    cell: Cell, known: Measured, chosen: NDArray[np.bool_], part: str, script: str | None, seed: int
) -> list[dict[str, Any]]:
    """Compare over the languages in which both tokenizers have a premium, so that both face the same task."""
    own = known.premium(cell.tokenizer or "", cell.languages)
    others = {
        name: known.premium(name, cell.languages)
        for name in (*known.tokenizers, BYTES)
        if name != cell.tokenizer
    }
    groups: dict[bytes, list[str]] = {}
    for name, premium in others.items():
        there = chosen & np.isfinite(own) & np.isfinite(premium)
        if there.sum() >= LEAST_FOR_VALUE:
            groups.setdefault(there.tobytes(), []).append(name)
    rows = []
    for names in groups.values():
        there = chosen & np.isfinite(own) & np.isfinite(others[names[0]])
        raw, partial = both(
            cell,
            np.vstack([own[there], *(others[name][there] for name in names)]),
            there,
            seed=seed,
            tested=False,
        )
        difference_low, difference_high = percentile_interval(partial.drawn[:1] - partial.drawn)
        for place, name in enumerate(names, 1):
            row = row_of(cell, part, "premium", name, there, raw, partial, place)
            if np.isfinite(partial.value[0]):
                row["own_partial"] = float(partial.value[0])
            if np.isfinite(difference_low[place]):
                row["difference_low"] = float(difference_low[place])
                row["difference_high"] = float(difference_high[place])
            row["script"] = script
            rows.append(row)
    return rows


def _largest_script(cell: Cell) -> tuple[str, NDArray[np.bool_]]:
    """Return the script that most of the cell's languages have, and which those are."""
    scripts = np.array([SCRIPT_GROUPS.get(script, script) for script in cell.scripts])
    names, counts = np.unique(scripts, return_counts=True)
    script = str(names[counts.argmax()])
    return script, scripts == script
