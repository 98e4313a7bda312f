"""A run in Markdown: short enough for a pull request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

ROWS: Final = 15
"""Languages in the table, the worst served first."""


def markdown(summary: Mapping[str, Any]) -> str:
    """Return the title, the answer, a verdict and figures for each tokenizer, the worst served languages, the signature.

    Args:
        summary: What `langcov.report.summarise` gave, and, under ``difference``, what `langcov.report.difference` did.
    """
    parts = [f"# {escaped(summary['title'])}", _sentences(summary["lead"])]
    if summary["no_premium"]:
        parts.append(escaped(summary["no_premium"]))
    if summary["difference"]:
        parts += _difference(summary["difference"])
    for card in summary["cards"]:
        parts.append(f"**{escaped(card['title'])}: {escaped(card['figure'])}.** {escaped(card['caption'])}")
    if summary["answers"]:
        parts.append(
            "\n".join(
                f"- **{escaped(answer['tokenizer'])}**: {_sentences(answer['sentences'])}"
                for answer in summary["answers"]
            )
        )
    if summary["evenness"]:
        parts.append(_evenness(summary))
    if summary["table"]:
        parts.append(_worst(summary))
    if summary["warnings"]:
        parts.append("\n".join(f"> {escaped(warning)}" for warning in summary["warnings"]))
    parts.append(f"`{summary['signature'].replace('`', '')}`")
    return "\n\n".join(filter(None, parts)) + "\n"


def escaped(text: str) -> str:
    r"""Return text that Markdown shows as it is and that no reader takes for HTML.

    >>> escaped("a|b <img src=x> [c](d) *e*")
    'a\\|b &lt;img src=x&gt; \\[c\\](d) \\*e\\*'
    """
    one_line = " ".join(text.split())
    safe = one_line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_\[\]|~#])", r"\\\1", safe)


def _sentences(sentences: Sequence[Sequence[Sequence[Any]]]) -> str:
    return " ".join(
        "".join(f"**{escaped(text)}**" if strong else _spaced(text) for text, strong in sentence)
        for sentence in sentences
    )


def _spaced(text: str) -> str:
    """Escape text and keep the spaces at its ends, which part it from what is bold."""
    inside = escaped(text)
    return f"{' ' if text[:1].isspace() else ''}{inside}{' ' if text[-1:].isspace() and inside else ''}"


def _difference(difference: Mapping[str, Any]) -> list[str]:
    parts = ["## What changed since the earlier run", " ".join(map(escaped, difference["about"]))]
    if difference["nothing"]:
        return [*parts, "Nothing changed: every value is the same."]
    keys = ("measure", "tokenizer", "better", "worse", "unclear", "appeared", "vanished", "middle")
    heads = ("Measure", "Tokenizer", "Better", "Worse", "Too close", "Appeared", "Vanished", "Middle change")
    parts.append(_table(heads, ([str(row[key]) for key in keys] for row in difference["rows"]), words=2))
    for heading, listed in (("Largest gains", difference["gains"]), ("Largest losses", difference["losses"])):
        if listed:
            lines = (
                f"- {escaped(row['language'])} under {escaped(row['tokenizer'])}: {row['before']} → {row['after']} ({row['change']})"
                for row in listed
            )
            parts.append(f"**{heading}, {escaped(difference['title'].lower())}**\n\n" + "\n".join(lines))
    return parts


def _evenness(summary: Mapping[str, Any]) -> str:
    heads = ["Over all languages", *summary["tokenizers"]]
    rows = (
        [
            row["title"],
            *(
                cell["text"] + (f" ({cell['interval']})" if cell["interval"] else "") or "—"
                for cell in row["cells"]
            ),
        ]
        for row in summary["evenness"]["rows"]
    )
    return _table(heads, rows)


def _worst(summary: Mapping[str, Any]) -> str:
    heads = [f"{summary['headline']['title']}, worst served", *summary["tokenizers"]]
    rows = (
        [
            f"{summary['languages'][row['language']]['name']} ({summary['languages'][row['language']]['tag']})",
            *(cell["text"] + (f" ({cell['interval']})" if cell["interval"] else "") for cell in row["cells"]),
        ]
        for row in summary["table"]["rows"][:ROWS]
    )
    return _table(heads, rows)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], words: int = 1) -> str:
    """Lay out a table; all but the first columns are numbers."""
    lines = [heads, ["---"] * words + ["---:"] * (len(heads) - words)]
    texts = [
        " | ".join(line) if place == 1 else " | ".join(map(escaped, line)) for place, line in enumerate(lines)
    ]
    return "\n".join(f"| {text} |" for text in [*texts, *(" | ".join(map(escaped, row)) for row in rows)])
