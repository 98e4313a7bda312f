"""``langcov report``: a run folder rendered again, as a page, Markdown, data or charts, and held against an earlier run."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path  # noqa: TC003 (typer reads the annotations)
from typing import TYPE_CHECKING, Annotated, Any

import typer

from langcov.saying import printable

if TYPE_CHECKING:
    from langcov.report.folder import RunFolder


class Form(StrEnum):
    """What a run can be rendered as."""

    html = "html"
    md = "md"
    json = "json"
    csv = "csv"
    png = "png"


def report(
    folder: Annotated[Path, typer.Argument(help="A run folder.")],
    against: Annotated[
        Path | None, typer.Option(help="An earlier run folder: tell what changed since.")
    ] = None,
    form: Annotated[
        Form,
        typer.Option(
            "--format",
            help="html: the page; md: a summary for a pull request; json, csv: the measures; png: charts, as SVG too.",
        ),
    ] = Form.html,
    font: Annotated[
        list[Path] | None,
        typer.Option(
            help="A font file or a folder of fonts: the page brings the characters it shows; again for more."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Where to write; if not given: the page and the charts into the run folder, the rest to stdout."
        ),
    ] = None,
) -> None:
    """Render a run folder again, without counting: page, Markdown, data or charts; --against tells what changed."""
    from langcov.report import summary_of, write_report
    from langcov.report.folder import read_run

    if form is Form.html:
        typer.echo(printable(str(write_report(folder, against=against, target=out, fonts=font or ()))))
        return
    run = read_run(folder)
    earlier = read_run(against) if against is not None else None
    if form is Form.png:
        from langcov.report.images import write_images
        from langcov.report.trained import trained_section

        summary = {**summary_of(run), "trained": trained_section(folder, run.manifest["signature"])}
        for path in write_images(summary, out or folder / "charts"):
            typer.echo(printable(str(path)))
        return
    text = _as_text(form, run, earlier)
    if out is None:
        typer.echo(text, nl=False)
    else:
        from langcov.report.page import written

        typer.echo(printable(str(written(out, text))))


def _as_text(form: Form, run: RunFolder, earlier: RunFolder | None) -> str:
    from langcov.report import summary_of

    if form is Form.csv:
        return str(_table(run, earlier).write_csv())
    if form is Form.md:
        from langcov.report.markdown import markdown

        return markdown(summary_of(run, earlier))
    import json

    summary = summary_of(run, earlier)
    kept = (
        "title",
        "signature",
        "created",
        "lead",
        "cards",
        "answers",
        "tokenizer_facts",
        "corpus",
        "warnings",
    )
    found: dict[str, Any] = {
        **{key: summary[key] for key in kept},
        "measures": run.measures.to_dicts(),
        "fairness": run.fairness.to_dicts(),
    }
    if earlier is not None:
        found["difference"] = _table(run, earlier).to_dicts()
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def _table(run: RunFolder, earlier: RunFolder | None) -> Any:  # noqa: ANN401 (polars is imported where it is needed)
    """The tidy table of the measures, or of what changed; a text that a spreadsheet would run gets an apostrophe."""
    import polars as pl

    table = run.measures
    if earlier is not None:
        from langcov.measures.registry import measures
        from langcov.report.difference import differences

        table = differences(earlier, run, measures())
    text = pl.col(pl.String)
    return table.with_columns(
        pl.when(text.str.contains(r"^[=+@\t\r-]")).then("'" + text).otherwise(text).name.keep()
    )
