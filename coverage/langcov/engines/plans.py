"""What a run in parts is a run of: written beside the parts, so that only the same run goes on with them."""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

import langcov
from langcov.census.counting import OF_TEXT
from langcov.census.tables import Census, CorpusFacts, add_up
from langcov.census.words import icu_version
from langcov.corpora.stamps import check_unchanged, stamp_of
from langcov.engines.parts import FOLDER, TEXT, Parts
from langcov.errors import CensusError, RunError
from langcov.folders import temporary_folder
from langcov.stores import is_address
from langcov.tokenizers.base import VOCABULARY_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from langcov.census.tables import TokenizerFacts
    from langcov.corpora.base import Corpus
    from langcov.corpora.stamps import Stamp
    from langcov.engines.blocks import Scratch
    from langcov.engines.parts import Part
    from langcov.engines.tasks import Ready
    from langcov.folders import Folder

PLAN: Final = f"{FOLDER}/plan.json"


@dataclass(frozen=True)
class Plan:
    """What is counted.

    Attributes:
        what: Everything that decides what the parts hold, but for the tokenizers, which are noted as they are loaded.
        stamps: The input files as they were when the run began.
    """

    what: Mapping[str, Any]
    stamps: tuple[Stamp, ...]

    @classmethod
    def of(cls, corpus: Corpus, languages: Collection[str] | None, engine: str) -> Plan:
        """Return the plan of a run that begins now.

        Args:
            corpus: The text.
            languages: Tags to count; None: all.
            engine: Which one counts, and how it divides the text, which is what numbers the parts.
        """
        stamps = stamp_of(corpus)
        what = {
            "engine": engine,
            "langcov": langcov.__version__,
            "words": f"icu{icu_version()}",
            "corpus": corpus.name,
            "parallel": corpus.parallel,
            "reading": repr((getattr(corpus, "reading", None), getattr(corpus, "language", None))),
            "languages": sorted(languages) if languages is not None else None,
            "input": [asdict(stamp) for stamp in stamps] or corpus.fingerprint,
        }
        return cls(json.loads(json.dumps(what)), stamps)

    def check_unchanged(self) -> None:
        """Raise a `CorpusError` if an input file changed since the run began."""
        check_unchanged(self.stamps)

    def take(self, new: Ready, ready: Mapping[int, Ready], parts: Parts) -> None:
        """Note a tokenizer, or compare it with the note that an interrupted run left.

        Raises:
            CensusError: Another one has the same name.
            RunError: The parts were counted by another tokenizer or engine.
        """
        twins = [each for each in ready.values() if each.facts.name == new.facts.name]
        if len(twins) > 1:
            raise CensusError(
                f"two tokenizers have one name: {', '.join(f'{each.facts.name} ({each.facts.source})' for each in twins)}",
                fix="write NAME=FILE for one of them",
            )
        note = f"{FOLDER}/{new.of}.json"
        now = {
            "name": new.facts.name,
            "fingerprint": new.facts.fingerprint,
            "engine": new.facts.engine,
        }
        if note not in parts.folder.names(f"{FOLDER}/"):
            parts.folder.put(note, json.dumps(now).encode())
            return
        before = json.loads(parts.folder.get(note))
        for key, value in now.items():
            if before.get(key) != value:
                raise _another_run(parts.folder, f"tokenizer {new.place + 1}'s {key}", before.get(key), value)


@contextmanager
def held(folder: Folder) -> Iterator[Path | None]:
    """Keep other processes of this machine from counting into a folder; gives it if it is a local one.

    Raises:
        RunError: One is counting into it now.
    """
    if is_address(folder.address):
        yield None
        return
    local = Path(folder.address, FOLDER)
    try:
        local.mkdir(parents=True, exist_ok=True)
        file = (local / "lock").open("wb")
    except OSError as error:
        raise RunError(
            f"can't write here ({(error.strerror or str(error)).lower()})",
            where=folder.address,
            fix="name another folder with --out",
        ) from None
    with file:
        if not _locked(file.fileno()):
            raise RunError(
                "another langcov is counting into this folder",
                where=folder.address,
                fix="wait for it, or name another folder with --out",
            )
        for left in local.glob("scratch-*"):
            shutil.rmtree(left, ignore_errors=True)
        yield local


def begin(plan: Plan, parts: Parts, *, resume: bool) -> None:
    """Write the plan beside the parts, or see that the parts that are there are of this plan.

    Raises:
        RunError: Parts are there and are not to be taken up, or are another run's.
    """
    folder = parts.folder
    if PLAN not in folder.names(f"{FOLDER}/"):
        folder.remove(name for name in folder.names(f"{FOLDER}/") if name.endswith((".parquet", ".json")))
        folder.put(PLAN, json.dumps(plan.what, ensure_ascii=False, indent=1).encode())
        return
    if not resume:
        raise RunError(
            "an unfinished run is here",
            where=folder.address,
            fix=f"go on with it with --resume, name another folder with --out, or remove its folder {FOLDER}",
        )
    try:
        before = json.loads(folder.get(PLAN))
    except ValueError:
        before = {}
    for key, value in plan.what.items():
        if before.get(key) != value:
            raise _another_run(folder, key, before.get(key), value)


def worth_keeping(parts: Parts) -> bool:
    """Whether any tokenizer has counted anything."""
    return any(part.of != TEXT for part in parts.done())


def kept(parts: Parts, tokenizers: int) -> str:
    """Say what an interrupted run leaves."""
    counted = parts.counted()
    done = sum(len(counted.get(f"t{place:02}", ())) for place in range(tokenizers))
    return (
        f"{done:,} counts of a block of text by a tokenizer are kept in {parts.folder.address}: "
        "go on with the same command and --resume."
    )


def census(
    corpus: Corpus,
    facts: Sequence[TokenizerFacts],
    parts: Parts,
    scratch: Scratch,
    fingerprint: str | None = None,
) -> Census:
    """Return the census that the merged parts make. Its pieces stay in their files until it is saved.

    Args:
        corpus: The text.
        facts: Of the tokenizers, in order.
        parts: One of each kind, and no more.
        scratch: Where the vocabularies are.
        fingerprint: The corpus', if it was found already.

    Raises:
        CensusError: There is no text.
    """
    if is_address(parts.folder.address):
        parts = Parts(parts.folder, temporary_folder())
    done = {part.of: part for part in parts.done()}
    text: dict[str, Any] = {table: parts.table(done[TEXT], table).collect() for table in OF_TEXT}
    if not text["text"].height:
        raise CensusError(
            "there is no text to count", where=f"corpus {corpus.name}", fix="give files with text"
        )
    own: list[Part] = [done[f"t{place:02}"] for place in range(len(facts))]
    by_name = sorted(range(len(facts)), key=lambda place: facts[place].name)
    apart = {facts[place].name: _pieces(parts, own[place], facts[place].name) for place in by_name}
    return Census(
        corpus=CorpusFacts(
            corpus.name, corpus.citation, corpus.licence, corpus.parallel, fingerprint or corpus.fingerprint
        ),
        tokenizers=tuple(facts),
        words=f"icu{icu_version()}",
        **text,
        tokens=add_up("tokens", (parts.table(part, "tokens").collect() for part in own)),
        splits=add_up("splits", (parts.table(part, "splits").collect() for part in own)),
        pieces_source=pl.concat(apart.values()),
        pieces_apart=apart,
        vocabularies={
            each.name: pl.read_parquet(scratch.vocabulary(place), glob=False).cast(VOCABULARY_SCHEMA)
            for place, each in enumerate(facts)
        },
    )


def _pieces(parts: Parts, part: Part, tokenizer: str) -> pl.LazyFrame:
    """A part's pieces, as the census keeps them in a file."""
    return parts.table(part, "pieces").select(
        pl.lit(tokenizer).alias("tokenizer"), pl.col("language").cast(pl.String), "block", "id", "tokens"
    )


def clear(folder: Folder) -> None:
    """Remove all parts, the census being saved or they of no use, and what runs that were killed left half written.

    The folder goes, too, if nothing else is in it.
    """
    folder.remove(sorted(folder.names(f"{FOLDER}/"), key=PLAN.__eq__))
    if not is_address(folder.address):
        local = Path(folder.address)
        for left in (local / FOLDER, *local.glob(".new-*"), *local.glob(".census-*")):
            shutil.rmtree(left, ignore_errors=True)
        with suppress(OSError):
            local.rmdir()


def _another_run(folder: Folder, what: str, before: object, now: object) -> RunError:
    return RunError(
        f"the unfinished run here is another one: its {what} was {_short(before)} and is {_short(now)} now",
        where=folder.address,
        fix=f"name another folder with --out, or remove its folder {FOLDER}",
    )


def _short(value: object, most: int = 60) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= most else f"{text[:most]}..."


def _locked(descriptor: int) -> bool:
    """Lock a file for this process, where the system can; the lock ends with the process."""
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
