"""The short answer: who is served worst and by which tokenizer, in plain sentences made from the numbers.

A sentence is a list of ``[text, strong]`` pairs; the template escapes the text and sets the strong parts in bold.
"""

from __future__ import annotations

import math
from collections import Counter
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from langcov.measures.table import NOTICEABLE
from langcov.report.values import Cell, Column, brief, ticks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Sentence = list[tuple[str, bool]]

AXIS: Final = 1000
"""Length of the axis under the bars, and"""
BIN: Final = 10
"""the width of a bar."""


def lead(
    headline: Column,
    fates: Mapping[str, Column],
    tokenizers: Sequence[str],
    names: Mapping[str, str],
    reference: str | None,
) -> list[Sentence]:
    """Say which languages are served worst, which tokenizer is the most even, and which ones lose letters."""
    columns = {tokenizer: headline.values(tokenizer) for tokenizer in tokenizers}
    columns = {tokenizer: column for tokenizer, column in columns.items() if column}
    if not columns:
        return []
    sentences = [_served_worst(headline, columns, names, reference)]
    common, typical = headline.typical(tokenizers, reference)
    if len(typical) > 1 and set.union(*map(set, columns.values())) != {reference}:
        order = sorted(typical, key=lambda name: (_badness(typical[name], headline), name))
        where = "one language" if common == 1 else _languages(common)
        best, worst = (_amount(typical[name], headline, names, reference) for name in (order[0], order[-1]))
        sentences.append(
            [
                (f"On the {where} where all tokenizers can be compared, ", False),
                (order[0], True),
                (f" serves the typical one best ({best}) and ", False),
                (order[-1], True),
                (f" worst ({worst}).", False),
            ]
        )
    losses = _counts(fates, "lost_characters", tokenizers)
    losers = sorted((name for name in losses if losses[name]), key=lambda name: -losses[name])
    if losers:
        told = [[(name, True), (f" ({_languages(losses[name])})", False)] for name in losers[:4]]
        rest = f" and {len(losers) - 4} more" if len(losers) > 4 else ""
        sentences.append([("Letters are lost altogether under ", False), *_listed(told), (f"{rest}.", False)])
    return sentences


def answers(
    headline: Column,
    fates: Mapping[str, Column],
    tokenizers: Sequence[str],
    names: Mapping[str, str],
    reference: str | None,
) -> list[dict[str, Any]]:
    """Return one answer a tokenizer: its sentences, and its languages as bars along an axis."""
    scale = _Scale(headline, tokenizers)
    found = []
    for tokenizer in tokenizers:
        values = {tag: value for tag, value in headline.values(tokenizer).items() if tag != reference}
        sentences = [
            _missing(headline, tokenizer),
            _typical_and_worst(headline, tokenizer, values, names, reference) if values else None,
            _fate(fates, tokenizer),
        ]
        found.append(
            {
                "tokenizer": tokenizer,
                "sentences": [sentence for sentence in sentences if sentence],
                "bars": scale.bars(values.values()),
                "median": scale.place(median(values.values())) if values else None,
            }
        )
    return found


def axis(headline: Column, tokenizers: Sequence[str]) -> list[dict[str, Any]]:
    """Return the ticks of the axis that all tokenizers share."""
    return _Scale(headline, tokenizers).axis()


def _served_worst(
    headline: Column,
    columns: Mapping[str, Mapping[str, float]],
    names: Mapping[str, str],
    reference: str | None,
) -> Sentence:
    languages = dict.fromkeys(tag for column in columns.values() for tag in column)
    if len(languages) > 1:
        languages.pop(reference or "", None)
    middle = {tag: median(column[tag] for column in columns.values() if tag in column) for tag in languages}
    worst = sorted(middle, key=lambda tag: (-_badness(middle[tag], headline), tag))[:3]
    unit = headline.definition.unit
    amounts = _listed([[(brief(middle[tag], unit), False)] for tag in worst])
    told: Sentence = _listed([[(names[tag], True)] for tag in worst])
    told.append((" are served worst: " if len(worst) > 1 else " is served worst: ", False))
    if headline.name == "premium":
        told += [("the same text takes ", False), *amounts]
        told.append(
            (f" times as many tokens as in {names.get(reference or '', 'the reference language')}", False)
        )
    else:
        told += [(f"{headline.definition.title.lower()} is ", False), *amounts]
        told.append((f" {unit}" if unit not in ("ratio", "share", "") else "", False))
    among = " (median of the tokenizers that can be compared)" if len(columns) > 1 else ""
    return [*told, (f"{among}.", False)]


def _typical_and_worst(
    headline: Column,
    tokenizer: str,
    values: Mapping[str, float],
    names: Mapping[str, str],
    reference: str | None,
) -> Sentence:
    unit = headline.definition.unit
    most = "at least" if headline.definition.better == "higher" else "at most"
    middle = median(values.values())
    worst = max(values, key=lambda tag: (_badness(values[tag], headline), tag))
    other = "" if len(values) == len(headline.values(tokenizer)) else "other "
    if headline.name == "premium":
        typical: Sentence = [
            (f"Half of the {len(values):,} {other}languages need {most} ", False),
            (f"{brief(middle, unit)} times", True),
            (f" as many tokens as {names.get(reference or '', 'the reference language')}", False),
        ]
    else:
        typical = [
            (f"Half of the {len(values):,} {other}languages have {most} ", False),
            (_amount(middle, headline, names, reference), True),
        ]
    interval = _interval(headline.cells[tokenizer, worst], unit)
    return [
        *typical,
        ("; the worst served of them is ", False),
        (names[worst], True),
        (f" at {brief(values[worst], unit)}{interval}.", False),
    ]


def _missing(headline: Column, tokenizer: str) -> Sentence | None:
    reasons = Counter(
        cell.note or "no reason is given"
        for (named, _), cell in headline.cells.items()
        if named == tokenizer and cell.value is None
    )
    if not reasons:
        return None
    reason, _ = reasons.most_common(1)[0]
    several = "" if len(reasons) == 1 else ", or another reason"
    return [(_languages(reasons.total()), True), (f" can't be compared: {reason}{several}.", False)]


def _fate(fates: Mapping[str, Column], tokenizer: str) -> Sentence | None:
    lost = _counts(fates, "lost_characters", [tokenizer]).get(tokenizer)
    spelled = _counts(fates, "spelled_characters", [tokenizer]).get(tokenizer)
    if lost is None or spelled is None:
        return None
    if not lost and not spelled:
        return [("Letters stay whole in every language.", False)]
    parts: list[Sentence] = []
    if lost:
        parts.append([("are lost in ", False), (_languages(lost), True)])
    if spelled:
        parts.append([("are broken into bytes in ", False), (_languages(spelled), True)])
    return [("Letters ", False), *_listed(parts), (".", False)]


def _counts(fates: Mapping[str, Column], fate: str, tokenizers: Sequence[str]) -> dict[str, int]:
    """In how many languages each tokenizer noticeably loses or spells characters; empty where that is unknown."""
    values = {name: fates[fate].values(name) for name in tokenizers} if fate in fates else {}
    return {
        name: sum(share > NOTICEABLE for share in known.values()) for name, known in values.items() if known
    }


def _listed(parts: Sequence[Sentence]) -> Sentence:
    """Join as in speech.

    >>> "".join(text for text, _ in _listed([[("a", True)], [("b", True)], [("c", True)]]))
    'a, b and c'
    """
    joined = list(parts[0])
    for place, part in enumerate(parts[1:], start=2):
        joined += [(" and " if place == len(parts) else ", ", False), *part]
    return joined


def _languages(count: int) -> str:
    return f"{count:,} language{'' if count == 1 else 's'}"


def _amount(value: float, headline: Column, names: Mapping[str, str], reference: str | None) -> str:
    """Return a value with its unit: ``1.9 times English``, ``2.3 tokens per word``."""
    unit = headline.definition.unit
    if headline.name == "premium":
        return f"{brief(value, unit)} times {names.get(reference or '', 'the reference')}"
    if unit in ("ratio", "share", ""):
        return f"{brief(value, unit)} ({headline.definition.title.lower()})"
    return f"{brief(value, unit)} {unit}"


def _interval(cell: Cell, unit: str) -> str:
    if cell.low is None or cell.high is None:
        return ""
    return f" (95\u202f% interval {brief(cell.low, unit)} to {brief(cell.high, unit)})"


def _badness(value: float, headline: Column) -> float:
    return -value if headline.definition.better == "higher" else value


class _Scale:
    """Places values along an axis: logarithmic where all are positive, else linear."""

    def __init__(self, headline: Column, tokenizers: Sequence[str]) -> None:
        columns = [list(headline.values(tokenizer).values()) for tokenizer in tokenizers]
        values = [value for column in columns for value in column]
        self.unit = headline.definition.unit
        self.log = bool(values) and min(values) > 0 and self.unit != "share"
        self.ticks = ticks(values, log=self.log) if values else []
        self.most = max((max(self._binned(column).values()) for column in columns if column), default=1)

    def place(self, value: float) -> int:
        first, last = self.ticks[0], self.ticks[-1]
        if first == last:
            return AXIS // 2
        share = (
            math.log(value / first) / math.log(last / first) if self.log else (value - first) / (last - first)
        )
        return round(share * AXIS)

    def bars(self, values: Iterable[float]) -> list[list[int]]:
        """Left edge and height, in thousandths, of a bar for each bin that holds a language."""
        return [
            [place * BIN, max(40, round(1000 * count / self.most))]
            for place, count in sorted(self._binned(values).items())
        ]

    def axis(self) -> list[dict[str, Any]]:
        return [
            {"at": self.place(tick), "label": f"{tick * 100:g}%" if self.unit == "share" else f"{tick:g}"}
            for tick in self.ticks
        ]

    def _binned(self, values: Iterable[float]) -> Counter[int]:
        return Counter(min(self.place(value), AXIS - 1) // BIN for value in values)
