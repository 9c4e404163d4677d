"""A margin as people write it, ``3%`` or ``0.5 t``, and what it means on the scale of its outcome."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from pilotzone.core.errors import DataError, UsageError
from pilotzone.core.units import conversion_factor

if TYPE_CHECKING:
    from pilotzone.core.literals import Scale

__all__ = ["margin_text", "read_margin"]

_WRITTEN = re.compile(r"\s*(?P<number>[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)\s*(?P<unit>.*?)\s*", re.ASCII)
_PERCENT = ("%", "percent")
# Begins as a name does, a currency, a degree, or a power of ten ("1e8 CNY"). What begins otherwise is the rest of a
# number: ",000 t", "000 t", "_0", "% 3%".
_UNIT = re.compile(r"(?:1e[0-9]+\s+)?(?:[^\W\d_]|[$€£¥°])[^%]*|‰")

_SMALLEST_BARE = 1.0
"""Percent. Below it a bare number on a log scale may as well be a share: 0.03 for three percent."""

_ALLOWED = "a positive number with its unit: 3% (the outcome is a logarithm: scale = log) or 0.5 t (scale = level)"


def read_margin(given: str | float, scale: Scale | None, unit: str | None, named: str) -> tuple[float, Scale, str]:
    """Return a margin as a number, with the scale and unit of its outcome.

    Parameters
    ----------
    given
        Such as ``3%``, ``0.5 t`` or a bare number.
    scale
        Scale of the outcome; ``None`` if it was not said.
    unit
        Unit of the outcome, ``1`` for a pure number; ``None`` if it was not said: then the margin's own.
    named
        What has the margin, for messages, such as ``outcome 'co2'``.

    Returns
    -------
    tuple
        The margin (percent on a log scale, `unit` on a level scale), the scale, and the unit.

    Raises
    ------
    UsageError
        If it is not a positive number; is a percentage of an outcome that is not a logarithm, or has a unit although
        the outcome is one; has a unit other than the outcome's; is bare though the scale was not said; or is bare, on
        a log scale and below 1, so that 0.03 may mean 0.03 or 3 percent.

    Examples
    --------
    >>> read_margin("3 %", "log", None, "gdp"), read_margin("500 kg", None, "t", "co2")
    ((3.0, 'log', '1'), (0.5, 'level', 't'))
    """
    found = _WRITTEN.fullmatch(str(given))
    number = float(found["number"]) if found else math.nan
    # Not finite: 1e999 is not an infinite margin.
    if found is None or not (math.isfinite(number) and number > 0):
        raise UsageError(f"the margin of {named} is {str(given)[:60]!r}.", allowed=_ALLOWED)
    if found["unit"] in _PERCENT and unit not in _PERCENT:
        _check_percentage(given, scale, named)
        return number, "log", unit or "1"
    if found["unit"]:
        return _in_unit(number, found["unit"], scale, unit, named)
    _check_bare(given, number, scale, named)
    return number, scale or "level", unit or "1"


def margin_text(margin: float, scale: Scale, unit: str) -> str:
    """Return a margin as `read_margin` reads it back, with its unit where it has one.

    Examples
    --------
    >>> margin_text(0.03, "log", "1"), margin_text(2.0, "level", "t"), margin_text(2.0, "level", "1")
    ('0.03%', '2 t', '2')
    """
    number = repr(float(margin)).removesuffix(".0")
    if scale == "log":
        return f"{number}%"
    return number if unit == "1" else f"{number} {unit}"


def _check_percentage(given: str | float, scale: Scale | None, named: str) -> None:
    if scale == "log":
        return
    what = "its scale was not said" if scale is None else "its scale is level"
    raise UsageError(
        f"the margin of {named} is {given}, and {what}.",
        allowed="a percentage for an outcome that is a logarithm (scale = log); else a number in the outcome's unit",
        todo="say scale = log if the column holds logarithms; else take the logarithm first, or give the margin in"
        " the outcome's unit",
    )


def _in_unit(
    number: float, written: str, scale: Scale | None, unit: str | None, named: str
) -> tuple[float, Scale, str]:
    if scale == "log":
        raise UsageError(
            f"the margin of {named} is {number:g} {written}, and its scale is log.",
            allowed="a percentage, such as 3%: effects on a logarithm read in percent",
        )
    if unit is None:
        if _UNIT.fullmatch(written) is None:
            raise UsageError(
                f"the margin of {named} is {number:g} and then {written[:60]!r}, which is not a unit.",
                allowed=_ALLOWED,
                todo="write the number in digits with a decimal point and without blanks or commas: 1000 t, 0.5 t",
            )
        return number, "level", written
    if " ".join(written.split()) == " ".join(unit.split()) or {written, unit} <= set(_PERCENT):
        return number, "level", unit
    try:
        factor = conversion_factor(written, unit)
    except DataError as error:
        raise UsageError(
            f"the margin of {named} is in {written}, and the outcome in {unit}: {error.what}",
            allowed=f"a number of {unit}",
        ) from None
    return number * factor, "level", unit


def _check_bare(given: str | float, number: float, scale: Scale | None, named: str) -> None:
    if scale is None:
        raise UsageError(
            f"the margin of {named} is {given}, without a unit, and its scale was not said.",
            allowed=_ALLOWED,
            todo=f"write {given}% and scale = log if the column holds logarithms; else say scale = level",
        )
    if scale == "log" and number < _SMALLEST_BARE:
        raise UsageError(
            f"the margin of {named} is {given}, which may mean {number:g} or {100 * number:g} percent.",
            allowed="a percentage with its sign",
            todo=f"write {number:g}% or {100 * number:g}%",
        )
