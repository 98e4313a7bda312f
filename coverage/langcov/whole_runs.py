"""A whole run into a folder: tokenizers one at a time in worker processes, resumable, on this machine or a Ray cluster."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

from langcov import ahead, runs
from langcov.engines import plans
from langcov.engines.chosen import counter
from langcov.engines.requests import Beside, check_names, trial_text
from langcov.folders import Folder
from langcov.report.extras import extras_of
from langcov.report.sentences import sample_texts
from langcov.tokenizers.load import TokenizerSource

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    import polars as pl

    from langcov.corpora.base import Corpus
    from langcov.engines.progress import Progress
    from langcov.runs import Run


def compare_into(  # noqa: PLR0913 (a run has as many settings)
    out: str | Path,
    tokenizers: Sequence[str | TokenizerSource],
    corpus: Corpus,
    languages: Collection[str] | None = None,
    *,
    reference: str | None = None,
    overlap_tokenizer: str | None = None,
    baseline: str | None = None,
    seed: int = 0,
    fast: bool = True,
    engine: Literal["local", "ray"] = "local",
    ray_address: str | None = None,
    workers: int | None = None,
    resume: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
    on_lost: Callable[[str], None] | None = None,
) -> Run:
    """Count a corpus with several tokenizers, measure all there is to measure, and write the run's folder and page.

    Unlike `langcov.runs.compare`, which counts in this process and gives a run in memory, this needs as much memory as one
    tokenizer and a batch of text for each worker, and what is counted lies in the folder at once.

    Args:
        out: The run's folder, or its address in an object store.
        tokenizers: What `langcov.load_tokenizer` takes, or NAME=SPEC.
        corpus: The text.
        languages: Tags; all that the corpus has if None. The reference is added where the corpus has it.
        reference: The language that premiums are against; English if None.
        overlap_tokenizer: Whose overlap between languages to measure; the last one's if None.
        baseline: The tokenizer that relative lengths are against; if None, the first that loses no character.
        seed: Of the bootstrap.
        fast: Whether a faster engine may encode where it gives the very same ids.
        engine: ``local``: worker processes of this machine; ``ray``: a cluster.
        ray_address: Of the cluster; see `langcov.engines.ray.count_on_ray`.
        workers: How many at once; as many as there are cores if None.
        resume: Whether to go on with what an interrupted run left in the folder.
        on_progress: Called as counting goes on.
        on_lost: Called with a sentence when a task is tried again, its worker being lost (Ray).

    Raises:
        CensusError: There is no text, two tokenizers share a name, or a name is none of the tokenizers.
        CorpusError: The text can't be read, or changed since the run began.
        LanguageError: The corpus lacks a language or the reference that was asked for.
        RunError: The folder can't be written or holds another run, or workers were killed.
        TokenizerError: A tokenizer can't be loaded.
        Interrupted: Ctrl-C; what is counted is kept.
    """
    sources = [
        each if isinstance(each, TokenizerSource) else TokenizerSource.typed(each) for each in tokenizers
    ]
    for source in sources:
        source.check()
    names = [source.called for source in sources]
    check_names(list(zip(names, (source.spec for source in sources), strict=True)))
    settings = runs.settle(
        names,
        corpus,
        languages,
        reference=reference,
        overlap_tokenizer=overlap_tokenizer,
        baseline=baseline,
        seed=seed,
    )
    folder = Folder.at(out)
    samples = sample_texts(corpus, settings.languages)
    extras: dict[int, dict[str, pl.DataFrame]] = {}

    def take(place: int, made: dict[str, pl.DataFrame]) -> None:
        extras[place] = made
        if len(extras) == len(sources):  # from now on workers count, and this process has little to do
            ahead.get_ready(corpus, settings.languages)

    census = counter(engine, ray_address, on_lost)(
        corpus,
        sources,
        folder,
        settings.languages,
        sample=trial_text([corpus], settings.languages) if fast else None,
        workers=workers,
        resume=resume,
        beside=Beside(partial(extras_of, sample_texts=samples), take),
        on_progress=on_progress,
    )
    run = runs.measured(census, settings, [extras[place] for place in range(len(sources))])
    run.save(out)
    plans.clear(folder)
    return run
