"""Files larger than memory stream: what a corpus holds does not grow with its size."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import polars as pl
import pytest

if TYPE_CHECKING:
    from pathlib import Path

MEASURE = """
import resource, sys
import polars as pl
from langcov.corpora import open_corpus
warm, path = sys.argv[1:]
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
list(open_corpus(warm).batches())
before, size = peak(), 0
for batch in open_corpus(path).batches():
    size += batch["text"].str.len_bytes().sum()
print(size, peak() - before)
"""


def measured(warm: Path, path: Path) -> tuple[int, int]:
    """Read a corpus in a process of its own; return its bytes of text, and by how many bytes its memory peaked higher."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, warm, path], capture_output=True, text=True, check=True
    )
    size, grown = map(int, done.stdout.split())
    return size, grown


def test_a_compressed_file_of_100_mb_takes_less_than_half_of_that(tmp_path: Path) -> None:
    line = (
        json.dumps({"text": "Gbogbo ènìyàn ni a bí ní òmìnira; " * 50}, ensure_ascii=False).encode() + b"\n"
    )
    warm, large = tmp_path / "yo.jsonl.gz", tmp_path / "yor_Latn.jsonl.gz"
    warm.write_bytes(gzip.compress(line))
    with gzip.open(large, "wb", compresslevel=1) as file:
        for _ in range(50):
            file.write(line * 1_000)
    size, grown = measured(warm, large)
    assert size > 95_000_000
    assert grown < 50_000_000


def test_one_line_of_100_mb_takes_less_than_half_of_that(tmp_path: Path) -> None:
    warm, large = tmp_path / "yo.txt", tmp_path / "yor_Latn.txt"
    warm.write_text("Gbogbo")
    large.write_bytes(b"Gbogbo eniyan " * 7_500_000)
    size, grown = measured(warm, large)
    assert size == large.stat().st_size
    assert grown < 50_000_000


@pytest.mark.parametrize("groups", [1_000, 10_000])
def test_parquet_is_read_in_windows(tmp_path: Path, groups: int) -> None:
    warm, large = tmp_path / "yo.parquet", tmp_path / "yor_Latn.parquet"
    text = pl.int_range(50_000, eager=True).cast(pl.String) + "Gbogbo eniyan ni a bi ni ominira " * 70
    pl.DataFrame({"text": text[:10]}).write_parquet(warm)
    pl.DataFrame({"text": text}).write_parquet(large, row_group_size=groups)
    size, grown = measured(warm, large)
    assert size > 110_000_000
    assert grown < 110_000_000
