"""A run that is killed, interrupted or cut off goes on where it was, and ends as if nothing had happened."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

import small_run
from langcov import folders
from langcov.engines import plans
from langcov.engines.parts import FOLDER, Parts
from langcov.errors import CorpusError, Interrupted, RunError
from langcov.folders import Folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from langcov.engines.progress import Progress

KILLS = 25
IN_WORKERS = 5
"""So many of the kills meet a run with worker processes; the others one that counts in its own process."""


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inputs")
    small_run.lay_out(folder)
    return folder


@pytest.fixture(scope="module")
def undisturbed(inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return small_run.count(inputs, tmp_path_factory.mktemp("undisturbed"))


def child(inputs: Path, out: Path, *, workers: int | None, kill_at: int | None) -> subprocess.Popen[str]:
    settings = {"inputs": str(inputs), "out": str(out), "workers": workers, "kill_at": kill_at}
    return subprocess.Popen(
        [sys.executable, small_run.__file__, json.dumps(settings)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


@pytest.fixture(scope="module")
def steps(inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[int | None, int]:
    """How often an undisturbed run touches files, with and without worker processes."""
    found = {}
    for workers in (None, 2):
        process = child(inputs, tmp_path_factory.mktemp("steps") / "run", workers=workers, kill_at=None)
        said, _ = process.communicate()
        assert process.returncode == 0
        found[workers] = int(said)
    return found


@pytest.mark.parametrize("seed", range(KILLS))
def test_a_run_killed_at_a_random_moment_is_resumed_to_the_same_census_byte_for_byte(
    seed: int,
    inputs: Path,
    undisturbed: dict[str, bytes],
    steps: dict[int | None, int],
    tmp_path: Path,
) -> None:
    workers = 2 if seed < IN_WORKERS else None
    # What Python itself opens while it starts is no step of the run's.
    kill_at = random.Random(seed).randrange(steps[workers] // 8, steps[workers])
    process = child(inputs, tmp_path / "run", workers=workers, kill_at=kill_at)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert small_run.count(inputs, tmp_path / "run", resume=True) == undisturbed
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["census"]


def stop_after(calls: int, error: type[BaseException]) -> Callable[[Progress], None]:
    """What is called with progress, and raises in the middle of the run."""
    left = iter(range(calls))

    def on_progress(_: Progress) -> None:
        if next(left, None) is None:
            raise error

    return on_progress


def test_ctrl_c_keeps_what_is_counted_and_says_how_to_go_on(
    inputs: Path, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    with pytest.raises(Interrupted, match=r"\d+ counts .* are kept in .*--resume"):
        small_run.count(inputs, tmp_path, on_progress=stop_after(30, KeyboardInterrupt))
    kept = Parts(Folder.at(tmp_path), tmp_path).counted()
    assert len(kept) > 1
    assert small_run.count(inputs, tmp_path, resume=True) == undisturbed


def test_ctrl_c_in_the_terminal_ends_the_command_and_its_workers(inputs: Path, tmp_path: Path) -> None:
    # The text is read again and again, so that the run could not end by itself before the signal comes.
    folder = tmp_path / "texts"
    folder.mkdir()
    for copy in range(40):
        text = (inputs / "eng_Latn.txt").read_text() * 40
        (folder / f"eng_Latn.{copy}.txt").write_text(text)
    spec = [str(inputs / f"bpe{size}.json") for size in (270, 300, 340)]
    command = [sys.executable, "-m", "langcov", "compare", *spec, "--corpus", str(folder), "--workers", "2"]
    process = subprocess.Popen(
        [*command, "--out", str(tmp_path / "run")],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    parts = tmp_path / "run" / FOLDER
    while process.poll() is None and not any(parts.glob("*.t0?.pieces.parquet")):
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate()
    if process.returncode == 0:
        pytest.fail("the run was over before it could be interrupted")
    assert process.returncode == 130
    assert said.startswith("langcov: interrupted; ")
    assert "--resume" in said
    assert "Traceback" not in said


def test_an_unfinished_run_is_neither_forgotten_nor_mixed_up_with_another(
    tmp_path: Path,
) -> None:
    small_run.lay_out(tmp_path)
    out = tmp_path / "run"
    with pytest.raises(Interrupted):
        small_run.count(tmp_path, out, on_progress=stop_after(30, KeyboardInterrupt))
    before = small_run.files_of(out / FOLDER)
    with pytest.raises(RunError, match="an unfinished run is here; go on with it with --resume"):
        small_run.count(tmp_path, out)
    (tmp_path / "eng_Latn.txt").write_text("Another text.")
    with pytest.raises(RunError, match="another one: its input was"):
        small_run.count(tmp_path, out, resume=True)
    assert small_run.files_of(out / FOLDER) == before


def test_another_tokenizer_of_the_same_name_does_not_go_on_with_the_parts(tmp_path: Path) -> None:
    small_run.lay_out(tmp_path)
    out = tmp_path / "run"
    with pytest.raises(Interrupted):
        small_run.count(tmp_path, out, on_progress=stop_after(30, KeyboardInterrupt))
    (tmp_path / "bpe270.json").write_bytes((tmp_path / "bpe300.json").read_bytes())
    with pytest.raises(RunError, match="tokenizer 1's fingerprint was"):
        small_run.count(tmp_path, out, resume=True)


@pytest.mark.parametrize("change", ["vanished", "had", "last changed"])
def test_input_that_vanishes_or_changes_in_mid_run_is_named_and_parts_are_kept(
    change: str, tmp_path: Path
) -> None:
    small_run.lay_out(tmp_path)
    victim = tmp_path / "zho_Hans.txt"
    told = iter(range(40))

    def on_progress(_: Progress) -> None:
        if next(told, None) != 20:
            return
        if change == "vanished":
            victim.unlink()
        elif change == "had":
            with victim.open("a") as file:
                file.write("more\n")
        else:
            os.utime(victim, (1, 1))

    with pytest.raises(CorpusError, match=change) as caught:
        small_run.count(tmp_path, tmp_path / "run", on_progress=on_progress)
    assert "zho_Hans.txt" in str(caught.value)
    assert plans.worth_keeping(Parts(Folder.at(tmp_path / "run"), tmp_path))


@pytest.mark.parametrize("after", [1, 25, 60])
def test_a_disk_that_fills_up_in_mid_run_is_said_and_what_was_counted_is_kept(
    after: int,
    inputs: Path,
    undisturbed: dict[str, bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    flush, room = folders._flush, iter(range(after))

    def flush_while_there_is_room(number: int) -> None:
        if next(room, None) is None:
            raise OSError(28, "No space left on device")
        flush(number)

    monkeypatch.setattr(folders, "_flush", flush_while_there_is_room)
    with pytest.raises(RunError, match="no space left on device") as caught:
        small_run.count(inputs, tmp_path / "run")
    monkeypatch.undo()
    nothing_yet = after == 1
    assert ("--resume" in str(caught.value)) != nothing_yet
    assert (tmp_path / "run").exists() != nothing_yet
    assert small_run.count(inputs, tmp_path / "run", resume=True) == undisturbed


def test_two_runs_at_once_cannot_share_a_folder(inputs: Path, tmp_path: Path) -> None:
    def on_progress(_: Progress) -> None:
        with pytest.raises(RunError, match="another langcov is counting into this folder"):
            small_run.count(inputs, tmp_path, resume=True)

    small_run.count(inputs, tmp_path, on_progress=on_progress)


def test_a_worker_that_is_killed_is_replaced_and_its_task_done_again(
    inputs: Path, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    import multiprocessing

    killed: list[int] = []

    def on_progress(_: Progress) -> None:
        workers = multiprocessing.active_children()
        if not killed and workers:
            killed.append(workers[0].pid or 0)
            workers[0].kill()

    found = small_run.count(inputs, tmp_path, workers=2, on_progress=on_progress)
    assert killed
    assert found == undisturbed


def test_a_process_that_may_start_no_others_counts_by_itself(
    inputs: Path, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    import multiprocessing

    process = multiprocessing.get_context("spawn").Process(
        target=small_run.count, args=(inputs, tmp_path), kwargs={"workers": 2}, daemon=True
    )
    process.start()
    process.join()
    assert process.exitcode == 0
    assert small_run.files_of(tmp_path / "census") == undisturbed
