"""Everything that langcov raises on purpose.

    LangcovError
    ├── LanguageError      a language tag or name that nobody knows
    ├── CorpusError        text that can't be found, read or understood
    │   └── BadTextError   bytes that are no UTF-8, with their place
    ├── TokenizerError     a tokenizer that can't be found, read or trusted
    ├── CensusError        count tables that can't be saved, loaded or merged
    ├── MeasureError       a measure or threshold that does not exist
    ├── EvidenceError      results of models that can't be read or linked
    ├── RunError           a run file or run folder that can't be used
    └── CacheError         a folder for caches that can't be written

Each says what is wrong, where, and what to do about it, in one sentence a person can act on. The command line prints
that sentence and leaves with exit code 2; no other exception is meant to reach a user.
"""

from __future__ import annotations

from functools import partial
from typing import Any


class LangcovError(Exception):
    """What is wrong, where, and what to do.

    Args:
        what: The fault, as a clause without a full stop: ``"column 'text' is missing"``.
        where: The file, name or place, if there is one.
        fix: What the reader can do, as a clause: ``"name one with --text-column"``.

    >>> str(LangcovError("column 'text' is missing", where="a.csv", fix="name one with --text-column"))
    "a.csv: column 'text' is missing; name one with --text-column."
    """

    def __init__(self, what: str, *, where: str | None = None, fix: str | None = None) -> None:
        self.what = what
        self.where = where
        self.fix = fix
        super().__init__(what, where, fix)

    def __reduce__(self) -> tuple[Any, ...]:
        """Let it be sent from one process to another."""
        return partial(type(self), where=self.where, fix=self.fix), (self.what,)

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        remedy = f"; {self.fix}" if self.fix else ""
        sentence = f"{place}{self.what}{remedy}"
        return sentence if sentence.endswith("?") else f"{sentence}."


class LanguageError(LangcovError):
    """A language tag or name that nobody knows."""


class CorpusError(LangcovError):
    """Text that can't be found, read or understood."""


class BadTextError(CorpusError):
    """Bytes that are no UTF-8, with their place."""


class TokenizerError(LangcovError):
    """A tokenizer that can't be found, read or trusted."""


class CensusError(LangcovError):
    """Count tables that can't be saved, loaded or merged."""


class MeasureError(LangcovError):
    """A measure or threshold that does not exist."""


class EvidenceError(LangcovError):
    """Results of models that can't be read or linked."""


class RunError(LangcovError):
    """A run file or run folder that can't be used."""


class CacheError(LangcovError):
    """A folder for caches that can't be written."""


class Interrupted(BaseException):
    """Ctrl-C in the middle of counting; its text says what is kept and how to go on.

    It is no `KeyboardInterrupt`, for command-line libraries swallow those.
    """


def is_panic(error: BaseException) -> bool:
    """Whether an error is a panic of a Rust library: each has its own class, no `Exception`, that can't be imported."""
    return type(error).__name__ == "PanicException"
