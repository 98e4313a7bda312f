"""Counting on all cores of this machine: worker processes, partial results in the run's folder, resumable.

Text analysis holds Python's lock and encoders do not scale alike, so the work is divided among processes, never among
threads: one task is one tokenizer and one block. Memory is one tokenizer and 8 MB of text a worker, whatever the number of
tokenizers and the size of the corpus.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from multiprocessing import current_process
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from langcov.census.analysis import text_bytes
from langcov.census.storage import disk_errors
from langcov.engines import plans
from langcov.engines.blocks import BLOCK_BYTES, Read, Scratch, Writer, numbered
from langcov.engines.lanes import Here, Lane, Worker, kill_workers
from langcov.engines.parts import Parts
from langcov.engines.progress import Progress
from langcov.engines.requests import wanted_languages
from langcov.engines.schedule import Analyse, Count, Merge, Prepare, Schedule, Task
from langcov.engines.tasks import Ready, analyse_block, count_block, merge_parts, prepare
from langcov.errors import CensusError, Interrupted, LangcovError, RunError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from langcov.census.tables import Census
    from langcov.corpora.base import Corpus
    from langcov.engines.requests import Beside
    from langcov.engines.tasks import Source
    from langcov.folders import Folder

LITTLE_BYTES: Final = 32 << 20
"""Of less text than this, counting starts before every tokenizer is loaded."""

HARDLY_ANY: Final = 2 << 20
"""Less text than this, times the number of tokenizers, is counted in this very process."""

GO_ON: Final = "what was counted is kept: then go on with --resume"

_LOOK_SECONDS: Final = 0.2

TRIES: Final = 2
"""So often a task is begun whose worker is lost."""


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def count_in_processes(  # noqa: PLR0913 (a run has as many settings)
    corpus: Corpus,
    sources: Sequence[Source],
    folder: Folder,
    languages: Collection[str] | None = None,
    *,
    sample: Sequence[str] | None = None,
    workers: int | None = None,
    resume: bool = False,
    beside: Beside | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Census:
    """Count a corpus with several tokenizers, in worker processes.

    Args:
        corpus: The text.
        sources: Where the tokenizers come from; workers load them, one at a time each.
        folder: The run's folder. Partial results lie in it until `plans.clear` removes them; the census refers to them.
        languages: Tags to count; all that the corpus has if None.
        sample: Text on which a faster engine is compared with the reference; None: the reference counts.
        workers: How many processes; as many as there are cores if None. A daemonic process may start none, and counts by itself.
        resume: Whether to go on with what an interrupted run left in the folder.
        beside: What else is made of each tokenizer while it is in a worker's memory.
        on_progress: Called whenever a task is done.

    Raises:
        CensusError: There is no text, or two tokenizers share a name.
        CorpusError: The text can't be read, or changed since the run began.
        RunError: The folder can't be written, holds another run's parts, or workers were killed.
        TokenizerError: A tokenizer can't be loaded.
        Interrupted: Ctrl-C; parts that are done are kept.
    """
    languages = wanted_languages(corpus, languages)
    plan = plans.Plan.of(corpus, languages, f"local, blocks of {BLOCK_BYTES:,} bytes")
    with plans.held(folder) as local:
        with disk_errors(folder.address):
            scratch = Scratch(Path(tempfile.mkdtemp(prefix="scratch-", dir=local)))
        parts = Parts(folder, scratch.folder)
        began = False
        try:
            plans.begin(plan, parts, resume=resume)
            began = True
            expected = corpus.expected_bytes(languages)
            much = expected is None or expected > LITTLE_BYTES
            lanes = _lanes(workers, None if expected is None else expected * len(sources))
            schedule = Schedule(len(sources), len(lanes), much, parts.done())
            run = _Run(
                corpus, sources, languages, sample, parts, scratch, schedule, plan, beside, on_progress
            )
            ready = run.finish(lanes)
            plan.check_unchanged()
            return plans.census(corpus, [each.facts for each in ready], parts, scratch)
        except LangcovError as error:
            if began and (isinstance(error, CensusError) or not plans.worth_keeping(parts)):
                plans.clear(folder)
            elif began and "--resume" not in (error.fix or ""):
                error.fix = f"{error.fix}; {GO_ON}" if error.fix else GO_ON
            raise
        finally:
            shutil.rmtree(scratch.folder, ignore_errors=True)


def _lanes(workers: int | None, work: int | None) -> list[Lane]:
    """Return the workers: processes, unless nobody said how many and there is hardly any work, or there may be none."""
    if current_process().daemon:  # it ends with its parent, and Python lets it start none
        return [Here()]
    if workers is None and work is not None and work < HARDLY_ANY:
        return [Here()]
    number = workers or cores()
    return [Worker(max(1, cores() // number)) for _ in range(number)]


@dataclass
class _Run:
    corpus: Corpus
    sources: Sequence[Source]
    languages: Collection[str] | None
    sample: Sequence[str] | None
    parts: Parts
    scratch: Scratch
    schedule: Schedule
    plan: plans.Plan
    beside: Beside | None
    on_progress: Callable[[Progress], None] | None
    ready: dict[int, Ready] = field(default_factory=dict)
    segments: int = 0
    seen: set[str] = field(default_factory=set)
    at_hand: dict[Lane, int] = field(default_factory=dict)
    tries: dict[Task, int] = field(default_factory=dict)

    def finish(self, lanes: Sequence[Lane]) -> list[Ready]:
        """Do all there is to do; return the tokenizers in order."""
        reader = ThreadPoolExecutor(1)
        reading = self._blocks()
        try:
            self._loop(lanes, lambda: reader.submit(next, reading, None))
        except KeyboardInterrupt:
            kill_workers()
            if not plans.worth_keeping(self.parts):
                plans.clear(self.parts.folder)
                raise
            raise Interrupted(plans.kept(self.parts, len(self.sources))) from None
        except BaseException:
            kill_workers()
            raise
        finally:
            for lane in lanes:
                lane.close()
            reader.shutdown(wait=False, cancel_futures=True)
        return [self.ready[place] for place in range(len(self.sources))]

    def _loop(self, lanes: Sequence[Lane], read: Callable[[], Future[Read | None]]) -> None:
        under_way: dict[Future[Any], tuple[Lane, Task]] = {}
        reading: Future[Read | None] | None = read()
        while reading is not None or under_way or not self.schedule.is_over:
            busy = {lane for lane, _ in under_way.values()}
            for lane in lanes:
                if lane not in busy:
                    task = self.schedule.next(self.at_hand.get(lane))
                    if task is None:
                        break
                    under_way[lane.submit(self._call(task))] = lane, task
            pending = [*under_way, *([reading] if reading is not None else [])]
            # Ctrl-C may not end a wait without a bound: a handler that another library installs restarts it.
            finished, _ = wait(pending, _LOOK_SECONDS, return_when=FIRST_COMPLETED)
            for future in finished:
                if future in under_way:
                    self._take(future, *under_way.pop(future))
                else:
                    self._add(future.result())
                    reading = None
            if reading is None and self.schedule.may_read():
                reading = read()

    def _blocks(self) -> Iterator[Read | None]:
        """Read the corpus block by block; blocks that are counted already are read over."""
        number = -1
        frames = numbered(self.corpus.batches(self.languages))
        for number, group in groupby(frames, key=itemgetter(0)):
            file = None if self.schedule.is_counted(number) else Writer(self.scratch.read(number))
            size = segments = 0
            languages: set[str] = set()
            for _, frame in group:
                size += text_bytes(frame)
                segments += frame.height
                languages.update(frame["language"].unique())
                if file is not None:
                    file.add(frame)
            if file is not None:
                file.close()
            yield Read(number, size, segments, tuple(languages))
        if number < 0:
            raise CensusError(
                "there is no text to count", where=f"corpus {self.corpus.name}", fix="give files with text"
            )

    def _add(self, read: Read | None) -> None:
        if read is None:
            self.schedule.all_read = True
            return
        self.segments += read.segments
        self.seen.update(read.languages)
        self.schedule.add(read)
        self._report()

    def _call(self, task: Task) -> Callable[[], Any]:
        if isinstance(task, Prepare):
            source = self.sources[task.place]
            make = self.beside.make if self.beside is not None else None
            return partial(prepare, task.place, source, self.sample, self.scratch, make)
        if isinstance(task, Analyse):
            return partial(analyse_block, task.block, self.scratch, self.parts, counted=task.counted)
        if isinstance(task, Count):
            return partial(count_block, task.block, self.ready[task.place], self.scratch, self.parts)
        return partial(merge_parts, list(task.parts), self.parts)

    def _take(self, future: Future[Any], lane: Lane, task: Task) -> None:
        """Take what a worker did, or try again if it was lost."""
        try:
            result = future.result()
        except BrokenProcessPool:
            self.tries[task] = self.tries.get(task, 1) + 1
            self.at_hand.pop(lane, None)
            if self.tries[task] > TRIES:
                raise RunError(
                    "a worker process was killed twice at the same task, perhaps for want of memory",
                    where=self.parts.folder.address,
                    fix="what was counted is kept: go on with --resume, and with fewer --workers",
                ) from None
            lane.replace()
            self.schedule.failed(task)
            return
        if isinstance(task, Prepare):
            if self.beside is not None:
                self.beside.take(task.place, result.beside)
            self.ready[task.place] = result._replace(beside=None)
            self.schedule.weights[task.place] = result.weight
            self.plan.take(self.ready[task.place], self.ready, self.parts)
        if isinstance(task, Prepare | Count):
            self.at_hand[lane] = task.place
        if isinstance(task, Merge):
            self.at_hand.pop(lane, None)
        for block in self.schedule.done(task):
            shutil.rmtree(self.scratch.analysed(block), ignore_errors=True)
        self._report()

    def _report(self) -> None:
        if self.on_progress is not None:
            self.on_progress(Progress(int(self.schedule.counted_bytes), self.segments, len(self.seen)))
