"""A measure that another package brings shows up everywhere, once that package is installed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

import langcov

if TYPE_CHECKING:
    from collections.abc import Callable

    from langcov.census import Census
    from langcov.corpora.base import Corpus
    from langcov.tokenizers.base import Tokenizer

ROOT = Path(__file__).parent.parent
MODULE = re.search(
    r"```python measure\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.DOTALL
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which pip installed a package with one measure."""
    assert MODULE is not None
    folder = tmp_path_factory.mktemp("plugin")
    wheel = folder / "segment_measures-1.0-py3-none-any.whl"
    info = "segment_measures-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("segment_measures.py", MODULE[1])
        file.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: segment-measures\nVersion: 1.0\n")
        file.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        file.writestr(
            f"{info}/entry_points.txt",
            "[langcov.measures]\ntokens_per_segment = segment_measures:tokens_per_segment\n",
        )
        file.writestr(f"{info}/RECORD", "")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--target"]
    subprocess.run([*pip, str(folder / "site"), str(wheel)], check=True)
    return folder / "site"


def run(site: Path | None, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    paths = [str(ROOT / "coverage"), *([str(site)] if site else [])]
    return subprocess.run(
        [sys.executable, "-m", "langcov", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_installed_measure_is_in_the_list_the_table_the_page_and_the_thresholds(
    site: Path, tmp_path: Path
) -> None:
    (tmp_path / "eng_Latn.txt").write_text("One line here.\nAnd another one.\n", encoding="utf-8")
    assert "tokens_per_segment" in run(site, tmp_path, "measures").stdout
    compare = ("compare", "cl100k", "--corpus", "eng_Latn.txt", "--out", "run", "--json")
    done = run(site, tmp_path, *compare, "--fail-if", "tokens_per_segment[eng_Latn] > 3")
    assert done.returncode == 1
    assert done.stderr.count("tokens_per_segment of eng_Latn under cl100k is 4") == 1
    rows = [row for row in json.loads(done.stdout)["measures"] if row["measure"] == "tokens_per_segment"]
    assert [row["value"] for row in rows] == [4.0]
    assert "Tokens per segment" in (tmp_path / "run" / "index.html").read_text(encoding="utf-8")
    table = pl.read_parquet(tmp_path / "run" / "measures.parquet")
    assert table.filter(measure="tokens_per_segment").height == 1


def test_without_its_package_the_measure_is_unknown(tmp_path: Path) -> None:
    done = run(None, tmp_path, "measures", "tokens_per_segment")
    assert done.returncode == 2
    assert "there is no measure named 'tokens_per_segment'" in done.stderr


def test_results_show_as_tables_in_a_notebook(
    udhr: Corpus, udhr_census: Census, shipped: Callable[[str], Tokenizer]
) -> None:
    assert udhr_census._repr_html_().count("<table") == 1
    found = langcov.compare([shipped("cl100k")], udhr, ["eng_Latn", "yor_Latn"])
    html = found._repr_html_()
    assert html.count("<table") == 1
    assert "langcov:0.1.0|corpus:udhr@" in html


def test_every_public_name_is_there() -> None:
    for name in langcov.__all__:
        assert getattr(langcov, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = langcov.nothing
