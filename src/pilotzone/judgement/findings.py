"""A finding and how far it holds: its p, the drift at which it breaks down, and the grade that follows.

Two numbers that are never mixed. The p of a finding is the exact rank of one statistic (or that of a t distribution)
and allows for nothing. The breakdown says how far the treated unit alone could have drifted, in the direction adverse
to the finding, before that p would exceed the level: p rises with the drift that is allowed for, and the level holds if
the drift was at most that. It is told in multiples of what was seen before: of the largest placebo effect of the zone
at earlier dates, or, where many units are treated, of the largest earlier departure from parallel trends.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.core import rank_p
from pilotzone.judgement.ranks import min_p, oriented_statistic, parts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from pilotzone.core import Combine, Grade, Outcome, PlaceboDraws, Statistic

    Floats = NDArray[np.float64]

__all__ = [
    "DEFAULT_ALLOWANCE",
    "Finding",
    "FindingKind",
    "Question",
    "grade_of",
    "ranked_finding",
    "weakest",
]

DEFAULT_ALLOWANCE = 0.5
"""Multiples of the largest earlier placebo effect that are allowed for, unless a study declares others (ADR 0030)."""

FindingKind = Literal["gain", "harm excluded", "harm shown"]

_ORDER: tuple[Grade, ...] = ("not shown", "without allowance", "with allowance")


@dataclass(frozen=True)
class Finding:
    """One finding on an outcome, or on all outcomes of a side of the claim.

    Attributes
    ----------
    kind
        Gain, harm beyond the margin excluded, or such harm shown.
    p
        One-sided p without allowance; NaN where there is no test.
    multiple
        Breakdown: the drift from which on the finding is no longer shown, in multiples of the largest earlier one;
        zero where it is not shown even without, infinite where nothing was seen before or no multiple tried is enough,
        ``None`` where it is not known.
    drift
        The same in the outcome's own scale, positive in the direction adverse to the finding; not positive where the
        finding is not shown. ``None`` for several outcomes together, and where many units are treated.
    grade
        Holds with the declared allowance, without allowance only, or not shown.
    """

    kind: FindingKind
    p: float
    multiple: float | None
    drift: float | None
    grade: Grade

    @property
    def shown(self) -> bool:
        """Whether it is shown at all."""
        return self.grade != "not shown"


def grade_of(p: float, alpha: float, multiple: float | None, allowance: float) -> Grade:
    """Return how a finding holds.

    Parameters
    ----------
    p, alpha
        p without allowance, NaN for none, and the level.
    multiple
        Breakdown; ``None`` or NaN where it is not known.
    allowance
        Declared multiple that is to be allowed for. Where it is zero, nothing holds with allowance.

    Examples
    --------
    >>> grade_of(0.04, 0.05, multiple=0.6, allowance=1.0)
    'without allowance'
    """
    if not p <= alpha:
        return "not shown"
    holds = allowance > 0 and multiple is not None and multiple > allowance
    return "with allowance" if holds else "without allowance"


def weakest(grades: Sequence[Grade]) -> Grade | None:
    """Return the weakest of several grades; ``None`` for none.

    Examples
    --------
    >>> weakest(["with allowance", "without allowance"])
    'without allowance'
    """
    return min(grades, key=_ORDER.index) if grades else None


@dataclass(frozen=True)
class Question:
    """What is asked of one outcome: an effect beyond a null, in one direction.

    Attributes
    ----------
    column
        Position of the outcome.
    sign
        +1 for effects above the null, -1 for effects below it.
    null
        Null effect, in the outcome's scale.
    """

    column: int
    sign: int
    null: float

    @classmethod
    def of(cls, outcome: Outcome, column: int, kind: FindingKind) -> Question:
        """Return what a finding asks of an outcome at a position."""
        if kind == "gain":
            return cls(column, outcome.sign, 0.0)
        return cls(column, outcome.sign if kind == "harm excluded" else -outcome.sign, outcome.harm_boundary)


def ranked_finding(
    draws: PlaceboDraws,
    questions: Sequence[Question],
    kind: FindingKind,
    *,
    statistic: Statistic,
    alpha: float,
    allowance: float,
    rule: Combine = "all",
) -> Finding:
    """Return a finding by placebo ranks.

    Parameters
    ----------
    draws
        Placebo draws of n units.
    questions
        One per outcome, from one on.
    statistic, alpha, allowance
        As in `judge`.
    rule
        Several outcomes: all of them, by the largest p, or at least one, by the smallest p over the same placebos.

    Notes
    -----
    A multiple m takes m times its own largest earlier placebo effect off the treated unit on every outcome at once and
    leaves all other units as they are. p is a step function of m that never falls, so that the least m at which it
    exceeds alpha is found among the points where the treated unit meets another one.
    """
    columns = [oriented_statistic(draws, q.column, statistic, q.sign, q.null) for q in questions]
    p_of = _largest_p if rule == "all" else min_p
    values = np.column_stack(columns)
    p = p_of(values, draws.treated)
    falls = _falls(draws, questions, statistic)
    multiple = None if falls is None else _breakdown(values, falls, draws.treated, p_of, alpha)
    return Finding(kind, p, multiple, None, grade_of(p, alpha, multiple, allowance))


def _largest_p(columns: Floats, treated: int) -> float:
    return max(rank_p(column, treated) for column in columns.T)


def _falls(draws: PlaceboDraws, questions: Sequence[Question], statistic: Statistic) -> Floats | None:
    """Return how far the treated unit's statistics fall with each multiple; ``None`` where that is not known."""
    if draws.earlier is None:
        return None
    own = draws.earlier().largest[draws.treated]
    found = []
    for q in questions:
        scale = float(parts_of(draws, q.column, statistic, q.sign).scale[draws.treated])
        # Over a scale of zero it is infinite, whatever is taken off.
        found.append(own[q.column] / scale if scale > 0 else 0.0)
    falls = np.array(found)
    return None if np.isnan(falls).any() else falls


def _breakdown(
    values: Floats, falls: Floats, treated: int, p_of: Callable[[Floats, int], float], alpha: float
) -> float:
    """Return the least multiple at which p exceeds alpha."""

    def p_at(multiple: float) -> float:
        lowered = values.copy()
        lowered[treated] = lowered[treated] - multiple * falls
        return p_of(lowered, treated)

    if not p_at(0.0) <= alpha:
        return 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        meets = ((values[treated] - values) / falls).ravel()
    points = np.unique(meets[np.isfinite(meets) & (meets > 0)])
    # At a meeting itself the two may differ by rounding; between meetings nothing changes.
    inside = np.append((points[1:] + points[:-1]) / 2, 2 * points[-1] + 1) if points.size else points
    low, high = 0, len(points)
    while low < high:
        middle = (low + high) // 2
        if p_at(float(inside[middle])) > alpha:
            high = middle
        else:
            low = middle + 1
    return float(points[low]) if low < len(points) else math.inf
