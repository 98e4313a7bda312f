"""Which texts a Unigram model is known to cut as it cuts their stretches, though it adds up scores in numbers of 24 bits.

A Unigram model cuts a text so that its pieces' scores add up to the most. SentencePiece 0.2.3 (EncodeOptimized of
unigram_model.cc) goes from left to right: what a place is worth is the most that a piece that ends there and the place where
it begins are worth together, in float32; a character that is no piece has an edge too, worth 10 less than the worst piece. In
exact numbers, stretches (`langcov.tokenizers.stretches`) would be cut alike anywhere, for no piece reaches over a cut. But
sums are rounded, and otherwise where more stands before.

That changes nothing for a stretch if its best segmentation is better than any other by more than rounding can do. Let a
stretch begin at a place that is worth S to the engine, and let no sum in it be of more than B, so that each is off by at most
u = B / 2^24, half a unit in the last of 24 bits. Let b(x) be what a place x in it is worth in exact numbers, from the
stretch's beginning on.

1. The engine has S + b(x) there, give or take n u if x is n characters from the beginning. For sums of two numbers that are
   off by (n - 1) u or less, and rounded once, are off by n u or less; and so is the greatest of several such sums. (Rounding
   is the only error: scores are float32 as they stand in the model.)
2. So if x is on the best segmentation, and what leads there on it is better than what leads there otherwise by more than
   2 n u, the engine compares the two alike, and goes back from x by the same piece. Where that holds for all places of the
   best segmentation, it goes back along it to the beginning.
3. All segmentations pass through the cuts, and the engine goes back from the end: it comes to the end of every stretch.

In a text whose pieces' scores add up to T without their signs, S is T or less, but for rounding: a part in 2^24 for each
sum, which is nothing beside the hundredth that is allowed for here. So B is T and the most that a place in the stretch is
worth without its sign, and one score more. Before the first stretch of a text nothing stands, so that its own segmentation is
the engine's.

Where a place is worth 100,000 without its sign, the engine begins to count anew. It does not come to that: from any place,
single characters lead to the next place of the text's segmentation and to it from the last one, so that no place is worth
more than T and one greatest score for each character of the longest piece.

This is so of the text as the model's normaliser leaves it. `langcov.tokenizers.charsmap` tells of which normalisers the form
of a text is the forms of its stretches.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple, Self

import numpy as np
import polars as pl

from langcov.tokenizers.automaton import MOST_STATES, Automaton
from langcov.tokenizers.prefixes import Prefixes
from langcov.tokenizers.ragged import bounds, places

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from langcov.tokenizers.base import Encoded
    from langcov.tokenizers.stretches import Stretches

    Flags = NDArray[np.bool_]

READ_FOR: Final = ("sentencepiece 0.2.3",)
"""The engines whose source the proof was read against."""

LONGEST: Final = 48
"""Characters of a stretch; of longer ones, which are few, nothing is known, unless they stand first."""

TOGETHER: Final = 1 << 17
"""So many stretches are looked at together, which bounds the memory for it."""

_SPACE: Final = ord(" ")
_UNIT: Final = 2.0**-24
_ALLOWED: Final = 1.01
"""Sums may be so much greater than in exact numbers; more than they are."""
_MOST: Final = 8_000.0
"""What a text's scores may add up to, without their signs: some 2,000 characters. Of longer texts less than half could be
proven to be their stretches, since one stretch among many leads by too little."""
_MOST_ASIDE: Final = 80_000.0
"""What as many of the greatest scores as the longest piece has characters may add up to."""
_NEVER: Final = -1.0
_PENALTY: Final = np.float32(10)
"""Of an unknown character (kUnkPenalty)."""
SPACE: Final = "▁"


class Leads(NamedTuple):
    """By how much the best segmentation of each of some stretches is better than any other.

    Attributes:
        lead: (stretches) the least that a place on it leads by for each character from the beginning.
        reach: (stretches) the most that a place in the stretch is worth, without its sign, in exact numbers.
    """

    lead: NDArray[np.float64]
    reach: NDArray[np.float64]

    def most(self, score: float) -> NDArray[np.float64]:
        """Return up to which sum of a text's scores each stretch is surely cut alike; below 0: never.

        Args:
            score: The greatest of the model, without its sign.
        """
        return self.lead / (2 * _UNIT * _ALLOWED) - self.reach - score


@dataclass(frozen=True)
class Margins:
    """A Unigram model, as its engine sees it.

    Attributes:
        automaton: Its pieces, ``▁`` as a space.
        pieces: (ids) the text of each, empty where it is not ``known``.
        known: (ids) whether it is a normal piece; what unknown characters and bytes become is not looked into.
        scores: (ids) of each, without its sign.
        greatest_score: Of all scores without their signs, and that of an unknown character.
    """

    automaton: Automaton
    pieces: pl.Series
    known: Flags
    scores: NDArray[np.float64]
    greatest_score: float

    @classmethod
    def of(cls, pieces: Sequence[str], scores: NDArray[np.float64], known: Flags) -> Self | None:
        """Return the margins of a model, None if it has a piece that may reach over a cut, or is too large.

        Args:
            pieces: (ids) as the model has them.
            scores: (ids) as the model has them.
            known: (ids) whether each is a normal piece. The model must match no other pieces in text.
        """
        texts = (
            pl.Series(pieces, dtype=pl.String)
            .to_frame("piece")
            .select(pl.when(pl.Series(known)).then("piece").otherwise(pl.lit("")))["piece"]
        )
        normal = texts.filter(pl.Series(known))
        if normal.is_empty():
            return None
        if normal.str.contains(f"[^{SPACE}]{SPACE}| ").any() or normal.str.len_chars().sum() >= MOST_STATES:
            return None
        normal = normal.str.replace_all(SPACE, " ", literal=True)
        order = normal.arg_sort()
        of_normal = scores[known]
        unknown = float(np.float32(of_normal.min()) - _PENALTY)
        automaton = Automaton.of(normal.gather(order), of_normal[order.to_numpy()], unknown)
        greatest = max(float(np.abs(of_normal).max()), abs(unknown))
        if greatest * automaton.longest > _MOST_ASIDE:
            return None
        return cls(
            automaton=automaton,
            pieces=texts.str.replace_all(SPACE, " ", literal=True),
            known=known,
            scores=np.where(known, np.abs(scores), 0.0),
            greatest_score=greatest,
        )

    def covered(self, stretches: Stretches, encoded: Encoded, joined: Flags) -> Flags:
        """Return which texts are surely cut as their stretches are.

        Args:
            stretches: What the texts are made of.
            encoded: The ids of every stretch by itself, given without its space.
            joined: Whether each stretch, with its space, is what its ids stand for, joined.
        """
        number = np.diff(encoded.offsets)
        sums = np.zeros(len(encoded.ids) + 1)
        np.cumsum(self.scores[encoded.ids], out=sums[1:])
        score = np.diff(sums[encoded.offsets])
        # Counting the sums too sees that there are not too many.
        total = np.maximum(score, number)
        begins = stretches.bounds[:-1]
        of_text = np.add.reduceat(total[stretches.sequence], begins)
        short = of_text <= _MOST
        most = np.where(self._are_known(stretches, encoded, joined), np.inf, _NEVER)
        wanted = ~stretches.first & (most > 0)
        if not short.all():
            wanted &= _are_in(stretches, np.flatnonzero(short))
        behind = np.flatnonzero(wanted)
        forms = self._forms(stretches, encoded, joined, behind)
        fits = (forms.str.len_chars() < LONGEST).fill_null(value=False)
        most[~stretches.first] = _NEVER
        most[behind[fits.to_numpy()]] = self.leads(forms.filter(fits)).most(self.greatest_score)
        return short & (of_text <= np.minimum.reduceat(most[stretches.sequence], begins))

    def leads(self, forms: pl.Series) -> Leads:
        """Return by how much the best segmentation of each stretch leads.

        Args:
            forms: The stretches as they are after the model's normaliser, without the space that each begins with.
        """
        order = forms.arg_sort()
        lead, reach = np.empty(len(forms)), np.empty(len(forms))
        for begin in range(0, len(forms), TOGETHER):
            part = order.slice(begin, TOGETHER)
            place = part.to_numpy()
            lead[place], reach[place] = self._leads(forms.gather(part))
        return Leads(lead, reach)

    def _leads(self, forms: pl.Series) -> Leads:
        """As `leads`, of sorted stretches."""
        prefixes = Prefixes.of(forms)
        automaton, levels = self.automaton, prefixes.levels
        size = len(prefixes.parent)
        # The empty beginning stands behind the space; what stands before it is worth nothing, and has the last place.
        worth, lead, reach = np.zeros(size + 1), np.full(size + 1, np.inf), np.zeros(size + 1)
        states = automaton.step(np.zeros(1, np.int32), np.array([_SPACE]))
        worth[0] = automaton.scores[automaton.begins[states[0]]]
        reach[0] = abs(worth[0])
        before = np.array([[size]], np.int32)
        for length, (begin, end) in enumerate(pairwise(levels[1:].tolist()), start=2):
            parent = prefixes.parent[begin:end]
            own = parent - levels[length - 2]
            states = automaton.step(states[own], prefixes.character[begin:end])
            # (beginnings, characters back) where a piece of so many characters begins.
            last, width = before, min(before.shape[1] + 1, automaton.longest)
            before = np.empty((end - begin, width), np.int32)
            before[:, 0] = parent
            before[:, 1:] = last.take(own, axis=0)[:, : width - 1]
            piece, number = places(automaton.begins, states)
            first = bounds(number)[:-1]
            row = np.repeat(np.arange(-1, before.size - 1, before.shape[1]), number)
            source = before.ravel()[row + automaton.lengths[piece]]
            value = worth[source] + automaton.scores[piece]
            best = np.maximum.reduceat(value, first)
            chosen = np.flatnonzero(value == np.repeat(best, number))
            if len(chosen) > len(best):  # of several that are the best, one is chosen, and leads by nothing
                owner = np.repeat(np.arange(len(best)), number)[chosen]
                chosen = chosen[np.diff(owner, prepend=-1) > 0]
            value[chosen] = -np.inf
            leads = (best - np.maximum.reduceat(value, first)) / length
            worth[begin:end] = best
            lead[begin:end] = np.minimum(lead[source[chosen]], leads)
            reach[begin:end] = np.maximum(reach[parent], np.abs(best))
        return Leads(lead[prefixes.whole], reach[prefixes.whole])

    def _are_known(self, stretches: Stretches, encoded: Encoded, joined: Flags) -> Flags:
        """Whether each stretch has normal pieces only, and no ``▁`` of its own, which is taken for a space."""
        unknown = np.flatnonzero(~self.known[encoded.ids])
        known: Flags = np.diff(np.searchsorted(unknown, encoded.offsets)) == 0
        changed = np.flatnonzero(~joined)
        known[changed] &= ~stretches.texts.gather(changed).str.contains(SPACE, literal=True).to_numpy()
        return known

    def _forms(
        self, stretches: Stretches, encoded: Encoded, joined: Flags, chosen: NDArray[np.int64]
    ) -> pl.Series:
        """The chosen stretches after the normaliser, less the space at the beginning; None where there is none."""
        same = joined[chosen]
        changed = chosen[~same]
        found, number = places(encoded.offsets, changed)
        joined_pieces = (
            pl.DataFrame(
                {
                    "place": np.repeat(np.flatnonzero(~same), number),
                    "piece": self.pieces.gather(encoded.ids[found]),
                }
            )
            .group_by("place", maintain_order=True)
            .agg(pl.col("piece").str.join(""))
            .filter(pl.col("piece").str.starts_with(" "))
            .with_columns(pl.col("piece").str.slice(1))
        )
        forms = stretches.texts.gather(chosen).set(pl.Series(~same), None)
        return forms.scatter(joined_pieces["place"], joined_pieces["piece"])


def _are_in(stretches: Stretches, texts: NDArray[np.int64]) -> Flags:
    """Whether each stretch is in one of some texts."""
    found = np.zeros(len(stretches.texts), np.bool_)
    runs, _ = places(stretches.bounds, texts)
    found[stretches.sequence[runs]] = True
    return found
