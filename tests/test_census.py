"""The census' law: counting a whole is adding up what its parts count, however it was cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langcov.census import load_census, merge, save_census
from langcov.census.tables import COUNTS, KEYS, Census, schema
from langcov.census.words import split_words
from langcov.corpora.base import SCHEMA
from langcov.engines.local import count_local
from langcov.errors import CensusError, LanguageError, RunError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

    from langcov.tokenizers.base import Tokenizer

Row = tuple[str, int, str | None]


@dataclass(frozen=True)
class Rows:
    """A corpus of a few rows, in batches of a given size."""

    rows: tuple[Row, ...]
    batch_rows: int = 100
    name: str = "rows"
    citation: str = "made up"
    licence: str = "CC0-1.0"
    parallel: bool = True
    fingerprint: str = "0" * 64

    def languages(self) -> list[str]:
        return sorted({row[0] for row in self.rows})

    def expected_bytes(self, languages: Collection[str] | None = None) -> None:
        del languages

    def batches(self, languages: Collection[str] | None = None) -> Iterator[pl.DataFrame]:
        kept = [row for row in self.rows if languages is None or row[0] in languages]
        for first in range(0, len(kept), self.batch_rows):
            yield pl.DataFrame(kept[first : first + self.batch_rows], schema=SCHEMA, orient="row")


def assert_same(left: Census, right: Census) -> None:
    for table in KEYS:
        assert getattr(left, table).equals(getattr(right, table)), table


texts = st.one_of(
    st.none(),
    st.text(max_size=40),
    st.sampled_from(
        [
            "ሰላም ለዓለም",
            "日本語の文章です。",
            "မြန်မာဘာသာစကား",
            "Straße ﬁn 1½",
            " \t ",
            "",
            "👩‍👩‍👧 family",
            "e\u0301te\u0301",
        ]
    ),
)
rows = st.lists(
    st.tuples(st.sampled_from(["eng_Latn", "amh_Ethi", "jpn_Jpan"]), st.integers(0, 20), texts), max_size=12
)


@pytest.mark.parametrize("names", [("mbert", "cl100k", "mistral")])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    first=rows.filter(lambda found: any(text and text.strip() for _, _, text in found)),
    second=rows.filter(lambda found: any(text and text.strip() for _, _, text in found)),
    batch_rows=st.integers(1, 7),
)
def test_counting_a_whole_is_adding_up_its_parts(
    names: tuple[str, ...],
    shipped: Callable[[str], Tokenizer],
    first: list[Row],
    second: list[Row],
    batch_rows: int,
) -> None:
    tokenizers = [shipped(name) for name in names]
    whole = count_local(Rows((*first, *second)), tokenizers)
    parts = merge(
        count_local(Rows(tuple(second), batch_rows), tokenizers),
        count_local(Rows(tuple(first), batch_rows), tokenizers),
    )
    assert_same(whole, parts)


def test_counts_close_exactly_over_all_tokenizers_and_languages(udhr_census: Census) -> None:
    tokens = udhr_census.tokens
    characters = udhr_census.text.select("language", "unit", "characters", "words")
    joined = tokens.join(characters, on=["language", "unit"], how="left")
    fates = pl.sum_horizontal("whole_characters", "spelled_characters", "lost_characters")
    assert joined.filter(fates != pl.col("characters")).is_empty()
    by_pieces = udhr_census.pieces.group_by(pl.col("tokenizer", "language").cast(pl.String)).agg(
        pl.col("tokens").sum()
    )
    by_units = tokens.group_by("tokenizer", "language").agg(pl.col("tokens").sum())
    assert by_pieces.sort("tokenizer", "language").equals(by_units.sort("tokenizer", "language"))
    split = udhr_census.splits.group_by("tokenizer", "language").agg(pl.col("words").sum())
    words = joined.group_by("tokenizer", "language").agg(pl.col("words").sum())
    assert split.sort("tokenizer", "language").equals(words.sort("tokenizer", "language"))
    scripts = udhr_census.scripts.group_by("language").agg(pl.col("characters").sum()).sort("language")
    whole = udhr_census.text.group_by("language").agg(pl.col("characters").sum()).sort("language")
    assert scripts.equals(whole)


def test_a_census_comes_back_from_disk_as_it_was(udhr_census: Census, tmp_path: Path) -> None:
    save_census(udhr_census, tmp_path / "census")
    loaded = load_census(tmp_path / "census")
    assert_same(udhr_census, loaded)
    assert loaded.facts() == udhr_census.facts()
    for name, vocabulary in udhr_census.vocabularies.items():
        assert vocabulary.equals(loaded.vocabularies[name])


def test_equal_counts_are_equal_files(shipped: Callable[[str], Tokenizer], tmp_path: Path) -> None:
    texts: tuple[Row, ...] = (("eng_Latn", 1, "one two"), ("amh_Ethi", 1, "ሰላም"), ("eng_Latn", 2, "three"))
    save_census(count_local(Rows(texts), [shipped("cl100k")]), tmp_path / "a")
    save_census(count_local(Rows(texts[::-1], 1), [shipped("cl100k")]), tmp_path / "b")
    for file in sorted((tmp_path / "a").iterdir()):
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes(), file.name


def test_empty_and_missing_text_is_counted_as_skipped(shipped: Callable[[str], Tokenizer]) -> None:
    found = count_local(
        Rows((("eng_Latn", 1, "x"), ("eng_Latn", 2, ""), ("eng_Latn", 3, " \n"), ("amh_Ethi", 1, None))),
        [shipped("cl100k")],
    )
    assert found.skipped.rows() == [("amh_Ethi", "missing", 1), ("eng_Latn", "empty", 2)]
    assert found.languages == ["eng_Latn"]


def test_a_corpus_without_text_is_an_error(shipped: Callable[[str], Tokenizer]) -> None:
    with pytest.raises(CensusError, match="there is no text to count"):
        count_local(Rows((("eng_Latn", 1, " "),)), [shipped("cl100k")])


def test_a_language_that_the_corpus_lacks_is_an_error(shipped: Callable[[str], Tokenizer]) -> None:
    with pytest.raises(LanguageError, match="no text in yor_Latn"):
        count_local(Rows((("eng_Latn", 1, "x"),)), [shipped("cl100k")], ["yor_Latn"])


def test_censuses_of_different_tokenizers_do_not_merge(shipped: Callable[[str], Tokenizer]) -> None:
    text = Rows((("eng_Latn", 1, "x"),))
    with pytest.raises(CensusError, match="merge only what the same tokenizers counted"):
        merge(count_local(text, [shipped("cl100k")]), count_local(text, [shipped("o200k")]))


def test_a_full_disk_leaves_the_earlier_census(
    shipped: Callable[[str], Tokenizer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    census = count_local(Rows((("eng_Latn", 1, "x"),)), [shipped("cl100k")])
    save_census(census, tmp_path / "census")
    before = {file.name: file.read_bytes() for file in (tmp_path / "census").iterdir()}

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pl.DataFrame, "write_parquet", full)
    with pytest.raises(RunError, match="no space left on device"):
        save_census(census, tmp_path / "census")
    assert {file.name: file.read_bytes() for file in (tmp_path / "census").iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["census"]


def test_a_damaged_census_is_named(tmp_path: Path, shipped: Callable[[str], Tokenizer]) -> None:
    save_census(count_local(Rows((("eng_Latn", 1, "x"),)), [shipped("cl100k")]), tmp_path / "census")
    (tmp_path / "census" / "tokens.parquet").write_bytes(b"PAR1 broken")
    with pytest.raises(CensusError, match="the census is damaged"):
        load_census(tmp_path / "census")
    with pytest.raises(CensusError, match="no census here"):
        load_census(tmp_path)


def test_every_count_of_a_table_is_an_integer_that_adds_up() -> None:
    assert set(KEYS) == set(COUNTS)
    for table in KEYS:
        kinds = schema(table)
        assert all(kinds[column] == pl.UInt64 for column in COUNTS[table])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Isn't it?", ["Isn't", "it"]),
        ("3.14 – 2,000", ["3.14", "2,000"]),
        ("𐐀𐐁 😀 two", ["𐐀𐐁", "two"]),
        ("日本語を話します", ["日本語", "を", "話", "し", "ます"]),
        ("", []),
        ("…!? ☃", []),
    ],
)
def test_words_are_unicodes_words(text: str, expected: list[str]) -> None:
    assert split_words(text) == expected
