"""A process that runs cases under limits, and tells how each ended; it may die of one."""

from __future__ import annotations

import faulthandler
import os
import resource
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fuzzing.box import Box

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from fuzzing.case import Case

MEMORY = 4 << 30
"""Bytes that a child may allocate; not address space, of which the engine that draws charts reserves far more."""


class Outcome(NamedTuple):
    """How a case ended.

    Attributes:
        ended: ``clean``, ``refused`` (a `LangcovError`), or what happened that must not.
        key: Equal for equal findings: what and where.
        said: The result, the refusal, or the finding in full.
        seconds: How long it took.
    """

    ended: str
    key: str
    said: str
    seconds: float


def serve(connection: Connection, root: Path, errors: Path) -> None:
    """Run what comes over the connection until it closes."""
    handle = os.open(errors, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(handle, 2)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    faulthandler.enable(2)
    faulthandler.register(signal.SIGUSR1, 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    box = Box(root)
    box.settle()
    _warm_up()
    connection.send("ready")
    while True:
        try:
            case = connection.recv()
        except EOFError:
            return
        connection.send(_run(case, box))


def _warm_up() -> None:
    """Import what the first case would else be charged for."""
    import langcov.cli
    import langcov.report.page
    import langcov.runs
    from langcov.corpora import open_corpus
    from langcov.tokenizers.fast import accelerated

    _ = langcov.cli, langcov.report.page, langcov.runs, open_corpus, accelerated


def _run(case: Case, box: Box) -> Outcome:
    from fuzzing import targets
    from langcov.errors import LangcovError

    box.clear()
    case.lay_out(box.case)
    before = box.listing()
    box.touched.clear()
    started = time.monotonic()
    box.watching = True
    try:
        said = getattr(targets, case.target)(box.case, **case.arguments_in(box.case))
        ended, key = "clean", ""
    except LangcovError as error:
        ended, key, said = "refused", type(error).__name__, str(error)
    except BaseException as error:  # noqa: BLE001 (a panic of a Rust library is no Exception)
        ended, key, said = "escaped", _key(error), _in_full(error)
    finally:
        box.watching = False
    seconds = time.monotonic() - started
    after = box.listing()
    changed = sorted(path for path in {*before, *after} if before.get(path) != after.get(path))
    if box.touched or changed:
        event = box.touched[0].partition(" ")[0] if box.touched else "unseen"
        ended, key, said = "touched", f"touched by {event}", "; ".join([*box.touched[:5], *changed[:5]])
    return Outcome(ended, key, said, seconds)


def _key(error: BaseException) -> str:
    return f"{type(error).__name__} at {_place(error)}"


def _place(error: BaseException) -> str:
    """The innermost line of langcov's own."""
    frames = [
        each
        for each in traceback.extract_tb(error.__traceback__)
        if f"{os.sep}langcov{os.sep}" in each.filename
    ]
    last = frames[-1] if frames else traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(last.filename).parent.name}/{Path(last.filename).name}:{last.name}"


def _in_full(error: BaseException) -> str:
    return "".join(traceback.format_exception(error, limit=-6))[-1500:]


if __name__ == "__main__":
    sys.exit("run benchmarks/fuzz.py")
