"""Charts of a run as files: SVG and PNG, in the page's light colours."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from langcov.errors import RunError
from langcov.report import charts
from langcov.report.breakdowns import values_of
from langcov.report.values import shown, step_of

if TYPE_CHECKING:
    from collections.abc import Mapping

STYLE: Final = Path(__file__).parent / "templates" / "style.css"
ROWS: Final = 40
"""Languages in the heat map of those served worst."""

SCALE: Final = 2.0
"""Pixels of a PNG for one of the chart."""


def write_images(summary: Mapping[str, Any], folder: str | Path) -> list[Path]:
    """Write each chart as NAME.svg and NAME.png and return the paths; a chart without values is left out.

    Raises:
        RunError: The folder can't be written.
    """
    import vl_convert

    folder = Path(folder)
    paths: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, svg in images(summary).items():
            for suffix, data in ((".svg", svg.encode()), (".png", vl_convert.svg_to_png(svg, scale=SCALE))):
                paths.append(folder / f"{name}{suffix}")
                paths[-1].write_bytes(data)
    except OSError as error:
        raise RunError(
            f"can't write the charts ({(error.strerror or str(error)).lower()})",
            where=str(folder),
            fix="name another folder with --out",
        ) from error
    return paths


def images(summary: Mapping[str, Any]) -> dict[str, str]:
    """Return the charts of a summary as SVG by name: ``spread``, ``worst``, ``overlap``, ``front``."""
    found = {}
    if summary["table"]:
        found["spread"] = _spread(summary)
        found["worst"] = _worst(summary)
    if summary["overlap"]:
        found["overlap"] = _overlap(summary)
    if summary.get("trained"):
        found["front"] = str(summary["trained"]["svg"])
    return {name: in_light_colours(svg) for name, svg in found.items()}


def in_light_colours(svg: str) -> str:
    """Return an SVG with the style sheet's colours put in for their names, on white."""
    colours = dict(
        re.findall(r"(--[\w-]+):\s*(#[0-9a-f]{3,6})", STYLE.read_text(encoding="utf-8").split("@media")[0])
    )
    coloured = re.sub(r"var\((--[\w-]+)\)", lambda found: colours.get(found[1], "#000"), svg)
    # Elsewhere than in the page there is no paper behind it, and no ink to take the colour of.
    coloured = coloured.replace("currentColor", colours["--ink"])
    return re.sub(r"(<svg[^>]*>)", r'\1<rect width="100%" height="100%" fill="#fff"/>', coloured, count=1)


def _spread(summary: Mapping[str, Any]) -> str:
    headline = summary["headline"]
    measure = next(each for each in summary["data"]["measures"] if each["name"] == headline["name"])
    one = 10 ** measure["d"]
    languages = summary["languages"]
    values = [
        {
            "tokenizer": tokenizer,
            "language": language["tag"],
            "value": packed / one,
        }
        for place, tokenizer in enumerate(summary["tokenizers"])
        for at, language in enumerate(languages)
        if (packed := measure["v"][place * len(languages) + at]) is not None
        and str(place * len(languages) + at) not in measure["n"]
        and at != summary["data"]["reference"]
    ]
    log = headline["unit"] == "ratio" and all(row["value"] > 0 for row in values)
    title = f"{headline['title']} of each language; the mark is the median"
    chart = charts.spread_of_languages(title, summary["tokenizers"], log=log)
    return charts.static_svg(charts.specification(chart), {"values": values})


def _worst(summary: Mapping[str, Any]) -> str:
    names = []
    cells = []
    for row in summary["table"]["rows"][:ROWS]:
        language = summary["languages"][row["language"]]
        names.append(f"{language['name']} ({language['tag']})")
        cells += [
            {
                "language": names[-1],
                "tokenizer": tokenizer,
                "step": 7 if cell["step"] is None else cell["step"],
                "text": cell["text"],
                "dark": cell["step"] is not None and cell["step"] >= 5,
            }
            for tokenizer, cell in zip(summary["tokenizers"], row["cells"], strict=True)
        ]
    title = f"{summary['headline']['title']}: the {len(names)} languages served worst"
    chart = charts.worst_served_heat_map(title, names, summary["tokenizers"])
    return charts.static_svg(charts.specification(chart), {"cells": cells})


def _overlap(summary: Mapping[str, Any]) -> str:
    overlap = summary["overlap"]
    known = {language["tag"]: language["name"] for language in summary["languages"]}
    labels = [f"{known.get(tag, tag)} ({tag})" for tag in overlap["languages"]]
    table = overlap["tables"]["|".join(overlap["first"])]
    rows = [
        {
            "row": row,
            "column": column,
            "step": 7 if value is None else step_of(value, table["breaks"], table["better"]),
            "text": shown(value, "share"),
            "interval": "",
        }
        for (row, column), value in zip(
            ((row, column) for row in labels for column in labels), values_of(table), strict=True
        )
    ]
    return charts.static_svg(charts.specification(charts.overlap_heat_map(labels)), {"pairs": rows})
