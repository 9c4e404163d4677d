"""Does transfer beat the plain mean: each zone forecast from the others, and the forecasts scored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.core import Brief, Glance, MethodError, Result, Table, check_choice, check_level, one_thread, t_quantile
from pilotzone.transfer.covariates import Described, check_moderators
from pilotzone.transfer.effects import ZoneEffects
from pilotzone.transfer.fitting import Predictive, fit_effects
from pilotzone.transfer.further import PredictionMethod, estimate_elsewhere
from pilotzone.transfer.mixture import Mixture
from pilotzone.transfer.scores import crps_t
from pilotzone.transfer.support import least_move
from pilotzone.transfer.variances import BetweenMethod

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Forecasts", "HeldOut", "hold_out"]

Forecaster = Literal["plain mean", "random effects", "moderators"]
_FEWEST = 5
"""Four zones besides the one that is forecast: with fewer, a t distribution has no mean and no score."""


@dataclass(frozen=True)
class HeldOut(Brief):
    """One zone forecast from the others.

    Attributes
    ----------
    zone
        The zone that was held out.
    forecaster
        How it was forecast.
    predictive
        Distribution of its estimate: true effect and sampling error.
    estimate
        What was estimated there, in the outcome's scale.
    crps
        Continuous ranked probability score, in the outcome's scale; less is better.
    covered
        Whether the interval holds the estimate.
    supported
        Whether its moderators lie inside the hull of the other zones'; true where there are none.
    """

    zone: str
    forecaster: Forecaster
    predictive: Predictive | Mixture
    estimate: float
    crps: float
    covered: bool
    supported: bool


@dataclass(frozen=True, eq=False)
class Forecasts(Result):
    """Leave-one-zone-out forecasts, and how well they did.

    Attributes
    ----------
    effects
        Of all zones, on one outcome.
    held_out
        A forecast for each zone and forecaster.
    alpha
        One minus the level of intervals.
    """

    effects: ZoneEffects
    held_out: tuple[HeldOut, ...]
    alpha: float

    def by(self, forecaster: Forecaster) -> tuple[HeldOut, ...]:
        """Return the forecasts of one forecaster, in the order of zones."""
        return tuple(item for item in self.held_out if item.forecaster == forecaster)

    @property
    def forecasters(self) -> tuple[Forecaster, ...]:
        """Who forecast, the plain mean first."""
        return tuple(dict.fromkeys(item.forecaster for item in self.held_out))

    def gain(self, forecaster: Forecaster) -> tuple[float, float]:
        """Return by how much the mean CRPS is below that of the plain mean, and the standard error of it.

        Zones are treated as independent, which forecasts from overlapping zones are not: the error is a guide.
        """
        pairs = zip(self.by("plain mean"), self.by(forecaster), strict=True)
        off = np.array([plain.crps - own.crps for plain, own in pairs])
        return float(off.mean()), float(off.std(ddof=1) / len(off) ** 0.5)

    def to_table(self) -> Table:
        """Return one row per zone and forecaster, in the outcome's own scale."""
        names = ("zone", "forecaster", "forecast", "low", "high", "estimate", "crps", "covered", "supported")
        rows = []
        for item in self.held_out:
            ends = item.predictive.interval(self.alpha)
            cells = (item.estimate, item.crps, item.covered, item.supported)
            rows.append((item.zone, item.forecaster, item.predictive.expected, *ends, *cells))
        outcome = self.effects.outcomes[0]
        return Table.from_rows(names, rows, title=f"Each zone forecast from the others: {outcome.title}")

    def summary(self) -> Table:
        """Return one row per forecaster: mean score, gain over the plain mean, and how many intervals held."""
        names = ("forecaster", "crps", "gain", "gain_se", "better_in", "covered", "zones")
        rows = []
        for name in self.forecasters:
            own, plain = self.by(name), self.by("plain mean")
            gain, error = self.gain(name)
            better = sum(one.crps < other.crps for one, other in zip(own, plain, strict=True))
            mean = float(np.mean([item.crps for item in own]))
            rows.append((name, mean, gain, error, better, sum(item.covered for item in own), len(own)))
        return Table.from_rows(names, rows, title=f"Scores of forecasts for {self.effects.outcomes[0].title}")

    @property
    def answer(self) -> str:
        """Whether transfer beats the plain mean, in one sentence."""
        name = self.forecasters[-1]
        gain, error = self.gain(name)
        count = len(self.by(name))
        half = float(t_quantile(1 - self.alpha / 2, count - 1)) * error
        if gain - half > 0:
            told = "beats the plain mean of the other zones"
        elif gain + half < 0:
            told = "does worse than the plain mean of the other zones"
        else:
            told = "cannot be told from the plain mean of the other zones"
        return f"Forecasting by {name} {told}: CRPS lower by {gain:.3g} ({gain - half:.3g} to {gain + half:.3g})."

    def glance(self) -> Glance:
        """Return the scores, and the answer above them."""
        table = self.summary()
        return Glance(table.title, [self.answer], table)


@one_thread()
def hold_out(
    effects: ZoneEffects,
    zones: Described | None = None,
    *,
    outcome: str | None = None,
    method: BetweenMethod = "REML",
    alpha: float = 0.05,
    prediction: PredictionMethod = "HTS",
) -> Forecasts:
    """Forecast each zone from the others, with the sampling error of its own estimate, and score the forecasts.

    Parameters
    ----------
    effects
        Of five zones or more; with moderators six for one, eleven for two, and so on.
    zones
        Moderators; ``None``: forecasts by random effects alone.
    outcome
        Its name; not needed where there is one.
    method
        Estimator of the variance of true effects.
    alpha
        One minus the level of intervals.
    prediction
        Method of prediction, as in `pool_effects`: by t, or with tau uncertain. The plain mean has its t in both cases.

    Raises
    ------
    UsageError
        If there is no such method.
    MethodError
        If there are too few zones, or moderators are refused as in `predict_candidates`.

    Notes
    -----
    The forecast of zone j is t with k - p - 2 degrees of freedom: its variance is tau squared, the zone's own sampling
    variance, and that of the regression at j, less twice the covariance of both where zones share donors. The plain
    mean weighs other zones equally, and its spread is theirs: t with k - 2 degrees of freedom. With ``NNF`` a forecast
    is the mixture of normal distributions that `pool_effects` has for a true effect, with the sampling error on top.
    """
    check_level(alpha)
    check_choice(prediction, PredictionMethod, "the method of prediction intervals")
    how = method, prediction
    own = effects.on(outcome)
    count = len(own.zones)
    if count < _FEWEST:
        raise MethodError(
            f"forecasts of {count} zones cannot be scored.",
            allowed=f"{_FEWEST} zones or more: a forecast from three has no mean, and its score is infinite",
        )
    values = None
    if zones is not None:
        values = zones.of(own.zones)
        for j in range(count):
            kept = [k for k in range(count) if k != j]
            check_moderators([own.zones[k] for k in kept], zones.moderators, values[kept])
    ones = np.ones((count, 1))
    ways: list[tuple[Forecaster, Callable[[int, Sequence[int]], tuple[Predictive | Mixture, bool]]]] = [
        ("plain mean", lambda _, kept: (_plain(own.estimate[kept]), True)),
        ("random effects", lambda j, kept: (_regressed(own, ones, j, kept, how), True)),
    ]
    if values is not None:
        design, sizes, seen = np.column_stack([ones, values - values.mean(axis=0)]), values.std(axis=0), values
        ways.append(
            (
                "moderators",
                lambda j, kept: (_regressed(own, design, j, kept, how), _inside(seen / sizes, j, kept)),
            )
        )
    found = []
    for name, way in ways:
        for j in range(count):
            predictive, supported = way(j, [k for k in range(count) if k != j])
            found.append(_scored(own, j, name, predictive, alpha, supported=supported))
    return Forecasts(own, tuple(found), alpha)


def _plain(others: Floats) -> Predictive:
    count = len(others)
    return Predictive(float(others.mean()), float(others.std(ddof=1) * (1 + 1 / count) ** 0.5), count - 1)


def _regressed(
    effects: ZoneEffects, design: Floats, j: int, kept: Sequence[int], how: tuple[BetweenMethod, PredictionMethod]
) -> Predictive | Mixture:
    matrix, (method, prediction) = effects.matrix, how
    fit = fit_effects(effects.estimate[kept], design[kept], matrix[np.ix_(kept, kept)], method)
    row = design[j]
    if prediction == "NNF":
        return estimate_elsewhere(fit, row, float(matrix[j, j]), matrix[kept, j])
    shared = float(row @ fit.weights @ matrix[kept, j])
    variance = fit.tau2 + matrix[j, j] + float(row @ fit.covariance @ row) - 2 * shared
    return Predictive(float(row @ fit.coefficients), variance**0.5, fit.degrees - 1)


def _inside(values: Floats, j: int, kept: Sequence[int]) -> bool:
    return bool(np.abs(least_move(values[j], values[kept])).sum() <= 1e-9)  # noqa: PLR2004 - rounding


def _scored(
    effects: ZoneEffects, j: int, name: Forecaster, predictive: Predictive | Mixture, alpha: float, *, supported: bool
) -> HeldOut:
    estimate = float(effects.estimate[j])
    low, high = predictive.interval(alpha)
    if isinstance(predictive, Mixture):
        score = predictive.crps(estimate)
    else:
        score = crps_t(predictive.mean, predictive.scale, predictive.degrees, estimate)
    return HeldOut(effects.zones[j], name, predictive, estimate, score, bool(low <= estimate <= high), supported)
