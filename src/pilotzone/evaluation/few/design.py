"""The design of a study with few treated units: who, when, compared over which periods, estimated how."""

from __future__ import annotations

from dataclasses import dataclass, replace
from operator import index
from typing import TYPE_CHECKING, Any

import numpy as np

from pilotzone.core import (
    Brief,
    Estimator,
    Frequency,
    MethodError,
    PoolRule,
    UsageError,
    check_choice,
    frequency_of,
    given_period,
    in_frequency,
    listing,
)
from pilotzone.evaluation.few.predictors.characteristics import Importance, Predictor
from pilotzone.evaluation.few.ranking import ALL_UNITS, Ranking
from pilotzone.evaluation.few.register import ESTIMATORS, estimators_that
from pilotzone.evaluation.few.weights.material import Phase

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["FewDesign", "Phase", "whole_number", "whole_period", "whole_seed"]


@dataclass(frozen=True)
class FewDesign(Brief):
    """One treated unit, with its dates and the estimator.

    Attributes
    ----------
    unit
        The treated unit.
    start
        First treated period: an integer, or a quarter, month, week or day as text or date, such as ``"2016-03"``.
    window
        First and last period over which the effect is averaged, both included.
    anticipation
        Number of observed periods before `start` that are left out on both sides: they count neither as before nor as
        after.
    pre_from
        First period used for fitting. ``None``: the first period in which the treated unit has data.
    estimator
        ``sc``, synthetic control; ``sc_intercept``, with an intercept shift; ``sdid``, synthetic
        difference-in-differences; ``asc``, ridge-augmented synthetic control; ``sc_shared``, one set of weights for all
        outcomes; ``sc_predictors``, synthetic control on predictors.
    pools
        Rule for the donors of placebos. ``symmetric``: the treated unit may be a donor of a placebo.
        ``exclude_treated``: it may not. Synthetic difference-in-differences takes ``exclude_treated`` only, because its
        time weights change with the treated unit's post-period: every other null effect would need new estimates.
        Matrix completion (``mc``) is refused because it has no donor weights; `compare_estimators` reports it beside
        the others.
    predictors
        Predictors that ``sc_predictors`` is fitted on. Other estimators take none.
    importance
        Weight of each predictor: chosen by ``validation`` (Abadie, Diamond and Hainmueller 2015) or ``in_sample``
        (Abadie and Gardeazabal 2003), or one positive number per predictor. ``in_sample`` and given numbers also admit
        predictors with late periods only; the fit before the start then does not test the weights.
    ranking
        Units that the treated unit is ranked among, if not all units, and groups whose members must not be donors for
        one another.

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
    importance: Importance | tuple[float, ...] = "validation"
    ranking: Ranking = ALL_UNITS

    def __post_init__(self) -> None:
        unit: object = self.unit
        if not isinstance(unit, str):
            raise UsageError(f"the treated unit is {unit!r}.", allowed="the name of a unit of the panel, as text")
        check_choice(self.estimator, Estimator, "estimator")
        check_choice(self.pools, PoolRule, "pools")
        self._settle_integers()
        self._settle_predictors()
        dates = (self.start, *self.window, *(() if self.pre_from is None else (self.pre_from,)))
        frequency_of(dates)  # which refuses several kinds
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
        self._settle_estimator()

    def _settle_estimator(self) -> None:
        """Refuse an estimator without donor weights, and pools that it cannot be used with."""
        record = ESTIMATORS[self.estimator]
        if record.fit is None:
            raise UsageError(
                f"{record.label} has no donor weights, so that nothing can be said of donors, checks or other nulls.",
                allowed=f"any other estimator; {record.name!r} beside them in compare_estimators or method.compare",
            )
        if record.pools not in {None, self.pools}:
            raise UsageError(
                f"{record.label} cannot be combined with {self.pools} pools.",
                allowed=f"pools = {record.pools!r} for {record.name} (its ranks are approximate)",
            )

    def _settle_predictors(self) -> None:
        """Refuse predictors that are not series, twice there, or without the estimator that needs them."""
        given: object = self.predictors
        items: list[Any] = list(given) if isinstance(given, tuple | list) else [given]
        odd = [item for item in items if not isinstance(item, Predictor)]
        if odd:
            raise UsageError(f"predictors hold {odd[0]!r}.", allowed="Predictor specifications, in a list")
        names = [item.name for item in items]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise UsageError(f"predictors appear twice: {listing(twice)}.", allowed="each series once")
        needed = ESTIMATORS[self.estimator].needs_predictors
        if needed and not items:
            raise UsageError(
                f"estimator {self.estimator!r} has no predictors.",
                allowed="at least one series to fit on",
                todo="name predictors, or use the estimator 'sc', which fits on the outcome's own path",
            )
        if items and not needed:
            raise UsageError(
                f"estimator {self.estimator!r} fits on the outcome's own path and takes no predictors.",
                allowed=f"predictors with the estimator {estimators_that(lambda record: record.needs_predictors)}",
            )
        object.__setattr__(self, "predictors", tuple(items))
        self._settle_importance()

    def _settle_importance(self) -> None:
        """Refuse importance that is neither a way of choosing it nor one positive number for each predictor."""
        given: object = self.importance
        if isinstance(given, str):
            check_choice(given, Importance, "importance")
        else:
            numbers = np.asarray(given) if isinstance(given, tuple | list | np.ndarray) else np.array(None)
            plain = numbers.dtype.kind in "iuf" and numbers.shape == (len(self.predictors),)
            if not plain or not (np.isfinite(numbers) & (numbers > 0)).all():
                raise UsageError(
                    f"importance is {given!r}.",
                    allowed=f"'validation', 'in_sample', or {len(self.predictors)} positive numbers, one per predictor",
                )
            object.__setattr__(self, "importance", tuple(float(item) for item in numbers))
        if self.importance != "validation" and not self.predictors:
            raise UsageError("importance is given, but there are no predictors.", allowed="importance of predictors")
        if self.importance != "validation" and any(item.training for item in self.predictors):
            raise UsageError(
                "predictors have periods of training, but their importance is not chosen by validation.",
                allowed="training with importance = 'validation'; only 'fitted' otherwise",
            )

    def _settle_integers(self) -> None:
        """Refuse what is not a period, read dates and labels, and turn NumPy's integers into plain ones."""
        window: object = self.window
        if not isinstance(window, tuple | list) or len(window) != 2:  # noqa: PLR2004 - a pair
            raise UsageError(f"window is {window!r}.", allowed="two periods, the first and the last")
        pair = (
            whole_period(window[0], "the first period of the window"),
            whole_period(window[1], "the last period of the window"),
        )
        object.__setattr__(self, "window", pair)
        object.__setattr__(self, "start", whole_period(self.start, "start"))
        object.__setattr__(self, "anticipation", whole_number(self.anticipation, "anticipation"))
        if self.pre_from is not None:
            object.__setattr__(self, "pre_from", whole_period(self.pre_from, "pre_from"))

    def dated(self, frequency: Frequency) -> FewDesign:
        """Return the design with its dates as periods of a panel. A day becomes the longer period that contains it.

        Raises
        ------
        UsageError
            If a date is of another frequency.
        """
        first, last = (in_frequency(item, frequency, "the window") for item in self.window)
        return replace(
            self,
            start=in_frequency(self.start, frequency, "the start"),
            window=(first, last),
            pre_from=None if self.pre_from is None else in_frequency(self.pre_from, frequency, "pre_from"),
            predictors=tuple(item.dated(frequency) for item in self.predictors),
        )

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
    """Return a period: a plain integer, or a quarter, month, week or day as `Period`.

    Raises
    ------
    UsageError
        If it is neither an integer nor a date, nor the label of a period.
    """
    found = given_period(value)
    if found is None:
        raise UsageError(
            f"{name} is {value!r}.",
            allowed="an integer, such as the year 2016; or a period as text: '2016Q1', '2016-03' or '2016-03-01'",
            todo="give years and counts as integers, without quotes",
        )
    return found


def whole_number(value: object, name: str) -> int:
    """Return a count as a plain integer.

    Raises
    ------
    UsageError
        If it is anything else.
    """
    try:
        return index(value)  # type: ignore[arg-type]  # whatever has no index is refused below
    except TypeError:
        raise UsageError(f"{name} is {value!r}.", allowed="an integer", todo="give counts as integers") from None


def whole_seed(value: object) -> int:
    """Return the seed of random draws as a plain integer.

    Raises
    ------
    UsageError
        If it is not an integer, or below zero.
    """
    seed = whole_number(value, "seed")
    if seed < 0:
        raise UsageError(f"seed is {seed}.", allowed="0, 1, 2, ...")
    return seed
