"""Byte-level BPE from ranks: tiktoken's rule, as merges that the library `tokenizers` runs.

tiktoken merges, of all neighbours whose bytes together have a rank, the pair of the lowest. `tokenizers` wants the
pairs listed, so each entry is listed once for every way to cut it in two entries, in the order of rank. A word that
is an entry is taken whole (``ignore_merges``), as tiktoken does. This takes a second or so for 200,000 entries, so that
`langcov.tokenizers.converted` keeps what comes of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from langcov.errors import TokenizerError
from langcov.limits import LARGEST_ID, LONGEST_ENTRY
from langcov.tokenizers.surfaces import BYTE_LETTERS, Spelling

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import tokenizers

SPELLING = Spelling(byte_level=True)


def byte_level_bpe(
    ranks: Mapping[bytes, int], pattern: str, *, where: str, shift: int = 0
) -> tokenizers.Tokenizer:
    """Return a `tokenizers` object that encodes as ``tiktoken.Encoding`` does with these ranks and this pattern.

    Args:
        ranks: Bytes to rank.
        pattern: What a word is, as a regular expression in the syntax of Oniguruma.
        where: The file they came from, for messages.
        shift: An entry's id is its rank and this.

    Raises:
        TokenizerError: A byte has no rank, an entry is far too long or a rank far too large, or the pattern is no regular
            expression.
    """
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers

    missing = next((byte for byte in range(256) if bytes([byte]) not in ranks), None)
    if missing is not None:
        raise TokenizerError(
            f"there is no rank for the byte 0x{missing:02X}", where=where, fix="download the file again"
        )
    odd = next(
        (
            piece
            for piece, rank in ranks.items()
            if len(piece) > LONGEST_ENTRY or not 0 <= rank + shift <= LARGEST_ID
        ),
        None,
    )
    if odd is not None:
        raise TokenizerError(
            f"the entry of rank {ranks[odd]!r:.40} is longer than {LONGEST_ENTRY:,} bytes, or its rank is not from 0 to {LARGEST_ID:,}",
            where=where,
            fix="download the file again",
        )
    by_rank = sorted(ranks, key=ranks.__getitem__)
    words = {piece.decode("latin-1").translate(BYTE_LETTERS): ranks[piece] for piece in by_rank}
    try:
        split = pre_tokenizers.Split(Regex(pattern), behavior="isolated")
    except Exception as error:  # the library raises bare Exception
        raise TokenizerError(
            f"the pattern {pattern!r} is no regular expression ({error})",
            where=where,
            fix="correct --pattern",
        ) from error
    tokenizer = Tokenizer(
        models.BPE(
            {word: rank + shift for word, rank in words.items()}, list(_merges(words)), ignore_merges=True
        )
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def _merges(words: Mapping[str, int]) -> Iterable[tuple[str, str]]:
    for word in words:
        cuts = [
            (words[left], words[right], left, right)
            for i in range(1, len(word))
            if (left := word[:i]) in words and (right := word[i:]) in words
        ]
        cuts.sort()
        for _, _, left, right in cuts:
            yield left, right
