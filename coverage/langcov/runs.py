"""A run: count, measure, and write the folder that holds census, tables, manifest and page."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import polars as pl

import langcov
from langcov.errors import CensusError, RunError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from langcov.census.tables import Census
    from langcov.corpora.base import Corpus
    from langcov.engines.progress import Progress
    from langcov.tokenizers.base import Tokenizer

REFERENCE: Final = "eng_Latn"
OVERLAP_LANGUAGES: Final = 40
"""So many languages, those with most speakers first, get an overlap matrix on the page."""

CHECK: Final = ".writable"
LEAST_EXPECTED_SCRIPT: Final = 0.9


@dataclass(frozen=True)
class Run:
    """What a run found; `save` writes it as a folder.

    ``extras`` are the tables of `langcov.report.extras`, by name.
    """

    census: Census
    measures: pl.DataFrame
    overlap: pl.DataFrame
    fairness: pl.DataFrame
    manifest: dict[str, Any]
    extras: Mapping[str, pl.DataFrame] = field(default_factory=dict)

    @property
    def signature(self) -> str:
        """What it takes to get the numbers again."""
        return str(self.manifest["signature"])

    def _repr_html_(self) -> str:
        """Show the answer in a notebook: what the page says first, the languages served worst, the signature."""
        from langcov.report import fragment, summarise

        return fragment(
            summarise(self.census, self.measures, self.overlap, self.manifest, fairness=self.fairness)
        )

    def save(self, folder: str | Path) -> Path:
        """Write the run folder and its page; return the page's path, or its address if the folder is one.

        All is written aside first and then put in place, so that a full disk leaves an earlier run as it was. Other
        files in the folder are left alone. In an object store files are replaced one by one, the page last.

        Raises:
            RunError: The folder can't be written.
        """
        from langcov.census.storage import save_census
        from langcov.report.extras import write_extras
        from langcov.report.folder import RunFolder
        from langcov.report.page import page_with, written
        from langcov.run_folders import PAGE, page_of, written_to

        shown = RunFolder(self.census, self.measures, self.overlap, self.fairness, self.manifest, self.extras)
        with written_to(folder) as aside, ThreadPoolExecutor(1) as beside:
            saving = beside.submit(save_census, self.census, aside / "census")
            self.measures.write_parquet(aside / "measures.parquet")
            self.overlap.write_parquet(aside / "overlap.parquet")
            self.fairness.write_parquet(aside / "fairness.parquet")
            write_extras(aside, [self.extras])
            text = json.dumps(self.manifest, ensure_ascii=False, indent=1)
            (aside / "manifest.json").write_text(text + "\n", encoding="utf-8")
            page = page_with(shown, aside)
            saving.result()
            written(aside / PAGE, page)
        return page_of(folder)


@dataclass(frozen=True)
class Settings:
    """What is measured against what.

    Attributes:
        languages: Tags; all that the corpus has if None.
        reference: The language that premiums are against.
        overlap_tokenizer: Whose overlap between languages to measure.
        baseline: The tokenizer that relative lengths are against; if None, the first that loses no character.
        seed: Of the bootstrap.
    """

    languages: tuple[str, ...] | None
    reference: str
    overlap_tokenizer: str
    baseline: str | None
    seed: int


def settle(
    names: Sequence[str],
    corpus: Corpus,
    languages: Collection[str] | None = None,
    *,
    reference: str | None = None,
    overlap_tokenizer: str | None = None,
    baseline: str | None = None,
    seed: int = 0,
) -> Settings:
    """Check before counting what a run is to measure, and fill in what is left open; parameters as for `compare`.

    Args:
        names: The tokenizers' names.
        corpus: The text.
        languages: Tags; all that the corpus has if None. The reference is added where the corpus has it.
        reference: The language that premiums are against; English if None.
        overlap_tokenizer: Whose overlap between languages to measure; the last one's if None.
        baseline: The tokenizer that relative lengths are against.
        seed: Of the bootstrap.

    Raises:
        CensusError: A name that is none of the tokenizers.
        LanguageError: The corpus lacks a language or the reference that was asked for.
    """
    from langcov.engines.requests import wanted_languages
    from langcov.errors import LanguageError

    overlap_tokenizer = overlap_tokenizer or (names[-1] if names else "")
    for chosen_name in (overlap_tokenizer, baseline):
        if chosen_name is not None and chosen_name not in names:
            raise CensusError(
                f"{chosen_name!r} is not one of the tokenizers", fix=f"name one of {', '.join(names)}"
            )
    known = set(corpus.languages())
    if reference is not None and reference not in known:
        raise LanguageError(
            f"no text in the reference {reference}",
            where=f"corpus {corpus.name}",
            fix="name a language that it has with --reference",
        )
    against = reference or REFERENCE
    wanted = wanted_languages(corpus, languages)
    if wanted is not None and corpus.parallel and against in known:
        wanted = [*dict.fromkeys([*wanted, against])]
    return Settings(None if wanted is None else tuple(wanted), against, overlap_tokenizer, baseline, seed)


def compare(
    tokenizers: Sequence[Tokenizer],
    corpus: Corpus,
    languages: Collection[str] | None = None,
    *,
    reference: str | None = None,
    overlap_tokenizer: str | None = None,
    baseline: str | None = None,
    seed: int = 0,
    on_progress: Callable[[Progress], None] | None = None,
) -> Run:
    """Count a corpus with several tokenizers and measure all there is to measure, in this process.

    Args:
        tokenizers: At least one.
        corpus: The text.
        languages: Tags; all that the corpus has if None. The reference is added where the corpus has it.
        reference: The language that premiums are against; English if None.
        overlap_tokenizer: Whose overlap between languages to measure; the last one's if None.
        baseline: The tokenizer that relative lengths are against; if None, the first that loses no character.
        seed: Of the bootstrap.
        on_progress: Called after each batch.

    Raises:
        LanguageError: The corpus lacks a language or the reference that was asked for.
        CensusError: There is no text, or ``overlap_tokenizer`` is none of the tokenizers.
    """
    from langcov.engines.local import count_local
    from langcov.report.extras import extras_of
    from langcov.report.sentences import sample_texts

    settings = settle(
        [tokenizer.name for tokenizer in tokenizers],
        corpus,
        languages,
        reference=reference,
        overlap_tokenizer=overlap_tokenizer,
        baseline=baseline,
        seed=seed,
    )
    census = count_local(corpus, tokenizers, settings.languages, on_progress)
    texts = sample_texts(corpus, census.languages)
    return measured(census, settings, [extras_of(each, texts) for each in tokenizers])


def measured(census: Census, settings: Settings, extras: Sequence[Mapping[str, pl.DataFrame]] = ()) -> Run:
    """Measure all there is to measure of a census.

    Args:
        census: What was counted.
        settings: What is measured against what.
        extras: What `langcov.report.extras.extras_of` made of each tokenizer.
    """
    from langcov.measures import RESAMPLES, UnitCounts, overlap
    from langcov.measures.histogram import histogram_estimates
    from langcov.measures.inequality import fairness
    from langcov.measures.pairs import SCHEMA
    from langcov.measures.registry import compute
    from langcov.measures.scripts import scripts_of_tokens
    from langcov.report.extras import joined, nearest_languages, nearest_under
    from langcov.signature import signature

    against, tokenizer, languages = settings.reference, settings.overlap_tokenizer, settings.languages
    counts = UnitCounts(census, against, RESAMPLES, settings.seed, settings.baseline)
    chosen = _most_spoken(census.languages)
    with ThreadPoolExecutor(2) as threads:
        overlapping = threads.submit(overlap, census, tokenizer, chosen) if len(chosen) > 1 else None
        # All that needs the pieces, in one pass over them; the measures that take them wait for it.
        passing = threads.submit(counts.of_pieces, histogram_estimates, scripts_of_tokens, nearest_under)
        even = fairness(counts)
        measures = compute(counts)
        passing.result()
        pairs = overlapping.result() if overlapping is not None else pl.DataFrame(schema=SCHEMA)
    manifest = {
        "format": 1,
        "langcov": langcov.__version__,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "signature": signature(
            census,
            version=langcov.__version__,
            reference=against,
            baseline=counts.baseline_tokenizer,
            resamples=RESAMPLES,
            seed=settings.seed,
        ),
        "reference": against,
        "overlap_tokenizer": tokenizer,
        "baseline": counts.baseline_tokenizer,
        "options": {
            "languages": sorted(languages) if languages is not None else None,
            "seed": settings.seed,
        },
        **census.facts(),
        "warnings": _warnings(census, measures, against),
    }
    all_extras = joined([*extras, {"nearest": nearest_languages(counts)}])
    return Run(census, measures, pairs, even, manifest, all_extras)


def check_out(folder: Path) -> None:
    """Find out before hours of counting whether a run can be written to a folder or an object store's address.

    Raises:
        RunError: It can't be written, or it holds files that a run would replace and that are no run's.
    """
    from langcov.census.storage import swapped_in
    from langcov.run_folders import CONTENTS, check_address
    from langcov.stores import is_address, mended

    if is_address(mended(folder)):
        check_address(folder, CONTENTS)
        return
    try:
        str(folder).encode()
    except UnicodeEncodeError:
        raise RunError(
            "this name is no UTF-8", where=repr(str(folder)), fix="name another folder with --out"
        ) from None
    there = [name for name in CONTENTS if (folder / name).exists()]
    if there and not _is_run(folder):
        raise RunError(
            f"the folder holds {', '.join(there)}, which langcov did not write",
            where=str(folder),
            fix="name another folder with --out",
        )
    existed = folder.exists()
    with swapped_in(folder) as aside:
        (aside / CHECK).write_bytes(b"")
        (aside / CHECK).unlink()
    if not existed:
        folder.rmdir()


def _is_run(folder: Path) -> bool:
    """Whether langcov wrote what is in a folder: the run's manifest or the census' is one, even if the other is gone."""
    for path, key in (
        (folder / "manifest.json", "signature"),
        (folder / "census" / "manifest.json", "tokenizers"),
    ):
        try:
            manifest = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(manifest, dict) and key in manifest:
            return True
    return False


def load_run(folder: str | Path) -> Run:
    """Load a run folder, of this machine or of an object store.

    Raises:
        RunError: The folder holds no run, or can't be read.
        CensusError: Its census is damaged.
    """
    from langcov.report.folder import read_run

    found = read_run(folder)
    return Run(found.census, found.measures, found.overlap, found.fairness, found.manifest, found.extras)


def _most_spoken(tags: list[str]) -> list[str]:
    """The languages with most speakers, in the order of their scripts and names, so that neighbours are alike."""
    from langcov.languages import describe

    described = sorted(map(describe, tags), key=lambda language: (-(language.speakers or 0), language.tag))
    shown = sorted(described[:OVERLAP_LANGUAGES], key=lambda language: (language.script, language.name))
    return [language.tag for language in shown]


def _warnings(census: Census, measures: pl.DataFrame, reference: str) -> list[str]:
    """What a reader should know before trusting the numbers, a sentence each."""
    found = []
    if census.skipped.height:
        for reason, meaning in (("empty", "empty"), ("missing", "missing or unreadable")):
            number = census.skipped.filter(pl.col("reason") == reason)["segments"].sum()
            if number:
                were = "segment was" if number == 1 else "segments were"
                found.append(f"{number:,} {were} {meaning} and {'is' if number == 1 else 'are'} not counted.")
    if census.corpus.parallel and reference not in census.languages:
        found.append(
            f"The text has no {reference}: premiums can't be measured; name another with --reference."
        )
    if not census.corpus.parallel:
        found.append(
            "The text is not parallel: languages say different things, so premiums can't be measured."
        )
    odd = measures.filter(
        (pl.col("measure") == "expected_script") & (pl.col("value") < LEAST_EXPECTED_SCRIPT)
    ).sort("value")
    found.extend(
        f"{row['language']}: only {row['value']:.0%} of the text is in the script that its tag names; "
        "it may be another language, or romanised."
        for row in odd.iter_rows(named=True)
    )
    unwritten = measures.filter((pl.col("measure") == "expected_script") & pl.col("value").is_null())
    found.extend(
        f"{language}: the text holds no letters of any script." for language in unwritten["language"]
    )
    few = measures.filter(
        (pl.col("measure") == "expected_script") & pl.col("low").is_null() & pl.col("value").is_not_null()
    )
    if few.height:
        have = "language has" if few.height == 1 else "languages have"
        found.append(f"{few.height:,} {have} too few units of text for intervals.")
    return found
