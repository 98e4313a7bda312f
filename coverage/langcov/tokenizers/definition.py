"""A tokenizer.json put by: its model compressed, for it is needed seldom, and all that stands before it as it is."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import zstandard

from langcov.limits import LARGEST_TOKENIZER

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, eq=False)
class Definition:
    """A tokenizer.json, which begins with a few parts and ends with the model, large.

    Args:
        head: A JSON object: all parts that stand before the model.
        model: The text of the rest, compressed by `packed`.
    """

    head: str
    model: bytes = field(repr=False)

    @classmethod
    def of(cls, text: str) -> Self:
        """Take a tokenizer.json as the library `tokenizers` writes it: no space between its parts, the model last."""
        place = _model(text)
        return cls(text[:place] + "}", packed(text[place:].encode()))

    @cached_property
    def parts(self) -> dict[str, Any]:
        """All parts but the model."""
        found: dict[str, Any] = json.loads(self.head)
        return found

    @property
    def text(self) -> str:
        """The tokenizer.json."""
        return self.data.decode()

    @property
    def data(self) -> bytes:
        """The tokenizer.json in UTF-8."""
        return self.head[:-1].encode() + unpacked(self.model)

    def with_parts(self, **parts: object) -> Definition:
        """Return the same with other parts before the model."""
        changed: Mapping[str, Any] = {**self.parts, **parts}
        return Definition(json.dumps(changed, ensure_ascii=False), self.model)


def packed(data: bytes) -> bytes:
    """Compress what is seldom needed."""
    return zstandard.compress(data, 1)


def unpacked(data: bytes) -> bytes:
    """Return what was compressed.

    Raises:
        ValueError: It is damaged, or larger than any tokenizer.
    """
    try:
        size = zstandard.frame_content_size(data)
        if not 0 <= size <= 4 * LARGEST_TOKENIZER:
            raise ValueError(f"it unfolds to {size:,} bytes")
        return zstandard.decompress(data)
    except zstandard.ZstdError as error:
        raise ValueError(str(error)) from error


def _model(text: str) -> int:
    """Where the model begins in a tokenizer.json, with the comma before it."""
    decoder = json.JSONDecoder()
    place = 1
    while True:
        key, end = decoder.raw_decode(text, place)
        if key == "model":
            return place - 1
        _, end = decoder.raw_decode(text, end + 1)
        place = end + 1
