"""Where the lab listens: nobody who has its address is refused, and what cannot be listened on is said."""

from __future__ import annotations

import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pilotzone.app.serving import serve
from pilotzone.core import UsageError


class Enough(Exception):  # noqa: N818 - ends the lab, is not an error
    """The address was told."""


def test_whoever_has_the_address_can_connect_at_once(tmp_path: Path) -> None:
    def visit(address: str) -> None:
        parts = urlsplit(address)
        socket.create_connection((parts.hostname or "", parts.port or 0), timeout=5).close()
        raise Enough

    with pytest.raises(Enough):
        serve(tmp_path, opened=visit)


def test_a_port_in_use_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UsageError, match="cannot be listened on"):
            serve(tmp_path, port=taken.getsockname()[1])


def test_a_port_that_cannot_be_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a port"):
        serve(tmp_path, port=70_000)
