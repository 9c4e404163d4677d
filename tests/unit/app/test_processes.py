"""Processes of the lab: forked where a system can, from one that holds no threads which a fork would miss."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from multiprocessing import forkserver
from pathlib import Path

import pytest
from tests.unit.app.test_workers import guizhou, lab, until_last

from pilotzone.app import processes
from pilotzone.app.workers import Workers

_LOOK = """
import sys, threading
import pilotzone.app.loaded
print(sorted({"_duckdb", "duckdb", "pandas", "pyarrow"} & set(sys.modules)), threading.active_count())
wanted = {"altair", "highspy", "scipy.stats", "pilotzone.study.zone.kind", "pilotzone.study.plan.kind"}
print(sorted(wanted - set(sys.modules)))
"""

linux = pytest.mark.skipif(sys.platform != "linux", reason="nothing is forked here")


def test_what_is_forked_has_started_no_threads_and_loaded_the_rest() -> None:
    done = subprocess.run([sys.executable, "-c", _LOOK], capture_output=True, text=True, check=True)
    assert done.stdout == "[] 1\n[]\n"


@linux
def test_a_process_comes_from_one_that_is_loaded() -> None:
    assert processes.origin().get_start_method() == "forkserver"


@pytest.mark.parametrize("obstacle", ["no server", "another system"])
def test_without_a_server_each_loads_by_itself(obstacle: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> None:
        raise OSError("AF_UNIX path too long")

    if obstacle == "no server":
        monkeypatch.setattr(forkserver, "ensure_running", refused)
    else:
        monkeypatch.setattr(processes, "_FORKS", False)
    assert processes.origin().get_start_method() == "spawn"

    async def test(workers: Workers) -> None:
        await workers.order("a", guizhou(1))
        assert (await until_last(workers.news("a"), 1))[-1].event == "whole"

    lab(test)


@linux
def test_a_server_that_dies_is_replaced_and_leaves_nobody_behind() -> None:
    def there(number: int) -> bool:
        try:
            return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        except OSError:
            return False

    async def test(workers: Workers) -> None:
        await workers.order("a", guizhou(1))
        news = workers.news("a")
        assert (await anext(news)).event == "stage"
        old = workers.pids()
        os.kill(server(), signal.SIGKILL)
        await workers.order("b", guizhou(1))  # of the one in readiness, which the dead server made
        await workers.order("c", guizhou(1))  # of another server
        for name in ("b", "c"):
            told = await until_last(workers.news(name), 1)
            assert told[-1].event == "whole", (name, told[-1].data)
        for name in ("a", "b", "c"):
            workers.close(name)
        workers.end()
        for _ in range(1200):
            if not any(there(number) for number in old):
                return
            await asyncio.sleep(0.05)
        pytest.fail("a process that its server left behind is still there")

    lab(test)


def server() -> int:
    """Return the number of the process that others are forked from, whichever thread started it."""
    children = [
        number
        for path in Path(f"/proc/{os.getpid()}/task").glob("*/children")
        for number in path.read_text().split()
        if "forkserver" in Path(f"/proc/{number}/cmdline").read_text()
    ]
    (found,) = children
    return int(found)


def test_who_is_unwanted_before_it_runs_does_not_stay() -> None:
    before = set(multiprocessing.active_children())

    async def test(workers: Workers) -> None:
        for number in range(5):
            workers.start()
            workers.end()
            await asyncio.sleep(0.002 * number)

    lab(test)
    for _ in range(600):
        if set(multiprocessing.active_children()) <= before:
            return
        time.sleep(0.05)
    pytest.fail("processes that nobody wants are still there")
