"""A short text as the tokens that it becomes: where each lies in the text, and what a reader sees of it."""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, get_args

import numpy as np
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
    flat = [text for own in texts.values() for text in own]
    encoded = tokenizer.encode_batch(flat)
    met = pl.DataFrame({"id": np.unique(encoded.ids)}, schema={"id": pl.UInt32})
    known = tokenizer.vocabulary.join(met, on="id", how="semi", maintain_order="left")
    tokens = {
        id_: _Token(surface, str(kind), _kind(surface), _seen(surface))
        for id_, surface, kind in known.select("id", "surface", "kind").iter_rows()
    }
    every = [tokens.get(id_, _NOT_KNOWN) for id_ in encoded.ids.tolist()]
    ends = encoded.offsets.tolist()
    cut = [every[first:last] for first, last in pairwise(ends)]
    found = [_side_by_side(text, own) for text, own in zip(flat, cut, strict=True)]
    # The engine's own places take long to get, and so does an engine that gives them; they are needed only where a
    # normaliser rewrote or lost something.
    rest = [place for place, own in enumerate(found) if own is None]
    if rest:
        spans = tokenizer.encode_spans([flat[place] for place in rest])
        places = list(zip(spans.starts.tolist(), spans.ends.tolist(), strict=True))
        for place, (first, last) in zip(rest, pairwise(spans.offsets.tolist()), strict=True):
            tokens_of = [(token.surface, token.kind) for token in cut[place]]
            found[place] = chips(flat[place], tokens_of, places[first:last])
    laid = pl.DataFrame(
        [(row, *chip) for row, own in enumerate(found) for chip in own or ()],
        schema={
            "row": pl.Int64,
            "starts": pl.UInt16,
            "ends": pl.UInt16,
            "kinds": pl.String,
            "pieces": pl.String,
        },
        orient="row",
    )
    table = pl.DataFrame(
        {
            "row": range(len(flat)),
            "language": [tag for tag, own in texts.items() for _ in own],
            "sentence": [number for own in texts.values() for number in range(len(own))],
            "text": flat,
        },
        schema_overrides={"row": pl.Int64},
    )
    lists = laid.group_by("row", maintain_order=True).agg(pl.all())
    return (
        table.join(lists, on="row", how="left", maintain_order="left")
        .with_columns(
            pl.col("starts", "ends", "kinds", "pieces").fill_null([]), tokenizer=pl.lit(tokenizer.name)
        )
        .select(SCHEMA.names())
        .cast(SCHEMA)
    )


class _Token(NamedTuple):
    surface: bytes
    kind: str
    chip: Kind
    seen: str


def _side_by_side(text: str, tokens: Sequence[_Token]) -> list[Chip] | None:
    """Lay tokens along a text that is their surfaces joined, less a space before the first; None if it is not.

    The same as `chips` finds, without what the engine knows of places.
    """
    data = text.encode("utf-8", "surrogatepass")
    surfaces = [token.surface for token in tokens]
    joined = b"".join(surfaces)
    added = 1 if len(joined) > len(data) and surfaces[0] != b" " and not data.startswith(b" ") else 0
    if joined != b" " * added + data or b"" in surfaces:
        return None
    ends = accumulate(map(len, surfaces), initial=-added)
    return [
        Chip(max(start, 0), end, token.chip, token.seen)
        for (start, end), token in zip(pairwise(ends), tokens, strict=True)
    ]


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
    kind = _kind(surface)
    for place in (at, start):
        for part in (surface, surface.removeprefix(b" ")):
            if part and data.startswith(part, place):
                return Chip(place, place + len(part), kind, _seen(surface))
    return Chip(start, end, "rewritten", _seen(surface))


def _kind(surface: bytes) -> Kind:
    return "text" if text_of(surface) is not None else "bytes"


def _seen(surface: bytes) -> str:
    return shown(surface[: 4 * MOST_PIECE])[:MOST_PIECE]


_NOT_KNOWN: Final = _Token(b"", "unknown", "text", "")
