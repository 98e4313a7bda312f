"""Which script a text is written in, told from its characters."""

from __future__ import annotations

from collections import Counter

# Pairs of characters that the simplification of 1956 set apart and that any page of Chinese holds.
SIMPLIFIED = frozenset(
    "国会这们为权对应发无当动务实业产个东两严从众优传伤体儿关农决况则别剥协单卫历压县参变听员"
)
TRADITIONAL = frozenset(
    "國會這們為權對應發無當動務實業產個東兩嚴從眾優傳傷體兒關農決況則別剝協單衛歷壓縣參變聽員"
)


def script_of(text: str) -> str | None:
    """Return the ISO 15924 code of the script that most letters of a text belong to, None if it has no letter.

    Scripts are those of Unicode's Script property. Han with kana is ``Jpan``, Han alone ``Hani``.

    >>> script_of("Gbogbo ènìyàn ni a bí ní òmìnira"), script_of("すべての人間は"), script_of("人人有權享有生命")
    ('Latn', 'Jpan', 'Hani')
    """
    from fontTools.unicodedata import script

    letters: Counter[str] = Counter()
    for character, count in Counter(text).items():
        letters[script(character)] += count
    for common in ("Zyyy", "Zinh", "Zzzz"):
        letters.pop(common, None)
    if not letters:
        return None
    if (
        letters["Hira"] + letters["Kana"] > 0
        and letters["Hira"] + letters["Kana"] + letters["Hani"] > letters.total() / 2
    ):
        return "Jpan"
    return letters.most_common(1)[0][0]


def chinese_script(text: str) -> str | None:
    """Return ``Hans`` or ``Hant`` by the characters that differ between the two, None where neither prevails.

    >>> chinese_script("人人有權享有生命"), chinese_script("人人有权享有生命")
    ('Hant', 'Hans')
    """
    simplified = sum(text.count(character) for character in SIMPLIFIED - TRADITIONAL)
    traditional = sum(text.count(character) for character in TRADITIONAL - SIMPLIFIED)
    if max(simplified, traditional) < 3 * min(simplified, traditional) or simplified == traditional:
        return None
    return "Hans" if simplified > traditional else "Hant"
