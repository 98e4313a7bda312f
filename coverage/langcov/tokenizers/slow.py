"""Tokenizers that only `transformers` has: a class written in Python, and no tokenizer.json beside it (ByT5, CANINE).

Slow: a loop in Python over texts. Where the class turns out to be backed by the library `tokenizers`, that is run
directly.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from langcov.errors import TokenizerError
from langcov.tokenizers import files, ragged
from langcov.tokenizers.base import VOCABULARY_SCHEMA, Exactness, Spans
from langcov.tokenizers.huggingface import HuggingFaceTokenizer, from_json
from langcov.tokenizers.registry import Format, Origin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langcov.tokenizers.base import Encoded

BYTE_OFFSETS = {"ByT5Tokenizer": 3}
"""Classes whose ids from this one on are the 256 bytes."""


@dataclass(frozen=True, eq=False)
class SlowTokenizer:
    """A tokenizer that `transformers` runs in Python.

    Args:
        name: Short name.
        fingerprint: Hex sha256 of its configuration and the library's version.
        source: Where it came from.
        backend: What encodes.
    """

    name: str
    fingerprint: str
    source: str
    backend: Any = field(repr=False)

    @property
    def kind(self) -> str:
        """The name of its class."""
        return type(self.backend).__name__

    @property
    def engine(self) -> str:
        """What encodes, with its version."""
        return f"{files.versioned('transformers')} (in Python)"

    @property
    def exactness(self) -> Exactness:
        """It is the reference."""
        return Exactness(
            files.versioned("transformers"), "It is the reference: a tokenizer written in Python, slow."
        )

    @cached_property
    def vocabulary(self) -> pl.DataFrame:
        """Every id once, ascending. Surfaces are what single ids decode to, but for byte tokenizers."""
        special = set(self.backend.all_special_ids) | set(self.backend.added_tokens_decoder)
        first_byte = BYTE_OFFSETS.get(self.kind)
        rows = []
        for id_ in sorted(set(self.backend.get_vocab().values())):
            if id_ in special:
                rows.append((id_, b"", "unknown" if id_ == self.backend.unk_token_id else "control"))
            elif first_byte is not None:
                byte = id_ - first_byte
                rows.append((id_, bytes([byte]), "normal" if byte < 0x80 else "byte"))
            else:
                rows.append((id_, self.decode_batch([[id_]])[0].encode(), "normal"))
        return pl.DataFrame(rows, schema=VOCABULARY_SCHEMA, orient="row")

    def encode_batch(self, texts: Sequence[str]) -> Encoded:
        """Encode; ``offsets`` has ``len(texts) + 1`` entries."""
        if not len(texts):
            return ragged.encoded([])
        try:
            encoded = self.backend(
                list(texts), add_special_tokens=False, split_special_tokens=True, verbose=False
            )
        except UnicodeEncodeError:
            ragged.refuse_surrogates(texts, self.name)
            raise
        return ragged.encoded(encoded["input_ids"])

    def encode_spans(self, texts: Sequence[str]) -> Spans:
        """Encode, with the characters that each token's bytes belong to.

        Raises:
            TokenizerError: The surfaces do not add up to a text: such a tokenizer gives no offsets.
        """
        ids, offsets = self.encode_batch(texts)
        surfaces = dict(self.vocabulary.select("id", "surface").iter_rows())
        starts, ends = np.zeros(len(ids), np.int64), np.zeros(len(ids), np.int64)
        for place, text in enumerate(texts):
            tokens = slice(offsets[place], offsets[place + 1])
            spelled = [surfaces[id_] for id_ in ids[tokens].tolist()]
            data = text.encode()
            if b"".join(spelled) != data:
                raise TokenizerError(
                    f"text {place} is not what its tokens spell, and a tokenizer written in Python gives no offsets",
                    where=self.name,
                    fix="save it as a tokenizer.json and give that",
                )
            bytes_ = np.frombuffer(data, np.uint8)
            character = np.cumsum((bytes_ & 0xC0) != 0x80) - 1
            bounds = ragged.ends(spelled)
            some = np.diff(bounds) > 0
            starts[tokens][some] = character[bounds[:-1][some]]
            ends[tokens][some] = character[bounds[1:][some] - 1] + 1
        return Spans(ids, offsets, starts, ends)

    @property
    def decodes(self) -> Literal["joined", "without first space", "otherwise"]:
        """In its own way, which only trying can tell."""
        return "otherwise"

    def normalise_batch(self, texts: Sequence[str]) -> list[str]:
        """Return the texts: a class in Python has no normaliser that could be asked for alone."""
        return list(texts)

    def decode_batch(self, sequences: Sequence[Sequence[int]]) -> list[str]:
        """Decode each sequence of ids to text."""
        return [self.backend.decode(list(ids), skip_special_tokens=False) for ids in sequences]


def load(origin: Origin) -> SlowTokenizer | HuggingFaceTokenizer:
    """Read a folder that holds a tokenizer_config.json and no other format.

    Raises:
        TokenizerError: transformers can't make a tokenizer of it without running the folder's own code.
    """
    from transformers import AutoTokenizer

    data = files.read(origin.path)
    try:
        backend = AutoTokenizer.from_pretrained(
            str(origin.path.parent), trust_remote_code=False, local_files_only=True
        )
    except Exception as error:  # whatever a class's own loading code raises
        raise TokenizerError(
            f"transformers can't make a tokenizer of this folder ({' '.join(str(error).split())[:160]})",
            where=str(origin.path.parent),
            fix="save it as a tokenizer.json and give that",
        ) from error
    fast = getattr(backend, "backend_tokenizer", None)
    if fast is not None:
        return from_json(fast.to_str().encode(), origin)
    return SlowTokenizer(
        origin.name, files.fingerprint(data, files.versioned("transformers")), origin.source, backend
    )


def _names_a_class(head: bytes) -> bool:
    try:
        document = json.loads(head)
    except ValueError:  # longer than the part that is looked at
        return b'"tokenizer_class"' in head
    return isinstance(document, dict) and "tokenizer_class" in document


FORMAT = Format(
    name="tokenizer_config.json of a class in transformers",
    files=("tokenizer_config.json",),
    recognises=_names_a_class,
    load=load,
    rank=90,
)
