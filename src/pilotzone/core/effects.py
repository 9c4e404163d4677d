"""Effects of a zone on several outcomes, jointly: what passes from evaluating to judging."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pilotzone.core.errors import UsageError, did_you_mean
from pilotzone.core.literals import CheckState, Estimator, ManyEstimator, PoolRule

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from pilotzone.core.outcome import Outcome

__all__ = ["Check", "EffectCovariance", "Identification", "JointEffects", "PlaceboDraws"]

_SLACK = 1e-9
"""Correlations off by less are rounding."""


@dataclass(frozen=True)
class Check:
    """One identification check of one outcome, judged by magnitude.

    Attributes
    ----------
    name
        Short identifier, such as ``earlier_dates``.
    label
        Words for a reader.
    state
        Passed, failed or cannot be assessed.
    value, threshold
        What was measured and where it would fail; ``None`` where it could not be measured.
    statement
        One sentence with the figures in it.
    decides
        Whether a failure makes the outcome "not identified"; a check that does not decide is shown as a remark.
    """

    name: str
    label: str
    state: CheckState
    value: float | None
    threshold: float | None
    statement: str
    decides: bool = True


@dataclass(frozen=True)
class Identification:
    """All checks of one outcome.

    The outcome has failed if a deciding check failed, cannot be assessed if one of them could not be, and has
    passed only if all of them passed.
    """

    outcome: str
    checks: tuple[Check, ...]

    @property
    def state(self) -> CheckState:
        """State over the deciding checks; without any the outcome cannot be assessed."""
        states = {check.state for check in self.checks if check.decides}
        if "failed" in states:
            return "failed"
        return "passed" if states == {"passed"} else "cannot be assessed"

    def not_passed(self) -> tuple[Check, ...]:
        """Return the deciding checks that did not pass."""
        return tuple(check for check in self.checks if check.decides and check.state != "passed")


@dataclass(frozen=True, eq=False)
class PlaceboDraws:
    """The same estimate for every assignment of the zone that could have been, on all outcomes at once.

    With one zone an assignment is a unit. With several it is a unit for each of their dates.

    Attributes
    ----------
    units
        n assignments by name, the actual one among them.
    treated
        Index of the actual one.
    mean_gap
        Mean gap over the window, shape (n, K).
    slope
        Derivative of `mean_gap` in a constant effect taken off the treated unit's post-period, shape (n, K): -1 for
        the treated unit, plus its weight where it is a donor, else 0. For synthetic control this is exact, since
        weights depend on the pre-period alone; it is how other null effects are tested without estimating again.
    pre_rmspe
        Root mean squared prediction error before the zone, shape (n, K).
    pool_rule
        ``symmetric`` if every unit had all others as possible donors, which makes the ranks exact.
    restate
        Where weights do depend on the null effect, because one zone's post-period is fitted on for a later one: the
        mean gaps and RMSPE, each of shape (n,), of an outcome by its position once a null effect is taken off. `slope`
        is then right near zero only. ``None`` where it is exact.
    drawn
        Whether the assignments are the actual one and random draws, so that p is a Monte Carlo estimate; else they
        are all there are.
    """

    units: Sequence[str]
    treated: int
    mean_gap: NDArray[np.float64]
    slope: NDArray[np.float64]
    pre_rmspe: NDArray[np.float64]
    pool_rule: PoolRule
    restate: Callable[[int, float], tuple[NDArray[np.float64], NDArray[np.float64]]] | None = None
    drawn: bool = False

    def __post_init__(self) -> None:
        shape = self.mean_gap.shape
        if shape[0] != len(self.units) or self.slope.shape != shape or self.pre_rmspe.shape != shape:
            message = f"{len(self.units)} units, but shapes {shape}, {self.slope.shape} and {self.pre_rmspe.shape}"
            raise ValueError(message)

    @property
    def smallest_p(self) -> float:
        """The smallest p-value these draws can give: one over the number of assignments."""
        return 1 / len(self.units)


@dataclass(frozen=True, eq=False)
class EffectCovariance:
    """How far K effects may be off, jointly: what takes the place of placebo draws where many units are treated.

    Attributes
    ----------
    matrix
        Covariance of the effects, shape (K, K), in the products of the outcomes' own scales. It may be singular. Rows
        of outcomes that are refused may be NaN.
    drawn
        What was drawn independently, in the plural: ``counties``, or clusters of them, such as ``provinces``.
    treated, controls
        How many of these there are on either side.
    degrees
        Degrees of freedom, common to all effects, where t distributions are to be used; ``None`` for normal ones, which
        infinitely many become.
    method
        Words on how the covariance was estimated.
    refused
        Outcomes without a test, by name, and why: too few units for any p-value to be right, say.
    unit
        What the matrix is in multiples of, shape (K,), where that is not each outcome's own scale: squares of very
        large and very small outcomes are beyond the range of numbers. ``None`` for all one.

    Raises
    ------
    UsageError
        If the matrix is no covariance, or a number is none.
    """

    matrix: NDArray[np.float64]
    drawn: str
    treated: int
    controls: int
    degrees: float | None = None
    method: str = ""
    refused: Mapping[str, str] = field(default_factory=dict)
    unit: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        shape = self.matrix.shape
        if len(shape) != 2 or shape[0] != shape[1]:  # noqa: PLR2004 - rows and columns
            raise UsageError(f"the covariance has shape {shape}.", allowed="as many rows as columns, one per outcome")
        for what, count in (("treated", self.treated), ("controls", self.controls)):
            if not count >= 1:
                raise UsageError(f"{what} is {count!r}.", allowed=f"a number of {self.drawn} from one")
        if self.degrees is not None and not self.degrees >= 1:
            raise UsageError(f"degrees is {self.degrees!r}.", allowed="degrees of freedom from one, or None")
        if self.degrees == math.inf:
            object.__setattr__(self, "degrees", None)

    @property
    def se(self) -> NDArray[np.float64]:
        """Standard errors, shape (K,), each in its outcome's own scale."""
        found: NDArray[np.float64] = self.matrix.diagonal() ** 0.5
        return found if self.unit is None else found * self.unit

    @property
    def correlation(self) -> NDArray[np.float64]:
        """Correlations of the effects, shape (K, K); zero with effects that do not vary."""
        import numpy as np  # here, so that importing the core stays cheap

        scale = self.matrix.diagonal() ** 0.5
        scale = np.where(scale > 0, scale, np.inf)
        found: NDArray[np.float64] = self.matrix / scale[:, None] / scale
        return found


@dataclass(frozen=True, eq=False)
class JointEffects:
    """Effects on K outcomes, with what is needed to test any of them and all of them together.

    That is either placebo draws, where one zone or a few are treated, or a covariance, where many units are.

    Attributes
    ----------
    unit
        The treated unit; several, joined by commas, where there are several zones. Of many treated units it says in
        words what they are: ``240 counties in 3 cohorts``.
    start
        First treated period; the earliest.
    window
        Periods over which effects are averaged. With treatment at different dates each unit counts in those of its
        periods that are treated.
    estimator
        How they were estimated.
    outcomes
        K outcomes, in the order of all arrays.
    estimate
        Effects, shape (K,), in each outcome's own scale.
    placebos
        Placebo draws over the same outcomes; ``None`` where there is a covariance.
    identification
        Per outcome the checks; empty where none were run.
    zones
        How many zones the effects are the mean of. Where there is a covariance, nothing rests on it: effects are
        averages then.
    covariance
        Covariance of the same outcomes' effects; ``None`` where there are placebo draws.

    Raises
    ------
    UsageError
        If there are both draws and a covariance or neither, or the covariance is not one of these effects.
    """

    unit: str
    start: int
    window: tuple[int, ...]
    estimator: Estimator | ManyEstimator
    outcomes: tuple[Outcome, ...]
    estimate: NDArray[np.float64]
    placebos: PlaceboDraws | None = None
    identification: tuple[Identification, ...] = ()
    zones: int = 1
    covariance: EffectCovariance | None = None

    def __post_init__(self) -> None:
        if (self.placebos is None) == (self.covariance is None):
            raise UsageError(
                f"effects on {self.unit} have {'no' if self.placebos is None else 'both'} placebo draws "
                f"{'and no' if self.placebos is None else 'and a'} covariance.",
                allowed="one of the two: both say how far effects may be off",
            )
        count = len(self.outcomes)
        if self.placebos is not None:
            if self.estimate.shape != (count,) or self.placebos.mean_gap.shape[1] != count:
                shape = self.placebos.mean_gap.shape
                message = f"{count} outcomes, but {self.estimate.shape} estimates and draws {shape}"
                raise ValueError(message)
        elif self.covariance is not None:
            _check_covariance(self.outcomes, self.estimate, self.covariance)

    @property
    def draws(self) -> PlaceboDraws:
        """The placebo draws.

        Raises
        ------
        UsageError
            If the effects come with a covariance instead.
        """
        if self.placebos is None:
            raise UsageError(
                f"effects on {self.unit} come with a covariance, and not with placebo draws.",
                allowed="effects on one zone or a few, by synthetic control and its relatives",
            )
        return self.placebos

    def refusal(self, outcome: str) -> str:
        """Return why there is no test of an outcome, or nothing: what the covariance says, or that nothing varies."""
        if self.covariance is None:
            return ""
        if outcome in self.covariance.refused:
            return self.covariance.refused[outcome]
        if not self.covariance.se[self.index(outcome)] > 0:
            return "Its standard error is zero: nothing varies that could be compared with the effect."
        return ""

    def index(self, outcome: str) -> int:
        """Return the position of an outcome.

        Raises
        ------
        UsageError
            If there is no such outcome.
        """
        names = [item.name for item in self.outcomes]
        if outcome not in names:
            raise UsageError(
                f"there is no outcome {outcome!r}.{did_you_mean(outcome, names)}", allowed=", ".join(names)
            )
        return names.index(outcome)

    def identification_of(self, outcome: str) -> Identification:
        """Return the checks of an outcome; without any, an `Identification` that cannot be assessed."""
        for item in self.identification:
            if item.outcome == outcome:
                return item
        return Identification(outcome, ())


def _check_covariance(outcomes: Sequence[Outcome], estimate: NDArray[np.float64], covariance: EffectCovariance) -> None:
    """Refuse a matrix that cannot be the covariance of effects, and effects that are no numbers."""
    import numpy as np  # here, so that importing the core stays cheap

    count, matrix = len(outcomes), covariance.matrix
    if estimate.shape != (count,) or matrix.shape != (count, count):
        raise UsageError(
            f"there are {count} outcomes, {estimate.shape} effects and a covariance of shape {matrix.shape}.",
            allowed="one effect per outcome, and a covariance with one row and one column for each",
        )
    unknown = [name for name in covariance.refused if name not in {item.name for item in outcomes}]
    if unknown:
        raise UsageError(
            f"the covariance refuses {unknown[0]!r}, which is no outcome.",
            allowed=", ".join(item.name for item in outcomes),
        )
    tested = [k for k, item in enumerate(outcomes) if item.name not in covariance.refused]
    for k in tested:
        if not np.isfinite(estimate[k]):
            raise UsageError(f"the effect on {outcomes[k].name!r} is {estimate[k]}.", allowed="a finite number")
    if not _semidefinite(matrix[np.ix_(tested, tested)]):
        raise UsageError(
            "the matrix given is not a covariance.",
            allowed="finite numbers, symmetric, with no negative variance of any sum of effects",
            todo="check the order of its rows, and that it holds variances, not standard errors",
        )


def _semidefinite(matrix: NDArray[np.float64]) -> bool:
    """Return whether a matrix is finite, symmetric and without negative eigenvalues, rounding aside."""
    import numpy as np  # here, so that importing the core stays cheap

    if not np.isfinite(matrix).all() or (matrix.diagonal() < 0).any():
        return False
    scale = np.sqrt(matrix.diagonal())
    kept = scale > 0
    if np.abs(matrix[~kept]).max(initial=0.0) > 0:  # an effect that does not vary, but goes with others
        return False
    scaled = matrix[np.ix_(kept, kept)] / scale[kept, None] / scale[kept]
    symmetric = np.abs(scaled - scaled.T).max(initial=0.0) <= _SLACK
    return bool(symmetric and np.linalg.eigvalsh(scaled).min(initial=0.0) >= -_SLACK * max(1, len(scaled)))
