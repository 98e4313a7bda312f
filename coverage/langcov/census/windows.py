"""Where a text's ids are not those of its stretches: the stretches between two boundaries that both sequences share.

A tokenizer may join what stands on both sides of a cut ("of the"), and then a text's ids are not those of its stretches, but
only there. Where the bytes that both sequences stand for are equally many, they are set side by side: a stretch between two
boundaries that both have, and with the same ids in both, is as if it stood alone. What is left are *windows*, of one or
several stretches. Few of them are new: frequent phrases make up most.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from langcov.tokenizers.agreement import differing
from langcov.tokenizers.base import Encoded
from langcov.tokenizers.ragged import bounds, rows

Sizes = NDArray[np.int64]

_ODD: Final = np.array([0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB], np.uint64)
_SHIFT: Final = np.uint64(31)


class Windows(NamedTuple):
    """Parts of texts that are not what their stretches are.

    Attributes:
        text: The text of each.
        stretches: The numbers of each one's stretches.
        tokens: Each one's ids, in the whole text.
    """

    text: NDArray[np.int64]
    stretches: Encoded
    tokens: Encoded

    def chosen(self, which: NDArray[np.integer[Any]]) -> Windows:
        """Return some of them."""
        return Windows(self.text[which], rows(self.stretches, which), rows(self.tokens, which))


def find(
    stretches: Encoded, of_each: Encoded, whole: Encoded, sizes: tuple[Sizes, Sizes]
) -> tuple[Windows, NDArray[np.bool_]]:
    """Find the windows of texts.

    Args:
        stretches: The numbers of each text's stretches.
        of_each: The ids of every stretch.
        whole: The ids of each text, encoded whole.
        sizes: The number of bytes that every stretch's ids stand for, and that every id stands for.

    Returns:
        The windows, and which texts were looked at: those whose two sequences stand for equally many bytes.

    Of "to be or not" as four stretches, the whole text joins the first two:

    >>> stretches = Encoded(np.array([0, 1, 2, 3], np.uint32), np.array([0, 4]))
    >>> of_each = Encoded(np.array([5, 6, 7, 8], np.uint32), np.arange(5))
    >>> whole = Encoded(np.array([9, 7, 8], np.uint32), np.array([0, 3]))
    >>> by_id = np.array([0, 0, 0, 0, 0, 2, 3, 3, 4, 5])
    >>> windows, looked_at = find(stretches, of_each, whole, (by_id[of_each.ids], by_id))
    >>> looked_at.tolist(), windows.text.tolist()
    ([True], [0])
    >>> windows.stretches, windows.tokens
    (Encoded(ids=array([0, 1], dtype=uint32), offsets=array([0, 2])), Encoded(ids=array([9], dtype=uint32), offsets=array([0, 1])))
    """
    of_stretch, of_id = sizes
    ends, token_ends = bounds(of_stretch[stretches.ids]), bounds(of_id[whole.ids])
    fits = np.diff(ends[stretches.offsets]) == np.diff(token_ends[whole.offsets])
    if not fits.all():
        kept = np.flatnonzero(fits)
        found, _ = find(rows(stretches, kept), of_each, rows(whole, kept), sizes)
        return found._replace(text=kept[found.text]), fits

    token = np.searchsorted(token_ends, ends)
    shared = token_ends[token] == ends
    # Tokens of no bytes stay in their text, and those of stretches of no bytes.
    token[stretches.offsets] = whole.offsets
    token = np.maximum.accumulate(token)
    shared[stretches.offsets] = True
    cuts = np.flatnonzero(shared)
    parts = Windows(
        np.searchsorted(stretches.offsets, cuts[:-1], side="right") - 1,
        Encoded(stretches.ids, cuts),
        Encoded(whole.ids, token[cuts]),
    )
    alone = np.flatnonzero(np.diff(cuts) == 1)
    as_stretch = rows(of_each, stretches.ids[cuts[alone]])
    window = np.ones(len(parts.text), np.bool_)
    window[alone] = differing(rows(parts.tokens, alone), as_stretch)
    return parts.chosen(np.flatnonzero(window)), fits


def distinct(windows: Windows) -> tuple[Windows, NDArray[np.int64]]:
    """Keep one of those windows that have the same stretches and the same ids.

    Returns:
        The kept ones, and for each window the place of its like among them.
    """
    _, first, like = np.unique(
        _mixed(windows.stretches) * _ODD[0] + _mixed(windows.tokens), return_index=True, return_inverse=True
    )
    # Two that only look the same by their sums are kept both.
    other = windows.chosen(first[like])
    unlike = np.flatnonzero(
        differing(windows.stretches, other.stretches) | differing(windows.tokens, other.tokens)
    )
    like[unlike] = len(first) + np.arange(len(unlike))
    return windows.chosen(np.append(first, unlike)), like


def _mixed(ragged: Encoded) -> NDArray[np.uint64]:
    """Sum each row's numbers, mixed with their places in the row; rows that differ hardly ever have the same sum."""
    place = np.arange(len(ragged.ids)) - np.repeat(ragged.offsets[:-1], np.diff(ragged.offsets))
    mixed = (ragged.ids + np.uint64(1)) * _ODD[1] + place.astype(np.uint64) * _ODD[2]
    mixed = (mixed ^ (mixed >> _SHIFT)) * _ODD[0]
    mixed ^= mixed >> _SHIFT
    sums = np.zeros(len(mixed) + 1, np.uint64)
    np.cumsum(mixed, out=sums[1:])
    return np.diff(sums[ragged.offsets])
