"""What an evaluation with few treated units leaves: fits, joint effects, donors and why, tidy tables."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING

from pilotzone.core import (
    Brief,
    JointEffects,
    Result,
    SummaryRow,
    Table,
    UsageError,
    attained_level,
    check_choice,
    summary_table,
    unknown,
)
from pilotzone.evaluation.few.predictors.characteristics import Characteristics
from pilotzone.evaluation.few.weights.material import Material, donor_masks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import altair as alt
    import numpy as np
    from numpy.typing import NDArray

    from pilotzone.core import Break, Cell, Estimator, Outcome, PoolRule
    from pilotzone.evaluation.few.design import FewDesign, Phase
    from pilotzone.evaluation.few.drawing import FewPlot
    from pilotzone.evaluation.few.weights.material import Beside

__all__ = ["DonorDecision", "EstimatorRow", "FewEffects", "OutcomeFit", "Pool", "ranked_summary", "without_rounding"]

_LEVEL = 0.05
"""Of the test that a summary's intervals invert."""

_ROUNDING = 1e-12
"""Mean gaps smaller than this, relative to the largest value of the paths, are zero."""


def without_rounding(gap: NDArray[np.float64], largest: float) -> NDArray[np.float64]:
    """Return mean gaps, zero where they are no more than the rounding of paths with such a largest value."""
    import numpy as np

    return np.where(np.abs(gap) <= _ROUNDING * largest, 0.0, gap)


@dataclass(frozen=True)
class DonorDecision:
    """Whether a unit may be a donor, and why not."""

    unit: str
    label: str
    admitted: bool
    reason: str = ""
    for_others: bool = False
    """Whether it is a donor of other units all the same: it is left out as one of the treated unit's own group."""


@dataclass(frozen=True)
class EstimatorRow:
    """The effect on one outcome by one estimator, for a side-by-side table.

    Attributes
    ----------
    effect
        Mean gap over the window, in the outcome's scale.
    placebo_sd
        Standard deviation of the donors' placebo effects around their mean, divided by their number: the square root
        of the placebo variance of Arkhangelsky and others (2021, algorithm 4) with every donor drawn once.
    p_good
        One-sided rank p of an effect in the good direction.
    pre_rmspe
        Fit before the zone; for synthetic difference-in-differences around its own level. For matrix completion the
        zone's own outcomes before are part of the fit: it is no prediction error, and smaller by nature.
    pools
        Pool rule of the placebos behind `placebo_sd` and `p_good`.
    placebos
        Each donor's placebo effect, in the outcome's scale: (unit, mean gap).
    fit_loss, placebo_fit_loss
        How many times the RMSPE of the outcome's own weights shared ones leave, for the treated unit and as the
        placebos' median; ``None`` where weights are not shared.
    """

    outcome: str
    estimator: Estimator
    effect: float
    placebo_sd: float
    p_good: float
    pre_rmspe: float
    pools: PoolRule
    placebos: tuple[tuple[str, float], ...] = ()
    fit_loss: float | None = None
    placebo_fit_loss: float | None = None

    @property
    def losses(self) -> tuple[float, float] | None:
        """`fit_loss` and `placebo_fit_loss`, if there are any."""
        if self.fit_loss is None or self.placebo_fit_loss is None:
            return None
        return self.fit_loss, self.placebo_fit_loss


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
        All units that may carry weight, where more of them are donors than are ranked, or some are no donors for
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


def _tidy_rows(fit: OutcomeFit, i: int) -> Iterator[tuple[Cell, ...]]:
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


@dataclass(frozen=True, eq=False)
class FewEffects(Result):
    """Effects of one zone by one design, on several outcomes jointly.

    Attributes
    ----------
    name
        Name of the design, such as ``main``.
    design
        The design.
    joint
        What `judge` reads.
    fits
        One fit per outcome, in the order of ``joint.outcomes``.
    donors
        Every unit but the treated one, admitted or not and why.
    notes
        What a reader should know: periods left out, weights that are not unique and the like.
    label
        Words for the treated unit, for charts; its name where there are none.
    """

    name: str
    design: FewDesign
    joint: JointEffects
    fits: tuple[OutcomeFit, ...]
    donors: tuple[DonorDecision, ...]
    notes: tuple[str, ...] = ()
    label: str = ""

    def balance(self, outcome: str | None = None) -> Table:
        """Return how well the predictors agree, for an outcome or the first: see `OutcomeFit.balance`."""
        return (self.fits[0] if outcome is None else self.fit(outcome)).balance()

    @property
    def designs(self) -> tuple[FewDesign, ...]:
        """The design, as effects of several zones have them."""
        return (self.design,)

    @property
    def parts(self) -> tuple[FewEffects, ...]:
        """These effects, as effects of several zones have them."""
        return (self,)

    def fit(self, outcome: str) -> OutcomeFit:
        """Return the fit of an outcome.

        Raises
        ------
        UsageError
            If there is no such outcome.
        """
        by_name: Mapping[str, OutcomeFit] = {item.outcome.name: item for item in self.fits}
        if outcome not in by_name:
            raise unknown("outcome", outcome, by_name, error=UsageError)
        return by_name[outcome]

    def to_table(self) -> Table:
        """Return the tidy table of paths, gaps, weights and summaries.

        One row per design, estimator, outcome, unit, period and measure; period and phase are missing for summaries
        (``mean_gap``, ``pre_rmspe``, ``weight``), and `donor` names the donor of a weight. Synthetic
        difference-in-differences has a ``time_weight`` per fitted period besides, and weights shared over outcomes a
        ``pre_rmspe_alone``, the RMSPE that the outcome's own weights would leave.
        """
        rows: list[tuple[Cell, ...]] = []
        for fit in self.fits:
            for i, unit in enumerate(fit.units):
                head = (self.name, self.design.estimator, fit.outcome.name, unit, i == fit.treated)
                rows.extend((*head, *row) for row in _tidy_rows(fit, i))
        names = ("design", "estimator", "outcome", "unit", "treated", "period", "phase", "measure", "donor")
        return Table.from_rows((*names, "value", "unit_of_measure"), rows)

    def summary(self) -> Table:
        """Return one row per outcome: effect, interval, rank p and the units that were ranked.

        p is two-sided by placebo ranks of the mean gap, and the interval inverts that test at 0.05 (see
        `confidence_set`); an end that is missing is not bounded. Behind them stand the fit before the zone, the donor
        with the largest weight, and whether the effect is identified.
        """
        return ranked_summary([self.row(fit.outcome.name) for fit in self.fits], self.joint, self._title())

    def by_period(self, outcome: str | None = None) -> Table:
        """Return the effect on an outcome, the first if none is named, in each period of the window, and their total.

        One row per period of the window: ``actual``, ``synthetic`` and ``effect`` (their difference, in the outcome's
        own scale), the effect in ``percent`` of the synthetic path, ``p`` (two-sided) and ``p_good`` (in the good
        direction) by placebo ranks among ``n`` units; then the same for the sum of all effects up to that period:
        ``total``, ``total_percent``, ``total_p`` and ``total_p_good``. On a log scale ``total`` is a sum of logarithms,
        while percentages compare levels, in sum too. Each p holds for its own row.

        Raises
        ------
        UsageError
            If there is no such outcome.
        """
        from pilotzone.evaluation.few.reported import effects_by_period

        return effects_by_period(self.fits[0] if outcome is None else self.fit(outcome))

    def rmspe_ratios(self) -> Table:
        """Return one row per outcome: the RMSPE in the window over the one before, its rank, n and p.

        The statistic of Abadie, Diamond and Hainmueller (2010), without a direction; see `OutcomeFit.rmspe_ratio`. It
        is reported and decides no label.
        """
        from pilotzone.evaluation.few.reported import rmspe_ratios

        return rmspe_ratios(self.fits)

    def standard_errors(self) -> Table:
        """Return one row per outcome: the effect and its standard error by placebo variance.

        Arkhangelsky and others (2021, algorithm 4), with every placebo drawn once: for synthetic
        difference-in-differences it is their standard error with one treated unit, where a jackknife has none. ``se``
        divides by the number of placebos and ``se_unbiased`` by one less. It rests on equal variances of all units,
        which ranks do not.
        """
        from pilotzone.evaluation.few.reported import placebo_errors

        return placebo_errors(self.fits)

    def plot(
        self, outcome: str | None = None, kind: FewPlot = "path", *, labels: Mapping[str, str] | None = None
    ) -> alt.LayerChart | alt.FacetChart:
        """Return a chart of one outcome, the first unless another is named.

        Parameters
        ----------
        outcome
            Name of the outcome.
        kind
            ``path``, the actual and the synthetic path, in levels; or ``gaps``, their difference beside those of all
            placebos.
        labels
            Unit to the words for it; units without any are called by their names.

        Returns
        -------
        altair.LayerChart or altair.FacetChart
            It shows itself in a notebook, and ``.save("chart.png")`` writes it.

        Raises
        ------
        UsageError
            If there is no such outcome or kind of chart.
        """
        from pilotzone.evaluation.few.drawing import FewPlot, plot_effects

        check_choice(kind, FewPlot, "kind")
        own = {self.design.unit: self.label or self.design.unit}
        words = own | {item.unit: item.label for item in self.donors} | dict(labels or {})
        return plot_effects(self, self.fits[0] if outcome is None else self.fit(outcome), kind, words)

    def fit_table(self) -> Table:
        """Return one row per outcome, as a run's record has it: the mean gap, also in words, and how it was fitted."""
        rows = []
        for row in (self.row(fit.outcome.name, intervals=False) for fit in self.fits):
            worded = row.outcome.worded(row.estimate, signed=True)
            rows.append((row.outcome.title, row.estimate, worded, *(cell for _, cell in row.more)))
        names = ("outcome", "mean_gap", "effect", "pre_rmspe", "largest_weight", "identification")
        return Table.from_rows(names, rows, title=self._title())

    def _title(self) -> str:
        first, last = self.design.window
        donors = sum(item.admitted for item in self.donors)
        return f"Effect on {self.design.unit}, {first} to {last}, {donors} donors"

    def row(self, outcome: str, of: tuple[tuple[str, Cell], ...] = (), *, intervals: bool = True) -> SummaryRow:
        """Return the row of an outcome in a summary, with cells that say whose it is."""
        from pilotzone.judgement import confidence_set

        fit, k = self.fit(outcome), self.joint.index(outcome)
        weights = fit.donor_weights()
        top = max(weights, key=lambda unit: abs(weights[unit]))  # in size: ridge-augmented ones may be negative
        more = (
            ("pre_rmspe", float(fit.pre_rmspe[fit.treated])),
            ("largest_weight", f"{top} {weights[top]:.2f}"),
            ("identification", self.joint.identification_of(outcome).state),
        )
        interval = confidence_set(self.joint, outcome).span if intervals else (None, None)
        effect, count = float(fit.mean_gap[fit.treated]), len(self.joint.draws.units)
        return SummaryRow(fit.outcome, effect, None, self.joint.rank_p(k), interval, count, of, more)


_NOTE = (
    f"p: two-sided, by rank among n. low, high: by inverting the placebo test at {_LEVEL:g}; an end that is missing is "
    "not bounded."
)


def ranked_summary(rows: Sequence[SummaryRow], joint: JointEffects, title: str) -> Table:
    """Return the summary of effects that rest on placebo ranks, with a note on how to read it."""
    count = len(joint.draws.units)
    if any(row.n != count for row in rows):
        return summary_table(rows, title=title, note=_NOTE)
    attained = 1 - attained_level(_LEVEL, count)
    note = (
        f"p: two-sided, by rank among {count:,}. low, high: {attained:.1%} confidence, by inverting the placebo test."
    )
    if attained == 1:
        note = f"p: two-sided, by rank among {count:,}. Too few for an interval: no p can be {_LEVEL:g} or less."
    return summary_table(rows, title=title, note=note)
