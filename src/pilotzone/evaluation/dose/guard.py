"""How many units and doses an effect by dose needs, stated before any effect is seen.

docs/explanation/doses.md shows size and coverage on both sides of these thresholds (tests/simulation/doses.py).
"""

from __future__ import annotations

__all__ = ["FEWEST_CLUSTERS", "FEWEST_CONTROLS", "FEWEST_PER_TERM", "FEWEST_TREATED", "why_too_few"]

FEWEST_TREATED = 5
"""Treated units that a cohort needs at least."""

FEWEST_PER_TERM = 3
"""Treated units that a cohort needs for each coefficient of the spline, and for each bin."""

FEWEST_CONTROLS = 5
"""Units to compare with that every effect needs."""

FEWEST_CLUSTERS = 10
"""Clusters that there have to be among the treated beyond the number of coefficients, and among controls."""


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
    needed = max(FEWEST_TREATED, FEWEST_PER_TERM * terms)
    if treated < needed:
        return f"{treated} treated units for {terms} coefficients, {needed} needed"
    if controls < FEWEST_CONTROLS:
        return f"{controls} units to compare with, {FEWEST_CONTROLS} needed"
    return ""
