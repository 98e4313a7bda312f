"""The script that draws charts in the page: Vega, Vega-Lite and Vega-Embed as vl-convert brings them, packed.

Putting it together takes a second, so that it is kept in the user's folder for caches.
"""

from __future__ import annotations

import base64
import hashlib
import json
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Final, NamedTuple

from markupsafe import Markup

from langcov.cache import cache_folder, written_aside
from langcov.errors import CacheError
from langcov.report.embedding import SIGNS, packed

if TYPE_CHECKING:
    from pathlib import Path

RULES: Final = 1
"""Raised when the script is put together or packed otherwise."""


class Bundle(NamedTuple):
    """A script: packed for the page, and the hash that lets the page's policy run it."""

    packed: str
    sha256: str


@cache
def chart_script() -> Bundle:
    """Return Vega, Vega-Lite and Vega-Embed as one script that defines ``vegaEmbed`` and no other name.

    It is packed (898 KB to 375 KB) and unpacked by the page when the first chart comes into view.
    """
    file = cache_folder() / "bundles" / f"vl-convert-{version('vl-convert-python')}-{RULES}.json"
    kept = _kept(file)
    if kept is None:
        kept = _put_together()
        with suppress(CacheError, OSError), written_aside(file) as aside:
            content = {"packed": kept.packed, "sha256": kept.sha256, "check": _check(kept)}
            aside.write_text(json.dumps(content), encoding="utf-8")
    return kept


def _put_together() -> Bundle:
    import vl_convert

    source = "(()=>{" + vl_convert.javascript_bundle("window.vegaEmbed=vegaEmbed;") + "})();"
    digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
    return Bundle(packed(source.encode()), digest)


def _kept(file: Path) -> Bundle | None:
    """Return what an earlier run kept, None if there is none or it is damaged."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        if not set(content["packed"].encode()) <= set(SIGNS):
            return None
        # The check says that it is whole, and none of its signs is markup.
        found = Bundle(Markup(content["packed"]), str(content["sha256"]))  # noqa: S704
        return found if content["check"] == _check(found) else None
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None


def _check(bundle: Bundle) -> str:
    return hashlib.sha256(f"{bundle.sha256} {bundle.packed}".encode()).hexdigest()
