"""Running an inclusion file: indices, effects on distributions, effects by group, and the gap to the nation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import DataError, MethodError, Outcome, Panel, SeriesInfo, read_margin
from pilotzone.evaluation.inclusion import (
    GAP,
    INDICES,
    MEANS,
    MicroData,
    changes_in_changes,
    convergence,
    decompose,
    distributional_control,
    effects_along,
    group_effects,
    index_effects,
    quantile_groups,
    region_quantiles,
    share_effects,
    unit_effects,
)
from pilotzone.judgement import judge
from pilotzone.study.inclusion.findings import InclusionFindings
from pilotzone.study.inclusion.levels import levels_of
from pilotzone.study.inclusion.material import micro_of, side_of
from pilotzone.study.inclusion.wording import among_word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from pilotzone.core import JointEffects, Role
    from pilotzone.evaluation.inclusion import (
        Convergence,
        Decomposition,
        DistributionalControl,
        EffectsAlong,
        Errors,
        GroupEffects,
        IndexEffects,
        QuantileEffects,
    )
    from pilotzone.judgement import Verdict
    from pilotzone.study.inclusion.file import InclusionFile, InclusionStudy
    from pilotzone.study.inclusion.material import InclusionMaterial
    from pilotzone.study.runs.kind import Progress

__all__ = ["inclusion_findings"]

_FEW_REGIONS = 500
"""Up to here standard errors leave out one region after another; of more, influence functions say the same, sooner."""


def inclusion_findings(study: InclusionStudy, material: InclusionMaterial, progress: Progress) -> InclusionFindings:
    """Return who gains.

    Raises
    ------
    UsageError, MethodError
        As the statistics of `pilotzone.evaluation.inclusion`.
    """
    spec = study.spec
    progress("inequality", None)
    levels = levels_of(spec, material)
    decomposed = _decomposed(spec, material)
    effects = _index_effects(spec, material)
    progress("effects", None)
    quantiles = _quantiles(spec, material)
    groups, along = _groups(spec, material)
    gap, path = _convergence(spec, material)
    rows = len(material.income)
    found = InclusionFindings(
        study.name, spec, rows, levels, decomposed, effects, quantiles, groups, along, gap, path, {}
    )
    verdicts = {name: judged for name, joint in found.joints.items() if (judged := _judged(joint)) is not None}
    return replace(found, verdicts=verdicts)


def _judged(joint: JointEffects) -> Verdict | None:
    """Return the verdict on outcomes with a role; none where none has one."""
    if all(outcome.role is None for outcome in joint.outcomes):
        return None
    return judge(joint)


def _outcome(bare: Outcome, role: Role | None, margin: float | str | None) -> Outcome:
    """Return an outcome with its role and the margin that a file gives for it."""
    if role is None or margin is None:
        return bare
    size, scale, unit = read_margin(margin, bare.scale, bare.unit, f"outcome {bare.name!r}")
    return replace(bare, role=role, margin=size, scale=scale, unit=unit)


def _decomposed(spec: InclusionFile, material: InclusionMaterial) -> dict[str, Decomposition]:
    part, given = spec.inequality, spec.inclusion
    if part is None or part.decompose is None:
        return {}
    data = micro_of(spec, material, groups=given.group)
    if data.periods is None:
        return {"": decompose(data, part.decompose, level=given.level)}
    return {
        str(period): decompose(_rows(data, data.periods == period), part.decompose, level=given.level)
        for period in np.unique(data.periods).tolist()
    }


def _rows(data: MicroData, kept: NDArray[np.bool_]) -> MicroData:
    """Return some rows of people with their groups and clusters."""
    groups = None if data.groups is None else data.groups[kept]
    clusters = None if data.clusters is None else data.clusters[kept]
    return MicroData(data.income[kept], data.weights[kept], clusters, groups, unit=data.unit)


def _index_effects(spec: InclusionFile, material: InclusionMaterial) -> IndexEffects | None:
    part, given = spec.inequality, spec.inclusion
    if part is None or given.start is None or given.period is None or not given.sided:
        return None
    outcomes = []
    for item in part.index:
        record = INDICES[item.name]
        unit = given.unit if item.name == "mean" else "1"
        bare = Outcome(record.name, None, record.good, None, item.scale, among_word(record.name, given.of), unit)
        outcomes.append(_outcome(bare, item.role, item.margin))
    if given.of == "shares":
        return _share_effects(spec, material, outcomes)
    data = micro_of(spec, material) if given.of == "people" else _Regions(spec, material).data
    side = _alone(data) if given.of == "regions" and any(item.name not in MEANS for item in part.index) else ""
    if side:
        if any(outcome.role is not None for outcome in outcomes):
            raise MethodError(
                f"the {side} is one region: nothing lies between its regions.",
                allowed="two regions or more on each side, or indices without role and margin",
                todo="ask for [convergence]: how far the region is from the mean of all",
            )
        return None
    few = given.of == "regions" and len(np.unique(np.asarray(data.clusters))) <= _FEW_REGIONS
    errors: Errors = "jackknife" if few else "influence"
    return index_effects(data, outcomes, start=given.start, line=part.line, level=given.level, errors=errors)


def _alone(data: MicroData) -> str:
    """Return which side is one region, or nothing."""
    regions, sides = np.asarray(data.clusters), {"zone": data.zone, "comparison": data.comparison}
    found = [name for name, side in sides.items() if len(np.unique(regions[np.asarray(side)])) == 1]
    return next(iter(found), "")


def _share_effects(
    spec: InclusionFile, material: InclusionMaterial, outcomes: Sequence[Outcome]
) -> IndexEffects | None:
    part, given = spec.inequality, spec.inclusion
    assert part is not None  # noqa: S101 - asked for
    if given.region is None or given.zone is None or given.start is None:
        return None
    beside = given.comparison
    _check_sides(material.columns[given.region], [side_of(material, name) for name in (given.zone, beside) if name])
    return share_effects(
        material.income,
        outcomes,
        regions=material.columns[given.region],
        periods=np.asarray(material.periods),
        zone=side_of(material, given.zone),
        comparison=None if beside is None else side_of(material, beside),
        people=None if given.population is None else material.numbers(given.population),
        start=given.start,
        line=part.line,
        level=given.level,
    )


def _quantiles(spec: InclusionFile, material: InclusionMaterial) -> QuantileEffects | DistributionalControl | None:
    part, given = spec.quantiles, spec.inclusion
    if part is None or given.start is None:
        return None
    if part.method == "distributional_control":
        data = micro_of(spec, material, groups=given.region)
        inside = np.unique(np.asarray(data.groups)[np.asarray(data.zone)]).tolist()
        if len(inside) != 1:
            raise MethodError(f"the zone holds {len(inside)} regions.", allowed="rows of one region in the zone")
        units, periods, found = region_quantiles(data)
        return distributional_control(
            found, units=units, periods=periods, treated=str(inside[0]), start=given.start, at=part.at, unit=given.unit
        )
    return changes_in_changes(
        micro_of(spec, material),
        start=given.start,
        quantiles=part.at,
        discrete=part.discrete,
        errors=part.errors,
        draws=part.draws,
        seed=part.seed,
        level=given.level,
    )


def _groups(spec: InclusionFile, material: InclusionMaterial) -> tuple[GroupEffects | None, EffectsAlong | None]:
    part, given = spec.groups, spec.inclusion
    if part is None or given.start is None:
        return None, None
    table = _Regions(spec, material)
    outcome = Outcome("income", None, "up", None, part.scale, "income per head", given.unit)
    units = unit_effects(table.panel(part.scale), (_outcome(outcome, part.role, part.margin),), table.starts())
    people = table.before(material.numbers(str(given.population)))
    groups = along = None
    if part.by is not None:
        values = table.before(material.columns[part.by])
        names = [str(value) for value in values.tolist()]
        if part.parts is not None:
            names = [
                f"part {name} by {part.by}"
                for name in quantile_groups(_covariate(values, part.by), part.parts, weights=people)
            ]
        groups = group_effects(units, names, compare_with=part.compare_with, population=people, level=given.level)
    if part.along is not None:
        covariate = table.before(material.numbers(part.along))
        along = effects_along(units, covariate, "income", level=given.level)
    return groups, along


def _covariate(values: NDArray[np.generic], name: str) -> NDArray[np.float64]:
    try:
        return values.astype(np.float64)
    except ValueError:
        raise DataError(
            f"column {name!r} holds texts.", allowed="numbers with parts", todo="leave parts out: the texts name groups"
        ) from None


def _check_sides(regions: NDArray[np.generic], sides: Sequence[NDArray[np.bool_]]) -> None:
    """Refuse regions that change sides, by their names."""
    names, at = np.unique(regions.astype(np.str_), return_inverse=True)
    for side in sides:
        several = np.bincount(np.unique(np.stack([at, side.astype(np.intp)]), axis=1)[0]) > 1
        if several.any():
            raise MethodError(
                f"{names[int(several.argmax())]!s} lies in the zone (or the comparison) in some rows and outside in "
                "others.",
                allowed="1 in all rows of a region in the zone, 0 in all rows of others: start says from when on",
            )


class _Regions:
    """Rows of regions and periods as a panel."""

    def __init__(self, spec: InclusionFile, material: InclusionMaterial) -> None:
        given = spec.inclusion
        self.start = int(given.start or 0)
        self.data = micro_of(spec, material, groups=given.region)
        _check_sides(np.asarray(self.data.groups), [np.asarray(self.data.zone), np.asarray(self.data.comparison)])
        self.names, self.at = np.unique(np.asarray(self.data.groups), return_inverse=True)
        self.dates, self.when = np.unique(np.asarray(self.data.periods), return_inverse=True)
        counts = np.bincount(self.at * len(self.dates) + self.when, minlength=len(self.names) * len(self.dates))
        for wrong, told, todo in (
            (counts > 1, "several rows", "join them to one, such as the mean weighted by people"),
            (counts == 0, "no row", "leave the region or the period out, and say so in notes"),
        ):
            if wrong.any():
                region, date = divmod(int(wrong.argmax()), len(self.dates))
                raise MethodError(
                    f"{self.names[region]} has {told} in {self.dates[date]}: {len(self.at):,} rows are not "
                    f"{len(self.names):,} regions in {len(self.dates)} periods each.",
                    allowed="one row for each region and period",
                    todo=todo,
                )
        if not (self.dates < self.start).any():
            raise MethodError(f"no period is before the start {self.start}.", allowed="a period before the start")

    def _square(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        found = np.empty((len(self.names), len(self.dates)))
        found[self.at, self.when] = values
        return found

    def panel(self, scale: str) -> Panel:
        """Return incomes, or their logarithms, as a panel."""
        income = self.data.income
        if scale == "log" and (income <= 0).any():
            raise MethodError(
                f"{int((income <= 0).sum())} incomes are zero or negative: they have no logarithm.",
                allowed='positive incomes, or scale = "level"',
            )
        values = self._square(np.log(income) if scale == "log" else income)
        info = SeriesInfo("income", self.data.unit, "given by the study file")
        return Panel(tuple(self.names.tolist()), tuple(self.dates.tolist()), {"income": values}, {"income": info})

    def starts(self) -> dict[str, int]:
        """Return the start of every treated region."""
        zone = np.asarray(self.data.zone)
        return {str(self.names[k]): self.start for k in np.unique(self.at[zone]).tolist()}

    def before(self, values: NDArray[np.generic]) -> NDArray[np.generic]:
        """Return what each region had in the last period before the start, shape (N,)."""
        last = int(np.flatnonzero(self.dates < self.start)[-1])
        rows = np.flatnonzero(self.when == last)
        return values[rows[np.argsort(self.at[rows])]]


def _convergence(spec: InclusionFile, material: InclusionMaterial) -> tuple[Convergence | None, Mapping[int, float]]:
    part, given = spec.convergence, spec.inclusion
    if part is None or given.start is None:
        return None, {}
    data = micro_of(spec, material)
    outcome = _outcome(GAP, part.role, part.margin)
    found = convergence(data, start=given.start, outcome=outcome, level=given.level)
    path = {}
    for period in np.unique(np.asarray(data.periods)).tolist():
        now = np.asarray(data.periods) == period
        own = now & np.asarray(data.zone)
        nation = np.average(data.income[now], weights=data.weights[now])
        path[int(period)] = float(np.average(data.income[own], weights=data.weights[own]) / nation)
    return found, path
