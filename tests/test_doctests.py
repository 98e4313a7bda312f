"""The examples in docstrings are true."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import langcov


def modules() -> list[str]:
    found = [module.name for module in pkgutil.walk_packages(langcov.__path__, "langcov.")]
    return [name for name in found if name not in {"langcov.__main__", "langcov.data.make_languages"}]


def test_every_example_in_a_docstring_gives_what_it_says() -> None:
    attempted = 0
    for name in modules():
        result = doctest.testmod(importlib.import_module(name))
        assert result.failed == 0, name
        attempted += result.attempted
    assert attempted > 50
