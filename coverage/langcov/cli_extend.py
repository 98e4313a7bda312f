"""The command ``langcov extend``. Heavy imports wait inside the command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from langcov.saying import printable, say

Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]


def extend(  # noqa: PLR0913, PLR0917 (one parameter is one option)
    tokenizer: Annotated[
        str,
        typer.Argument(
            help="A byte-level or SentencePiece BPE: a path, shipped name or hub id; NAME=PATH names it."
        ),
    ],
    language: Annotated[
        list[str], typer.Option("--language", help="Which language gets new pieces; again for more.")
    ],
    pieces: Annotated[
        int, typer.Option(min=1, help="How many new pieces; fewer if the text has no more.")
    ] = 2000,
    corpus: Annotated[
        list[str] | None,
        typer.Option(
            "--corpus",
            help="A name (langcov corpora list), a corpus card, files, folders or globs; udhr if not given.",
        ),
    ] = None,
    protect: Annotated[
        list[str] | None,
        typer.Option(
            "--protect",
            help="A language whose encoding is to stay as it is, beside the reference; again for more.",
        ),
    ] = None,
    protect_text: Annotated[
        list[str] | None,
        typer.Option(
            "--protect-text",
            help="More text in the protected languages, of which nothing will change: a corpus name, card or files.",
        ),
    ] = None,
    reference: Annotated[
        str | None,
        typer.Option(help="What premiums are against, and what is protected; English if not given."),
    ] = None,
    out: Annotated[Path, typer.Option(help="The folder to write, or its s3:// address.")] = Path(
        "langcov-extension"
    ),
    first_id: Annotated[
        int,
        typer.Option(
            min=0, help="Of the new pieces, where the model has special tokens that its file does not list."
        ),
    ] = 0,
    pattern: Annotated[str | None, typer.Option(help="Pre-tokenizer pattern of a .tiktoken file.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the held-out units and the intervals.")] = 0,
    as_json: Json = False,
) -> None:
    """Extend a tokenizer with pieces for some languages, all other ids and encodings kept, and measure what they bring."""
    from langcov import console_extend
    from langcov.corpora import open_corpus
    from langcov.extensions import check_place, save_extension
    from langcov.languages import parse
    from langcov.planning.extend import extend as extended
    from langcov.progress import doing
    from langcov.tokenizers.load import TokenizerSource

    for name in [*language, *(protect or []), *([reference] if reference else [])]:
        parse(name)
    check_place(out)
    text = open_corpus(corpus[0] if corpus and len(corpus) == 1 else corpus or "udhr")
    more = open_corpus(protect_text[0] if len(protect_text) == 1 else protect_text) if protect_text else None
    loaded = TokenizerSource.typed(tokenizer, pattern).load()
    with doing() as on_step:
        found = extended(
            loaded,
            text,
            language,
            pieces=pieces,
            protect=protect or (),
            protected_text=more,
            reference=reference,
            first_id=first_id,
            seed=seed,
            on_step=on_step,
        )
        file = save_extension(found, out)
    if as_json:
        import json

        typer.echo(json.dumps({"path": str(file), **found.as_dict()}, ensure_ascii=False, indent=1))
        return
    console_extend.print_extension(found)
    for note in found.manifest["notes"]:
        say(note)
    typer.echo(printable(f"Tokenizer: {file}"))
