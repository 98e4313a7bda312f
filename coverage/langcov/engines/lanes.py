"""Worker processes, one task at a time each, that end with the process that started them.

Each lane is a process of its own, so that a task can be given to the worker that has its tokenizer in memory, and so
that one that is killed takes only its own task with it.
"""

from __future__ import annotations

import gc
import importlib
import multiprocessing
import os
import signal
import threading
import time
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

THREAD_VARIABLES: Final = ("RAYON_NUM_THREADS", "POLARS_MAX_THREADS", "OMP_NUM_THREADS")
"""What the libraries ask how many threads they may start."""

_ALLOCATORS: Final = {
    "MALLOC_ARENA_MAX": "2",  # glibc's heap for each thread keeps what was freed
    "_RJEM_MALLOC_CONF": "dirty_decay_ms:0,muzzy_decay_ms:0",  # polars' own keeps it for ten seconds
}
"""What libraries' stores of memory ask when a process begins."""

_WATCH_SECONDS: Final = 0.5


class Lane(Protocol):
    """One worker."""

    def submit(self, task: Callable[[], Any]) -> Future[Any]:
        """Give the worker a task."""

    def replace(self) -> None:
        """Start a new worker in place of one that is gone."""

    def close(self) -> None:
        """Let the worker end."""


class Here:
    """This very process as a worker: for so little work that starting another one would take longer."""

    def submit(self, task: Callable[[], Any]) -> Future[Any]:
        """Do a task."""
        future: Future[Any] = Future()
        try:
            future.set_result(task())
        except Exception as error:  # noqa: BLE001 (the future hands it to whoever asks for the result)
            future.set_exception(error)
        return future

    def replace(self) -> None:
        """There is nothing to replace."""

    def close(self) -> None:
        """Give back what the tasks kept."""
        from langcov.engines.tasks import forget

        forget()


class Worker:
    """One worker process.

    Args:
        threads: How many threads the libraries in it may start.
    """

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._pool = self._started()

    def submit(self, task: Callable[[], Any]) -> Future[Any]:
        """Give the worker a task; a worker that is gone is replaced first."""
        try:
            return self._pool.submit(task)
        except BrokenProcessPool:
            self.replace()
            return self._pool.submit(task)

    def replace(self) -> None:
        """Start a new worker in place of one that is gone."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._pool = self._started()

    def close(self) -> None:
        """Let the worker end."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _started(self) -> ProcessPoolExecutor:
        for name, value in _ALLOCATORS.items():
            os.environ.setdefault(name, value)
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(1, context, initializer=_begin, initargs=(self.threads, os.getpid()))


def kill_workers() -> None:
    """End every worker at once, whatever it does."""
    for process in multiprocessing.active_children():
        process.kill()


def _begin(threads: int, parent: int) -> None:
    """Set a worker up: Ctrl-C is the parent's business, and without a parent there is nothing to do."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in THREAD_VARIABLES:
        os.environ.setdefault(name, str(threads))
    # What all tasks need stays, so that looking for what is garbage need not go through it again and again.
    importlib.import_module("langcov.engines.tasks")
    importlib.import_module("scipy.sparse")
    gc.freeze()
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_WATCH_SECONDS)
    os._exit(1)
