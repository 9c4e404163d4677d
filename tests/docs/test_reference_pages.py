"""The reference pages say what there is: no key, option or name too many, none too few."""

from __future__ import annotations

import inspect
import re
import tomllib
from importlib import resources
from types import UnionType
from typing import Any, Union, get_args, get_origin

import pytest
from pydantic import BaseModel
from pydantic_core import PydanticUndefined
from tests.docs.walkthrough import ROOT
from typer.main import get_command

import pilotzone as pz
from pilotzone.cli.app import app
from pilotzone.core import StudyError
from pilotzone.evaluate.few import DEFAULT_THRESHOLDS
from pilotzone.evaluate.many import evaluate
from pilotzone.judge import judge
from pilotzone.study import ARTEFACTS, parse_panel_study, parse_study
from pilotzone.study.panel_spec import PanelStudySpec
from pilotzone.study.plan_spec import PlanFile
from pilotzone.study.siting_spec import SitingFile
from pilotzone.study.spec import StudySpec

REFERENCE = ROOT / "docs" / "reference"


def sections(name: str) -> dict[str, str]:
    """Return heading to text of a page."""
    page = (REFERENCE / name).read_text(encoding="utf-8")
    parts = re.split(r"^## (.+)$", page, flags=re.MULTILINE)
    return {heading.replace("`", ""): text for heading, text in zip(parts[1::2], parts[2::2], strict=True)}


def rows(text: str) -> list[list[str]]:
    """Return the cells of all tables, without heads."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    return [row for k, row in enumerate(cells) if not set("".join(row)) <= set("-: ") and not is_head(cells, k)]


def is_head(cells: list[list[str]], k: int) -> bool:
    return k + 1 < len(cells) and set("".join(cells[k + 1])) <= set("-: ")


# --------------------------------------------------------------------------------------------- study file


def tables(whole: type[BaseModel] = StudySpec) -> dict[str, type[BaseModel]]:
    """Return the tables of a study file: key to model, the whole file under "The top"."""
    found: dict[str, type[BaseModel]] = {"The top": whole}
    for name, field in keys(whole).items():
        for model in models(field.annotation):
            found[name] = model
            for inner, part in model.model_fields.items():
                found.update({f"{name}.{inner}": table for table in models(part.annotation)})
    return found


def keys(model: type[BaseModel]) -> dict[str, Any]:
    """Return the fields of a table by what a user writes: a word of Python's own has another name inside."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def models(annotation: Any) -> list[type[BaseModel]]:  # noqa: ANN401 - a type at run time
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in get_args(annotation) for model in models(inner)]


PAGES = [
    *(("study-file.md", table, model) for table, model in tables().items()),
    *(("panel-study.md", table, model) for table, model in tables(PanelStudySpec).items()),
    *(("siting-file.md", table, model) for table, model in tables(SitingFile).items()),
    *(("plan-file.md", table, model) for table, model in tables(PlanFile).items()),
]


@pytest.mark.parametrize(("page", "table", "model"), PAGES)
def test_every_key_of_a_study_file_and_no_other(page: str, table: str, model: type[BaseModel]) -> None:
    documented = [row[0].strip("`") for row in rows(sections(page)[table])]
    assert documented == list(keys(model))


@pytest.mark.parametrize(("page", "table", "model"), PAGES)
def test_defaults_and_choices_of_a_study_file(page: str, table: str, model: type[BaseModel]) -> None:
    for key, kind, default, _ in rows(sections(page)[table]):
        field = keys(model)[key.strip("`")]
        if field.is_required():
            assert default == "required", key
        elif isinstance(field.default, bool):
            assert default == f"`{str(field.default).lower()}`", key
        elif isinstance(field.default, str | int | float) and field.default != "":
            shown = f'"{field.default}"' if isinstance(field.default, str) else f"{field.default}"
            assert default == f"`{shown}`", key
        else:
            assert field.default in (None, "", (), PydanticUndefined) or isinstance(field.default, BaseModel), key
        choices = literals(field.annotation)
        if choices and not kind.startswith(("as in", "list of")):
            assert re.findall(r'`"?([^"`]+)"?`', kind) == choices, key


def literals(annotation: Any) -> list[str]:  # noqa: ANN401 - a type at run time
    if get_origin(annotation) in {Union, UnionType}:
        return [value for inner in get_args(annotation) for value in literals(inner)]
    values = get_args(annotation)
    return [str(value) for value in values] if values and all(isinstance(v, str | int) for v in values) else []


def test_default_thresholds_are_those_documented() -> None:
    for key, _, default, _ in rows(sections("study-file.md")["thresholds"]):
        assert float(default.strip("`")) == getattr(DEFAULT_THRESHOLDS, key.strip("`"))


def test_every_table_has_its_section() -> None:
    expected = [*tables(), "derive"]
    assert sorted(sections("study-file.md")) == sorted(expected)
    assert sorted(sections("panel-study.md")) == sorted(tables(PanelStudySpec))


def uncommented(file: str = "template.toml") -> str:
    """Return a file that `pilotzone init` writes, with what is commented out put in force."""
    template = (resources.files("pilotzone.study") / file).read_text(encoding="utf-8").format(name="x")
    lines = []
    for line in template.splitlines():
        bare = re.sub(r"^# ", "", line)
        in_force = re.match(r"(\[\[?\w+\]\]?$|[\w.]+ = )", bare.partition("  #")[0])
        lines.append(bare if in_force else line)
    return "\n".join(lines)


def test_template_shows_known_keys_only() -> None:
    """Also those that stand in comments: put in force, all but the user's own data file agree with the format."""
    text = uncommented()
    text = re.sub(r'^(source = "file"|file|unit = "region"|period|units|citation).*$', "", text, flags=re.MULTILINE)
    text = text.replace('name = "log_co2"', 'name = "log_co2_x"')
    spec = parse_study(text, "x").spec
    assert spec.secondary
    assert spec.alternatives
    assert spec.limits
    assert spec.assumptions
    assert spec.donors.only
    assert spec.window.longer
    assert spec.method.pre_from


def test_template_of_a_panel_shows_every_key_and_no_other() -> None:
    text = uncommented("template_panel.toml")
    text = (
        text.replace('# name = "spark"', 'name = "spark"').replace('memory = "4GB"', "").replace('table = "panel"', "")
    )
    text = text.replace("neighbours = {", "# neighbours = {")
    spec = parse_panel_study(text, "x").spec
    shown = (("panel", "table"), ("engine", "memory"), ("space", "neighbours"))
    for name, model in tables(PanelStudySpec).items():
        if name in {"The top", "outcomes", "limits", "assumptions"} or "." in name:
            continue
        given = getattr(spec, name).model_fields_set | {key for table, key in shown if table == name}
        assert given == set(model.model_fields) - ({"threads", "spark"} if name == "engine" else set()), name
    assert spec.limits
    assert spec.assumptions
    assert spec.outcomes[0].model_fields_set == set(tables(PanelStudySpec)["outcomes"].model_fields) - {"unit"}


def test_template_shows_how_to_bring_ones_own_data() -> None:
    text = uncommented()
    block = re.search(r"^source = \"file\"\n.*?(?=^\[derive\])", text, flags=re.MULTILINE | re.DOTALL)
    assert block is not None
    data = tables()["data"].model_validate(tomllib.loads(block[0]))
    assert data.model_fields_set == {"source", "file", "unit", "period", "units", "citation"}


def test_unknown_key_is_refused() -> None:
    """The page says so."""
    with pytest.raises(StudyError, match="not a key"):
        parse_study("formats = 1", "x")


# ------------------------------------------------------------------------------------------- command line


def commands() -> dict[str, Any]:
    group: Any = get_command(app)
    return {"pilotzone": group} | {f"pilotzone {name}": command for name, command in group.commands.items()}


def heading_of(name: str, command: Any) -> str:  # noqa: ANN401 - Typer's own classes
    arguments = [item for item in command.params if item.param_type_name == "argument"]
    shown = [item.metavar if item.required else f"[{item.metavar}]" for item in arguments]
    return " ".join([name, *shown])


def test_every_command_has_its_section() -> None:
    documented = [heading for heading in sections("cli.md") if heading.startswith("pilotzone")]
    assert documented == [heading_of(name, command) for name, command in commands().items()]


@pytest.mark.parametrize("name", commands())
def test_every_option_and_no_other(name: str) -> None:
    command = commands()[name]
    cells = " ".join(row[0] for row in rows(sections("cli.md")[heading_of(name, command)]))
    documented = set(re.findall(r"`(--?[a-z][\w-]*)", cells))
    expected = {
        opt for item in command.params if item.param_type_name == "option" for opt in (*item.opts, *item.secondary_opts)
    }
    assert documented == expected | ({"--help", "-h"} if name == "pilotzone" else set())


def test_artefacts_and_columns_are_documented() -> None:
    documented = [row[0].strip("`") for row in rows(sections("cli.md")["pilotzone run STUDY"])]
    assert set(ARTEFACTS) <= set(documented)
    effects = pz.run("guizhou").effects.to_table()
    columns = re.findall(r"`(\w+)`", " ".join(row[0] for row in rows(sections("cli.md")["pilotzone run STUDY"])))
    assert set(effects.columns) <= set(columns)


def test_exit_codes_are_those_of_the_help() -> None:
    group: Any = get_command(app)
    told = re.findall(r"^  (\d+) ", str(group.epilog), flags=re.MULTILINE)
    documented = [row[0] for row in rows(sections("cli.md")["Exit codes"])]
    assert documented == [*told, "141"]


# ------------------------------------------------------------------------------------------------- Python


CALLED: dict[str, Any] = {"evaluate": evaluate, "judge": judge}
"""Rooms that can be called like a function of theirs."""


def test_every_public_name_with_its_first_line() -> None:
    page = (REFERENCE / "python.md").read_text(encoding="utf-8")
    documented = {row[0].strip("`").removeprefix("pz."): row[1] for row in rows(page)}
    assert sorted(documented) == sorted(pz.__all__)
    for name, text in documented.items():
        told = inspect.getdoc(CALLED.get(name) or getattr(pz, name)) or ""
        assert text == told.split("\n")[0], name


# -------------------------------------------------------------------------------------------------- index


def test_index_leads_to_every_page() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    linked = set(re.findall(r"\]\(([\w/-]+\.md)\)", index))
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert {page for page in pages if not page.startswith("adr/")} - {"README.md"} <= linked
