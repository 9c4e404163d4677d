"""Placebos of a panel in which one unit's path has changed, without fitting anew what cannot have changed.

Where a unit has no weight in another's synthetic control and, with its new path, still does not lower the loss (the
Karush-Kuhn-Tucker condition at its weight of zero holds strictly), the other's weights remain the optimum: the loss is
convex. Where a path is met exactly, the weights are the shortest that meet it, and the condition is that of the least
length. Only the others are fitted anew. What comes out is what `placebos` finds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pilotzone.evaluation.few.inference.drift import horizons
from pilotzone.evaluation.few.register import ESTIMATORS
from pilotzone.evaluation.few.weights.material import Material, donor_masks
from tests.simulation.placebos import Placebos

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.evaluation.few.weights.material import Phase

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

__all__ = ["Refits", "gaps_of", "weights_of"]

_STRICT = 1e-6
"""How far, relative to the squared length of a path, the condition has to hold to count as strict."""
_MET = 1e-9
"""What is left of a path that is met exactly, relative to its size, and of a weight that is given exactly."""


def weights_of(paths: Floats, cut: int, targets: NDArray[np.intp], masks: Mask) -> Floats:
    """Fit targets, with an intercept, on the first `cut` periods; shape (P, n)."""
    phases: tuple[Phase, ...] = tuple("pre" if k < cut else "window" for k in range(cut + 1))
    material = Material(paths[:, : cut + 1], tuple(range(cut + 1)), phases)
    weights: Floats = ESTIMATORS["sc_intercept"].solve(material, targets, masks[targets]).weights
    return weights


def gaps_of(paths: Floats, weights: Floats, targets: NDArray[np.intp], cut: int) -> Floats:
    """Return what lies between targets and their synthetic controls, relative to the mean before `cut`; (P, T)."""
    apart = paths[targets] - weights @ paths
    found: Floats = apart - apart[:, :cut].mean(axis=1, keepdims=True)
    return found


class Refits:
    """Fits of every unit by all others, at the start and at every date that is held out.

    Attributes
    ----------
    plain
        Placebos of the panel as it is.
    """

    def __init__(self, paths: Floats, before: int) -> None:
        self._paths, self._before = paths, before
        self._everyone = np.arange(len(paths))
        self._masks = donor_masks(len(paths), 0, "symmetric")
        cuts = [before, *(before - held for held in horizons(before, paths.shape[1] - before))]
        self._weights = {cut: weights_of(paths, cut, self._everyone, self._masks) for cut in cuts}
        self.plain = self._placebos(paths, self._weights)

    def changed(self, paths: Floats, zone: int) -> Placebos:
        """Return the placebos of paths that differ from the panel's in one unit."""
        found = {}
        for cut, weights in self._weights.items():
            targets = np.flatnonzero(self._affected(paths, zone, cut, weights))
            found[cut] = weights.copy()
            found[cut][targets] = weights_of(paths, cut, targets, self._masks)
        return self._placebos(paths, found)

    def _affected(self, paths: Floats, zone: int, cut: int, weights: Floats) -> Mask:
        """Return whose weights can have changed, shape (n,)."""
        level = self._paths[:, :cut] - self._paths[:, :cut].mean(axis=1, keepdims=True)
        left = level - weights @ level
        own = paths[zone, :cut] - paths[zone, :cut].mean()
        # The multiplier of the sum of weights is the derivative at any donor with weight, so at their weighted mean.
        multiplier = -np.einsum("it,it->i", weights @ level, left)
        strictly = -left @ own > multiplier + _STRICT * (own @ own + (level**2).sum(axis=1).max())
        affected: Mask = ~strictly | (weights[:, zone] != 0)
        affected[zone] = True
        size = float(np.sqrt((level**2).mean()))
        for target in np.flatnonzero(affected & (weights[:, zone] == 0) & (abs(left).max(axis=1) < _MET * size)):
            if target != zone and self._shortest(level / size, own / size, weights[target], int(target), zone):
                affected[target] = False
        return affected

    def _shortest(self, level: Floats, own: Floats, weights: Floats, target: int, zone: int) -> bool:
        """Whether weights that meet a path exactly stay the shortest that do, certified by multipliers.

        The shortest weights that meet the path and sum to one are max(0, u + v x) for some u and v, x being a donor's
        path. Such multipliers are found from the donors with weight; where they give no other donor weight, and the
        zone with its new path clearly none, they prove that nothing has changed.
        """
        inside = weights > 0
        terms = np.column_stack([np.ones(len(level)), level])
        found, *_ = np.linalg.lstsq(terms[inside], weights[inside], rcond=None)
        given = terms @ found
        given[[target, zone]] = -1.0
        met = abs(given[inside] - weights[inside]).max() < _MET
        none = given[~inside].max() < _MET
        return bool(met and none and found[0] + own @ found[1:] < -_STRICT)

    def _placebos(self, paths: Floats, weights: dict[int, Floats]) -> Placebos:
        start, everyone = self._before, self._everyone
        drift = [
            gaps_of(paths, held, everyone, cut)[:, cut:start].mean(axis=1)
            for cut, held in weights.items()
            if cut != start
        ]
        effects = np.column_stack(drift) if drift else np.empty((len(paths), 0))
        return Placebos(gaps_of(paths, weights[start], everyone, start), weights[start], effects, start)
