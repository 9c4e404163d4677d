"""Publishes one version of a folder after another until it is killed: the process that the tests kill.

    python -m tests.unit.study.publishing FOLDER FIRST [two-steps]

Every file of a version says which one it is, and ``audit.json`` lists their hashes. Between two files there is a
short pause, so that most of the time goes into writing.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from functools import partial
from importlib import import_module
from pathlib import Path

from pilotzone.study.publish import publish

FILES = ("verdict.json", "effects.parquet", "report.html")
PAUSE = 0.001


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


def main() -> None:
    """Publish until killed, each time saying so once the first is about to be written."""
    folder, version = Path(sys.argv[1]), int(sys.argv[2])
    if "two-steps" in sys.argv:
        vars(import_module("pilotzone.study.publish"))["_exchange"] = lambda _one, _other: False
    print("begun", flush=True)  # noqa: T201 - the test waits for it
    while True:
        publish(folder, partial(write_version, version=version))
        version += 1


if __name__ == "__main__":
    main()
