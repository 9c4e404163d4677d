"""Carry a kernel on a small cluster one of whose executors is killed: ``python -m tests.engines.cluster TARGET``.

In a process of its own, since a process has one session of Spark. Workers run an interpreter that sees the libraries
of this environment, but not the package itself.
"""

from __future__ import annotations

import os
import pickle
import sys
import sysconfig
from pathlib import Path

from tests.engines import panels
from tests.engines.java import SETTINGS, SHORT_LIVED

from pilotzone.store import open_panel, spark
from pilotzone.store.session import session

MASTER = "local-cluster[2,1,1024]"


def bare_python(folder: Path) -> Path:
    """Return an interpreter for workers: without site, and so without editable installs."""
    libraries = sysconfig.get_path("purelib")
    script = folder / "python"
    script.write_text(
        f'#!/bin/sh\nPYTHONPATH="$PYTHONPATH:{libraries}" exec "{sys.executable}" -S "$@"\n', encoding="utf-8"
    )
    script.chmod(0o755)
    return script


def main(target: Path) -> None:
    """Carry the kernel and write what came back."""
    from pyspark import cloudpickle

    cloudpickle.register_pickle_by_value(panels)  # type: ignore[no-untyped-call]
    folder = target.parent
    os.environ |= {
        "PYSPARK_PYTHON": str(bare_python(folder)),
        "SPARK_WORKER_DIR": str(folder / "work"),
        "SPARK_LOCAL_DIRS": str(folder / "local"),
    }
    spark._MOST = 1000
    options = SETTINGS | {"spark.executor.extraJavaOptions": SHORT_LIVED}
    session(MASTER, options)  # what a panel may be opened with is less
    panel = open_panel(panels.staggered(), panels.STAGGERED, engine="spark", master=MASTER)
    kernel = pickle.loads((folder / "kernel.pickle").read_bytes())  # noqa: S301 - written by the test
    told = panel.carry(panels.Failing(kernel, kill=str(folder / "killed")))
    assert (folder / "killed").exists()
    target.write_bytes(pickle.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
