"""What is known of a source language and a target: relatedness, script and data; what their overlap is called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from langcov.languages import describe
from langcov.planning.kinship import closest_group, kinship
from langcov.transfer.sizes import sizes_for

if TYPE_CHECKING:
    from collections.abc import Sequence

ENGLISH: Final = "eng_Latn"
MODEL: Final = "xlm-roberta-base"
"""The model of which transfer was measured; its pretraining data are the data sizes."""

KNOWN_WITHOUT_TEXT: Final = ("kinship", "same_script", "log_size")
OVERLAP: Final = ("covered_mass", "shared_mass")
FEATURES: Final = (*KNOWN_WITHOUT_TEXT, *OVERLAP)

LIKENESS: Final[dict[tuple[bool, bool], str]] = {
    (True, True): "relatives and their script among the sources",
    (True, False): "relatives among the sources, but not their script",
    (False, True): "their script among the sources, but no relatives",
    (False, False): "neither relatives nor their script among the sources",
}
"""(has a relative, shares a script with a source) -> what is said of such languages."""


def described(target: str, sources: Sequence[str]) -> pl.DataFrame:
    """Return what is known of sources for a target without any text, in the order given.

    Args:
        target: A tag.
        sources: Tags.

    Returns:
        source, target, kinship (null: Glottolog has no place for one of the two), group (the smallest that both are in),
        same_script, log_size (log10 of the gibibytes in CC-100; of the smallest there if it has none), seen, family (the
        target's).
    """
    sizes = sizes_for(MODEL, sources)
    script = describe(target).script
    return pl.DataFrame(
        {
            "source": list(sources),
            "target": [target] * len(sources),
            "kinship": [kinship(source, target) for source in sources],
            "group": [closest_group(source, target) for source in sources],
            "same_script": [describe(source).script == script for source in sources],
            "log_size": sizes.log_size,
            "seen": sizes.seen,
            "family": [describe(target).family or target] * len(sources),
        },
        schema_overrides={
            "kinship": pl.Float64,
            "group": pl.String,
            "source": pl.String,
            "same_script": pl.Boolean,
            "target": pl.String,
            "family": pl.String,
        },
    )


def likeness(rows: pl.DataFrame) -> str:
    """Return which of `LIKENESS` a target is of, from the rows of its sources."""
    related = bool((rows["kinship"].fill_null(0) > 0).any())
    return LIKENESS[related, bool(rows["same_script"].any())]
