"""What is claimed about languages and their tags."""

from __future__ import annotations

import doctest
import subprocess
import sys

import gflanguages  # type: ignore[import-untyped, unused-ignore]
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from langcov import languages
from langcov.errors import LanguageError
from langcov.languages import STANDARDS, Language, describe, direction, frame, known, parse, script_name

FLORES_PLUS = """
ace_Arab ace_Latn acm_Arab acq_Arab aeb_Arab afr_Latn als_Latn amh_Ethi apc_Arab arb_Arab arb_Latn arg_Latn ars_Arab
ary_Arab arz_Arab asm_Beng ast_Latn awa_Deva ayr_Latn azb_Arab azj_Latn bak_Cyrl bam_Latn ban_Latn bel_Cyrl bem_Latn
ben_Beng bho_Deva bjn_Arab bjn_Latn bod_Tibt bos_Latn brx_Deva bug_Latn bul_Cyrl cat_Latn ceb_Latn ces_Latn chv_Cyrl
cjk_Latn ckb_Arab cmn_Hans cmn_Hant crh_Latn cym_Latn dan_Latn dar_Cyrl deu_Latn dgo_Deva dik_Latn dyu_Latn dzo_Tibt
ekk_Latn ell_Grek eng_Latn epo_Latn eus_Latn ewe_Latn fao_Latn fij_Latn fil_Latn fin_Latn fon_Latn fra_Latn fur_Latn
fuv_Latn gaz_Latn gla_Latn gle_Latn glg_Latn gom_Deva gug_Latn guj_Gujr hat_Latn hau_Latn heb_Hebr hin_Deva hne_Deva
hrv_Latn hun_Latn hye_Armn ibo_Latn ilo_Latn ind_Latn isl_Latn ita_Latn jav_Latn jpn_Jpan kaa_Latn kab_Latn kac_Latn
kam_Latn kan_Knda kas_Arab kas_Deva kat_Geor kaz_Cyrl kbp_Latn kea_Latn khk_Cyrl khm_Khmr kik_Latn kin_Latn kir_Cyrl
kmb_Latn kmr_Latn knc_Arab knc_Latn kor_Hang ktu_Latn lao_Laoo lij_Latn lim_Latn lin_Latn lit_Latn lld_Latn lmo_Latn
ltg_Latn ltz_Latn lua_Latn lug_Latn luo_Latn lus_Latn lvs_Latn mag_Deva mai_Deva mal_Mlym mar_Deva mfe_Latn mhr_Cyrl
min_Arab min_Latn mkd_Cyrl mlt_Latn mni_Beng mni_Mtei mos_Latn mri_Latn mya_Mymr myv_Cyrl nld_Latn nno_Latn nob_Latn
npi_Deva nqo_Nkoo nso_Latn nus_Latn nya_Latn oci_Latn ory_Orya pag_Latn pan_Guru pap_Latn pbt_Arab pes_Arab plt_Latn
pol_Latn por_Latn prs_Arab quy_Latn ron_Latn run_Latn rus_Cyrl sag_Latn san_Deva sat_Olck scn_Latn shn_Mymr sin_Sinh
slk_Latn slv_Latn smo_Latn sna_Latn snd_Arab snd_Deva som_Latn sot_Latn spa_Latn srd_Latn srp_Cyrl ssw_Latn sun_Latn
swe_Latn swh_Latn szl_Latn tam_Taml taq_Latn taq_Tfng tat_Cyrl tel_Telu tgk_Cyrl tha_Thai tir_Ethi tpi_Latn tsn_Latn
tso_Latn tuk_Latn tum_Latn tur_Latn twi_Latn tyv_Cyrl uig_Arab ukr_Cyrl umb_Latn urd_Arab uzn_Latn uzs_Arab vec_Latn
vie_Latn vmw_Latn war_Latn wol_Latn wuu_Hans xho_Latn ydd_Hebr yor_Latn yue_Hant zgh_Tfng zsm_Latn zul_Latn
""".split()  # noqa: SIM905 - a list would be a page


@pytest.mark.parametrize("tag", FLORES_PLUS)
def test_a_tag_of_flores_plus_means_itself(tag: str) -> None:
    assert parse(tag) == tag


@pytest.mark.parametrize("tag", [tag for tag in FLORES_PLUS if describe(tag).speakers is None])
def test_what_flores_plus_has_no_speakers_for_is_small_or_borrows_a_script(tag: str) -> None:
    assert describe(tag).name
    assert tag not in {"eng_Latn", "yor_Latn", "swh_Latn", "khm_Khmr"}


@pytest.mark.parametrize("tag", FLORES_PLUS)
def test_every_language_of_flores_plus_has_a_family(tag: str) -> None:
    assert describe(tag).family


@pytest.mark.parametrize(
    "spellings",
    [
        "yo yor yor_Latn yo-Latn YO Yoruba yoruba Yorùbá yo-NG yor_latn YOR-LATN",
        "sw swa swh swh_Latn swa_Latn sw-KE Swahili Kiswahili",
        "zh cmn zho chi zh-Hans zh_Hans zho_Hans zh-CN cmn_Hani Chinese Mandarin zh-cmn",
        "zh-Hant zh-Hant-HK zh-TW zho_Hant cmn_Hant",
        "ar arb ara arb_Arab ara_Arab ar-EG Arabic",
        "ja jpn jpn_Jpan jpn_Hira ja-Jpan-JP Japanese 日本語",
        "ko kor kor_Hang kor_Kore ko-KR Korean 한국어",
        "tl tgl fil tgl_Latn fil_Latn Tagalog Filipino Pilipino",
        "no nb nob nor nb-NO nob_Latn",
        "fa fas per pes pes_Arab fa-IR Persian Farsi",
        "my mya bur mya_Mymr Burmese Myanmar",
        "ku kmr kur_Latn Kurdish Kurmanji",
        "or ory ori ory_Orya Odia Oriya",
        "ht hat hat_Latn Haitian Haitian-Creole",
        "de ger deu de-1901 de-AT-1996 deu_Latn German Deutsch",
        "he iw heb heb_Hebr Hebrew",
        "am amh Amharic amh_Ethi አማርኛ",
        "tw ak aka twi twi_Latn_akua1239 aka_Latn Twi Akan",
        "yue zh-yue yue_Hant yue_Hani Cantonese",
        "ca ca-valencia cat_Latn_vale1252 Catalan",
        "ur urd urd_Aran urd_Arab Urdu",
        "lzh zh-classical lzh_Hani",
        "id ind_Latn Indonesian Bahasa-Indonesia",
        "pnb pan_Arab pa-PK pnb_Arab",
        "uzs uz-AF uzb_Arab",
    ],
)
def test_however_it_is_written_it_is_one_language(spellings: str) -> None:
    assert len({parse(one) for one in spellings.split()}) == 1


def test_a_name_may_hold_its_script() -> None:
    assert parse("Serbian (Latin)") == parse("Serbian, Latin script") == "srp_Latn"
    assert parse("Chinese (Traditional)") == parse("Traditional Chinese") == "cmn_Hant"
    assert parse("Kurdish (Sorani)") == "ckb_Arab"


def test_a_script_can_be_said_beside_the_name() -> None:
    assert parse("Serbian", script="Latn") == "srp_Latn"
    assert parse("zh", script="hant") == "cmn_Hant"
    assert parse("srp_Cyrl", script="Latn") == "srp_Cyrl"  # the text itself names one


def test_a_script_that_is_unknown_to_a_language_is_kept() -> None:
    swahili = describe("swh_Arab")
    assert (swahili.tag, swahili.name, swahili.direction) == ("swh_Arab", "Swahili (Arabic)", "rtl")
    assert swahili.speakers is None


def test_a_rarer_script_does_not_inherit_the_speakers() -> None:
    assert describe("ben_Latn").speakers is None
    assert (describe("ben_Beng").speakers or 0) > 2e8


def test_a_macrolanguage_is_no_row_of_its_own() -> None:
    assert not {language.iso639_3 for language in known()} & set(STANDARDS)


@pytest.mark.parametrize("code", STANDARDS)
def test_what_corpora_write_for_many_languages_means_one_that_is_known(code: str) -> None:
    assert describe(code).iso639_3 == STANDARDS[code]


def test_an_unknown_name_gets_a_suggestion() -> None:
    with pytest.raises(LanguageError, match=r"unknown language 'Yorubba'; did you mean Yoruba \(yor_Latn\)"):
        parse("Yorubba")
    with pytest.raises(LanguageError, match=r"did you mean .*Amharic \(amh_Ethi\)"):
        parse("Amaric")


@pytest.mark.parametrize(
    "text", ["und", "und_Cyrl", "mul", "zxx", "xx", "", " ", "qqq_Latn", "Klingonese", "_", "12"]
)
def test_what_names_no_language_is_refused(text: str) -> None:
    with pytest.raises(LanguageError):
        parse(text)


def test_an_unknown_script_is_refused_by_name() -> None:
    with pytest.raises(LanguageError, match="unknown script 'Xxxx'"):
        parse("eng_Xxxx")
    with pytest.raises(LanguageError, match="unknown script 'Roman'"):
        parse("hi", script="Roman")


def test_ga_the_code_is_irish_and_ga_the_name_must_be_spelled_out() -> None:
    assert parse("ga") == "gle_Latn"
    with pytest.raises(LanguageError, match="gle_Latn or gaa_Latn"):
        parse("Ga")


def test_every_language_of_gflanguages_is_described() -> None:
    described = [describe(tag) for tag in gflanguages.LoadLanguages() if not tag.startswith("mis")]
    assert all(language.name and language.script_name for language in described)


def test_no_two_tags_share_a_name() -> None:
    names = [language.name for language in known()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("swh_Latn", (1.0e8, 2.5e8)),
        ("cmn_Hans", (1.0e9, 1.5e9)),
        ("eng_Latn", (1.0e9, 2.0e9)),
        ("yue_Hant", (5.0e7, 1.0e8)),
        ("yor_Latn", (2.0e7, 5.0e7)),
        ("twi_Latn", (5.0e6, 3.0e7)),
        ("isl_Latn", (2.0e5, 6.0e5)),
    ],
)
def test_speakers_are_of_the_right_size(tag: str, expected: tuple[float, float]) -> None:
    low, high = expected
    assert low < (describe(tag).speakers or 0) < high


def test_nobody_is_counted_as_zero_speakers() -> None:
    assert all(language.speakers is None or language.speakers > 0 for language in known())


@pytest.mark.parametrize(
    ("tag", "family", "macrolanguage", "region", "runs", "spaced"),
    [
        ("yor_Latn", "Atlantic-Congo", None, "Nigeria", "ltr", True),
        ("arb_Arab", "Afro-Asiatic", "ara", "Saudi Arabia", "rtl", True),
        ("jpn_Jpan", "Japonic", None, "Japan", "ltr", False),
        ("kor_Hang", "Koreanic", None, "South Korea", "ltr", True),
        ("eus_Latn", "Basque (isolate)", None, "Spain", "ltr", True),
        ("khm_Khmr", "Austroasiatic", None, "Cambodia", "ltr", False),
        ("nqo_Nkoo", "Mande", None, "Guinea", "rtl", True),
        ("srp_Latn", "Indo-European", "hbs", "Serbia", "ltr", True),
    ],
)
def test_what_is_known(
    tag: str, family: str, macrolanguage: str | None, region: str, runs: str, *, spaced: bool
) -> None:
    language = describe(tag)
    found = (language.family, language.macrolanguage, language.region, language.direction, language.spaced)
    assert found == (family, macrolanguage, region, runs, spaced)


def test_a_rare_language_is_known_by_name_and_the_rest_may_be_none() -> None:
    rare = describe("aai")
    assert (rare.name, rare.family, rare.autonym, rare.speakers) == (
        "Arifama-Miniafia",
        "Austronesian",
        None,
        None,
    )


def test_a_frame_joins_on_the_tag() -> None:
    facts = frame()
    assert facts.columns == list(Language.__slots__)
    assert facts["tag"].is_sorted()
    assert facts["tag"].n_unique() == facts.height == len(known())
    assert frame([]).columns == facts.columns
    assert frame(["swh_Arab"])["name"].item() == "Swahili (Arabic)"


def test_scripts_have_names_and_directions() -> None:
    assert [script_name(script) for script in ("Latn", "Hang", "Jpan")] == ["Latin", "Hangul", "Japanese"]
    assert direction("Hebr") == "rtl"


@given(st.sampled_from([language.tag for language in known()]))
def test_the_tag_of_a_language_describes_that_language(tag: str) -> None:
    assert parse(describe(tag).tag) == describe(tag).tag == tag


def test_the_name_in_a_report_can_be_typed_back_unless_it_is_a_code_too() -> None:
    codes = languages._facts().codes
    typed = [language for language in known() if language.name.casefold() not in codes]
    assert [parse(language.name) for language in typed] == [language.tag for language in typed]
    assert len(typed) > 0.97 * len(known())


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=60) | st.from_regex(r"[a-zA-Z]{2,4}([-_][a-zA-Z0-9]{1,8}){0,4}", fullmatch=True))
@example("\ud800")
@example("zh-" * 200)
@example("a (" * 3000)
@example("İ")
def test_whatever_is_typed_gives_a_tag_or_a_language_error(text: str) -> None:
    try:
        tag = parse(text)
    except LanguageError:
        return
    assert describe(tag).tag == tag


def test_importing_the_module_loads_no_table() -> None:
    code = "import sys, langcov.languages; print({'polars', 'langcodes', 'difflib'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_examples_hold() -> None:
    assert doctest.testmod(languages).failed == 0
