"""What the package assumes where nobody says otherwise."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from pathlib import Path

from pilotzone.core import Assumptions
from pilotzone.gather import parse_assumptions

__all__ = ["default_assumptions", "default_assumptions_file"]


@lru_cache(maxsize=1)
def default_assumptions() -> Assumptions:
    """Return the assumptions that come with the package, each with its range and its source.

    Examples
    --------
    >>> default_assumptions().of("height_m", "CN-GZ").middle
    1100.0
    """
    file = default_assumptions_file()
    return parse_assumptions(file.read_text(encoding="utf-8"), file.name)


def default_assumptions_file() -> Path:
    """Return the file that `default_assumptions` reads."""
    return Path(str(resources.files("pilotzone.site"))) / "bundled" / "assumptions.toml"
