"""The command ``langcov mixture``. Heavy imports wait inside it."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 (Typer reads it when the command is made)
from typing import Annotated, Literal

import typer

from langcov.saying import printable


def mixture(  # noqa: PLR0913, PLR0917 (one parameter is one option)
    corpus: Annotated[
        list[str],
        typer.Argument(
            help="The mixture: files, folders, globs, a corpus card, or a name (langcov corpora list)."
        ),
    ],
    tokenizer: Annotated[
        str | None, typer.Option(help="Count this tokenizer's tokens: a path, shipped name or hub id.")
    ] = None,
    language: Annotated[
        list[str] | None, typer.Option("--language", help="Only this declared language; again for more.")
    ] = None,
    reference: Annotated[str, typer.Option(help="What byte premiums are against.")] = "eng_Latn",
    out: Annotated[
        Path | None, typer.Option(help="Write one row per language to this .csv, .json or .parquet file.")
    ] = None,
    text_language: Annotated[str | None, typer.Option(help="All text is in this language.")] = None,
    text_column: Annotated[
        str | None, typer.Option(help="Column of the text, in tables; text if not given.")
    ] = None,
    language_column: Annotated[str | None, typer.Option(help="Column of the language, in tables.")] = None,
    root: Annotated[Path | None, typer.Option(help="The folder that a corpus card's files are in.")] = None,
    on_bad_text: Annotated[
        Literal["stop", "skip"], typer.Option(help="Stop, or skip and count, where text is no UTF-8.")
    ] = "stop",
    work: Annotated[
        Path | None,
        typer.Option(
            help="Keep what is counted in this folder, so that --resume can go on after Ctrl-C or a crash."
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="How many processes count; as many as there are cores if not given."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run that was interrupted in the --work folder.")
    ] = False,
    pattern: Annotated[str | None, typer.Option(help="Pre-tokenizer pattern of a .tiktoken file.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the intervals.")] = 0,
    fast: Annotated[
        bool,
        typer.Option(
            "--fast/--no-fast", help="Encode with a faster engine where it gives the very same ids."
        ),
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")] = False,
) -> None:
    """Say what a pretraining mixture really holds: languages found and declared, sizes, temperature, duplicates."""
    from langcov.corpora import open_corpus
    from langcov.engines.requests import trial_text
    from langcov.languages import parse
    from langcov.planning.mixture import mixture as audited
    from langcov.planning.table_files import check_suffix
    from langcov.progress import counting
    from langcov.tokenizers.load import TokenizerSource

    tags = [parse(name) for name in language] if language else None
    check_suffix(out, "a mixture's table")
    if resume and work is None:
        raise typer.BadParameter("name the folder with --work", param_hint="--resume")
    text = open_corpus(
        corpus[0] if len(corpus) == 1 else corpus,
        text_column=text_column or "text",
        language_column=language_column,
        language=text_language,
        on_bad_text=on_bad_text,
        root=root,
    )
    source = TokenizerSource.typed(tokenizer, pattern) if tokenizer else None
    if source is not None:
        source.check()
    sample = trial_text([text], tags) if source is not None and fast else None
    with counting(text.name, 1 if source else 0, text.expected_bytes(tags)) as on_progress:
        found = audited(
            text,
            source,
            tags,
            reference=reference,
            sample=sample,
            work=work,
            workers=workers,
            resume=resume,
            seed=seed,
            on_progress=on_progress,
        )
    if out is not None:
        found.save(out)
    if as_json:
        import json

        typer.echo(json.dumps(found.as_dict(), ensure_ascii=False, indent=1))
        return
    from langcov.console_mixture import print_mixture

    print_mixture(found)
    if out is not None:
        typer.echo(printable(f"Written: {out}"))
