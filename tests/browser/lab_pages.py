"""The lab in a browser: it is started on a folder as a person starts it, and every page of it is watched."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from tests.unit.cli.command import PROGRAM

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Locator, Page

__all__ = ["Lab", "Open", "find_nothing", "follow", "reaches", "running", "started"]

ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/\?token=\S+")
Open = Callable[..., "Page"]


class Lab:
    """A lab that runs. Each visit has browsers of its own; those after the first are let in by its cookie."""

    def __init__(self, address: str, chromium: Browser) -> None:
        self._address = address
        self._chromium = chromium
        self._cookies: list[Any] = []

    @contextmanager
    def visit(self) -> Iterator[Open]:
        """Give a function that opens the first page in a browser; requests elsewhere and complaints fail."""
        asked: list[str] = []
        complaints: list[str] = []
        opened: list[BrowserContext] = []

        def open_lab(*, width: int = 1280, **options: Any) -> Page:
            context = self._chromium.new_context(viewport={"width": width, "height": 900}, **options)
            context.set_default_timeout(180_000)
            opened.append(context)
            page = context.new_page()
            page.on("request", lambda request: asked.append(request.url))
            page.on("console", lambda message: complaints.append(message.text))
            page.on("pageerror", lambda error: complaints.append(str(error)))
            self._enter(page)
            return page

        try:
            yield open_lab
        finally:
            for context in opened:
                context.close()
        inside = (f"{self._address.partition('/?')[0]}/", "data:", "blob:")
        assert [url for url in asked if not url.startswith(inside)] == []
        # The browser reports every answer that refuses; what the page makes of it is the test's own to look at.
        assert [text for text in complaints if "the server responded with a status of 422" not in text] == []

    def _enter(self, page: Page) -> None:
        """Go to the first page: by the address, which opens the lab once, or by the cookie that it gave."""
        if self._cookies:
            page.context.add_cookies(self._cookies)
            page.goto(self._address.partition("?")[0])
        else:
            page.goto(self._address)
            self._cookies = page.context.cookies()


@contextmanager
def running(home: Path, chromium: Browser) -> Iterator[Lab]:
    """Start the lab on a folder, and end it; a traceback in what it told fails."""
    command = [str(PROGRAM), "lab", str(home), "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        found = ADDRESS.search(server.stdout.readline())
        assert found is not None
        try:
            yield Lab(found.group(), chromium)
        finally:
            server.terminate()
            _, told = server.communicate(timeout=60)
    assert "Traceback" not in told, told


@contextmanager
def started(home: Path, chromium: Browser) -> Iterator[Open]:
    """Start the lab on a folder for one visit."""
    with running(home, chromium) as lab, lab.visit() as opened:
        yield opened


def follow(link: Locator) -> None:
    """Click a link, and wait until the page that it leads to is loaded: its script listens from then on."""
    with link.page.expect_navigation():
        link.click()


def reaches(page: Page, state: str) -> None:
    """Wait until a screen says what became of its order; Playwright's own waiting would evaluate text in the page.

    The attribute is asked of Playwright: between two pages a document has no root yet, and an expression would fail.
    """
    found = None
    for _ in range(3000):  # a busy machine takes its time
        found = page.get_attribute("html", "data-state")
        if found == state:
            return
        if found in {"refused", "whole", "stopped", "written"}:
            told = [item.text_content() for item in page.locator("#refused, #unmade").all()]
            pytest.fail(f"{found}: {' '.join(filter(None, told))}")
        page.wait_for_timeout(50)
    pytest.fail(f"{found}: {page.url}: {(page.text_content('body') or '')[:2000]}")


def find_nothing(page: Page, width: int) -> None:
    """Fail if axe has something to say of a page, or something in it is wider than the window."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
