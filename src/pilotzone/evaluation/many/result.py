"""What an evaluation of many units gives: effects, averages, their intervals, and what passes to a verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pilotzone.core import (
    NEVER,
    Glance,
    Result,
    SummaryRow,
    Table,
    check_choice,
    listing,
    summary_table,
)
from pilotzone.evaluation.many.inference.rows import EffectRow, RowKind, effect_table

if TYPE_CHECKING:
    import altair as alt

    from pilotzone.core import Break, JointEffects, Outcome
    from pilotzone.evaluation.many.design import ManyDesign
    from pilotzone.evaluation.many.estimators.aggregates import AggregateEffects
    from pilotzone.evaluation.many.estimators.beside import Beside
    from pilotzone.evaluation.many.estimators.effects import GroupTimeEffects
    from pilotzone.evaluation.many.inference.small import SmallCohorts
    from pilotzone.evaluation.many.spillovers import Spillover
    from pilotzone.evaluation.many.trends.honest import HonestEffect
    from pilotzone.store import PanelFacts

__all__ = ["ManyEffects"]


@dataclass(frozen=True, eq=False)
class ManyEffects(Result):
    """Effects of a policy on many units.

    Attributes
    ----------
    design
        How they were estimated.
    outcomes
        On what.
    facts
        What the panel holds.
    effects
        Effects by cohort and period, with their joint covariance over all outcomes.
    averages
        Averages of all kinds, with theirs.
    rows
        The same as they are printed: cells first, then averages, each with its intervals or with why it has none.
    joint
        The overall effects that a verdict is on, with their covariance and diagnostics.
    notes
        What a reader should know of the estimation.
    honest
        Effects if trends were not parallel, by outcome and restriction; empty where that was not asked for.
    beside
        What other estimators say of the same panel, and two-way fixed effects as a warning; ``None`` where that was not
        asked for.
    covariates
        What units were before any treatment, among which trends are taken to be parallel; empty without.
    spillovers
        Effects on each group of untreated units that are exposed; empty where that was not asked for.
    breaks
        Outcome to where its column stops being comparable with its own past, as far as a study says so.
    small
        Tests of the effect in one number on each outcome that has too few units for a standard error: exact ones of a
        constant effect of any size, and a variance pooled over cohorts; empty where there are units enough, or too many
        figures.
    starts
        Treated units to their cohorts, where units have names: a break in one unit's figures is drawn for its cohort.
    """

    design: ManyDesign
    outcomes: tuple[Outcome, ...]
    facts: PanelFacts
    effects: GroupTimeEffects
    averages: AggregateEffects
    rows: tuple[EffectRow, ...]
    joint: JointEffects
    notes: tuple[str, ...] = ()
    beside: Beside | None = None
    honest: tuple[HonestEffect, ...] = ()
    covariates: tuple[str, ...] = ()
    spillovers: tuple[Spillover, ...] = ()
    breaks: Mapping[str, tuple[Break, ...]] = field(default_factory=dict)
    small: tuple[SmallCohorts, ...] = ()
    starts: Mapping[str, int] = field(default_factory=dict)

    def of(self, kind: RowKind, *, parts: bool = True) -> tuple[EffectRow, ...]:
        """Return the rows of one kind, outcome by outcome.

        Parameters
        ----------
        kind
            ``cell``, or which average.
        parts
            The parts of an average, such as event times; else its overall value.
        """
        check_choice(kind, RowKind, "kind")
        return tuple(row for row in self.rows if row.kind == kind and (kind == "cell" or (row.at is not None) == parts))

    @property
    def overall(self) -> tuple[EffectRow, ...]:
        """The effect on each outcome in one number, as the design summarises it."""
        return self.of(self.design.summary, parts=False)

    def by_estimator(self) -> Mapping[str, tuple[EffectRow, ...]]:
        """Return the effects in one number each by every estimator beside this one, by its label.

        Empty where other estimators were not asked for. What rests on too few units has no standard error and no p: no
        randomisation inference is done for these.
        """
        from pilotzone.evaluation.many.estimators.aggregates import aggregate_effects
        from pilotzone.evaluation.many.inference.printing import average_rows

        if self.beside is None:
            return {}
        kind, level, seed = self.design.summary, self.design.level, self.design.seed
        found = {
            label: average_rows(effects, aggregate_effects(effects, kind), self.outcomes, level, seed)
            for label, effects in self.beside.effects.items()
        }
        return {
            label: tuple(row for row in rows if row.kind == kind and row.at is None) for label, rows in found.items()
        }

    def to_table(self) -> Table:
        """Return all rows as a tidy table."""
        return effect_table(self.rows, title="Effects by cohort and period, and their averages")

    def cohorts(self) -> Table:
        """Return the cohorts and their units."""
        rows = [
            ("never treated" if cohort == NEVER else self.facts.label(cohort), int(count))
            for cohort, count in zip(self.facts.cohorts.tolist(), self.facts.counts.tolist(), strict=True)
        ]
        return Table.from_rows(("cohort", "units"), rows, title="Cohorts, by first period of treatment")

    def left_out(self) -> Table:
        """Return the cohorts and periods without an effect, and why."""
        label = self.facts.label
        rows = [
            (item.outcome, label(item.cohort), None if item.period is None else label(item.period), item.why)
            for item in self.effects.left_out
        ]
        return Table.from_rows(("outcome", "cohort", "period", "why"), rows, title="Left out")

    def summary(self) -> Table:
        """Return one row per outcome: the effect in one number, its interval, standard error and p.

        Where units are too few for a standard error, p is by randomisation inference and `remark` says why. `n` is the
        treated units and the controls together.
        """
        rows = [
            SummaryRow(
                row.outcome,
                row.estimate,
                row.se,
                row.p if row.p is not None else row.p_by_lot,
                _shown(row),
                row.treated_units + row.control_units,
                (),
                (("treated", row.treated_units), ("controls", row.control_units), ("remark", row.remark)),
            )
            for row in self.overall
        ]
        title = f"Effects in one number each ({self.design.estimator}, {self.design.summary})"
        return summary_table(rows, title=title, note=f"low, high: pointwise {self.design.level:.0%} interval.")

    def plot(self, outcome: str | None = None) -> alt.LayerChart | alt.FacetChart:
        """Return the event study of one outcome: effects by periods since treatment, with intervals and a band.

        Parameters
        ----------
        outcome
            Name of the outcome, the first if left out.

        Returns
        -------
        altair.LayerChart or altair.FacetChart
            It shows itself in a notebook, and ``.save("chart.png")`` writes it.

        Raises
        ------
        UsageError
            If there is no such outcome.
        """
        from pilotzone.evaluation.many.drawing import event_breaks, event_figures
        from pilotzone.report import drawn

        named = self.joint.outcomes[0 if outcome is None else self.joint.index(outcome)].name
        rows = [row for row in self.of("dynamic") if row.outcome.name == named]
        rules = event_breaks(self.facts, self.breaks, self.starts)
        (figure,) = event_figures(rows, self.design.level, "", self.facts.frequency, rules)
        return drawn(figure.chart, figure.title, (figure.note,))

    def glance(self) -> Glance:
        """Return the summary, the cohorts and the first notes."""
        cohorts = [self.facts.label(cohort) for cohort in self.facts.cohorts.tolist() if cohort != NEVER]
        dated = listing([str(cohort) for cohort in cohorts], most=8)
        count = int(self.facts.counts.sum())
        table = self.summary()
        return Glance(table.title, (f"{count:,} units, treated from {dated}.", *self.notes[:2]), table)


def _shown(row: EffectRow) -> tuple[float | None, float | None]:
    """Return the interval of a row in readable units."""
    if row.interval is None:
        return None, None
    low, high = map(row.outcome.display, row.interval)
    return low, high
