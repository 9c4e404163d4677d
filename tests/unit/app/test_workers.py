"""Processes that work for windows: the newest order wins, and what dies is told."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.unit.study import plans
from tests.unit.study.campuses import campus, written
from tests.unit.study.forged import PANEL, write_towns
from tests.unit.study.invented import Figures, write_figures, write_study

from pilotzone.app.keys import known_key
from pilotzone.app.orders import Order, Told
from pilotzone.app.screen import check_settable, study_text
from pilotzone.app.workers import Workers
from pilotzone.core import UsageError
from pilotzone.study import KINDS, parse, run, verify


def guizhou(number: int, key: str = "") -> Order:
    """Return the order to look at the bundled study."""
    return Order(number, "look", name="zone/guizhou", kind="zone", key=key)


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
        key = known_key(BASE, "guizhou", "zone", Path())
        await workers.order("a", guizhou(1, key))
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
        await workers.order("b", guizhou(7, key))
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
        name = {"siting": "guizhou", "appraisal": "guizhou-campus"}.get(kind)
        text = KINDS[kind].template().format(name="mine").encode() if name is None else KINDS[kind].bundled_file(name)
        (folder / "mine.toml").write_bytes(text)
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


CHANGED: dict[str, dict[str, Any]] = {
    "zone": {"outcomes.0.margin": 7.5, "method.estimator": "sc"},
    "panel": {"method.estimator": "imputation", "method.anticipation": 1, "outcomes.0.margin": 4},
    "siting": {"weights.order": [["gdp_gap", "pue"]], "draws": 500, "batches": 50, "method": "topsis"},
    "plan": {"carbon_price": 20, "site.1.must_open": True, "class.0.latency_ms": 50.5, "budget": None},
    "campus": {"campus.utilisation": 0.6, "carbon_price": 50, "site.0.battery": {}, "site.0.grid.most_mw": 40},
    "appraisal": {
        "driver.7.low": 0.05,
        "driver.7.high": 0.07,
        "driver.7.source": "by hand",
        "chance.draws": 512,
        "burden.0.in_accounts": True,
        "transfers.tax_rate": 0.2,
    },
    "inclusion": {"inclusion.start": 2015, "inclusion.first": 2008, "inclusion.level": 0.9},
    "transfer": {"transfer.between": "PM", "transfer.alpha": 0.1, "transfer.draws": 2000},
}
"""Choices of each kind, some of keys that the small study files do not have."""


@pytest.mark.parametrize("kind", KINDS)
def test_the_lab_writes_the_bytes_that_the_command_writes(kind: str, tmp_path: Path) -> None:
    path = small(kind, tmp_path)
    check_settable(KINDS[kind], CHANGED[kind])
    path.write_text(study_text(path.read_text(encoding="utf-8"), CHANGED[kind]), encoding="utf-8")
    (tmp_path / "command").mkdir()
    (tmp_path / "lab").mkdir()
    run(path, out=tmp_path / "command" / "mine")

    async def test(workers: Workers) -> None:
        order = Order(1, "write", folder=path, out=tmp_path / "lab" / "mine")
        await workers.order("a", order)
        told = (await until_last(workers.news("a"), 1))[-1]
        assert told.event == "written", told.data
        text = path.read_text(encoding="utf-8")
        key = known_key(text, path.stem, kind, tmp_path)
        look = Order(2, "look", name=path.stem, text=text, kind=kind, folder=tmp_path, key=key)
        await workers.order("a", look)
        shown = await until_last(workers.news("a"), 2)
        assert (shown[-1].event, shown[-1].data["brief"]) == ("whole", told.data["brief"]), shown[-1].data
        assert any(item.event == "stage" for item in shown)
        assert all(item.data["material"]["figures"] == [] for item in shown if item.event == "answer")
        check_offered(kind, text, shown)
        # A return to an earlier state is there at once: nobody is asked.
        await workers.order("a", replace(look, number=3))
        known = await until_last(workers.news("a"), 3)
        assert [item.data for item in known] == [item.data for item in shown if item.event != "stage"]

    lab(test)
    for file in sorted((tmp_path / "command" / "mine").iterdir()):
        if file.name != "audit.json":  # holds durations
            assert (tmp_path / "lab" / "mine" / file.name).read_bytes() == file.read_bytes(), file.name
    assert verify(tmp_path / "lab" / "mine").state == "same"


def check_offered(kind: str, text: str, shown: list[Told]) -> None:
    """Check that what is offered can be set, and says what the file says."""
    (answer,) = (item for item in shown if item.event == "answer")
    choices = answer.data["choices"]
    own = {choice["key"]: choice["value"] for choice in choices if choice["form"] not in {"preset", "range"}}
    for choice in choices:
        if choice["form"] == "range":
            ends = dict(zip((f"{choice['key']}.low", f"{choice['key']}.high"), choice["value"], strict=True))
            check_settable(KINDS[kind], {**ends, **choice["sets"][0]})
            parse(study_text(text, {**ends, **choice["sets"][0]}), "mine", kind=kind)
    assert len({choice["key"] for choice in choices}) == len(choices)
    check_settable(KINDS[kind], own)
    spec = parse(text, "mine", kind=kind).spec
    # What holds where the file says nothing is offered with its value, and so counts as said.
    again = parse(study_text(text, own), "mine", kind=kind).spec
    held = again.model_copy(update={"claim": spec.claim}) if kind == "zone" else again
    assert held == spec
    for choice in choices:
        known = [value for value, _ in choice["options"]]
        if choice["form"] == "one":
            assert choice["value"] in known, choice["key"]
        if choice["form"] != "preset":
            continue
        sets = dict(zip(known, choice["sets"], strict=True))
        for changes in sets.values():
            check_settable(KINDS[kind], changes)
            parse(study_text(text, changes), "mine", kind=kind)
        assert parse(study_text(text, sets[choice["value"]]), "mine", kind=kind).spec == spec, choice["key"]


def test_figures_that_change_are_read_again(tmp_path: Path) -> None:
    path = write_study(tmp_path, figures=Figures(count=8))
    text = path.read_text(encoding="utf-8")

    async def test(workers: Workers) -> None:
        news, shown = workers.news("a"), []
        for number, gain in enumerate((0.3, 0.0, 0.3), start=1):
            write_figures(tmp_path, Figures(count=8, gain=gain))
            key = known_key(text, "invented", "zone", tmp_path)
            order = Order(number, "look", name="invented", text=text, kind="zone", folder=tmp_path, key=key)
            await workers.order("a", order)
            shown.append((await until_last(news, number))[-1])
        assert [item.event for item in shown] == ["whole"] * 3
        assert shown[0].data == shown[2].data
        assert shown[0].data["html"] != shown[1].data["html"]
        assert len(workers._results) == 2

    lab(test)


def test_a_process_that_dies_in_idleness_is_buried_and_replaced() -> None:
    async def test(workers: Workers) -> None:
        await workers.order("a", Order(1, "look", name="nosuch", text="x =", kind="zone"))
        news = workers.news("a")
        assert (await until_last(news, 1))[-1].event == "failed"
        for _ in range(600):  # that of the window, and the next one, which may still be starting
            if len(workers.pids()) == 2:
                break
            await asyncio.sleep(0.05)
        for pid in workers.pids():
            os.kill(pid, signal.SIGKILL)
        for _ in range(600):
            if not workers.pids() and not multiprocessing.active_children():
                break
            await asyncio.sleep(0.05)
        assert workers.pids() == []
        assert not multiprocessing.active_children()
        await workers.order("a", Order(2, "look", name="nosuch", text="x =", kind="zone"))
        assert (await until_last(news, 2))[-1].event == "failed"

    lab(test)


def test_the_ninth_window_is_refused_before_it_listens() -> None:
    async def test(workers: Workers) -> None:
        for k in range(8):
            workers.news(str(k))
        with pytest.raises(UsageError, match="8 windows of this lab are open"):
            workers.news("9")

    lab(test)


def test_a_window_that_was_left_makes_room() -> None:
    async def test(workers: Workers) -> None:
        listening = []
        for k in range(8):
            window, news = workers._window(str(k)), workers.news(str(k))
            window.news.put_nowait(Told(1, "stage"))
            await anext(news)
            listening.append(news)
        with pytest.raises(UsageError, match="8 windows of this lab are open"):
            workers.news("9")
        for k in (5, 3):  # long before it would be forgotten
            await listening[k].aclose()  # type: ignore[attr-defined]
        workers.news("9")
        assert sorted(workers._windows) == ["0", "1", "2", "4", "5", "6", "7", "9"]
        again = workers.news("5")
        workers._window("5").news.put_nowait(Told(1, "stage"))
        await anext(again)
        with pytest.raises(UsageError, match="8 windows of this lab are open"):
            workers.news("10")

    lab(test)


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
