"""Plan files for tests, and the way from one to its arrays, findings, record and tables."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pilotzone.study import Run, load, run_study
from pilotzone.study.plan import PlanFindings, PlanStudy, plan_material
from pilotzone.study.plan.record import plan_record

if TYPE_CHECKING:
    from collections.abc import Callable

    from pilotzone.core import Assumption
    from pilotzone.placement import Plan
    from pilotzone.study.plan.file import PlanFile

_RUNS: dict[int, Run[Any]] = {}
"""Runs by their findings, which know nothing of files."""
HEAD = 'title = "Two sites"\nday = 2018-01-01\nfrontier = 0\n'
REGION = '[[region]]\nname = "All"\nlatitude = 50.0\nlongitude = 8.0\nusers = 1.0\n'


def site(name: str, **others: object) -> str:
    """Return a site in Germany, of 50 MW, at the users' own place unless told otherwise."""
    given = {
        "jurisdiction": "DE", "zone": name, "capacity_mw": 50.0, "fixed_cost": 1000.0, "cost_per_mwh": 60.0, "pue": 1.2,
        "carbon_kg_per_kwh": 0.5, "latitude": 50.0, "longitude": 8.0, **others,
    }  # fmt: skip
    return "[[site]]\n" + lines({"name": name, **given})


def held(name: str, load: float, **others: object) -> str:
    """Return a class of data."""
    return "[[class]]\n" + lines({"name": name, "kind": "public", "load_mw": load, **others})


def lines(entries: dict[str, object]) -> str:
    """Return keys and values as TOML; text in quotes, truth in small letters."""
    return "".join(f"{key} = {_written(value)}\n" for key, value in entries.items())


def _written(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_written, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else repr(value)


def write(folder: Path, *parts: str, name: str = "mine") -> Path:
    """Write a plan file; keys of the top stand first."""
    path = folder / f"{name}.toml"
    path.write_text("\n".join(parts), encoding="utf-8")
    return path


def read(which: str | Path) -> PlanStudy:
    """Read a plan file by name or path, with what it names."""
    study = load(which, kind="plan")
    plan_material(study)
    return study


def spec_of(study: PlanStudy) -> PlanFile:
    """Return what the file says."""
    return study.spec


def plan_of(study: PlanStudy) -> Plan:
    """Return what is to be placed."""
    return plan_material(study).plan


def varied(study: PlanStudy, pick: Callable[[Assumption], float]) -> Plan:
    """Return the plan with assumptions at other values."""
    return plan_material(study).varied(pick)


def left_out(study: PlanStudy) -> dict[str, str]:
    """Return provinces that cannot be sites, with the reasons."""
    return plan_material(study).left_out


def found_of(study: PlanStudy) -> PlanFindings:
    """Return all findings."""
    done = run_study(study)
    _RUNS[id(done.findings)] = done
    found: PlanFindings = done.findings
    return found


def record_of(found: PlanFindings) -> dict[str, Any]:
    """Return the record."""
    return plan_record(found)


def tables_of(found: PlanFindings, folder: Path) -> dict[str, list[dict[str, str]]]:
    """Return the tables as they are written, by file name."""
    _RUNS[id(found)].write(folder)
    return {path.name: _rows(path) for path in sorted(folder.glob("*.csv"))}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
