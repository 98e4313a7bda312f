"""How fast langcov counts, against plain loops of `encode_batch_fast` and against its engines alone; on real text.

The text is the Universal Declaration in all its languages and the prose of `prose.py`, cut into langcov's own batches,
the same for all. For each of ten tokenizers:

- plain: a loop over the batches that adds up ``len`` of the ids, with `tokenizers` on all cores (see contestants.py).
- engine: the engine that langcov counts with and nothing else, in one process with all threads.
- engine x N: the same in N processes of one thread, which share the batches.
- langcov: `count_in_processes` with every census table, N workers, from the start of the workers to the merged census;
  the tokenizers were loaded before.

In all: the same for the ten together, langcov also with one worker, with the loading of tokenizers, and as the whole
command `langcov compare` (start, reading, loading, counting, measuring, writing, page).

In the first round all contestants run, in the others the plain loops, the engines in N processes, langcov for all and the
command, in turns; each run begins with a fresh copy of its tokenizer. Memory and the share of time in each stage come
from runs of their own.

    python benchmarks/throughput.py [--rounds 5] [--prose-megabytes M] [--quick]
"""

from __future__ import annotations

import argparse
import os
import pickle
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import contestants
import stages
from contestants import Timed
from machine import heading
from process_tree import run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langcov.corpora.base import Corpus
    from langcov.engines.tasks import Source
    from langcov.tokenizers.base import Tokenizer

TEN: Final = (
    *("mbert", "xlm-r", "cl100k", "o200k", "llama-3"),
    *("mistral", "qwen3", "deepseek", "tekken", "j2"),
)


def main() -> None:
    """Time all, and write the tables down."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--prose-megabytes", type=float, help="about so much of the prose; all if not given")
    parser.add_argument("--tokenizers", nargs="+", default=list(TEN))
    parser.add_argument(
        "--memory", choices=["each", "all"], default="each", help="of each tokenizer, or of all only"
    )
    parser.add_argument(
        "--quick", action="store_true", help="one round of a tenth of the text: does it work?"
    )
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "throughput.txt")
    options = parser.parse_args()
    lines = [heading(), ""]
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench.prepared(Path(folder), options.tokenizers, options.prose_megabytes, options.quick)
        try:
            for number in range(1 if options.quick else options.rounds):
                bench.round()
                if not number:
                    bench.rest()
        finally:
            for worker in bench.workers:
                worker.close()
        lines += [*bench.described(), "", *bench.by_tokenizer(), "", *bench.together(), ""]
        lines += [*bench.memory(each=options.memory == "each"), "", *bench.stages()]
    text = "\n".join(lines)
    options.out.write_text(text + "\n", encoding="utf-8")
    print(text)


class Pickled(NamedTuple):
    """A tokenizer that was loaded before: a source that costs next to nothing."""

    file: Path

    def load(self) -> Tokenizer:
        """Take it out of its file."""
        found: Tokenizer = pickle.loads(self.file.read_bytes())  # noqa: S301 (made here)
        return found


class Loaded(NamedTuple):
    """A tokenizer that is ready for all contestants."""

    name: str
    engine: str
    file: Path
    plain: bytes
    seconds: float


@dataclass
class Bench:
    """Text, tokenizers, and the times taken so far.

    Attributes:
        corpus: The text, as files in ``folder``.
        batches: The same, as every contestant gets it.
        bytes: Of the text.
        times: By tokenizer (or ``all``) and contestant, a time for each round.
    """

    folder: Path
    corpus: Corpus
    batches: contestants.Batches
    bytes: int
    languages: int
    sample: list[str]
    tokenizers: list[Loaded]
    workers: list[Any]
    shares: list[Path]
    times: dict[tuple[str, str], list[Timed]] = field(default_factory=dict)

    @classmethod
    def prepared(
        cls, folder: Path, names: Sequence[str], prose_megabytes: float | None, quick: bool
    ) -> Bench:
        """Write the text, load the tokenizers, start the workers."""
        from langcov import open_corpus
        from langcov.corpora.slices import passages
        from langcov.engines.lanes import Worker
        from langcov.engines.processes import cores

        corpus = open_corpus(str(text(folder / "text", prose_megabytes, 10 if quick else 1)))
        batches = [frame["text"].to_list() for frame in corpus.batches()]
        sample = passages(corpus)
        tokenizers = [loaded(name, sample, folder / f"{name}.pickle") for name in names]
        number = cores()
        shares = [folder / f"{place}.batches" for place in range(number)]
        for place, share in enumerate(shares):
            share.write_bytes(pickle.dumps(batches[place::number]))
        size = sum(len(each.encode()) for texts in batches for each in texts)
        workers = [Worker(1) for _ in range(number)]
        languages = len(corpus.languages())
        return cls(folder, corpus, batches, size, languages, sample, tokenizers, workers, shares)

    def round(self) -> None:
        """Let every contestant of the main comparison run once."""
        for each in self.tokenizers:
            self._note(each.name, "plain", contestants.plain_loop(each.plain, self.batches))
            self._note(
                each.name, "engine x N", contestants.engine_loop_in(self.workers, each.file, self.shares)
            )
        ready = [Pickled(each.file) for each in self.tokenizers]
        self._note("all", "langcov", self._count(ready))
        self._note("all", "command", self._command([each.name for each in self.tokenizers]))

    def rest(self) -> None:
        """Let the others run once."""
        for each in self.tokenizers:
            self._note(each.name, "engine", contestants.engine_loop(each.file.read_bytes(), self.batches))
            self._note(each.name, "langcov", self._count([Pickled(each.file)]))
        ready = [Pickled(each.file) for each in self.tokenizers]
        self._note("all", "one worker", self._count(ready, workers=1))
        self._note("all", "with loading", self._count(self._sources(), sample=self.sample))

    def described(self) -> list[str]:
        """Say what was counted and how."""
        segments = sum(map(len, self.batches))
        rounds = len(self.times["all", "langcov"])
        return [
            f"{self.bytes / 1e6:.1f} MB, {segments:,} segments, {self.languages} languages: UDHR and Debian's manuals",
            f"{rounds} rounds; seconds are medians (least to most), or of one run; N = {len(self.workers)}",
        ]

    def by_tokenizer(self) -> list[str]:
        """A row for each tokenizer: seconds, MB/s and ratios."""
        lines = [
            "seconds      plain                 engine                engine x N            langcov",
            "MB/s: plain, engine, engine x N, langcov; times faster than plain; langcov / the faster engine run; load s",
        ]
        for each in self.tokenizers:
            own = {
                what: self._times(each.name, what) for what in ("plain", "engine", "engine x N", "langcov")
            }
            middle = {what: statistics.median(seconds) for what, seconds in own.items()}
            lines.append(f"{each.name:<12} " + " ".join(f"{spread(seconds):<21}" for seconds in own.values()))
            speeds = " ".join(f"{self.bytes / 1e6 / seconds:>6.1f}" for seconds in middle.values())
            best = min(middle["engine"], middle["engine x N"])
            tokens = self.times[each.name, "plain"][0].tokens / self.times[each.name, "engine"][0].tokens
            same = "" if tokens == 1 else f"; plain gives {tokens:.2%} of the tokens"
            lines.append(
                f"{'':<12} {speeds}  {middle['plain'] / middle['langcov']:>5.1f}x  "
                f"{middle['langcov'] / best:>5.2f}  {each.seconds:>5.1f} s  {each.engine}{same}"
            )
        return lines

    def together(self) -> list[str]:
        """Rows for all tokenizers together."""
        plain = sum(statistics.median(self._times(each.name, "plain")) for each in self.tokenizers)
        engine = sum(
            min(statistics.median(self._times(each.name, what)) for what in ("engine", "engine x N"))
            for each in self.tokenizers
        )
        rows = [
            ("plain loops, one after the other", [plain]),
            ("engines alone, the faster way each", [engine]),
            (f"langcov, {len(self.workers)} workers", self._times("all", "langcov")),
            ("langcov, 1 worker", self._times("all", "one worker")),
            (f"langcov, {len(self.workers)} workers, with loading", self._times("all", "with loading")),
            ("langcov compare, the whole command", self._times("all", "command")),
        ]
        lines = [
            f"{f'{len(self.tokenizers)} tokenizers':<38}{'seconds':<24}{'MB/s':>6}{'x plain':>9}{'/ engines':>11}"
        ]
        for what, seconds in rows:
            middle = statistics.median(seconds)
            lines.append(
                f"{what:<38}{spread(seconds):<24}{self.bytes / 1e6 / middle:>6.2f}"
                f"{plain / middle:>8.1f}x{middle / engine:>11.2f}"
            )
        load = sum(each.seconds for each in self.tokenizers)
        return [*lines, f"loading and checking the tokenizers, one after the other: {load:.1f} s"]

    def memory(self, *, each: bool) -> list[str]:
        """Peak memory of the whole command, for all tokenizers and, if asked, for each."""
        lines = ["peak memory of langcov compare, MB (PSS of all its processes, every 0.2 s)"]
        names = [tokenizer.name for tokenizer in self.tokenizers]
        for chosen in (*([name] for name in names if each), names):
            peak = self._watched(chosen, every=0.2).peak
            what = chosen[0] if len(chosen) == 1 else f"all {len(chosen)}"
            lines.append(f"{what:<12}{peak.total:>7,.0f}   (main {peak.main:,.0f})")
        return lines

    def stages(self) -> list[str]:
        """Where the time goes in one run of all tokenizers, loading included. The last thing to do."""
        with tempfile.TemporaryDirectory() as left:
            os.environ[stages.FOLDER] = left
            stages.trace_main()
            seconds = self._count(self._sources(), sample=self.sample).seconds
            found = stages.times(Path(left))
        lines = [f"stage, in a run of its own of {seconds:.1f} s with {len(self.workers)} workers"]
        available = seconds * len(self.workers)
        for stage in (*stages.IN_WORKERS, *stages.IN_MAIN):
            spent = found.get(stage, 0.0)
            share = f"{spent / available:>7.1%} of the workers' time" if stage in stages.IN_WORKERS else ""
            lines.append(f"{stage:<36}{spent:>8.2f} s{share}")
        rest = available - sum(found.get(stage, 0.0) for stage in stages.IN_WORKERS)
        return [
            *lines,
            f"{'starting, waiting':<36}{rest:>8.2f} s{rest / available:>7.1%} of the workers' time",
        ]

    def _note(self, name: str, what: str, timed: Timed) -> None:
        self.times.setdefault((name, what), []).append(timed)
        print(f"{name:<12}{what:<14}{timed.seconds:8.2f} s", file=sys.stderr, flush=True)

    def _times(self, name: str, what: str) -> list[float]:
        return [each.seconds for each in self.times[name, what]]

    def _sources(self) -> list[Source]:
        from langcov.tokenizers.load import TokenizerSource

        return [TokenizerSource(each.name) for each in self.tokenizers]

    def _count(
        self, sources: Sequence[Source], *, sample: list[str] | None = None, workers: int | None = None
    ) -> Timed:
        from langcov.engines.processes import count_in_processes
        from langcov.folders import Folder

        with tempfile.TemporaryDirectory(dir=self.folder) as out:
            start = time.perf_counter()
            census = count_in_processes(
                self.corpus, sources, Folder.at(out), sample=sample, workers=workers or len(self.workers)
            )
            seconds = time.perf_counter() - start
            return Timed(seconds, int(census.tokens["tokens"].sum()))

    def _command(self, names: Sequence[str]) -> Timed:
        return Timed(self._watched(names, every=None).seconds, 0)

    def _watched(self, names: Sequence[str], *, every: float | None) -> Any:  # noqa: ANN401
        with tempfile.TemporaryDirectory(dir=self.folder) as out:
            command = [sys.executable, "-m", "langcov", "compare", *names]
            command += ["--corpus", str(self.folder / "text"), "--out", f"{out}/run"]
            done = run(command, every=every)
        if done.code:
            raise SystemExit(f"langcov compare ended with {done.code}:\n{done.stderr}")
        return done


def text(folder: Path, prose_megabytes: float | None, thinned: int) -> Path:
    """Write the Declaration and the prose as files that langcov reads, every so many'th line; return the folder."""
    from prose import written

    from langcov import open_corpus

    (folder / "prose").mkdir(parents=True)
    (folder / "udhr").mkdir()
    files = written()
    step = thinned
    if prose_megabytes is not None:
        step = max(step, round(sum(file.stat().st_size for file in files) / 1e6 / prose_megabytes))
    for file in files:
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        (folder / "prose" / file.name).write_text("".join(lines[::step]), encoding="utf-8")
    for frame in open_corpus("udhr").batches():
        for (tag,), rows in frame.group_by("language", maintain_order=True):
            with (folder / "udhr" / f"{tag}.txt").open("a", encoding="utf-8") as out:
                out.writelines(f"{' '.join(line.split())}\n" for line in rows["text"][::thinned])
    return folder


def loaded(name: str, sample: list[str], file: Path) -> Loaded:
    """Load a tokenizer and let a faster engine encode for it, as langcov does."""
    from langcov.tokenizers.fast import accelerated, shelved
    from langcov.tokenizers.load import TokenizerSource

    start = time.perf_counter()
    tokenizer = TokenizerSource(name).load()
    ready = shelved(accelerated(tokenizer, sample))
    seconds = time.perf_counter() - start
    file.write_bytes(pickle.dumps(ready))
    return Loaded(name, ready.engine, file, pickle.dumps(contestants.plain(tokenizer)), seconds)


def spread(seconds: Sequence[float]) -> str:
    """Return the median, and the least and the most where there is more than one."""
    middle = f"{statistics.median(seconds):.2f}"
    return middle if len(seconds) == 1 else f"{middle} ({min(seconds):.2f} to {max(seconds):.2f})"


if __name__ == "__main__":
    main()
