"""The views of the page: a language, a tokenizer, two tokenizers, groups; each with an address, each for everybody."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.base import AXE_FILE_PATH

from langcov.measures.registry import measures
from langcov.report import render, summarise
from langcov.report.difference import difference
from langcov.report.folder import RunFolder
from langcov.report.linked import linked_section
from synthetic_extras import synthetic_extras
from synthetic_run import HOSTILE, synthetic_run
from synthetic_whole import write_link

if TYPE_CHECKING:
    from pathlib import Path

    from browsing import Open, Visit

VIEWS = (
    "",
    "#lang=amh_Ethi",
    "#lang=arb_Arab",
    "#tokenizer=greedy",
    "#compare=even&with=greedy",
    "#group=script&intervals=1",
)
PIECES = [HOSTILE, "\u202egnirts", "\x00", "\ud800", "x" * 10_000, "{{7*7}}", "<b>bold</b>"]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Pages by name: an ordinary one with all its parts, and one whose vocabularies are hostile."""
    folder = tmp_path_factory.mktemp("views")
    run = synthetic_run()
    whole = summarise(*run, extras=synthetic_extras())
    earlier = synthetic_run(["even"])
    before, after = (
        RunFolder(each.census, each.measures, each.overlap, each.measures, each.manifest)
        for each in (earlier, run)
    )
    whole["difference"] = difference(before, after, measures())
    tags = list(run.census.languages)
    write_link(folder, run.manifest["signature"], tags)
    whole["link"] = linked_section(folder, run.manifest["signature"])
    hostile = synthetic_run(hostile=True)
    names = [facts.name for facts in hostile.census.tokenizers]
    pages = {
        "whole": whole,
        "hostile": summarise(*hostile, extras=synthetic_extras(names, pieces=PIECES)),
    }
    found = {}
    for name, summary in pages.items():
        found[name] = folder / f"{name}.html"
        found[name].write_text(render(summary), encoding="utf-8")
    return found


def heading(seen: Visit) -> str:
    return seen.page.inner_text("#drill h2")


def test_a_language_has_a_page_with_its_costs_sentences_letters_and_neighbours(visit: Open) -> None:
    with visit("whole", "#lang=amh_Ethi&measure=fertility") as seen:
        seen.page.wait_for_selector(".chip")
        assert heading(seen).startswith("Amharic")
        assert not seen.page.locator("#overview").is_visible()
        assert "36 M" in seen.page.inner_text("#drill .facts")
        row = seen.page.locator("#drill tbody tr").first.inner_text().split()
        assert (row[0], row[1]) == ("even", "3.00"), "the measure in the address is the one that is shown"
        chips = seen.page.locator(".cut").nth(1).locator(".chip")
        assert chips.nth(0).get_attribute("class") == "chip unknown"
        assert chips.nth(1).inner_text().endswith("88"), "the second byte of the first letter"
        assert "bytes" in (chips.nth(1).text_content() or ""), "told to those who can't see its frame"
        chips = seen.page.locator(".cut").nth(0).locator(".chip")
        assert chips.nth(0).inner_text() == "ሰ"
        assert seen.page.locator(".letter.fate-l").count() > 3
        nearest = seen.page.locator("#nearest-title + .scroll a").nth(1)
        assert nearest.inner_text() == "Modern Standard Arabic"
        nearest.click()
        assert heading(seen).startswith("Modern Standard Arabic")
        seen.page.go_back()
        assert heading(seen).startswith("Amharic")


def test_arabic_runs_from_right_to_left_and_says_so(visit: Open) -> None:
    with visit("whole", "#lang=arb_Arab") as seen:
        seen.page.wait_for_selector(".chip")
        sentence = seen.page.locator("blockquote")
        assert (sentence.get_attribute("lang"), sentence.get_attribute("dir")) == ("ar", "rtl")
        first, second = (
            seen.page.locator(".cut").nth(0).locator(".chip").nth(at).bounding_box() for at in (0, 1)
        )
        assert first
        assert second
        assert first["x"] > second["x"], "the first token stands on the right"


def test_names_lead_to_languages_and_back_leads_to_the_place_in_the_table(visit: Open) -> None:
    with visit("whole", "#sort=name") as seen:
        seen.page.click("#rows a.name >> text=Yoruba")
        assert heading(seen).startswith("Yoruba")
        assert "sort=name" in seen.page.url
        seen.page.click(".back a")
        assert seen.page.locator("#table").is_visible()
        assert seen.languages() == sorted(seen.languages())
        assert seen.page.evaluate("document.activeElement.textContent") == "Yoruba"
        seen.page.go_back()
        assert heading(seen).startswith("Yoruba")
        seen.page.keyboard.press("Escape")
        assert seen.page.locator("#table").is_visible()


def test_two_tokenizers_side_by_side_tell_who_gains_and_who_loses(visit: Open) -> None:
    with visit("whole", "#compare=even&with=greedy") as seen:
        assert heading(seen) == "What changes from even to greedy"
        told = seen.page.inner_text("#drill .lead")
        assert "Of 6 languages, 0 fare better under greedy, 5 worse, and 1 are too close to call" in told
        assert "1 language can't be compared" in told
        assert seen.page.locator("#switch tbody tr").first.locator("td").nth(2).inner_text() == "0%"
        seen.page.get_by_role("button", name="Swap").click()
        assert heading(seen) == "What changes from greedy to even"
        assert "5 fare better under even" in seen.page.inner_text("#drill .lead")
        assert seen.page.locator("#switch tbody tr").first.inner_text().endswith("better")
        assert "compare=greedy" in seen.page.url
        seen.page.go_back()
        assert heading(seen) == "What changes from even to greedy"


def test_a_tokenizer_has_a_page_that_is_there_without_javascript_too(visit: Open) -> None:
    with visit("whole", "#tokenizer=greedy") as seen:
        shown = seen.page.locator(".tokenizer-page:visible")
        assert shown.count() == 1
        assert "Served worst" in shown.inner_text()
        assert "Shan" in shown.inner_text()
        assert not seen.page.locator("#matrix").is_visible()
    with visit("whole", javascript=False) as seen:
        seen.page.locator(".tokenizer-page summary").first.click()
        assert "characteristically" in (seen.page.locator(".tokenizer-page").first.text_content() or "")


def test_groups_show_means_and_open_into_their_languages(visit: Open) -> None:
    with visit("whole", "#group=script") as seen:
        latin = seen.page.locator("#groups tr", has_text="Latin")
        assert latin.locator("td").nth(2).inner_text() == "1.60", "the mean of 1.0 and 2.2"
        seen.page.select_option("#weigh", "speakers")
        weighted = latin.locator("td").nth(2).inner_text()
        assert 1.0 < float(weighted) < 1.1, "English has by far the most speakers"
        latin.get_by_role("button").click()
        assert sorted(seen.languages()) == ["English", "Yoruba"]
        assert seen.page.inner_text("#said") == "2 of 7 languages"


def test_filters_narrow_the_table_together(visit: Open) -> None:
    with visit("whole", "#family=Afro-Asiatic") as seen:
        assert sorted(seen.languages()) == ["Amharic", "Modern Standard Arabic"]
        seen.page.select_option("#speakers", "100m")
        assert seen.languages() == ["Modern Standard Arabic"]
        seen.page.click("#reset")
        assert len(seen.languages()) == 7


def test_slash_goes_to_the_search_from_anywhere(visit: Open) -> None:
    with visit("whole", "#lang=amh_Ethi") as seen:
        seen.page.keyboard.press("/")
        assert seen.page.evaluate("document.activeElement.id") == "find"
        seen.page.keyboard.type("yor")
        assert seen.languages() == ["Yoruba"]


def test_what_changed_since_an_earlier_run_is_told(visit: Open) -> None:
    with visit("whole", javascript=False) as seen:
        assert "Tokenizers that are new: greedy." in (seen.page.text_content("#difference") or "")


def test_json_holds_what_csv_does(visit: Open) -> None:
    with visit("whole") as seen:
        with seen.page.expect_download() as started:
            seen.page.click("#json")
        rows = json.loads(started.value.path().read_text(encoding="utf-8"))["measures"]
    run = synthetic_run()
    assert len(rows) == run.measures.height
    shan = next(row for row in rows if (row["language"], row["measure"]) == ("shn_Mymr", "premium"))
    assert (shan["value"], shan["low"], shan["high"]) == (9.1, 8.645, 9.555)


@pytest.mark.parametrize("view", VIEWS)
def test_every_control_of_every_view_can_be_used(visit: Open, view: str) -> None:
    """Each select is set to each of its options, each button, link and summary is clicked; the page never fails."""
    with visit("whole", view) as seen:
        page = seen.page

        def again() -> None:
            if page.url != seen.own + view:
                page.goto("about:blank")
                page.goto(seen.own + view)
                page.wait_for_selector("html[data-ready]")
                page.wait_for_timeout(20)

        page.wait_for_timeout(100)
        for place in range(page.locator("select:visible").count()):
            options = page.locator("select:visible").nth(place).locator("option")
            for value in options.evaluate_all("all => all.map(one => one.value)"):
                page.locator("select:visible").nth(place).select_option(value)
                seen.settled()
                again()
        used = 0
        for kind in ("button", "input[type=checkbox]", "a[href^='#']:not(.skip)", "summary"):
            for place in range(page.locator(f"{kind}:visible").count()):
                page.locator(f"{kind}:visible").nth(place).click(timeout=5000)
                seen.settled()
                used += 1
                again()
        assert used > 10


def test_the_first_stop_of_the_tab_key_leads_to_the_table(visit: Open) -> None:
    with visit("whole") as seen:
        seen.page.keyboard.press("Tab")
        assert seen.page.evaluate("document.activeElement.textContent") == "Skip to the table"
        seen.page.keyboard.press("Enter")
        assert seen.page.url.endswith("#matrix")


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [360, 1280])
def test_no_rule_of_accessibility_is_broken_in_any_view(visit: Open, dark: bool, width: int) -> None:
    for view in VIEWS:
        with visit("whole", view, dark=dark, width=width, free=True) as seen:
            seen.page.wait_for_timeout(200)
            # What is out of sight is not laid out; here all of it is looked at.
            seen.page.add_style_tag(content="#overview > section { content-visibility: visible !important }")
            seen.page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
            seen.page.evaluate(AXE_FILE_PATH.read_text(encoding="utf-8"))
            broken = seen.page.evaluate(
                "axe.run(document, { resultTypes: ['violations'] }).then(found => found.violations.map(rule => [rule.id, rule.nodes.map(node => node.html)]))"
            )
            assert broken == [], view
            assert seen.fits()


def test_hostile_pieces_are_shown_and_never_run(visit: Open) -> None:
    with visit("hostile", "#lang=amh_Ethi") as seen:
        seen.page.wait_for_selector(".chip")
        told = seen.page.inner_text("#drill")
        assert HOSTILE in told
        assert "[U+202E]" in told
        assert "\u202e" not in told
        assert "x" * 100 in told
        assert seen.page.locator("img, b").count() == 0
        assert seen.fits()
    with visit(
        "hostile", "#tokenizer=" + re.sub(r"[^a-z]", lambda found: f"%{ord(found[0]):02X}", HOSTILE)
    ) as seen:
        assert seen.page.locator(".tokenizer-page:visible").count() == 1
        assert seen.page.locator("img, b").count() == 0
    for address in (
        "#lang=<img>",
        "#compare=nobody&with=even",
        "#measure=__proto__&sort=column:&group=x",
        "#%00=%FF",
    ):
        with visit("hostile", address) as seen:
            assert seen.page.locator("#rows tr").count() == 7
