"""What a worker on any machine does: count a partition by several tokenizers, or merge parts.

As in `langcov.engines.tasks`, each is a plain function that leaves its result in the run's folder, but here text is
analysed once and goes through all tokenizers, 8 MB at a time, so that nothing but parts is ever written.
"""

from __future__ import annotations

import pickle
import socket
import tempfile
from collections import OrderedDict
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import langcov
from langcov.census.analysis import gathered, text_bytes
from langcov.census.counting import OF_TEXT, Tally, analyse, count_tokens
from langcov.census.surfaces import Surfaces
from langcov.census.words import icu_version
from langcov.corpora.files import digest_of
from langcov.corpora.stamps import check_unchanged
from langcov.engines.parts import TEXT, Part, Parts
from langcov.engines.plans import PLAN
from langcov.errors import CorpusError, RunError
from langcov.stores import is_address

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from langcov.corpora.partitions import Partition
    from langcov.corpora.stamps import Stamp
    from langcov.folders import Folder
    from langcov.tokenizers.base import Tokenizer

MOST_LOADED: Final = 12
"""So many tokenizers stay in a worker's memory. Each takes some 50 to 250 MB, mostly its vocabulary."""

DECIDING: Final = (
    "fonttools",
    "gigatoken",
    "icu4py",
    "regex",
    "sentencepiece",
    "tiktoken",
    "tokenizers",
    "unicodedata2",
)
"""Packages whose version decides what is counted."""


@dataclass(frozen=True)
class Job:
    """What all tasks of a run share.

    Attributes:
        name: Of this run, unlike that of any other.
        folder: Where parts go.
        plan: What must be found there, or it is another folder that has the same name.
        versions: What `versions` gave where the run began.
        languages: Tags to count; None: all.
    """

    name: str
    folder: Folder
    plan: bytes
    versions: dict[str, str]
    languages: tuple[str, ...] | None


class Counted(NamedTuple):
    """What was in a partition."""

    bytes: int
    segments: int
    languages: tuple[str, ...]


class _Loaded(NamedTuple):
    tokenizer: Tokenizer
    surfaces: Surfaces


_loaded: OrderedDict[tuple[str, int], _Loaded] = OrderedDict()
"""The tokenizers in this worker's memory, by run and place; the one used last is last."""

_welcome: set[str] = set()
"""The runs that this worker was found fit for."""


def versions() -> dict[str, str]:
    """Return the versions of all that decides what is counted."""
    found = {"langcov": langcov.__version__, "ICU": str(icu_version())}
    for package in DECIDING:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "none"
    return found


def count_partition(
    job: Job,
    number: int,
    partition: Partition,
    files: Sequence[Stamp],
    places: Collection[int],
    with_text: bool,
    give: Callable[[int], bytes],
) -> Counted:
    """Count a partition and keep its parts.

    Args:
        job: The run.
        number: Of the partition, which names its parts.
        partition: The text.
        files: What its files looked like when the run began.
        places: Of the tokenizers that are to count it.
        with_text: Whether the part that needs no tokenizer is wanted too.
        give: Gives the pickled tokenizer of a place.

    Raises:
        CorpusError: A file can't be seen or read from this machine, or was changed.
        RunError: The run's folder is not this machine's, or can't be written.
        TokenizerError: A tokenizer can't encode the text.
    """
    _check_machine(job)
    _check_files(files)
    text = Tally()
    counting = [(place, _take(job, place, give), Tally()) for place in places]
    size = segments = 0
    seen: set[str] = set()
    for frame in gathered(partition.batches(job.languages)):
        size += text_bytes(frame)
        segments += frame.height
        seen.update(frame["language"].unique())
        analysed = analyse(frame, text)
        if analysed is not None:
            for _, (tokenizer, surfaces), tally in counting:
                count_tokens(analysed, tokenizer, surfaces, tally)
    parts = Parts(job.folder, Path())
    if with_text:
        parts.keep(Part(number, number, TEXT), {table: text.total(table) for table in OF_TEXT})
    for place, (tokenizer, _), tally in counting:
        parts.keep(Part(number, number, f"t{place:02}"), tally.part_of(tokenizer.name))
    return Counted(size, segments, tuple(sorted(seen)))


def digest_files(job: Job, paths: Sequence[Path], files: Sequence[Stamp]) -> list[bytes]:
    """Return what a corpus' fingerprint needs of some of its files.

    Raises:
        CorpusError: A file can't be seen or read from this machine, or was changed.
    """
    _check_machine(job)
    _check_files(files)
    return [digest_of(path) for path in paths]


def merge_group(job: Job, group: Sequence[Part]) -> Part:
    """Merge neighbouring parts into one.

    Raises:
        RunError: The run's folder is not this machine's, or can't be read or written.
    """
    _check_machine(job)
    with tempfile.TemporaryDirectory(prefix="langcov-") as scratch:
        return Parts(job.folder, Path(scratch)).merge(group)


def _check_machine(job: Job) -> None:
    """Raise a `RunError` if this machine has another folder of that name, or would count otherwise."""
    if job.name in _welcome:
        return
    try:
        is_it = job.folder.get(PLAN) == job.plan
    except RunError as error:
        if is_address(job.folder.address):
            raise error from None
        is_it = False
    if not is_it:
        raise RunError(
            f"the machine {socket.gethostname()} of the Ray cluster does not see this run folder",
            where=job.folder.address,
            fix="name one that all machines share, or an object store's address, with --out",
        )
    for package, here in versions().items():
        there = job.versions[package]
        if here != there:
            raise RunError(
                f"the machine {socket.gethostname()} of the Ray cluster has {package} {here}, the run began with {there}",
                fix="install the same versions on all machines",
            )
    _loaded.clear()  # no other run's are needed any more
    _welcome.add(job.name)


def _check_files(files: Sequence[Stamp]) -> None:
    """Raise a `CorpusError` if a file can't be seen from here, or was changed."""
    for file in files:
        if not is_address(file.path) and not Path(file.path).exists():
            raise CorpusError(
                f"the machine {socket.gethostname()}, which was to count it, does not see this file",
                where=file.path,
                fix="put it where all machines of the Ray cluster see it, or into an object store, and go on with --resume",
            )
    check_unchanged(files)


def _take(job: Job, place: int, give: Callable[[int], bytes]) -> _Loaded:
    """Return a tokenizer, from memory if it is there."""
    key = job.name, place
    if key not in _loaded:
        while len(_loaded) >= MOST_LOADED:
            _loaded.popitem(last=False)
        tokenizer = pickle.loads(give(place))  # noqa: S301 (this run wrote it)
        _loaded[key] = _Loaded(tokenizer, Surfaces.of(tokenizer.vocabulary))
    _loaded.move_to_end(key)
    return _loaded[key]
