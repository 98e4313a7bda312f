"""One tokenizer and every language: what is known of each, with or without text, and a verdict in plain English."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from langcov.errors import LanguageError, RunError
from langcov.measures.table import MOST_LOST, NOTICEABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from langcov.corpora.base import Corpus
    from langcov.engines.progress import Progress
    from langcov.tokenizers.base import Tokenizer

REFERENCE: Final = "eng_Latn"
SUFFIXES: Final = (".csv", ".json", ".parquet")
OF_TEXT: Final = (
    "premium",
    "fertility",
    "whole_characters",
    "spelled_characters",
    "lost_characters",
    "round_trip",
)
"""Measures that an audit takes from text."""

SCHEMA: Final = pl.Schema(
    {
        "tokenizer": pl.String(),
        "language": pl.String(),
        "name": pl.String(),
        "autonym": pl.String(),
        "script": pl.String(),
        "family": pl.String(),
        "speakers": pl.Int64(),
        "text": pl.String(),
        **dict.fromkeys(OF_TEXT, pl.Float64()),
        "premium_low": pl.Float64(),
        "premium_high": pl.Float64(),
        "letters": pl.UInt32(),
        "letters_whole": pl.UInt32(),
        "letters_pieces": pl.UInt32(),
        "letters_spelled": pl.UInt32(),
        "letters_lost": pl.UInt32(),
        "which_spelled": pl.String(),
        "which_lost": pl.String(),
        "verdict": pl.String(),
    }
)
"""Columns of `Audit.languages`. ``text``: the corpus that the measures are of; ``letters``: of the standard alphabet, by
what becomes of them; ``which_spelled`` and ``which_lost``: those letters, separated by spaces."""


@dataclass(frozen=True)
class Audit:
    """What is known of every language under one tokenizer.

    Attributes:
        tokenizer: Its name.
        languages: One row per language (`SCHEMA`), by tag.
    """

    tokenizer: str
    languages: pl.DataFrame

    def worst(self, most: int = 20) -> pl.DataFrame:
        """Languages that fare worst: those lost come first, then by premium, and only those with text."""
        return (
            self.languages.filter(pl.col("text").is_not_null())
            .sort(
                pl.col("lost_characters") > MOST_LOST,
                pl.col("premium").fill_null(0),
                "lost_characters",
                descending=True,
                maintain_order=True,
            )
            .head(most)
        )

    def lowest_alphabets(self, most: int = 10) -> pl.DataFrame:
        """Languages whose alphabet is kept least: the smallest share of letters neither spelled nor lost; big ones first."""
        kept = (pl.col("letters_whole") + pl.col("letters_pieces")) / pl.col("letters")
        return (
            self.languages.filter(pl.col("letters").is_not_null())
            .with_columns(alphabet_coverage=kept)
            .sort("alphabet_coverage", pl.col("speakers").fill_null(0) * -1, "language")
            .head(most)
        )

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as JSON knows it, without the languages of which nothing is known."""
        return {"tokenizer": self.tokenizer, "languages": self.known().to_dicts()}

    def known(self) -> pl.DataFrame:
        """Languages of which there is text or an alphabet."""
        return self.languages.filter(pl.col("text").is_not_null() | pl.col("letters").is_not_null())

    def save(self, path: Path) -> None:
        """Write one row per language to a .csv, .json or .parquet file; it appears whole or not at all.

        Raises:
            RunError: The suffix is another, or the file can't be written.
        """
        from langcov.census.storage import swapped_in

        check_suffix(path)
        with swapped_in(path.parent) as aside:
            if path.suffix == ".csv":
                safe = self.languages.with_columns(
                    pl.when(pl.col(pl.String).str.contains("^[=+@-]"))
                    .then("'" + pl.col(pl.String))
                    .otherwise(pl.col(pl.String))
                    .name.keep()
                )
                safe.write_csv(aside / path.name)
            elif path.suffix == ".json":
                self.languages.write_json(aside / path.name)
            else:
                self.languages.write_parquet(aside / path.name)

    def _repr_html_(self) -> str:
        """Show as a table in a notebook."""
        return self.languages.filter(
            pl.col("text").is_not_null() | pl.col("letters").is_not_null()
        )._repr_html_()


def audit(
    tokenizer: Tokenizer,
    languages: Sequence[str] | None = None,
    corpora: Sequence[Corpus] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Audit:
    """Say of every language what is known of it under a tokenizer.

    Args:
        tokenizer: What is audited.
        languages: Tags, codes or names; every language that langcov knows if None.
        corpora: Where text is taken from, the first that has the language; by default the parallel text (``udhr``), if it
            was fetched, then the samples that come with langcov.
        on_progress: Called after each batch of text.

    Raises:
        LanguageError: A language is unknown.
    """
    from langcov.languages import frame, parse

    tags = None if languages is None else sorted({parse(language) for language in languages})
    known = frame(tags)
    if tags is not None and known.height < len(tags):
        missing = ", ".join(sorted(set(tags) - set(known["tag"])))
        raise LanguageError(f"nothing at all is known of {missing}", fix="name another tag of the language")
    text = _of_text(tokenizer, tags, default_corpora() if corpora is None else corpora, on_progress)
    table = (
        known.rename({"tag": "language"})
        .join(text, on="language", how="left")
        .join(_of_alphabets(tokenizer, tags), on="language", how="left")
        .with_columns(tokenizer=pl.lit(tokenizer.name))
        .sort("language")
    )
    verdicts = [verdict(row) for row in table.iter_rows(named=True)]
    return Audit(
        tokenizer.name,
        table.with_columns(verdict=pl.Series(verdicts, dtype=pl.String)).select(SCHEMA.names()).cast(SCHEMA),
    )


def default_corpora() -> list[Corpus]:
    """The parallel text, if this machine has it, and the samples."""
    from langcov.corpora import open_corpus, shipped

    ready = {row["name"] for row in shipped() if row["ready"]}
    return [open_corpus(name) for name in ("udhr", "samples") if name in ready]


def check_suffix(path: Path | None) -> None:
    """Raise a `RunError` if a file is of no kind that an audit can be written as."""
    if path is not None and path.suffix not in SUFFIXES:
        raise RunError(
            f"an audit can't be written as {path.suffix or 'a file without a suffix'}",
            where=str(path),
            fix=f"end the name in {', '.join(SUFFIXES)}",
        )


def of_vocabulary(tokenizer: Tokenizer) -> dict[str, Any]:
    """Sum up a vocabulary, no text needed: its sizes, scripts, longest pieces, and what its encoder can never give."""
    from langcov.measures.reachability import unreachable
    from langcov.measures.vocabulary import anatomy

    found = anatomy(tokenizer)
    gone = unreachable(tokenizer)
    scripts = found.scripts.drop_nulls("script").group_by("script").agg(pl.col("pieces").sum())
    return {
        "sizes": found.sizes,
        "scripts": dict(scripts.sort("pieces", "script", descending=[True, False]).iter_rows()),
        "incomplete_utf8": found.incomplete.height,
        "longest": found.longest.head(5).to_dicts(),
        "unreachable": dict(gone["reason"].cast(pl.String).value_counts(sort=True).iter_rows()),
    }


def verdict(row: Mapping[str, Any]) -> str:
    """Say in one sentence of plain English how a language fares.

    Args:
        row: A row of `Audit.languages`, but for the verdict.

    >>> verdict({"premium": 4.1, "fertility": 3.0, "lost_characters": 0.0, "spelled_characters": 0.0, "letters": 71,
    ...          "letters_spelled": 3, "letters_lost": 0})
    'Needs 4.1 times as many tokens as English for the same text; 3 of its 71 letters are spelled in bytes.'
    """
    parts = [*_said_of_text(row), *_said_of_letters(row)]
    if not parts:
        return "Nothing is known of it: there is neither text nor a standard alphabet of it here."
    sentence = "; ".join(parts)
    return f"{sentence[0].upper()}{sentence[1:]}."


def _said_of_text(row: Mapping[str, Any]) -> list[str]:
    lost, spelled = row["lost_characters"], row["spelled_characters"]
    if lost is None:
        return []
    if lost > MOST_LOST:
        return [f"can't be read: {_percent(lost)} of the characters in a text are lost"]
    said = []
    if row["premium"] is not None:
        said.append(_said_of_cost(row["premium"]))
    elif row["fertility"] is not None:
        said.append(
            f"a word takes {row['fertility']:.1f} tokens (there is no parallel text to compare it with English)"
        )
    if lost > NOTICEABLE:
        said.append(f"{_percent(lost)} of the characters in a text are lost")
    if spelled > NOTICEABLE:
        said.append(f"{_percent(spelled)} of the characters in a text are spelled in bytes")
    return said


def _said_of_cost(premium: float) -> str:
    if premium > 1.15:
        return f"needs {premium:.1f} times as many tokens as English for the same text"
    if premium < 0.95:
        return f"needs fewer tokens than English for the same text ({premium:.2f} times as many)"
    return "needs about as many tokens as English for the same text"


def _said_of_letters(row: Mapping[str, Any]) -> list[str]:
    letters = row["letters"]
    if not letters:
        return []
    # gflanguages' Korean alphabet is every block that could be written, most of which no text has.
    what = "syllables that can be written" if row.get("script") in {"Hang", "Kore"} else "letters"
    fates = {"lost": row["letters_lost"], "spelled in bytes": row["letters_spelled"]}
    said = []
    for fate, number in fates.items():
        if number:
            amount = f"all {letters:,}" if number == letters else f"{number:,} of its {letters:,}"
            said.append(f"{amount} {what} are {fate}")
    return said or [f"all {letters:,} {what} of its alphabet are kept"]


def _percent(share: float) -> str:
    return "more than 99 %" if 0.995 <= share < 1 else f"{share:.0%}".replace("%", " %")


def _of_text(
    tokenizer: Tokenizer,
    tags: list[str] | None,
    corpora: Sequence[Corpus],
    on_progress: Callable[[Progress], None] | None,
) -> pl.DataFrame:
    """Measures of each language that has text, from the first corpus that has it."""
    from langcov.engines.local import count_local
    from langcov.measures import measure

    columns = [*OF_TEXT, "premium_low", "premium_high"]
    frames = [
        pl.DataFrame(schema={"language": pl.String, "text": pl.String, **dict.fromkeys(columns, pl.Float64)})
    ]
    done: set[str] = set()
    for corpus in corpora:
        there = set(corpus.languages())
        wanted = (there if tags is None else there & set(tags)) - done
        if not wanted:
            continue
        done |= wanted
        counted = wanted | ({REFERENCE} & there if corpus.parallel else set())
        table = measure(
            count_local(corpus, [tokenizer], sorted(counted), on_progress), OF_TEXT, reference=REFERENCE
        )
        values = table.pivot("measure", index="language", values="value")
        bounds = table.filter(measure="premium").select(
            "language", pl.col("low").alias("premium_low"), pl.col("high").alias("premium_high")
        )
        frames.append(
            values.join(bounds, on="language")
            .filter(pl.col("language").is_in(wanted))
            .with_columns(text=pl.lit(corpus.name))
            .select(frames[0].columns)
        )
    return pl.concat(frames)


def _of_alphabets(tokenizer: Tokenizer, tags: list[str] | None) -> pl.DataFrame:
    from langcov.measures.alphabets import alphabet_coverage, alphabet_languages

    chosen = None if tags is None else sorted(set(tags) & set(alphabet_languages()))
    return alphabet_coverage(tokenizer, chosen).select(
        "language",
        "letters",
        *(pl.col(fate).alias(f"letters_{fate}") for fate in ("whole", "pieces", "spelled", "lost")),
        pl.col("spelled_letters").list.join(" ").alias("which_spelled"),
        pl.col("lost_letters").list.join(" ").alias("which_lost"),
    )
