"""How many bytes a language takes for what the reference says in one, measured on the Universal Declaration."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
import polars as pl

from langcov.measures.intervals import bootstrap
from langcov.planning.identify import declaration

RESAMPLES: Final = 1000


@cache
def byte_premiums(reference: str, seed: int = 0) -> pl.DataFrame:
    """Return ``language, byte_premium, byte_premium_low, byte_premium_high``, as the measure of that name has them.

    Args:
        reference: Tag of the language that has 1.
        seed: Of the bootstrap over articles.

    Returns:
        Of every language of the Declaration; no rows where it was never fetched or lacks the reference.
    """
    schema = {
        "language": pl.String,
        **dict.fromkeys(("byte_premium", "byte_premium_low", "byte_premium_high"), pl.Float64),
    }
    frame = declaration()
    if frame is None or reference not in frame["language"]:
        return pl.DataFrame(schema=schema)
    sizes = (
        frame.group_by("language", "unit")
        .agg(pl.col("text").str.len_bytes().sum())
        # In order, so that the same articles are drawn every time, and those that the measure draws.
        .sort("unit")
        .pivot("unit", index="language", values="text")
        .sort("language")
    )
    size = sizes.drop("language").to_numpy().astype(np.float64)
    present = np.isfinite(size)
    size = np.nan_to_num(size)
    place = sizes["language"].to_list().index(reference)
    found = bootstrap(
        [size, np.broadcast_to(size[place], size.shape)],
        lambda here, there: here / there,
        present & present[place],
        resamples=RESAMPLES,
        seed=seed,
    )
    numbers = {"byte_premium": found.value, "byte_premium_low": found.low, "byte_premium_high": found.high}
    return pl.DataFrame({"language": sizes["language"], **numbers}, schema=schema).fill_nan(None)
