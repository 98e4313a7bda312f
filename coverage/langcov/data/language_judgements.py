"""Where `langcov.data.make_languages` decides against its sources, or where none of them decides."""

from __future__ import annotations

FAMILIES = {"nqo": "Mande"}
"""Where Glottolog files a written standard apart from the languages that it writes."""

NAMES = {
    "als": "Albanian",
    "arb": "Modern Standard Arabic",
    "azj": "Azerbaijani",
    "ben": "Bengali",
    "ckb": "Central Kurdish",
    "cmn": "Chinese",
    "dgo": "Dogri",
    "ekk": "Estonian",
    "fuv": "Nigerian Fulfulde",
    "gaz": "Oromo",
    "gom": "Goan Konkani",
    "gug": "Guarani",
    "khk": "Mongolian",
    "kmr": "Northern Kurdish",
    "ktu": "Kituba",
    "lvs": "Latvian",
    "nob": "Norwegian Bokmål",
    "npi": "Nepali",
    "ory": "Odia",
    "pbt": "Pashto",
    "pes": "Persian",
    "plt": "Malagasy",
    "pnb": "Western Punjabi",
    "prs": "Dari",
    "swh": "Swahili",
    "twi": "Twi",
    "uig": "Uyghur",
    "uzn": "Uzbek",
    "ydd": "Yiddish",
    "zsm": "Malay",
}
"""English names as a reader of a report knows them, where the registry's or CLDR's is longer or another."""

OTHER_NAMES = {
    "arb": ["Arabic", "Standard Arabic"],
    "azj": ["Azeri"],
    "ben": ["Bangla"],
    "ber": ["Berber"],
    "ckb": ["Sorani", "Kurdish (Sorani)", "Sorani Kurdish"],
    "cmn": ["Mandarin", "Mandarin Chinese", "Standard Chinese"],
    "fil": ["Tagalog", "Pilipino"],
    "fuv": ["Fula", "Fulani", "Fulah"],
    "gaz": ["Afaan Oromo"],
    "gle": ["Irish Gaelic"],
    "hat": ["Haitian Creole", "Haitian", "Kreyol"],
    "hin": ["Hindustani"],
    "ind": ["Bahasa Indonesia"],
    "kal": ["Greenlandic"],
    "kir": ["Kyrgyz", "Kirghiz"],
    "kmr": ["Kurdish", "Kurmanji", "Kurdish (Kurmanji)", "Kurmanji Kurdish"],
    "ktu": ["Kikongo", "Kongo"],
    "lug": ["Luganda"],
    "mya": ["Burmese", "Myanmar"],
    "npi": ["Nepalese"],
    "nya": ["Chichewa", "Chewa", "Nyanja"],
    "ory": ["Oriya"],
    "pan": ["Panjabi", "Eastern Punjabi"],
    "pbt": ["Pashtu", "Pushto"],
    "pcm": ["Naija", "Pidgin"],
    "pes": ["Farsi", "Iranian Persian", "Western Persian"],
    "pnb": ["Shahmukhi"],
    "ron": ["Moldovan", "Moldavian"],
    "run": ["Kirundi"],
    "sin": ["Sinhalese"],
    "som": ["Somalian"],
    "sot": ["Sesotho"],
    "spa": ["Castilian"],
    "swh": ["Kiswahili"],
    "tsn": ["Setswana"],
    "twi": ["Akan"],
    "uig": ["Uighur"],
    "xho": ["isiXhosa"],
    "zsm": ["Bahasa Melayu", "Bahasa Malaysia"],
    "zul": ["isiZulu"],
}

OTHER_NAMES_BY_SCRIPT = {
    "cmn_Hans": ["Simplified Chinese"],
    "cmn_Hant": ["Traditional Chinese"],
    "arb_Latn": ["Romanized Arabic", "Arabizi"],
    "hin_Latn": ["Hinglish", "Romanized Hindi"],
}

OTHER_CODES = {"nan": ["zh-min-nan"], "lzh": ["zh-classical"], "nob": ["nb"], "ron": ["mo"]}

SCRIPTS = {"Hans": "Simplified Han", "Hant": "Traditional Han", "Jpan": "Japanese", "Hang": "Hangul"}
"""Names of scripts as FLORES+ uses the codes."""

USUAL_SCRIPTS = {
    "bih": "Deva",
    "dgo": "Deva",
    "gom": "Deva",
    "khk": "Cyrl",
    "kor": "Hang",
    "lzh": "Hant",
    "pnb": "Arab",
    "sat": "Olck",
    "uzs": "Arab",
    "wuu": "Hans",
    "yue": "Hant",
    "zgh": "Tfng",
}
"""The script of the text that corpora carry, where the sources have another or none."""

TWO_SCRIPTS = frozenset(("ace", "bjn", "bos", "cmn", "kas", "knc", "min", "mni", "srp", "taq"))
"""Languages that FLORES+ or the UDHR have in two scripts, neither of them the exception: both names carry theirs."""

COUNTRIES = {"CD": "DR Congo", "HK": "Hong Kong", "MM": "Myanmar", "MO": "Macao", "PS": "Palestine"}
"""Shorter names than CLDR's."""

SAME_SPEAKERS = {("yue", "Hant"): ("yue", "Hans")}
"""Scripts whose readers the source splits by country, though one text serves them all."""

CLDR_SPEAKERS = frozenset(("twi",))
"""Languages of which gflanguages counts a part."""

MAIN_COUNTRIES = {"apd": "SD", "arb": "SA"}
"""Where CLDR's likely country is a slip (Sudanese Arabic in Togo) or a matter of the macrolanguage."""

COLLECTIONS = frozenset(("ber", "bih", "nah", "oto"))
"""Groups of languages that corpora use as if each were one."""

NO_LANGUAGE = frozenset(("mis", "mul", "root", "und", "zxx"))
