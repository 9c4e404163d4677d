"""The door for a user's own figures: whatever form they come in, a panel or one clear error goes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from pilotzone.core import (
    DataError,
    IndexKind,
    Panel,
    SeriesInfo,
    Source,
    UsageError,
    check_choice,
    frequency_of,
    listing,
    normalise_unit,
    unknown,
)
from pilotzone.gather.cells import units as read_units
from pilotzone.gather.columns import RawTable
from pilotzone.gather.forms import TableForm
from pilotzone.gather.layout import Cells, Keys, TableLayout, read_layout
from pilotzone.gather.sources import read_source

__all__ = ["Words", "read_panel"]


@dataclass(frozen=True)
class Words:
    """What readers are told about the figures.

    Attributes
    ----------
    labels
        Outcome to words for a reader; one without is called as the file labels its variable, or else by its name.
    names
        Column with the name of each unit, for tables that have codes for units; ``None`` if there is none.
    source
        Where the figures come from, as it is to be cited; the name of the file if left out.
    """

    labels: Mapping[str, str] = field(default_factory=dict)
    names: str | None = None
    source: Source | str | None = None


def read_panel(  # noqa: PLR0913 - all but the first by name
    source: object,
    *,
    unit: str | None,
    period: str | None,
    units_of_measure: Mapping[str, str],
    outcomes: Sequence[str] | None = None,
    indices: Mapping[str, IndexKind] | None = None,
    layout: TableLayout = "auto",
    form: TableForm | None = None,
    words: Words | None = None,
) -> Panel:
    """Read a panel from a file or a table in memory.

    Nothing is guessed, filled in, added up or corrected. If something cannot be read as it is, an error names the rows
    and columns. Empty cells and unit-period pairs without a row are missing values. The order of rows and columns does
    not matter.

    Parameters
    ----------
    source
        Path of a CSV file, an Excel workbook (.xlsx, .xlsm), a Stata (.dta) or SPSS file (.sav, .zsav), a Parquet
        file or a folder of them, a Feather or Arrow file (.feather, .arrow, .ipc), JSON lines (.jsonl, .ndjson) or a
        DuckDB database (.duckdb); the address of a PostgreSQL database; a pandas or polars data frame; anything else
        that has ``__arrow_c_stream__``. Named indexes of a pandas data frame count as columns.
    unit
        Name of the column of units; ``None`` if there is one column per unit.
    period
        Name of the column of periods (years, or quarters, months, weeks or days); ``None`` if there is one column per
        period.
    units_of_measure
        Outcome to its unit of measure, such as ``{"co2_t": "t", "rate": "1"}``; ``"1"`` for a pure number.
    outcomes
        Names of the columns (in a tidy table: series) to read. Default: those in `units_of_measure`. For a wide table:
        a name for the values in its cells.
    indices
        Outcome to the base of its index (the period in which it is 100): ``previous-year-100``, ``previous-period-100``
        or ``fixed-base``. `derive` can chain the first two; the level of a fixed-base index is arbitrary.
    layout
        ``long``: one column per outcome. ``tidy``: one row per figure, with the name of its series. ``wide``: one
        column per unit or per period. ``auto``: wide if `unit` or `period` is ``None``; tidy if the table has the two
        columns named in `form` and does not have the outcomes; otherwise long.
    form
        Names of the columns of a tidy table; delimiter and encoding of a CSV file; sheets, header and range of a
        workbook; table of a database.
    words
        Labels, names of units and source, shown to readers.

    Returns
    -------
    Panel
        Panel of N sorted units and T ascending periods for each outcome. A missing figure is NaN.

    Raises
    ------
    DataError
        If the table has a form that cannot be read.
    UsageError
        If arguments contradict each other.

    Examples
    --------
    >>> import pyarrow as pa
    >>> table = pa.table({"year": [2015, 2016], "A": [1.0, 2.0], "B": [3.0, None]})
    >>> panel = read_panel(table, unit=None, period="year", units_of_measure={"co2": "Mt"})
    >>> panel.units, panel.periods, panel.matrix("co2").tolist()
    (('A', 'B'), (2015, 2016), [[1.0, 2.0], [3.0, nan]])
    """
    check_choice(layout, TableLayout, "layout")
    form, words = form or TableForm(), words or Words()
    _check_texts(
        {"unit": unit, "period": period, "names": words.names, "delimiter": form.delimiter, "sheet": form.sheet}
    )
    names = _outcomes(outcomes, units_of_measure)
    _check_known("labels", words.labels, names)
    kinds = indices or {}
    _check_known("indices", kinds, names)
    for name, kind in kinds.items():
        check_choice(kind, IndexKind, f"the kind of index {name!r}")
    measures = {name: _measure(name, units_of_measure) for name in names}
    keys = Keys(unit, period, form.series, form.value, layout)
    tables = _tables(source, form, keys, names)
    table = next(iter(tables.values()))
    cells = {name: found for key, part in tables.items() for name, found in read_layout(part, keys, key).items()}
    _check_one_kind({name: found for name, found in cells.items() if len(tables) > 1}, form)
    labels: dict[str, str] = {}
    for part in tables.values():
        labels |= _unit_labels(part, unit, words.names)
    cited = _citation(words.source, table)
    said = {name: name for name in names} | dict(table.labels) | dict(words.labels)
    infos = {
        name: SeriesInfo(
            name=name,
            label=said[name],
            unit=measures[name],
            sources=(cited,),
            free_level=kinds.get(name) == "fixed-base",
            index=kinds.get(name, ""),
        )
        for name in names
    }
    told = tuple(dict.fromkeys(sentence for part in tables.values() for sentence in part.told))
    return replace(_panel(cells, infos, labels), told=told)


def _tables(source: object, form: TableForm, keys: Keys, names: Sequence[str]) -> dict[tuple[str, ...], RawTable]:
    """Return the tables that outcomes stand in, by these outcomes."""
    known = [name for name in (keys.unit, keys.period) if name is not None]
    if not form.sheets:
        return {tuple(names): read_source(source, form, keys=known)}
    if form.sheet is not None:
        raise UsageError("both sheet and sheets are given.", todo="name a sheet for each series in sheets alone")
    _check_known("sheets", form.sheets, names)
    absent = [name for name in names if name not in form.sheets]
    if absent:
        raise UsageError(
            f"sheets names no sheet for {listing([repr(name) for name in absent])}.",
            allowed="a sheet for each series; several may stand in one",
        )
    by_sheet: dict[str, list[str]] = {}
    for name in names:
        by_sheet.setdefault(form.sheets[name], []).append(name)
    return {tuple(found): read_source(source, form, keys=known, sheet=sheet) for sheet, found in by_sheet.items()}


def _check_one_kind(cells: Mapping[str, Cells], form: TableForm) -> None:
    """Refuse sheets whose periods are of different kinds, or that have no unit or period in common."""
    first: str | None = None
    for name, found in cells.items():
        if first is None:
            first = name
            continue
        other = cells[first]
        kinds = [frequency_of(list(dict.fromkeys(each.periods))) for each in (other, found)]
        if kinds[0] != kinds[1] or not ({*other.units} & {*found.units}) or not ({*other.periods} & {*found.periods}):
            what = f"{kinds[0]}s and {kinds[1]}s" if kinds[0] != kinds[1] else "no unit or no period in common"
            raise DataError(
                f"sheets {form.sheets[first]!r} and {form.sheets[name]!r} have {what}.",
                allowed="sheets with the same units and periods, spelt alike",
            )


def _outcomes(outcomes: Sequence[str] | None, units_of_measure: Mapping[str, str]) -> list[str]:
    if isinstance(outcomes, str):
        raise UsageError(f"outcomes is the text {outcomes!r}.", allowed="a list of names", todo=f"write [{outcomes!r}]")
    names = list(dict.fromkeys(units_of_measure if outcomes is None else outcomes))
    for name in names:
        _check_texts({"an outcome": name})
    if not names:
        raise UsageError(
            "no outcomes are named.",
            allowed="outcomes with their units of measure",
            todo="give units_of_measure={'NAME': 'UNIT'}, such as {'co2': 't'}",
        )
    _check_known("units_of_measure", units_of_measure, names)
    return names


def _check_known(what: str, given: Mapping[str, str], names: Sequence[str]) -> None:
    strange = [name for name in given if name not in names]
    if strange:
        raise unknown(
            "outcome",
            str(strange[0]),
            names,
            told=f"{what} has {listing([repr(name) for name in strange])}, which is not an outcome",
            allowed=listing([repr(name) for name in names], most=20),
            error=UsageError,
        )


def _check_texts(options: Mapping[str, object]) -> None:
    for what, value in options.items():
        if value is not None and not isinstance(value, str):
            raise UsageError(f"{what} is {value!r}, a {type(value).__name__}.", allowed="text")


def _measure(name: str, units_of_measure: Mapping[str, str]) -> str:
    if name not in units_of_measure:
        raise UsageError(
            f"outcome {name!r} has no unit of measure.",
            allowed="a unit such as 't', '1e8 CNY' or 'USD/person'; '1' for a pure number, 'index' for an index",
            todo=f"add it: units_of_measure={{{name!r}: 'UNIT'}}",
        )
    _check_texts({f"the unit of measure of {name!r}": units_of_measure[name]})
    try:
        return normalise_unit(units_of_measure[name])
    except DataError as error:
        raise DataError(f"outcome {name!r}: {error.what}", allowed=error.allowed, todo=error.todo) from error


def _unit_labels(table: RawTable, unit: str | None, names: str | None) -> dict[str, str]:
    if names is None:
        return {}
    if unit is None:
        raise UsageError(
            f"names is {names!r}, but the units are columns.", todo="leave names out: the column names are the names"
        )
    labels: dict[str, str] = {}
    codes, words = read_units(table, unit), read_units(table, names)
    for k, (code, word) in enumerate(zip(codes, words, strict=True)):
        if labels.setdefault(code, word) != word:
            raise DataError(
                f"{table.source}: unit {code!r} is called {labels[code]!r} and, {table.at([k], names)}, {word!r}.",
                allowed=f"one name in column {names!r} per unit",
            )
    return labels


def _citation(source: Source | str | None, table: RawTable) -> Source:
    if isinstance(source, Source):
        return source
    return Source(source or f"user's figures: {table.source}")


def _panel(cells: Mapping[str, Cells], infos: Mapping[str, SeriesInfo], labels: Mapping[str, str]) -> Panel:
    import numpy as np

    units = sorted({unit for found in cells.values() for unit in found.units})
    times = sorted({period for found in cells.values() for period in found.periods})
    row_of, column_of = ({key: k for k, key in enumerate(keys)} for keys in (units, times))
    values = {name: np.full((len(units), len(times)), np.nan) for name in cells}
    for name, found in cells.items():
        rows, columns = [row_of[unit] for unit in found.units], [column_of[period] for period in found.periods]
        values[name][rows, columns] = found.values
    return Panel(
        units=tuple(units),
        periods=tuple(times),
        values=values,
        series=dict(infos),
        labels={unit: labels[unit] for unit in units if unit in labels},
    )
