"""A Ray cluster as this project uses it: tasks that are plain functions, and one sentence for each thing that goes wrong.

Nothing heavy is imported before a worker was told how many threads its libraries may start.
"""

from __future__ import annotations

import importlib
import logging
import os
import pickle
import re
import socket
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from langcov.engines.lanes import THREAD_VARIABLES
from langcov.errors import LangcovError, RunError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

HERE: Final = "local"
"""The address that means: start a cluster on this machine, and end it afterwards."""

OBJECT_STORE_BYTES: Final = 256 << 20
"""What a cluster on this machine may hold for its workers; only tokenizers lie there."""

_REACH_SECONDS: Final = 5.0
_LOOK_SECONDS: Final = 0.5
_END_SECONDS: Final = 5.0


class LostTask(Exception):  # noqa: N818 (it is no error yet: the task can be tried again)
    """A task's worker or machine is gone."""


@dataclass(frozen=True)
class Cluster:
    """A cluster that this process is connected to."""

    def cpus(self) -> int:
        """How many tasks can run at once, now."""
        return max(1, int(_ray().cluster_resources().get("CPU", 1)))

    def share(self, data: bytes) -> Any:  # noqa: ANN401 (Ray's references are of no public type)
        """Put bytes where every worker can get them; return what stands for them."""
        return _ray().put(data)

    def submit(self, task: Callable[..., Any], *arguments: object, shared: Sequence[Any] = ()) -> Any:  # noqa: ANN401
        """Begin a task on one CPU; return what stands for its result.

        Args:
            task: A function of a module that the workers have, called with ``arguments`` and, if there are any shared
                bytes, a function that gives those of a number.
            arguments: Can be pickled.
            shared: What `share` returned.
        """
        remote = _ray().remote(num_cpus=1, max_retries=0)(_perform)
        call = pickle.dumps((str(Path.cwd()), task.__module__, task.__qualname__, arguments))
        return remote.remote(call, list(shared))

    def finished(self, references: Collection[Any]) -> list[Any]:
        """Wait a moment for tasks; return those that are over."""
        waiting = list(references)
        over, _ = _ray().wait(waiting, num_returns=1, timeout=_LOOK_SECONDS)
        if over:
            over, _ = _ray().wait(waiting, num_returns=len(waiting), timeout=0)
        return list(over)

    def result(self, reference: Any) -> Any:  # noqa: ANN401
        """Return what a task returned.

        Raises:
            LostTask: Its worker or machine was lost.
            LangcovError: What the task itself raised, or a `RunError` if the cluster failed.
        """
        ray = _ray()
        lost = (
            ray.exceptions.WorkerCrashedError,
            ray.exceptions.NodeDiedError,
            ray.exceptions.ObjectLostError,
            ray.exceptions.OutOfMemoryError,
        )
        try:
            return ray.get(reference)
        except lost as error:
            raise LostTask(_first_line(error)) from None
        except ray.exceptions.RayTaskError as error:
            raise _meant(error.cause) from None
        except ray.exceptions.RayError as error:
            raise RunError(f"the Ray cluster failed ({_first_line(error)})", fix=_GO_ON) from None

    def cancel(self, references: Collection[Any]) -> None:
        """End tasks at once, and wait until they are over."""
        ray = _ray()
        for reference in references:
            ray.cancel(reference, force=True)
        if references:
            ray.wait(list(references), num_returns=len(references), timeout=_END_SECONDS)


@contextmanager
def connected(address: str | None = None, workers: int | None = None) -> Iterator[Cluster]:
    """Connect to a cluster, and leave it at the end. Where this process is connected already, it stays as it is.

    Args:
        address: Of the cluster, as Ray writes it: ``host:port``, ``ray://host:port``, ``auto``, or `HERE`. If None,
            what ``RAY_ADDRESS`` says, else `HERE`.
        workers: How many tasks a cluster that is started here does at once; as many as there are cores if None.

    Raises:
        RunError: Ray is not installed, or there is no such cluster.
    """
    ray = _ray()
    if ray.is_initialized():
        yield Cluster()
        return
    address = address or os.environ.get("RAY_ADDRESS") or HERE
    options: dict[str, Any] = {"logging_level": logging.ERROR, "log_to_driver": False}
    if address == HERE:
        options |= {
            "num_cpus": workers,
            "object_store_memory": OBJECT_STORE_BYTES,
            "include_dashboard": False,
        }
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    else:
        _reach(address)
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # or Ray warns of its own future
    try:
        with _same_modules():
            ray.init(address=address, **options)
    except (OSError, ValueError, RuntimeError, ray.exceptions.RayError) as error:
        raise _unreachable(address, _first_line(error)) from None
    try:
        yield Cluster()
    finally:
        ray.shutdown()


@contextmanager
def _same_modules() -> Iterator[None]:
    """Let workers that are started on this machine find the modules that this process finds."""
    name = "PYTHONPATH"
    before = os.environ.get(name)
    os.environ[name] = os.pathsep.join(filter(None, sys.path))
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def _perform(call: bytes, shared: list[Any]) -> Any:  # noqa: ANN401
    """Do a task, in a worker."""
    for name in THREAD_VARIABLES:
        os.environ.setdefault(name, "1")
    folder, module, name, arguments = pickle.loads(call)  # noqa: S301 (`Cluster.submit` wrote it)
    with suppress(OSError):
        os.chdir(folder)  # so that a relative path means what it meant where it was typed
    task = getattr(importlib.import_module(module), name)
    if not shared:
        return task(*arguments)
    return task(*arguments, lambda number: _ray().get(shared[number]))


def _ray() -> Any:  # noqa: ANN401 (Ray's own types say little)
    try:
        import ray
    except ImportError:
        raise RunError(
            "the engine ray needs a package that is not installed (ray)",
            fix="run: pip install 'langcov[ray]'",
        ) from None
    return ray


def _reach(address: str) -> None:
    """Raise a `RunError` if nobody answers there: Ray itself would try for minutes."""
    found = re.fullmatch(r"(?:ray://)?\[?([^/\]]+?)\]?:(\d+)", address)
    if found is None:
        return
    try:
        socket.create_connection((found[1], int(found[2])), timeout=_REACH_SECONDS).close()
    except (OSError, OverflowError, ValueError) as error:
        raise _unreachable(address, str(error)) from None


def _unreachable(address: str, reason: str) -> RunError:
    if address == HERE:
        return RunError(f"Ray can't start on this machine ({reason})", fix="count with --engine local")
    return RunError(
        f"no Ray cluster can be reached ({reason})",
        where=address,
        fix="check --ray-address or RAY_ADDRESS, or leave them out to count on this machine",
    )


_GO_ON: Final = "what was counted is kept: go on with --resume"


def _meant(cause: Exception) -> Exception:
    """Return what a task raised, or what it means."""
    if isinstance(cause, LangcovError):
        return cause
    if isinstance(cause, ImportError) or "ModuleNotFoundError" in str(cause):
        return RunError(
            f"a machine of the Ray cluster lacks what this one has ({str(cause).strip().splitlines()[-1]})",
            fix=f"install the same langcov on all of them; {_GO_ON}",
        )
    if isinstance(cause, MemoryError):
        return RunError("a worker has too little memory", fix=f"give it more; {_GO_ON}")
    return cause


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
