"""Count once, derive everything: text and tokenizers in, small additive tables out."""

from langcov.census.storage import load_census, save_census
from langcov.census.tables import Census, CorpusFacts, TokenizerFacts, merge

__all__ = ["Census", "CorpusFacts", "TokenizerFacts", "load_census", "merge", "save_census"]
