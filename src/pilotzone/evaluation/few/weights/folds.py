"""Simplex weights without each of the fitted periods in turn, from those with all of them.

Leaving out one of many periods seldom changes which donors carry weight. Where it does not, the weights without a
period follow from one factorisation and that period's leverage, for all periods at once; whether they are optimal is
seen from the conditions of the optimum. Only the other periods are solved anew, on as few columns as there are units.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.evaluation.few.weights.nearest import nearest_point, row_norms
from pilotzone.evaluation.few.weights.simplex import GAP_BOUND, solve_simplex_batch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]
    Rows = NDArray[np.intp]

__all__ = ["Folds", "weights_without_each"]

_CLEAR = 1e-10
"""Conditions that hold by less than this, relative to the sizes in them, are left to the solver."""

_LONG = 2
"""Periods for each unit from which paths are turned into as few columns as there are units before they are solved."""


@dataclass(frozen=True, eq=False)
class Folds:
    """Weights of one problem without each of T periods.

    Attributes
    ----------
    weights
        Shape (T, m), over the donors: row t without period t.
    inside
        Whether the target lies in the donors' hull without the period, shape (T,).
    solved
        Number of periods for which the problem was solved anew.
    """

    weights: Floats
    inside: Mask
    solved: int


def weights_without_each(donors: Floats, target: Floats, weights: Floats, *, settled: bool) -> Folds:
    """Return the simplex weights of a problem without each of the periods.

    Parameters
    ----------
    donors
        Paths of m donors over T periods, shape (m, T), T at least 2.
    target
        The target's path, shape (T,).
    weights
        Optimal weights over all periods, shape (m,).
    settled
        Whether these are unique and do not meet the target; else every period is solved anew.

    Returns
    -------
    Folds
        As `solve_simplex_batch` without the period would give them, up to rounding.

    Examples
    --------
    >>> found = weights_without_each(
    ...     np.array([[0.0, 1.0, 2.0], [2.0, 2.0, 3.0]]), np.array([1.0, 1.0, 1.0]), np.array([1.0, 0.0]), settled=False
    ... )
    >>> found.weights.round(6).tolist(), found.solved
    ([[1.0, 0.0], [0.8, 0.2], [0.6, 0.4]], 3)
    """
    count = donors.shape[1]
    found, clear = np.zeros((count, len(donors))), np.zeros(count, dtype=bool)
    if settled:
        found, clear = _from_all(donors, target, weights)
    inside: Mask = np.zeros(count, dtype=np.bool_)
    anew = np.flatnonzero(~clear)
    if len(anew):
        paths = np.vstack([donors, target])
        reduced = _reduced(paths) if count >= _LONG * len(paths) else None
        mask = np.arange(len(paths))[None] < len(donors)
        for t in anew:
            fold = np.delete(paths, t, axis=1) if reduced is None else reduced.without(int(t))
            quick = _nearest(fold) if settled and reduced is not None else None
            if quick is not None:
                found[t] = quick
                continue
            single = solve_simplex_batch(fold, [len(donors)], mask)
            found[t], inside[t] = single.weights[0, :-1], single.inside[0]
    return Folds(found, inside, len(anew))


def _nearest(points: Floats) -> Floats | None:
    """Return the weights of a problem of many periods, the target last; nothing where they are not clearly optimal.

    Where weights are unique and do not meet the target over all of many periods, they do so without one of them, and
    nothing needs to be known of a choice among optimal weights, which is most of what the solver looks into.
    """
    base = points[int(np.argmin(row_norms(points[:-1] - points[-1])))]
    place, _ = nearest_point(points[:-1] - base, points[-1] - base)
    far = float(np.linalg.norm(place.x)) > _CLEAR * place.reach
    return place.weights if far and place.relative_gap <= GAP_BOUND else None


def _from_all(donors: Floats, target: Floats, weights: Floats) -> tuple[Floats, Mask]:
    """Return weights on the same donors without each period, shape (T, m), and for which these are clearly optimal."""
    base = int(np.argmax(weights))
    used = np.flatnonzero(weights)
    used = used[used != base]
    spread = donors - donors[base]
    miss = weights @ spread - (target - donors[base])
    basis, triangle = np.linalg.qr(spread[used].T)
    left = 1 - np.einsum("tk,tk->t", basis, basis)
    sizes = np.abs(np.diag(triangle))
    if (sizes <= _CLEAR * sizes.max(initial=0.0)).any():
        return np.zeros((donors.shape[1], len(donors))), np.zeros(donors.shape[1], dtype=bool)
    whole = left > _CLEAR
    own = np.where(whole, miss / np.where(whole, left, 1.0), 0.0)  # what a period misses that had no say
    turned = basis * own[:, None]
    change = np.linalg.solve(triangle, turned.T).T if len(used) else turned
    found = np.tile(weights, (donors.shape[1], 1))
    found[:, used] += change
    found[:, base] -= change.sum(axis=1)
    # Donors without weight must not lie on the near side of the plane through the synthetic path.
    pull = (spread @ miss)[:, None] + (spread @ basis) @ turned.T - spread * own
    others = weights == 0
    total = float(np.linalg.norm(miss))
    enough = _CLEAR * total * row_norms(spread[others])
    rest = total**2 - miss * own  # squared distance without the period
    clear = whole & (rest > _CLEAR * total**2) & (found[:, [*used, base]] > _CLEAR).all(axis=1)
    clear &= (pull[others] > enough[:, None]).all(axis=0)
    return found, clear


@dataclass(frozen=True, eq=False)
class _Reduced:
    """Offsets from the target, turned: `basis` has a row per period, `offsets` a row per unit."""

    basis: Floats
    offsets: Floats

    def without(self, period: int) -> Floats:
        """Return points with the same distances and angles as the offsets without a period, shape (n, columns)."""
        row = self.basis[period]
        size = float(row @ row)
        if size == 0:
            return self.offsets
        # Inner products without the period are those of I - row row'; this is its square root.
        part = (1 - np.sqrt(max(0.0, 1 - size))) / size
        found: Floats = self.offsets - part * np.outer(self.offsets @ row, row)
        return found


def _reduced(paths: Floats) -> _Reduced:
    basis, triangle = np.linalg.qr((paths[:-1] - paths[-1]).T)
    return _Reduced(basis, np.vstack([triangle.T, np.zeros(triangle.shape[0])]))
