"""Before treatment: did the treated move like the others, and can the data tell.

A test that finds no difference proves none: with few units it never finds one (Roth 2022, "Pretest with caution",
American Economic Review: Insights 4, 305-322). So the question is put the other way round as well: can a difference of
the margin's size be excluded (Hartman and Hidalgo 2018, "An equivalence approach to balance and placebo tests",
American Journal of Political Science 62, 1000-1013).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Check, Identification, MethodError, p_words, significant, t_quantile

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from pilotzone.core import CheckState, Outcome

    Floats = NDArray[np.float64]

__all__ = ["PreTrends", "hotelling_p", "pre_trends", "pre_trends_identified"]

_USUAL = 0.05
"""Level of the remark on whether there is any difference at all."""


@dataclass(frozen=True)
class PreTrends:
    """Differences before treatment, between the treated and the others.

    Attributes
    ----------
    largest
        The largest of them, by size, in the outcome's own scale.
    bound
        The smallest margin beyond which all of them can be excluded: two one-sided tests of each, of which the worst
        counts (an intersection-union test).
    wald, rank, p
        Statistic, its degrees of freedom, and p against no difference at all.
    count
        How many there are.
    """

    largest: float
    bound: float
    wald: float
    rank: int
    p: float
    count: int


def pre_trends(
    estimate: ArrayLike, covariance: ArrayLike, alpha: float = 0.05, *, degrees: float | None = None
) -> PreTrends:
    """Test differences before treatment, for none at all and for equivalence.

    Parameters
    ----------
    estimate, covariance
        Estimates and covariance of the differences, shapes (Q,) and (Q, Q); with a universal base, so that each is how
        far the treated had moved away by then. The covariance may be singular.
    alpha
        Level of each one-sided test of equivalence.
    degrees
        Degrees of freedom of t and F distributions in place of normal and chi-squared ones.

    Returns
    -------
    PreTrends

    Raises
    ------
    MethodError
        If there is no difference to test.

    Examples
    --------
    >>> found = pre_trends([0.1, -0.2], [[0.01, 0.0], [0.0, 0.01]])
    >>> round(found.wald, 6), found.rank, round(found.bound, 4)
    (5.0, 2, 0.3645)
    """
    from scipy import special

    values, matrix = np.atleast_1d(np.asarray(estimate, dtype=np.float64)), np.asarray(covariance, dtype=np.float64)
    if len(values) == 0:
        raise MethodError("there is no difference before treatment to test.", allowed="two periods before treatment")
    one_sided = -float(t_quantile(alpha, degrees))
    se = np.sqrt(matrix.diagonal())
    # In standard errors: whether differences follow from one another has nothing to do with units.
    scale = np.where(se > 0, se, 1.0)
    roots, vectors = np.linalg.eigh(matrix / scale[:, None] / scale)
    kept = roots > max(len(values), 10) * np.finfo(float).eps * roots.max(initial=0.0)
    rank = int(kept.sum())
    wald = float(((vectors[:, kept].T @ (values / scale)) ** 2 / roots[kept]).sum())
    if degrees is None or np.isinf(degrees):
        p = float(special.chdtrc(rank, wald))
    else:
        p = float(special.fdtrc(rank, degrees, wald / max(rank, 1)))
    largest = float(np.abs(values).max())
    return PreTrends(largest, float((np.abs(values) + one_sided * se).max()), wald, rank, p, len(values))


def hotelling_p(wald: float, rank: int, degrees: float) -> float:
    """Return p of "all are zero" by Hotelling's T-squared, with an estimated covariance.

    Parameters
    ----------
    wald, rank
        Wald statistic and how many estimates are free to vary.
    degrees
        Degrees of freedom of the covariance; infinity where it is known.

    Returns
    -------
    float
        NaN where nothing varies, or there are fewer degrees of freedom than estimates.
    """
    from scipy import special

    if np.isinf(degrees):
        return float(special.chdtrc(rank, wald))
    rest = degrees - rank + 1
    return float(special.fdtrc(rank, rest, wald * rest / (degrees * rank))) if rank and rest > 0 else float("nan")


def pre_trends_identified(
    outcome: Outcome, found: PreTrends | None, why_not: str = "", *, untested: int = 0
) -> Identification:
    """Return what differences before treatment say about an outcome's identification.

    Parameters
    ----------
    outcome
        With a margin; without one nothing can be too large, and only the test against no difference is told.
    found
        Its differences; ``None`` where there are none, or their standard errors may not be used.
    why_not
        Why there are none.
    untested
        How many further differences rest on too few units to be tested.
    """
    label = "The treated moved like the others before"
    if found is None:
        why = why_not or "There is no difference before treatment to test."
        return Identification(outcome.name, (Check("pre_trends", label, "cannot be assessed", None, None, why),))
    shown, bound = (_size(outcome, value) for value in (found.largest, found.bound))
    told = f"The largest of {found.count} differences before treatment is {shown}; beyond {bound} all can be excluded."
    if found.count == 1:
        told = f"The one difference before treatment is {shown}; beyond {bound} it can be excluded."
    if untested:
        told += f" {untested} more {'rests' if untested == 1 else 'rest'} on too few units to be tested."
    state, ratio, judged = _against_margin(outcome, found)
    return Identification(
        outcome.name,
        (Check("pre_trends", label, state, ratio, 1.0 if ratio is not None else None, told + judged), _at_all(found)),
    )


def _against_margin(outcome: Outcome, found: PreTrends) -> tuple[CheckState, float | None, str]:
    """Return the state of the comparison with the margin, the bound as a share of it, and a sentence."""
    if outcome.margin is None:
        return "cannot be assessed", None, " The outcome has no margin that this could be compared with."
    margin = abs(outcome.harm_boundary)
    limit = _size(outcome, margin)
    if found.bound <= margin:
        return "passed", found.bound / margin, f" That is within the margin, {limit}."
    if found.largest > margin:
        return "failed", found.bound / margin, f" It is larger than the margin, {limit}."
    return (
        "cannot be assessed",
        found.bound / margin,
        f" The margin, {limit}, lies between: the data cannot tell; more units would.",
    )


def _at_all(found: PreTrends) -> Check:
    """Return the test against no difference at all, which decides nothing."""
    state: CheckState = "failed" if found.p < _USUAL else "passed"
    against = f"Against no difference at all: {p_words(found.p)} (Wald statistic {found.wald:.3g}, rank {found.rank})."
    return Check("no_pre_trend", "No difference before at all", state, found.p, None, against)


def _size(outcome: Outcome, value: float) -> str:
    """Return a distance in the direction of harm, as the margin is stated: percent on a log scale."""
    shown = outcome.margin_of(-outcome.sign * value)
    unit = "" if outcome.display_unit == "1" else f" {outcome.display_unit}"
    return f"{significant(shown)}{unit}"
