"""A lab, started as the command starts it, and windows that talk to it over HTTP as its pages do."""

from __future__ import annotations

import http.client
import json
import os
import queue
import re
import signal
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tests.unit.cli.command import PROGRAM

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Answer", "Lab", "Window"]

_ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)(/\?token=\S+)")
_PATIENCE = 180.0
"""Seconds until a test gives up waiting: a busy machine takes its time."""
_LAST = {"failed", "stopped", "whole", "written", "verified"}


@dataclass(frozen=True)
class Answer:
    """What the lab answered."""

    status: int
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def told(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


class Lab:
    """The command ``pilotzone lab`` on a folder."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.said = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed by `end`
        self.left: set[int] = set()
        self._process = subprocess.Popen(
            [str(PROGRAM), "lab", str(folder), "--no-browser"],
            stdout=subprocess.PIPE, stderr=self.said, text=True, **options,
        )  # fmt: skip
        assert self._process.stdout is not None
        found = _ADDRESS.search(self._process.stdout.readline())
        assert found is not None
        self.port = int(found[1])
        connection = self.connect()
        connection.request("GET", found[2])
        self.cookie = (connection.getresponse().getheader("set-cookie") or "").partition(";")[0]
        connection.close()

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE)

    def headers(self) -> dict[str, str]:
        return {"Cookie": self.cookie, "Origin": f"http://127.0.0.1:{self.port}", "Content-Type": "application/json"}

    def get(self, path: str, **query: str) -> Answer:
        return self._asked("GET", f"{path}?{urlencode(query)}" if query else path)

    def post(self, path: str, content: Mapping[str, Any]) -> Answer:
        return self._asked("POST", path, json.dumps(content))

    def _asked(self, method: str, path: str, content: str | None = None) -> Answer:
        connection = self.connect()
        try:
            connection.request(method, path, content, self.headers())
            answer = connection.getresponse()
            return Answer(answer.status, answer.read())
        finally:
            connection.close()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def workers(self) -> dict[int, str]:
        """Return the processes that work for the lab, by number, with the letter of their state: Z for a dead one."""
        found = {number: state for number in self.left if (state := self._state(number)) not in {"", "Z"}}
        for server in self._below(self._process.pid):
            found |= {number: self._state(number) for number in self._below(server)}
        return {number: state for number, state in found.items() if state}

    @staticmethod
    def _below(parent: int) -> list[int]:
        """Return the processes that one has started; of one that is gone, none."""
        try:
            return [*map(int, Path(f"/proc/{parent}/task/{parent}/children").read_text().split())]
        except OSError:
            return []

    @staticmethod
    def _state(number: int) -> str:
        try:
            return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return ""

    def kill_a_worker(self, which: int) -> int | None:
        """Kill one of the processes, as the system does where memory runs out; return its number."""
        living = sorted(number for number, state in self.workers().items() if state != "Z")
        if not living:
            return None
        os.kill(living[which % len(living)], signal.SIGKILL)
        return living[which % len(living)]

    def kill_the_server(self) -> None:
        """Kill the process that workers are forked from; it leaves them to the system."""
        for server in self._below(self._process.pid):
            if workers := self._below(server):
                self.left.update(workers)
                os.kill(server, signal.SIGKILL)

    def settle(self, killed: int) -> None:
        """Wait until the system has taken a killed process from its list: the lab may not leave it there."""
        for _ in range(600):
            if killed not in self.workers():
                return
            time.sleep(0.05)
        raise AssertionError(f"process {killed} is left dead")

    def complaints(self) -> str:
        self.said.seek(0)
        return self.said.read()

    def end(self) -> str:
        """End the lab as Ctrl-C does; return what it complained of."""
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(30)
        finally:
            self._process.kill()
            self._process.wait()
            if self._process.stdout is not None:
                self._process.stdout.close()
        found = self.complaints()
        self.said.close()
        return found


@dataclass
class Window:
    """A page of a lab: it counts its orders and hears what becomes of them."""

    lab: Lab
    name: str
    number: int = 0
    news: queue.Queue[tuple[str, dict[str, Any]]] = field(default_factory=queue.Queue)

    def __post_init__(self) -> None:
        self._connection = self.lab.connect()
        self._connection.request("GET", f"/events?window={self.name}", headers=self.lab.headers())
        self._answer = self._connection.getresponse()
        assert self._answer.status == 200, self._answer.read()
        self._thread = threading.Thread(target=self._hear, daemon=True)
        self._thread.start()

    def _hear(self) -> None:
        event = ""
        try:
            for line in self._answer:
                word, _, rest = line.decode().strip().partition(": ")
                if word == "event":
                    event = rest
                elif word == "data":
                    self.news.put((event, json.loads(rest)))
        except (OSError, ValueError, AttributeError, http.client.HTTPException):
            return  # closed

    def order(self, path: str, **content: Any) -> Answer:
        self.number += 1
        return self.lab.post(path, {"window": self.name, "number": self.number, **content})

    def last(self) -> tuple[str, dict[str, Any]]:
        """Wait for the end of the newest order; return how it ended and what was told."""
        while True:
            event, told = self.news.get(timeout=_PATIENCE)
            assert told["number"] <= self.number
            if told["number"] == self.number and event in _LAST:
                return event, told

    def close(self) -> None:
        sock = self._connection.sock or getattr(getattr(self._answer, "fp", None), "raw", None)
        if sock is not None:
            with_shutdown = getattr(sock, "_sock", sock)
            with_shutdown.shutdown(2)
        self._thread.join(10)
        self._answer.close()
        self._connection.close()
