"""BPE by the library `gigatoken`: byte-level, and SentencePiece's with byte fallback.

Three things about it (0.10.0) are met here. It takes a special token in the text for the token, so it is given none. It
knows Unicode 17 where `tokenizers` knows 16, so texts with characters that the two cut differently are left to the
reference. It remembers every distinct word for ever, so it is loaded afresh after so much text.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import json
import unicodedata
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from langcov.errors import TokenizerError, is_panic
from langcov.memory import give_back, resident_bytes
from langcov.tokenizers import files, kept, modelproto, nfc, ragged
from langcov.tokenizers.agreement import Agreement, showing_cuts
from langcov.tokenizers.base import Encoded
from langcov.tokenizers.definition import Definition, packed, unpacked
from langcov.tokenizers.engines import NotTakenError
from langcov.tokenizers.huggingface import HuggingFaceTokenizer
from langcov.tokenizers.joining import Joining
from langcov.tokenizers.sentencepiece import SentencePieceTokenizer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import tokenizers
    from numpy.typing import NDArray

    from langcov.tokenizers.base import Offsets, Spans, Tokenizer

PACKAGE = "gigatoken"

REMEMBERED = 8 << 20
"""After so many characters the library may be loaded afresh, to forget the words it has met. They are kept for ever
otherwise: measured, 51 MiB after the Declaration's 5.8 MB in all languages (llama-3; 4 more after eleven times the same),
and 1.5 GB after 64 million random letters of all scripts."""

LARGE: Final = 1 << 18
"""Bytes of a SentencePiece model that it takes long to convert for the library."""

GROWTH = 240 << 20
"""It is loaded afresh only if this process took so many bytes more meanwhile; always where the system can't tell. Counting takes
nearly as much by itself: of 104 MB of prose the library kept 23 MB."""


def version() -> str | None:
    """Return the library's name and version, None where it is not installed."""
    try:
        return files.versioned(PACKAGE) if importlib.util.find_spec(PACKAGE) else None
    except importlib.metadata.PackageNotFoundError:
        return None


class _Memory:
    """The library's object, and how much text it has met."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._library: Any = None
        self._met = self._began = 0

    def __reduce__(self) -> tuple[type[_Memory], tuple[()]]:
        """In another process there is nothing to remember yet."""
        return _Memory, ()

    def library(self, load: Callable[[], Any], characters: int) -> Any:  # noqa: ANN401 (its types need its imports)
        with self._lock:
            if self._library is None or (self._met > REMEMBERED and self._grew()):
                self._library = None
                self._library = load()
                give_back()
                self._met, self._began = 0, resident_bytes() or 0
            self._met += characters
            return self._library

    def _grew(self) -> bool:
        now = resident_bytes()
        if now is not None and now - self._began < GROWTH:
            self._met = 0
            return False
        return True


@dataclass(frozen=True, eq=False)
class GigatokenEncoder:
    """Encodes as a tokenizer does, on every core, without holding Python's lock. Threads may share it.

    Args:
        reference: The tokenizer, which is left the texts that ``agreement`` doubts.
        composes: Whether text is put into Unicode's form NFC first.
        load: Loads the library's own object.
        agreement: Which characters are cut alike; None where nothing depends on them.
    """

    reference: Tokenizer
    composes: bool
    load: Callable[[], Any] = field(repr=False)
    agreement: Agreement | None
    _memory: _Memory = field(default_factory=_Memory, repr=False)

    def encode_batch(self, texts: Sequence[str]) -> Encoded:
        """Encode; ``offsets`` has ``len(texts) + 1`` entries."""
        try:
            prepared = nfc.compose(texts) if self.composes else list(texts)
            doubtful = self.agreement.doubtful(prepared) if self.agreement is not None else []
            if not doubtful:
                return self._encode(prepared)
            left = self.reference.encode_batch([prepared[place] for place in doubtful])
            is_left = set(doubtful)
            sure = [text for place, text in enumerate(prepared) if place not in is_left]
            return ragged.woven(self._encode(sure), left, doubtful)
        except (TypeError, UnicodeEncodeError):
            ragged.refuse_surrogates(texts, self.reference.name)
            raise

    def encode_bytes(self, data: NDArray[np.uint8], bounds: Offsets) -> Encoded | None:
        """Encode texts from their UTF-8, one after the other.

        None where form NFC may change some, or the reference is wanted for some.
        """
        joined = data.tobytes().decode() if self.composes or self.agreement is not None else ""
        if self.composes and not unicodedata.is_normalized("NFC", joined):
            return None
        if self.agreement is not None and self.agreement.doubtful([joined]):
            return None
        return self._encode(_awkward(data, bounds), len(data))

    @property
    def is_complete(self) -> bool:
        """Whether spans, forms and decoded texts are its own too, so that the reference is hardly ever unpacked.

        A text that form NFC changes needs them; others are placed by their bytes.
        """
        return self.composes

    def encode_spans(self, texts: Sequence[str]) -> Spans:
        """Encode, with where each token lies."""
        if not self.is_complete:
            return self.reference.encode_spans(texts)
        composed = nfc.compose(texts)
        spans = self._joining.spans(self.encode_batch(composed), composed)
        return nfc.restore(spans, texts, composed)

    def normalise_batch(self, texts: Sequence[str]) -> list[str]:
        """Put each text through the normaliser, if there is one."""
        return nfc.compose(texts) if self.is_complete else self.reference.normalise_batch(texts)

    def decode_batch(self, sequences: Sequence[Sequence[int]]) -> list[str]:
        """Decode each sequence of ids to text."""
        return (
            self._joining.decoded(sequences) if self.is_complete else self.reference.decode_batch(sequences)
        )

    @cached_property
    def _joining(self) -> Joining:
        return Joining.of(self.reference.vocabulary)

    def with_reference(self, reference: Tokenizer) -> GigatokenEncoder:
        """Return the same with another object for its reference."""
        return replace(self, reference=reference)

    def _encode(self, texts: Any, characters: int | None = None) -> Encoded:  # noqa: ANN401 (strings, or an awkward array)
        library = self._memory.library(self.load, sum(map(len, texts)) if characters is None else characters)
        try:
            return _flat(library.encode_batch(texts))
        except BaseException as error:
            if not is_panic(error):
                raise
            raise TokenizerError(
                f"the library gigatoken gave up on a text ({_one_line(error)})",
                where=self.reference.name,
                fix="count with --no-fast",
            ) from error


def refuse_kind(tokenizer: Tokenizer) -> None:
    """Raise a `NotTakenError` if the tokenizer's algorithm is none of the library's."""
    if "BPE" not in tokenizer.kind:
        raise NotTakenError(f"it takes BPE, not {tokenizer.kind}")


def encoder(tokenizer: Tokenizer, *, proven: bool = False) -> GigatokenEncoder:
    """Return what encodes as ``tokenizer`` does.

    Args:
        tokenizer: The reference.
        proven: Whether the library is known to take it, so that it need not be loaded yet.

    Raises:
        NotTakenError: The library does not take it.
    """
    try:
        load, cuts = _definition(tokenizer)
        agreement = None
        if cuts is not None:
            versions = f"{version()}, {files.versioned('tokenizers')}"
            agreement = Agreement(_Cutters(cuts), files.fingerprint(versions, cuts))
        found = GigatokenEncoder(tokenizer, _composes(tokenizer), load, agreement)
        if not proven:
            found.encode_batch(["a"])
    except NotTakenError:
        raise
    except BaseException as error:  # the library raises RuntimeError, ValueError and more
        if not isinstance(error, Exception) and not is_panic(error):
            raise
        raise NotTakenError(f"it can't read this one ({_one_line(error)})") from error
    return found


def _composes(tokenizer: Tokenizer) -> bool:
    """Whether a tokenizer puts text into form NFC, and does nothing else to it."""
    if not isinstance(tokenizer, HuggingFaceTokenizer) or not tokenizer.nfc:
        return False
    if tokenizer.decodes != "joined" or tokenizer.definition.parts["normalizer"] is not None:
        raise NotTakenError("form NFC is not all that its normaliser does")
    return True


def spellings(tokenizer: Tokenizer) -> list[str]:
    """Return texts that spell the tokenizer's own special and added tokens, each alone and amid other text."""
    tokens: list[str] = []
    if isinstance(tokenizer, HuggingFaceTokenizer):
        tokens = [token["content"] for token in tokenizer.definition.parts["added_tokens"]]
    elif isinstance(tokenizer, SentencePieceTokenizer):
        processor = tokenizer.processor
        tokens = [processor.id_to_piece(id_) for id_ in range(len(processor)) if processor.is_control(id_)]
        tokens += modelproto.user_defined(processor.serialized_model_proto()).values()
    return [f"{token} a{token}b {token}\n{token}" for token in tokens]


def _definition(tokenizer: Tokenizer) -> tuple[Callable[[], Any], str | None]:
    """Return what loads the library without special tokens, and for a byte-level BPE what shows its cuts."""
    if isinstance(tokenizer, SentencePieceTokenizer):
        return partial(_unpacked, _converted(tokenizer)), None
    if isinstance(tokenizer, HuggingFaceTokenizer):
        definition = tokenizer.definition
        added = definition.parts["added_tokens"]
        if any(token["special"] for token in added):
            definition = definition.with_parts(added_tokens=[each for each in added if not each["special"]])
        cuts = _cuts(definition.parts) if tokenizer.spelling.byte_level else None
        return partial(_defined, definition), cuts
    raise NotTakenError(f"it takes no tokenizer that {tokenizer.engine} runs")


def _converted(tokenizer: SentencePieceTokenizer) -> bytes:
    """Return what the library reads of a SentencePiece model, compressed; kept if that takes long."""
    model = tokenizer.processor.serialized_model_proto()
    key = __name__, files.fingerprint(model), str(version())
    parts = kept.recall(*key) or {}
    if _CONVERTED not in parts:
        parts = {_CONVERTED: packed(_as_json(modelproto.without_control(model)))}
        if len(model) >= LARGE:
            kept.keep(parts, *key)
    return parts[_CONVERTED]


_CONVERTED: Final = "converted.zst"


def _as_json(model: bytes) -> bytes:
    """Return a SentencePiece model as the library itself would read it, which takes it half a second each time."""
    try:
        convert = importlib.import_module(f"{PACKAGE}._load.sentencepiece").sentencepiece_to_tokenizer_json
    except (ImportError, AttributeError):  # it is no promise of the library's
        return model
    converted: str | bytes = convert(model)
    return converted.encode() if isinstance(converted, str) else converted


def _cuts(parts: Mapping[str, Any]) -> str:
    cutting = {name: parts[name] for name in ("version", "normalizer", "pre_tokenizer")}
    return showing_cuts(json.dumps({"truncation": None, "padding": None, "decoder": None, **cutting}))


def _defined(definition: Definition) -> Any:  # noqa: ANN401 (its types need its imports)
    """Load what is kept packed: it is needed again and again, but seldom."""
    return _loaded(definition.data)


def _unpacked(converted: bytes) -> Any:  # noqa: ANN401 (its types need its imports)
    return _loaded(unpacked(converted))


def _loaded(definition: bytes) -> Any:  # noqa: ANN401 (its types need its imports)
    library = importlib.import_module(PACKAGE)
    is_json = definition[:1] == b"{"
    read = library.Tokenizer.from_json if is_json else library.Tokenizer.from_sentencepiece
    # What it read it keeps, 10 to 20 MB, for what only other uses need; its backend does without.
    return library.Tokenizer(read(definition).backend)


@dataclass(frozen=True, eq=False)
class _Cutters:
    """`gigatoken` and `tokenizers`, both with a small model that shows cuts; made anew in every process."""

    definition: str

    def __reduce__(self) -> tuple[type[_Cutters], tuple[str]]:
        return _Cutters, (self.definition,)

    @cached_property
    def _fast(self) -> Any:  # noqa: ANN401 (its types need its imports)
        return _loaded(self.definition.encode())

    @cached_property
    def _reference(self) -> tokenizers.Tokenizer:
        from tokenizers import Tokenizer

        return Tokenizer.from_str(self.definition)

    def fast(self, texts: Sequence[str]) -> Encoded:
        return _flat(self._fast.encode_batch(list(texts)))

    def reference(self, texts: Sequence[str]) -> Encoded:
        found = self._reference.encode_batch_fast(list(texts), add_special_tokens=False)
        return ragged.encoded([each.ids for each in found])


def _awkward(data: NDArray[np.uint8], bounds: Offsets) -> Any:  # noqa: ANN401 (it ships no types)
    """Lay texts out as the library takes them without a string being made of each."""
    awkward = importlib.import_module("awkward")  # the library needs it, so it is there
    contents, index = awkward.contents, awkward.index
    letters = contents.NumpyArray(data, parameters={"__array__": "char"})
    return awkward.Array(
        contents.ListOffsetArray(index.Index64(bounds), letters, parameters={"__array__": "string"})
    )


def _flat(array: Any) -> Encoded:  # noqa: ANN401 (an awkward array, which ships no types)
    offsets = np.asarray(array.layout.offsets.data).astype(np.int64)
    ids = np.asarray(array.layout.content.data)[offsets[0] : offsets[-1]]
    return Encoded(ids.astype(np.uint32, copy=False), offsets - offsets[0])


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:160].rstrip(".") or type(error).__name__
