"""A corpus made of files: which language and which unit each record is of.

The unit of a record depends on the file's name and on the record's number in it, and on nothing else: not on the folder,
the compression, the batch size, or what else was opened. In a parallel corpus the files of one language follow each
other in the order of their paths, and the records are numbered through them.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from langcov.corpora.base import (
    ALIGNED_UNITS,
    SCHEMA,
    aligned_unit,
    aligned_units,
    stable_block,
    stable_blocks,
)
from langcov.corpora.batching import Row, batched
from langcov.corpora.columns import no_string
from langcov.corpora.paths import format_of, language_of, size_of
from langcov.corpora.sources import Record, Records
from langcov.corpora.streams import bare_name
from langcov.corpora.stretches import unreadable
from langcov.errors import CorpusError, LanguageError
from langcov.languages import parse

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from langcov.corpora.file_partitions import FilePartition
    from langcov.corpora.sources import Format, Reading, Stretch
    from langcov.corpora.stamps import Stamp


@dataclass(frozen=True)
class FileCorpus:
    """Text in files.

    Attributes:
        paths: In the order in which they are read.
        reading: Columns, and what is done with bytes that are no text.
        language: The tag that all text is in; None: what columns or names say.
    """

    name: str
    citation: str
    licence: str
    parallel: bool
    paths: tuple[Path, ...]
    reading: Reading
    language: str | None = None

    @cached_property
    def fingerprint(self) -> str:
        """Hex sha256 of the files' names and bytes and of how they are read; takes a pass over the files.

        Raises:
            CorpusError: A file can't be read.
        """
        return self.fingerprint_from(map(digest_of, self.paths))

    def fingerprint_from(self, digests: Iterable[bytes]) -> str:
        """Return the fingerprint from each file's `digest_of`, in the order of the paths."""
        digest = hashlib.sha256()
        digest.update(repr((self.reading, self.language, self.parallel)).encode())
        for path, own in zip(self.paths, digests, strict=True):
            digest.update(path.name.encode("utf-8", "surrogateescape") + b"\n")
            digest.update(own)
        return digest.hexdigest()

    @cached_property
    def _languages(self) -> list[str]:
        return sorted({language for path in self.paths for language in self._languages_in(path)})

    def languages(self) -> list[str]:
        """Sorted tags of the languages it holds.

        Where a column says the language, this takes a pass over the files, except for Parquet.

        Raises:
            CorpusError: As `batches`.
        """
        return list(self._languages)

    def expected_bytes(self, languages: Collection[str] | None = None) -> int | None:
        """The files' size, which is a little more than their text; None if some are packed or not all are wanted."""
        packed = any(
            not format_known(path).compressible or bare_name(path) != path.name for path in self.paths
        )
        return None if packed or languages is not None else sum(map(size_of, self.paths))

    def batches(self, languages: Collection[str] | None = None) -> Iterator[pl.DataFrame]:
        """Yield frames of `SCHEMA`, each bounded by `BATCH_BYTES`.

        Raises:
            BadTextError: A text is no UTF-8 and such text is not to be skipped.
            CorpusError: A file can't be read, lacks a column, or says no known language.
        """
        return self.batches_of(None, languages)

    def batches_of(
        self, stretch: Stretch | None, languages: Collection[str] | None = None
    ) -> Iterator[pl.DataFrame]:
        """Yield what `batches` does, of one stretch of its only file.

        Raises:
            BadTextError, CorpusError: As `batches`; the file is no more what it was when the stretch was planned.
        """
        wanted = None if languages is None else frozenset(languages)
        return batched(self._rows(wanted, stretch))

    def partitions(self, languages: Collection[str] | None, size: int) -> list[FilePartition]:
        """Return parts of about ``size`` bytes of files; see `langcov.corpora.partitions`.

        Raises:
            CorpusError: A file can't be read, or holds no text.
        """
        from langcov.corpora.file_partitions import planned

        return planned(self, None if languages is None else frozenset(languages), size)

    def stamps(self) -> tuple[Stamp, ...]:
        """Return what the files look like now; see `langcov.corpora.stamps`.

        Raises:
            CorpusError: A file can't be looked at.
        """
        from langcov.corpora.stamps import stamps_of

        return stamps_of(self.paths)

    def check_alignment(self) -> None:
        """Raise a `CorpusError` that names the files and their counts if the languages' segments are not as many.

        Takes a pass over the files. Where a column says the units, they are taken at their word.
        """
        if self.reading.unit_column is not None:
            return
        counts: dict[str, Counter[Path]] = {}
        placed = None
        for language, order, path, record in self._placed(None, None):
            own = counts.setdefault(language, Counter())
            if isinstance(record, Records):
                own[path] += len(record.texts)
            elif placed != (language, order):
                placed = language, order
                own[path] += 1
        totals = {language: files.total() for language, files in counts.items()}
        if len(set(totals.values())) > 1:
            usual = Counter(totals.values()).most_common(1)[0][0]
            like = next(language for language, total in totals.items() if total == usual)
            odd = [language for language, total in totals.items() if total != usual]
            shown = [
                f"{path} {count:,}"
                for language in [like, *odd[:5]]
                for path, count in counts[language].items()
            ]
            raise CorpusError(
                f"the files are not parallel, for their segments differ in number: {', '.join(shown)}",
                fix="repair the files, or open them as not parallel with --not-parallel",
            )

    def language_of_all(self, path: Path) -> str | None:
        """Return the language of a whole file, None if its records may say theirs."""
        return self.language or (
            None if format_known(path).columns and self.reading.language_column != "" else language_of(path)
        )

    def _rows(self, wanted: frozenset[str] | None, stretch: Stretch | None) -> Iterator[Row | pl.DataFrame]:
        names = {path: bare_name(path) for path in self.paths}
        for language, order, path, record in self._placed(wanted, stretch):
            if isinstance(record, Records):
                size = len(record.texts)
                units = (
                    aligned_units(order, size)
                    if self.parallel
                    else stable_blocks(f"{names[path]}:", record.first, size)
                )
                yield _frame(language, units, record.texts)
                continue
            if self.parallel:
                number = order if record.unit is None else record.unit
                unit = (
                    aligned_unit(number) if isinstance(number, int) else stable_block(number, ALIGNED_UNITS)
                )
            elif record.unit is None:
                unit = stable_block(f"{names[path]}:{record.number}")
            else:
                unit = stable_block(str(record.unit))
            yield language, unit, record.text

    def _placed(
        self, wanted: frozenset[str] | None, stretch: Stretch | None
    ) -> Iterator[tuple[str, int, Path, Record | Records]]:
        """Yield the wanted records with their language and their order among the records of that language.

        Of many that come together it is the order of the first.
        """
        orders: dict[str, int] = {}
        last: dict[str, tuple[Path, int]] = {}  # pieces of one long line are one record
        for path in self.paths:
            named = self.language_of_all(path)
            if named is not None and wanted is not None and named not in wanted:
                continue
            for record in self._records(path, stretch):
                if isinstance(record, Records):
                    language = named or language_of(path)
                    order = orders.get(language, -1) + 1
                    orders[language] = order + len(record.texts) - 1
                    last[language] = path, record.first + len(record.texts) - 1
                    yield language, order, path, record
                    continue
                language = named or self._language_of_one(path, record.language, record.number)
                if last.get(language) != (path, record.number):
                    last[language] = path, record.number
                    orders[language] = orders.get(language, -1) + 1
                if wanted is None or language in wanted:
                    yield language, orders[language], path, record

    def _records(self, path: Path, stretch: Stretch | None = None) -> Iterator[Record | Records]:
        """Yield the records of a file or of a stretch of it, many at a time where its format can.

        Raises:
            CorpusError: The file has none. (A stretch may have none: all its lines are blank.)
        """
        kind = format_known(path)
        found: Iterator[Record | Records]
        if kind.read_many is not None:
            found = kind.read_many(path, self.reading, stretch)
        elif stretch is not None and kind.split is not None:
            found = kind.split.read(path, self.reading, stretch)
        else:
            found = kind.read(path, self.reading)
        empty = stretch is None
        for record in found:
            empty = False
            yield record
        if empty:
            raise no_text(path)

    def _language_of_one(self, path: Path, said: str | None, number: int | None = None) -> str:
        """Return the tag of a record that says its language, or leaves it to the file's name."""
        record = "a record" if number is None else f"record {number + 1:,}"
        if said is None:
            if not self.reading.language_column:
                return language_of(path)
            raise CorpusError(
                f"{record} says no language in column {self.reading.language_column!r}",
                where=str(path),
                fix="fill the column, or say the language with --text-language",
            )
        try:
            return parse(said)
        except LanguageError as error:
            raise CorpusError(f"{record} has an {error.what}", where=str(path), fix=error.fix) from None

    def _languages_in(self, path: Path) -> set[str]:
        named = self.language_of_all(path)
        if named is not None:
            return {named}
        listing = format_known(path).languages
        said = listing(path, self.reading) if listing is not None else None
        if said is not None:
            odd = next((tag for tag in said if tag is not None and not isinstance(tag, str)), None)
            if odd is not None:
                raise no_string("language", self.reading.language_column or "language", odd, path, "a row")
            return {self._language_of_one(path, tag) for tag in said}
        if listing is not None:
            return {language_of(path)}
        return {
            self._language_of_one(path, record.language, record.number)
            for record in self._records(path)
            if isinstance(record, Record)  # the others leave it to the name
        }


def _frame(language: str, units: NDArray[np.uint32], texts: pl.Series) -> pl.DataFrame:
    import polars as pl

    return pl.DataFrame(
        {
            "language": pl.repeat(language, len(texts), dtype=pl.String, eager=True),
            "unit": units,
            "text": texts,
        },
        schema=SCHEMA,
    )


def digest_of(path: Path) -> bytes:
    """Return the sha256 of a file's bytes.

    Raises:
        CorpusError: It can't be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError as error:
        raise unreadable(path, error) from None


def format_known(path: Path) -> Format:
    """Return the format of a file that `files_of` let through."""
    kind = format_of(path)
    if kind is None:
        raise CorpusError("its name tells no known format", where=str(path))
    return kind


def no_text(path: Path) -> CorpusError:
    """Return the error of a file without a record."""
    return CorpusError("the file holds no text", where=str(path), fix="leave it out, or put text in it")
