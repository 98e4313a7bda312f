"""The census as dense arrays over tokenizers, languages and units: what measures compute from."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from langcov.measures.intervals import Estimate, bootstrap
from langcov.measures.pieces import pieces_of
from langcov.measures.table import MOST_LOST, SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable

    from langcov.census.tables import Census
    from langcov.measures.pieces import PieceCounts

Array = NDArray[np.float64]
Made = TypeVar("Made")
Made_co = TypeVar("Made_co", covariant=True)

AT_ONCE: Final = 2
"""So many tokenizers' pieces are in memory at a time, each in the hands of a thread."""


class OfPieces(Protocol[Made_co]):
    """A function that makes something of what one tokenizer made of each language."""

    def __call__(self, counts: UnitCounts, tokenizer: str, pieces: PieceCounts, /) -> Made_co:
        """Make it; ``pieces`` have the languages' places in `UnitCounts.languages`."""


@dataclass(frozen=True)
class UnitCounts:
    """The census' sums per unit, and how intervals are drawn from them.

    Shapes are written T (tokenizers), L (languages), U (units).

    Attributes:
        reference: The language that premiums are against.
        baseline: The tokenizer that ``relative_length`` is against; if None, the first that loses no character of this
            text, or else the first.
    """

    census: Census
    reference: str | None
    resamples: int = 1000
    seed: int = 0
    baseline: str | None = None
    _made: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)
    _of_pieces: dict[Any, dict[str, Any]] = field(default_factory=dict, repr=False, compare=False)
    _making: RLock = field(default_factory=RLock, repr=False, compare=False)

    @cached_property
    def tokenizers(self) -> list[str]:
        """Names, in the order in which they were counted."""
        return [facts.name for facts in self.census.tokenizers]

    @cached_property
    def languages(self) -> list[str]:
        """Sorted tags."""
        return self.census.languages

    @cached_property
    def tokenizer_names(self) -> pl.Series:
        """`tokenizers` as a column."""
        return pl.Series("tokenizer", self.tokenizers, pl.String)

    @cached_property
    def language_names(self) -> pl.Series:
        """`languages` as a column."""
        return pl.Series("language", self.languages, pl.String)

    @cached_property
    def units(self) -> pl.Series:
        """Sorted numbers of all units."""
        return self.census.text["unit"].unique().sort()

    @cached_property
    def baseline_tokenizer(self) -> str:
        """Name of the tokenizer that ``relative_length`` is against."""
        if self.baseline is not None:
            return self.baseline
        losing = set(self.census.tokens.filter(pl.col("lost_characters") > 0)["tokenizer"])
        return next((name for name in self.tokenizers if name not in losing), self.tokenizers[0])

    @cached_property
    def present(self) -> NDArray[np.bool_]:
        """(L, U) whether a language has text in a unit."""
        return self.text("segments") > 0

    @cached_property
    def reference_place(self) -> int | None:
        """Where the reference stands in `languages`; None if there is none."""
        if self.reference is None or self.reference not in self.languages:
            return None
        return self.languages.index(self.reference)

    def text(self, column: str) -> Array:
        """(L, U) a count of the ``text`` table; 0 where a language lacks a unit."""
        return self.once(f"text {column}", lambda: self._dense_text(column))

    def tokens(self, column: str) -> Array:
        """(T, L, U) a count of the ``tokens`` table; 0 where a language lacks a unit."""
        return self.once(f"tokens {column}", lambda: self._dense_tokens(column))

    def _dense_text(self, column: str) -> Array:
        table = self.census.text
        out = np.zeros((len(self.languages), len(self.units)))
        out[self._language(table), self._unit(table)] = table[column].to_numpy()
        return out

    def _dense_tokens(self, column: str) -> Array:
        table = self.census.tokens
        tokenizer = table["tokenizer"].replace_strict(
            self.tokenizers, list(range(len(self.tokenizers))), return_dtype=pl.Int64
        )
        out = np.zeros((len(self.tokenizers), len(self.languages), len(self.units)))
        out[tokenizer.to_numpy(), self._language(table), self._unit(table)] = table[column].to_numpy()
        return out

    def of_pieces(self, *makes: OfPieces[Any]) -> None:
        """Make something of what each tokenizer made of each language, for `made_of_pieces` to give.

        The table of pieces is much the largest, so that only a few tokenizers' are in memory at a time (`AT_ONCE`). What
        is asked for together is made in one pass over it. Another thread that asks meanwhile waits.
        """
        with self._making:
            new = [make for make in makes if make not in self._of_pieces]
            if not new or not self.tokenizers:
                return

            def made(name: str) -> list[Any]:
                pieces = pieces_of(self.census, name, self.languages)
                return [make(self, name, pieces) for make in new]

            with ThreadPoolExecutor(AT_ONCE) as threads:
                found = dict(zip(self.tokenizers, threads.map(made, self.tokenizers), strict=True))
            for place, make in enumerate(new):
                self._of_pieces[make] = {name: own[place] for name, own in found.items()}

    def made_of_pieces(self, make: OfPieces[Made]) -> dict[str, Made]:
        """Return what a function makes of each tokenizer's pieces, by the tokenizers' names; it is made once."""
        self.of_pieces(make)
        return self._of_pieces.get(make, {})

    def once(self, name: str, make: Callable[[], Made]) -> Made:
        """Return what ``make`` gives, made once for all measures that ask for it by one name."""
        if name not in self._made:
            self._made[name] = make()
        made: Made = self._made[name]
        return made

    def by_tokenizer(
        self,
        columns: list[Array],
        statistic: Callable[..., Array],
        *,
        present: NDArray[np.bool_] | None = None,
        refused: NDArray[np.bool_] | None = None,
        reason: str = "",
    ) -> pl.DataFrame:
        """Estimate a statistic for every tokenizer and language.

        Args:
            columns: Counts of shape (T, L, U), or (L, U) for those of the text; (U,) and (T, 1, U) are the same for every
                language. At least one is (T, L, U).
            statistic: From one sum per column, each an array of one shape, to the values.
            present: (L, U) units to use; those that the language has if None.
            refused: (T, L) where a value can't be had; ``reason`` says why.
            reason: The note of refused values.
        """
        rows = [np.atleast_2d(column) for column in columns]
        estimate = self.estimate(rows, statistic, self.present if present is None else present)
        if refused is not None:
            estimate = estimate.refuse(refused.reshape(-1), reason)
        tokenizer, language = np.divmod(np.arange(len(estimate.value)), len(self.languages))
        return estimate.frame(
            tokenizer=self.tokenizer_names.gather(tokenizer), language=self.language_names.gather(language)
        )

    def with_caution(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Note values of languages that are mostly lost: an unknown token is short, so that the value flatters."""
        lost = self.tokens("lost_characters").sum(axis=2) / self.text("characters").sum(axis=1)
        flat = pl.Series("lost", lost.reshape(-1))
        caution = pl.format(
            "caution: {} % of the characters are lost to the unknown token, so that this value flatters",
            (flat * 100).round().cast(pl.Int64),
        )
        both = pl.concat_str(caution, pl.col("note"), separator="; ", ignore_nulls=True)
        return frame.with_columns(note=pl.when(flat > MOST_LOST).then(both).otherwise(pl.col("note")))

    def by_language(
        self,
        columns: list[Array],
        statistic: Callable[..., Array],
        *,
        present: NDArray[np.bool_] | None = None,
    ) -> pl.DataFrame:
        """Estimate a statistic of the text alone for every language; columns have shape (L, U)."""
        estimate = self.estimate(columns, statistic, self.present if present is None else present)
        return estimate.frame(tokenizer=None, language=self.language_names)

    def estimate(
        self, rows: list[Array], statistic: Callable[..., Array], present: NDArray[np.bool_]
    ) -> Estimate:
        """Estimate a statistic of each row's sums over its units, with a 95 % bootstrap interval."""
        return bootstrap(rows, statistic, present, resamples=self.resamples, seed=self.seed)

    def no_values(self, reason: str, *, of_text: bool = False) -> pl.DataFrame:
        """Null for every language, with the reason why."""
        tokenizers = [None] if of_text else self.tokenizers
        rows = [
            {"tokenizer": tokenizer, "language": language, "units": 0, "note": reason}
            for tokenizer in tokenizers
            for language in self.languages
        ]
        schema = {name: kind for name, kind in SCHEMA.items() if name != "measure"}
        return pl.DataFrame(rows, schema=schema)

    def language_places(self, tags: pl.Series) -> NDArray[np.int64]:
        """Where each tag stands in `languages`."""
        return tags.cast(pl.Enum(self.languages)).to_physical().cast(pl.Int64).to_numpy()

    def unit_places(self, units: pl.Series) -> NDArray[np.int64]:
        """Where each unit stands in `units`."""
        return self.units.search_sorted(units).cast(pl.Int64).to_numpy()

    def _language(self, table: pl.DataFrame) -> NDArray[np.int64]:
        return self.language_places(table["language"])

    def _unit(self, table: pl.DataFrame) -> NDArray[np.int64]:
        return self.unit_places(table["unit"])
