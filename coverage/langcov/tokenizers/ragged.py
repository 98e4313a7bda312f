"""From the lists that engines return to the flat arrays of `langcov.tokenizers.base`."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from langcov.errors import TokenizerError
from langcov.tokenizers.base import Encoded, Spans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from langcov.tokenizers.base import Offsets


def encoded(lists: Sequence[Sequence[int]]) -> Encoded:
    """Join lists of ids.

    >>> encoded([[7, 8], [], [9]])
    Encoded(ids=array([7, 8, 9], dtype=uint32), offsets=array([0, 2, 2, 3]))
    """
    offsets = ends(lists)
    return Encoded(np.fromiter(chain.from_iterable(lists), np.uint32, offsets[-1]), offsets)


def spans(lists: Sequence[Sequence[int]], bounds: Sequence[Sequence[tuple[int, int]]]) -> Spans:
    """Join lists of ids, and of where each lies."""
    ids, offsets = encoded(lists)
    flat = np.fromiter(chain.from_iterable(chain.from_iterable(bounds)), np.int64, 2 * len(ids)).reshape(
        -1, 2
    )
    return Spans(ids, offsets, flat[:, 0].copy(), flat[:, 1].copy())


def ends(lists: Sequence[Sequence[object]] | Sequence[np.ndarray]) -> Offsets:
    """Return where each list ends once all are joined, after a leading 0."""
    return bounds(np.fromiter(map(len, lists), np.int64, len(lists)))


def bounds(lengths: NDArray[Any]) -> Offsets:
    """Return where each of several lists ends once all are joined, after a leading 0, from their lengths.

    >>> bounds(np.array([2, 0, 3])).tolist()
    [0, 2, 2, 5]
    """
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets


def places(begins: Offsets, rows: NDArray[np.integer[Any]]) -> tuple[Offsets, Offsets]:
    """Return the places of all items of some rows of a ragged array, and how many each row has.

    >>> places(np.array([0, 2, 2, 5]), np.array([2, 0]))
    (array([2, 3, 4, 0, 1]), array([3, 2]))
    """
    number = begins[1:][rows] - begins[:-1][rows]
    own = bounds(number)
    return np.repeat(begins[:-1][rows] - own[:-1], number) + np.arange(own[-1]), number


def rows(of_all: Encoded, chosen: NDArray[np.integer[Any]]) -> Encoded:
    """Return some rows of a ragged array.

    >>> rows(Encoded(np.array([7, 8, 9], np.uint32), np.array([0, 2, 3])), np.array([1, 0]))
    Encoded(ids=array([9, 7, 8], dtype=uint32), offsets=array([0, 1, 3]))
    """
    found, number = places(of_all.offsets, chosen)
    return Encoded(of_all.ids[found], bounds(number))


def woven(some: Encoded, others: Encoded, places: Sequence[int] | NDArray[np.integer[Any]]) -> Encoded:
    """Put two ragged arrays together, the rows of the second in these places.

    >>> woven(Encoded(np.array([7, 9]), np.array([0, 1, 2])), Encoded(np.array([8, 8]), np.array([0, 2])), [1])
    Encoded(ids=array([7, 8, 8, 9]), offsets=array([0, 1, 3, 4]))
    """
    is_other = np.zeros(len(some.offsets) + len(others.offsets) - 2, np.bool_)
    is_other[places] = True
    lengths = np.empty(len(is_other), np.int64)
    lengths[is_other], lengths[~is_other] = np.diff(others.offsets), np.diff(some.offsets)
    offsets = bounds(lengths)
    ids = np.empty(offsets[-1], some.ids.dtype)
    of_other = np.repeat(is_other, lengths)
    ids[of_other], ids[~of_other] = others.ids, some.ids
    return Encoded(ids, offsets)


def refuse_surrogates(texts: Sequence[str], name: str) -> None:
    """Raise a `TokenizerError` that names the first text that is no Unicode text, if there is one."""
    for place, text in enumerate(texts):
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise TokenizerError(
                f"text {place} holds a lone surrogate at character {error.start}, which is no Unicode text",
                where=name,
                fix="decode the text with errors='replace'",
            ) from None
