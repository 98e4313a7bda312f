"""Which worker does what next: pure decisions, no process and no file.

A worker keeps its tokenizer as long as there are blocks for it, since loading one takes a second. Blocks are read only
so far ahead as the window allows, so that the disk holds a bounded amount of text, whatever the corpus' size.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from langcov.engines.parts import TEXT, Part, mergeable

if TYPE_CHECKING:
    from collections.abc import Callable

    from langcov.engines.blocks import Read

WINDOW_BYTES: Final = 256 << 20
"""So much text may have been read and not yet counted by all."""


class Prepare(NamedTuple):
    """Load and check a tokenizer."""

    place: int


class Analyse(NamedTuple):
    """Find the words of a block."""

    block: int
    counted: bool


class Count(NamedTuple):
    """Count a block by a tokenizer."""

    place: int
    block: int


class Merge(NamedTuple):
    """Put parts together."""

    parts: tuple[Part, ...]


Task = Prepare | Analyse | Count | Merge


@dataclass
class Schedule:
    """What is done, what is under way and what is next.

    Attributes:
        tokenizers: How many there are.
        workers: How many tasks may run at once.
        prepare_first: Whether all tokenizers are to be ready before any counts, so that a wrong name is found before
            hours of counting; with little text it costs more than it saves.
        parts: What is in the run's folder; grows as tasks are done.
        sizes: Bytes of text of each block that was read.
        weights: How large each tokenizer is that is ready, in any unit.
    """

    tokenizers: int
    workers: int
    prepare_first: bool
    parts: list[Part] = field(default_factory=list)
    ready: set[int] = field(default_factory=set)
    all_read: bool = False
    sizes: dict[int, int] = field(default_factory=dict)
    weights: dict[int, int] = field(default_factory=dict)
    _to_prepare: list[int] = field(default_factory=list)
    _to_analyse: list[Analyse] = field(default_factory=list)
    _to_count: dict[int, set[int]] = field(default_factory=dict)
    _analysed: set[int] = field(default_factory=set)
    _running: set[Task] = field(default_factory=set)
    _counted: dict[int, set[int]] = field(default_factory=dict)
    _text_counted: set[int] = field(default_factory=set)
    _merging: set[Part] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._to_prepare = list(range(self.tokenizers))
        self._counted = {place: set() for place in range(self.tokenizers)}
        for part in self.parts:
            done = self._text_counted if part.of == TEXT else self._counted[int(part.of[1:])]
            done.update(range(part.first, part.last + 1))

    def is_counted(self, block: int) -> bool:
        """Whether nothing is left to do for a block."""
        return block in self._text_counted and all(block in done for done in self._counted.values())

    def add(self, read: Read) -> None:
        """Take a block that was read."""
        self.sizes[read.number] = read.bytes
        missing = {place for place, done in self._counted.items() if read.number not in done}
        if missing or read.number not in self._text_counted:
            self._to_analyse.append(Analyse(read.number, read.number in self._text_counted))
            self._to_count[read.number] = missing

    def may_read(self) -> bool:
        """Whether the window has room for another block."""
        waiting = set(self._to_count) | {task.block for task in self._to_analyse}
        return not self.all_read and sum(self.sizes[block] for block in waiting) < WINDOW_BYTES

    def next(self, at_hand: int | None) -> Task | None:
        """Return what a free worker should do now, given the tokenizer that it has in memory; None: wait."""
        task = self._next(at_hand)
        if task is not None:
            self._running.add(task)
        return task

    def done(self, task: Task) -> list[int]:
        """Note that a task is done; return the blocks that are now counted by all."""
        self._running.discard(task)
        if isinstance(task, Prepare):
            self.ready.add(task.place)
        elif isinstance(task, Analyse):
            self._analysed.add(task.block)
            if not task.counted:
                self._text_counted.add(task.block)
                self.parts.append(Part(task.block, task.block, TEXT))
            return self._finished(task.block)
        elif isinstance(task, Count):
            self._counted[task.place].add(task.block)
            self.parts.append(Part(task.block, task.block, f"t{task.place:02}"))
            return self._finished(task.block)
        else:
            self._merging.difference_update(task.parts)
            merged = Part(task.parts[0].first, task.parts[-1].last, task.parts[0].of)
            self.parts = [part for part in self.parts if part not in task.parts] + [merged]
        return []

    def failed(self, task: Task) -> None:
        """Note that a task's worker was lost: it will be tried again."""
        self._running.discard(task)
        if isinstance(task, Prepare):
            self._to_prepare.insert(0, task.place)
        elif isinstance(task, Analyse):
            self._to_analyse.insert(0, task)
        elif isinstance(task, Count):
            self._to_count.setdefault(task.block, set()).add(task.place)
        else:
            self._merging.difference_update(task.parts)

    @property
    def counted_bytes(self) -> float:
        """Bytes of text that were counted, as if all tokenizers went on together."""
        done = sum(self.sizes.get(block, 0) for blocks in self._counted.values() for block in blocks)
        return done / max(self.tokenizers, 1)

    @property
    def is_over(self) -> bool:
        """Whether all is counted and merged."""
        return self.all_read and not self._running and not self._waiting() and not self._merges()

    def _waiting(self) -> bool:
        return bool(self._to_prepare or self._to_analyse or self._to_count)

    def _finished(self, block: int) -> list[int]:
        if block not in self._analysed or self._to_count.get(block):
            return []
        if any(isinstance(task, Count) and task.block == block for task in self._running):
            return []
        self._to_count.pop(block, None)
        return [block]

    def _next(self, at_hand: int | None) -> Task | None:
        countable = self._countable()
        merges = self._merges()
        if merges:
            self._merging.update(merges[0])
            return Merge(tuple(merges[0]))
        if self._to_analyse and self._short_of_blocks():
            return self._to_analyse.pop(0)
        if self._to_prepare and self._may_prepare(at_hand, countable):
            return Prepare(self._to_prepare.pop(0))
        may_count = not self.prepare_first or len(self.ready) == self.tokenizers
        if self._to_analyse and not (may_count and at_hand in countable):
            return self._to_analyse.pop(0)
        if not (may_count and countable):
            return None
        place = at_hand if at_hand in countable else max(countable, key=self._claim(countable))
        block = min(countable[place])
        self._to_count[block].discard(place)
        return Count(place, block)

    def _may_prepare(self, at_hand: int | None, countable: dict[int, list[int]]) -> bool:
        """Whether a worker should load a tokenizer now.

        Loading takes more memory than anything else, so that with much text only half of the workers do it at once; the
        others find words meanwhile.
        """
        if not self.prepare_first:
            return at_hand is None or at_hand not in countable
        loading = sum(isinstance(task, Prepare) for task in self._running)
        return loading < max(1, self.workers // 2)

    def _countable(self) -> dict[int, list[int]]:
        """The blocks that each ready tokenizer can count now."""
        found: dict[int, list[int]] = {}
        for block, places in self._to_count.items():
            if block in self._analysed:
                for place in places & self.ready:
                    found.setdefault(place, []).append(block)
        return found

    def _claim(self, countable: dict[int, list[int]]) -> Callable[[int], tuple[bool, int, int]]:
        """Order tokenizers for a worker that has none of them.

        Those that nobody counts now come first; of these the largest, unless another worker has a large one in memory:
        then the smallest, so that no two of the largest are in memory at once.
        """
        busy = {task.place for task in self._running if isinstance(task, Count | Prepare)}
        weights = [self.weights.get(place, 0) for place in range(self.tokenizers)]
        half = sorted(weights)[len(weights) // 2]
        sign = -1 if any(weights[place] >= half for place in busy) else 1
        return lambda place: (
            place not in busy,
            sign * weights[place],
            sum(self.sizes[block] for block in countable[place]),
        )

    def _short_of_blocks(self) -> bool:
        """Whether so few blocks are analysed that workers may soon wait for one."""
        ahead = [block for block in self._to_count if block in self._analysed]
        under_way = sum(isinstance(task, Analyse) for task in self._running)
        return len(ahead) + under_way < max(2, self.workers // 2)

    def _merges(self) -> list[list[Part]]:
        free = [part for part in self.parts if part not in self._merging]
        at_end = self.all_read and not self._waiting() and not self._counting()
        if at_end and self._merging:
            busy = {part.of for part in self._merging}
            free = [part for part in free if part.of not in busy]
        return mergeable(free, at_end=at_end)

    def _counting(self) -> bool:
        return any(not isinstance(task, Merge) for task in self._running)
