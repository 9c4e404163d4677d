"""Whether numbers and hourly series are what a spec admits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["at_least", "hourly", "share"]


def at_least(value: float, what: str, *, least: float = 0.0, above: bool = False) -> None:
    """Raise unless a number is there and not below a least one, or above it."""
    if not np.isfinite(value) or value < least or (above and value == least):
        raise DataError(f"{what} is {value:g}.", allowed=f"numbers {'above' if above else 'from'} {least:g}")


def hourly(values: Floats | float, what: str, *, least: float = -np.inf, most: float = np.inf) -> None:
    """Raise unless all numbers are there and within bounds, naming the first that is not."""
    found = np.asarray(values, dtype=np.float64)
    bad = ~np.isfinite(found) | (found < least) | (found > most)
    if not bad.any():
        return
    first = np.argwhere(np.atleast_1d(bad))[0]
    value = float(np.atleast_1d(found)[tuple(first)])
    where = f" in hour {int(first[-1]) + 1}" if found.ndim else ""
    year = f" of year {int(first[0]) + 1}" if found.ndim == 2 else ""  # noqa: PLR2004 - years and hours
    shown = "missing" if np.isnan(value) else f"{value:g}"
    bounds = " and ".join(
        text for text, there in ((f"from {least:g}", least > -np.inf), (f"up to {most:g}", most < np.inf)) if there
    )
    raise DataError(f"{what} is {shown}{where}{year}.", allowed=f"numbers{' ' if bounds else ''}{bounds}")


def share(values: Floats | float, what: str) -> None:
    """Raise unless all numbers are from 0 to 1."""
    hourly(values, what, least=0.0, most=1.0)
