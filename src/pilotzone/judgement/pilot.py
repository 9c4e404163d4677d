"""Plans for verdicts: from the noise of units in single periods, or from a pilot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import UsageError, one_thread
from pilotzone.judgement.given import effects_of
from pilotzone.judgement.judgement import level_of
from pilotzone.judgement.periods import Periods, check_count
from pilotzone.judgement.sample_size import SamplePlan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from pilotzone.core import Combine, Familywise, JointEffects, Outcome
    from pilotzone.judgement.given import HasJoint

__all__ = ["pilot_plan", "sample_plan"]


@one_thread()
def sample_plan(  # noqa: PLR0913 - each is a choice of its own
    outcomes: Sequence[Outcome],
    residual: ArrayLike,
    *,
    before: int,
    after: int,
    autocorrelation: float = 0.0,
    drawn: str = "units",
    cluster_size: int = 1,
    intraclass: float = 0.0,
    alpha: float = 0.05,
    development: Combine = "all",
    familywise: Familywise = "sup-t",
    student: bool = False,
) -> SamplePlan:
    """Plan the sample of a verdict from the noise of units in single periods.

    Parameters
    ----------
    outcomes
        K outcomes, with roles and margins.
    residual
        Covariance of the residuals of a unit's K outcomes in one period, after removing unit and period effects; shape
        (K, K), in the outcomes' own scales (log points if the scale is ``log``).
    before, after
        Number of periods before and after the start whose means are compared. ``imputation`` compares with all periods
        before; ``callaway_santanna`` and ``sun_abraham`` compare with the last one only, which is ``before=1``.
    autocorrelation
        Autocorrelation of the noise from one period to the next (AR(1)), from above -1 to below 1.
    drawn
        Name, in the plural, of what is drawn and treated: units such as ``counties``, or clusters of units such as
        ``provinces``.
    cluster_size, intraclass
        Number of units in a cluster, and intraclass correlation of their noise, from 0 to 1. With clusters, the plan
        counts clusters.
    alpha, development, familywise
        As they will be given to `judge`.
    student
        Whether tests will use the t distribution with treated + controls - 2 degrees of freedom.

    Raises
    ------
    UsageError
        If an option is not one of the allowed values, the matrix is not a covariance, or a role is missing.

    Notes
    -----
    The variance is that of Burlig, Preonas and Woerman (2020, "Panel data and experimental design", Journal of
    Development Economics 144, equation 2), for noise of one kind on both sides of the start, times the design effect of
    clusters of equal size over their size.

    Examples
    --------
    >>> from pilotzone.core import Outcome
    >>> jobs = Outcome("jobs", "development", "up", margin=1, scale="level")
    >>> dust = Outcome("dust", "environment", "down", margin=2, scale="level")
    >>> plan = sample_plan([jobs, dust], [[9, 0], [0, 16]], before=4, after=4)
    >>> needed = plan.sample({"jobs": 1.5}, controls_per_treated=2)
    >>> needed.treated, needed.controls
    (26, 52)
    """
    check_count("cluster_size", cluster_size)
    if not 0 <= intraclass <= 1:
        raise UsageError(f"intraclass is {intraclass!r}.", allowed="a correlation from 0 to 1")
    noise = np.asarray(residual, dtype=float) * (1 + (cluster_size - 1) * intraclass) / cluster_size
    periods = Periods(noise, before, after, autocorrelation)
    return SamplePlan(tuple(outcomes), periods.unit, drawn, level_of(alpha), development, familywise, student, periods)


@one_thread()
def pilot_plan(
    effects: JointEffects | HasJoint,
    *,
    alpha: float = 0.05,
    development: Combine = "all",
    familywise: Familywise = "sup-t",
    student: bool = False,
) -> SamplePlan:
    """Plan the sample of a verdict from effects estimated in a pilot, or in periods before the start.

    Parameters
    ----------
    effects
        Effects with a covariance, or a result that contains them as ``joint``. Only the covariance and its numbers of
        treated and control units are used. For other numbers the covariance is scaled by 1/treated + 1/controls.
    alpha, development, familywise, student
        As in `sample_plan`.

    Raises
    ------
    UsageError
        If the effects have no covariance, or an outcome of the claim has no test.
    """
    found = effects_of(effects)
    spread = found.covariance
    if spread is None:
        raise UsageError(
            f"effects on {found.unit} come with placebo draws.", allowed="effects with a covariance, on many units"
        )
    kept = [k for k, item in enumerate(found.outcomes) if item.role is not None]
    for k in kept:
        name = found.outcomes[k].name
        if found.refusal(name):
            raise UsageError(f"outcome {name!r} has no test. {found.refusal(name)}", allowed="a pilot that gives one")
    own = spread.matrix if spread.unit is None else spread.matrix * np.outer(spread.unit, spread.unit)
    unit = own[np.ix_(kept, kept)] / (1 / spread.treated + 1 / spread.controls)
    outcomes = tuple(found.outcomes[k] for k in kept)
    return SamplePlan(outcomes, unit, spread.drawn, level_of(alpha), development, familywise, student)
