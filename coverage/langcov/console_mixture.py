"""A mixture on stdout: its languages, what is wrong with them, and the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from langcov.console import print_table
from langcov.planning.mixture_words import identification_said, size_said
from langcov.saying import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from langcov.planning.mixture import Mixture

MOST_LANGUAGES: Final = 40
MOST_WARNINGS: Final = 40
WIDTH: Final = 110


def print_mixture(mixture: Mixture) -> None:
    """Print the largest languages, all faults up to a number, and the verdict."""
    import textwrap

    import typer

    def paragraph(text: str, indent: str = "") -> None:
        typer.echo(textwrap.fill(printable(text), WIDTH, subsequent_indent=indent))

    table = mixture.languages
    columns = [
        "language",
        "size",
        "share",
        "worth",
        "script",
        "as declared",
        "unsure",
        "another",
        "larger than",
    ]
    if mixture.tokenizer is not None:
        columns[4:4] = ["tokens", "of tokens"]
    print_table([_row(row) for row in table.head(MOST_LANGUAGES).iter_rows(named=True)], columns)
    if table.height > MOST_LANGUAGES:
        typer.echo(f"... and {table.height - MOST_LANGUAGES:,} smaller ones; --out and --json have all.")
    paragraph(
        f"worth: bytes in {mixture.reference} that say the same (bytes / byte premium, with its 95 % interval); script: letters "
        "in the script of the tag; as declared: of the documents sampled, so many are in the language of the tag or can't be told "
        "from it (?: it has no profile); unsure: so many are too unlike any profile, or like several; another: the language that "
        "most of the rest are in, or resemble; larger than: so many of CC-100's languages have less."
    )
    if mixture.identifies:
        paragraph(identification_said())
    if mixture.warnings:
        typer.echo("\nWarnings")
        for warning in mixture.warnings[:MOST_WARNINGS]:
            paragraph(f"- {warning}", "  ")
        if len(mixture.warnings) > MOST_WARNINGS:
            typer.echo(f"... and {len(mixture.warnings) - MOST_WARNINGS:,} more; --json has all.")
    typer.echo("\nVerdict")
    for sentence in mixture.verdict:
        paragraph(f"- {sentence}", "  ")
    tokens = f"|tok:{mixture.tokenizer}" if mixture.tokenizer else ""
    typer.echo(
        printable(
            f"Signature: corpus:{mixture.corpus}@{mixture.fingerprint[:8]}{tokens}|ref:{mixture.reference}"
        )
    )


def _row(row: Mapping[str, Any]) -> dict[str, str]:
    worth = "–"
    if row["equivalent_bytes"] is not None:
        worth = size_said(row["equivalent_bytes"])
        if row["equivalent_bytes_low"] is not None and row["byte_premium_low"] != row["byte_premium_high"]:
            worth += f" [{size_said(row['equivalent_bytes_low'])}, {size_said(row['equivalent_bytes_high'])}]"
    reads = "–"
    if row["identified"]:
        reads = "?" if row["agreeing"] is None else f"{row['agreeing']:,} of {row['identified']:,}"
    unsure = f"{row['unsure']:,}" if row["unsure"] else "–"
    other = f"{row['other_number']:,} {row['other_language']}" if row["other_number"] else "–"
    return {
        "language": f"{row['language']} {row['name']}",
        "size": size_said(row["bytes"]),
        "share": f"{row['share']:.1%}",
        "worth": worth,
        "tokens": "–" if row["tokens"] is None else f"{row['tokens']:,}",
        "of tokens": "–" if row["token_share"] is None else f"{row['token_share']:.1%}",
        "script": "–" if row["script_share"] is None else f"{row['script_share']:.0%} {row['script']}",
        "as declared": reads,
        "unsure": unsure,
        "another": other,
        "larger than": f"{row['larger_than']:,}",
    }
