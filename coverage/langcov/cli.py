"""The command line. Heavy imports wait inside the commands, so that ``langcov --help`` answers at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from langcov.cli_budget import budget
from langcov.cli_extend import extend
from langcov.cli_link import evidence_app, link
from langcov.cli_mixture import mixture
from langcov.cli_pivots import pivots
from langcov.cli_report import report
from langcov.cli_train import train
from langcov.saying import printable, say

if TYPE_CHECKING:
    from langcov.measures import Measure
    from langcov.measures.inequality import FairnessMeasure
    from langcov.measures.pairs import OverlapMeasure
    from langcov.runs import Run

app = typer.Typer(
    help="What a tokenizer does to the world's languages: how many tokens, at what premium, which letters are lost.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
corpora_app = typer.Typer(help="The texts that can be counted.", no_args_is_help=True)
tokenizers_app = typer.Typer(help="The tokenizers that have a name.", no_args_is_help=True)
app.add_typer(corpora_app, name="corpora")
app.add_typer(tokenizers_app, name="tokenizers")
app.add_typer(evidence_app, name="evidence")

Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
Fast = Annotated[
    bool,
    typer.Option("--fast/--no-fast", help="Encode with a faster engine where it gives the very same ids."),
]


def _version(asked: bool) -> None:
    if asked:
        import langcov

        typer.echo(f"langcov {langcov.__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Options of the command itself."""


@app.command()
def compare(  # noqa: PLR0913, PLR0917 (one parameter is one option)
    tokenizers: Annotated[
        list[str],
        typer.Argument(
            help="Paths, shipped names (langcov tokenizers list) or hub ids (hf:org/name); NAME=PATH names one."
        ),
    ],
    corpus: Annotated[
        list[str] | None,
        typer.Option(
            "--corpus", help="A name (langcov corpora list), a corpus card, files, folders or globs."
        ),
    ] = None,
    language: Annotated[
        list[str] | None, typer.Option("--language", help="Count only this language; again for more.")
    ] = None,
    reference: Annotated[
        str | None, typer.Option(help="What premiums are against; English if not given.")
    ] = None,
    out: Annotated[Path, typer.Option(help="The run folder to write, or its s3:// address.")] = Path(
        "langcov-run"
    ),
    show: Annotated[str | None, typer.Option(help="The measure to print as a table.")] = None,
    overlap: Annotated[
        str | None,
        typer.Option(help="Whose overlap between languages to measure; the last tokenizer's if not given."),
    ] = None,
    baseline: Annotated[
        str | None,
        typer.Option(
            help="What relative lengths are against; the first tokenizer that loses nothing if not given."
        ),
    ] = None,
    fail_if: Annotated[
        list[str] | None,
        typer.Option("--fail-if", help="Leave with exit code 1 if this holds: 'premium[amh_Ethi] > 4'."),
    ] = None,
    text_language: Annotated[str | None, typer.Option(help="All text is in this language.")] = None,
    text_column: Annotated[
        str | None, typer.Option(help="Column of the text, in tables; text if not given.")
    ] = None,
    language_column: Annotated[str | None, typer.Option(help="Column of the language, in tables.")] = None,
    unit_column: Annotated[
        str | None, typer.Option(help="Column of the document or segment, in tables.")
    ] = None,
    root: Annotated[Path | None, typer.Option(help="The folder that a corpus card's files are in.")] = None,
    parallel: Annotated[
        bool | None,
        typer.Option(
            "--parallel/--not-parallel", help="Say whether equal units are translations of each other."
        ),
    ] = None,
    on_bad_text: Annotated[
        str, typer.Option(help="stop, or skip and count, where text is no UTF-8.")
    ] = "stop",
    pattern: Annotated[
        str | None,
        typer.Option(help="Pre-tokenizer pattern of a .tiktoken file: a name or an expression."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the intervals.")] = 0,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="How many processes count; as many as there are cores if not given."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run that was interrupted in the run folder.")
    ] = False,
    engine: Annotated[
        Literal["local", "ray"], typer.Option(help="Count on this machine, or on a Ray cluster.")
    ] = "local",
    ray_address: Annotated[
        str | None,
        typer.Option(help="Of the cluster; RAY_ADDRESS or a new one on this machine if not given."),
    ] = None,
    fast: Fast = True,
    as_json: Json = False,
) -> None:
    """Compare tokenizers on a corpus: counts, measures, a table here and a page in the run folder."""
    from langcov import runs
    from langcov.corpora import open_corpus
    from langcov.languages import parse
    from langcov.progress import counting
    from langcov.run_folders import page_of
    from langcov.thresholds import parse_threshold
    from langcov.tokenizers.load import TokenizerSource
    from langcov.whole_runs import compare_into

    tags = [parse(name) for name in language] if language else None
    against = parse(reference) if reference else None
    measure = _known_measure(show)
    runs.check_out(out)
    text = open_corpus(
        _one_or_many(corpus or ["samples"]),
        text_column=text_column or "text",
        language_column=language_column,
        unit_column=unit_column,
        language=text_language,
        on_bad_text=_stop_or_skip(on_bad_text),
        parallel=parallel,
        root=root,
    )
    sources = [TokenizerSource.typed(spec, pattern) for spec in dict.fromkeys(tokenizers)]
    for source in sources:
        source.check()
    thresholds = [parse_threshold(each, [source.called for source in sources]) for each in fail_if or []]
    with counting(text.name, len(sources), text.expected_bytes(tags)) as on_progress:
        run = compare_into(
            out,
            sources,
            text,
            tags,
            reference=against,
            overlap_tokenizer=overlap,
            baseline=baseline,
            seed=seed,
            fast=fast,
            engine=engine,
            ray_address=ray_address,
            workers=workers,
            resume=resume,
            on_progress=on_progress,
            on_lost=say,
        )
    page = page_of(out)
    _print_run(run, page, measure, tags, as_json=as_json)
    crossed = [
        sentence for threshold in thresholds for sentence in threshold.crossed(run.measures, run.fairness)
    ]
    for sentence in crossed:
        say(sentence)
    if crossed:
        raise typer.Exit(1)


@app.command()
def audit(
    tokenizer: Annotated[str, typer.Argument(help="A path, shipped name or hub id; NAME=PATH names it.")],
    language: Annotated[
        list[str] | None, typer.Option("--language", help="Only this language, in detail; again for more.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write one row per language to this .csv, .json or .parquet file.")
    ] = None,
    pattern: Annotated[str | None, typer.Option(help="Pre-tokenizer pattern of a .tiktoken file.")] = None,
    fast: Fast = True,
    as_json: Json = False,
) -> None:
    """Audit one tokenizer: every language that langcov knows, with or without text, alphabets included."""
    from langcov import audits, console
    from langcov.engines.requests import trial_text
    from langcov.languages import parse
    from langcov.progress import counting
    from langcov.tokenizers.fast import accelerated
    from langcov.tokenizers.load import TokenizerSource

    tags = [parse(name) for name in language] if language else None
    audits.check_suffix(out)
    loaded = TokenizerSource.typed(tokenizer, pattern).load()
    corpora = audits.default_corpora()
    sample = trial_text(corpora, tags) if fast else None
    if sample is not None:
        loaded = accelerated(loaded, sample)
    with counting(" and ".join(corpus.name for corpus in corpora), 1) as on_progress:
        found = audits.audit(loaded, tags, corpora, on_progress)
    if not any(corpus.parallel for corpus in corpora):
        say("no parallel text is here, so no premiums: langcov corpora fetch udhr brings some.")
    if out is not None:
        found.save(out)
    if as_json:
        _print_json({**found.as_dict(), **({} if tags else audits.of_vocabulary(loaded))})
    elif tags:
        console.print_audited_languages(found, loaded)
    else:
        console.print_audit(found, audits.of_vocabulary(loaded))


app.command()(link)
app.command()(report)
app.command()(train)
app.command()(extend)
app.command()(budget)
app.command()(mixture)
app.command()(pivots)


@app.command()
def run(
    file: Annotated[Path, typer.Argument(help="A run file (TOML); see reports/.")],
    out: Annotated[
        Path | None, typer.Option(help="The run folder to write, if not the one the file names.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Do a whole run as a run file says: which tokenizers, which text, which options."""
    from langcov.runfiles import read_run_file

    options = read_run_file(file)
    if out is not None:
        options["out"] = out
    compare(**options, as_json=as_json)


@app.command()
def measures(
    name: Annotated[str | None, typer.Argument(help="One measure, explained in full.")] = None,
    as_json: Json = False,
) -> None:
    """List every measure, or explain one."""
    from langcov import console
    from langcov.measures import lookup
    from langcov.measures import measures as known
    from langcov.measures.inequality import FAIRNESS_MEASURES
    from langcov.measures.pairs import OVERLAP_MEASURES

    others = {measure.name: measure for measure in (*OVERLAP_MEASURES, *FAIRNESS_MEASURES)}
    every: list[Measure | OverlapMeasure | FairnessMeasure] = [*known().values(), *others.values()]
    if name is not None:
        every = [others.get(name) or lookup(name)]
    rows = [console.definition(measure) for measure in every]
    if as_json:
        _print_json(rows)
    elif name is not None:
        console.print_definition(rows[0])
    else:
        console.print_table(rows, ["name", "unit", "better", "formula", "source"])


@corpora_app.command("list")
def corpora_list(as_json: Json = False) -> None:
    """List the corpora that have a name."""
    from langcov import console
    from langcov.corpora import shipped

    rows = [dict(row) for row in shipped()]
    if as_json:
        _print_json(rows)
    else:
        console.print_table(rows, ["name", "title", "parallel", "licence", "ready"])


@corpora_app.command("show")
def corpora_show(
    name: Annotated[str, typer.Argument(help="A corpus name, card or file.")], as_json: Json = False
) -> None:
    """Show what a corpus is and which languages it has."""
    from langcov import console
    from langcov.corpora import open_corpus

    corpus = open_corpus(name)
    facts: dict[str, Any] = {
        "name": corpus.name,
        "citation": corpus.citation,
        "licence": corpus.licence,
        "parallel": corpus.parallel,
        "fingerprint": corpus.fingerprint,
        "languages": corpus.languages(),
    }
    if as_json:
        _print_json(facts)
    else:
        facts["languages"] = f"{len(facts['languages'])}: {', '.join(facts['languages'])}"
        console.print_definition(facts)


@corpora_app.command("fetch")
def corpora_fetch(name: Annotated[str, typer.Argument(help="The corpus to fetch: udhr.")]) -> None:
    """Fetch a corpus into this user's cache, so that it can be counted."""
    from langcov.corpora import fetch

    cached = fetch(name)
    typer.echo(cached if cached is not None else f"{name} comes with langcov: there is nothing to fetch")


@tokenizers_app.command("list")
def tokenizers_list(as_json: Json = False) -> None:
    """List the tokenizers that have a name, and whether their package is installed."""
    from langcov import console
    from langcov.tokenizers import shipped

    rows = [
        {
            "name": each.name,
            "kind": each.kind,
            "about": each.about,
            "package": each.package,
            "licence": each.licence,
            "installed": each.installed,
            "extra": each.extra,
        }
        for each in shipped()
    ]
    if as_json:
        _print_json(rows)
    else:
        console.print_table(rows, ["name", "kind", "about", "package", "licence", "installed"])


@tokenizers_app.command("show")
def tokenizers_show(
    spec: Annotated[str, typer.Argument(help="A path, shipped name or hub id.")],
    pattern: Annotated[str | None, typer.Option(help="Pre-tokenizer pattern of a .tiktoken file.")] = None,
    fast: Fast = True,
    as_json: Json = False,
) -> None:
    """Show what a tokenizer is, what encodes for it, and how exact its ids are."""
    from langcov import console
    from langcov.tokenizers import load_tokenizer
    from langcov.tokenizers.fast import accelerated, check_of

    tokenizer = load_tokenizer(spec, pattern=pattern)
    if fast:
        tokenizer = accelerated(tokenizer)
    kinds = tokenizer.vocabulary["kind"].value_counts(sort=True)
    facts = {
        "name": tokenizer.name,
        "kind": tokenizer.kind,
        "source": tokenizer.source,
        "engine": tokenizer.engine,
        "check": check_of(tokenizer) or "no faster engine was tried",
        "reference": tokenizer.exactness.reference,
        "exactness": tokenizer.exactness.note or "ids are the reference's",
        "fingerprint": tokenizer.fingerprint,
        "vocabulary": {str(kind): count for kind, count in kinds.iter_rows()},
    }
    if as_json:
        _print_json(facts)
    else:
        entries = ", ".join(f"{count:,} {kind}" for kind, count in kinds.iter_rows())
        console.print_definition(
            {**facts, "vocabulary": f"{tokenizer.vocabulary.height:,} entries: {entries}"}
        )


def _one_or_many(specs: list[str]) -> str | list[str]:
    return specs[0] if len(specs) == 1 else specs


def _stop_or_skip(choice: str) -> Literal["stop", "skip"]:
    if choice == "stop":
        return "stop"
    if choice == "skip":
        return "skip"
    raise typer.BadParameter("choose stop or skip", param_hint="--on-bad-text")


def _known_measure(name: str | None) -> str | None:
    if name is not None:
        from langcov.measures import lookup

        lookup(name)
    return name


def _print_run(run: Run, page: Path, measure: str | None, tags: list[str] | None, *, as_json: bool) -> None:
    from langcov import console

    if as_json:
        _print_json(
            {
                "signature": run.signature,
                "page": str(page),
                "warnings": run.manifest["warnings"],
                "measures": run.measures.to_dicts(),
                "fairness": run.fairness.to_dicts(),
                "overlap": run.overlap.to_dicts(),
            }
        )
        return
    console.print_run(run, measure, tags)
    for warning in run.manifest["warnings"]:
        say(warning)
    typer.echo(printable(f"Page: {page}"))


def _print_json(thing: object) -> None:
    import json

    typer.echo(json.dumps(thing, ensure_ascii=False, indent=1))
