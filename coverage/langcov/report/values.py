"""How a value looks: rounded, formatted, put into one of seven colour steps.

The page's script formats and colours by the same rules (``templates/values.js``: ``shown`` and ``stepOf``).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import polars as pl

STEPS: Final = 7
"""Colours in a ramp; the last is for the worst (or, where nothing is better or worse, the most)."""

FIXED_BREAKS: Final[Mapping[str, tuple[float, ...]]] = {
    "ratio": (1.25, 1.5, 2, 3, 5, 8),
    "share": (0.01, 0.05, 0.1, 0.2, 0.4, 0.6),
}
"""Where one colour ends and the next begins, by unit, so that a colour means the same on every page."""

MISSING: Final = "—"

_CONTROLS: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


class OverlapDefinition(Protocol):
    """What the page needs to know of a measure between two languages."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def better(self) -> str: ...  # noqa: D102
    @property
    def formula(self) -> str: ...  # noqa: D102
    @property
    def reading(self) -> str: ...  # noqa: D102
    @property
    def citation(self) -> str: ...  # noqa: D102


class Definition(OverlapDefinition, Protocol):
    """What the page needs to know of a measure; `langcov.measures.base.Measure` is one."""

    @property
    def unit(self) -> str: ...  # noqa: D102


@dataclass(frozen=True)
class Undefined:
    """Stands in for the definition of a measure that the table has and no installed package declares."""

    name: str
    unit: str = ""
    better: str = "neutral"
    formula: str = "not known here: the package that declares this measure is not installed"
    reading: str = ""
    citation: str = ""

    @property
    def title(self) -> str:
        """The name, as words."""
        return self.name.replace("_", " ").capitalize()


@dataclass(frozen=True)
class Cell:
    """One value with its interval, or the reason why there is none."""

    value: float | None
    low: float | None = None
    high: float | None = None
    units: int = 0
    note: str | None = None

    @property
    def caution(self) -> bool:
        """Whether the note warns of the value, rather than giving the reason why it or its interval is missing."""
        bounded = self.low is not None and self.high is not None
        return (
            self.value is not None and self.note is not None and (bounded or self.note.startswith("caution"))
        )


@dataclass(frozen=True)
class Column:
    """All values of one measure, by tokenizer (None: of the text alone) and language.

    ``table`` has the columns tokenizer, language, value, low, high, units and note, numbers finite, notes `visible`.
    """

    definition: Definition
    name: str
    table: pl.DataFrame

    @cached_property
    def cells(self) -> dict[tuple[str | None, str], Cell]:
        """The rows as cells: made when they are asked for, since most measures are needed as a table alone."""
        return {
            (tokenizer, language): Cell(value, low, high, units, note)
            for tokenizer, language, value, low, high, units, note in self.table.iter_rows()
        }

    def with_cells(self, cells: Mapping[tuple[str | None, str], Cell]) -> Column:
        """Return the same measure with other cells."""
        import polars as pl

        rows = [(*key, cell.value, cell.low, cell.high, cell.units, cell.note) for key, cell in cells.items()]
        return replace(self, table=pl.DataFrame(rows, schema=self.table.schema, orient="row"))

    @cached_property
    def of_text(self) -> bool:
        """Whether no tokenizer has a part in it."""
        return self.table["tokenizer"].null_count() == self.table.height

    @property
    def is_part(self) -> bool:
        """Whether it is one part of a family, such as ``script_share:Latn``."""
        return ":" in self.name

    @cached_property
    def _values(self) -> dict[str | None, dict[str, float]]:
        found: dict[str | None, dict[str, float]] = {}
        rows = self.table.select("tokenizer", "language", "value").drop_nulls("value")
        for tokenizer, language, value in rows.iter_rows():
            found.setdefault(tokenizer, {})[language] = value
        return found

    def values(self, tokenizer: str | None) -> Mapping[str, float]:
        """Language to value, without those that could not be measured."""
        return self._values.get(tokenizer, {})

    def sound(self, tokenizer: str | None) -> dict[str, float]:
        """`values`, without those that have a caution."""
        return {
            language: value
            for language, value in self.values(tokenizer).items()
            if not self.cells[tokenizer, language].caution
        }

    def typical(self, tokenizers: Sequence[str], reference: str | None) -> tuple[int, dict[str, float]]:
        """Return each tokenizer's median over the languages that all have a value in, and how many these are.

        A tokenizer without any value is left out, and so is the reference language where there are others.
        """
        known = {name: own for name in tokenizers if (own := self.values(name))}
        common = set.intersection(*map(set, known.values())) if known else set()
        if any(own.keys() != {reference} for own in known.values()):
            common.discard(reference or "")
        if not common:
            return 0, {}
        return len(common), {name: median(own[tag] for tag in common) for name, own in known.items()}

    def known(self) -> list[float]:
        """Every value there is."""
        return self.table["value"].drop_nulls().to_list()


def columns(measures: pl.DataFrame, definitions: Mapping[str, Definition]) -> list[Column]:
    """Cut the tidy table into one column a measure, in the order of the definitions, unknown ones last."""
    import polars as pl

    numbers = (pl.when(pl.col(name).is_finite()).then(pl.col(name)) for name in ("value", "low", "high"))
    said = {note: visible(note) for note in measures["note"].unique().drop_nulls()}
    notes = pl.DataFrame(
        {"note": list(said), "said": [text or None for text in said.values()]},
        schema={"note": pl.String, "said": pl.String},
    )
    table = (
        measures.unique(("tokenizer", "language", "measure"), keep="last", maintain_order=True)
        .join(notes, on="note", how="left", maintain_order="left")
        .select(
            "tokenizer", "language", *numbers, pl.col("units").fill_null(0), note="said", measure="measure"
        )
    )
    found = []
    for (measure, *_), own in table.partition_by("measure", as_dict=True, include_key=False).items():
        family = measure.partition(":")[0]
        found.append(Column(definitions.get(family, Undefined(family)), measure, own))
    ranks = {name: place for place, name in enumerate(definitions)}
    return sorted(found, key=lambda column: (ranks.get(column.definition.name, len(ranks)), column.is_part))


def visible(text: str) -> str:
    r"""Write control characters, which could reorder or hide text, as their code points.

    >>> visible("a\u202eb")
    'a[U+202E]b'
    """
    return _CONTROLS.sub(lambda found: f"[U+{ord(found[0]):04X}]", str(text))


def without_numbers(note: str) -> str:
    """Put N for each number, so that notes that differ only there count as one.

    >>> without_numbers("34.5 % of the characters are lost")
    'N % of the characters are lost'
    """
    return re.sub(r"\d[\d.,]*(?<=\d)", "N", note)


def shown(value: float | None, unit: str) -> str:
    """Format a value: shares as per cent, counts whole, all else with two decimals.

    >>> shown(26.0, "count"), shown(9.1234, "ratio"), shown(0.1234, "share"), shown(0.0002, "share"), shown(1234.5, "rank")
    ('26', '9.12', '12.3%', '<0.1%', '1,234')
    >>> shown(None, "ratio")
    '—'
    """
    if value is None:
        return MISSING
    if unit == "share":
        if value in (0, 1):
            return f"{value * 100:.0f}%"
        if 0 < value < 0.0005:
            return "<0.1%"
        return ">99.9%" if 0.9995 < value < 1 else f"{value * 100:.1f}%"
    return f"{value:,.0f}" if unit == "count" or abs(value) >= 100 else f"{value:.2f}"


def brief(value: float, unit: str) -> str:
    """Format a value for a sentence, with one decimal.

    >>> brief(9.1234, "ratio"), brief(123.4, "ratio"), brief(0.123, "share"), brief(0.0123, "share")
    ('9.1', '123', '12\u202f%', '1.2\u202f%')
    """
    if unit == "share":
        return f"{value * 100:.0f}\u202f%" if value >= 0.1 or value == 0 else f"{value * 100:.1f}\u202f%"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}"


def breaks_of(values: Sequence[float], unit: str, better: str = "neutral") -> list[float]:
    """Where one colour ends and the next begins: fixed by the unit if it has such, else near the values' sevenths."""
    if unit in FIXED_BREAKS:
        fixed = FIXED_BREAKS[unit]
        return (
            [round(1 - edge, 4) for edge in reversed(fixed)]
            if (unit, better) == ("share", "higher")
            else list(fixed)
        )
    if len(values) < 2:
        return []
    cuts = {float(f"{cut:.2g}") for cut in quantiles(values, n=STEPS, method="inclusive")}
    return sorted(cut for cut in cuts if min(values) < cut <= max(values))


def step_of(value: float | None, breaks: Sequence[float], better: str) -> int | None:
    """Return the colour step, 0 to 6; where higher is better the ramp is turned round, so that 6 is always the worst.

    >>> step_of(2.5, [1.25, 1.5, 2, 3, 5, 8], "lower"), step_of(2.5, [1.25, 1.5, 2, 3, 5, 8], "higher")
    (3, 3)
    >>> step_of(9, [2], "lower"), step_of(1, [2], "lower")
    (6, 0)
    """
    if value is None:
        return None
    place = sum(edge <= value for edge in breaks)
    step = math.floor(place * (STEPS - 1) / len(breaks) + 0.5) if breaks else 0
    return STEPS - 1 - step if better == "higher" else step


def legend(breaks: Sequence[float], unit: str, better: str) -> list[dict[str, Any]]:
    """Return one entry a colour, from pale to deep: its step, and the values that it stands for.

    >>> [(entry["step"], entry["label"]) for entry in legend([2.0], "ratio", "lower")]
    [(0, 'under 2'), (6, '2 or more')]
    """
    if not breaks:
        return []
    edges = [f"{edge * 100:g}%" if unit == "share" else f"{edge:g}" for edge in breaks]
    between = [f"{low} to {high}" for low, high in pairwise(edges)]
    labels = [f"under {edges[0]}", *between, f"{edges[-1]} or more"]
    inside = [breaks[0] - 1, *breaks]
    entries = [
        {"step": step_of(value, breaks, better), "label": label}
        for value, label in zip(inside, labels, strict=True)
    ]
    return entries[::-1] if better == "higher" else entries


def short(value: float | None) -> float | int | None:
    """Round to four significant digits; whole numbers as integers, which JSON writes shorter.

    >>> short(9.123456), short(2.0), short(None)
    (9.123, 2, None)
    """
    if value is None:
        return None
    rounded = float(f"{value:.4g}")
    return int(rounded) if rounded.is_integer() else rounded


def ticks(values: Iterable[float], *, log: bool) -> list[float]:
    """Return round numbers that span the values.

    >>> ticks([0.8, 9.1], log=True)
    [0.5, 1, 2, 4, 8, 16]
    """
    least, most = min(values := list(values)), max(values)
    if log:
        first, last = math.floor(math.log2(least)), math.ceil(math.log2(most))
        every = max(1, math.ceil((last - first) / 8))
        return [short(2.0**power) or 0 for power in range(first, last + every, every)]
    size = 10 ** math.floor(math.log10(most - least or 1))
    size /= 1 if (most - least) / size >= 4 else 4
    return list(_ladder(math.floor(least / size), math.ceil(most / size), size))


def _ladder(first: int, last: int, size: float) -> Iterator[float]:
    for rung in range(first, last + 1):
        yield short(rung * size) or 0
