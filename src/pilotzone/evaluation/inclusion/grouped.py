"""What shares of income say of inequality and poverty: bounds, since nobody's own income is known.

Shares are points of the Lorenz curve. Every convex curve through them is possible (Gastwirth 1972, "The estimation of
the Lorenz curve and Gini index", Review of Economics and Statistics 54; Mehran 1975, "Bounds on the Gini index based on
observed points of the Lorenz curve", Journal of the American Statistical Association 70).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import MethodError, Result, Table, UsageError
from pilotzone.evaluation.inclusion.indices import MEANS, checked_indices

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from pilotzone.evaluation.inclusion.indices import IndexRecord

    Floats = NDArray[np.float64]

__all__ = ["GroupedInequality", "grouped_inequality"]

_SUM, _ROUNDS, _STILL = 1e-6, 10_000, 1e-15


@dataclass(frozen=True, eq=False)
class GroupedInequality(Result):
    """Bounds on indices from shares of income.

    Attributes
    ----------
    indices
        The K indices.
    low, high
        The least and the largest value that agrees with the shares, shape (K,); infinite where shares say nothing.
    sharp
        Whether some population attains both ends (or comes as close as one likes), shape (K,); else the bounds are
        right, and narrower ones may be as well.
    people, income
        Shares of people and of income, the poorest first, shape (G,).
    """

    indices: tuple[IndexRecord, ...]
    low: Floats
    high: Floats
    sharp: NDArray[np.bool_]
    people: Floats
    income: Floats

    def to_table(self) -> Table:
        """Return one row per index: bounds, and whether they are sharp."""
        rows = [
            (record.name, low, high if np.isfinite(high) else None, bool(sharp))
            for record, low, high, sharp in zip(
                self.indices, self.low.tolist(), self.high.tolist(), self.sharp.tolist(), strict=True
            )
        ]
        title = f"Bounds from {len(self.people)} shares of income"
        note = (
            "An empty end is infinite: shares do not bound incomes at that end. Bounds are not intervals of estimates."
        )
        table = Table.from_rows(("index", "low", "high", "sharp"), rows, title=title)
        return Table(table.columns, title=title, note=note)


def grouped_inequality(
    income: ArrayLike,
    indices: Sequence[str] | str,
    *,
    people: ArrayLike | None = None,
    line: float | None = None,
) -> GroupedInequality:
    """Return bounds on indices from shares of income by percentile, incomes being zero or more.

    Parameters
    ----------
    income
        Share of all income that each part of the population has, the poorest first, shape (G,), adding up to 1.
    indices
        Names from `INDICES`, apart from the means, of which shares say nothing.
    people
        Share of the population in each part, shape (G,); equal parts (such as deciles) if left out.
    line
        Poverty line as a multiple of mean income.

    Raises
    ------
    UsageError
        If an index is unknown, a mean, or has no line.
    MethodError
        If shares are negative, do not add up to 1 or are not in order.

    Notes
    -----
    Gini, Palma ratio, headcount and poverty gap have sharp bounds, the Palma ratio only where shares are known at 40 %
    and 90 %. The upper bounds of the other indices let every part reach to its neighbours' means, each alone, so that
    they are right and not sharp. Theil T has no upper bound, as the top is open, and Theil L none, as incomes may be
    next to zero.

    Examples
    --------
    >>> found = grouped_inequality([0.1, 0.2, 0.7], "gini", people=[0.4, 0.3, 0.3])
    >>> found.low.round(4).tolist(), found.high.round(4).tolist()
    ([0.45], [0.625])
    """
    records = checked_indices(indices, line)
    told = [record.name for record in records if record.name in MEANS]
    if told:
        raise UsageError(f"{told[0]} does not follow from shares.", allowed="indices of inequality and poverty")
    shares, parts = _checked(income, people)
    found = [_bounds(record, shares, parts, 0.0 if line is None else line) for record in records]
    low, high, sharp = (np.array(part) for part in zip(*found, strict=True))
    return GroupedInequality(records, low, high, sharp.astype(np.bool_), parts, shares)


def _checked(income: ArrayLike, people: ArrayLike | None) -> tuple[Floats, Floats]:
    shares = np.array(income, dtype=np.float64)
    parts = np.full(shares.shape, 1 / max(1, shares.size)) if people is None else np.array(people, dtype=np.float64)
    if shares.ndim != 1 or len(shares) < 2 or parts.shape != shares.shape:  # noqa: PLR2004 - one part says nothing
        raise MethodError(
            f"shares of income have shape {shares.shape}, of people {parts.shape}.",
            allowed="two parts or more, the same for both",
        )
    for what, values in (("income", shares), ("people", parts)):
        if not np.isfinite(values).all() or (values < 0).any():
            raise MethodError(f"a share of {what} is {values.min():.6g}.", allowed="shares from zero that add up to 1")
        if abs(values.sum() - 1) > _SUM:
            raise MethodError(
                f"{len(values)} shares of {what} add up to {values.sum():.6g}.",
                allowed="shares from zero that add up to 1, of one population",
                todo="look for a part that is missing or stands twice; divide percentages by 100, counts by their sum;"
                " where published figures are rounded, divide by their sum",
            )
    if (parts == 0).any():
        raise MethodError("a part of the population holds nobody.", allowed="positive shares of people")
    means = shares / parts
    if (np.diff(means) < -_SUM).any():
        at = int(np.argmax(np.diff(means) < -_SUM))
        raise MethodError(
            f"part {at + 2} has a lower mean income than part {at + 1}.", allowed="parts in order, the poorest first"
        )
    return shares / shares.sum(), parts / parts.sum()


def _bounds(record: IndexRecord, shares: Floats, parts: Floats, line: float) -> tuple[float, float, bool]:
    means = shares / parts
    convex: dict[str, tuple[Callable[[Floats], Floats], float]] = {
        "theil_t": (lambda x: x * np.log(np.where(x > 0, x, 1.0)), np.inf),
        "theil_l": (lambda x: -np.log(x), 0.0),
        "poverty_severity": (lambda x: np.where(x < line, (1 - x / line) ** 2, 0.0), 0.0),
    }
    if record.name in convex:
        with np.errstate(divide="ignore"):
            return *_outer(means, parts, *convex[record.name]), False
    if record.name == "palma":
        return _palma(shares, parts)
    if record.name == "headcount":
        return *_headcount(means, parts, line), True
    if record.name == "poverty_gap":
        return *_gap(shares, parts, line), True
    low = _area_index(shares, parts)
    return low, low + _most_within(means, parts), True


def _area_index(shares: Floats, parts: Floats) -> float:
    """Return the Gini index if all within a part have the same."""
    after = np.cumsum(shares)
    return float(1 - (parts * (2 * after - shares)).sum())


def _most_within(means: Floats, parts: Floats) -> float:
    """Return how much more Gini can be: twice the largest area between the chords and a convex curve.

    The curve has two straight lines in each part, with slopes at the borders between parts as unknowns. The area of
    a part, p^2 (m - a)(b - m) / (b - a) / 2 with slopes a and b at its ends, is concave in them, and the best slope
    between two others is known: alternating finds the maximum.
    """
    slopes = np.concatenate([[0.0], (means[:-1] + means[1:]) / 2, [np.inf]])
    for _ in range(_ROUNDS):
        before = slopes.copy()
        for k in range(1, len(means)):
            left, right = parts[k - 1] * (means[k - 1] - slopes[k - 1]), parts[k]
            if np.isinf(slopes[k + 1]):
                # d/ds [p1^2 (m1-a)(s-m1)/(s-a)] = [p1 (m1-a)/(s-a)]^2 = p2^2: the top reaches to infinity.
                best = slopes[k - 1] + left / right
            else:
                right = parts[k] * (slopes[k + 1] - means[k])
                whole = left + right
                best = (left * slopes[k + 1] + right * slopes[k - 1]) / whole if whole > 0 else means[k]
            slopes[k] = min(max(best, means[k - 1]), means[k])
        if np.abs(slopes[1:-1] - before[1:-1]).max() <= _STILL * means[-1]:
            break
    low, high = slopes[:-1], slopes[1:]
    open_top = means[-1] - low[-1]
    with np.errstate(invalid="ignore", divide="ignore"):
        heights = (means - low) * (high - means) / (high - low)
    heights[-1] = open_top
    return float((parts**2 * np.nan_to_num(heights)).sum())


def _lorenz_range(shares: Floats, parts: Floats, at: float) -> tuple[float, float]:
    """Return the lowest and the highest Lorenz curve at one share of people."""
    people, income = np.concatenate([[0.0], np.cumsum(parts)]), np.concatenate([[0.0], np.cumsum(shares)])
    high = float(np.interp(at, people, income))
    k = int(np.clip(np.searchsorted(people, at, side="right") - 1, 0, len(parts) - 1))
    if np.abs(people - at).min() < 1e-12:  # noqa: PLR2004 - a known point, rounding aside
        return high, high
    means = shares / parts
    below = income[k] + (0.0 if k == 0 else means[k - 1]) * (at - people[k])
    above = income[k + 1] - means[k + 1] * (people[k + 1] - at) if k + 1 < len(means) else -np.inf
    return float(max(below, above)), high


def _palma(shares: Floats, parts: Floats) -> tuple[float, float, bool]:
    (poor_low, poor_high), (rest_low, rest_high) = (_lorenz_range(shares, parts, at) for at in (0.4, 0.9))
    low = (1 - rest_high) / poor_high if poor_high > 0 else np.inf
    high = (1 - rest_low) / poor_low if poor_low > 0 else np.inf
    return low, high, poor_low == poor_high and rest_low == rest_high


def _headcount(means: Floats, parts: Floats, line: float) -> tuple[float, float]:
    """Return the least and the largest share below the line.

    Only the last part with a mean below the line can reach it, with its others at the mean of the part before; only the
    first with a mean from the line can fall below it, with its others at the mean of the part behind.
    """
    k = int((means < line).sum())
    low = high = float(parts[:k].sum())
    if k > 0:
        lowest = means[k - 2] if k > 1 else 0.0
        low -= parts[k - 1] * _lever(means[k - 1] - lowest, line - lowest)
    if k + 1 < len(means):
        high += parts[k] * _lever(means[k + 1] - means[k], means[k + 1] - line)
    elif k < len(means):
        high += parts[k]  # the income of the top part may be that of one person
    return low, high


def _lever(one: float, whole: float) -> float:
    return float(np.clip(one / whole, 0.0, 1.0)) if whole > 0 else 0.0


def _gap(shares: Floats, parts: Floats, line: float) -> tuple[float, float]:
    """Return bounds on max over p of p - L(p) / line, which the poverty gap is."""
    people, income = np.concatenate([[0.0], np.cumsum(parts)]), np.concatenate([[0.0], np.cumsum(shares)])
    low = float((people - income / line).max())
    means = shares / parts
    kinks = [low]
    for k in range(len(means)):
        a, b = (0.0 if k == 0 else means[k - 1]), (means[k + 1] if k + 1 < len(means) else np.inf)
        # Inside a part the lowest curve is the larger of two lines; it bends where they meet.
        step = parts[k] if np.isinf(b) else (parts[k] * (b - means[k]) / (b - a) if b > a else 0.0)
        at = people[k] + step
        kinks.append(float(at - (income[k] + a * step) / line))
    return low, max(kinks)


def _outer(means: Floats, parts: Floats, function: Callable[[Floats], Floats], top: float) -> tuple[float, float]:
    """Return bounds on the mean of a convex function: parts at their means, or spread to their neighbours' means.

    `top` is the slope that the function has at the far end: what it adds per unit of income moved to one rich person.
    """
    low = float(parts @ function(means))
    lowest, highest = np.concatenate([[0.0], means[:-1]]), np.concatenate([means[1:], [np.inf]])
    total = 0.0
    for a, b, mean, part in zip(lowest, highest, means, parts, strict=True):
        if mean <= a or (np.isfinite(b) and b <= a):
            total += part * float(function(np.array(mean)))
            continue
        bottom = float(function(np.array(a)))
        if np.isinf(b):
            total += part * (bottom + top * (mean - a) if top else bottom)
        else:
            share = (mean - a) / (b - a)
            total += part * ((1 - share) * bottom + share * float(function(np.array(b))))
    return low, total
