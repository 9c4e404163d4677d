"""A hierarchical model with stated priors, exact by quadrature: how far a conclusion rests on what few zones tell.

Given tau, everything is normal: the mean effect has a normal posterior, and so has the effect of a further zone. What
is left is one integral over tau, which Gauss-Legendre quadrature does to rounding. Nothing is sampled.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Brief, MethodError, Result, Table, UsageError, check_level, one_thread, shown
from pilotzone.transfer.effects import ZoneEffects
from pilotzone.transfer.mixture import Mixture

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Hierarchical", "Priors", "hierarchical"]

_FAR = 9.0
"""Scales of a half-normal prior beyond which it has a probability of 2e-19."""
_NODES = 20
_PIECES = (40, 80, 160, 320, 640)
_SAME = 1e-10
_LEAST = 2


@dataclass(frozen=True)
class Priors(Brief):
    """What is believed before zones are looked at.

    Attributes
    ----------
    tau_scale
        Scale of the half-normal prior of tau, the standard deviation of true effects, in the outcome's own scale.
        Tau is below it with a probability of 68 %, below twice of it with 95 %.
    mean, mean_sd
        Normal prior of the mean effect; an infinite standard deviation is a flat prior.

    Raises
    ------
    UsageError
        If a scale is not above zero, or the mean is not finite.
    """

    tau_scale: float
    mean: float = 0.0
    mean_sd: float = math.inf

    def __post_init__(self) -> None:
        if not (0 < self.tau_scale < math.inf and self.mean_sd > 0 and math.isfinite(self.mean)):
            raise UsageError(
                f"the priors have tau_scale {self.tau_scale}, mean {self.mean} and mean_sd {self.mean_sd}.",
                allowed="a tau_scale above zero, a finite mean, a mean_sd above zero or infinite",
            )


@dataclass(frozen=True, eq=False)
class Hierarchical(Result):
    """Posterior of the mean effect, of tau and of a further zone's true effect on one outcome.

    Attributes
    ----------
    effects
        On one outcome.
    priors
        What was believed before.
    alpha
        One minus the level of intervals.
    tau, weight
        Nodes of tau and their posterior probabilities, shape (m,).
    mean, new
        Posterior of the mean effect, and of a further zone's true effect.
    evidence
        Logarithm of the marginal likelihood, up to a constant that depends on the zones alone.
    """

    effects: ZoneEffects
    priors: Priors
    alpha: float
    tau: Floats
    weight: Floats
    mean: Mixture
    new: Mixture
    evidence: float

    @property
    def tau_mean(self) -> float:
        """Posterior mean of tau, in the outcome's own scale."""
        return float(self.weight @ self.tau)

    def to_table(self) -> Table:
        """Return two rows: the mean effect and the true effect of a further zone."""
        outcome = self.effects.outcomes[0]
        show = outcome.display
        names = ("of", "effect", "low", "high", "effect_unit", "estimate", "sd", "positive")
        rows = []
        for name, part in (("mean effect", self.mean), ("a further zone", self.new)):
            low, high = part.quantile(self.alpha / 2), part.quantile(1 - self.alpha / 2)
            cells = (name, show(part.expected), show(low), show(high), outcome.display_unit, part.expected, part.spread)
            rows.append((*cells, 1 - part.below(0.0)))
        mean = "flat" if math.isinf(self.priors.mean_sd) else f"normal ({self.priors.mean:g}, {self.priors.mean_sd:g})"
        title = f"Posterior of effects on {outcome.title}: tau half-normal ({self.priors.tau_scale:g}), mean {mean}"
        return Table.from_rows(names, rows, title=title)


@one_thread()
def hierarchical(
    effects: ZoneEffects, priors: Priors, *, outcome: str | None = None, alpha: float = 0.05
) -> Hierarchical:
    """Return the posterior of a normal hierarchical model with stated priors.

    Parameters
    ----------
    effects
        Of two zones or more.
    priors
        Stated by the user: with few zones the posterior of tau is mostly its prior.
    outcome
        Its name; not needed where there is one.
    alpha
        One minus the level of intervals.

    Raises
    ------
    MethodError
        If there is one zone only.

    Notes
    -----
    Half-normal prior after Röver and others (2021, "On weakly informative prior distributions for the heterogeneity
    parameter in Bayesian random-effects meta-analysis", Research Synthesis Methods 12). Pieces of [0, 9 scales] are
    halved until the mean, its spread, tau and the evidence agree to 1e-10 of their sizes.
    """
    check_level(alpha)
    own = effects.on(outcome)
    if len(own.zones) < _LEAST:
        raise MethodError(
            f"outcome {shown(own.outcomes[0].name)} has an effect of one zone.", allowed="effects of two zones or more"
        )
    before: Floats | None = None
    for pieces in _PIECES:
        found = _posterior(own, priors, alpha, pieces)
        told = np.array([found.mean.expected, found.mean.spread, found.tau_mean, found.evidence])
        size = np.array([found.mean.spread, found.mean.spread, found.tau_mean, 1.0])
        if before is not None and (np.abs(told - before) <= _SAME * size).all():
            return found
        before = told
    raise MethodError(
        f"the posterior of tau is too narrow beside its prior scale of {priors.tau_scale:g} for the quadrature.",
        allowed="a scale that is not thousands of times the differences between zones",
    )


def _posterior(effects: ZoneEffects, priors: Priors, alpha: float, pieces: int) -> Hierarchical:
    tau, width = _nodes(priors.tau_scale, pieces)
    y, count = effects.estimate, len(effects.effects)
    # In the eigenvectors of V all zones are independent, whatever tau is.
    variance, vectors = np.linalg.eigh(effects.matrix)
    ones, value = vectors.T @ np.ones(count), vectors.T @ (y - priors.mean)
    total = variance[:, None] + tau**2
    precision = (ones[:, None] ** 2 / total).sum(axis=0) + 1 / priors.mean_sd**2
    pull = (ones[:, None] * value[:, None] / total).sum(axis=0)
    middle = pull / precision
    fit = (value[:, None] ** 2 / total).sum(axis=0) - pull**2 / precision
    log = -0.5 * (np.log(total).sum(axis=0) + np.log(precision) + fit)
    if math.isfinite(priors.mean_sd):
        log = log - math.log(priors.mean_sd)
    log = log + 0.5 * math.log(2 / math.pi) - math.log(priors.tau_scale) - tau**2 / (2 * priors.tau_scale**2)
    peak = float(log.max())
    weight = np.exp(log - peak) * width
    evidence = peak + math.log(float(weight.sum()))
    weight = weight / weight.sum()
    mean = Mixture(weight, middle + priors.mean, precision**-0.5)
    new = Mixture(weight, middle + priors.mean, (1 / precision + tau**2) ** 0.5)
    return Hierarchical(effects, priors, alpha, tau, weight, mean, new, evidence)


def _nodes(scale: float, pieces: int) -> tuple[Floats, Floats]:
    """Return nodes and weights of Gauss-Legendre quadrature on [0, 9 scales]; pieces are narrower near zero."""
    point, weight = np.polynomial.legendre.leggauss(_NODES)
    ends = _FAR * scale * np.linspace(0, 1, pieces + 1) ** 2
    half = np.diff(ends)[:, None] / 2
    return ((ends[:-1, None] + half) + half * point).ravel(), (half * weight).ravel()
