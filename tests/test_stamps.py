"""A file that vanishes or changes while it is counted is noticed, and named with what changed."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest

from langcov.corpora import open_corpus
from langcov.corpora.stamps import Stamp, check_unchanged, stamp_of
from langcov.errors import CorpusError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def stamps(tmp_path: Path) -> tuple[Stamp, ...]:
    (tmp_path / "en.txt").write_text("one")
    (tmp_path / "yo.txt").write_text("one")
    return stamp_of(open_corpus(tmp_path))


def test_what_has_not_changed_is_left_in_peace(
    tmp_path: Path, stamps: tuple[Stamp, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [stamp.path for stamp in stamps] == [str(tmp_path / "en.txt"), str(tmp_path / "yo.txt")]
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    check_unchanged(stamps)


def test_stamps_pass_through_json(tmp_path: Path, stamps: tuple[Stamp, ...]) -> None:
    (tmp_path / os.fsdecode(b"sw.\xff.txt")).write_text("no name in UTF-8")
    odd = stamp_of(open_corpus(tmp_path))
    assert len(odd) == 3
    for each in (*stamps, *odd):
        assert Stamp(**json.loads(json.dumps(asdict(each), ensure_ascii=False).encode())) == each
    check_unchanged(odd)
    (tmp_path / os.fsdecode(b"sw.\xff.txt")).unlink()
    with pytest.raises(CorpusError, match=r"sw\.%FF\.txt: it vanished"):
        check_unchanged(odd)


def test_a_file_that_vanished(tmp_path: Path, stamps: tuple[Stamp, ...]) -> None:
    (tmp_path / "yo.txt").unlink()
    with pytest.raises(
        CorpusError, match=r"yo\.txt: it vanished while it was counted; put it back .* count anew"
    ):
        check_unchanged(stamps)


def test_a_file_that_grew(tmp_path: Path, stamps: tuple[Stamp, ...]) -> None:
    (tmp_path / "yo.txt").write_text("one more")
    with pytest.raises(CorpusError, match=r"yo\.txt: it changed .*: it had 3 bytes and has 8; put it back"):
        check_unchanged(stamps)


def test_a_file_of_the_same_size_that_was_written_again(tmp_path: Path, stamps: tuple[Stamp, ...]) -> None:
    os.utime(tmp_path / "yo.txt", ns=(0, 10**18))
    with pytest.raises(
        CorpusError, match=r"yo\.txt: it changed .* last changed 20.*, and now 2001-09-09 01:46:40"
    ):
        check_unchanged(stamps)


def test_text_that_is_in_no_file_has_no_stamps() -> None:
    assert stamp_of(open_corpus("samples")) == ()
    check_unchanged(())


def test_a_file_that_was_gone_before_the_run(tmp_path: Path) -> None:
    (tmp_path / "yo.txt").write_text("one")
    corpus = open_corpus(tmp_path)
    (tmp_path / "yo.txt").unlink()
    with pytest.raises(CorpusError, match=r"yo\.txt: the file is not there any more"):
        stamp_of(corpus)
