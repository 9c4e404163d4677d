"""How long the lab takes from a change to what is on the screen, in a browser, for the study of Guizhou.

``python -m bench.lab`` starts the lab and Chromium, makes twenty changes of seven kinds, one after the other, and
prints the median and the worst time until the verdict, its charts and the whole study are drawn. Beside it stands what
the command ``pilotzone run`` takes for the same study, page included. ``--quick`` makes seven.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from bench.runner import machine, table, versions

if TYPE_CHECKING:
    from playwright.sync_api import Page

PROGRAM = Path(sys.executable).with_name("pilotzone")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
STEPS = {"answer": "verdict", "charts": "its charts", "whole": "all designs and estimators, with charts"}
CHANGES: tuple[tuple[str, Any], ...] = (
    ("outcomes.0.margin", 4),
    ("zone.anticipation", 0),
    ("zone.start", 2015),
    ("claim.allowance", 0),
    ("donors.exclude", {"CN-SN": "left out by hand in the lab"}),
    ("method.estimator", "sc"),
    ("window.verdict", [2016, 2018]),
)


@contextmanager
def lab() -> Iterator[str]:
    """Give the address of a lab on an empty folder."""
    with tempfile.TemporaryDirectory() as folder:
        command = [str(PROGRAM), "lab", folder, "--no-browser"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            found = re.search(r"http\S+", server.stdout.readline() if server.stdout else "")
            if found is None:
                sys.exit("the lab did not start")
            try:
                yield found.group()
            finally:  # else whoever leaves with an error waits for the lab for ever
                server.terminate()


def settled(page: Page) -> None:
    """Wait until the whole study is on the screen."""
    while page.get_attribute("html", "data-state") != "whole":
        if page.get_attribute("html", "data-state") == "refused":
            sys.exit(page.text_content("#refused"))
        page.wait_for_timeout(20)


def measured(page: Page, count: int) -> dict[str, list[float]]:
    """Return milliseconds of each step of changes made on the page; nothing is told twice from memory."""
    page.evaluate("performance.clearMeasures()")
    for k in range(count):
        key, value = CHANGES[k % len(CHANGES)]
        if key == "zone.start":
            value -= k // len(CHANGES)  # a later start would lie after the window of the verdict
        elif isinstance(value, int):
            value += k // len(CHANGES)
        elif isinstance(value, dict):
            value = {unit: f"{why} {k}" for unit, why in value.items()}
        elif k >= len(CHANGES):
            key, value = "title", f"A title, {k}"
        page.evaluate("([key, value]) => pilotzoneChoose(key, value)", [key, value])
        page.wait_for_timeout(20)
        settled(page)
    entries = "name => performance.getEntriesByName(name).map(item => item.duration)"
    return {step: page.evaluate(entries, f"pilotzone-{step}") for step in STEPS}


def command() -> float:
    """Return seconds of the command on the same study, its report written."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        subprocess.run([str(PROGRAM), "run", "guizhou", "-q", "-o", f"{folder}/out"], check=True, capture_output=True)
        return time.perf_counter() - started


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="seven changes")
    count = 7 if parser.parse_args().quick else 20
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        sys.exit("no Chromium is on this machine")
    print(machine())
    print(versions(("starlette", "uvicorn", "altair", "numpy")))
    with lab() as address, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=["--headless=new", "--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(address)
        started = time.perf_counter()
        page.goto(address.partition("?")[0] + "study?study=zone/guizhou")
        first = time.perf_counter() - started
        settled(page)
        took = measured(page, count)
        browser.close()
    rows = [[STEPS[name], f"{median(ms):,.0f}", f"{max(ms):,.0f}", str(len(ms))] for name, ms in took.items()]
    print(f"first page of a study: {1000 * first:,.0f} ms")
    print(table(("until there is", "median ms", "worst ms", "changes"), rows))
    print(f"pilotzone run guizhou, report written: {command():.1f} s")


if __name__ == "__main__":
    main()
