"""What a worker has in memory while it does a task."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from langcov.corpora import open_corpus
from langcov.engines import tasks
from langcov.engines.blocks import Scratch, Writer
from langcov.engines.parts import Parts
from langcov.folders import Folder
from langcov.tokenizers.load import TokenizerSource

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("taken", "kept"), [(tasks.ROOM, True), (tasks.ROOM + 1, False), (None, True)])
def test_a_worker_that_takes_much_forgets_its_tokenizer_before_it_analyses(
    taken: int | None, kept: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "eng_Latn.txt").write_text("All human beings are born free.\n", encoding="utf-8")
    scratch = Scratch(tmp_path)
    parts = Parts(Folder.at(tmp_path / "run"), tmp_path)
    writer = Writer(scratch.read(0))
    for frame in open_corpus(str(tmp_path / "*.txt")).batches():
        writer.add(frame)
    writer.close()
    ready = tasks.prepare(0, TokenizerSource("mistral"), None, scratch)
    monkeypatch.setattr(tasks, "resident_bytes", lambda: taken)
    tasks.analyse_block(0, scratch, parts, counted=False)
    assert [each.file for each in tasks._at_hand] == [ready.file] * kept
    tasks.count_block(0, ready, scratch, parts)  # and takes it again
    assert [each.file for each in tasks._at_hand] == [ready.file]
    tasks.forget()
