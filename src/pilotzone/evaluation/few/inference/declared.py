"""Joint effects that conformal p-values decide on, where that was declared before either kind of p was looked at."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import (
    CONFORMAL,
    EffectCovariance,
    ExactTest,
    JointEffects,
    attained_level,
    check_level,
    one_thread,
)
from pilotzone.evaluation.few.inference.conformal import refuse_few_periods, shifted_p
from pilotzone.evaluation.few.inference.nullfits import NullFits

if TYPE_CHECKING:
    from collections.abc import Callable

    from pilotzone.evaluation.few.result import FewEffects

__all__ = ["conformal_effects"]

_HALVINGS = 60
_DOUBLINGS = 60
_ROUNDING = 1e-9
_WHY = "One unit is treated: its effect has no standard error."


@one_thread()
def conformal_effects(effects: FewEffects, *, alpha: float = 0.05) -> JointEffects:
    """Return joint effects on which conformal p-values decide in place of placebo ranks.

    Parameters
    ----------
    effects
        Effects of one design, by an estimator whose conformal p-values are exact.
    alpha
        Level of the test that was declared.

    Returns
    -------
    JointEffects
        For `judge`: outcomes have one-sided tests by the signed mean residual over all cyclic shifts of the periods
        (`conformal_one_sided_p`) and no standard error. A drift of the zone that is allowed for is taken off its gap,
        and told in multiples of its largest placebo effect at earlier dates.

    Raises
    ------
    MethodError
        If there are so few periods that no p can be at most alpha; or as `conformal_p`.

    Notes
    -----
    Conformal p-values rest on time where placebo ranks rest on units: they suit long series with few donors. Which of
    the two decides has to be said before either is looked at.
    """
    alpha = check_level(alpha, below=0.5)
    joint = effects.joint
    tests = {item.name: _test(effects, item.name, column, alpha) for column, item in enumerate(joint.outcomes)}
    count = len(joint.outcomes)
    periods = min(round(1 / test.smallest_p) for test in tests.values())
    return JointEffects(
        unit=joint.unit,
        start=joint.start,
        window=joint.window,
        estimator=joint.estimator,
        outcomes=joint.outcomes,
        estimate=joint.estimate,
        identification=joint.identification,
        covariance=EffectCovariance(
            np.full((count, count), np.nan),
            drawn="cyclic shifts of the periods",
            treated=1,
            controls=periods - 1,
            refused={outcome.name: _WHY for outcome in joint.outcomes},
            exact=tests,
        ),
    )


def _test(effects: FewEffects, name: str, column: int, alpha: float) -> ExactTest:
    task = NullFits.of(effects, name, "mean_absolute", "moving_block", None, 0)
    refuse_few_periods(task, alpha)
    count = len(task.periods)

    # Every finding asks for the same few bounds, and each p is a fit of weights.
    @cache
    def p(null: float, sign: int) -> float:
        return shifted_p(task, null, sign)

    @cache
    def bound(sign: int, level: float) -> float | None:
        attained = attained_level(level, count)
        return _bound(p, sign, attained * (1 + _ROUNDING), estimate) if attained else None

    earlier = effects.joint.draws.earlier
    own = math.nan if earlier is None else float(earlier().largest[effects.joint.draws.treated, column])
    estimate = float(effects.joint.estimate[column])
    return ExactTest(
        p=p,
        bound=bound,
        method=f"{CONFORMAL}: the signed mean residual of the window over all {count} cyclic shifts of the periods",
        smallest_p=1 / count,
        earlier=None if math.isnan(own) else own,
    )


def _bound(p: Callable[[float, int], float], sign: int, level: float, estimate: float) -> float | None:
    """Return beyond which null effects, against the sign, p is at most the level; the first place from the estimate on.

    The search doubles its steps away from the estimate and halves where p passes the level. Where weights that are
    fitted anew under each null make p turn back farther out, that is not seen.
    """
    step = max(abs(estimate), 1.0) / 64
    inside = estimate
    for _ in range(_DOUBLINGS):
        outside = estimate - sign * step
        if p(outside, sign) <= level:
            break
        inside, step = outside, 2 * step
    else:
        return None
    if p(estimate, sign) <= level:
        inside = estimate + sign * step
        while p(inside, sign) <= level:
            step *= 2
            inside = estimate + sign * step
        outside = estimate
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        if p(middle, sign) <= level:
            outside = middle
        else:
            inside = middle
    return outside
