"""The command ``langcov train``. Heavy imports wait inside it."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from langcov.saying import printable, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from langcov.planning.train import GridProgress


def train(  # noqa: PLR0913, PLR0917 (one parameter is one option)
    corpus: Annotated[
        list[str],
        typer.Option("--corpus", help="What to train on: a name, a corpus card, files, folders or globs."),
    ],
    language: Annotated[
        list[str] | None,
        typer.Option("--language", help="Train on this language; again for more, or with commas."),
    ] = None,
    judge: Annotated[
        list[str] | None,
        typer.Option(
            "--judge",
            help="Parallel text to judge on, such as udhr; if not given, units of the corpus are held out.",
        ),
    ] = None,
    kind: Annotated[
        str, typer.Option(help="Of tokenizers, with commas: byte-bpe, sp-bpe, unigram.")
    ] = "byte-bpe",
    vocabulary: Annotated[str, typer.Option(help="Sizes of vocabularies, with commas.")] = "32000",
    alpha: Annotated[
        str,
        typer.Option(
            help="Languages are sampled by their bytes to this power: 1 as they are, 0 all alike; with commas."
        ),
    ] = "0,0.3,1",
    pattern: Annotated[
        str,
        typer.Option(help="What byte-bpe never merges across, with commas: gpt2, cl100k, o200k, qwen3."),
    ] = "o200k",
    held_out: Annotated[
        float,
        typer.Option(
            help="Share of the units that none is trained on; at least 10 units where there are 20."
        ),
    ] = 0.2,
    size: Annotated[
        int | None,
        typer.Option(
            "--bytes", min=1, help="Of text to train each on; all there is, up to 1 GiB, if not given."
        ),
    ] = None,
    floor: Annotated[
        float, typer.Option(min=0, max=1, help="Least share of the text for any language.")
    ] = 0.0,
    cap: Annotated[
        float, typer.Option(min=0, max=1, help="Largest share of the text for any language.")
    ] = 1.0,
    repeats: Annotated[
        float | None,
        typer.Option(help="So many times a language's text is taken at most; no bound if not given."),
    ] = None,
    reference: Annotated[
        str | None, typer.Option(help="What cost and premiums are against; English if not given.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the split, the sampling and the intervals.")] = 0,
    out: Annotated[Path, typer.Option(help="The run folder to write; candidates lie in it.")] = Path(
        "langcov-candidates"
    ),
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="How many train at once; as many as there are cores if not given."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Train only what is missing in the folder, or add to its grid.")
    ] = False,
    text_language: Annotated[
        str | None, typer.Option(help="All text to train on is in this language.")
    ] = None,
    text_column: Annotated[
        str | None, typer.Option(help="Column of the text, in tables; text if not given.")
    ] = None,
    language_column: Annotated[str | None, typer.Option(help="Column of the language, in tables.")] = None,
    unit_column: Annotated[
        str | None, typer.Option(help="Column of the document or segment, in tables.")
    ] = None,
    parallel: Annotated[
        bool | None,
        typer.Option(
            "--parallel/--not-parallel", help="Say whether equal units are translations of each other."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")] = False,
) -> None:
    """Train a grid of tokenizers and show what evenness costs, on text that none of them was trained on."""
    from langcov.corpora import open_corpus
    from langcov.languages import parse
    from langcov.planning.candidates import grid
    from langcov.planning.sampling import Sampling
    from langcov.training import REFERENCE
    from langcov.training import train as train_grid

    candidates = grid(
        _listed(kind),
        _numbers(vocabulary, int, "--vocabulary"),
        _numbers(alpha, float, "--alpha"),
        _listed(pattern),
    )
    tags = [parse(name) for each in language for name in _listed(each)] if language else None
    against = parse(reference) if reference else REFERENCE
    text = open_corpus(
        corpus[0] if len(corpus) == 1 else corpus,
        text_column=text_column or "text",
        language_column=language_column,
        unit_column=unit_column,
        language=text_language,
        parallel=parallel,
    )
    judged = open_corpus(judge[0] if len(judge) == 1 else judge) if judge else None
    with _bars(len(candidates)) as (on_trained, on_counted):
        found = train_grid(
            out,
            text,
            candidates,
            tags,
            judge=judged,
            held_out=held_out,
            sampling=Sampling(size, floor, cap, repeats, seed),
            reference=against,
            workers=workers,
            resume=resume,
            on_trained=on_trained,
            on_counted=on_counted,
        )
    if as_json:
        import json

        typer.echo(
            json.dumps({"page": str(out / "index.html"), **found.as_dict()}, ensure_ascii=False, indent=1)
        )
        return
    from langcov import console_train

    console_train.print_grid(found)
    for note in (*found.notes, *found.run.manifest["warnings"]):
        say(note)
    typer.echo(printable(f"Candidates: {out / 'candidates'}"))
    typer.echo(printable(f"Page: {out / 'index.html'}#trained"))


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _numbers(text: str, make: Callable[[str], Any], option: str) -> list[Any]:
    try:
        return [make(part) for part in _listed(text)]
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is no list of numbers with commas between", param_hint=option
        ) from None


@contextmanager
def _bars(
    candidates: int,
) -> Iterator[tuple[Callable[[GridProgress], None] | None, Callable[[Any], None] | None]]:
    """Show on stderr how many candidates are trained, then how much is counted; nothing where it is no terminal."""
    if not sys.stderr.isatty():
        yield None, None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        training = bar.add_task("training", total=candidates)
        counting = bar.add_task("counting (kB)", total=None, start=False)

        def trained(now: GridProgress) -> None:
            bar.update(training, completed=now.done, description=f"trained {now.name}")

        def counted(now: Any) -> None:  # noqa: ANN401 (what an engine tells of its progress)
            bar.start_task(counting)
            bar.update(counting, completed=now.bytes // 1000)

        yield trained, counted
