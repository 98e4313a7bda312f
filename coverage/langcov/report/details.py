"""What the pages of languages show, packed: sentences as tokens, alphabets letter by letter, neighbours.

All goes language by language: what several tokenizers make of one sentence is much alike, and compresses well side by
side. The script that takes it apart is ``templates/details.js``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from langcov.report.values import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST_LETTERS: Final = 400
"""Letters of one alphabet that the page shows; Korean's are all 11,172 syllables."""

FATE_SIGNS: Final = "wpsl"

# No token has so many bytes.
_WORD: Final = -(2**40)


def packed_details(
    extras: Mapping[str, pl.DataFrame], tokenizers: Sequence[str], languages: Sequence[str]
) -> dict[str, Any]:
    """Return what the pages of languages show, by the places of languages and tokenizers; parts that are missing are null.

    Args:
        extras: Tables of `langcov.report.extras`, by name.
        tokenizers: Names, as the tables have them.
        languages: Tags.
    """
    parts = {"samples": _samples, "alphabets": _alphabets, "nearest": _nearest}
    return {
        name: pack(_placed(extras[name], tokenizers, languages), len(tokenizers), list(languages))
        if name in extras and extras[name].height
        else None
        for name, pack in parts.items()
    }


def token_codes(starts: Sequence[int], ends: Sequence[int], kinds: Sequence[str]) -> list[int | None]:
    """Write tokens by the bytes they take: n, the next n bytes; -n, they are lost; 0 n, n bytes that no token has.

    None and then n: the n bytes were rewritten to a text, which is kept elsewhere.

    >>> token_codes([0, 4, 5], [3, 5, 5], ["text", "unknown", "rewritten"])
    [3, 0, 1, -1, None, 0]
    """
    table = pl.DataFrame({"row": 0, "starts": starts, "ends": ends, "kinds": kinds})
    return _codes(table)["codes"].to_list()


def _placed(table: pl.DataFrame, tokenizers: Sequence[str], languages: Sequence[str]) -> pl.DataFrame:
    """Add the places ``who`` and ``where``, and leave out what is of no tokenizer or language here."""
    who = pl.DataFrame({"tokenizer": list(tokenizers), "who": range(len(tokenizers))})
    where = pl.DataFrame({"language": list(languages), "where": range(len(languages))})
    return table.join(who, on="tokenizer", maintain_order="left").join(
        where, on="language", maintain_order="left"
    )


def _samples(table: pl.DataFrame, tokenizers: int, languages: Sequence[str]) -> dict[str, Any]:
    """Texts by language, and for each text each tokenizer's `token_codes`, one after the other in ``codes``.

    ``lengths`` says how many are whose; null, that a tokenizer has no such text. The next of ``words`` is for each null.
    """
    texts = (
        table.group_by("where", "sentence", maintain_order=True)
        .agg(pl.col("text").first())
        .sort("where", "sentence")
        .filter(pl.col("sentence") == pl.int_range(pl.len()).over("where"))
    )
    keys = ("where", "sentence", "text", "who")
    rows = (
        texts.join(pl.DataFrame({"who": range(tokenizers)}), how="cross")
        .join(table.unique(keys, keep="first"), on=keys, how="left", maintain_order="left")
        .with_row_index("row")
    )
    lists = ("starts", "ends", "kinds", "pieces")
    tokens = rows.select("row", *lists).explode(lists).drop_nulls("starts")
    codes = _codes(tokens)
    lengths = rows.join(codes.group_by("row").len(), on="row", how="left", maintain_order="left").select(
        pl.when(pl.col("starts").is_not_null()).then(pl.col("len").fill_null(0))
    )
    own: list[list[str]] = [[] for _ in languages]
    for where, text in texts.select("where", "text").iter_rows():
        own[where].append(text)
    return {
        "texts": own,
        "lengths": lengths.to_series().to_list(),
        "codes": codes["codes"].to_list(),
        "words": [visible(piece) for piece in tokens.filter(_is_seen())["pieces"]],
    }


def _codes(tokens: pl.DataFrame) -> pl.DataFrame:
    """Return `token_codes` one a row, as row and codes, of tokens with the columns row, starts, ends and kinds."""
    start, end = (pl.col(name).cast(pl.Int64) for name in ("starts", "ends"))
    gap = start - end.shift(1, fill_value=0).over("row")
    size = end - start
    seen = _is_seen()
    kinds = pl.col("kinds").cast(pl.String)
    parts = tokens.with_row_index("token").select(
        "token",
        "row",
        pl.when(gap > 0).then(0).alias("0"),
        pl.when(gap > 0).then(gap).alias("1"),
        pl.when(seen).then(_WORD).when(kinds == "unknown").then(-size).otherwise(size).alias("2"),
        pl.when(seen).then(size).alias("3"),
    )
    return (
        pl.concat(
            parts.select(
                "token", "row", part=pl.lit(part), codes=pl.col(str(part)).cast(pl.Int64)
            ).drop_nulls("codes")
            for part in range(4)
        )
        .sort("token", "part")
        .select("row", pl.col("codes").replace(_WORD, None))
    )


def _is_seen() -> pl.Expr:
    """Whether a token's own text must be kept, since it does not stand in the sentence."""
    return (pl.col("kinds").cast(pl.String) == "rewritten") | (pl.col("starts") == pl.col("ends"))


def _alphabets(table: pl.DataFrame, tokenizers: int, languages: Sequence[str]) -> dict[str, Any]:
    """Letters by language, their fates by language and tokenizer, and how many have each fate where not all are shown."""
    letters: list[str] = [""] * len(languages)
    fates: list[list[str]] = [[""] * tokenizers for _ in languages]
    counts: dict[str, list[list[int]]] = {}
    for who, where, own, signs in table.select("who", "where", "letters", "fates").iter_rows():
        if not letters[where]:
            letters[where] = " ".join(map(visible, own[:MOST_LETTERS]))
        fates[where][who] = signs[:MOST_LETTERS]
        if len(own) > MOST_LETTERS:
            counted = counts.setdefault(str(where), [[0] * len(FATE_SIGNS) for _ in range(tokenizers)])
            counted[who] = [signs.count(sign) for sign in FATE_SIGNS]
    return {"letters": letters, "fates": fates, "counts": counts}


def _nearest(table: pl.DataFrame, tokenizers: int, languages: Sequence[str]) -> dict[str, Any]:
    """For each language and tokenizer: how many others, their places, and the mass shared in per cent."""
    others = pl.DataFrame({"other": list(languages), "place": range(len(languages))})
    rows = table.join(others, on="other").sort("where", "who", "rank", maintain_order=True)
    grid = pl.DataFrame({"where": range(len(languages))}).join(
        pl.DataFrame({"who": range(tokenizers)}), how="cross"
    )
    counts = grid.join(
        rows.group_by("where", "who").len(), on=["where", "who"], how="left", maintain_order="left"
    )
    return {
        "counts": counts["len"].fill_null(0).to_list(),
        "places": rows["place"].to_list(),
        "shares": (100 * rows["shared_mass"]).round(0).cast(pl.Int64).to_list(),
    }
