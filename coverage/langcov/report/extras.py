"""What the page shows beyond the measures: sentences as tokens, alphabets letter by letter, vocabularies, nearest languages.

The page is made from a run folder alone, when no tokenizer is at hand any more. So all that takes a tokenizer is written
into the folder when counting ends, as small tables. `extras_of` needs one tokenizer at a time; `nearest_languages` needs
the counts; `write_extras` writes what they gave.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from langcov.report.chips import SCHEMA as SAMPLES
from langcov.report.chips import token_chips
from langcov.tokenizers.files import versioned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from langcov.measures.counts import UnitCounts
    from langcov.measures.pieces import PieceCounts
    from langcov.tokenizers.base import Tokenizer

    Frames = dict[str, pl.DataFrame]

NEAREST: Final = 6
"""Languages that are told as the nearest of each."""

SCHEMAS: Final[dict[str, pl.Schema]] = {
    "samples": SAMPLES,
    "alphabets": pl.Schema(
        {
            "tokenizer": pl.String(),
            "language": pl.String(),
            "letters": pl.List(pl.String()),
            "fates": pl.String(),
        }
    ),
    "anatomy": pl.Schema(
        {"tokenizer": pl.String(), "part": pl.String(), "name": pl.String(), "count": pl.UInt64()}
    ),
    "nearest": pl.Schema(
        {
            "tokenizer": pl.String(),
            "language": pl.String(),
            "other": pl.String(),
            "rank": pl.UInt8(),
            "shared_mass": pl.Float64(),
        }
    ),
}
"""Tables by name; each is a Parquet file of that name in the run folder.

samples: `langcov.report.chips.SCHEMA`. alphabets: the standard alphabet and a sign for each letter's fate (`SIGNS`).
anatomy: counts of pieces by part: ``sizes``, ``scripts``, ``lengths`` (in characters), ``spelling`` (incomplete UTF-8,
the same but for case or form, the same but for a space), ``unreachable`` (by reason); and ``longest``, pieces with their
length. nearest: the languages that share most running text over pieces of letters only.
"""

RULES: Final[Mapping[str, str]] = {"alphabets": "1", "anatomy": "1"}
"""By which rules tables that are kept are made; another number is given when these are changed."""

SIGNS: Final[Mapping[str, str]] = {"whole": "w", "pieces": "p", "spelled": "s", "lost": "l"}


def extras_of(tokenizer: Tokenizer, sample_texts: Mapping[str, Sequence[str]]) -> Frames:
    """Return a tokenizer's tables ``samples``, ``alphabets`` and ``anatomy`` (`SCHEMAS`). Takes a few seconds.

    Args:
        tokenizer: Any.
        sample_texts: A few short texts of each language, none where there is none
            (`langcov.report.sentences.sample_texts`).
    """
    return {
        "samples": token_chips(tokenizer, sample_texts),
        "alphabets": _alphabets(tokenizer, list(sample_texts)),
        "anatomy": _kept(tokenizer, "anatomy", _taken_apart),
    }


def nearest_languages(counts: UnitCounts) -> pl.DataFrame:
    """Return the table ``nearest`` (`SCHEMAS`): the `NEAREST` languages of each, under each tokenizer of a census."""
    return pl.concat(counts.made_of_pieces(nearest_under).values())


def nearest_under(counts: UnitCounts, tokenizer: str, pieces: PieceCounts) -> pl.DataFrame:
    """Return one tokenizer's part of `nearest_languages`."""
    from langcov.measures.pairs import shared_content

    shared = np.nan_to_num(shared_content(counts, tokenizer, pieces))
    np.fill_diagonal(shared, 0)
    # A stable sort leaves those that are equally near in the order of their tags.
    nearest = np.argsort(-shared, axis=1, kind="stable")[:, :NEAREST]
    mass = np.take_along_axis(shared, nearest, axis=1)
    row, rank = np.nonzero(mass > 0)
    return pl.DataFrame(
        {
            "tokenizer": pl.repeat(tokenizer, len(row), dtype=pl.String, eager=True),
            "language": counts.language_names.gather(row),
            "other": counts.language_names.gather(nearest[row, rank]),
            "rank": rank + 1,
            "shared_mass": mass[row, rank],
        }
    ).cast(SCHEMAS["nearest"])


def write_extras(folder: str | Path, parts: Iterable[Mapping[str, pl.DataFrame]]) -> None:
    """Write tables into a run folder, those of several tokenizers one under the other.

    Args:
        folder: A run folder.
        parts: What `extras_of` gave for each tokenizer, and ``{"nearest": nearest_languages(counts)}``.
    """
    for name, table in joined(parts).items():
        table.write_parquet(Path(folder) / f"{name}.parquet")


def joined(parts: Iterable[Mapping[str, pl.DataFrame]]) -> Frames:
    """Return the tables of several tokenizers as one table each."""
    found: dict[str, list[pl.DataFrame]] = {}
    for part in parts:
        for name, table in part.items():
            found.setdefault(name, []).append(table)
    return {name: pl.concat(tables) for name, tables in found.items()}


def _alphabets(tokenizer: Tokenizer, languages: Sequence[str]) -> pl.DataFrame:
    every = _kept(tokenizer, "alphabets", _every_alphabet, versioned("gflanguages"))
    return every.filter(pl.col("language").is_in(languages))


def _every_alphabet(tokenizer: Tokenizer) -> pl.DataFrame:
    from langcov.measures.alphabets import alphabet_languages, letters_and_fates

    return (
        letters_and_fates(tokenizer, alphabet_languages())
        .with_columns(pl.col("fate").cast(pl.String).replace_strict(dict(SIGNS)))
        .group_by("language", maintain_order=True)
        .agg(pl.col("letter").alias("letters"), pl.col("fate").str.join().alias("fates"))
        .select(pl.lit(tokenizer.name).alias("tokenizer"), "language", "letters", "fates")
        .cast(SCHEMAS["alphabets"])
    )


def _kept(
    tokenizer: Tokenizer, table: str, make: Callable[[Tokenizer], pl.DataFrame], *made_from: str
) -> pl.DataFrame:
    """Make a table of a tokenizer alone; it is kept in the user's folder for caches, since it takes a while.

    Args:
        tokenizer: Of which.
        table: Which, of `RULES`.
        make: Makes it.
        made_from: Versions of what else it is made from.
    """
    import langcov
    from langcov.cache import cache_folder, written_aside
    from langcov.errors import CacheError
    from langcov.tokenizers.fast import reference_of

    schema = SCHEMAS[table]
    versions = [langcov.__version__, reference_of(tokenizer).engine, *made_from, RULES[table]]
    name = "-".join([tokenizer.fingerprint, *versions]).replace(" ", "-")
    file = cache_folder() / table / f"{name}.parquet"
    try:
        with file.open("rb") as kept:
            found = pl.read_parquet(kept).select(schema.names()).cast(schema)
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException):
        found = make(tokenizer)
        with suppress(CacheError, OSError, pl.exceptions.PolarsError), written_aside(file) as aside:
            found.write_parquet(aside)
    return found.with_columns(tokenizer=pl.lit(tokenizer.name))


def _taken_apart(tokenizer: Tokenizer) -> pl.DataFrame:
    from langcov.measures.reachability import unreachable
    from langcov.measures.vocabulary import anatomy

    found = anatomy(tokenizer)
    scripts = found.scripts.drop_nulls("script").group_by("script", maintain_order=True)
    gone = unreachable(tokenizer)["reason"].cast(pl.String).value_counts(sort=True)
    counts: dict[str, list[tuple[Any, int]]] = {
        "sizes": list(found.sizes.items()),
        "scripts": scripts.agg(pl.col("pieces").sum()).rows(),
        "lengths": found.lengths.rows(),
        "spelling": [
            ("incomplete UTF-8", found.incomplete.height),
            ("the same but for case or form", int(found.folded["pieces"].sum())),
            ("the same but for a space", 2 * found.spaced.height),
        ],
        "longest": [
            (piece[:MOST_LONGEST], length)
            for piece, length in found.longest.select("shown", "characters").iter_rows()
        ],
        "unreachable": gone.rows(),
    }
    rows = [(tokenizer.name, part, str(name), count) for part, own in counts.items() for name, count in own]
    return pl.DataFrame(rows, schema=SCHEMAS["anatomy"], orient="row")


MOST_LONGEST: Final = 60
"""Characters of a long piece that are kept."""
