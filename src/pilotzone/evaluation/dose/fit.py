"""Coefficients of the dose, means over the treated, and what each unit adds to all of them.

The change of each treated unit, less the mean change of those it is compared with, is regressed on the functions of its
dose, cohort by cohort (Callaway, Goodman-Bacon and Sant'Anna 2024, section 4). All that is asked for is linear in these
coefficients and in means over the treated, so that one covariance serves curves, slopes, averages and tests, for all
outcomes jointly.

What a unit adds to an estimate, its influence, has residuals over the root of one less their leverage, and roots of
n/(n - 1) for means: variances are then unbiased where noise is the same for all (MacKinnon and White 1985, "Some
heteroskedasticity-consistent covariance matrix estimators", Journal of Econometrics 29, 305-325).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Brief

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from pilotzone.evaluation.dose.basis import Basis
    from pilotzone.evaluation.dose.sides import Average, DoseCell, Group
    from pilotzone.evaluation.dose.units import DoseUnits

    Floats = NDArray[np.float64]

__all__ = ["DoseFit", "Layout", "Regression"]

_BLOCK = 20_000
"""Units whose influences are made at a time."""
_NOTHING = 1e-10
"""A residual with no more than this left after leverage is zero by construction."""


@dataclass(frozen=True)
class Layout:
    """Where estimates stand in a row of Q.

    Attributes
    ----------
    outcomes, averages, terms
        How many there are: K, A and p.
    curves
        How many averages, the first ones, have all their coefficients kept.
    """

    outcomes: int
    averages: int
    terms: int
    curves: int

    @property
    def size(self) -> int:
        """How many estimates there are: Q."""
        return self.averages + self.outcomes * (self.curves * self.terms + 2 * self.averages)

    def dose(self, a: int) -> int:
        """Return where an average's mean dose stands."""
        return a

    def mean(self, k: int, a: int) -> int:
        """Return where an average's mean effect on an outcome stands; its mean slope stands behind it."""
        return self.averages + 2 * (k * self.averages + a)

    def curve(self, k: int, a: int) -> slice:
        """Return where the coefficients of an average's curve stand."""
        start = self.averages + 2 * self.outcomes * self.averages + (k * self.curves + a) * self.terms
        return slice(start, start + self.terms)


@dataclass(frozen=True, eq=False)
class Regression(Brief):
    """One treated group.

    Attributes
    ----------
    share
        The group's share of the treated units in each average, shape (A,); zero where it takes no part.
    directions
        Weights of the stacked outcomes in each averaged change, shape (K * T, K, A).
    shift
        Mean averaged change of those it is compared with, shape (K, A).
    orthonormal, triangle
        QR of the basis at its units' doses, shapes (m, p) and (p, p).
    slopes, mean_slopes
        The basis' derivatives at its units' doses, shape (m, p), and their mean.
    coefficients
        Shape (p, K, A).
    mean, slope
        Mean effect and mean slope, shape (K, A).
    doses
        Doses beyond those of the comparison, shape (m,).
    """

    share: Floats
    directions: Floats
    shift: Floats
    orthonormal: Floats = field(repr=False)
    triangle: Floats
    slopes: Floats = field(repr=False)
    mean_slopes: Floats
    coefficients: Floats
    mean: Floats
    slope: Floats
    doses: Floats = field(repr=False)

    @cached_property
    def loads(self) -> Floats:
        """What a unit's residual adds to each coefficient, shape (m, p)."""
        return np.asarray(np.linalg.solve(self.triangle, self.orthonormal.T).T, dtype=np.float64)

    @cached_property
    def leverage(self) -> Floats:
        """Leverage of each unit, shape (m,)."""
        return np.asarray((self.orthonormal**2).sum(axis=1), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class DoseFit(Brief):
    """Estimates and their influences.

    Attributes
    ----------
    units, groups, cells, averages, basis
        Of what.
    layout
        Where estimates stand.
    corrected
        Whether influences are those of unbiased variances; else the plain ones, as other programs have them.
    """

    units: DoseUnits = field(repr=False)
    groups: Sequence[Group] = field(repr=False)
    cells: Sequence[DoseCell] = field(repr=False)
    averages: Sequence[Average]
    basis: Basis
    layout: Layout
    corrected: bool = True

    @cached_property
    def regressions(self) -> dict[int, Regression]:
        """The treated groups that take part, by position."""
        taking_part = sorted({cell.group for cell in self.cells})
        total = np.zeros(self.layout.averages)
        for a, average in enumerate(self.averages):
            total[a] = sum(len(self.groups[g].units) for g in average.cells)
        return {g: self._regression(g, total) for g in taking_part}

    @cached_property
    def means(self) -> Floats:
        """Mean of the stacked outcomes of each group, shape (G, K * T)."""
        return np.array([self.units.values[group.units].mean(axis=0) for group in self.groups])

    def _directions(self, g: int) -> Floats:
        K, T = self.layout.outcomes, len(self.units.periods)
        found = np.zeros((K, T, K, self.layout.averages))
        for a, average in enumerate(self.averages):
            for c in average.cells.get(g, ()):
                for k in range(K):
                    found[k, self.cells[c].period, k, a] += 1 / len(average.cells[g])
                    found[k, self.cells[c].base, k, a] -= 1 / len(average.cells[g])
        return found.reshape(K * T, K, self.layout.averages)

    def _shift(self, c: int) -> Floats:
        """Return the mean change of those a cell is compared with, shape (K,)."""
        cell, T = self.cells[c], len(self.units.periods)
        sizes = np.array([len(self.groups[k].units) for k in cell.controls])
        mean = (sizes @ self.means[list(cell.controls)] / sizes.sum()).reshape(self.layout.outcomes, T)
        return np.asarray(mean[:, cell.period] - mean[:, cell.base], dtype=np.float64)

    def _regression(self, g: int, total: Floats) -> Regression:
        group, (K, A) = self.groups[g], (self.layout.outcomes, self.layout.averages)
        doses = self.units.doses[group.units]
        orthonormal, triangle = np.linalg.qr(self.basis.values(doses))
        directions = self._directions(g)
        shift = np.zeros((K, A))
        for a, average in enumerate(self.averages):
            for c in average.cells.get(g, ()):
                shift[:, a] += self._shift(c) / len(average.cells[g])
        # Changes are centred before they are regressed: levels would cost digits.
        centre = np.tensordot(self.means[g], directions, 1)
        changes = self._changes(g, directions, group.units)
        coefficients = np.linalg.solve(triangle, orthonormal.T @ changes.reshape(len(doses), K * A))
        coefficients = coefficients.reshape(-1, K, A) + (centre - shift)
        slopes = self.basis.slopes(doses)
        mean_slopes = slopes.mean(axis=0)
        least = self._least_doses(g)
        return Regression(
            np.array([len(doses) * (g in item.cells) for item in self.averages]) / total,
            directions,
            shift,
            orthonormal,
            triangle,
            slopes,
            mean_slopes,
            coefficients,
            centre - shift,
            np.tensordot(mean_slopes, coefficients, 1),
            doses - least,
        )

    def _least_doses(self, g: int) -> float:
        """Return the mean dose of the lowest doses that a group is compared with; zero where it is the untreated."""
        cell = next(item for item in self.cells if item.group == g)
        own = [k for k in cell.controls if self.groups[k].cohort == self.groups[g].cohort]
        return float(np.mean(self.units.doses[self.groups[own[0]].units])) if own else 0.0

    def _changes(self, g: int, directions: Floats, units: NDArray[np.intp]) -> Floats:
        """Return centred averaged changes of units of a group, shape (m, K, A)."""
        centred = self.units.values[units] - self.means[g]
        shape = directions.shape
        return np.asarray((centred @ directions.reshape(shape[0], -1)).reshape(-1, *shape[1:]), dtype=np.float64)

    def changes(self, g: int, k: int, a: int) -> Floats:
        """Return averaged changes of a treated group on one outcome, less their mean, shape (m,)."""
        found = self._changes(g, self.regressions[g].directions[:, [k], a : a + 1], self.groups[g].units)
        return np.asarray(found[:, 0, 0], dtype=np.float64)

    @cached_property
    def estimate(self) -> Floats:
        """All estimates, shape (Q,)."""
        found = np.zeros(self.layout.size)
        for item in self.regressions.values():
            found += self._row(item.share, item.share * item.doses.mean(), item)
        return found

    def _row(self, share: Floats, doses: Floats, item: Regression) -> Floats:
        """Return a group's estimates times its shares in averages, laid out."""
        found, curves = np.zeros(self.layout.size), self.layout.curves
        found[: self.layout.averages] = doses
        for k in range(self.layout.outcomes):
            for a in range(self.layout.averages):
                at = self.layout.mean(k, a)
                found[at : at + 2] = share[a] * np.array([item.mean[k, a], item.slope[k, a]])
                if a < curves:
                    found[self.layout.curve(k, a)] = share[a] * item.coefficients[:, k, a]
        return found

    def influences(self, g: int) -> Iterator[tuple[NDArray[np.intp], Floats]]:
        """Yield positions of a group's units and what they add to each estimate, shapes (m,) and (m, Q)."""
        group = self.groups[g]
        load, offset = self.control_loads(g)
        for start in range(0, len(group.units), _BLOCK):
            some = slice(start, start + _BLOCK)
            units = group.units[some]
            found = (self.units.values[units] - self.means[g]) @ load + offset
            if g in self.regressions:
                found += self._own(g, some)
            yield units, found

    def control_loads(self, g: int) -> tuple[Floats, Floats]:
        """Return what a unit adds where its group is compared with, by centred stacked outcomes, and whatever these.

        Shapes (K * T, Q) and (Q,).
        """
        K, T = self.layout.outcomes, len(self.units.periods)
        load, offset = np.zeros((K, T, self.layout.size)), np.zeros(self.layout.size)
        means = self.means[g].reshape(K, T)
        for a, average in enumerate(self.averages):
            for treated, chosen in average.cells.items():
                item = self.regressions[treated]
                for c in chosen:
                    cell = self.cells[c]
                    if g not in cell.controls:
                        continue
                    count = sum(len(self.groups[k].units) for k in cell.controls)
                    root = np.sqrt(count / (count - 1)) if self.corrected else 1.0
                    part = -item.share[a] * root / (len(chosen) * count)
                    off = means[:, cell.period] - means[:, cell.base] - self._shift(c)
                    for k in range(K):
                        shift = part * self._constant(k, a, item)
                        load[k, cell.period] += shift
                        load[k, cell.base] -= shift
                        offset += off[k] * shift
        return load.reshape(K * T, -1), offset

    def moved(self, g: int) -> NDArray[np.intp]:
        """Return which estimates a group can move: those of averages it takes part in, or is compared with."""
        taking = np.zeros(self.layout.averages, dtype=bool)
        for a, average in enumerate(self.averages):
            chosen = [self.cells[c] for cells in average.cells.values() for c in cells]
            taking[a] = g in average.cells or any(g in cell.controls for cell in chosen)
        found = np.zeros(self.layout.size, dtype=bool)
        found[: self.layout.averages] = taking
        for a in np.flatnonzero(taking).tolist():
            for k in range(self.layout.outcomes):
                at = self.layout.mean(k, a)
                found[at : at + 2] = True
                if a < self.layout.curves:
                    found[self.layout.curve(k, a)] = True
        return np.flatnonzero(found)

    def _constant(self, k: int, a: int, item: Regression) -> Floats:
        """Return what a rise of all effects on an outcome by one adds to an average's estimates, shape (Q,)."""
        found, at = np.zeros(self.layout.size), self.layout.mean(k, a)
        found[at], found[at + 1] = 1.0, item.mean_slopes.sum()
        if a < self.layout.curves:
            found[self.layout.curve(k, a)] = 1.0
        return found

    def _own(self, g: int, some: slice) -> Floats:
        """Return what treated units add to the effects on their own group, and by being in it, shape (m, Q)."""
        item, size = self.regressions[g], len(self.groups[g].units)
        taking_part = item.share > 0
        per_unit = item.share / size
        units = self.groups[g].units[some]
        changes = self._changes(g, item.directions, units)
        basis, loads = item.orthonormal[some] @ item.triangle, item.loads[some]
        fitted = np.tensordot(basis, item.coefficients - item.mean, 1)
        rest = 1 - item.leverage[some] if self.corrected else np.ones(len(units))
        residuals = (changes - fitted) * np.where(rest > _NOTHING, rest, np.inf)[:, None, None] ** -0.5
        root = np.sqrt(size / (size - 1)) if self.corrected else 1.0
        sloped = residuals * (loads @ item.mean_slopes)[:, None, None] * item.share
        sloped += (np.tensordot(item.slopes[some], item.coefficients, 1) - item.slope) * per_unit * root
        found = np.zeros((len(units), self.layout.size))
        # What a unit adds by being in its group, whose share in averages is as random as outcomes.
        own = self._row(per_unit, per_unit * item.doses.mean(), item)
        found += own - self._spread(per_unit)
        found[:, : self.layout.averages] += (item.doses[some, None] - item.doses.mean()) * per_unit * root
        for k in range(self.layout.outcomes):
            for a in np.flatnonzero(taking_part).tolist():
                at = self.layout.mean(k, a)
                found[:, at] += changes[:, k, a] * per_unit[a] * root
                found[:, at + 1] += sloped[:, k, a]
                if a < self.layout.curves:
                    found[:, self.layout.curve(k, a)] += item.share[a] * loads * residuals[:, k, a, None]
        return found

    def _spread(self, per_unit: Floats) -> Floats:
        """Return each estimate times the weight of a unit in its average, shape (Q,)."""
        layout = self.layout
        found = self.estimate.copy()
        found[: layout.averages] *= per_unit
        for k in range(layout.outcomes):
            for a in range(layout.averages):
                at = layout.mean(k, a)
                found[at : at + 2] *= per_unit[a]
                if a < layout.curves:
                    found[layout.curve(k, a)] *= per_unit[a]
        return found
