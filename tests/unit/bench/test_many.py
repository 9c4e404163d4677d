"""The bench on many units: that programs are given the same file and say the same. No time is asserted."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from bench.many import PROGRAMS, race, report
from bench.staggered import OUTCOMES, PERIODS, write_panel, write_shuffled


def test_files_hold_the_same_rows_in_two_orders(tmp_path: Path) -> None:
    ordered = write_panel(tmp_path / "a.parquet", 300)
    shuffled = write_shuffled(tmp_path / "b.parquet", ordered)
    one, other = (pq.read_table(path).to_pandas() for path in (ordered, shuffled))
    assert len(one) == 300 * len(PERIODS)
    assert not one.equals(other)
    assert one.equals(other.sort_values(["unit", "time"], ignore_index=True))


@pytest.mark.filterwarnings("ignore:CallawaySantAnna.fit.aggregate=. is deprecated:FutureWarning")
def test_programs_say_the_same(tmp_path: Path) -> None:
    path = write_panel(tmp_path / "a.parquet", 400)
    found = PROGRAMS["pilotzone"](str(path))
    assert len(found) == len(OUTCOMES)
    assert found == pytest.approx(PROGRAMS["diff-diff"](str(path)), rel=1e-8)


def test_a_failing_program_is_told_and_not_timed(tmp_path: Path) -> None:
    medians = race(tmp_path / "absent.parquet", ["pilotzone"], 1, 60)
    assert medians == {"pilotzone": {}}


def test_the_report_holds_every_program(tmp_path: Path) -> None:
    text = report([300], 1, tmp_path, 0, 60)
    assert "| pilotzone      |   300 | unit order |" in text
    assert "DuckDB's pivot" in text
    assert "failed" not in text
