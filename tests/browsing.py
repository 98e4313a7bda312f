"""A real browser for the tests of the page; nothing that a page does unasked goes unseen."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from playwright.sync_api import Browser, Dialog, Page, Request

    Open = Callable[..., AbstractContextManager["Visit"]]

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Visit:
    """A page and all that it did which it should not: requests, dialogs, errors."""

    page: Page
    own: str
    faults: list[str] = field(default_factory=list)

    def request(self, request: Request) -> None:
        if not request.url.startswith((self.own, "data:", "blob:")):
            self.faults.append(f"request: {request.url}")

    def dialog(self, dialog: Dialog) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def column(self, number: int = 3) -> list[str]:
        """Texts of a column of the table, rows that are shown only."""
        script = """number => [...document.querySelectorAll('#rows tr')]
            .map(row => row.cells[number].firstChild.textContent)"""
        self.settled()
        texts: list[str] = self.page.evaluate(script, number)
        return texts

    def languages(self) -> list[str]:
        script = """[...document.querySelectorAll('#rows tr .name')].map(name => name.textContent)"""
        self.settled()
        names: list[str] = self.page.evaluate(script)
        return names

    def settled(self) -> None:
        """Wait until every row of the table is drawn."""
        self.page.wait_for_selector("#table:not([aria-busy])", state="attached")

    def fits(self) -> bool:
        """Whether the page itself needs no scrolling sideways."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.fail("no browser to test the page in; install one, on Debian with: apt-get install chromium")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=OPTIONS)
        yield launched
        launched.close()


@pytest.fixture
def visit(browser: Browser, files: dict[str, Path]) -> Open:
    """Open a page by its name; at the end it must have done nothing but show itself.

    ``free``: without the page's own policy, so that a test may run a script of its own in it.
    """

    @contextmanager
    def opened(
        name: str,
        address: str = "",
        *,
        width: int = 1280,
        javascript: bool = True,
        dark: bool = False,
        free: bool = False,
    ) -> Iterator[Visit]:
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            java_script_enabled=javascript,
            color_scheme="dark" if dark else "light",
            accept_downloads=True,
            bypass_csp=free,
        )
        page = context.new_page()
        made = Visit(page, files[name].as_uri())
        page.on("console", lambda message: made.faults.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: made.faults.append(f"error: {error}"))
        page.on("dialog", made.dialog)
        page.on("request", made.request)
        page.goto(made.own + address)
        if javascript:
            page.wait_for_selector("html[data-ready]")
        yield made
        assert made.faults == []
        context.close()

    return opened
