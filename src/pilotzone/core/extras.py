"""Libraries that only some work needs: the extras of the package, and what is said where one is not installed."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Literal

from pilotzone.core.errors import UsageError
from pilotzone.core.literals import check_choice

__all__ = ["Extra", "check_extra"]

Extra = Literal["covariates", "images", "postgres", "solar", "spark"]
"""Names of the extras that work is refused without; the lab looks for its own."""

_MODULES: dict[Extra, tuple[str, ...]] = {
    "covariates": ("diff_diff",),
    "images": ("vl_convert",),
    "postgres": ("adbc_driver_manager", "adbc_driver_postgresql"),
    "solar": ("pvlib",),
    "spark": ("pyspark",),
}
_LIBRARIES = {
    "diff_diff": "diff-diff",
    "vl_convert": "vl-convert",
    "adbc_driver_manager": "adbc-driver-manager",
    "adbc_driver_postgresql": "adbc-driver-postgresql",
}


def check_extra(extra: Extra, asked: str, allowed: str | None = None) -> None:
    """Refuse work whose library is not installed.

    Parameters
    ----------
    extra
        Name of the extra.
    asked
        What the library is needed for, the beginning of a sentence: "covariates are used".
    allowed
        What needs nothing more.

    Raises
    ------
    UsageError
        Naming the library and the two ways to install it.

    Examples
    --------
    >>> check_extra("solar", "PV output is modelled")
    """
    check_choice(extra, Extra, "extra")
    missing = [_LIBRARIES.get(name, name) for name in _MODULES[extra] if find_spec(name) is None]
    if missing:
        raise UsageError(
            f"{asked}, and {missing[0]} is not installed.",
            allowed=allowed,
            todo=f"install it: pip install 'pilotzone[{extra}]'; in a clone of the repository: make environment",
        )
