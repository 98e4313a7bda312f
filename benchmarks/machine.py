"""Where and how a benchmark was run, for the head of its results."""

from __future__ import annotations

import os
import platform
import shlex
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("langcov", "tokenizers", "gigatoken", "sentencepiece", "icu4py", "polars", "numpy")


def heading() -> str:
    """Return the command, the date, the machine and the versions, a line each."""
    command = shlex.join(["python", f"benchmarks/{Path(sys.argv[0]).name}", *sys.argv[1:]])
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    where = f"{_processor()}, {len(os.sched_getaffinity(0))} cores, {_memory():.0f} GB"
    when = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    return (
        f"$ {command}\n{when}; {where}; load before (1, 5, 15 minutes): {load}\n"
        f"Python {platform.python_version()}, {versions}"
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _memory() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
