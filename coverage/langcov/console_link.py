"""A link on stdout: the verdict, then the tables it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from langcov.console import print_table
from langcov.saying import printable
from langcov.transfer.predict import at_risk
from langcov.transfer.verdict import by_kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from langcov.transfer.link import Link

WIDTH: Final = 110
MOST_RISKS: Final = 15


def print_link(link: Link) -> None:
    """Print the verdict, the control, the prediction errors, and the languages most at risk."""
    import textwrap

    import typer

    def title(text: str) -> None:
        typer.echo(f"\n{text}")

    for paragraph in link.verdict:
        typer.echo(
            printable(paragraph) if len(paragraph) < WIDTH else textwrap.fill(printable(paragraph), WIDTH)
        )
        typer.echo("")
    kinds = by_kind(link.associations)
    if kinds:
        title(
            "Premium and gap: medians of rank correlations over cells of 10 languages or more, by kind of benchmark"
        )
        print_table(
            [_kind(row) for row in kinds],
            ["tokenizer", "kind", "models", "cells", "raw", "data size fixed", "above 0", "q < 0.05"],
        )
    if link.controls:
        title(
            "Wrong-tokenizer control: the partial correlation of premium and gap, data size held fixed (medians over cells)"
        )
        print_table(
            [_control(row) for row in link.controls],
            [
                "part",
                "models of",
                "premium of",
                "cells",
                "did as well",
                "unclear",
                "clearly weaker",
                "own",
                "this",
            ],
        )
    errors = link.errors.filter(pl.col("cells") == "all")
    if errors.height:
        title("Predicting the gap of what was left out: mean absolute error, and gain over data size alone")
        print_table(
            [_error(row) for row in errors.iter_rows(named=True)],
            ["left out", "using", "error", "gain", "95 % interval", "languages", "families"],
        )
    if link.mixed.height:
        title("All models together: standardised coefficients of the mixed model")
        print_table(
            [_term(row) for row in link.mixed.iter_rows(named=True)],
            ["fit", "term", "coefficient", "95 % interval", "q", "note"],
        )
    rows = at_risk(link.risks, MOST_RISKS)
    if rows:
        title(
            "Languages at risk: a million speakers or more, and the largest gaps (0 is English, 1 is guessing)"
        )
        print_table(
            [_risk(row) for row in rows],
            ["language", "speakers", "tokenizer", "as", "premium", "gap", "how known"],
        )
        outside = link.risks.filter(pl.col("outside").is_not_null())
        typer.echo(
            f"{outside.height:,} pairs of language and tokenizer are outside what the evidence covers and get no prediction."
        )
    typer.echo(f"Tests adjusted together (Benjamini and Hochberg): {link.facts['tests']:,}")
    typer.echo(printable(f"Signature: {link.facts['signature']}"))


def shown_results(found: pl.DataFrame) -> list[dict[str, Any]]:
    """Return published results, a row per model, benchmark, metric and setting, languages side by side."""
    table = (
        found.group_by("model", "benchmark", "metric", "setting", maintain_order=True)
        .agg(
            pl.len().alias("languages"),
            pl.format("{} {}", "language", pl.col("score").round(1)).str.join(", ").alias("scores"),
            pl.col("chance").first().round(1),
            pl.col("citation").first(),
            pl.col("licence").first(),
        )
        .sort("benchmark", "model")
    )
    return table.to_dicts()


def about_model(model: str) -> str:
    """Return one line on a model's tokenizer and data, with sources."""
    from langcov.transfer.sizes import known_model

    row = known_model(model)
    if row is None:
        return f"{model}: nothing more is known"
    source = f", {row['tokenizer_source']}" if row["tokenizer_source"] else ""
    return (
        f"{model}: tokenizer {row['tokenizer'] or 'unknown'} ({row['tokenizer_basis']}{source}); "
        f"data sizes of {row['data']} ({row['data_basis']}: {row['data_source']})"
    )


def _kind(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "tokenizer": row["tokenizer"],
        "kind": row["kind"],
        "models": row["models"],
        "cells": row["cells"],
        "raw": "–" if row["raw"] is None else f"{row['raw']:.2f}",
        "data size fixed": f"{row['partial']:.2f}",
        "above 0": row["above_zero"],
        "q < 0.05": row["significant"],
    }


def _control(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "part": "all" if row["part"] == "control" else "one script",
        "models of": row["tokenizer"],
        "premium of": row["of"],
        "cells": row["cells"],
        "did as well": row["as_well"],
        "unclear": row["unclear"],
        "clearly weaker": row["clearly_weaker"],
        "own": f"{row['own_partial']:.2f}",
        "this": f"{row['partial']:.2f}",
    }


def _error(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "left out": f"one {row['left_out']}",
        "using": row["using"],
        "error": f"{row['error']:.3f}",
        "gain": "–" if row["using"] == "data size" else f"{row['gain']:+.1%}",
        "95 % interval": "–"
        if row["gain_low"] is None
        else f"[{row['gain_low']:+.1%}, {row['gain_high']:+.1%}]",
        "languages": row["languages"],
        "families": row["families"],
    }


def _term(row: Mapping[str, Any]) -> dict[str, Any]:
    there = row["coefficient"] is not None
    return {
        "fit": row["fit"],
        "term": row["term"] or "–",
        "coefficient": f"{row['coefficient']:.3f}" if there else "–",
        "95 % interval": f"[{row['low']:.3f}, {row['high']:.3f}]" if there else "–",
        "q": "–" if row["q"] is None else f"{row['q']:.2g}",
        "note": row["note"] or "",
    }


def _risk(row: Mapping[str, Any]) -> dict[str, Any]:
    from langcov.languages import describe

    return {
        "language": f"{row['language']} {describe(row['language']).name}",
        "speakers": f"{row['speakers']:,}",
        "tokenizer": row["tokenizer"],
        "as": f"{row['model']} on {row['benchmark']}",
        "premium": "–" if row["premium"] is None else f"{row['premium']:.2f}",
        "gap": f"{row['gap']:.2f}",
        "how known": "observed"
        if row["observed"] is not None
        else f"predicted [{row['low']:.2f}, {row['high']:.2f}]",
    }
