"""The bench of doses runs, and its file has a dose for each unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from bench.doses import WHAT, report, write_doses
from bench.staggered import write_panel

if TYPE_CHECKING:
    from pathlib import Path


def test_doses_are_those_of_units(tmp_path: Path) -> None:
    frame = pd.read_parquet(write_doses(tmp_path / "doses.parquet", write_panel(tmp_path / "panel.parquet", 50)))
    spans = frame.groupby("unit").dose.agg(["min", "max"])
    assert (spans["min"] == spans["max"]).all()
    assert ((frame.dose > 0) == (frame.cohort > 0)).all()


def test_both_run_and_are_compared(tmp_path: Path) -> None:
    text = report(600, 1, tmp_path)
    assert all(name in text for name in WHAT)
    assert "times evaluate's CPU" in text
