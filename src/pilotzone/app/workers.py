"""Windows and the processes that work for them: one order at a time for each window, the newest one.

A process is asked to stop where a newer order comes, and killed where it does not at once: no executor can end what
runs. One process waits in readiness, since a new one may need seconds to load.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import OrderedDict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pilotzone.app.orders import KEPT, Order, Told
from pilotzone.app.processes import begun, hang_up, origin
from pilotzone.app.worker import work
from pilotzone.core import UsageError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess
    from multiprocessing.synchronize import Event as Flag

__all__ = ["Workers"]

_PATIENCE = 0.4
"""Seconds until a process that was asked to stop is killed: its steps are mostly shorter."""
_MOST_WINDOWS = 8
_GRACE = 15.0
"""Seconds that a window is remembered after its connection has ended: browsers connect again by themselves."""
_KEPT = 32
"""Results that are kept, of all windows."""

_DIED: dict[str, str | None] = {
    "what": "The computation ended without a word: it was killed, or ran out of memory.",
    "allowed": None,
    "todo": "Change anything to start it again",
}


class _Process:
    """A worker, and a thread that starts it and hands on what it says.

    An order can be given before it runs, and waits. The loop of the lab never waits for a start.
    """

    def __init__(self) -> None:
        self._stop: Flag = origin().Event()
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._waiting: Order | None = None
        self._hear: _Hearer | None = None
        self.busy = 0
        self._ended = self._killed = False
        self._lock = threading.Lock()
        threading.Thread(target=self._run, daemon=True).start()

    @property
    def alive(self) -> bool:
        return not self._ended and not self._killed

    @property
    def pid(self) -> int | None:
        return None if self._process is None or self._killed else self._process.pid

    def order(self, order: Order, hear: _Hearer) -> bool:
        """Give it something to do; return whether it could be given: it may have died a moment ago."""
        with self._lock:  # a death is told of an order that was given, and not of one that is refused here
            if not self.alive:
                return False
            self._stop.clear()
            self._hear, self.busy = hear, order.number
            if self._pipe is None:
                self._waiting = order
                return True
            try:
                self._pipe.send(order)
            except OSError:
                self.busy = 0
                return False
            return True

    def ask_to_stop(self) -> None:
        self._stop.set()

    def kill(self) -> None:
        """End the process, whatever it does; what it was doing is not told as a death."""
        with self._lock:
            self.busy = 0
            if not self._killed:
                self._killed = True
                self._stop.set()
                self._end()

    def _end(self) -> None:
        """End what was started; what is only being started ends where it has been."""
        if self._process is not None and self._pipe is not None:
            hang_up(self._pipe)
            self._process.kill()
            self._process.join()
            self._process.close()  # the system's semaphores go with it

    def _run(self) -> None:
        found = begun(work, self._stop, name="pilotzone-lab")
        with self._lock:
            if found is not None:
                self._process, self._pipe = found
                if self._killed:
                    self._end()
                elif self._waiting is not None:
                    with contextlib.suppress(OSError):  # it died: that is heard next
                        self._pipe.send(self._waiting)
        if found is not None:
            self._listen(found[1])
        self._bury()

    def _listen(self, pipe: Connection) -> None:
        while True:
            try:
                told: Told = pipe.recv()
            except (EOFError, OSError):
                return
            if told.last:
                self.busy = 0
            if self._hear is not None and told.number:
                self._hear(told)

    def _bury(self) -> None:
        """Tell the death of what was at work, and leave nothing dead among the processes of the system."""
        with self._lock:
            self._ended = True
            number, self.busy = self.busy, 0
            if number and self._hear is not None:
                self._hear(Told(number, "failed", dict(_DIED)))
            if self._process is not None and not self._killed:
                self._process.join()


class _Hearer:
    """Hands what a process says to the window that ordered it, in the loop's own thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop, window: _Window) -> None:
        self._loop, self._window = loop, window

    def __call__(self, told: Told) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._window.hear, told)


@dataclass
class _Window:
    """One page that is open: its process, the number of its newest order, and what it was not told yet.

    `left` is whether its connection has ended and none has come since: the page was closed, or connects again soon.
    """

    process: _Process | None = None
    number: int = 0
    key: str = ""
    news: asyncio.Queue[Told] = field(default_factory=asyncio.Queue)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    keep: OrderedDict[str, list[Told]] = field(default_factory=OrderedDict)
    said: list[Told] = field(default_factory=list)
    listeners: int = 0
    left: bool = False

    def hear(self, told: Told) -> None:
        if told.last:
            self.ended.set()
        if told.number != self.number:
            return
        if told.event != "stage":
            self.said.append(told)
        # What was read may have changed after the order: its result is kept under the hash of what was read.
        if told.event in KEPT and self.key and told.key == self.key:
            self.keep[self.key] = list(self.said)
            while len(self.keep) > _KEPT:
                self.keep.popitem(last=False)
        self.news.put_nowait(told)


class Workers:
    """The windows of a lab; used within one event loop."""

    def __init__(self) -> None:
        self._windows: dict[str, _Window] = {}
        self._spare: _Process | None = None
        self._results: OrderedDict[str, list[Told]] = OrderedDict()

    def start(self) -> None:
        """Bring one process into readiness."""
        self._spare = self._spare or _Process()

    async def order(self, name: str, order: Order) -> None:
        """Give a window something to do, in place of what it does.

        Parameters
        ----------
        name
            Name of the window.
        order
            What to do. Its number is the page's own, higher than those before. Where a result of its key is kept, it
            is told again and nothing is computed.

        Raises
        ------
        UsageError
            If too many windows are open.
        """
        window, number, key = self._window(name), order.number, order.key
        if number <= window.number:
            return
        window.number, window.key, window.said = number, key, []
        await self._end(window)
        if number != window.number:  # a newer order came meanwhile
            return
        known = self._results.get(key) if key else None
        if known is not None:
            for told in known:
                window.news.put_nowait(replace(told, number=number))
            return
        window.ended.clear()
        while not self._ready(window).order(order, _Hearer(asyncio.get_running_loop(), window)):
            self._drop(window)

    async def cancel(self, name: str, number: int) -> None:
        """End what a window does, if it is there; `number` is counted on, as in `order`."""
        window = self._windows.get(name)
        if window is not None and number > window.number:
            window.number = number
            await self._end(window)
            window.news.put_nowait(Told(number, "stopped"))

    def news(self, name: str) -> AsyncIterator[Told]:
        """Return what a window is to be told, as it comes.

        Raises
        ------
        UsageError
            If too many windows are open.
        """
        return self._told(name, self._window(name))

    async def _told(self, name: str, window: _Window) -> AsyncIterator[Told]:
        window.listeners += 1
        window.left = False
        try:
            while True:
                yield await window.news.get()
        finally:
            window.listeners -= 1
            window.left = window.listeners == 0
            asyncio.get_running_loop().call_later(_GRACE, self._forget, name)

    def _forget(self, name: str) -> None:
        """Close a window to which nobody listens any more."""
        window = self._windows.get(name)
        if window is not None and window.listeners == 0:
            self.close(name)

    def close(self, name: str) -> None:
        """Forget a window and end what it does."""
        window = self._windows.pop(name, None)
        if window is not None and window.process is not None:
            if window.process.busy or self._spare is not None or not window.process.alive:
                window.process.kill()
            else:
                self._spare = window.process

    def end(self) -> None:
        """End all processes."""
        for window in self._windows.values():
            if window.process is not None:
                window.process.kill()
        if self._spare is not None:
            self._spare.kill()
        self._windows, self._spare = {}, None

    def pids(self) -> list[int]:
        """Return the processes that are at work or ready."""
        every = [*(window.process for window in self._windows.values()), self._spare]
        return [item.pid for item in every if item is not None and item.pid is not None and item.alive]

    def _window(self, name: str) -> _Window:
        if name not in self._windows:
            if len(self._windows) >= _MOST_WINDOWS:
                self._make_room()
            self._windows[name] = _Window(keep=self._results)
        return self._windows[name]

    def _make_room(self) -> None:
        """Close the oldest window that was left: who goes through many pages in a few seconds opens one for each."""
        left = next((name for name, window in self._windows.items() if window.left), None)
        if left is None:
            raise UsageError(f"{_MOST_WINDOWS} windows of this lab are open.", todo="close one and reload this page")
        self.close(left)

    async def _end(self, window: _Window) -> None:
        """End what a window's process does: asked first, killed if it does not hear."""
        process = window.process
        if process is None or not process.busy:
            return
        process.ask_to_stop()
        try:
            await asyncio.wait_for(window.ended.wait(), _PATIENCE)
        except TimeoutError:
            await asyncio.to_thread(process.kill)
            window.process = None

    def _ready(self, window: _Window) -> _Process:
        """Return the process of a window; where it has none that lives, the one in readiness."""
        if window.process is not None and window.process.alive:
            return window.process
        self._drop(window)
        spare, self._spare = self._spare, None
        if spare is not None and not spare.alive:
            spare.kill()
            spare = None
        window.process, self._spare = spare or _Process(), _Process()
        return window.process

    @staticmethod
    def _drop(window: _Window) -> None:
        """Take leave of a process that died."""
        if window.process is not None:
            window.process.kill()
            window.process = None
