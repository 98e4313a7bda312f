"""Packed pieces add up to what they count, however many languages and parts there are."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from langcov.census.packing import PACKED, RANGES, add_up_pieces, places, unpacked
from langcov.census.tables import PIECE_BLOCKS

if TYPE_CHECKING:
    Counts = dict[tuple[str, int, int], int]

TAGS = [f"{letter}{other}a_Latn" for letter in "abcdefg" for other in "bcdefg"]

parts_of_text = st.lists(
    st.dictionaries(
        st.tuples(
            st.sampled_from(TAGS),
            st.integers(0, PIECE_BLOCKS - 1),
            st.sampled_from([0, 1, 70_000, 2**32 - 1]),
        ),
        st.integers(1, 2**40),
        max_size=60,
    ),
    max_size=11,
)


def part(counts: Counts) -> pl.LazyFrame:
    """Return counts as a part that was written, its languages numbered as they were met."""
    tags = list(dict.fromkeys(tag for tag, _, _ in counts))
    rows = sorted((tags.index(tag), block, id_, number) for (tag, block, id_), number in counts.items())
    language, block, id_, number = (np.array([row[place] for row in rows], np.uint64) for place in range(4))
    packed = pl.DataFrame({"key": places(language, block) | id_, "tokens": number}, schema=PACKED)
    return unpacked(packed, tags).lazy()


@given(parts=parts_of_text)
def test_parts_add_up(parts: list[Counts]) -> None:
    total: Counter[tuple[str, int, int]] = Counter()
    for counts in parts:
        total.update(counts)
    found = add_up_pieces([part(counts) for counts in parts])
    assert found["language"].dtype == pl.Enum(sorted({tag for tag, _, _ in total}))
    assert found.rows() == [(*key, number) for key, number in sorted(total.items())]


def test_more_languages_and_fewer_than_are_added_up_at_once() -> None:
    assert len(TAGS) > RANGES > 1
    for tags in (TAGS, TAGS[:1], TAGS[: RANGES - 1]):
        counts = {(tag, 0, 7): 2 for tag in tags}
        assert add_up_pieces([part(counts)] * 9).rows() == [(tag, 0, 7, 18) for tag in sorted(tags)]
