"""What it takes to get a number again, in one line, as sacreBLEU does."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from langcov.census.tables import Census

SHORT = 8
"""Digits of a fingerprint that are shown."""


def signature(
    census: Census, *, version: str, reference: str | None, baseline: str, resamples: int, seed: int
) -> str:
    """Return the signature of a run.

    The parts: langcov's version, the corpus and its fingerprint, each tokenizer and its fingerprint, whose words, how
    many units were resampled and how, the seed, the reference language of premiums and the baseline tokenizer of relative
    lengths. For one number, read it with the one tokenizer that it is about.
    """
    tokenizers = "+".join(f"{facts.name}@{facts.fingerprint[:SHORT]}" for facts in census.tokenizers)
    parts = {
        "langcov": version,
        "corpus": f"{census.corpus.name}@{census.corpus.fingerprint[:SHORT]}",
        "tok": tokenizers,
        "words": census.words.split(".")[0],
        "units": str(census.text["unit"].n_unique()),
        "ci": f"bootstrap{resamples}",
        "seed": str(seed),
        "ref": reference or "none",
        "base": baseline,
    }
    return "|".join(f"{name}:{value}" for name, value in parts.items())
