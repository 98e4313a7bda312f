"""A run's folder works alike on a disk and in an object store."""

from __future__ import annotations

import os
import pickle
from typing import TYPE_CHECKING

import pytest

from langcov import folders
from langcov.errors import RunError
from langcov.folders import Folder
from object_store import BUCKET

if TYPE_CHECKING:
    from pathlib import Path

    from pytest import FixtureRequest  # noqa: PT013 - only its type


@pytest.fixture(params=["disk", "store"])
def folder(request: FixtureRequest, tmp_path: Path) -> Folder:
    if request.param == "disk":
        return Folder.at(tmp_path / "run")
    request.getfixturevalue("store")
    return Folder.at(f"s3://{BUCKET}/{tmp_path.name}/run/")


def test_what_was_put_is_there_and_listed(folder: Folder, tmp_path: Path) -> None:
    assert folder.names() == folder.names("parts/") == []
    folder.put("manifest.json", b"{}")
    folder.put("parts/0001", b"one")
    folder.put("parts/0002", b"two")
    folder.put("parts/more/0003", b"")
    assert folder.names() == ["manifest.json", "parts/0001", "parts/0002", "parts/more/0003"]
    assert folder.names("parts/") == ["parts/0001", "parts/0002", "parts/more/0003"]
    assert folder.names("parts/000") == ["parts/0001", "parts/0002"]
    assert folder.names("nothing/") == folder.names("mani/") == []
    assert folder.get("parts/0001") == b"one"
    assert folder.get("parts/more/0003") == b""
    folder.put("parts/0001", b"other")
    same: Folder = pickle.loads(pickle.dumps(folder))
    assert same == folder == Folder.at(folder.address)
    assert same.get("parts/0001") == b"other"
    assert folder.fetch("parts/0001", tmp_path / "new" / "part").read_bytes() == b"other"


def test_a_file_of_this_machine_is_put_and_fetched(folder: Folder, tmp_path: Path) -> None:
    for content in (b"x" * 1_000_000, b""):
        local = tmp_path / "table.parquet"
        local.write_bytes(content)
        folder.put_file("census/table.parquet", local)
        fetched = folder.fetch("census/table.parquet", tmp_path / "fetched")
        assert fetched.read_bytes() == content
        assert folder.names() == ["census/table.parquet"]


def test_files_are_removed_and_absent_ones_are_no_error(folder: Folder) -> None:
    folder.put("a", b"a")
    folder.put("b/c", b"c")
    folder.remove(["a", "nothing", "b/nothing", "nowhere/nothing"])
    assert folder.names() == ["b/c"]
    folder.remove([])


def test_a_file_that_is_not_there_is_one_sentence(folder: Folder, tmp_path: Path) -> None:
    for ask in (lambda: folder.get("nothing"), lambda: folder.fetch("nothing", tmp_path / "to")):
        with pytest.raises(
            RunError, match=r"run/nothing: (can't be read \(no such file|there is no such object)"
        ):
            ask()
    assert not (tmp_path / "to").exists()
    assert [name for name in os.listdir(tmp_path) if name.endswith(folders.ASIDE)] == []  # noqa: PTH208 - hidden ones too


def test_a_place_on_this_machine_is_the_same_from_any_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Folder.at("out/run")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    folder.put("a", b"a")
    assert (tmp_path / "out" / "run" / "a").read_bytes() == b"a"


def test_a_disk_that_fills_up_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Folder.at(tmp_path / "run")
    folder.put("a", b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folders, "_flush", full)
    with pytest.raises(
        RunError, match=r"run/a: can't write here \(no space left on device\); free some space"
    ):
        folder.put("a", b"new")
    assert folder.get("a") == b"old"
    assert os.listdir(tmp_path / "run") == ["a"]  # noqa: PTH208 - hidden ones too


def test_a_file_that_another_process_is_writing_is_not_listed(tmp_path: Path) -> None:
    folder = Folder.at(tmp_path / "run")
    folder.put("a", b"a")
    (tmp_path / "run" / f".0123{folders.ASIDE}").write_bytes(b"half")
    assert folder.names() == ["a"]


def test_a_file_from_another_disk_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    local = tmp_path / "table"
    local.write_bytes(b"table")
    rename = type(local).replace

    def within_one_disk(path: Path, target: Path) -> Path:
        if path == local:
            raise OSError(18, "Invalid cross-device link")
        return rename(path, target)

    monkeypatch.setattr(type(local), "replace", within_one_disk)
    folder = Folder.at(tmp_path / "run")
    folder.put_file("table", local)
    assert folder.get("table") == b"table"
    assert folder.names() == ["table"]


def test_places_that_cannot_be_written_or_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    folder = Folder.at(tmp_path / "file" / "run")
    with pytest.raises(RunError, match=r"can't write here \(not a directory\)"):
        folder.put("a", b"a")
    assert folder.names() == []
    taken = Folder.at(tmp_path)
    (tmp_path / "b").mkdir()
    with pytest.raises(RunError, match=r"b: can't write here \(is a directory\)"):
        taken.put("b", b"b")
    with pytest.raises(RunError, match=r"b: can't be removed \(is a directory\)"):
        taken.remove(["b"])
    with pytest.raises(RunError, match=r"nothing: can't be read \(no such file or directory\)"):
        taken.put_file("c", tmp_path / "nothing")


def test_a_store_that_cannot_be_used_is_one_sentence(
    store: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert store
    folder = Folder.at("s3://nowhere/run")
    for use in (
        lambda: folder.put("a", b"a"),
        lambda: folder.get("a"),
        folder.names,
        lambda: folder.remove(["a"]),
        lambda: folder.fetch("a", tmp_path / "a"),
    ):
        with pytest.raises(RunError, match=r"s3://nowhere/run.*: there is no such (bucket|object); check"):
            use()
    with pytest.raises(RunError, match=r"ftp://host/run/a: addresses that begin with ftp:// can't be used"):
        Folder.at("ftp://host/run").put("a", b"a")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(RunError, match=r"s3://nowhere/run/a: the store can't be reached; check the network"):
        folder.put("a", b"a")
