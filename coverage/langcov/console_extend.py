"""An extension on stdout: what it brings each language as it grows, and what changes for the protected ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from langcov.console import print_table
from langcov.planning.extension_curve import SAVED
from langcov.saying import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from langcov.planning.extend import Extension

HUNDRED: Final = 100
MOST_TEXTS: Final = 8
"""So many of the first pieces are shown."""


def print_extension(extension: Extension) -> None:
    """Print the curve, the first pieces, what changes for protected languages, and the signature."""
    import typer

    from langcov.languages import describe

    facts = extension.manifest
    typer.echo(
        printable(
            f"{facts['tokenizer']['name']}: {facts['new_pieces']:,} new pieces, ids {facts['first_new_id']:,} to "
            f"{facts['first_new_id'] + facts['new_pieces'] - 1:,}; no other id changes."
        )
        if facts["new_pieces"]
        else printable(f"{facts['tokenizer']['name']}: there is no new piece to learn from this text.")
    )
    typer.echo(
        f"\nOn text held out ({_units(extension)} units), by number of new pieces, with 95 % intervals"
    )
    print_table(
        [
            row
            for language in facts["languages"]
            for row in _rows(
                extension.curve.filter(pl.col("language") == language), language, describe(language).name
            )
        ],
        ["language", "pieces", "premium", "tokens per word", "spelled in bytes", "saved by each piece"],
    )
    first = extension.pieces.filter(~pl.col("text").str.contains("\\x", literal=True)).head(MOST_TEXTS)
    if first.height:
        typer.echo(printable(f"First pieces: {'  '.join(map(repr, first['text']))}"))
    for row in extension.protected.iter_rows(named=True):
        typer.echo(printable(_kept(row, describe(row["language"]).name)))
    typer.echo(printable(f"Signature: {extension.signature}"))


def _units(extension: Extension) -> int:
    return int(extension.curve["units"].max() or 0)  # type: ignore[arg-type]  # units are numbers


def _rows(curve: pl.DataFrame, language: str, name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for size in curve["pieces"].unique().sort():
        own = {row["measure"]: row for row in curve.filter(pl.col("pieces") == size).iter_rows(named=True)}
        rows.append(
            {
                "language": f"{language} {name}" if not rows else "",
                "pieces": f"{size:,}",
                "premium": _with_interval(own["premium"], "{:.2f}"),
                "tokens per word": _with_interval(own["fertility"], "{:.2f}"),
                "spelled in bytes": _with_interval(own["spelled_characters"], "{:.1f} %", HUNDRED),
                "saved by each piece": _with_interval(own.get(SAVED), "{:.3f} %", HUNDRED),
            }
        )
    return rows


def _with_interval(row: Mapping[str, Any] | None, form: str, times: int = 1) -> str:
    if row is None or row["value"] is None:
        return "–"
    value = form.format(row["value"] * times)
    if row["low"] is None:
        return value
    bare = form.removesuffix(" %")
    return f"{value} [{bare.format(row['low'] * times)}, {bare.format(row['high'] * times)}]"


def _kept(row: Mapping[str, Any], name: str) -> str:
    what = f"{name} ({row['language']}): {row['texts']:,} held-out texts of {row['tokens']:,} tokens"
    if not row["texts_changed"]:
        return f"{what}, none changed."
    return (
        f"{what}, {row['texts_changed']:,} texts changed: {row['tokens_replaced']:,} tokens gave way to "
        f"{row['new_tokens']:,} new ones."
    )
