"""The page's section on candidates: what ``langcov train`` saved in a run folder, as plain data and one chart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from langcov.census.storage import DAMAGE
from langcov.errors import RunError
from langcov.languages import describe
from langcov.report import charts, planning_charts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FORMAT: Final = 1
FRONTS: Final = {
    "worst": "Worst premium",
    "p90": "Premium of the worst tenth",
    "speakers": "Premium of a speaker",
}


def trained_section(folder: str | Path, signature: str) -> dict[str, Any] | None:
    """Return the section of a run folder, None if nothing was trained there or it belongs to another run.

    Raises:
        RunError: ``candidates.json`` is damaged.
    """
    file = Path(folder) / "candidates.json"
    if not file.exists():
        return None
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        if found["format"] != FORMAT:
            raise ValueError(f"it has format {found['format']!r}")
        rows = [row for row in found["candidates"] if row["cost"] is not None]
        if found["signature"] != signature or not rows:
            return None
        return {
            "verdict": [str(sentence) for sentence in found["verdict"]],
            "trained_on": str(found["trained_on"]["corpus"]),
            "judged_on": str(found["judged_on"]["corpus"]),
            "reference": describe(found["reference"]).name,
            "fronts": list(FRONTS.values()),
            "rows": [_row(row) for row in rows],
            "svg": Markup(_chart(rows, describe(found["reference"]).name)),  # noqa: S704 - Vega escapes the texts of its SVG
        }
    except DAMAGE as error:
        raise RunError(
            f"what was trained is damaged ({error})",
            where=str(file),
            fix="run langcov train again with --resume",
        ) from error


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "number": int(row["number"]),
        "candidate": str(row["candidate"]),
        "entries": f"{row['entries']:,}",
        "cost": _said(row, "cost", 3),
        "premiums": [
            {
                "text": _said(row, name, 2),
                "front": bool(row[f"{name}_on_front"]),
                "share": f"{100 * row[f'{name}_front_share']:.0f} %",
            }
            for name in FRONTS
        ],
        "worst_language": describe(row["worst_language"]).name,
    }


def _chart(rows: Sequence[Mapping[str, Any]], reference: str) -> str:
    points = [
        {
            "front": title,
            "number": str(row["number"]),
            "kind": " ".join(part for part in (row["kind"], row["pattern"]) if part),
            "alpha": f"alpha {row['alpha']:g}",
            "vocabulary": f"{row['vocabulary']:,}",
            "cost": row["cost"],
            "cost_low": row["cost"] if row["cost_low"] is None else row["cost_low"],
            "cost_high": row["cost"] if row["cost_high"] is None else row["cost_high"],
            "premium": row[name],
            "low": row[name] if row[f"{name}_low"] is None else row[f"{name}_low"],
            "high": row[name] if row[f"{name}_high"] is None else row[f"{name}_high"],
            "on": row[f"{name}_on_front"],
        }
        for name, title in FRONTS.items()
        for row in rows
        if row[name] is not None
    ]
    sizes = [f"{size:,}" for size in sorted({row["vocabulary"] for row in rows})]
    chart = planning_charts.pareto_fronts(
        f"Tokens per byte of {reference}",
        list(FRONTS.values()),
        list(dict.fromkeys(point["kind"] for point in points)),
        [f"alpha {alpha:g}" for alpha in sorted({row["alpha"] for row in rows})],
        sizes,
    )
    return charts.static_svg(charts.specification(chart), {"points": points})


def _said(row: Mapping[str, Any], name: str, digits: int) -> str:
    if row[name] is None:
        return "–"
    value = f"{row[name]:.{digits}f}"
    if row[f"{name}_low"] is None:
        return value
    return f"{value} [{row[f'{name}_low']:.{digits}f}, {row[f'{name}_high']:.{digits}f}]"
