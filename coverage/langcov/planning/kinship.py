"""How closely two languages are related, by the groups that Glottolog puts them in."""

from __future__ import annotations

from functools import cache, reduce
from itertools import takewhile

from langcov.census.storage import read_table
from langcov.languages import known
from langcov.transfer.evidence import DATA


def kinship(one: str, other: str) -> float | None:
    """Return 2 * groups that both are in / (groups of the one + groups of the other): 0 unrelated, 1 all groups shared.

    Args:
        one: A tag, as ``yor_Latn``; its script plays no part.
        other: Another.

    Returns:
        None if Glottolog's tree has no place for one of them, as for Esperanto.

    >>> kinship("ukr_Cyrl", "rus_Cyrl") > kinship("ukr_Cyrl", "eng_Latn") > kinship("ukr_Cyrl", "tur_Latn")
    True
    >>> kinship("eus_Latn", "spa_Latn")
    0.0
    """
    groups, others = lineage(one), lineage(other)
    if groups is None or others is None:
        return None
    return 2 * len(_shared(groups, others)) / max(len(groups) + len(others), 1)


def closest_group(one: str, other: str) -> str | None:
    """Return the smallest group that two languages are both in; None if there is none or nobody knows.

    >>> closest_group("ukr_Cyrl", "rus_Cyrl"), closest_group("eus_Latn", "spa_Latn")
    ('East Slavic', None)
    """
    shared = _shared(lineage(one) or (), lineage(other) or ())
    return shared[-1] if shared else None


def lineage(tag: str) -> tuple[str, ...] | None:
    """Return the groups that a language is in, from the family to the smallest; an isolate has none.

    A macrolanguage is in the groups that all of its languages are in.

    >>> lineage("amh_Ethi")[:3], lineage("iku_Cans")
    (('Afro-Asiatic', 'Semitic', 'West Semitic'), ('Eskimo-Aleut', 'Eskimo', 'Inuit'))
    """
    return _lineage(tag.partition("_")[0])


@cache
def _lineage(code: str) -> tuple[str, ...] | None:
    found = _lineages().get(code)
    if found is not None:
        return found
    members = {language.iso639_3 for language in known() if language.macrolanguage == code}
    theirs = [_lineages()[member] for member in sorted(members) if member in _lineages()]
    return reduce(_shared, theirs) if theirs else None


def _shared(groups: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    pairs = takewhile(lambda pair: pair[0] == pair[1], zip(groups, others, strict=False))
    return tuple(group for group, _ in pairs)


@cache
def _lineages() -> dict[str, tuple[str, ...]]:
    table = read_table(DATA / "lineages.parquet")
    return {code: tuple(groups) for code, groups in table.iter_rows()}
