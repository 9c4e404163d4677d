"""Forecasts made with what was known on a day, scored against what came."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.appraisal.scores import (
    Coverage,
    ScoreRange,
    absolute_error,
    coverage,
    crps_ensemble_range,
    crps_normal_range,
    ratio_range,
)
from pilotzone.appraisal.vintages import Frozen, IssuedFigure, Vintages
from pilotzone.core import Brief, MethodError, Result, Table, UsageError, significant

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Backtest", "Forecast", "Forecaster", "Scored", "run_backtest", "stated"]

_ENDS = (0.05, 0.95)


@dataclass(frozen=True, eq=False)
class Forecast(Brief):
    """What somebody, or a model, expected.

    Attributes
    ----------
    name, period
        Name of the quantity, and the year that it is about.
    by
        Who forecast it, or which method.
    point
        The number that was expected.
    sd
        Standard deviation of a normal forecast; ``None`` for a point or an ensemble.
    members
        Draws of a forecast; ``None`` for a point or a normal one.
    unit
        Its unit.

    Raises
    ------
    UsageError
        If it is both normal and an ensemble, or its numbers are not finite.
    """

    name: str
    period: int
    by: str
    point: float
    sd: float | None = None
    members: Sequence[float] | Floats | None = None
    unit: str = "1"

    def __post_init__(self) -> None:
        if self.sd is not None and self.members is not None:
            raise UsageError(
                f"the forecast of {self.name!r} by {self.by} is both normal and an ensemble.", allowed="one of the two"
            )
        # Whatever cannot be scored is refused now, with its name.
        self.crps(self.point, self.point)
        absolute_error(self.point, self.point, self.point)

    @property
    def interval(self) -> tuple[float, float] | None:
        """Ends of the central nine tenths; ``None`` for a point."""
        if self.sd is not None:
            from scipy.special import ndtri

            low, high = (self.point + self.sd * float(ndtri(end)) for end in _ENDS)
            return low, high
        if self.members is not None:
            low, high = np.quantile(np.asarray(self.members, dtype=np.float64), _ENDS).tolist()
            return low, high
        return None

    def crps(self, low: float, high: float) -> ScoreRange | None:
        """Return the range of its score where the outcome lies between two numbers; ``None`` for a point.

        Members of an ensemble are draws, so the fair score is taken; of one member the usual one.
        """
        if self.sd is not None:
            return crps_normal_range(self.point, self.sd, low, high)
        if self.members is not None:
            return crps_ensemble_range(self.members, low, high, fair=len(self.members) > 1)
        return None


Forecaster = Callable[[Frozen], Sequence[Forecast]]
"""Makes forecasts from what was known, which is all that it is given."""


def stated(frozen: Frozen) -> list[Forecast]:
    """Return the forecasts that others had published by then: figures whose kind is ``forecast``, as points."""
    return [
        Forecast(fact.name, fact.period, f"{fact.source} ({fact.issued})", fact.middle, unit=fact.unit)
        for fact in frozen.facts
        if fact.kind == "forecast"
    ]


@dataclass(frozen=True, eq=False)
class Scored(Brief):
    """A forecast beside what came.

    Attributes
    ----------
    forecast
        What was expected.
    low, high
        What came, or the ends of what is known of it.
    sources
        Who says what came.
    error
        Absolute error.
    ratio
        Forecast over outcome; ``None`` where the outcome may be zero or less.
    crps
        Score of a distribution; ``None`` for a point.
    """

    forecast: Forecast
    low: float
    high: float
    sources: tuple[str, ...]
    error: ScoreRange
    ratio: ScoreRange | None
    crps: ScoreRange | None


@dataclass(frozen=True, eq=False)
class Backtest(Result):
    """Forecasts that were made with what was known on a day, scored.

    Attributes
    ----------
    frozen
        What was known.
    scored
        Forecasts of what has come.
    open
        Forecasts whose outcome is not known.
    coverage
        How many outcomes lay in the central nine tenths of distributions; ``None`` where there are none.
    """

    frozen: Frozen
    scored: tuple[Scored, ...]
    open: tuple[Forecast, ...]
    coverage: Coverage | None

    @property
    def label(self) -> str:
        """What the test is: true, or pseudo-out-of-sample."""
        return self.frozen.label

    def to_table(self) -> Table:
        """Return a row for each forecast that has been scored; ranges where the outcome is an interval."""
        rows = [
            (
                s.forecast.name,
                s.forecast.period,
                s.forecast.by,
                s.forecast.point,
                _range(ScoreRange(s.low, s.high)),
                _range(s.error),
                _range(s.ratio),
                _range(s.crps),
                s.forecast.unit,
                "; ".join(s.sources),
            )
            for s in self.scored
        ]
        names = ["figure", "period", "by", "forecast", "outcome", "error", "ratio", "CRPS", "unit", "outcome by"]
        return Table.from_rows(names, rows, title=f"Forecasts against what came; {self.label}")


def run_backtest(
    vintages: Vintages,
    forecasters: Sequence[Forecaster],
    outcomes: Sequence[IssuedFigure],
    *,
    at: str,
    pseudo: bool = False,
) -> Backtest:
    """Freeze inputs at a day, forecast, and score against what came.

    Parameters
    ----------
    vintages
        Figures as they were published.
    forecasters
        Each is given what was known on the day, and nothing else.
    outcomes
        What came, as it is known today. Several figures of one period make the outcome an interval that holds them
        all. Those issued by the day are not outcomes, and forecasts, plans and targets never are.
    at
        The day, or the end of a month or year.
    pseudo
        Whether figures without a day of issue may be known, of periods that were over: a weaker test, so labelled.

    Raises
    ------
    DataError
        If nothing was known on that day.
    MethodError
        If no forecast is of something that has come.
    """
    frozen = vintages.frozen(at, pseudo=pseudo)
    forecasts = [forecast for forecaster in forecasters for forecast in forecaster(frozen)]
    scored, still = [], []
    for forecast in forecasts:
        came = [fact for fact in outcomes if _is_outcome(fact, forecast, frozen)]
        if came:
            scored.append(_scored(forecast, came))
        else:
            still.append(forecast)
    if not scored:
        raise MethodError(
            f"none of {len(forecasts)} forecasts made with what was known on {frozen.day.isoformat()} has an outcome.",
            allowed="outcomes of the same figure and period, issued after that day",
        )
    spread = [(s.forecast.interval, (s.low, s.high)) for s in scored]
    given = [(own, outcome) for own, outcome in spread if own is not None]
    return Backtest(
        frozen,
        tuple(scored),
        tuple(still),
        coverage([own for own, _ in given], [outcome for _, outcome in given]) if given else None,
    )


def _is_outcome(fact: IssuedFigure, forecast: Forecast, frozen: Frozen) -> bool:
    """Whether a figure says what came of a forecast: measured or estimated, and not known on the day."""
    later = fact.day is None or fact.day > frozen.day
    same = (fact.name, fact.period) == (forecast.name, forecast.period)
    return same and later and fact.kind in {"actual", "estimate", "stated"}


def _scored(forecast: Forecast, came: Sequence[IssuedFigure]) -> Scored:
    wrong = [fact for fact in came if fact.unit != forecast.unit]
    if wrong:
        raise UsageError(
            f"{forecast.name!r} of {forecast.period} is forecast in {forecast.unit!r}, and came in {wrong[0].unit!r}.",
            allowed="one unit",
        )
    low, high = min(fact.low for fact in came), max(fact.high for fact in came)
    return Scored(
        forecast,
        low,
        high,
        tuple(dict.fromkeys(fact.source for fact in came)),
        absolute_error(forecast.point, low, high),
        ratio_range(forecast.point, low, high) if low > 0 else None,
        forecast.crps(low, high),
    )


def _range(found: ScoreRange | None) -> str:
    if found is None:
        return ""
    low, high = significant(found.low), significant(found.high)
    return low if low == high else f"{low} to {high}"
