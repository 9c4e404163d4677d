"""What the package assumes where nobody says otherwise."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

from pilotzone.core import Assumptions
from pilotzone.gather import parse_assumptions

__all__ = ["default_assumptions"]


@lru_cache(maxsize=1)
def default_assumptions() -> Assumptions:
    """Return the assumptions that come with the package, each with its range and its source.

    Examples
    --------
    >>> default_assumptions().of("height_m", "CN-GZ").middle
    1100.0
    """
    text = (resources.files("pilotzone.site") / "bundled" / "assumptions.toml").read_text(encoding="utf-8")
    return parse_assumptions(text, "assumptions.toml")
