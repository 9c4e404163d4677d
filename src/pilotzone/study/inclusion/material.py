"""From an inclusion file to its table: columns named, periods kept, and what does not agree refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pilotzone.core import DataError, MethodError, StudyError, listing, shown, unknown
from pilotzone.evaluation.inclusion import INDICES, MicroData, micro_data
from pilotzone.gather import evidence_panel, table_columns
from pilotzone.study.runs.fields import LARGEST

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.study.inclusion.file import InclusionFile, InclusionStudy

__all__ = ["BUNDLED", "InclusionMaterial", "inclusion_material", "micro_of", "people_of", "side_of"]

BUNDLED = "bundled"
"""What a file names in place of a table of its own."""
_MOST_CELLS = 50_000_000
_MOST_MEANS = 10.0
"""A poverty line of so many means is an amount, taken for a multiple."""
_EQUAL = "equal"


@dataclass(frozen=True, eq=False)
class InclusionMaterial:
    """The columns of a table.

    Attributes
    ----------
    columns
        Column to its values, each of shape (n,).
    income
        Amount per person of each row, shape (n,).
    periods
        Period of each row, shape (n,); ``None`` without.
    rows
        Number of each row in the table, shape (n,), from zero: rows of other periods are left out.
    """

    columns: Mapping[str, NDArray[Any]]
    income: NDArray[np.float64]
    periods: NDArray[np.int64] | None
    rows: NDArray[np.int64]

    def numbers(self, name: str) -> NDArray[np.float64]:
        """Return a column of numbers, or refuse it."""
        return _numbers(self.columns[name], name, self.rows)


def inclusion_material(study: InclusionStudy) -> InclusionMaterial:
    """Read the table of an inclusion file.

    Raises
    ------
    StudyError
        If parts of the file do not go with its data, or a column is not there.
    DataError
        If the table cannot be read, or a column misses values.
    """
    spec = study.spec
    _check(spec)
    given = spec.inclusion
    table = _bundled(spec) if given.data == BUNDLED else _own(study)
    for key, name in _named(spec):
        if name not in table:
            raise unknown("column", name, sorted(table), of=f"the table, which {key} names", error=StudyError)
    table = {name: table[name] for name in dict.fromkeys(name for _, name in _named(spec))}
    rows = np.arange(len(next(iter(table.values()))))
    if given.period is not None:
        dates = _whole(table[given.period], given.period)
        kept = (dates >= (given.first or dates.min())) & (dates <= (given.last or dates.max()))
        if not kept.any():
            raise DataError(f"no row lies in the periods asked for; the data are of {dates.min()} to {dates.max()}.")
        table, rows = {name: values[kept] for name, values in table.items()}, rows[kept]
    if given.shares:
        return _parts_of(spec, table, rows)
    income = _income(spec, table, rows)
    if given.region is not None:
        places = set(np.asarray(table[given.region]).astype(str).tolist())
        for place in given.places:
            if place not in places:
                raise unknown("region", place, sorted(places), of="the table", error=StudyError)
    periods = None if given.period is None else _whole(table[given.period], given.period, rows)
    return InclusionMaterial(table, income, periods, rows)


def _income(spec: InclusionFile, table: Mapping[str, NDArray[Any]], rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the amount per person of each row: as it stands, or a region's sum over its people."""
    given = spec.inclusion
    if given.total is not None and given.population is not None:
        total, people = (_numbers(table[name], name, rows) for name in (given.total, given.population))
        if (people <= 0).any():
            raise DataError(
                f"column {given.population!r} has {int((people <= 0).sum())} rows without people"
                f"{_where(people <= 0, rows)}.",
                allowed="a number of people above zero",
            )
        return total / people
    return _numbers(table[str(given.income)], str(given.income), rows)


def _check(spec: InclusionFile) -> None:
    """Refuse parts of a file that its data cannot answer."""
    given = spec.inclusion
    asked = [key for key in ("inequality", "quantiles", "groups", "convergence") if getattr(spec, key) is not None]
    if not asked:
        raise StudyError(
            "the inclusion file asks for nothing.", allowed="[inequality], [quantiles], [groups] or [convergence]"
        )
    for key in ("quantiles", "groups", "convergence"):
        if key in asked and (given.period is None or given.start is None or not given.sided):
            raise StudyError(
                f"[{key}] compares a zone before and since its start, and [inclusion] does not say all of it.",
                allowed="period, start, and zone (a column) or places (names of regions)",
            )
    control = spec.quantiles is not None and spec.quantiles.method == "distributional_control"
    if control and (given.region is None or given.of != "people" or len(given.places) != 0):
        raise StudyError("distributional control needs people by region.", allowed='of = "people" and region = COLUMN')
    wrong = {
        "groups": spec.groups is not None and given.of != "regions",
        "quantiles": spec.quantiles is not None and given.of != "people",
        "convergence": spec.convergence is not None and given.of == "shares",
    }
    for key, bad in wrong.items():
        if bad:
            allowed = {"groups": '"regions"', "quantiles": '"people"', "convergence": '"people" or "regions"'}[key]
            raise StudyError(f'[{key}] does not go with of = "{given.of}".', allowed=f"of = {allowed}")
    part = spec.inequality
    if part is not None and (part.by_group or part.decompose) and (given.group is None or given.of != "people"):
        raise StudyError("by_group and decompose need people by group.", allowed='of = "people" and group = COLUMN')
    _check_line(spec)
    roles = part is not None and any(item.role is not None for item in part.index)
    whole = given.start is not None and given.period is not None and given.sided
    if roles and (not whole or (given.of == "shares" and given.region is None)):
        raise StudyError(
            "an index has a role, and the data give no effect on it.",
            allowed="period, start and zone, of shares also region; or indices without role and margin",
        )


def _check_line(spec: InclusionFile) -> None:
    part = spec.inequality
    if part is None:
        return
    poor = [] if part.line is not None else [one.name for one in part.index if INDICES[one.name].poverty]
    if poor:
        raise StudyError(
            f"[inequality] has no line, and {poor[0]} needs a poverty line.",
            allowed="line (in the unit of income, of shares as a multiple of mean income) with line_source, its source",
            todo="take the line of the country, or an international one at the prices and parity of the data",
        )
    if spec.inclusion.of == "shares" and part.line is not None and part.line > _MOST_MEANS:
        raise StudyError(
            f"the line of shares is {part.line:g}: a multiple of mean income, since shares know no amounts.",
            allowed=f"a number up to {_MOST_MEANS:g}, such as 0.5 for half the mean",
        )


def _parts_of(spec: InclusionFile, table: Mapping[str, NDArray[Any]], rows: NDArray[np.int64]) -> InclusionMaterial:
    """Return a table with a column for each part of the people as one with a row for each part."""
    given, count = spec.inclusion, len(spec.inclusion.shares)
    shares = np.stack([_numbers(table[name], name, rows) for name in given.shares], axis=1)
    columns = {name: np.repeat(values, count) for name, values in table.items() if name not in given.shares}
    periods = None if given.period is None else np.repeat(_whole(table[given.period], given.period, rows), count)
    return InclusionMaterial(columns, shares.ravel(), periods, np.repeat(rows, count))


def _named(spec: InclusionFile) -> list[tuple[str, str]]:
    """Return the columns that a file names, each with its key."""
    given = spec.inclusion
    keys = ("income", "total", "weights", "population", "period", "region", "group", "cluster", "zone", "comparison")
    found = {f"[inclusion] {key}": getattr(given, key) for key in keys}
    if given.weights == _EQUAL:
        found.pop("[inclusion] weights")
    if spec.groups is not None:
        found |= {f"[groups] {key}": getattr(spec.groups, key) for key in ("by", "along")}
    shares = [("[inclusion] shares", name) for name in given.shares]
    return [*((key, name) for key, name in found.items() if name is not None), *shares]


def _own(study: InclusionStudy) -> dict[str, NDArray[Any]]:
    given = study.spec.inclusion
    names = [name for _, name in _named(study.spec)]
    return table_columns(study.path(given.data), names, table=given.table, most=_MOST_CELLS)


def _bundled(spec: InclusionFile) -> dict[str, NDArray[Any]]:
    """Return series of the evidence by province and year, each row once; years in which a series has a gap are out."""
    own = {"unit", "period"}
    names = [name for name in dict.fromkeys(name for _, name in _named(spec)) if name not in own]
    panel = evidence_panel(names)
    values = {name: panel.matrix(name) for name in names}
    kept = np.all([np.isfinite(matrix) for matrix in values.values()], axis=0).all(axis=0)
    years = np.array([int(period) for period in panel.periods])[kept]
    if not len(years):
        raise StudyError(f"no year has {listing(names)} of every province.")
    units = np.array(panel.units)
    found: dict[str, NDArray[Any]] = {name: matrix[:, kept].ravel() for name, matrix in values.items()}
    return {**found, "unit": np.repeat(units, len(years)), "period": np.tile(years, len(units))}


def _numbers(values: NDArray[Any], name: str, rows: NDArray[np.int64] | None = None) -> NDArray[np.float64]:
    """Return a column of numbers, or say what is wrong with it and in which row below the names of columns."""
    try:
        found = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise _text(values, name, rows) from None
    endless, gone = np.isinf(found), np.isnan(found)
    large = np.abs(found) > LARGEST
    for wrong, told in ((endless, "an infinite number"), (large, f"a number beyond {LARGEST:g}")):
        if wrong.any():
            raise DataError(
                f"column {name!r} holds {told}{_where(wrong, rows)}.",
                allowed=f"finite numbers of {LARGEST:g} or less",
                todo="correct the figure, or leave the row out and say so in notes",
            )
    if gone.any():
        raise DataError(
            f"column {name!r} misses {int(gone.sum())} of {len(found)} values{_where(gone, rows)}.",
            allowed="a number in every row",
            todo="leave these rows out, and say in notes how many there were",
        )
    return found


def _text(values: NDArray[Any], name: str, rows: NDArray[np.int64] | None) -> DataError:
    """Return the error of a column with texts, with the first of them that is not a number."""
    wrong = np.array([not _is_number(value) for value in values.tolist()])
    what = shown(values[int(wrong.argmax())]) if wrong.any() else "texts"
    return DataError(
        f"column {name!r} holds {what}{_where(wrong, rows)}.",
        allowed="numbers with a point before decimals, and nothing between thousands",
        todo="write the number, leave the row out, or make another column with numbers (of a date, its year)",
    )


def _is_number(value: object) -> bool:
    try:
        float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return value is None
    return True


def _where(wrong: NDArray[np.bool_], rows: NDArray[np.int64] | None) -> str:
    """Return the first row in which something is wrong, counted below the names of columns."""
    if not wrong.any():
        return ""
    first = int(wrong.argmax())
    number = first if rows is None else int(rows[first])
    return f", the first in row {number + 1:,} below the names of columns"


def _whole(values: NDArray[Any], name: str, rows: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
    found = _numbers(values, name, rows)
    wrong = found % 1 != 0
    if wrong.any():
        what = f"{found[int(wrong.argmax())]:g}"
        raise DataError(f"column {name!r} holds {what}{_where(wrong, rows)}.", allowed="whole numbers, such as years")
    return found.astype(np.int64)


def side_of(material: InclusionMaterial, name: str) -> NDArray[np.bool_]:
    """Return a column that says with 1 and 0 which rows lie in the zone, or in the comparison; refuse other values."""
    values = material.columns[name]
    found = values if values.dtype == np.bool_ else material.numbers(name)
    wrong = ~np.isin(found, (0, 1))
    if wrong.any():
        raise DataError(
            f"column {name!r} holds {found[int(wrong.argmax())]:g}{_where(wrong, material.rows)}.",
            allowed="1 in the rows of the zone (or of the comparison), 0 in others, in all periods",
        )
    return np.asarray(found == 1)


def people_of(spec: InclusionFile, material: InclusionMaterial) -> NDArray[np.float64]:
    """Return how many people each row stands for, or refuse rows that stand for nobody."""
    given = spec.inclusion
    name = str(given.population if given.of == "regions" else given.weights)
    weights = material.numbers(name)
    if (weights <= 0).any():
        count = int((weights <= 0).sum())
        rows = "row that stands" if count == 1 else "rows that stand"
        raise DataError(
            f"column {name!r} has {count:,} {rows} for nobody{_where(weights <= 0, material.rows)}.",
            allowed="numbers above zero",
            todo="leave these rows out, and say in notes how many there were",
        )
    return weights


def micro_of(spec: InclusionFile, material: InclusionMaterial, *, groups: str | None = None) -> MicroData:
    """Return people, or regions that stand for theirs, as the statistics take them.

    Raises
    ------
    MethodError
        If weights are not positive, or the zone is not told by 0 and 1.
    """
    given, columns = spec.inclusion, material.columns
    weights: Any = _EQUAL if given.weights == _EQUAL else people_of(spec, material)
    cluster = given.cluster if given.of == "people" else given.region
    if given.places and given.region is not None:
        zone: Any = np.isin(np.asarray(columns[given.region]).astype(str), given.places)
    else:
        zone = None if given.zone is None else side_of(material, given.zone)
    found = micro_data(
        material.income,
        weights=weights,
        clusters=None if cluster is None else columns[cluster],
        groups=None if groups is None else columns[groups],
        zone=zone,
        comparison=None if given.comparison is None else side_of(material, given.comparison),
        periods=material.periods,
        unit=given.unit,
    )
    if found.zone is not None and not found.zone.any():
        raise MethodError("no row lies in the zone.", allowed="1 in the rows of the zone, 0 in others")
    return found
