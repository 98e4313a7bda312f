"""Pieces that a vocabulary holds and its own encoder never gives: rows of an embedding that no text can train.

A text whose tokens hold an id proves that the id can be reached, wherever in the text it turns up. So each piece's
surface is put into texts, first bare and after a space, then between neighbours of other kinds, until its id turns up.
What never turns up gets a reason.

How far to trust "never": if a piece of BPE or Unigram is given anywhere, it is also given for its own surface between
neighbours that no piece joins to it, since merges inside it and the best path through it do not depend on what is
outside. The neighbours here contain such ones (characters for private use, which hardly any vocabulary has), so that
only a pre-tokenizer which keeps a piece together between neighbours of yet another kind is missed. WordPiece takes the
longest match first, so that a piece which goes on with a word is tried after several letters that start one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np
import polars as pl

from langcov.measures.vocabulary import head_and_tail, shown, text_of
from langcov.tokenizers.fast import reference_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from langcov.tokenizers.base import Encoded, Tokenizer

    Encoder = Callable[[Sequence[str]], Encoded]

Reason = Literal["added", "control", "merges", "normaliser", "partial UTF-8"]

SCHEMA: Final = pl.Schema(
    {
        "id": pl.UInt32(),
        "surface": pl.Binary(),
        "kind": pl.String(),
        "reason": pl.Enum(get_args(Reason)),
        "instead": pl.List(pl.String()),
    }
)
"""What `unreachable` returns.

``instead`` holds the tokens that the bare surface gives, as `shown` writes them; with the reason ``merges``, those that
it gives where no normaliser comes before. It is null for what is no text of its own.
"""

NEIGHBOURS: Final[tuple[tuple[str, str], ...]] = (
    ("", ""),
    (" ", ""),
    ("a", ""),
    ("", "a"),
    ("a", "a"),
    ("\ue000", "\ue000"),
    (".", ""),
    (".", "."),
    ("\n", "\n"),
    ("1", "1"),
    ("A", "A"),
    ("Q", ""),
    ("7", ""),
    ("z", ""),
    ("ж", ""),
    ("ب", ""),
)
"""What stands before and after a surface in the texts that are tried, in this order."""

_COMPLETIONS: Final = (4, 24, 64)
"""How many characters are tried, round by round, to complete what a piece begins or ends in the middle of."""

_TOGETHER: Final = 1 << 14
"""So many texts are encoded at once: engines take a kilobyte for each."""

_IDENTITY: Final = bytes([0x1A, 6, 0x12, 0, 0x18, 0, 0x20, 0])
"""A SentencePiece ModelProto that says only this of its normaliser: no table of rewritings, no dummy prefix, spaces
kept. Appended to a model it wins over what the model says, as protobuf merges messages."""


def unreachable(tokenizer: Tokenizer) -> pl.DataFrame:
    """List the pieces that the tokenizer's own encoder can never give.

    Definition: no text that was tried has the id among its tokens. Tried are the surface bare, after a space and
    between the other `NEIGHBOURS`; where ids of bytes or the unknown token are left, every assigned character of
    Unicode; and for what is then left of the pieces that begin or end inside a character, characters that complete
    them. The surface stands in for ``decode([id])``, which would print a ``##`` or a U+FFFD that is not in the text.

    Reasons, the first that holds:

    - ``control``: it stands for no text (special tokens; the unknown token where bytes stand in for it).
    - ``added``: it should be matched in the text before the model sees it, and is not.
    - ``normaliser``: the model gives it for such texts when the normaliser is left out, so that this alone hides it.
    - ``partial UTF-8``: its surface is no text of its own, and no text with it inside was found to give it. It is a byte
      that no UTF-8 has, or the characters that it could be a part of are always spelled otherwise.
    - ``merges``: merges lead elsewhere, the pre-tokenizer cuts it, another piece has the same surface, or the model
      prefers another spelling.

    Leaving the normaliser out is known for the libraries `tokenizers` and `sentencepiece`; for another engine nothing
    is called ``normaliser``.

    The unit is pieces. Source: Land & Bartolo 2024, Fishing for Magikarp, arXiv 2405.05417, whose "unreachable" tokens
    these are; their test is the bare one.

    Returns:
        A frame of `SCHEMA` in the order of ids.
    """
    entries = {
        id_: (surface, kind)
        for id_, surface, kind in tokenizer.vocabulary.select(
            "id", "surface", pl.col("kind").cast(pl.String)
        ).iter_rows()
    }
    texts = {id_: text for id_, (surface, _) in entries.items() if (text := text_of(surface))}
    halves = {id_: surface for id_, (surface, kind) in entries.items() if kind == "byte" and id_ not in texts}
    # A fast engine has to be tried on every character that it has not met, and here it would meet all of them.
    search = _Search(reference_of(tokenizer).encode_batch, max(entries, default=-1) + 1)
    search.between_neighbours(texts)
    if search.missing([*halves, *(id_ for id_, (_, kind) in entries.items() if kind == "unknown")]):
        search.seek(_every_character())
    search.inside_completions(halves)
    gone = search.missing(entries)

    judged = [id_ for id_ in gone if entries[id_][1] not in _NAMED_BY_KIND]
    hidden = {id_: texts[id_] for id_ in judged if id_ in texts}
    instead = _tokens(search.encode, hidden, entries)
    unveiled: set[int] = set()
    if encode := _without_normaliser(tokenizer):
        second = _Search(encode, len(search.seen))
        second.between_neighbours(hidden)
        second.inside_completions({id_: halves[id_] for id_ in judged if id_ in halves})
        unveiled = set(judged).difference(second.missing(judged))
        instead |= _tokens(encode, {id_: hidden[id_] for id_ in hidden.keys() - unveiled}, entries)

    def reason(id_: int) -> Reason:
        named = _NAMED_BY_KIND.get(entries[id_][1])
        if named or id_ in unveiled:
            return named or "normaliser"
        return "merges" if id_ in texts else "partial UTF-8"

    rows = [(id_, *entries[id_], reason(id_), instead.get(id_)) for id_ in gone]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


_NAMED_BY_KIND: Final[Mapping[str, Reason]] = {"control": "control", "unknown": "control", "added": "added"}


class _Search:
    """Which ids have turned up so far, and texts that may show more."""

    def __init__(self, encode: Encoder, size: int) -> None:
        self.encode = encode
        self.seen: NDArray[np.bool_] = np.zeros(size, np.bool_)

    def seek(self, texts: Sequence[str]) -> None:
        for start in range(0, len(texts), _TOGETHER):
            found = self.encode(texts[start : start + _TOGETHER]).ids
            self.seen[found[found < len(self.seen)]] = True

    def missing(self, ids: Iterable[int]) -> list[int]:
        return [id_ for id_ in ids if not self.seen[id_]]

    def between_neighbours(self, texts: Mapping[int, str]) -> None:
        for before, after in NEIGHBOURS:
            self.seek([f"{before}{texts[id_]}{after}" for id_ in self.missing(texts)])

    def inside_completions(self, halves: Mapping[int, bytes]) -> None:
        for many in _COMPLETIONS:
            self.seek(
                [
                    before + text
                    for id_ in self.missing(halves)
                    for text in _completed(halves[id_], many)
                    for before in ("", " ", "a")
                ]
            )


def _tokens(
    encode: Encoder, texts: Mapping[int, str], entries: Mapping[int, tuple[bytes, str]]
) -> dict[int, list[str]]:
    """Return the tokens of each text, as `shown`."""
    encoded = encode(list(texts.values()))
    names = [shown(entries[id_][0]) for id_ in encoded.ids.tolist()]
    bounds = encoded.offsets.tolist()
    return {id_: names[start:end] for id_, start, end in zip(texts, bounds[:-1], bounds[1:], strict=True)}


def _without_normaliser(tokenizer: Tokenizer) -> Encoder | None:
    """Return what encodes like the tokenizer's own model and pre-tokenizer on text that no normaliser has touched."""
    from langcov.tokenizers import ragged
    from langcov.tokenizers.base import Encoded
    from langcov.tokenizers.huggingface import HuggingFaceTokenizer
    from langcov.tokenizers.sentencepiece import SentencePieceTokenizer, processor

    tokenizer = reference_of(tokenizer)
    if isinstance(tokenizer, SentencePieceTokenizer):
        raw = processor(tokenizer.processor.serialized_model_proto() + _IDENTITY, tokenizer.source)

        def by_sentencepiece(texts: Sequence[str]) -> Encoded:
            arrays = raw.encode(list(texts), return_type="numpy")
            ids = np.concatenate([np.empty(0, np.int32), *arrays]).astype(np.uint32)
            return Encoded(ids, ragged.ends(arrays))

        return by_sentencepiece
    if isinstance(tokenizer, HuggingFaceTokenizer):
        import tokenizers

        backend = tokenizers.Tokenizer(tokenizer.backend.model)
        if tokenizer.backend.pre_tokenizer is not None:
            backend.pre_tokenizer = tokenizer.backend.pre_tokenizer
        space = tokenizer.spelling.space

        def by_tokenizers(texts: Sequence[str]) -> Encoded:
            marked = [text.replace(" ", space) for text in texts] if space else list(texts)
            encodings = backend.encode_batch_fast(marked, add_special_tokens=False)
            return ragged.encoded([each.ids for each in encodings])

        return by_tokenizers
    return None


@lru_cache(maxsize=1)
def _characters() -> tuple[str, ...]:
    """Every assigned character of Unicode, those for private use, and one in 64 of the rest.

    Each run of three bytes that begins a character of four is among them.
    """
    import unicodedata2

    return tuple(
        chr(point)
        for point in range(0x110000)
        if (point % 64 == 0 or (point < 0xF0000 and unicodedata2.category(chr(point)) != "Cn"))
        and not 0xD800 <= point < 0xE000
    )


def _every_character() -> list[str]:
    """Return texts that hold every character, on a line of its own, after a space and after a letter."""
    size = 500
    characters = _characters()
    return [
        between.join(["", *characters[start : start + size]])
        for start in range(0, len(characters), size)
        for between in ("\n", "\n ", "\na")
    ]


def _completed(half: bytes, many: int) -> Iterator[str]:
    """Yield texts that hold the bytes, with characters of which they begin or end in the middle."""
    start, end = head_and_tail(half)
    middle = text_of(half[start:end])
    if middle is None:
        return
    ending, beginning = _by_edge()
    heads = ending.get(half[:start], ()) if start else ("",)
    tails = beginning.get(half[end:], ()) if end < len(half) else ("",)
    for head in _some(heads, many):
        for tail in _some(tails, many):
            yield head + middle + tail


def _some(items: Sequence[str], many: int) -> Sequence[str]:
    """Return that many of the items, evenly spread."""
    return items[:: max(1, len(items) // many)]


@lru_cache(maxsize=1)
def _by_edge() -> tuple[dict[bytes, list[str]], dict[bytes, list[str]]]:
    """Return the characters whose bytes end, and those whose bytes begin, with given bytes without being them."""
    ending: dict[bytes, list[str]] = {}
    beginning: dict[bytes, list[str]] = {}
    for character in _characters():
        data = character.encode()
        for cut in range(1, len(data)):
            ending.setdefault(data[cut:], []).append(character)
            beginning.setdefault(data[:cut], []).append(character)
    return ending, beginning
