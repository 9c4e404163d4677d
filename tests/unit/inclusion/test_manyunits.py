"""Changes of units from a file: as those from a panel in memory, and what cannot be used is left out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.unit.inclusion.test_groups import COUNT, GROUPS, OUTCOMES, STARTS, UNITS, covariate, panel

from pilotzone.core import DataError, MethodError, UsageError
from pilotzone.evaluation.inclusion import (
    UnitEffects,
    effects_along,
    group_effects,
    manyunits,
    unit_effects,
    unit_effects_of,
)

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def table(**further: Any) -> pd.DataFrame:
    frame = panel().to_frame()
    wide = frame.pivot_table(index=["unit", "period"], columns="series", values="value").reset_index()
    of = {unit: k for k, unit in enumerate(UNITS)}
    wide["start"] = [STARTS.get(unit, 0) for unit in wide["unit"]]
    wide["people"] = [1.0 + of[unit] for unit in wide["unit"]]
    wide["province"] = [of[unit] // 3 for unit in wide["unit"]]
    wide["far"] = [float(covariate()[of[unit]]) for unit in wide["unit"]]
    return wide.assign(**further)


def of(data: Path | pd.DataFrame, **options: Any) -> tuple[UnitEffects, dict[str, Floats]]:
    return unit_effects_of(data, OUTCOMES, unit="unit", time="period", cohort="start", covariates="far", **options)


@pytest.mark.parametrize("anticipation", [0, 1])
def test_changes_are_those_of_a_panel_in_memory(tmp_path: Path, anticipation: int) -> None:
    path = tmp_path / "panel.parquet"
    table().to_parquet(path)
    found, known = of(path, weight="people", cluster="province", anticipation=anticipation)
    clusters = {unit: f"{k // 3:02d}" for k, unit in enumerate(UNITS)}
    own = unit_effects(
        panel(), OUTCOMES, STARTS, weights=np.arange(1.0, COUNT + 1), clusters=clusters, anticipation=anticipation
    )
    assert found.units == own.units
    assert found.window == own.window
    assert (found.starts == own.starts).all()
    assert np.abs(found.change - own.change).max() < 1e-14
    assert found.earlier is not None
    assert own.earlier is not None
    assert np.abs(found.earlier - own.earlier).max() < 1e-14
    assert known["far"] == pytest.approx(covariate(), abs=0)
    groups, other = (group_effects(each, GROUPS) for each in (found, own))
    assert np.abs(groups.joint.estimate - other.joint.estimate).max() < 1e-14
    assert np.abs(groups.spread.matrix - other.spread.matrix).max() < 1e-14
    assert groups.before["gdp"] == pytest.approx(other.before["gdp"], rel=1e-10)
    along = effects_along(found, known["far"], "gdp")
    assert along.estimate == pytest.approx(effects_along(own, covariate(), "gdp").estimate, abs=1e-13)


def test_what_cannot_be_used_is_left_out() -> None:
    frame = table()
    frame.loc[frame["unit"] == "u01", "start"] = 2001  # treated from the first period
    frame.loc[frame["unit"] == "u03", "start"] = 2030  # not within the panel: a control
    frame = frame[(frame["unit"] != "u50") | (frame["period"] != 2003)]
    frame.loc[(frame["unit"] == "u51") & (frame["period"] == 2004), "poor"] = np.nan
    found, _ = of(frame)
    assert set(UNITS) - set(found.units) == {"u01", "u50", "u51"}
    assert found.starts[found.units.index("u03")] == found.starts[-1]


def test_cohorts_of_which_nobody_is_left_are_not_there() -> None:
    frame = table()
    frame.loc[(frame["start"] == 2004) & (frame["period"] == 2002), "gdp"] = np.nan
    found, _ = of(frame)
    assert found.cohorts == (2005,)
    assert found.change.shape[0] == 1
    assert found.window[0] == 2005


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (table(start=0), DataError, "never treated"),
        (table(start=2004), MethodError, "all units are treated"),
        (table(start=2001), MethodError, "no unit that can be used is treated"),
        (table().rename(columns={"far": "fra"}), UsageError, "no column 'far'. Did you mean 'fra'"),
    ],
)
def test_refused(data: pd.DataFrame, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        of(data)


def test_more_than_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manyunits, "_MOST_VALUES", 100)
    with pytest.raises(DataError, match=r"90 units, 2 starts and 2 outcomes"):
        of(table())
