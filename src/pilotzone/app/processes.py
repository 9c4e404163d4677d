"""Where new processes of the lab come from.

On Linux each is forked from one that has loaded libraries, evidence and shapes, and is there within some ten
milliseconds. Elsewhere each is a new interpreter and loads them itself, which takes seconds: Windows cannot fork, and
macOS has libraries, its linear algebra among them, that do not work in a fork.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import socket
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkServerContext, SpawnContext
    from multiprocessing.process import BaseProcess

__all__ = ["begun", "hang_up", "origin"]

_FORKS = sys.platform == "linux" and sys.version_info >= (3, 11, 1)
"""Python 3.11.0 lets every user of the machine give orders to the server that forks (CVE-2022-42919)."""

_PAUSES = (0.0, 0.2, 1.0)
"""Seconds before each attempt to start a process."""


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


def begun(
    work: Callable[..., None], *given: object, name: str, duplex: bool = True
) -> tuple[BaseProcess, Connection] | None:
    """Start a process that is handed its end of a pipe and what is given; return it with our end.

    A server that died a moment ago may still look alive, and is replaced when it no longer does. Each attempt has a
    pipe of its own: one that failed may have left a process, which hears that its pipe has ended. ``None`` where all
    attempts failed.
    """
    for pause in _PAUSES:
        time.sleep(pause)
        context = origin()
        ours, theirs = context.Pipe(duplex)
        process = context.Process(target=work, args=(theirs, *given), daemon=True, name=name)
        with theirs, contextlib.suppress(OSError, EOFError):
            process.start()
            return process, ours
        ours.close()
    return None


def hang_up(pipe: Connection) -> None:
    """End a pipe of ours in both directions, also for a thread that waits for what comes through it.

    Where the server dies, its processes look dead to `multiprocessing` and cannot be killed: they hear this and end.
    """
    # On Windows it is no socket.
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(pipe.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)
