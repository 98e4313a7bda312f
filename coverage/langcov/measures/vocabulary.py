"""The anatomy of a vocabulary: what its pieces are written in, which are cut inside a character, which stand there twice.

No text is needed: all of it is read off the vocabulary. What the encoder then does with it is told by
`langcov.measures.reachability` and `langcov.measures.alphabets`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

import polars as pl

from langcov.measures.writing import scripts_of_texts

if TYPE_CHECKING:
    from langcov.tokenizers.base import Tokenizer

LONGEST: Final = 20
"""How many of the longest pieces are listed."""


@dataclass(frozen=True)
class Anatomy:
    """What a vocabulary is made of. Every count is of pieces (entries of the vocabulary).

    *Text pieces* are those of the kinds ``normal`` and ``added``: they stand for text, whole characters only.

    Attributes:
        tokenizer: Its name.
        sizes: ``entries``: all ids; each kind's ids; ``surfaces``: different surfaces of text pieces; ``characters``
            and ``bytes``: of all text pieces together.
        scripts: ``script, kind, pieces``, the most frequent first. A text piece's script is the one that its
            characters have (Unicode's Script property; marks take the script before them, Common and Unknown do not
            count): ``Zyyy`` if none has one, ``Jpan`` or ``Kore`` if several that Japanese or Korean joins, ``mixed``
            if several others. It is null for pieces of other kinds, which stand for a byte, for bytes that are no
            complete UTF-8, or for no text.
        incomplete: ``id, surface, lacks`` of each piece whose surface is no valid UTF-8: it lacks the ``start`` of its
            first character, the ``end`` of its last, ``both``, or is ``never`` a part of any text (0xC0, 0xFF).
        longest: ``id, characters, shown`` of the longest text pieces in characters, a space included.
        lengths: ``characters, pieces``: how many text pieces have that many characters.
        folded: ``folded, pieces, ids``: different surfaces of normal pieces that are one after Unicode's NFKC and full
            case folding, the largest groups first. What can be one text to a reader is many rows of the embedding.
        spaced: ``surface, ids``: normal pieces whose surfaces are the same but for one leading space; in WordPiece, the
            piece that starts a word and the one that goes on with it.
    """

    tokenizer: str
    sizes: dict[str, int]
    scripts: pl.DataFrame
    incomplete: pl.DataFrame
    longest: pl.DataFrame
    lengths: pl.DataFrame
    folded: pl.DataFrame
    spaced: pl.DataFrame

    def as_dict(self) -> dict[str, object]:
        """Return all of it as JSON knows it: frames as lists of rows, surfaces as `shown` writes them."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            name: _rows(value) if isinstance(value, pl.DataFrame) else value for name, value in values.items()
        }


def anatomy(tokenizer: Tokenizer) -> Anatomy:
    """Take a tokenizer's vocabulary apart; see `Anatomy` for what each part counts. Source: langcov."""
    vocabulary = tokenizer.vocabulary.with_columns(pl.col("kind").cast(pl.String))
    pieces = _text_pieces(vocabulary)
    normal = pieces.filter(kind="normal")
    kinds = vocabulary["kind"].value_counts().sort("kind")
    return Anatomy(
        tokenizer=tokenizer.name,
        sizes={
            "entries": vocabulary.height,
            **dict(kinds.iter_rows()),
            "surfaces": pieces["text"].n_unique(),
            "characters": int(pieces["characters"].sum()),
            "bytes": int(pieces["surface"].bin.size().sum()),
        },
        scripts=vocabulary.join(pieces.select("id", "script"), on="id", how="left")
        .group_by("script", "kind")
        .agg(pl.len().alias("pieces"))
        .sort("pieces", "script", "kind", descending=[True, False, False]),
        incomplete=_incomplete(vocabulary),
        longest=pieces.sort("characters", "id", descending=[True, False])
        .head(LONGEST)
        .select("id", "characters", pl.col("surface").map_elements(shown, pl.String).alias("shown")),
        lengths=pieces.group_by("characters").agg(pl.len().alias("pieces")).sort("characters"),
        folded=_folded(normal),
        spaced=_grouped(normal.with_columns(pl.col("text").str.strip_prefix(" ")), "text")
        .rename({"text": "surface"})
        .drop("pieces"),
    )


def shown(surface: bytes) -> str:
    r"""Write a surface so that it can be printed and told from any other.

    What can't be seen is escaped as Python would, a space aside; bytes that are no UTF-8 are written as ``\xe1``, other
    than the characters of those numbers, which are written as ``\u00e1``.

    >>> shown(b" the"), shown("ሰ\n".encode()), shown(b"\xe1\x88")
    (' the', 'ሰ\\n', '\\xe1\\x88')
    """
    text = surface.replace(b"\\", b"\\\\").decode(errors="backslashreplace")
    return text if text.isprintable() else "".join(map(_escaped, text))


def _escaped(character: str) -> str:
    if character.isprintable():
        return character
    if "\x80" <= character <= "\xff":
        return f"\\u{ord(character):04x}"
    return character.encode("unicode_escape").decode()


def text_of(surface: bytes) -> str | None:
    r"""Return the text that a surface is, None if it is no valid UTF-8.

    >>> text_of("ሰ".encode()), text_of("ሰ".encode()[:2])
    ('ሰ', None)
    """
    try:
        return surface.decode()
    except UnicodeDecodeError:
        return None


def _text_pieces(vocabulary: pl.DataFrame) -> pl.DataFrame:
    """Return the text pieces with ``text``, ``characters`` and ``script``."""
    pieces = vocabulary.filter(pl.col("kind").is_in(["normal", "added"])).with_columns(
        text=pl.col("surface").cast(pl.String)
    )
    return pieces.with_columns(
        characters=pl.col("text").str.len_chars(), script=scripts_of_texts(pieces["text"])
    )


def _incomplete(vocabulary: pl.DataFrame) -> pl.DataFrame:
    rows = [
        (id_, surface, _lacks(surface))
        for id_, surface in vocabulary.filter(kind="byte").select("id", "surface").iter_rows()
        if text_of(surface) is None
    ]
    return pl.DataFrame(
        rows,
        schema=pl.Schema(
            {"id": pl.UInt32(), "surface": pl.Binary(), "lacks": pl.Enum(["start", "end", "both", "never"])}
        ),
        orient="row",
    )


def _lacks(surface: bytes) -> str:
    """Say what a surface that is no valid UTF-8 lacks of it."""
    start, end = head_and_tail(surface)
    if text_of(surface[start:end]) is None or not set(surface[end:]) <= _CAN_END:
        return "never"
    return {(True, True): "both", (True, False): "start"}.get((start > 0, end < len(surface)), "end")


_CAN_END: Final = frozenset(range(0x80, 0xC0)) | frozenset(range(0xC2, 0xF5))
"""Bytes that may stand in a character that is cut short."""


def head_and_tail(surface: bytes) -> tuple[int, int]:
    r"""Return where the first whole character begins, and where the last one ends.

    >>> head_and_tail(b"\x88\xb0a\xe1\x88"), head_and_tail(b"\x88\xb0")
    ((2, 3), (2, 2))
    """
    size = len(surface)
    start = next((place for place, byte in enumerate(surface) if byte & 0xC0 != 0x80), size)
    last = next((place for place in reversed(range(start, size)) if surface[place] & 0xC0 != 0x80), size)
    return start, last if last < size and text_of(surface[last:]) is None else size


def _folded(normal: pl.DataFrame) -> pl.DataFrame:
    import unicodedata2

    def fold(text: str) -> str:
        folded = unicodedata2.normalize("NFKC", text).casefold()
        return str(unicodedata2.normalize("NFKC", folded))

    distinct = normal.group_by("text", maintain_order=True).agg("id")
    keyed = distinct.with_columns(
        folded=pl.Series([fold(text) for text in distinct["text"]], dtype=pl.String)
    )
    return _grouped(keyed.explode("id"), "folded", different="text")


def _grouped(pieces: pl.DataFrame, key: str, different: str = "id") -> pl.DataFrame:
    """Return the groups with one key in which something differs, the largest first."""
    return (
        pieces.group_by(key, maintain_order=True)
        .agg(
            pl.len().alias("pieces"), pl.col("id").alias("ids"), pl.col(different).n_unique().alias("_kinds")
        )
        .filter(pl.col("_kinds") > 1)
        .drop("_kinds")
        .sort("pieces", descending=True, maintain_order=True)
    )


def _rows(frame: pl.DataFrame) -> list[dict[str, object]]:
    return [
        {name: shown(value) if isinstance(value, bytes) else value for name, value in row.items()}
        for row in frame.iter_rows(named=True)
    ]
