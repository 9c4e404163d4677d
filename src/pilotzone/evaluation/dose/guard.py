"""How many units and doses an effect by dose needs, stated before any effect is seen.

docs/explanation/doses.md shows size and coverage on both sides of these thresholds (tests/simulation/doses.py).
"""

from __future__ import annotations

from pilotzone.evaluation.dose.design import DoseWords

__all__ = [
    "FEWEST_CLUSTERS",
    "FEWEST_CONTROLS",
    "FEWEST_PER_TERM",
    "FEWEST_TREATED",
    "fewest",
    "way_out",
    "why_too_few",
]

FEWEST_TREATED = 5
"""Treated units that a cohort needs at least."""

FEWEST_PER_TERM = 3
"""Treated units that a cohort needs for each coefficient of the spline, and for each bin."""

FEWEST_CONTROLS = 5
"""Units to compare with that every effect needs."""

FEWEST_CLUSTERS = 10
"""Clusters that there have to be among the treated beyond the number of coefficients, and among controls."""


_OF_A_LINE = 2
"""Coefficients of a spline of degree 1 without inner knots, the fewest that a spline has."""


def fewest(terms: int) -> int:
    """Return how many treated units a cohort needs for so many coefficients, or bins.

    Examples
    --------
    >>> fewest(1), fewest(4)
    (5, 12)
    """
    return max(FEWEST_TREATED, FEWEST_PER_TERM * terms)


def way_out(treated: int, distinct: int, terms: int, *, bins: bool, words: DoseWords | None = None) -> str:
    """Return what to do where there are too few doses or units, naming only what can help.

    Parameters
    ----------
    treated
        Most treated units that a cohort has.
    distinct
        Number of different doses.
    terms
        Coefficients of the spline that was asked for, or bins.
    bins
        Whether bins were asked for.
    words
        What options are called; arguments of Python if left out.

    Examples
    --------
    >>> way_out(9, 3, 4, bins=False)
    "lower the degree or leave out knots; or take basis='bins', with an effect for each dose"
    >>> way_out(3, 3, 3, bins=False)
    'evaluate without doses, or evaluate a single zone by synthetic control'
    """
    called = words or DoseWords()
    ways = []
    if bins and terms > 1 and treated >= fewest(1):
        ways.append(called.fewer)
    if not bins and terms > _OF_A_LINE < distinct and treated >= fewest(_OF_A_LINE):
        ways.append(called.simpler)
    if not bins and treated >= fewest(distinct):
        ways.append(f"take {called.bins}, with an effect for each dose")
    return "; or ".join(ways or [f"{called.without}, or evaluate a single zone by synthetic control"])


def why_too_few(treated: int, controls: int, terms: int) -> str:
    """Return why a cohort is left out, empty where it is not.

    Parameters
    ----------
    treated, controls
        Its treated units, and the fewest units that any of its effects is compared with.
    terms
        Coefficients of the spline, or bins.

    Examples
    --------
    >>> why_too_few(9, 40, 4)
    '9 treated units for 4 coefficients, 12 needed'
    """
    needed = fewest(terms)
    if treated < needed:
        return f"{treated} treated units for {terms} coefficients, {needed} needed"
    if controls < FEWEST_CONTROLS:
        return f"{controls} units to compare with, {FEWEST_CONTROLS} needed"
    return ""
