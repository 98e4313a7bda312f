"""A short text as the tokens that it becomes: where each lies in the text, and what a reader sees of it."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, get_args

import polars as pl

from langcov.measures.vocabulary import shown, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langcov.tokenizers.base import Tokenizer

Kind = Literal["text", "bytes", "unknown", "rewritten"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

MOST_PIECE: Final = 200
"""Characters of a piece that are kept; a vocabulary may hold longer ones."""

SCHEMA: Final = pl.Schema(
    {
        "tokenizer": pl.String(),
        "language": pl.String(),
        "sentence": pl.UInt8(),
        "text": pl.String(),
        "starts": pl.List(pl.UInt16()),
        "ends": pl.List(pl.UInt16()),
        "kinds": pl.List(pl.Enum(KINDS)),
        "pieces": pl.List(pl.String()),
    }
)
"""What `token_chips` returns: one row a text, one entry of each list a token. ``starts`` and ``ends`` are places in the
text's UTF-8 bytes. Kinds: ``text``, whole characters as they stand in the text; ``bytes``, a part of a character;
``unknown``, the text there is lost; ``rewritten``, a normaliser made other text of it. ``pieces``: the token's surface as
`langcov.measures.vocabulary.shown` writes it, or, of an unknown token, the text that is lost."""


class Chip(NamedTuple):
    """One token: bytes ``start`` up to, not including, ``end`` of the text, what it is, and what is seen of it."""

    start: int
    end: int
    kind: Kind
    piece: str


def token_chips(tokenizer: Tokenizer, texts: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """Encode a few short texts of each language and tell what becomes of them.

    Args:
        tokenizer: What encodes.
        texts: By language tag; each of at most 65,535 bytes.

    Returns:
        A frame of `SCHEMA`, in the order of ``texts``.
    """
    keys = [(tag, number) for tag, own in texts.items() for number in range(len(own))]
    flat = [text for own in texts.values() for text in own]
    spans = tokenizer.encode_spans(flat)
    known = tokenizer.vocabulary.join(
        pl.DataFrame({"id": spans.ids}).unique().cast({"id": pl.UInt32}), on="id", how="semi"
    )
    surfaces = {
        id_: (surface, str(kind)) for id_, surface, kind in known.select("id", "surface", "kind").iter_rows()
    }
    rows = []
    for place, (tag, number) in enumerate(keys):
        first, last = int(spans.offsets[place]), int(spans.offsets[place + 1])
        tokens = [surfaces.get(int(id_), (b"", "unknown")) for id_ in spans.ids[first:last]]
        bounds = list(zip(spans.starts[first:last].tolist(), spans.ends[first:last].tolist(), strict=True))
        found = chips(flat[place], tokens, bounds)
        parts = (list(part) for part in zip(*found, strict=True)) if found else ([], [], [], [])
        rows.append((tokenizer.name, tag, number, flat[place], *parts))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def chips(text: str, tokens: Sequence[tuple[bytes, str]], bounds: Sequence[tuple[int, int]]) -> list[Chip]:
    """Lay the tokens of one text along its bytes.

    Args:
        text: What was encoded.
        tokens: Surface and kind of each.
        bounds: First character and the one after the last of each, as `langcov.tokenizers.base.Spans` has them.

    >>> [chip.kind for chip in chips("a!", [(b"a", "normal"), (b"", "unknown")], [(0, 1), (1, 2)])]
    ['text', 'unknown']
    """
    data = text.encode("utf-8", "surrogatepass")
    places = [0, *accumulate(len(character.encode("utf-8", "surrogatepass")) for character in text)]
    found: list[Chip] = []
    at = 0
    for (surface, kind), (first, last) in zip(tokens, bounds, strict=True):
        start, end = max(at, places[first]), max(at, places[last])
        if kind == "unknown":
            chip = Chip(start, end, "unknown", _seen(data[start:end]))
        else:
            chip = _laid(data, surface, at, start, end)
        found.append(chip)
        at = chip.end
    return found


def _laid(data: bytes, surface: bytes, at: int, start: int, end: int) -> Chip:
    """Find a surface where the one before ended or where its own characters begin, with or without its leading space."""
    kind: Kind = "text" if text_of(surface) is not None else "bytes"
    for place in (at, start):
        for part in (surface, surface.removeprefix(b" ")):
            if part and data.startswith(part, place):
                return Chip(place, place + len(part), kind, _seen(surface))
    return Chip(start, end, "rewritten", _seen(surface))


def _seen(surface: bytes) -> str:
    return shown(surface[: 4 * MOST_PIECE])[:MOST_PIECE]
