"""Tests of the claim "development without harm" on placebo draws.

Superiority on development and non-inferiority on the environment are joined by the intersection-union test
(Berger 1982): the claim's p is the largest of its parts', and its size is at most alpha without any correction. No
joint rank feeds it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import UsageError, rank_p
from pilotzone.judge.labels import decide
from pilotzone.judge.ranks import min_p, shifted_statistic, smallest_excluded_harm
from pilotzone.judge.verdict import OutcomeTest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.core import Combine, JointEffects, Statistic, VerdictLabel

__all__ = ["ClaimTests", "assess_claim", "by_role"]


@dataclass(frozen=True)
class ClaimTests:
    """The claim tested by one statistic; p is NaN where an outcome without a test has a part in it.

    Attributes
    ----------
    tests
        One per outcome of the claim.
    p_development, p_environment, p_harm
        Of superiority, of non-inferiority, and against "no harm beyond the margin".
    label
        What the decision table makes of them.
    """

    tests: tuple[OutcomeTest, ...]
    p_development: float
    p_environment: float
    p_harm: float
    label: VerdictLabel

    @property
    def p_claim(self) -> float:
        """The intersection-union p: the largest of the parts'; NaN where one of them has none."""
        either_missing = math.isnan(self.p_development) or math.isnan(self.p_environment)
        return math.nan if either_missing else max(self.p_development, self.p_environment)


def assess_claim(effects: JointEffects, *, statistic: Statistic, alpha: float, rule: Combine) -> ClaimTests:
    """Test the claim by one statistic.

    Parameters
    ----------
    effects
        Joint effects with placebo draws; outcomes without a role are no part of the claim.
    statistic
        Placebo statistic.
    alpha
        Level of each one-sided test.
    rule
        Several development outcomes: ``all`` must rise or ``any`` of them (min-p over the same placebos).

    Raises
    ------
    UsageError
        If there is no development or no environment outcome.
    """
    development, environment = by_role(effects)
    tests = {k: _test_outcome(effects, k, statistic, alpha) for k in (*development, *environment)}
    improved = np.column_stack([_oriented(effects, k, statistic, 0.0) for k in development])
    harm = np.column_stack([-_oriented(effects, k, statistic, effects.outcomes[k].harm_boundary) for k in environment])
    treated = effects.draws.treated
    p_all = max(tests[k].p_improved for k in development)
    p_development = p_all if rule == "all" else min_p(improved, treated)
    p_environment = max(tests[k].p_harm_excluded for k in environment)
    p_harm = min_p(harm, treated)
    label = decide(
        identified=all(test.identification == "passed" for test in tests.values()),
        decidable=effects.draws.smallest_p <= alpha,
        development_shown=p_development <= alpha,
        harm_excluded=p_environment <= alpha,
        harm_shown=p_harm <= alpha,
    )
    return ClaimTests(tuple(tests[k] for k in sorted(tests)), p_development, p_environment, p_harm, label)


def by_role(effects: JointEffects) -> tuple[list[int], list[int]]:
    """Return the positions of development and of environment outcomes.

    Raises
    ------
    UsageError
        If there are none of one of them.
    """
    roles = [outcome.role for outcome in effects.outcomes]
    development = [k for k, role in enumerate(roles) if role == "development"]
    environment = [k for k, role in enumerate(roles) if role == "environment"]
    if not development or not environment:
        absent = "development" if not development else "environment"
        raise UsageError(
            f"the claim has no {absent} outcome.",
            allowed="at least one outcome of each role, development and environment",
            todo=f"give an outcome the role '{absent}' and a margin",
        )
    return development, environment


def _oriented(effects: JointEffects, column: int, statistic: Statistic, null_effect: float) -> NDArray[np.float64]:
    """Statistics with good effects positive, after a null effect is taken off."""
    return effects.outcomes[column].sign * shifted_statistic(effects.draws, column, statistic, null_effect)


def _test_outcome(effects: JointEffects, column: int, statistic: Statistic, alpha: float) -> OutcomeTest:
    outcome, treated = effects.outcomes[column], effects.draws.treated
    at_zero = _oriented(effects, column, statistic, 0.0)
    at_margin = _oriented(effects, column, statistic, outcome.harm_boundary)
    bound = smallest_excluded_harm(effects.draws, column, statistic, sign=outcome.sign, alpha=alpha)
    p_improved = rank_p(at_zero, treated)
    return OutcomeTest(
        outcome=outcome,
        statistic=statistic,
        estimate=float(effects.estimate[column]),
        p_improved=p_improved,
        p_worsened=rank_p(-at_zero, treated),
        p_harm_excluded=rank_p(at_margin, treated),
        p_harm_shown=rank_p(-at_margin, treated),
        smallest_excluded_margin=None if bound is None else outcome.margin_of(bound),
        rank_improved=round(p_improved * len(effects.draws.units)),
        identification=effects.identification_of(outcome.name).state,
    )
