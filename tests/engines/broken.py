"""Kill the process of Java that Spark runs in, and say what comes of it: ``python -m tests.engines.broken WHEN``.

In a process of its own, since a process has one session of Spark.
"""

from __future__ import annotations

import os
import signal
import sys
import time

from tests.engines import panels
from tests.engines.java import SETTINGS

from pilotzone.core import PilotZoneError
from pilotzone.store import open_panel
from pilotzone.store.session import session


class Killing:
    """A kernel that kills the process of Java that it works for."""

    def take(self, batch: object) -> int:
        os.kill(panels.executor(), signal.SIGKILL)
        time.sleep(60)
        return int(batch is not None)

    def merge(self, one: int, other: int) -> int:
        return one + other


def main(when: str) -> None:
    """Kill it before or while a panel is read, and print the error."""
    from pyspark import cloudpickle

    cloudpickle.register_pickle_by_value(panels)  # type: ignore[no-untyped-call]
    found = session("local[1]", SETTINGS)
    if when == "before":
        process = found.sparkContext._gateway.proc  # type: ignore[union-attr]
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    try:
        open_panel(panels.staggered(20), panels.STAGGERED, engine="spark").carry(Killing())
    except PilotZoneError as error:
        sys.stdout.write(f"{error.exit_code} {error}\n")


if __name__ == "__main__":
    main(sys.argv[1])
