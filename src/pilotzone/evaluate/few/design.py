"""The design of a study with few treated units: who, when, compared over which periods, estimated how."""

from __future__ import annotations

from dataclasses import dataclass
from operator import index
from typing import TYPE_CHECKING, Any, Literal

from pilotzone.core import Estimator, MethodError, PoolRule, UsageError, check_choice, listing
from pilotzone.evaluate.few.characteristics import Predictor

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["FewDesign", "Phase", "whole_period", "whole_seed"]

Phase = Literal["pre", "anticipation", "window", "outside"]
"""Where a period belongs: before, in between, in the window of the effect, or after the start but outside it."""


@dataclass(frozen=True)
class FewDesign:
    """A treated unit, its dates and the estimator.

    Attributes
    ----------
    unit
        The treated unit.
    start
        First treated period.
    window
        First and last period over which the effect is averaged, both included.
    anticipation
        Number of observed periods before `start` that belong neither to before nor to after.
    pre_from
        First period used for fitting; ``None`` for the first that the treated unit has.
    estimator
        Synthetic control, with or without intercept shift, synthetic difference-in-differences, ridge-augmented
        synthetic control, synthetic control with weights shared over the outcomes that are estimated together, or
        synthetic control on predictors.
    pools
        Rule for the donors of placebos. Synthetic difference-in-differences takes ``exclude_treated`` only: its time
        weights move with the treated unit's post-period, so that other null effects would need new estimates. Matrix
        completion (``mc``) is refused: without donor weights it only stands beside others (`compare_estimators`).
    predictors
        What ``sc_predictors`` is fitted on; no other estimator has any.

    Raises
    ------
    UsageError
        If dates contradict each other or an option is unknown.

    Examples
    --------
    >>> FewDesign("CN-GZ", start=2016, window=(2016, 2019), anticipation=1).phases(range(2013, 2021))
    ('pre', 'pre', 'anticipation', 'window', 'window', 'window', 'window', 'outside')
    """

    unit: str
    start: int
    window: tuple[int, int]
    anticipation: int = 0
    pre_from: int | None = None
    estimator: Estimator = "sc_intercept"
    pools: PoolRule = "symmetric"
    predictors: tuple[Predictor, ...] = ()

    def __post_init__(self) -> None:
        unit: object = self.unit
        if not isinstance(unit, str):
            raise UsageError(f"the treated unit is {unit!r}.", allowed="the name of a unit of the panel, as text")
        check_choice(self.estimator, Estimator, "estimator")
        check_choice(self.pools, PoolRule, "pools")
        self._settle_integers()
        self._settle_predictors()
        first, last = self.window
        if not self.start <= first <= last:
            raise UsageError(
                f"the window {first} to {last} does not fit a start in {self.start}.",
                allowed="start <= first period of the window <= last period of the window",
            )
        if self.anticipation < 0:
            raise UsageError(f"anticipation is {self.anticipation}.", allowed="0, 1, 2, ... periods")
        if self.pre_from is not None and self.pre_from >= self.start:
            raise UsageError(f"pre_from is {self.pre_from}.", allowed=f"a period before the start in {self.start}")
        if self.estimator == "mc":
            raise UsageError(
                "matrix completion has no donor weights, so that nothing can be said of donors, checks or other nulls.",
                allowed="any other estimator; 'mc' beside them in compare_estimators or method.compare",
            )
        if self.estimator == "sdid" and self.pools == "symmetric":
            raise UsageError(
                "synthetic difference-in-differences cannot be combined with symmetric pools.",
                allowed="pools = 'exclude_treated' for sdid (its ranks are approximate)",
            )

    def _settle_predictors(self) -> None:
        """Refuse predictors that are none, twice there, or without the estimator that needs them."""
        given: object = self.predictors
        items: list[Any] = list(given) if isinstance(given, tuple | list) else [given]
        odd = [item for item in items if not isinstance(item, Predictor)]
        if odd:
            raise UsageError(f"predictors hold {odd[0]!r}.", allowed="Predictor specifications, in a list")
        names = [item.name for item in items]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise UsageError(f"predictors appear twice: {listing(twice)}.", allowed="each series once")
        if self.estimator == "sc_predictors" and not items:
            raise UsageError(
                "estimator 'sc_predictors' has no predictors.",
                allowed="at least one series to fit on",
                todo="name predictors, or use the estimator 'sc', which fits on the outcome's own path",
            )
        if items and self.estimator != "sc_predictors":
            raise UsageError(
                f"estimator {self.estimator!r} fits on the outcome's own path and takes no predictors.",
                allowed="predictors with the estimator 'sc_predictors'",
            )
        object.__setattr__(self, "predictors", tuple(items))

    def _settle_integers(self) -> None:
        """Refuse dates and texts, and turn NumPy's integers into plain ones."""
        window: object = self.window
        if not isinstance(window, tuple | list) or len(window) != 2:  # noqa: PLR2004 - a pair
            raise UsageError(f"window is {window!r}.", allowed="two periods, the first and the last")
        pair = (
            whole_period(window[0], "the first period of the window"),
            whole_period(window[1], "the last period of the window"),
        )
        object.__setattr__(self, "window", pair)
        object.__setattr__(self, "start", whole_period(self.start, "start"))
        object.__setattr__(self, "anticipation", whole_period(self.anticipation, "anticipation"))
        if self.pre_from is not None:
            object.__setattr__(self, "pre_from", whole_period(self.pre_from, "pre_from"))

    def phases(self, periods: Sequence[int]) -> tuple[Phase, ...]:
        """Return the phase of each period.

        Parameters
        ----------
        periods
            Observed periods, ascending. Anticipation is counted in observed periods, so that it means the same on
            yearly data and on a census every five years.

        Raises
        ------
        MethodError
            If no period is left before, or the data end before the window does, or have no period in it.
        """
        before = [period for period in periods if period < self.start]
        fitted = before[: max(0, len(before) - self.anticipation)]
        in_between = set(before[len(fitted) :])
        if self.pre_from is not None:
            fitted = [period for period in fitted if period >= self.pre_from]
        first, last = self.window
        if not fitted:
            raise MethodError(
                f"no period is left before the start in {self.start} with {self.anticipation} of anticipation.",
                allowed="at least one period before the start and its anticipation",
                todo="bring earlier data or check start, anticipation and pre_from",
            )
        if last > max(periods):
            raise MethodError(
                f"the data end in {max(periods)}, before the window does: {first} to {last}.",
                allowed="a window that ends with or before the data",
                todo="shorten the window or bring later figures",
            )
        if not any(first <= period <= last for period in periods):
            raise MethodError(f"the data have no period in the window {first} to {last}.")
        in_pre = set(fitted)

        def phase(period: int) -> Phase:
            if period in in_pre:
                return "pre"
            if period in in_between:
                return "anticipation"
            return "window" if first <= period <= last else "outside"

        return tuple(phase(period) for period in periods)


def whole_period(value: object, name: str) -> int:
    """Return a period, or a count of them, as a plain integer.

    Raises
    ------
    UsageError
        If it is a date, a text or anything else that is no integer.
    """
    try:
        return index(value)  # type: ignore[arg-type]  # whatever has no index is refused below
    except TypeError:
        raise UsageError(
            f"{name} is {value!r}.",
            allowed="an integer, such as the year 2016",
            todo="give periods and counts as integers",
        ) from None


def whole_seed(value: object) -> int:
    """Return the seed of random draws as a plain integer.

    Raises
    ------
    UsageError
        If it is no integer, or below zero.
    """
    seed = whole_period(value, "seed")
    if seed < 0:
        raise UsageError(f"seed is {seed}.", allowed="0, 1, 2, ...")
    return seed
