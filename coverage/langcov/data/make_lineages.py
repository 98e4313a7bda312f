"""Make the table of lineages: the groups that Glottolog puts a language in, widest first.

    python -m langcov.data.make_lineages

The package ``qwanqwa`` is needed, through which Glottolog (CC BY 4.0) is read; ``lineages.parquet`` is written beside this file.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import polars as pl

HERE: Final = Path(__file__).parent
NO_FAMILIES: Final = frozenset(
    {
        "Artificial Language",
        "Bookkeeping",
        "Mixed Language",
        "Pidgin",
        "Sign Language",
        "Speech Register",
        "Unattested",
        "Unclassifiable",
    }
)
"""What Glottolog keeps languages under that have no common ancestor: being there together is no relatedness."""


def lineages() -> pl.DataFrame:
    """Return the names of the groups that a language is in, from the family to the smallest; an isolate has none."""
    from qq import Database

    rows = {
        one.iso_639_3: [group.name for group in reversed(one.family_tree)]
        for one in Database.load().all_languoids
        if one.iso_639_3 and one.glottocode
    }
    rows = {code: groups for code, groups in rows.items() if not NO_FAMILIES & set(groups[:1])}
    return pl.DataFrame(
        sorted(rows.items()), schema={"iso639_3": pl.String, "groups": pl.List(pl.String)}, orient="row"
    )


if __name__ == "__main__":
    made = lineages()
    made.write_parquet(HERE / "lineages.parquet", compression="zstd", compression_level=19)
    sys.stdout.write(f"lineages: {made.height:,} rows\n")
