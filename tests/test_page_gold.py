"""The page and its Markdown, held against files that somebody looked at.

After a change that is meant: ``UPDATE_GOLD=1 pytest tests/test_page_gold.py``, and look at the difference.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from langcov.report import fragment, render, summarise
from langcov.report.markdown import markdown
from synthetic_extras import synthetic_extras
from synthetic_run import synthetic_run

GOLD = Path(__file__).parent / "gold"


def scrubbed(page: str) -> str:
    """Without scripts, styles, charts and their hashes, and without dates and versions."""
    page = re.sub(r"(<(script|style)[^>]*>).*?(</\2>)", r"\1\3", page, flags=re.DOTALL)
    page = re.sub(r'(<div aria-hidden="true">)<svg.*?</svg>(</div></div>)', r"\1\2", page, flags=re.DOTALL)
    page = re.sub(r"sha256-[A-Za-z0-9+/=]+", "sha256-", page)
    page = re.sub(r"\d{4}-\d\d-\d\d(T[\d:+]+)?", "DATE", page)
    return re.sub(r"langcov(:| )\d+\.\d+\.\d+", r"langcov\1VERSION", page)


@pytest.mark.parametrize("name", ["page.html", "fragment.html", "summary.md"])
def test_what_is_rendered_is_what_was_looked_at(name: str) -> None:
    summary = summarise(
        *synthetic_run(languages=["amh_Ethi", "arb_Arab", "eng_Latn"]), extras=synthetic_extras()
    )
    made = {"page.html": render, "fragment.html": fragment, "summary.md": markdown}[name](summary)
    path = GOLD / name
    if os.environ.get("UPDATE_GOLD"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(scrubbed(made), encoding="utf-8")
    assert scrubbed(made) == path.read_text(encoding="utf-8")
