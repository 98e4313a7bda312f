"""A mixture counted part by part on all cores; what is done may be kept in a folder, so that an interrupted run goes on.

The parts are those of `langcov.corpora.partitions`. Counts of parts merge into the counts of the whole, so that the answer
is the same as that of one pass, whatever the number of workers.
"""

from __future__ import annotations

import json
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import polars as pl

import langcov
from langcov.census.storage import DAMAGE, read_table, swapped_in, written_aside
from langcov.corpora.partitions import partitions
from langcov.corpora.stamps import check_unchanged, stamp_of
from langcov.engines.lanes import Here, Lane, Worker, kill_workers
from langcov.engines.progress import Progress
from langcov.errors import Interrupted, RunError
from langcov.planning.identify import shipped_profiles
from langcov.planning.mixture_counts import SAMPLE, SCRIPTS, TEXT, MixtureCounts, MixtureTally
from langcov.planning.near_duplicates import SCHEMA as KEPT
from langcov.planning.near_duplicates import Sketch

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    from langcov.corpora.base import Corpus
    from langcov.corpora.partitions import Partition
    from langcov.tokenizers.base import Tokenizer
    from langcov.tokenizers.load import TokenizerSource

PART_BYTES: Final = 16 << 20
"""Bytes of files that are one part: some seconds' work, which is what an interruption loses of each worker's."""

PLAN: Final = "mixture-plan.json"
LOOKED_AT: Final = pl.Schema({"language": pl.String, "documents": pl.UInt64, "short": pl.UInt64})


class Counted(NamedTuple):
    """Counts of a part or of all, and the tokenizer's name and fingerprint."""

    counts: MixtureCounts
    tokenizer: str | None


def count_mixture(
    corpus: Corpus,
    source: TokenizerSource | None = None,
    languages: Collection[str] | None = None,
    *,
    sample: Sequence[str] | None = None,
    work: Path | None = None,
    workers: int | None = None,
    resume: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
) -> Counted:
    """Count a mixture in worker processes.

    Args:
        corpus: The text.
        source: Whose tokens to count; each worker loads it.
        languages: Tags; all that the corpus has if None.
        sample: Text on which a faster engine is compared with the reference; None: the reference counts.
        work: Where parts that are done are kept; None: nowhere.
        workers: How many processes; as many as there are cores if None. A text of one part is counted in this process.
        resume: Whether to go on with what an interrupted run left in ``work``.
        on_progress: Called whenever a part is done.

    Raises:
        CorpusError: The text can't be read, or changed since the run began.
        RunError: The folder can't be written or holds another run's parts, or a worker was killed twice.
        Interrupted: Ctrl-C, where parts are kept.
    """
    from langcov.engines.processes import cores

    parts = partitions(corpus, languages, PART_BYTES)
    stamps = stamp_of(corpus)
    plan = {
        "langcov": langcov.__version__,
        "corpus": corpus.name,
        "parts": [part.name for part in parts],
        "input": [asdict(stamp) for stamp in stamps] or corpus.fingerprint,
        "reading": repr((getattr(corpus, "reading", None), getattr(corpus, "language", None))),
        "languages": sorted(languages) if languages is not None else None,
        "tokenizer": repr(source),
        "profiles": shipped_profiles() is not None,
    }
    done = _begun(work, plan, resume=resume) if work is not None else {}
    run = _Run(parts, work, done, on_progress)
    number = min(workers or cores(), len(parts) - len(done))
    call = partial(
        count_part, languages=languages, source=source, sample=None if sample is None else tuple(sample)
    )
    try:
        if number:
            # Workers start slowly: one part is soon done here.
            lanes: list[Lane] = (
                [Here()] if number == 1 else [Worker(max(1, cores() // number)) for _ in range(number)]
            )
            run.finish(lanes, call)
    except KeyboardInterrupt:
        kill_workers()
        if work is None:
            raise
        raise Interrupted(
            f"{len(run.done):,} of {len(parts):,} parts are counted and kept; go on with --resume."
        ) from None
    check_unchanged(stamps)
    return Counted(run.total, run.tokenizer)


def count_part(
    part: Partition,
    *,
    languages: Collection[str] | None,
    source: TokenizerSource | None,
    sample: tuple[str, ...] | None,
) -> Counted:
    """Count one part, in whatever process this is; a tokenizer is loaded once a process."""
    tokenizer = _loaded(source, sample) if source is not None else None
    tally = MixtureTally(shipped_profiles(), tokenizer)
    for frame in part.batches(languages):
        tally.add(frame)
    return Counted(tally.total(), called(tokenizer) if tokenizer is not None else None)


def called(tokenizer: Tokenizer) -> str:
    """Return a tokenizer's name and the start of its fingerprint, as signatures have them."""
    from langcov.signature import SHORT

    return f"{tokenizer.name}@{tokenizer.fingerprint[:SHORT]}"


class _Run:
    """Parts that are under way, done and merged."""

    def __init__(
        self,
        parts: Sequence[Partition],
        work: Path | None,
        done: dict[int, Counted],
        on_progress: Callable[[Progress], None] | None,
    ) -> None:
        self.parts, self.work, self.on_progress = parts, work, on_progress
        self.total = MixtureCounts.empty()
        self.tokenizer: str | None = None
        self.done: set[int] = set()
        for number, counted in done.items():
            self._take(number, counted)

    def finish(self, lanes: Sequence[Lane], call: Callable[..., Counted]) -> None:
        """Count what is not done yet."""
        waiting = [number for number in range(len(self.parts)) if number not in self.done][::-1]
        under_way: dict[Future[Counted], tuple[Lane, int]] = {}
        lost: set[int] = set()
        try:
            while waiting or under_way:
                busy = {lane for lane, _ in under_way.values()}
                for lane in [lane for lane in lanes if lane not in busy][: len(waiting)]:
                    number = waiting.pop()
                    under_way[lane.submit(partial(call, self.parts[number]))] = lane, number
                for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                    lane, number = under_way.pop(future)
                    try:
                        counted = future.result()
                    except BrokenProcessPool:
                        if number in lost:
                            raise RunError(
                                "a worker process was killed twice at the same part, perhaps for want of memory",
                                where=self.parts[number].name,
                                fix="count with fewer --workers; with --work, go on with --resume",
                            ) from None
                        lost.add(number)
                        waiting.append(number)
                        lane.replace()
                        continue
                    if self.work is not None:
                        _keep(self.work, number, counted)
                    self._take(number, counted)
        except BaseException:
            kill_workers()
            raise
        finally:
            for lane in lanes:
                lane.close()

    def _take(self, number: int, counted: Counted) -> None:
        if self.done and counted.tokenizer != self.tokenizer:
            raise RunError(
                f"parts were counted with {self.tokenizer} before, and now with {counted.tokenizer}",
                where=str(self.work),
                fix="put the tokenizer back as it was, or name another folder with --work",
            )
        self.total = self.total.merged(counted.counts)
        self.tokenizer = counted.tokenizer
        self.done.add(number)
        if self.on_progress is not None:
            sums = self.total.text
            segments = int(sums["documents"].sum()) + int(sums["skipped"].sum())
            self.on_progress(Progress(int(sums["bytes"].sum()), segments, sums.height))


@cache
def _loaded(source: TokenizerSource, sample: tuple[str, ...] | None) -> Tokenizer:
    from langcov.tokenizers.fast import accelerated

    tokenizer = source.load()
    return tokenizer if sample is None else accelerated(tokenizer, list(sample))


def _begun(work: Path, plan: dict[str, Any], *, resume: bool) -> dict[int, Counted]:
    """Write the plan, or return the parts that are done if this is the run that it is of."""
    written = work / PLAN
    if written.exists():
        if not resume:
            raise RunError(
                "the folder holds parts that an earlier run counted",
                where=str(work),
                fix="go on with them by --resume, or name another folder with --work",
            )
        try:
            same = json.loads(written.read_text(encoding="utf-8")) == json.loads(json.dumps(plan))
        except (OSError, ValueError):
            same = False
        if not same:
            raise RunError(
                "the folder holds parts of another run: other text, another tokenizer, or other options",
                where=str(work),
                fix="name another folder with --work",
            )
        return {
            number: _kept(folder)
            for number in range(len(plan["parts"]))
            if (folder := _folder(work, number)).exists()
        }
    if resume:
        raise RunError("there is no interrupted run here", where=str(work), fix="leave out --resume")
    with swapped_in(work) as aside:
        (aside / PLAN).write_text(json.dumps(plan, ensure_ascii=False), encoding="utf-8")
    return {}


def _folder(work: Path, number: int) -> Path:
    return work / f"part-{number:06}"


def _keep(work: Path, number: int, counted: Counted) -> None:
    """Write a part's counts; they appear whole or not at all."""
    with written_aside(_folder(work, number)) as aside:
        for name, table in _tables(counted.counts).items():
            table.write_parquet(aside / f"{name}.parquet")
        (aside / "tokenizer.json").write_text(json.dumps(counted.tokenizer), encoding="utf-8")


def _kept(folder: Path) -> Counted:
    schemas = {"text": TEXT, "scripts": SCRIPTS, "sample": SAMPLE, "kept": KEPT, "looked_at": LOOKED_AT}
    try:
        text, scripts, sample, kept, looked_at = (
            read_table(folder / f"{name}.parquet").select(schema.names()).cast(schema)
            for name, schema in schemas.items()
        )
        tokenizer = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    except DAMAGE as error:
        raise RunError(f"a part is damaged ({error})", where=str(folder), fix="delete this folder") from error
    return Counted(MixtureCounts(text, scripts, sample, Sketch(kept, looked_at)), tokenizer)


def _tables(counts: MixtureCounts) -> dict[str, pl.DataFrame]:
    return {
        "text": counts.text,
        "scripts": counts.scripts,
        "sample": counts.sample,
        "kept": counts.sketch.kept,
        "looked_at": counts.sketch.looked_at,
    }
