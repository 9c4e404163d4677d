"""Processes that work for windows: the newest order wins, and what dies is told."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.unit.study import plans
from tests.unit.study.campuses import campus, written
from tests.unit.study.forged import PANEL, write_towns
from tests.unit.study.invented import write_study

from pilotzone.app.orders import Order, Told
from pilotzone.app.workers import Workers
from pilotzone.core import UsageError
from pilotzone.study import KINDS, run, verify


def guizhou(number: int) -> Order:
    """Return the order to look at the bundled study."""
    return Order(number, "look", name="zone/guizhou", kind="zone")


BASE = KINDS["zone"].bundled_file("guizhou").decode()


def lab(test: Callable[[Workers], Awaitable[None]]) -> None:
    """Run a test in a loop and a thread of its own, with workers that are ended whatever comes.

    In this thread a loop may run already: Playwright's, where a browser test ran before in the same process.
    """

    async def whole() -> None:
        workers = Workers()
        workers.start()
        try:
            await asyncio.wait_for(test(workers), 240)
        finally:
            workers.end()
        assert workers.pids() == []

    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(whole())).result()


async def until_last(news: AsyncIterator[Told], number: int) -> list[Told]:
    """Return what is told of an order, up to its end."""
    found: list[Told] = []
    async for told in news:
        assert told.number <= number
        if told.number == number:
            found.append(told)
            if told.last:
                return found
    raise AssertionError


def test_the_answer_comes_first_and_the_whole_last() -> None:
    async def test(workers: Workers) -> None:
        await workers.order("a", guizhou(1), key="k")
        told = await until_last(workers.news("a"), 1)
        events = [item.event for item in told if item.event != "stage"]
        assert events == ["answer", "charts", "whole"]
        answer, charts, whole = (item for item in told if item.event != "stage")
        assert answer.data["brief"] == charts.data["brief"] == whole.data["brief"] == "too noisy for this margin"
        assert answer.data["material"]["figures"] == []
        assert len(whole.data["material"]["figures"]) == len(charts.data["material"]["figures"]) == 7
        assert "Dated from 2014" in whole.data["html"]
        assert "Dated from 2014" not in charts.data["html"]
        before = workers.pids()
        await workers.order("b", guizhou(7), key="k")
        known = await until_last(workers.news("b"), 7)
        assert [item.data for item in known] == [answer.data, charts.data, whole.data]
        assert workers.pids() == before  # nobody was asked

    lab(test)


def test_the_newest_order_wins() -> None:
    async def test(workers: Workers) -> None:
        for number, start in enumerate((2012, 2013, 2014, 2015), start=1):
            text = BASE.replace("start = 2016 ", f"start = {start} ")
            await workers.order("a", Order(number, "look", name="guizhou", text=text, kind="zone"))
            await asyncio.sleep(0.15)
        await workers.order("a", guizhou(2))  # one that comes late changes nothing
        told = await until_last(workers.news("a"), 4)
        assert told[-1].event == "whole"
        (answer,) = (item for item in told if item.event == "answer")
        assert {item["key"]: item["value"] for item in answer.data["choices"]}["zone.start"] == 2015
        assert len(workers.pids()) <= 2

    lab(test)


def test_a_killed_process_is_told_and_survived() -> None:
    async def test(workers: Workers) -> None:
        await workers.order("a", guizhou(1))
        news = workers.news("a")
        async for told in news:
            if told.event == "stage" and told.data["stage"] == "effects":
                break
        (working, _) = workers.pids()
        os.kill(working, signal.SIGKILL)
        told = (await until_last(news, 1))[-1]
        assert told.event == "failed"
        assert "ended without a word" in told.data["what"]
        await workers.order("a", guizhou(2))
        assert (await until_last(news, 2))[-1].event == "whole"

    lab(test)


def test_cancelling_ends_what_runs() -> None:
    async def test(workers: Workers) -> None:
        await workers.cancel("never seen", 1)
        await workers.order("a", guizhou(1))
        news = workers.news("a")
        async for told in news:
            if told.event == "stage":
                break
        await workers.cancel("a", 2)
        assert (await until_last(news, 2))[-1].event == "stopped"

    lab(test)


def test_errors_of_a_study_are_told() -> None:
    async def test(workers: Workers) -> None:
        text = BASE.replace('unit = "CN-GZ"', 'unit = "CN-XX"')
        await workers.order("a", Order(1, "look", name="guizhou", text=text, kind="zone"))
        news = workers.news("a")
        told = (await until_last(news, 1))[-1]
        assert told.event == "failed"
        assert "CN-XX" in told.data["what"]
        await workers.order("a", guizhou(2))
        assert (await until_last(news, 2))[-1].event == "whole"

    lab(test)


def test_windows_are_few_and_closed() -> None:
    async def test(workers: Workers) -> None:
        for k in range(8):
            workers._window(str(k))  # without a process each
        with pytest.raises(UsageError, match="8 windows of this lab are open"):
            await workers.order("9", guizhou(1))
        workers.close("3")
        workers.close("3")
        await workers.order("9", guizhou(1))
        workers.close("9")
        assert len(workers.pids()) <= 1

    lab(test)


def small(kind: str, folder: Path) -> Path:
    """Write a small study file of a kind into a folder, with what it reads; return its path."""
    if kind == "zone":
        return write_study(folder)
    if kind == "panel":
        write_towns(folder)
        (folder / "mine.toml").write_text(PANEL, encoding="utf-8")
    elif kind == "campus":
        return written(folder, campus())
    elif kind == "plan":
        return plans.write(folder, plans.HEAD, plans.REGION, plans.site("A"), plans.site("B"), plans.held("x", 10.0))
    else:
        name = {"siting": "guizhou", "appraisal": "guizhou-campus"}[kind]
        (folder / "mine.toml").write_bytes(KINDS[kind].bundled_file(name))
    return folder / "mine.toml"


def test_a_connection_that_breaks_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pilotzone.app.workers._GRACE", 0.2)

    async def test(workers: Workers) -> None:
        await workers.order("a", guizhou(1))
        news = workers.news("a")
        await anext(news)
        await news.aclose()  # type: ignore[attr-defined]
        again = workers.news("a")
        assert (await until_last(again, 1))[-1].event == "whole"
        await asyncio.sleep(0.5)
        assert "a" in workers._windows
        await again.aclose()  # type: ignore[attr-defined]
        await asyncio.sleep(0.5)
        assert workers._windows == {}

    lab(test)


@pytest.mark.parametrize("kind", KINDS)
def test_the_lab_writes_the_bytes_that_the_command_writes(kind: str, tmp_path: Path) -> None:
    path = small(kind, tmp_path)
    (tmp_path / "command").mkdir()
    (tmp_path / "lab").mkdir()
    run(path, out=tmp_path / "command" / "mine")

    async def test(workers: Workers) -> None:
        order = Order(1, "write", folder=path, out=tmp_path / "lab" / "mine")
        await workers.order("a", order)
        told = (await until_last(workers.news("a"), 1))[-1]
        assert told.event == "written", told.data
        look = Order(2, "look", name=path.stem, text=path.read_text(encoding="utf-8"), kind=kind, folder=tmp_path)
        await workers.order("a", look)
        shown = (await until_last(workers.news("a"), 2))[-1]
        assert (shown.event, shown.data["brief"]) == ("whole", told.data["brief"]), shown.data

    lab(test)
    for file in sorted((tmp_path / "command" / "mine").iterdir()):
        if file.name != "audit.json":  # holds durations
            assert (tmp_path / "lab" / "mine" / file.name).read_bytes() == file.read_bytes(), file.name
    assert verify(tmp_path / "lab" / "mine").state == "same"


def test_a_run_is_verified(tmp_path: Path) -> None:
    study = write_study(tmp_path)
    out = tmp_path / "runs" / "invented"
    run(study, out=out)

    async def test(workers: Workers) -> None:
        news = workers.news("a")
        await workers.order("a", Order(1, "verify", folder=out))
        told = (await until_last(news, 1))[-1]
        assert (told.event, told.data["state"]) == ("verified", "same")
        (out / "verdict.json").write_text("{}")
        await workers.order("a", Order(2, "verify", folder=out))
        told = (await until_last(news, 2))[-1]
        assert (told.event, told.data["state"]) == ("verified", "different")

    lab(test)
