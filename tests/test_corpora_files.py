"""Text in files: what is read, in which language, in which unit, and what is said when it can't be."""

from __future__ import annotations

import gzip
import json
import pickle
from typing import TYPE_CHECKING

import polars as pl
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langcov.corpora import SCHEMA, Corpus, base, open_corpus, sources
from langcov.corpora.batching import batched, cut
from langcov.corpora.sources import Format, Record
from langcov.errors import BadTextError, CorpusError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ENGLISH = ["All human beings are born free.", "", "No one shall be held in slavery."]
YORUBA = ["Gbogbo ènìyàn ni a bí ní òmìnira.", "", "A kò gbọdọ̀ mú ẹnikẹ́ni ní ẹrú."]
ROWS = [{"text": text, "language": tag} for tag, texts in (("en", ENGLISH), ("yo", YORUBA)) for text in texts]


def rows(corpus: Corpus, languages: list[str] | None = None) -> list[tuple[str, int, str | None]]:
    frames = list(corpus.batches(languages))
    assert all(frame.schema == SCHEMA for frame in frames)
    return pl.concat([SCHEMA.to_frame(), *frames]).rows()


def texts(corpus: Corpus) -> list[str | None]:
    return [text for _, _, text in rows(corpus)]


def spoken(corpus: Corpus) -> dict[str, list[str | None]]:
    found: dict[str, list[str | None]] = {}
    for language, _, text in rows(corpus):
        found.setdefault(language, []).append(text)
    return found


def zst(content: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(content)


def as_csv(records: list[dict[str, str]]) -> bytes:
    return pl.DataFrame(records).write_csv().encode()


def as_jsonl(records: list[dict[str, str]]) -> bytes:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records).encode()


PRESSES: dict[str, Callable[[bytes], bytes]] = {"": bytes, ".gz": gzip.compress, ".zst": zst}
FORMS = [(form, suffix) for form in ("txt", "jsonl", "csv") for suffix in PRESSES] + [("parquet", "")]


@pytest.mark.parametrize(("form", "suffix"), FORMS)
def test_every_format_gives_the_same_text(tmp_path: Path, form: str, suffix: str) -> None:
    press = PRESSES[suffix]
    if form == "txt":
        for tag, lines in (("eng_Latn", ENGLISH), ("yo", YORUBA)):
            (tmp_path / f"{tag}.txt{suffix}").write_bytes(press("\n".join(lines).encode()))
    elif form == "parquet":
        pl.DataFrame(ROWS).write_parquet(tmp_path / "all.parquet")
    else:
        content = as_csv(ROWS) if form == "csv" else as_jsonl(ROWS)
        (tmp_path / f"all.{form}{suffix}").write_bytes(press(content))
    corpus = open_corpus(tmp_path)
    assert isinstance(corpus, Corpus)
    assert corpus.languages() == ["eng_Latn", "yor_Latn"]
    assert spoken(corpus) == {"eng_Latn": ENGLISH, "yor_Latn": YORUBA}
    assert rows(corpus, ["yor_Latn"]) == [row for row in rows(corpus) if row[0] == "yor_Latn"]
    assert not corpus.parallel


@pytest.mark.parametrize(
    ("path", "tag"),
    [
        ("yor_Latn.txt", "yor_Latn"),
        ("yo.txt", "yor_Latn"),
        ("Yoruba.txt", "yor_Latn"),
        ("zh-Hant.txt", "cmn_Hant"),
        ("yo.part-0001.txt", "yor_Latn"),
        ("yo/part1.txt", "yor_Latn"),
        ("swh_Latn/raw.txt", "swh_Latn"),
        ("run_Latn.txt", "run_Latn"),
        ("srp_Cyrl/train/000_00000.txt", "srp_Cyrl"),
        ("20231101.yo/train-00000-of-00001.txt", "yor_Latn"),
        ("devtest/yor_Latn.devtest", "yor_Latn"),
        ("devtest/devtest.yor_Latn", "yor_Latn"),
    ],
)
def test_a_file_or_its_folder_names_the_language(tmp_path: Path, path: str, tag: str) -> None:
    file = tmp_path / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("word")
    assert open_corpus(tmp_path).languages() == open_corpus(file).languages() == [tag]


@pytest.mark.parametrize("path", ["tmp/part1.txt", "raw/dev.txt", "run/data.txt", "new_texts.txt"])
def test_a_folder_or_split_that_happens_to_be_a_code_names_no_language(tmp_path: Path, path: str) -> None:
    file = tmp_path / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("word")
    with pytest.raises(CorpusError, match="neither the file's name nor its folder's says a language"):
        open_corpus(file).languages()
    assert open_corpus(file, language="Rundi").languages() == ["run_Latn"]


def test_lines_end_in_lf_or_crlf_and_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    file = tmp_path / "en.txt"
    file.write_bytes(b"\xef\xbb\xbfone\r\ntwo\n\nfour\rstill four\n")
    assert texts(open_corpus(file)) == ["one", "two", "", "four\rstill four"]


def test_csv_takes_byte_order_marks_quotes_line_breaks_and_long_fields(tmp_path: Path) -> None:
    file = tmp_path / "en.csv"
    long = "word " * 50_000
    file.write_bytes(f'\ufeffid,text\r\n1,"a ""b"",\r\nc"\r\n2,{long}\r\n3,\r\n'.encode())
    assert texts(open_corpus(file)) == ['a "b",\nc', long, ""]


def test_null_text_is_given_as_null_for_the_census_to_count(tmp_path: Path) -> None:
    (tmp_path / "en.jsonl").write_text('{"text": null}\n{"text": ""}\n\n{"text": "x"}\n')
    pl.DataFrame({"text": [None, "", "x"]}).write_parquet(tmp_path / "en.parquet")
    assert texts(open_corpus(tmp_path / "en.jsonl")) == [None, "", "x"]
    assert texts(open_corpus(tmp_path / "en.parquet")) == [None, "", "x"]


def test_columns_have_any_name(tmp_path: Path) -> None:
    renamed = [{"body": row["text"], "lang": row["language"]} for row in ROWS]
    (tmp_path / "a.jsonl").write_bytes(as_jsonl(renamed))
    (tmp_path / "b.csv").write_bytes(as_csv(renamed))
    pl.DataFrame(renamed).write_parquet(tmp_path / "c.parquet")
    corpus = open_corpus(tmp_path, text_column="body", language_column="lang")
    assert spoken(corpus) == {"eng_Latn": ENGLISH * 3, "yor_Latn": YORUBA * 3}


def test_an_empty_language_column_means_that_names_say_it(tmp_path: Path) -> None:
    file = tmp_path / "srp_Cyrl.jsonl"
    file.write_text('{"text": "реч", "language": "srp"}\n')
    assert open_corpus(file, language_column="").languages() == ["srp_Cyrl"]


def test_globs_folders_and_lists_name_each_file_once(tmp_path: Path) -> None:
    for name in ("en.txt", "yo.txt", "sw.jsonl"):
        (tmp_path / name).write_text('{"text": "x"}')
    (tmp_path / "README.md").write_text("no text")
    (tmp_path / ".hidden.txt").write_text("no text")
    assert open_corpus(str(tmp_path / "*.txt")).languages() == ["eng_Latn", "yor_Latn"]
    both = open_corpus([tmp_path / "en.txt", str(tmp_path / "*.txt"), tmp_path])
    assert both.languages() == ["eng_Latn", "swh_Latn", "yor_Latn"]
    assert len(rows(both)) == 3


def test_lines_of_flores_are_parallel(tmp_path: Path) -> None:
    for split, size in (("dev", 3), ("devtest", 2)):
        (tmp_path / split).mkdir()
        for tag in ("eng_Latn", "yor_Latn"):
            (tmp_path / split / f"{tag}.{split}").write_text("".join(f"{split} {i}\n" for i in range(size)))
    corpus = open_corpus(tmp_path)
    assert corpus.parallel
    by_language = [
        [(unit, text) for tag, unit, text in rows(corpus) if tag == wanted] for wanted in corpus.languages()
    ]
    assert by_language[0] == by_language[1]
    assert [unit for unit, _ in by_language[0]] == [0, 1, 2, 3, 4]


def test_files_that_are_not_parallel_are_named_with_their_counts(tmp_path: Path) -> None:
    for tag, size in (("eng_Latn", 4), ("yor_Latn", 4), ("swh_Latn", 3)):
        (tmp_path / f"{tag}.devtest").write_text("line\n" * size)
    with pytest.raises(
        CorpusError, match=r"eng_Latn.devtest 4, .*swh_Latn.devtest 3; repair .* --not-parallel"
    ):
        open_corpus(tmp_path)
    corpus = open_corpus(tmp_path, parallel=False)
    assert not corpus.parallel
    assert len(rows(corpus)) == 11


def test_beyond_1024_segments_translations_still_share_a_unit(tmp_path: Path) -> None:
    for tag in ("en", "yo"):
        (tmp_path / f"{tag}.txt").write_text("line\n" * 3000)
    corpus = open_corpus(tmp_path, parallel=True)
    units = pl.DataFrame(rows(corpus), schema=SCHEMA, orient="row")
    english, yoruba = (units.filter(pl.col("language") == tag)["unit"] for tag in ("eng_Latn", "yor_Latn"))
    assert english.equals(yoruba)
    assert english[:1024].to_list() == list(range(1024))
    assert english.max() == 1023


def test_a_unit_column_makes_a_corpus_parallel(tmp_path: Path) -> None:
    records = [(7, "en", "a"), (7, "yo", "b"), (3, "yo", "c"), (3, "yo", "d")]
    frame = pl.DataFrame(records, schema=["id", "language", "text"], orient="row")
    frame.write_parquet(tmp_path / "a.parquet")
    corpus = open_corpus(tmp_path / "a.parquet", unit_column="id")
    assert corpus.parallel
    assert [unit for _, unit, _ in rows(corpus)] == [7, 7, 3, 3]
    frame.with_columns(pl.format("q{}", "id").alias("id")).write_csv(tmp_path / "a.csv")
    named = [unit for _, unit, _ in rows(open_corpus(tmp_path / "a.csv", unit_column="id"))]
    assert named[0] == named[1] != named[2] == named[3]
    loose = open_corpus(tmp_path / "a.csv", unit_column="id", parallel=False)
    assert not loose.parallel
    assert max(unit for _, unit, _ in rows(loose)) < 64


def test_a_unit_does_not_depend_on_the_folder_the_compression_or_what_else_is_opened(tmp_path: Path) -> None:
    content = "".join(f"line {i}\n" for i in range(200)).encode()
    for place in ("a", "b"):
        (tmp_path / place).mkdir()
    (tmp_path / "a" / "yo.txt").write_bytes(content)
    (tmp_path / "a" / "en.txt").write_bytes(content)
    (tmp_path / "b" / "yo.txt.zst").write_bytes(zst(content))
    alone = rows(open_corpus(tmp_path / "b" / "yo.txt.zst"))
    assert (
        alone
        == rows(open_corpus(tmp_path / "a"), ["yor_Latn"])
        == rows(open_corpus(tmp_path / "a" / "yo.txt"))
    )
    assert len({unit for _, unit, _ in alone}) > 50


def test_the_fingerprint_follows_the_content(tmp_path: Path) -> None:
    file = tmp_path / "en.txt"
    file.write_text("one")
    first = open_corpus(file).fingerprint
    assert first == open_corpus(tmp_path).fingerprint
    assert first != open_corpus(file, language="yo").fingerprint
    file.write_text("two")
    assert first != open_corpus(file).fingerprint


def test_a_corpus_travels_to_other_processes(tmp_path: Path) -> None:
    (tmp_path / "en.txt").write_text("one\ntwo")
    corpus = open_corpus(tmp_path)
    assert rows(pickle.loads(pickle.dumps(corpus))) == rows(corpus)


WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), max_size=40)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=st.lists(WORDS, min_size=1, max_size=40), size=st.integers(1, 2_000), longest=st.integers(8, 100)
)
def test_rows_are_the_same_whatever_the_batch_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: list[str], size: int, longest: int
) -> None:
    (tmp_path / "en.txt").write_bytes("\n".join([*lines, "end"]).encode())
    (tmp_path / "yo.jsonl").write_bytes(as_jsonl([{"text": line} for line in [*lines, "end"]]))
    corpus = open_corpus(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(base, "SEGMENT_BYTES", longest)
        whole = rows(corpus)
        patch.setattr(base, "BATCH_BYTES", size)
        patch.setattr("langcov.corpora.streams.CHUNK_BYTES", 1 + size % 50)
        frames = list(corpus.batches())
        assert pl.concat(frames).rows() == whole
        assert all(frame["text"].str.len_bytes().max() <= longest for frame in frames)  # type: ignore[operator]
    joined = "".join(text or "" for tag, _, text in whole if tag == "yor_Latn")
    assert joined == "".join([*lines, "end"])
    assert joined.removeprefix("\ufeff") == "".join(text or "" for tag, _, text in whole if tag == "eng_Latn")


@given(text=st.text(min_size=1, max_size=60), end=st.integers(4, 60))
def test_a_cut_never_breaks_a_character(text: str, end: int) -> None:
    content = text.encode("utf-8", "replace")
    window = content[:end]
    place = cut(window)
    assert 0 < place <= len(window)
    content[:place].decode()


def test_a_batch_is_bounded_by_one_segment_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "BATCH_BYTES", 10_000)
    monkeypatch.setattr(base, "SEGMENT_BYTES", 1_000)
    frames = list(batched(("eng_Latn", 0, text) for text in ["word " * 9_000, *["x"] * 500, None]))
    assert sum(frame.height for frame in frames) > 500
    assert all(frame["text"].str.len_bytes().sum() <= 11_000 for frame in frames)


def test_a_line_is_cut_before_a_space(tmp_path: Path) -> None:
    (tmp_path / "en.txt").write_bytes(b"word " * 500_000)
    pieces = rows(open_corpus(tmp_path))
    assert len(pieces) == 3
    assert len({unit for _, unit, _ in pieces}) == 1
    assert all(text and text.startswith(" word") for _, _, text in pieces[1:])


BAD = {
    "an empty file": ("en.txt", b"", "the file is empty; leave it out"),
    "an empty archive": ("en.txt.gz", gzip.compress(b""), "holds no text"),
    "a header and no row": ("en.csv", b"text\n", "holds no text"),
    "Latin-1": ("en.txt", b"one\ncaf\xe9\n", r"en.txt: byte 7 \(line 2\) is no UTF-8; .*--on-bad-text skip"),
    "Latin-1 in JSON": ("en.jsonl", b'{"text": "caf\xe9"}\n', r"byte 13 \(line 1\) is no UTF-8"),
    "half a surrogate pair": ("en.jsonl", b'{"text": "\\ud83d"}\n', r"byte 10 \(line 1\) is no UTF-8"),
    "Latin-1 in CSV": ("en.csv", b"text\nok\ncaf\xe9\n", r"byte 11 \(line 3\) is no UTF-8"),
    "no JSON": ("en.jsonl", b'{"text": "a"}\n{"text": \n', "line 2 is no JSON"),
    "JSON, no object": ("en.jsonl", b"[1]\n", "line 1 is JSON but no object"),
    "deep JSON": ("en.jsonl", b"[" * 200_000 + b"\n", "line 1 is no JSON"),
    "a missing key": ("en.jsonl", b'{"body": 1, "id": 2}\n', "column 'text' is missing in line 1; .* 'body', 'id'; .*--text-column"),
    "a missing column": ("en.csv", b"body,id\na,1\n", "column 'text' is missing; the columns are 'body', 'id'"),
    "a number": ("en.jsonl", b'{"text": 3}\n', "column 'text' holds 3 in line 1, which is no text"),
    "a ragged row": ("en.csv", b"id,text\n1,a,b\n", "line 2 has 3 fields where the header has 2"),
    "an open quote": ("en.csv", b'id,text\n1,"a\n', "line 2 is no CSV .* see whether each quote is closed"),
    "no language": ("part1.txt", b"a", "neither the file's name nor its folder's says a language"),
    "a misspelled language": ("Yorubaa.txt", b"a", r"did you mean Yoruba \(yor_Latn\)"),
    "a row's unknown language": ("a.jsonl", b'{"text": "a", "language": "Yorubaa"}', "record 1 has an unknown language 'Yorubaa'; did you mean"),
    "a number for a language": ("a.jsonl", b'{"text": "a", "language": 5}', "column 'language' holds 5"),
    "no format": ("en.docx", b"PK", "its name tells no known format; langcov reads .csv"),
    "damaged gzip": ("en.txt.gz", b"no gzip at all", "the gzip data is damaged"),
    "cut gzip": ("en.txt.gz", gzip.compress(b"text\n" * 9_999)[:60], "the compressed file ends too early"),
    "gzip with a wrong checksum": ("en.txt.gz", gzip.compress(b"text\n")[:-8] + b"\0" * 8, "the gzip data is damaged"),
    "damaged zstd": ("en.txt.zst", b"no zstd at all", "the zstd data is damaged"),
    "cut zstd": ("en.txt.zst", zst(b"text\n" * 9_999)[:20], "the compressed file ends too early"),
    "no Parquet": ("en.parquet", b"no parquet at all", "it is no whole Parquet file"),
    "compressed Parquet": ("en.parquet.gz", b"x", "parquet files are read uncompressed; decompress it first"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "content", "message"), BAD.values(), ids=BAD)
def test_bad_input_gets_one_sentence(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(CorpusError, match=message) as caught:
        rows(open_corpus(file))
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_truncated_parquet_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "en.parquet"
    pl.DataFrame({"text": ["a" * i for i in range(100)]}).write_parquet(file)
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(CorpusError, match="it is no whole Parquet file"):
        rows(open_corpus(file))


def test_parquet_with_damaged_pages_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "en.parquet"
    pl.DataFrame({"text": [f"text {i}" for i in range(1000)]}).write_parquet(file)
    content = bytearray(file.read_bytes())
    content[100:400] = b"\xff" * 300
    file.write_bytes(content)
    with pytest.raises(CorpusError, match="it is no whole Parquet file"):
        rows(open_corpus(file))


@pytest.mark.parametrize("option", ["text_column", "language_column", "unit_column"])
@pytest.mark.parametrize("name", ["en.csv", "en.jsonl", "en.parquet"])
def test_a_named_column_that_is_missing_is_told_with_those_there_are(
    tmp_path: Path, name: str, option: str
) -> None:
    file = tmp_path / name
    if name.endswith("parquet"):
        pl.DataFrame({"text": ["a"], "id": ["b"]}).write_parquet(file)
    else:
        file.write_text('{"text": "a", "id": "b"}' if name.endswith("jsonl") else "text,id\na,b\n")
    flag = option.replace("_", "-")
    with pytest.raises(
        CorpusError, match=f"column 'nope' is missing.* are 'text', 'id'; name the right one with --{flag}"
    ):
        rows(open_corpus(file, **{option: "nope"}))  # type: ignore[arg-type]


def test_bad_text_may_be_skipped_and_is_then_null(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"ok\ncaf\xe9\nok")
    (tmp_path / "b.jsonl").write_bytes(b'{"text": "ok"}\n{"text": "caf\xe9"}\n{"text": "\\ud83d"}\n')
    (tmp_path / "c.csv").write_bytes(b"text\nok\ncaf\xe9\nok\n")
    pl.DataFrame({"text": [b"ok", b"caf\xe9"]}).write_parquet(tmp_path / "d.parquet")
    corpus = open_corpus(tmp_path, language="fra_Latn", on_bad_text="skip")
    assert texts(corpus) == ["ok", None, "ok", "ok", None, None, "ok", None, "ok", "ok", None]
    with pytest.raises(BadTextError, match="byte 3 of the text in row 2"):
        rows(open_corpus(tmp_path / "d.parquet", language="fra_Latn"))


def test_paths_that_lead_nowhere(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="there is no such file or folder"):
        open_corpus(tmp_path / "nothing.txt")
    with pytest.raises(CorpusError, match=r"the folder holds no text; put \.csv"):
        open_corpus(tmp_path)
    with pytest.raises(CorpusError, match="no file matches"):
        open_corpus(str(tmp_path / "*.txt"))
    with pytest.raises(CorpusError, match="addresses that begin with ftp:// can't be used; use s3://"):
        open_corpus("ftp://host/yor_Latn.txt")
    (tmp_path / "a.txt").write_text("a")
    with pytest.raises(CorpusError, match="--text-language: unknown language 'Yorubaa'; did you mean"):
        open_corpus(tmp_path, language="Yorubaa")


def test_a_named_language_column_has_to_be_filled(tmp_path: Path) -> None:
    file = tmp_path / "en.jsonl"
    file.write_text('{"text": "a", "lang": null}\n')
    with pytest.raises(CorpusError, match="record 1 says no language in column 'lang'"):
        rows(open_corpus(file, language_column="lang"))
    file.write_text('{"text": "a", "id": null}\n')
    with pytest.raises(CorpusError, match="column 'id' holds None in line 1, which is no unit"):
        rows(open_corpus(file, unit_column="id"))


def test_a_corpus_folder_is_never_written_to(tmp_path: Path) -> None:
    (tmp_path / "en.txt").write_text("one")
    tmp_path.chmod(0o555)
    corpus = open_corpus(tmp_path)
    assert corpus.languages(), corpus.fingerprint
    assert texts(corpus) == ["one"]
    assert [each.name for each in tmp_path.iterdir()] == ["en.txt"]
    tmp_path.chmod(0o755)


def test_another_package_adds_a_format_by_an_entry_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Point:
        name, value = "shouted", "elsewhere:FORMAT"

        def __init__(self, thing: object) -> None:
            self.thing = thing

        def load(self) -> object:
            return self.thing

    def read(path: Path, _: object) -> Iterator[Record]:
        yield Record(0, None, None, path.read_text().lower())

    (tmp_path / "en.shout").write_text("ONE")
    monkeypatch.setattr(
        sources, "entry_points", lambda group: [Point(Format("shout", (".shout",), read))] if group else []
    )
    sources.known_formats.cache_clear()
    try:
        assert texts(open_corpus(tmp_path)) == ["one"]
        monkeypatch.setattr(sources, "entry_points", lambda group: [Point(group)])
        sources.known_formats.cache_clear()
        with pytest.raises(CorpusError, match="the entry point 'shouted' is no Source and no Format"):
            open_corpus(tmp_path)
    finally:
        sources.known_formats.cache_clear()
