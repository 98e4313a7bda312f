"""One tokenizer from text: by the trainers of `tokenizers` and `sentencepiece`, so that the same text gives the same bytes.

Both trainers break ties by the order of pieces, not of the text. What sentencepiece adds up in several threads depends
on their number; it is run with one, and several candidates are trained at once instead. What a trainer gives may still
change with its version, so that versions are part of what a candidate's folder notes.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from langcov.errors import TokenizerError
from langcov.planning.candidates import BYTE_BPE, PATTERNS, SENTENCEPIECE_BPE
from langcov.tokenizers.files import versioned

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from langcov.planning.candidates import Candidate

CHARACTER_COVERAGE: Final = 0.9995
"""Share of the sample's characters that are pieces of their own for sentencepiece; the rest is spelled in bytes. It is
sentencepiece's own default: with all of them, rare Chinese characters would fill a small vocabulary."""

LONGEST_SENTENCE: Final = 1 << 22
"""Bytes; sentencepiece leaves longer sentences out. No segment of a corpus is as long."""

MANY_BYTES: Final = 1 << 30
"""From so much text on, sentencepiece has to count with 64 bits."""

_BREAKS: Final = re.compile(r"[\t\r\n\0]+")
"""Where a text is divided into sentences for sentencepiece, which leaves those out that hold a tab."""


class Made(NamedTuple):
    """A trained tokenizer: the name of its file, its bytes, and how many entries its vocabulary has."""

    file: str
    data: bytes
    entries: int


def train_tokenizer(candidate: Candidate, texts: Iterable[list[str]], size: int) -> Made:
    """Train one candidate.

    Args:
        candidate: What to train.
        texts: The text, in lists.
        size: About how many bytes that is.

    Raises:
        TokenizerError: The vocabulary has no room for the bytes and characters that it must have, or the trainer fails.
    """
    if candidate.kind == BYTE_BPE:
        return _byte_bpe(candidate, texts)
    return _sentencepiece(candidate, texts, size)


def trainer_of(candidate: Candidate) -> str:
    """Return what trains it, with its version."""
    return versioned("tokenizers" if candidate.kind == BYTE_BPE else "sentencepiece")


def _byte_bpe(candidate: Candidate, texts: Iterable[list[str]]) -> Made:
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PATTERNS[candidate.pattern or ""]), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=candidate.vocabulary,
        # With all bytes there from the start, ids do not depend on the order in which a hash table gives words.
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return Made("tokenizer.json", tokenizer.to_str(pretty=True).encode(), tokenizer.get_vocab_size())


def _sentencepiece(candidate: Candidate, texts: Iterable[list[str]], size: int) -> Made:
    import sentencepiece

    model = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=_sentences(texts),
            model_writer=model,
            model_type="bpe" if candidate.kind == SENTENCEPIECE_BPE else "unigram",
            vocab_size=candidate.vocabulary,
            hard_vocab_limit=False,
            byte_fallback=True,
            character_coverage=CHARACTER_COVERAGE,
            # Text comes back as it was: nothing is normalised and no space is dropped.
            normalization_rule_name="identity",
            remove_extra_whitespaces=False,
            allow_whitespace_only_pieces=True,
            max_sentence_length=LONGEST_SENTENCE,
            train_extremely_large_corpus=size >= MANY_BYTES,
            num_threads=1,
            minloglevel=2,
        )
    except RuntimeError as error:
        room = re.search(r"required_chars\. (\d+) vs (\d+)", str(error))
        raise TokenizerError(
            f"a vocabulary of {candidate.vocabulary:,} has no room for the {int(room[2]):,} bytes and characters that it must have"
            if room
            else f"sentencepiece can't train it ({' '.join(str(error).split())[:200].rstrip('.')})",
            where=candidate.name,
            fix="give a larger --vocabulary" if room else "see whether there is text in --language",
        ) from error
    data = model.getvalue()
    return Made("tokenizer.model", data, len(sentencepiece.SentencePieceProcessor(model_proto=data)))


def _sentences(texts: Iterable[list[str]]) -> Iterator[str]:
    for some in texts:
        for text in some:
            yield from (sentence for sentence in _BREAKS.split(text) if sentence)
