"""How far counting is."""

from __future__ import annotations

from typing import NamedTuple


class Progress(NamedTuple):
    """What is counted so far, by all tokenizers on average: bytes; and what was read: segments, languages."""

    bytes: int
    segments: int
    languages: int
