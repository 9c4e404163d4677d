"""Changes in changes: effects of a zone on the quantiles of a distribution.

Athey and Imbens (2006), "Identification and inference in nonlinear difference-in-differences models", Econometrica 74,
431-497. The zone's distribution without an effect is that before, each income moved as far as incomes of the same size
moved in the comparison: k(y) = F01^-1(F00(y)), with F00 and F01 the comparison's distributions before and since. It
needs that what people have in common in each period decides their rank, not the zone, and that the zone's incomes
before lie among the comparison's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.core import JointEffects, MethodError, Outcome, Result, Table, UsageError, check_choice
from pilotzone.evaluation.inclusion.effects import checked_sides, joint_of
from pilotzone.evaluation.inclusion.spread import Spread, checked_level, spread_of, t_bound
from pilotzone.evaluation.inclusion.steps import Steps
from pilotzone.evaluation.many import sup_t

if TYPE_CHECKING:
    import altair as alt
    from numpy.typing import ArrayLike, NDArray

    from pilotzone.evaluation.inclusion.sample import MicroData

    Floats = NDArray[np.float64]
    Cells = Mapping[tuple[int, int], Steps]

__all__ = ["NOT_PEOPLE", "Errors", "QuantileEffects", "changes_in_changes"]

Errors = Literal["bootstrap", "analytic"]
"""How standard errors are computed."""

NOT_PEOPLE = (
    "An effect on a quantile compares two distributions and not the same people: who is poorest with the zone need not "
    "be who would be poorest without it."
)
_DECILES = tuple(k / 10 for k in range(1, 10))
_TIES = 0.1
"""A share of repeated values above which incomes are told to be discrete."""
_CELLS = ((0, 0), (0, 1), (1, 0), (1, 1))


@dataclass(frozen=True, eq=False)
class QuantileEffects(Result):
    """Effects on quantiles and on the mean; the mean stands last in every array.

    Attributes
    ----------
    quantiles
        Shares at which quantiles are taken, shape (Q,).
    actual, without
        Quantiles and mean of the zone since the start, and those it would have had, shape (Q + 1,). With bounds
        `without` has two rows, shape (2, Q + 1): the least and the largest.
    low_effect, high_effect
        Bounds on the effects, shape (Q + 1,); equal where income is continuous.
    identified
        Whether the comparison's incomes before reach over this quantile, shape (Q + 1,); for the mean, over all.
    spread
        Covariance of the effects, shape (Q + 1, Q + 1); of bounds, the low ones before the high ones, twice as many.
    critical
        Standard errors that a band over all identified quantiles reaches to either side; NaN without.
    discrete
        Whether effects are bounds.
    interior
        Shares between which quantiles are identified.
    level, errors, draws
        Level of intervals, how standard errors were computed, and how many bootstrap draws were used.
    joint
        The same effects as they pass to a verdict; ``None`` for bounds.
    notes
        What a reader has to know.
    why
        Why there are no standard errors, or nothing.
    """

    quantiles: tuple[float, ...]
    actual: Floats
    without: Floats
    low_effect: Floats
    high_effect: Floats
    identified: NDArray[np.bool_]
    spread: Spread
    critical: float
    discrete: bool
    interior: tuple[float, float]
    level: float
    errors: Errors
    draws: int
    joint: JointEffects | None
    notes: tuple[str, ...]
    why: str

    @property
    def effect(self) -> Floats:
        """Effects, shape (Q + 1,).

        Raises
        ------
        UsageError
            If there are only bounds.
        """
        if self.discrete:
            raise UsageError("effects on discrete incomes are bounds.", allowed="low_effect and high_effect")
        return self.low_effect

    @property
    def se(self) -> Floats:
        """Standard errors, shape (2, Q + 1): of the low and of the high ends of the effects."""
        found: Floats = self.spread.se.reshape(-1, len(self.actual))
        return found[[0, -1]]

    def plot(self) -> alt.LayerChart | alt.FacetChart:
        """Return a chart: effects by quantile with their band."""
        from pilotzone.evaluation.inclusion.drawing import plotted, quantile_figure

        return plotted(quantile_figure(self))

    def to_table(self) -> Table:
        """Return one row per quantile and one for the mean: effect or bounds, interval, band, identified or not."""
        bound = t_bound(self.level, self.spread.degrees)
        rows = []
        names = [f"quantile {share:g}" for share in self.quantiles]
        for k, name in enumerate([*names, "mean"]):
            low, high = float(self.low_effect[k]), float(self.high_effect[k])
            ends: tuple[float | None, ...] = (None,) * 4
            if not self.why and (self.identified[k] or name == "mean"):
                left, right = self.se[:, k].tolist()
                band = (None, None) if name == "mean" else (low - self.critical * left, high + self.critical * right)
                ends = (low - bound * left, high + bound * right, *band)
            known = bool(self.identified[k])
            rows.append((name, float(self.actual[k]), low, high, *map(_finite, ends), known))
        heads = ("of", "actual", "effect_low", "effect_high", "low", "high", "band_low", "band_high", "identified")
        table = Table.from_rows(heads, rows, title="Effects on the distribution, by changes in changes")
        return Table(table.columns, title=table.title, note=" ".join(self.notes))


def _finite(value: float | None) -> float | None:
    return value if value is not None and np.isfinite(value) else None


def changes_in_changes(
    data: MicroData,
    *,
    start: int,
    quantiles: ArrayLike = _DECILES,
    discrete: bool = False,
    errors: Errors = "bootstrap",
    draws: int = 999,
    seed: int = 20200,
    level: float = 0.95,
) -> QuantileEffects:
    """Return effects of a zone on quantiles of income, and on its mean.

    Parameters
    ----------
    data
        Rows with `zone` and `periods`. Rows before the start, and since it, are taken together on each side.
    start
        First period with the zone's programme.
    quantiles
        Shares above 0 and below 1, ascending.
    discrete
        Whether income takes few values, so that only bounds follow (their section 4). Then the errors have to be by
        bootstrap.
    errors
        ``bootstrap`` draws clusters (or rows) anew on each side; ``analytic`` adds up influence functions
        whose densities are estimated with a normal kernel (their section 5).
    draws, seed
        Number of bootstrap draws, and their seed.
    level
        Level of intervals and of the band.

    Returns
    -------
    QuantileEffects

    Raises
    ------
    UsageError
        If quantiles are out of range or not in order, or analytic errors are asked for bounds.
    MethodError
        If a side has no rows in a period, or the zone's incomes all lie outside the comparison's.

    Notes
    -----
    Quantiles are the least values up to which there is the share asked for, in the sample and in the inverse inside k.
    """
    check_choice(errors, Errors, "errors")
    checked_level(level)
    shares = _checked_quantiles(quantiles)
    if discrete and errors == "analytic":
        raise UsageError("analytic errors are for continuous incomes.", allowed='errors="bootstrap" for bounds')
    if draws < 2:  # noqa: PLR2004 - a variance
        raise UsageError(f"draws is {draws}.", allowed="2 or more; 999 are usual")
    zone, periods, after = checked_sides(data, start)
    late = np.asarray(data.periods) >= start
    rows = _rows(data, zone, late)
    cells = {cell: Steps.of(data.income[at], data.weights[at]) for cell, at in rows.items()}
    interior, known = _support(cells, shares)
    kinds = (True, False) if discrete else (False,)
    values = np.concatenate([_point(cells, shares, strictly=kind) for kind in kinds])
    spread = (
        _analytic(data, rows, cells, shares, zone, late)
        if errors == "analytic"
        else _bootstrap(data, rows, cells, shares, kinds, draws, seed)
    )
    why = spread.refusal(data.drawn)
    actual = np.append(cells[1, 1].quantile(shares), _mean_of(cells[1, 1]))
    low, high = _ends(values, len(actual))
    kept = np.flatnonzero(known[:-1])
    kept = np.concatenate([kept, kept + len(actual)]) if discrete else kept
    flat = not (spread.matrix.diagonal()[kept] > 0).any()
    critical = float("nan")
    if not why and not flat:
        degrees = spread.degrees if np.isfinite(spread.degrees) else None
        critical = sup_t(spread.matrix[np.ix_(kept, kept)], level, degrees=degrees, seed=seed)
    window = np.array(periods)[after].tolist()
    chosen = np.append(np.flatnonzero(known[:-1]), len(shares))
    joint = None if discrete else _joint(data, shares, low, spread, chosen, window)
    return QuantileEffects(
        tuple(shares.tolist()),
        actual,
        actual - high if not discrete else np.stack([actual - high, actual - low]),
        low,
        high,
        known,
        spread,
        critical,
        discrete,
        interior,
        level,
        errors,
        draws if errors == "bootstrap" else 0,
        joint,
        _notes(cells, interior, known, discrete=discrete),
        why,
    )


def _checked_quantiles(quantiles: ArrayLike) -> Floats:
    shares = np.atleast_1d(np.asarray(quantiles, dtype=np.float64))
    if shares.ndim != 1 or not len(shares) or not ((shares > 0) & (shares < 1)).all() or (np.diff(shares) <= 0).any():
        raise UsageError(f"quantiles are {shares.tolist()}.", allowed="shares above 0 and below 1, ascending")
    return shares


def _rows(data: MicroData, zone: NDArray[np.bool_], late: NDArray[np.bool_]) -> dict[tuple[int, int], NDArray[np.intp]]:
    """Return the rows of each cell (in the zone or not, since the start or before), by income."""
    found = {}
    for side, when in _CELLS:
        rows = np.flatnonzero((zone if side else np.asarray(data.comparison)) & (late == bool(when)))
        found[side, when] = rows[np.argsort(data.income[rows], kind="stable")]
    return found


def _support(cells: Cells, shares: Floats) -> tuple[tuple[float, float], NDArray[np.bool_]]:
    """Return between which shares quantiles are identified (their corollary 3.1), and which of those asked for are."""
    before, zone = cells[0, 0], cells[1, 0]
    low = float(zone.reaching(before.values[0], strictly=True))
    high = float(zone.reaching(before.values[-1]))
    if not low < high:
        raise MethodError(
            f"no income of the zone before the start lies among those of the comparison, {before.values[0]:.4g} to "
            f"{before.values[-1]:.4g}.",
            allowed="incomes of the zone between the least and the largest of the comparison",
            todo="compare with regions of the same incomes",
        )
    inside = (shares > low) & (shares <= high)
    return (low, high), np.append(inside, low <= 0 and high >= 1)


def _point(cells: Cells, shares: Floats, *, strictly: bool) -> Floats:
    """Return effects on quantiles and on the mean, shape (Q + 1,).

    `strictly` ranks by the share strictly below, which makes k least and effects largest: the two ends for discrete
    incomes are with it and without.
    """
    before, zone = cells[0, 0], cells[1, 0]
    moved = cells[0, 1].quantile(before.reaching(zone.values, strictly=strictly))
    without = cells[0, 1].quantile(before.reaching(zone.quantile(shares), strictly=strictly))
    actual = cells[1, 1]
    found: Floats = np.append(actual.quantile(shares) - without, _mean_of(actual) - _mean_of(zone, moved))
    return found


def _mean_of(cell: Steps, values: Floats | None = None) -> float:
    return float(np.diff(cell.below, prepend=0.0) @ (cell.values if values is None else values))


def _ends(values: Floats, count: int) -> tuple[Floats, Floats]:
    """Return low and high effects; ranking strictly below gives the high ones and stands first."""
    parts = values.reshape(-1, count)
    return parts[-1], parts[0]


def _bootstrap(
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
        found[b] = [_point(again, shares, strictly=kind) for kind in kinds]
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
        return {cell: np.arange(len(at)) for cell, at in rows.items()}, [len(rows[cell]) for cell in _CELLS]
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
        for k, cell in enumerate(_CELLS):
            own = times[k if data.clusters is None else cell[0]]
            weights[cell] = data.weights[rows[cell]] * own[codes[cell]]
        if all(part.any() for part in weights.values()):
            return {cell: cells[cell].again(part) for cell, part in weights.items()}


def _analytic(
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
        (1, 1): actual.values - _mean_of(actual),
        (1, 0): -(moved - _mean_of(own, moved)),
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


def _joint(
    data: MicroData, shares: Floats, effect: Floats, spread: Spread, kept: NDArray[np.intp], window: Sequence[int]
) -> JointEffects:
    """Return effects on identified quantiles and on the mean as they pass to a verdict."""
    names = [*(f"quantile {share:g}" for share in shares), "mean"]
    outcomes = [Outcome(names[k], None, "up", None, "level", unit=data.unit) for k in kept]
    some = Spread(spread.matrix[np.ix_(kept, kept)], spread.degrees, spread.fewest, spread.counts)
    counts = (spread.counts[-1], spread.counts[0]) if data.clusters is not None else _rows_of(data)
    return joint_of(
        outcomes,
        effect[kept],
        some,
        counts=counts,
        drawn=data.drawn,
        window=window,
        why=spread.refusal(data.drawn),
        method="changes in changes",
    )


def _rows_of(data: MicroData) -> tuple[int, int]:
    return int(np.sum(np.asarray(data.zone))), int(np.sum(np.asarray(data.comparison)))


def _notes(cells: Cells, interior: tuple[float, float], known: NDArray[np.bool_], *, discrete: bool) -> tuple[str, ...]:
    notes = [NOT_PEOPLE]
    if not known[-1]:
        lost = interior[0] + 1 - interior[1]
        notes.append(
            f"{lost:.1%} of the zone before the start have incomes outside those of the comparison. Effects are "
            f"identified for quantiles from {interior[0]:.3g} to {interior[1]:.3g}; that on the mean takes incomes "
            "outside as if they were at the border."
        )
    most = max(1 - len(np.unique(cell.values)) / len(cell.values) for cell in cells.values())
    if most > _TIES and not discrete:
        notes.append(
            f"Up to {most:.0%} of the values of a cell are repeated. If income takes few values only bounds follow: "
            "discrete=True."
        )
    if discrete:
        notes.append("Income is discrete: effects are bounds, and intervals reach beyond both.")
    return tuple(notes)
