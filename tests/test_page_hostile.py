"""Whatever a vocabulary, a name or a note holds, the page and the Markdown show it as text."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import polars as pl
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from langcov.measures.vocabulary import shown
from langcov.report import fragment, render, summarise
from langcov.report.chips import chips
from langcov.report.details import packed_details
from langcov.report.markdown import markdown
from langcov.report.values import visible
from synthetic_extras import synthetic_extras
from synthetic_run import HOSTILE, synthetic_run

if TYPE_CHECKING:
    from collections.abc import Sequence

NASTY = st.one_of(
    st.sampled_from(
        [
            HOSTILE,
            "<!--",
            "]]>",
            "</style><script>alert(1)</script>",
            "{{7*7}}{% raw %}",
            "\u202e\u2066\u2028",
            "\x00\x1b[31m",
            "\ud800",
            "x" * 10_000,
            "' onmouseover=alert(1) '",
            "javascript:alert(1)",
            "&lt;b&gt;",
        ]
    ),
    st.text(st.characters(), max_size=20),
)
"""Texts that attack a page, and any others, lone surrogates too."""

ALLOWED = {
    *(
        [
            "html",
            "head",
            "meta",
            "title",
            "link",
            "style",
            "body",
            "a",
            "header",
            "h1",
            "h2",
            "h3",
            "h4",
            "dl",
            "div",
            "dt",
            "dd",
            "details",
            "summary",
            "p",
            "code",
            "ul",
            "li",
            "ol",
        ]
    ),
    *(
        [
            "nav",
            "main",
            "section",
            "span",
            "strong",
            "em",
            "svg",
            "path",
            "rect",
            "g",
            "text",
            "form",
            "label",
            "select",
            "input",
            "button",
            "table",
            "thead",
            "tbody",
        ]
    ),
    *(
        [
            "tfoot",
            "tr",
            "th",
            "td",
            "sup",
            "small",
            "bdi",
            "br",
            "footer",
            "script",
            "option",
            "defs",
            "clippath",
            "lineargradient",
            "stop",
            "line",
        ]
    ),
}


class Elements(HTMLParser):
    """The names of a page's elements and of their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.update(name for name, _ in attrs)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)


def summary_of(name: str, note: str, pieces: Sequence[str]) -> dict[str, Any]:
    """A run whose tokenizer, notes and vocabulary hold what is given."""
    name = name.encode("utf-8", "replace").decode() or "nameless"
    note = note.encode("utf-8", "replace").decode()
    run = synthetic_run([name], ["eng_Latn", "amh_Ethi"])
    extras = synthetic_extras([name], ["eng_Latn", "amh_Ethi"], pieces)
    return summarise(
        run.census,
        run.measures.with_columns(note=pl.lit(note)),
        None,
        {**run.manifest, "warnings": [note], "signature": f"{name}|{note}"},
        extras=extras,
    )


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(NASTY, NASTY, st.lists(NASTY, max_size=3))
@example(HOSTILE, HOSTILE, [HOSTILE, "\ud800", "\x00", "\u202e", "x" * 10_000])
def test_no_text_becomes_an_element_of_the_page(name: str, note: str, pieces: list[str]) -> None:
    summary = summary_of(name, note, pieces)
    html = render(summary)
    found = Elements(html)
    assert set(found.tags) <= ALLOWED
    assert found.tags.count("script") == html.count("</script>") == 3
    assert not {attribute for attribute in found.attributes if attribute.startswith("on")}
    html.encode("utf-8")
    assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029\x00") & set(html)
    assert Elements(fragment(summary)).tags.count("script") == 0


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(NASTY, NASTY)
def test_no_text_becomes_markup_of_markdown(name: str, note: str) -> None:
    # What stands in a code span is no markup.
    text = re.sub(r"`[^`]*`", "", markdown(summary_of(name, note, [])))
    assert "<" not in text
    heads = [line for line in text.splitlines() if line.startswith("| Premium, worst served")]
    rows = text.splitlines()[text.splitlines().index(heads[0]) :][:4] if heads else []
    assert len({line.replace("\\|", "").count("|") for line in rows}) <= 1, "no name adds a column"


@given(st.binary(max_size=40), st.lists(st.binary(min_size=1, max_size=12), max_size=6))
def test_any_bytes_of_a_vocabulary_are_chips_that_can_be_shown(text: bytes, surfaces: list[bytes]) -> None:
    whole = text.decode("utf-8", "replace")
    found = chips(whole, [(surface, "normal") for surface in surfaces], [(0, len(whole))] * len(surfaces))
    for chip in found:
        assert 0 <= chip.start <= chip.end <= len(whole.encode())
        assert visible(chip.piece).encode("utf-8").decode() == visible(chip.piece)
        assert len(chip.piece) <= 200
    json.dumps([shown(surface) for surface in surfaces]).encode()


def test_details_hold_no_control_character_of_a_piece_and_every_language() -> None:
    extras = synthetic_extras(["a"], ["eng_Latn", "amh_Ethi"], ["\u202eevil", "x" * 10_000])
    details = packed_details(extras, ["a"], ["amh_Ethi", "eng_Latn"])
    words = details["samples"]["words"]
    assert any("[U+202E]evil" in word for word in words)
    assert not any("\u202e" in word for word in words)
    assert all(details["samples"]["texts"])
