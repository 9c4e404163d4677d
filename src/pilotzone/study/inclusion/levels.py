"""Indices of inequality and poverty by period and group: of people, between regions, or bounds from shares."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Cell, MethodError
from pilotzone.evaluation.inclusion import between_regions, grouped_inequality, inequality, region_bounds
from pilotzone.study.inclusion.findings import Level
from pilotzone.study.inclusion.material import micro_of, people_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from pilotzone.study.inclusion.file import InclusionFile
    from pilotzone.study.inclusion.material import InclusionMaterial

__all__ = ["ALL", "levels_of"]

ALL = "all"
"""The group of everybody."""
_NOTES = {
    "people": "among people",
    "regions": "between regions only",
    "shares": "bounds from shares of income",
}


def levels_of(spec: InclusionFile, material: InclusionMaterial) -> tuple[Level, ...]:
    """Return every index that is asked for, by period and group."""
    if spec.inequality is None:
        return ()
    named = spec.inclusion.group if spec.inequality.by_group else None
    count = len(material.income)
    periods = np.zeros(count, dtype=np.int64) if material.periods is None else material.periods
    groups = np.full(count, ALL) if named is None else np.asarray(material.columns[named]).astype(str)
    found: list[Level] = []
    for period in np.unique(periods).tolist():
        when = None if material.periods is None else int(period)
        parts = [ALL] if named is None else [ALL, *np.unique(groups[periods == period]).tolist()]
        for k, group in enumerate(parts):
            rows = (periods == period) & (np.ones(count, dtype=np.bool_) if k == 0 else groups == group)
            found += _levels(spec, material, rows, when, str(group))
    return tuple(found)


def _levels(
    spec: InclusionFile, material: InclusionMaterial, rows: NDArray[np.bool_], period: int | None, group: str
) -> Iterator[Level]:
    part, given = spec.inequality, spec.inclusion
    assert part is not None  # noqa: S101 - asked for
    names, note = [item.name for item in part.index], _NOTES[given.of]
    if given.of == "shares":
        ends, note = _bounds(spec, material, rows, names)
        for name, (least, most) in zip(names, ends.tolist(), strict=True):
            yield Level(period, group, name, None, least, most if np.isfinite(most) else None, note)
        return
    if given.of == "regions":
        people = people_of(spec, material)[rows]
        between = between_regions(material.income[rows], people, names, line=part.line)
        for name, value in zip(names, between.estimate.tolist(), strict=True):
            yield Level(period, group, name, value, None, None, note)
        return
    some = replace(material, income=material.income[rows], periods=None, columns=_cut(material, rows))
    data = micro_of(_alone(spec), some)
    table = inequality(data, names, line=part.line, level=given.level).to_table()
    for row in table.records():
        estimate, low, high = (row.get(key) for key in ("estimate", "low", "high"))
        yield Level(period, group, str(row["index"]), _number(estimate), _number(low), _number(high), note)


def _bounds(
    spec: InclusionFile, material: InclusionMaterial, rows: NDArray[np.bool_], names: Sequence[str]
) -> tuple[NDArray[np.float64], str]:
    """Return bounds of one population, or their mean over regions that each have shares of their own, shape (K, 2)."""
    part, given = spec.inequality, spec.inclusion
    line = None if part is None else part.line
    people = None if given.population is None else material.numbers(given.population)[rows]
    if given.region is None:
        try:
            whole = grouped_inequality(material.income[rows], names, people=people, line=line)
        except MethodError as error:
            when = "" if material.periods is None else f"in {material.periods[rows][0]}: "
            raise MethodError(f"{when}{error.what}", allowed=error.allowed, todo=error.todo) from None
        return np.stack([whole.low, whole.high], axis=1), _NOTES["shares"]
    regions, one = material.columns[given.region][rows], np.zeros(int(rows.sum()), dtype=np.int64)
    periods = one if material.periods is None else material.periods[rows]
    own = region_bounds(material.income[rows], names, regions=regions, periods=periods, people=people, line=line)
    count = len(own.regions)
    return np.stack([own.low, own.high], axis=2).mean(axis=0), f"{_NOTES['shares']}, mean of {count} regions"


def _alone(spec: InclusionFile) -> InclusionFile:
    """Return the file without sides: a level is one of everybody who lives there."""
    given = spec.inclusion.model_copy(update={"zone": None, "comparison": None})
    return spec.model_copy(update={"inclusion": given})


def _cut(material: InclusionMaterial, rows: NDArray[np.bool_]) -> dict[str, NDArray[np.generic]]:
    return {name: values[rows] for name, values in material.columns.items()}


def _number(value: Cell) -> float | None:
    return float(value) if isinstance(value, int | float) else None
