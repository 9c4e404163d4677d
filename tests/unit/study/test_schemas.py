"""Schemas of study files, records and audit trails: current, true of what is right, and against what is damaged."""

from __future__ import annotations

import copy
import datetime as dt
import json
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from tests.docs.test_reference_pages import uncommented
from tests.properties.test_study_damage import parent, places
from tests.unit.cli.command import call
from tests.unit.study.campuses import campus, study_of
from tests.unit.study.guizhou import guizhou
from tests.unit.study.plans import HEAD, REGION, held, site
from tests.unit.study.plans import write as write_plan
from tests.unit.study.test_appraisal_files import SMALL
from tests.unit.study.test_panels import STUDY, write_towns

import schemas
from pilotzone.core import StudyError, UsageError
from pilotzone.study import KINDS, Run, parse, run, run_study
from pilotzone.study.recorded import RECORDS
from pilotzone.study.runs.writing import audit_bytes
from pilotzone.study.schemas import schema_names, schema_text


@cache
def validator(name: str) -> Draft202012Validator:
    schema = json.loads(schema_text(name))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def faults(name: str, content: object) -> list[str]:
    return [f"{list(error.path)}: {error.message}" for error in validator(name).iter_errors(content)]


def plain(value: object) -> Any:  # noqa: ANN401 - plain data
    """Return what a TOML file holds as JSON has it: editors check dates as text."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, dt.date | dt.time) else value


BUNDLED = [(kind, name) for kind in KINDS for name in KINDS[kind].bundled]


def bundled(kind: str, name: str) -> dict[str, Any]:
    content: dict[str, Any] = plain(tomllib.loads(KINDS[kind].bundled_file(name).decode()))
    return content


def test_committed_schemas_are_current() -> None:
    assert schemas.out_of_date() == []
    assert {path.name.rpartition("-")[0] for path in schemas.FOLDER.iterdir()} == set(schema_names())


def test_every_kind_has_a_form_of_its_record() -> None:
    assert list(RECORDS) == list(KINDS)


# ---------------------------------------------------------------------------------------------- study files


@pytest.mark.parametrize(("kind", "name"), BUNDLED)
def test_bundled_studies_are_valid(kind: str, name: str) -> None:
    assert faults(kind, bundled(kind, name)) == []


@pytest.mark.parametrize("kind", list(KINDS))
def test_templates_are_valid(kind: str) -> None:
    assert faults(kind, plain(tomllib.loads(KINDS[kind].template().format(name="x")))) == []


@pytest.mark.parametrize(("kind", "twice"), [("zone", 'source = "bundled"|unit = "region"'), ("panel", "no such key")])
def test_templates_are_valid_with_every_key_in_force(kind: str, twice: str) -> None:
    """Those of zones and panels show every key; what would then stand twice is left out once."""
    text = re.sub(rf"^({twice}).*$", "", uncommented(kind), flags=re.MULTILINE)
    assert faults(kind, plain(tomllib.loads(text))) == []


@pytest.mark.parametrize(("kind", "name"), BUNDLED)
def test_damaged_studies_are_not(kind: str, name: str) -> None:
    """Each value in turn becomes a list of lists, which no key takes; and each table gets a key that nobody knows."""
    whole, check = bundled(kind, name), validator(kind)
    for path in places(whole):
        damaged = copy.deepcopy(whole)
        parent(damaged, path)[path[-1]] = [[[]]]
        assert not check.is_valid(damaged), path
    assert not check.is_valid({**whole, "no_such_key": 1})


@pytest.mark.parametrize(("kind", "name"), BUNDLED)
def test_what_a_schema_refuses_is_refused_by_the_reader(kind: str, name: str) -> None:
    """A key left out: where the schema minds, the reader does. It minds at least what has to be there."""
    whole, check = bundled(kind, name), validator(kind)
    minded = 0
    for path in places(whole):
        if len(path) > 2:
            continue
        damaged = copy.deepcopy(whole)
        del parent(damaged, path)[path[-1]]
        if not check.is_valid(damaged):
            minded += 1
            with pytest.raises(StudyError):
                parse(_toml(damaged), "x", kind=kind)
    assert minded > 0


def _toml(content: dict[str, Any]) -> str:
    from tests.properties.test_study_damage import document

    return document(content)


def test_margins_and_periods() -> None:
    whole = bundled("zone", "guizhou")
    for margin, good in ((5, True), ("5%", True), ("0.5 t", True), (0, False), (-1.0, False), ("", False), ([], False)):
        whole["outcomes"][0]["margin"] = margin
        assert (faults("zone", whole) == []) == good, margin
    whole = bundled("zone", "guizhou")
    for period, good in ((2016, True), ("2016Q1", True), ("2016-03", True), (2016.5, False), ({}, False)):
        whole["zone"]["start"] = period
        assert (faults("zone", whole) == []) == good, period


# -------------------------------------------------------------------------------------------------- records


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run[Any]]:
    """Give a small run of every kind."""
    folder = tmp_path_factory.mktemp("runs")
    write_towns(folder / "towns.parquet")
    (folder / "towns.toml").write_text(STUDY.replace("honest = true\nbeside = true\n", ""), encoding="utf-8")
    (folder / "appraisal.toml").write_text(SMALL, encoding="utf-8")
    text = KINDS["transfer"].template().format(name="transfer")
    (folder / "transfer.toml").write_text(text, encoding="utf-8")
    small = write_plan(folder, HEAD, site("Home"), REGION, held("files", 2.0))
    return {
        "zone": guizhou(),
        "siting": guizhou().beside["siting"],
        "panel": run(folder / "towns.toml"),
        "plan": run(small),
        "campus": run_study(study_of(folder, campus())),
        "appraisal": run(folder / "appraisal.toml"),
        "transfer": run(folder / "transfer.toml"),
    }


@pytest.mark.parametrize("kind", list(KINDS))
def test_records_are_valid_and_damaged_ones_are_not(kind: str, runs: dict[str, Run[Any]]) -> None:
    name = f"{kind}-record"
    record = json.loads(json.dumps(runs[kind].record()))
    assert faults(name, record) == []
    schema = json.loads(schema_text(name))
    required = schema["required"]
    assert len(required) >= 4
    for key in required:
        assert faults(name, {other: value for other, value in record.items() if other != key}), key
        if schema["properties"][key].keys() - {"title", "description"}:
            assert faults(name, {**record, key: [[[]]]}), key


def test_audit_trails_are_valid_and_damaged_ones_are_not(runs: dict[str, Run[Any]], tmp_path: Path) -> None:
    # The siting was run beside the zone, whose trail has it.
    for done in (runs[kind] for kind in KINDS if kind != "siting"):
        trail = json.loads(audit_bytes(done.audit, {"x.csv": "0" * 64}, None, tables=["word"], seconds={"all": 1.0}))
        assert faults("audit", trail) == []
    trail = json.loads((runs["plan"].write(tmp_path / "plan") / "audit.json").read_text(encoding="utf-8"))
    assert faults("audit", trail) == []
    damages: list[dict[str, Any]] = [
        {"format": 1}, {"kind": "no such kind"}, {"inputs": {"study": "abc"}}, {"seconds": None}, {"seeds": {"x": "y"}},
        {"outputs": []}, {"study": {}}, {"unknown": 1}, {"tables": ["html"]}, {"statistics": 0},
    ]  # fmt: skip
    for damage in damages:
        assert faults("audit", {**trail, **damage}), damage


# -------------------------------------------------------------------------------------------------- command


@pytest.mark.parametrize("name", ["zone", "audit"])
def test_command_prints_the_schema(name: str) -> None:
    said = call("schema", name)
    assert (said.code, said.err) == (0, "")
    assert said.out == schema_text(name)


def test_unknown_name_is_one_error() -> None:
    with pytest.raises(UsageError, match=r"there is no schema of 'zoen'\. Did you mean 'zone'"):
        schema_text("zoen")
    said = call("schema", "../zone")
    assert said.code == 2
    assert "Allowed: zone, panel" in said.err
