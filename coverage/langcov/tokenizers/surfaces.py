"""The text bytes that a vocabulary's entries stand for: byte letters, ``▁``, ``##`` and ``<0xE1>`` undone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from langcov.tokenizers.base import VOCABULARY_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence


def _byte_letters() -> dict[int, str]:
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    rest = [byte for byte in range(0x100) if byte not in set(plain)]
    return {byte: chr(byte) for byte in plain} | {byte: chr(0x100 + i) for i, byte in enumerate(rest)}


BYTE_LETTERS = _byte_letters()
"""The letter that stands for each byte in a byte-level vocabulary (GPT-2's): 0x20 is ``Ġ``."""

_BYTE_OF = {ord(letter): byte for byte, letter in BYTE_LETTERS.items()}


@dataclass(frozen=True)
class Spelling:
    """How a vocabulary writes text.

    Args:
        byte_level: Each letter stands for one byte, as `BYTE_LETTERS` has it.
        space: The mark that stands for a space: ``▁``.
        prefix: What a piece that goes on with a word begins with: ``##``.
        suffix: What a piece that ends a word ends with: ``</w>``.
        byte_fallback: ``<0xE1>`` stands for that byte.
    """

    byte_level: bool = False
    space: str = ""
    prefix: str = ""
    suffix: str = ""
    byte_fallback: bool = False

    def surfaces(self, pieces: Sequence[str]) -> pl.Series:
        r"""Return what each piece stands for, as bytes.

        >>> Spelling(space="▁", byte_fallback=True).surfaces(["▁the", "<0xE1>"]).to_list()
        [b' the', b'\xe1']
        >>> Spelling(byte_level=True).surfaces(["ĠÃ"]).to_list()
        [b' \xc3']
        """
        if self.byte_level:
            return pl.Series([_letters_to_bytes(piece) for piece in pieces], dtype=pl.Binary)
        series = pl.Series(pieces, dtype=pl.String)
        text = series
        if self.prefix:
            text = text.str.strip_prefix(self.prefix)
        if self.suffix:
            text = text.str.strip_suffix(self.suffix)
        if self.space:
            text = text.str.replace_all(self.space, " ", literal=True)
        surfaces = text.cast(pl.Binary)
        if self.byte_fallback:
            byte = series.str.extract(BYTE_PIECE).str.decode("hex")
            surfaces = byte.fill_null(surfaces) if byte.null_count() else byte
        return surfaces


BYTE_PIECE = "^<0x([0-9A-Fa-f]{2})>$"
"""A byte-fallback piece, as a pattern."""


def vocabulary(
    ids: Iterable[int],
    pieces: Sequence[str],
    spelling: Spelling,
    *,
    unknown: int | None = None,
    control: Collection[int] = (),
    added: Mapping[int, str] | None = None,
) -> pl.DataFrame:
    """Return the frame that `langcov.tokenizers.base.Tokenizer.vocabulary` promises.

    Args:
        ids: One for each piece, in any order.
        pieces: As the vocabulary writes them.
        spelling: How it writes them.
        unknown: The unknown token's id.
        control: Ids that stand for no text.
        added: Ids that are matched in the text before the model sees it, with their text. They win over ``pieces``.
    """
    surfaces = spelling.surfaces(pieces)
    byte = pl.lit(value=False)
    if spelling.byte_level:
        byte = pl.lit(pl.Series([not _is_utf8(surface) for surface in surfaces], dtype=pl.Boolean))
    elif spelling.byte_fallback:
        byte = pl.col("piece").str.contains(BYTE_PIECE)
    frame = pl.DataFrame(
        {
            "id": pl.Series(list(ids), dtype=pl.UInt32),
            "surface": surfaces,
            "piece": pl.Series(pieces, dtype=pl.String),
        }
    ).with_columns(kind=pl.when(byte).then(pl.lit("byte")).otherwise(pl.lit("normal")))
    if added:
        more = pl.DataFrame(
            {"id": list(added), "surface": [text.encode() for text in added.values()]},
            schema={"id": pl.UInt32, "surface": pl.Binary},
        ).with_columns(piece=pl.lit(""), kind=pl.lit("added"))
        frame = pl.concat([more, frame])
    silent = pl.col("kind").is_in(["unknown", "control"])
    return (
        frame.unique("id", keep="first", maintain_order=True)
        .with_columns(
            kind=pl.when(pl.col("id") == (-1 if unknown is None else unknown))
            .then(pl.lit("unknown"))
            .when(pl.col("id").is_in(pl.Series(list(control), dtype=pl.UInt32).implode()))
            .then(pl.lit("control"))
            .otherwise("kind")
        )
        .with_columns(surface=pl.when(silent).then(pl.lit(b"")).otherwise("surface"))
        .select("id", "surface", pl.col("kind").cast(VOCABULARY_SCHEMA["kind"]))
        .sort("id")
    )


def _letters_to_bytes(piece: str) -> bytes:
    try:
        return piece.translate(_BYTE_OF).encode("latin-1") if piece else b""
    except UnicodeEncodeError:  # not spelled in byte letters: an added token that the model lists too
        return piece.encode()


def _is_utf8(surface: bytes) -> bool:
    try:
        surface.decode()
    except UnicodeDecodeError:
        return False
    return True
