"""In which scripts the text is written, and whether that is the script its language tag names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from langcov.census.characters import COMMON, NOT_REAL
from langcov.measures.base import Measure
from langcov.measures.intervals import LEAST_UNITS, Estimate, jackknife_of_rows
from langcov.measures.writing import scripts_of_texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from langcov.measures.counts import UnitCounts
    from langcov.measures.pieces import PieceCounts

MEMBERS: Final[Mapping[str, frozenset[str]]] = {
    "Jpan": frozenset({"Hira", "Kana", "Hani"}),
    "Hrkt": frozenset({"Hira", "Kana"}),
    "Kore": frozenset({"Hang", "Hani"}),
    "Hang": frozenset({"Hang", "Hani"}),
    "Hans": frozenset({"Hani"}),
    "Hant": frozenset({"Hani"}),
    "Hanb": frozenset({"Hani", "Bopo"}),
    "Aran": frozenset({"Arab"}),
    "Cyrs": frozenset({"Cyrl"}),
    "Latf": frozenset({"Latn"}),
    "Latg": frozenset({"Latn"}),
    "Syre": frozenset({"Syrc"}),
    "Syrj": frozenset({"Syrc"}),
    "Syrn": frozenset({"Syrc"}),
}
"""ISO 15924 codes that name a way of writing rather than a value of Unicode's Script property, and what they hold."""

UNICODE: Final = "Unicode Standard Annex 24, Script property"


def members(script: str) -> frozenset[str]:
    """Return the values of Unicode's Script property that text in a script may have.

    >>> sorted(members("Jpan")), sorted(members("Ethi"))
    (['Hani', 'Hira', 'Kana'], ['Ethi'])
    """
    return MEMBERS.get(script, frozenset({script}))


def _shares(counts: UnitCounts) -> pl.DataFrame:
    """Estimate per language the share of each script; scripts that the tag's own is made of come under its name."""
    table = _named_by_tag(counts.census.scripts.filter(~pl.col("script").is_in(NOT_REAL)))
    pairs = table.select("language", "script").unique().sort("language", "script").with_row_index("row")
    part = np.zeros((pairs.height, len(counts.units)))
    placed = table.join(pairs, on=["language", "script"], maintain_order="left")
    part[placed["row"].to_numpy(), counts.unit_places(placed["unit"])] = placed["characters"].to_numpy()
    whole = np.zeros(counts.present.shape)
    language = counts.language_places(pairs["language"])
    np.add.at(whole, language, part)
    estimate = counts.estimate(
        [part, whole[language]], lambda some, every: some / every, counts.present[language]
    )
    return estimate.frame(tokenizer=None, language=pairs["language"]).with_columns(script=pairs["script"])


def _named_by_tag(table: pl.DataFrame) -> pl.DataFrame:
    """Put the scripts that a tag's script is made of under that name: Hira, Kana and Hani of jpn_Jpan become Jpan."""
    own = pl.col("language").str.split("_").list.get(1, null_on_oob=True)
    named = pl.lit(None, pl.String)
    for script, parts in MEMBERS.items():
        named = pl.when((own == script) & pl.col("script").is_in(parts)).then(pl.lit(script)).otherwise(named)
    return (
        table.with_columns(script=pl.coalesce(named, pl.col("script")))
        .group_by("language", "unit", "script")
        .agg(pl.col("characters").sum())
        .sort("language", "unit", "script")
    )


def _script_share(counts: UnitCounts) -> pl.DataFrame:
    return counts.once("script shares", lambda: _shares(counts)).select(
        pl.exclude("script"), measure=pl.format("script_share:{}", pl.col("script"))
    )


def _expected_script(counts: UnitCounts) -> pl.DataFrame:
    own = pl.col("language").str.split("_").list.get(1, null_on_oob=True)
    found = (
        counts.once("script shares", lambda: _shares(counts)).filter(pl.col("script") == own).drop("script")
    )
    others = sorted(set(counts.languages) - set(found["language"]))
    written = set(counts.census.scripts.filter(~pl.col("script").is_in(NOT_REAL))["language"])
    units = dict(zip(counts.languages, counts.present.sum(axis=1).tolist(), strict=True))
    rest = pl.DataFrame(
        [
            {
                "tokenizer": None,
                "language": language,
                "value": 0.0 if language in written else None,
                "low": 0.0 if language in written else None,
                "high": 0.0 if language in written else None,
                "units": units[language],
                "note": None if language in written else "no character of any script",
            }
            for language in others
        ],
        schema=found.schema,
    )
    return pl.concat([found, rest]).sort("language")


def scripts_of_surfaces(vocabulary: pl.DataFrame) -> pl.DataFrame:
    """Return ``id, script``: the script of each entry's surface, as `langcov.measures.vocabulary.Anatomy` has it.

    ``none`` where no character has a script (digits, punctuation, spaces, the unknown token), ``bytes`` where the surface
    is no complete UTF-8.
    """
    of_bytes = vocabulary["kind"] == "byte"
    texts = vocabulary.select(pl.when(~of_bytes).then("surface").otherwise(pl.lit(b"")).cast(pl.String))
    scripts = scripts_of_texts(texts.to_series()).replace({COMMON: "none"})
    return vocabulary.select("id", script=pl.when(of_bytes).then(pl.lit("bytes")).otherwise(scripts))


def _tokens_by_script(counts: UnitCounts) -> pl.DataFrame:
    return pl.concat(counts.made_of_pieces(scripts_of_tokens).values())


def scripts_of_tokens(counts: UnitCounts, tokenizer: str, pieces: PieceCounts) -> pl.DataFrame:
    """Estimate the share of each language's tokens by script, one row per pair that occurs, with a jackknife over blocks."""
    language, ids, by_block = pieces
    table = scripts_of_surfaces(counts.census.vocabularies[tokenizer])
    names = table["script"].unique().sort()
    number = np.zeros(int(table["id"].to_numpy().max()) + 1, np.int64)
    number[table["id"].to_numpy()] = table["script"].cast(pl.Enum(names)).to_physical().to_numpy()
    cell = language * len(names) + number[ids]
    shape = (len(counts.languages), len(names), len(by_block))
    tokens = np.stack(
        [np.bincount(cell, block, shape[0] * shape[1]).reshape(shape[:2]) for block in by_block], axis=2
    )
    whole = tokens.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = tokens.sum(axis=2) / whole.sum(axis=2)
        without = (tokens.sum(axis=2, keepdims=True) - tokens) / (whole.sum(axis=2, keepdims=True) - whole)
    filled = np.broadcast_to(whole > 0, shape)
    low, high = jackknife_of_rows(value, np.moveaxis(without, 2, 0), np.moveaxis(filled, 2, 0))
    units = counts.present.sum(axis=1)
    low[units < LEAST_UNITS] = high[units < LEAST_UNITS] = np.nan
    row, column = np.nonzero(tokens.sum(axis=2))
    note = np.full(len(row), None, np.object_)
    note[np.isnan(low[row, column])] = "no interval: too few units of text"
    bounded = np.clip(low, 0, 1)[row, column], np.clip(high, 0, 1)[row, column]
    estimate = Estimate(value[row, column], *bounded, units[row], note)
    frame = estimate.frame(tokenizer=tokenizer, language=counts.language_names.gather(row))
    return frame.with_columns(measure=pl.format("tokens_by_script:{}", names.gather(column)))


script_share = Measure(
    name="script_share",
    title="Share of a script",
    unit="share",
    better="neutral",
    formula="characters of a script / characters of all scripts (Common and Unknown left out; a mark has the script "
    "before it; the scripts that Japanese or Korean is written in count as one)",
    reading="How much of the text is written in this script.",
    citation=UNICODE,
    compute=_script_share,
    example="'GPU の性能': 3 Latin characters and 3 Japanese ones, so Latn has 3 / 6 = 0.50.",
)
expected_script = Measure(
    name="expected_script",
    title="Written in its own script",
    unit="share",
    better="higher",
    formula="characters in the script that the language tag names / characters of all scripts; below 0.9 is a warning",
    reading="How much of the text is in the script it should be in; a low value hints at the wrong language.",
    citation=UNICODE,
    compute=_expected_script,
    example="an Amharic text of 95 Ethiopic characters and 5 Latin ones: 95 / 100 = 0.95.",
)
tokens_by_script = Measure(
    name="tokens_by_script",
    title="Tokens of a script",
    unit="share",
    better="neutral",
    formula="tokens whose surface is of a script (mixed: of several) / tokens; none: digits, "
    "punctuation and the unknown token; bytes: no complete UTF-8",
    reading="How much of the token count goes to this script; in mixed text, which part of it is dear.",
    citation="langcov",
    compute=_tokens_by_script,
    example="'GPU ሰላም' as GPU| |ሰ|ላ|ም: Ethi has 3 / 5 = 0.60, none (the space) 1 / 5 = 0.20.",
)
