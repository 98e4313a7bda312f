"""How often languages are identified rightly: on articles that were not learned from, on other prose, on unknown languages.

    python benchmarks/identify.py > benchmarks/results/identify.txt

Held out: the Universal Declaration, learned from two thirds of its articles and tried on the others, three times. Prose: the
manuals of `prose.py` in stretches of a length, every third. Unknown: articles of languages whose profile was left out.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Final

import polars as pl
from prose import written

from langcov.planning.identify import (
    UNSURE,
    Profiles,
    declaration,
    held_out,
    joined_by_language,
    shipped_profiles,
)

LENGTHS: Final = (100, 150, 300, 1000)
MOST_TEXTS: Final = 200
FOLDS: Final = 10


def main() -> None:
    """Measure and print."""
    frame, profiles = declaration(), shipped_profiles()
    if frame is None or profiles is None:
        raise SystemExit("the Universal Declaration is needed: langcov corpora fetch udhr")
    held = held_out(frame)
    print(f"Held-out articles of {len(profiles.languages)} languages, by characters")
    bounds = (100, 200, 400, 1_000_000)
    for low, high in pairwise(bounds):
        part = held.filter((pl.col("length") >= low) & (pl.col("length") < high))
        print(f"  {low:>5} and more  {said(part)}")
    files = [file for file in written() if Path(file).stem in profiles.languages]
    print(f"\nManuals in {len(files)} languages, learned from the whole Declaration, by characters")
    for length in LENGTHS:
        parts = [prose(file, length, profiles) for file in files]
        print(f"  {length:>5}           {said(pl.concat(parts))}")
        if length == LENGTHS[2]:
            shares = (
                pl.concat(parts).group_by("language").agg(pl.col("agrees").mean()).sort("agrees", "language")
            )
            low_ones = ", ".join(f"{tag} {share:.0%}" for tag, share in shares.head(6).iter_rows())
            print(f"                  least often as declared: {low_ones}")
    print(
        f"\nArticles of 100 characters or more in languages without a profile, every tenth left out: {unknown(frame)}"
    )


def said(table: pl.DataFrame) -> str:
    """Say what was found of texts with a tag that is right."""
    sure = table.filter(pl.col("found") != UNSURE)
    right = (sure["found"] == sure["language"]).mean()
    wrong = ((table["found"] != UNSURE) & ~table["agrees"]).mean()
    return (
        f"{table.height:>6,} texts: as declared {table['agrees'].mean():6.1%}, one language for sure "
        f"{sure.height / table.height:6.1%} (right {right:6.2%}), taken for another {wrong:6.2%}"
    )


def prose(file: Path, length: int, profiles: Profiles) -> pl.DataFrame:
    """Identify stretches of a manual."""
    text = file.read_text(encoding="utf-8").replace("\n", " ")
    texts = [text[start : start + length] for start in range(0, len(text), 3 * length)][:MOST_TEXTS]
    found = profiles.identify(texts, [file.stem] * len(texts))
    return pl.DataFrame(
        {
            "language": [file.stem] * len(texts),
            "found": found.language.tolist(),
            "agrees": found.agrees.tolist(),
        }
    )


def unknown(frame: pl.DataFrame) -> str:
    """Identify articles of languages that nothing was learned of."""
    texts = joined_by_language(frame)
    tags = sorted(texts)
    articles = frame.group_by("language", "unit").agg(pl.col("text").str.join("\n")).sort("language", "unit")
    articles = articles.filter(pl.col("text").str.len_chars() >= LENGTHS[0])
    sure = number = 0
    for fold in range(FOLDS):
        gone = set(tags[fold::FOLDS])
        profiles = Profiles.learned({tag: text for tag, text in texts.items() if tag not in gone})
        own = articles.filter(pl.col("language").is_in(list(gone)))
        found = profiles.identify(own["text"].to_list(), own["language"].to_list())
        sure += int((found.language != UNSURE).sum())
        number += own.height
    return f"{sure / number:.1%} of {number:,} are taken for another language for sure"


if __name__ == "__main__":
    main()
