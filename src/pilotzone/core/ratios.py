"""Effect per unit of money, power or any other amount, with the set of ratios that are not rejected.

Where the amount is known, the interval of the effect is divided by it. Where it is estimated, the set is Fieller's
(1954, "Some problems in interval estimation", Journal of the Royal Statistical Society B 16, 175-185): all ratios r for
which effect - r * amount is not told from zero. It is an interval where the amount is told from zero; else it is all
but an interval, or the whole line. An interval of finite length for every sample would not hold its level (Gleser and
Hwang 1987, Annals of Statistics 15, 1351-1362), so that what is unbounded is told as such.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real
from typing import Literal

from pilotzone.core.errors import UsageError
from pilotzone.core.intervals import Interval, check_level
from pilotzone.core.numerals import significant
from pilotzone.core.result import Result
from pilotzone.core.students import t_quantile
from pilotzone.core.table import Table

__all__ = ["Ratio", "RatioSetKind", "ratio"]

RatioSetKind = Literal["bounded", "all but an interval", "one side", "whole line"]
"""What a set of ratios is; on the border between two kinds it has one end."""

_ROUNDING = 1e-12


@dataclass(frozen=True)
class Ratio(Result):
    """An effect per unit of an amount.

    Attributes
    ----------
    estimate
        Effect over amount; infinite or NaN where the amount is estimated to be zero.
    intervals
        Ratios that are not rejected, from left to right; infinite ends are open.
    kind
        What they are together.
    level
        Their level.
    unit
        Unit of the ratio, such as ``job per MW``.
    fieller
        Whether the amount is an estimate, so that the set is Fieller's.
    """

    estimate: float
    intervals: tuple[Interval, ...]
    kind: RatioSetKind
    level: float
    unit: str = ""
    fieller: bool = False

    def __contains__(self, value: float) -> bool:
        return any(value in interval for interval in self.intervals)

    @property
    def words(self) -> str:
        """The set in words."""
        share = f"{100 * self.level:g} %"
        unit = f" {self.unit}" if self.unit else ""
        if self.kind == "whole line":
            return f"{share} set: the whole line. The amount is not told from zero, and no ratio is excluded."
        if self.kind == "all but an interval":
            low, high = significant(self.intervals[0].high), significant(self.intervals[1].low)
            return (
                f"{share} set: up to {low} and from {high}{unit}; only what lies between is excluded. The amount is not"
                " told from zero, and the set is unbounded on both sides."
            )
        (only,) = self.intervals
        if self.kind == "one side":
            bound = f"up to {significant(only.high)}" if math.isinf(only.low) else f"from {significant(only.low)}"
            return f"{share} set: {bound}{unit}, unbounded on the other side."
        return f"{share} interval: {significant(only.low)} to {significant(only.high)}{unit}."

    def to_table(self) -> Table:
        """Return a row for each interval; an infinite end is missing."""
        rows = [
            (
                self.estimate if math.isfinite(self.estimate) else None,
                item.low if math.isfinite(item.low) else None,
                item.high if math.isfinite(item.high) else None,
                self.unit,
                self.kind,
            )
            for item in self.intervals
        ]
        return Table.from_rows(("estimate", "low", "high", "unit", "set"), rows, title=self.words)


def ratio(
    effect: float,
    se: float,
    amount: float,
    *,
    amount_se: float = 0.0,
    covariance: float = 0.0,
    level: float = 0.95,
    degrees: float | None = None,
    unit: str = "",
) -> Ratio:
    """Return the effect per unit of an amount, with its set.

    Parameters
    ----------
    effect, se
        Effect and its standard error, zero where it is known.
    amount
        Money, MW or another amount that the effect was had for.
    amount_se
        Its standard error; zero where it is known.
    covariance
        Covariance of both.
    level
        Level of the set.
    degrees
        Degrees of freedom of a t distribution; ``None`` for the normal one.
    unit
        Unit of the ratio.

    Raises
    ------
    UsageError
        If a number is not finite, an error is negative, the covariance is not one, or a known amount is zero.

    Examples
    --------
    >>> print(ratio(120.0, 20.0, 40.0, unit="job per MW").words)
    95 % interval: 2.02 to 3.98 job per MW.
    >>> print(ratio(1.0, 1.0, 0.5, amount_se=1.0).words)
    95 % set: the whole line. The amount is not told from zero, and no ratio is excluded.
    """
    _check(effect, se, amount, amount_se, covariance, level, degrees)
    bound = float(t_quantile((1 + level) / 2, degrees))
    estimate = effect / amount if amount != 0 else math.copysign(math.inf, effect) if effect != 0 else math.nan
    if amount_se == 0:
        ends = sorted(((effect - bound * se) / amount, (effect + bound * se) / amount))
        return Ratio(estimate, (_closed(*ends),), "bounded", level, unit)
    intervals, kind = _fieller(effect, amount, (se, amount_se, covariance), bound)
    return Ratio(estimate, intervals, kind, level, unit, fieller=True)


def _fieller(
    effect: float, amount: float, spread: tuple[float, float, float], bound: float
) -> tuple[tuple[Interval, ...], RatioSetKind]:
    """Return all r with (effect - r amount)^2 <= bound^2 times its variance."""
    # In standard errors of the amount and of the effect: squares of very large numbers are beyond the range.
    se, amount_se, covariance = spread
    size = se if se > 0 else abs(effect) or 1.0
    unit = size / amount_se
    a, b = effect / size, amount / amount_se
    va, cab = (se / size) ** 2, covariance / (size * amount_se)
    square, half, rest = b * b - bound**2, a * b - bound**2 * cab, a * a - bound**2 * va
    if abs(square) <= _ROUNDING * bound**2:
        if half == 0:
            return ((Interval(-math.inf, math.inf),), "whole line")
        end = rest / (2 * half) * unit
        side = Interval(end, math.inf, low_closed=True) if half > 0 else Interval(-math.inf, end, high_closed=True)
        return ((side,), "one side")
    inner = half * half - square * rest
    if square < 0 and inner <= 0:
        return ((Interval(-math.inf, math.inf),), "whole line")
    # The root with the sum that does not cancel, and the other by the product of both.
    far = half + math.copysign(math.sqrt(max(inner, 0.0)), half)
    roots = sorted((far / square, rest / far)) if far != 0 else [0.0, 0.0]
    low, high = roots[0] * unit, roots[1] * unit
    if square > 0:
        return ((_closed(low, high),), "bounded")
    below = Interval(-math.inf, low, high_closed=True)
    return ((below, Interval(high, math.inf, low_closed=True)), "all but an interval")


def _closed(low: float, high: float) -> Interval:
    return Interval(low, high, low_closed=True, high_closed=True)


def _check(*given: object) -> None:
    """Refuse what cannot be an effect, an amount, their errors, a level or degrees of freedom."""
    *numbers, level, degrees = given
    names = ("effect", "se", "amount", "amount_se", "covariance")
    for name, value in zip(names, numbers, strict=True):
        if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
            raise UsageError(f"{name} is {value!r}.", allowed="a finite number")
    effect_se, amount, amount_se, covariance = (float(value) for value in numbers[1:])  # type: ignore[arg-type]
    if effect_se < 0 or amount_se < 0:
        raise UsageError(f"se is {effect_se!r} and amount_se is {amount_se!r}.", allowed="standard errors from zero")
    if abs(covariance) > effect_se * amount_se * (1 + _ROUNDING):
        raise UsageError(
            f"the covariance is {covariance!r}, with standard errors {effect_se!r} and {amount_se!r}.",
            allowed="no more than their product, by size",
        )
    if amount == 0 and amount_se == 0:
        raise UsageError("the amount is zero.", allowed="an amount other than zero, or its standard error")
    check_level(level, name="level", such=0.95)
    if degrees is not None and (isinstance(degrees, bool) or not isinstance(degrees, int | float) or not degrees > 0):
        raise UsageError(f"degrees is {degrees!r}.", allowed="degrees of freedom above zero, or None")
