"""An effect and its standard error as tables of regressions print them: with the same decimal places."""

from __future__ import annotations

import math

__all__ = ["paired_texts", "same_places"]

_DIGITS = 3
"""Significant digits of a standard error; its effect has as many places."""
_MOST = 12
"""Places beyond which zeros cannot be counted by eye."""


def same_places(values: tuple[float, ...], size: float) -> list[str]:
    """Return numbers with the places that give one of this size three significant digits.

    Parameters
    ----------
    values
        Finite numbers.
    size
        What the places are chosen by: a standard error, say. Nothing but its size counts.

    Examples
    --------
    >>> same_places((0.0110857, -0.0283163), 0.0157)
    ['0.0111', '\N{MINUS SIGN}0.0283']
    """
    size = abs(size)
    places = _DIGITS - 1 - math.floor(math.log10(size)) if size > 0 else 0
    if not -_MOST <= places <= _MOST:
        found = [f"{value:.{_DIGITS - 1}e}" for value in values]
    else:
        # Adding zero takes the sign off a zero.
        found = [f"{round(value, places) + 0.0:,.{max(places, 0)}f}" for value in values]
    return [text.replace("-", "\N{MINUS SIGN}") for text in found]


def paired_texts(value: float, error: float) -> tuple[str, str]:
    """Return an effect and its standard error, in brackets, with the same places.

    Parameters
    ----------
    value, error
        Finite numbers; without an error above zero the places are those of the effect.

    Examples
    --------
    >>> paired_texts(0.0110857, 0.0156885)
    ('0.0111', '(0.0157)')
    """
    first, second = same_places((value, error), error if error > 0 else value)
    return first, f"({second})"
