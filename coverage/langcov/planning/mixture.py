"""What a pretraining mixture really holds: its languages and scripts, their sizes and what these are worth, its faults.

The text is read once, in as much memory as a batch and two small samples of each language take (`mixture_counts`), in parts
that all cores share (`mixture_parts`). What is found is said in one row a language, and in sentences (`mixture_words`).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from langcov.census.characters import NOT_REAL
from langcov.errors import CorpusError
from langcov.measures.scripts import members
from langcov.planning.byte_premiums import byte_premiums
from langcov.planning.data_needs import DataNeed, data_need, observed_sizes
from langcov.planning.identify import UNSURE
from langcov.planning.near_duplicates import wilson
from langcov.planning.table_files import check_suffix, write_table
from langcov.planning.temperature import Temperature, temperatures

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from langcov.corpora.base import Corpus
    from langcov.engines.progress import Progress
    from langcov.planning.mixture_counts import MixtureCounts
    from langcov.tokenizers.load import TokenizerSource

REFERENCE: Final = "eng_Latn"

SCHEMA: Final = pl.Schema(
    {
        "language": pl.String,
        "name": pl.String,
        "documents": pl.UInt64,
        "skipped": pl.UInt64,
        "bytes": pl.UInt64,
        "share": pl.Float64,
        "characters": pl.UInt64,
        "tokens": pl.UInt64,
        "token_share": pl.Float64,
        "byte_premium": pl.Float64,
        "byte_premium_low": pl.Float64,
        "byte_premium_high": pl.Float64,
        "equivalent_bytes": pl.Float64,
        "equivalent_bytes_low": pl.Float64,
        "equivalent_bytes_high": pl.Float64,
        "script": pl.String,
        "script_share": pl.Float64,
        "other_script": pl.String,
        "other_script_share": pl.Float64,
        "identified": pl.UInt32,
        "agreeing": pl.UInt32,
        "unsure": pl.UInt32,
        "other_language": pl.String,
        "other_number": pl.UInt32,
        "other_share": pl.Float64,
        "other_low": pl.Float64,
        "other_high": pl.Float64,
        "repeated": pl.Float64,
        "twin": pl.String,
        "twin_share": pl.Float64,
        "larger_than": pl.UInt32,
        "enough": pl.String,
    }
)
"""Columns of `Mixture.languages`, one row a language, largest first.

``documents``: lines or rows with text; ``skipped``: without. ``tokens``: as the tokenizer counts them. ``equivalent_bytes``:
bytes / byte premium, what the text would be in the reference. ``script``: the one that the tag names; ``script_share``: of the
letters of all scripts; ``other_script``: the commonest other one. ``identified``: sampled documents whose language was looked
for; ``agreeing``: found to be what the tag says, or not to be told from it; ``unsure``: nothing can be said;
``other_language``: the commonest one that documents are of instead, ``other_number`` of them, ``other_share`` with Wilson's 95 %
interval; where the tag itself has no profile, ``agreeing`` and the share are null and the language is one that they resemble. ``repeated``: share of documents that repeat another one.
``twin``: the language with which most documents are shared, and their share. ``larger_than``: how many languages of CC-100
have less text. ``enough``: yes, no or unclear against the size that the evidence gives; null where it gives none."""


@dataclass(frozen=True)
class Mixture:
    """What a mixture holds.

    Attributes:
        corpus: Its name.
        fingerprint: Of its text.
        tokenizer: Whose tokens were counted, with its fingerprint; None: nobody's.
        reference: Tag of the language that byte premiums are against.
        languages: One row a language (`SCHEMA`), largest first.
        scripts: Characters by language and script, the real ones.
        duplicates: Which languages share documents (`langcov.planning.near_duplicates.TWINS`).
        temperatures: The alpha it amounts to, against each collection.
        need: What the evidence says of how much is enough.
        warnings: A sentence for each fault, the worst first.
        verdict: Sentences on the whole.
        identifies: Whether languages could be looked for.
    """

    corpus: str
    fingerprint: str
    tokenizer: str | None
    reference: str
    languages: pl.DataFrame
    scripts: pl.DataFrame
    duplicates: pl.DataFrame
    temperatures: tuple[Temperature, ...]
    need: DataNeed
    warnings: tuple[str, ...]
    verdict: tuple[str, ...]
    identifies: bool

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as JSON knows it."""
        return {
            "corpus": self.corpus,
            "fingerprint": self.fingerprint,
            "tokenizer": self.tokenizer,
            "reference": self.reference,
            "verdict": list(self.verdict),
            "warnings": list(self.warnings),
            "languages": self.languages.to_dicts(),
            "scripts": self.scripts.to_dicts(),
            "duplicates": self.duplicates.to_dicts(),
            "temperatures": [_json(asdict(each)) for each in self.temperatures],
            "need": _json(asdict(self.need)),
        }

    def save(self, path: Path) -> None:
        """Write one row a language to a .csv, .json or .parquet file.

        Raises:
            RunError: The suffix is another, or the file can't be written.
        """
        check_suffix(path, "a mixture's table")
        write_table(self.languages, path)

    def _repr_html_(self) -> str:
        """Show in a notebook: the verdict, then the languages."""
        from html import escape

        said = "".join(f"<p>{escape(sentence)}</p>" for sentence in (*self.verdict, *self.warnings))
        return said + self.languages._repr_html_()


def mixture(  # noqa: PLR0913 (a run has as many settings)
    corpus: Corpus,
    tokenizer: str | TokenizerSource | None = None,
    languages: Collection[str] | None = None,
    *,
    reference: str = REFERENCE,
    sample: Sequence[str] | None = None,
    work: str | Path | None = None,
    workers: int | None = None,
    resume: bool = False,
    seed: int = 0,
    on_progress: Callable[[Progress], None] | None = None,
) -> Mixture:
    """Say what a mixture holds; see `Mixture`.

    Byte premiums and the identification of languages take the Universal Declaration (``langcov corpora fetch udhr``); without
    it they are null.

    Args:
        corpus: The text, with the languages that it declares.
        tokenizer: Whose tokens to count: what `langcov.load_tokenizer` takes, or NAME=SPEC.
        languages: Tags, codes or names; all that the corpus declares if None.
        reference: What byte premiums are against.
        sample: Text on which a faster engine is compared with the reference; None: the reference counts.
        work: A folder in which parts that are done are kept, so that an interrupted run can go on.
        workers: How many processes count; as many as there are cores if None.
        resume: Whether to go on with what is in ``work``.
        seed: Of the intervals.
        on_progress: Called whenever a part is done.

    Raises:
        CorpusError: The text can't be read, or there is none.
        LanguageError: A language is unknown, or the corpus lacks it.
        RunError: ``work`` can't be written or holds another run.
        TokenizerError: The tokenizer can't be loaded.
        Interrupted: Ctrl-C, where parts are kept.
    """
    from langcov.engines.requests import wanted_languages
    from langcov.languages import parse
    from langcov.planning.mixture_parts import count_mixture
    from langcov.tokenizers.load import TokenizerSource

    against = parse(reference)
    source = TokenizerSource.typed(tokenizer) if isinstance(tokenizer, str) else tokenizer
    counted = count_mixture(
        corpus,
        source,
        wanted_languages(corpus, languages),
        sample=sample,
        work=Path(work) if work is not None else None,
        workers=workers,
        resume=resume,
        on_progress=on_progress,
    )
    if not counted.counts.text["bytes"].sum():
        raise CorpusError("there is no text in it", where=corpus.name, fix="give files with text")
    return mixture_of(
        counted.counts,
        corpus=corpus.name,
        fingerprint=corpus.fingerprint,
        tokenizer=counted.tokenizer,
        reference=against,
        seed=seed,
    )


def mixture_of(
    counts: MixtureCounts,
    *,
    corpus: str,
    fingerprint: str = "",
    tokenizer: str | None = None,
    reference: str = REFERENCE,
    seed: int = 0,
) -> Mixture:
    """Say what counts amount to; arguments as for `mixture` and `Mixture`."""
    from langcov.planning import mixture_words

    need = data_need(seed=seed)
    duplicates = counts.sketch.twins()
    table = (
        counts.text.join(_of_scripts(counts.scripts), on="language", how="left")
        .join(_of_languages(counts.sample), on="language", how="left")
        .join(counts.sketch.repeated(), on="language", how="left")
        .join(
            duplicates.unique("language", keep="first", maintain_order=True).select(
                "language", twin="other", twin_share="share"
            ),
            on="language",
            how="left",
        )
        .join(byte_premiums(reference, seed), on="language", how="left")
    )
    observed = np.sort(np.array(list(observed_sizes().values())))
    sizes = table["bytes"].to_numpy().astype(np.float64)
    table = table.with_columns(
        name=_names(table["language"]),
        share=pl.col("bytes") / pl.col("bytes").sum(),
        tokens=pl.when(pl.lit(tokenizer is not None)).then("tokens"),
        token_share=pl.when(pl.lit(tokenizer is not None)).then(pl.col("tokens") / pl.col("tokens").sum()),
        equivalent_bytes=pl.col("bytes") / pl.col("byte_premium"),
        # What takes more bytes to say is worth less, so that the bounds change places.
        equivalent_bytes_low=pl.col("bytes") / pl.col("byte_premium_high"),
        equivalent_bytes_high=pl.col("bytes") / pl.col("byte_premium_low"),
        larger_than=pl.Series(np.searchsorted(observed, sizes)),
        enough=pl.Series(_enough(sizes, need), dtype=pl.String),
    )
    table = table.select(SCHEMA.names()).cast(SCHEMA).sort("bytes", "language", descending=[True, False])
    found = Mixture(
        corpus=corpus,
        fingerprint=fingerprint,
        tokenizer=tokenizer,
        reference=reference,
        languages=table,
        scripts=counts.scripts.filter(~pl.col("script").is_in(NOT_REAL)),
        duplicates=duplicates,
        temperatures=tuple(temperatures(dict(table.select("language", "bytes").iter_rows()), seed)),
        need=need,
        warnings=(),
        verdict=(),
        identifies=bool(counts.sample.height),
    )
    return mixture_words.with_words(found)


def _of_scripts(scripts: pl.DataFrame) -> pl.DataFrame:
    """Per language: the script that its tag names and the commonest other one, with their shares of all letters."""
    real = scripts.filter(~pl.col("script").is_in(NOT_REAL))
    own = {tag: members(tag.partition("_")[2]) for tag in real["language"].unique()}
    is_own = pl.Series(
        [script in own[tag] for tag, script in real.select("language", "script").iter_rows()],
        dtype=pl.Boolean,
    )
    shares = real.with_columns(
        share=pl.col("characters") / pl.col("characters").sum().over("language"), own=is_own
    )
    others = (
        shares.filter(~pl.col("own"))
        .sort("share", "script", descending=[True, False])
        .unique("language", keep="first", maintain_order=True)
        .select("language", other_script="script", other_script_share="share")
    )
    declared = shares.group_by("language").agg(script_share=pl.col("share").filter(pl.col("own")).sum())
    return (
        scripts.select("language")
        .unique()
        .join(declared, on="language", how="left")
        .join(others, on="language", how="left")
        .with_columns(script=pl.col("language").str.split("_").list.last())
    )


def _of_languages(sample: pl.DataFrame) -> pl.DataFrame:
    """Per language: how many sampled documents agree with the tag, can't be told, or are surely of another language."""
    other = pl.col("found") != UNSURE
    sums = sample.group_by("language").agg(
        identified=pl.len(),
        agreeing=pl.when(pl.col("known").first()).then(pl.col("agrees").sum()),
        unsure=((pl.col("found") == UNSURE) & ~pl.col("agrees")).sum(),
    )
    commonest = (
        sample.filter(other & ~pl.col("agrees"))
        .group_by("language", "found")
        .len("other_number")
        .sort("other_number", "found", descending=[True, False])
        .unique("language", keep="first", maintain_order=True)
        .rename({"found": "other_language"})
    )
    table = sums.join(commonest, on="language", how="left").with_columns(pl.col("other_number").fill_null(0))
    low, high = wilson(table["other_number"].to_numpy(), table["identified"].to_numpy())
    there = pl.col("agreeing").is_not_null()
    return table.with_columns(
        other_share=pl.when(there).then(pl.col("other_number") / pl.col("identified")),
        other_low=pl.when(there).then(pl.Series(low, dtype=pl.Float64)),
        other_high=pl.when(there).then(pl.Series(high, dtype=pl.Float64)),
    )


def _enough(sizes: np.ndarray[tuple[int, ...], np.dtype[np.float64]], need: DataNeed) -> list[str | None]:
    if np.isnan(need.size):
        return [None] * len(sizes)
    return ["no" if size < need.low else "yes" if size > need.high else "unclear" for size in sizes]


def _names(tags: pl.Series) -> pl.Series:
    from langcov.languages import describe

    return pl.Series([describe(tag).name for tag in tags], dtype=pl.String)


def _json(facts: dict[str, Any]) -> dict[str, Any]:
    """Put null for what is no number, as JSON has it."""
    return {
        name: None if isinstance(value, float) and np.isnan(value) else value for name, value in facts.items()
    }
