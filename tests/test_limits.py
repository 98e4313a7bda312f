"""What is made to fill memory or disks ends at a stated limit, and memory stays flat until then."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from langcov import limits
from langcov.corpora import comma_separated, open_corpus, parquet, parquet_pages
from langcov.errors import CorpusError

TARGET = 10 << 30
"""Bytes that each bomb unfolds to, or claims."""

MEMORY = 700 << 20
"""Bytes that a process may allocate while it reads one: libraries take 300 MB of them."""

HELD = 3 << 30
"""The same where a record of `LONGEST_RECORD` has to be held."""

READ = """
import resource, sys, time
most, command, path = int(sys.argv[1]), sys.argv[2], sys.argv[3]
resource.setrlimit(resource.RLIMIT_DATA, (most, most))
from langcov.corpora import comma_separated, open_corpus, parquet, parquet_pages
from langcov.errors import LangcovError
from langcov.tokenizers import load_tokenizer
try:
    if command == "corpus":
        for batch in open_corpus(path, language="yor_Latn").batches():
            pass
    else:
        load_tokenizer(path, pattern="cl100k" if path.endswith("tiktoken") else None)
except LangcovError as error:
    print(error)
"""


def told(path: Path, command: str = "corpus", most: int = MEMORY) -> str:
    """What a process that may allocate so much says of a file."""
    done = subprocess.run(
        [sys.executable, "-c", READ, str(most), command, path], capture_output=True, text=True, check=False
    )
    assert not done.stderr, done.stderr[-2000:]
    return done.stdout.strip()


def sparse(path: Path, head: bytes) -> Path:
    """A file of 10 GiB that takes no disk."""
    path.write_bytes(head)
    os.truncate(path, TARGET)
    return path


def test_a_gzip_bomb_ends_at_a_gibibyte(tmp_path: Path) -> None:
    bomb = tmp_path / "yor_Latn.txt.gz"
    bomb.write_bytes(gzip.compress(b"a " * (32 << 20)) * (TARGET >> 26))
    assert bomb.stat().st_size < 12 << 20
    assert f"{bomb}: it unfolds to more than 2 GiB, 200 times its own size or more" in told(bomb)


def test_a_bomb_of_zstd_frames_ends_at_a_gibibyte(tmp_path: Path) -> None:
    bomb = tmp_path / "yor_Latn.jsonl.zst"
    line = json.dumps({"text": "a " * (1 << 20)}).encode() + b"\n"
    bomb.write_bytes(zstandard.compress(line * 64) * (TARGET // (64 * len(line)) + 1))
    assert bomb.stat().st_size < 4 << 20
    assert "it unfolds to more than 1 GiB, 200 times its own size or more" in told(bomb)


def test_a_zstd_frame_that_repeats_one_byte_is_no_burst(tmp_path: Path) -> None:
    bomb = tmp_path / "yor_Latn.txt.zst"
    size = 1 << 17
    block = (size << 3 | 1 << 1).to_bytes(3, "little") + b"a"  # four bytes that unfold to 128 KiB
    bomb.write_bytes(b"\x28\xb5\x2f\xfd\x00\x38" + block * (TARGET // size) + b"\x01\x00\x00")
    assert bomb.stat().st_size < 400_000
    assert "it unfolds to more than 1 GiB" in told(bomb)


def test_a_parquet_cell_that_is_repeated_is_no_burst(tmp_path: Path) -> None:
    bomb = tmp_path / "yor_Latn.parquet"
    text = pl.Series("text", ["a " * (16 << 20)]).new_from_index(0, TARGET >> 25)
    pl.DataFrame({"text": text}).write_parquet(bomb)
    assert bomb.stat().st_size < 8 << 20
    assert "it unfolds to more than" in told(bomb)


def test_a_row_group_that_unfolds_to_too_much_is_refused_before_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "yor_Latn.parquet"
    frame = pl.DataFrame({"text": [f"{number}" + " " * 10_000 for number in range(1_000)]})
    frame.write_parquet(path)
    assert path.stat().st_size < 1 << 20
    monkeypatch.setattr(parquet, "LARGEST_GROUP", 1 << 20)
    with pytest.raises(
        CorpusError, match=r"one of its row groups unfolds to .* write it again with row groups"
    ):
        list(open_corpus(path).batches())
    frame.write_parquet(path, row_group_size=100)
    assert sum(batch.height for batch in open_corpus(path).batches()) == 1_000


@pytest.mark.parametrize("codec", ["uncompressed", "zstd", "snappy", "gzip", "lz4", "brotli"])
def test_pages_say_what_they_unfold_to_whatever_the_codec(tmp_path: Path, codec: str) -> None:
    path = tmp_path / "yor_Latn.parquet"
    frame = pl.DataFrame(
        {"text": [f"{number} lọ sí ọjà." * 50 for number in range(3_000)], "x": range(3_000)}
    )
    frame.write_parquet(path, compression=codec, row_group_size=1_000, data_page_size=10_000)  # type: ignore[arg-type]
    sizes = list(parquet_pages.unfolded_sizes(path, ["text"]))
    text = int(frame["text"].str.len_bytes().sum())
    assert len(sizes) == 3
    assert text < sum(sizes) < 1.05 * text


@pytest.mark.parametrize(
    ("name", "head", "said"),
    [
        ("yor_Latn.jsonl", b'{"text": "', "line 1 is longer than 256 MiB; break it up into documents"),
        ("yor_Latn.csv", b'text\n"', "line 2 is longer than 256 MiB"),
        ("yor_Latn.parquet", b"PAR1", "it is no whole Parquet file"),
    ],
)
def test_a_record_of_ten_gigabytes_is_refused(tmp_path: Path, name: str, head: bytes, said: str) -> None:
    assert said in told(sparse(tmp_path / name, head), most=HELD)


def test_a_quote_that_nobody_closes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comma_separated, "LONGEST_RECORD", 1_000)
    path = tmp_path / "yor_Latn.csv"
    path.write_bytes(b'text\n"' + b"Gbogbo\n" * 143)
    with pytest.raises(CorpusError, match="the row that goes on in line 144 is longer"):
        list(open_corpus(path).batches())
    path.write_bytes(b"text\nGbogbo\n" + b"\n" * 5_000 + b"Gbogbo\n" * 1_000)
    assert sum(batch.height for batch in open_corpus(path).batches()) == 1_001


def test_a_long_line_of_empty_lists_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    path = tmp_path / "yor_Latn.jsonl"
    path.write_bytes(b'{"text": "a", "x": [' + b"[]," * (30 << 20) + b"[]]}")
    assert "line 1 holds more than 4,194,304 values" in told(path)


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("tokenizer.json", b'{"model": {"type": "BPE", "vocab": {"'),
        ("tekken.json", b'{"token_bytes": "'),
        ("tokenizer.model", b"\n\x0e\n\x05<unk>\x15\x00\x00\x00\x00"),
        ("a.tiktoken", b"IQ== 0\n"),
    ],
)
def test_a_tokenizer_of_ten_gigabytes_is_refused(tmp_path: Path, name: str, head: bytes) -> None:
    path = sparse(tmp_path / name, head)
    assert f"{path}: it holds more than 256 MiB, which no tokenizer does" in told(
        path, "tokenizer", MEMORY * 2
    )


def test_a_gzipped_tokenizer_that_unfolds_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_bytes(gzip.compress(b'{"model": "') + gzip.compress(b"a" * (1 << 26)) * (TARGET >> 26))
    assert "it holds more than 256 MiB" in told(path, "tokenizer", MEMORY * 2)


def test_an_honest_file_of_nothing_but_repetition_is_read(tmp_path: Path) -> None:
    path = tmp_path / "yor_Latn.txt.gz"
    path.write_bytes(gzip.compress(b"Gbogbo eniyan ni a bi ni ominira.\n" * 1_000_000))
    rows = sum(batch.height for batch in open_corpus(path).batches())
    assert rows == 1_000_000
    assert 34 * rows > 200 * path.stat().st_size


@given(
    size=st.integers(0, 1 << 50),
    times=st.floats(0, limits.UNFOLDS_TIMES, exclude_max=True),
)
def test_a_corpus_of_any_size_may_unfold_to_many_times_its_own(size: int, times: float) -> None:
    limits.Unfolding(Path("a.gz"), size, "unpack it").add(int(size * times))


@given(size=st.integers(0, 1 << 50))
def test_beyond_both_limits_it_ends(size: int) -> None:
    unfolding = limits.Unfolding(Path("a.gz"), size, "unpack it")
    unfolding.add(max(limits.UNFOLDS_FREELY, limits.UNFOLDS_TIMES * size))
    with pytest.raises(CorpusError, match=r"a.gz: it unfolds to more than .* unpack it"):
        unfolding.add(1)


VALUES = st.recursive(
    st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


@given(value=VALUES)
def test_values_are_counted_as_a_parser_would(value: object) -> None:
    text = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    commas_and_openings = sum(text_parts(value))
    assert not limits.holds_more(text, commas_and_openings)
    assert limits.holds_more(text, commas_and_openings - 1)


def text_parts(value: object) -> list[int]:
    if not isinstance(value, list | dict):
        return [0]
    inner = list(value.values()) if isinstance(value, dict) else value
    return [1 + max(len(inner) - 1, 0), *(part for each in inner for part in text_parts(each))]
