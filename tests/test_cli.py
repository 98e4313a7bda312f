"""The command as a person meets it: what it prints, what it writes, what it says when something is wrong."""

from __future__ import annotations

import gzip
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import polars as pl
import pytest
import zstandard

from langcov import __version__
from langcov.__main__ import main
from langcov.census.storage import load_census

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PARTS = {
    "eng_Latn": (
        ("The child", "My grandmother", "The farmer", "Our teacher", "A fisherman"),
        ("laughs", "sings", "sleeps", "eats"),
        ("at home.", "in the field."),
    ),
    "swh_Latn": (
        ("Mtoto", "Bibi yangu", "Mkulima", "Mwalimu wetu", "Mvuvi"),
        ("anacheka", "anaimba", "analala", "anakula"),
        ("nyumbani.", "shambani."),
    ),
    "ell_Grek": (
        ("Το παιδί", "Η γιαγιά μου", "Ο αγρότης", "Ο δάσκαλός μας", "Ένας ψαράς"),
        ("γελά", "τραγουδά", "κοιμάται", "τρώει"),
        ("στο σπίτι.", "στο χωράφι."),
    ),
}
LINES = {
    tag: [f"{who} {does} {place}" for who in whos for does in doing for place in places]
    for tag, (whos, doing, places) in PARTS.items()
}
ROWS = [{"text": line, "language": tag} for tag, lines in LINES.items() for line in lines]
RUN_FOLDER = {
    "census",
    "fairness.parquet",
    "samples.parquet",
    "alphabets.parquet",
    "anatomy.parquet",
    "nearest.parquet",
    "index.html",
    "manifest.json",
    "measures.parquet",
    "overlap.parquet",
}
RUN_FILE = 'tokenizers = ["{tokenizer}"]\ncorpus = ["texts"]\nout = "out"\n'


class Said(NamedTuple):
    code: int
    out: str
    err: str


class Command(Protocol):
    def __call__(self, *arguments: str | Path) -> Said: ...


def as_flores(folder: Path, tags: Sequence[str] = tuple(LINES)) -> Path:
    folder.mkdir()
    for tag in tags:
        (folder / f"{tag}.devtest").write_text("\n".join(LINES[tag]) + "\n", encoding="utf-8")
    return folder


def as_text(folder: Path) -> None:
    for tag, lines in LINES.items():
        (folder / tag).mkdir()
        (folder / tag / "part.txt").write_text("\n".join(lines), encoding="utf-8")


def as_jsonl() -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS).encode()


def alphabetic(path: Path) -> Path:
    """A tokenizer.json whose tokens are bytes and a few pairs of them: small, and loaded at once."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=300, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(LINES["eng_Latn"], trainer)
    tokenizer.save(str(path))
    return path


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return alphabetic(tmp_path_factory.mktemp("tokenizer") / "small.json")


@pytest.fixture(scope="module")
def flores(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return as_flores(tmp_path_factory.mktemp("text") / "flores")


@pytest.fixture
def langcov(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """The command in this process and in ``tmp_path``."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str | Path) -> Said:
        monkeypatch.setattr(sys, "argv", ["langcov", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        code = left.value.code
        assert code is None or isinstance(code, int)
        return Said(code or 0, *capfd.readouterr())

    return run


def command(folder: Path, *arguments: str | Path) -> Said:
    """The command in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "langcov", *arguments],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def complaint(said: Said) -> str:
    """The one sentence of a command that was refused."""
    assert said.code == 2, said
    assert said.err.startswith("langcov: ")
    assert said.err.count("\n") == 1
    assert said.err.endswith("\n")
    assert said.err[:-1].isprintable()
    assert "Traceback" not in said.err
    assert said.out == ""
    return said.err


def rows(said: Said, measure: str) -> list[dict[str, Any]]:
    return [row for row in json.loads(said.out)["measures"] if row["measure"] == measure]


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# -- what is refused, and how ------------------------------------------------------------------------------------

GOOD: Mapping[str, bytes] = {"texts/eng_Latn.txt": b"A cat sat.\n"}
CUT_GZIP = gzip.compress(b"A cat sat on a mat. " * 100)[:30]
BAD_CORPORA: dict[str, tuple[Mapping[str, bytes], str, list[str]]] = {
    "empty file": ({"eng_Latn.txt": b""}, "eng_Latn.txt", ["eng_Latn.txt", "empty", "put text in it"]),
    "only line ends": (
        {"eng_Latn.txt": b"\n\n"},
        "eng_Latn.txt",
        ["no text to count", "give files with text"],
    ),
    "no text in folder": ({"pictures/cat.png": b"x"}, "pictures", ["pictures: ", "no text", ".txt"]),
    "no such folder": ({}, "nowhere/texts", ["nowhere/texts: ", "no such file", "check how it is spelled"]),
    "no such file": ({}, "swa_Latn.txt", ["swa_Latn.txt: ", "no such file", "check how it is spelled"]),
    "no file of the glob": ({}, "texts/*.txt", ["texts/*.txt: ", "no file matches"]),
    "unknown format": ({"a.docx": b"x"}, "a.docx", ["a.docx: ", "no known format", ".jsonl"]),
    "no UTF-8": (
        {"eng_Latn.txt": b"good\nb\xffd\n"},
        "eng_Latn.txt",
        ["eng_Latn.txt: ", "byte 6 ", "line 2", "--on-bad-text skip"],
    ),
    "no UTF-8 in CSV": ({"en.csv": b"text\nb\xffd\n"}, "en.csv", ["en.csv: ", "byte 6 ", "--on-bad-text"]),
    "misspelled language in name": (
        {"swahilli.txt": b"x\n"},
        "swahilli.txt",
        ["swahilli.txt: ", "did you mean Swahili", "--text-language"],
    ),
    "misspelled language in column": (
        {"a.csv": b"text,language\nx,Yorubba\n"},
        "a.csv",
        ["a.csv: ", "record 1", "'Yorubba'", "did you mean Yoruba"],
    ),
    "language is a number": (
        {"a.jsonl": b'{"text": "x", "language": 7}\n'},
        "a.jsonl",
        ["a.jsonl: ", "'language'", "line 1", "--language-column"],
    ),
    "missing column": (
        {"a.csv": b"id,body,language\n1,x,en\n"},
        "a.csv",
        ["a.csv: ", "'text' is missing", "'id', 'body', 'language'", "--text-column"],
    ),
    "missing key": ({"en.jsonl": b'{"a": 1}\n'}, "en.jsonl", ["'text' is missing", "line 1", "'a'"]),
    "no JSON": ({"en.jsonl": b"hello\n"}, "en.jsonl", ["en.jsonl: line 1 is no JSON", "on each line"]),
    "no Parquet": (
        {"en.parquet": b"PAR1"},
        "en.parquet",
        ["en.parquet: ", "no whole Parquet", "get it again"],
    ),
    "no gzip": ({"en.txt.gz": b"hello"}, "en.txt.gz", ["en.txt.gz: ", "gzip data is damaged", "gzip -t"]),
    "gzip cut short": (
        {"en.txt.gz": CUT_GZIP},
        "en.txt.gz",
        ["en.txt.gz: ", "ends too early", "get it again"],
    ),
    "no zstd": ({"en.txt.zst": b"hello"}, "en.txt.zst", ["en.txt.zst: ", "zstd data is damaged", "zstd -t"]),
    "not equally many lines": (
        {"t/eng_Latn.dev": b"a\nb\n", "t/swh_Latn.dev": b"a\n"},
        "t",
        ["not parallel", "eng_Latn.dev 2", "swh_Latn.dev 1", "--not-parallel"],
    ),
    "misspelled corpus": ({}, "sampels", ["'sampels'", "did you mean 'samples'"]),
    "unknown corpus": ({}, "zzzzzz", ["'zzzzzz'", "samples, udhr"]),
    "very long name": ({}, "x" * 5000, ["xxx"]),
    "broken card": ({"mine.toml": b"= 3"}, "mine.toml", ["mine.toml: ", "can't be read", "line 1"]),
    "card of absolute globs": (
        {
            "mine.toml": b'name="m"\ntitle="t"\ncitation="c"\nlicence="l"\nwhere="w"\nlayout="text"\nroot="."\n'
            b'files=["/*.txt"]'
        },
        "mine.toml",
        ["/*.txt"],
    ),
}
DEEP = b'{"model": ' + b"[" * 100_000
BAD_TOKENIZERS: dict[str, tuple[bytes | None, str, list[str]]] = {
    "empty": (b"", "tokenizer.json", ["tokenizer.json: the file is empty", "download it again"]),
    "blank": (b" \n", "tokenizer.json", ["tokenizer.json: the file is empty", "download it again"]),
    "broken": (b'{"model": {"type": "B', "tokenizer.json", ["tokenizer.json: ", "no valid JSON", "download"]),
    "too deep": (DEEP, "tokenizer.json", ["tokenizer.json: "]),
    "no tokenizer": (
        b'{"a": 1}',
        "config.json",
        ["config.json: ", "JSON, but no tokenizer", "langcov reads"],
    ),
    "no model": (b'{"model": "gpt"}', "config.json", ["config.json: ", "no tokenizer", "tokenizer.json"]),
    "no file of its kind": (b"cat", "a.model", ["a.model: this is no tokenizer file", "langcov reads"]),
    "pointer": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 4\n",
        "tokenizer.model",
        ["tokenizer.model: ", "Git LFS pointer", "git lfs pull"],
    ),
    "missing": (None, "models/tokenizer.json", ["models/tokenizer.json: ", "no such file", "check the path"]),
    "misspelled name": (None, "o20k", ["'o20k'", "did you mean o200k?"]),
    "unknown name": (None, "zzzzzz", ["'zzzzzz'", "known names are cl100k", "hf:org/name"]),
    "very long name": (None, "x" * 5000, ["xxx"]),
    "no hub id": (None, "hf:a/b/c", ["hf:a/b/c: ", "no hub id", "hf:org/name"]),
}
BAD_OPTIONS: dict[str, tuple[list[str], list[str]]] = {
    "misspelled language": (["--language", "Yorubba"], ["'Yorubba'", "did you mean Yoruba (yor_Latn)?"]),
    "unknown language": (["--language", "zzzz"], ["'zzzz'", "write a tag as yor_Latn"]),
    "language that is not there": (["--language", "Yoruba"], ["corpus texts", "yor_Latn", "it has eng_Latn"]),
    "misspelled reference": (["--reference", "Swahilli"], ["'Swahilli'", "did you mean Swahili"]),
    "reference that is not there": (["--reference", "yo"], ["corpus texts", "yor_Latn", "--reference"]),
    "misspelled measure": (["--show", "fertilty"], ["'fertilty'", "did you mean 'fertility'?"]),
    "unknown measure": (["--show", "zzz"], ["'zzz'", "known are premium"]),
    "misspelled measure in a threshold": (
        ["--fail-if", "premum > 4"],
        ["'premum'", "did you mean 'premium'?"],
    ),
    "malformed threshold": (["--fail-if", "premium"], ["--fail-if: ", "'premium'", "premium[amh_Ethi] > 4"]),
    "unknown overlap tokenizer": (["--overlap", "zzz"], ["'zzz'", "name one of small"]),
    "pattern for what has one": (
        ["--pattern", "o200k"],
        ["small.json: ", "own pattern", "leave out --pattern"],
    ),
    "unknown text language": (["--text-language", "Yorubba"], ["--text-language", "did you mean Yoruba"]),
}
BAD_RUN_FILES: dict[str, tuple[str, list[str]]] = {
    "unknown key": ("tokeniser = []", ["'tokeniser'", "known keys are tokenizers"]),
    "string for a list": ('tokenizers = "o200k"', ["tokenizers is 'o200k'", "a list of strings"]),
    "numbers in a list": ("tokenizers = [1]", ["tokenizers is [1]", "a list of strings"]),
    "truth for a number": (f"{RUN_FILE}seed = true", ["seed is True", "make it"]),
    "negative seed": (f"{RUN_FILE}seed = -1", ["seed", "-1"]),
    "unknown choice": (f'{RUN_FILE}on_bad_text = "keep"', ["on", "bad", "stop", "skip"]),
    "no tokenizer": ('corpus = ["texts"]', ["names no tokenizer", 'tokenizers = ["o200k"]']),
    "empty": ("", ["names no tokenizer"]),
    "no TOML": ("= 3", ["no TOML", "line 1"]),
    "no path": ('tokenizers = ["{tokenizer}"]\ncorpus = ["texts"]\nout = "a\\u0000b"', ["out"]),
}


def laid_out(files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(content)


@pytest.mark.parametrize("case", BAD_CORPORA)
def test_text_that_cannot_be_read_is_refused_in_one_sentence(
    langcov: Command, tokenizer: Path, case: str
) -> None:
    files, spec, says = BAD_CORPORA[case]
    laid_out(files)
    sentence = complaint(langcov("compare", tokenizer, "--corpus", spec))
    assert [part for part in says if part not in sentence] == []
    assert not Path("langcov-run").exists()


@pytest.mark.parametrize("case", BAD_TOKENIZERS)
def test_tokenizers_that_cannot_be_read_are_refused_in_one_sentence(langcov: Command, case: str) -> None:
    content, spec, says = BAD_TOKENIZERS[case]
    laid_out({**GOOD, **({spec: content} if content is not None else {})})
    sentence = complaint(langcov("compare", spec, "--corpus", "texts"))
    assert [part for part in says if part not in sentence] == []
    assert not Path("langcov-run").exists()


@pytest.mark.parametrize("case", BAD_OPTIONS)
def test_names_that_nobody_knows_are_refused_in_one_sentence(
    langcov: Command, tokenizer: Path, case: str
) -> None:
    options, says = BAD_OPTIONS[case]
    laid_out(GOOD)
    sentence = complaint(langcov("compare", tokenizer, "--corpus", "texts", *options))
    assert [part for part in says if part not in sentence] == []
    assert not Path("langcov-run").exists()


@pytest.mark.parametrize("case", BAD_RUN_FILES)
def test_run_files_that_make_no_sense_are_refused_in_one_sentence(
    langcov: Command, tokenizer: Path, case: str
) -> None:
    text, says = BAD_RUN_FILES[case]
    laid_out({**GOOD, "a run.toml": text.replace("{tokenizer}", tokenizer.as_posix()).encode()})
    sentence = complaint(langcov("run", "a run.toml"))
    assert [part for part in ("a run.toml", *says) if part not in sentence] == []
    assert not Path("out").exists()


def test_a_run_file_that_is_missing_or_a_folder_is_named(langcov: Command, tmp_path: Path) -> None:
    for name in ("nowhere.toml", tmp_path):
        sentence = complaint(langcov("run", name))
        assert f"{name}: can't read the run file" in sentence
        assert "check the path" in sentence


@pytest.mark.parametrize(
    "damage", ["nothing", "manifest.json", "measures.parquet", "census/text.parquet", "{}"]
)
def test_a_folder_that_holds_no_whole_run_is_not_reported(
    langcov: Command, tokenizer: Path, damage: str
) -> None:
    laid_out(GOOD)
    if damage == "nothing":
        laid_out({"run/manifest.json": b""})
    else:
        assert langcov("compare", tokenizer, "--corpus", "texts", "--out", "run").code == 0
        Path("run/index.html").unlink()
        if damage == "{}":
            Path("run/manifest.json").write_text("[]")
        else:
            Path("run", damage).write_bytes(b"PAR1")
    sentence = complaint(langcov("report", "run"))
    assert "run" in sentence
    assert not Path("run/index.html").exists()


def test_a_known_tokenizer_whose_package_is_absent_says_what_to_install(
    langcov: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "bpe_openai" else found(name)
    )
    sentence = complaint(langcov("compare", "cl100k"))
    assert "cl100k: " in sentence
    assert "bpe-openai" in sentence
    assert "pip install 'langcov[samples]'" in sentence


def test_a_pattern_for_a_shipped_tokenizer_does_not_make_it_unknown(langcov: Command) -> None:
    sentence = complaint(langcov("tokenizers", "show", "cl100k", "--pattern", "o200k"))
    assert "--pattern" in sentence
    assert "did you mean" not in sentence


def test_two_files_that_give_one_name_are_both_named(langcov: Command, tokenizer: Path) -> None:
    laid_out({**GOOD, "a/t.json": tokenizer.read_bytes(), "b/t.json": tokenizer.read_bytes()})
    sentence = complaint(langcov("compare", "a/t.json", "b/t.json", "--corpus", "texts"))
    assert "a/t.json" in sentence
    assert "b/t.json" in sentence


@pytest.mark.parametrize("column", ["number", "bytes", "list"])
def test_a_parquet_column_that_holds_no_languages_is_named(
    langcov: Command, tokenizer: Path, column: str
) -> None:
    said: Any = {"number": [1], "bytes": [b"en"], "list": [["en"]]}[column]
    pl.DataFrame({"text": ["x"], "language": said}).write_parquet("a.parquet")
    sentence = complaint(langcov("compare", tokenizer, "--corpus", "a.parquet"))
    assert "a.parquet: " in sentence
    assert "'language'" in sentence


def test_a_link_that_leads_to_itself_is_named(langcov: Command, tokenizer: Path, tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "eng_Latn.txt").symlink_to("eng_Latn.txt")
    assert "eng_Latn.txt" in complaint(langcov("compare", tokenizer, "--corpus", "texts"))


@pytest.mark.parametrize(
    "arguments",
    [
        ["compare"],
        ["compare", "o200k", "--seed", "-1"],
        ["compare", "o200k", "--seed", "one"],
        ["compare", "o200k", "--on-bad-text", "keep"],
        ["compare", "o200k", "--no-such-option"],
        ["no-such-command"],
        ["report"],
        ["run"],
        ["corpora", "show"],
        ["tokenizers", "show"],
    ],
)
def test_use_that_the_help_forbids_leaves_with_2_and_points_to_the_help(
    langcov: Command, arguments: list[str]
) -> None:
    said = langcov(*arguments)
    assert said.code == 2
    assert "--help" in said.err
    assert all(argument in said.err for argument in arguments if argument.startswith("--"))
    assert "Traceback" not in said.err


# -- what can't be measured, and what can't be written --------------------------------------------------------------


def test_bad_text_is_skipped_on_demand_and_counted(langcov: Command, tokenizer: Path) -> None:
    laid_out({"eng_Latn.txt": b"A cat.\nb\xffd\nA dog.\n"})
    said = langcov("compare", tokenizer, "--corpus", "eng_Latn.txt", "--on-bad-text", "skip")
    assert said.code == 0
    assert "langcov: 1 segment was missing or unreadable and is not counted." in said.err


def test_text_that_is_not_parallel_has_no_premium_and_a_threshold_on_it_fails(
    langcov: Command, tokenizer: Path, tmp_path: Path
) -> None:
    as_text(tmp_path)
    threshold = "premium[eng_Latn] > 1"
    said = langcov("compare", tokenizer, "--corpus", "*/*.txt", "--fail-if", threshold, "--json")
    assert said.code == 1
    assert said.err.startswith("langcov: premium of eng_Latn under small could not be measured: ")
    assert said.err.count("\n") == 1
    assert {(row["value"], "is not parallel" in row["note"]) for row in rows(said, "premium")} == {
        (None, True)
    }


def test_parallel_text_without_english_asks_for_a_reference(
    langcov: Command, tokenizer: Path, tmp_path: Path
) -> None:
    as_flores(tmp_path / "texts", ["swh_Latn", "ell_Grek"])
    said = langcov("compare", tokenizer, "--corpus", "texts")
    assert said.code == 0
    assert "no eng_Latn" in said.err
    assert "--reference" in said.err
    assert {
        (row["value"], row["note"])
        for row in rows(langcov("compare", tokenizer, "--corpus", "texts", "--json"), "premium")
    } == {(None, "no text in the reference language (eng_Latn)")}
    said = langcov("compare", tokenizer, "--corpus", "texts", "--reference", "Swahili", "--json")
    assert {row["language"]: row["value"] > 1 for row in rows(said, "premium")} == {
        "ell_Grek": True,
        "swh_Latn": False,
    }


def test_a_file_in_the_way_of_the_run_folder_is_left_as_it_is(langcov: Command, tokenizer: Path) -> None:
    laid_out({**GOOD, "notes.txt": b"mine"})
    for out in ("notes.txt", "notes.txt/run"):
        sentence = complaint(langcov("compare", tokenizer, "--corpus", "texts", "--out", out))
        assert f"{out}: can't write here" in sentence
        assert "--out" in sentence
    assert Path("notes.txt").read_bytes() == b"mine"


def _no_space(*_: object, **__: object) -> None:
    raise OSError(28, "No space left on device")


def _not_permitted(*_: object, **__: object) -> None:
    raise PermissionError(13, "Permission denied")


@pytest.mark.parametrize(
    ("owner", "method", "fault", "says"),
    [
        (pl.DataFrame, "write_parquet", _no_space, "no space left on device"),
        (Path, "write_text", _no_space, "no space left on device"),
        (tempfile, "mkstemp", _no_space, "no space left on device"),
        (tempfile, "mkdtemp", _not_permitted, "permission denied"),
        (Path, "replace", _not_permitted, "permission denied"),
    ],
)
def test_a_run_that_cannot_be_saved_leaves_the_earlier_one(
    langcov: Command,
    tokenizer: Path,
    monkeypatch: pytest.MonkeyPatch,
    owner: object,
    method: str,
    fault: Callable[..., None],
    says: str,
) -> None:
    laid_out(GOOD)
    assert langcov("compare", tokenizer, "--corpus", "texts", "--out", "run").code == 0
    before = contents(Path("run"))
    monkeypatch.setattr(owner, method, fault)
    sentence = complaint(langcov("compare", tokenizer, "--corpus", "texts", "--out", "run", "--seed", "7"))
    assert sentence.startswith(("langcov: run", f"langcov: {Path('run').absolute()}"))
    assert says in sentence
    after = contents(Path("run"))
    assert {name: after[name] for name in before} == before
    assert all(name.startswith("parts/") for name in after.keys() - before.keys())


def test_a_limit_that_the_system_itself_sets_on_files_leaves_the_earlier_run(
    tmp_path: Path, tokenizer: Path, flores: Path
) -> None:
    arguments = ["compare", str(tokenizer), "--corpus", str(flores), "--out", "run"]
    assert command(tmp_path, *arguments).code == 0
    before = contents(tmp_path / "run")
    limited = ["sh", "-c", 'ulimit -f 2; exec "$0" "$@"', sys.executable, "-m", "langcov", *arguments]
    done = subprocess.run(limited, cwd=tmp_path, capture_output=True, encoding="utf-8", check=False)
    assert "can't write here" in complaint(Said(done.returncode, done.stdout, done.stderr))
    assert contents(tmp_path / "run") == before


def test_folders_that_langcov_did_not_make_are_not_replaced(langcov: Command, tokenizer: Path) -> None:
    laid_out({**GOOD, "mine/census/1900.csv": b"people", "mine/index.html": b"my own page"})
    langcov("compare", tokenizer, "--corpus", "texts", "--out", "mine")
    assert Path("mine/census/1900.csv").read_bytes() == b"people"


def test_an_interrupted_run_says_so_and_leaves_with_130(
    langcov: Command, tokenizer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    laid_out(GOOD)
    monkeypatch.setattr("langcov.engines.tasks.count_tokens", interrupted)
    said = langcov("compare", tokenizer, "--corpus", "texts")
    assert said.code == 130
    assert said.err == "langcov: interrupted; nothing was written.\n"


# -- a whole run ---------------------------------------------------------------------------------------------------


def test_compare_writes_a_run_beside_what_is_in_the_folder_and_the_next_replaces_it(
    tmp_path: Path, tokenizer: Path, flores: Path
) -> None:
    laid = tmp_path / "run" / "notes.md"
    laid.parent.mkdir()
    laid.write_text("mine")
    said = command(tmp_path, "compare", tokenizer, "--corpus", flores, "--out", "run")
    assert said.code == 0
    assert said.err == ""
    assert "Premium (ratio)" in said.out
    assert "eng_Latn English" in said.out
    assert f"Page: {Path('run', 'index.html')}" in said.out
    assert names(tmp_path / "run") == {*RUN_FOLDER, "notes.md"}
    measures = (tmp_path / "run" / "measures.parquet").read_bytes()

    again = command(tmp_path, "compare", tokenizer, "--corpus", flores, "--out", "run", "--json")
    assert again.code == 0
    assert again.err == ""
    told = json.loads(again.out, parse_constant=pytest.fail)
    assert {"signature", "measures", "page"} <= set(told)
    assert told["signature"] in said.out.replace("\n", "")
    assert {row["language"] for row in told["measures"]} == set(LINES)
    assert (tmp_path / "run" / "measures.parquet").read_bytes() == measures, "the same twice"
    assert names(tmp_path / "run") == {*RUN_FOLDER, "notes.md"}

    page = (tmp_path / "run" / "index.html").read_bytes()
    (tmp_path / "run" / "index.html").unlink()
    rendered = command(tmp_path, "report", "run")
    assert rendered == Said(0, f"{Path('run', 'index.html')}\n", "")
    assert (tmp_path / "run" / "index.html").read_bytes() == page

    one = command(tmp_path, "compare", tokenizer, "--corpus", flores, "--language", "el", "--out", "run")
    assert one.code == 0
    assert pl.read_parquet(tmp_path / "run" / "measures.parquet")["language"].unique().sort().to_list() == [
        "ell_Grek",
        "eng_Latn",
    ]
    assert laid.read_text() == "mine"


def test_a_run_file_gives_the_measures_of_the_same_compare_wherever_one_stands(
    langcov: Command, tokenizer: Path, tmp_path: Path
) -> None:
    as_flores(tmp_path / "texts")
    laid_out({"small.json": tokenizer.read_bytes()})
    assert langcov("compare", "small.json", "--corpus", "texts", "--seed", "3", "--out", "typed").code == 0
    run_file = 'tokenizers = ["small.json"]\ncorpus = ["texts"]\nseed = 3\nout = "written"\n'
    globbed = run_file.replace('"texts"', '"*.devtest"').replace("small.json", "../small.json")
    laid_out({"a.toml": run_file.encode(), "texts/b.toml": globbed.encode()})
    assert langcov("run", "a.toml").code == 0
    typed, written = (Path(out, "measures.parquet").read_bytes() for out in ("typed", "written"))
    assert typed == written
    assert langcov("run", "a.toml", "--out", "elsewhere").code == 0
    assert Path("elsewhere", "measures.parquet").read_bytes() == typed
    assert langcov("run", "texts/b.toml").code == 0, "a glob is meant from the run file's folder"
    assert Path("texts", "written", "measures.parquet").read_bytes() == typed


def test_thresholds_decide_the_exit_code_after_all_is_written(
    langcov: Command, tokenizer: Path, flores: Path
) -> None:
    run = ("compare", tokenizer, "--corpus", flores, "--json")
    kept = langcov(*run, "--fail-if", "premium > 100", "--fail-if", "premium[Greek, small] < 1")
    assert (kept.code, kept.err) == (0, "")
    failed = langcov(*run, "--fail-if", "premium > 100", "--fail-if", "premium[Greek] > 1.5")
    assert failed.code == 1
    assert failed.err.startswith("langcov: premium of ell_Grek under small is ")
    assert json.loads(failed.out) == json.loads(kept.out)
    assert names(Path("langcov-run")) == RUN_FOLDER
    assert langcov(*run, "--fail-if", "premium[yor_Latn] > 1").code == 2


@pytest.mark.parametrize("form", ["flores", "txt", "jsonl", "jsonl.gz", "jsonl.zst", "csv", "parquet"])
def test_every_format_gives_the_tokens_that_the_tokenizer_itself_counts(
    langcov: Command, tokenizer: Path, tmp_path: Path, form: str
) -> None:
    from tokenizers import Tokenizer

    file = tmp_path / "texts" / f"all.{form}"
    if form == "flores":
        as_flores(file.parent)
    else:
        file.parent.mkdir()
    if form == "txt":
        as_text(file.parent)
    elif form == "csv":
        pl.DataFrame(ROWS).write_csv(file)
    elif form == "parquet":
        pl.DataFrame(ROWS).write_parquet(file)
    elif form.startswith("jsonl"):
        press: Mapping[str, Callable[[bytes], bytes]] = {
            "jsonl": bytes,
            "jsonl.gz": gzip.compress,
            "jsonl.zst": zstandard.compress,
        }
        file.write_bytes(press[form](as_jsonl()))
    assert langcov("compare", tokenizer, "--corpus", "texts").code == 0
    counted = load_census("langcov-run/census").tokens.group_by("language").agg(pl.col("tokens").sum())
    itself = Tokenizer.from_file(str(tokenizer))
    assert dict(counted.iter_rows()) == {
        tag: sum(len(each.ids) for each in itself.encode_batch(lines)) for tag, lines in LINES.items()
    }


# -- the small commands ----------------------------------------------------------------------------------------------


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "langcov", "--help"],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert "langcov" in imported
    heavy = {"polars", "altair", "numpy", "tokenizers", "transformers", "scipy", "sentencepiece", "icu4py"}
    assert not imported & heavy
    assert "compare" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "shows"),
    [
        (["--version"], [f"langcov {__version__}"]),
        (["measures"], ["premium", "fertility", "jaccard", "lower"]),
        (["measures", "fertility"], ["tokens per word", "Rust et al. 2021"]),
        (["measures", "jsd"], ["jsd"]),
        (["corpora", "list"], ["samples", "udhr", "Apache-2.0"]),
        (["corpora", "show", "samples"], ["gflanguages", "yor_Latn", "parallel"]),
        (["tokenizers", "list"], ["xlm-r", "byte-level BPE"]),
        (["tokenizers", "show", "cl100k"], ["entries", "bpe-openai"]),
    ],
)
def test_small_commands_answer(langcov: Command, arguments: list[str], shows: list[str]) -> None:
    said = langcov(*arguments)
    assert (said.code, said.err) == (0, "")
    assert [part for part in shows if part not in said.out] == []


def test_small_commands_answer_programs_too(langcov: Command) -> None:
    def told(*arguments: str) -> Any:  # noqa: ANN401 (JSON)
        said = langcov(*arguments, "--json")
        assert (said.code, said.err) == (0, "")
        return json.loads(said.out)

    assert [row["name"] for row in told("measures")][:2] == ["premium", "fertility"]
    assert [row["unit"] for row in told("measures", "fertility")] == ["tokens per word"]
    assert {row["name"]: row["parallel"] for row in told("corpora", "list")}["udhr"] is True
    assert "yor_Latn" in told("corpora", "show", "samples")["languages"]
    assert {row["name"]: row["installed"] for row in told("tokenizers", "list")}["cl100k"] is True
    assert sum(told("tokenizers", "show", "cl100k")["vocabulary"].values()) == 100_256


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["measures", "fertilty"], ["'fertilty'", "did you mean 'fertility'?"]),
        (["measures", "jacard"], ["'jacard'", "did you mean 'jaccard'?"]),
        (["corpora", "show", "sampels"], ["'sampels'", "did you mean 'samples'"]),
        (["corpora", "fetch", "uhdr"], ["'uhdr'", "samples, udhr"]),
        (["tokenizers", "show", "o20k"], ["'o20k'", "did you mean o200k?"]),
    ],
)
def test_small_commands_meet_misspelled_names_with_the_nearest(
    langcov: Command, arguments: list[str], says: list[str]
) -> None:
    sentence = complaint(langcov(*arguments))
    assert [part for part in says if part not in sentence] == []


# -- what nobody expects ----------------------------------------------------------------------------------------------


def test_a_tokenizer_named_like_markup_puts_none_into_the_page(
    langcov: Command, tokenizer: Path, flores: Path
) -> None:
    name = "</script><b>.json"
    laid_out({name: tokenizer.read_bytes()})
    assert langcov("compare", name, "--corpus", flores).code == 0
    page = Path("langcov-run/index.html").read_text(encoding="utf-8")
    assert "script><b>" not in page
    assert page.count("<script") == page.count("</script>")


CONTROLS = "red \x1b[31m\nand\r \x07 \u202ethe \u2028rest"


def test_no_control_character_reaches_the_terminal(langcov: Command, tokenizer: Path, flores: Path) -> None:
    complaint(langcov("compare", tokenizer, "--corpus", f"{CONTROLS}.txt"))
    complaint(langcov("compare", f"{CONTROLS}.json", "--corpus", flores))
    complaint(langcov("compare", tokenizer, "--corpus", flores, "--language", CONTROLS))
    complaint(langcov("report", CONTROLS))
    laid_out({f"{CONTROLS}/eng_Latn.txt": b"A cat.\n", f"{CONTROLS}.json": tokenizer.read_bytes()})
    spec, text, out = f"{CONTROLS}.json", f"{CONTROLS}/eng_Latn.txt", f"run {CONTROLS}"
    for said in (
        langcov("tokenizers", "show", spec),
        langcov("corpora", "show", text),
        langcov("compare", spec, "--corpus", CONTROLS, "--out", out, "--fail-if", "premium[eng_Latn] > 1"),
    ):
        assert said.code in {0, 1}, said.err
        assert {each for each in said.out + said.err if not each.isprintable()} <= {"\n"}


@pytest.mark.parametrize("name", ["runs[1]", "r*n", "what?", "a b", "käse"])
def test_folders_may_have_any_name(langcov: Command, tokenizer: Path, name: str) -> None:
    Path(name).mkdir()
    pl.DataFrame({"text": ["A cat."], "language": ["en"]}).write_parquet(Path(name, "all.parquet"))
    said = langcov("compare", tokenizer, "--corpus", f"{name}/all.parquet", "--out", f"{name}/out")
    assert said.code == 0, said.err
    assert langcov("report", f"{name}/out").code == 0


def test_names_that_are_no_unicode_are_taken_or_refused_but_never_crash(
    langcov: Command, tokenizer: Path, flores: Path
) -> None:
    broken = os.fsdecode(b"eng_Latn.\xff.txt")
    Path(broken).write_text("A cat.\n")
    for arguments in ([broken, "--out", "a"], [flores, "--out", os.fsdecode(b"out\xff")]):
        said = langcov("compare", tokenizer, "--corpus", *arguments)
        assert said.code in {0, 2}
        assert "Traceback" not in said.err


def test_a_corpus_named_like_markup_does_not_upset_the_progress_bar(
    langcov: Command, tokenizer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = 'name = "a [/b] c"\ntitle = "t"\ncitation = "c"\nlicence = "l"\nwhere = "w"\nlayout = "text"\n'
    laid_out({"eng_Latn.txt": b"A cat.\n", "odd.toml": f'{card}root = "."\nfiles = ["*.txt"]'.encode()})
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert langcov("compare", tokenizer, "--corpus", "odd.toml").code == 0


def test_text_of_every_odd_character_is_counted(langcov: Command, tokenizer: Path) -> None:
    points = (point for point in range(0, 0x11_0000, 211) if not 0xD800 <= point < 0xE000)
    text = "".join(map(chr, points)) + "".join(map(chr, range(0x300))) + "\u202e\u2028\ufeff\ufffd\U0010ffff"
    laid_out({"eng_Latn.txt": text.encode()})
    said = langcov("compare", tokenizer, "--corpus", "eng_Latn.txt", "--json")
    assert said.code == 0, said.err
    assert all(row["value"] > 0 for row in rows(said, "chars_per_token"))


@pytest.mark.parametrize("text", ["?! ... -- ¿? ॥ 。", "😀 👩‍👩‍👧 🏳️‍🌈 🎉"])
def test_text_without_a_word_has_null_where_words_are_asked_for(
    langcov: Command, tokenizer: Path, text: str
) -> None:
    lines = "".join(json.dumps({"text": text}) + "\n" for _ in range(40))
    laid_out({"eng_Latn.jsonl": lines.encode()})
    said = langcov("compare", tokenizer, "--corpus", "eng_Latn.jsonl", "--json")
    assert said.code == 0, said.err
    for measure in ("fertility", "continued_words", "single_token_words"):
        assert {(row["value"], bool(row["note"])) for row in rows(said, measure)} == {(None, True)}
    assert "eng_Latn: the text holds no letters" in " ".join(json.loads(said.out)["warnings"])
    assert langcov("compare", tokenizer, "--corpus", "eng_Latn.jsonl").code == 0


def test_one_segment_gives_values_and_says_why_there_are_no_intervals(
    langcov: Command, tokenizer: Path
) -> None:
    laid_out({f"texts/{tag}.dev": lines[0].encode() for tag, lines in LINES.items()})
    said = langcov("compare", tokenizer, "--corpus", "texts", "--json")
    assert said.code == 0, said.err
    for row in rows(said, "premium"):
        assert row["value"] >= 1
        assert (row["low"], row["high"], row["units"]) == (None, None, 1)
        assert "no interval" in row["note"]


@pytest.mark.parametrize(
    "arguments", [["measures"], ["measures", "--json"], ["tokenizers", "list"], ["--help"]]
)
def test_a_reader_that_has_seen_enough_ends_the_command_without_a_word(
    tmp_path: Path, arguments: list[str]
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "langcov", *arguments],
        cwd=tmp_path,
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)
    assert done.stderr == b""
    assert done.returncode == 0, "1 would say that a threshold was crossed"


def test_evidence_is_listed_and_shown_with_whom_to_cite(langcov: Command) -> None:
    listed = json.loads(langcov("evidence", "list", "--json").out)
    assert sum(row["results"] for row in listed["results"]) == 18_064
    assert all(row["citation"] and row["licence"] for part in listed.values() for row in part)
    assert "tokenizer mbert (stated, Devlin et al. 2019" in langcov("evidence", "show", "mBERT").out


def test_a_link_needs_a_run_and_says_so(langcov: Command) -> None:
    Path("empty").mkdir()
    assert "this is no run folder" in complaint(langcov("link", "empty"))
    assert "NAME=SPEC" in langcov("link", "empty", "--model-tokenizer", "nonsense").err


def test_a_text_in_few_languages_shows_all_of_them(langcov: Command, tokenizer: Path) -> None:
    laid_out({f"texts/{tag}.txt": b"A cat sat.\n" for tag in ("eng_Latn", "khm_Khmr", "ell_Grek")})
    said = langcov("compare", tokenizer, "--corpus", "texts")
    assert [tag for tag in ("eng_Latn", "khm_Khmr", "ell_Grek") if tag not in said.out] == []
