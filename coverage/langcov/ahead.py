"""What a run needs that takes no counts, made while workers count and this process has little to do.

Nothing here has a result: what is imported or made once for all stays in memory, and whoever needs it later finds it. It
takes some 40 MB and less than a second.
"""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from threading import Thread
from typing import TYPE_CHECKING, Final

from langcov.errors import CorpusError

if TYPE_CHECKING:
    from collections.abc import Collection

    from langcov.corpora.base import Corpus

HEAVY: Final = ("scipy.special", "scipy.sparse", "altair")
"""Imports that take longest, and that every run's measures and page make."""


def get_ready(corpus: Corpus, languages: Collection[str] | None = None) -> Thread:
    """Begin; the thread ends with this process, whether it is done or not.

    Args:
        corpus: What is being counted. Its fingerprint takes a pass over its files.
        languages: Tags that are counted; all that the corpus has if None.
    """
    thread = Thread(target=_make, args=(corpus, languages), name="getting ready", daemon=True)
    thread.start()
    return thread


def _make(corpus: Corpus, languages: Collection[str] | None) -> None:
    from langcov.languages import describe
    from langcov.measures import writing
    from langcov.measures.registry import measures
    from langcov.report import page

    for module in HEAVY:
        import_module(module)
    measures()
    writing.get_ready()
    page.get_ready()
    # Where the text can't be read, that is told by whoever counts it or asks for the fingerprint again.
    with suppress(CorpusError):
        for tag in corpus.languages() if languages is None else languages:
            describe(tag)
        corpus.fingerprint  # noqa: B018 - it is kept
