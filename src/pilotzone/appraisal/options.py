"""What it is worth to be able to wait, and to build in stages: real options, in closed form and on a lattice."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.core import Brief, Result, Table, UsageError, check_choice, listing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "Exercise",
    "Perpetual",
    "Stage",
    "Staging",
    "Waiting",
    "build_in_stages",
    "lattice_option",
    "perpetual_option",
    "value_of_waiting",
]

Exercise = Literal["american", "european"]
"""At any time, or at the end only."""


@dataclass(frozen=True)
class Waiting(Result):
    """Investing at once beside deciding after a year.

    Attributes
    ----------
    now
        Net present value of investing at once.
    later
        Present value of waiting a year, and then investing only where it pays.
    """

    now: float
    later: float

    @property
    def value(self) -> float:
        """What it is worth to be able to wait: what waiting has more than the better of now and never."""
        return max(self.later - max(self.now, 0.0), 0.0)

    @property
    def waits(self) -> bool:
        """Whether waiting is better than investing at once and than never investing."""
        return self.value > 0

    def to_table(self) -> Table:
        """Return a row for each choice."""
        rows = [("invest at once", self.now), ("decide after a year", self.later), ("value of waiting", self.value)]
        return Table.from_rows(["choice", "present value"], rows, title="Now or after a year")


def value_of_waiting(
    *, investment: float, income_now: float, income_up: float, income_down: float, chance_up: float, rate: float
) -> Waiting:
    """Return what a decision that cannot be undone is worth now and after a year, when income is known for ever.

    Parameters
    ----------
    investment
        Cost of building, the same now and after a year.
    income_now
        Income of the first year, received at once.
    income_up, income_down
        Income of each later year for ever, known after a year.
    chance_up
        Chance of the former, 0 to 1.
    rate
        Discount rate per year, above zero. Risk of income is taken to be diversifiable.

    Raises
    ------
    UsageError
        If a parameter is not one.

    Notes
    -----
    Dixit and Pindyck 1994, "Investment under Uncertainty", chapter 2. Their value of the option to wait is the
    difference of the two present values where both are positive.

    Examples
    --------
    >>> found = value_of_waiting(
    ...     investment=1600, income_now=200, income_up=300, income_down=100, chance_up=0.5, rate=0.1
    ... )
    >>> round(found.now, 7), round(found.later, 7), round(found.value, 7)
    (600.0, 772.7272727, 172.7272727)
    """
    _above_zero(investment=investment, rate=rate)
    if not 0 <= chance_up <= 1:
        raise UsageError(f"the chance of the higher income is {chance_up:g}.", allowed="0 to 1")
    chances = (chance_up, 1 - chance_up)
    expected = chances[0] * income_up + chances[1] * income_down
    paying = (max(income + income / rate - investment, 0.0) for income in (income_up, income_down))
    return Waiting(
        now=income_now + expected / rate - investment,
        later=sum(chance * value for chance, value in zip(chances, paying, strict=True)) / (1 + rate),
    )


@dataclass(frozen=True)
class Perpetual(Brief):
    """An option to invest that never ends.

    Attributes
    ----------
    beta
        Root above one of the fundamental quadratic.
    trigger
        Value over investment from which it is best to invest.
    value
        Value of the option at today's value of the project.
    invest
        Whether it is best to invest at once.
    """

    beta: float
    trigger: float
    value: float
    invest: bool


def perpetual_option(*, value: float, investment: float, rate: float, payout: float, volatility: float) -> Perpetual:
    """Return the value of an option to invest that never ends, and when to use it.

    Parameters
    ----------
    value
        Value of the project if it stood today; its logarithm is a Brownian motion.
    investment
        Cost of building.
    rate
        Riskless rate per year.
    payout
        What the project yields per year, as a share of its value, and is missed by waiting.
    volatility
        Standard deviation of the logarithm over a year.

    Raises
    ------
    UsageError
        If a parameter is not above zero: without a payout it is never best to invest.

    Notes
    -----
    McDonald and Siegel 1986, "The value of waiting to invest", Quarterly Journal of Economics 101, 707-727; Dixit and
    Pindyck 1994, chapter 5.

    Examples
    --------
    >>> found = perpetual_option(value=1, investment=1, rate=0.04, payout=0.04, volatility=0.2)
    >>> round(found.beta, 12), round(found.trigger, 12), round(found.value, 12), found.invest
    (2.0, 2.0, 0.25, False)
    """
    _above_zero(value=value, investment=investment, rate=rate, payout=payout, volatility=volatility)
    drift = (rate - payout) / volatility**2 - 0.5
    beta = -drift + math.sqrt(drift**2 + 2 * rate / volatility**2)
    trigger = beta / (beta - 1)
    if value >= trigger * investment:
        return Perpetual(beta, trigger, value - investment, invest=True)
    # In logarithms: a power of a small number would be lost where beta is large.
    waiting = (trigger - 1) * investment * math.exp(beta * math.log(value / (trigger * investment)))
    return Perpetual(beta, trigger, waiting, invest=False)


@dataclass(frozen=True)
class _Lattice:
    """Steps of Cox, Ross and Rubinstein: what a step up multiplies by, its chance, and the discount of a step."""

    up: float
    chance: float
    discount: float

    def values(self, value: float, step: int) -> Floats:
        """Return values after so many steps, shape (step + 1,), the lowest first."""
        return np.asarray(value * self.up ** (2.0 * np.arange(step + 1) - step))

    def back(self, later: Floats) -> Floats:
        """Return values one step earlier."""
        return np.asarray(self.discount * (self.chance * later[1:] + (1 - self.chance) * later[:-1]))


def _lattice(rate: float, payout: float, volatility: float, step: float) -> _Lattice:
    up = math.exp(volatility * math.sqrt(step))
    chance = (math.exp((rate - payout) * step) - 1 / up) / (up - 1 / up)
    if not 0 <= chance <= 1:
        least = ((rate - payout) / volatility) ** 2
        raise UsageError(
            f"a step of {step:g} years has a chance of {chance:g} to go up.",
            allowed=f"steps shorter than {1 / least:.3g} years",
            todo="take more steps: the drift is large beside the volatility",
        )
    return _Lattice(up, chance, math.exp(-rate * step))


def lattice_option(
    *,
    value: float,
    investment: float,
    rate: float,
    payout: float,
    volatility: float,
    years: float,
    steps: int = 1_000,
    exercise: Exercise = "american",
) -> float:
    """Return the value of an option to invest within some years.

    Parameters
    ----------
    value, investment, rate, payout, volatility
        As in `perpetual_option`; rate and payout may be zero.
    years
        Until the option ends.
    steps
        Number of steps of the lattice.
    exercise
        Whether one can invest at any time, or at the end only.

    Raises
    ------
    UsageError
        If a parameter is not one, or steps are too long.

    Notes
    -----
    Cox, Ross and Rubinstein 1979, "Option pricing: a simplified approach", Journal of Financial Economics 7, 229-263.
    The error falls with the length of a step, in ripples, since nodes miss the trigger by more or less.

    Examples
    --------
    >>> terms = {"value": 1, "investment": 1, "rate": 0.04, "payout": 0.04, "volatility": 0.2}
    >>> round(lattice_option(**terms, years=100, steps=1_000), 3)
    0.25
    """
    check_choice(exercise, Exercise, "exercise")
    _above_zero(value=value, investment=investment, volatility=volatility, years=years, steps=steps)
    _not_below_zero(rate=rate, payout=payout)
    lattice = _lattice(rate, payout, volatility, years / steps)
    found = np.maximum(lattice.values(value, steps) - investment, 0.0)
    for step in range(steps - 1, -1, -1):
        found = lattice.back(found)
        if exercise == "american":
            found = np.maximum(found, lattice.values(value, step) - investment)
    return float(found[0])


@dataclass(frozen=True)
class Stage(Brief):
    """A stage of building.

    Attributes
    ----------
    year
        When it is decided, in years from now.
    cost
        Cost of building it, paid then.
    share
        Share of the whole project's value that it brings; zero for one that only opens the way to the next.
    """

    year: float
    cost: float
    share: float


@dataclass(frozen=True, eq=False)
class Staging(Result):
    """Building in stages, each decided when its time comes.

    Attributes
    ----------
    stages
        What is built.
    committed
        Net present value if all stages are built whatever comes.
    staged
        Present value if each is built only where it pays, those after it included; who leaves one out leaves out those
        after it.
    chances
        Risk-neutral chance that each is built, shape (k,).
    """

    stages: tuple[Stage, ...]
    committed: float
    staged: float
    chances: tuple[float, ...]

    @property
    def value(self) -> float:
        """What it is worth to be able to stop: beside the better of committing to all and to nothing."""
        return max(self.staged - max(self.committed, 0.0), 0.0)

    def to_table(self) -> Table:
        """Return a row for each stage."""
        rows = [
            (k, stage.year, stage.cost, stage.share, chance)
            for k, (stage, chance) in enumerate(zip(self.stages, self.chances, strict=True), start=1)
        ]
        names = ["stage", "year", "cost", "share of value", "chance that it is built"]
        return Table.from_rows(names, rows, title="Building in stages")


def build_in_stages(
    stages: Sequence[Stage], *, value: float, rate: float, payout: float, volatility: float, steps: int = 1_000
) -> Staging:
    """Return what building in stages is worth: a compound option.

    Parameters
    ----------
    stages
        In the order of their years, which may begin with zero.
    value
        Value of the whole project if it stood today.
    rate, payout, volatility
        As in `lattice_option`.
    steps
        Number of steps of the lattice, from now to the last stage; years are rounded to its steps.

    Raises
    ------
    UsageError
        If there is no stage, they are not in order, shares do not sum to one, two fall on one step, or a parameter is
        not one.

    Notes
    -----
    Geske 1979, "The valuation of compound options", Journal of Financial Economics 7, 63-81, on a lattice of Cox, Ross
    and Rubinstein. A stage of share zero and one of share one are Geske's call on a call.
    """
    _above_zero(value=value, volatility=volatility, steps=steps)
    _not_below_zero(rate=rate, payout=payout)
    _check_stages(stages)
    whole = stages[-1].year
    step = whole / steps if whole else 1.0
    lattice = _lattice(rate, payout, volatility, step)
    at = [round(stage.year / step) for stage in stages]
    if len(set(at)) < len(at):
        raise UsageError(f"two stages fall on one of {steps} steps.", todo="take more steps, or put them together")
    found, built = np.zeros(at[-1] + 1), [np.zeros(at[-1] + 1)] * len(stages)
    undiscounted = _Lattice(lattice.up, lattice.chance, 1.0)
    committed = 0.0
    for now in range(at[-1], -1, -1):
        if now in at:
            k = at.index(now)
            gain = stages[k].share * lattice.values(value, now) - stages[k].cost + found
            goes = gain > 0
            found = np.where(goes, gain, 0.0)
            built = [np.where(goes, 1.0 if j == k else chance, 0.0) for j, chance in enumerate(built)]
            years = now * step
            committed += stages[k].share * value * math.exp(-payout * years) - stages[k].cost * math.exp(-rate * years)
        if now:
            found, built = lattice.back(found), [undiscounted.back(chance) for chance in built]
    return Staging(tuple(stages), committed, float(found[0]), tuple(float(chance[0]) for chance in built))


def _check_stages(stages: Sequence[Stage]) -> None:
    years = [stage.year for stage in stages]
    if not stages or years != sorted(set(years)) or years[0] < 0:
        raise UsageError(
            f"stages are decided in the years {listing(years)}." if years else "no stage is given.",
            allowed="one stage or more, each later than the one before, none before now",
        )
    for k, stage in enumerate(stages, start=1):
        if stage.cost < 0 or stage.share < 0:
            raise UsageError(
                f"stage {k} costs {stage.cost:g} and brings {stage.share:g} of the value.", allowed="zero or more"
            )
    whole = math.fsum(stage.share for stage in stages)
    if not math.isclose(whole, 1.0, abs_tol=1e-9):
        raise UsageError(f"shares of the stages sum to {whole:g}.", allowed="shares that sum to 1")


def _above_zero(**values: float) -> None:
    for name, value in values.items():
        if not (math.isfinite(value) and value > 0):
            raise UsageError(f"the {name} of an option is {value:g}.", allowed="a finite number above zero")


def _not_below_zero(**values: float) -> None:
    for name, value in values.items():
        if not (math.isfinite(value) and value >= 0):
            raise UsageError(f"the {name} of an option is {value:g}.", allowed="a finite number, zero or more")
