"""What stands where standard errors are refused: p by lot, the mechanism in words, or why there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pilotzone.core import Outcome
from pilotzone.evaluate.many import ManyDesign, ManyEffects, evaluate_panel, randomise_panel, takeover
from pilotzone.store import PanelColumns, open_panel

if TYPE_CHECKING:
    import pytest

OUTCOME = Outcome("y", role="development", good="up", margin=1.0, scale="level")


def frame(treated: int, never: int = 8) -> pl.DataFrame:
    starts = [3.0] * treated + [np.inf] * never
    units = len(starts)
    values = np.random.default_rng(3).normal(size=4 * units)
    return pl.DataFrame(
        {
            "unit": np.repeat(np.arange(units), 4),
            "year": np.tile([1, 2, 3, 4], units),
            "start": np.repeat(starts, 4),
            "town": np.repeat(np.arange(units) // 3, 4),
            "y": values,
        }
    )


def found(treated: int) -> ManyEffects:
    panel = open_panel(frame(treated), PanelColumns("unit", "year", "start", ("y",)))
    return evaluate_panel(panel, [OUTCOME])


def test_refused_rows_have_p_by_lot() -> None:
    effects = found(2)
    by_lot = randomise_panel(open_panel(frame(2), PanelColumns("unit", "year", "start", ("y",))))
    expected = {(row.kind, row.at, row.period): row.p for row in by_lot.rows}
    for row in effects.rows:
        assert (row.se, row.p) == (None, None)
        assert row.p_by_lot == expected[row.kind, row.at, row.period]
        assert row.remark.endswith(f"by lot p = {row.p_by_lot:.3f}")
    assert effects.to_table().columns["p_by_lot"] == tuple(row.p_by_lot for row in effects.rows)
    told = " ".join(effects.notes)
    assert "all 45 assignments" in told
    assert "of 10 units, any 2 from 3 on could have been treated instead" in told


def test_others_have_none() -> None:
    effects = found(6)
    assert {row.p_by_lot for row in effects.rows} == {None}
    assert {row.remark for row in effects.rows} == {""}
    assert not any("lot" in note for note in effects.notes)


def test_large_panels_are_left_to_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(takeover, "AT_ONCE", 39)
    effects = found(2)
    assert {row.p_by_lot for row in effects.rows} == {None}
    assert "40 outcomes are more than 39" in effects.notes[-1]


def test_many_cells_are_left_to_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(takeover, "CELLS_AT_ONCE", 7)
    effects = found(2)
    assert {row.p_by_lot for row in effects.rows} == {None}
    assert "8 pairs of a cohort and a period are more than 7" in effects.notes[-1]


def test_clusters_of_several_cohorts_cannot_be_dealt_out() -> None:
    columns = PanelColumns("unit", "year", "start", ("y",), cluster="town")
    rows = found(2).rows
    same, notes = takeover.take_over(open_panel(frame(2), columns), ManyDesign(), rows)
    assert same == rows
    assert "several cohorts" in notes[-1]
    same, notes = takeover.take_over(open_panel(frame(2), columns), ManyDesign(cross_sections=True), rows)
    assert same == rows
    assert "units of their own" in notes[-1]
