"""What is counted so far: partial count tables in the run's folder, each whole or absent.

A part is what one tokenizer (or the text alone) gave for a range of blocks. Its tables are files of their own, written
one after the other, so that a part counts as done when the last of them is there. Parts of neighbouring blocks are
merged into parts of larger ranges, in powers of `FAN_IN`, which is a tree: no merge ever meets more than `FAN_IN` parts,
and a part is rewritten only once a level.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from langcov.census.counting import OF_TEXT, OF_TOKENIZER
from langcov.census.packing import add_up_pieces
from langcov.census.storage import ROW_GROUP, disk_errors
from langcov.census.tables import add_up
from langcov.engines.blocks import RESUMABLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from langcov.folders import Folder

FOLDER: Final = "parts"
"""Where parts lie in the run's folder, until the census is whole."""

FAN_IN = 16
"""So many parts are merged into one."""

TEXT: Final = "text"
"""The part that needs no tokenizer; the others are called ``t00``, ``t01`` ... in the tokenizers' order."""

_NAME: Final = re.compile(rf"{FOLDER}/(\d{{6}})-(\d{{6}})\.(\w+)\.(\w+)\.parquet")


class Part(NamedTuple):
    """Which blocks a part counts, from the first up to and including the last, and for whom."""

    first: int
    last: int
    of: str

    def file(self, table: str) -> str:
        """The file of one of its tables."""
        return f"{FOLDER}/{self.first:06}-{self.last:06}.{self.of}.{table}.parquet"


@dataclass(frozen=True)
class Parts:
    """The parts that lie in a run's folder. Processes and machines may share it: no two write the same part.

    Attributes:
        folder: The run's folder.
        scratch: A local folder for copies of files that lie elsewhere.
    """

    folder: Folder
    scratch: Path

    def keep(self, part: Part, tables: Mapping[str, pl.DataFrame]) -> None:
        """Write a part.

        Raises:
            RunError: It can't be written.
        """
        with disk_errors(self.folder.address, RESUMABLE):
            for table in _tables(part.of):
                data = io.BytesIO()
                tables[table].write_parquet(data, row_group_size=ROW_GROUP)
                self.folder.put(part.file(table), data.getvalue())

    def done(self) -> list[Part]:
        """Return every whole part that no larger one covers, in the order of blocks."""
        found: dict[Part, set[str]] = {}
        for name in self.folder.names(f"{FOLDER}/"):
            match = _NAME.fullmatch(name)
            if match:
                first, last, of, table = match.groups()
                found.setdefault(Part(int(first), int(last), of), set()).add(table)
        whole = [part for part, tables in found.items() if tables >= set(_tables(part.of))]
        kept: list[Part] = []
        reached: dict[str, int] = {}
        for part in sorted(whole, key=lambda part: (part.first, -part.last)):
            if part.last > reached.get(part.of, -1):
                kept.append(part)
                reached[part.of] = part.last
        return kept

    def counted(self) -> dict[str, set[int]]:
        """Return whose blocks are done."""
        blocks: dict[str, set[int]] = {}
        for part in self.done():
            blocks.setdefault(part.of, set()).update(range(part.first, part.last + 1))
        return blocks

    def table(self, part: Part, table: str) -> pl.LazyFrame:
        """Open one table of a part."""
        name = part.file(table)
        local = self.folder.fetch(name, self.scratch / name.replace("/", "-"))
        return pl.scan_parquet(local, glob=False, cache=False)

    def merge(self, parts: Iterable[Part]) -> Part:
        """Put neighbouring parts of one kind together into one part, and remove them.

        Whoever was killed at it can do it again.
        """
        parts = list(parts)
        if len(parts) == 1:
            return parts[0]
        merged = Part(parts[0].first, parts[-1].last, parts[0].of)
        if merged in self.done():
            self.drop(parts)
            return merged
        tables = {}
        for table in _tables(merged.of):
            opened = [self.table(part, table) for part in parts]
            if table == "pieces":
                tables[table] = add_up_pieces(opened)
            else:
                tables[table] = add_up(table, (frame.collect() for frame in opened))
        self.keep(merged, tables)
        self.drop(parts)
        return merged

    def drop(self, parts: Iterable[Part]) -> None:
        """Remove parts."""
        self.folder.remove(part.file(table) for part in parts for table in _tables(part.of)[::-1])


def mergeable(parts: Iterable[Part], *, at_end: bool) -> list[list[Part]]:
    """Return groups of parts that are to become one each.

    Args:
        parts: What there is, of any kind.
        at_end: Whether no part will come any more: then all of one kind become one, `FAN_IN` at a time.
    """
    by_kind: dict[str, list[Part]] = {}
    for part in sorted(parts):
        by_kind.setdefault(part.of, []).append(part)
    groups = []
    for kind in by_kind.values():
        by_level: dict[tuple[int, int], list[Part]] = {}
        for part in kind:
            size = part.last - part.first + 1
            by_level.setdefault((size, part.first // (size * FAN_IN)), []).append(part)
        full = [group for group in by_level.values() if len(group) == FAN_IN]
        if not full and at_end and len(kind) > 1:
            full = [kind[start : start + FAN_IN] for start in range(0, len(kind), FAN_IN)]
        groups += [group for group in full if len(group) > 1]
    return groups


def _tables(of: str) -> tuple[str, ...]:
    """The tables of a part, in the order in which they are written."""
    return OF_TEXT if of == TEXT else OF_TOKENIZER
