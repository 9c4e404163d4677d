"""From a panel to effects, averages, intervals and what passes to a verdict: the room's one stage."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from pilotzone.core import (
    NEVER,
    ManyEstimator,
    MethodError,
    Outcome,
    UsageError,
    check_extra,
    listing,
    one_thread,
    uneven_spacing,
)
from pilotzone.evaluation.many.cells.cells import Comparison
from pilotzone.evaluation.many.design import ManyDesign
from pilotzone.evaluation.many.estimation import estimate_panel
from pilotzone.evaluation.many.estimators.aggregates import AggregateKind, aggregate_effects
from pilotzone.evaluation.many.inference.printing import printed_rows
from pilotzone.evaluation.many.inference.rows import dated_row
from pilotzone.evaluation.many.inference.takeover import take_over
from pilotzone.evaluation.many.joint import joint_effects
from pilotzone.evaluation.many.result import ManyEffects
from pilotzone.evaluation.many.space.exposure import exposure_of
from pilotzone.evaluation.many.spillovers import Spillover, spillover_effects
from pilotzone.evaluation.many.trends.honest import HonestEffect, Restriction, honest_effect
from pilotzone.gather import TableForm, open_any_panel
from pilotzone.store import WIDE_TIME, PanelColumns, PanelView

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pilotzone.evaluation.many.cells.cells import Base, Controls
    from pilotzone.evaluation.many.estimators.covariates import Adjustment
    from pilotzone.evaluation.many.estimators.effects import GroupTimeEffects
    from pilotzone.evaluation.many.space.conley import Conley
    from pilotzone.evaluation.many.space.exposure import Neighbours, Rings
    from pilotzone.store import Engine, EngineName, PanelFacts

__all__ = ["evaluate", "evaluate_panel"]

_LOGARITHM = re.compile(r"(?:ln|log)(?:[_. ]|(?=[A-Z]))")
_LARGEST_SHOWN = 20.0

_STANDARD_ERRORS = (
    "Standard errors are those of influence functions, as other programs print them. Intervals, bands and p-values "
    "are adjusted for the number of units: they use unbiased variances, and t distributions with degrees of freedom "
    "after Welch and Satterthwaite."
)
KINDS: tuple[AggregateKind, ...] = get_args(AggregateKind)


@one_thread()
def evaluate_panel(
    panel: Engine,
    outcomes: Sequence[Outcome],
    design: ManyDesign | None = None,
    *,
    beside: bool = False,
    honest: bool = False,
    exposing: Engine | None = None,
    overall: bool = False,
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
    overall
        Where effects are tested by randomisation inference, test those in one number alone, by the effect itself: for
        alternatives, since there are many.
    exposing
        The panel with units besides that take no part, where `panel` is without some: they reach others all the same.

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
    if not set(design.coordinates) <= set(panel.columns.coordinates):
        raise UsageError(
            f"places are {listing(design.coordinates)}.",
            allowed="columns that the panel was opened with as coordinates",
        )
    exposure = None if design.spillovers is None else exposure_of(panel, design.spillovers, exposing)
    seen = panel if exposure is None else PanelView(panel, exposure.seen(None))
    facts = seen.row_facts() if design.cross_sections else seen.facts()
    _check_last_cohort(facts, design.comparison.last_cohort)
    found = estimate_panel(seen, design, beside=beside)
    effects, before = found.effects, found.before
    averages = aggregate_effects(effects, *KINDS)
    rows = printed_rows(effects, averages, outcomes, design.level, design.seed)
    taken = take_over(seen, design, rows, overall=overall)
    rows = tuple(dated_row(row, facts.label) for row in taken.rows)
    notes = [*_logarithms(outcomes), *_notes(effects, facts), *taken.notes]
    spillovers: tuple[Spillover, ...] = ()
    if exposure is not None:
        spillovers, missing = spillover_effects(panel, exposure, outcomes, design)
        notes += [*exposure.notes(), *missing]
    joint = joint_effects(effects, averages, before, outcomes, design, taken.small)
    window = tuple(facts.label(period) for period in joint.window)
    joint = replace(joint, start=facts.label(joint.start), window=window)
    parted, why = _honest(before, named, design.level) if honest else ((), ())
    return ManyEffects(
        design,
        tuple(outcomes),
        facts,
        effects,
        averages,
        rows,
        joint,
        (*notes, *why),
        found.beside,
        parted,
        panel.columns.covariates,
        spillovers,
        small=taken.small,
    )


def _check_last_cohort(facts: PanelFacts, last: int | None) -> None:
    """Refuse a last cohort that is not a cohort's number: dates are counted from a day that no reader knows."""
    if last is None:
        return
    treated = [cohort for cohort in facts.cohorts.tolist() if facts.periods[0] < cohort <= facts.periods[-1]]
    if facts.frequency not in {"year", "number"}:
        raise UsageError(
            f"last_cohort is {last}, a number, and the panel's periods are {facts.frequency}s.",
            allowed="last_cohort where periods are years or numbers",
            todo="number the periods, or leave out the units that are treated later",
        )
    if treated and last < treated[0]:
        raise UsageError(
            f"last_cohort is {last}, and the first cohort is treated from {treated[0]}: no effect would count.",
            allowed=f"a number from {treated[0]}",
        )


def _honest(
    before: GroupTimeEffects, outcomes: Sequence[str], level: float
) -> tuple[tuple[HonestEffect, ...], tuple[str, ...]]:
    """Return effects if trends were not parallel, by outcome and restriction, and why some cannot be had."""
    found: list[HonestEffect] = []
    why: list[str] = []
    for outcome in outcomes:
        if before.unit_of(outcome) != 1:
            why.append(f"No honest intervals of '{outcome}': its squares are beyond the range of numbers.")
            continue
        for restriction in get_args(Restriction):
            try:
                found.append(honest_effect(before, outcome, restriction, level=level))
            except MethodError as error:
                why.append(f"No honest intervals of '{outcome}' by {restriction.replace('_', ' ')}: {error.what}")
    return tuple(found), tuple(why)


def evaluate(  # noqa: PLR0913 - what is to be said of a panel and of a comparison, all by name
    data: Any,  # noqa: ANN401 - a path, or a frame of any library that speaks Arrow
    outcomes: Outcome | str | Sequence[Outcome | str],
    *,
    unit: str,
    time: str | None,
    cohort: str,
    cluster: str | None = None,
    weight: str | None = None,
    covariates: str | Sequence[str] = (),
    adjustment: Adjustment = "dr",
    spillovers: Rings | Neighbours | None = None,
    conley: Conley | None = None,
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
    na: Sequence[str] = (),
    delimiter: str | None = None,
    decimal: str = ".",
    form: TableForm | None = None,
) -> ManyEffects:
    """Estimate the effects of a policy on many units, treated at one date or at several, on all outcomes jointly.

    Five arguments are enough: data, outcomes, and the columns of unit, time and treatment. All others have defaults.

    Parameters
    ----------
    data
        Panel with one row for each unit and period: a Parquet file or folder, a CSV file, an Excel workbook, a Stata or
        SPSS file, a Feather or Arrow file, JSON lines, a DuckDB database, the address of a PostgreSQL database, or a
        frame of pandas, polars, Arrow or Spark.
    outcomes
        One or several columns that the policy may affect. A name alone means a level: the effect is in the column's own
        unit, and up is good. ``"ln_gdp,scale=log"`` means a logarithm: the effect is in percent. An outcome with role
        and margin is part of the verdict: ``"co2,role=environment,good=down,margin=5%"``, or an `Outcome`.
    unit, time, cohort
        Names of the columns of unit, period and cohort. The cohort is the first treated period of a unit; units that
        are never treated have 0, NaN, inf, "never" or an empty cell. A 0/1 treatment column works too: 0 before
        treatment, 1 from the first treated period on. It is recognised because all its values are 0 or 1 and it changes
        within a unit. `time` is ``None`` for a wide panel, which has one row per unit and columns named by outcome and
        period, such as ``co2_2004``.
    cluster, weight
        Names of the columns of clusters (groups of units that were drawn or treated together) and of sampling weights.
    covariates
        Names of numeric columns that describe units before treatment and are constant within a unit. Trends are then
        assumed to be parallel among units with equal covariates. All units are held in memory. Needs the extra
        ``covariates``.
    adjustment
        Method for covariates: ``dr`` (doubly robust), ``reg`` (outcome regression) or ``ipw`` (inverse probability
        weighting); Sant'Anna and Zhao (2020).
    spillovers
        Rule for untreated units that are exposed to treatment nearby: `Rings` of distance or a table of `Neighbours`.
        Exposed units are not used as controls; effects on them are estimated separately.
    conley
        Approximate Conley standard errors, for errors that are correlated up to a distance (`Conley`).
    estimator
        ``callaway_santanna``, ``sun_abraham`` or ``imputation`` (Borusyak, Jaravel and Spiess).
    controls
        Units that the treated are compared with: ``never_treated`` or ``not_yet_treated``.
    base
        Base period of effects before treatment: the period before each (``varying``) or the last one before treatment
        (``universal``).
    anticipation
        Number of periods before treatment in which effects may already begin.
    summary
        Average that gives the effect in one number: ``group``, ``simple``, ``dynamic`` or ``calendar``.
    cross_sections
        Whether the data are repeated cross-sections: each row is a different unit, sampled in one period.
    beside
        Whether all other estimators are computed for comparison, together with two-way fixed effects as a warning.
    honest
        Whether intervals under violations of parallel trends are computed (Rambachan and Roth 2023).
    level, seed
        Confidence level of intervals and bands, between 0 and 1; seed of the draws behind bands.
    engine, table, memory_limit, threads, master, spark, progress
        As in `open_panel`.
    na, delimiter, decimal
        For CSV files: words for a missing number besides an empty cell; separator of cells (default: a comma, or a tab
        in files that end in ``.tsv``); decimal mark, ``.`` or ``,``.
    form
        Options for reading a workbook, a Stata or SPSS file or a database: sheet, header, range, encoding, query.

    Returns
    -------
    ManyEffects

    Raises
    ------
    UsageError
        If a column is missing, or an option is unknown.
    DataError
        If the panel is not of the form that is admitted.
    MethodError
        If nothing can be estimated from it.

    Notes
    -----
    Effects by cohort and period follow Callaway and Sant'Anna (2021), or the chosen estimator.
    docs/explanation/moments.md derives their joint covariance.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [
    ...     (k, year, int(k < 8 and year >= 2012), k % 5 + year % 3 + (k < 8 and year >= 2012) * 2.0 + k * year % 7)
    ...     for k in range(20)
    ...     for year in range(2009, 2015)
    ... ]
    >>> firms = pd.DataFrame(rows, columns=["firm", "year", "treated", "jobs"])
    >>> effects = evaluate(firms, "jobs", unit="firm", time="year", cohort="treated")
    >>> effects.notes[0]
    "Treatment was read from a 0/1 column, 'treated': 8 units treated, each from the first period in which it is 1."
    """
    given = [outcomes] if isinstance(outcomes, Outcome | str) else list(outcomes)
    named = [Outcome.parse(item) if isinstance(item, str) else item for item in given]
    design = ManyDesign(
        Comparison(controls, base, anticipation),
        estimator=estimator,
        summary=summary,
        cross_sections=cross_sections,
        adjustment=adjustment,
        spillovers=spillovers,
        conley=conley,
        level=level,
        seed=seed,
    )
    given_too = (covariates,) if isinstance(covariates, str) else tuple(covariates)
    if given_too:
        check_extra("covariates", "covariates are used")
    names = tuple(item.name for item in named)
    columns = PanelColumns(
        unit, WIDE_TIME if time is None else time, cohort, names, cluster, weight, given_too, design.coordinates
    )
    panel, told = open_any_panel(
        data,
        columns,
        _form(form or TableForm(), table, delimiter, decimal),
        wide=time is None,
        na=na,
        engine=engine,
        memory_limit=memory_limit,
        threads=threads,
        master=master,
        spark=spark,
        progress=progress,
    )
    effects = evaluate_panel(panel, named, design, beside=beside, honest=honest)
    return replace(effects, notes=(*told, *effects.notes))


def _form(form: TableForm, table: str | None, delimiter: str | None, decimal: str) -> TableForm:
    """Return a form with what was said of it by itself."""
    return replace(
        form,
        table=form.table if table is None else table,
        delimiter=form.delimiter if delimiter is None else delimiter,
        decimal=form.decimal if decimal == "." else decimal,
    )


def _logarithms(outcomes: Sequence[Outcome]) -> list[str]:
    """Warn of outcomes that are called logarithms and are taken for levels, and say what their margins mean."""
    found = []
    for outcome in outcomes:
        if outcome.scale == "log" or outcome.margin is None or _LOGARITHM.match(outcome.name) is None:
            continue
        share = 100 * math.expm1(min(outcome.margin, _LARGEST_SHOWN))
        found.append(
            f"{outcome.title} looks like a logarithm by its name, and its scale is level. If the column holds"
            f" logarithms, its margin of {outcome.margin:g} is one of {share:,.0f} %: say scale = log, and give the"
            " margin in percent."
        )
    return found


def _notes(effects: GroupTimeEffects, facts: PanelFacts) -> list[str]:
    """Say what is not among the effects, and how standard errors and intervals go together."""
    notes = [*_indicator_note(facts), _STANDARD_ERRORS, *effects.told]
    uneven = uneven_spacing(facts.periods, facts.frequency)
    if uneven:
        base = "Before treatment, each period is compared with the one before it that there is."
        notes.append(
            f"Periods are {uneven}, and times since treatment are those distances."
            + (f" {base}" if effects.comparison.base == "varying" else "")
        )
    cohorts = sorted({item.cohort for item in effects.left_out if item.period is None})
    if cohorts:
        units = int(effects.counts[np.isin(effects.cohorts, cohorts)].sum())
        what = "cohort" if len(cohorts) == 1 else "cohorts"
        named = listing([facts.label(cohort) for cohort in cohorts])
        notes.append(
            f"{units:,} units are treated, but no effect on them can be estimated: {what} {named}. What is left out"
            " says why."
        )
    return notes


def _indicator_note(facts: PanelFacts) -> list[str]:
    """Say that cohorts were read from a column of zeros and ones, which is to be checked against what was meant."""
    if not facts.indicator:
        return []
    count = int(facts.counts[facts.cohorts != NEVER].sum())
    units = "1 unit" if count == 1 else f"{count:,} units"
    since = "each from the first period in which it is 1"
    return [f"Treatment was read from a 0/1 column, '{facts.indicator}': {units} treated, {since}."]
