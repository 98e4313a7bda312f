"""Run many cases in children, survive what kills them, and reduce what is found."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import re
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from threading import Lock
from typing import TYPE_CHECKING, Self

from fuzzing import made_corpora, made_runs, made_tokenizers
from fuzzing.box import Box
from fuzzing.child import Outcome, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from multiprocessing.connection import Connection

    from fuzzing.case import Case
    from fuzzing.originals import Originals

CPU_SECONDS = 60.0
"""A case that computes longer has no end."""
WALL_SECONDS = 900.0
"""A case that takes longer waits for what never comes. Not the measure of the other, since machines are shared."""
STARTING = 120.0
BATCH = 300
"""A child is let go after so many cases, for what libraries keep adds up."""

TRIES = 150
"""So many smaller inputs are tried to reduce a finding, and fewer where each costs a child."""

KINDS: tuple[tuple[str, int], ...] = (
    ("corpus", 38),
    ("tokenizer", 36),
    ("words", 7),
    ("run_file", 7),
    ("command", 2),
    ("run_folder", 10),
)
"""Kinds of cases, and how many of a hundred are of each."""

_MAKERS = {
    "corpus": made_corpora.corpus,
    "tokenizer": made_tokenizers.tokenizer,
    "words": made_runs.words,
    "run_file": made_runs.run_file,
    "command": made_runs.command,
    "run_folder": made_runs.run_folder,
}


def case_of(seed: int, number: int, originals: Originals) -> Case:
    """Return the case that a seed and a number stand for, the same every time."""
    chance = Random(f"{seed}:{number}")
    (kind,) = chance.choices([name for name, _ in KINDS], [share for _, share in KINDS])
    return _MAKERS[kind](originals, chance)


@dataclass
class Findings:
    """What a hunt found.

    Attributes:
        ends: How many cases ended how, by target.
        found: Key -> the first case of that kind, its number and outcome.
        times: Key -> how often.
        slowest: Seconds and number of the slowest case.
    """

    ends: Counter[tuple[str, str]] = field(default_factory=Counter)
    found: dict[str, tuple[int, Case, Outcome]] = field(default_factory=dict)
    times: Counter[str] = field(default_factory=Counter)
    slowest: tuple[float, int] = (0.0, -1)

    def add(self, number: int, case: Case, outcome: Outcome) -> None:
        """Take one in."""
        self.ends[case.target, outcome.ended] += 1
        self.slowest = max(self.slowest, (outcome.seconds, number))
        if outcome.ended not in {"clean", "refused"}:
            self.times[outcome.key] += 1
            self.found.setdefault(outcome.key, (number, case, outcome))


def hunt(
    cases: Iterable[tuple[int, Case]],
    originals: Originals,
    lanes: int = 2,
    on_outcome: Callable[[int, Outcome], None] | None = None,
) -> Findings:
    """Run cases in as many children as there are lanes."""
    findings = Findings()
    queue, lock = iter(cases), Lock()

    def taken() -> tuple[int, Case] | None:
        with lock:
            return next(queue, None)

    def lane(_: int) -> None:
        with Keeper(originals) as keeper:
            while (pair := taken()) is not None:
                outcome = keeper.run(pair[1])
                with lock:
                    findings.add(*pair, outcome)
                if on_outcome is not None:
                    on_outcome(pair[0], outcome)

    with ThreadPoolExecutor(lanes) as pool:
        list(pool.map(lane, range(lanes)))
    return findings


class Keeper:
    """Keeps a child at work: starts it again when it dies, and says what killed it."""

    def __init__(self, originals: Originals) -> None:
        self._toy = originals.tokenizers["bytes.tokenizer.json"]
        self._child: multiprocessing.process.BaseProcess | None = None
        self._connection: Connection | None = None
        self._folder: TemporaryDirectory[str] | None = None
        self._served = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def run(self, case: Case) -> Outcome:
        """Run one case."""
        self._served += 1
        if self._served > BATCH:
            self._stop()
        connection = self._connection or self._start()
        started = time.monotonic()
        try:
            connection.send(case)
            if self._answers(connection):
                outcome: Outcome = connection.recv()
                return outcome
        except (EOFError, OSError):
            return self._dead(time.monotonic() - started)
        assert self._child is not None
        assert self._child.pid is not None
        os.kill(self._child.pid, signal.SIGUSR1)  # it writes where it is
        time.sleep(0.5)
        said = self._last_words()
        self._stop()
        return Outcome("endless", f"endless at {_own_line(said)}", said, time.monotonic() - started)

    def _answers(self, connection: Connection) -> bool:
        """Wait for an answer as long as a case may take."""
        before, started = self._cpu_seconds(), time.monotonic()
        while not connection.poll(5.0):
            if self._cpu_seconds() - before > CPU_SECONDS or time.monotonic() - started > WALL_SECONDS:
                return False
        return True

    def _cpu_seconds(self) -> float:
        """What the child has computed so far, in all its threads."""
        assert self._child is not None
        try:
            fields = (
                Path(f"/proc/{self._child.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            )
        except FileNotFoundError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _start(self) -> Connection:
        self._folder = TemporaryDirectory(prefix="langcov-fuzz-")
        root = Path(os.path.realpath(self._folder.name)) / "box"
        Box(root).make(self._toy)
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        self._child = context.Process(target=serve, args=(theirs, root, self._errors), daemon=True)
        self._child.start()
        theirs.close()
        if not ours.poll(STARTING) or ours.recv() != "ready":
            raise RuntimeError(f"a child did not start: {self._last_words()}")
        self._connection = ours
        return ours

    @property
    def _errors(self) -> Path:
        assert self._folder is not None
        return Path(self._folder.name) / "stderr.txt"

    def _last_words(self) -> str:
        data = self._errors.read_bytes() if self._errors.exists() else b""
        return data[-2500:].decode("utf-8", "replace")

    def _dead(self, seconds: float) -> Outcome:
        assert self._child is not None
        self._child.join(10)
        code = self._child.exitcode
        cause = signal.Signals(-code).name if code is not None and code < 0 else f"exit code {code}"
        said = self._last_words()
        self._stop()
        return Outcome("died", f"{cause} at {_own_line(said)}", said, seconds)

    def _stop(self) -> None:
        if self._connection is not None:
            self._connection.close()
        if self._child is not None:
            self._child.kill()
            self._child.join()
        if self._folder is not None:
            self._folder.cleanup()
        self._child = self._connection = self._folder = None
        self._served = 0


def reduced(case: Case, outcome: Outcome, originals: Originals) -> Case:
    """Return a smaller case that ends in the same way: fewer files, fewer bytes."""
    tries = TRIES if outcome.ended in {"escaped", "touched"} else 0 if outcome.ended == "endless" else 12
    with Keeper(originals) as keeper:
        for name in list(case.files):
            smaller = replace(case, files={key: data for key, data in case.files.items() if key != name})
            if tries > 0 and len(case.files) > 1 and keeper.run(smaller).key == outcome.key:
                case = smaller
            tries -= 1
        for name, size in itertools.product(list(case.files), (4096, 512, 64, 8, 1)):
            place = 0
            while tries > 0 and place < len(case.files[name]):
                data = case.files[name]
                smaller = replace(case, files={**case.files, name: data[:place] + data[place + size :]})
                tries -= 1
                if keeper.run(smaller).key == outcome.key:
                    case = smaller
                else:
                    place += size
    return case


def _own_line(said: str) -> str:
    """The innermost line of langcov's own in what faulthandler wrote last."""
    trace = said.rpartition("most recent call first")[2]
    found = re.search(r"langcov/(\S+\.py)\", line \d+ in (\w+)", trace)
    return f"{found[1]}:{found[2]}" if found else "no place"
