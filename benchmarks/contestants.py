"""What langcov's counting is timed against: plain loops over `tokenizers`, and the engines by themselves.

A plain loop is what a person writes who wants to know how many tokens a text takes: `encode_batch_fast` over the batches,
and ``len`` of each list of ids added up. Where the tokenizer's own file is no tokenizer.json, it is put into the form in
which its tokenizer.json on the hub is, or would be:

- byte-level BPE and WordPiece: langcov's own `tokenizers` backend, with NFC as its normaliser for Qwen.
- XLM-R: the model's pieces and scores, its character map, runs of spaces made one, and Metaspace.
- j2: the same without the last two; byte fallback.
- Mistral: BPE with the merges that its pieces imply; spaces put as "▁" by normalisers, no pre-tokenizer, as in its file.

The last three give nearly the reference's ids (the sums of tokens are compared in the results), which is enough for time.
"""

from __future__ import annotations

import pickle
import time
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import tokenizers

    from langcov.tokenizers.base import Tokenizer

Batches = list[list[str]]


class Timed(NamedTuple):
    """How long it took, and how many tokens it gave."""

    seconds: float
    tokens: int


def plain(tokenizer: Tokenizer) -> tokenizers.Tokenizer:
    """Return what a plain loop calls, for a tokenizer as langcov loaded it."""
    from tokenizers import Tokenizer as Backend
    from tokenizers import normalizers

    from langcov.tokenizers.huggingface import HuggingFaceTokenizer
    from langcov.tokenizers.sentencepiece import SentencePieceTokenizer

    if isinstance(tokenizer, HuggingFaceTokenizer):
        backend = Backend.from_str(tokenizer.backend.to_str())
        backend.encode_special_tokens = True
        if tokenizer.nfc:
            backend.normalizer = normalizers.NFC()
        return backend
    if isinstance(tokenizer, SentencePieceTokenizer):
        return _converted(tokenizer.processor.serialized_model_proto())
    raise TypeError(f"no plain loop is known for {type(tokenizer).__name__}")


def plain_loop(backend: bytes, batches: Batches) -> Timed:
    """Time the plain loop with a pickled backend, so that no run profits from another's cache."""
    loop: tokenizers.Tokenizer = pickle.loads(backend)  # noqa: S301 (made here)
    loop.encode_batch_fast(["a"])
    start = time.perf_counter()
    tokens = 0
    for texts in batches:
        for each in loop.encode_batch_fast(texts, add_special_tokens=False):
            tokens += len(each.ids)
    return Timed(time.perf_counter() - start, tokens)


def engine_loop(tokenizer: bytes, batches: Batches) -> Timed:
    """Time the engine that langcov counts with, and nothing but the engine, from a pickled tokenizer."""
    engine: Tokenizer = pickle.loads(tokenizer)  # noqa: S301 (made here)
    engine.encode_batch(["a"])
    start = time.perf_counter()
    tokens = sum(len(engine.encode_batch(texts).ids) for texts in batches)
    return Timed(time.perf_counter() - start, tokens)


def engine_loop_in(workers: Sequence[Any], tokenizer: Path, shares: Sequence[Path]) -> Timed:
    """Time the engine in worker processes of one thread each, until the last is done.

    Args:
        workers: Processes that take a task with ``submit``.
        tokenizer: The file of the pickled tokenizer.
        shares: For each worker, the file of the batches that are its share.
    """
    pairs = list(zip(workers, shares, strict=True))
    for future in [worker.submit(_MakeReady(tokenizer, share)) for worker, share in pairs]:
        future.result()
    start = time.perf_counter()
    tokens = sum(future.result() for future in [worker.submit(_go) for worker, _ in pairs])
    return Timed(time.perf_counter() - start, tokens)


_at_hand: dict[str, Any] = {}
"""What a worker process is to encode, and with what."""


class _MakeReady(NamedTuple):
    """Reads what is to be encoded, unless it is there already, and loads the tokenizer anew."""

    tokenizer: Path
    share: Path

    def __call__(self) -> None:
        if _at_hand.get("file") != self.share:
            _at_hand.update(file=self.share, batches=pickle.loads(self.share.read_bytes()))  # noqa: S301 (made by throughput.py)
        _at_hand["engine"] = pickle.loads(self.tokenizer.read_bytes())  # noqa: S301 (made by throughput.py)
        _at_hand["engine"].encode_batch(["a"])


def _go() -> int:
    return sum(len(_at_hand["engine"].encode_batch(texts).ids) for texts in _at_hand["batches"])


def _converted(model: bytes) -> tokenizers.Tokenizer:
    from sentencepiece import sentencepiece_model_pb2
    from tokenizers import Regex, models, normalizers, pre_tokenizers
    from tokenizers import Tokenizer as Backend

    proto: Any = sentencepiece_model_pb2.ModelProto()  # type: ignore[attr-defined]  # made when it is imported
    proto.ParseFromString(model)
    pieces = [(piece.piece, piece.score) for piece in proto.pieces]
    rules, falls_back = proto.normalizer_spec, proto.trainer_spec.byte_fallback
    if proto.trainer_spec.model_type == proto.trainer_spec.BPE:
        vocabulary = {piece: id_ for id_, (piece, _) in enumerate(pieces)}
        unknown = pieces[proto.trainer_spec.unk_id][0]
        backend = Backend(
            models.BPE(
                vocabulary, _merges(vocabulary), unk_token=unknown, fuse_unk=True, byte_fallback=falls_back
            )
        )
        backend.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
        return backend
    backend = Backend(models.Unigram(pieces, proto.trainer_spec.unk_id, byte_fallback=falls_back))
    steps: list[Any] = [normalizers.Precompiled(rules.precompiled_charsmap)]
    if rules.remove_extra_whitespaces:
        steps.append(normalizers.Replace(Regex(" {2,}"), " "))
    backend.normalizer = normalizers.Sequence(steps)
    scheme = "always" if rules.add_dummy_prefix else "never"
    backend.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme=scheme)
    return backend


def _merges(vocabulary: dict[str, int]) -> list[tuple[str, str]]:
    """The pairs of pieces that make another piece, the lowest id first: SentencePiece's ids are in the order of merges."""
    found: list[tuple[int, int, int, str, str]] = []
    for piece, id_ in vocabulary.items():
        for place in range(1, len(piece)):
            left, right = piece[:place], piece[place:]
            if left in vocabulary and right in vocabulary:
                found.append((id_, vocabulary[left], vocabulary[right], left, right))
    return [(left, right) for *_, left, right in sorted(found)]
