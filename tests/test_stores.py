"""Text in an object store is the same text: same rows, same parts, same fingerprint, same census."""

from __future__ import annotations

import gzip
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import fsspec
import polars as pl
import pytest
import zstandard

from langcov.corpora import SCHEMA, Corpus, base, open_corpus
from langcov.corpora.addresses import Address, listed
from langcov.corpora.partitions import Partition, partitions
from langcov.corpora.stamps import check_unchanged, stamp_of
from langcov.engines.local import count_local
from langcov.errors import CorpusError
from langcov.stores import store_errors
from object_store import BUCKET, uploaded

if TYPE_CHECKING:
    from collections.abc import Callable

    from langcov.tokenizers.base import Tokenizer

ROOT = Path(__file__).parent.parent
Rows = list[tuple[str, int, str | None]]

ROWS = [
    {"id": number, "language": tag, "text": f"{text} {number}"}
    for number in range(300)
    for tag, text in (("en", "All human beings are born free."), ("yo", "Gbogbo ènìyàn ni a bí ní òmìnira."))
]
LINES = [row["text"] for row in ROWS if row["language"] == "yo"]


def rows(corpus: Corpus | Partition, languages: list[str] | None = None) -> Rows:
    return pl.concat([SCHEMA.to_frame(), *corpus.batches(languages)]).rows()


def run(folder: Path, environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """What the command line does, in a process that the environment reaches."""
    return subprocess.run(
        [sys.executable, "-m", "langcov", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT / "coverage"), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """A folder with every format, packed and not, languages told by names, folders and columns, hidden files."""
    folder = tmp_path / "texts"
    lines = "\n".join(map(str, LINES)).encode()
    objects = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS).encode()
    files = {
        "yor_Latn.txt": lines,
        "yo.part2.txt.gz": gzip.compress(lines),
        "sw/part 1+2%20#.txt.zst": zstandard.ZstdCompressor().compress(lines),
        "sw/ọ̀kan[1].txt": lines,
        "all.jsonl": objects,
        "all.jsonl.gz": gzip.compress(objects),
        "all.csv": pl.DataFrame(ROWS).write_csv().encode(),
        ".hidden.txt": b"no text",
        "sw/.hidden/part.txt": b"no text",
        "README.md": b"no text",
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    (folder / "deep" / "er").mkdir(parents=True)
    pl.DataFrame(ROWS).write_parquet(folder / "deep" / "all.parquet", row_group_size=50)
    pl.DataFrame(ROWS).write_parquet(folder / "deep" / "er" / "a [b] ọ.parquet", row_group_size=50)
    return folder


SPECS = {
    "a folder": "",
    "a folder with a slash": "/",
    "one file": "/yor_Latn.txt",
    "a folder below": "/deep",
    "a glob": "/*.jsonl*",
    "a glob of files and folders": "/*/*.txt*",
    "a glob of any depth": "/**/*.parquet",
    "a glob of any depth that names nothing else": "/**/*.csv",
    "hidden files that are named": "/.hid*.txt",
    "brackets": "/sw/*[]]*",
    "a name with brackets": "/sw/ọ̀kan[1].txt",
}


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_whatever_is_named_gives_what_it_gives_on_disk(store: dict[str, str], texts: Path, spec: str) -> None:
    assert store
    address = uploaded(texts, "same/texts")
    language = "yo" if "hid" in spec else None
    here = open_corpus(f"{texts}{spec}", language=language)
    there = open_corpus(f"{address}{spec}", language=language)
    assert isinstance(there, Corpus)
    assert there.name == here.name
    assert there.languages() == here.languages()
    assert there.expected_bytes() == here.expected_bytes()
    assert rows(there) == rows(here)
    assert rows(there, ["yor_Latn"]) == rows(here, ["yor_Latn"])
    assert there.fingerprint == here.fingerprint


@pytest.mark.parametrize("size", [300, 10_000, 1 << 30])
def test_parts_are_those_of_the_disk_and_travel(store: dict[str, str], texts: Path, size: int) -> None:
    assert store
    address = uploaded(texts, "parts")
    here, there = partitions(open_corpus(texts), size=size), partitions(open_corpus(address), size=size)
    assert [part.name for part in there] == [part.name for part in here]
    sent: list[Partition] = pickle.loads(pickle.dumps(there))
    assert [rows(part) for part in sent] == [rows(part) for part in here]


def test_parallel_text_and_columns(store: dict[str, str], tmp_path: Path) -> None:
    assert store
    for split, size in (("dev", 3), ("devtest", 2)):
        (tmp_path / split).mkdir()
        for tag in ("eng_Latn", "yor_Latn"):
            (tmp_path / split / f"{tag}.{split}").write_text("".join(f"{split} {i}\n" for i in range(size)))
    address = uploaded(tmp_path, "flores")
    corpus = open_corpus(address)
    assert corpus.parallel
    assert rows(corpus) == rows(open_corpus(tmp_path))
    columns = tmp_path / "columns"
    columns.mkdir()
    renamed = pl.DataFrame([{"nr": row["id"], "lang": row["language"], "body": row["text"]} for row in ROWS])
    renamed.write_parquet(columns / "a.parquet", row_group_size=20)
    names = {"text_column": "body", "language_column": "lang", "unit_column": "nr"}
    here = open_corpus(columns, **names)  # type: ignore[arg-type]
    there = open_corpus(uploaded(columns, "columns"), **names)  # type: ignore[arg-type]
    assert there.parallel
    assert rows(there) == rows(here)
    assert len(partitions(there, size=500)) == len(partitions(here, size=500)) > 3


def test_credentials_endpoint_and_region_may_be_in_the_files_of_the_stores_own_tools(
    store: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "texts").mkdir()
    pl.DataFrame({"text": LINES}).write_parquet(tmp_path / "texts" / "yo.parquet")
    address = uploaded(tmp_path / "texts", "profile")
    (tmp_path / "credentials").write_text("[mine]\naws_access_key_id = a\naws_secret_access_key = b\n")
    (tmp_path / "config").write_text(
        f"[profile mine]\nregion = eu-north-1\nendpoint_url = {store['AWS_ENDPOINT_URL']}\n"
    )
    for name in store:
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    assert [text for _, _, text in rows(open_corpus(address))] == LINES


def test_a_card_may_say_that_its_root_is_an_address(store: dict[str, str], tmp_path: Path) -> None:
    assert store
    folder = tmp_path / "data"
    (folder / "yo").mkdir(parents=True)
    (folder / "yo" / "a.txt").write_text("one\ntwo")
    address = uploaded(folder, "card")
    card = tmp_path / "mine.toml"
    said = 'name = "mine"\ntitle = "t"\ncitation = "c"\nlicence = "l"\nwhere = "w"\nlayout = "text"\nfiles = ["*/*.txt"]\n'
    card.write_text(f'{said}root = "{address}"\n')
    expected = [("yor_Latn", "one"), ("yor_Latn", "two")]
    assert [(row[0], row[2]) for row in rows(open_corpus(card))] == expected
    card.write_text(said)
    for root in (address, Path(address)):  # a command line's option makes it a path, which swallows a slash
        assert [(row[0], row[2]) for row in rows(open_corpus(card, root=root))] == expected


def test_the_census_is_the_same(
    store: dict[str, str], texts: Path, shipped: Callable[[str], Tokenizer]
) -> None:
    assert store
    address = uploaded(texts, "census/texts")
    here, there = (count_local(open_corpus(spec), [shipped("cl100k")]) for spec in (str(texts), address))
    assert there.facts() == here.facts()
    for table in ("text", "tokens", "pieces", "splits", "scripts"):
        assert getattr(there, table).equals(getattr(here, table))


def test_the_command_line_takes_an_address(store: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "yo.txt").write_text("Gbogbo ènìyàn ni a bí ní òmìnira.\n" * 5)
    (tmp_path / "en.txt").write_text("All human beings are born free.\n" * 5)
    address = uploaded(tmp_path, "line")
    done = run(tmp_path, store, "compare", "cl100k", "--corpus", f"{address}/*.txt", "--json", "--out", "run")
    assert done.returncode == 0, done.stderr
    assert {row["language"] for row in json.loads(done.stdout)["measures"]} >= {"eng_Latn", "yor_Latn"}


def test_an_address_stands_where_a_path_stands_but_never_on_a_disk() -> None:
    address = Address.of("s3://bucket/yo/part.jsonl.gz")
    assert (address.name, address.stem, address.suffix) == ("part.jsonl.gz", "part.jsonl", ".gz")
    assert str(address.parent) == "s3://bucket/yo"
    assert address == pickle.loads(pickle.dumps(address))
    assert min(address.parent / "b", address.parent / "a").name == "a"
    with pytest.raises(TypeError, match="is no path of this machine"):
        os.fspath(address)
    assert not hasattr(address, "unlink")
    for odd in ("s3://bucket//a.txt", "s3://bucket/./a.txt"):
        with pytest.raises(CorpusError, match="a part of its name between two slashes is empty or a dot"):
            Address.of(odd)


def told(store: dict[str, str], spec: str, **environment: str) -> str:
    """What the command line says of a corpus that can't be read, in a process of its own; fails if it is no sentence."""
    done = run(Path.cwd(), {**store, **environment}, "corpora", "show", spec)
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
    return done.stderr


def test_what_is_wrong_is_said_in_one_sentence(store: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "yo.txt").write_text("one")
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "README.md").write_text("no text")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "yo.txt").write_text("")
    address = uploaded(tmp_path, "wrong")
    for spec, sentence in {
        "s3://nowhere/yo.txt": "s3://nowhere/yo.txt: there is no such bucket; check how it is spelled",
        "s3://nowhere/*.txt": "there is no such bucket",
        f"{address}/nothing.txt": "there is no such object; check how it is spelled",
        f"{address}/*.csv": "no file matches; check how it is spelled",
        f"{address}/none": "the folder holds no text",
        f"{address}/none/README.md": "its name tells no known format",
        f"{address}/empty/yo.txt": "the file is empty; leave it out",
        "s3://": "no bucket is named; write s3://BUCKET/NAME",
        "http://host/yo.txt": "addresses that begin with http:// can't be used; use s3://",
    }.items():
        with pytest.raises(CorpusError) as caught:
            open_corpus(spec)
        assert sentence in str(caught.value)
        assert "\n" not in str(caught.value)
    show = told(store, f"{address}/yo.txt", AWS_ENDPOINT_URL="http://127.0.0.1:9")
    assert f"{address}/yo.txt: the store can't be reached; check the network and the endpoint" in show
    bare = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_EC2_METADATA_DISABLED": "true"}
    nowhere = {"AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "no"), "AWS_CONFIG_FILE": str(tmp_path / "no")}
    show = told(store, f"{address}/yo.txt", **bare, **nowhere)
    assert "no credentials for this store were found; set them as its own tools expect them: AWS_ACC" in show


def test_without_credentials_only_public_objects_are_read(store: dict[str, str], tmp_path: Path) -> None:
    pl.DataFrame(ROWS).write_parquet(tmp_path / "all.parquet")
    address = uploaded(tmp_path, "public")
    anonymous = {**store, "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "FSSPEC_S3_ANON": "true"}
    denied = f"{address}/all.parquet: the store denies access; check the credentials, and what they permit"
    assert denied in told(anonymous, address)
    fsspec.filesystem("s3").chmod(f"{BUCKET}/public/all.parquet", "public-read")
    done = run(tmp_path, anonymous, "corpora", "show", address, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["languages"] == ["eng_Latn", "yor_Latn"]


def test_without_the_extra_the_sentence_names_it(
    store: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert store
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(CorpusError, match=r"not installed \(s3fs\); run: pip install 'langcov\[stores\]'"):
        open_corpus("s3://bucket/yo.txt")


def test_a_package_that_is_missing_for_one_kind_of_store_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gcsfs", None)
    with pytest.raises(CorpusError, match=r"not installed \(gcsfs\); run: pip install 'langcov\[stores\]'"):
        open_corpus("gs://bucket/yo.txt")


@pytest.mark.parametrize("name", ["yo.txt", "yo.txt.gz", "yo.jsonl", "yo.csv", "yo.parquet"])
def test_an_object_that_vanishes_or_changes_in_mid_run_is_told(
    store: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    assert store
    monkeypatch.setattr(base, "BATCH_BYTES", 10_000)
    monkeypatch.setattr("langcov.corpora.parquet.WINDOW_BYTES", 10_000)
    monkeypatch.setattr("langcov.corpora.addresses.BLOCK_BYTES", 1 << 14)
    noise = [f"{i * 7919 % 1_000_003}" for i in range(90_000)]
    contents = {
        "txt": "\n".join(noise),
        "jsonl": "\n".join(f'{{"text": "{each}"}}' for each in noise),
        "csv": "\n".join(["text", *noise]),
    }
    file = tmp_path / name
    if name.endswith("parquet"):
        pl.DataFrame({"text": noise}).write_parquet(file, row_group_size=5_000)
    else:
        content = contents[name.split(".")[1]].encode()
        file.write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    address = uploaded(tmp_path, "mid")
    system = fsspec.filesystem("s3", use_listings_cache=False)
    reading = open_corpus(f"{address}/{name}").batches()
    next(reading)
    system.rm_file(f"{BUCKET}/mid/{name}")
    with pytest.raises(CorpusError, match=f"{name}: (there is no such object|it was changed while)"):
        list(reading)
    uploaded(tmp_path, "mid")
    parts = partitions(open_corpus(f"{address}/{name}"), size=100_000)
    system.rm_file(f"{BUCKET}/mid/{name}")
    with pytest.raises(CorpusError, match=f"{name}: there is no such object"):
        rows(parts[0])


@pytest.mark.parametrize("many", [1, 12])
def test_stamps_see_objects_vanish_and_change(store: dict[str, str], tmp_path: Path, many: int) -> None:
    assert store
    for number in range(many):
        (tmp_path / f"yo.{number}.txt").write_text("one")
    corpus = open_corpus(uploaded(tmp_path, f"stamps{many}"))
    stamps = stamp_of(corpus)
    assert len(stamps) == many
    assert all(stamp.etag and stamp.size == 3 for stamp in stamps)
    check_unchanged(stamps)
    system = fsspec.filesystem("s3", use_listings_cache=False)
    system.pipe_file(f"{BUCKET}/stamps{many}/yo.0.txt", b"two")
    with pytest.raises(CorpusError, match=r"yo\.0\.txt: it changed while it was counted: its etag was"):
        check_unchanged(stamps)
    system.rm_file(f"{BUCKET}/stamps{many}/yo.0.txt")
    with pytest.raises(CorpusError, match=r"yo\.0\.txt: it vanished while it was counted; put it back"):
        check_unchanged(stamps)


def test_a_listing_saves_a_request_for_each_size(
    store: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert store
    for number in range(5):
        (tmp_path / f"yo.{number}.txt").write_text("one")
    files = listed(uploaded(tmp_path, "sizes")).files

    def refuse(_: Address) -> None:
        raise AssertionError

    monkeypatch.setattr(Address, "look", refuse)
    assert [file.stat().st_size for file in files] == [3] * 5


SAID = {
    "access": (PermissionError("Forbidden"), "the store denies access; check the credentials, and what they"),
    "time": (TimeoutError("The read operation timed out"), "the store can't be reached; check the network"),
    "an account": (
        ValueError("Must provide account_name"),
        "no credentials for this store were found; set them",
    ),
    "a full disk": (OSError(28, "No space left on device"), "the disk of this machine is full; free some"),
    "what nobody foresaw": (
        OSError("InternalError: 500"),
        "the store gives an error (InternalError: 500); try",
    ),
}


@pytest.mark.parametrize(("complaint", "sentence"), SAID.values(), ids=SAID)
def test_what_a_store_complains_of_becomes_one_sentence(complaint: Exception, sentence: str) -> None:
    with pytest.raises(CorpusError) as caught, store_errors("s3://bucket/yo.txt", CorpusError):
        raise complaint
    assert str(caught.value).startswith(f"s3://bucket/yo.txt: {sentence}")


def test_an_error_of_our_own_making_is_not_taken_for_a_complaint_of_the_store() -> None:
    with pytest.raises(ZeroDivisionError), store_errors("s3://bucket/yo.txt", CorpusError):
        _ = 1 / 0
