"""Tests of the claim "development without harm" where effects come with a covariance.

As with placebo draws the claim is an intersection-union test (Berger 1982): its p is the largest of its parts', each
from one effect, its standard error and a normal or t distribution, and no joint p feeds it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pilotzone.judge.claim import ClaimTests, by_role
from pilotzone.judge.familywise import adjusted_p
from pilotzone.judge.labels import decide
from pilotzone.judge.normals import quantile, upper_tail
from pilotzone.judge.verdict import OutcomeTest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.core import Combine, EffectCovariance, Familywise, JointEffects

__all__ = ["assess_gaussian"]

_NONE = float("nan")


def assess_gaussian(
    effects: JointEffects, covariance: EffectCovariance, *, alpha: float, rule: Combine, familywise: Familywise
) -> ClaimTests:
    """Test the claim by a covariance.

    Parameters
    ----------
    effects, covariance
        Joint effects and their covariance; outcomes without a role are no part of the claim.
    alpha
        Level of each one-sided test.
    rule
        Several development outcomes: ``all`` must rise or ``any`` of them.
    familywise
        How at least one of several outcomes is tested.

    Raises
    ------
    UsageError
        If there is no development or no environment outcome.

    Notes
    -----
    An outcome that is refused has no p-values (NaN), nor have the claim and its parts that need it; the verdict then
    cannot be decided, whatever the other outcomes show, as it is not identified where one of them is not.
    """
    development, environment = by_role(effects)
    at_zero = _t_values(effects, covariance, [0.0] * len(effects.outcomes))
    claimed = sorted((*development, *environment))
    bars = [item.harm_boundary if k in claimed else 0.0 for k, item in enumerate(effects.outcomes)]
    at_margin = _t_values(effects, covariance, bars)
    gains = _together(development, at_zero, effects, covariance, familywise)
    harms = _together(environment, -at_margin, effects, covariance, familywise)
    adjusted = gains | harms
    tests = {k: _test(effects, covariance, k, (at_zero[k], at_margin[k]), alpha, adjusted[k]) for k in claimed}
    gain = _largest([tests[k].p_improved for k in development])
    if rule == "any":
        gain = _smallest(list(gains.values()))
    excluded = _largest([tests[k].p_harm_excluded for k in environment])
    harm = _smallest(list(harms.values()))
    label = decide(
        identified=all(test.identification == "passed" for test in tests.values()),
        decidable=not any(test.refused for test in tests.values()),
        development_shown=gain <= alpha,
        harm_excluded=excluded <= alpha,
        harm_shown=harm <= alpha,
    )
    return ClaimTests(tuple(tests[k] for k in claimed), gain, excluded, harm, label)


def _t_values(effects: JointEffects, covariance: EffectCovariance, nulls: list[float]) -> NDArray[np.float64]:
    """Return effects less null effects over their standard errors, good ones positive; NaN where refused."""
    found = np.full(len(nulls), _NONE)
    for k, (outcome, null) in enumerate(zip(effects.outcomes, nulls, strict=True)):
        if not effects.refusal(outcome.name):
            found[k] = outcome.sign * (effects.estimate[k] - null) / covariance.se[k]
    return found


def _together(
    chosen: list[int],
    t_values: NDArray[np.float64],
    effects: JointEffects,
    covariance: EffectCovariance,
    familywise: Familywise,
) -> dict[int, float]:
    """Return the adjusted p of each outcome of a role; of none of them if one is refused."""
    if np.isnan(t_values[chosen]).any():
        return dict.fromkeys(chosen, _NONE)
    turn = np.array([effects.outcomes[k].sign for k in chosen])
    spread = covariance.correlation[np.ix_(chosen, chosen)] * np.outer(turn, turn)
    found = adjusted_p(t_values[chosen], spread, covariance.degrees, familywise)
    return dict(zip(chosen, found.tolist(), strict=True))


def _test(
    effects: JointEffects,
    covariance: EffectCovariance,
    column: int,
    t_values: tuple[float, float],
    alpha: float,
    adjusted: float,
) -> OutcomeTest:
    outcome, degrees = effects.outcomes[column], covariance.degrees
    at_zero, at_margin = t_values
    refused = effects.refusal(outcome.name)
    estimate, se = float(effects.estimate[column]), float(covariance.se[column])
    smallest = None
    if not refused:
        # The lower end of a one-sided interval for the effect, good direction up: harm beyond it is excluded.
        smallest = outcome.margin_of(estimate - outcome.sign * quantile(alpha, degrees) * se)
    return OutcomeTest(
        outcome=outcome,
        statistic=None,
        estimate=estimate,
        p_improved=upper_tail(at_zero, degrees),
        p_worsened=upper_tail(-at_zero, degrees),
        p_harm_excluded=upper_tail(at_margin, degrees),
        p_harm_shown=upper_tail(-at_margin, degrees),
        smallest_excluded_margin=smallest,
        rank_improved=None,
        identification=effects.identification_of(outcome.name).state,
        se=se,
        p_adjusted=adjusted,
        refused=refused,
    )


def _largest(values: list[float]) -> float:
    return _NONE if np.isnan(values).any() else max(values)


def _smallest(values: list[float]) -> float:
    return _NONE if np.isnan(values).any() else min(values)
