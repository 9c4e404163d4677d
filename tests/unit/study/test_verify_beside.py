"""Verifying the study of Guizhou with a campus and an appraisal beside it: the same, or what was changed is named."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.unit.study.campuses import campus, written

from pilotzone.study import KINDS, run, verify

GRID = "[site.grid]\ntariff = 500.0\ncapacity_charge = 1000.0\ncarbon_t_per_mwh = 0.5\n"
OUT = Path("runs") / "guizhou"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the study of Guizhou, its own ranking and appraisal and a campus of a user's file beside it."""
    home = tmp_path_factory.mktemp("beside") / "home"
    home.mkdir()
    bundled = Path(str(KINDS["zone"]._folder)) / "bundled" / "guizhou.toml"
    # [beside] is the last table of the bundled file.
    text = f'{bundled.read_text(encoding="utf-8").rstrip()}\ncampus = "mine.toml"\n'
    (home / "guizhou.toml").write_text(text, encoding="utf-8")
    written(home, campus(GRID))
    run(home / "guizhou.toml", out=home / OUT)
    return home


@pytest.fixture
def home(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "moved"))


def record_of(home: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((home / OUT / "verdict.json").read_bytes())
    return found


def test_a_run_with_a_campus_and_an_appraisal_beside_it_verifies(home: Path) -> None:
    found = verify(home / OUT)
    assert (found.state, found.differences, found.unchecked) == ("same", (), ())
    audit = json.loads((home / OUT / "audit.json").read_bytes())
    assert {"siting", "appraisal", "campus"} == set(audit["beside"])
    # 6.5 MW all year at 500 CNY/MWh, and 1,000 CNY for each MW that is contracted.
    (site,) = record_of(home)["campus"]["sites"]
    assert site["cost"] == pytest.approx(6.5 * 8760 * 500.0 + 6.5 * 1000.0, rel=1e-6)


def test_a_campus_file_that_was_changed_is_named(home: Path) -> None:
    """Power at 400 CNY/MWh instead of 500: the file is named, and no other input is."""
    mine = home / "mine.toml"
    mine.write_text(mine.read_text(encoding="utf-8").replace("tariff = 500.0", "tariff = 400.0"), encoding="utf-8")
    found = verify(home / OUT)
    told = "\n".join(found.lines())
    assert found.state == "different"
    assert "campus/mine.toml: has changed since the run" in told
    assert "beside.campus.settings.site[Here].grid.tariff is 500.0, recomputed 400.0" in told
    assert [item.file for item in found.differences if item.kind == "input"] == ["campus/mine.toml"]


def test_a_cost_of_the_campus_that_was_forged_is_named(home: Path) -> None:
    path = home / OUT / "verdict.json"
    record = record_of(home)
    record["campus"]["sites"][0]["cost"] *= 0.8
    path.write_text(json.dumps(record, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    found = verify(home / OUT)
    assert found.state == "different"
    assert any("campus.sites" in item.place and item.place.endswith(".cost") for item in found.differences)
