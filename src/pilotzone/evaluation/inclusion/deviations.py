"""How far effects by changes in changes may be off: by bootstrap, or from influence functions and densities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import MethodError
from pilotzone.evaluation.inclusion.cells import CELLS, mean_of, point_effects
from pilotzone.evaluation.inclusion.spread import Spread, spread_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.evaluation.inclusion.cells import Cells
    from pilotzone.evaluation.inclusion.sample import MicroData
    from pilotzone.evaluation.inclusion.steps import Steps

    Floats = NDArray[np.float64]

__all__ = ["analytic", "bootstrapped"]


def bootstrapped(
    data: MicroData,
    rows: Mapping[tuple[int, int], NDArray[np.intp]],
    cells: Cells,
    shares: Floats,
    kinds: tuple[bool, ...],
    draws: int,
    seed: int,
) -> Spread:
    """Return the covariance over draws of clusters on each side, or of rows in each cell."""
    rng = np.random.default_rng(seed)
    codes, counts = _draws_of(data, rows)
    found = np.empty((draws, len(kinds), len(shares) + 1))
    for b in range(draws):
        # Whoever is drawn k times counts k times; a cell that nobody is drawn in is drawn again.
        again = _drawn(cells, data, rows, codes, counts, rng)
        found[b] = [point_effects(again, shares, strictly=kind) for kind in kinds]
    # Low ends first, as the result has them.
    flat = found[:, ::-1].reshape(draws, -1)
    matrix = np.atleast_2d(np.cov(flat.T))
    fewest = min(counts)
    return Spread(matrix, float("inf") if data.clusters is None else float(fewest - 1), fewest, tuple(counts))


def _draws_of(
    data: MicroData, rows: Mapping[tuple[int, int], NDArray[np.intp]]
) -> tuple[dict[tuple[int, int], NDArray[np.intp]], list[int]]:
    """Return the draw of each row within its stratum (a side, or a cell without clusters), and how many there are."""
    if data.clusters is None:
        return {cell: np.arange(len(at)) for cell, at in rows.items()}, [len(rows[cell]) for cell in CELLS]
    codes, counts = {}, []
    for side in (0, 1):
        both = np.concatenate([rows[side, 0], rows[side, 1]])
        names, place = np.unique(data.clusters[both], return_inverse=True)
        codes[side, 0], codes[side, 1] = place[: len(rows[side, 0])], place[len(rows[side, 0]) :]
        counts.append(len(names))
    return codes, counts


def _drawn(
    cells: Cells,
    data: MicroData,
    rows: Mapping[tuple[int, int], NDArray[np.intp]],
    codes: Mapping[tuple[int, int], NDArray[np.intp]],
    counts: list[int],
    rng: np.random.Generator,
) -> Cells:
    while True:
        times = [np.bincount(rng.integers(count, size=count), minlength=count) for count in counts]
        weights = {}
        for k, cell in enumerate(CELLS):
            own = times[k if data.clusters is None else cell[0]]
            weights[cell] = data.weights[rows[cell]] * own[codes[cell]]
        if all(part.any() for part in weights.values()):
            return {cell: cells[cell].again(part) for cell, part in weights.items()}


def analytic(
    data: MicroData,
    rows: Mapping[tuple[int, int], NDArray[np.intp]],
    cells: Cells,
    shares: Floats,
    zone: NDArray[np.bool_],
    late: NDArray[np.bool_],
) -> Spread:
    """Return the covariance from influence functions: their theorems 5.1 and 5.3, with clusters."""
    contributions = np.zeros((len(data.income), len(shares) + 1))
    density = {cell: _density(steps) for cell, steps in cells.items()}
    share = {cell: data.weights[at] / data.weights[at].sum() for cell, at in rows.items()}
    before, since, own = cells[0, 0], cells[0, 1], cells[1, 0]
    at = own.quantile(shares)
    ranks = before.reaching(at)
    moved = since.quantile(ranks)
    here = density[0, 1](moved)
    slope = density[0, 0](at) / here
    actual = cells[1, 1].quantile(shares)
    parts = {
        (1, 1): -(((cells[1, 1].values[:, None] <= actual) - shares) / density[1, 1](actual)),
        (1, 0): ((own.values[:, None] <= at) - shares) * slope / density[1, 0](at),
        (0, 0): -((before.values[:, None] <= at) - ranks) / here,
        (0, 1): ((since.values[:, None] <= moved) - ranks) / here,
    }
    means = _mean_influences(cells, share, density[0, 1])
    for cell, rows_of in rows.items():
        whole = np.concatenate([parts[cell], means[cell][:, None]], axis=1)
        contributions[rows_of] = share[cell][:, None] * whole
    used = np.concatenate(list(rows.values()))
    side = zone.astype(np.intp)
    strata = side if data.clusters is not None else 2 * late.astype(np.intp) + side
    return spread_of(contributions[used], None if data.clusters is None else data.clusters[used], strata[used])


def _mean_influences(
    cells: Cells, share: Mapping[tuple[int, int], Floats], density: _Density
) -> dict[tuple[int, int], Floats]:
    """Return the influence of each row on the effect on the mean, cell by cell in the order of incomes."""
    before, since, own, actual = (cells[cell] for cell in ((0, 0), (0, 1), (1, 0), (1, 1)))
    ranks = before.reaching(own.values)
    moved = since.quantile(ranks)
    pull = share[1, 0] / density(moved)
    # Rows of the zone ascend, so those that a row of the comparison lies below or at are the last ones.
    after = np.concatenate([np.cumsum(pull[::-1])[::-1], [0.0]])
    level = float(pull @ ranks)
    of_before = after[np.searchsorted(own.values, before.values, side="left")] - level
    of_since = after[np.searchsorted(moved, since.values, side="left")] - level
    return {
        (1, 1): actual.values - mean_of(actual),
        (1, 0): -(moved - mean_of(own, moved)),
        (0, 0): -of_before,
        (0, 1): of_since,
    }


@dataclass(frozen=True, eq=False)
class _Density:
    """A density by a normal kernel on a grid, with the bandwidth of Silverman (1986)."""

    points: Floats
    values: Floats

    def __call__(self, at: Floats) -> Floats:
        found: Floats = np.maximum(np.interp(at, self.points, self.values), self.values.max() * 1e-6)
        return found


def _density(cell: Steps, count: int = 512) -> _Density:
    shares = np.diff(cell.below, prepend=0.0)
    mean = shares @ cell.values
    deviation = float(np.sqrt(shares @ (cell.values - mean) ** 2))
    quarter = float(cell.quantile(0.75) - cell.quantile(0.25)) / 1.349
    width = min(deviation, quarter) if quarter > 0 else deviation
    width = 0.9 * width / (1 / (shares**2).sum()) ** 0.2
    if not width > 0:
        raise MethodError("all incomes of a cell are equal: it has no density.", allowed='errors="bootstrap"')
    points = np.linspace(cell.values[0] - 3 * width, cell.values[-1] + 3 * width, count)
    # Shares are put on a fine grid first, so that the kernel costs the same for any number of rows.
    fine = np.linspace(points[0], points[-1], 16 * count)
    step = fine[1] - fine[0]
    binned = np.bincount(np.rint((cell.values - fine[0]) / step).astype(np.intp), shares, minlength=len(fine))
    reach = int(np.ceil(5 * width / step))
    offsets = np.arange(-reach, reach + 1) * step / width
    kernel = np.exp(-(offsets**2) / 2) / (width * np.sqrt(2 * np.pi))
    from scipy.signal import fftconvolve

    smooth = fftconvolve(binned, kernel, mode="same") if len(kernel) <= len(fine) else np.zeros(len(fine))
    return _Density(fine, np.maximum(smooth, 0.0))
