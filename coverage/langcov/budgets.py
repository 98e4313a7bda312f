"""A budget from a saved run, or from tokenizers and a corpus that are counted for it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from langcov.planning.budget import Budget, Request, budget_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from langcov.corpora.base import Corpus
    from langcov.engines.progress import Progress
    from langcov.runs import Run
    from langcov.tokenizers.load import TokenizerSource


def budget(
    run: Run | str | Path,
    *,
    window: int | None = None,
    prompt_words: float = 750,
    example_words: float = 150,
    documents: int = 1,
    price: float | Mapping[str, float] | None = None,
    tokens_per_second: float | Mapping[str, float] | None = None,
) -> Budget:
    """Say what each language of a run costs under each of its tokenizers.

    Args:
        run: A run, or its folder.
        window: Tokens of the model's context.
        prompt_words: Words of the reference language (English) in a prompt or document.
        example_words: The same of a few-shot example.
        documents: How many documents are a batch.
        price: Of a million tokens: one for all tokenizers, or by tokenizer.
        tokens_per_second: Likewise.

    Raises:
        RunError: The folder holds no run, a number makes no sense, or the run has no premiums: its text is not parallel.
    """
    request = Request(
        window, prompt_words, example_words, documents, _by_tokenizer(price), _by_tokenizer(tokens_per_second)
    )
    return budget_of_run(run, request)


def budget_of_run(run: Run | str | Path, request: Request) -> Budget:
    """Do what `budget` does, for a request that is made already."""
    from langcov.runs import load_run

    request.check()
    run = load_run(run) if isinstance(run, (str, Path)) else run
    return budget_of(run.census, run.measures, run.manifest["reference"], request, run.signature)


def budget_of_tokenizers(
    tokenizers: Sequence[str | TokenizerSource],
    corpus: Corpus,
    request: Request,
    languages: Collection[str] | None = None,
    *,
    reference: str | None = None,
    fast: bool = True,
    workers: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Budget:
    """Count a corpus into a folder that is removed again, and say what each language costs.

    Args:
        tokenizers: What `langcov.load_tokenizer` takes, or NAME=SPEC.
        corpus: Parallel text.
        request: Window, words, prices and speeds.
        languages: Tags; all that the corpus has if None. The reference is added.
        reference: The language that premiums are against, and whose words the request counts in; English if None.
        fast: Whether a faster engine may encode where it gives the very same ids.
        workers: How many processes count; as many as there are cores if None.
        on_progress: Called as counting goes on.

    Raises:
        LangcovError: As `budget`, and as `langcov.compare_into`.
    """
    import langcov
    from langcov import runs
    from langcov.engines.processes import count_in_processes
    from langcov.engines.requests import trial_text
    from langcov.folders import Folder
    from langcov.measures import RESAMPLES, UnitCounts
    from langcov.measures.registry import compute
    from langcov.signature import signature
    from langcov.tokenizers.load import TokenizerSource

    sources = [
        each if isinstance(each, TokenizerSource) else TokenizerSource.typed(each) for each in tokenizers
    ]
    for source in sources:
        source.check()
    names = [source.called for source in sources]
    request.check(names)
    settings = runs.settle(names, corpus, languages, reference=reference)
    with tempfile.TemporaryDirectory(prefix="langcov-budget-") as name:
        census = count_in_processes(
            corpus,
            sources,
            Folder.at(name),
            settings.languages,
            sample=trial_text([corpus], settings.languages) if fast else None,
            workers=workers,
            on_progress=on_progress,
        )
        counts = UnitCounts(census, settings.reference, RESAMPLES, settings.seed)
        said = signature(
            census,
            version=langcov.__version__,
            reference=settings.reference,
            baseline=counts.baseline_tokenizer,
            resamples=RESAMPLES,
            seed=settings.seed,
        )
        return budget_of(census, compute(counts, ["premium"]), settings.reference, request, said)


def _by_tokenizer(rate: float | Mapping[str, float] | None) -> dict[str | None, float]:
    if rate is None:
        return {}
    return {None: rate} if isinstance(rate, (int, float)) else dict(rate.items())
