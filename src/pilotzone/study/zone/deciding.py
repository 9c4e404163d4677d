"""What decides on the claim of a study: placebo ranks, or conformal p-values where its file declares them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pilotzone.core import MethodError, StudyError, attained_level
from pilotzone.evaluation.few import FewEffects, conformal_effects, needed_periods

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pilotzone.core import JointEffects, Outcome, Panel, PValues
    from pilotzone.evaluation.few import FewDesign, SeveralEffects

__all__ = ["deciding", "refuse_few_periods"]


def deciding(effects: FewEffects | SeveralEffects, p_values: PValues, alpha: float) -> JointEffects:
    """Return the joint effects that the verdict is reached on.

    Raises
    ------
    MethodError
        If p-values are to be conformal, and there are too few periods for any to be at most alpha.
    """
    if p_values == "conformal" and isinstance(effects, FewEffects):
        return conformal_effects(effects, alpha=alpha)
    return effects.joint


def refuse_few_periods(
    panel: Panel, outcomes: Sequence[Outcome], designs: Iterable[tuple[str, FewDesign]], alpha: float
) -> None:
    """Refuse a study whose conformal p-values can never be at most alpha, before anything is estimated.

    Parameters
    ----------
    panel, outcomes
        The data and the outcomes of the claim.
    designs
        Each with the place in the study file that it comes from.
    alpha
        Level of each test.

    Raises
    ------
    StudyError
        Naming the design, the outcome and its periods.
    """
    needed = math.ceil(1 / alpha)
    while needed > 1 and attained_level(alpha, needed - 1) > 0:
        needed -= 1
    for where, design in designs:
        for outcome in outcomes:
            try:
                columns, _ = needed_periods(panel, outcome, design)
            except MethodError:
                continue  # estimating says better what is wrong
            if attained_level(alpha, len(columns)) > 0:
                continue
            late = sum(design.window[0] <= panel.periods[k] <= design.window[1] for k in columns)
            raise StudyError(
                f"claim.p_values = 'conformal' cannot decide at claim.alpha = {alpha:g}: {outcome.title} has "
                f"{len(columns)} periods in {where}, {len(columns) - late} to fit on and {late} in the window, and the "
                f"smallest p is 1/{len(columns)}.",
                allowed=f"at least {needed} periods, those to fit on and those of the window together",
                todo="bring more periods, raise claim.alpha, or let placebo ranks decide (p_values = 'placebo')",
            )
