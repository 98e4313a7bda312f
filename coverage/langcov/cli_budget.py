"""The command ``langcov budget``. Heavy imports wait inside it."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 (Typer reads it when the command is made)
from typing import TYPE_CHECKING, Annotated

import typer

from langcov.saying import printable

if TYPE_CHECKING:
    from langcov.planning.budget import Budget, Request
    from langcov.tokenizers.load import TokenizerSource

CHARTS = (".svg", ".png")


def budget(  # noqa: PLR0913, PLR0917 (one parameter is one option)
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN | TOKENIZER...",
            help="A run folder, as langcov compare writes it, or tokenizers that are counted now.",
        ),
    ],
    corpus: Annotated[
        list[str] | None,
        typer.Option("--corpus", help="For tokenizers: parallel text to count; udhr if not given."),
    ] = None,
    language: Annotated[
        list[str] | None, typer.Option("--language", help="Only this language; again for more.")
    ] = None,
    reference: Annotated[
        str | None, typer.Option(help="For tokenizers: whose words are counted; English if not given.")
    ] = None,
    window: Annotated[int | None, typer.Option(help="Tokens of the context: how many examples fit?")] = None,
    price: Annotated[
        list[str] | None,
        typer.Option(
            "--price", help="Of a million tokens; NAME=PRICE for one tokenizer's own. Again for more."
        ),
    ] = None,
    tokens_per_second: Annotated[
        list[str] | None,
        typer.Option(
            "--tokens-per-second", help="How fast they are read; NAME=SPEED for one tokenizer's own."
        ),
    ] = None,
    prompt_words: Annotated[float, typer.Option(help="English words of a prompt or document.")] = 750,
    example_words: Annotated[float, typer.Option(help="English words of a few-shot example.")] = 150,
    documents: Annotated[int, typer.Option(help="Documents in a batch.")] = 1,
    out: Annotated[
        Path | None, typer.Option(help="Write all languages to this .csv, .json or .parquet file.")
    ] = None,
    chart: Annotated[
        Path | None, typer.Option(help="Draw the printed languages into this .svg or .png file.")
    ] = None,
    fast: Annotated[
        bool,
        typer.Option(
            "--fast/--no-fast", help="Encode with a faster engine where it gives the very same ids."
        ),
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")] = False,
) -> None:
    """Say what each language costs: examples that fit a window, a document's price, a batch's time."""
    from langcov.languages import parse
    from langcov.planning.budget import Request
    from langcov.planning.table_files import check_suffix

    tags = [parse(name) for name in language] if language else None
    check_suffix(out, "a budget")
    check_suffix(chart, "a chart", CHARTS)
    request = Request(
        window,
        prompt_words,
        example_words,
        documents,
        _rates(price, "--price"),
        _rates(tokens_per_second, "--tokens-per-second"),
    )
    request.check()
    found = _found(sources, corpus, parse(reference) if reference else None, request, tags, fast=fast)
    if out is not None:
        found.save(out)
    if chart is not None:
        from langcov.console_budget import shown_languages
        from langcov.report.budget_chart import write_chart

        write_chart(found, shown_languages(found, tags), chart)
    if as_json:
        import json

        typer.echo(json.dumps(found.as_dict(), ensure_ascii=False, indent=1))
        return
    from langcov.console_budget import print_budget

    print_budget(found, tags)
    for path in (out, chart):
        if path is not None:
            typer.echo(printable(f"Written: {path}"))


def _found(
    sources: list[str],
    corpus: list[str] | None,
    reference: str | None,
    request: Request,
    tags: list[str] | None,
    *,
    fast: bool,
) -> Budget:
    from langcov import budgets

    if len(sources) == 1 and _is_run(sources[0]):
        if corpus or reference:
            raise typer.BadParameter(
                "a run has its own text and reference", param_hint="--corpus" if corpus else "--reference"
            )
        return _with_languages(budgets.budget_of_run(sources[0], request), tags)
    from langcov.corpora import open_corpus
    from langcov.progress import counting
    from langcov.tokenizers.load import TokenizerSource

    text = open_corpus(corpus[0] if corpus and len(corpus) == 1 else corpus or "udhr")
    typed = [TokenizerSource.typed(spec) for spec in dict.fromkeys(sources)]
    _check(typed)
    request.check([source.called for source in typed])
    with counting(text.name, len(typed), text.expected_bytes(tags)) as on_progress:
        return budgets.budget_of_tokenizers(
            typed, text, request, tags, reference=reference, fast=fast, on_progress=on_progress
        )


def _check(sources: list[TokenizerSource]) -> None:
    """Find out whether there are such tokenizers; a folder that holds none may have been meant as a run's."""
    from pathlib import Path

    from langcov.errors import RunError, TokenizerError

    for source in sources:
        try:
            source.check()
        except TokenizerError as error:
            if Path(source.spec).is_dir():
                raise RunError(
                    "this folder holds neither a run nor a tokenizer",
                    where=source.spec,
                    fix="make a run with langcov compare",
                ) from error
            raise


def _is_run(source: str) -> bool:
    """Whether this is a run's folder or an address; a folder with neither is left to be read as a tokenizer's."""
    from pathlib import Path

    from langcov.stores import is_address, mended

    return is_address(mended(source)) or Path(source, "measures.parquet").is_file()


def _with_languages(found: Budget, tags: list[str] | None) -> Budget:
    """Return the budget, having made sure that it has the languages."""
    from langcov.errors import LanguageError

    missing = sorted(set(tags or ()) - set(found.table["language"]))
    if missing:
        raise LanguageError(
            f"no text in {', '.join(missing)}", where="the run", fix="compare again with these languages"
        )
    return found


def _rates(given: list[str] | None, option: str) -> dict[str | None, float]:
    """Read PRICE and NAME=PRICE."""
    rates: dict[str | None, float] = {}
    for text in given or []:
        name, equals, number = text.rpartition("=")
        try:
            rates[name if equals else None] = float(number)
        except ValueError:
            raise typer.BadParameter(f"{text!r} is no number and no NAME=NUMBER", param_hint=option) from None
    return rates
