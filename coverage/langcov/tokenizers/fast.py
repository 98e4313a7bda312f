"""A faster engine where it gives the very ids of the reference, which is tried at load and not assumed.

BPE is encoded by `gigatoken`, WordPiece by `langcov.tokenizers.wordpiece`. The fast engine encodes everything that `langcov.tokenizers.stress` knows to be hard and a slice of the text at hand, and
so does the reference. One id that differs, and the reference is used.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl

from langcov.errors import TokenizerError
from langcov.tokenizers import gigatoken, verdicts, wordpiece
from langcov.tokenizers.agreement import differing
from langcov.tokenizers.base import Encoded, Provable, TakesBytes, TellsSpaces
from langcov.tokenizers.engines import NotTakenError
from langcov.tokenizers.separable import way_of
from langcov.tokenizers.shelf import put_by
from langcov.tokenizers.stress import stress_strings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from langcov.tokenizers.base import Compared, Exactness, Offsets, Spans, Tokenizer
    from langcov.tokenizers.engines import Encoder, Engine
    from langcov.tokenizers.stretches import Stretches, Way

STRINGS = 2000
"""So many stress strings must give the same ids, and whatever spells one of the tokenizer's own special tokens."""


@dataclass(frozen=True, eq=False)
class CheckedTokenizer:
    """A tokenizer, the engine that encodes for it, and how the two were compared.

    What the engine does not do is the reference's own.

    Args:
        reference: The tokenizer as it was loaded.
        encoder: What encodes in its place, None for the reference itself.
        fast_engine: That engine, with its version.
        check: What came of comparing the two, as a sentence without a full stop.
        way: How the stretches of a text are given to the engine, to get the text's ids one after the other; None: it is not
            known to be so (`langcov.tokenizers.separable`).
    """

    reference: Tokenizer
    encoder: Encoder | None
    fast_engine: str
    check: str
    way: Way | None = None

    @property
    def engine(self) -> str:
        """What encodes, with its version."""
        return self.fast_engine if self.encoder is not None else self.reference.engine

    def encode_batch(self, texts: Sequence[str]) -> Encoded:
        """Encode; ``offsets`` has ``len(texts) + 1`` entries."""
        return self._works.encode_batch(texts)

    @property
    def name(self) -> str:
        """Short name."""
        return self.reference.name

    @property
    def kind(self) -> str:
        """The algorithm."""
        return self.reference.kind

    @property
    def fingerprint(self) -> str:
        """Hex sha256 of what defines it."""
        return self.reference.fingerprint

    @property
    def source(self) -> str:
        """Where it came from."""
        return self.reference.source

    @property
    def exactness(self) -> Exactness:
        """The reference implementation, and what differs."""
        return self.reference.exactness

    @property
    def decodes(self) -> Literal["joined", "without first space", "otherwise"]:
        """How ids become text again."""
        return self.reference.decodes

    @property
    def vocabulary(self) -> pl.DataFrame:
        """Every id once, ascending."""
        return self.reference.vocabulary

    def encode_spans(self, texts: Sequence[str]) -> Spans:
        """Encode, with where each token lies."""
        return self._works.encode_spans(texts)

    def normalise_batch(self, texts: Sequence[str]) -> list[str]:
        """Put each text through the normaliser, if there is one."""
        return self._works.normalise_batch(texts)

    def decode_batch(self, sequences: Sequence[Sequence[int]]) -> list[str]:
        """Decode each sequence of ids to text."""
        return self._works.decode_batch(sequences)

    def encode_bytes(self, data: NDArray[np.uint8], bounds: Offsets) -> Encoded | None:
        """Encode texts from their UTF-8, if the engine does that and nothing speaks against it; see `TakesBytes`."""
        return self.encoder.encode_bytes(data, bounds) if isinstance(self.encoder, TakesBytes) else None

    def compared(self, texts: pl.Series, encoded: Encoded) -> Compared | None:
        """Compare texts with what their ids decode to; None where only whole texts can be."""
        return self.encoder.compared(texts, encoded) if isinstance(self.encoder, TellsSpaces) else None

    def proven(self, stretches: Stretches, encoded: Encoded, joined: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which texts surely have their stretches' ids; none where another engine than the reference encodes."""
        if self.encoder is None and isinstance(self.reference, Provable):
            return self.reference.proven(stretches, encoded, joined)
        return np.zeros(len(stretches.bounds) - 1, np.bool_)

    @property
    def _works(self) -> Tokenizer | Encoder:
        return self.encoder or self.reference


def accelerated(tokenizer: Tokenizer, sample: Sequence[str] = ()) -> Tokenizer:
    """Return a tokenizer of the same ids whose `encode_batch` is faster, if a faster engine is installed and gives them.

    Args:
        tokenizer: The reference.
        sample: Text like that which will be encoded. Both engines encode it and the stress strings, once for each
            tokenizer, version of the engines and sample: what came of it is kept in the user's folder for caches.
    """
    if isinstance(tokenizer, CheckedTokenizer):
        return tokenizer
    engine = _engine_for(tokenizer)
    version = engine.version()
    if version is None:
        return tokenizer
    try:
        return _trusted(tokenizer, engine, version, sample)
    except NotTakenError as reason:
        why = str(reason)
    except TokenizerError as error:
        why = error.what
    return CheckedTokenizer(tokenizer, None, version, f"{version} is not used: {why}")


def shelved(tokenizer: Tokenizer) -> Tokenizer:
    """Return the same tokenizer with its reference put by, if a faster engine encodes for it nearly always."""
    if not isinstance(tokenizer, CheckedTokenizer) or not isinstance(
        tokenizer.encoder, gigatoken.GigatokenEncoder
    ):
        return tokenizer
    reference = put_by(tokenizer.reference)
    return replace(tokenizer, reference=reference, encoder=tokenizer.encoder.with_reference(reference))


def reference_of(tokenizer: Tokenizer) -> Tokenizer:
    """Return the tokenizer as it was loaded."""
    return tokenizer.reference if isinstance(tokenizer, CheckedTokenizer) else tokenizer


def check_of(tokenizer: Tokenizer) -> str:
    """Return what came of comparing a fast engine with the reference; empty if none was tried."""
    return tokenizer.check if isinstance(tokenizer, CheckedTokenizer) else ""


def _engine_for(tokenizer: Tokenizer) -> Engine:
    return wordpiece if tokenizer.kind == "WordPiece" else gigatoken


def _trusted(tokenizer: Tokenizer, engine: Engine, version: str, sample: Sequence[str]) -> CheckedTokenizer:
    engine.refuse_kind(tokenizer)
    strings = [*_stress(), *engine.spellings(tokenizer)]
    trials = [
        (texts, what, verdicts.recall(tokenizer, version, texts))
        for texts, what in ((strings, "stress strings"), (sample, "passages of the text"))
        if len(texts)
    ]
    for texts, what, different in trials:
        _refuse(different or 0, len(texts), what)
    encoder = engine.encoder(tokenizer, proven=all(different is not None for *_, different in trials))
    for texts, what, known in trials:
        if known is None:
            different = _count_differing(encoder, tokenizer, texts)
            verdicts.keep(tokenizer, version, texts, different)
            _refuse(different, len(texts), what)
    passages = f" and {len(sample):,} passages of the text" if len(sample) else ""
    doubts = getattr(encoder, "agreement", None) is not None
    left = "; texts with characters that the two know differently are left to the latter" if doubts else ""
    check = f"{version} gave the ids of {tokenizer.engine} on {len(strings):,} stress strings{passages}{left}"
    way = way_of(encoder, tokenizer, version, [*strings, *sample])
    return CheckedTokenizer(tokenizer, encoder, version, check, way)


def _count_differing(encoder: Encoder, tokenizer: Tokenizer, texts: Sequence[str]) -> int:
    """How many texts get other ids or, from an engine that gives them, other spans, forms or decoded texts."""
    ids = tokenizer.encode_batch(texts)
    different = differing(encoder.encode_batch(texts), ids)
    if isinstance(encoder, TakesBytes):
        different |= _encoded_otherwise(encoder, texts, ids)
    if encoder.is_complete:
        found, wanted = encoder.encode_spans(texts), tokenizer.encode_spans(texts)
        for which in ("ids", "starts", "ends"):
            pairs = (Encoded(getattr(each, which), each.offsets) for each in (found, wanted))
            different |= differing(*pairs)
        rows = np.split(ids.ids, ids.offsets[1:-1])
        lists = [row.tolist() for row in rows]
        decoded, forms = tokenizer.decode_batch(lists), tokenizer.normalise_batch(texts)
        for mine, theirs in (
            (encoder.normalise_batch(texts), forms),
            (encoder.decode_batch(lists), decoded),
        ):
            different |= np.array([one != other for one, other in zip(mine, theirs, strict=True)], np.bool_)
        if isinstance(encoder, TellsSpaces):
            different |= _told_otherwise(encoder, texts, ids, decoded, forms)
    return int(different.sum())


def _encoded_otherwise(encoder: TakesBytes, texts: Sequence[str], ids: Encoded) -> NDArray[np.bool_]:
    """Which texts get other ids from their bytes; each by itself, since one that is left to others would leave all."""
    different = np.zeros(len(texts), np.bool_)
    for place, text in enumerate(texts):
        data = np.frombuffer(text.encode(), np.uint8)
        found = encoder.encode_bytes(data, np.array([0, len(data)]))
        own = ids.ids[ids.offsets[place] : ids.offsets[place + 1]]
        different[place] = found is not None and not np.array_equal(found.ids, own)
    return different


def _told_otherwise(
    encoder: TellsSpaces, texts: Sequence[str], ids: Encoded, decoded: Sequence[str], forms: Sequence[str]
) -> NDArray[np.bool_]:
    """Of which texts an encoder tells otherwise what becomes of them, by the reference's decoded texts and forms."""
    told = encoder.compared(pl.Series(texts, dtype=pl.String), ids)
    different = np.zeros(len(texts), np.bool_)
    if told is None:
        return different
    empty = np.diff(ids.offsets) == 0
    for row, wanted in enumerate((texts, forms)):
        pairs = list(zip(decoded, wanted, strict=True))
        spaces = np.array([back.count(" ") - text.count(" ") for back, text in pairs], np.int64) - empty
        same = np.array([back == text for back, text in pairs], np.bool_)
        # Where there are more or fewer spaces, nobody asks whether the two are the same.
        different |= (told.more_spaces[row] != spaces) | ((told.same[row] != same) & (spaces == 0))
    return different


def _refuse(different: int, tried: int, what: str) -> None:
    if different:
        raise NotTakenError(f"it gave other ids on {different:,} of {tried:,} {what}")


@cache
def _stress() -> tuple[str, ...]:
    return tuple(stress_strings(STRINGS))
