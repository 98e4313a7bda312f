"""The page's section on models' results: what ``langcov link`` saved in a run folder, as plain data and two charts."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl
from markupsafe import Markup

from langcov.census.storage import DAMAGE, read_table
from langcov.errors import RunError
from langcov.languages import describe
from langcov.report import charts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FORMAT: Final = 1
SCRIPTS_SHOWN: Final = 7
"""So many scripts have a colour of their own; the others share one."""

OTHERS: Final = "other scripts"
MOST_RISKS: Final = 30
LEAST_LANGUAGES: Final = 10
COLUMNS: Final = (
    "tokenizer",
    "model",
    "benchmark",
    "metric",
    "setting",
    "part",
    "measure",
    "of",
    "languages",
    "families",
    "raw",
    "partial",
    "low",
    "high",
    "translated",
)
CELL: Final = ["tokenizer", "model", "benchmark", "metric", "setting"]


def linked_section(folder: str | Path, signature: str) -> dict[str, Any] | None:
    """Return the section of a run folder, None if nothing was linked; ``stale`` if that was another run.

    Raises:
        RunError: ``link.json`` or ``link.parquet`` is damaged.
    """
    folder = Path(folder)
    if not (folder / "link.json").exists():
        return None
    try:
        found = json.loads((folder / "link.json").read_text(encoding="utf-8"))
        if found["format"] != FORMAT:
            raise ValueError(f"it has format {found['format']!r}")
        if found["signature"] != signature:
            return {"stale": True}
        tests = read_table(folder / "link.parquet").select(COLUMNS)
        return _section(found, tests)
    except DAMAGE as error:
        raise RunError(
            f"what was linked is damaged ({error})",
            where=str(folder / "link.json"),
            fix="run langcov link again",
        ) from error


def _section(found: Mapping[str, Any], tests: pl.DataFrame) -> dict[str, Any]:
    return {
        "stale": False,
        "verdict": found["verdict"],
        "notes": found["notes"],
        "tests": found["tests"],
        "results": found["results"],
        "by_kind": [_kind(row) for row in found["by_kind"]],
        "controls": _controls(found["controls"]),
        "errors": [_error(row) for row in found["errors"] if row["cells"] == "all"],
        "single_errors": _single(found["errors"]),
        "mixed": [_term(row) for row in found["mixed"]],
        "risks": _risks(found["risks"]),
        "outside": _outside(found["risks"]),
        "citations": found["citations"],
        "scatter": _scatter(found["points"]),
        "forest": _forest(tests),
    }


def _scatter(points: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    if not points:
        return None
    common = [script for script, _ in Counter(row["script"] for row in points).most_common(SCRIPTS_SHOWN)]
    titles = {
        row["tokenizer"]: f"{row['tokenizer']}: {row['model'].rpartition('/')[2]}, {row['benchmark']}"
        for row in points
    }
    ranges: dict[str, tuple[float, float]] = {}
    for row in points:
        low, high = ranges.get(row["data"], (row["log_size"], row["log_size"]))
        ranges[row["data"]] = min(low, row["log_size"]), max(high, row["log_size"])
    rows = [
        {
            "tokenizer": titles[row["tokenizer"]],
            "language": row["name"],
            "script": row["script"] if row["script"] in common else OTHERS,
            "premium": round(row["premium"], 4),
            "gap": round(row["gap"], 4),
            "size": round(_share(row["log_size"], *ranges[row["data"]]), 3),
            "said_premium": f"{row['premium']:.2f}",
            "said_gap": f"{row['gap']:.2f}"
            + (f" ± {row['gap_se']:.2f}" if row["gap_se"] is not None else ""),
            "data": f"{'' if row['seen'] else 'not in '}{row['data']}",
        }
        for row in points
    ]
    scripts = [*common, *([OTHERS] if any(row["script"] == OTHERS for row in rows) else [])]
    spec = charts.specification(charts.link_scatter(list(titles.values()), scripts, (0, 1)))
    data = {"points": rows}
    return {
        "rows": sorted(rows, key=lambda row: (row["tokenizer"], -row["gap"])),
        "chart": {"spec": spec, "datasets": data},
        "svg": Markup(charts.static_svg(spec, data)),  # noqa: S704 - Vega escapes the texts of its SVG
    }


def _forest(tests: pl.DataFrame) -> dict[str, Any] | None:
    """Return the forest plot: for each tokenizer and benchmark the model in the middle, by its partial correlation."""
    own = tests.filter(
        (pl.col("part") == "measure")
        & (pl.col("measure") == "premium")
        & (pl.col("languages") >= LEAST_LANGUAGES)
        & pl.col("partial").is_not_null()
    ).sort("tokenizer", "benchmark", "partial", "model", "metric")
    if own.is_empty():
        return None
    middle = own.group_by("tokenizer", "benchmark", maintain_order=True).agg(
        pl.all().sort_by("partial").get((pl.len() - 1) // 2), pl.col("model").n_unique().alias("models")
    )
    wrong = tests.filter((pl.col("part") == "control") & pl.col("partial").is_not_null())
    rows, controls = [], []
    for row in middle.iter_rows(named=True):
        native = {"no": ", native", "partly": ", partly translated"}.get(row["translated"], "")
        label = f"{row['tokenizer']}: {row['benchmark']}{native} (n = {row['languages']})"
        interval = f" [{row['low']:.2f}, {row['high']:.2f}]" if row["low"] is not None else ", no interval"
        rows.append(
            {
                "label": label,
                "model": row["model"],
                "models": row["models"],
                "languages": row["languages"],
                "families": row["families"],
                **{
                    name: None if row[name] is None else round(row[name], 4)
                    for name in ("raw", "partial", "low", "high")
                },
                "said": f"{row['model']}: {row['partial']:.2f}{interval} with data size held fixed; {row['raw']:.2f} raw",
            }
        )
        same = wrong.filter(*(pl.col(name) == row[name] for name in CELL))
        controls += [
            {
                "label": label,
                "of": each["of"],
                "value": round(each["partial"], 4),
                "said": f"{each['partial']:.2f}",
            }
            for each in same.iter_rows(named=True)
        ]
    by_label: dict[str, list[str]] = {}
    for each in controls:
        by_label.setdefault(each["label"], []).append(f"{each['of']} {each['said']}")
    spec = charts.specification(charts.link_forest([row["label"] for row in rows]))
    data = {"forest": rows, "controls": controls}
    return {
        "rows": [{**row, "wrong": ", ".join(by_label.get(row["label"], []))} for row in rows],
        "chart": {"spec": spec, "datasets": data},
        "svg": Markup(charts.static_svg(spec, data)),  # noqa: S704 - Vega escapes the texts of its SVG
    }


def _kind(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "raw": _two(row["raw"]), "partial": _two(row["partial"])}


def _controls(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    parts = {"control": "All languages", "control within one script": "Within the cell's commonest script"}
    shown = [
        {**row, "own_partial": _two(row["own_partial"]), "partial": _two(row["partial"])} for row in rows
    ]
    return [
        {"title": title, "rows": [row for row in shown if row["part"] == part]}
        for part, title in parts.items()
        if any(row["part"] == part for row in shown)
    ]


def _error(row: Mapping[str, Any]) -> dict[str, Any]:
    interval = (
        "" if row["gain_low"] is None else f"{100 * row['gain_low']:+.0f}% to {100 * row['gain_high']:+.0f}%"
    )
    return {
        **row,
        "error": f"{row['error']:.3f}",
        "gain": "—" if row["using"] == "data size" else f"{100 * row['gain']:+.1f}%",
        "interval": interval,
    }


def _single(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the gain of the tokenizer over data size in single cells, families left out."""
    chosen = [
        row
        for row in rows
        if row["cells"] != "all" and row["left_out"] == "family" and row["using"] == "data size + tokenizer"
    ]
    return [_error(row) for row in sorted(chosen, key=lambda row: -row["gain"])]


def _term(row: Mapping[str, Any]) -> dict[str, Any]:
    titles = {
        "log_premium": "own premium (log)",
        "wrong_premium": "wrong tokenizers' premium (log)",
        "log_size": "data size (log)",
        "seen": "in the data at all",
    }
    there = row["coefficient"] is not None
    return {
        **row,
        "term": titles.get(row["term"], row["term"] or "—"),
        "coefficient": _two(row["coefficient"]),
        "interval": f"{row['low']:.2f} to {row['high']:.2f}" if there else "",
        "q": "" if row["q"] is None else ("<0.001" if row["q"] < 0.001 else f"{row['q']:.3f}"),
    }


def _risks(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    from langcov.transfer.predict import RISKS, at_risk

    table = pl.DataFrame(rows, schema=RISKS) if rows else pl.DataFrame(schema=RISKS)
    return [
        {
            **row,
            "name": describe(row["language"]).name,
            "speakers": f"{row['speakers']:,}",
            "premium": _two(row["premium"]),
            "gap": _two(row["gap"]),
            "how": "observed"
            if row["observed"] is not None
            else f"predicted, {row['low']:.2f} to {row['high']:.2f}",
        }
        for row in at_risk(table, MOST_RISKS)
    ]


def _outside(rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, int]]:
    return Counter(row["outside"] for row in rows if row["outside"]).most_common()


def _share(value: float, low: float, high: float) -> float:
    return (value - low) / (high - low) if high > low else 0.5


def _two(value: float | None) -> str:
    return "—" if value is None else f"{value:.2f}"
