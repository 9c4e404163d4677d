"""Publishes one version of a folder after another until it is killed: the processes that the tests kill.

    python -m tests.unit.study.publishing

reads lines ``FIRST exchange|two-steps FOLDER``. For each it starts a process that publishes, says ``begun PID`` when
the first version is about to be written, and ``ended SIGNAL`` once that process was killed. A process is a fork of this
one, so that the libraries are loaded once and not before each of many kills.

Every file of a version says which one it is, and ``audit.json`` lists their hashes. Between two files there is a
short pause, so that most of the time goes into writing.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from functools import partial
from importlib import import_module
from pathlib import Path

from pilotzone.study import KINDS
from pilotzone.study.runs.publish import publish

FILES = ("verdict.json", "effects.parquet", "report.html")
PAUSE = 0.001
LOADED = [KINDS[name] for name in KINDS]
"""Whose files a folder may hold is asked of every kind: loaded here, and not in each process that is killed."""


def write_version(folder: Path, version: int) -> None:
    """Fill a folder with one version."""
    for name in FILES:
        with (folder / name).open("w", encoding="utf-8") as file:
            for _ in range(20):
                file.write(f"{version}\n" * 500)
            file.flush()
            time.sleep(PAUSE)
    digests = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES}
    (folder / "audit.json").write_text(json.dumps({"version": version, "outputs": digests}), encoding="utf-8")


def version_of(folder: Path) -> int:
    """Return the version in a folder, having checked that it is whole."""
    audit = json.loads((folder / "audit.json").read_bytes())
    assert sorted(path.name for path in folder.iterdir()) == sorted([*FILES, "audit.json"])
    for name, digest in audit["outputs"].items():
        content = (folder / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == digest
        assert content.startswith(f"{audit['version']}\n".encode())
    return int(audit["version"])


def publish_on(folder: Path, version: int, way: str) -> None:
    """Publish until killed, having said so once the first is about to be written."""
    if way == "two-steps":
        vars(import_module("pilotzone.study.runs.publish"))["_exchange"] = lambda _one, _other: False
    print("begun", os.getpid(), flush=True)  # noqa: T201 - the test waits for it
    while True:
        publish(folder, partial(write_version, version=version))
        version += 1


def main() -> None:
    """Start a process for each line, and wait until it was killed."""
    for line in sys.stdin:
        first, way, folder = line.rstrip("\n").split(" ", 2)
        started = os.fork()
        if not started:
            publish_on(Path(folder), int(first), way)
        _, status = os.waitpid(started, 0)
        print("ended", os.WTERMSIG(status) if os.WIFSIGNALED(status) else -1, flush=True)  # noqa: T201 - the same


if __name__ == "__main__":
    main()
