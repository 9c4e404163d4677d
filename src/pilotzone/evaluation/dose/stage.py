"""From a panel with doses to effects: the room's one stage."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from pilotzone.core import MethodError, Outcome, UsageError, listing, one_thread
from pilotzone.evaluation.dose.basis import Bins, basis_of
from pilotzone.evaluation.dose.design import DoseDesign
from pilotzone.evaluation.dose.fit import DoseFit, Layout
from pilotzone.evaluation.dose.pretrends import dose_pre_trends
from pilotzone.evaluation.dose.result import DoseEffects
from pilotzone.evaluation.dose.rows import effects_of, sums_of
from pilotzone.evaluation.dose.sides import averages_of, cells_of, check_cells, groups_of
from pilotzone.evaluation.dose.spread import spread_of
from pilotzone.evaluation.dose.units import units_of
from pilotzone.gather import TableForm, open_any_panel
from pilotzone.store import PanelColumns

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from pilotzone.evaluation.dose.basis import Basis
    from pilotzone.evaluation.dose.sides import DoseCell, Group
    from pilotzone.evaluation.dose.units import DoseUnits
    from pilotzone.store import Engine, EngineName

    Floats = NDArray[np.float64]

__all__ = ["dose_effects", "dose_panel", "effects_of_units"]

_LEANING = 0.5
"""Share of the sum of all doses above which a note names the unit that has it."""

_SMALLEST_PIVOT = 1e-7
"""Functions of the dose that are this near to following from one another in a cohort are not told apart there."""


def dose_effects(  # noqa: PLR0913 - what is to be said of a panel, all by name
    data: Any,  # noqa: ANN401 - a path, or a frame of any library that speaks Arrow
    outcomes: Outcome | str | Sequence[Outcome | str],
    *,
    unit: str,
    time: str,
    cohort: str,
    dose: str,
    cluster: str | None = None,
    design: DoseDesign | None = None,
    engine: EngineName = "duckdb",
    memory_limit: str | None = None,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    form: TableForm | None = None,
) -> DoseEffects:
    """Estimate the effects of a treatment with doses on many units, on all outcomes jointly.

    Parameters
    ----------
    data
        A panel with a row for each unit and period: a file or a frame, as for `pilotzone.evaluate`.
    outcomes
        Columns that are affected, as for `pilotzone.evaluate`.
    unit, time, cohort
        Columns: whose and when a row is, and the first period of its unit's treatment.
    dose
        Column: the dose that a unit gets from then on, a number above zero, the same in all its periods; zero for
        units that are never treated.
    cluster
        Column: which units were drawn or treated together.
    design
        What is assumed, how effects bend with the dose, and whom to compare with; as by default if left out.
    engine, memory_limit, threads, progress, form
        As for `pilotzone.evaluate`.

    Returns
    -------
    DoseEffects

    Raises
    ------
    UsageError
        If a column is not there, or an option is unknown.
    DataError
        If the panel or a dose is not of the form that is admitted.
    MethodError
        If there are too few units or doses.

    Notes
    -----
    Callaway, Goodman-Bacon and Sant'Anna (2024), "Difference-in-differences with a continuous treatment", NBER Working
    Paper 32117. docs/explanation/doses.md says what can be compared under which assumption.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [
    ...     (k, year, 2012 * (k < 30), (k + 1.0) * (k < 30), (k * 7) % 11 + (k < 30 and year >= 2012) * 0.5 * (k + 1))
    ...     for k in range(60)
    ...     for year in (2010, 2011, 2012)
    ... ]
    >>> towns = pd.DataFrame(rows, columns=["town", "year", "since", "subsidy", "jobs"])
    >>> columns = {"unit": "town", "time": "year", "cohort": "since", "dose": "subsidy"}
    >>> found = dose_effects(towns, "jobs", **columns, design=DoseDesign("strong_parallel_trends", degree=1))
    >>> [round(row.estimate, 6) for row in found.select(of="mean")]
    [7.75, 0.5, 0.5]
    """
    given = [outcomes] if isinstance(outcomes, Outcome | str) else list(outcomes)
    named = [Outcome.parse(item) if isinstance(item, str) else item for item in given]
    columns = PanelColumns(unit, time, cohort, tuple(item.name for item in named), cluster, None, (dose,))
    panel, told = open_any_panel(
        data,
        columns,
        form or TableForm(),
        engine=engine,
        memory_limit=memory_limit,
        threads=threads,
        progress=progress,
    )
    found = dose_panel(panel, named, dose, design)
    return replace(found, notes=(*told, *found.notes))


@one_thread()
def dose_panel(panel: Engine, outcomes: Sequence[Outcome], dose: str, design: DoseDesign | None = None) -> DoseEffects:
    """Estimate effects by dose from what `open_panel` returns, with the dose among its covariates.

    Parameters
    ----------
    panel
        The panel.
    outcomes
        What is affected, each a column of the panel.
    dose
        The covariate that is the dose.
    design
        As by default if left out.

    Raises
    ------
    UsageError, DataError, MethodError
        As `dose_effects`.
    """
    design = design or DoseDesign()
    named = [item.name for item in outcomes]
    if sorted(named) != sorted(panel.columns.outcomes):
        raise UsageError(f"outcomes are {listing(named)}.", allowed=listing(panel.columns.outcomes))
    if dose not in panel.columns.covariates:
        raise UsageError(f"the dose is {dose!r}.", allowed="a column that the panel was opened with as a covariate")
    units = units_of(panel, dose, named, design.anticipation)
    found = effects_of_units(units, outcomes, design)
    label = panel.facts().label
    return replace(found, start=label(found.start), window=tuple(map(label, found.window)))


def effects_of_units(units: DoseUnits, outcomes: Sequence[Outcome], design: DoseDesign) -> DoseEffects:
    """Estimate effects by dose from units in memory.

    Raises
    ------
    MethodError
        If there are too few units or doses.
    """
    fit, notes = fitted(units, design)
    treated = np.concatenate([units.doses[fit.groups[g].units] for g in fit.regressions])
    grid = _grid(design, fit, treated)
    spread, sums = spread_of(fit), sums_of(fit, grid)
    low = [group for group in fit.groups if not group.treated] if design.controls == "lowest_dose" else []
    beyond = max((float(units.doses[group.units].max()) for group in low), default=0.0)
    after = [cell for cell in fit.cells if cell.event >= 0]
    return DoseEffects(
        design,
        tuple(outcomes),
        effects_of(fit, spread, sums, outcomes, design, beyond),
        dose_pre_trends(fit, spread, tuple(outcomes)),
        min(fit.groups[g].cohort for g in fit.regressions),
        tuple(sorted({units.periods[cell.period] for cell in after})),
        len(fit.regressions),
        (*units.notes, *notes, *_leaning(units, fit), *_assumed(design, beyond)),
        fit,
        spread,
        sums,
    )


def fitted(units: DoseUnits, design: DoseDesign, *, corrected: bool = True) -> tuple[DoseFit, list[str]]:
    """Return estimates, and notes on what was left out."""
    groups = groups_of(units, design)
    treated = [group for group in groups if group.treated]
    if not treated:
        raise MethodError("all units have the lowest dose.", allowed="doses above the lowest one, to compare with it")
    doses = np.concatenate([units.doses[group.units] for group in treated])
    _check_one_dose(doses, design)
    start = 0.0 if design.controls != "lowest_dose" else float(np.mean(units.doses[units.doses < doses.min()]))
    basis = basis_of(design, doses, start, max(len(group.units) for group in treated))
    distinct = len(np.unique(doses))
    cells, notes = check_cells(groups, cells_of(units, groups, design), basis, distinct, design.words)
    cells, told = _told_apart(units, groups, cells, basis)
    averages = averages_of(cells, design.anticipation)
    curves = sum(item.kind != "event" for item in averages)
    layout = Layout(len(units.outcomes), len(averages), basis.size, curves)
    return DoseFit(units, groups, cells, averages, basis, layout, corrected), [*notes, *told]


def _check_one_dose(doses: Floats, design: DoseDesign) -> None:
    if doses.min() == doses.max() and (design.basis == "spline" or design.strong):
        raise MethodError(
            f"all treated units have the same dose, {doses[0]:.6g}: nothing can be said of other doses.",
            allowed="several doses",
            todo=f"{design.words.divide}: an average per unit of dose",
        )


def _told_apart(
    units: DoseUnits, groups: Sequence[Group], cells: Sequence[DoseCell], basis: Basis
) -> tuple[list[DoseCell], list[str]]:
    """Return the cells of groups whose doses tell all functions of the dose apart, and notes on the others."""
    notes: list[str] = []
    bad: set[int] = set()
    for g in sorted({cell.group for cell in cells}):
        values = basis.values(units.doses[groups[g].units])
        pivots = np.abs(np.diagonal(np.linalg.qr(values)[1]))
        counts = values.sum(axis=0) if isinstance(basis, Bins) else pivots
        if pivots.min() <= _SMALLEST_PIVOT * pivots.max() or counts.min() == 0:
            bad.add(g)
            notes.append(f"The cohort of {groups[g].cohort} is left out: its doses do not span those of the others.")
    kept = [cell for cell in cells if cell.group not in bad]
    if not kept:
        whole = np.concatenate([units.doses[group.units] for group in groups if group.treated])
        if sum(group.treated for group in groups) == 1:
            raise MethodError(
                f"the doses lie too unevenly to tell {basis.size} functions of the dose apart: half of them are"
                f" {np.median(whole):.6g} or less, and the largest is {whole.max():.6g}.",
                allowed="doses that are spread over their range",
                todo="check the largest and the smallest doses; else take a lower degree, or fewer knots or bins",
            )
        raise MethodError(
            "no cohort's doses span those of all.",
            allowed="cohorts with doses over the whole range",
            todo="take a lower degree, fewer knots or bins, or evaluate cohorts one by one",
        )
    return kept, notes


def _grid(design: DoseDesign, fit: DoseFit, treated: Floats) -> Floats:
    """Return doses at which effects are given: within what every cohort has."""
    spans = [units_doses(fit, g) for g in fit.regressions]
    low, high = max(float(item.min()) for item in spans), min(float(item.max()) for item in spans)
    if design.grid is None:
        found = fit.basis.grid(treated)
        return found if isinstance(fit.basis, Bins) else np.unique(np.clip(found, low, high))
    grid = np.array(design.grid)
    if grid.min() < low or grid.max() > high:
        raise UsageError(
            f"grid goes from {grid.min():.6g} to {grid.max():.6g}.",
            allowed=f"doses that all cohorts have: {low:.6g} to {high:.6g}",
        )
    return grid


def units_doses(fit: DoseFit, g: int) -> Floats:
    """Return the doses of a group's units."""
    return fit.units.doses[fit.groups[g].units]


def _leaning(units: DoseUnits, fit: DoseFit) -> tuple[str, ...]:
    """Return a note where one unit carries more than half of all doses."""
    used = np.concatenate([fit.groups[g].units for g in fit.regressions])
    doses = units.doses[used]
    share = float(doses.max() / doses.sum())
    if share <= _LEANING:
        return ()
    name = units.name(int(used[np.argmax(doses)]))
    told = (
        f"{name[:1].upper()}{name[1:]} has a dose of {doses.max():.6g}, which is {100 * share:.3g} % of the sum of all"
        " doses: effects by dose depend on this one unit. Check its dose."
    )
    return (told,)


_STRONG = (
    "Slopes and comparisons of doses hold if units with other doses would have gained alike (strong parallel trends)."
    " This is assumed; no trend before treatment can show it."
)
_PLAIN = (
    "Each dose's effect is that on the units that got it. Doses are not compared, and there are no slopes: that needs"
    " strong parallel trends."
)


def _assumed(design: DoseDesign, beyond: float) -> tuple[str, ...]:
    """Return notes on what effects rest on."""
    told = _STRONG if design.strong else _PLAIN
    if not beyond:
        return (told,)
    lowest = (
        f"Nobody is untreated: effects are beyond that of the lowest doses, up to {beyond:.6g}, which is not known."
    )
    return (told, lowest)
