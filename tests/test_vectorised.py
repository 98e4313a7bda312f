"""What measures compute for whole arrays at once is what its definition says, one case after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import regex
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from langcov.census.characters import COMMON, NOT_REAL, code_points, script_names, scripts_of
from langcov.measures.counts import UnitCounts
from langcov.measures.intervals import bootstrap, percentiles
from langcov.measures.pairs import _gain, _smaller, _sums_over_shared, overlap, shared_content
from langcov.measures.pieces import pieces_of
from langcov.measures.writing import JOINT, MIXED, are_content, scripts_of_texts

if TYPE_CHECKING:
    from langcov.census.tables import Census

# Letters of scripts that are joined and of some that are not, marks, joiners, digits, signs and unassigned characters.
TELLING = st.sampled_from(
    "aZ éжሰのカ的한กักمּ\u0301\u0902\u200c\u200d1٣.!\n\u00a0\U0001d15f\U00020000\ue000\U0010ffff"
)
TEXTS = st.lists(
    st.text(st.one_of(TELLING, st.characters(exclude_categories=["Cs"])), max_size=6), max_size=8
)


def script_of(text: str) -> str:
    points = code_points([text])
    names = script_names()
    found = {names[number] for number in scripts_of(points, np.zeros(1, np.int64))} - set(NOT_REAL)
    if len(found) < 2:
        return found.pop() if found else COMMON
    return next((joint for joint, parts in JOINT.items() if found <= parts), MIXED)


@settings(max_examples=300)
@given(TEXTS)
def test_the_scripts_of_many_texts_are_those_of_each(texts: list[str]) -> None:
    assert scripts_of_texts(pl.Series(texts, dtype=pl.String)).to_list() == [*map(script_of, texts)]


@settings(max_examples=300)
@given(TEXTS)
def test_content_pieces_are_what_a_regular_expression_says(texts: list[str]) -> None:
    content = regex.compile(r" ?\p{M}*(?:\p{L}[\p{M}\u200C\u200D]*){2,}")
    found = are_content(pl.Series(texts, dtype=pl.String))
    assert found.tolist() == [content.fullmatch(text) is not None for text in texts]


def test_the_surfaces_of_real_vocabularies_are_judged_alike(udhr_census: Census) -> None:
    content = regex.compile(r" ?\p{M}*(?:\p{L}[\p{M}\u200C\u200D]*){2,}")
    for vocabulary in udhr_census.vocabularies.values():
        texts = vocabulary.filter(kind="normal")["surface"].cast(pl.String).sample(5000, seed=1)
        assert scripts_of_texts(texts).to_list() == [*map(script_of, texts)]
        assert are_content(texts).tolist() == [content.fullmatch(text) is not None for text in texts]


@settings(max_examples=100)
@given(st.integers(1, 6), st.integers(1, 9), st.integers(0, 2**32 - 1))
def test_sums_over_shared_pieces_are_those_of_every_two_languages(size: int, width: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    dense = random.random((size, width)) * (random.random((size, width)) < 0.5)
    found = _sums_over_shared(csr_array(dense), {"gain": _gain, "smaller": _smaller})
    for one in range(size):
        for other in range(size):
            shared = [
                (p, q) for p, q in zip(dense[one], dense[other], strict=True) if p and q and one != other
            ]
            assert found["smaller"][one, other] == sum(min(p, q) for p, q in shared)
            gain = sum((p + q) * np.log2(p + q) - p * np.log2(p) - q * np.log2(q) for p, q in shared)
            assert np.isclose(found["gain"][one, other], gain, rtol=1e-12, atol=1e-15)


def test_shared_mass_alone_is_that_of_the_whole_overlap(udhr_census: Census) -> None:
    counts = UnitCounts(udhr_census, "eng_Latn")
    for name in udhr_census.vocabularies:
        table = overlap(udhr_census, name, pieces=("content",), intervals=False).filter(measure="shared_mass")
        shared = counts.made_of_pieces(shared_content)[name]
        row, column = np.nonzero(~np.eye(len(shared), dtype=bool))
        np.testing.assert_array_equal(shared[row, column], table["value"].fill_null(np.nan).to_numpy())


def test_pieces_by_block_are_the_rows_of_the_census(udhr_census: Census) -> None:
    chosen = ["swh_Latn", "amh_Ethi", "jpn_Jpan"]
    for name in udhr_census.vocabularies:
        language, id_, by_block = pieces_of(udhr_census, name, chosen)
        block, entry = np.nonzero(by_block)
        found = pl.DataFrame(
            {
                "language": pl.Series(chosen).gather(language[entry]),
                "block": block,
                "id": id_[entry],
                "tokens": by_block[block, entry],
            }
        ).cast({"block": pl.UInt8, "id": pl.UInt32, "tokens": pl.UInt64})
        table = udhr_census.pieces_of(name).with_columns(pl.col("language").cast(pl.String))
        own = table.filter(pl.col("language").is_in(chosen)).select(found.columns)
        assert found.sort(found.columns).equals(own.sort(found.columns))
        assert (np.diff((language << 32) + id_) > 0).all()


@settings(max_examples=100)
@given(st.integers(1, 60), st.integers(10, 80), st.integers(0, 2**32 - 1))
def test_bounds_of_an_interval_are_percentiles_to_the_last_bit(resamples: int, units: int, seed: int) -> None:
    from scipy.stats import norm, t

    random = np.random.default_rng(seed)
    drawn = random.lognormal(size=(3, resamples))
    drawn[1, random.integers(resamples)] = random.choice([np.nan, np.inf, -np.inf])
    low, high = percentiles(drawn, units)
    tail = 100 * norm.cdf(-np.sqrt(units / (units - 1)) * t.ppf(0.975, units - 1))
    with np.errstate(invalid="ignore"):
        expected = np.percentile(drawn, (tail, 100 - tail), axis=1)
    expected[:, 1] = np.nan
    np.testing.assert_array_equal([low, high], expected)


@settings(max_examples=50)
@given(st.integers(1, 4), st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_several_kinds_of_rows_at_once_are_each_of_them_alone(kinds: int, rows: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    units = 14
    present = random.random((rows, units)) < 0.9
    top = random.integers(0, 9, (kinds, rows, units)).astype(float) * present
    bottom = random.integers(0, 9, (rows, units)).astype(float) * present
    same = random.integers(1, 9, (kinds, 1, units)).astype(float)
    found = bootstrap(
        [top, bottom, same], lambda a, b, c: a / b + c, present, resamples=90_000 // units, seed=seed % 1000
    )
    for kind in range(kinds):
        alone = bootstrap(
            [top[kind], bottom, np.repeat(same[kind], rows, axis=0)],
            lambda a, b, c: a / b + c,
            present,
            resamples=90_000 // units,
            seed=seed % 1000,
        )
        own = slice(kind * rows, (kind + 1) * rows)
        for name in ("value", "low", "high", "units", "note"):
            np.testing.assert_array_equal(getattr(found, name)[own], getattr(alone, name))
