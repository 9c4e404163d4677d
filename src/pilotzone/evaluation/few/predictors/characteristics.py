"""Predictors of a design: series of the panel, averaged over periods before the zone, in one stage or two.

Where importance is chosen by validation, the fitted periods are split in half: it is chosen on predictors of the
earlier half (training) and outcomes of the later one (validation), and weights are fitted on predictors of the later
half. Where it is chosen in sample, or given, there is one stage: predictors may then be known only late.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Self

import numpy as np

from pilotzone.core import Frequency, MethodError, UsageError, given_period, in_frequency, listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pilotzone.core import Panel

    Floats = NDArray[np.float64]

__all__ = ["Characteristics", "Importance", "Predictor", "halves"]

Importance = Literal["validation", "in_sample"]
"""How the predictors' importance is chosen: by how well a fit on the earlier half of the periods before predicts the
outcome of the later half, or by how well the fit itself follows the outcome over all of them."""

_FEWEST = 2
"""Fitted periods that can be split."""


@dataclass(frozen=True)
class Predictor:
    """A series whose mean over some periods is used to fit the weights.

    Attributes
    ----------
    name
        Name of the series. It may be the outcome itself.
    fitted
        Periods of the mean in the final fit. Default: the later half of the fitted periods, or all of them if there is
        one stage.
    training
        Periods of the mean in the training fit. Default: the earlier half. Ignored if there is one stage.

    Raises
    ------
    UsageError
        If the name is not a text, or a period is not an integer.

    Examples
    --------
    >>> Predictor("schooling", fitted=(1980, 1985), training=(1970, 1975)).fitted
    (1980, 1985)
    """

    name: str
    fitted: tuple[int, ...] = ()
    training: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        name: object = self.name
        if not isinstance(name, str):
            raise UsageError(f"a predictor is {name!r}.", allowed="the name of a series of the panel, as text")
        for key in ("fitted", "training"):
            given: object = getattr(self, key)
            if isinstance(given, str) or not isinstance(given, tuple | list | range):
                raise UsageError(f"{key} of predictor {name!r} is {given!r}.", allowed="periods in a list")
            odd = [item for item in given if given_period(item) is None]
            if odd:
                raise UsageError(
                    f"{key} of predictor {name!r} holds {odd[0]!r}.",
                    allowed="periods: integers such as the year 2016, or text such as '2016-03'",
                )
            object.__setattr__(self, key, tuple(sorted({given_period(item) or 0 for item in given})))

    def dated(self, frequency: Frequency) -> Predictor:
        """Return the predictor with its dates converted to periods of a panel."""
        what = f"a period of predictor {self.name!r}"
        fitted, training = (
            tuple(in_frequency(item, frequency, what) for item in items) for items in (self.fitted, self.training)
        )
        return replace(self, fitted=fitted, training=training)


def halves(fitted: Sequence[int]) -> tuple[list[int], list[int]]:
    """Split fitted periods into training and validation; of an odd number training has one more.

    Raises
    ------
    MethodError
        If there are fewer than two.

    Examples
    --------
    >>> halves([2011, 2012, 2013])
    ([2011, 2012], [2013])
    """
    periods = list(fitted)
    if len(periods) < _FEWEST:
        raise MethodError(
            f"predictors' importance cannot be validated on {len(periods)} fitted period.",
            allowed=f"at least {_FEWEST} fitted periods, for training and validation",
            todo="bring earlier data, or use the estimator 'sc'",
        )
    middle = len(periods) - len(periods) // 2
    return periods[:middle], periods[middle:]


@dataclass(frozen=True, eq=False)
class Characteristics:
    """Predictors of n units.

    Attributes
    ----------
    predictors
        F specifications.
    periods
        T periods of the panel.
    values
        Shape (F, n, T), NaN where missing.
    importance
        How it is chosen, or V itself.
    before
        Only periods before this one are used; ``None`` for no such limit.
    """

    predictors: tuple[Predictor, ...]
    periods: tuple[int, ...]
    values: Floats
    importance: Importance | tuple[float, ...] = "validation"
    before: int | None = None

    @classmethod
    def of(
        cls,
        panel: Panel,
        predictors: Sequence[Predictor],
        units: Sequence[str],
        importance: Importance | tuple[float, ...] = "validation",
    ) -> Characteristics:
        """Return the predictors of some units of a panel."""
        rows = [panel.unit_index(unit) for unit in units]
        values = np.array([panel.matrix(item.name)[rows] for item in predictors])
        return cls(tuple(predictors), tuple(panel.periods), values, importance)

    @property
    def staged(self) -> bool:
        """Whether there are a training fit and a final one."""
        return self.importance == "validation"

    def dated(self, date: int) -> Self:
        """Return the same without what was observed from a date on."""
        return replace(self, before=date if self.before is None else min(date, self.before))

    def means(self, fitted: Sequence[int]) -> tuple[Floats, Floats]:
        """Return the means of the training fit and of the final fit, shape (n, F) each; NaN where there is none.

        They are the same where there is one stage.

        Parameters
        ----------
        fitted
            Fitted periods of the outcome.
        """
        if not self.staged:
            end = fitted[-1] + 1 if self.before is None else min(fitted[-1] + 1, self.before)
            columns = [self._mean(k, item.fitted, fitted, end) for k, item in enumerate(self.predictors)]
            return np.column_stack(columns), np.column_stack(columns)
        training, validation = halves(fitted)
        tables = []
        for given, span, end in (
            ("training", training, validation[0]),
            ("fitted", validation, validation[-1] + 1),
        ):
            limit = end if self.before is None else min(end, self.before)
            columns = [self._mean(k, getattr(item, given), span, limit) for k, item in enumerate(self.predictors)]
            tables.append(np.column_stack(columns))
        return tables[0], tables[1]

    def _mean(self, place: int, given: Sequence[int], span: Sequence[int], limit: int) -> Floats:
        wanted = set(given) or {period for period in self.periods if span[0] <= period <= span[-1]}
        columns = [k for k, period in enumerate(self.periods) if period in wanted and period < limit]
        values = self.values[place][:, columns]
        count = (~np.isnan(values)).sum(axis=1)
        with np.errstate(over="ignore", invalid="ignore"):
            total = np.nansum(values, axis=1)
        total = np.where(np.isnan(total), np.inf, total)  # infinities of both signs: not missing, but refused as such
        mean: Floats = np.where(count > 0, total / np.maximum(count, 1), np.nan)
        return mean

    def check(self, fitted: Sequence[int]) -> None:
        """Refuse periods that the panel lacks or that are not known when they are needed.

        Raises
        ------
        UsageError
            If the panel lacks a period.
        MethodError
            If a period is too late for what it is used for.
        """
        training, validation = halves(fitted) if self.staged else ([], list(fitted))
        for item in self.predictors:
            absent = sorted({*item.fitted, *item.training} - set(self.periods))
            if absent:
                raise UsageError(
                    f"predictor {item.name!r} is to be averaged over {listing(absent)}, which the panel lacks.",
                    allowed=f"periods of the panel, {self.periods[0]} to {self.periods[-1]}",
                )
            late = [period for period in item.fitted if period > validation[-1]]
            if late:
                raise MethodError(
                    f"fitted of predictor {item.name!r} holds {listing(late)}, after the last fitted period.",
                    allowed=f"periods up to {validation[-1]}: later ones may have seen the zone or its anticipation",
                )
            late = [period for period in item.training if period >= validation[0]] if training else []
            if late:
                raise MethodError(
                    f"training of predictor {item.name!r} holds {listing(late)}, within validation.",
                    allowed=f"periods before {validation[0]}, the first one that is to be predicted",
                )

    def lacking(self, row: int, fitted: Sequence[int]) -> str:
        """Return which predictor a unit has no value of, in words; empty if none."""
        for table, words in zip(self.means(fitted), ("training", "final"), strict=True):
            absent = [item.name for item, value in zip(self.predictors, table[row], strict=True) if np.isnan(value)]
            if absent:
                return f"predictor {absent[0]} missing in all periods of the {words if self.staged else 'final'} fit"
        return ""
