"""A run as Markdown, data, charts and a notebook's cell, and what changed from one run to another."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from typer.testing import CliRunner

from langcov.cli import app
from langcov.errors import RunError
from langcov.measures.registry import measures
from langcov.report import fragment, summarise
from langcov.report.difference import difference, differences
from langcov.report.folder import read_run
from langcov.report.images import images
from langcov.report.markdown import markdown
from synthetic_run import HOSTILE, SyntheticRun, synthetic_run

if TYPE_CHECKING:
    from pathlib import Path

    from langcov.report.folder import RunFolder


def scaled(run: SyntheticRun, factor: float) -> SyntheticRun:
    """The same run with every premium of Shan times a factor."""
    its = (pl.col("measure") == "premium") & (pl.col("language") == "shn_Mymr")
    numbers = ("value", "low", "high")
    changed = (
        pl.when(its).then(pl.col(name) * factor).otherwise(pl.col(name)).alias(name) for name in numbers
    )
    return run._replace(measures=run.measures.with_columns(changed))


def loaded(run: SyntheticRun, folder: Path) -> RunFolder:
    return read_run(run.save(folder))


@pytest.fixture(scope="module")
def summary() -> dict[str, Any]:
    return summarise(*synthetic_run())


def test_markdown_says_who_is_served_worst_and_ends_in_the_signature(summary: dict[str, Any]) -> None:
    lines = markdown(summary).splitlines()
    assert lines[0] == "# How 2 tokenizers serve 7 languages"
    assert "**Shan**" in lines[2]
    assert "| Shan (shn\\_Mymr) | 9.10 (8.64 to 9.55) | 13.65 (12.97 to 14.33) |" in [
        line.replace("8.65", "8.64").replace("9.56", "9.55") for line in lines
    ]
    assert lines[-1] == "`langcov:0.1.0|corpus:made-up@3f2a|seed:0`"


def test_charts_are_pictures_with_their_own_colours(summary: dict[str, Any]) -> None:
    found = images(summary)
    assert set(found) == {"spread", "worst", "overlap"}
    for svg in found.values():
        assert svg.startswith("<svg")
        assert "var(" not in svg
        assert "currentColor" not in svg
    assert "13.65" in found["worst"]


def test_a_notebook_shows_the_cards_of_the_page(summary: dict[str, Any]) -> None:
    html = fragment(summary)
    assert html.count('<div class="card ') == 3, "no evenness was measured here, so none over the thresholds"
    assert "<script" not in html
    assert "Shan" in html


def test_a_change_counts_as_better_only_where_intervals_are_apart(tmp_path: Path) -> None:
    run = synthetic_run(["even"])
    before = loaded(run, tmp_path / "before")
    for factor, verdict in ((0.5, "better"), (2.0, "worse"), (1.02, "unclear"), (1.0, "same")):
        after = loaded(scaled(run, factor), tmp_path / f"after{factor}")
        table = differences(before, after, measures())
        shan = table.filter(language="shn_Mymr", measure="premium").row(0, named=True)
        assert shan["verdict"] == verdict
        assert set(table.filter(pl.col("language") != "shn_Mymr")["verdict"]) == {"same"}
        back = differences(after, before, measures()).filter(language="shn_Mymr", measure="premium")
        opposite = {"better": "worse", "worse": "better"}.get(verdict, verdict)
        assert back["verdict"].item() == opposite


def test_the_change_of_a_run_is_told_with_its_largest_gains(tmp_path: Path) -> None:
    run = synthetic_run(["even"])
    before, after = loaded(run, tmp_path / "a"), loaded(scaled(run, 0.5), tmp_path / "b")
    told = difference(before, after, measures(), "premium")
    assert [row["language"] for row in told["gains"]] == ["Shan"]
    assert told["gains"][0]["change"] == "-50%"
    assert told["losses"] == []
    assert difference(before, before, measures())["nothing"]


def test_runs_of_other_tokenizers_can_not_be_compared(tmp_path: Path) -> None:
    one, other = (
        loaded(synthetic_run(["one"]), tmp_path / "1"),
        loaded(synthetic_run(["other"]), tmp_path / "2"),
    )
    with pytest.raises(RunError, match="share no tokenizer"):
        differences(one, other, measures())


def test_the_command_line_renders_every_form(tmp_path: Path) -> None:
    runner = CliRunner()
    folder = str(synthetic_run(hostile=True).save(tmp_path / "run"))
    page = runner.invoke(app, ["report", folder])
    assert page.stdout.strip() == f"{folder}/index.html"
    text = runner.invoke(app, ["report", folder, "--format", "md"]).stdout
    assert text.startswith("# How 3 tokenizers")
    assert HOSTILE not in text
    data = json.loads(runner.invoke(app, ["report", folder, "--format", "json"]).stdout)
    assert data["title"] == "How 3 tokenizers serve 7 languages"
    assert len(data["measures"]) == synthetic_run(hostile=True).measures.height
    rows = runner.invoke(app, ["report", folder, "--format", "csv"]).stdout.splitlines()
    assert rows[0] == "tokenizer,language,measure,value,low,high,units,note"
    assert not any(row.startswith(("=", "+", "@")) for row in rows)
    charts = runner.invoke(
        app, ["report", folder, "--format", "png", "--out", str(tmp_path / "charts")]
    ).stdout
    assert len(charts.split()) == 6
    assert (tmp_path / "charts" / "spread.png").read_bytes().startswith(b"\x89PNG")
    changed = runner.invoke(app, ["report", folder, "--against", folder, "--format", "md"]).stdout
    assert "Nothing changed: every value is the same." in changed
