"""What becomes of the letters of a language's standard alphabet: an audit of a tokenizer that needs no text.

Alphabets are the base exemplar characters of gflanguages (Apache-2.0): those that a language's own words are written
with, in both cases where its script has two. Its 1,069 alphabets come under 1,057 tags, since a few entries are
regional variants of one language; their letters are joined.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np
import polars as pl

from langcov.census.surfaces import UNKNOWN, Surfaces
from langcov.errors import LanguageError
from langcov.languages import parse
from langcov.measures.vocabulary import shown, text_of
from langcov.tokenizers.fast import reference_of
from langcov.tokenizers.ragged import bounds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from langcov.tokenizers.base import Encoded, Tokenizer

Fate = Literal["whole", "pieces", "spelled", "lost"]
FATES: Final[tuple[Fate, ...]] = get_args(Fate)

SCHEMA: Final = pl.Schema(
    {
        "tokenizer": pl.String(),
        "language": pl.String(),
        "letters": pl.UInt32(),
        "whole": pl.UInt32(),
        "pieces": pl.UInt32(),
        "spelled": pl.UInt32(),
        "lost": pl.UInt32(),
        "share_whole": pl.Float64(),
        "share_kept": pl.Float64(),
        "spelled_letters": pl.List(pl.String()),
        "lost_letters": pl.List(pl.String()),
    }
)
"""What `alphabet_coverage` returns: one row a language, by tag. ``share_kept`` is (whole + pieces) / letters."""

LETTERS_SCHEMA: Final = pl.Schema(
    {"letter": pl.String(), "fate": pl.Enum(FATES), "tokens": pl.List(pl.String())}
)
"""What `letter_fates` returns: one row a letter, in the order of the alphabet."""


def alphabet_coverage(tokenizer: Tokenizer, languages: Iterable[str] | None = None) -> pl.DataFrame:
    """Count what becomes of the letters of each language's standard alphabet.

    Each letter is encoded as a text of its own, once; tokens that stand for nothing but a space (a lone ``▁``) do not
    count. Its fate is the first that holds:

    - ``lost``: an unknown token is among its tokens, or there are none.
    - ``spelled``: a token holds a part of a character: a byte, or bytes that are no complete UTF-8.
    - ``whole``: one token is all there is. A space or a word mark may be part of it.
    - ``pieces``: several tokens, each of whole characters. Only letters of several characters (``ch``, ``ẹ́``) end here,
      and those that a normaliser takes apart.

    A letter that a normaliser rewrites (to lower case, to its plain form) is judged by what it is rewritten to. The
    four fates sum to the letters exactly. ``share_whole`` = whole / letters, ``share_kept`` = (whole + pieces) /
    letters; both run from 0 to 1, higher serves a language better. Each letter counts once, however rare: Korean's are
    all 11,172 syllables that can be written, of which a text needs a tenth. Source: langcov; alphabets from gflanguages.

    Args:
        tokenizer: What is audited.
        languages: Tags, codes or names; every language of `alphabet_languages` if None.

    Returns:
        A frame of `SCHEMA`, sorted by tag.

    Raises:
        LanguageError: A language is unknown, or has no standard alphabet there.
    """
    table = _alphabets()
    if languages is not None:
        chosen = [parse(language) for language in languages]
        _demand(chosen)
        table = table.filter(pl.col("language").is_in(chosen))
    fate = pl.col("fate")
    counts = (
        _with_fates(tokenizer, table)
        .group_by("language")
        .agg(
            pl.len().alias("letters"),
            *((fate == name).sum().alias(name) for name in FATES),
            pl.col("letter").filter(fate == "spelled").alias("spelled_letters"),
            pl.col("letter").filter(fate == "lost").alias("lost_letters"),
        )
        .sort("language")
    )
    return (
        counts.with_columns(
            tokenizer=pl.lit(tokenizer.name),
            share_whole=pl.col("whole") / pl.col("letters"),
            share_kept=(pl.col("whole") + pl.col("pieces")) / pl.col("letters"),
        )
        .select(SCHEMA.names())
        .cast(SCHEMA)
    )


def letters_and_fates(tokenizer: Tokenizer, languages: Iterable[str]) -> pl.DataFrame:
    """Tell what becomes of each letter of several languages, each letter being encoded once.

    Args:
        tokenizer: What is audited.
        languages: Tags, codes or names.

    Returns:
        ``language, letter, fate``: one row a letter, in the order of each alphabet; fates as `alphabet_coverage`
        defines them.

    Raises:
        LanguageError: A language is unknown, or has no standard alphabet there.
    """
    chosen = [parse(language) for language in languages]
    _demand(chosen)
    return _with_fates(tokenizer, _alphabets().filter(pl.col("language").is_in(chosen)))


def letter_fates(tokenizer: Tokenizer, language: str) -> pl.DataFrame:
    """Tell what becomes of each letter of one language, and of which tokens it is made.

    Args:
        tokenizer: What is audited.
        language: A tag, a code or a name.

    Returns:
        A frame of `LETTERS_SCHEMA`; fates as `alphabet_coverage` defines them. ``tokens`` are the surfaces, as
        `langcov.measures.vocabulary.shown` writes them, without those of nothing but a space; the unknown token's is
        ``<unknown>``.

    Raises:
        LanguageError: The language is unknown, or has no standard alphabet there.
    """
    letters = alphabet(language)
    encoded = tokenizer.encode_batch(letters)
    rows = tokenizer.vocabulary.join(pl.DataFrame({"id": np.unique(encoded.ids)}), on="id")
    names = {
        id_: "<unknown>" if kind == "unknown" else shown(surface)
        for id_, surface, kind in rows.select("id", "surface", "kind").iter_rows()
    }
    tokens = [
        [name for id_ in encoded.ids[start:end].tolist() if (name := names.get(id_, "")).strip()]
        for start, end in zip(encoded.offsets[:-1], encoded.offsets[1:], strict=True)
    ]
    return pl.DataFrame(
        {"letter": letters, "fate": _fates(tokenizer, encoded), "tokens": tokens}, schema=LETTERS_SCHEMA
    )


def alphabet(language: str) -> list[str]:
    """Return the letters of a language's standard alphabet, in gflanguages' order.

    Args:
        language: A tag, a code or a name.

    Raises:
        LanguageError: The language is unknown, or has no standard alphabet there.

    >>> len(alphabet("English")), alphabet("hin_Deva")[:4]
    (52, ['ॐ', 'अ', 'आ', 'इ'])
    """
    tag = parse(language)
    _demand([tag])
    return _alphabets().filter(language=tag)["letter"].to_list()


def alphabet_languages() -> list[str]:
    """Return the tags of all languages whose standard alphabet is known.

    >>> len(alphabet_languages()) > 1000
    True
    """
    return _alphabets()["language"].unique().sort().to_list()


def letters_of(exemplars: str) -> list[str]:
    """Split exemplar characters, as CLDR and gflanguages write them, into letters, each once and in form NFC.

    Braces hold a letter of several characters, and a hyphen between two characters stands for all from one to the
    other; a hyphen alone is itself. What stands together without either (``あア``) are letters of their own, but marks
    stay with what they are on. Characters that are seen only by what they do to others (joiners) are no letters.

    >>> letters_of("a á {ch} {ẹ́} あア ы̄ ა-გ - \u200c")
    ['a', 'á', 'ch', 'ẹ́', 'あ', 'ア', 'ы̄', 'ა', 'ბ', 'გ', '-']
    """
    import unicodedata2

    found = (unicodedata2.normalize("NFC", letter) for letter in _split(exemplars))
    return [
        letter
        for letter in dict.fromkeys(found)
        if not all(unicodedata2.category(character)[0] in "CZ" for character in letter)
    ]


def _split(exemplars: str) -> Iterator[str]:
    import regex

    for item in regex.finditer(
        r"\{([^{}\s]+)\}|([^{}\s])-([^{}\s])|[^{}\s]\p{M}*", exemplars.replace("◌", "")
    ):
        whole, first, last = item.groups()
        if whole:
            yield whole
        elif first and ord(first) <= ord(last):
            yield from map(chr, range(ord(first), ord(last) + 1))
        else:
            yield item[0]


@lru_cache(maxsize=1)
def _alphabets() -> pl.DataFrame:
    """Return every letter of every language, once each: ``language, letter``."""
    import gflanguages

    rows = []
    for entry in gflanguages.LoadLanguages().values():
        letters = letters_of(entry.exemplar_chars.base)
        if letters:
            tag = parse(entry.language, entry.script)
            rows += [(tag, letter) for letter in letters]
    table = pl.DataFrame(rows, schema={"language": pl.String, "letter": pl.String}, orient="row")
    return table.unique(maintain_order=True)


def _demand(tags: Sequence[str]) -> None:
    missing = sorted(set(tags) - set(alphabet_languages()))
    if missing:
        raise LanguageError(
            f"no standard alphabet is known of {', '.join(missing)}",
            fix="leave it out; gflanguages has none, and langcov.measures.alphabets.alphabet_languages lists all",
        )


def _with_fates(tokenizer: Tokenizer, table: pl.DataFrame) -> pl.DataFrame:
    """Add ``fate`` to rows of ``language, letter``."""
    letters = table["letter"].unique(maintain_order=True)
    # A fast engine would first be tried on thousands of characters, most of which no text at hand may hold.
    encoded = reference_of(tokenizer).encode_batch(letters.to_list())
    fates = pl.DataFrame({"letter": letters, "fate": _fates(tokenizer, encoded)})
    return table.join(fates, on="letter", maintain_order="left")


def _fates(tokenizer: Tokenizer, encoded: Encoded) -> pl.Series:
    """Return the fate of each text of a batch, each a letter."""
    # A whole vocabulary takes longer to lay out than the letters to encode.
    met = pl.DataFrame({"id": np.unique(encoded.ids)})
    vocabulary = tokenizer.vocabulary.join(met, on="id", how="semi", maintain_order="left")
    surfaces = Surfaces.of(vocabulary)
    part = np.zeros(len(surfaces.kind), np.bool_)
    by_byte = vocabulary.filter(pl.col("kind") == "byte")
    part[by_byte["id"].to_numpy()] = [text_of(surface) is None for surface in by_byte["surface"]]
    unknown = surfaces.kind[encoded.ids] == UNKNOWN

    def per_letter(flags: NDArray[np.bool_]) -> NDArray[np.int64]:
        return np.diff(bounds(flags)[encoded.offsets])

    visible = per_letter((surfaces.visible.lengths[encoded.ids] > 0) | unknown)
    lost = (per_letter(unknown) > 0) | (visible == 0)
    places = np.select([lost, per_letter(part[encoded.ids]) > 0, visible == 1], [3, 2, 0], default=1)
    return pl.Series(np.array(FATES)[places].tolist(), dtype=pl.Enum(FATES))
