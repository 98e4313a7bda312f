"""How often the link's 95 % intervals hold the truth, by number of families, on languages drawn from a known process.

    python benchmarks/link_coverage.py > benchmarks/results/link_coverage.txt

Each language's log data size, premium and gap have a part of its family's and one of its own; data size drives both
premium and gap (the confounder), and the premium drives the gap a little, or not at all. The truth is the partial
Spearman correlation in a sample of 200,000 languages. Coverage should be 95 of 100.
"""

from __future__ import annotations

import numpy as np

from langcov.transfer import ranks

DRAWS = 400
EFFECTS = (0.0, 0.5)
DESIGNS = ((14, 5), (14, 7), (30, 6), (30, 10), (50, 12), (100, 17), (200, 40))


def drawn(rng: np.random.Generator, languages: int, families: int, effect: float) -> tuple[np.ndarray, ...]:
    """Draw size, premium, gap and family of so many languages; the first family is the largest, as in the world."""
    shares = 1 / np.arange(1, families + 1)
    member = np.concatenate(
        [np.arange(families), rng.choice(families, languages - families, p=shares / shares.sum())]
    )
    size = rng.normal(size=families)[member] * 0.5 + rng.normal(size=languages)
    premium = -0.7 * size + rng.normal(size=families)[member] * 0.5 + rng.normal(size=languages)
    gap = (
        -0.8 * size + effect * premium + rng.normal(size=families)[member] * 0.5 + rng.normal(size=languages)
    )
    return size, premium, gap, member


def main() -> None:
    """Print a table: languages, families, effect, how often the interval holds the truth, and how often p < 0.05."""
    ranks.LEAST_FAMILIES = 2
    print("languages families effect  truth  held of 100   no interval   p < 0.05 of 100")
    for effect in EFFECTS:
        size, premium, gap, _ = drawn(np.random.default_rng(0), 200_000, 20_000, effect)
        rows = np.vstack([gap, premium, size])
        whole = np.ones((1, rows.shape[1]))
        truth = ranks._partial(ranks._products(ranks._ranked(rows, whole), whole), 1, 1)[0, 0]  # noqa: SLF001 (without its interval)
        for languages, families in DESIGNS:
            held, none, small = [], 0, []
            for draw in range(DRAWS):
                size, premium, gap, member = drawn(np.random.default_rng(draw), languages, families, effect)
                _, found = ranks.correlations(
                    premium[None], gap, size[None], [str(m) for m in member], permutations=499, seed=draw
                )
                small.append(found.p[0] < 0.05)
                if np.isnan(found.low[0]):
                    none += 1
                else:
                    held.append(found.low[0] <= truth <= found.high[0])
            share = 100 * np.mean(held) if held else float("nan")
            error = (
                100 * 1.96 * np.sqrt(np.mean(held) * (1 - np.mean(held)) / len(held))
                if held
                else float("nan")
            )
            print(
                f"{languages:9} {families:8} {effect:6} {truth:6.3f} {share:8.1f} ± {error:3.1f} {none:9} {100 * np.mean(small):12.1f}"
            )


if __name__ == "__main__":
    main()
