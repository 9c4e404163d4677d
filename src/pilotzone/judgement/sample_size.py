"""How large a programme of zones must be for its verdict to be able to say something, before there are data on it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import (
    SAFEGUARDS,
    Combine,
    EffectCovariance,
    Familywise,
    JointEffects,
    MethodError,
    Result,
    Table,
    UsageError,
    check_choice,
    unknown,
)
from pilotzone.judgement.claim import by_role
from pilotzone.judgement.detectable import Detectable, DetectableEffects, SampleNeeded
from pilotzone.judgement.judgement import level_of
from pilotzone.judgement.labels import whole_success
from pilotzone.judgement.normals import all_above
from pilotzone.judgement.periods import Periods, check_count
from pilotzone.judgement.power import Statistics, VerdictPower, claim_power, verdict_power

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from pilotzone.core import Outcome

    Floats = NDArray[np.float64]

__all__ = ["SamplePlan"]

_MOST = 10**9
"""No more units than this are asked for."""
_MOST_PERIODS = 1000
_SURE = 1e5
"""Standard errors from a bound at which a test rejects for certain."""


@dataclass(frozen=True, eq=False)
class SamplePlan(Result):
    """A verdict before there are data: its outcomes, how noisy units are, and how it will be tested.

    Effects are taken to be differences between the mean changes of treated and control units that are drawn
    independently and are equally noisy, so that their covariance is that of one unit's change times
    1/treated + 1/controls. Made by `sample_plan` or `pilot_plan`.

    Attributes
    ----------
    outcomes
        With roles and margins.
    unit
        Covariance of the change of one unit (or cluster) in all outcomes, shape (K, K), in their own scales.
    drawn
        What is drawn, in the plural.
    alpha, development, familywise
        As `judge` will have them.
    student
        Whether tests will use t distributions, with treated + controls - 2 degrees of freedom.
    """

    outcomes: tuple[Outcome, ...]
    unit: Floats
    drawn: str = "units"
    alpha: float = 0.05
    development: Combine = "all"
    familywise: Familywise = "sup-t"
    student: bool = False
    periods: Periods | None = None

    def __post_init__(self) -> None:
        level_of(self.alpha)
        check_choice(self.development, Combine, "development")
        check_choice(self.familywise, Familywise, "familywise")
        if not all(by_role(self._with(1, 1))):
            raise UsageError(
                "the plan has outcomes of one side only.",
                allowed="at least one outcome with the role 'development', and one safeguard",
                todo=f"give an outcome the missing role: 'development', or one of {', '.join(SAFEGUARDS)}",
            )
        for outcome, variance in zip(self.outcomes, self.unit.diagonal(), strict=True):
            if not variance > 0:
                raise UsageError(f"the variance of {outcome.name!r} is {variance}.", allowed="a number above zero")

    def to_table(self) -> Table:
        """Return one row per outcome: its role, its margin, and how much a unit's change varies, in its own scale."""
        rows = [
            (item.name, item.role, item.margin, item.display_unit, float(variance) ** 0.5)
            for item, variance in zip(self.outcomes, self.unit.diagonal(), strict=True)
        ]
        title = f"Plan of a sample of {self.drawn}, tested at {self.alpha:g}"
        return Table.from_rows(("outcome", "role", "margin", "unit", "sd_of_change"), rows, title=title)

    def power(self, effects: Mapping[str, float], *, treated: int, controls: int) -> VerdictPower:
        """Return how often each verdict comes out.

        Parameters
        ----------
        effects
            True effects by outcome, in readable units: percent where the scale is ``log``. Zero where left out.
        treated, controls
            Units, or clusters, on either side.

        Raises
        ------
        UsageError
            If an outcome is unknown, an effect is not a number, or a side is empty.

        Examples
        --------
        >>> from pilotzone.core import Outcome
        >>> from pilotzone.judgement import sample_plan
        >>> jobs = Outcome("jobs", "development", "up", margin=1, scale="level")
        >>> dust = Outcome("dust", "environment", "down", margin=2, scale="level")
        >>> plan = sample_plan([jobs, dust], [[9, 0], [0, 16]], before=4, after=4)
        >>> round(plan.power({"jobs": 1.5}, treated=40, controls=80).power, 3)
        0.956
        """
        law = self._law(self._own(effects), self._bars(), treated, controls)
        success = whole_success({item.role for item in self.outcomes if item.role is not None})
        labels, error = verdict_power(law, success)
        order = [self.outcomes[k].name for k in self._claimed()]
        alone = {
            name: all_above(np.array([law.single]), np.array([mean]), np.eye(1), law.degrees).value
            for name, mean in zip(order, np.r_[law.gains, law.margins], strict=True)
        }
        growth = labels[success] + labels["growth at a cost"] + labels["growth, harm not excluded"]
        excluded = labels[success] + labels["harm excluded, growth not shown"]
        return VerdictPower(labels[success], growth, excluded, labels, alone, treated, controls, error)

    def detectable(
        self, *, treated: int, controls: int, effects: Mapping[str, float] | None = None, power: float = 0.8
    ) -> DetectableEffects:
        """Return the smallest gain that can be shown and the smallest margin beyond which harm can be excluded.

        Parameters
        ----------
        treated, controls
            Units, or clusters, on either side.
        effects
            True effects of the other outcomes, as in `power`; where harm is to be excluded also its own.
        power
            Probability with which a test is to reject, alone or with all the rest of the claim.

        Raises
        ------
        UsageError
            As in `power`, or if the power is not a probability.
        """
        _check_power(power)
        own, bars = self._own(effects or {}), self._bars()
        rows = []
        for k in self._claimed():
            outcome = self.outcomes[k]
            reach = self._reach(own, bars, k, treated, controls)
            alone, limit = _reaching(reach.alone, power), reach.whole(_SURE)
            whole = _reaching(reach.whole, power) if limit > power else None
            rows.append(
                Detectable(
                    outcome,
                    alone=self._shown(k, own, alone, treated, controls),
                    whole=None if whole is None else self._shown(k, own, whole, treated, controls),
                    limit=limit,
                )
            )
        return DetectableEffects(tuple(rows), power, treated, controls)

    def sample(
        self, effects: Mapping[str, float], *, power: float = 0.8, controls_per_treated: float = 1.0
    ) -> SampleNeeded:
        """Return the smallest sample with which "green growth" is found with a given probability.

        Parameters
        ----------
        effects
            True effects, as in `power`: what the programme is hoped to do.
        power
            Probability of the whole verdict.
        controls_per_treated
            Control units for each treated one; their number is rounded up.

        Raises
        ------
        UsageError
            As in `power`, or if "green growth" would not be true with these effects, so that no sample finds it.
        MethodError
            If more than a thousand million units would be needed.
        """
        _check_power(power)
        if not (math.isfinite(controls_per_treated) and controls_per_treated > 0):
            raise UsageError(f"controls_per_treated is {controls_per_treated!r}.", allowed="a number above zero")
        own = self._hoped(effects)
        bars = self._bars()

        def found(count: int) -> float:
            controls = math.ceil(count * controls_per_treated - 1e-9)
            return claim_power(self._law(own, bars, count, controls)).value

        least = 2 if self.student and controls_per_treated <= 1 else 1
        count = _smallest(lambda n: found(n) >= power, least, _MOST)
        if count is None:
            raise MethodError(
                f"more than {_MOST:,} treated {self.drawn} would be needed.",
                allowed="effects and margins that can be told apart from noise of this size",
            )
        controls = math.ceil(count * controls_per_treated - 1e-9)
        return SampleNeeded(count, controls, self.drawn, self.power(effects, treated=count, controls=controls))

    def periods_needed(self, effects: Mapping[str, float], *, treated: int, controls: int, power: float = 0.8) -> int:
        """Return the smallest number of periods after the start with which "green growth" is found.

        Parameters
        ----------
        effects, power
            As in `sample`; effects are averages over the periods after the start.
        treated, controls
            Units, or clusters, on either side.

        Raises
        ------
        UsageError
            As in `sample`, or if the plan was not made by `sample_plan`, which is told of periods.
        MethodError
            If a thousand periods are too few: what is left is noise of the periods before, or that units are few.
        """
        _check_power(power)
        own, bars = self._hoped(effects), self._bars()

        def found(after: int) -> float:
            return claim_power(self.over(after)._law(own, bars, treated, controls)).value  # noqa: SLF001 - a plan too

        after = _smallest(lambda n: found(n) >= power, 1, _MOST_PERIODS)
        if after is None:
            raise MethodError(
                f"with {_MOST_PERIODS:,} periods after the start the power is {found(_MOST_PERIODS):.3f}, and not "
                f"{power:g}.",
                allowed="more units, or more periods before the start: noise in these does not shrink with later ones",
            )
        return after

    def over(self, after: int) -> SamplePlan:
        """Return the plan with another number of periods after the start.

        Raises
        ------
        UsageError
            If the plan was not made by `sample_plan`, or the number is not a whole number.
        """
        if self.periods is None:
            raise UsageError(
                "the plan knows of no periods.", allowed="a plan made by sample_plan, from the noise of single periods"
            )
        check_count("after", after)
        periods = replace(self.periods, after=after)
        return replace(self, unit=periods.unit, periods=periods)

    def _claimed(self) -> list[int]:
        """Return the positions of the outcomes of the claim, development first."""
        development, safeguards = by_role(self._with(1, 1))
        return [*development, *safeguards]

    def _with(self, treated: int, controls: int) -> JointEffects:
        """Return effects of zero with the covariance that there would be."""
        check_count("treated", treated)
        check_count("controls", controls)
        matrix = self.unit * (1 / treated + 1 / controls)
        spread = EffectCovariance(matrix, self.drawn, treated, controls)
        return JointEffects("planned", 0, (), "given", self.outcomes, np.zeros(len(self.outcomes)), covariance=spread)

    def _own(self, effects: Mapping[str, float]) -> Floats:
        """Return effects in the outcomes' own scales."""
        names = [item.name for item in self.outcomes]
        for name, effect in effects.items():
            if name not in names:
                raise unknown("outcome", name, names, error=UsageError)
            lost = self.outcomes[names.index(name)].scale == "log" and effect <= -100  # noqa: PLR2004 - percent
            if not math.isfinite(effect) or lost:
                raise UsageError(
                    f"the effect on {name!r} is {effect!r}.",
                    allowed="a finite number; percent above -100 where the scale is log",
                )
        found = [float(effects.get(name, 0.0)) for name in names]
        logs = [item.scale == "log" for item in self.outcomes]
        return np.array([math.log1p(x / 100) if log else x for x, log in zip(found, logs, strict=True)])

    def _hoped(self, effects: Mapping[str, float]) -> Floats:
        """Return effects in the outcomes' own scales; those with which the claim is not true are refused."""
        own, bars = self._own(effects), self._bars()
        development, safeguards = by_role(self._with(1, 1))
        signs = [item.sign for item in self.outcomes]
        harmed = [k for k in safeguards if signs[k] * (own[k] - bars[k]) <= 0]
        idle = [k for k in development if signs[k] * own[k] <= 0]
        whole = len(idle) == len(development) if self.development == "any" else bool(idle)
        if harmed or whole:
            k = (harmed or idle)[0]
            what = "harm to" if harmed else "no gain in"
            beyond = " at its margin or beyond" if harmed else ""
            raise UsageError(
                f"no sample is large enough: with these effects there is {what} {self.outcomes[k].name!r}{beyond}.",
                allowed="effects with which the claim would be true: gains, and no harm beyond the margins",
            )
        return own

    def _bars(self) -> Floats:
        """Return the effects against which outcomes are tested: no gain, and harm of the margin."""
        return np.array([item.harm_boundary if item.role in SAFEGUARDS else 0.0 for item in self.outcomes])

    def _law(self, own: Floats, bars: Floats, treated: int, controls: int) -> Statistics:
        """Return how the t statistics of the claim are distributed."""
        planned = self._with(treated, controls)
        degrees = float(treated + controls - 2) if self.student else None
        if degrees is not None and degrees < 1:
            raise UsageError(
                f"{treated} treated and {controls} control {self.drawn} leave no degrees of freedom.",
                allowed="three together at least",
            )
        claimed = self._claimed()
        signs = np.array([self.outcomes[k].sign for k in claimed], dtype=float)
        assert planned.covariance is not None  # noqa: S101 - made so
        se = planned.covariance.se[claimed]
        means = signs * (own - bars)[claimed] / se
        spread = planned.covariance.correlation[np.ix_(claimed, claimed)] * np.outer(signs, signs)
        count = len(by_role(planned)[0])
        return Statistics(means[:count], means[count:], spread, degrees, self.alpha, self.development, self.familywise)

    def _reach(self, own: Floats, bars: Floats, k: int, treated: int, controls: int) -> _Reach:
        """Return the power of one outcome alone and of the whole claim, by its distance from what is tested."""
        law = self._law(own, bars, treated, controls)
        at, count = self._claimed().index(k), len(law.gains)

        def alone(distance: float) -> float:
            return all_above(np.array([law.single]), np.array([distance]), np.eye(1), law.degrees).value

        def whole(distance: float) -> float:
            means = np.r_[law.gains, law.margins]
            means[at] = distance
            return claim_power(replace(law, gains=means[:count], margins=means[count:])).value

        return _Reach(alone, whole)

    def _shown(self, k: int, own: Floats, distance: float, treated: int, controls: int) -> float:
        """Return a distance in standard errors as a gain, or as the margin so far from the true effect."""
        outcome = self.outcomes[k]
        size = distance * float(self.unit[k, k] * (1 / treated + 1 / controls)) ** 0.5
        if outcome.role == "development":
            return outcome.display(outcome.sign * size)
        return outcome.margin_of(float(own[k]) - outcome.sign * size)


@dataclass(frozen=True)
class _Reach:
    """Power by the distance of one outcome from its null, in standard errors."""

    alone: Callable[[float], float]
    whole: Callable[[float], float]


def _check_power(power: float) -> None:
    if not 0 < power < 1:
        raise UsageError(f"power is {power!r}.", allowed="a probability above 0 and below 1, such as 0.8")


def _reaching(power_at: Callable[[float], float], power: float) -> float:
    """Return the distance from its null, in standard errors, at which a test has the power."""
    from scipy.optimize import brentq

    return float(brentq(lambda distance: power_at(distance) - power, -_SURE, _SURE, xtol=1e-10))


def _smallest(enough: Callable[[int], bool], least: int, most: int) -> int | None:
    """Return the smallest number that is enough, where all larger ones are; ``None`` if the largest is not."""
    low, high = least - 1, least
    while not enough(high):
        if high >= most:
            return None
        low, high = high, min(2 * high, most)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
