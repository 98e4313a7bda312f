"""Reads tokenizer files, and says in one sentence what is wrong with one."""

from __future__ import annotations

import gzip
import hashlib
import importlib.metadata
import json
import zlib
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from langcov.errors import TokenizerError
from langcov.limits import LARGEST_TOKENIZER, LONG_RECORD, MOST_TOKENIZER_VALUES, holds_more

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

HEAD = 1 << 16
"""As much of a file as is looked at to tell its format."""

_GZIP = b"\x1f\x8b"
_LFS = b"version https://git-lfs"


def read(path: Path, size: int = -1) -> bytes:
    """Return the file's first ``size`` bytes (all by default), unpacked if it is gzipped.

    Raises:
        TokenizerError: It is missing, can't be read, is empty, far too large, or is a Git LFS pointer.
    """
    try:
        with path.open("rb") as file:
            packed = file.read(len(_GZIP)) == _GZIP
        with gzip.open(path) if packed else path.open("rb") as file:
            data = file.read(size if size >= 0 else LARGEST_TOKENIZER + 1)
    except FileNotFoundError:
        raise TokenizerError("there is no such file", where=str(path), fix="check the path") from None
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise TokenizerError(f"can't be read: {reason}", where=str(path), fix="check the file") from error
    if len(data) > LARGEST_TOKENIZER:
        raise TokenizerError(
            f"it holds more than {LARGEST_TOKENIZER >> 20} MiB, which no tokenizer does",
            where=str(path),
            fix="name the tokenizer's own file, not the model's",
        )
    if not data.strip():
        raise TokenizerError("the file is empty", where=str(path), fix="download it again")
    if data.startswith(_LFS):
        raise TokenizerError(
            "this is a Git LFS pointer, not the file itself",
            where=str(path),
            fix="run 'git lfs pull' in its repository, or download the file",
        )
    return data


def parsed(data: bytes) -> Any:  # noqa: ANN401 (it is any JSON value)
    """Return the value that JSON holds.

    Raises:
        ValueError: It is no JSON, is nested too deep, or holds far too many values.
    """
    if len(data) > LONG_RECORD and holds_more(data, MOST_TOKENIZER_VALUES):
        raise ValueError(f"it holds more than {MOST_TOKENIZER_VALUES:,} values")
    try:
        return json.loads(data)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def strings(bounds: Iterable[int], data: bytes) -> list[str]:
    """Cut a table of UTF-8 strings: each goes from one bound to the next.

    >>> strings([0, 1, 3], b"abc")
    ['a', 'bc']
    """
    return [data[start:end].decode() for start, end in pairwise(bounds)]


def fingerprint(*parts: bytes | str) -> str:
    """Return the hex sha256 of what defines a tokenizer.

    One part hashes as itself, so that a file's fingerprint is what ``sha256sum`` prints.
    """
    digest = hashlib.sha256()
    for place, part in enumerate(parts):
        digest.update(b"\0" * bool(place) + (part.encode() if isinstance(part, str) else part))
    return digest.hexdigest()


@cache
def versioned(package: str) -> str:
    """Return a distribution's name and installed version: ``tokenizers 0.23.3``."""
    return f"{package} {importlib.metadata.version(package)}"
