"""What came of comparing two engines on some texts, kept so that each pair is compared once on the same texts."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

from langcov.cache import cache_folder, written_aside
from langcov.errors import CacheError
from langcov.tokenizers import files, kept

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from langcov.tokenizers.base import Tokenizer

RULES = "6"
"""The version of the code that puts texts to the engine (`langcov.tokenizers.gigatoken`, `langcov.tokenizers.wordpiece`): what it found is kept apart."""

MOST = 4096
"""As many outcomes are kept, of a few hundred bytes each."""


def recall(tokenizer: Tokenizer, engine: str, strings: Sequence[str]) -> int | None:
    """Return on how many strings an engine differed from a tokenizer's own, None if they were not compared on these."""
    file = _file(tokenizer, engine, strings)
    try:
        found = json.loads(file.read_text(encoding="utf-8"))["differing"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    kept.mark_used(file)
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
    file = _file(tokenizer, engine, strings)
    with contextlib.suppress(CacheError, OSError):
        with written_aside(file) as aside:
            aside.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
        kept.prune(file.parent, "*.json", most_files=MOST)


def _file(tokenizer: Tokenizer, engine: str, strings: Sequence[str]) -> Path:
    cuts = json.dumps([len(string) for string in strings])
    texts = "".join(strings).encode(errors="surrogatepass")
    key = files.fingerprint(tokenizer.fingerprint, tokenizer.engine, engine, RULES, cuts, texts)
    return cache_folder() / "engines" / f"{key}.json"
