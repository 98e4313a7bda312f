"""What a worker does: make a tokenizer ready, analyse a block, count it, merge parts.

Each is a plain function of its arguments that leaves its result in files, so that it may run in this process, in another
one, or on another machine. A worker keeps one tokenizer in memory at a time; forgetting it gives its memory back.
"""

from __future__ import annotations

import pickle
import shutil
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from langcov.census.analysis import Analysed, gathered
from langcov.census.counting import OF_TEXT, Tally, analyse, count_tokens
from langcov.census.storage import disk_errors
from langcov.census.surfaces import Surfaces
from langcov.census.tables import TokenizerFacts
from langcov.engines.blocks import RESUMABLE, frames
from langcov.engines.parts import TEXT, Part
from langcov.errors import RunError
from langcov.memory import give_back, resident_bytes
from langcov.tokenizers.fast import accelerated, check_of, shelved

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from langcov.engines.blocks import Scratch
    from langcov.engines.parts import Parts
    from langcov.tokenizers.base import Tokenizer


ROOM: Final = 256 << 20
"""A worker that takes more forgets its tokenizer before it analyses text, which takes nearly as much as counting."""


class Source(Protocol):
    """Where a tokenizer comes from; can be sent to another process."""

    def load(self) -> Tokenizer:
        """Load it."""


class Ready(NamedTuple):
    """A tokenizer that was loaded and checked, and can be taken from ``file`` by any worker."""

    place: int
    facts: TokenizerFacts
    file: Path
    weight: int
    """Bytes of the file, which go with the memory that the tokenizer takes."""

    beside: Any = None
    """What was made of the tokenizer beside counting."""

    @property
    def of(self) -> str:
        """The name of its parts."""
        return f"t{self.place:02}"


class _AtHand(NamedTuple):
    file: Path
    tokenizer: Tokenizer
    surfaces: Surfaces


_at_hand: list[_AtHand] = []
"""The one tokenizer that this process has in memory, if any."""


def prepare(
    place: int,
    source: Source,
    sample: Sequence[str] | None,
    scratch: Scratch,
    beside: Callable[[Tokenizer], Any] | None = None,
) -> Ready:
    """Load a tokenizer, let a faster engine encode for it if its ids are the same, and put it into a file.

    Args:
        place: Its place among all.
        source: Where it comes from.
        sample: Text on which engines are compared; None to keep to the reference.
        scratch: Where the file goes.
        beside: What else is wanted of the tokenizer while it is in memory.

    Raises:
        TokenizerError: It can't be loaded.
    """
    forget()
    tokenizer = source.load()
    if sample is not None:
        tokenizer = accelerated(tokenizer, sample)
    facts = facts_of(tokenizer)
    file = scratch.tokenizer(place)
    with disk_errors(scratch.folder, RESUMABLE):
        tokenizer.vocabulary.write_parquet(scratch.vocabulary(place))
        light = shelved(tokenizer)
        file.write_bytes(pickle.dumps(light))
    made = None if beside is None else beside(tokenizer)
    del tokenizer
    give_back()  # a reference that was compared with a faster engine takes hundreds of megabytes
    _at_hand.append(_AtHand(file, light, Surfaces.of(light.vocabulary)))
    return Ready(place, facts, file, file.stat().st_size, made)


def facts_of(tokenizer: Tokenizer) -> TokenizerFacts:
    """Return what a census remembers of a tokenizer."""
    return TokenizerFacts(
        name=tokenizer.name,
        kind=tokenizer.kind,
        fingerprint=tokenizer.fingerprint,
        engine=tokenizer.engine,
        source=tokenizer.source,
        reference=tokenizer.exactness.reference,
        note=tokenizer.exactness.note,
        vocabulary_size=int((tokenizer.vocabulary["kind"] != "control").sum()),
        check=check_of(tokenizer),
    )


def analyse_block(block: int, scratch: Scratch, parts: Parts, *, counted: bool) -> None:
    """Analyse a block, once for all tokenizers.

    Args:
        block: Its number; `Scratch.read` must have been written.
        scratch: Where the analysed block goes.
        parts: Where the part of the text goes.
        counted: Whether that part is there already, so that only the words are wanted.
    """
    if (resident_bytes() or 0) > ROOM:
        forget()
    tally = Tally()
    folder = scratch.analysed(block)
    with disk_errors(scratch.folder, RESUMABLE):
        folder.mkdir(exist_ok=True)
        for number, frame in enumerate(gathered(frames(scratch.read(block)))):
            analysed = analyse(frame, tally)
            if analysed is not None:
                analysed.write(folder, number)
    if not counted:
        parts.keep(Part(block, block, TEXT), {table: tally.total(table) for table in OF_TEXT})
    shutil.rmtree(scratch.read(block), ignore_errors=True)
    del tally
    give_back()


def count_block(block: int, ready: Ready, scratch: Scratch, parts: Parts) -> None:
    """Count what a tokenizer makes of a block.

    Raises:
        TokenizerError: It can't encode the text.
        RunError: The part can't be written.
    """
    _, tokenizer, surfaces = _take(ready.file)
    tally = Tally()
    for analysed in Analysed.read(scratch.analysed(block)):
        count_tokens(analysed, tokenizer, surfaces, tally)
    parts.keep(Part(block, block, ready.of), tally.part_of(tokenizer.name))


def merge_parts(group: list[Part], parts: Parts) -> Part:
    """Merge neighbouring parts into one."""
    forget()
    return parts.merge(group)


def forget() -> None:
    """Drop the tokenizer at hand and give its memory back to the system."""
    _at_hand.clear()
    give_back()


def _take(file: Path) -> _AtHand:
    """Return the tokenizer of a file, from memory if it is the one at hand."""
    if not _at_hand or _at_hand[0].file != file:
        forget()
        try:
            tokenizer = pickle.loads(file.read_bytes())  # noqa: S301 (this run wrote it)
        except (OSError, EOFError) as error:
            raise RunError(f"a tokenizer's file is gone ({error})", where=str(file)) from error
        _at_hand.append(_AtHand(file, tokenizer, Surfaces.of(tokenizer.vocabulary)))
    return _at_hand[0]
