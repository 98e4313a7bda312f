"""Counting on many machines: a Ray task counts a partition of the corpus by all tokenizers and keeps its parts.

Parts go to the run's folder, which all machines see: a shared one, or an object store's address. Other Ray tasks merge
them as a tree. Nothing of the text and nothing that was counted passes through the machine where the run was begun, but
for the whole corpus' tables at the end.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from langcov.census.storage import disk_errors
from langcov.corpora.files import FileCorpus
from langcov.corpora.partitions import PARTITION_BYTES, partitions
from langcov.engines import plans
from langcov.engines.blocks import Scratch
from langcov.engines.cluster import LostTask, connected
from langcov.engines.lanes import Worker, kill_workers
from langcov.engines.partition_tasks import (
    MOST_LOADED,
    Counted,
    Job,
    count_partition,
    digest_files,
    merge_group,
    versions,
)
from langcov.engines.parts import TEXT, Part, Parts, mergeable
from langcov.engines.processes import GO_ON, cores
from langcov.engines.progress import Progress
from langcov.engines.requests import wanted_languages
from langcov.engines.tasks import Ready, prepare
from langcov.errors import CensusError, Interrupted, LangcovError, RunError
from langcov.stores import is_address

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from langcov.census.tables import Census
    from langcov.corpora.base import Corpus
    from langcov.corpora.partitions import Partition
    from langcov.corpora.stamps import Stamp
    from langcov.engines.cluster import Cluster
    from langcov.engines.requests import Beside
    from langcov.engines.tasks import Source
    from langcov.folders import Folder

LEAST_PARTITION_BYTES: Final = 4 << 20
"""A corpus is never cut finer than this."""

AIM: Final = 128
"""So many partitions a corpus has at least, if they need not be finer than that."""

AHEAD: Final = 3
"""For every CPU so many tasks are handed to Ray, so that none waits for us and a growing cluster sees the demand."""

TRIES: Final = 4
"""So often a task is begun whose worker or machine is lost."""


class Count(NamedTuple):
    """Count a partition by the tokenizers of these places, and its text if that was not done."""

    number: int
    places: tuple[int, ...]
    with_text: bool


class Merge(NamedTuple):
    """Put parts together."""

    parts: tuple[Part, ...]


class Digest(NamedTuple):
    """Read these of the corpus' files for its fingerprint, from the first up to, not including, the last."""

    first: int
    last: int


Task = Count | Merge | Digest


def count_on_ray(  # noqa: PLR0913 (as `count_in_processes`, and what to do when a task is lost)
    corpus: Corpus,
    sources: Sequence[Source],
    folder: Folder,
    languages: Collection[str] | None = None,
    *,
    sample: Sequence[str] | None = None,
    workers: int | None = None,
    resume: bool = False,
    beside: Beside | None = None,
    address: str | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    on_lost: Callable[[str], None] | None = None,
) -> Census:
    """Count a corpus with several tokenizers, on a Ray cluster.

    The census is the one that `count_in_processes` gives. Tokenizers are loaded and checked on this machine; workers get
    them from Ray's object store and keep up to `MOST_LOADED` in memory. The corpus' files and the run's folder have to
    be where every machine sees them, and all must have the same versions of what decides the counts.

    Args:
        corpus: The text.
        sources: Where the tokenizers come from.
        folder: The run's folder. Partial results lie in it until `plans.clear` removes them; the census refers to them.
        languages: Tags to count; all that the corpus has if None.
        sample: Text on which a faster engine is compared with the reference; None: the reference counts.
        workers: How many tasks run at once at most; as many as the cluster has CPUs if None.
        resume: Whether to go on with what an interrupted run left in the folder.
        beside: What else is made of each tokenizer while it is in memory.
        address: Of the cluster; if None, what ``RAY_ADDRESS`` says, else a cluster is started on this machine. A process
            that is connected to one already uses that one.
        on_progress: Called whenever a task is done.
        on_lost: Called with a sentence whenever a task is tried again, its worker or machine being lost.

    Raises:
        CensusError: There is no text, or two tokenizers share a name.
        CorpusError: The text can't be read, a machine does not see it, or it changed since the run began.
        RunError: Ray is not installed, the cluster can't be reached or fails, a machine does not see the folder or has
            other versions, the folder holds another run's parts, or workers were lost again and again.
        TokenizerError: A tokenizer can't be loaded.
        Interrupted: Ctrl-C; parts that are done are kept.
    """
    languages = wanted_languages(corpus, languages)
    plan = plans.Plan.of(corpus, languages, "ray")
    size = partition_bytes(plan.stamps)
    plan = replace(plan, what={**plan.what, "engine": f"ray, partitions of {size:,} bytes"})
    with connected(address, workers) as cluster, plans.held(folder) as local:
        with disk_errors(folder.address):
            scratch = Scratch(Path(tempfile.mkdtemp(prefix="scratch-", dir=local)))
        parts = Parts(folder, scratch.folder)
        began = False
        try:
            plans.begin(plan, parts, resume=resume)
            began = True
            ready = _prepared(sources, sample, scratch, plan, parts, beside)
            job = Job(
                name=str(scratch.folder),
                folder=folder,
                plan=folder.get(plans.PLAN),
                versions=versions(),
                languages=None if languages is None else tuple(languages),
            )
            divided = partitions(corpus, languages, size)
            shared = [cluster.share(each.file.read_bytes()) for each in ready]
            files = {stamp.path: stamp for stamp in plan.stamps}
            paths = corpus.paths if isinstance(corpus, FileCorpus) else ()
            run = _Run(cluster, job, divided, paths, files, shared, parts, workers, on_progress, on_lost)
            run.finish(size)
            plan.check_unchanged()
            fingerprint = corpus.fingerprint_from(run.digests()) if isinstance(corpus, FileCorpus) else None
            return plans.census(corpus, [each.facts for each in ready], parts, scratch, fingerprint)
        except KeyboardInterrupt:
            if not began:
                raise
            if not plans.worth_keeping(parts):
                plans.clear(folder)
                raise
            raise Interrupted(plans.kept(parts, len(sources))) from None
        except LangcovError as error:
            if began and (isinstance(error, CensusError) or not plans.worth_keeping(parts)):
                plans.clear(folder)
            elif began and "--resume" not in (error.fix or ""):
                error.fix = f"{error.fix}; {GO_ON}" if error.fix else GO_ON
            raise
        finally:
            shutil.rmtree(scratch.folder, ignore_errors=True)


def partition_bytes(files: Sequence[Stamp]) -> int:
    """Return how large a partition is to be, from the corpus' files alone, so that a resumed run has the same ones.

    >>> from langcov.corpora.stamps import Stamp
    >>> partition_bytes([]), partition_bytes([Stamp("a.txt", 10**9)]), partition_bytes([Stamp("a.txt", 10**13)])
    (4194304, 7812500, 268435456)
    """
    total = sum(file.size for file in files)
    return min(max(total // AIM, LEAST_PARTITION_BYTES), PARTITION_BYTES)


def _prepared(
    sources: Sequence[Source],
    sample: Sequence[str] | None,
    scratch: Scratch,
    plan: plans.Plan,
    parts: Parts,
    beside: Beside | None,
) -> list[Ready]:
    """Load and check the tokenizers on this machine, which has the files that were named."""
    lanes = [Worker(1) for _ in range(min(cores(), len(sources)))]
    ready: dict[int, Ready] = {}
    make = beside.make if beside is not None else None
    try:
        under_way = [
            lanes[place % len(lanes)].submit(partial(prepare, place, source, sample, scratch, make))
            for place, source in enumerate(sources)
        ]
        for place, future in enumerate(under_way):
            done = future.result()
            if beside is not None:
                beside.take(place, done.beside)
            ready[place] = done._replace(beside=None)
            plan.take(ready[place], ready, parts)
    except BrokenProcessPool:
        raise RunError(
            "a process that loaded a tokenizer was killed, perhaps for want of memory",
            fix="free some memory, and try again",
        ) from None
    except BaseException:
        kill_workers()
        raise
    finally:
        for lane in lanes:
            lane.close()
    return [ready[place] for place in range(len(sources))]


@dataclass
class _Run:
    cluster: Cluster
    job: Job
    partitions: Sequence[Partition]
    paths: Sequence[Path]
    files: Mapping[str, Stamp]
    shared: Sequence[Any]
    parts: Parts
    workers: int | None
    on_progress: Callable[[Progress], None] | None
    on_lost: Callable[[str], None] | None
    kept: list[Part] = field(default_factory=list)
    to_do: list[Count | Digest] = field(default_factory=list)
    read: dict[Digest, list[bytes]] = field(default_factory=dict)
    under_way: dict[Any, Task] = field(default_factory=dict)
    tries: dict[Task, int] = field(default_factory=dict)
    counted_bytes: float = 0
    segments: int = 0
    seen: set[str] = field(default_factory=set)

    def finish(self, size: int) -> None:
        """Count what is not counted, and merge all parts of a kind into one.

        Args:
            size: Bytes of files that are enough for a task.
        """
        if not self.partitions:
            raise CensusError("there is no text to count", fix="give files with text")
        self.kept = self.parts.done()
        counted = self.parts.counted()
        counts = _counts(len(self.partitions), len(self.shared), counted)
        digests = _digests([stamp.size for stamp in self._stamps(self.paths)], size)
        self.to_do = [*reversed(digests), *reversed(counts)]
        self._take_up(counted)
        try:
            while self.to_do or self.under_way or self._merges():
                self._hand_out()
                for reference in self.cluster.finished(self.under_way):
                    self._take(reference, self.under_way.pop(reference))
        except BaseException:
            self.cluster.cancel(self.under_way)
            raise

    def digests(self) -> list[bytes]:
        """Return what the corpus' fingerprint needs, a file each."""
        return [digest for task in sorted(self.read) for digest in self.read[task]]

    def _hand_out(self) -> None:
        """Give Ray as much as it can do soon; merges first, since they make room."""
        for group in self._merges():
            self._begin(Merge(tuple(group)))
        cpus = self.cluster.cpus()
        most = self.workers if self.workers and self.workers < cpus else AHEAD * cpus
        while self.to_do and len(self.under_way) < most:
            self._begin(self.to_do.pop())

    def _merges(self) -> list[list[Part]]:
        merging = [part for task in self.under_way.values() if isinstance(task, Merge) for part in task.parts]
        free = [part for part in self.kept if part not in merging]
        at_end = not any(isinstance(task, Count) for task in (*self.under_way.values(), *self.to_do[-1:]))
        if at_end:
            busy = {part.of for part in merging}
            free = [part for part in free if part.of not in busy]
        return mergeable(free, at_end=at_end)

    def _begin(self, task: Task) -> None:
        if isinstance(task, Merge):
            reference = self.cluster.submit(merge_group, self.job, task.parts)
        elif isinstance(task, Digest):
            paths = self.paths[task.first : task.last]
            reference = self.cluster.submit(digest_files, self.job, paths, self._stamps(paths))
        else:
            partition = self.partitions[task.number]
            corpus = getattr(partition, "corpus", None)
            files = self._stamps(corpus.paths if isinstance(corpus, FileCorpus) else ())
            arguments = task.number, partition, files, task.places, task.with_text
            reference = self.cluster.submit(count_partition, self.job, *arguments, shared=self.shared)
        self.under_way[reference] = task

    def _stamps(self, paths: Sequence[Path]) -> list[Stamp]:
        """Return what files looked like when the run began."""
        return [self.files[str(path) if is_address(path) else os.path.abspath(path)] for path in paths]  # noqa: PTH100

    def _take(self, reference: Any, task: Task) -> None:  # noqa: ANN401 (Ray's references are of no public type)
        """Take what a task did, or begin it again if it was lost."""
        try:
            result = self.cluster.result(reference)
        except LostTask as lost:
            self._again(task, str(lost))
            return
        if isinstance(task, Merge):
            self.kept = [part for part in self.kept if part not in task.parts] + [result]
            return
        if isinstance(task, Digest):
            self.read[task] = result
            return
        of = [TEXT] * task.with_text + [f"t{place:02}" for place in task.places]
        self.kept += [Part(task.number, task.number, each) for each in of]
        self._add(result, len(task.places) / len(self.shared), first=task.with_text)

    def _again(self, task: Task, reason: str) -> None:
        if isinstance(task, Merge):
            name = "merging parts"
        elif isinstance(task, Digest):
            name = f"reading {self.paths[task.first].name}"
        else:
            name = f"counting {self.partitions[task.number].name}"
        tries = self.tries[task] = self.tries.get(task, 1) + 1
        if tries > TRIES:
            raise RunError(
                f"the worker that was {name} was lost {TRIES} times, perhaps for want of memory ({reason})",
                where=self.parts.folder.address,
                fix="what was counted is kept: go on with --resume, and with fewer --workers or larger machines",
            )
        if self.on_lost is not None:
            self.on_lost(f"the worker that was {name} was lost; it is tried again ({tries} of {TRIES}).")
        self._begin(task)

    def _take_up(self, counted: dict[str, set[int]]) -> None:
        """Begin with what an interrupted run counted."""
        done = [part for part in self.kept if part.of == TEXT]
        if not done:
            return
        own = sum(len(counted.get(f"t{place:02}", ())) for place in range(len(self.shared)))
        share = own / len(self.shared) / len(counted[TEXT])
        for part in done:
            table = self.parts.table(part, "text").collect()
            languages = tuple(table["language"].unique().to_list())
            self._add(
                Counted(int(table["bytes"].sum()), int(table["segments"].sum()), languages), share, first=True
            )

    def _add(self, counted: Counted, share: float, *, first: bool) -> None:
        self.counted_bytes += counted.bytes * share
        if first:
            self.segments += counted.segments
            self.seen.update(counted.languages)
        if self.on_progress is not None:
            self.on_progress(Progress(int(self.counted_bytes), self.segments, len(self.seen)))


def _counts(number: int, tokenizers: int, counted: dict[str, set[int]]) -> list[Count]:
    """Return what is to be counted, in order: all partitions by as many tokenizers as a worker holds, then by the next.

    >>> _counts(2, 1, {})
    [Count(number=0, places=(0,), with_text=True), Count(number=1, places=(0,), with_text=True)]
    >>> _counts(2, 2, {"text": {0, 1}, "t00": {0, 1}, "t01": {0}})
    [Count(number=1, places=(1,), with_text=False)]
    """
    found = []
    for first in range(0, tokenizers, MOST_LOADED):
        group = range(first, min(first + MOST_LOADED, tokenizers))
        for partition in range(number):
            places = tuple(place for place in group if partition not in counted.get(f"t{place:02}", ()))
            with_text = not first and partition not in counted.get(TEXT, ())
            if places or with_text:
                found.append(Count(partition, places, with_text))
    return found


def _digests(sizes: Sequence[int], size: int) -> list[Digest]:
    """Put neighbouring files together until they are large enough for a task.

    >>> _digests([5, 1, 9, 2], 6)
    [Digest(first=0, last=2), Digest(first=2, last=3), Digest(first=3, last=4)]
    """
    found, first, held = [], 0, 0
    for number, own in enumerate(sizes, 1):
        held += own
        if held >= size or number == len(sizes):
            found.append(Digest(first, number))
            first, held = number, 0
    return found
