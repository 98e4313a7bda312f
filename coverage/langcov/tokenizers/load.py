"""From what a person types to a tokenizer: a path, a shipped name or a hub id."""

from __future__ import annotations

import difflib
import os
import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from langcov.errors import TokenizerError
from langcov.tokenizers import files, hub
from langcov.tokenizers.registry import Format, Origin, formats, shipped

if TYPE_CHECKING:
    from collections.abc import Callable

    from langcov.tokenizers.base import Tokenizer

HUB = "hf:"
"""What a hub id begins with."""

_PLAIN_NAMES = {"tokenizer", "tekken", "sentencepiece", "sentencepiece.bpe", "spiece", "spm"}
"""File names that say nothing of whose tokenizer it is: the folder's name does."""


def load_tokenizer(spec: str | Path, *, name: str | None = None, pattern: str | None = None) -> Tokenizer:
    """Load a tokenizer.

    Args:
        spec: A shipped name (``xlm-r``; `langcov.tokenizers.shipped` lists them), the path of a tokenizer.json, a
            SentencePiece ``.model``, a ``.tiktoken`` or a tekken.json, a folder that holds one, or a hub id
            (``hf:org/name``). A shipped name wins over a path of the same name; write ``./name`` for that.
        name: What to call it in tables; by default the shipped name, or one made from the path.
        pattern: For a file of tiktoken ranks, what a word is: a known pattern's name, or a regular expression.

    Raises:
        TokenizerError: There is no such tokenizer, its package is not installed, or the file is broken.
    """
    return _found(spec, name, pattern)()


@dataclass(frozen=True)
class TokenizerSource:
    """Where a tokenizer comes from: can be sent to another process and loaded there.

    Args:
        spec: What `load_tokenizer` takes.
        name: What to call it in tables; None: as `load_tokenizer` does.
        pattern: As there.
    """

    spec: str
    name: str | None = None
    pattern: str | None = None

    @classmethod
    def typed(cls, text: str, pattern: str | None = None) -> TokenizerSource:
        """Take what a person typed: a spec or NAME=SPEC. A pattern is for those that have none of their own."""
        name, equals, spec = text.partition("=")
        if not (equals and name.isprintable() and "/" not in name and spec):
            name, spec = "", text
        has_name = any(spec.lower() == each.name for each in shipped())
        return cls(spec, name or None, None if has_name else pattern)

    @property
    def called(self) -> str:
        """The name that the tokenizer will have."""
        if self.spec.startswith(HUB):
            return _clean(self.name or self.spec.removeprefix(HUB))
        if any(each.name == self.spec.lower() for each in shipped()):
            return self.name or self.spec.lower()
        return _clean(self.name or _name(Path(self.spec).expanduser()))

    def check(self) -> None:
        """Raise a `TokenizerError` if there is no such tokenizer, without loading it."""
        if not self.spec.startswith(HUB):
            _found(self.spec, self.name, self.pattern)

    def load(self) -> Tokenizer:
        """Load it; raises as `load_tokenizer` does."""
        return load_tokenizer(self.spec, name=self.name, pattern=self.pattern)


def _found(spec: str | Path, name: str | None, pattern: str | None) -> Callable[[], Tokenizer]:
    """Find a tokenizer; what is returned loads it."""
    if isinstance(spec, str):
        if spec.startswith(HUB):
            fetched = hub.fetch(spec.removeprefix(HUB))
            return _opener(fetched, name or spec.removeprefix(HUB), spec, pattern)
        for each in shipped():
            if each.name == spec.lower() and pattern is not None:
                raise TokenizerError(
                    "a tokenizer with a name has its own pattern", where=spec, fix="leave out --pattern"
                )
            if each.name == spec.lower():
                each.here()
                return partial(each.open, name)
    path = Path(spec).expanduser()
    if _exists(path):
        return _opener(path, name or _name(path), str(path), pattern)
    if isinstance(spec, Path) or os.sep in spec or "/" in spec or Path(spec).suffix in _suffixes():
        raise TokenizerError("there is no such file or folder", where=str(spec), fix="check the path")
    names = [each.name for each in shipped()]
    near = difflib.get_close_matches(spec.lower(), names, n=1, cutoff=0.5)
    raise TokenizerError(
        f"no tokenizer is called {spec!r}",
        fix=(f"did you mean {near[0]}? " if near else "")
        + f"known names are {', '.join(names)}; else give a path or hf:org/name",
    )


def _opener(path: Path, name: str, source: str, pattern: str | None) -> Callable[[], Tokenizer]:
    file, format_ = _in_folder(path) if path.is_dir() else (path, None)
    if format_ is None:
        format_ = _format_of(file)
    if pattern is not None and not format_.takes_pattern:
        raise TokenizerError(
            f"a {format_.name} has its own pattern",
            where=source,
            fix="leave out --pattern, which is for .tiktoken ranks",
        )
    return partial(format_.load, Origin(file, _clean(name), source, pattern))


def _clean(name: str) -> str:
    """A name without signs that tables or signatures give a meaning to."""
    return re.sub(r"[^\w.+-]+", "-", name)


def _in_folder(folder: Path) -> tuple[Path, Format]:
    for format_ in formats():
        for glob in format_.files:
            for file in sorted(folder.glob(glob)):
                if file.is_file() and format_.recognises(files.read(file, files.HEAD)):
                    return file, format_
    raise TokenizerError(
        "this folder holds no tokenizer",
        where=str(folder),
        fix=f"langcov reads {', '.join(each.name for each in formats())}",
    )


def _format_of(file: Path) -> Format:
    head = files.read(file, files.HEAD)
    for format_ in formats():
        if format_.recognises(head):
            return format_
    what = (
        "this is JSON, but no tokenizer" if head.lstrip()[:1] in (b"{", b"[") else "this is no tokenizer file"
    )
    raise TokenizerError(
        what, where=str(file), fix=f"langcov reads {', '.join(each.name for each in formats())}"
    )


def _exists(path: Path) -> bool:
    """Whether there is such a file; a name that no file can have is none."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _name(path: Path) -> str:
    path = Path(os.path.abspath(path))  # noqa: PTH100 (resolve fails on a loop of links)
    stem = re.sub(r"(\.json|\.model|\.tiktoken|\.gz)+$", "", path.name)
    return path.parent.name if path.is_file() and stem in _PLAIN_NAMES else stem


def _suffixes() -> set[str]:
    return {Path(glob).suffix for each in formats() for glob in each.files}
