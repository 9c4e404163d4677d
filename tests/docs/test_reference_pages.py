"""The reference pages say what there is: no key, option or name too many, none too few."""

from __future__ import annotations

import inspect
import json
import re
import tomllib
from importlib import import_module
from types import UnionType
from typing import Any, Union, get_args, get_origin

import pytest
from pydantic import BaseModel
from pydantic_core import PydanticUndefined
from tests.docs.walkthrough import ROOT
from tests.unit.study.guizhou import guizhou
from typer.main import get_command

import pilotzone as pz
import pilotzone.gather
from pilotzone.cli.app import app
from pilotzone.core import StudyError
from pilotzone.evaluation.few import DEFAULT_THRESHOLDS
from pilotzone.gather import campus_names, hourly_weather, load_campus, load_evidence
from pilotzone.study import KINDS, load, parse
from pilotzone.study.appraisal.file import AppraisalFile
from pilotzone.study.campus.file import CampusFile
from pilotzone.study.inclusion.file import InclusionFile
from pilotzone.study.panel.declared import BESIDE_THE_CLAIM
from pilotzone.study.panel.dosing import DoseSpec
from pilotzone.study.panel.file import PanelStudySpec
from pilotzone.study.plan.file import PlanFile
from pilotzone.study.runs.audit import made_from
from pilotzone.study.runs.ownshapes import ShapesSpec
from pilotzone.study.runs.writing import audit_bytes
from pilotzone.study.siting.file import SitingFile
from pilotzone.study.transfer.file import TransferFile
from pilotzone.study.zone.file import StudySpec

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
    return {"The top": whole, **within(whole)}


def within(model: type[BaseModel], above: str = "") -> dict[str, type[BaseModel]]:
    """Return the tables inside a table, however deep, by the names under which a file has them."""
    found: dict[str, type[BaseModel]] = {}
    for name, field in keys(model).items():
        for table in models(field.annotation):
            found |= {f"{above}{name}": table, **within(table, f"{above}{name}.")}
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
    *(("appraisal-file.md", table, model) for table, model in tables(AppraisalFile).items()),
    *(("campus-file.md", table, model) for table, model in tables(CampusFile).items()),
    *(("transfer-file.md", table, model) for table, model in tables(TransferFile).items()),
    *(("inclusion-file.md", table, model) for table, model in tables(InclusionFile).items()),
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
        elif isinstance(field.default, tuple) and field.default:
            assert default == f"`{list(field.default)}`", key
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
    expected = [*tables(), "beside", "derive"]
    assert sorted(sections("study-file.md")) == sorted(expected)
    assert sorted(sections("panel-study.md")) == sorted(tables(PanelStudySpec))
    assert sorted(sections("transfer-file.md")) == sorted(tables(TransferFile))
    assert sorted(sections("inclusion-file.md")) == sorted(tables(InclusionFile))
    assert sorted(sections("campus-file.md")) == sorted([*tables(CampusFile), "Assumptions"])


def test_kinds_are_told_apart_by_what_the_page_says() -> None:
    page = (REFERENCE / "study-file.md").read_text(encoding="utf-8").partition("\n## ")[0]
    told = {row[0].strip("`"): re.findall(r"`\[*(\w+)\]*`", row[1]) for row in rows(page) if row[0].strip("`") in KINDS}
    assert {name: sorted(keys) for name, keys in told.items()} == {name: sorted(KINDS.marks(name)) for name in KINDS}


def uncommented(kind: str = "zone") -> str:
    """Return a file that `pilotzone init` writes, with what is commented out put in force."""
    template = KINDS[kind].template().format(name="x")
    lines = []
    for line in template.splitlines():
        bare = re.sub(r"^# ", "", line)
        in_force = re.match(r"(\[\[?[\w.]+\]\]?$|[\w.]+ = )", bare.partition("  #")[0])
        lines.append(bare if in_force else line)
    return "\n".join(lines)


def test_template_shows_known_keys_only() -> None:
    """Also those that stand in comments: put in force, all but the user's own data file agree with the format."""
    text = uncommented()
    text = re.sub(
        r'^(source = "file"|file(?! = "districts)|unit = "region"|period|units|index|citation).*$',
        "",
        text,
        flags=re.MULTILINE,
    )
    text = text.replace('name = "log_co2"', 'name = "log_co2_x"')
    spec = parse(text, "x").spec
    assert spec.secondary
    assert spec.alternatives
    assert spec.limits
    assert spec.assumptions
    assert spec.breaks
    assert spec.accepted
    assert spec.accepted_figures
    assert spec.shapes
    assert spec.donors.only
    assert spec.window.longer
    assert spec.method.pre_from


def test_template_of_a_panel_shows_every_key_and_no_other() -> None:
    text = uncommented("panel")
    text = (
        text.replace('# name = "spark"', 'name = "spark"').replace('memory = "4GB"', "").replace('table = "panel"', "")
    )
    text = text.replace("neighbours = {", "# neighbours = {")
    # Shapes go with units that are followed.
    shapes = re.search(r"^\[shapes\]\n.*?(?=^\[\[assumptions\]\])", text, flags=re.MULTILINE | re.DOTALL)
    assert shapes is not None
    alone = tomllib.loads(shapes[0])["shapes"]
    assert set(alone) == set(ShapesSpec.model_fields)
    assert ShapesSpec.model_validate(alone).key == "county_code"
    text = text.replace(shapes[0], "")
    # Doses go without weights, covariates and space, and their keys not all with one another.
    dose = re.search(r"^\[dose\]\n.*?(?=^\[claim\])", text, flags=re.MULTILINE | re.DOTALL)
    assert dose is not None
    doses = tomllib.loads(dose[0])["dose"]
    assert set(doses) == set(DoseSpec.model_fields)
    smooth = {key: value for key, value in doses.items() if key not in {"bins", "lowest"}}
    assert DoseSpec.model_validate(smooth).unit == "USD 1 bn"
    spec = parse(text.replace(dose[0], ""), "x").spec
    shown = (("panel", "table"), ("engine", "memory"), ("space", "neighbours"))
    for name, model in tables(PanelStudySpec).items():
        if (
            name
            in {"The top", "outcomes", "breaks", "accepted", "limits", "assumptions", "treatment", "dose", "shapes"}
            or "." in name
        ):
            continue
        if name in BESIDE_THE_CLAIM:
            assert f"[[{name}]]" in text
            continue
        given = getattr(spec, name).model_fields_set | {key for table, key in shown if table == name}
        elsewhere = {"engine": {"threads", "spark"}, "panel": {"source", "series", "periods", "drop", "members"}}.get(
            name, set()
        )
        assert given == set(model.model_fields) - elsewhere, name
    assert spec.limits
    assert spec.assumptions
    assert spec.accepted
    # A break is dated by one period, or by a first and a last one.
    assert spec.breaks[0].model_fields_set == set(tables(PanelStudySpec)["breaks"].model_fields) - {"first", "last"}
    assert spec.outcomes[0].model_fields_set == set(tables(PanelStudySpec)["outcomes"].model_fields) - {"unit"}


def test_template_of_a_campus_shows_every_key_and_no_other() -> None:
    """Put in force: but for what takes another key's place, and for the files that the reader has."""
    text = uncommented("campus")
    text = text.replace('weather = "modelled"', 'weather = "Guangzhou"')
    elsewhere = {"site": {"pue"}, "site.grid": {"tariff"}, "site.hydro": {"inflow_mwh"}, "site.plant": {"pv", "wind"}}
    lines = {}
    for key in ("pue", "tariff", "inflow_mwh", "pv", "wind"):
        lines[key] = re.findall(rf"^{key} = .*$", text, flags=re.MULTILINE)
        assert len(lines[key]) == 1, key
        text = text.replace(lines[key][0], "")
    spec = parse(text, "x").spec
    found = {"The top": spec, "site": spec.site[0], "site.plant": spec.site[0].plant[0], "limit": spec.limit[0]}
    found |= {"campus": spec.campus, "frontier": spec.frontier[0], "stress": spec.stress}
    found |= {f"site.{name}": getattr(spec.site[0], name) for name in ("sky", "grid", "hydro", "battery", "diesel")}
    for name in ("pv", "wind"):
        model = tables(CampusFile)[f"site.plant.{name}"]
        found[f"site.plant.{name}"] = model.model_validate(tomllib.loads(lines[name][0])[name])
    found["stress.summer"] = spec.stress.summer[0]
    assert sorted(found) == sorted(tables(CampusFile))
    for name, model in tables(CampusFile).items():
        given = found[name].model_fields_set | ({"beside"} if name == "The top" else set())
        assert given == set(model.model_fields) - elsewhere.get(name, set()), name


def test_template_of_a_panel_shows_how_to_use_the_evidence() -> None:
    text = KINDS["panel"].template().format(name="x")
    shown = "\n".join(line.removeprefix("#   ") for line in text.splitlines() if line.startswith("#   "))
    rest = re.sub(r"^\[panel\]\n.*?(?=^# Or)", shown + "\n", text, flags=re.MULTILINE | re.DOTALL)
    rest = rest.replace('name = "log_output"', 'name = "log_gdp_per_head"').replace("log_co2", "population")
    rest = rest.replace(
        'scale = "log"\nmargin = "5%"\nwhy_margin = "say why"\n\n[method]', 'margin = "5 person"\n\n[method]'
    )
    spec = parse(rest, "x").spec
    assert spec.treatment is not None
    assert spec.treatment.model_fields_set == {*tables(PanelStudySpec)["treatment"].model_fields}
    assert {"source", "series", "periods", "drop"} == spec.panel.model_fields_set
    assert spec.derive


def test_template_shows_how_to_bring_ones_own_data() -> None:
    text = uncommented()
    block = re.search(r"^source = \"file\"\n.*?(?=^\[derive\])", text, flags=re.MULTILINE | re.DOTALL)
    assert block is not None
    data = tables()["data"].model_validate(tomllib.loads(block[0]))
    assert data.model_fields_set == {"source", "file", "unit", "period", "units", "index", "citation"}


def test_unknown_key_is_refused() -> None:
    """The page says so."""
    with pytest.raises(StudyError, match="not a key"):
        parse("formats = 1", "x")


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
    assert set(KINDS["zone"].artefacts) <= set(documented)
    effects = guizhou().effects.to_table()
    columns = re.findall(r"`(\w+)`", " ".join(row[0] for row in rows(sections("cli.md")["pilotzone run STUDY"])))
    assert set(effects.columns) <= set(columns)


def test_files_of_every_kind_are_documented() -> None:
    told = {row[0]: row[1:] for row in rows(sections("cli.md")["pilotzone run STUDY"]) if row[0] in KINDS}
    assert {name: re.findall(r"`([^`]+)`", " ".join(cells)) for name, cells in told.items()} == {
        name: [kind.record_file, *kind.table_files] for name, kind in KINDS.items()
    }


def test_keys_of_the_audit_trail_are_documented() -> None:
    """In the order in which they stand there; one kind has what another one has, but for what stands beside it."""
    page = sections("cli.md")["pilotzone run STUDY"].partition("### The audit trail")[2]
    told = {row[0].strip("`"): row[1] for row in rows(page.partition("###")[0])}
    for name in ("guizhou", "homecoming"):
        study = load(name)
        written = json.loads(audit_bytes(made_from(study, {}), {}, "", tables=(), seconds={}))
        assert [key for key in told if key in written] == list(written)
        assert set(told) - set(written) == ({"beside"} if not study.beside else set())
        assert told["format"].startswith(f"`{written['format']}`")
        assert {f"`{key}`" for key in written["study"]} <= set(
            told["study"].replace(";", " ").replace(",", " ").split()
        )


def test_exit_codes_are_those_of_the_help() -> None:
    group: Any = get_command(app)
    told = re.findall(r"^  (\d+) ", str(group.epilog), flags=re.MULTILINE)
    documented = [row[0] for row in rows(sections("cli.md")["Exit codes"])]
    assert documented == [*told, "141"]


# ------------------------------------------------------------------------------------------------- Python


RETURNED, FORMER = "What functions return", "Former names"


def test_every_public_name_with_its_first_line() -> None:
    told = [
        row
        for heading, text in sections("python.md").items()
        if heading not in {RETURNED, FORMER}
        for row in rows(text)
    ]
    documented = {name.strip("`").removeprefix("pz."): text for name, text in told}
    assert sorted(documented) == sorted(pz.__all__)
    for name, text in documented.items():
        assert text == first_line(getattr(pz, name)), name


def test_types_that_functions_return_are_where_the_page_says() -> None:
    """All of them: what the annotations of public functions name stands either at the top or in this table."""
    documented = [(name.strip("`"), text) for name, text, _ in rows(sections("python.md")[RETURNED])]
    for name, text in documented:
        room, _, own = name.rpartition(".")
        assert own in import_module(room).__all__, name
        assert text == first_line(getattr(import_module(room), own)), name
    functions = [getattr(pz, name) for name in pz.__all__ if inspect.isfunction(getattr(pz, name))]
    returned = {
        word for each in functions for word in re.findall(r"\b[A-Z]\w+", str(inspect.signature(each).return_annotation))
    }
    assert len(returned) > 15
    assert returned - {"Any", "Path", *pz.__all__} <= {name.rpartition(".")[2] for name, _ in documented}


def test_former_names_and_what_stands_in_their_place() -> None:
    documented = {
        name.strip("`").removeprefix("pz."): now.replace("`", "") for name, now in rows(sections("python.md")[FORMER])
    }
    instead = {name: told.replace("pilotzone.", "pz.") for name, (_, _, told) in pz._FORMER.items()}
    assert {name: now.replace("pilotzone.", "pz.") for name, now in documented.items()} == instead


def first_line(thing: object) -> str:
    return (inspect.getdoc(thing) or "").split("\n")[0]


# -------------------------------------------------------------------------------------------------- index


def test_index_leads_to_every_page() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    linked = set(re.findall(r"\]\(([\w/-]+\.md)\)", index))
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert {page for page in pages if not page.startswith("adr/")} - {"README.md"} <= linked


# --------------------------------------------------------------------------------------------- the evidence


@pytest.mark.parametrize(("geography", "of"), [("cn-province", "provinces"), ("cn-city", "cities")])
def test_page_on_china_names_every_series_and_break(geography: str, of: str) -> None:
    evidence, page = load_evidence(), sections("evidence-china.md")
    entries = {name: entry for name, entry in evidence.series.items() if entry.geography == geography}
    told = {
        name: (table.strip("`"), years)
        for table, names, years, _ in rows(page[f"Series of {of}"])
        for name in re.findall(r"`(\w+)`", names)
    }
    assert told == {
        name: (entry.resource, f"{entry.coverage.first}-{entry.coverage.last}") for name, entry in entries.items()
    }
    severity = {name: row[3] for row in rows(page[f"Breaks of {of}"]) for name in re.findall(r"`([\w-]+)`", row[0])}
    held = {item.found.name: item.found.severity for item in evidence.breaks if set(item.series) & set(entries)}
    assert severity == held


def test_page_on_campuses_names_every_table_with_its_rows() -> None:
    page = sections("evidence-campus.md")
    told = {name.strip("`"): (count, title) for name, count, title, _ in rows(page["Tables"])}
    layers = {name: load_campus(name) for name in campus_names()}
    assert told == {name: (f"{len(layer):,}", layer.title) for name, layer in layers.items()}
    named = {name for row in rows(page["In Python"]) for name in re.findall(r"`(\w+)\(", row[0])}
    assert named <= set(pilotzone.gather.__all__)
    text = " ".join("".join(page.values()).split())
    for city, years in (("Guangzhou", (2010, 2011, 2012, 2014)), ("Beijing", (2010, 2011, 2012, 2013, 2014))):
        assert hourly_weather(city).complete_years == years
    assert "complete in 2010, 2011, 2012 and 2014, Beijing from 2010 to 2014" in text
    standings = set(layers["emission_factors"].texts["standing"])
    assert all(f"`{name}`" in text for name in standings)


def test_page_on_states_names_every_series_and_break_with_its_years() -> None:
    evidence, page = load_evidence(), sections("evidence-states.md")
    told = {}
    for table, names, years, _ in rows(page["Series"]):
        for name in re.findall(r"`(us_\w+)`", names):
            told[name] = (table.partition(",")[0].strip("`"), years.rpartition(", ")[2])
    held = {}
    for name, entry in evidence.series.items():
        if entry.geography == "us-state":
            first, last = entry.coverage.first, entry.coverage.last
            held[name] = (entry.resource, f"{first}" if first == last else f"{first}-{last}")
    assert told == held
    severity = {name: row[3] for row in rows(page["Breaks"]) for name in re.findall(r"`([\w-]+)`", row[0])}
    breaks = [item.found for item in evidence.breaks if item.found.name.startswith("us-")]
    assert severity == {item.name: item.severity for item in breaks}
    programme = evidence.policy("us-data-center-incentives")
    counts = (len(programme.instruments), len({item.region for item in programme.instruments}))
    assert (*counts, len(programme.without), len(programme.exempt)) == (45, 36, 10, 5)
    assert "45 instruments in 36 regions, 10 regions" in " ".join(page["Tax incentives for data centres"].split())
