"""How effects bend with the dose: B-splines with knots at quantiles, or bins with a mean effect each.

Both have functions that add up to one at every dose, so that a shift of all outcomes is a shift of all coefficients.
The spline is that of Callaway, Goodman-Bacon and Sant'Anna (2024, section 4); bins are their saturated regression
(equation 4.1), with slopes as backward differences, the first one from the dose zero, where there is no effect.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from pilotzone.core import Brief, MethodError
from pilotzone.evaluation.dose.guard import way_out

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.evaluation.dose.design import DoseDesign

    Floats = NDArray[np.float64]

__all__ = ["Basis", "Bins", "Spline", "basis_of"]

_GRID = np.linspace(0.10, 0.90, 17)
_TESTED = (0.10, 0.50, 0.90)


class Basis(Protocol):
    """p functions of the dose that add up to one."""

    @property
    def size(self) -> int:
        """How many functions there are: p."""

    def values(self, doses: Floats) -> Floats:
        """Return their values at doses, shape (n, p)."""

    def slopes(self, doses: Floats) -> Floats:
        """Return their derivatives, shape (n, p)."""

    def grid(self, doses: Floats) -> Floats:
        """Return at which doses effects are given, unless somebody says so; `doses` are the treated units'."""

    def tested(self, doses: Floats) -> Floats:
        """Return at which doses a whole curve is tested against zero; `doses` are the treated units'."""


@dataclass(frozen=True, eq=False)
class Spline(Brief):
    """B-splines.

    Attributes
    ----------
    degree
        Their degree.
    knots
        All knots, the outer ones ``degree + 1`` times.
    """

    degree: int
    knots: Floats

    @property
    def size(self) -> int:
        """How many functions there are."""
        return len(self.knots) - self.degree - 1

    def values(self, doses: Floats) -> Floats:
        """Return their values at doses within the outer knots, shape (n, p)."""
        from scipy.interpolate import BSpline

        found: Floats = BSpline.design_matrix(doses, self.knots, self.degree).toarray()
        return found

    def slopes(self, doses: Floats) -> Floats:
        """Return their derivatives, shape (n, p)."""
        from scipy.interpolate import BSpline

        lower: Floats = BSpline.design_matrix(doses, self.knots[1:-1], self.degree - 1).toarray()
        gaps = self.knots[self.degree + 1 : -1] - self.knots[1 : -self.degree - 1]
        steps = self.degree * lower / gaps
        found = np.zeros((len(doses), self.size))
        found[:, 1:] += steps
        found[:, :-1] -= steps
        return found

    def grid(self, doses: Floats) -> Floats:
        """Return quantiles of doses from 10 to 90 percent; a spline says little at the ends."""
        return np.unique(np.quantile(doses, _GRID))

    def tested(self, doses: Floats) -> Floats:
        """Return the 10th, 50th and 90th percentile of doses: beyond them one unit may decide on a curve."""
        return np.unique(np.quantile(doses, _TESTED))


@dataclass(frozen=True, eq=False)
class Bins(Brief):
    """Bins.

    Attributes
    ----------
    edges
        Inner edges, rising; a dose at an edge belongs to the bin above.
    means
        Mean dose of each bin.
    start
        Dose at which there is no effect by definition.
    """

    edges: Floats
    means: Floats
    start: float = 0.0

    @property
    def size(self) -> int:
        """How many bins there are."""
        return len(self.means)

    def _bin(self, doses: Floats) -> NDArray[np.intp]:
        return np.searchsorted(self.edges, doses, side="right")

    def values(self, doses: Floats) -> Floats:
        """Return in which bin doses are, shape (n, p)."""
        return np.eye(self.size)[self._bin(doses)]

    def slopes(self, doses: Floats) -> Floats:
        """Return the rise of their bin's effect from the bin below, by mean doses, shape (n, p)."""
        whole = np.eye(self.size) - np.eye(self.size, k=-1)
        whole /= np.diff(self.means, prepend=self.start)[:, None]
        return np.asarray(whole[self._bin(doses)], dtype=np.float64)

    def grid(self, doses: Floats) -> Floats:  # noqa: ARG002 - a bin has one effect, given at its mean dose
        """Return the bins' mean doses."""
        return self.means

    def tested(self, doses: Floats) -> Floats:  # noqa: ARG002 - all bins are known from units of their own
        """Return the bins' mean doses."""
        return self.means


def basis_of(design: DoseDesign, doses: Floats, start: float = 0.0, most: int | None = None) -> Basis:
    """Return the basis for the treated units' doses, shape (n,), where no cohort has more than `most` of these units.

    Raises
    ------
    MethodError
        If there are fewer distinct doses than it needs.
    """
    distinct = np.unique(doses)
    if design.basis == "bins":
        return _bins(design, doses, distinct, start)
    needed = design.degree + design.knots + 2
    if len(distinct) < needed:
        raise MethodError(
            f"the treated units have {len(distinct)} different doses.",
            allowed=f"{needed} or more for a spline of degree {design.degree} with {design.knots} inner knots",
            todo=_way_out(design, doses, most),
        )
    inner = np.quantile(doses, np.linspace(0, 1, design.knots + 2)[1:-1])
    if len(np.unique(np.concatenate([distinct[[0]], inner, distinct[[-1]]]))) < design.knots + 2:
        raise MethodError(
            f"many units have the same dose: {design.knots} knots at quantiles of doses fall together.",
            allowed="knots that lie apart",
            todo=_way_out(design, doses, most),
        )
    ends = design.degree + 1
    return Spline(design.degree, np.concatenate([np.repeat(distinct[0], ends), inner, np.repeat(distinct[-1], ends)]))


def _way_out(design: DoseDesign, doses: Floats, most: int | None) -> str:
    treated = len(doses) if most is None else most
    return way_out(treated, len(np.unique(doses)), design.degree + design.knots + 1, bins=False, words=design.words)


def _bins(design: DoseDesign, doses: Floats, distinct: Floats, start: float) -> Bins:
    if design.bins is None:
        edges = distinct[1:]
    elif isinstance(design.bins, int):
        edges = np.unique(np.quantile(doses, np.linspace(0, 1, design.bins + 1)[1:-1]))
        edges = edges[edges > distinct[0]]
    else:
        edges = np.asarray(design.bins, dtype=np.float64)
    whose = np.searchsorted(edges, doses, side="right")
    counts = np.bincount(whose, minlength=len(edges) + 1)
    if not counts.all():
        empty = int(np.flatnonzero(counts == 0)[0])
        raise MethodError(
            f"bin {empty + 1} of {len(counts)} holds no treated unit.",
            allowed="bins with units in each",
            todo=f"doses go from {distinct[0]:.6g} to {distinct[-1]:.6g}: choose other edges",
        )
    return Bins(edges, np.bincount(whose, weights=doses) / counts, start)
