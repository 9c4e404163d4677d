"""Effects of a zone on several outcomes, jointly: what passes from evaluating to judging."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pilotzone.core.errors import UsageError, did_you_mean
from pilotzone.core.literals import CheckState, Estimator, PoolRule

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from pilotzone.core.outcome import Outcome

__all__ = ["Check", "Identification", "JointEffects", "PlaceboDraws"]


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
class JointEffects:
    """Effects of one zone on K outcomes, with what is needed to test any of them and all of them together.

    Attributes
    ----------
    unit
        The treated unit; several, joined by commas, where there are several zones.
    start
        First treated period; the earliest.
    window
        Periods over which effects are averaged.
    estimator
        How they were estimated.
    outcomes
        K outcomes, in the order of all arrays.
    estimate
        Effects, shape (K,), in each outcome's own scale.
    draws
        Placebo draws over the same outcomes.
    identification
        Per outcome the checks; empty where none were run.
    zones
        How many zones the effects are the mean of.
    """

    unit: str
    start: int
    window: tuple[int, ...]
    estimator: Estimator
    outcomes: tuple[Outcome, ...]
    estimate: NDArray[np.float64]
    draws: PlaceboDraws
    identification: tuple[Identification, ...] = ()
    zones: int = 1

    def __post_init__(self) -> None:
        count = len(self.outcomes)
        if self.estimate.shape != (count,) or self.draws.mean_gap.shape[1] != count:
            message = f"{count} outcomes, but {self.estimate.shape} estimates and draws {self.draws.mean_gap.shape}"
            raise ValueError(message)

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
