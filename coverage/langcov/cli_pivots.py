"""The command ``langcov pivots``. Heavy imports wait inside it."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 (Typer reads it when the command is made)
from typing import TYPE_CHECKING, Annotated

import typer

from langcov.saying import say

if TYPE_CHECKING:
    from langcov.tokenizers.base import Tokenizer


def pivots(
    language: Annotated[str, typer.Argument(help="The language to transfer to: a tag, code or name.")],
    run: Annotated[
        Path | None,
        typer.Option("--run", help="A run folder, whose text the overlaps are measured in; udhr by default."),
    ] = None,
    tokenizer: Annotated[
        str | None,
        typer.Option(
            "--tokenizer",
            help="Whose overlaps: of the run, or any that langcov can load; xlm-r by default, as the weights' are.",
        ),
    ] = None,
    among: Annotated[
        list[str] | None,
        typer.Option("--among", help="Only this source; again for more. English is always there."),
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="How many sources to print.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")] = False,
) -> None:
    """Rank languages to transfer from instead of English, or say that too little is known to."""
    from langcov import console_pivots
    from langcov.planning.pivot_evidence import comparison
    from langcov.planning.pivot_overlaps import LEARNED_WITH
    from langcov.planning.pivots import pivots as ranked
    from langcov.progress import counting

    census = None
    used: str | Tokenizer = tokenizer or LEARNED_WITH[0]
    if run is None and tokenizer is not None:
        from langcov.tokenizers.load import TokenizerSource

        used = TokenizerSource.typed(tokenizer, None).load()
    elif run is not None:
        from langcov.runs import load_run

        census = load_run(run).census
        names = [facts.name for facts in census.tokenizers]
        if tokenizer is None and used not in names:
            used = names[0]
            say(f"overlaps are those of {used}, the run's first tokenizer; name another with --tokenizer.")
    with counting(LEARNED_WITH[1], 1) as on_progress:
        found = ranked(language, census, tokenizer=used, among=among, on_progress=on_progress)
    quality = comparison(found.with_overlap)
    if as_json:
        import json

        shown = {**found.as_dict(), "quality": quality.to_dicts()}
        typer.echo(json.dumps(shown, ensure_ascii=False, indent=1))
        return
    console_pivots.print_pivots(found, quality, top)
    for note in found.notes:
        say(note)
