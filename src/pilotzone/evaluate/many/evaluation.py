"""From a panel to effects, averages, intervals and what passes to a verdict: the room's one stage."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from pilotzone.core import (
    EffectCovariance,
    Identification,
    JointEffects,
    ManyEstimator,
    MethodError,
    Outcome,
    UsageError,
    listing,
)
from pilotzone.evaluate.many.aggregates import AggregateKind, aggregate_effects
from pilotzone.evaluate.many.beside import Beside, beside_of, estimators_beside
from pilotzone.evaluate.many.cells import Comparison
from pilotzone.evaluate.many.choice import estimate_moments
from pilotzone.evaluate.many.effects import group_time_effects
from pilotzone.evaluate.many.general import general_effects
from pilotzone.evaluate.many.guard import refusals
from pilotzone.evaluate.many.honest import HonestEffect, Restriction, honest_effect
from pilotzone.evaluate.many.kernels import MomentsKernel, layout_of
from pilotzone.evaluate.many.pretrends import pre_trends, pre_trends_identified
from pilotzone.evaluate.many.printing import printed_rows
from pilotzone.evaluate.many.result import ManyDesign, ManyEffects
from pilotzone.evaluate.many.sections import section_effects
from pilotzone.evaluate.many.takeover import take_over
from pilotzone.evaluate.many.variation import reliability
from pilotzone.store import PanelColumns, open_panel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pilotzone.evaluate.many.aggregates import AggregateEffects
    from pilotzone.evaluate.many.cells import Base, Controls
    from pilotzone.evaluate.many.effects import GroupTimeEffects
    from pilotzone.store import Engine, EngineName

__all__ = ["evaluate", "evaluate_panel"]

_STANDARD_ERRORS = (
    "Standard errors are those of influence functions, as other programs print them. Intervals, bands and p-values "
    "allow for their being estimated from so many units: unbiased variances, and t distributions with degrees of "
    "freedom after Welch and Satterthwaite."
)
KINDS: tuple[AggregateKind, ...] = get_args(AggregateKind)


def evaluate_panel(
    panel: Engine,
    outcomes: Sequence[Outcome],
    design: ManyDesign | None = None,
    *,
    beside: bool = False,
    honest: bool = False,
) -> ManyEffects:
    """Estimate the effects of a policy on many units, on all outcomes jointly.

    Parameters
    ----------
    panel
        What `open_panel` returns.
    outcomes
        What is affected, each a column of the panel.
    design
        How effects are estimated; as by default if left out.
    beside
        Estimate by all estimators as well, and say what two-way fixed effects would have said.
    honest
        Say as well what effects are if trends were not parallel, where units are enough; else a note says why not.

    Returns
    -------
    ManyEffects

    Raises
    ------
    UsageError
        If outcomes are not those of the panel.
    DataError
        If the panel is not of the form that is admitted.
    MethodError
        If nothing can be estimated from it.
    """
    design = design or ManyDesign()
    named = [outcome.name for outcome in outcomes]
    if sorted(named) != sorted(panel.columns.outcomes):
        raise UsageError(f"outcomes are {listing(named)}.", allowed=listing(panel.columns.outcomes))
    effects, before, others = _estimated(panel, design, beside=beside)
    facts = panel.row_facts() if design.cross_sections else panel.facts()
    averages = aggregate_effects(effects, *KINDS)
    rows = printed_rows(effects, averages, outcomes, design.level, design.seed)
    rows, told = take_over(panel, design, rows)
    notes = [*_notes(effects), *told]
    joint = _joint(effects, averages, before, outcomes, design)
    parted, why = _honest(before, named, design.level) if honest else ((), ())
    return ManyEffects(design, tuple(outcomes), facts, effects, averages, rows, joint, (*notes, *why), others, parted)


def _honest(
    before: GroupTimeEffects, outcomes: Sequence[str], level: float
) -> tuple[tuple[HonestEffect, ...], tuple[str, ...]]:
    """Return effects if trends were not parallel, by outcome and restriction, and why some cannot be had."""
    found: list[HonestEffect] = []
    why: list[str] = []
    for outcome in outcomes:
        for restriction in get_args(Restriction):
            try:
                found.append(honest_effect(before, outcome, restriction, level=level))
            except MethodError as error:
                why.append(f"No honest intervals of '{outcome}' by {restriction.replace('_', ' ')}: {error.what}")
    return tuple(found), tuple(why)


def _estimated(
    panel: Engine, design: ManyDesign, *, beside: bool
) -> tuple[GroupTimeEffects, GroupTimeEffects, Beside | None]:
    """Return effects as the design has them, with a universal base for what was before, and by all estimators if asked.

    One pass over cohorts' moments is enough for a balanced panel of units drawn one by one; else there are two.
    """
    universal = replace(design.comparison, base="universal")
    if not design.cross_sections and panel.columns.cluster is None and panel.columns.weight is None:
        facts = panel.facts()
        if facts.balanced:
            kernel = MomentsKernel(layout_of(facts), facts.periods)
            moments = panel.carry(kernel)
            effects = estimate_moments(moments, kernel.layout, design.comparison, design.estimator)
            others = beside_of(moments, kernel.layout, design.comparison) if beside else None
            return effects, group_time_effects(moments, kernel.layout, universal), others
    if design.estimator != "callaway_santanna":
        raise MethodError(
            f"the estimator '{design.estimator}' needs cohorts' moments.",
            allowed="a balanced panel without weights and clusters, or the estimator 'callaway_santanna'",
        )
    general = section_effects if design.cross_sections else general_effects
    effects = general(panel, design.comparison)
    before = effects if design.comparison.base == "universal" else general(panel, universal)
    return effects, before, estimators_beside(panel, design.comparison) if beside else None


def evaluate(  # noqa: PLR0913 - what is to be said of a panel and of a comparison, all by name
    data: Any,  # noqa: ANN401 - a path, or a frame of any library that speaks Arrow
    *,
    unit: str,
    time: str,
    cohort: str,
    outcomes: Outcome | str | Sequence[Outcome | str],
    cluster: str | None = None,
    weight: str | None = None,
    estimator: ManyEstimator = "callaway_santanna",
    controls: Controls = "never_treated",
    base: Base = "varying",
    anticipation: int = 0,
    summary: AggregateKind = "group",
    cross_sections: bool = False,
    beside: bool = False,
    honest: bool = False,
    level: float = 0.95,
    seed: int = 20160,
    engine: EngineName = "duckdb",
    table: str | None = None,
    memory_limit: str | None = None,
    threads: int | None = None,
    master: str | None = None,
    spark: Mapping[str, str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> ManyEffects:
    """Estimate the effects of a policy on many units, treated at one date or at several, on all outcomes jointly.

    Parameters
    ----------
    data
        A panel with a row for each unit and period: a Parquet file or folder, a CSV file, a DuckDB database, or a
        frame of pandas, polars, Arrow or Spark.
    unit, time, cohort
        Columns: whose and when a row is, and the first period of its unit's treatment; empty, infinite or zero for
        units never treated.
    outcomes
        Columns that are affected. As an `Outcome` with role and margin it becomes part of a verdict; a text may say the
        same: ``co2,role=environment,good=down,margin=5,scale=log``.
    cluster, weight
        Columns: which units were drawn or treated together, and their sampling weights.
    estimator
        ``callaway_santanna``, ``sun_abraham`` or ``imputation`` (Borusyak, Jaravel and Spiess).
    controls
        Whom the treated are compared with: ``never_treated`` or ``not_yet_treated`` units.
    base
        Base of periods before treatment: the one before each (``varying``) or the last before treatment
        (``universal``).
    anticipation
        Periods before treatment in which effects may begin.
    summary
        The effect in one number: ``group``, ``simple``, ``dynamic`` or ``calendar``.
    cross_sections
        Whether each row is a unit of its own, drawn anew in each period.
    beside
        Estimate by all estimators as well, side by side, with what two-way fixed effects would have said as a warning.
    honest
        Say as well what effects are if trends were not parallel, and how far they may part (Rambachan and Roth 2023).
    level, seed
        Of intervals and bands, and of the draws behind bands.
    engine, table, memory_limit, threads, master, spark, progress
        As in `open_panel`.

    Returns
    -------
    ManyEffects

    Raises
    ------
    UsageError
        If a column is not there, or an option is unknown.
    DataError
        If the panel is not of the form that is admitted.
    MethodError
        If nothing can be estimated from it.

    Notes
    -----
    Effects by cohort and period are those of Callaway and Sant'Anna (2021), without covariates, or of another
    estimator of the choice. docs/explanation/moments.md derives their joint covariance.
    """
    given = [outcomes] if isinstance(outcomes, Outcome | str) else list(outcomes)
    named = [Outcome.parse(item) if isinstance(item, str) else item for item in given]
    design = ManyDesign(
        Comparison(controls, base, anticipation),
        estimator=estimator,
        summary=summary,
        cross_sections=cross_sections,
        level=level,
        seed=seed,
    )
    columns = PanelColumns(unit, time, cohort, tuple(item.name for item in named), cluster, weight)
    panel = open_panel(
        data,
        columns,
        engine=engine,
        table=table,
        memory_limit=memory_limit,
        threads=threads,
        master=master,
        spark=spark,
        progress=progress,
    )
    return evaluate_panel(panel, named, design, beside=beside, honest=honest)


def _notes(effects: GroupTimeEffects) -> list[str]:
    """Say what is not among the effects, and how standard errors and intervals go together."""
    notes = [_STANDARD_ERRORS]
    cohorts = sorted({item.cohort for item in effects.left_out if item.period is None})
    if cohorts:
        units = int(effects.counts[np.isin(effects.cohorts, cohorts)].sum())
        what = "cohort" if len(cohorts) == 1 else "cohorts"
        notes.append(
            f"{units:,} units are treated, but no effect on them can be estimated: {what} {listing(cohorts)}. What is "
            "left out says why."
        )
    return notes


def _joint(
    effects: GroupTimeEffects,
    averages: AggregateEffects,
    before: GroupTimeEffects,
    outcomes: Sequence[Outcome],
    design: ManyDesign,
) -> JointEffects:
    """Return the overall effects with their covariance, in the order of the outcomes."""
    rows = {row.outcome: q for q, row in enumerate(averages.rows) if row.kind == design.summary and row.at is None}
    at = np.array([rows[outcome.name] for outcome in outcomes])
    known = reliability(effects.variation, averages.weights[at], averages.covariance.diagonal()[at])
    refused = {outcome.name: why for outcome, why in zip(outcomes, refusals(known, effects.drawn), strict=True) if why}
    kept = np.array([outcome.name not in refused for outcome in outcomes])
    scale = np.where(kept, known.inflation, 1.0)
    treated = [cell for cell in effects.cells if cell.event >= 0]
    cohorts: dict[int, tuple[int, int]] = {}
    for cell in treated:
        units, clusters = cohorts.get(cell.cohort, (0, 0))
        cohorts[cell.cohort] = max(units, cell.treated_units), max(clusters, cell.treated_clusters)
    covariance = EffectCovariance(
        averages.covariance[np.ix_(at, at)] * np.outer(scale, scale),
        drawn=effects.drawn,
        treated=sum(clusters for _, clusters in cohorts.values()),
        controls=min(cell.control_clusters for cell in treated),
        degrees=float(known.degrees[kept].min()) if kept.any() else None,
        method=f"influence functions of {effects.drawn}, small-sample variances by cohort",
        refused=refused,
    )
    units = sum(count for count, _ in cohorts.values())
    return JointEffects(
        unit=f"{units:,} units in {len(cohorts)} {'cohort' if len(cohorts) == 1 else 'cohorts'}",
        start=min(cohorts),
        window=tuple(sorted({cell.period for cell in treated})),
        estimator=design.estimator,
        outcomes=tuple(outcomes),
        estimate=averages.estimate[at],
        covariance=covariance,
        identification=_identified(before, outcomes, design),
    )


def _identified(
    before: GroupTimeEffects, outcomes: Sequence[Outcome], design: ManyDesign
) -> tuple[Identification, ...]:
    """Return what differences before treatment say: by time since treatment, against a universal base."""
    averages = aggregate_effects(before, "dynamic")
    first = -design.comparison.anticipation
    return tuple(_identified_one(before, averages, outcome, first) for outcome in outcomes)


def _identified_one(
    before: GroupTimeEffects, averages: AggregateEffects, outcome: Outcome, first: int
) -> Identification:
    """Return what differences before time `first` say about one outcome."""
    at = [
        q
        for q, row in enumerate(averages.rows)
        if row.outcome == outcome.name and row.at is not None and row.at < first and averages.covariance[q, q] > 0
    ]
    if not at:
        return pre_trends_identified(outcome, None, "There is only one period before treatment to compare with.")
    known = reliability(before.variation, averages.weights[at], averages.covariance.diagonal()[at])
    why = refusals(known, before.drawn)
    kept = np.array([not text for text in why])
    if not kept.any():
        return pre_trends_identified(outcome, None, f"Differences before treatment have no standard errors, {why[0]}.")
    # What rests on too few units says nothing either way; how many such differences there are is told.
    tested, inflation = np.array(at)[kept], known.inflation[kept]
    matrix = averages.covariance[np.ix_(tested, tested)] * np.outer(inflation, inflation)
    found = pre_trends(averages.estimate[tested], matrix, degrees=float(known.degrees[kept].min()))
    return pre_trends_identified(outcome, found, untested=int((~kept).sum()))
