"""The CONTRIBUTING page's examples, run as they stand; and the traps of the layout that it warns of."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HOME = {"measure": "measures", "corpus": "corpora", "tokenizer": "tokenizers"}


def example(kind: str) -> str:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    found = re.search(rf"```python {kind}\n(.*?)```", text, re.DOTALL)
    assert found is not None, kind
    return found[1]


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package with each example as one new file in its room, and no other edit."""
    folder = tmp_path_factory.mktemp("extended")
    shutil.copytree(
        ROOT / "coverage" / "langcov", folder / "langcov", ignore=shutil.ignore_patterns("__pycache__")
    )
    for kind, room in HOME.items():
        (folder / "langcov" / room / f"an_example_{kind}.py").write_text(example(kind), encoding="utf-8")
    return folder


def run_there(extended: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "langcov", *arguments]
    done = subprocess.run(command, cwd=extended, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_each_example_is_under_twenty_lines() -> None:
    for kind in HOME:
        assert len([line for line in example(kind).splitlines() if line.strip()]) < 20, kind


def test_a_new_measure_format_and_tokenizer_are_one_file_each_and_work_together(extended: Path) -> None:
    (extended / "text.tsv").write_text(
        "eng_Latn\tone two\neng_Latn\tthree\nyor_Latn\tọ̀kan èjì\n", encoding="utf-8"
    )
    (extended / "letters.chars").write_text("chars: abcdefghijklmnopqrstuvwxyz", encoding="utf-8")
    printed = run_there(
        extended, "compare", "./letters.chars", "--corpus", "text.tsv", "--show", "tokens_per_segment"
    )
    assert re.search(r"eng_Latn English\s+6\.00", printed), printed
    page = (extended / "langcov-run" / "index.html").read_text(encoding="utf-8")
    assert "Tokens per segment" in page


def test_a_new_measure_is_listed_and_explained(extended: Path) -> None:
    assert "tokens_per_segment" in run_there(extended, "measures")
    assert "How many tokens a paragraph takes" in run_there(extended, "measures", "tokens_per_segment")


def test_the_source_root_is_no_package_and_is_not_ignored() -> None:
    assert not (ROOT / "coverage" / "__init__.py").exists()
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert not {"coverage", "coverage/", "/coverage", "/coverage/"} & set(ignored)


def test_a_room_imports_only_rooms_to_its_left() -> None:
    order = ["corpora", "tokenizers", "census", "engines", "measures", "report"]
    for place, room in enumerate(order):
        for file in (ROOT / "coverage" / "langcov" / room).rglob("*.py"):
            imported = set(re.findall(r"(?:from|import) langcov\.(\w+)", file.read_text(encoding="utf-8")))
            assert not imported & set(order[place + 1 :]), file
    # Neither end of the bridge between text and tokens knows the other.
    for room, other in (("corpora", "tokenizers"), ("tokenizers", "corpora")):
        for file in (ROOT / "coverage" / "langcov" / room).rglob("*.py"):
            assert f"langcov.{other}" not in file.read_text(encoding="utf-8"), file
