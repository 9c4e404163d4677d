"""Effects with unit-level covariates, in memory: each comparison is estimated by diff-diff, all of them jointly here.

Outcome regression, inverse probability weighting, and both at once, which is doubly robust (Sant'Anna and Zhao 2020,
"Doubly robust difference-in-differences estimators", Journal of Econometrics 219, 101-122). Who is compared with whom
and when is decided as without covariates. What each unit adds to each effect, its influence, comes back with them, so
that the covariance is joint over outcomes here too. Moments do not hold what is needed: all units have to be in memory.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from pilotzone.core import DataError, MethodError, check_choice, check_extra, listing
from pilotzone.evaluation.many.cells.cells import Comparison, GroupTime, LeftOut, check_something_left, group_times
from pilotzone.evaluation.many.cells.stacked import StackedColumns
from pilotzone.evaluation.many.estimators.effects import (
    GroupTimeEffects,
    columns_of_cells,
    contrast_effects,
    sides_of,
    treated_in,
)
from pilotzone.evaluation.many.moments.moments import moments_of, whole_cohorts
from pilotzone.evaluation.many.variation.by_outcome import Own, by_outcome
from pilotzone.evaluation.many.variation.clusters import ClusterVariation, effective_draws
from pilotzone.evaluation.many.variation.groups import Variation
from pilotzone.evaluation.many.variation.influences import SumInfluences
from pilotzone.evaluation.many.variation.known import InfluenceVariation
from pilotzone.evaluation.many.variation.presence import Presence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["MOST_INFLUENCES", "Adjustment", "check_in_memory", "covariate_effects"]

Adjustment = Literal["reg", "ipw", "dr"]
"""Outcome regression among controls, inverse probability weighting of controls, and both: doubly robust."""

MOST_INFLUENCES = 20_000_000
"""Units times effects that are taken in memory, 160 MB of influences: 125,000 units with 160 effects, say."""

_SAME = 1e-8
"""Influences that make another standard error than the library reports are not what they are taken for."""


def covariate_effects(
    values: Mapping[str, ArrayLike],
    cohorts: ArrayLike,
    covariates: Mapping[str, ArrayLike],
    layout: StackedColumns,
    comparison: Comparison | None = None,
    adjustment: Adjustment = "dr",
    clusters: ArrayLike | None = None,
) -> GroupTimeEffects:
    """Estimate the effect on each cohort in each period where trends are parallel given covariates.

    Parameters
    ----------
    values
        Outcome to its values, shape (n, its periods): a balanced panel.
    cohorts
        First period of treatment of each unit, shape (n,); `NEVER` or infinity if there is none.
    covariates
        Covariate to its values, one of each unit, shape (n,): what units were before any treatment.
    layout
        Outcomes and their periods.
    comparison
        Whom to compare with, and when; never-treated controls and a varying base if left out.
    adjustment
        How covariates are used.
    clusters
        Positions of the clusters in which units were drawn or treated, shape (n,); units one by one if left out.

    Returns
    -------
    GroupTimeEffects
        Effects, joint covariance over all outcomes, and what could not be estimated.

    Raises
    ------
    UsageError
        If the adjustment is unknown, or the extra ``covariates`` is not installed.
    DataError
        If shapes do not fit, a value is not a finite number, or there are more units and effects than fit in memory.
    MethodError
        If there is no covariate, or nothing can be estimated.
    """
    check_choice(adjustment, Adjustment, "adjustment")
    check_extra("covariates", "covariates are used")
    comparison = comparison or Comparison()
    stacked = layout.stack(values)
    moments = moments_of(stacked, cohorts)
    whose = _positions(moments.cohorts, cohorts)
    X = _covariates(covariates, len(stacked))
    cells, left = group_times(moments.cohorts.tolist(), moments.counts, layout, comparison)
    check_in_memory(len(stacked), len(cells))
    estimate = np.zeros(len(cells))
    influence = np.zeros((len(stacked), len(cells)))
    why: dict[int, str] = {}
    told: dict[str, None] = {}
    for group in _groups(cells):
        task = _Task.of(group, cells, layout, moments.cohorts, whose)
        told |= dict.fromkeys(_fit(task, stacked, X, adjustment, (estimate, influence), why))
    left += [LeftOut(cells[c].outcome, cells[c].cohort, cells[c].period, said) for c, said in sorted(why.items())]
    kept = [c for c in range(len(cells)) if c not in why]
    cells = [cells[c] for c in kept]
    check_something_left(cells, left, comparison)
    plain = contrast_effects(moments, layout, comparison, cells, left)
    plain = replace(plain, told=tuple(told))
    if clusters is not None:
        return _clustered(plain, layout, estimate[kept], influence[:, kept], (whose, np.asarray(clusters)))
    return _joint(plain, layout, estimate[kept], influence[:, kept], whose)


def check_in_memory(units: int, effects: int) -> None:
    """Refuse more units and effects than are held in memory.

    Raises
    ------
    DataError
    """
    if units * effects > MOST_INFLUENCES:
        raise DataError(
            f"{units:,} units have {effects:,} effects: with covariates, all of them are held in memory.",
            allowed=f"units times effects up to {MOST_INFLUENCES:,}",
            todo="draw a sample of the units, never-treated ones above all; or split them by coarse covariates and"
            " estimate each part without; or leave covariates out, which any number of units allows.",
        )


@dataclass(frozen=True, eq=False)
class _Task:
    """Effects on one cohort with one base and the same controls.

    Attributes
    ----------
    cells
        Positions of the effects.
    units, treated
        Positions of the units on both sides, and which of them are treated.
    base, columns
        Columns of the base and of each effect's period.
    label
        Words for errors.
    """

    cells: list[int]
    units: NDArray[np.intp]
    treated: NDArray[np.bool_]
    base: int
    columns: list[int]
    label: str

    @classmethod
    def of(
        cls, group: list[int], cells: list[GroupTime], layout: StackedColumns, cohorts: Integers, whose: Integers
    ) -> _Task:
        one = cells[group[0]]
        k = int(np.searchsorted(cohorts, one.cohort))
        units = np.flatnonzero(np.isin(whose, np.array([k, *one.controls])))
        o = layout.outcomes.index(one.outcome)
        start, periods = layout.first_column(o), layout.periods[o]
        columns = [start + periods.index(cells[c].period) for c in group]
        label = f"outcome '{one.outcome}', cohort {one.cohort}, period {listing([cells[c].period for c in group])}"
        return cls(group, units, whose[units] == k, start + periods.index(one.base), columns, label)


def _groups(cells: list[GroupTime]) -> Iterator[list[int]]:
    """Yield effects that can be estimated at one go: on one cohort, with one base and the same controls."""
    found: dict[tuple[str, int, int, tuple[int, ...]], list[int]] = {}
    for c, cell in enumerate(cells):
        if not cell.reference:
            found.setdefault((cell.outcome, cell.cohort, cell.base, cell.controls), []).append(c)
    yield from found.values()


def _fit(
    task: _Task,
    stacked: Floats,
    X: Floats,
    adjustment: Adjustment,
    found: tuple[Floats, Floats],
    why: dict[int, str],
) -> list[str]:
    """Estimate one task by diff-diff into `found`, effects and influences, or say why it cannot be.

    What the library warns of, such as units that are nearly certain to be treated, is returned.

    The base is period 0, the others follow as periods 1, 2, ..., and treatment is in period 1: each effect is then the
    change from the base, whichever lies first in time.
    """
    import diff_diff
    import pandas as pd

    estimate, influence = found
    n, T = len(task.units), len(task.columns) + 1
    names = [f"x{j}" for j in range(X.shape[1])]
    rows = stacked[np.ix_(task.units, np.array([task.base, *task.columns], dtype=np.intp))]
    frame = pd.DataFrame(
        {
            "unit": np.repeat(np.arange(n), T),
            "time": np.tile(np.arange(T), n),
            "first": np.repeat(task.treated.astype(np.int64), T),
            "y": rows.ravel(),
            **{name: np.repeat(X[task.units, j], T) for j, name in enumerate(names)},
        }
    )
    model = diff_diff.CallawaySantAnna(estimation_method=adjustment, rank_deficient_action="error", cband=False)
    try:
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always", UserWarning)
            result = model.fit(frame, "y", "unit", "time", "first", covariates=names)
    except (ValueError, np.linalg.LinAlgError) as error:
        why.update(dict.fromkeys(task.cells, f"covariates cannot be used: {error}"))
        return []
    for j, c in enumerate(task.cells, start=1):
        own = result.group_time_effects.get((1, j), {"effect": np.nan, "skip_reason": None})
        if not np.isfinite(own["effect"]) or not np.isfinite(own["se"]):
            why[c] = f"covariates cannot be used: {own.get('skip_reason') or 'no estimate comes out'}"
            continue
        estimate[c] = own["effect"]
        influence[task.units, c] = _influence(result, j, n, own["se"], task.label)
    said = {str(item.message): None for item in heard if issubclass(item.category, UserWarning)}
    return [f"Covariates, {task.label}: {' '.join(text.split())}" for text in said]


def _influence(result: Any, j: int, n: int, error: float, label: str) -> Floats:  # noqa: ANN401 - the library has no types
    """Return units' influences on one effect, which the library keeps for averages, and hold them to its error."""
    kept = result._aggregation_kit.influence[1, j]  # noqa: SLF001 - held to what is public below
    found = np.zeros(n)
    found[kept["treated_idx"]] += kept["treated_inf"]
    found[kept["control_idx"]] += kept["control_inf"]
    if abs(float(np.sqrt(found @ found)) - error) > _SAME * error:
        raise MethodError(
            f"influences do not make the standard error that diff-diff reports: {label}.",
            allowed="diff-diff 3.13, whose influences these are",
        )
    return found


def _joint(
    plain: GroupTimeEffects, layout: StackedColumns, estimate: Floats, influence: Floats, whose: Integers
) -> GroupTimeEffects:
    """Put effects together with their joint covariance, from each unit's influence, in place of plain ones."""
    shape = len(plain.cells), len(plain.cohorts)
    sums = np.array([influence[whose == k].sum(axis=0) for k in range(shape[1])])
    influences = SumInfluences(influence.T @ influence, np.zeros(shape), sums.T.copy(), np.diag(plain.sizes[0]))

    def variation(own: Own) -> Variation:
        """Return what cohorts add to the effects on one outcome."""
        o = layout.outcomes.index(own.name)
        return InfluenceVariation(
            own.pooled(plain.counts).astype(np.int64),
            influence[:, own.cells],
            np.minimum(whose, own.first),
            plain.variation.parts[o][1],
        )

    known = by_outcome(plain.cells, layout, plain.cohorts, plain.comparison, variation, plain.variation.noise)
    return replace(plain, estimate=estimate, influences=influences, variation=known)


def _clustered(
    plain: GroupTimeEffects,
    layout: StackedColumns,
    estimate: Floats,
    influence: Floats,
    whose_and_clusters: tuple[Integers, NDArray[Any]],
) -> GroupTimeEffects:
    """Put effects together with their joint covariance, from each cluster's sum of influences."""
    whose, clusters = whose_and_clusters
    names, at = np.unique(clusters, return_inverse=True)
    C, K = len(plain.cells), len(plain.cohorts)
    rows = np.zeros((len(names), C + K))
    np.add.at(rows[:, :C], at, influence)
    np.add.at(rows, (at, C + whose), 1.0)
    E, Z = rows[:, :C], rows[:, C:]
    sides = sides_of(list(plain.cells), plain.cohorts, plain.counts)
    columns = columns_of_cells(list(plain.cells), layout)
    inside = Z > 0

    def variation(own: Own) -> Variation:
        """Return what clusters add to the effects on one outcome."""
        masses = own.pooled(Z)
        later, earlier = (item[own.cells] for item in columns)
        presence = Presence.alike(own.pooled(sides[own.cells]), (later, earlier), effective_draws(masses))
        return ClusterVariation(E[:, own.cells], masses > 0, presence)

    cells = tuple(
        replace(
            cell,
            treated_clusters=int(inside[:, int(np.searchsorted(plain.cohorts, cell.cohort))].sum()),
            control_clusters=int(inside[:, list(cell.controls)].any(axis=1).sum()),
        )
        for cell in plain.cells
    )
    return replace(
        plain,
        cells=cells,
        estimate=estimate,
        influences=SumInfluences(E.T @ E, np.zeros((C, K)), E.T @ Z, Z.T @ Z),
        variation=by_outcome(cells, layout, plain.cohorts, plain.comparison, variation),
        clusters=len(names),
        cluster_sums=rows,
        treated_clusters=int(inside[:, treated_in(cells, plain.cohorts)].any(axis=1).sum()),
    )


def _positions(names: Integers, cohorts: ArrayLike) -> Integers:
    """Return each unit's position among the cohorts."""
    found: Integers = np.searchsorted(names, whole_cohorts(np.asarray(cohorts)))
    return found


def _covariates(covariates: Mapping[str, ArrayLike], n: int) -> Floats:
    """Return covariates as columns, or say what is wrong with them."""
    if not covariates:
        raise MethodError("there is no covariate.", allowed="one or more; without any, moments are enough")
    columns = []
    for name, given in covariates.items():
        try:
            column = np.asarray(given, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise DataError(f"covariate '{name}' is not a number: {error}.", allowed="numbers, one a unit") from error
        if column.shape != (n,):
            raise DataError(f"covariate '{name}' has shape {column.shape}.", allowed=f"one value a unit, shape {(n,)}")
        bad = np.flatnonzero(~np.isfinite(column))
        if len(bad):
            raise DataError(
                f"covariate '{name}' of {len(bad)} units is not a finite number, the first is unit {bad[0]}.",
                allowed="finite numbers",
                todo="leave these units out, or the covariate.",
            )
        spread = column.std()
        if not spread > 0:
            raise DataError(f"covariate '{name}' is the same for all units.", allowed="covariates that differ")
        columns.append((column - column.mean()) / spread)
    return np.column_stack(columns)
