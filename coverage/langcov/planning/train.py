"""Train a grid of candidates into a folder, several at once; what is trained stays, so that a grid can be gone on with.

Each candidate is a folder of its own, which appears when it is whole:

    candidates/plan.json                            what all candidates have in common: text, split, sampling, versions
    candidates/byte-bpe-8000-alpha0.3-gpt2/         tokenizer.json or tokenizer.model
                                                    candidate.json: settings, sha256, bytes of each language
"""

from __future__ import annotations

import hashlib
import json
import shutil
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import langcov
from langcov.census.storage import DAMAGE, written_aside
from langcov.engines import plans
from langcov.engines.lanes import Here, Lane, Worker, kill_workers
from langcov.engines.processes import HARDLY_ANY, cores
from langcov.errors import Interrupted, LangcovError, RunError
from langcov.folders import Folder
from langcov.planning.sampling import MOST_BYTES, Sampling, measure_text, plan_sample, sampled_bytes
from langcov.planning.trainers import train_tokenizer, trainer_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from langcov.corpora.base import Corpus
    from langcov.planning.candidates import Candidate
    from langcov.planning.sampling import Sample

PLAN: Final = "plan.json"
NOTE: Final = "candidate.json"
FORMAT: Final = 1
LISTENS_SECONDS: Final = 0.2
"""So often training looks whether it is to stop."""


class Trained(NamedTuple):
    """A candidate that is trained.

    Attributes:
        candidate: What it is.
        path: Its file.
        entries: Of its vocabulary; fewer than asked for where the text gave no more.
        sampled: Bytes of text that it was trained on, by language.
        repeated_most: How many times that language's text was taken of which it was taken most often.
        sha256: Of the file.
    """

    candidate: Candidate
    path: Path
    entries: int
    sampled: Mapping[str, int]
    repeated_most: float
    sha256: str


class GridProgress(NamedTuple):
    """How far training is: how many candidates are done, of how many, and which was done last."""

    done: int
    total: int
    name: str


@dataclass(frozen=True)
class Text:
    """What candidates are trained on, and how it is told from other text.

    Attributes:
        corpus: The training text, without what is held out.
        languages: Tags; all if None.
        held_out: Name and fingerprint of what is held out.
        sampling: How text is divided among languages.
    """

    corpus: Corpus
    languages: Sequence[str] | None
    held_out: str
    sampling: Sampling


def train_candidates(
    candidates: Sequence[Candidate],
    text: Text,
    folder: Path,
    *,
    workers: int | None = None,
    resume: bool = False,
    on_progress: Callable[[GridProgress], None] | None = None,
) -> list[Trained]:
    """Train those candidates that the folder lacks; return all of them in order.

    Args:
        candidates: With different names.
        text: What they are trained on.
        folder: Gets a folder for each candidate.
        workers: How many are trained at once; as many as there are cores if None. Each holds the words or the sentences of
            its own sample.
        resume: Whether to go on with what the folder holds.
        on_progress: Called when a candidate is done.

    Raises:
        RunError: The folder can't be written, holds candidates of other settings, or a worker was killed.
        CorpusError: The text can't be read, or can't be sampled as asked.
        TokenizerError: A candidate can't be trained.
        Interrupted: Ctrl-C; candidates that are done are kept.
    """
    with plans.held(Folder.at(folder)) as lock:
        _remove_halves(folder)
        try:
            _begin(_common(candidates, text), folder, resume=resume)
            there = [each for each in candidates if (folder / each.name / NOTE).exists()]
            missing = [each for each in candidates if each not in there]
            if missing:
                grid = _Grid(text, folder, len(there), len(candidates), on_progress)
                grid.train(missing, workers)
            return [_read(each, folder) for each in candidates]
        finally:
            _remove_halves(folder)
            if not any(folder.glob(f"*/{NOTE}")):
                (folder / PLAN).unlink(missing_ok=True)
            if lock is not None:
                shutil.rmtree(lock, ignore_errors=True)
            if not any(folder.iterdir()):
                folder.rmdir()


@dataclass
class _Grid:
    """Candidates under way."""

    text: Text
    folder: Path
    done: int
    total: int
    on_progress: Callable[[GridProgress], None] | None

    def train(self, candidates: Sequence[Candidate], workers: int | None) -> None:
        sampling = self.text.sampling
        sizes = measure_text(self.text.corpus, self.text.languages, sampling.seed)
        alphas = dict.fromkeys(each.alpha for each in candidates)
        samples = {alpha: plan_sample(sizes, alpha, sampling) for alpha in alphas}
        lanes = _lanes(workers, len(candidates), max(sum(sample.taken) for sample in samples.values()))
        try:
            self._loop(candidates, samples, lanes)
        except KeyboardInterrupt:
            kill_workers()
            # One may be in its folder that was not told of yet.
            kept = len(list(self.folder.glob(f"*/{NOTE}")))
            if not kept:
                raise
            raise Interrupted(
                f"{kept:,} of {self.total:,} candidates are kept in {self.folder}: "
                "go on with the same command and --resume."
            ) from None
        except BaseException as error:
            kill_workers()
            if self.done and isinstance(error, LangcovError) and "--resume" not in (error.fix or ""):
                go_on = "what is trained is kept: then go on with --resume"
                error.fix = f"{error.fix}; {go_on}" if error.fix else go_on
            raise
        finally:
            for lane in lanes:
                lane.close()

    def _loop(
        self, candidates: Sequence[Candidate], samples: Mapping[float, Sample], lanes: Sequence[Lane]
    ) -> None:
        # What takes longest comes first, so that no worker is left with it at the end.
        waiting = sorted(candidates, key=lambda each: each.vocabulary)
        under_way: dict[Future[None], tuple[Lane, Candidate]] = {}
        while waiting or under_way:
            busy = {lane for lane, _ in under_way.values()}
            for lane in lanes:
                if waiting and lane not in busy:
                    each = waiting.pop()
                    task = partial(_train_one, each, self.text.corpus, samples[each.alpha], self.folder)
                    under_way[lane.submit(task)] = lane, each
            # Polars' signal handler lets a wait without an end go on over Ctrl-C, until a candidate is done.
            finished, _ = wait(under_way, LISTENS_SECONDS, return_when=FIRST_COMPLETED)
            for future in finished:
                _, each = under_way.pop(future)
                self._take(future, each)

    def _take(self, future: Future[None], candidate: Candidate) -> None:
        try:
            future.result()
        except BrokenProcessPool:
            raise RunError(
                f"the worker process that trained {candidate.name} was killed, perhaps for want of memory",
                where=str(self.folder),
                fix="what is trained is kept: go on with --resume and fewer --workers, or give fewer --bytes",
            ) from None
        self.done += 1
        if self.on_progress is not None:
            self.on_progress(GridProgress(self.done, self.total, candidate.name))


def _remove_halves(folder: Path) -> None:
    """Remove what workers that were killed left half written."""
    for left in folder.glob(".*"):
        shutil.rmtree(left, ignore_errors=True)


def _train_one(candidate: Candidate, corpus: Corpus, sample: Sample, folder: Path) -> None:
    """Train a candidate and put it into its folder; may run in another process."""
    made = train_tokenizer(candidate, sample.texts(corpus), sum(sample.taken))
    note = {
        **candidate.as_dict(),
        "trainer": trainer_of(candidate),
        "file": made.file,
        "sha256": hashlib.sha256(made.data).hexdigest(),
        "entries": made.entries,
        "repeated_most": sample.repeated_most,
        "sampled_bytes": sampled_bytes(sample),
    }
    with written_aside(folder / candidate.name) as aside:
        (aside / made.file).write_bytes(made.data)
        (aside / NOTE).write_text(_json(note), encoding="utf-8")


def _lanes(workers: int | None, tasks: int, size: int) -> list[Lane]:
    """Return the workers: processes, unless nobody said how many and there is hardly any text."""
    if workers is None and size * tasks < HARDLY_ANY:
        return [Here()]
    number = min(workers or cores(), tasks)
    return [Worker(max(1, cores() // number)) for _ in range(number)]


def _common(candidates: Sequence[Candidate], text: Text) -> dict[str, Any]:
    """What all candidates of a folder have in common, as JSON gives it back."""
    common = {
        "format": FORMAT,
        "langcov": langcov.__version__,
        "corpus": text.corpus.name,
        "training text": text.corpus.fingerprint,
        "held-out text": text.held_out,
        "languages": sorted(text.languages) if text.languages is not None else None,
        "most bytes": MOST_BYTES,
        **asdict(text.sampling),
        **{trainer.partition(" ")[0]: trainer for trainer in sorted(set(map(trainer_of, candidates)))},
    }
    found: dict[str, Any] = json.loads(json.dumps(common))
    return found


def _begin(common: dict[str, Any], folder: Path, *, resume: bool) -> None:
    """Write the plan, or see that the candidates that are there are of this plan."""
    plan = folder / PLAN
    if not plan.exists():
        Folder.at(folder).put(PLAN, _json(common).encode())
        return
    if not resume:
        raise RunError(
            "candidates are here already",
            where=str(folder),
            fix="go on with them with --resume, name another folder with --out, or remove this one",
        )
    try:
        before = dict(json.loads(plan.read_text(encoding="utf-8")))
    except DAMAGE:
        before = {}
    for key, value in common.items():
        added = key in {"tokenizers", "sentencepiece"} and key not in before
        if not added and before.get(key) != value:
            raise RunError(
                f"the candidates here are of another grid: its {key} was {_short(before.get(key))} and is {_short(value)} now",
                where=str(folder),
                fix="name another folder with --out, or remove this one",
            )
    if set(common) - set(before):
        Folder.at(folder).put(PLAN, _json({**before, **common}).encode())


def _read(candidate: Candidate, folder: Path) -> Trained:
    """Read a candidate back, and see that it is whole and what its name says."""
    place = folder / candidate.name
    try:
        note = json.loads((place / NOTE).read_text(encoding="utf-8"))
        path = place / Path(note["file"]).name
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if digest != note["sha256"] or {key: note[key] for key in candidate.as_dict()} != candidate.as_dict():
            raise ValueError("it is not what its note says")
        return Trained(
            candidate,
            path,
            note["entries"],
            dict(note["sampled_bytes"]),
            float(note["repeated_most"]),
            digest,
        )
    except DAMAGE as error:
        raise RunError(
            f"this candidate is damaged ({error})",
            where=str(place),
            fix="remove its folder and train it again with --resume",
        ) from error


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def _short(value: object, most: int = 60) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= most else f"{text[:most]}..."
