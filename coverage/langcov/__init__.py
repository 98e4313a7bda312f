"""langcov: how well a tokenizer serves each language, and how sure that figure is.

The names below are the whole public interface. Each is imported when it is first used, so that ``import langcov`` costs
next to nothing.

    import langcov
    corpus = langcov.open_corpus("samples")
    tokenizers = [langcov.load_tokenizer("cl100k"), langcov.load_tokenizer("o200k")]
    census = langcov.count(corpus, tokenizers)
    langcov.measure(census, ["fertility", "spelled_characters"])
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from langcov.audits import audit
    from langcov.budgets import budget
    from langcov.census import Census, load_census, merge, save_census
    from langcov.corpora import open_corpus
    from langcov.engines.local import count_local as count
    from langcov.errors import LangcovError
    from langcov.languages import describe as describe_language
    from langcov.languages import parse as parse_language
    from langcov.links import link
    from langcov.measures import Measure, fairness, measure, overlap
    from langcov.planning.extend import extend
    from langcov.planning.mixture import mixture
    from langcov.planning.pivots import pivots
    from langcov.report import write_report
    from langcov.runs import compare
    from langcov.tokenizers import load_tokenizer
    from langcov.training import train
    from langcov.whole_runs import compare_into

__version__: Final = "0.1.0"

_HOMES: Final = {
    "Census": ("langcov.census", "Census"),
    "LangcovError": ("langcov.errors", "LangcovError"),
    "Measure": ("langcov.measures", "Measure"),
    "audit": ("langcov.audits", "audit"),
    "budget": ("langcov.budgets", "budget"),
    "compare": ("langcov.runs", "compare"),
    "compare_into": ("langcov.whole_runs", "compare_into"),
    "count": ("langcov.engines.local", "count_local"),
    "describe_language": ("langcov.languages", "describe"),
    "extend": ("langcov.planning.extend", "extend"),
    "fairness": ("langcov.measures", "fairness"),
    "link": ("langcov.links", "link"),
    "load_census": ("langcov.census", "load_census"),
    "load_tokenizer": ("langcov.tokenizers", "load_tokenizer"),
    "measure": ("langcov.measures", "measure"),
    "merge": ("langcov.census", "merge"),
    "mixture": ("langcov.planning.mixture", "mixture"),
    "open_corpus": ("langcov.corpora", "open_corpus"),
    "overlap": ("langcov.measures", "overlap"),
    "parse_language": ("langcov.languages", "parse"),
    "pivots": ("langcov.planning.pivots", "pivots"),
    "save_census": ("langcov.census", "save_census"),
    "train": ("langcov.training", "train"),
    "write_report": ("langcov.report", "write_report"),
}

__all__ = [
    "Census",
    "LangcovError",
    "Measure",
    "audit",
    "budget",
    "compare",
    "compare_into",
    "count",
    "describe_language",
    "extend",
    "fairness",
    "link",
    "load_census",
    "load_tokenizer",
    "measure",
    "merge",
    "mixture",
    "open_corpus",
    "overlap",
    "parse_language",
    "pivots",
    "save_census",
    "train",
    "write_report",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 (each name has its own type, told to checkers above)
    """Import a public name from where it lives."""
    if name not in _HOMES:
        raise AttributeError(f"module 'langcov' has no attribute {name!r}")
    module, attribute = _HOMES[name]
    value = getattr(importlib.import_module(module), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
