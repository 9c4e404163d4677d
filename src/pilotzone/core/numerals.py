"""Numbers as text: as many digits as mean something, in signs that every terminal has."""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, Decimal

__all__ = ["p_text", "p_words", "rounded_up", "significant"]

_BEYOND_P = 0.0005
"""Below this three decimals would say that a p-value is zero."""


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


def rounded_up(value: float, *, digits: int = 3, decimals: int | None = None) -> float:
    """Return the smallest number of so many digits that is not below a value: what a bound "from here on" is told as.

    Parameters
    ----------
    value
        Any number; infinities and NaN are returned as they are.
    digits
        Significant digits, at least one.
    decimals
        Digits behind the point, in place of significant ones.

    Examples
    --------
    >>> rounded_up(1.8248), rounded_up(1.8248, decimals=1), rounded_up(17.3), rounded_up(-1.8248)
    (1.83, 1.9, 17.3, -1.82)
    """
    if not math.isfinite(value) or value == 0:
        return value
    # Twelve digits: a sum that rounding left a hair above 17.3 is 17.3.
    known = Decimal(f"{value:.11e}")
    last = decimals if decimals is not None else digits - 1 - known.adjusted()
    return float(known.quantize(Decimal(1).scaleb(-last), ROUND_CEILING))


def p_text(p: float) -> str:
    """Return a p-value to three decimals, as tables show it; one that would read as zero is told to be smaller.

    Examples
    --------
    >>> p_text(0.0476), p_text(0.0001), p_text(float("nan"))
    ('0.048', '< 0.001', 'not available')
    """
    if math.isnan(p):
        return "not available"
    return "< 0.001" if p < _BEYOND_P else f"{p:.3f}"


def p_words(p: float) -> str:
    """Return a p-value as sentences name it.

    Examples
    --------
    >>> p_words(0.0476), p_words(2e-9), p_words(float("nan"))
    ('p = 0.048', 'p < 0.001', 'p not available')
    """
    text = p_text(p)
    return f"p = {text}" if text[0].isdigit() else f"p {text}"
