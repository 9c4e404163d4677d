"""Standard errors where units near one another vary together: Conley's, by cells of a grid.

What units add to effects is added up within cells, and products of sums are added up over pairs of cells, weighted by
how near the cells' means of places are (Conley 1999, "GMM estimation with cross sectional dependence", Journal of
Econometrics 92, 1-45). Within a cell all units count as in one place: the errors are approximate, and exact where each
place has a cell of its own. Cost grows with occupied cells that are near one another, not with units.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.core import DataError, MethodError, UsageError, check_choice
from pilotzone.evaluation.many.cells.weights import Weights
from pilotzone.evaluation.many.estimators.effects import GroupTimeEffects, treated_in
from pilotzone.evaluation.many.moments.sums import added
from pilotzone.evaluation.many.space.coordinates import EARTH, Coordinates, distances, points, reach
from pilotzone.evaluation.many.variation.clusters import ClusterVariation
from pilotzone.evaluation.many.variation.groups import Variation
from pilotzone.evaluation.many.variation.influences import SumInfluences
from pilotzone.evaluation.many.variation.presence import Presence, Resting
from pilotzone.store import PanelView

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from pilotzone.store import Engine, UnitBatch

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["AreaVariation", "Conley", "ConleyKernel", "Grid", "conley_effects", "gridded"]

ConleyKernel = Literal["uniform", "bartlett"]
"""Weight of two places by their distance: one up to the cutoff, or falling to zero there along a line."""

CELL = "cell of the grid"
"""What clusters are called where cells are."""

PARTS = 8
"""Cells that the cutoff spans unless asked otherwise."""

MOST_PAIRS = 50_000_000
"""Pairs of cells that are held, 1.6 GB at the most."""

_HALF = 2**30
"""More cells than this from the origin in a direction have no code."""


@dataclass(frozen=True)
class Conley:
    """Conley standard errors: units near one another may have correlated errors.

    Attributes
    ----------
    coordinates
        Where units are.
    cutoff
        Distance beyond which errors of two units are independent, km.
    kernel
        ``uniform`` or ``bartlett``.
    cell
        Width of one cell of the grid, km. Default: one eighth of the cutoff.

    Raises
    ------
    UsageError
        If a distance is zero or negative, a cell is wider than half the cutoff, or the kernel is unknown.
    """

    coordinates: Coordinates
    cutoff: float
    kernel: ConleyKernel = "uniform"
    cell: float | None = None

    def __post_init__(self) -> None:
        check_choice(self.kernel, ConleyKernel, "kernel")
        if not 0 < self.cutoff < np.inf:
            raise UsageError(f"the cutoff is {self.cutoff} km.", allowed="kilometres above zero")
        if not 0 < self.width <= self.cutoff / 2:
            raise UsageError(
                f"cells are {self.width:g} km wide, the cutoff is {self.cutoff:g} km.",
                allowed="cells up to half as wide as the cutoff: within a cell all units count as in one place",
            )

    @property
    def width(self) -> float:
        """Width of a cell, km."""
        return self.cutoff / PARTS if self.cell is None else self.cell


@dataclass(frozen=True, eq=False)
class Grid:
    """The occupied cells of a grid.

    Attributes
    ----------
    how
        What it is for.
    names
        Codes of G occupied cells, rising, shape (G,).
    """

    how: Conley
    names: Integers

    def __call__(self, batch: UnitBatch) -> UnitBatch:
        """Return a batch with cells as clusters."""
        codes = cells_of(_coordinates(batch, self.how.coordinates), self.how)
        return replace(batch, clusters=np.searchsorted(self.names, codes).astype(np.int64))


def cells_of(coordinates: Floats, how: Conley) -> Integers:
    """Return the code of each place's cell, shape (n,).

    On a sphere rows of cells follow parallels, and cells of a row are as wide as there as elsewhere, or a little wider
    so that a whole number of them goes around.
    """
    if how.coordinates.measure == "km":
        row, column = (np.floor(coordinates[:, j] / how.width).astype(np.int64) for j in (1, 0))
        if max(np.abs(row).max(initial=0), np.abs(column).max(initial=0)) >= _HALF:
            raise UsageError(f"cells of {how.width:g} km are too small for places so far apart.", allowed="wider cells")
        return np.asarray((row + _HALF) * 2 * _HALF + column + _HALF, dtype=np.int64)
    lon, lat = np.radians(coordinates).T
    rows = max(1, int(np.ceil(np.pi * EARTH / how.width)))
    row = np.clip(np.floor((lat / np.pi + 0.5) * rows).astype(np.int64), 0, rows - 1)
    middle = np.pi * ((row + 0.5) / rows - 0.5)
    around = np.maximum(1, np.floor(2 * np.pi * EARTH * np.cos(middle) / how.width)).astype(np.int64)
    column = np.floor((lon / (2 * np.pi) + 0.5) * around).astype(np.int64) % around
    return np.asarray(row * 2 * _HALF + column, dtype=np.int64)


def _coordinates(batch: UnitBatch, coordinates: Coordinates) -> Floats:
    return np.column_stack([batch.constants[name] for name in coordinates.columns])


@dataclass(frozen=True, eq=False)
class _Cells:
    """Occupied cells and the sums of their units' points.

    Attributes
    ----------
    names, counts, sums
        Codes, rising, units and sums of their points, shapes (G,), (G,) and (G, 2) or (G, 3).
    """

    names: Integers
    counts: Integers
    sums: Floats


@dataclass(frozen=True)
class _CellsKernel:
    """Finds occupied cells, and where in them units are on average."""

    how: Conley

    def take(self, batch: UnitBatch) -> _Cells:
        """Return the cells of one batch."""
        coordinates = _coordinates(batch, self.how.coordinates)
        where = points(coordinates, self.how.coordinates.measure)
        names, at = np.unique(cells_of(coordinates, self.how), return_inverse=True)
        sums = np.zeros((len(names), where.shape[1]))
        np.add.at(sums, at, where)
        return _Cells(names, np.bincount(at, minlength=len(names)).astype(np.int64), sums)

    def merge(self, one: _Cells, other: _Cells) -> _Cells:
        """Return the cells of both."""
        names, sums = added(one.names, one.sums, other.names, other.sums)
        _, counts = added(one.names, one.counts[:, None], other.names, other.counts[:, None])
        return _Cells(names, counts[:, 0], sums)


def gridded(panel: Engine, how: Conley) -> tuple[PanelView, csr_array]:
    """Return the panel with cells as clusters, and the weight of each pair of cells.

    Parameters
    ----------
    panel
        With the coordinates that are named.
    how
        How far units vary together.

    Returns
    -------
    pair
        The weights have shape (G, G), are sparse and symmetric, and one on the diagonal.

    Raises
    ------
    MethodError
        If units are in clusters already.
    DataError
        If places are not on Earth, or there are more pairs of cells than can be held.
    """
    if panel.columns.cluster is not None:
        raise MethodError(
            f"units are in clusters ('{panel.columns.cluster}') and vary together by distance.",
            allowed="one of the two",
            todo="leave out the clusters or Conley's errors",
        )
    cells = panel.carry(_CellsKernel(how))
    columns = replace(panel.columns, cluster=CELL)
    view = PanelView(panel, Grid(how, cells.names), columns, cells.names)
    return view, _weights(_centres(cells, how), how)


def _centres(cells: _Cells, how: Conley) -> Floats:
    """Return where units of each cell are on average: on a sphere, the mean of their points brought up to it."""
    means: Floats = cells.sums / cells.counts[:, None]
    if how.coordinates.measure == "degrees":
        length = np.linalg.norm(means, axis=1, keepdims=True)
        means *= EARTH / np.where(length > 0, length, 1.0)
    return means


def _weights(centres: Floats, how: Conley) -> csr_array:
    from scipy.sparse import coo_array, csr_array
    from scipy.spatial import cKDTree

    line, tree = float(reach(how.cutoff, how.coordinates.measure)), cKDTree(centres)
    count = (int(tree.count_neighbors(tree, line)) - len(centres)) // 2
    if count > MOST_PAIRS:
        raise DataError(
            f"{len(centres):,} cells of {how.width:g} km have {count:,} pairs within {how.cutoff:g} km.",
            allowed=f"up to {MOST_PAIRS:,} pairs",
            todo="take wider cells, up to half of the cutoff.",
        )
    pairs = tree.query_pairs(line, output_type="ndarray")
    lines = np.linalg.norm(centres[pairs[:, 0]] - centres[pairs[:, 1]], axis=1)
    apart = distances(lines, how.coordinates.measure) / how.cutoff
    weight = np.ones(len(pairs)) if how.kernel == "uniform" else np.maximum(0.0, 1.0 - apart)
    G = len(centres)
    own = np.arange(G)
    rows = np.concatenate([own, pairs[:, 0], pairs[:, 1]])
    columns = np.concatenate([own, pairs[:, 1], pairs[:, 0]])
    values = np.concatenate([np.ones(G), weight, weight])
    return csr_array(coo_array((values, (rows, columns)), shape=(G, G)))


@dataclass(frozen=True, eq=False)
class AreaVariation(Variation):
    """What all cells together add, where near ones vary together.

    Attributes
    ----------
    products
        Weighted sums of products of cells' sums of influences, shape (C, C).
    presence
        How many areas that are far from one another effects are known by.
    """

    products: Floats
    presence: Presence

    def parts(self, weights: Weights | Floats) -> Floats:
        """Return what all cells add to the variance of averages of effects, shape (Q, 1)."""
        weights = Weights.of(weights)
        found = weights @ self.products
        own = found.diagonal() if weights.single else (weights @ found.T).diagonal()
        return np.maximum(0.0, own)[:, None]

    def resting(self, weights: Weights | Floats) -> Resting:
        """Return what rests on which cohort, and by how many areas each is known."""
        return self.presence.resting(weights)


def conley_effects(effects: GroupTimeEffects, weights: csr_array, how: Conley) -> GroupTimeEffects:
    """Return effects with Conley's covariance, from effects whose clusters are cells.

    Parameters
    ----------
    effects
        Effects of a panel with cells as clusters.
    weights
        Weights of pairs of cells, shape (G, G).
    how
        For what is told.

    Returns
    -------
    GroupTimeEffects
        Where weighted sums of products are not positive semi-definite, as kernels of distance can make them, negative
        eigenvalues are set to zero, in units in which all variances without weights are one, and it is told.
        A cohort's number of draws is 1 / (w' K w), with w the shares of cells in its units and K the weights: units all
        in one place are one draw, and cells beyond the cutoff from one another count each.
    """
    rows, variation, parts = effects.cluster_sums, effects.variation, effects.variation.parts
    if rows is None:
        message = "effects without sums by cell"
        raise ValueError(message)
    C, K = len(effects.cells), len(effects.cohorts)
    whole, taken = _semi_definite(rows.T @ (weights @ rows), (rows**2).sum(axis=0))
    sizes = rows[:, C:].reshape(len(rows), -1, K)
    blocks = [effects.blocks.get(cell.outcome, 0) for cell in effects.cells]
    areas = np.stack([_areas(sizes[:, b], weights) for b in range(sizes.shape[1])])[blocks]
    treated = sizes[:, :, treated_in(effects.cells, effects.cohorts)].sum(axis=2)
    how_far = f"units up to {how.cutoff:g} km apart vary together ({how.kernel} kernel)"
    by = f"by cells of {how.width:g} km, {len(rows):,} of them occupied"
    told = [f"Standard errors are Conley's, approximate: {how_far}, {by}."]
    if taken > 0:
        told.append(
            f"Their covariance was not positive semi-definite: negative eigenvalues, {taken:.2g} of the sum of all in "
            "size, were set to zero."
        )
    cells = tuple(
        replace(
            cell,
            treated_clusters=_whole(own_areas[np.searchsorted(effects.cohorts, cell.cohort)]),
            control_clusters=_whole(max(own_areas[list(cell.controls)])),
        )
        for cell, own_areas in zip(effects.cells, areas, strict=True)
    )
    return replace(
        effects,
        cells=cells,
        influences=SumInfluences(
            whole[:C, :C].copy(), np.zeros((C, rows.shape[1] - C)), whole[:C, C:].copy(), whole[C:, C:].copy()
        ),
        variation=replace(variation, parts=tuple(_by_area(part, whole, sizes, weights, blocks) for part in parts)),
        cluster_sums=None,
        treated_clusters=_whole(float(_areas(treated, weights).max())),
        told=(*effects.told, *told),
    )


def _by_area(
    part: tuple[NDArray[np.intp], Variation], whole: Floats, sizes: Floats, weights: csr_array, blocks: list[int]
) -> tuple[NDArray[np.intp], Variation]:
    """Return what cells add to one outcome's effects, its groups known by no more draws than they have areas."""
    at, own = part
    if not isinstance(own, ClusterVariation):
        message = "effects without sums by cell"
        raise TypeError(message)
    groups = own.presence.sides.shape[2]
    held = sizes[:, blocks[int(at[0])]] if len(at) else sizes[:, 0]
    pooled = np.concatenate([held[:, : groups - 1], held[:, groups - 1 :].sum(axis=1, keepdims=True)], axis=1)
    numbers = np.minimum(own.presence.numbers, _areas(pooled, weights))
    factors = np.divide(numbers, numbers - 1, out=np.full_like(numbers, np.inf), where=numbers > 1)
    presence = replace(own.presence, numbers=numbers, factors=factors)
    return at, AreaVariation(whole[np.ix_(at, at)], presence)


def _areas(sizes: Floats, weights: csr_array) -> Floats:
    """Return how many areas units are in that do not vary together, by columns of cells' sizes, shape (G, L)."""
    share = sizes / np.where(sizes.sum(axis=0) > 0, sizes.sum(axis=0), 1.0)
    together = (share * (weights @ share)).sum(axis=0)
    found: Floats = np.divide(1.0, together, out=np.zeros_like(together), where=together > 0)
    return found


def _whole(areas: float) -> int:
    """Return a number of areas as one of draws: whole, and one at least, whatever its rounding."""
    return max(1, int(areas + _ROUNDING))


_ROUNDING = 1e-10


def _semi_definite(matrix: Floats, scale: Floats) -> tuple[Floats, float]:
    """Return the matrix without negative eigenvalues, and how large these were beside all."""
    size = np.sqrt(np.where(scale > 0, scale, 1.0))
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2 / np.outer(size, size))
    negative = -values[values < 0].sum()
    taken = float(negative / np.abs(values).sum()) if len(values) and np.abs(values).sum() > 0 else 0.0
    if taken <= _ROUNDING:
        return (matrix + matrix.T) / 2, 0.0
    kept = (vectors * np.maximum(values, 0.0)) @ vectors.T
    return kept * np.outer(size, size), taken
