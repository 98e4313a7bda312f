"""A budget on stdout: one table for each thing that was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from langcov.console import FEW, MOST_ROWS, PIPED_WIDTH, SHOWN_LANGUAGES, print_table
from langcov.saying import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langcov.planning.budget import Budget


def print_budget(budget: Budget, tags: Sequence[str] | None = None) -> None:
    """Print what was asked, a table for each quantity, why values are missing, and the signature."""
    import typer

    from langcov.languages import describe

    chosen = shown_languages(budget, tags)
    names = list(budget.tokens_per_word)
    request = budget.request
    words = f"{describe(budget.reference).name} words"
    typer.echo(
        printable(
            f"A prompt or document is {request.prompt_words:,g} {words}, an example {request.example_words:,g}; in "
            f"{budget.corpus} one word takes, with its share of spaces and punctuation, "
            + ", ".join(f"{number:.2f} tokens of {name}" for name, number in budget.tokens_per_word.items())
            + "."
        )
    )
    titles = _titles(budget)
    narrowed = False
    # The price of one document is that of the batch over its number: one table says both.
    asked = [each for each in budget.asked if each != "document_cost" or request.documents == 1]
    for quantity in ("premium", "prompt_tokens", *asked):
        typer.echo(f"\n{titles[quantity]}")
        rows = _rows(budget, quantity, chosen, with_interval=True)
        if _width(rows) > PIPED_WIDTH:
            rows, narrowed = _rows(budget, quantity, chosen, with_interval=False), True
        print_table(rows, ["language", *names])
    shown = budget.table.filter(pl.col("language").is_in(chosen))
    for reason in shown.filter(pl.col("premium").is_null())["note"].unique().sort():
        typer.echo(printable(f"– {reason}"))
    unpriced = [name for name in names if None not in request.prices and name not in request.prices]
    if request.prices and unpriced:
        typer.echo(printable(f"– no price was given for {', '.join(unpriced)}"))
    unhurried = [name for name in names if None not in request.speeds and name not in request.speeds]
    if request.speeds and unhurried:
        typer.echo(printable(f"– no speed was given for {', '.join(unhurried)}"))
    typer.echo("In brackets: the premium's 95 % interval, carried through.")
    if narrowed:
        typer.echo("Where they leave no room for the rest, --out and --json have them.")
    typer.echo(printable(f"Signature: {budget.signature}"))


def shown_languages(budget: Budget, tags: Sequence[str] | None) -> list[str]:
    """Return the tags that are printed and drawn: those asked for, all if they are few, else some of many kinds."""
    known = budget.table["language"].unique().sort().to_list()
    wanted = tags or (SHOWN_LANGUAGES if len(known) > FEW else known)
    return ([tag for tag in wanted if tag in known] or known)[:MOST_ROWS]


def _titles(budget: Budget) -> dict[str, str]:
    request = budget.request
    number = f"{request.documents:,}"
    return {
        "premium": f"Premium: tokens against those of {budget.reference}",
        "prompt_tokens": "Tokens of the prompt",
        "examples": f"Examples that fit a window of {request.window or 0:,} tokens beside the prompt",
        "document_cost": "Price of a document",
        "batch_cost": f"Price of {number} documents (one is 1/{number} of it)",
        "batch_seconds": f"Time for {number} documents, one after another"
        if request.documents > 1
        else "Time for a document",
    }


def _rows(budget: Budget, quantity: str, tags: Sequence[str], *, with_interval: bool) -> list[dict[str, str]]:
    """One row a language: what it costs under each tokenizer."""
    from langcov.languages import describe

    cells = {(row["language"], row["tokenizer"]): row for row in budget.table.iter_rows(named=True)}
    return [
        {
            "language": f"{tag} {describe(tag).name}",
            **{
                name: _cell(cells.get((tag, name)), quantity, with_interval=with_interval)
                for name in budget.tokens_per_word
            },
        }
        for tag in tags
    ]


def _width(rows: Sequence[Mapping[str, str]]) -> int:
    """How many characters a table of these rows takes, with two spaces between columns and one before the next."""
    return sum(max(len(column), *(len(row[column]) for row in rows)) + 3 for column in rows[0])


def _cell(row: Mapping[str, Any] | None, quantity: str, *, with_interval: bool) -> str:
    if row is None or row[quantity] is None:
        return "–"
    value, low, high = (row[f"{quantity}{bound}"] for bound in ("", "_low", "_high"))
    unit, one = time_unit(value) if quantity == "batch_seconds" else ("", 1.0)
    said = f"{_said(quantity, value / one)}{unit}"
    if low is None or low == high or not with_interval:
        return said
    return f"{said} [{_said(quantity, low / one)}, {_said(quantity, high / one)}]"


def _said(quantity: str, value: float) -> str:
    if quantity == "premium":
        return f"{value:.2f}"
    if quantity in {"prompt_tokens", "examples"}:
        return f"{value:,.0f}"
    if quantity == "batch_seconds":
        return f"{value:,.1f}"
    return f"{value:,.2f}" if value >= 1 or not value else f"{value:.3g}"


def time_unit(seconds: float) -> tuple[str, float]:
    """Return the largest unit that a time has two of, and its seconds.

    >>> time_unit(45), time_unit(4000), time_unit(9000), time_unit(300000)
    ((' s', 1.0), (' min', 60.0), (' h', 3600.0), (' d', 86400.0))
    """
    units = ((" d", 86400.0), (" h", 3600.0), (" min", 60.0))
    return next((unit for unit in units if seconds >= 2 * unit[1]), (" s", 1.0))
