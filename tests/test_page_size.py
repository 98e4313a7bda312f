"""The page of twelve tokenizers and 446 languages, with every measure and the link, keeps within its bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from langcov.report import write_report
from synthetic_whole import languages, whole_extras, whole_run, write_link

if TYPE_CHECKING:
    from pathlib import Path

    from browsing import Open

MOST_BYTES = 3_000_000


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("whole")
    tags = languages(446)
    run = whole_run(tags)
    run.save(folder)
    for name, table in whole_extras(tags).items():
        table.write_parquet(folder / f"{name}.parquet")
    write_link(folder, run.manifest["signature"], tags)
    return {"whole": write_report(folder)}


def test_twelve_tokenizers_in_446_languages_with_their_link_fit_in_3_mb(files: dict[str, Path]) -> None:
    assert 2_000_000 < files["whole"].stat().st_size <= MOST_BYTES


def test_what_is_packed_is_read_as_it_was(visit: Open) -> None:
    run = whole_run(languages(446))
    with visit("whole", "#lang=amh_Ethi&measure=few_shot_examples") as seen:
        seen.page.wait_for_selector(".chip")
        own = run.measures.filter(language="amh_Ethi", measure="few_shot_examples")
        shown = seen.page.locator("#drill tbody").first.locator("tr td:nth-child(2)").all_inner_texts()
        assert shown == [f"{value:,.0f}" for value in own["value"]]
        with seen.page.expect_download() as started:
            seen.page.evaluate("document.getElementById('csv').click()")
        text = started.value.path().read_text(encoding="utf-8-sig")
    assert text.count("\n") == run.measures.height + 1


def test_sentences_are_cut_as_the_tables_say(visit: Open) -> None:
    samples = whole_extras(languages(446))["samples"]
    with visit("whole", "#lang=hau_Latn") as seen:
        seen.page.wait_for_selector(".chip")
        cuts = seen.page.locator(".cut")
        for place, row in enumerate(samples.filter(language="hau_Latn").iter_rows(named=True)):
            text = row["text"]
            pieces = [text[start:end] for start, end in zip(row["starts"], row["ends"], strict=True)]
            assert cuts.nth(place).locator(".chip").all_inner_texts() == pieces


def test_the_charts_of_the_link_come_alive(visit: Open) -> None:
    with visit("whole") as seen:
        for name in ("scatter", "forest"):
            chart = seen.page.locator(f"[data-chart={name}]")
            for _ in range(100):
                # What is above it is laid out as it comes near, and moves it.
                chart.scroll_into_view_if_needed()
                if chart.get_attribute("data-live"):
                    break
                seen.page.wait_for_timeout(100)
            assert chart.get_attribute("data-live")
            assert chart.locator("svg .mark-symbol").count() > 0
