"""The page as a file: what it says, that all data in it is escaped, and that it asks for nothing."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from langcov.errors import RunError
from langcov.report import render, summarise, write_report
from langcov.report.bundle import chart_script
from langcov.report.charts import overlap_heat_map, specification, static_svg
from langcov.report.embedding import embedded
from langcov.report.values import breaks_of, shown, step_of
from synthetic_run import BIDI, HOSTILE, LANGUAGES, LOST, SyntheticRun, synthetic_run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

VOID = {"meta", "link", "input", "br", "img"}


class Page(HTMLParser):
    """Elements with their attributes, scripts by id, and all text, from a page that must be well nested."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.rows: list[list[str]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        assert not self._open, f"left open: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] == "script":
            self.scripts.append((self.elements[-1][1], data))
        elif self._open and self._open[-1] != "style":
            self.words.append(data)
            if {"td", "th"} & set(self._open):
                self.rows[-1][-1] += data

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def script(self, identifier: str) -> str:
        return next(data for attributes, data in self.scripts if attributes.get("id") == identifier)


@pytest.fixture(scope="module")
def run() -> SyntheticRun:
    return synthetic_run()


@pytest.fixture(scope="module")
def summary(run: SyntheticRun) -> dict[str, Any]:
    return summarise(*run)


@pytest.fixture(scope="module")
def page(summary: Mapping[str, Any]) -> Page:
    return Page(render(summary))


@pytest.fixture(scope="module")
def hostile_html() -> str:
    return render(summarise(*synthetic_run(hostile=True)))


def said(sentences: list[list[tuple[str, bool]]]) -> str:
    return " ".join("".join(text for text, _ in sentence) for sentence in sentences)


def test_summary_is_json(summary: Mapping[str, Any]) -> None:
    assert json.loads(json.dumps(summary, allow_nan=False))["title"] == "How 2 tokenizers serve 7 languages"


def test_first_sentences_name_the_worst_served_and_the_best_and_worst_tokenizer(
    summary: Mapping[str, Any],
) -> None:
    lead = said(summary["lead"])
    assert lead.startswith(
        "Shan, Amharic and Modern Standard Arabic are served worst: the same text takes 11.4, 6.0"
    )
    assert "even serves the typical one best" in lead
    assert "Letters are lost altogether under greedy (1 language)." in lead


def test_answer_gives_median_worst_and_interval(summary: Mapping[str, Any]) -> None:
    even, greedy = (said(answer["sentences"]) for answer in summary["answers"])
    assert "Half of the 6 other languages need at most 2.4 times as many tokens as English" in even
    assert "the worst served of them is Shan at 9.1 (95\u202f% interval 8.6 to 9.6)" in even
    assert f"1 language can't be compared: {LOST}." in greedy
    assert "Letters are lost in 1 language" in greedy


def test_text_that_is_not_parallel_is_told_by_another_measure_and_the_reason_is_given() -> None:
    summary = summarise(*synthetic_run(parallel=False))
    assert summary["headline"]["name"] == "fertility"
    assert "the corpus is not parallel" in summary["no_premium"]
    assert "tokens per word" in said(summary["answers"][0]["sentences"])
    assert "the corpus is not parallel" in Page(render(summary)).text


def test_every_language_has_a_row_with_a_number_or_a_dash_and_its_reason(page: Page) -> None:
    rows = [row for row in page.rows if any(tag in row[0] for tag in LANGUAGES)]
    assert len(rows) == len(LANGUAGES)
    shan, *_ = rows
    assert "shn_Mymr" in shan[0], "the worst served comes first"
    assert shan[3].startswith("9.10")
    amharic = next(row for row in rows if "amh_Ethi" in row[0])
    assert amharic[-1] == "—a"
    assert any(attributes.get("title") == LOST for tag, attributes in page.elements if tag == "td")
    assert f"a {LOST}." in page.text


def test_intervals_are_in_the_table_for_readers_without_javascript(page: Page) -> None:
    assert any(re.search(r"8.6\d to 9.5\d", row[3]) for row in page.rows if len(row) > 3)


def test_names_of_languages_in_themselves_have_their_language_and_direction(page: Page) -> None:
    autonyms = [attributes for tag, attributes in page.elements if tag == "bdi"]
    assert {"class": "autonym", "lang": "ar", "dir": "rtl"} in autonyms
    assert {"class": "autonym", "lang": "am", "dir": "ltr"} in autonyms


def test_measures_that_langcov_never_heard_of_are_on_the_page(summary: Mapping[str, Any], page: Page) -> None:
    assert "Made up" in [measure["title"] for measure in summary["measures"]]
    assert "Made up" in page.text


def test_parts_of_a_family_are_data_but_no_choice(summary: Mapping[str, Any]) -> None:
    assert not any(":" in measure["name"] for measure in summary["measures"])
    assert "script_share:Latn" in [measure["name"] for measure in summary["data"]["measures"]]


def test_fate_of_letters_by_tokenizer_language_and_script(summary: Mapping[str, Any]) -> None:
    even, greedy = summary["fate"]["tokenizers"]
    assert (even["spelled"], even["lost"]) == (2, 0)
    assert greedy["lost"] == 1
    assert greedy["worst"][0] == {
        "language": "amh_Ethi",
        "parts": [60, 0, 40],
        "texts": ["60.0%", "0%", "40.0%"],
    }
    ethiopic = next(row for row in summary["fate"]["scripts"] if row["script"] == "Ethiopic")
    assert [cell["texts"][0] for cell in ethiopic["cells"]] == ["75.0%", "60.0%"]


def test_scripts_tell_text_that_is_not_in_its_own(summary: Mapping[str, Any]) -> None:
    cyrillic = next(row for row in summary["scripts"] if row["script"] == "Cyrillic")
    assert (cyrillic["languages"], cyrillic["own"]) == (1, "80.0%")
    assert summary["strays"] == [{"language": "srp_Cyrl", "scripts": [("Latin", "20.0%")]}]


def test_overlap_puts_languages_of_one_script_side_by_side() -> None:
    languages = ["yor_Latn", "rus_Cyrl", "eng_Latn", "srp_Cyrl", "deu_Latn"]
    order = summarise(*synthetic_run(languages=languages))["overlap"]["languages"]
    assert {tag[-4:] for tag in order[:2]} in ({"Cyrl"}, {"Latn"})
    assert sum(one[-4:] != other[-4:] for one, other in pairwise(order)) == 1


def test_page_without_overlap_has_no_map_and_no_bundle(run: SyntheticRun) -> None:
    html = render(summarise(run.census, run.measures, None, run.manifest))
    assert 'id="heat-map"' not in html
    assert chart_script().packed not in html
    assert len(html) < 200_000


def test_method_repeats_definitions_tokenizers_warnings_and_signature(page: Page, run: SyntheticRun) -> None:
    for told in (
        "Petrov et al. 2023",
        "tokenizers 0.23.3",
        "32,000",
        *run.manifest["warnings"],
        run.manifest["signature"],
    ):
        assert told in page.text


def test_page_asks_for_nothing(page: Page) -> None:
    for tag, attributes in page.elements:
        for name in ("src", "href", "action", "data", "poster", "srcset", "xlink:href"):
            address = attributes.get(name)
            assert address is None or address.startswith(("#", "data:")), (tag, address)
    assert not {"iframe", "object", "embed", "base", "img", "audio", "video"} & {
        tag for tag, _ in page.elements
    }


def test_policy_allows_these_scripts_and_no_others(page: Page) -> None:
    policy = next(
        attributes["content"] or "" for tag, attributes in page.elements if "http-equiv" in attributes
    )
    assert policy.startswith("default-src 'none'; ")
    sources = re.search(r"script-src ([^;]+)", policy)
    assert sources
    running = [data for attributes, data in page.scripts if attributes.get("type") == "module"]
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in running]
    assert sources[1].split() == [f"'sha256-{digest}'" for digest in [*hashes, chart_script().sha256]]
    assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)


def test_table_head_and_every_control_have_names(page: Page) -> None:
    labelled = [attributes for tag, attributes in page.elements if tag == "th"]
    assert all(attributes.get("scope") in ("col", "row") for attributes in labelled)
    regions = [attributes for _, attributes in page.elements if attributes.get("role") == "region"]
    assert len({attributes["aria-label"] for attributes in regions}) == len(regions)


def test_data_holds_every_row_of_the_table_rounded(summary: Mapping[str, Any], run: SyntheticRun) -> None:
    data = summary["data"]
    assert sum(len(measure["v"]) for measure in data["measures"]) == run.measures.height
    premium = next(measure for measure in data["measures"] if measure["name"] == "premium")
    place = [language[0] for language in data["languages"]].index("shn_Mymr")
    # Thousandths; how much the interval's ends are below and above.
    packed = [premium[key][place] for key in ("v", "l", "h")]
    assert (premium["d"], packed, premium["u"]) == (3, [9100, 455, 455], [30])
    lost = str(len(data["languages"]))  # Amharic, first of the second tokenizer
    assert data["notes"][premium["n"][lost]] == LOST


def test_hostile_names_stay_text(hostile_html: str) -> None:
    page = Page(hostile_html)
    assert HOSTILE in page.text
    assert "{{7*7}}" in page.text
    assert "<b>bold</b>" in page.text
    assert not {"img", "b"} & {tag for tag, _ in page.elements}
    assert hostile_html.count("</script>") == len([tag for tag, _ in page.elements if tag == "script"])


def test_characters_that_reorder_or_hide_text_are_shown_by_number(hostile_html: str) -> None:
    assert "[U+202E]" in hostile_html
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u2028\u2029]", hostile_html)


@pytest.mark.parametrize("text", [HOSTILE, BIDI, "<!--", "]]>", "&lt;"])
def test_embedded_json_gives_back_what_went_in_and_holds_no_markup(text: str) -> None:
    written = embedded({"text": text})
    assert json.loads(written) == {"text": text}
    assert not set("<>&\u2028\u2029") & set(written)


def test_chart_escapes_names() -> None:
    spec = specification(overlap_heat_map([HOSTILE]))
    rows = [{"row": HOSTILE, "column": HOSTILE, "step": 1, "text": "1%", "interval": ""}]
    svg = static_svg(spec, {"pairs": rows})
    assert "<img" not in svg
    assert "var(--amount-1)" in svg


def test_values_of_a_share_near_its_bounds_do_not_look_like_them() -> None:
    assert [shown(value, "share") for value in (0, 0.0001, 0.9999, 1)] == ["0%", "<0.1%", ">99.9%", "100%"]


def test_colours_get_deeper_with_worse_values_whatever_the_direction() -> None:
    values = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]
    for unit in ("tokens per word", "ratio"):
        breaks = breaks_of(values, unit)
        steps = [step_of(value, breaks, "lower") or 0 for value in values]
        assert steps == sorted(steps)
        assert [step_of(value, breaks, "higher") for value in values] == [6 - step for step in steps]


def test_report_is_written_in_the_run_folder_and_again_over_itself(tmp_path: Path, run: SyntheticRun) -> None:
    folder = run.save(tmp_path / "run")
    path = write_report(folder)
    assert path == folder / "index.html"
    first = path.read_text(encoding="utf-8")
    assert write_report(folder).read_text(encoding="utf-8") == first
    assert sorted(file.name for file in folder.iterdir() if file.name.startswith(".")) == []


def test_a_folder_that_is_no_run_is_named_with_what_it_lacks(tmp_path: Path, run: SyntheticRun) -> None:
    with pytest.raises(RunError, match=r"manifest\.json is missing"):
        write_report(tmp_path)
    folder = run.save(tmp_path / "run")
    (folder / "measures.parquet").unlink()
    with pytest.raises(RunError, match=r"measures\.parquet is missing"):
        write_report(folder)
    (folder / "measures.parquet").write_bytes(b"nonsense")
    with pytest.raises(RunError, match="damaged"):
        write_report(folder)


def test_a_run_of_one_tokenizer_and_one_language_has_a_page() -> None:
    summary = summarise(*synthetic_run(["only"], ["eng_Latn"]))
    assert summary["title"] == "How only serves English"
    assert "<h1>How only serves English</h1>" in render(summary)


def test_a_table_without_any_measure_has_a_page(run: SyntheticRun) -> None:
    html = render(summarise(run.census, run.measures.clear(), None, run.manifest))
    assert "No measure of a tokenizer has a value here." in html


def test_an_unknown_language_goes_by_its_tag() -> None:
    summary = summarise(*synthetic_run(languages=["eng_Latn", "qqq_Latn"]))
    assert "qqq_Latn" in [language["name"] for language in summary["languages"]]


def test_reasons_that_differ_from_cell_to_cell_are_told_at_the_cell(run: SyntheticRun) -> None:
    odd = run.measures.with_columns(
        value=pl.when(pl.col("language") == "eng_Latn").then("value"),
        note=pl.when(pl.col("language") != "eng_Latn").then(pl.format("because of {}", "language")),
    )
    table = summarise(run.census, odd, None, run.manifest)["table"]
    assert len(table["footnotes"]) == 6
    missing = [cell for row in table["rows"] for cell in row["cells"] if cell["step"] is None]
    assert len(missing) == 12
    assert all(cell["note"].startswith("because of") for cell in missing)


def test_notes_that_differ_in_their_numbers_share_a_letter(run: SyntheticRun) -> None:
    cautious = run.measures.filter(pl.col("measure") == "fertility").with_row_index()
    cautious = cautious.with_columns(
        note=pl.format("caution: {} % of the characters are lost", "index")
    ).drop("index")
    table = summarise(run.census, cautious, None, run.manifest)["table"]
    assert table["footnotes"] == [{"mark": "a", "note": "caution: N % of the characters are lost"}]
    assert {cell["mark"] for row in table["rows"] for cell in row["cells"]} == {"a"}
    assert "caution" in render(summarise(run.census, cautious, None, run.manifest))
    assert [cell["text"] for cell in table["medians"]] == ["—", "—"], "no sound value, no median"


def test_a_tokenizer_that_loses_a_language_is_not_praised_for_needing_few_tokens() -> None:
    flat = synthetic_run(parallel=False)
    _, greedy = summarise(*flat)["answers"]
    assert "Amharic" not in said(greedy["sentences"][1:2])
    assert said(greedy["sentences"]).startswith(
        "1 language can't be compared: more than 10 % of the characters"
    )


def test_values_without_intervals_have_a_page_that_says_why(run: SyntheticRun) -> None:
    bare = run.measures.with_columns(
        low=pl.lit(None, pl.Float64),
        high=pl.lit(None, pl.Float64),
        note=pl.coalesce("note", pl.lit("fewer than 2 units")),
    )
    summary = summarise(run.census, bare, None, run.manifest)
    assert "95\u202f%" not in said(summary["answers"][0]["sentences"])
    first = Page(render(summary))
    assert any(
        attributes.get("title") == "fewer than 2 units" for tag, attributes in first.elements if tag == "td"
    )


def test_the_card_and_the_first_sentence_name_the_same_tokenizer() -> None:
    """Both compare on the languages that all tokenizers can be compared on: one that lost a hard language gains nothing."""
    summary = summarise(*synthetic_run(languages=["amh_Ethi", "arb_Arab", "eng_Latn"]))
    best = next(card for card in summary["cards"] if card["name"] == "best")
    assert best["figure"] == "even"
    assert best["caption"] == "The value of the one language where all can be compared is 2.5."
    said = " ".join("".join(part for part, _ in sentence) for sentence in summary["lead"])
    assert (
        "On the one language where all tokenizers can be compared, even serves the typical one best" in said
    )
