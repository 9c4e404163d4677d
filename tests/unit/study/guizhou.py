"""The Guizhou study, run once in each process of tests: findings are frozen, and folders are written anew."""

from __future__ import annotations

from functools import cache
from typing import Any

from pilotzone.study import Run, run


@cache
def guizhou() -> Run[Any]:
    """Return the run."""
    return run("guizhou")
