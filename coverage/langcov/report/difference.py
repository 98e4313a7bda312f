"""What changed from one run to another: language by language, for the tokenizers that both have by name."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from langcov.errors import RunError
from langcov.report.values import shown, visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langcov.report.folder import RunFolder
    from langcov.report.values import Definition

LISTED: Final = 12
"""Languages that are listed as gains, and as losses."""

SCHEMA: Final = pl.Schema(
    {
        "tokenizer": pl.String,
        "language": pl.String,
        "measure": pl.String,
        "before": pl.Float64,
        "after": pl.Float64,
        "change": pl.Float64,
        "verdict": pl.String,
    }
)
"""What `differences` returns. ``change`` is after - before. ``verdict``: ``same``, ``better`` or ``worse`` (the 95 %
intervals are apart, or there are none and the values differ), ``unclear``, ``changed`` (neither is better), ``appeared``,
``vanished`` (a value that only one run has)."""


def differences(old: RunFolder, new: RunFolder, definitions: Mapping[str, Definition]) -> pl.DataFrame:
    """Compare two runs, value by value; a frame of `SCHEMA`, measures of tokenizers only.

    Raises:
        RunError: They share no tokenizer by name, or no language.
    """
    keys = ["tokenizer", "language", "measure"]
    columns = [*keys, "value", "low", "high"]
    before, after = (
        run.measures.filter(pl.col("tokenizer").is_not_null() & ~pl.col("measure").str.contains(":")).select(
            columns
        )
        for run in (old, new)
    )
    both = before.join(after, on=keys, suffix="_new")
    if both.is_empty():
        raise RunError(
            "the two runs share no tokenizer and language",
            fix="compare runs of tokenizers that have one name; langcov compare NAME=FILE names them",
        )
    better = pl.col("measure").replace_strict(
        {name: definition.better for name, definition in definitions.items()}, default="neutral"
    )
    value, now = pl.col("value"), pl.col("value_new")
    bounded = pl.all_horizontal(pl.col("low", "high", "low_new", "high_new").is_not_null())
    apart = (pl.col("high") < pl.col("low_new")) | (pl.col("high_new") < pl.col("low"))
    verdict = (
        pl.when(value.is_null() & now.is_null() | (value == now))
        .then(pl.lit("same"))
        .when(value.is_null())
        .then(pl.lit("appeared"))
        .when(now.is_null())
        .then(pl.lit("vanished"))
        .when(bounded & ~apart)
        .then(pl.lit("unclear"))
        .when(better == "neutral")
        .then(pl.lit("changed"))
        .when((now < value) == (better == "lower"))
        .then(pl.lit("better"))
        .otherwise(pl.lit("worse"))
    )
    return (
        both.with_columns(verdict=verdict, change=now - value)
        .rename({"value": "before", "value_new": "after"})
        .select(SCHEMA.names())
        .cast(SCHEMA)
    )


def difference(
    old: RunFolder, new: RunFolder, definitions: Mapping[str, Definition], headline: str | None = None
) -> dict[str, Any]:
    """Return what the page says of the change between two runs, as plain data.

    Args:
        old: The earlier run.
        new: The later run, whose page it is.
        definitions: Of the measures.
        headline: The measure whose gains and losses are listed by language; the first that has values if None.
    """
    table = differences(old, new, definitions)
    if headline is None or headline not in set(table["measure"]):
        headline = next((name for name in definitions if name in set(table["measure"])), table["measure"][0])
    definition = definitions.get(headline)
    unit = definition.unit if definition else ""
    lower = definition is None or definition.better != "higher"
    own = table.filter((pl.col("measure") == headline) & pl.col("verdict").is_in(["better", "worse"]))
    relative = pl.col("change") / pl.col("before").abs()
    ranked = own.with_columns(by=relative if lower else -relative).sort("by", "language", "tokenizer")
    return {
        "title": definition.title if definition else visible(headline),
        "about": _about(old, new),
        "rows": _by_measure(table, definitions),
        "gains": _listed(ranked.filter(verdict="better").head(LISTED), unit),
        "losses": _listed(ranked.filter(verdict="worse").reverse().head(LISTED), unit),
        "nothing": table.filter(pl.col("verdict") != "same").is_empty(),
    }


def _about(old: RunFolder, new: RunFolder) -> list[str]:
    """What else differs between the runs, a sentence each."""
    said = [
        f"The earlier run is of {visible(str(old.manifest.get('created', ''))[:10])}: {visible(old.manifest['signature'])}"
    ]
    if old.census.corpus.fingerprint != new.census.corpus.fingerprint:
        said.append("The text is not the same, so that changes may come from it.")
    before = {facts.name: facts.fingerprint for facts in old.census.tokenizers}
    after = {facts.name: facts.fingerprint for facts in new.census.tokenizers}
    changed = [visible(name) for name in after if name in before and before[name] != after[name]]
    if changed:
        said.append(f"These tokenizers are no longer the same files: {', '.join(changed)}.")
    for title, names in (("new", after.keys() - before.keys()), ("gone", before.keys() - after.keys())):
        if names:
            said.append(f"Tokenizers that are {title}: {', '.join(map(visible, sorted(names)))}.")
    tags = [set(run.census.languages) for run in (old, new)]
    for title, names in (("new", tags[1] - tags[0]), ("gone", tags[0] - tags[1])):
        if names:
            listed = sorted(names)
            more = f" and {len(listed) - 8} more" if len(listed) > 8 else ""
            said.append(f"Languages that are {title}: {', '.join(map(visible, listed[:8]))}{more}.")
    if old.manifest.get("langcov") != new.manifest.get("langcov"):
        said.append(f"It was made by langcov {visible(str(old.manifest.get('langcov')))}.")
    return said


def _by_measure(table: pl.DataFrame, definitions: Mapping[str, Definition]) -> list[dict[str, Any]]:
    """A row a tokenizer and measure that changed: how many languages fare better and worse, and the middle change."""
    rows = []
    order = {name: place for place, name in enumerate(definitions)}
    for (tokenizer, measure), part in table.group_by("tokenizer", "measure", maintain_order=True):
        verdicts = dict(part["verdict"].value_counts().iter_rows())
        if set(verdicts) == {"same"}:
            continue
        definition = definitions.get(str(measure))
        changes = part["change"].drop_nulls().to_list()
        rows.append(
            {
                "tokenizer": visible(str(tokenizer)),
                "measure": definition.title if definition else visible(str(measure)),
                "place": order.get(str(measure), len(order)),
                **{
                    verdict: verdicts.get(verdict, 0)
                    for verdict in ("better", "worse", "unclear", "changed", "appeared", "vanished", "same")
                },
                "middle": _signed(median(changes), definition.unit if definition else "") if changes else "—",
            }
        )
    return sorted(rows, key=lambda row: (row["place"], row["tokenizer"]))


def _listed(part: pl.DataFrame, unit: str) -> Sequence[dict[str, str]]:
    from langcov.report.described import described

    return [
        {
            "tag": row["language"],
            "language": described(row["language"])["name"],
            "tokenizer": visible(row["tokenizer"]),
            "before": shown(row["before"], unit),
            "after": shown(row["after"], unit),
            "change": f"{100 * row['change'] / abs(row['before']):+.0f}%" if row["before"] else "—",
        }
        for row in part.iter_rows(named=True)
    ]


def _signed(change: float, unit: str) -> str:
    """Write a change with its sign.

    >>> _signed(-0.5, "ratio"), _signed(0.02, "share"), _signed(0.0, "ratio")
    ('−0.50', '+2.0%', '0')
    """
    if not change:
        return "0"
    return f"{'+' if change > 0 else '−'}{shown(abs(change), unit)}"
