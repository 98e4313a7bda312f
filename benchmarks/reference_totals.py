"""Token totals of every language of UDHR under every shipped tokenizer, against the reference implementations.

XLM-R's engine is the reference itself, run from a rebuilt model; here it is held against another engine on the same
pieces, scores and normaliser.

    python benchmarks/reference_totals.py
"""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl

from langcov import count, load_tokenizer, open_corpus

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from references import REFERENCES, unigram_by_tokenizers
from twelve import SHIPPED


def main() -> None:
    """Print one line per tokenizer and the sum."""
    corpus = open_corpus("udhr")
    text = pl.concat(list(corpus.batches()))
    census = count(corpus, [load_tokenizer(name) for name in SHIPPED])
    equal = every = 0
    for name in SHIPPED:
        encode = REFERENCES[name]() if name in REFERENCES else unigram_by_tokenizers()
        lengths = [len(ids) for ids in encode(text["text"].to_list())]
        theirs = (
            text.select("language", pl.Series("tokens", lengths)).group_by("language").agg(pl.sum("tokens"))
        )
        ours = census.tokens.filter(tokenizer=name).group_by("language").agg(pl.sum("tokens"))
        both = ours.join(theirs, on="language", how="full", suffix="_theirs")
        same = int((both["tokens"] == both["tokens_theirs"]).sum())
        total = sum(ours["tokens"].to_list())
        reference = census.tokenizer(name).reference
        print(
            f"{name:<9} {same} of {both.height} languages equal, {total:>9,} tokens; reference: {reference}"
        )
        equal, every = equal + same, every + both.height
    print(f"in all    {equal:,} of {every:,} totals equal")


if __name__ == "__main__":
    main()
