"""Link a saved run to results of models: the shipped ones, and those that a user brings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from langcov.errors import EvidenceError, LangcovError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langcov.runs import Run
    from langcov.tokenizers.base import Tokenizer
    from langcov.transfer.link import Link


def link(
    run: Run | str | Path,
    results: Sequence[str | Path] = (),
    model_tokenizers: Mapping[str, str | Tokenizer] | None = None,
    *,
    shipped: bool = True,
    seed: int = 0,
) -> Link:
    """Tie a run's measures to the zero-shot results that models got.

    Args:
        run: A run, or its folder.
        results: Files of results: lm-evaluation-harness or lighteval JSON, or CSV.
        model_tokenizers: The tokenizer of a model, or of all models with a tokenizer of the evidence (``bloom``): a name
            that the run has, or what `langcov.load_tokenizer` takes; the latter is counted on the run's corpus.
        shipped: Whether to use the published results, too.
        seed: Of bootstraps and permutations.

    Raises:
        EvidenceError: Results can't be read or linked, or a model is unknown.
        RunError: The folder holds no run.
    """
    from langcov.runs import load_run
    from langcov.transfer import evidence
    from langcov.transfer.link import link_results
    from langcov.transfer.results import read_results
    from langcov.transfer.sizes import known_model

    run = load_run(run) if isinstance(run, (str, Path)) else run
    given = read_results(results)
    parts = [given.results, *([evidence.linkable()] if shipped else [])]
    table = pl.concat(parts)
    if table.is_empty():
        raise EvidenceError("there are no results to link", where="link", fix="name a file with --results")
    notes = list(given.notes)
    theirs = {model: known_model(model) for model in table["model"].unique().sort()}
    tokenizers = {model: row["tokenizer"] if row else None for model, row in theirs.items()}
    measures = run.measures
    for name, spec in (model_tokenizers or {}).items():
        measures, counted = _with_tokenizer(run, measures, name, spec)
        models = _models_of(name, tokenizers, theirs)
        tokenizers |= dict.fromkeys(models, counted)
    unknown = [model for model in given.results["model"].unique().sort() if tokenizers[model] is None]
    notes += [
        f"No tokenizer is known for {model}: only its data size is linked; name one with --model-tokenizer."
        for model in unknown
    ]
    return link_results(
        measures,
        table,
        tokenizers,
        signature=run.signature,
        corpus=run.census.corpus.name,
        notes=notes,
        seed=seed,
    )


def _models_of(name: str, tokenizers: Mapping[str, str | None], theirs: Mapping[str, Any]) -> list[str]:
    """Return the models that a name means: one model, or all with a tokenizer of the evidence."""
    models = [model for model in tokenizers if model == name]
    models = models or [model for model in tokenizers if model.rpartition("/")[2] == name]
    models = models or [model for model, row in theirs.items() if row and row["tokenizer"] == name]
    if not models:
        import difflib

        close = difflib.get_close_matches(name, list(tokenizers), 3, 0.5)
        raise EvidenceError(
            f"no result is of a model {name!r}",
            where="--model-tokenizer",
            fix=f"did you mean {' or '.join(close)}?"
            if close
            else "langcov evidence list names what has results",
        )
    return models


def _with_tokenizer(
    run: Run, measures: pl.DataFrame, model: str, spec: str | Tokenizer
) -> tuple[pl.DataFrame, str]:
    """Return the measures with those of a tokenizer, and its name there; counted only if the run lacks it."""
    from langcov.engines.local import count_local
    from langcov.measures import UnitCounts
    from langcov.measures.registry import compute
    from langcov.tokenizers import load_tokenizer

    names = {facts.fingerprint: facts.name for facts in run.census.tokenizers}
    if isinstance(spec, str) and spec in names.values():
        return measures, spec
    tokenizer = load_tokenizer(spec, name=model) if isinstance(spec, str) else spec
    if tokenizer.fingerprint in names:
        return measures, names[tokenizer.fingerprint]
    census = count_local(_corpus_of(run, model), [tokenizer], run.census.languages)
    # The link resamples languages, not units: the measures' own intervals are not needed.
    own = compute(UnitCounts(census, run.manifest["reference"], 1, 0, None))
    return pl.concat([measures, own.filter(pl.col("tokenizer") == tokenizer.name)]), tokenizer.name


def _corpus_of(run: Run, model: str) -> Any:  # noqa: ANN401 (a Corpus, whichever source made it)
    """Open the run's corpus again, and make sure that it is the same text."""
    from langcov.corpora import open_corpus

    facts = run.census.corpus
    again = f"compare again with the tokenizer of {model} among the others"
    try:
        corpus = open_corpus(facts.name)
    except LangcovError as error:
        raise EvidenceError(
            f"can't open the run's corpus again ({error})", where=facts.name, fix=again
        ) from error
    if corpus.fingerprint != facts.fingerprint:
        raise EvidenceError("the corpus has changed since the run", where=facts.name, fix=again)
    return corpus
