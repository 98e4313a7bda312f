"""All pairs of UDHR's languages under one tokenizer of 250,000 pieces: how long, how much memory.

python benchmarks/overlap_all_pairs.py [--tokenizer xlm-r] [--runs 5]
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time

from langcov import count, load_tokenizer, open_corpus, overlap


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tokenizer", default="xlm-r")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    census = count(open_corpus("udhr"), [load_tokenizer(options.tokenizer)])
    size = len(census.languages)
    print(
        f"{options.tokenizer}: {census.tokenizers[0].vocabulary_size:,} pieces, {size} languages, "
        f"{size * (size - 1):,} ordered pairs"
    )
    before = peak()
    for intervals in (False, True):
        seconds = []
        for _ in range(options.runs):
            start = time.perf_counter()
            rows = overlap(census, options.tokenizer, intervals=intervals).height
            seconds.append(time.perf_counter() - start)
        what = "with jackknife intervals" if intervals else "values only"
        print(
            f"{what}: {rows:,} rows, median {statistics.median(seconds):.1f} s "
            f"({min(seconds):.1f} to {max(seconds):.1f}), peak memory {peak():,.0f} MB (before: {before:,.0f} MB)"
        )


def peak() -> float:
    """The process' peak resident memory so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
