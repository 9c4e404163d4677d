"""Rates of return and what time does to money: NPV, all internal rates, payback, annuities, real and nominal rates.

Flows are yearly, the first at once: ``NPV = sum_t c_t / (1 + r)^t``, t from 0. With ``v = 1/(1 + r)`` this is a
polynomial, so internal rates above -1 are its positive roots, and by Descartes there are at most as many as the flows
change sign.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.appraisal.checking import Floats, number, vector
from pilotzone.core import DataError, MethodError, Result, Table, UsageError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = [
    "InternalRates",
    "Payback",
    "annuity",
    "deflated",
    "internal_rates",
    "nominal_rate",
    "npv",
    "payback",
    "present_values",
    "real_rate",
]

_HALVINGS = 1200
"""Enough to bring any bracket of floats in (0, 1) together, the smallest ones as well; most need 60."""
_TOUCH = 64 * np.finfo(np.float64).eps
"""Below this share of the sum of its terms' sizes a polynomial counts as zero: rounding says no more."""
_SAME = 1e-9
_NOTHING = 2.0**-100
"""Flows below this share of the largest count as zero: no money has thirty digits, and rates would leave all floats."""


def _rate(rate: float) -> float:
    if number("the rate", rate) <= -1:
        raise UsageError(f"the rate is {rate:g}.", allowed="more than -1 (-100 %)")
    return float(rate)


def present_values(rate: float, flows: ArrayLike) -> Floats:
    """Return each year's flow at its value now, shape (T,); the first is not discounted.

    Parameters
    ----------
    rate
        A year, more than -1.
    flows
        Money by year, shape (T,).

    Raises
    ------
    UsageError, DataError
        If the rate or a flow is not a number in range.
    """
    money = vector("the flows", flows)
    return np.asarray(money * (1 + _rate(rate)) ** -np.arange(len(money), dtype=np.float64))


def npv(rate: float, flows: ArrayLike) -> float:
    """Return the net present value; parameters as in `present_values`.

    Examples
    --------
    >>> round(npv(0.08, [-40000, 5000, 8000, 12000, 30000]), 7)
    3065.2226682
    """
    return float(present_values(rate, flows).sum())


@dataclass(frozen=True, eq=False)
class InternalRates(Result):
    """Every real rate above -1 at which the net present value is zero.

    Attributes
    ----------
    roots
        The rates, ascending; empty if there is none.
    sign_changes
        How often the flows change sign, zeros left out.
    statement
        What this says, in a sentence.
    """

    roots: tuple[float, ...]
    sign_changes: int
    statement: str

    @property
    def rate(self) -> float | None:
        """The rate where there is just one, else ``None``."""
        return self.roots[0] if len(self.roots) == 1 else None

    def to_table(self) -> Table:
        """Return a row for each rate; the statement stands below."""
        return Table(
            {"rate": self.roots}, title="Internal rates of return", units={"rate": "a year"}, note=self.statement
        )


def internal_rates(flows: ArrayLike) -> InternalRates:
    """Return all internal rates of return, or the statement that there is none or more than one.

    Parameters
    ----------
    flows
        Money by year, the first at once, shape (T,).

    Raises
    ------
    DataError
        If a flow is not a finite number.

    Notes
    -----
    Between two neighbouring roots of its derivative a polynomial is monotone, so it has one root there or none. The
    derivatives' own roots are found in the same way, from the last one down; each bracket is halved until it is as
    narrow as floats are. Rates of zero and more are found in ``v = 1/(1 + r)`` on (0, 1], those below in ``1 + r`` on
    (0, 1), where no power overflows. A root that only touches zero counts once. Flows below 2^-100 of the largest count
    as zero.

    Examples
    --------
    >>> found = internal_rates([-100, 230, -132])
    >>> [round(rate, 10) for rate in found.roots], found.sign_changes
    ([0.1, 0.2], 2)
    """
    money = vector("the flows", flows)
    largest = np.abs(money).max()
    used = np.trim_zeros(np.where(np.abs(money) > _NOTHING * largest, money, 0.0))
    if not used.size:
        return InternalRates((), 0, "There is no internal rate of return: all flows are zero.")
    signs = np.sign(used[used != 0])
    changes = int((signs[1:] != signs[:-1]).sum())
    if not changes:
        told = "gains" if signs[0] > 0 else "costs"
        return InternalRates((), 0, f"There is no internal rate of return: all flows are {told}, none changes sign.")
    scaled = used / largest
    later = [1 / v - 1 for v in _roots(scaled)]
    sooner = [u - 1 for u in _roots(scaled[::-1]) if u < 1 - _SAME]
    roots = _distinct(sorted(later + sooner))
    if not roots:
        side = "above" if scaled.sum() > 0 else "below"
        told = f"There is no internal rate of return: the net present value is {side} zero at every rate."
    elif len(roots) == 1:
        told = f"The internal rate of return is {roots[0]:.4%}; the flows change sign {_times(changes)}."
    else:
        listed = ", ".join(f"{root:.4%}" for root in roots)
        told = (
            f"There are {len(roots)} internal rates of return ({listed}), so none of them ranks the project: use NPV."
        )
    return InternalRates(tuple(roots), changes, told)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _distinct(roots: list[float]) -> list[float]:
    found: list[float] = []
    for root in roots:
        if not found or abs(root - found[-1]) > _SAME * max(1.0, abs(root)):
            found.append(root)
    return found


def _value(coefficients: Floats, at: float) -> tuple[float, float]:
    """Return a polynomial (lowest power first) at a point, and what its terms' sizes sum to."""
    value = size = 0.0
    for c in coefficients[::-1].tolist():
        value = value * at + c
        size = size * at + abs(c)
    return value, size


def _roots(coefficients: Floats) -> list[float]:
    """Return the roots of a polynomial on (0, 1], lowest power first."""
    chain = [coefficients]
    while len(chain[-1]) > 2:  # noqa: PLR2004 - down to a straight line
        last = chain[-1]
        slope = last[1:] * np.arange(1, len(last))
        largest = np.abs(slope).max()
        if not largest:
            break
        chain.append(slope / largest)
    ends: list[float] = []
    for polynomial in chain[::-1]:
        ends = _between(polynomial, ends)
    return [root for root in ends if root > 0]


def _between(coefficients: Floats, turns: list[float]) -> list[float]:
    """Return roots on (0, 1] of a polynomial that is monotone between its turns."""
    points = [0.0, *turns, 1.0]
    found: list[float] = []
    # A turn on the axis touches it; the ends of the range count as roots only if they are on it.
    for at in points[1:]:
        value, size = _value(coefficients, at)
        if abs(value) <= _TOUCH * size:
            found.append(at)
    for left, right in pairwise(points):
        low, low_size = _value(coefficients, left)
        high, high_size = _value(coefficients, right)
        if abs(low) <= _TOUCH * low_size or abs(high) <= _TOUCH * high_size or (low > 0) == (high > 0):
            continue
        found.append(_halved(coefficients, left, right, rising=high > 0))
    return _distinct(sorted(found))


def _halved(coefficients: Floats, left: float, right: float, *, rising: bool) -> float:
    for _ in range(_HALVINGS):
        middle = (left + right) / 2
        if middle in {left, right}:
            break
        value, _ = _value(coefficients, middle)
        if value == 0:
            return middle
        if (value > 0) == rising:
            right = middle
        else:
            left = middle
    return (left + right) / 2


@dataclass(frozen=True)
class Payback:
    """When a project has paid back.

    Attributes
    ----------
    years
        Years until the sum of flows reaches zero, parts of a year by a straight line; ``None`` if it never does.
    falls_again
        Whether the sum falls below zero after that, as costs at the end make it.
    """

    years: float | None
    falls_again: bool


def payback(flows: ArrayLike, rate: float = 0.0) -> Payback:
    """Return the payback time: simple with a rate of zero, discounted with any other.

    Parameters
    ----------
    flows
        Money by year, the first at once, shape (T,).
    rate
        A year.

    Raises
    ------
    DataError
        If the first flow is not a cost: there is nothing to pay back.

    Examples
    --------
    >>> payback([-100, 60, 60]).years.__round__(4), payback([-100, 60, 60], 0.2).years
    (1.6667, None)
    """
    money = present_values(rate, flows)
    if money[0] >= 0:
        raise DataError(f"the first flow is {money[0]:g}: there is nothing to pay back.", allowed="a cost at first")
    sums = np.cumsum(money)
    # Rounding must not keep a sum that is zero from counting as paid back.
    reached = np.flatnonzero(sums >= -_TOUCH * np.abs(money).cumsum())
    if not reached.size:
        return Payback(None, falls_again=False)
    at = int(reached[0])
    years = at - max(sums[at], 0.0) / money[at] if money[at] > 0 else float(at)
    return Payback(float(years), bool((sums[at:] < -_TOUCH * np.abs(money).sum()).any()))


def annuity(rate: float, years: float) -> float:
    """Return the yearly payment for a unit invested now, at the ends of so many years: ``r / (1 - (1 + r)^-n)``.

    Parameters
    ----------
    rate
        A year, more than -1; at zero the payment is one over the years.
    years
        More than zero.

    Raises
    ------
    UsageError
        If either is out of range.

    Examples
    --------
    >>> round(annuity(0.06, 25), 10), annuity(0.0, 20)
    (0.0782267182, 0.05)
    """
    number("the years", years, above=0)
    if _rate(rate) == 0:
        return 1 / years
    return float(rate / -np.expm1(-years * np.log1p(rate)))


def real_rate(nominal: float, inflation: float) -> float:
    """Return the real rate: ``(1 + nominal) / (1 + inflation) - 1``.

    Parameters
    ----------
    nominal, inflation
        A year, more than -1.
    """
    return (1 + _rate(nominal)) / (1 + _rate(inflation)) - 1


def nominal_rate(real: float, inflation: float) -> float:
    """Return the nominal rate of a real one; parameters as in `real_rate`."""
    return (1 + _rate(real)) * (1 + _rate(inflation)) - 1


def deflated(flows: ArrayLike, index: ArrayLike, base: int) -> Floats:
    """Return nominal flows at the prices of one of their years, shape (T,).

    Parameters
    ----------
    flows
        Money by year at the prices of each, shape (T,).
    index
        Price level by year, above zero, shape (T,).
    base
        Position of the year whose prices are wanted, from 0.

    Raises
    ------
    DataError
        If a price is not above zero.
    MethodError
        If there is no such year.
    """
    money = vector("the flows", flows)
    level = vector("the price index", index, len(money))
    if (level <= 0).any():
        k = int(np.argmax(level <= 0))
        raise DataError(f"the price index is {level[k]:g} in year {k + 1}.", allowed="prices above zero")
    if not 0 <= base < len(level):
        raise MethodError(
            f"base is {base}, the position of a year among {len(level)}.", allowed=f"0 to {len(level) - 1}"
        )
    return np.asarray(money * level[base] / level)
