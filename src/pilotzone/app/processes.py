"""Where new processes of the lab come from.

On Linux each is forked from one that has loaded libraries, evidence and shapes, and is there within some ten
milliseconds. Elsewhere each is a new interpreter and loads them itself, which takes seconds: Windows cannot fork, and
macOS has libraries, its linear algebra among them, that do not work in a fork.
"""

from __future__ import annotations

import multiprocessing
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext, SpawnContext

__all__ = ["origin"]

_FORKS = sys.platform == "linux" and sys.version_info >= (3, 11, 1)
"""Python 3.11.0 lets every user of the machine give orders to the server that forks (CVE-2022-42919)."""


def origin() -> ForkServerContext | SpawnContext:
    """Return the context of `multiprocessing` that makes new processes and their pipes.

    The server that forks is started with the first call. Who starts a process before it has loaded everything waits.
    """
    if _FORKS:
        from multiprocessing import forkserver

        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["pilotzone.app.loaded"])
        try:
            forkserver.ensure_running()
        except OSError:  # its socket needs a file among the temporary ones, whose path must not be long
            pass
        else:
            return context
    return multiprocessing.get_context("spawn")
