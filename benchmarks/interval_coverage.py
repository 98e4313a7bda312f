"""How often do langcov's 95 % intervals hold the truth? Draws corpora from a known process and counts.

The process: units (articles, documents) differ in length and in subject. A unit's words are log-normal in number; each
language says them with a spread of its own; a word's tokens are one and a geometric number more, whose mean wanders from
unit to unit. For overlap, each language has a Zipf-like distribution of pieces, and each unit its own, drawn around it.
The truth is what infinitely many units would give.

    python benchmarks/interval_coverage.py [--corpora 400] [--seed 0]
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from langcov.census.tables import COUNTS, VOCABULARY_SCHEMA, Census, CorpusFacts, TokenizerFacts, schema
from langcov.measures import overlap
from langcov.measures.intervals import bootstrap

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNITS = (10, 15, 20, 31, 64, 256, 1024)
FERTILITY, SPREAD_OF_UNITS = 2.0, 0.15
PIECES, TOPIC = 2000, 300.0


def units_of_text(rng: np.random.Generator, corpora: int, units: int) -> tuple[NDArray[np.float64], ...]:
    """Words and tokens of two languages, each (corpora, units); the second says the same in its own way."""
    length = rng.lognormal(4.0, 0.6, (corpora, units))
    out: list[NDArray[np.float64]] = []
    for fertility, wordiness in ((FERTILITY, 1.0), (1.3, 0.8)):
        words = rng.poisson(length * wordiness * rng.lognormal(-0.02, 0.2, length.shape)) + 1
        more = (fertility - 1) * rng.lognormal(-(SPREAD_OF_UNITS**2) / 2, SPREAD_OF_UNITS, length.shape)
        tokens = words + rng.negative_binomial(words, 1 / (1 + more))
        out += [words.astype(float), tokens.astype(float)]
    return tuple(out)


def covers(low: NDArray[np.float64], high: NDArray[np.float64], truth: float) -> str:
    """Share of intervals that hold the truth, and how wide they are."""
    held = (low <= truth) & (truth <= high)
    error = 1.96 * np.sqrt(held.mean() * (1 - held.mean()) / len(held))
    return f"{held.mean():6.1%} ± {error:4.1%}   {np.median(high - low):8.4f}"


def ratios(rng: np.random.Generator, corpora: int) -> None:
    """Fertility and premium."""
    many = units_of_text(rng, 1, 4_000_000)
    truths = {"fertility": many[1].sum() / many[0].sum(), "premium": many[1].sum() / many[3].sum()}
    for units in UNITS:
        words, tokens, _, other_tokens = units_of_text(rng, corpora, units)
        columns = {"fertility": [tokens, words], "premium": [tokens, other_tokens]}
        for name, pair in columns.items():
            everywhere = np.ones((corpora, units), np.bool_)
            found = bootstrap(pair, lambda a, b: a / b, everywhere, resamples=1000, seed=1)
            print(
                f"{name:<14}{units:>6}   {covers(found.low, found.high, truths[name])}   "
                f"{(found.value - truths[name]).mean():+.4f}"
            )


def census_of(counts: NDArray[np.int64]) -> Census:
    """A census of two languages under a made-up tokenizer, from tokens by language, piece and block."""
    language, piece, block = np.nonzero(counts)
    pieces = pl.DataFrame(
        {
            "tokenizer": pl.repeat("made-up", len(piece), dtype=pl.Categorical, eager=True),
            "language": np.array(["eng_Latn", "swh_Latn"])[language],
            "block": block,
            "id": piece,
            "tokens": counts[language, piece, block],
        }
    ).cast(schema("pieces"))
    units = pl.DataFrame({"language": ["eng_Latn", "swh_Latn"], "unit": [0, 0]})
    text = units.with_columns(pl.lit(1).alias(column) for column in COUNTS["text"]).cast(schema("text"))
    tokens = units.select(pl.lit("made-up").alias("tokenizer"), pl.all()).with_columns(
        pl.lit(0 if column == "lost_characters" else 1).alias(column) for column in COUNTS["tokens"]
    )
    others = {table: pl.DataFrame(schema=schema(table)) for table in ("scripts", "skipped", "splits")}
    return Census(
        corpus=CorpusFacts("made-up", "drawn here", "none", parallel=True, fingerprint="0"),
        tokenizers=(TokenizerFacts("made-up", "none", "0", "none", "none", "none", "", PIECES),),
        words="none",
        text=text,
        tokens=tokens.cast(schema("tokens")),
        pieces=pieces,
        vocabularies={
            "made-up": pl.DataFrame(
                {"id": range(PIECES), "surface": b"a", "kind": "normal"}, schema=VOCABULARY_SCHEMA
            )
        },
        **others,
    )


def overlaps(rng: np.random.Generator, corpora: int) -> None:
    """Jensen-Shannon divergence, plain and corrected, for several numbers of units of about 200 tokens."""
    from scipy.spatial.distance import jensenshannon

    zipf = 1 / np.arange(2, PIECES + 2)
    p = zipf / zipf.sum()
    q = p[rng.permutation(PIECES)] * 0.5 + p * 0.5
    truth = float(jensenshannon(p, q, 2) ** 2)
    for units in UNITS:
        found = []
        for _ in range(corpora):
            counts = np.zeros((2, PIECES, 8), np.int64)
            for language, mean in enumerate((p, q)):
                own = rng.standard_gamma(mean * TOPIC, (units, PIECES))
                own /= own.sum(axis=1, keepdims=True)
                tokens = rng.multinomial(rng.poisson(200, units) + 1, own)
                for block in range(8):
                    counts[language, :, block] = tokens[block::8].sum(axis=0)
            table = overlap(census_of(counts), "made-up", pieces=["all"])
            found.append(table.filter(pl.col("measure").str.starts_with("jsd"), language="eng_Latn"))
        for name in ("jsd", "jsd_corrected"):
            rows = pl.concat(found).filter(measure=name)
            bias = f"{rows['value'].mean() - truth:+.4f}"
            bounded = rows.drop_nulls("low")
            if bounded.is_empty():
                print(f"{name:<14}{units:>6}   {'no interval given':<26}   {bias}")
            else:
                held = covers(bounded["low"].to_numpy(), bounded["high"].to_numpy(), truth)
                print(
                    f"{name:<14}{units:>6}   {held}   {bias}   intervals given: {bounded.height} of {corpora}"
                )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--corpora", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    print(f"{'measure':<14}{'units':>6}   {'holds the truth':<15}   {'width':>8}   bias")
    ratios(rng, options.corpora)
    overlaps(rng, max(options.corpora // 4, 50))


if __name__ == "__main__":
    main()
