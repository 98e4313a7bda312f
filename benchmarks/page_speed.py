"""How large a run's page is, of what, and how long it takes in a browser to load, sort, filter, find and switch.

    python benchmarks/page_speed.py RUN [--runs 7] > benchmarks/results/page.txt

RUN is a run folder, best with its link: of twelve tokenizers and UDHR's 446 languages, as in

    langcov run reports/udhr.toml --out RUN && langcov link RUN

The page is written anew, into a temporary folder. Headless Chromium opens it from the disk. A time goes from the event to
the end of the next frame, by the clock; beside it stands what the page's own thread spent, which other work on the machine
leaves alone. Needs playwright and Chromium.
"""

from __future__ import annotations

import argparse
import re
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from machine import heading

from langcov.report import write_report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import CDPSession, Page

OPTIONS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Act(NamedTuple):
    """Something that a reader does: an element is given a value, or clicked where there is none."""

    name: str
    selector: str
    value: str | None


ACTS: Final = (
    Act("sort by name", "#sort", "name"),
    Act("sort by a tokenizer", "th[data-sort='1'] button", None),
    Act("filter by script", "#script", "Latin"),
    Act("filter by speakers", "#speakers", "1m"),
    Act("find", "#find", "ara"),
    Act("group by family", "#group", "family"),
    Act("show all again", "#reset", None),
    Act("switch of measure", "#measure", "fertility"),
)
RESET: Final = Act("reset", "#reset", None)

ACT: Final = """([selector, value]) => new Promise((done) => {
    const element = document.querySelector(selector);
    const start = performance.now();
    if (value === null) element.click();
    else {
        element.value = value;
        element.dispatchEvent(new Event(element.type === "search" ? "input" : "change"));
    }
    requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => done(performance.now() - start);
        channel.port2.postMessage("painted");
    });
})"""


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", type=Path)
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    print(heading())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "index.html"
        write_report(options.run, target=path)
        begun, spent = time.perf_counter(), time.process_time()
        write_report(options.run, target=path)
        print(
            f"\nWriting the page again: {time.perf_counter() - begun:.1f} s by the clock, "
            f"{time.process_time() - spent:.1f} s of this process' processor time\n"
        )
        _sizes(path.read_text(encoding="utf-8"))
        _times(path, options.runs)


def _sizes(page: str) -> None:
    print(f"{'bytes':>12}  part of the page")
    for name, text in sorted(_parts(page), key=lambda part: -len(part[1].encode())):
        print(f"{len(text.encode()):>12,}  {name}")
    print(f"{len(page.encode()):>12,}  in all\n")


def _parts(page: str) -> Iterator[tuple[str, str]]:
    """Cut the page into its scripts, style, sections and what is left."""
    rest = page
    for pattern, name in (
        (r'<script type="[^"]+" id="([^"]+)">.*?</script>', "script: "),
        (r"<script type=\"module\">().*?</script>", "script: the page's own"),
        (r"<style>().*?</style>", "style"),
        (r'<section id="([^"]+)".*?</section>', "section: "),
    ):
        for found in re.finditer(pattern, rest, re.DOTALL):
            yield name + found[1], found[0]
        rest = re.sub(pattern, "", rest, flags=re.DOTALL)
    yield "the rest", rest


def _times(path: Path, runs: int) -> None:
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("no browser here: on Debian, apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=OPTIONS)
        taken: dict[str, list[tuple[float, float]]] = {}
        requests: list[str] = []
        for _ in range(runs):
            context = browser.new_context(viewport={"width": 1280, "height": 800})
            page = context.new_page()
            page.on("request", lambda request: requests.append(request.url))
            for name, measured in _visit(page, context.new_cdp_session(page), path.resolve().as_uri()):
                taken.setdefault(name, []).append(measured)
            context.close()
        print(f"Chromium {browser.version}, 1280 x 800, {runs} loads; milliseconds")
        print(f"{'by the clock: median (least to most)':>38} {'processor':>10}")
        for name, pairs in taken.items():
            clock, spent = zip(*pairs, strict=True)
            span = f"({min(clock):.0f} to {max(clock):.0f})"
            print(f"{statistics.median(clock):>22.0f} {span:>15} {statistics.median(spent):>10.0f}  {name}")
        others = [url for url in requests if not url.startswith(("file:", "data:", "blob:"))]
        print(f"Requests but for the file itself: {len(others)}")
        browser.close()


def _visit(page: Page, session: CDPSession, address: str) -> Iterator[tuple[str, tuple[float, float]]]:
    """Load the page and do each thing once."""
    session.send("Performance.setTimeDomain", {"timeDomain": "threadTicks"})
    session.send("Performance.enable")
    page.goto(address)
    page.wait_for_selector("html[data-ready]")
    ready = page.evaluate("performance.getEntriesByName('ready')[0].startTime")
    painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0")
    yield "first paint", (painted, _spent(session))
    yield "load, until every control answers", (ready, _spent(session))
    for act in ACTS:
        _settle(page)
        before = _spent(session)
        clock = _done(page, act)
        yield act.name, (clock, _spent(session) - before)
        if act.name != RESET.name and act.selector != "#group":
            _settle(page)
            _done(page, RESET)
    _settle(page)


def _done(page: Page, act: Act) -> float:
    found: Any = page.evaluate(ACT, [act.selector, act.value])
    return float(found)


def _settle(page: Page) -> None:
    page.wait_for_selector("#table:not([aria-busy])", state="attached")
    page.wait_for_timeout(150)


def _spent(session: CDPSession) -> float:
    metrics = session.send("Performance.getMetrics")["metrics"]
    return 1000 * float(next(each["value"] for each in metrics if each["name"] == "TaskDuration"))


if __name__ == "__main__":
    main()
