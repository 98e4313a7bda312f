"""The page itself: a summary into the template, a run folder into ``index.html``.

Whatever comes from data is escaped: text by Jinja's autoescaping, JSON by `langcov.report.embedding`, the SVG by Vega.
Only what is marked as `Markup` goes in as it is.
"""

from __future__ import annotations

import base64
import hashlib
import os
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from langcov.errors import RunError
from langcov.folders import Folder
from langcov.report import charts
from langcov.report.breakdowns import values_of
from langcov.report.bundle import chart_script
from langcov.report.embedding import held
from langcov.report.folder import read_run
from langcov.report.fonts import characters_of, faces
from langcov.report.linked import linked_section
from langcov.report.summarise import summarise
from langcov.report.trained import trained_section
from langcov.report.values import shown, step_of
from langcov.run_folders import PAGE, page_of
from langcov.stores import is_address, mended

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langcov.report.folder import RunFolder

TEMPLATES: Final = Path(__file__).parent / "templates"
SCRIPTS: Final = (
    "values.js",
    "packed.js",
    "data.js",
    "address.js",
    "cells.js",
    "groups.js",
    "matrix.js",
    "details.js",
    "language.js",
    "switch.js",
    "overlap.js",
    "link.js",
    "downloads.js",
    "start.js",
)
"""The page's script, in the order in which its parts are put together."""

NOTEBOOK_ROWS: Final = 10
"""Languages in the table that a notebook shows."""


def render(summary: Mapping[str, Any]) -> str:
    """Return the page: one HTML file that needs nothing else and makes no request."""
    script = "\n".join(_source(name) for name in SCRIPTS)
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()]
    overlap = _overlap(summary)
    linked = summary.get("link")
    link_data = _chart_data(linked)
    bundle = chart_script() if overlap or link_data else None
    if bundle is not None:
        hashes.append(bundle.sha256)
    policy = {
        "default-src": "'none'",
        "script-src": " ".join(f"'sha256-{digest}'" for digest in hashes),
        "style-src": "'unsafe-inline'",  # Vega sets style attributes
        "img-src": "data:",
        **({"font-src": "data:"} if summary.get("fonts") else {}),
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return (
        _environment()
        .get_template("page.html")
        .render(
            {
                **summary,
                "names": {language["tag"]: language["name"] for language in summary["languages"]},
                "policy": "; ".join(f"{directive} {sources}" for directive, sources in policy.items()),
                # These files are this package's own; nothing of a run is in them.
                "style": Markup(_source("style.css") + str(summary.get("fonts") or "")),  # noqa: S704
                "script": Markup(script),  # noqa: S704
                "bundle": bundle.packed if bundle else None,
                "data": held(summary["data"]),
                "details": held(summary["details"]),
                "heat_map": overlap,
                "link": linked,
                "link_data": link_data,
            }
        )
    )


def fragment(summary: Mapping[str, Any]) -> str:
    """Return the answer as a piece of HTML for a notebook: cards, the languages served worst, the signature."""
    return (
        _environment()
        .get_template("fragment.html")
        .render({**summary, "rows": NOTEBOOK_ROWS, "style": Markup(_source("fragment.css"))})  # noqa: S704 - as above
    )


def write_report(
    run_folder: str | Path,
    *,
    against: str | Path | None = None,
    target: str | Path | None = None,
    fonts: Sequence[Path] = (),
) -> Path:
    """Render the page of a run folder and return its path or address, ``index.html`` in that folder.

    Args:
        run_folder: What `langcov.runs.Run.save` wrote.
        against: An earlier run, from which the page tells what changed.
        target: Another path for the page.
        fonts: Font files, or folders of them: the page brings what it shows of their characters.

    Raises:
        CensusError: The folder holds no census.
        RunError: The measures or the manifest are missing or damaged, or the page can't be written.
    """
    run = read_run(run_folder)
    earlier = read_run(against) if against is not None else None
    page = page_with(run, run_folder, earlier, fonts)
    if target is None and is_address(mended(run_folder)):
        Folder.at(run_folder).put(PAGE, page.encode())
        return page_of(run_folder)
    return written(Path(target) if target is not None else Path(run_folder) / PAGE, page)


def page_with(
    run: RunFolder, run_folder: str | Path, earlier: RunFolder | None = None, fonts: Sequence[Path] = ()
) -> str:
    """Return the page of a run that is in memory.

    Args:
        run: The run.
        run_folder: Where it lies; what was linked or trained there comes along.
        earlier: A run from which the page tells what changed.
        fonts: As for `write_report`.

    Raises:
        RunError: The tables fit neither each other nor the manifest.
    """
    from polars.exceptions import PolarsError

    try:
        summary = summary_of(run, earlier)
        summary["link"] = linked_section(run_folder, run.manifest["signature"])
        summary["trained"] = trained_section(run_folder, run.manifest["signature"])
        summary["fonts"] = faces(characters_of(run, summary), fonts)
        return render(summary)
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, PolarsError) as error:
        # Each table may be whole and yet be none of this run's: what does not fit is met where it is used.
        raise RunError(
            f"its tables and manifest make no page ({type(error).__name__}: {error})",
            where=str(run_folder),
            fix="run it again; if that does not help, report this sentence as a fault of langcov",
        ) from error


def get_ready() -> None:
    """Read the templates and the script that draws charts, which are the same for every run."""
    for name in _environment().list_templates(extensions=["html"]):
        _environment().get_template(name)
    chart_script()


def summary_of(run: RunFolder, earlier: RunFolder | None = None) -> dict[str, Any]:
    """Return all that the page of a run says, and what changed since an earlier one.

    Raises:
        RunError: The two runs share no tokenizer and language.
    """
    summary = summarise(
        run.census, run.measures, run.overlap, run.manifest, fairness=run.fairness, extras=run.extras
    )
    if earlier is not None:
        from langcov.measures.registry import measures
        from langcov.report.difference import difference

        headline = summary["headline"]
        summary["difference"] = difference(earlier, run, measures(), headline and headline["name"])
    return summary


def _overlap(summary: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the heat map as the page needs it: its specification and tables for the script, and drawn once."""
    overlap = summary["overlap"]
    if overlap is None:
        return None
    known = {language["tag"]: language["name"] for language in summary["languages"]}
    named = [known.get(tag, tag) for tag in overlap["languages"]]
    # An axis takes two languages of one name for one.
    labels = [
        name if named.count(name) == 1 else f"{name} ({tag})"
        for name, tag in zip(named, overlap["languages"], strict=True)
    ]
    spec = charts.specification(charts.overlap_heat_map(labels))
    first = overlap["tables"]["|".join(overlap["first"])]
    values = values_of(first)
    pairs = [(row, column) for row in labels for column in labels]
    rows = [
        {
            "row": row,
            "column": column,
            "step": step_of(value, first["breaks"], first["better"]),
            "text": shown(value, "share"),
            "interval": "",
        }
        for (row, column), value in zip(pairs, values, strict=True)
        if value is not None
    ]
    # Squares of one colour that follow each other are one mark in what is drawn once.
    rows.sort(key=lambda row: str(row["step"]))
    parts = ("measures", "pieces", "first", "tables")
    return {
        "svg": Markup(charts.static_svg(spec, {"pairs": rows})),  # noqa: S704 - Vega escapes the texts of its SVG
        "data": held({**{key: overlap[key] for key in parts}, "labels": labels, "spec": spec}),
    }


def _chart_data(linked: Mapping[str, Any] | None) -> dict[str, str] | None:
    """Return the link's charts as the script reads them, None where there are none."""
    found = {name: linked[name]["chart"] for name in ("scatter", "forest") if linked and linked.get(name)}
    return held(found) if found else None


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _source(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def written(target: Path, page: str) -> Path:
    """Write aside and rename, so that a reader never meets half a page.

    Raises:
        RunError: It can't be written.
    """
    aside: str | None = None
    try:
        handle, aside = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(page)
        Path(aside).chmod(0o644)
        Path(aside).replace(target)
    except OSError as error:
        if aside is not None:
            Path(aside).unlink(missing_ok=True)
        reason = error.strerror or str(error)
        raise RunError(
            f"can't write the page ({reason.lower()})",
            where=str(target),
            fix="free some space or mend its permissions",
        ) from error
    return target
