"""The same bytes of every command, on one processor and on two, and whatever threads the environment asks for."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from tests.unit.cli.command import ended, start
from tests.unit.study.invented import Figures, write_study

METHODS = """
[method]
compare = ["sc", "sdid", "asc", "sc_shared", "mc"]

[sensitivity]
donors_out = 1
anticipation = [0]
last = []
"""

PANEL = """\
format = 1

[panel]
file = "towns.csv"
unit = "town"
time = "year"
cohort = "from"

[[outcomes]]
name = "gdp"
role = "development"
margin = 5
scale = "log"

[[outcomes]]
name = "co2"
role = "environment"
good = "down"
margin = 5
scale = "log"

[method]
honest = true
beside = true
"""

ADJUSTED = PANEL.replace('cohort = "from"', 'cohort = "from"\ncovariates = ["size"]').replace("beside = true", "")

SITING = """\
title = "Three places"
draws = 500
batches = 20
alternatives = {}

[[criterion]]
name = "rent"
good = "down"
unit = "CNY"

[[criterion]]
name = "staff"
good = "up"

[[place]]
name = "Here"
figures = { rent = [1.0, 2.0], staff = 3.0 }
source = "mine"

[[place]]
name = "There"
figures = { rent = [1.5, 2.5], staff = 5.0 }
source = "mine"

[[place]]
name = "Elsewhere"
figures = { rent = 4.0, staff = [1.0, 9.0] }
source = "mine"
"""

PLAN = """\
title = "Two sites"
day = 2018-01-01
books = ["china"]
frontier = 3

[[site]]
name = "Home"
jurisdiction = "CN"
capacity_mw = 20.0
fixed_cost = 1000.0
cost_per_mwh = 80.0
pue = 1.2
carbon_kg_per_kwh = 0.6
zone = "a"
latitude = 26.6
longitude = 106.7

[[site]]
name = "South"
jurisdiction = "CN"
capacity_mw = 20.0
fixed_cost = 1000.0
cost_per_mwh = 90.0
pue = 1.4
carbon_kg_per_kwh = 0.2
zone = "b"
latitude = 23.0
longitude = 113.0

[[region]]
name = "Everybody"
latitude = 30.0
longitude = 110.0
users = 1.0

[[class]]
name = "people"
kind = "personal"
operator = "critical_infrastructure"
operations = ["store"]
load_mw = 2.0
"""

CAMPUS = """
title = "A campus"

[campus]
it_mw = 10.0
year = 2027
utilisation = 0.5
in_use = { 2027 = 0.8 }
waits = 0.1
waits_h = 3

[[site]]
name = "Here"
region = "CN-GZ"
weather = "modelled"

[site.grid]
tariff = "benchmark"
most_mw = 5.0

[site.battery]

[site.diesel]

[[frontier]]
of = "co2"
points = 2

[stress]
"""

COMMANDS = {
    "zone": ("run", "invented.toml"),
    "panel": ("run", "panel.toml"),
    "adjusted": ("run", "adjusted.toml"),
    "siting": ("site", "places.toml"),
    "plan": ("place", "sites.toml"),
    "campus": ("design", "campus.toml"),
}


def write_inputs(folder: Path) -> None:
    study = write_study(folder, figures=Figures(count=12))
    study.write_text(study.read_text(encoding="utf-8") + METHODS, encoding="utf-8")
    rng, rows = np.random.default_rng(3), ["town,year,from,gdp,co2,size"]
    for town in range(40):
        first = ("", "2014", "", "2015")[town % 4]
        size = rng.normal()
        for year in range(2011, 2017):
            gain = 0.1 if first and year >= int(first) else 0.0
            gdp, co2 = gain + rng.normal(0, 0.05), rng.normal(0, 0.05)
            rows.append(f"{town},{year},{first},{gdp:.5f},{co2:.5f},{size:.4f}")
    (folder / "towns.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    for name, text in (
        ("panel", PANEL),
        ("adjusted", ADJUSTED),
        ("places", SITING),
        ("sites", PLAN),
        ("campus", CAMPUS),
    ):
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")


def written(folder: Path) -> dict[str, bytes]:
    """Return what a command wrote, without how long its stages took."""
    found = {path.name: path.read_bytes() for path in folder.iterdir()}
    audit = json.loads(found["audit.json"])
    audit.pop("seconds", None)
    return found | {"audit.json": json.dumps(audit).encode()}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_same_whatever_the_threads(name: str, tmp_path: Path) -> None:
    write_inputs(tmp_path)
    asked = {number: {f"{library}_NUM_THREADS": number for library in ("OMP", "OPENBLAS")} for number in "124"}
    ways = [(asked["1"], {0}), (asked["2"], {0, 1}), (asked["4"], {0, 1})]
    runs = []
    for k, (environment, processors) in enumerate(ways if name == "panel" else ways[::2]):
        here = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
        bound = f"import os\nos.sched_setaffinity(0, {processors})" if processors <= here else ""
        said = ended(
            start(*COMMANDS[name], "-q", "--out", "out", cwd=tmp_path, env=environment, code=bound or "import os")
        )
        assert (said.code, said.err) == (0, "")
        runs.append(written(tmp_path / "out"))
        shutil.move(tmp_path / "out", tmp_path / f"out{k}")
    assert [sorted(run) for run in runs] == [sorted(runs[0])] * len(runs)
    for run in runs[1:]:
        assert [file for file in run if run[file] != runs[0][file]] == []
