"""The commands ``langcov link`` and ``langcov evidence``. Heavy imports wait inside the commands."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 (Typer reads it when the command is made)
from typing import Annotated

import typer

from langcov.saying import printable, say

evidence_app = typer.Typer(help="The published results that langcov brings.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]


def link(
    run: Annotated[Path, typer.Argument(help="A run folder, as langcov compare writes it.")],
    results: Annotated[
        list[Path] | None,
        typer.Option(
            "--results",
            help="Your results: lm-evaluation-harness or lighteval JSON, or CSV with the columns model, benchmark, "
            "language, score, and if you have them chance, n, metric, setting, translated. Again for more.",
        ),
    ] = None,
    model_tokenizer: Annotated[
        list[str] | None,
        typer.Option(
            "--model-tokenizer",
            help="NAME=SPEC: which tokenizer a model has; a name of the run, or any that langcov can load. Again for more.",
        ),
    ] = None,
    shipped: Annotated[
        bool, typer.Option("--shipped/--only-mine", help="Use the published results too, or only yours.")
    ] = True,
    seed: Annotated[int, typer.Option(min=0, help="Of the intervals and permutations.")] = 0,
    as_json: Json = False,
) -> None:
    """Tie a run's measures to the zero-shot results that models got, with a control that can embarrass the claim."""
    from langcov import console_link
    from langcov.links import link as linked_to
    from langcov.report import write_report

    named = dict(_named(each) for each in model_tokenizer or [])
    found = linked_to(run, results or [], named, shipped=shipped, seed=seed)
    saved = found.save(run)
    page = write_report(run)
    if as_json:
        import json

        typer.echo(
            json.dumps(
                {"saved": str(saved), "page": str(page), **found.as_dict()}, ensure_ascii=False, indent=1
            )
        )
        return
    console_link.print_link(found)
    for note in found.notes:
        say(note)
    typer.echo(printable(f"Page: {page}#link"))


@evidence_app.command("list")
def evidence_list(as_json: Json = False) -> None:
    """List the benchmarks with published results, and the tables of data sizes."""
    from langcov import console
    from langcov.transfer import evidence

    results, sizes = evidence.overview(), evidence.sizes_overview()
    if as_json:
        import json

        typer.echo(json.dumps({"results": results, "pretraining": sizes}, ensure_ascii=False, indent=1))
        return
    console.print_table(
        results,
        ["benchmark", "setting", "models", "languages", "results", "translated", "licence", "citation"],
    )
    console.print_table(sizes, ["corpus", "unit", "used_by", "languages", "licence", "citation"])


@evidence_app.command("show")
def evidence_show(
    name: Annotated[str, typer.Argument(help="A benchmark, a model or a language.")], as_json: Json = False
) -> None:
    """Show all published results of a benchmark, a model or a language, with their sources."""
    from langcov import console, console_link
    from langcov.transfer import evidence

    found = evidence.shown(name)
    if as_json:
        import json

        typer.echo(json.dumps(found.to_dicts(), ensure_ascii=False, indent=1))
        return
    console.print_table(
        console_link.shown_results(found),
        ["model", "benchmark", "metric", "setting", "languages", "scores", "chance", "citation", "licence"],
    )
    for model in found["model"].unique().sort():
        typer.echo(printable(console_link.about_model(model)))


def _named(text: str) -> tuple[str, str]:
    name, equals, spec = text.partition("=")
    if not (name and equals and spec):
        raise typer.BadParameter(f"{text!r} is not NAME=SPEC", param_hint="--model-tokenizer")
    return name, spec
