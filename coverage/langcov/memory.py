"""Memory that was freed goes back to the system, not only to this process' own store of it.

Loading a tokenizer frees about as much as it keeps, in pieces that glibc would hold on to.
"""

from __future__ import annotations

import ctypes
import gc
import mmap
import sys
from pathlib import Path
from typing import Any, Final

_RESIDENT: Final = Path("/proc/self/statm")


def give_back() -> None:
    """Give back to the system what is free; does nothing where the system's library can't.

    It takes some milliseconds, so it is for after large things were loaded or dropped, not for the hot loop.
    """
    gc.collect()
    if sys.platform == "linux":
        trim: Any = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


def resident_bytes() -> int | None:
    """Return how much memory this process takes, None where the system has no file that says so."""
    try:
        return int(_RESIDENT.read_text().split()[1]) * mmap.PAGESIZE
    except (OSError, IndexError, ValueError):
        return None
