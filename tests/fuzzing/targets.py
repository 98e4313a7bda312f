"""What is done with an input: all that a person could do with such a file. Each returns how it ended."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from langcov.errors import LangcovError

STRESS = (
    "",
    " ",
    "The child reads.",
    "ልጁ ያነባል።",
    "ẹ̀bùn\u0301",
    "a" * 300,
    "👩‍👩‍👧 \0\ufffe\u202e<unk>▁##",
    "\r\n \t  x",
    "th 123 <s>",
)
"""What a tokenizer that loads has to encode."""

SPANLESS = "gives no offsets"
"""In the message of a tokenizer that can encode but not tell where."""


def corpus(_folder: Path, spec: str, *, count: bool, **options: Any) -> str:  # noqa: ANN401 (open_corpus' own)
    """Open a corpus, read it through, and perhaps count it."""
    from langcov import count as count_all
    from langcov.corpora import open_corpus

    if options.get("root", "") is None:
        del options["root"]
    opened = open_corpus(spec, **options)
    opened.expected_bytes()
    opened.fingerprint  # noqa: B018 (it reads the files)
    languages = opened.languages()
    rows = 0
    for frame in opened.batches():
        rows += frame.height
        assert set(frame["language"].unique()) <= set(languages)
    if count and rows < 1000:
        count_all(opened, [_toy()])
    return f"{rows} rows"


def tokenizer(_folder: Path, spec: str, *, fast: bool, audit: bool, **options: Any) -> str:  # noqa: ANN401 (load_tokenizer's own)
    """Load a tokenizer, encode with it, and count with it."""
    import polars as pl

    from langcov import audits
    from langcov import count as count_all
    from langcov.corpora.base import SCHEMA
    from langcov.corpora.rows import FrameCorpus
    from langcov.tokenizers import load_tokenizer
    from langcov.tokenizers.fast import accelerated

    loaded = load_tokenizer(spec, **options)
    assert loaded.vocabulary["id"].is_sorted()
    encoded = loaded.encode_batch(STRESS)
    assert len(encoded.offsets) == len(STRESS) + 1
    parts = [
        encoded.ids[start:end].tolist()
        for start, end in zip(encoded.offsets, encoded.offsets[1:], strict=False)
    ]
    loaded.decode_batch(parts)
    loaded.normalise_batch(STRESS)
    try:
        loaded.encode_spans(STRESS)
    except LangcovError as error:
        if SPANLESS not in str(error):
            raise
    if fast:
        loaded = accelerated(loaded, STRESS)
        loaded.encode_batch(STRESS)
    frame = pl.DataFrame(
        [("yor_Latn", place, text) for place, text in enumerate(STRESS)], schema=SCHEMA, orient="row"
    )
    count_all(FrameCorpus("stress", "nobody", "CC0-1.0", False, frame), [loaded])
    if audit:
        audits.of_vocabulary(loaded)
    return f"{loaded.kind}, {loaded.vocabulary.height} entries"


def threshold(_folder: Path, text: str) -> str:
    """Read a threshold."""
    from langcov.thresholds import parse_threshold

    return parse_threshold(text, ["bytes"]).measure


def language(_folder: Path, text: str) -> str:
    """Look up a language."""
    from langcov.languages import describe, parse

    return describe(parse(text)).tag


def run_file(folder: Path, *, whole: bool) -> str:
    """Read a run file, and perhaps do the run."""
    from langcov.runfiles import read_run_file

    path = folder / "run.toml"
    read_run_file(path)
    return command(folder, ["run", str(path), "--out", str(folder / "out")]) if whole else "read"


def command(_folder: Path, words: list[str]) -> str:
    """Run a command line; its exit code has to be one of those that are promised."""
    from langcov.__main__ import run

    code = run(words)
    assert code in {0, 1, 2}, code
    return f"exit code {code}"


def run_folder(folder: Path, *, render: bool) -> str:
    """Load a run folder, and perhaps render its page."""
    from langcov.census import load_census
    from langcov.report import write_report
    from langcov.runs import load_run

    failed = None
    try:
        load_census(folder / "run" / "census")
    except LangcovError as error:
        failed = error
    if render:
        write_report(folder / "run")
    else:
        load_run(folder / "run")
    if failed is not None:
        raise failed
    return "rendered" if render else "loaded"


def _toy() -> Any:  # noqa: ANN401 (a tokenizer)
    from langcov.tokenizers import load_tokenizer

    return load_tokenizer(Path.cwd() / "toy.tokenizer.json")


def trap(folder: Path, how: str) -> str:
    """Do what langcov must not: what the hunt itself is tried with."""
    import os

    if how == "escape":
        raise KeyError(how)
    if how == "die":
        os.abort()
    while how == "compute for ever":
        pass
    if how == "take memory":
        bytearray(1 << 33)
    if how == "write beside":
        (folder.parent / "new.txt").write_text("x", encoding="utf-8")
    if how == "remove":
        (folder.parent / "sentinel.txt").unlink()
    if how == "change unseen":  # as a library in another language does
        descriptor = os.open(folder / "a.txt", os.O_RDONLY)
        Path(f"/proc/self/fd/{descriptor}").chmod(0o600)
    return how
