"""What BERT's normaliser and pre-tokenizer make of characters: each is put to the library when it is first met.

Both look at one character at a time, but for one thing: where accents are stripped, the marks that are left behind a letter
are put in order. So a text that holds a mark which is left is doubtful, and all else is known from its characters.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import unicodedata2

from langcov.tokenizers import ragged
from langcov.tokenizers.longest_match import SPACE, points_of

if TYPE_CHECKING:
    import polars as pl
    import tokenizers
    from numpy.typing import NDArray

    from langcov.tokenizers.huggingface import HuggingFaceTokenizer
    from langcov.tokenizers.longest_match import LongestMatch, Numbers

    Points = NDArray[np.uint32]

_POINTS: Final = 0x110000

_UNTRIED, _SEVERAL, _DOUBTFUL = (np.iinfo(np.int32).max - place for place in range(3))
"""In place of a character's code: it was not met yet; it has none or several; it may depend on those beside it."""

_NOT_YET, _KEPT, _CHANGED, _ORDERED = range(4)
"""What the normaliser does to a character: not known yet; nothing; something; it may put it elsewhere, too."""


class Coded(NamedTuple):
    """Text as codes of `langcov.tokenizers.longest_match`."""

    codes: Numbers
    places: NDArray[np.int64] | None
    """Where each code's character stands in the text; None: each where its code does."""
    doubtful: NDArray[np.int64]
    """Where a character stands whose code depends on those beside it."""


def cuts(characters: str, pre_tokenizer: tokenizers.pre_tokenizers.PreTokenizer) -> NDArray[np.uint8]:
    """Return for each character whether it is a letter of a word (0), a word of its own (1) or none (2)."""
    words = pre_tokenizer.pre_tokenize_str("".join(f"a{each}a " for each in characters))
    starts = np.zeros(4 * len(characters), np.bool_)
    starts[[start for _, (start, _) in words]] = True
    _, itself, behind, _ = starts.reshape(-1, 4).T
    return np.where(itself, 1, np.where(behind, 2, 0)).astype(np.uint8)


@dataclass(frozen=True, eq=False)
class Characters:
    """What is known so far of characters. Threads may share it: they would find the same.

    Args:
        tokenizer: A WordPiece tokenizer whose normaliser, if there is one, and pre-tokenizer are BERT's.
        match: Its entries.
    """

    tokenizer: HuggingFaceTokenizer
    match: LongestMatch
    _codes: Numbers = field(default_factory=lambda: np.full(_POINTS, _UNTRIED, np.int32), repr=False)
    _told: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(_POINTS, np.uint8), repr=False)
    _several: dict[int, Numbers] = field(default_factory=dict, repr=False)

    def coded(self, points: Points) -> Coded:
        """Return what is to be cut into tokens."""
        codes = self._known(points)
        if codes.max(initial=SPACE) < _DOUBTFUL:
            return Coded(codes, None, np.zeros(0, np.int64))
        doubtful = np.flatnonzero(codes == _DOUBTFUL)
        codes[doubtful] = SPACE
        at = np.flatnonzero(codes == _SEVERAL)
        found, which = np.unique(points[at], return_inverse=True)
        several = [self._several[point] for point in found.tolist()]
        bounds = ragged.ends(several)
        lengths = np.ones(len(codes), np.int64)
        lengths[at] = np.diff(bounds)[which]
        places = np.repeat(np.arange(len(codes)), lengths)
        codes = codes[places]
        own, _ = ragged.places(bounds, which)
        codes[codes == _SEVERAL] = np.concatenate([*several, np.zeros(0, np.int32)])[own]
        return Coded(codes, places, doubtful)

    def normalised(self, texts: pl.Series) -> tuple[NDArray[np.int64], pl.Series]:
        """Return the places of the texts that the normaliser may change, and what it makes of them."""
        points = points_of("".join(texts.str.join("")))
        told = self._told[points]
        if not told.all():
            self._try(np.unique(points[told == _NOT_YET]))
            told = self._told[points]
        at = np.flatnonzero(told > _KEPT)
        ends = np.cumsum(texts.str.len_chars().to_numpy().astype(np.int64))
        changed, first = np.unique(np.searchsorted(ends, at, side="right"), return_index=True)
        if not len(changed):
            return changed, texts.clear()
        met = list(map(chr, np.unique(points[at]).tolist()))
        forms = texts.gather(changed).str.replace_many(met, self.tokenizer.normalise_batch(met))
        doubtful = np.flatnonzero(np.maximum.reduceat(told[at], first) == _ORDERED)
        if len(doubtful):
            asked = texts.gather(changed[doubtful]).to_list()
            forms = forms.scatter(doubtful, self.tokenizer.normalise_batch(asked))
        return changed, forms

    @property
    def _reorders(self) -> bool:
        """Whether the normaliser strips accents."""
        normaliser = self.tokenizer.definition.parts["normalizer"]
        if normaliser is None:
            return False
        strips = normaliser["strip_accents"]
        return bool(normaliser["lowercase"] if strips is None else strips)

    def _known(self, points: Points) -> Numbers:
        codes = self._codes[points]
        if codes.max(initial=SPACE) == _UNTRIED:
            self._try(np.unique(points[codes == _UNTRIED]))
            codes = self._codes[points]
        return codes

    def _try(self, points: Points) -> None:
        texts = list(map(chr, points.tolist()))
        forms = self.tokenizer.normalise_batch(texts)
        bounds = ragged.ends(forms)
        joined = "".join(forms)
        of_forms = points_of(joined)
        kinds = cuts(joined, self.tokenizer.backend.pre_tokenizer)
        letters, alone = self.match.letters(of_forms), self.match.alone(of_forms)
        flat = np.where(kinds == 0, letters, np.where(kinds == 1, alone, SPACE)).astype(np.int32)
        codes = np.full(len(points), _SEVERAL, np.int32)
        lengths = np.diff(bounds)
        one = lengths == 1
        codes[one] = flat[bounds[:-1][one]]
        # The normaliser makes an ideograph a word of its own by the spaces that it puts around it.
        three = np.flatnonzero(lengths == 3)
        middle = bounds[three] + 1
        spaced = (flat[middle - 1] == SPACE) & (flat[middle + 1] == SPACE) & (kinds[middle] == 0)
        codes[three[spaced]] = alone[middle[spaced]]
        for place in np.flatnonzero(codes == _SEVERAL).tolist():
            self._several[int(points[place])] = flat[bounds[place] : bounds[place + 1]]
        changed = np.array([form != text for form, text in zip(forms, texts, strict=True)], np.bool_)
        told = np.where(changed, _CHANGED, _KEPT).astype(np.uint8)
        if self._reorders:
            marks = np.array([any(map(unicodedata2.combining, form)) for form in forms], np.bool_)
            codes[marks], told[marks] = _DOUBTFUL, _ORDERED
        self._codes[points], self._told[points] = codes, told
