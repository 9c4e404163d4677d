"""Panels whose periods are spelled: the numbers of the same panel with counted periods, on every engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from tests.engines.test_panels import ENGINES, Gather, gathered, held

from pilotzone.core import NEVER, Frequency, Period, as_period
from pilotzone.evaluation.many import evaluate
from pilotzone.store import PanelColumns, open_panel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pilotzone.store import EngineName

COLUMNS = PanelColumns("firm", "when", "start", ("jobs", "co2"), cluster="county", weight="weight")

# Over the end of years of 52 and of 53 weeks, of leap days and of quarters; with a gap.
FIRST: dict[Frequency, str] = {"quarter": "2015Q3", "month": "2015-11", "week": "2020-W51", "day": "2016-02-27"}
STEPS = (0, 1, 2, 3, 5, 6)


def counted() -> pd.DataFrame:
    """Return a panel with periods 0, 1, 2, 3, 5, 6 after the first."""
    rng = np.random.default_rng(8)
    units = 60
    found = pd.DataFrame({"firm": np.repeat(np.arange(units), len(STEPS)), "step": np.tile(STEPS, units)})
    found["cohort"] = np.repeat(rng.choice([np.nan, 2, 5], units), len(STEPS))
    found["county"] = np.repeat(np.arange(units) // 2, len(STEPS))
    found["weight"] = np.repeat(rng.uniform(0.5, 2, units), len(STEPS))
    for name in ("jobs", "co2"):
        found[name] = rng.normal(size=len(found)) + 0.3 * (found["step"] >= found["cohort"])
    return found


def dated(data: pd.DataFrame, frequency: Frequency, spell: Callable[[Period], Any] = str) -> pd.DataFrame:
    first = Period(FIRST[frequency])
    when = [spell(first + int(step)) for step in data["step"]]
    start = [None if np.isnan(cohort) else spell(first + int(cohort)) for cohort in data["cohort"]]
    return data.assign(when=when, start=pd.Series(start)).drop(columns=["step", "cohort"])


def numbered(data: pd.DataFrame, frequency: Frequency) -> pd.DataFrame:
    """Return the panel with whole numbers for its periods."""
    return dated(data, frequency, int)


def batches(data: Any, engine: EngineName) -> dict[str, Any]:  # noqa: ANN401
    return gathered(open_panel(data, COLUMNS, engine=engine).carry(Gather()))


# Spark reads no database of DuckDB.
PLACES = [("duckdb", "database"), *((engine, where) for engine in ENGINES for where in ("frame", "csv", "parquet"))]


def placed(engine: Any, *rest: Any) -> Any:  # noqa: ANN401 - an engine, or a parameter with its mark
    """Return parameters with the mark of the engine among them."""
    if isinstance(engine, str):
        return (engine, *rest)
    return pytest.param(*engine.values, *rest, marks=engine.marks)


@pytest.mark.parametrize(("engine", "where"), [placed(*place) for place in PLACES])
@pytest.mark.parametrize("frequency", list(FIRST))
def test_spelled_periods_are_the_numbers_that_count_them(
    engine: EngineName, where: str, frequency: Frequency, tmp_path: Path
) -> None:
    data = counted()
    panel = open_panel(held(dated(data, frequency), where, tmp_path), COLUMNS, engine=engine)
    first = Period(FIRST[frequency])
    facts = panel.facts()
    assert facts.periods == tuple(int(first) + step for step in STEPS)
    assert [str(facts.label(period)) for period in facts.periods] == [str(first + step) for step in STEPS]
    assert facts.cohorts.tolist() == [int(first) + 2, int(first) + 5, NEVER]
    found, expected = gathered(panel.carry(Gather())), batches(numbered(data, frequency), "duckdb")
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values)


def spellings(frequency: Frequency) -> list[Callable[[Period], Any]]:
    """Return other ways to write periods, as texts and as objects."""
    found: dict[str, list[Callable[[Period], Any]]] = {
        "quarter": [
            lambda item: str(item).replace("Q", "q"),
            lambda item: str(item).replace("Q", "-Q"),
            lambda item: pd.Period(str(item), "Q").start_time,
            lambda item: pd.Period(str(item), "Q").end_time.normalize(),
        ],
        "month": [
            lambda item: str(item).replace("-0", "m").replace("-", "m"),
            lambda item: f"{item}-01",
            lambda item: pd.Period(str(item), "M").start_time,
            lambda item: pd.Period(str(item), "M").start_time.date(),
        ],
        "week": [lambda item: str(item).replace("-", "")],
        "day": [lambda item: pd.Timestamp(str(item)), lambda item: f" {item}T00:00:00"],
    }
    return found[frequency]


# One way to Spark is enough for what both engines are handed alike.
SPELLED = [("duckdb", where, item, k) for where in ("frame", "parquet", "csv") for item in FIRST
           for k in range(len(spellings(item)))]  # fmt: skip
SPELLED_ON_SPARK = [(ENGINES[1], "parquet", item, k) for item in FIRST for k in range(len(spellings(item)))]


@pytest.mark.parametrize(
    ("engine", "where", "frequency", "k"), [placed(*case) for case in (*SPELLED, *SPELLED_ON_SPARK)]
)
def test_every_spelling_is_the_same_panel(
    engine: EngineName, where: str, frequency: Frequency, k: int, tmp_path: Path
) -> None:
    data = counted()
    given = held(dated(data, frequency, spellings(frequency)[k]), where, tmp_path)
    panel = open_panel(given, COLUMNS, engine=engine)
    first = Period(FIRST[frequency])
    facts = panel.facts()
    assert [str(facts.label(period)) for period in facts.periods] == [str(first + step) for step in STEPS]
    found, expected = gathered(panel.carry(Gather())), batches(numbered(data, frequency), "duckdb")
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values)


def test_periods_of_pandas_and_arrow() -> None:
    data = counted()
    panel = dated(data, "month")
    frame = panel.assign(when=pd.PeriodIndex(panel["when"], freq="M"), start=pd.PeriodIndex(panel["start"], freq="M"))
    arrow = pa.Table.from_pandas(panel.assign(when=pd.to_datetime(panel["when"]), start=pd.to_datetime(panel["start"])))
    for given in (frame, frame.astype({"when": object, "start": object}), arrow):
        assert open_panel(given, COLUMNS).facts().periods == open_panel(panel, COLUMNS).facts().periods


@pytest.mark.parametrize("engine", ENGINES)
def test_dates_of_treatment_fall_into_the_periods_that_hold_them(engine: EngineName) -> None:
    data = counted()
    panel = dated(data, "quarter")
    quarters = pd.PeriodIndex(panel["start"], freq="Q")
    panel["start"] = quarters.start_time + pd.Timedelta(days=40)
    found = open_panel(panel, COLUMNS, engine=engine).facts()
    assert found.cohorts.tolist() == open_panel(dated(data, "quarter"), COLUMNS).facts().cohorts.tolist()


@pytest.mark.parametrize("engine", ENGINES)
def test_years_may_be_text_and_dates_of_treatment_days(engine: EngineName) -> None:
    data = pd.DataFrame({"firm": [1, 1, 2, 2], "when": ["2015", "2016"] * 2, "start": ["2016-05-01"] * 2 + [None] * 2,
                         "jobs": 1.0})  # fmt: skip
    columns = PanelColumns("firm", "when", "start", ("jobs",))
    for given in (data, data.assign(when=data["when"].astype(int))):
        facts = open_panel(given, columns, engine=engine).facts()
        assert facts.periods == (2015, 2016)
        assert [type(period) for period in facts.periods] == [int, int]
        assert facts.cohorts.tolist() == [2016, NEVER]


@pytest.mark.parametrize("frequency", list(FIRST))
def test_estimates_are_those_of_numbered_periods(frequency: Frequency) -> None:
    data = counted()
    options: dict[str, Any] = {
        "unit": "firm", "time": "when", "cohort": "start", "outcomes": "jobs", "beside": True, "engine": "duckdb",
    }  # fmt: skip
    found = evaluate(dated(data, frequency), **options)
    expected = evaluate(numbered(data, frequency), **options)
    ours, theirs = found.to_frame(), expected.to_frame()
    words = {"at", "cohort", "period"}
    pd.testing.assert_frame_equal(ours.drop(columns=[*words]), theirs.drop(columns=[*words]))
    cells = ours["kind"] == "cell"
    labels = [None if np.isnan(cell) else str(as_period(frequency, int(cell))) for cell in theirs["period"]]
    assert ours["period"][cells].tolist() == [label for label, cell in zip(labels, cells, strict=True) if cell]
    events = ours["kind"] == "dynamic"
    np.testing.assert_array_equal(ours["at"][events].astype(float), theirs["at"][events].astype(float))


def test_uneven_years_have_true_distances_by_hand() -> None:
    """Three censuses, three and four years apart; units treated in 2003 gain 1, and 5 four years later."""
    data = pd.DataFrame(
        [
            {"firm": firm, "when": when, "start": 2003 if firm < 20 else None,
             "jobs": 10.0 + firm % 7 + 2.0 * k + (0.0, 1.0, 5.0)[k] * (firm < 20) + 0.001 * ((firm * 37 + k * 11) % 13)}
            for firm in range(60)
            for k, when in enumerate((2000, 2003, 2007))
        ]
    )  # fmt: skip
    found = evaluate(data, unit="firm", time="when", cohort="start", outcomes="jobs", base="universal", honest=True)
    events = {row.at: row.estimate for row in found.of("dynamic")}
    assert set(events) == {-3, 0, 4}
    assert events[-3] == 0
    means = data.assign(treated=data["firm"] < 20).groupby(["treated", "when"])["jobs"].mean()
    for event, year in ((0, 2003), (4, 2007)):
        change = [means[treated, year] - means[treated, 2000] for treated in (True, False)]
        assert events[event] == pytest.approx(change[0] - change[1], abs=1e-12)
    told = " ".join(found.notes)
    assert "Periods are 3 and 4 years apart, and times since treatment are those distances." in told
    assert "No honest intervals of 'jobs'" in told


def test_weeks_of_treatment_are_counted_over_years_of_53_weeks() -> None:
    weeks = ["2020-W51", "2020-W52", "2020-W53", "2021-W01", "2021-W02"]
    data = pd.DataFrame(
        [
            {
                "firm": firm,
                "when": week,
                "start": "2020-W53" if firm < 20 else "",
                "jobs": float((firm * 7 + k * 3) % 11),
            }
            for firm in range(60)
            for k, week in enumerate(weeks)
        ]
    )
    data["start"] = data["start"].replace("", None)
    found = evaluate(data, unit="firm", time="when", cohort="start", outcomes="jobs")
    assert sorted({row.at for row in found.of("dynamic") if row.at is not None}) == [-1, 0, 1, 2]
    assert found.cohorts().rows() == [("2020-W53", 20), ("never treated", 40)]
    assert str(found.joint.start) == "2020-W53"
    assert not any("apart" in note for note in found.notes)
