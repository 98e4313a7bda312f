"""What is known about benchmarks: chance, whether their items are FLORES', and which language a task's name means."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from langcov.errors import LanguageError
from langcov.languages import parse

FLORES_ITEMS: Final = frozenset({"SIB-200", "SIB-200 (MTEB)", "Belebele", "Belebele retrieval (MTEB)"})
"""Benchmarks whose items are FLORES' sentences: a premium that was measured on FLORES is not independent of them."""

PREFERRED_METRICS: Final = (
    "accuracy",
    "accuracy_first_label",
    "f1",
    "f1_or_acc(as in file)",
    "ndcg@10",
    "exact_match",
)
"""Where a model has several metrics on one benchmark, the first of these stands for it when benchmarks are pooled."""


class Task(NamedTuple):
    """A family of tasks of an evaluation harness.

    Attributes:
        prefix: How the tasks' names begin; the language follows.
        benchmark: Its name here.
        chance: Score of guessing, in percent.
        translated: Whether its items were translated from English: yes, no, partly.
    """

    prefix: str
    benchmark: str
    chance: float
    translated: str


class Named(NamedTuple):
    """What a task's name says: benchmark, language, variant (a subject, or nothing), and what is known of it."""

    benchmark: str
    language: str
    variant: str
    chance: float | None
    translated: str


TASKS: Final = (
    Task("belebele", "Belebele", 25.0, "yes"),
    Task("sib200", "SIB-200", 100 / 7, "yes"),
    Task("sib", "SIB-200", 100 / 7, "yes"),
    Task("xnli", "XNLI", 100 / 3, "yes"),
    Task("afrixnli", "AfriXNLI", 100 / 3, "yes"),
    Task("afri_xnli", "AfriXNLI", 100 / 3, "yes"),
    Task("indic_xnli", "IndicXNLI", 100 / 3, "yes"),
    Task("americas_nli", "AmericasNLI", 100 / 3, "yes"),
    Task("afrimmlu", "AfriMMLU", 25.0, "yes"),
    Task("afri_mmlu", "AfriMMLU", 25.0, "yes"),
    Task("afrimgsm", "AfriMGSM", 0.0, "yes"),
    Task("global_mmlu_full", "Global-MMLU", 25.0, "yes"),
    Task("global_mmlu_lite", "Global-MMLU Lite", 25.0, "yes"),
    Task("global_mmlu_all", "Global-MMLU", 25.0, "yes"),
    Task("global_mmlu", "Global-MMLU Lite", 25.0, "yes"),
    Task("mmlu_prox_lite", "MMLU-ProX Lite", 10.0, "yes"),
    Task("mmlu_prox", "MMLU-ProX", 10.0, "yes"),
    Task("mmmlu", "MMMLU", 25.0, "yes"),
    Task("openai_mmlu", "MMMLU", 25.0, "yes"),
    Task("m_mmlu", "Okapi MMLU", 25.0, "yes"),
    Task("mlmm_mmlu", "Okapi MMLU", 25.0, "yes"),
    Task("mlmm_hellaswag", "Okapi HellaSwag", 25.0, "yes"),
    Task("mlmm_arc", "Okapi ARC", 25.0, "yes"),
    Task("hellaswag", "Okapi HellaSwag", 25.0, "yes"),
    Task("arc", "Okapi ARC", 25.0, "yes"),
    Task("include_base_44", "INCLUDE", 25.0, "no"),
    Task("include_lite_44", "INCLUDE Lite", 25.0, "no"),
    Task("mgsm_direct", "MGSM (direct)", 0.0, "yes"),
    Task("mgsm_native_cot", "MGSM (own chain of thought)", 0.0, "yes"),
    Task("mgsm_cot_native", "MGSM (own chain of thought)", 0.0, "yes"),
    Task("mgsm_en_cot", "MGSM (English chain of thought)", 0.0, "yes"),
    Task("mgsm", "MGSM", 0.0, "yes"),
    Task("xcopa", "XCOPA", 50.0, "yes"),
    Task("xstorycloze", "XStoryCloze", 50.0, "yes"),
    Task("xwinograd", "XWinograd", 50.0, "no"),
    Task("pawsx", "PAWS-X", 50.0, "yes"),
    Task("paws", "PAWS-X", 50.0, "yes"),
    Task("xquad", "XQuAD", 0.0, "yes"),
    Task("tydiqa", "TyDiQA", 0.0, "no"),
    Task("xcsqa", "X-CSQA", 20.0, "yes"),
    Task("masakhanews", "MasakhaNEWS", 0.0, "no"),
    Task("afrisenti", "AfriSenti", 0.0, "no"),
    Task("naijarc", "NaijaRC", 25.0, "no"),
    Task("uhura_arc_easy", "Uhura ARC-Easy", 25.0, "yes"),
)

_PROMPT: Final = re.compile(r"prompt|mcf|cf|hybrid|tasks|\d+")
_NO_LANGUAGE: Final = frozenset({"cot", "direct", "native", "translate", "test", "dev", "mt", "all", "full"})


def named_by(task: str) -> Named | None:
    """Return what a task's name says, None if it names no language.

    >>> named_by("belebele_amh_Ethi")[:3], named_by("global_mmlu_full_yo")[:3]
    (('Belebele', 'amh_Ethi', ''), ('Global-MMLU', 'yor_Latn', ''))
    >>> named_by("afrimmlu_direct_amh_prompt_1")[:3], named_by("global_mmlu_full_sw_anatomy")[:3]
    (('AfriMMLU', 'amh_Ethi', ''), ('Global-MMLU', 'swh_Latn', 'anatomy'))
    >>> named_by("mytask_sw")
    Named(benchmark='mytask', language='swh_Latn', variant='', chance=None, translated='unknown')
    >>> named_by("gsm8k") is None
    True
    """
    fitting = [each for each in TASKS if task == each.prefix or task.startswith(f"{each.prefix}_")]
    if fitting:
        known = max(fitting, key=lambda each: len(each.prefix))
        found = _language_in(task[len(known.prefix) :].strip("_:").replace(":", "_").split("_"))
        if found is not None:
            return Named(known.benchmark, *found, known.chance, known.translated)
        return None
    words = task.replace(":", "_").split("_")
    for first in range(1, len(words)):
        found = _language_in(words[first:], whole=True)
        if found is not None:
            return Named("_".join(words[:first]), *found, None, "unknown")
    return None


def _language_in(words: list[str], *, whole: bool = False) -> tuple[str, str] | None:
    """Return the first language among words, and the words that are neither language nor prompt; ``whole``: no others."""
    for place, word in enumerate(words):
        pair = "_".join(words[place : place + 2])
        for text, length in ((pair, 2), (word, 1)):
            if not _may_be_language(text, pair=length == 2) or (length == 2 and len(words) < place + 2):
                continue
            try:
                language = parse(text)
            except LanguageError:
                continue
            rest = [*words[:place], *words[place + length :]]
            variant = "_".join(
                each for each in rest if each not in _NO_LANGUAGE and not _PROMPT.fullmatch(each)
            )
            return None if whole and variant else (language, variant)
    return None


def _may_be_language(text: str, *, pair: bool) -> bool:
    """Whether a text has the shape of a tag, a code or, where a harness writes names, one long word."""
    if pair:
        return re.fullmatch(r"[a-z]{2,3}_([A-Z][a-z]{3}|[A-Z]{2})", text) is not None
    return re.fullmatch(r"[a-z]{2,3}(-[A-Za-z]+)?|[a-z]{5,}", text) is not None and text not in _NO_LANGUAGE
