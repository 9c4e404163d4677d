"""What an evaluation of many units gives: effects, averages, their intervals, and what passes to a verdict."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pilotzone.core import NEVER, ManyEstimator, PanelEstimator, Table, UsageError, check_choice
from pilotzone.evaluate.many.aggregates import AggregateKind
from pilotzone.evaluate.many.cells import Comparison
from pilotzone.evaluate.many.conley import Conley
from pilotzone.evaluate.many.covariates import Adjustment
from pilotzone.evaluate.many.exposure import Neighbours, Rings
from pilotzone.evaluate.many.rows import EffectRow, RowKind, effect_table

if TYPE_CHECKING:
    import pandas as pd

    from pilotzone.core import JointEffects, Outcome
    from pilotzone.evaluate.many.aggregates import AggregateEffects
    from pilotzone.evaluate.many.beside import Beside
    from pilotzone.evaluate.many.effects import GroupTimeEffects
    from pilotzone.evaluate.many.honest import HonestEffect
    from pilotzone.evaluate.many.spillovers import Spillover
    from pilotzone.store import PanelFacts

__all__ = ["ManyDesign", "ManyEffects"]


@dataclass(frozen=True)
class ManyDesign:
    """How effects on many units are estimated; fixed before they are.

    Parameters
    ----------
    comparison
        Whom to compare with whom, and when.
    estimator
        ``callaway_santanna``, ``sun_abraham`` or ``imputation``; what each takes of the comparison stands with
        `estimate_moments`.
    summary
        The average that stands for the whole effect on an outcome and that a verdict is on. By cohort, ``group``, each
        treated unit counts once, however long it has been treated (Callaway and Sant'Anna 2021, section 3.2).
    cross_sections
        Whether each row is a unit of its own, drawn anew in each period.
    adjustment
        How covariates are used, where the panel has any: ``dr``, ``reg`` or ``ipw``.
    spillovers
        Which untreated units are exposed to treatment nearby: they leave the controls, and have effects of their own.
    conley
        How far units vary together, for Conley's standard errors.
    level
        Of intervals and bands.
    seed
        Of the draws behind bands.

    Raises
    ------
    UsageError
        If an option is unknown, or the level is not between one half and one.
    """

    comparison: Comparison = field(default_factory=Comparison)
    estimator: ManyEstimator = "callaway_santanna"
    summary: AggregateKind = "group"
    cross_sections: bool = False
    adjustment: Adjustment = "dr"
    spillovers: Rings | Neighbours | None = None
    conley: Conley | None = None
    level: float = 0.95
    seed: int = 20160

    def __post_init__(self) -> None:
        check_choice(self.estimator, PanelEstimator, "estimator")
        check_choice(self.summary, AggregateKind, "summary")
        check_choice(self.adjustment, Adjustment, "adjustment")
        if self.spillovers is not None and self.comparison.controls != "never_treated":
            raise UsageError(
                f"there are spillovers, and controls are {self.comparison.controls!r}.",
                allowed="'never_treated': units that are neither treated nor exposed",
            )
        # Asked of both, which says so where they do not agree.
        _ = self.coordinates
        if isinstance(self.level, bool) or not 0.5 <= self.level <= 0.999999:  # noqa: PLR2004
            raise UsageError(f"level is {self.level!r}.", allowed="from 0.5 to 0.999999, such as 0.95")
        if type(self.seed) is not int or self.seed < 0:
            raise UsageError(f"seed is {self.seed!r}.", allowed="a whole number from zero")

    @property
    def coordinates(self) -> tuple[str, ...]:
        """Columns that say where units are, where that is needed.

        Raises
        ------
        UsageError
            If spillovers and Conley's standard errors name two places of a unit.
        """
        places = [self.spillovers.place] if isinstance(self.spillovers, Rings) else []
        places += [] if self.conley is None else [self.conley.place]
        if len(set(places)) > 1:
            raise UsageError("spillovers and Conley's errors name other coordinates.", allowed="the same for both")
        return places[0].coordinates if places else ()


@dataclass(frozen=True, eq=False)
class ManyEffects:
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
        By cohort and period, with their joint covariance over all outcomes.
    averages
        Of all kinds, with theirs.
    rows
        The same as they are printed: cells first, then averages, each with its intervals or with why it has none.
    joint
        The overall effects that a verdict is on, with their covariance and identification checks.
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

    def to_table(self) -> Table:
        """Return all rows as a tidy table."""
        return effect_table(self.rows, title="Effects by cohort and period, and their averages")

    def to_frame(self) -> pd.DataFrame:
        """Return `to_table` as a pandas data frame."""
        return self.to_table().to_frame()

    def cohorts(self) -> Table:
        """Return the cohorts and their units."""
        rows = [
            ("never treated" if cohort == NEVER else int(cohort), int(count))
            for cohort, count in zip(self.facts.cohorts.tolist(), self.facts.counts.tolist(), strict=True)
        ]
        return Table.from_rows(("cohort", "units"), rows, title="Cohorts, by first period of treatment")

    def left_out(self) -> Table:
        """Return the cohorts and periods without an effect, and why."""
        rows = [(item.outcome, item.cohort, item.period, item.why) for item in self.effects.left_out]
        return Table.from_rows(("outcome", "cohort", "period", "why"), rows, title="Left out")

    def _repr_html_(self) -> str:
        return effect_table(self.overall, title="Effects in one number each")._repr_html_()
