"""What is asked of an engine, checked before hours of counting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from langcov.errors import CensusError, LanguageError
from langcov.languages import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from langcov.corpora.base import Corpus
    from langcov.tokenizers.base import Tokenizer


class Beside(NamedTuple):
    """What is made of each tokenizer beside counting, while it is in a worker's memory.

    Attributes:
        make: Called with the tokenizer, in the worker; it and what it returns can be pickled.
        take: Called with the tokenizer's place and what ``make`` returned, where the run was begun.
    """

    make: Callable[[Tokenizer], Any]
    take: Callable[[int, Any], None]


def check_names(tokenizers: Sequence[tuple[str, str]]) -> None:
    """Raise a `CensusError` if there is no tokenizer, or if two have one name.

    Args:
        tokenizers: Name of each, and where it comes from.
    """
    if not tokenizers:
        raise CensusError("no tokenizer is named", fix="name at least one")
    if len({name for name, _ in tokenizers}) < len(tokenizers):
        listed = ", ".join(f"{name} ({source})" for name, source in tokenizers)
        raise CensusError(f"two tokenizers have one name: {listed}", fix="write NAME=FILE for one of them")


def wanted_languages(corpus: Corpus, languages: Collection[str] | None) -> list[str] | None:
    """Return the tags of the languages that are asked for, sorted; None for all.

    Raises:
        LanguageError: A language is unknown, or the corpus has no text in it.
    """
    if languages is None:
        return None
    wanted = {parse(language) for language in languages}
    there = corpus.languages()
    missing = sorted(wanted - set(there))
    if missing:
        raise LanguageError(
            f"no text in {', '.join(missing)}", where=f"corpus {corpus.name}", fix=f"it has {_some(there)}"
        )
    return sorted(wanted)


def trial_text(corpora: Sequence[Corpus], tags: Collection[str] | None) -> list[str]:
    """Return a slice of the text on which a faster engine is compared with the reference."""
    from langcov.corpora.slices import passages

    return [passage for corpus in corpora for passage in passages(corpus, tags)]


def _some(tags: list[str], most: int = 8) -> str:
    """The first few, and how many more."""
    rest = f" and {len(tags) - most} more" if len(tags) > most else ""
    return ", ".join(tags[:most]) + rest
