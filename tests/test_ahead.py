"""What takes no counts is made while workers count, and goes unnoticed if it can't be made."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

from langcov import ahead
from langcov.corpora import open_corpus
from langcov.errors import CorpusError

if TYPE_CHECKING:
    from pathlib import Path


def test_what_measures_and_page_import_is_there_before_they_ask() -> None:
    script = """
    import sys
    from langcov import ahead
    from langcov.corpora import open_corpus
    corpus = open_corpus("samples")
    ahead.get_ready(corpus, ["yor_Latn"]).join()
    print(all(module in sys.modules for module in ahead.HEAVY), "fingerprint" in vars(corpus))
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "True True\n"
    assert not done.stderr


def test_a_file_that_vanishes_is_told_by_whoever_asks(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "en.txt"
    file.write_text("one\n")
    corpus = open_corpus(file)
    file.unlink()
    ahead.get_ready(corpus).join()
    assert not capfd.readouterr().err
    with pytest.raises(CorpusError, match="the file is not there any more"):
        _ = corpus.fingerprint
