"""A corpus in parts is the corpus: every row once, in its unit, whatever the size of the parts."""

from __future__ import annotations

import gzip
import json
import os
import pickle
from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langcov.corpora import SCHEMA, Corpus, base, open_corpus
from langcov.corpora.parquet_footer import row_groups
from langcov.corpora.partitions import Partition, partitions
from langcov.corpora.sources import Format, Record, Split, Stretch
from langcov.errors import CorpusError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from langcov.corpora.sources import Reading

Rows = list[tuple[str, int, str | None]]

MANY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
LINE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), max_size=30)
END = st.sampled_from(["\n", "\r\n", "\n\n", "\n \t\n"])
LAST = st.sampled_from(["", "\n", "\r\n", "\n\n"])
SIZE = st.integers(1, 300)


def rows(corpus: Corpus | Partition, languages: Collection[str] | None = None) -> Rows:
    return pl.concat([SCHEMA.to_frame(), *corpus.batches(languages)]).rows()


def chained(parts: list[Partition]) -> Rows:
    return [row for part in parts for row in rows(part)]


def fresh(folder: Path) -> Path:
    """A new folder; hypothesis runs many examples in one."""
    made = folder / str(len(os.listdir(folder)))  # noqa: PTH208 - only their number is wanted
    made.mkdir()
    return made


@MANY
@given(
    lines=st.lists(st.tuples(LINE, END), min_size=1, max_size=30),
    last=LAST,
    mark=st.booleans(),
    size=SIZE,
    longest=st.integers(8, 40),
)
def test_ranges_of_lines_give_the_rows_of_the_file_in_their_order(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    lines: list[tuple[str, str]],
    last: str,
    mark: bool,
    size: int,
    longest: int,
) -> None:
    folder = fresh(tmp_path)
    chunk = 1 + size * longest % 60
    bom = b"\xef\xbb\xbf" if mark else b""
    (folder / "en.txt").write_bytes(bom + ("".join(line + end for line, end in lines) + "x" + last).encode())
    objects = "".join(json.dumps({"text": line}, ensure_ascii=False) + end for line, end in lines)
    (folder / "yo.jsonl").write_bytes(bom + (objects + '{"text": "x"}' + last).encode())
    corpus = open_corpus(folder)
    with monkeypatch.context() as patch:
        patch.setattr(base, "SEGMENT_BYTES", longest)
        patch.setattr("langcov.corpora.streams.CHUNK_BYTES", chunk)
        patch.setattr("langcov.corpora.stretches.PLAN_BYTES", chunk)
        parts = partitions(corpus, size=size)
        assert chained(parts) == rows(corpus)
        assert chained(partitions(corpus, ["yor_Latn"], size)) == rows(corpus, ["yor_Latn"])
    names = [part.name for part in parts]
    assert len(set(names)) == len(names)
    if size < 10:
        assert len(parts) > min(len(lines), 3)


@MANY
@given(texts=st.lists(LINE, min_size=1, max_size=60), group=st.integers(1, 20), size=st.integers(1, 5_000))
def test_row_groups_give_the_rows_of_the_file_in_their_order(
    tmp_path: Path, texts: list[str], group: int, size: int
) -> None:
    file = fresh(tmp_path) / "yo.parquet"
    pl.DataFrame({"id": range(len(texts)), "text": texts}).write_parquet(file, row_group_size=group)
    groups = row_groups(file)
    assert sum(each.rows for each in groups) == len(texts)
    assert 0 < sum(each.bytes for each in groups) <= file.stat().st_size
    corpus = open_corpus(file)
    parts = partitions(corpus, size=size)
    assert chained(parts) == rows(corpus)
    if size == 1:
        assert len(parts) == len(groups)


@MANY
@given(
    files=st.lists(st.sampled_from(["en.txt", "yo.txt.gz", "sw.csv", "fr.jsonl"]), min_size=1, unique=True),
    splits=st.lists(st.sampled_from(["dev", "test"]), min_size=1, unique=True),
    parallel=st.booleans(),
    size=SIZE,
)
def test_whole_files_lie_together_and_those_of_a_parallel_language_in_one_part(
    tmp_path: Path, files: list[str], splits: list[str], parallel: bool, size: int
) -> None:
    folder = fresh(tmp_path)
    content = [f"{line} all human beings are born free" for line in range(7)]
    for split in splits:
        (folder / split).mkdir()
        for name in files:
            text = "".join(
                json.dumps({"text": line}) + "\n" if name.endswith("jsonl") else f"{line}\n"
                for line in content
            ).encode()
            text = b"text\n" + text if name.endswith("csv") else text
            (folder / split / name).write_bytes(gzip.compress(text) if name.endswith("gz") else text)
    corpus = open_corpus(folder, parallel=parallel)
    parts = partitions(corpus, size=size)
    assert Counter(chained(parts)) == Counter(rows(corpus))
    if not parallel:
        assert chained(parts) == rows(corpus)
    for language in corpus.languages():
        own = [row for part in parts for row in rows(part) if row[0] == language]
        assert own == rows(corpus, [language])
        if parallel:
            assert sum(language in {row[0] for row in rows(part)} for part in parts) == 1


@pytest.mark.parametrize("parallel", [True, False])
def test_a_column_of_units_lets_even_a_parallel_file_be_split(tmp_path: Path, parallel: bool) -> None:
    file = tmp_path / "all.jsonl"
    records = [
        {"id": i // 2, "language": tag, "text": f"{tag} {i}"} for i in range(200) for tag in ("en", "yo")
    ]
    file.write_text("".join(json.dumps(record) + "\n" for record in records))
    with_units = open_corpus(file, unit_column="id", parallel=parallel)
    parts = partitions(with_units, size=1_000)
    assert len(parts) > 10
    assert chained(parts) == rows(with_units)
    without = open_corpus(file, parallel=True)
    assert len(partitions(without, size=1_000)) == 1


def test_a_parallel_corpus_whose_columns_say_the_language_is_one_part(tmp_path: Path) -> None:
    for name in ("a", "b"):
        records = [{"language": tag, "text": f"{name} {tag} {i}"} for i in range(50) for tag in ("en", "yo")]
        pl.DataFrame(records).write_parquet(tmp_path / f"{name}.parquet")
    corpus = open_corpus(tmp_path, parallel=True)
    (part,) = partitions(corpus, ["yor_Latn"], 1)
    assert rows(part) == rows(corpus, ["yor_Latn"])
    assert part.name == "a.parquet to b.parquet"


@pytest.mark.parametrize("size", [1, 3_000, 20_000, 1 << 30])
def test_a_frame_is_divided_by_languages(size: int) -> None:
    corpus = open_corpus("samples")
    wanted = corpus.languages()[:40]
    parts = partitions(corpus, wanted, size)
    assert chained(parts) == rows(corpus, wanted)
    names = [part.name for part in parts]
    assert len(set(names)) == len(names)
    assert (len(parts) == 1) == (size == 1 << 30)
    assert (len(parts) == 40) == (size <= 3_000)


def test_a_part_gives_the_languages_it_was_planned_for_and_fewer_if_asked(tmp_path: Path) -> None:
    records = [{"language": tag, "text": f"{tag} {i}"} for i in range(20) for tag in ("en", "yo", "sw")]
    (tmp_path / "all.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    for spec in (str(tmp_path), "samples"):
        parts = partitions(open_corpus(spec), ["eng_Latn", "yor_Latn"], 100)
        assert {row[0] for row in chained(parts)} == {"eng_Latn", "yor_Latn"}
        narrow = [row for part in parts for row in rows(part, ["yor_Latn", "swh_Latn"])]
        assert {row[0] for row in narrow} == {"yor_Latn"}


def test_parts_have_names_and_travel_to_other_processes(tmp_path: Path) -> None:
    for place in ("a/yo.txt", "b/yo.txt"):
        (tmp_path / place).parent.mkdir()
        (tmp_path / place).write_text("one\ntwo\nthree\n")
    parts = partitions(open_corpus(tmp_path), size=8)
    assert [part.name for part in parts] == [
        "a/yo.txt bytes 0-8",
        "a/yo.txt bytes 8-14",
        "b/yo.txt bytes 0-8",
        "b/yo.txt bytes 8-14",
    ]
    assert all(isinstance(part, Partition) for part in parts)
    for part in [*parts, *partitions(open_corpus("samples"), ["eng_Latn"])]:
        assert rows(pickle.loads(pickle.dumps(part))) == rows(part)
    assert [part.name for part in partitions(open_corpus(tmp_path))] == ["a/yo.txt to b/yo.txt"]


def test_a_corpus_that_cannot_be_divided_is_one_part() -> None:
    class Told:
        name, citation, licence, parallel, fingerprint = "told", "nobody's", "CC0-1.0", False, "0"

        def languages(self) -> list[str]:
            return ["eng_Latn"]

        def expected_bytes(self, _: Collection[str] | None = None) -> None:
            return None

        def batches(self, languages: Collection[str] | None = None) -> list[pl.DataFrame]:
            known = languages is None or "eng_Latn" in languages
            return [pl.DataFrame([("eng_Latn", 0, "told")], schema=SCHEMA, orient="row")] if known else []

    (part,) = partitions(Told(), ["eng_Latn"], 1)  # type: ignore[arg-type]
    assert part.name == "told"
    assert rows(part) == [("eng_Latn", 0, "told")]
    assert rows(part, ["yor_Latn"]) == []
    with pytest.raises(ValueError, match="a partition of 0 bytes"):
        partitions(open_corpus("samples"), size=0)


def test_a_blank_range_is_no_error_but_a_blank_file_is(tmp_path: Path) -> None:
    file = tmp_path / "yo.jsonl"
    file.write_text('{"text": "one"}\n' + " \n" * 200 + '{"text": "two"}\n')
    corpus = open_corpus(file)
    parts = partitions(corpus, size=50)
    assert chained(parts) == rows(corpus)
    assert [] in [rows(part) for part in parts]
    blank = tmp_path / "blank"
    blank.mkdir()
    (blank / "yo.jsonl").write_bytes(b"\xef\xbb\xbf" + b" \n" * 200)
    with pytest.raises(CorpusError, match=r"yo.jsonl: the file holds no text"):
        partitions(open_corpus(blank), size=50)
    pl.DataFrame({"text": [""]}).clear().write_parquet(tmp_path / "sw.parquet")
    for size in (1, 1 << 20):
        with pytest.raises(CorpusError, match=r"sw.parquet: the file holds no text"):
            chained(partitions(open_corpus(tmp_path / "sw.parquet"), size=size))


MADE = {
    "yo.txt": b"".join(b"line %d\n" % i for i in range(90_000)),
    "yo.jsonl": b"".join(b'{"text": "line %d"}\n' % i for i in range(40_000)),
    "yo.csv": b"text\n" + b"".join(b"line %d\n" % i for i in range(90_000)),
}


@pytest.mark.parametrize("name", [*MADE, "yo.txt.gz", "yo.parquet"])
@pytest.mark.parametrize("size", [100_000, 1 << 30])
def test_a_file_that_vanishes_or_is_cut_in_mid_run_is_told_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, size: int
) -> None:
    monkeypatch.setattr(base, "BATCH_BYTES", 10_000)
    monkeypatch.setattr("langcov.corpora.parquet.WINDOW_BYTES", 10_000)
    file = tmp_path / name
    if name.endswith("parquet"):
        noise = [f"{i * 7919 % 1_000_003}" for i in range(90_000)]
        pl.DataFrame({"text": noise}).write_parquet(file, row_group_size=5_000)
    else:
        content = MADE[name.removesuffix(".gz")]
        file.write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    whole = file.read_bytes()
    reading = [part.batches() for part in partitions(open_corpus(file), size=size)]
    assert (len(reading) > 1) == (size < 1 << 20 and not name.endswith(("csv", "gz")))
    next(reading[0])
    os.truncate(file, len(whole) // 2)
    with pytest.raises(CorpusError, match=f"{name}: .*(count anew|get it again)") as caught:
        list(chain(*reading))
    assert "\n" not in str(caught.value)
    file.write_bytes(whole)
    parts = partitions(open_corpus(file), size=size)
    file.unlink()
    with pytest.raises(CorpusError, match=f"{name}: the file is not there any more; put it back"):
        chained(parts)


def test_a_format_of_another_package_says_itself_how_it_is_split(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(path: Path, reading: Reading, stretch: Stretch | None = None) -> Iterator[Record]:
        assert reading
        words = path.read_text().split()
        start, end = (stretch.start, stretch.end) if stretch else (0, len(words))
        return (Record(number, None, None, words[number]) for number in range(start, end))

    def plan(path: Path, size: int) -> list[Stretch]:
        places = range(0, len(path.read_text().split()), size)
        return [Stretch("words", start, start + size, start) for start in places]

    known = Format("words", (".words",), read, split=Split(plan, read))
    monkeypatch.setattr("langcov.corpora.paths.known_formats", lambda: {".words": known})
    (tmp_path / "yo.words").write_text("a b c d e f")
    corpus = open_corpus(tmp_path)
    parts = partitions(corpus, size=2)
    assert [part.name for part in parts] == ["yo.words words 0-2", "yo.words words 2-4", "yo.words words 4-6"]
    assert chained(parts) == rows(corpus)


def test_a_range_that_starts_in_the_middle_of_a_line_was_changed(tmp_path: Path) -> None:
    file = tmp_path / "yo.txt"
    file.write_text("one\ntwo\nthree\n")
    _, part, *_ = partitions(open_corpus(file), size=4)
    file.write_text("eleven\ntwelve\n")
    with pytest.raises(CorpusError, match="byte 3 ends no line any more; the file was changed"):
        rows(part)


def test_a_damaged_footer_is_told_when_parts_are_planned(tmp_path: Path) -> None:
    file = tmp_path / "yo.parquet"
    pl.DataFrame({"text": [str(i) for i in range(1_000)]}).write_parquet(file, row_group_size=100)
    content = file.read_bytes()
    length = int.from_bytes(content[-8:-4], "little")
    for broken in (
        content[:-20],
        content[: -8 - length] + b"\xff" * length + content[-8:],
        content[: -8 - length] + bytes(length) + content[-8:],
        content[:-8] + b"\xff\xff\xff\x7fPAR1",
    ):
        file.write_bytes(broken)
        with pytest.raises(CorpusError, match=r"yo.parquet: (it is no whole Parquet file|the file holds no)"):
            partitions(open_corpus(file), size=100)
