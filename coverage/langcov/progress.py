"""Progress on stderr while counting; nothing where stderr is no terminal."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from langcov.engines.progress import Progress


@contextmanager
def counting(
    corpus: str, tokenizers: int, total_bytes: int | None = None
) -> Iterator[Callable[[Progress], None] | None]:
    """Show how many MB are counted, how fast, and how long it will still take if the size is known.

    Args:
        corpus: Its name.
        tokenizers: How many there are.
        total_bytes: Bytes of text to expect; None if nobody knows.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn() if total_bytes else TimeElapsedColumn(),
        TextColumn("{task.fields[languages]} languages"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(f"{corpus} x {tokenizers} tokenizers", total=total_bytes, languages=0)
        yield lambda now: bar.update(task, completed=now.bytes, languages=now.languages)


@contextmanager
def doing() -> Iterator[Callable[[str], None] | None]:
    """Show what is being done now, as a line that is gone in the end."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console

    console = Console(stderr=True, highlight=False, markup=False)
    with console.status("") as status:
        yield status.update
