"""What a fit on one outcome leaves: weights, paths and gaps of all units, and which of them could carry weight."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING

from pilotzone.core import Brief, Table, UsageError
from pilotzone.evaluation.few.predictors.characteristics import Characteristics
from pilotzone.evaluation.few.weights.material import Material, donor_masks

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from pilotzone.core import Break, Cell, Outcome, PoolRule
    from pilotzone.evaluation.few.design import Phase
    from pilotzone.evaluation.few.weights.material import Beside

__all__ = ["OutcomeFit", "Pool", "tidy_rows", "without_rounding"]

_ROUNDING = 1e-12
"""Mean gaps smaller than this, relative to the largest value of the paths, are zero."""


def without_rounding(gap: NDArray[np.float64], largest: float) -> NDArray[np.float64]:
    """Return mean gaps, zero where they are no more than the rounding of paths with such a largest value."""
    import numpy as np

    return np.where(np.abs(gap) <= _ROUNDING * largest, 0.0, gap)


@dataclass(frozen=True, eq=False)
class Pool(Brief):
    """Units that may carry weight, where these are not simply all units that are ranked.

    Attributes
    ----------
    units
        m names.
    paths
        Their observed paths, shape (m, T).
    places
        Positions of the n ranked units among them, shape (n,).
    masks
        Who may be a donor for whom, shape (m, m).
    """

    units: tuple[str, ...]
    paths: NDArray[np.float64]
    places: NDArray[np.intp]
    masks: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class OutcomeFit(Brief):
    """Synthetic paths of the treated unit and of all its placebos, for one outcome.

    Attributes
    ----------
    outcome
        The outcome.
    periods, phases
        T periods shown and where each belongs.
    units, treated
        n units that were each assigned the zone, and the index of the one that had it.
    actual, synthetic
        Observed and synthetic paths, shape (n, T), intercept included; NaN where data are missing outside the
        periods that the method needs.
    weights
        Row i holds the weights of unit i's synthetic control on `pool`, shape (n, m), of which n are the units
        themselves unless there is a `wider` one; zero on itself. They sum to one and are not negative, save that
        ridge-augmented ones may be.
    intercept
        Level shift of each synthetic control, shape (n,); zeros without one.
    pre_rmspe
        Root mean squared prediction error over the fitted periods, shape (n,); for ridge-augmented synthetic control
        after the correction.
    solver_gap
        Duality gap that certifies each optimum, relative to the scale of the problem, shape (n,).
    unique
        Whether the optimal weights are unique, shape (n,).
    effect_range
        Least and largest mean gap of the treated unit over all optimal weights; both equal the estimate if unique.
    time_weights
        Weights of the T0 fitted periods in each level shift, shape (n, T0), for synthetic difference-in-differences;
        ``None`` for synthetic control, whose shift, if any, weights them alike.
    ridge
        Penalty of each unit's correction, shape (n,), for ridge-augmented synthetic control; ``None`` for the others.
    beside
        What the weights were fitted on besides the outcome's own path; ``None`` for estimators that need it alone.
    alone_rmspe
        The RMSPE that weights of this outcome's own, with its level shift, would leave, shape (n,), where weights are
        shared over outcomes; ``None`` for the others.
    importance
        V of each unit, shape (n, F), for synthetic control on predictors; ``None`` for the others.
    validation_rmspe
        Error of each unit's training fit over the validation periods, shape (n,), likewise.
    breaks
        Where the series of the treated unit stops being comparable with its own past.
    base
        For a chained index, the period in which its level is 1; else empty.
    wider
        All units that may carry weight, where more of them are donors than are ranked, or some are not donors for
        others; ``None`` where the n units are all there are, each a donor for every other.
    """

    outcome: Outcome
    periods: tuple[int, ...]
    phases: tuple[Phase, ...]
    units: tuple[str, ...]
    treated: int
    actual: NDArray[np.float64]
    synthetic: NDArray[np.float64]
    weights: NDArray[np.float64]
    intercept: NDArray[np.float64]
    pre_rmspe: NDArray[np.float64]
    solver_gap: NDArray[np.float64]
    unique: NDArray[np.bool_]
    effect_range: tuple[float, float]
    time_weights: NDArray[np.float64] | None = None
    ridge: NDArray[np.float64] | None = None
    beside: Beside | None = None
    importance: NDArray[np.float64] | None = None
    validation_rmspe: NDArray[np.float64] | None = None
    alone_rmspe: NDArray[np.float64] | None = None
    breaks: tuple[Break, ...] = ()
    base: str = ""
    wider: Pool | None = None

    @property
    def pool(self) -> tuple[str, ...]:
        """All m units that may carry weight, in the order of the columns of `weights`."""
        return self.units if self.wider is None else self.wider.units

    @property
    def places(self) -> NDArray[np.intp]:
        """Positions of `units` among `pool`, shape (n,)."""
        import numpy as np

        return np.arange(len(self.units)) if self.wider is None else self.wider.places

    @property
    def place(self) -> int:
        """Position of the treated unit among `pool`."""
        return int(self.places[self.treated])

    @property
    def fit_loss(self) -> NDArray[np.float64] | None:
        """How many times the RMSPE of an outcome's own weights shared ones leave, shape (n,); ``None`` if not shared.

        At least one. Where both are zero it is one, and infinite where own weights alone would meet the path.
        """
        if self.alone_rmspe is None:
            return None
        import numpy as np

        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = self.pre_rmspe / self.alone_rmspe
        return np.where(np.isnan(ratio), 1.0, ratio)

    @property
    def fit_loss_beside(self) -> tuple[float, float] | None:
        """The treated unit's `fit_loss` and the median of its placebos'; ``None`` where weights are not shared."""
        if (loss := self.fit_loss) is None:
            return None
        import numpy as np

        return float(loss[self.treated]), float(np.median(np.delete(loss, self.treated)))

    @property
    def material(self) -> Material:
        """What was fitted, to be fitted again in another way."""
        paths = self.actual if self.wider is None else self.wider.paths
        return Material(paths, self.periods, self.phases, self.beside)

    @property
    def gaps(self) -> NDArray[np.float64]:
        """Actual minus synthetic, shape (n, T)."""
        return self.actual - self.synthetic

    def columns(self, phase: Phase) -> list[int]:
        """Return the column indices of a phase."""
        return [k for k, item in enumerate(self.phases) if item == phase]

    @property
    def mean_gap(self) -> NDArray[np.float64]:
        """Mean gap over the window, shape (n,); zero where it is no more than the rounding of the paths.

        Ranks are made from it, and rounding must not decide a rank where no unit has any gap.
        """
        import numpy as np

        gap = self.gaps[:, self.columns("window")].mean(axis=1)
        return without_rounding(gap, float(np.nanmax(np.abs(self.actual))))

    @property
    def window_gaps(self) -> NDArray[np.float64]:
        """Gaps in the window, shape (n, periods of it); zero where they are no more than the rounding of the paths."""
        import numpy as np

        return without_rounding(self.gaps[:, self.columns("window")], float(np.nanmax(np.abs(self.actual))))

    @property
    def post_rmspe(self) -> NDArray[np.float64]:
        """Root mean squared gap over the window, shape (n,)."""
        import numpy as np

        gaps = self.window_gaps
        size = float(np.abs(gaps).max()) or 1.0  # squares of very small or large figures would be lost
        found: NDArray[np.float64] = size * np.sqrt(np.mean((gaps / size) ** 2, axis=1))
        return found

    @property
    def rmspe_ratio(self) -> NDArray[np.float64]:
        """`post_rmspe` over `pre_rmspe`, shape (n,): zero where the former is, infinite where only the latter is.

        The statistic of Abadie, Diamond and Hainmueller (2010), not squared, which changes no rank.
        """
        import numpy as np

        after = self.post_rmspe
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = after / self.pre_rmspe
        return np.where(after == 0, 0.0, ratio)

    def balance(self) -> Table:
        """Return one row per predictor: the treated unit's mean, its synthetic one, the donors', and the importance.

        The means are those of the final fit; the donors' are not weighted.

        Raises
        ------
        UsageError
            If the weights were not fitted on predictors.
        """
        if self.importance is None or not isinstance(self.beside, Characteristics):
            raise UsageError(
                f"the weights for {self.outcome.name!r} were not fitted on predictors.",
                allowed="effects by the estimator 'sc_predictors'",
            )
        _, final = self.beside.means([self.periods[k] for k in self.columns("pre")])
        synthetic, donors = self.weights[self.treated] @ final, final[self.own_donors()].mean(axis=0)
        names = [item.name for item in self.beside.predictors]
        rows = zip(names, final[self.place], synthetic, donors, self.importance[self.treated], strict=True)
        return Table.from_rows(
            ("predictor", "treated", "synthetic", "donors_mean", "importance"),
            [(name, *(float(value) for value in values)) for name, *values in rows],
            title=f"{self.outcome.title}: predictors of {self.units[self.treated]} and of its synthetic control",
        )

    def donor_weights(self) -> dict[str, float]:
        """Return the treated unit's weights by donor, largest first, every donor listed."""
        row = self.weights[self.treated]
        order = sorted(self.own_donors(), key=lambda k: (-row[k], self.pool[k]))
        return {self.pool[k]: float(row[k]) for k in order}

    def masks(self, pools: PoolRule) -> NDArray[np.bool_]:
        """Return who may be a donor for whom, shape (m, m), by the design's rule for pools."""
        if self.wider is not None:
            return self.wider.masks
        return donor_masks(len(self.units), self.treated, pools)

    def own_donors(self) -> list[int]:
        """Return the positions in `pool` of the treated unit's donors."""
        if self.wider is None:
            return [k for k in range(len(self.units)) if k != self.treated]
        return [int(k) for k in self.wider.masks[self.place].nonzero()[0]]


def tidy_rows(fit: OutcomeFit, i: int) -> Iterator[tuple[Cell, ...]]:
    """Yield what is known of one unit: period, phase, measure, donor, value and unit of measure."""
    measure_unit = fit.outcome.unit
    for k, (period, phase) in enumerate(zip(fit.periods, fit.phases, strict=True)):
        for measure, matrix in (("actual", fit.actual), ("synthetic", fit.synthetic), ("gap", fit.gaps)):
            value = float(matrix[i, k])
            if not isnan(value):
                yield period, phase, measure, None, value, measure_unit
    if fit.time_weights is not None:
        for k, weight in zip(fit.columns("pre"), fit.time_weights[i], strict=True):
            yield fit.periods[k], "pre", "time_weight", None, float(weight), "1"
    yield None, None, "mean_gap", None, float(fit.mean_gap[i]), measure_unit
    yield None, None, "pre_rmspe", None, float(fit.pre_rmspe[i]), measure_unit
    if fit.alone_rmspe is not None:
        yield None, None, "pre_rmspe_alone", None, float(fit.alone_rmspe[i]), measure_unit
    for j, weight in enumerate(fit.weights[i]):
        if weight != 0:
            yield None, None, "weight", fit.pool[j], float(weight), "1"
