"""Wide panels, a row for each unit and a column for each period: what engines make of them, and what they refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from tests.engines.test_panels import Gather, frame, gathered, held, pivoted

import pilotzone as pz
from pilotzone.core import DataError, UsageError
from pilotzone.store import PanelColumns, open_panel

if TYPE_CHECKING:
    from pathlib import Path

    from pilotzone.store import EngineName

ENGINES = ("duckdb", pytest.param("spark", marks=pytest.mark.spark))
COLUMNS = PanelColumns("firm", "period", "start", ("jobs", "co2"), cluster="county", weight="weight")


def widened(data: pd.DataFrame) -> pd.DataFrame:
    """Return a panel with a row for each unit; its second outcome has no column for the first period."""
    keys = ["firm", "start", "county", "weight"]
    wide = data.pivot(index=keys, columns="year", values=["jobs", "co2"])  # noqa: PD010
    wide.columns = wide.columns.map(lambda pair: f"{pair[0]}_{pair[1]}")
    return wide.drop(columns="co2_2009").reset_index()


def spark_frame(data: pd.DataFrame) -> Any:  # noqa: ANN401
    from pilotzone.store.session import session

    return session(None, None).createDataFrame(data)


@pytest.mark.parametrize(
    ("engine", "where"),
    [
        *(("duckdb", where) for where in ("file", "csv", "folder", "frame", "database")),
        *(pytest.param("spark", w, marks=pytest.mark.spark) for w in ("file", "csv", "folder", "frame", "its own")),
    ],
)
def test_a_wide_panel_is_read_as_the_long_one_that_it_was(engine: EngineName, where: str, tmp_path: Path) -> None:
    long = frame()
    long.loc[long["year"] == 2009, "co2"] = np.nan
    wide = widened(long)
    given = spark_frame(wide) if where == "its own" else held(wide, where, tmp_path)
    opened = open_panel(given, COLUMNS, engine=engine, wide=True)
    facts = opened.facts()
    assert facts.periods == (2009, 2010, 2012, 2013)
    assert facts.units == long["firm"].nunique()
    # A unit has a row for each period, also for those in which it has no figure.
    assert facts.rows == facts.units * len(facts.periods)
    found, expected = gathered(opened.carry(Gather())), pivoted(long)
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("change", "error", "told"),
    [
        ({"jobs_2010": "jobs2009"}, DataError, "has 'jobs' in 2009 twice"),
        ({"jobs_2010": "period"}, UsageError, "has a column 'period'"),
        ({"co2_2010": "x", "co2_2012": "z", "co2_2013": "w"}, DataError, "named by 'co2' and a period"),
        ({"weight": "mass"}, UsageError, "'weight'"),
    ],
)
def test_wide_panels_that_cannot_be_read_are_refused_alike(
    engine: EngineName, change: dict[str, str], error: type[Exception], told: str
) -> None:
    wide = widened(frame()).rename(columns=change)
    with pytest.raises(error, match=told):
        open_panel(wide, COLUMNS, engine=engine, wide=True)


@pytest.mark.parametrize("engine", ENGINES)
def test_text_among_the_figures_of_a_wide_panel_is_refused(engine: EngineName) -> None:
    wide = widened(frame()).astype({"jobs_2012": "str"})
    with pytest.raises(DataError, match="column 'jobs_2012' of the wide panel is of type"):
        open_panel(wide, COLUMNS, engine=engine, wide=True)


@pytest.mark.spark
def test_effects_of_a_wide_panel_are_the_same_by_both_engines(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    units, years = 60, [2004, 2005, 2006, 2007]
    wide = pd.DataFrame({"town": np.arange(units), "start": np.where(np.arange(units) < 24, 2006, 0)})
    level = rng.normal(size=units)
    for year in years:
        gain = np.where((wide["start"] == 2006) & (year >= 2006), 0.5, 0.0)
        wide[f"y{year}"] = level + gain + rng.normal(0, 0.1, units)
    wide.to_parquet(tmp_path / "wide.parquet", index=False)
    ways = {
        engine: pz.evaluate(tmp_path / "wide.parquet", "y", unit="town", time=None, cohort="start", engine=engine)
        for engine in ("duckdb", "spark")
    }
    one, other = ways["duckdb"].rows, ways["spark"].rows
    assert len(one) == len(other) > 10
    for mine, theirs in zip(one, other, strict=True):
        assert mine.at == theirs.at
        assert theirs.estimate == pytest.approx(mine.estimate, rel=1e-10, abs=1e-12)
        if mine.se is not None:
            assert theirs.se == pytest.approx(mine.se, rel=1e-8, abs=1e-12)
