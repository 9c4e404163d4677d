"""Make ``.venv-design``: PyPSA, and HiGHS with its method HiPO, for ``make bench-design`` and their optima.

They stand apart from ``.venv``: HiPO is in the wheels of highspy 1.15.1 with highspy-extras of the same version, and in
no newer one, and mixed versions fail. ``bench/design_peers.txt`` locks all of it with hashes; it was compiled by uv
from ``pypsa==1.4.0``, ``highspy==1.15.1`` and ``highspy-extras==1.15.1``.
"""

from __future__ import annotations

import os
import subprocess
import sys

from pinned_uv import ROOT, find_uv

VENV = ROOT / ".venv-design"
LOCK = ROOT / "bench" / "design_peers.txt"


def main() -> None:
    """Make the environment unless it is there with what the lock asks for."""
    stamp = VENV / "design_peers.txt"
    if stamp.exists() and stamp.read_bytes() == LOCK.read_bytes():
        return
    uv = find_uv()
    settings = os.environ | {"UV_PYTHON_DOWNLOADS": "never"}
    python = str(VENV / "bin" / "python")
    for arguments in (
        ["venv", "--quiet", "--clear", "--no-project", "--python", sys.executable, str(VENV)],
        ["pip", "sync", "--quiet", "--python", python, "--require-hashes", "--only-binary", ":all:", str(LOCK)],
    ):
        if subprocess.run([uv, *arguments], cwd=ROOT, env=settings, check=False).returncode:
            sys.exit(f"design_peers: uv {arguments[0]} failed; what it said stands above.")
    stamp.write_bytes(LOCK.read_bytes())


if __name__ == "__main__":
    main()
