"""Runs to be tampered with, and a forger who does it as well as one can: every hash is made to fit again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from tests.unit.study.invented import write_study

from pilotzone.study import load, run, run_study

Json = dict[str, Any]
Tamper = Callable[[Path], None]

ZONE = """
[method]
compare = ["sc"]

[beside]
siting = "places.toml"

[sensitivity]
donors_out = 0
anticipation = [0]
last = []
"""

SITING = """\
title = "Three places"
draws = 200
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
"""

PANEL = """\
format = 1
title = "Towns with a zone"

[panel]
file = "towns.csv"
unit = "town"
time = "year"
cohort = "from"
citation = "made up"

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
"""


def write_zone(home: Path) -> Path:
    """Write a study of a zone with a ranking of places, run it with tables for papers, and return the run's folder."""
    study = write_study(home)
    study.write_text(study.read_text(encoding="utf-8") + ZONE, encoding="utf-8")
    (home / "places.toml").write_text(SITING, encoding="utf-8")
    return run_study(load(study)).write(home / "runs" / "invented", tables=("latex", "word"))


def write_panel(home: Path) -> Path:
    """Write a study of many units, run it, and return the run's folder."""
    write_towns(home)
    (home / "zones.toml").write_text(PANEL, encoding="utf-8")
    run(home / "zones.toml", out=home / "runs" / "zones")
    return home / "runs" / "zones"


def write_towns(home: Path) -> None:
    rng, rows = np.random.default_rng(3), ["town,year,from,gdp,co2"]
    for town in range(40):
        first = ("", "2014", "", "2015")[town % 4]
        for year in range(2010, 2018):
            gain = 0.1 if first and year >= int(first) else 0.0
            rows.append(f"{town},{year},{first},{gain + rng.normal(0, 0.02):.5f},{rng.normal(0, 0.02):.5f}")
    (home / "towns.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")


def edit(path: Path, change: Callable[[Any], object]) -> None:
    """Change what a JSON file holds, written as a run writes it."""
    record = json.loads(path.read_bytes())
    change(record)
    path.write_text(json.dumps(record, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def swap(path: Path, old: str, new: str, *, count: int = 1) -> None:
    """Replace text in a file, which has to hold it."""
    content = path.read_bytes()
    assert old.encode() in content, old
    path.write_bytes(content.replace(old.encode(), new.encode(), count))


def rewrite(path: Path, change: Callable[[pa.Table], pa.Table], **options: Any) -> None:
    """Change a Parquet file, written as a run writes it but for the options."""
    given = {"compression": "zstd", "write_page_checksum": True} | options
    pq.write_table(change(pq.read_table(path)), path, **given)


def cell(column: str, row: int, change: Callable[[Any], Any]) -> Callable[[pa.Table], pa.Table]:
    """Return what changes a cell of a table."""

    def changed(table: pa.Table) -> pa.Table:
        place = table.column_names.index(column)
        cells = table.column(column).to_pylist()
        cells[row] = change(cells[row])
        return table.set_column(place, table.field(place), pa.array(cells, type=table.field(place).type))

    return changed


def sealed(folder: Path) -> None:
    """Make all hashes in the audit trail fit again, changing nothing else in it."""
    path = folder / "audit.json"
    if path.is_symlink() or not path.is_file():
        return
    text = path.read_text(encoding="utf-8")
    try:
        outputs = json.loads(text)["outputs"]
    except (ValueError, KeyError):
        return
    for name, digest in outputs.items():
        if (folder / name).is_file():
            text = text.replace(digest, hashlib.sha256((folder / name).read_bytes()).hexdigest())
    path.write_bytes(text.encode())
