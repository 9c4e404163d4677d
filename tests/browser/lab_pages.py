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
    from playwright.sync_api import Browser, BrowserContext, Page

__all__ = ["Open", "find_nothing", "reaches", "started"]

ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/\?token=\S+")
Open = Callable[..., "Page"]


@contextmanager
def started(home: Path, chromium: Browser) -> Iterator[Open]:
    """Start the lab on a folder; give a function that opens its first page; requests elsewhere and complaints fail."""
    command = [str(PROGRAM), "lab", str(home), "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        found = ADDRESS.search(server.stdout.readline())
        assert found is not None
        address, asked, complaints = found.group(), [], []
        opened: list[BrowserContext] = []

        def open_lab(*, width: int = 1280, **options: Any) -> Page:
            context = chromium.new_context(viewport={"width": width, "height": 900}, **options)
            context.set_default_timeout(180_000)
            opened.append(context)
            page = context.new_page()
            page.on("request", lambda request: asked.append(request.url))
            page.on("console", lambda message: complaints.append(message.text))
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.goto(address)
            return page

        try:
            yield open_lab
        finally:
            for context in opened:
                context.close()
            server.terminate()
            _, told = server.communicate(timeout=60)
    origin = address.partition("/?")[0]
    assert [url for url in asked if not url.startswith((f"{origin}/", "data:", "blob:"))] == []
    # The browser reports every answer that refuses; what the page makes of it is the test's own to look at.
    assert [text for text in complaints if "the server responded with a status of 422" not in text] == []
    assert "Traceback" not in told, told


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
            pytest.fail(f"{found}: {page.text_content('#refused')}")
        page.wait_for_timeout(50)
    pytest.fail(str(found))


def find_nothing(page: Page, width: int) -> None:
    """Fail if axe has something to say of a page, or something in it is wider than the window."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
