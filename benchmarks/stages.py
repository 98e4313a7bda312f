"""Where the time goes in langcov's counting: functions are wrapped from outside, in workers and in the main process.

A stage's time is what is spent in its functions less what is spent in those of other stages that they call. Within
`loading` all is loading (a tokenizer's check encodes too), and within `encoding` all is encoding. Times are by the wall clock, so that a worker that has to share
its core seems slower; they are for shares, not for speed.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import json
import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

FOLDER: Final = "LANGCOV_STAGES"
"""The variable that tells workers where to leave their times."""

LOADING: Final = "loading tokenizers"
ENCODING: Final = "encoding"

IN_WORKERS: Final[Mapping[str, tuple[str, ...]]] = {
    LOADING: ("engines.tasks:prepare", "engines.tasks:_take"),
    "reading blocks back": ("engines.tasks:frames", "engines.tasks:Analysed.read"),
    "cutting into stretches": ("census.analysis:Stretches.of",),
    "words (ICU)": ("census.text:find_words",),
    "text, scripts, words as columns": ("engines.tasks:analyse_block",),
    ENCODING: (
        "tokenizers.huggingface:HuggingFaceTokenizer.encode_batch",
        "tokenizers.sentencepiece:SentencePieceTokenizer.encode_batch",
        "tokenizers.gigatoken:GigatokenEncoder.encode_batch",
        "tokenizers.gigatoken:GigatokenEncoder.encode_bytes",
        "tokenizers.wordpiece:WordPieceEncoder.encode_batch",
    ),
    "encoding again, with offsets": (
        "tokenizers.huggingface:HuggingFaceTokenizer.encode_spans",
        "tokenizers.sentencepiece:SentencePieceTokenizer.encode_spans",
        "tokenizers.wordpiece:WordPieceEncoder.encode_spans",
    ),
    "proving that texts are their stretches": ("tokenizers.sentencepiece:SentencePieceTokenizer.proven",),
    "decoding, to compare": (
        "tokenizers.huggingface:HuggingFaceTokenizer.decode_batch",
        "tokenizers.sentencepiece:SentencePieceTokenizer.decode_batch",
        "tokenizers.huggingface:HuggingFaceTokenizer.normalise_batch",
        "tokenizers.sentencepiece:SentencePieceTokenizer.normalise_batch",
        "tokenizers.wordpiece:WordPieceEncoder.compared",
        "census.round_trips:told",
    ),
    "placing tokens": ("census.grouped:align",),
    "comparing stretches with whole texts": ("census.grouped:differing",),
    "tables": ("engines.tasks:count_block",),
    "writing": ("engines.parts:Parts.keep", "engines.tasks:Analysed.write"),
    "merging parts": ("engines.tasks:merge_parts",),
}
"""By stage, the functions that are its work, each where its caller finds it, below ``langcov``."""

IN_MAIN: Final[Mapping[str, tuple[str, ...]]] = {
    "reading the corpus (main)": ("engines.processes:_Run._blocks",),
    "writing blocks (main)": ("engines.processes:Writer.add", "engines.processes:Writer.close"),
    "putting the census together (main)": ("engines.plans:census",),
}


def trace_main() -> None:
    """Wrap what runs in this process, and have workers that it starts wrap theirs. There is no way back."""
    from langcov.engines import lanes

    _wrap_all(IN_MAIN)
    lanes._begin = _begin  # noqa: SLF001 (there is no other way into a worker)


def times(folder: Path) -> dict[str, float]:
    """Add up the seconds of each stage over all processes that left theirs in a folder."""
    _leave(folder)
    found: dict[str, float] = {}
    for file in folder.glob("*.json"):
        for stage, seconds in json.loads(file.read_text()).items():
            found[stage] = found.get(stage, 0.0) + seconds
    return found


def _begin(threads: int, parent: int) -> None:
    """Set a worker up as langcov does, and wrap what it does."""
    from langcov.engines import lanes

    lanes._begin(threads, parent)  # noqa: SLF001 (see `trace_main`)
    _wrap_all(IN_WORKERS)


def _wrap_all(stages: Mapping[str, tuple[str, ...]]) -> None:
    for stage, places in stages.items():
        for place in places:
            _wrap(stage, place)


def _wrap(stage: str, place: str) -> None:
    module_name, _, path = place.partition(":")
    owner: Any = importlib.import_module(f"langcov.{module_name}")
    *outer, name = path.split(".")
    for each in outer:
        owner = getattr(owner, each)
    if not hasattr(owner, name):
        raise SystemExit(f"langcov.{place} is gone: say in benchmarks/stages.py what does its work now")
    static = inspect.getattr_static(owner, name)
    if isinstance(static, classmethod):
        setattr(owner, name, classmethod(_timed(stage, static.__func__)))
    else:
        setattr(owner, name, _timed(stage, static))


_seconds: dict[str, float] = {}
_local = threading.local()


def _timed(stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
    if inspect.isgeneratorfunction(function):

        @functools.wraps(function)
        def generated(*args: Any, **kwargs: Any) -> Iterator[Any]:  # noqa: ANN401
            items = function(*args, **kwargs)
            while True:
                with _Stage(stage):
                    item = next(items, _over)
                if item is _over:
                    return
                yield item

        return generated

    @functools.wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        with _Stage(stage):
            return function(*args, **kwargs)

    return called


_over = object()


class _Stage:
    """Takes the time of a stage; what was going on before waits meanwhile."""

    def __init__(self, stage: str) -> None:
        self.stage = stage

    def __enter__(self) -> None:
        stack = _stack()
        now = time.perf_counter()
        if stack:
            _note(stack[-1], now)
        inside = bool(stack) and stack[-1] in {LOADING, ENCODING}
        stack.append(stack[-1] if inside else self.stage)
        _local.since = now

    def __exit__(self, *_: object) -> None:
        stack = _stack()
        now = time.perf_counter()
        _note(stack.pop(), now)
        _local.since = now
        if not stack and (folder := os.environ.get(FOLDER)):
            _leave(Path(folder))


def _stack() -> list[str]:
    if not hasattr(_local, "stack"):
        _local.stack, _local.since = [], time.perf_counter()
    found: list[str] = _local.stack
    return found


def _note(stage: str, now: float) -> None:
    _seconds[stage] = _seconds.get(stage, 0.0) + now - _local.since


def _leave(folder: Path) -> None:
    aside = folder / f".{os.getpid()}"
    aside.write_text(json.dumps(_seconds))
    aside.replace(folder / f"{os.getpid()}.json")
