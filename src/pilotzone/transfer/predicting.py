"""What the treatment would do in a candidate region: effects as a function of moderators, within what was seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import (
    Brief,
    Cell,
    Glance,
    Outcome,
    Result,
    Table,
    UsageError,
    check_level,
    one_thread,
    shown,
    t_quantile,
)
from pilotzone.transfer.covariates import Described, check_moderators
from pilotzone.transfer.effects import ZoneEffects
from pilotzone.transfer.fitting import Fit, Predictive, fit_effects
from pilotzone.transfer.further import Factors, PredictionMethod, further_draws, further_factors, predictor
from pilotzone.transfer.mixture import Mixture
from pilotzone.transfer.support import Support, support_of
from pilotzone.transfer.variances import BetweenMethod, q_profile

if TYPE_CHECKING:
    import altair as alt
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["CandidateEffect", "Predictions", "design_of", "predict_candidates"]


@dataclass(frozen=True, eq=False)
class CandidateEffect(Brief):
    """What the treatment would do in one candidate, or why nobody can tell.

    Attributes
    ----------
    place
        The candidate.
    support
        Where it lies among zones.
    predictive
        Its true effect by t; ``None`` where it cannot be transported.
    by_weights
        Mean effect of zones under the entropy balancing weights, in the outcome's scale; NaN likewise.
    refusal
        Why the effect cannot be transported; empty where it can.
    within
        The distribution that its interval is from: by t, or with tau uncertain; ``None`` likewise.
    """

    place: str
    support: Support
    predictive: Predictive | None
    by_weights: float
    refusal: str
    within: Predictive | Mixture | None

    def interval(self, alpha: float) -> tuple[float, float] | None:
        """Return the prediction interval of probability 1 - alpha; ``None`` where there is no prediction."""
        return None if self.within is None else self.within.interval(alpha)


@dataclass(frozen=True, eq=False)
class Predictions(Result):
    """Predicted effects in candidate regions.

    Attributes
    ----------
    effects
        Of the zones that they rest on, on one outcome.
    zones, candidates
        Their moderators.
    fit
        The regression of effects on moderators; the intercept is the effect at the mean of zones.
    items
        One for each candidate.
    method
        Estimator of tau squared.
    alpha
        One minus the level of intervals.
    prediction
        Method of prediction intervals.
    """

    effects: ZoneEffects
    zones: Described
    candidates: Described
    fit: Fit
    items: tuple[CandidateEffect, ...]
    method: BetweenMethod
    alpha: float
    prediction: PredictionMethod = "HTS"

    @property
    def outcome(self) -> Outcome:
        """On what effects are."""
        return self.effects.outcomes[0]

    @property
    def transported(self) -> tuple[CandidateEffect, ...]:
        """Candidates inside the support."""
        return tuple(item for item in self.items if item.predictive is not None)

    def joint(self) -> tuple[Floats, Floats, float]:
        """Return location, scale matrix and degrees of freedom of the transported effects' joint t distribution."""
        found = self._t_factors()
        (loadings,), (own,) = found.loadings, found.own
        return found.location[0], loadings @ loadings.T + own**2 * np.eye(len(loadings)), found.degrees

    def factors(self) -> Factors:
        """Return the joint distribution of the transported effects as factors, by the method of prediction."""
        return further_factors(self.fit, self._rows()) if self.prediction == "NNF" else self._t_factors()

    def _t_factors(self) -> Factors:
        rows = self._rows()
        value, vectors = np.linalg.eigh(self.fit.covariance)
        loadings = rows @ (vectors * np.sqrt(np.maximum(value, 0.0)))
        own, degrees = np.array([self.fit.tau2**0.5]), float(self.fit.degrees - 1)
        return Factors(np.zeros(1), (rows @ self.fit.coefficients)[None], loadings[None], own, degrees)

    def drawn(self, draws: int, rng: np.random.Generator) -> Floats:
        """Return draws of the transported effects jointly by the method of prediction, shape (draws, m)."""
        if self.prediction == "NNF":
            return further_draws(self.fit, self._rows(), draws, rng)
        location, scale, degrees = self.joint()
        # The root by eigenvectors: with tau squared at zero and more candidates than coefficients the matrix is
        # singular.
        value, vectors = np.linalg.eigh(scale)
        root = vectors * np.sqrt(np.maximum(value, 0))
        shared = np.sqrt(degrees / rng.chisquare(degrees, size=draws))
        drawn: Floats = location + (rng.standard_normal((draws, len(location))) @ root.T) * shared[:, None]
        return drawn

    def _rows(self) -> Floats:
        """Return regressors of the transported candidates, shape (m, q + 1)."""
        return design_of(self.zones, self.effects.zones, self.candidates.of([i.place for i in self.transported]))

    def to_table(self) -> Table:
        """Return one row per candidate: prediction with its interval, or why there is none, and its support."""
        show, unit = self.outcome.display, self.outcome.display_unit
        effect = ("place", "effect", "low", "high", "effect_unit", "by_weights")
        names = (*effect, "transported", "forbids", "distance", "farthest", "effective_zones", "refusal")
        rows: list[tuple[Cell, ...]] = []
        for item in self.items:
            cells: tuple[Cell, ...] = (None, None, None, unit, None)
            ends = item.interval(self.alpha)
            if item.predictive is not None and ends is not None:
                low, high = ends
                cells = (show(item.predictive.mean), show(low), show(high), unit, show(item.by_weights))
            support = item.support
            told = (item.predictive is not None, support.forbids, support.distance, support.farthest)
            rows.append((item.place, *cells, *told, support.effective, item.refusal))
        title = f"Predicted effects on {self.outcome.title} from {len(self.effects.zones)} zones"
        return Table.from_rows(names, rows, title=title)

    def glance(self) -> Glance:
        """Return the table, and above it how little it rests on."""
        rest = len(self.effects.zones) - len(self.fit.coefficients) - 1
        told = f"{len(self.effects.zones)} zones leave {rest} degree{'s' if rest != 1 else ''} of freedom."
        refused = len(self.items) - len(self.transported)
        lines = [told, f"{refused} of {len(self.items)} candidates lie outside what was seen."]
        table = self.to_table()
        return Glance(table.title, lines, table)

    def coefficients(self) -> Table:
        """Return one row per coefficient, in the outcome's scale per unit of the moderator, with its interval."""
        half = float(t_quantile(1 - self.alpha / 2, self.fit.degrees))
        names = ("coefficient", "unit", "estimate", "se", "low", "high", "declared")
        rows: list[tuple[Cell, ...]] = []
        told = [("effect at the mean of zones", "", "")]
        told += [
            (item.name, f"per {item.unit_told}" if item.unit_told else "", item.declared)
            for item in self.zones.moderators
        ]
        for k, (name, unit, declared) in enumerate(told):
            mean, se = float(self.fit.coefficients[k]), float(self.fit.covariance[k, k] ** 0.5)
            rows.append((name, unit, mean, se, mean - half * se, mean + half * se, declared))
        low, high = q_profile(self.fit.contrasts, self.alpha)
        table = Table.from_rows(names, rows, title=f"Effects on {self.outcome.title} by moderators, {self.method}")
        note = f"Variance of true effects that is left: {self.fit.tau2:.4g} ({low:.4g} to {high:.4g})."
        return Table(table.columns, table.title, note=note)

    def to_criterion(self, name: str = "") -> Table:
        """Return predicted effects as a criterion of places: a range for each, missing where there is none.

        Parameters
        ----------
        name
            Of the criterion; the outcome's by default.

        Returns
        -------
        Table
            Columns ``place``, ``criterion``, ``low``, ``high``, ``unit``, ``kind``, ``source`` and ``note``: those of
            a ranking of places. A range is the prediction interval in readable units.
        """
        names = ("place", "criterion", "low", "high", "unit", "kind", "source", "note")
        show, unit = self.outcome.display, self.outcome.display_unit
        source = f"predicted from the effects of {len(self.effects.zones)} zones ({self.effects.treatment})"
        rows: list[tuple[Cell, ...]] = []
        for item in self.items:
            head = (item.place, name or self.outcome.name)
            ends = item.interval(self.alpha)
            if ends is None:
                rows.append((*head, None, None, unit, "missing", "", item.refusal))
                continue
            low, high = ends
            note = f"prediction interval at {1 - self.alpha:.0%}; {self.effects.horizon}"
            rows.append((*head, show(low), show(high), unit, "modelled", source, note))
        good = "more" if self.outcome.good == "up" else "less"
        return Table.from_rows(names, rows, title=f"Criterion {name or self.outcome.title}: {good} is better")

    def plot(self) -> alt.LayerChart | alt.FacetChart:
        """Return a chart of zones and candidates on the first two moderators, or on the only one and the effect.

        Returns
        -------
        altair.LayerChart or altair.FacetChart
            It shows itself in a notebook, and ``.save("chart.png")`` writes it.
        """
        from pilotzone.transfer.drawing import plot_support

        return plot_support(self)


@one_thread()
def predict_candidates(
    effects: ZoneEffects,
    zones: Described,
    candidates: Described,
    *,
    outcome: str | None = None,
    method: BetweenMethod = "REML",
    alpha: float = 0.05,
    prediction: PredictionMethod = "HTS",
) -> Predictions:
    """Predict what the treatment would do in candidate regions, from effects of zones and declared moderators.

    Parameters
    ----------
    effects
        Of five zones or more for each moderator.
    zones, candidates
        Values on the same moderators.
    outcome
        Its name; not needed where there is one.
    method
        Estimator of the variance of true effects that moderators leave.
    alpha
        One minus the level of prediction intervals.
    prediction
        Method of prediction intervals: ``HTS`` or ``NNF``, as in `pool_effects`.

    Raises
    ------
    MethodError
        If there is more than one moderator per five zones, or one does not vary or is a combination of others.
    UsageError
        If moderators of zones and candidates differ, a zone has no values, or a candidate is one of the zones.

    Notes
    -----
    Random-effects meta-regression with Knapp and Hartung's (2003) errors, never below those without; intervals are of
    the true effect of a new zone, t with k - p - 1 degrees of freedom, or with tau uncertain. A candidate outside the
    convex hull of zones is refused, and told which covariate forbids it.
    """
    check_level(alpha)
    own = effects.on(outcome)
    _check_alike(own, zones, candidates)
    values = zones.of(own.zones)
    check_moderators(own.zones, zones.moderators, values)
    fit = fit_effects(own.estimate, design_of(zones, own.zones, values), own.matrix, method)
    source, names = predictor(prediction, fit), [item.name for item in zones.moderators]
    items = []
    for place, at in zip(candidates.places, candidates.values, strict=True):
        support = support_of(at, values, names)
        row = design_of(zones, own.zones, at[None, :])[0]
        if support.inside:
            by_weights = float(support.weights @ own.estimate)
            items.append(CandidateEffect(place, support, fit.at(row), by_weights, "", source.at(row)))
        else:
            items.append(CandidateEffect(place, support, None, np.nan, _refusal(support, zones), None))
    return Predictions(own, zones, candidates, fit, tuple(items), method, alpha, prediction)


def design_of(zones: Described, names: tuple[str, ...], values: Floats) -> Floats:
    """Return regressors at some values: an intercept, and moderators less the mean of zones, shape (m, q + 1)."""
    return np.column_stack([np.ones(len(values)), values - zones.of(names).mean(axis=0)])


def _check_alike(effects: ZoneEffects, zones: Described, candidates: Described) -> None:
    for k, item in enumerate(zones.moderators):
        other = candidates.moderators[k] if k < len(candidates.moderators) else None
        if other is None or (other.name, other.unit) != (item.name, item.unit):
            told = "nothing" if other is None else f"{shown(other.name)} in {shown(other.unit)}"
            raise UsageError(
                f"zones have {shown(item.name)} in {shown(item.unit)} where candidates have {told}.",
                allowed="the same moderators in the same order and units",
            )
    if len(candidates.moderators) > len(zones.moderators):
        name = candidates.moderators[len(zones.moderators)].name
        raise UsageError(f"candidates have {shown(name)}, and zones do not.", allowed="the same moderators")
    for place in candidates.places:
        if place in effects.zones:
            raise UsageError(
                f"candidate {shown(place)} is one of the zones.", allowed="regions that have not been treated"
            )


def _refusal(support: Support, zones: Described) -> str:
    k = [item.name for item in zones.moderators].index(support.forbids)
    moderator, move = zones.moderators[k], float(support.move[k])
    reach = "outside the range of zones" if not support.overlap[k] else "jointly with the others unlike any zones"
    needed = f"{f'{abs(move):.3g} {moderator.unit_told}'.rstrip()} {'higher' if move > 0 else 'lower'}"
    return f"cannot be transported: {moderator.name} is {reach} and would have to be {needed}"
