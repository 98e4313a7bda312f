"""Where tokenizers come from: one file a format, one interface (`langcov.tokenizers.base.Tokenizer`).

>>> load_tokenizer("path/to/tokenizer.json")
Traceback (most recent call last):
langcov.errors.TokenizerError: path/to/tokenizer.json: there is no such file or folder; check the path.
"""

from __future__ import annotations

from langcov.tokenizers.base import Encoded, Exactness, Spans, Tokenizer
from langcov.tokenizers.load import load_tokenizer
from langcov.tokenizers.registry import Format, Origin, Shipped, formats, shipped

__all__ = [
    "Encoded",
    "Exactness",
    "Format",
    "Origin",
    "Shipped",
    "Spans",
    "Tokenizer",
    "formats",
    "load_tokenizer",
    "shipped",
]
