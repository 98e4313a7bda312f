"""Thresholds that a run must keep, such as ``premium[amh_Ethi] > 4``: what ``--fail-if`` takes."""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from langcov.errors import MeasureError
from langcov.languages import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_FORM: Final = re.compile(
    r"""\s* (?P<measure> [\w.]+ (?: : \w+ )? ) \s*
        (?: \[ (?P<scope> [^\]]* ) \] )? \s*
        (?P<sign> <= | >= | < | > ) \s*
        (?P<bound> [+-]? \d+ (?: \.\d+ )? (?: [eE][+-]?\d+ )? ) \s*""",
    re.VERBOSE,
)
_SIGNS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Threshold:
    """A condition under which a run fails.

    Attributes:
        measure: The measure's name.
        sign: One of ``< <= > >=``.
        bound: The number that the value is held against.
        language: A tag; every language if None.
        tokenizer: A name; every tokenizer if None.
    """

    measure: str
    sign: str
    bound: float
    language: str | None = None
    tokenizer: str | None = None

    def crossed(self, measures: pl.DataFrame, fairness: pl.DataFrame | None = None) -> list[str]:
        """Return one sentence per value that crosses it, and per named value that could not be measured.

        Args:
            measures: The tidy table of measures of a language.
            fairness: That of measures over all languages; each tokenizer's own languages count.

        Raises:
            MeasureError: The table has no such measure, language or tokenizer.
        """
        from langcov.measures.inequality import FAIRNESS_MEASURES

        if fairness is not None and self.measure in {measure.name for measure in FAIRNESS_MEASURES}:
            own = fairness.filter(pl.col("scope") == "own")
            measures = own.with_columns(language=pl.lit(None, pl.String))
        rows = measures.filter(pl.col("measure") == self.measure)
        self._demand(rows, "measure", self.measure, measures)
        for column, wanted in (("language", self.language), ("tokenizer", self.tokenizer)):
            if wanted is not None:
                everything, rows = rows, rows.filter(pl.col(column) == wanted)
                self._demand(rows, column, wanted, everything)
        sentences = []
        if self.language is None and rows["value"].is_null().all():
            return [f"{self.measure} could not be measured anywhere: {rows.row(0, named=True)['note']}"]
        for row in rows.iter_rows(named=True):
            place = " under ".join(filter(None, [row["language"], row["tokenizer"]]))
            if row["value"] is None:
                if self.language is not None:
                    sentences.append(f"{self.measure} of {place} could not be measured: {row['note']}")
            elif _SIGNS[self.sign](row["value"], self.bound):
                sentences.append(
                    f"{self.measure} of {place} is {row['value']:.4g}, {self.sign} {self.bound:g}"
                )
        return sentences

    @staticmethod
    def _demand(rows: pl.DataFrame, column: str, wanted: str, everything: pl.DataFrame) -> None:
        if rows.is_empty():
            known = everything[column].drop_nulls().unique().sort().to_list()
            shown = ", ".join(known[:8]) + (f" and {len(known) - 8} more" if len(known) > 8 else "")
            raise MeasureError(
                f"this run has no {column} {wanted!r}", where="--fail-if", fix=f"it has {shown or 'none'}"
            )


def parse_threshold(text: str, tokenizers: list[str]) -> Threshold:
    """Read a threshold: ``MEASURE[LANGUAGE, TOKENIZER] SIGN NUMBER``; both names in brackets may be left out.

    Args:
        text: What was typed.
        tokenizers: Names of the run's tokenizers, so that ``premium[o200k]`` is known to be about one.

    Raises:
        MeasureError: It has another form, or the measure is unknown.
        LanguageError: The language is unknown.

    >>> parse_threshold("premium[Amharic] > 4", ["o200k"])
    Threshold(measure='premium', sign='>', bound=4.0, language='amh_Ethi', tokenizer=None)
    """
    from langcov.measures.inequality import FAIRNESS_MEASURES
    from langcov.measures.registry import lookup

    found = _FORM.fullmatch(text)
    if found is None:
        raise MeasureError(
            f"can't read the threshold {text!r}",
            where="--fail-if",
            fix="write it like 'premium[amh_Ethi] > 4'",
        )
    if found["measure"] not in {measure.name for measure in FAIRNESS_MEASURES}:
        lookup(found["measure"])
    language = tokenizer = None
    for name in filter(None, (part.strip() for part in (found["scope"] or "").split(","))):
        if name in tokenizers and tokenizer is None:
            tokenizer = name
        elif name not in tokenizers and language is None:
            language = parse(name)
        else:
            raise MeasureError(
                f"{text!r} names two of a kind", where="--fail-if", fix="write one threshold for each"
            )
    return Threshold(found["measure"], found["sign"], float(found["bound"]), language, tokenizer)
