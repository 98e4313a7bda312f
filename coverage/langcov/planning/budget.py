"""What a language costs under a tokenizer: examples that fit a window, the price of a document, the time of a batch.

A text of so many words of the reference language (English, unless the run says otherwise) takes, in tokens of a language,

    words * the reference's tokens per word * the language's premium.

Tokens per word are the run's own: all tokens of the reference's text, those of spaces and punctuation among them, over its
words. Everything here is a monotone function of the premium, so that the bounds of its interval go through the same
function and stay the bounds of a 95 % interval; where more tokens are worse the two change places. The words' own tokens
are taken as given: what an English prompt takes can be counted, so that the interval of English itself has no width.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from langcov.errors import RunError
from langcov.planning.table_files import check_suffix, write_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from langcov.census.tables import Census

QUANTITIES: Final = ("premium", "prompt_tokens", "examples", "document_cost", "batch_cost", "batch_seconds")
"""Each a column of `SCHEMA`, and twice more with ``_low`` and ``_high``."""

SCHEMA: Final = pl.Schema(
    {
        "tokenizer": pl.String(),
        "language": pl.String(),
        "name": pl.String(),
        **{
            f"{quantity}{bound}": pl.Int64() if quantity == "examples" else pl.Float64()
            for quantity in QUANTITIES
            for bound in ("", "_low", "_high")
        },
        "units": pl.UInt32(),
        "note": pl.String(),
    }
)
"""Columns of `Budget.table`. ``examples``: as many as fit beside the prompt; ``document_cost`` and ``batch_cost``: in the
price's currency; ``note``: why there is no premium, and so nothing else, or why there is no interval."""

ROUNDING: Final = 1e-9
"""What floating point may take from a whole number of examples."""


@dataclass(frozen=True)
class Request:
    """What is to be paid for.

    Attributes:
        window: Tokens of the model's context; None: it is not asked how many examples fit.
        prompt_words: Words of the reference language in a prompt or document.
        example_words: Words of the reference language in a few-shot example.
        documents: How many documents are a batch.
        prices: Price of a million tokens by tokenizer; under None that of all others.
        speeds: Tokens per second by tokenizer; under None those of all others.
    """

    window: int | None = None
    prompt_words: float = 750
    example_words: float = 150
    documents: int = 1
    prices: Mapping[str | None, float] = field(default_factory=dict)
    speeds: Mapping[str | None, float] = field(default_factory=dict)

    def check(self, tokenizers: Sequence[str] | None = None) -> None:
        """Raise a `RunError` if a number is none that can be paid for, or a price is of no tokenizer of these."""
        positive = {
            "a window": self.window,
            "the words of a prompt": self.prompt_words,
            "the words of an example": self.example_words,
            "a number of documents": self.documents,
            **{f"the tokens per second{_of(name)}": speed for name, speed in self.speeds.items()},
        }
        for what, number in positive.items():
            if number is not None and not (math.isfinite(number) and number > 0):
                raise RunError(f"{what} can't be {number:g}", where="budget", fix="give a number above 0")
        for name, price in self.prices.items():
            if not (math.isfinite(price) and price >= 0):
                raise RunError(
                    f"the price{_of(name)} can't be {price:g}", where="budget", fix="give 0 or more"
                )
        if self.window is None and not self.prices and not self.speeds:
            raise RunError(
                "there is nothing to budget",
                where="budget",
                fix="give a window, a price per million tokens, or tokens per second",
            )
        for name in (*self.prices, *self.speeds):
            if tokenizers is not None and name is not None and name not in tokenizers:
                raise RunError(
                    f"{name!r} is not one of the tokenizers",
                    where="budget",
                    fix=f"name one of {', '.join(tokenizers)}",
                )


@dataclass(frozen=True)
class Budget:
    """What each language costs under each tokenizer.

    Attributes:
        request: What was asked.
        reference: Tag of the language whose words the request counts in.
        tokens_per_word: Of the reference, by tokenizer: all tokens / words.
        table: One row per tokenizer and language (`SCHEMA`).
        corpus: Name of the text that the premiums are of.
        signature: What it takes to get the numbers again.
    """

    request: Request
    reference: str
    tokens_per_word: Mapping[str, float]
    table: pl.DataFrame
    corpus: str
    signature: str

    @property
    def asked(self) -> tuple[str, ...]:
        """Which of `QUANTITIES` the request asks for, beside the premium and the prompt's tokens."""
        asks = {
            "examples": self.request.window is not None,
            "document_cost": bool(self.request.prices),
            "batch_cost": bool(self.request.prices) and self.request.documents > 1,
            "batch_seconds": bool(self.request.speeds),
        }
        return tuple(quantity for quantity, asked in asks.items() if asked)

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as JSON knows it."""
        request = {
            "window": self.request.window,
            "prompt_words": self.request.prompt_words,
            "example_words": self.request.example_words,
            "documents": self.request.documents,
            "price_per_million_tokens": {name or "*": price for name, price in self.request.prices.items()},
            "tokens_per_second": {name or "*": speed for name, speed in self.request.speeds.items()},
        }
        return {
            "signature": self.signature,
            "corpus": self.corpus,
            "reference": self.reference,
            "request": request,
            "tokens_per_word": dict(self.tokens_per_word),
            "languages": self.table.to_dicts(),
        }

    def save(self, path: Path) -> None:
        """Write one row per tokenizer and language to a .csv, .json or .parquet file.

        Raises:
            RunError: The suffix is another, or the file can't be written.
        """
        check_suffix(path, "a budget")
        write_table(self.table, path)

    def _repr_html_(self) -> str:
        """Show as a table in a notebook."""
        return self.table.drop(
            [
                f"{quantity}{bound}"
                for quantity in QUANTITIES[2:]
                if quantity not in self.asked
                for bound in ("", "_low", "_high")
            ]
        )._repr_html_()


def budget_of(
    census: Census, measures: pl.DataFrame, reference: str, request: Request, signature: str
) -> Budget:
    """Say what each language costs.

    Args:
        census: The counts; the reference's tokens per word are taken from it.
        measures: The tidy table with its premiums.
        reference: Tag of the language that premiums are against.
        request: What is to be paid for.
        signature: Of the run.

    Raises:
        RunError: The request makes no sense, or no premium can be had: the text is not parallel or lacks the reference.
    """
    names = [facts.name for facts in census.tokenizers]
    request.check(names)
    premiums = measures.filter(pl.col("measure") == "premium")
    if premiums["value"].is_null().all():
        reason = str(premiums["note"].drop_nulls().first() or "none was measured")
        raise RunError(
            f"a budget takes premiums, and there are none ({reason})",
            where=census.corpus.name,
            fix="compare on parallel text that has the reference, such as --corpus udhr",
        )
    per_word = _tokens_per_word(census, reference)
    tokens = pl.col("tokenizer").replace_strict(per_word, return_dtype=pl.Float64)
    numbers: list[pl.Expr] = []
    for bound, premium in (("", "value"), ("_low", "low"), ("_high", "high")):
        numbers += [
            pl.col(premium).alias(f"premium{bound}"),
            (pl.col(premium) * tokens * request.prompt_words).alias(f"prompt_tokens{bound}"),
        ]
    table = premiums.select("tokenizer", "language", "units", "note", *numbers).with_columns(
        name=_names(premiums["language"]),
        _example=pl.col("tokenizer").replace_strict(per_word, return_dtype=pl.Float64)
        * request.example_words,
        _price=_rate(request.prices, names),
        _speed=_rate(request.speeds, names),
    )
    table = table.with_columns(
        *(
            _examples(request, f"premium{of}", f"prompt_tokens{of}").alias(f"examples{bound}")
            for bound, of in (("", ""), ("_low", "_high"), ("_high", "_low"))
        ),
        *(
            (pl.col(f"prompt_tokens{bound}") * pl.col("_price") / 1e6 * number).alias(f"{quantity}{bound}")
            for quantity, number in (("document_cost", 1), ("batch_cost", request.documents))
            for bound in ("", "_low", "_high")
        ),
        *(
            (pl.col(f"prompt_tokens{bound}") * request.documents / pl.col("_speed")).alias(
                f"batch_seconds{bound}"
            )
            for bound in ("", "_low", "_high")
        ),
    )
    return Budget(
        request,
        reference,
        per_word,
        table.select(SCHEMA.names()).cast(SCHEMA).sort(pl.col("tokenizer").cast(pl.Enum(names)), "language"),
        census.corpus.name,
        signature,
    )


def _examples(request: Request, premium: str, prompt: str) -> pl.Expr:
    """How many examples fit beside the prompt: none, where the prompt alone does not fit."""
    if request.window is None:
        return pl.lit(None, pl.Int64)
    room = (request.window - pl.col(prompt)) / (pl.col(premium) * pl.col("_example"))
    return (room + ROUNDING).floor().clip(lower_bound=0).cast(pl.Int64)


def _tokens_per_word(census: Census, reference: str) -> dict[str, float]:
    """Tokens of the reference's text over its words, by tokenizer."""
    words = int(census.text.filter(pl.col("language") == reference)["words"].sum())
    if not words:
        raise RunError(
            f"the text in {reference} has no words to count in",
            where=census.corpus.name,
            fix="name another reference with --reference",
        )
    tokens = (
        census.tokens.filter(pl.col("language") == reference)
        .group_by("tokenizer")
        .agg(pl.col("tokens").sum())
    )
    found = dict(tokens.iter_rows())
    return {facts.name: found[facts.name] / words for facts in census.tokenizers}


def _names(tags: pl.Series) -> pl.Series:
    from langcov.languages import describe

    return pl.Series([describe(tag).name for tag in tags], dtype=pl.String)


def _rate(rates: Mapping[str | None, float], names: Sequence[str]) -> pl.Expr:
    """Each tokenizer's own rate, or the one of all others; null where it has none."""
    return pl.col("tokenizer").replace_strict(
        names, [rates.get(name, rates.get(None)) for name in names], return_dtype=pl.Float64
    )


def _of(name: str | None) -> str:
    return f" of {name}" if name else ""
