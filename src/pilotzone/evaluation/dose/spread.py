"""How far estimates may be off, and how well that is known: covariances by group of units, and degrees of freedom.

A variance adds up over groups, each known from its own units. The sum is compared with a t distribution whose degrees
of freedom match its first two moments (Satterthwaite 1946). What a regression adds has the degrees of Bell and
McCaffrey (2002, "Bias reduction in standard errors for linear regression with multi-stage samples", Survey Methodology
28, 169-181): at the ends of a spline few units decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from pilotzone.core import Brief, MethodError
from pilotzone.evaluation.dose.guard import FEWEST_CLUSTERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from pilotzone.evaluation.dose.fit import DoseFit, Regression

    Floats = NDArray[np.float64]
    Weighing: TypeAlias = Floats | Literal["mean", "slope"]
    """Weights of coefficients, shape (p,), or what takes their place: means over the treated, of effects or slopes."""

__all__ = ["MANY", "Spread", "degrees_of", "entries_vary", "spread_of"]

MANY = 5_000
"""From so many units on, degrees of freedom of a regression are its units less its coefficients: t is normal then."""
_LEAST = 1e-10
"""What is left of a unit's residual counts as so much at least."""


@dataclass(frozen=True, eq=False)
class Spread(Brief):
    """Covariance of all estimates.

    Attributes
    ----------
    covariance
        Shape (Q, Q).
    parts
        What each group adds to it, by position; empty where clusters were drawn, which may lie in several groups.
    degrees
        Degrees of freedom of all estimates where clusters were drawn.
    treated, controls
        Units, or clusters, on either side.
    """

    covariance: Floats
    parts: Mapping[int, Floats]
    degrees: float | None
    treated: int
    controls: int


def spread_of(fit: DoseFit) -> Spread:
    """Return the covariance of all estimates of a fit, by its influences.

    Raises
    ------
    MethodError
        If too few clusters were drawn.
    """
    treated = list(fit.regressions)
    controls = sorted({k for cell in fit.cells for k in cell.controls})
    if fit.units.clusters is not None:
        return _clustered(fit, treated, controls)
    parts = {g: _of_controls(fit, g) if g not in fit.regressions else _summed(fit, g) for g in {*treated, *controls}}
    return Spread(
        np.sum(list(parts.values()), axis=0),
        parts,
        None,
        sum(len(fit.groups[g].units) for g in treated),
        sum(len(fit.groups[g].units) for g in controls),
    )


def _summed(fit: DoseFit, g: int) -> Floats:
    """Return the sum of squares and products of a group's influences."""
    found = np.zeros((fit.layout.size, fit.layout.size))
    kept = fit.moved(g)
    for _, block in fit.influences(g):
        some = block[:, kept]
        found[np.ix_(kept, kept)] += some.T @ some
    return found


def _of_controls(fit: DoseFit, g: int) -> Floats:
    """Return the same of a group without effects of its own, from the moments of its outcomes."""
    load, offset = fit.control_loads(g)
    units = fit.groups[g].units
    products = np.zeros((load.shape[0], load.shape[0]))
    for start in range(0, len(units), 20_000):
        centred = fit.units.values[units[start : start + 20_000]] - fit.means[g]
        products += centred.T @ centred
    return np.asarray(load.T @ products @ load + len(units) * np.outer(offset, offset), dtype=np.float64)


def _clustered(fit: DoseFit, treated: list[int], controls: list[int]) -> Spread:
    clusters = fit.units.clusters
    assert clusters is not None  # noqa: S101 - asked by the caller
    sums = np.zeros((int(clusters.max()) + 1, fit.layout.size))
    for g in sorted({*treated, *controls}):
        for units, block in fit.influences(g):
            np.add.at(sums, clusters[units], block)
    sides = [
        len(np.unique(np.concatenate([clusters[fit.groups[g].units] for g in side]))) for side in (treated, controls)
    ]
    rest = min(sides[0] - fit.layout.terms, sides[1] - 1)
    if rest < FEWEST_CLUSTERS:
        raise MethodError(
            f"there are {sides[0]} {fit.units.drawn} among the treated and {sides[1]} to compare with.",
            allowed=f"{FEWEST_CLUSTERS + fit.layout.terms} or more among the treated, with {fit.layout.terms}"
            f" coefficients, and {FEWEST_CLUSTERS + 1} or more to compare with",
        )
    scale = sides[0] / (sides[0] - fit.layout.terms) if fit.corrected else 1.0
    return Spread(scale * sums.T @ sums, {}, float(rest), sides[0], sides[1])


def degrees_of(fit: DoseFit, spread: Spread, rows: Floats, kinds: Sequence[Weighing]) -> Floats:
    """Return the degrees of freedom of sums of estimates.

    Parameters
    ----------
    fit, spread
        Estimates and their covariance.
    rows
        Weights of the estimates, shape (R, Q).
    kinds
        How each sum weighs coefficients.
    """
    if spread.degrees is not None:
        return np.full(len(rows), spread.degrees)
    total, below = np.zeros(len(rows)), np.zeros(len(rows))
    for g, part in spread.parts.items():
        own = np.einsum("rq,qs,rs->r", rows, part, rows)
        size = len(fit.groups[g].units)
        known = np.full(len(rows), float(size - 1))
        if g in fit.regressions:
            item = fit.regressions[g]
            known = np.array([_degrees(item, kind) for kind in kinds])
        total += own
        below += own**2 / np.maximum(known, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below > 0, total**2 / below, np.inf)


def _degrees(item: Regression, kind: Weighing) -> float:
    if isinstance(kind, str):
        return len(item.doses) - 1.0 if kind == "mean" else _bell_mccaffrey(item, item.mean_slopes)
    return _bell_mccaffrey(item, kind)


def _bell_mccaffrey(item: Regression, weights: Floats) -> float:
    """Return the degrees of freedom of the variance of a sum of coefficients, with leverage allowed for."""
    size, terms = item.orthonormal.shape
    if size > MANY:
        return float(size - terms)
    loads = item.loads @ weights[:, None]
    varies = entries_vary(item, loads)
    return 2 * float((loads**2).sum()) ** 2 / varies if varies > 0 else float(size - terms)


def entries_vary(item: Regression, loads: Floats) -> float:
    """Return how much the entries of an HC2 covariance vary, added up over all of them, at a noise of variance one.

    Parameters
    ----------
    item
        The regression with m units.
    loads
        What a unit's residual adds to each of q sums, shape (m, q).

    Notes
    -----
    An entry is a quadratic form of residuals. For normal ones its variance is twice the trace of the squared matrix; of
    one sum alone that is what Bell and McCaffrey match.
    """
    rest = np.maximum(1 - item.leverage, _LEAST)
    squares = (loads**2).sum(axis=1)
    crossed = 0.0
    for s in range(loads.shape[1]):
        for t in range(s + 1):
            inner = item.orthonormal.T @ (item.orthonormal * (loads[:, s] * loads[:, t] / rest)[:, None])
            crossed += (1 if s == t else 2) * float((inner * inner.T).sum())
    return 2 * (float((squares**2).sum()) + crossed - float(((squares * item.leverage / rest) ** 2).sum()))
