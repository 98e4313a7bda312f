"""Plain text is read many lines at a time, and nothing but the time that takes tells."""

from __future__ import annotations

import io
from itertools import pairwise
from typing import TYPE_CHECKING

import polars as pl
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from langcov.corpora import base, open_corpus
from langcov.corpora.base import SCHEMA, aligned_unit, aligned_units, stable_block, stable_blocks
from langcov.corpora.batching import batched
from langcov.corpora.plain_text import FORMAT, read_lines, read_many_lines
from langcov.corpora.sources import Reading, Record, Records
from langcov.errors import BadTextError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import pytest

PIECES = st.sampled_from(
    [b"\n", b"\r\n", b"\r", b"\xef\xbb\xbf", b"word ", "ሰላም".encode(), b"\xe9", b"\0", b"x" * 30]
)
QUICK = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def one_by_one(found: Iterable[Record | Records]) -> Iterator[Record]:
    for each in found:
        if isinstance(each, Records):
            for number, text in enumerate(each.texts, each.first):
                yield Record(number, None, None, text)
        else:
            yield each


def until_the_error(found: Iterable[Record | Records]) -> tuple[list[Record], str]:
    records: list[Record] = []
    try:
        records.extend(one_by_one(found))
    except BadTextError as error:
        return records, str(error)
    return records, ""


@QUICK
@given(content=st.lists(PIECES, min_size=1, max_size=60).map(b"".join), chunk=st.integers(1, 200))
@example(content=b"\xef\xbb\xbf" + b"x" * 30 + b"\n", chunk=200)
@example(content=b"one\r\n\ntwo\n", chunk=200)
@example(content=b"\n", chunk=200)
def test_records_and_errors_are_those_of_single_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, chunk: int
) -> None:
    file = tmp_path / "en.txt"
    file.write_bytes(content)
    with monkeypatch.context() as patch:
        patch.setattr(base, "SEGMENT_BYTES", 32)
        patch.setattr("langcov.corpora.streams.CHUNK_BYTES", chunk)
        for reading in (Reading(), Reading(on_bad_text="skip")):
            alone = until_the_error(read_lines(file, reading))
            assert until_the_error(read_many_lines(file, reading, None)) == alone
        assert FORMAT.split is not None
        for stretch in FORMAT.split.plan(file, 40):
            alone = until_the_error(FORMAT.split.read(file, Reading(), stretch))
            assert until_the_error(read_many_lines(file, Reading(), stretch)) == alone


def test_ordinary_text_comes_many_lines_at_a_time(tmp_path: Path) -> None:
    file = tmp_path / "yo.txt"
    file.write_text("Gbogbo ènìyàn ni a bí ní òmìnira\n" * 20_000)
    found = list(read_many_lines(file, Reading(), None))
    assert all(isinstance(each, Records) for each in found[:-1])
    assert len(found) < 10


@QUICK
@given(
    texts=st.lists(st.one_of(st.none(), st.text(max_size=12)), min_size=1, max_size=40),
    cuts=st.sets(st.integers(1, 39)),
    limit=st.integers(1, 900),
    data=st.data(),
)
def test_batches_end_at_the_same_rows_however_rows_come(
    monkeypatch: pytest.MonkeyPatch,
    texts: list[str | None],
    cuts: set[int],
    limit: int,
    data: st.DataObject,
) -> None:
    rows = [("eng_Latn", number, text) for number, text in enumerate(texts)]
    edges = [0, *sorted(cut for cut in cuts if cut < len(rows)), len(rows)]
    mixed: list[tuple[str, int, str | None] | pl.DataFrame] = []
    for start, end in pairwise(edges):
        if data.draw(st.booleans()):
            mixed.append(pl.DataFrame(rows[start:end], schema=SCHEMA, orient="row"))
        else:
            mixed += rows[start:end]
    with monkeypatch.context() as patch:
        patch.setattr(base, "BATCH_BYTES", limit)
        expected = [frame.rows() for frame in batched(rows)]
        found = list(batched(mixed))
    assert [frame.rows() for frame in found] == expected
    assert all(frame.schema == SCHEMA for frame in found)


@given(first=st.integers(0, 3_000), count=st.integers(0, 30), place=st.text(max_size=8))
def test_units_of_many_are_those_of_each(first: int, count: int, place: str) -> None:
    numbers = range(first, first + count)
    assert stable_blocks(place, first, count).tolist() == [stable_block(f"{place}{n}") for n in numbers]
    assert aligned_units(first, count).tolist() == [aligned_unit(number) for number in numbers]


def test_a_batch_takes_no_more_room_than_its_own_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "BATCH_BYTES", 2_000)
    monkeypatch.setattr("langcov.corpora.streams.CHUNK_BYTES", 3_000)
    (tmp_path / "en.txt").write_text("a line that is longer than twelve bytes\n" * 5_000)
    for frame in open_corpus(tmp_path).batches():
        alone = pl.DataFrame(frame.rows(), schema=SCHEMA, orient="row")
        assert frame.n_chunks() == 1
        assert room(frame) == room(alone)


def room(frame: pl.DataFrame) -> int:
    file = io.BytesIO()
    frame.write_ipc(file)
    return len(file.getvalue())
