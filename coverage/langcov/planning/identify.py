"""Which language a text is in, as far as single characters, pairs and triples of letters can tell; or that it is unsure.

A profile is the relative frequency of each sequence of one to three letters (spaces count as one letter) in a language's
text, here the Universal Declaration of Human Rights. A text goes to the language under which its sequences are most
likely (naive Bayes, after Cavnar & Trenkle 1994 and Dunning 1994), among the languages of the script that most of the
text is in. Where another language comes within `MARGIN` of the best, the text could be either: Bosnian and Croatian,
Persian and Dari are not told apart. Nothing is held against a tag that comes within `AGAINST`. What is written in a
language without a profile may be taken for one of its kin: only a tag that has a profile can be checked.

How good it is: `held_out` measures it on articles that were not learned from; ``benchmarks/identify.py`` also on other prose
(``benchmarks/results/identify.txt``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from langcov.census.characters import NOT_REAL, code_points, script_names, scripts_of
from langcov.tokenizers.ragged import bounds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scipy.sparse import csr_array

Array = NDArray[np.float64]

MARGIN: Final = 0.1
"""Nats for each sequence: a language that is less likely than the best by no more than this could be it. This and the bounds
below were set in view of the figures in ``benchmarks/results/identify.txt``, five numbers for some 40,000 texts."""

AGAINST: Final = 0.2
"""Nats by which a declared tag must be behind the likeliest language before that is held against it. Other subjects than the
Declaration's move kin such as Persian and Dari by more than `MARGIN`."""

SMOOTHING: Final = 0.05
"""Added to the count of each sequence in each language, seen or not."""

LEAST_LETTERS: Final = 60
"""A text of fewer letters is too short to be told."""

LEAST_DIFFERENT: Final = 40
"""A text of fewer different sequences that are known is a row of the same few signs."""

MOST_UNSEEN: Final = 0.4
"""A text of whose single letters a larger share is in no profile at all is unlike anything that was learned."""

LEAST_LIKE: Final = -1.25
"""Nats for each sequence by which a text may be less likely than the profile's own text; beyond that it is unlike it, even
if it is less unlike than the others. This turns away some texts of other subjects, and a part of those in languages that
nothing was learned of; the rest of these are taken for a language akin to theirs (as `benchmarks/results/identify.txt` says)."""

MOST_CHARACTERS: Final = 1000
"""So much of a text is looked at."""

UNSURE: Final = "unsure"

WRONG_ON_ARTICLES: Final = 0.001
WRONG_ON_PROSE: Final = 0.004
WRONG_ON_UNKNOWN: Final = 0.39
"""Shares of texts that are taken for another language than theirs, at most, as ``benchmarks/results/identify.txt`` has them: of
articles of the Declaration that were not learned from; of manuals, from 100 characters on; of texts in languages that have no
profile."""

_SPACE: Final = 0x20
_BITS: Final = np.uint64(21)
_BITS_OF_ONE: Final = np.uint64((1 << 21) - 1)


class Sequences(NamedTuple):
    """Sequences of letters: the text of each, and its key; and how many letters each text has."""

    text: NDArray[np.int64]
    key: NDArray[np.uint64]
    letters: NDArray[np.int64]


class Found(NamedTuple):
    """What texts were found to be, one entry a text.

    Attributes:
        language: The likeliest tag, or `UNSURE` where the text is too short, unlike anything learned, or could be
            several languages.
        agrees: Whether the declared tag is the likeliest or comes within `AGAINST` of it.
        known: Whether the declared tag has a profile.
        script: The script that most letters are of; None where there is none.
    """

    language: NDArray[np.object_]
    agrees: NDArray[np.bool_]
    known: NDArray[np.bool_]
    script: NDArray[np.object_]


@dataclass(frozen=True)
class Profiles:
    """What was learned: F sequences, L languages.

    Attributes:
        languages: Tags.
        script: (L,) number of the script that most of each language's text is in.
        keys: (F,) sorted keys of the sequences.
        base: (L,) log probability of a sequence that a language lacks.
        gain: (F, L) sparse: log probability of a sequence that it has, less that.
        usual: (L,) mean log probability of the sequences of each language's own text.
    """

    languages: tuple[str, ...]
    script: NDArray[np.int64]
    keys: NDArray[np.uint64]
    base: Array
    gain: csr_array
    usual: Array

    @classmethod
    def learned(cls, texts: Mapping[str, str]) -> Profiles:
        """Learn from one text a language."""
        from scipy.sparse import csr_array

        languages = tuple(sorted(texts))
        parts = [np.unique(sequences([texts[tag]]).key, return_counts=True) for tag in languages]
        language = np.repeat(np.arange(len(languages)), [len(keys) for keys, _ in parts])
        counts = np.concatenate([part[1] for part in parts]).astype(np.float64)
        keys, row = np.unique(np.concatenate([part[0] for part in parts]), return_inverse=True)
        whole = np.bincount(language, counts, len(languages)) + SMOOTHING * len(keys)
        base = np.log(SMOOTHING / whole)
        gain = np.log((counts + SMOOTHING) / whole[language]) - base[language]
        matrix = csr_array((gain, (row, language)), shape=(len(keys), len(languages)))
        probability = (counts + SMOOTHING) / whole[language]
        usual = np.bincount(language, probability * np.log(probability)) / np.bincount(language, probability)
        return cls(languages, main_script([texts[tag] for tag in languages]), keys, base, matrix, usual)

    def identify(self, texts: Sequence[str], declared: Sequence[str]) -> Found:
        """Say which language each text is in, and whether that agrees with the tag that it has.

        The answer for a text depends on this text alone, not on the others.
        """
        size = len(texts)
        cut = [text[:MOST_CHARACTERS] for text in texts]
        script = main_script(cut)
        likelihood, letters, different, unseen = self._likelihoods(cut, script)
        best = likelihood.argmax(axis=1)
        most = likelihood[np.arange(size), best]
        told = (letters >= LEAST_LETTERS) & (different >= LEAST_DIFFERENT) & (unseen <= MOST_UNSEEN)
        told &= most - self.usual[best] >= LEAST_LIKE
        near = told[:, None] & (likelihood >= most[:, None] - MARGIN)
        nearly = told[:, None] & (likelihood >= most[:, None] - AGAINST)
        place = {tag: number for number, tag in enumerate(self.languages)}
        own = np.array([place.get(tag, -1) for tag in declared], np.int64)
        sure = near.sum(axis=1) == 1
        names = np.array([*self.languages, UNSURE], np.object_)
        known = own >= 0
        scripts = np.array([*script_names(), None], np.object_)
        return Found(
            names[np.where(told & sure, best, len(self.languages))],
            known & nearly[np.arange(size), own],
            known,
            scripts[script],
        )

    def _likelihoods(
        self, texts: list[str], script: NDArray[np.int64]
    ) -> tuple[Array, NDArray[np.int64], NDArray[np.int64], Array]:
        """Return what can be seen of each text.

        The mean log likelihood of a sequence of it in each language (minus infinity: another script), its letters, its
        different sequences that some profile has, and the share of its letters that none has.
        """
        from scipy.sparse import csr_array

        found = sequences(texts)
        place = np.minimum(np.searchsorted(self.keys, found.key), len(self.keys) - 1)
        seen = self.keys[place] == found.key
        number = np.bincount(found.text[seen], minlength=len(texts)).astype(np.float64)
        counts = csr_array(
            (np.ones(int(seen.sum())), (found.text[seen], place[seen])), shape=(len(texts), len(self.keys))
        )
        counts.sum_duplicates()
        different = np.diff(counts.indptr).astype(np.int64)
        likelihood = (counts @ self.gain).toarray() / np.maximum(number, 1)[:, None] + self.base
        likelihood[script[:, None] != self.script] = -np.inf
        strange = ~seen & (found.key <= _BITS_OF_ONE)
        unseen = np.bincount(found.text[strange], minlength=len(texts)) / np.maximum(found.letters, 1)
        return likelihood, found.letters, different, unseen


@cache
def shipped_profiles() -> Profiles | None:
    """Return the profiles of the Universal Declaration's languages; None where it was never fetched to this machine."""
    frame = declaration()
    return None if frame is None else Profiles.learned(joined_by_language(frame))


def declaration() -> pl.DataFrame | None:
    """Return the Universal Declaration, all languages in one frame; None where it was never fetched to this machine."""
    from langcov.corpora.sources import source

    udhr = source("udhr")
    return pl.concat(list(udhr.open().batches())) if udhr.ready() else None


def joined_by_language(frame: pl.DataFrame) -> dict[str, str]:
    """Return the text of each language of a corpus' frame."""
    joined = frame.group_by("language", maintain_order=True).agg(pl.col("text").str.join("\n"))
    return dict(joined.iter_rows())


def held_out(frame: pl.DataFrame, folds: int = 3) -> pl.DataFrame:
    """Identify each article from profiles of the others: one row an article, ``language, length, found, agrees``.

    Args:
        frame: A parallel corpus: ``language, unit, text``.
        folds: Articles are learned from but for every third, and so on.
    """
    articles = frame.group_by("language", "unit").agg(pl.col("text").str.join("\n")).sort("language", "unit")
    parts = []
    for fold in range(folds):
        profiles = Profiles.learned(joined_by_language(frame.filter(pl.col("unit") % folds != fold)))
        held = articles.filter(pl.col("unit") % folds == fold)
        found = profiles.identify(held["text"].to_list(), held["language"].to_list())
        parts.append(
            held.select("language", length=pl.col("text").str.len_chars()).with_columns(
                found=pl.Series(found.language.tolist(), dtype=pl.String), agrees=pl.Series(found.agrees)
            )
        )
    return pl.concat(parts)


def sequences(texts: Sequence[str]) -> Sequences:
    """Return the sequences of one to three letters of each text, lower-cased; what is no letter is a space.

    >>> len(sequences(["ab"]).key)  # a b, " a" "ab" "b ", " ab" "ab "
    7
    """
    padded = [f" {text.lower()} " for text in texts]
    points = letter_table()[code_points(padded)]
    text = np.repeat(np.arange(len(padded)), np.fromiter(map(len, padded), np.int64, len(padded)))
    follows = text[1:] == text[:-1]
    kept = np.ones(len(points), np.bool_)
    kept[1:] = ~((points[1:] == _SPACE) & (points[:-1] == _SPACE) & follows)
    points, text = points[kept], text[kept]
    is_letter = points != _SPACE
    letters = np.bincount(text[is_letter], minlength=len(padded))
    texts_of, keys = [text[is_letter]], [points[is_letter] + np.uint64(1)]
    for length in (2, 3):
        size = max(len(points) - length + 1, 0)
        key = np.zeros(size, np.uint64)
        for place in range(length):
            key = (key << _BITS) | (points[place : place + size] + np.uint64(1))
        inside = text[:size] == text[length - 1 :][:size]
        texts_of.append(text[:size][inside])
        keys.append(key[inside])
    return Sequences(np.concatenate(texts_of), np.concatenate(keys), letters)


def main_script(texts: Sequence[str]) -> NDArray[np.int64]:
    """Return the number, into `script_names`, of the script that most of each text is in; -1 where there is none.

    Hiragana and Katakana count as Han: the three make up Japanese, which its letters tell from Chinese.
    """
    names = script_names()
    starts = bounds(np.fromiter(map(len, texts), np.int64, len(texts)))
    scripts = scripts_of(code_points(texts), starts[:-1])
    text = np.repeat(np.arange(len(texts)), np.diff(starts))
    counts = np.bincount(text * len(names) + scripts, minlength=len(texts) * len(names)).reshape(
        -1, len(names)
    )
    han, *kana = (names.index(name) for name in ("Hani", "Hira", "Kana"))
    counts[:, han] += counts[:, kana].sum(axis=1)
    counts[:, [*kana, *(names.index(name) for name in NOT_REAL)]] = 0
    main: NDArray[np.int64] = np.where(counts.any(axis=1), counts.argmax(axis=1), -1)
    return main


@cache
def letter_table() -> NDArray[np.uint64]:
    """Each code point itself where it is a letter or a mark, and a space where it is not."""
    import unicodedata2

    table = np.full(0x110000, _SPACE, np.uint64)
    plane = range(0x40000)
    kinds = np.frombuffer("".join(unicodedata2.category(chr(point))[0] for point in plane).encode(), np.uint8)
    letters = np.flatnonzero((kinds == ord("L")) | (kinds == ord("M")))
    table[letters] = letters.astype(np.uint64)
    return table
