"""Effects of a zone on several outcomes, jointly: what passes from evaluating to judging."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pilotzone.core.brief import (
    Brief,
)
from pilotzone.core.errors import (
    UsageError,
    unknown,
)
from pilotzone.core.literals import CheckState, Estimator, ManyEstimator, PoolRule
from pilotzone.core.ranks import rank_p
from pilotzone.core.result import Result
from pilotzone.core.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from pilotzone.core.departures import Departures
    from pilotzone.core.exact import ExactTest
    from pilotzone.core.outcome import Outcome

__all__ = ["Check", "EarlierEffects", "EffectCovariance", "Identification", "JointEffects", "PlaceboDraws"]

_SLACK = 1e-9
"""Correlations off by less are rounding."""


@dataclass(frozen=True)
class Check:
    """One diagnostic of one outcome, judged by magnitude; it feeds no label.

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
    meaning
        What a failure means for the trust in the effect.
    """

    name: str
    label: str
    state: CheckState
    value: float | None
    threshold: float | None
    statement: str
    meaning: str = ""


@dataclass(frozen=True)
class Identification(Result):
    """All diagnostics of one outcome: what they found, and what that means for trust.

    Together they have failed if one of them failed, cannot be assessed if one of them could not be, and have passed
    only if all of them passed. A verdict does not rest on them: to select designs by a check and then to test biases
    what is reported (Roth 2022).
    """

    outcome: str
    checks: tuple[Check, ...]

    @property
    def state(self) -> CheckState:
        """State over all checks; without any it cannot be assessed."""
        states = {check.state for check in self.checks}
        if "failed" in states:
            return "failed"
        return "passed" if states == {"passed"} else "cannot be assessed"

    def not_passed(self) -> tuple[Check, ...]:
        """Return the checks that did not pass."""
        return tuple(check for check in self.checks if check.state != "passed")

    def to_table(self) -> Table:
        """Return one row per check, with what it measured, where it would fail and what failing means."""
        rows = [
            (item.name, item.state, _finite(item.value), _finite(item.threshold), item.statement, item.meaning)
            for item in self.checks
        ]
        names = ("check", "state", "value", "threshold", "statement", "meaning")
        return Table.from_rows(names, rows, title=f"Diagnostics of {self.outcome}: {self.state}")


@dataclass(frozen=True, eq=False)
class EarlierEffects(Brief):
    """The range of each unit's placebo effects at dates before the start, periods from which on are held out.

    Attributes
    ----------
    low, high
        The lowest and the highest of them, shape (n, K); NaN where there is no such date.
    """

    low: NDArray[np.float64]
    high: NDArray[np.float64]

    def __post_init__(self) -> None:
        if self.low.shape != self.high.shape:
            message = f"shapes {self.low.shape} and {self.high.shape} differ"
            raise ValueError(message)

    @property
    def largest(self) -> NDArray[np.float64]:
        """The largest size of a placebo effect, shape (n, K)."""
        import numpy as np  # here, so that importing the core stays cheap

        return np.maximum(self.high, -self.low)

    def towards(self, sign: int) -> NDArray[np.float64]:
        """Return the largest placebo effect of one sign, as a size, zero where there is none, shape (n, K)."""
        import numpy as np  # here, so that importing the core stays cheap

        return np.maximum(self.high if sign > 0 else -self.low, 0.0)


@dataclass(frozen=True, eq=False)
class PlaceboDraws(Brief):
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
    earlier
        Returns the range of each assignment's placebo effects at dates held out before the (first) start, whose largest
        size is what the statistic ``net_gap`` takes off, computed when it is first asked for. ``None`` where it is not
        known.
    """

    units: Sequence[str]
    treated: int
    mean_gap: NDArray[np.float64]
    slope: NDArray[np.float64]
    pre_rmspe: NDArray[np.float64]
    pool_rule: PoolRule
    restate: Callable[[int, float], tuple[NDArray[np.float64], NDArray[np.float64]]] | None = None
    drawn: bool = False
    earlier: Callable[[], EarlierEffects] | None = None

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
class EffectCovariance(Brief):
    """Joint covariance of K estimated effects. It replaces placebo draws when many units are treated.

    Attributes
    ----------
    matrix
        Covariance of the effects, shape (K, K), in products of the outcomes' own scales. It may be singular. Rows of
        refused outcomes may be NaN.
    drawn
        Name, in the plural, of what was drawn independently: units such as ``counties``, or clusters such as
        ``provinces``.
    treated, controls
        Number of these units or clusters that are treated, and that are controls.
    degrees
        Degrees of freedom of the t distribution, the same for all effects. ``None``: normal distribution. Infinity
        becomes ``None``.
    method
        Description of how the covariance was estimated.
    refused
        Outcomes without a test: name to reason, for example too few units for a valid p-value.
    unit
        Units of the effects in ``matrix``, shape (K,), as multiples of each outcome's own scale. They keep squares of
        very large and very small outcomes within the range of floating-point numbers. ``None``: all are one.
    breakdown
        Function of an outcome's position, a sign, a null effect in the outcome's scale and alpha. It returns the
        smallest bound M on departures from parallel trends at which the test of "the effect is at most the null effect"
        (sign 1; sign -1: "at least") stops rejecting at alpha. The bound is zero if the test does not reject under
        parallel trends, infinity if the test rejects under every bound, and NaN if departures cannot be assessed.
        ``None``: departures are not measured.
    departures
        Outcome to the measure of departures from parallel trends, or to the reason why they cannot be assessed.
    exact
        Outcome to its exact test, for outcomes without a standard error.

    Raises
    ------
    UsageError
        If the matrix is not a covariance, or a count or the degrees of freedom are below one.
    """

    matrix: NDArray[np.float64]
    drawn: str
    treated: int
    controls: int
    degrees: float | None = None
    method: str = ""
    refused: Mapping[str, str] = field(default_factory=dict)
    unit: NDArray[np.float64] | None = None
    breakdown: Callable[[int, int, float, float], float] | None = None
    departures: Mapping[str, Departures] = field(default_factory=dict)
    exact: Mapping[str, ExactTest] = field(default_factory=dict)

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
class JointEffects(Result):
    """Effects on K outcomes, with placebo draws or a covariance to test them one by one and jointly.

    Placebo draws belong to one zone or a few zones, a covariance belongs to many treated units.

    Attributes
    ----------
    unit
        Name of the treated unit. Several zones are joined by commas; many units are described, as in ``240 counties in
        3 cohorts``.
    start
        First treated period; with several, the earliest.
    window
        Periods over which effects are averaged. With treatment at different dates, each unit counts in its own treated
        periods.
    estimator
        Name of the estimator.
    outcomes
        K outcomes, in the order of all arrays.
    estimate
        Estimated effects, shape (K,), in each outcome's own scale.
    placebos
        Placebo draws for the same outcomes; ``None`` if there is a covariance.
    identification
        Diagnostics of each outcome; empty if none were run.
    zones
        Number of zones that the effects are averaged over. It is not used if there is a covariance.
    covariance
        Covariance of the effects on the same outcomes; ``None`` if there are placebo draws.

    Raises
    ------
    UsageError
        If both draws and a covariance are given, or neither, or if the covariance does not fit the outcomes.
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
    def one_zone(self) -> bool:
        """Whether these are effects on a single zone: by placebo draws, or by tests over time."""
        if self.covariance is None:
            return self.zones == 1
        return any(test.over_time for test in self.covariance.exact.values())

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
        """Return the reason why an outcome has no test; an empty text if it has one."""
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
            raise unknown("outcome", outcome, names, error=UsageError)
        return names.index(outcome)

    def identification_of(self, outcome: str) -> Identification:
        """Return the diagnostics of an outcome; if none were run, an `Identification` in state "cannot be assessed"."""
        for item in self.identification:
            if item.outcome == outcome:
                return item
        return Identification(outcome, ())

    def to_table(self) -> Table:
        """Return one row per outcome: effect, standard error or rank p, number of units behind p, identification.

        `effect` is in readable units, `estimate` and `se` in the outcome's scale; p is two-sided, by placebo ranks of
        the mean gap. It is missing if there is a covariance; `judge` and `confidence_set` then give p-values and
        intervals.
        """
        names = ("outcome", "effect", "effect_unit", "estimate", "se", "p", "n", "identification")
        rows = []
        for k, outcome in enumerate(self.outcomes):
            estimate = float(self.estimate[k])
            row = (outcome.name, _finite(outcome.display(estimate)), outcome.display_unit, _finite(estimate))
            rows.append((*row, *self._spread(k), self.identification_of(outcome.name).state))
        span = f"{self.window[0]} to {self.window[-1]}" if self.window else "no periods"
        return Table.from_rows(names, rows, title=f"Effects on {self.unit}, {span}, by {self.estimator}")

    def _spread(self, k: int) -> tuple[float | None, float | None, int]:
        """Return standard error, rank p and the units behind them."""
        if self.covariance is not None:
            return _finite(float(self.covariance.se[k])), None, self.covariance.treated + self.covariance.controls
        return None, self.rank_p(k), len(self.draws.units)

    def rank_p(self, k: int) -> float:
        """Return the two-sided rank p of the mean gap on the outcome at a position. It needs placebo draws."""
        return rank_p(abs(self.draws.mean_gap[:, k]), self.draws.treated)


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value


def _check_covariance(outcomes: Sequence[Outcome], estimate: NDArray[np.float64], covariance: EffectCovariance) -> None:
    """Refuse a matrix that cannot be the covariance of effects, and effects that are not numbers."""
    import numpy as np  # here, so that importing the core stays cheap

    count, matrix = len(outcomes), covariance.matrix
    if estimate.shape != (count,) or matrix.shape != (count, count):
        raise UsageError(
            f"there are {count} outcomes, {estimate.shape} effects and a covariance of shape {matrix.shape}.",
            allowed="one effect per outcome, and a covariance with one row and one column for each",
        )
    names = [item.name for item in outcomes]
    strange = [name for name in covariance.refused if name not in names]
    if strange:
        told = f"the covariance refuses {strange[0]!r}, which is not an outcome"
        raise unknown("outcome", strange[0], names, told=told, error=UsageError)
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
