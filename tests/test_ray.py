"""Counting on a Ray cluster gives what counting on one machine gives, whatever is killed on the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

from langcov.census import save_census
from langcov.corpora import open_corpus
from langcov.corpora.partitions import partitions
from langcov.corpora.stamps import Stamp
from langcov.engines import plans
from langcov.engines import ray as engine
from langcov.engines.chosen import counter
from langcov.engines.cluster import connected
from langcov.engines.partition_tasks import Job, count_partition, versions
from langcov.engines.processes import count_in_processes
from langcov.engines.ray import count_on_ray
from langcov.errors import CorpusError, Interrupted, RunError
from langcov.folders import Folder
from langcov.tokenizers.load import TokenizerSource
from lost_worker import WaitingSource
from object_store import uploaded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from langcov.corpora.base import Corpus
    from langcov.engines.progress import Progress
    from langcov.engines.tasks import Source

SOURCES = [TokenizerSource("mistral"), TokenizerSource("deepseek"), TokenizerSource("mbert")]
PART_BYTES = 8_000
PATIENCE_SECONDS = 120


@pytest.fixture(scope="module")
def cluster(_store: dict[str, str]) -> Iterator[None]:
    """Two Ray workers on this machine, which know the object store."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in _store.items():
            patch.setenv(name, value)
        with connected("local", 2):
            yield


@pytest.fixture(autouse=True)
def _small_partitions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "LEAST_PARTITION_BYTES", PART_BYTES)


@pytest.fixture(scope="module")
def texts(udhr_frame: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five languages of UDHR: three as JSON lines, one as Parquet of several row groups, one as plain text."""
    folder = tmp_path_factory.mktemp("texts")
    rows = udhr_frame.select("language", "text")
    mixed = rows.filter(pl.col("language").is_in(["eng_Latn", "amh_Ethi", "mya_Mymr"]))
    (folder / "mixed.jsonl").write_text(
        "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in mixed.iter_rows(named=True)),
        encoding="utf-8",
    )
    rows.filter(pl.col("language") == "hin_Deva").write_parquet(
        folder / "more.parquet", row_group_size=25, compression="uncompressed"
    )
    plain = rows.filter(pl.col("language") == "yor_Latn")["text"]
    (folder / "yor_Latn.txt").write_text("\n".join(plain), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def undisturbed(texts: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The saved census of the local engine."""
    folder = Folder.at(tmp_path_factory.mktemp("local"))
    return _saved(count_in_processes(_corpus(texts), SOURCES, folder), tmp_path_factory.mktemp("saved"))


def test_the_texts_are_cut_in_every_way(texts: Path) -> None:
    names = [part.name for part in partitions(_corpus(texts), None, PART_BYTES)]
    assert sum("jsonl bytes" in name for name in names) > 3
    assert sum("parquet rows" in name for name in names) > 1, names
    assert sum("yor_Latn.txt bytes" in name for name in names) > 1


@pytest.mark.usefixtures("cluster")
def test_a_killed_workers_task_is_done_again_and_the_census_is_the_local_one(
    texts: Path, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    waiting = tmp_path / "waiting"
    sources: list[Source] = [SOURCES[0], WaitingSource("deepseek", str(waiting)), SOURCES[2]]
    killed: list[int] = []

    def kill() -> None:
        killed.append(int(_awaited(waiting)))
        os.kill(killed[0], signal.SIGKILL)  # it waits in the middle of a task for this

    lost: list[str] = []
    seen: list[Progress] = []
    with _beside(kill):
        census = count_on_ray(
            _corpus(texts), sources, Folder.at(tmp_path / "run"), on_progress=seen.append, on_lost=lost.append
        )
    assert _saved(census, tmp_path / "saved") == undisturbed
    assert killed
    assert len(lost) == 1
    assert "was lost; it is tried again (2 of 4)" in lost[0]
    assert (seen[-1].bytes, seen[-1].languages) == (int(census.text["bytes"].sum()), 5)


@pytest.mark.usefixtures("cluster")
def test_ctrl_c_keeps_what_was_counted_for_the_same_engine_only(
    texts: Path, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    waiting, folder = tmp_path / "waiting", Folder.at(tmp_path / "run")
    sources: list[Source] = [SOURCES[0], SOURCES[1], WaitingSource("mbert", str(waiting))]
    counted = threading.Event()

    def interrupt() -> None:
        _awaited(waiting)
        assert counted.wait(PATIENCE_SECONDS)  # the other worker goes on meanwhile
        os.kill(os.getpid(), signal.SIGINT)

    with _beside(interrupt), pytest.raises(Interrupted, match=r"are kept in .* --resume"):
        count_on_ray(_corpus(texts), sources, folder, on_progress=lambda _: counted.set())
    assert _ends(int(_awaited(waiting)))

    with pytest.raises(RunError, match=r"an unfinished run is here; go on with it with --resume"):
        count_on_ray(_corpus(texts), sources, folder)
    with pytest.raises(RunError, match='is another one: its engine was "ray, partitions of 8,000 bytes"'):
        count_in_processes(_corpus(texts), SOURCES, folder, resume=True)

    seen: list[Progress] = []
    census = count_on_ray(_corpus(texts), sources, folder, resume=True, on_progress=seen.append)
    assert seen[0].bytes > 0
    assert len(seen) <= len(partitions(_corpus(texts), None, PART_BYTES))
    assert _saved(census, tmp_path / "saved") == undisturbed


@pytest.mark.usefixtures("cluster")
def test_text_and_run_may_lie_in_an_object_store(
    texts: Path, undisturbed: dict[str, bytes], tmp_path: Path, store: dict[str, str]
) -> None:
    assert store
    address = uploaded(texts, texts.name)  # a corpus is named after its folder
    folder = Folder.at("s3://texts/ray-run")
    census = count_on_ray(_corpus(address), SOURCES, folder)
    assert _saved(census, tmp_path / "saved") == undisturbed
    plans.clear(folder)
    assert folder.names() == []


@pytest.mark.usefixtures("cluster")
def test_a_local_run_is_not_taken_up_on_a_cluster(texts: Path, tmp_path: Path) -> None:
    folder = Folder.at(tmp_path)
    plan = plans.Plan.of(_corpus(texts), None, "local, blocks of 67,108,864 bytes")
    folder.put(plans.PLAN, json.dumps(dict(plan.what)).encode())
    folder.put("parts/000000-000000.t00.tokens.parquet", b"")
    with pytest.raises(RunError, match='its engine was "local, blocks of 67,108,864 bytes" and is "ray,'):
        count_on_ray(_corpus(texts), SOURCES, folder, resume=True)


@pytest.mark.usefixtures("cluster")
def test_more_tokenizers_than_a_worker_holds_are_counted_in_turns(
    texts: Path, undisturbed: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "MOST_LOADED", 2)
    seen: list[Progress] = []
    census = count_on_ray(_corpus(texts), SOURCES, Folder.at(tmp_path / "run"), on_progress=seen.append)
    assert _saved(census, tmp_path / "saved") == undisturbed
    assert len(seen) == 2 * len(partitions(_corpus(texts), None, PART_BYTES))


def test_the_command_counts_on_a_cluster_of_its_own_into_an_object_store(
    texts: Path, tmp_path: Path, store: dict[str, str]
) -> None:
    assert store
    same = [f"{texts}/*", "--language-column", "language", "--seed", "7"]
    address = "s3://texts/runs/command"
    there = _langcov(
        "compare", "mistral", "--engine", "ray", "--workers", "1", "--out", address, "--corpus", *same
    )
    assert there.returncode == 0, there.stderr
    assert f"Page: {address}/index.html" in there.stdout
    here = _langcov("compare", "mistral", "--out", str(tmp_path / "run"), "--corpus", *same)
    assert here.returncode == 0, here.stderr
    folder = Folder.at(address)
    names = folder.names()
    assert names == sorted(path.relative_to(tmp_path / "run").as_posix() for path in _files(tmp_path / "run"))
    for name in names:
        if name.startswith("census/"):
            assert folder.get(name) == (tmp_path / "run" / name).read_bytes()
    page = folder.get("index.html")
    folder.remove(["index.html"])
    assert _langcov("report", address).stdout == f"{address}/index.html\n"
    assert folder.get("index.html") == page


def test_an_address_that_holds_another_files_is_refused(
    texts: Path, tmp_path: Path, store: dict[str, str]
) -> None:
    assert store
    (tmp_path / "index.html").write_bytes(b"my page")
    uploaded(tmp_path, "foreign")
    refused = _langcov(
        "compare", "mistral", "--corpus", str(texts / "yor_Latn.txt"), "--out", "s3://texts/foreign"
    )
    assert refused.returncode == 2
    assert (
        "there are index.html, which langcov did not write; name another address with --out" in refused.stderr
    )


def test_a_cluster_that_is_not_there_is_named(texts: Path, tmp_path: Path) -> None:
    refused = _langcov(
        *("compare", "mistral", "--corpus", str(texts / "yor_Latn.txt"), "--out", str(tmp_path / "run")),
        *("--engine", "ray", "--ray-address", "127.0.0.1:1"),
    )
    assert refused.returncode == 2
    assert refused.stderr.startswith("langcov: 127.0.0.1:1: no Ray cluster can be reached (")
    assert len(refused.stderr.splitlines()) == 1
    assert not (tmp_path / "run").exists()


def test_without_ray_the_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(RunError, match=r"run: pip install 'langcov\[ray\]'"), connected():
        pass


def test_a_clusters_address_is_of_no_use_to_the_local_engine() -> None:
    with pytest.raises(RunError, match="add --engine ray"):
        counter("local", "127.0.0.1:6379")


def test_a_machine_that_does_not_see_the_files_or_the_folder_says_so(texts: Path, tmp_path: Path) -> None:
    folder = Folder.at(tmp_path / "run")
    part = partitions(_corpus(texts), None, PART_BYTES)[0]

    def job(name: str, plan: bytes = b"{}", **others: str) -> Job:
        return Job(f"{tmp_path}-{name}", folder, plan, {**versions(), **others}, None)

    with pytest.raises(RunError, match="does not see this run folder; name one that all machines share"):
        count_partition(job("absent"), 0, part, [], (), True, _nothing)
    folder.put(plans.PLAN, b"{}")
    with pytest.raises(RunError, match="does not see this run folder"):
        count_partition(job("another", b"[]"), 0, part, [], (), True, _nothing)
    with pytest.raises(RunError, match=r"has ICU .*, the run began with 1; install the same versions"):
        count_partition(job("older", ICU="1"), 0, part, [], (), True, _nothing)
    elsewhere = [Stamp(str(tmp_path / "elsewhere.txt"), 1)]
    with pytest.raises(CorpusError, match="does not see this file; put it where all machines"):
        count_partition(job("right"), 0, part, elsewhere, (), True, _nothing)
    assert count_partition(job("right"), 0, part, [], (), True, _nothing).segments > 0


def _corpus(place: Path | str) -> Corpus:
    return open_corpus(f"{place}", language_column="language")


def _saved(census: object, folder: Path) -> dict[str, bytes]:
    """A census as it is saved: name of each file, and its content, but for where a tokenizer's file lies."""
    save_census(census, folder)  # type: ignore[arg-type]
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _nothing(place: int) -> bytes:
    raise AssertionError(place)


def _langcov(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "langcov", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1] / "coverage")},
    )


def _awaited(file: Path) -> str:
    """A file's content as soon as it is there."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not file.exists():
        assert time.monotonic() < end
        time.sleep(0.05)
    return file.read_text(encoding="utf-8")


def _ends(process: int) -> bool:
    """Whether a process ends, be it that nobody has asked for its exit code yet."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        try:
            state = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state in {"Z", "X"}:
            return True
        time.sleep(0.05)
    return False


class _beside:  # noqa: N801
    """Do something in a thread while the block runs."""

    def __init__(self, action: Callable[[], None]) -> None:
        self.thread = threading.Thread(target=action, daemon=True)

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *_: object) -> None:
        self.thread.join(PATIENCE_SECONDS)
