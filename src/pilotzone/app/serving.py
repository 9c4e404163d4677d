"""Start a lab: a free port at the loopback address, the address printed, the browser opened."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

from pilotzone.core import UsageError

__all__ = ["serve"]


def serve(folder: Path, *, port: int = 0, opened: Callable[[str], object] | None = None) -> None:
    """Serve a folder until the process is interrupted.

    Parameters
    ----------
    folder
        Folder of study files and runs.
    port
        To listen on; any that is free if left out.
    opened
        Called with the address as soon as it is served; the address is good for one browser.

    Raises
    ------
    UsageError
        If the extra ``lab`` is not installed, the folder is not there, or the port is taken.
    """
    try:
        import uvicorn

        from pilotzone.app.lab import Lab
    except ImportError as error:
        raise UsageError(
            f"the lab needs {error.name or 'packages'}, which is not installed.",
            todo="install the extra: pip install 'pilotzone[lab]'",
        ) from None
    from pilotzone.app.folder import Folder

    place = Folder(folder)
    with _listening(port) as listener:
        lab = Lab(place, listener.getsockname()[1])
        if opened is not None:
            opened(lab.guard.address)
        config = uvicorn.Config(lab.guard, log_level="warning", access_log=False, timeout_graceful_shutdown=1)
        uvicorn.Server(config).run(sockets=[listener])


def _listening(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        # Before the address is told: who comes before the server is up then waits instead of being refused.
        listener.listen()
    except OverflowError:
        listener.close()
        raise UsageError(f"{port} is not a port.", allowed="0 to 65535") from None
    except OSError as error:
        listener.close()
        raise UsageError(
            f"port {port} cannot be listened on: {error.strerror}.", todo="choose another, or leave --port out"
        ) from None
    return listener
