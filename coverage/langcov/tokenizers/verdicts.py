"""What came of comparing two engines on the stress strings, kept so that each pair is compared once."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

from langcov.cache import cache_folder, written_aside
from langcov.errors import CacheError
from langcov.tokenizers import files

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from langcov.tokenizers.base import Tokenizer

RULES = "3"
"""The version of the code that puts texts to the engine (`langcov.tokenizers.gigatoken`, `langcov.tokenizers.wordpiece`): what it found is kept apart."""


def recall(tokenizer: Tokenizer, engine: str, strings: Sequence[str]) -> int | None:
    """Return on how many strings an engine differed from a tokenizer's own, None if they were not compared on these."""
    try:
        found = json.loads(_file(tokenizer, engine, strings).read_text(encoding="utf-8"))["differing"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if isinstance(found, int) and found >= 0 else None


def keep(tokenizer: Tokenizer, engine: str, strings: Sequence[str], differing: int) -> None:
    """Keep the number for `recall`; where the folder for caches can't be written, they will be compared again."""
    facts = {
        "tokenizer": tokenizer.name,
        "fingerprint": tokenizer.fingerprint,
        "reference": tokenizer.engine,
        "engine": engine,
        "strings": len(strings),
        "differing": differing,
    }
    with (
        contextlib.suppress(CacheError, OSError),
        written_aside(_file(tokenizer, engine, strings)) as aside,
    ):
        aside.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def _file(tokenizer: Tokenizer, engine: str, strings: Sequence[str]) -> Path:
    key = files.fingerprint(tokenizer.fingerprint, tokenizer.engine, engine, RULES, *strings)
    return cache_folder() / "engines" / f"{key}.json"
