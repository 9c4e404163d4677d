"""What an evaluation with few treated units leaves: joint effects, fits, donors and why, tidy tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pilotzone.core import (
    JointEffects,
    Result,
    SummaryRow,
    Table,
    UsageError,
    attained_level,
    check_choice,
    listing,
    summary_table,
    unknown,
)
from pilotzone.evaluation.few.outcome_fit import OutcomeFit, tidy_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import altair as alt

    from pilotzone.core import Cell
    from pilotzone.evaluation.few.design import FewDesign
    from pilotzone.evaluation.few.drawing import FewPlot
    from pilotzone.evaluation.few.pool import DonorDecision

__all__ = ["FewEffects", "ranked_summary"]

_LEVEL = 0.05
"""Level of the test that a summary's intervals invert."""


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

    def fit(self, outcome: str | None = None) -> OutcomeFit:
        """Return the fit of an outcome; of the only one if none is named.

        Raises
        ------
        UsageError
            If there is no such outcome, or none is named and there are several.
        """
        by_name: Mapping[str, OutcomeFit] = {item.outcome.name: item for item in self.fits}
        if outcome is None:
            if len(by_name) > 1:
                raise UsageError(
                    "the effects are on several outcomes, and none is named.", allowed=listing([*map(repr, by_name)])
                )
            return self.fits[0]
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
                rows.extend((*head, *row) for row in tidy_rows(fit, i))
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
