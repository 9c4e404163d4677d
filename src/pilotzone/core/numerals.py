"""Numbers as text: as many digits as mean something, in signs that every terminal has."""

from __future__ import annotations

import math

__all__ = ["significant"]


def significant(value: float, digits: int = 3) -> str:
    """Return a number with so many significant digits, thousands set off, without an exponent for common sizes.

    Parameters
    ----------
    value
        Any number; infinities and NaN are written as Python does.
    digits
        Significant digits, at least one.

    Examples
    --------
    >>> significant(1234567.0), significant(-0.012345), significant(99.96), significant(1e-9)
    ('1,230,000', '-0.0123', '100', '1.00e-09')
    """
    if not math.isfinite(value):
        return str(value)
    rounded = float(f"{value:.{digits - 1}e}")
    if rounded == 0:
        return "0"
    size = math.floor(math.log10(abs(rounded)))
    if not -6 <= size <= 15:  # noqa: PLR2004 - beyond that zeros cannot be counted by eye
        return f"{value:.{digits - 1}e}"
    return f"{rounded:,.{max(digits - 1 - size, 0)}f}"
