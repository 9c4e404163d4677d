"""What engines make of a panel, whatever holds it and in whatever order its rows are: the same units and facts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from pilotzone.core import NEVER, DataError, PilotZoneError, UsageError
from pilotzone.store import PanelColumns, RowBatch, UnitBatch, open_panel
from pilotzone.store.units import RowForm, row_batches, unit_batches

if TYPE_CHECKING:
    from pathlib import Path

    from pilotzone.store import EngineName

ENGINES = ("duckdb", pytest.param("spark", marks=pytest.mark.spark))
COLUMNS = PanelColumns("firm", "year", "start", ("jobs", "co2"))
WIDE = PanelColumns("firm", "year", "start", ("jobs", "co2"), cluster="county", weight="weight")


@dataclass(frozen=True)
class Gather:
    """Keeps whole batches: what an engine hands over, as it is."""

    def take(self, batch: UnitBatch) -> list[UnitBatch]:
        return [batch]

    def merge(self, one: list[UnitBatch], other: list[UnitBatch]) -> list[UnitBatch]:
        return one + other


@dataclass(frozen=True)
class GatherRows:
    def take(self, batch: RowBatch) -> list[RowBatch]:
        return [batch]

    def merge(self, one: list[RowBatch], other: list[RowBatch]) -> list[RowBatch]:
        return one + other


def frame(units: int = 40, seed: int = 1) -> pd.DataFrame:
    """Return an unbalanced panel: rows that are missing, values that are missing, keys with gaps."""
    rng = np.random.default_rng(seed)
    years = [2009, 2010, 2012, 2013]
    ids = np.sort(rng.choice(10_000, units, replace=False))
    found = pd.DataFrame(
        {"firm": np.repeat(ids, len(years)), "year": np.tile(years, units)},
    )
    found["start"] = np.repeat(rng.choice([0, 2010, 2013], units), len(years))
    found["county"] = np.repeat(rng.choice(["a", "ß", "中"], units), len(years))
    found["weight"] = np.repeat(rng.uniform(0.5, 2, units), len(years))
    for name in ("jobs", "co2"):
        found[name] = rng.normal(size=len(found))
        found.loc[rng.random(len(found)) < 0.1, name] = np.nan
    return found[rng.random(len(found)) > 0.1].reset_index(drop=True)


def pivoted(data: pd.DataFrame) -> dict[str, Any]:
    """Return the panel by plain pandas."""
    units = data.groupby("firm")[["start", "county", "weight"]].first().sort_index()
    names = sorted(data["county"].unique(), key=lambda name: name.encode())
    return {
        "cohorts": np.where(units["start"] == 0, NEVER, units["start"]),
        "clusters": np.array([names.index(name) for name in units["county"]]),
        "weights": units["weight"].to_numpy(),
        **{
            name: data.set_index(["firm", "year"])[name].unstack().sort_index().to_numpy()  # noqa: PD010
            for name in ("jobs", "co2")
        },
    }


def gathered(batches: list[UnitBatch]) -> dict[str, Any]:
    found: dict[str, Any] = {
        name: np.concatenate([getattr(batch, name) for batch in batches]) for name in ("cohorts", "clusters", "weights")
    }
    return found | {name: np.vstack([batch.values[name] for batch in batches]) for name in ("jobs", "co2")}


def held(data: pd.DataFrame, where: str, folder: Path) -> Any:  # noqa: ANN401
    """Put a panel where a user may have it."""
    import duckdb

    if where == "frame":
        return data
    if where == "csv":
        data.to_csv(folder / "panel.csv", index=False)
        return folder / "panel.csv"
    if where == "folder":
        (folder / "parts").mkdir()
        half = len(data) // 2
        data.iloc[:half].to_parquet(folder / "parts" / "a.parquet", index=False)
        data.iloc[half:].to_parquet(folder / "parts" / "b.parquet", index=False)
        return folder / "parts"
    if where == "database":
        with duckdb.connect(str(folder / "panel.duckdb")) as connection:
            connection.register("given", data)
            connection.execute("CREATE TABLE firms AS SELECT * FROM given")
        return folder / "panel.duckdb"
    data.to_parquet(folder / "panel.parquet", index=False)
    return folder / "panel.parquet"


@pytest.mark.parametrize(
    ("engine", "rows"),
    [
        *(("duckdb", rows) for rows in (1, 3, 1_000_000)),
        pytest.param("spark", 3, marks=pytest.mark.spark),  # which sizes its batches itself
    ],
)
@pytest.mark.parametrize("order", ["by unit", "by period", "shuffled", "backwards"])
def test_units_are_whole_whatever_the_order_and_the_batches(
    engine: EngineName, order: str, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pilotzone.store.duck._BATCH", rows)
    data = frame()
    mixed = {
        "by unit": data,
        "by period": data.sort_values(["year", "firm"]),
        "shuffled": data.sample(frac=1, random_state=2),
        "backwards": data.iloc[::-1],
    }[order]
    panel = open_panel(mixed, WIDE, engine=engine)
    expected, found = pivoted(data), gathered(panel.carry(Gather()))
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values)
    facts = panel.facts()
    assert facts.periods == (2009, 2010, 2012, 2013)
    assert (facts.rows, facts.units) == (len(data), len(expected["cohorts"]))
    cohorts, counts = np.unique(expected["cohorts"], return_counts=True)
    np.testing.assert_array_equal(facts.cohorts, cohorts)
    np.testing.assert_array_equal(facts.counts, counts)
    for name in ("jobs", "co2"):
        np.testing.assert_array_equal(facts.observed[name], np.sum(~np.isnan(expected[name]), axis=0))
    assert facts.cluster_names is not None
    assert facts.cluster_names.tolist() == ["a", "ß", "中"]
    assert not facts.balanced


def but_a_database(engine: str, where: str) -> Any:  # noqa: ANN401 - pytest's
    """Return parameters, marked where an engine cannot do it and says so."""
    marks: list[Any] = []
    if engine == "spark":
        marks.append(pytest.mark.spark)
        if where == "database":
            why = "Spark reads no DuckDB database: its tables are in its own catalogue"
            marks.append(pytest.mark.xfail(reason=why, raises=UsageError, strict=True))
    return pytest.param(engine, where, marks=marks)


@pytest.mark.parametrize(
    ("engine", "where"),
    [
        but_a_database(engine, where)
        for engine in ("duckdb", "spark")
        for where in ("frame", "csv", "parquet", "folder", "database")
    ],
)
def test_a_panel_is_the_same_wherever_it_lies(engine: EngineName, where: str, tmp_path: Path) -> None:
    data = frame()
    panel = open_panel(held(data, where, tmp_path), WIDE, engine=engine)
    found = gathered(panel.carry(Gather()))
    for name, values in pivoted(data).items():
        np.testing.assert_array_equal(found[name], values)


@pytest.mark.parametrize("engine", ENGINES)
def test_rows_as_units_of_their_own(engine: EngineName) -> None:
    data = frame()
    batches = open_panel(data, WIDE, engine=engine).carry_rows(GatherRows())
    order = np.lexsort([data["year"], data["firm"]])
    periods = np.concatenate([batch.periods for batch in batches])
    np.testing.assert_array_equal(np.sort(periods), np.sort(np.searchsorted([2009, 2010, 2012, 2013], data["year"])))
    jobs = np.concatenate([batch.values["jobs"] for batch in batches])
    np.testing.assert_array_equal(np.sort(jobs), np.sort(data["jobs"].to_numpy()[order]))


def changed(**columns: Any) -> pd.DataFrame:
    """Return a small panel in order with single cells changed: column to {row: value}."""
    data = pd.DataFrame(
        {
            "firm": [1, 1, 2, 2, 3, 3],
            "year": [2010, 2011] * 3,
            "start": [2011, 2011, 0, 0, 2011, 2011],
            "jobs": [1.0, 2, 3, 4, 5, 6],
            "co2": [1.0, 2, 3, 4, 5, 6],
            "county": ["a", "a", "b", "b", "a", "a"],
            "weight": [1.0, 1, 2, 2, 1, 1],
        }
    )
    for name, cells in columns.items():
        if not isinstance(cells, dict):
            data[name] = cells
            continue
        for row, value in cells.items():
            data[name] = data[name].astype(object if isinstance(value, str) else float)
            data.loc[row, name] = value
    return data


BAD: list[tuple[pd.DataFrame, str]] = [
    (changed(year={1: 2010}), "unit 1 has period 2010 twice"),
    (changed(start={1: 2012}), "unit 1 changes 'start' from 2011 to 2012 in period 2011"),
    (changed(start={1: 0}), "unit 1 changes 'start' from 2011 to never"),
    (changed(county={3: "a"}), "unit 2 changes 'county' from 'b' to 'a'"),
    (changed(weight={3: 3.0}), "unit 2 changes 'weight' from 2.0 to 3.0"),
    (changed(jobs={2: np.inf}), "column 'jobs' is infinite in 1 row, such as firm 2, year 2010"),
    (changed(co2={2: -np.inf, 3: np.inf}), "column 'co2' is infinite in 2 rows"),
    (changed(weight={0: 0.0, 1: 0.0}), "column 'weight' is not a weight in 2 rows, such as firm 1"),
    (changed(weight={0: np.nan}), "column 'weight' is not a weight in 1 row"),
    (changed(year={0: 2010.5}), "column 'year' is not a whole number in 1 row"),
    (changed(year={0: np.nan}), "column 'year' is empty in 1 row"),
    (changed(firm={0: np.nan}), "column 'firm' is empty in 1 row"),
    (changed(firm={0: 0.5}), "column 'firm' is not a whole number in 1 row"),
    (changed(start={0: 2011.5, 1: 2011.5}), "column 'start' is not a whole number in 2 rows"),
    (changed(start={0: -np.inf, 1: -np.inf}), "column 'start' is not a whole number in 2 rows, such as firm 1"),
    (changed(county=[None, "a", "b", "b", "a", "a"]), "column 'county' is empty in 1 row"),
    (changed(year=[0, 1] * 3), "column 'start' is zero in 2 rows, and periods begin at 0"),
    (changed(jobs=["many"] * 6), "column 'jobs', an outcome, is of type VARCHAR"),
    (changed(jobs={0: "many"}), "Conversion failed for column jobs"),
    (changed(year=pd.date_range("2010-01-01", periods=6, freq="h")), "column 'year' holds '2010-01-01 01:00:00"),
    (changed(year=pd.date_range("2010-01-01", periods=6, tz="UTC")), "column 'year', periods, is of type TIMESTAMP"),
    (changed(year=["2010Q1", "n/a"] * 3), "column 'year' holds 'n/a', which is not a period, such as firm 1"),
    (changed(year=["2010Q1", "2010-04"] * 3), "column 'year' has periods of different kinds: '2010Q1', '2010-04'"),
    (changed(year=["2010Q1", "2010Q1"] * 3, start=np.nan), "unit 1 has period 2010Q1 twice"),
    (changed(year=["2010Q1", None] * 3, start=np.nan), "column 'year' is empty in 3 rows"),
    (changed(year=["2010Q1", "2010Q2"] * 3), "column 'start' holds 2011, a number, and the periods in column 'year'"),
    (changed(year=["2010Q1", "2010Q2"] * 3, start=["2010-04"] * 6), "a cohort is 2010-04, a month, and the periods"),
    (changed(year=["2010Q1", "2010Q2"] * 3, start=["2010Q2", "2010Q1"] * 3), "'start' from 2010Q2 to 2010Q1 in period"),
    (changed(year=[True, False] * 3), "column 'year', periods, is of type BOOLEAN"),
    (changed(start=["from 2011"] * 6), "column 'start' holds 'from 2011', which is not a period, such as firm 1"),
    (
        changed(start=[0, 1, 0, 0, 1, 0]),
        "unit 3 is treated from period 2010 and not in period 2011: treatment switches",
    ),
    (changed(start=[None, 1, None, None, 1, None]), "unit 3 is treated from period 2010 and not in period 2011"),
    (
        changed(year=["2010-01", "2010-02"] * 3, start=["1", "0", "0", "0", "0", "1"]),
        "unit 1 is treated from period 2010-01 and not in period 2010-02: treatment switches off in column 'start'",
    ),
    (changed(start=[0, 1, 0, None, 0, 1]), "'start' of zeros and ones is empty for unit 2 in period 2011"),
    (changed(year=[2010, 2010, 2010, 2011, 2010, 2011], start=[0, 1, 0, 0, 0, 1]), "unit 1 is treated and not treated"),
    (changed(start=[1, 1, 0, 0, 1, 1]), "holds 0 and 1 only and does not change within a unit: it says who is ever"),
    (changed(start=[1.0, 1, np.nan, np.nan, 1, 1]), "column 'start' holds 1 only and does not change"),
    (changed(start=[True, True, False, False, True, True]), "column 'start' holds 0 and 1 only and does not change"),
    (changed(year=[0, 1] * 3, start=[1, np.nan, np.nan, np.nan, 1, 1]), "unit 1 changes 'start' from 1 to never"),
    (changed().iloc[:0], "the panel has no row"),
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("data", "message"), BAD, ids=[message for _, message in BAD])
def test_bad_panels_are_refused_with_what_is_wrong_and_where(
    engine: EngineName, data: pd.DataFrame, message: str
) -> None:
    with pytest.raises(PilotZoneError) as caught:
        open_panel(data, WIDE, engine=engine).facts()
    assert message in str(caught.value)
    assert isinstance(caught.value, DataError)
    assert caught.value.allowed


ON_AND_OFF: list[list[object]] = [
    [0, 1, 0, 0, 0, 0],
    [0.0, 1.0, 0.0, 0.0, 0.0, 0.0],
    [False, True, False, False, False, False],
    ["0", "1", "0", "0", "0", "0"],
    ["FALSE", "TRUE", "FALSE", "FALSE", "FALSE", "FALSE"],
    [0.0, 1.0, 0.0, 0.0, np.nan, np.nan],
    [0.0, 1.0, 0.0, 0.0, np.inf, np.inf],
]
"""Unit 1 is treated from its second period on, the others never."""


YEARS: list[tuple[int | str, int | str]] = [(2010, 2011), (0, 1), (1, 2), (-4, 0), ("2010Q4", "2011Q1")]
ONES_ALONE: list[object] = [np.nan, 1.0, np.nan, np.nan, np.nan, np.nan]
"""The same without a written 0: such a column is one of cohorts where 1 can be a period."""


ALONE = [(ONES_ALONE, YEARS[0]), (ONES_ALONE, YEARS[-1])]


@pytest.mark.parametrize(
    ("engine", "treated", "years"),
    [
        *(("duckdb", item, years) for item in ON_AND_OFF for years in YEARS),
        *(("duckdb", *case) for case in ALONE),
        # Each way of writing it and each kind of years, not each with each: a query of Spark takes a second.
        *(
            pytest.param("spark", *case, marks=pytest.mark.spark)
            for case in [*((item, YEARS[k % len(YEARS)]) for k, item in enumerate(ON_AND_OFF)), *ALONE]
        ),
    ],
    ids=str,
)
def test_a_column_of_zeros_and_ones_is_read_as_the_first_period_of_one(
    engine: EngineName, treated: list[object], years: tuple[int | str, int | str], tmp_path: Path
) -> None:
    data = changed(year=list(years) * 3, start=treated)
    read = open_panel(data, COLUMNS, engine=engine).facts()
    assert read.indicator == "start"
    assert read.counts.tolist() == [1, 2]
    assert read.cohorts[-1] == NEVER
    assert str(read.label(int(read.cohorts[0]))) == str(years[1])
    path = tmp_path / "panel.csv"
    data.to_csv(path, index=False)
    again = open_panel(path, COLUMNS, engine=engine).facts()
    assert (again.cohorts.tolist(), again.indicator) == (read.cohorts.tolist(), "start")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_column_of_zeros_and_ones_gives_what_its_first_periods_give(engine: EngineName) -> None:
    random = np.random.default_rng(8)
    firms, years = 60, np.arange(2001, 2011)
    starts = random.choice([2004, 2006, 2009, 2001, 0], firms)
    data = pd.DataFrame({"firm": np.repeat(np.arange(firms), 10), "year": np.tile(years, firms)})
    data["start"] = np.repeat(starts, 10)
    data["jobs"], data["co2"] = random.normal(size=(2, len(data)))
    data = data.sample(frac=0.8, random_state=3)  # unbalanced and out of order: the first row of a unit may be treated
    treated = (data.start > 0) & (data.year >= data.start)
    first = data.firm.map(data[treated].groupby("firm").year.min()).fillna(0)
    by_cohort = open_panel(data.assign(start=first), COLUMNS, engine=engine)
    by_zeros_and_ones = open_panel(data.assign(start=treated.astype(int)), COLUMNS, engine=engine)
    kept = []
    for panel in (by_cohort, by_zeros_and_ones):
        found = panel.carry(Gather())
        keys = np.concatenate([batch.keys for batch in found])
        order = np.argsort(keys)
        cohorts = np.concatenate([batch.cohorts for batch in found])[order]
        kept.append((keys[order], cohorts, np.concatenate([batch.values["jobs"] for batch in found])[order]))
    for one, other in zip(*kept, strict=True):
        np.testing.assert_array_equal(one, other)
    assert (by_cohort.facts().indicator, by_zeros_and_ones.facts().indicator) == ("", "start")


def test_periods_about_zero_may_have_cohorts_of_zero_and_one() -> None:
    panel = open_panel(changed(year=[-1, 1] * 3, start=[1.0, 1, np.nan, np.nan, 1, 1]), COLUMNS)
    assert panel.facts().cohorts.tolist() == [1, NEVER]


@pytest.mark.parametrize("engine", ENGINES)
def test_units_never_treated_may_be_written_in_several_ways(engine: EngineName) -> None:
    for never in (0.0, np.inf, np.nan, None, "never", "Never"):
        start = [2011, 2011, never, never, 2011, 2011]
        text = [None if item is None else str(item) for item in start] if isinstance(never, str) else start
        panel = open_panel(changed(start=text), COLUMNS, engine=engine)
        assert panel.facts().cohorts.tolist() == [2011, NEVER]


@pytest.mark.parametrize("engine", ENGINES)
def test_whole_numbers_do_not_overflow(engine: EngineName) -> None:
    large = 2**62
    data = changed(jobs=np.full(6, large), co2=np.full(6, large))
    found = open_panel(data, COLUMNS, engine=engine).carry(Gather())
    for batch in found:
        assert (batch.values["jobs"] == float(large)).all()


@pytest.mark.parametrize("engine", ENGINES)
def test_many_clusters_keep_their_names(engine: EngineName) -> None:
    n = 100_000
    data = pd.DataFrame(
        {
            "firm": np.arange(n),
            "year": 1,
            "start": 0,
            "jobs": np.arange(n),
            "co2": 1.0,
            "county": np.arange(n)[::-1],
            "weight": 1.0,
        }
    )
    panel = open_panel(data, WIDE, engine=engine)
    batches = panel.carry(Gather())
    assert panel.facts().cluster_names is not None
    found = np.concatenate([batch.clusters for batch in batches if batch.clusters is not None])
    which = np.concatenate([batch.values["jobs"][:, 0] for batch in batches])
    np.testing.assert_array_equal(found[np.argsort(which)], np.arange(n)[::-1])


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (PanelColumns("frim", "year", "start", ("jobs",)), "no column 'frim'. Did you mean 'firm'"),
        (PanelColumns("firm", "year", "start", ("jobs", "jobs")), "columns are named twice: jobs"),
        (PanelColumns("firm", "year", "year", ("jobs",)), "columns are named twice: year"),
        (PanelColumns("firm", "year", "start", ()), "there is no outcome"),
    ],
)
def test_columns_that_are_not_there(columns: PanelColumns, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_panel(changed(), columns)
    assert message in str(caught.value)


def test_places_that_hold_no_panel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "panel.xlsx").write_text("x")
    (tmp_path / "panel.parquet").write_text("x")
    for data, message in [
        (tmp_path / "panel.xlsx", "is of a kind that is not known"),
        (tmp_path / "panel.parquet", "is not a Parquet file that can be read"),
        (tmp_path / "panle.parquet", "there is no file"),
        (3, "a panel of type int cannot be read"),
    ]:
        with pytest.raises(PilotZoneError, match=message):
            open_panel(data, COLUMNS)
    with pytest.raises(UsageError, match=r"has no table 'frims'\. Did you mean 'firms'"):
        open_panel(held(frame(), "database", tmp_path), COLUMNS, table="frims")
    (tmp_path / "spill").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "spill"))
    with pytest.raises(UsageError, match="memory limit"):
        open_panel(frame(), COLUMNS, memory_limit="much")
    assert not list((tmp_path / "spill").iterdir())


def test_reading_is_told_and_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    told: list[tuple[int, int]] = []
    data = frame()
    panel = open_panel(data, COLUMNS, progress=lambda done, all_: told.append((done, all_)))
    panel.facts()
    assert told == [(len(data), len(data))]
    assert list(tmp_path.iterdir())
    del panel
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("year", [2009, 2011, 2013])
def test_a_panel_that_changes_between_passes_is_refused(year: int, whole: bool) -> None:
    form = RowForm(COLUMNS, np.array([2010, 2012]))
    years = [2010, 2012, 2010, year] if whole else [2010, 2012, year]
    table = pa.table({"u": [1, 1, 2, 2][: len(years)], "t": years})
    for name in ("g", "y0", "y1"):
        table = table.append_column(name, pa.array(np.ones(len(years)) if name != "g" else np.full(len(years), 2012)))
    table = table.sort_by([("u", "ascending"), ("t", "ascending")])
    for cut in (unit_batches, row_batches):
        with pytest.raises(DataError, match=f"the panel changes while it is read: period {year} was not in it"):
            list(cut(iter(table.to_batches()), form))
