"""How much memory a process takes together with all that it started, as Linux counts it.

A process' share (PSS) counts a page that several processes have in memory once, divided among them, so that shares add
up to what is really taken.
"""

from __future__ import annotations

import subprocess
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

EVERY_SECONDS: Final = 0.2
"""How often memory is looked at."""


class Sample(NamedTuple):
    """What was taken at a moment.

    Attributes:
        seconds: Since the command began.
        main: MB of the process itself.
        others: MB of each process under it, the largest first.
        phase: What it was doing then.
    """

    seconds: float
    main: float
    others: tuple[float, ...]
    phase: str

    @property
    def total(self) -> float:
        """MB in all."""
        return self.main + sum(self.others)


class Watched(NamedTuple):
    """A command that ended.

    Attributes:
        seconds: How long it took.
        code: Its exit code.
        samples: Its memory; empty if it was not watched.
        stderr: What it said.
    """

    seconds: float
    code: int
    samples: list[Sample]
    stderr: str

    @property
    def peak(self) -> Sample:
        """The sample in which most was taken."""
        return max(self.samples, key=lambda sample: sample.total)


def run(
    command: Sequence[str],
    phase: Callable[[int], str] = lambda _: "",
    *,
    every: float | None = EVERY_SECONDS,
) -> Watched:
    """Run a command to its end, and watch its memory.

    Args:
        command: What to run; what it writes on stdout is dropped.
        phase: Told how many processes the command has under it, returns what it is doing.
        every: Seconds between samples; None: don't watch, so that nothing disturbs its time.
    """
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603 (a benchmark's own command)
        said: list[str] = []
        listener = threading.Thread(target=lambda: said.extend(process.stderr or ()), daemon=True)
        listener.start()
        samples: list[Sample] = []
        while process.poll() is None:
            if every is None:
                process.wait()
                break
            pids = descendants(process.pid)
            others = sorted((share(pid) for pid in pids), reverse=True)
            samples.append(
                Sample(time.perf_counter() - start, share(process.pid), tuple(others), phase(len(pids)))
            )
            time.sleep(every)
        seconds = time.perf_counter() - start
        listener.join()
    return Watched(seconds, process.returncode, samples, "".join(said))


def share(pid: int | str = "self") -> float:
    """Return a process' share of memory in MB (10^6 bytes); 0 if it is gone."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    found = [int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")]
    return found[0] * 1024 / 1e6 if found else 0.0


def descendants(pid: int) -> list[int]:
    """Return the processes that a process started, and that they started."""
    parents: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        parents.setdefault(int(fields[1]), []).append(int(path.parent.name))
    found = parents.get(pid, [])
    for child in found:
        found.extend(parents.get(child, ()))
    return found
