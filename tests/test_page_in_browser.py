"""The page as readers meet it: in a real browser, on a phone, without JavaScript, with hostile data."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest

from langcov.languages import known
from langcov.report import render, summarise
from synthetic_extras import synthetic_extras
from synthetic_run import HOSTILE, synthetic_run

if TYPE_CHECKING:
    from pathlib import Path

    from browsing import Open


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Pages by name: a small one, one full of hostile data, and one of 12 tokenizers and 464 languages."""
    spoken = [language.tag for language in known() if language.speakers and language.tag != "eng_Latn"]
    runs = {
        "small": synthetic_run(),
        "hostile": synthetic_run(hostile=True),
        "large": synthetic_run([f"tokenizer-{place}" for place in range(12)], ["eng_Latn", *spoken[:463]]),
    }
    folder = tmp_path_factory.mktemp("pages")
    found = {}
    for name, run in runs.items():
        found[name] = folder / f"{name}.html"
        extras = synthetic_extras([facts.name for facts in run.census.tokenizers], run.census.languages)
        found[name].write_text(render(summarise(*run, extras=extras)), encoding="utf-8")
    return found


def test_search_finds_by_name_tag_script_and_autonym_without_accents(visit: Open) -> None:
    with visit("small") as seen:
        for words, names in {
            "yoruba": ["Yoruba"],
            "amh_Ethi": ["Amharic"],
            "cyrillic": ["Serbian (Cyrillic)"],
            "日本語": ["Japanese"],
            "nobody": [],
        }.items():
            seen.page.fill("#find", words)
            assert seen.languages() == names
            assert seen.page.inner_text("#said") == f"{len(names)} of 7 languages"
        seen.page.fill("#find", "")
        assert len(seen.languages()) == 7


def test_sorting_by_a_head_and_back_by_the_browser(visit: Open) -> None:
    with visit("small") as seen:
        worst_first = seen.languages()
        assert worst_first[0] == "Shan"
        seen.page.click("th[data-sort=name] button")
        assert seen.languages() == sorted(worst_first)
        assert seen.page.get_attribute("th[data-sort=name]", "aria-sort") == "ascending"
        seen.page.click("th[data-sort=name] button")
        assert seen.languages() == sorted(worst_first, reverse=True)
        seen.page.click("th[data-sort='1'] button")
        assert seen.column(4)[0] == "13.65"
        assert seen.column(4)[-1] == "—", "what has no value comes last"
        seen.page.go_back()
        seen.page.go_back()
        assert seen.languages() == sorted(worst_first)
        seen.page.go_back()
        assert seen.languages() == worst_first


def test_switching_the_measure_changes_numbers_legend_and_definition(visit: Open) -> None:
    with visit("small") as seen:
        before, pale = seen.column(), seen.page.inner_text("#legend")
        seen.page.select_option("#measure", "chars_per_token")
        assert seen.column() != before
        assert seen.page.inner_text("#legend") != pale
        assert "Characters per token" in seen.page.inner_text("#reading")
        assert seen.languages()[0] == "Shan", "fewest characters per token is worst"
        seen.page.select_option("#measure", "expected_script")
        assert seen.page.locator("#table thead th:visible").count() == 4, (
            "one column: the text has no tokenizer"
        )
        seen.page.select_option("#measure", "premium")
        assert seen.column() == before


def test_script_draws_the_very_table_that_the_file_holds(visit: Open) -> None:
    with visit("small") as seen:
        before = seen.page.evaluate("document.querySelector('#table tbody').innerText")
        colours = seen.page.evaluate(
            "[...document.querySelectorAll('#table td')].map(cell => cell.className)"
        )
        seen.page.select_option("#measure", "fertility")
        seen.page.select_option("#measure", "premium")
        assert seen.page.evaluate("document.querySelector('#table tbody').innerText") == before
        script = "[...document.querySelectorAll('#table td')].map(cell => cell.className)"
        assert seen.page.evaluate(script) == colours


def test_address_holds_what_was_chosen_and_sections_leave_it_alone(visit: Open) -> None:
    with visit("small", "#measure=fertility&sort=-name&q=latn&intervals=1") as seen:
        assert seen.page.input_value("#measure") == "fertility"
        assert seen.languages() == ["Yoruba", "English"]
        assert seen.page.is_checked("#intervals")
        seen.page.click("nav a[href='#method']")
        assert seen.languages() == ["Yoruba", "English"]
    with visit("small", "#measure=no-such&sort=nonsense&q=") as seen:
        assert len(seen.languages()) == 7


def test_intervals_show_on_demand(visit: Open) -> None:
    for javascript in (True, False):
        with visit("small", javascript=javascript) as seen:
            interval = seen.page.locator("#table td small").first
            assert not interval.is_visible()
            seen.page.check("#intervals")
            assert interval.is_visible()


def test_a_cell_tells_its_interval_or_its_reason_by_keyboard(visit: Open) -> None:
    with visit("small") as seen:
        seen.page.focus("#table td[tabindex='0']")
        assert "Shan under even: premium 9.10, 95 % interval 8.6" in seen.page.inner_text("#said")
        seen.page.keyboard.press("ArrowDown")
        seen.page.keyboard.press("ArrowRight")
        told = seen.page.inner_text("#said")
        assert told.startswith(
            "Amharic under greedy: premium no value, because more than 10 % of the characters"
        )
        assert seen.page.locator("#table td[tabindex='0']").count() == 1


def test_csv_is_the_whole_table_and_holds_no_formula(visit: Open) -> None:
    with visit("hostile") as seen:
        with seen.page.expect_download() as started:
            seen.page.click("#csv")
        text = started.value.path().read_text(encoding="utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text)))
        run = synthetic_run(hostile=True)
        assert len(rows) == run.measures.height
        names = {row["tokenizer"] for row in rows}
        assert {HOSTILE, "'=HYPERLINK(1)", ""} < names
        assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())
        shan = next(row for row in rows if (row["language"], row["measure"]) == ("shn_Mymr", "premium"))
        assert (shan["name"], shan["value"], shan["low"], shan["units"]) == ("Shan", "9.1", "8.645", "30")


def test_hostile_data_is_shown_and_never_run(visit: Open) -> None:
    with visit("hostile") as seen:
        assert seen.page.locator("img").count() == 0
        assert HOSTILE in seen.page.inner_text("#table thead")
        assert "{{7*7}}" in seen.page.inner_text("#table thead")
        seen.page.select_option("#measure", "fertility")
        seen.page.select_option("#sort", f"column:{HOSTILE}")
        seen.page.locator("#heat-map").scroll_into_view_if_needed()
        seen.page.wait_for_selector("#heat-map[data-live]")
        seen.page.locator("#heat-map .mark-rect path").nth(3).hover()
        assert seen.page.locator("img").count() == 0
        assert seen.fits()


@pytest.mark.parametrize("dark", [False, True])
def test_heat_map_comes_alive_and_changes_with_the_choice(visit: Open, dark: bool) -> None:
    with visit("small", dark=dark) as seen:
        # Drawn once, squares of one colour are one mark.
        marks = "paths => paths.map(path => path.getAttribute('d').split('M').length - 1)"
        drawn = seen.page.eval_on_selector_all("#heat-map path[fill^='var(--amount-']", marks)
        assert sum(drawn) == 42
        squares = "#heat-map .mark-rect path"
        seen.page.locator("#heat-map").scroll_into_view_if_needed()
        seen.page.wait_for_selector("#heat-map[data-live]")
        fills = seen.page.eval_on_selector_all(
            squares, "paths => paths.map(path => path.getAttribute('fill'))"
        )
        reading = seen.page.inner_text("#overlap-reading")
        seen.page.select_option("#overlap-measure", "jsd")
        assert seen.page.inner_text("#overlap-reading") != reading
        changed = seen.page.eval_on_selector_all(
            squares, "paths => paths.map(path => path.getAttribute('fill'))"
        )
        assert len(changed) == len(fills) == 42
        assert all(fill.startswith("var(--amount-") for fill in changed)
        colour = seen.page.eval_on_selector(squares, "path => getComputedStyle(path).fill")
        assert colour.startswith("rgb("), "the style sheet gives the colour"


def test_without_javascript_everything_is_readable(visit: Open) -> None:
    with visit("small", javascript=False) as seen:
        assert seen.page.locator("#table tbody tr:visible").count() == 7
        assert seen.page.locator("#heat-map svg").is_visible()
        assert seen.page.get_by_text("Without JavaScript this table shows one measure").is_visible()
        assert not seen.page.locator("#find").is_visible()
        assert not seen.page.locator("#csv").is_visible()
        assert "measures.parquet" in (seen.page.text_content("#downloads") or "")


@pytest.mark.parametrize("name", ["small", "hostile", "large"])
def test_a_phone_never_scrolls_the_page_sideways(visit: Open, name: str) -> None:
    with visit(name, width=360) as seen:
        assert seen.fits()
        seen.page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
        assert seen.fits()
        head = seen.page.locator("#table tbody th").first
        left = head.bounding_box()
        seen.page.evaluate("document.querySelector('#matrix .scroll').scrollLeft = 60")
        assert head.bounding_box() == left, "the first column stays"


def test_print_shows_the_whole_table_and_no_controls(visit: Open) -> None:
    with visit("large") as seen:
        seen.page.emulate_media(media="print")
        assert not seen.page.locator("#find").is_visible()
        script = "(box => box.scrollHeight <= box.clientHeight)(document.querySelector('#matrix .scroll'))"
        assert seen.page.evaluate(script)


def test_twelve_tokenizers_and_464_languages_stay_small_and_quick(
    visit: Open, files: dict[str, Path]
) -> None:
    assert files["large"].stat().st_size < 3_000_000
    with visit("large") as seen:
        # The processor's time, not the clock's: others may be at work on this machine.
        session = seen.page.context.new_cdp_session(seen.page)
        session.send("Performance.setTimeDomain", {"timeDomain": "threadTicks"})
        session.send("Performance.enable")

        def spent() -> float:
            metrics = session.send("Performance.getMetrics")["metrics"]
            return 1000 * float(next(each["value"] for each in metrics if each["name"] == "TaskDuration"))

        before = spent()
        seen.page.reload()
        seen.page.wait_for_selector("html[data-ready]")
        assert 0 < spent() - before < 2000
        act = """([selector, value, event]) => {
            const element = document.querySelector(selector);
            element.value = value;
            element.dispatchEvent(new Event(event));
            document.body.offsetHeight;
        }"""
        # The rows that are not in sight follow in later frames; what is in sight must be there at once.
        seen.page.evaluate(
            "window.later = []; window.requestAnimationFrame = then => window.later.push(then); 0"
        )
        for control in (
            ["#find", "latin", "input"],
            ["#find", "", "input"],
            ["#sort", "name", "change"],
            ["#sort", "worst", "change"],
            ["#measure", "fertility", "change"],
            ["#script", "Latin", "change"],
        ):
            times = []
            for _ in range(3):
                before = spent()
                seen.page.evaluate(act, control)
                times.append(spent() - before)
                seen.page.evaluate(act, ["#reset", "", "click"])
            assert min(times) < 100, f"{control}: {times}"
