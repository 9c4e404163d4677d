"""The command line: one file per command."""

from __future__ import annotations

import os
import signal
from types import FrameType

__all__ = ["main"]

_INTERRUPTED = 130
"""128 + SIGINT."""


def main() -> None:
    """Run the command line and end the process with its exit code."""
    # Loading the commands takes a moment in which nothing is written yet: whoever stops it then is not shown where.
    before = _on_interrupt(_stop)
    from pilotzone.cli.app import main as run

    _on_interrupt(before)
    run()


def _stop(_signal: int, _frame: FrameType | None) -> None:
    os.write(2, b"Interrupted.\n")
    os._exit(_INTERRUPTED)


def _on_interrupt(handler: object) -> object:
    """Say what Ctrl-C does from here on; return what it did. Without effect where it is ignored, or in a thread."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        return handler
    try:
        return signal.signal(signal.SIGINT, handler)  # type: ignore[arg-type]
    except ValueError:  # not the main thread
        return handler
