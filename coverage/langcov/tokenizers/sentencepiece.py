"""SentencePiece models, encoded by the library `sentencepiece` itself."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import polars as pl

from langcov.errors import TokenizerError
from langcov.memory import give_back
from langcov.tokenizers import files, joining, margins, modelproto, ragged
from langcov.tokenizers.base import Encoded, Exactness, Spans
from langcov.tokenizers.charsmap import keeps_stretches_apart
from langcov.tokenizers.definition import packed, unpacked
from langcov.tokenizers.margins import Margins
from langcov.tokenizers.registry import Format, Origin, Shipped
from langcov.tokenizers.surfaces import Spelling, vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import sentencepiece
    from _typeshed import ReadableBuffer
    from numpy.typing import NDArray

    from langcov.tokenizers.base import Offsets
    from langcov.tokenizers.stretches import Stretches

SPELLING = Spelling(space="▁", byte_fallback=True)

FILLS: Final = ("sentencepiece 0.2.3",)
"""The engines whose own method, behind their Python one, is known to fill buffers."""

FEWEST: Final = 700_000
"""Stretches of texts, some eight megabytes, that take as long to encode whole as it takes to make ready for proving
that they need not be."""


@dataclass(frozen=True, eq=False)
class SentencePieceTokenizer:
    """A tokenizer that the library `sentencepiece` runs, in parallel over a batch.

    Args:
        name: Short name.
        kind: The algorithm.
        fingerprint: Hex sha256 of what defines it.
        source: Where it came from.
        exactness: The reference, and what differs.
        processor: What encodes.
    """

    name: str
    kind: str
    fingerprint: str
    source: str
    exactness: Exactness
    processor: sentencepiece.SentencePieceProcessor = field(repr=False)

    @classmethod
    def put_by(
        cls,
        model: bytes,
        vocabulary: pl.DataFrame,
        **facts: Any,  # noqa: ANN401 (the other fields)
    ) -> SentencePieceTokenizer:
        """Return a tokenizer whose processor is made when it is first needed.

        Args:
            model: As `model` gives it.
            vocabulary: As `vocabulary` gives it.
            facts: All fields but ``processor``.
        """
        found = cls.__new__(cls)
        vars(found).update(facts, model=model, vocabulary=vocabulary)
        return found

    def __getstate__(self) -> dict[str, Any]:
        """Put by, it goes to another process."""
        state = {**vars(self), "model": self.model}
        for made in ("processor", "_margins", "_asked", "_sizes"):
            state.pop(made, None)
        return state

    if not TYPE_CHECKING:  # or any name would pass for an attribute

        def __getattr__(self, name: str) -> sentencepiece.SentencePieceProcessor:
            """Make the processor that was put by."""
            if name != "processor" or "model" not in vars(self):
                raise AttributeError(name)
            made = vars(self)["processor"] = processor(unpacked(self.model), self.source)
            return made

    @cached_property
    def model(self) -> bytes:
        """The serialised model, compressed."""
        return packed(self.processor.serialized_model_proto())

    @property
    def engine(self) -> str:
        """What encodes, with its version."""
        return files.versioned("sentencepiece")

    @cached_property
    def vocabulary(self) -> pl.DataFrame:
        """Every id once, ascending."""
        processor = self.processor
        ids = list(range(len(processor)))
        pieces = processor.id_to_piece(ids)
        silent = np.array(processor.is_control(ids)) | np.array(processor.is_unused(ids))
        return vocabulary(
            ids,
            pieces,
            SPELLING,
            unknown=processor.unk_id(),
            control=np.flatnonzero(silent).tolist(),
            added={
                id_: text.replace(SPELLING.space, " ")
                for id_, text in modelproto.user_defined(processor.serialized_model_proto()).items()
            },
        )

    def encode_batch(self, texts: Sequence[str]) -> Encoded:
        """Encode; ``offsets`` has ``len(texts) + 1`` entries."""
        try:
            found = _arrays(self.processor, list(texts))
        except (RuntimeError, TypeError):
            ragged.refuse_surrogates(texts, self.name)
            raise
        views: Iterator[memoryview] = map(memoryview, found)
        lengths = np.fromiter(map(len, views), np.int64, len(texts))
        return Encoded(np.frombuffer(b"".join(found), np.int32).astype(np.uint32), ragged.bounds(lengths))

    def encode_spans(self, texts: Sequence[str]) -> Spans:
        """Encode, with where each token lies; all byte pieces of a character span it.

        Pieces lie one after the other in what the normaliser makes of a text, and it says where each character of that
        comes from. Nobody knows how long an unknown one is, so that texts with such pieces are left to the engine.
        """
        encoded = self.encode_batch(texts)
        unknown = np.flatnonzero(encoded.ids == self.processor.unk_id())
        placed = np.ones(len(texts), np.bool_)
        placed[np.searchsorted(encoded.offsets, unknown, side="right") - 1] = False
        which = np.flatnonzero(placed)
        forms = self.processor.normalize([texts[place] for place in which], with_offsets=True)
        sizes = np.fromiter((len(form.encode()) for form, _ in forms), np.int64, len(forms))
        fits = np.diff(ragged.bounds(self._sizes[encoded.ids])[encoded.offsets])[which] == sizes
        placed[which[~fits]] = False
        forms = [form for form, fit in zip(forms, fits, strict=True) if fit]
        own = _in_texts(ragged.rows(encoded, which[fits]), self._sizes, forms)
        if placed.all():
            return own
        left = np.flatnonzero(~placed)
        engines = self._engine_spans([texts[place] for place in left])
        woven: list[Any] = [
            ragged.woven(
                Encoded(getattr(own, which), own.offsets),
                Encoded(getattr(engines, which), engines.offsets),
                left,
            )
            for which in ("ids", "starts", "ends")
        ]
        (ids, offsets), (starts, _), (ends, _) = woven
        return Spans(ids, offsets, starts, ends)

    def _engine_spans(self, texts: Sequence[str]) -> Spans:
        """Encode, with the engine's own offsets.

        It gives a character's span to the last of its byte pieces only; here each of them has it.
        """
        try:
            mappings = self.processor.encode(
                list(texts), return_type="offset_mapping", num_threads=_threads()
            )
        except (RuntimeError, TypeError):
            ragged.refuse_surrogates(texts, self.name)
            raise
        spans = ragged.spans([each["ids"] for each in mappings], [each["offsets"] for each in mappings])
        return self._widened(spans)

    def proven(self, stretches: Stretches, encoded: Encoded, joined: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which texts surely have their stretches' ids (`langcov.tokenizers.margins`); none until it pays."""
        asked = vars(self)["_asked"] = vars(self).get("_asked", 0) + len(stretches.sequence)
        if asked < FEWEST or self._margins is None:
            return np.zeros(len(stretches.bounds) - 1, np.bool_)
        return self._margins.covered(stretches, encoded, joined)

    @cached_property
    def _margins(self) -> Margins | None:
        if self.kind != "Unigram" or self.engine not in margins.READ_FOR:
            return None
        processor = self.processor
        # Those that are cut out of the text before the model sees it.
        if (self.vocabulary["kind"] == "added").any() or not keeps_stretches_apart(processor):
            return None
        ids = list(range(len(processor)))
        kinds = processor.is_control(ids), processor.is_unused(ids), processor.is_byte(ids)
        known = ~np.any(kinds, axis=0)
        known[processor.unk_id()] = False
        found = Margins.of(processor.id_to_piece(ids), np.array(processor.get_score(ids)), known)
        give_back()  # what it was made of takes more than it does itself
        return found

    @cached_property
    def _has_dummy_prefix(self) -> bool:
        return bool(self.processor.normalize("a").startswith(SPELLING.space))

    @property
    def decodes(self) -> Literal["joined", "without first space", "otherwise"]:
        """By joining surfaces, without the space that the dummy prefix put before the text."""
        return "without first space" if self._has_dummy_prefix else "joined"

    def normalise_batch(self, texts: Sequence[str]) -> list[str]:
        """Put each text through the model's normaliser; the dummy prefix is no part of it."""
        found = [self.processor.normalize(text).replace(SPELLING.space, " ") for text in texts]
        return [text.removeprefix(" ") for text in found] if self._has_dummy_prefix else found

    def decode_batch(self, sequences: Sequence[Sequence[int]]) -> list[str]:
        """Decode each sequence of ids to text; bytes that are no UTF-8 become U+FFFD."""
        return list(self.processor.decode([list(ids) for ids in sequences])) if len(sequences) else []

    @cached_property
    def _sizes(self) -> NDArray[np.int64]:
        """By id: bytes of the normalised text that it stands for."""
        ids = list(range(len(self.processor)))
        pieces = pl.Series(self.processor.id_to_piece(ids), dtype=pl.String)
        return np.where(self.processor.is_byte(ids), 1, pieces.str.len_bytes().to_numpy())

    @cached_property
    def _goes_on(self) -> np.ndarray:
        """By id: whether it is a byte piece that goes on with a character (0x80 to 0xBF)."""
        goes_on = np.zeros(len(self.processor), np.bool_)
        goes_on[[id_ for byte in range(0x80, 0xC0) if self._is_byte(id_ := self._byte_id(byte))]] = True
        return goes_on

    def _byte_id(self, byte: int) -> int:
        return int(self.processor.piece_to_id(f"<0x{byte:02X}>"))

    def _is_byte(self, id_: int) -> bool:
        return bool(self.processor.is_byte(id_))

    def _widened(self, spans: Spans) -> Spans:
        goes_on = self._goes_on[spans.ids]
        if not goes_on.any():
            return spans
        goes_on[spans.offsets[:-1][spans.offsets[:-1] < len(goes_on)]] = False
        first = np.flatnonzero(~goes_on)
        lengths = np.diff(np.append(first, len(goes_on)))
        starts: Offsets = np.repeat(np.minimum.reduceat(spans.starts, first), lengths)
        ends: Offsets = np.repeat(np.maximum.reduceat(spans.ends, first), lengths)
        return spans._replace(starts=starts, ends=ends)


def load(origin: Origin) -> SentencePieceTokenizer:
    """Read a SentencePiece ``.model``.

    Raises:
        TokenizerError: It is no SentencePiece model.
    """
    from langcov.tokenizers.converted import converted_model

    data = files.read(origin.path)
    return converted_model(
        lambda: from_model(data, origin), data, files.fingerprint(data), origin, _exactness()
    )


def from_model(data: bytes, origin: Origin) -> SentencePieceTokenizer:
    """Build the tokenizer of a serialised model; raises as `load` does."""
    encoder = processor(data, str(origin.path))
    try:
        encoder.id_to_piece(list(range(len(encoder))))
        kind = modelproto.algorithm(data)
    except (ValueError, IndexError, TypeError) as error:  # UnicodeDecodeError among them
        raise TokenizerError(
            f"this model is damaged ({error})", where=str(origin.path), fix="download the file again"
        ) from error
    return SentencePieceTokenizer(
        name=origin.name,
        kind=kind,
        fingerprint=files.fingerprint(data),
        source=origin.source,
        exactness=_exactness(),
        processor=encoder,
    )


def _threads() -> int:
    """How many threads the library may start, which does not ask by itself; -1: as many as there are cores.

    Two take an eighth more work than one does, so that a worker beside others had better start none.
    """
    number = os.environ.get("RAYON_NUM_THREADS", "")
    return int(number) if number.isdecimal() and int(number) else -1


def _arrays(processor: sentencepiece.SentencePieceProcessor, texts: list[str]) -> Sequence[ReadableBuffer]:
    """Return the ids of each text as 32-bit integers in a buffer.

    What the library fills is wrapped by it into an array for each text, which takes as long as encoding a short one; so it is
    asked for itself, where it is known how.
    """
    fill = getattr(getattr(processor, "_processor", None), "_EncodeAsBufferBatch", None)
    if fill is None or files.versioned("sentencepiece") not in FILLS:
        found: Sequence[ReadableBuffer] = processor.encode(texts, return_type="numpy", num_threads=_threads())
        return found
    sampling, special = (False, -1, 0.1), (False, False, False)
    filled: Sequence[ReadableBuffer] = fill(texts, _threads(), None, *sampling, *special)
    return filled


def _in_texts(encoded: Encoded, sizes: NDArray[np.int64], forms: Sequence[tuple[str, list[int]]]) -> Spans:
    """Place tokens in normalised texts, and take them back to the texts.

    Args:
        encoded: The texts' tokens.
        sizes: By id: how many bytes it stands for.
        forms: Each text's form, and which of its characters each character of that comes from, and its end.
    """
    spans = joining.spans(sizes, encoded, [form for form, _ in forms])
    first = ragged.ends([origins for _, origins in forms])
    origin = np.fromiter(chain.from_iterable(origins for _, origins in forms), np.int64, first[-1])
    shift = np.repeat(first[:-1], np.diff(encoded.offsets))
    return spans._replace(starts=origin[spans.starts + shift], ends=origin[spans.ends + shift])


def _exactness() -> Exactness:
    return Exactness(files.versioned("sentencepiece"), "It is the reference: the file is run as it is.")


def processor(model: bytes, where: str) -> sentencepiece.SentencePieceProcessor:
    """Return what encodes with a serialised model."""
    import sentencepiece

    try:
        return sentencepiece.SentencePieceProcessor.from_proto(model)
    except RuntimeError as error:
        raise TokenizerError(
            "the library sentencepiece can't read this as a model", where=where, fix="download the file again"
        ) from error


FORMAT = Format(
    name="SentencePiece .model",
    files=("tokenizer.model", "sentencepiece*.model", "spiece.model", "*.model"),
    recognises=lambda head: head[:1] == b"\n" and b"\x15" in head[:512],  # a first piece, then its score
    load=load,
    rank=30,
)

J2 = Shipped(
    name="j2",
    package="ai21-tokenizer",
    file="ai21_tokenizer/resources/j2-tokenizer/j2-tokenizer.model",
    licence="Apache-2.0",
    kind="Unigram",
    about="AI21's Jurassic-2, 262,144 entries, byte fallback",
    extra="samples",
    load=load,
)
MISTRAL = Shipped(
    name="mistral",
    package="mistral-common",
    file="mistral_common/data/tokenizer.model.v1",
    licence="Apache-2.0",
    kind="SentencePiece BPE",
    about="Mistral 7B's and Mixtral's (v1), 32,000 entries, byte fallback",
    extra="samples-all",
    load=load,
)
