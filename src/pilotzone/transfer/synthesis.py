"""Several zones, one mean effect: random effects with few, and what a further zone may have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import (
    Brief,
    Glance,
    MethodError,
    Outcome,
    Result,
    Table,
    check_level,
    one_thread,
    shown,
    t_quantile,
)
from pilotzone.transfer.effects import ZoneEffects
from pilotzone.transfer.fitting import fit_effects
from pilotzone.transfer.further import PredictionMethod, predictor
from pilotzone.transfer.variances import BetweenMethod, q_profile

if TYPE_CHECKING:
    import altair as alt

    from pilotzone.core import Cell
    from pilotzone.transfer.fitting import Fit, Predictive
    from pilotzone.transfer.mixture import Mixture

__all__ = ["FEW", "PooledEffect", "Synthesis", "pool_effects"]

FEW = 5
"""Zones from which on a prediction interval stands without a warning."""
_PAIR = 2


@dataclass(frozen=True, eq=False)
class PooledEffect(Brief):
    """The mean effect over zones on one outcome, and how much true effects differ.

    Attributes
    ----------
    outcome
        On what.
    zones
        The zones that it is the mean of.
    estimate
        Mean effect in the outcome's own scale.
    se, plain_se
        Its standard error after Hartung and Knapp, and the one without, which is never larger.
    interval
        Confidence interval of the mean, by a t distribution with k - 1 degrees of freedom.
    tau2, tau2_interval
        Variance of true effects, and its Q-profile interval.
    q, q_p
        Cochran's Q and its p-value against equal true effects.
    i2
        Share of the variance of estimates that is due to true effects, from 0 to 1.
    prediction
        Interval of the true effect of a further zone of the same kind; ``None`` with two zones.
    warning
        What a reader must know of it; empty from five zones on.
    fit
        The fit behind it.
    predictive
        Distribution of the true effect of a further zone; ``None`` with two zones.
    """

    outcome: Outcome
    zones: tuple[str, ...]
    estimate: float
    se: float
    plain_se: float
    interval: tuple[float, float]
    tau2: float
    tau2_interval: tuple[float, float]
    q: float
    q_p: float
    i2: float
    prediction: tuple[float, float] | None
    warning: str
    fit: Fit
    predictive: Predictive | Mixture | None

    @property
    def weights(self) -> tuple[float, ...]:
        """What each zone counts in the mean; they sum to one."""
        return tuple(self.fit.weights[0].tolist())


@dataclass(frozen=True, eq=False)
class Synthesis(Result):
    """Mean effects of several zones.

    Attributes
    ----------
    effects
        What was pooled.
    pooled
        One for each outcome.
    method
        Estimator of tau squared.
    alpha
        One minus the level of intervals.
    prediction
        Method of prediction intervals.
    """

    effects: ZoneEffects
    pooled: tuple[PooledEffect, ...]
    method: BetweenMethod
    alpha: float
    prediction: PredictionMethod = "HTS"

    def to_table(self) -> Table:
        """Return one row per outcome; effects in readable units, `estimate`, `se` and `tau2` in the outcome's scale."""
        rows = [_row(item) for item in self.pooled]
        notes = [f"{item.outcome.title}: {item.warning}" for item in self.pooled if item.warning]
        table = Table.from_rows(tuple(rows[0]), [tuple(row.values()) for row in rows], title=self._title)
        return Table(table.columns, table.title, note=" ".join(notes))

    @property
    def _title(self) -> str:
        return f"Mean effect of {len(self.effects.zones)} zones, {self.method} with Hartung-Knapp"

    def glance(self) -> Glance:
        """Return the table with its warnings above it."""
        table = self.to_table()
        return Glance(self._title, [table.note] if table.note else (), table)

    def plot(self, outcome: str | None = None) -> alt.LayerChart | alt.FacetChart:
        """Return a forest plot of the effects on an outcome, with mean and prediction interval.

        Parameters
        ----------
        outcome
            Its name; not needed where there is one.

        Returns
        -------
        altair.LayerChart or altair.FacetChart
            It shows itself in a notebook, and ``.save("chart.png")`` writes it.
        """
        from pilotzone.transfer.drawing import plot_forest

        name = self.effects.on(outcome).outcomes[0].name
        return plot_forest(self, next(item for item in self.pooled if item.outcome.name == name))


def _row(item: PooledEffect) -> dict[str, Cell]:
    show = item.outcome.display
    low, high = item.prediction or (None, None)
    return {
        "outcome": item.outcome.name,
        "zones": len(item.zones),
        "effect": show(item.estimate),
        "low": show(item.interval[0]),
        "high": show(item.interval[1]),
        "prediction_low": None if low is None else show(low),
        "prediction_high": None if high is None else show(high),
        "effect_unit": item.outcome.display_unit,
        "estimate": item.estimate,
        "se": item.se,
        "tau2": item.tau2,
        "tau2_low": item.tau2_interval[0],
        "tau2_high": item.tau2_interval[1],
        "i2": item.i2,
        "q": item.q,
        "q_p": item.q_p,
    }


@one_thread()
def pool_effects(
    effects: ZoneEffects,
    *,
    method: BetweenMethod = "REML",
    alpha: float = 0.05,
    prediction: PredictionMethod = "HTS",
) -> Synthesis:
    """Return the mean effect of several zones on each outcome, by random effects.

    Parameters
    ----------
    effects
        Of two zones or more on each outcome.
    method
        Estimator of the variance of true effects: ``REML``, ``PM`` (Paule and Mandel) or, for comparison with older
        work, ``DL``.
    alpha
        One minus the level of intervals.
    prediction
        Method of prediction intervals: ``HTS``, t with k - 2 degrees of freedom at the estimated tau squared, or
        ``NNF``, which draws tau squared from its confidence distribution and holds its level where t does not.

    Raises
    ------
    MethodError
        If an outcome has one zone only.
    UsageError
        If there is no such estimator or method, or alpha is not a level.

    Notes
    -----
    Standard errors after Hartung and Knapp (2001), never below those without. Prediction intervals after Higgins,
    Thompson and Spiegelhalter (2009), t with k - 2 degrees of freedom, or Nagashima, Noma and Furukawa (2019): none
    with two zones, with a warning with three or four.

    Examples
    --------
    >>> from pilotzone.core import Outcome
    >>> from pilotzone.transfer import ZoneEffect, ZoneEffects
    >>> gdp = Outcome("gdp", None, "up", None, "level", unit="%")
    >>> given = zip("abcde", (4.0, 1.0, 3.0, 0.0, 2.0), (1.0, 1.0, 1.5, 0.5, 1.0))
    >>> effects = ZoneEffects(tuple(ZoneEffect(z, "zone", gdp, "5 years", y, s) for z, y, s in given))
    >>> found = pool_effects(effects).pooled[0]
    >>> round(found.estimate, 2), [round(end, 2) for end in found.prediction]
    (1.81, [-3.33, 6.95])
    """
    check_level(alpha)
    pooled = tuple(_pooled(effects.on(item.name), method, alpha, prediction) for item in effects.outcomes)
    return Synthesis(effects, pooled, method, alpha, prediction)


def _pooled(effects: ZoneEffects, method: BetweenMethod, alpha: float, prediction: PredictionMethod) -> PooledEffect:
    from scipy.stats import chi2

    outcome, zones = effects.outcomes[0], effects.zones
    count = len(zones)
    if count < _PAIR:
        raise MethodError(
            f"outcome {shown(outcome.name)} has an effect of one zone, {shown(zones[0])}.",
            allowed="effects of two zones or more: one zone says nothing of how effects differ",
        )
    fit = fit_effects(effects.estimate, np.ones((count, 1)), effects.matrix, method)
    mean, se = float(fit.coefficients[0]), float(fit.covariance[0, 0] ** 0.5)
    half = float(t_quantile(1 - alpha / 2, count - 1)) * se
    q = fit.contrasts.q(0.0)
    predictive = predictor(prediction, fit).at(np.ones(1)) if count > _PAIR else None
    return PooledEffect(
        outcome,
        zones,
        mean,
        se,
        float(fit.plain[0, 0] ** 0.5),
        (mean - half, mean + half),
        fit.tau2,
        q_profile(fit.contrasts, alpha),
        q,
        float(chi2.sf(q, count - 1)),
        fit.tau2 / (fit.tau2 + fit.contrasts.typical),
        None if predictive is None else predictive.interval(alpha),
        _warning(count),
        fit,
        predictive,
    )


def _warning(count: int) -> str:
    if count == _PAIR:
        return (
            "two zones cannot tell how much true effects differ. There is no prediction interval, and the interval of"
            " the mean rests on one degree of freedom."
        )
    if count < FEW:
        return (
            f"{count} zones hardly tell how much true effects differ: the prediction interval rests on {count - 2}"
            f" degree{'s' if count - 2 > 1 else ''} of freedom. From {FEW} zones on it stands without this warning."
        )
    return ""
