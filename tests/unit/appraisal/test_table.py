"""Input-output tables: what is refused at the door, forms that are read, sectors put together."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from openpyxl import Workbook

from pilotzone.appraisal import (
    InputOutputTable,
    SectorGroup,
    SectorMap,
    aggregate,
    domestic_table,
    economy_of,
    households_of,
    inverse,
    read_plain_table,
    read_pymrio,
)
from pilotzone.core import DataError, MethodError, PilotZoneError, UsageError

PYMRIO = Path(__file__).parents[2] / "golden" / "data" / "pymrio_system.zip"

SECTORS = ("power", "building", "services")
FLOWS = np.array([[10.0, 5.0, 15.0], [2.0, 8.0, 5.0], [8.0, 12.0, 20.0]])
OUTPUT = np.array([80.0, 100.0, 150.0])


def small(**changed: Any) -> InputOutputTable:
    imports = np.array([10.0, 15.0, 20.0])
    wages = np.array([20.0, 30.0, 50.0])
    fields: dict[str, Any] = {
        "name": "Smallland",
        "price_year": 2007,
        "unit": "1e4 CNY",
        "sectors": SECTORS,
        "flows": FLOWS,
        "final_demand": np.column_stack([[30.0, 5.0, 60.0], OUTPUT - FLOWS.sum(axis=1) - [30.0, 5.0, 60.0]]),
        "final_kinds": ("households", "other"),
        "value_added": np.vstack([wages, OUTPUT - FLOWS.sum(axis=0) - imports - wages]),
        "value_added_kinds": ("wages", "other value added"),
        "output": OUTPUT,
        "flows_hold": "domestic",
        "imports": imports,
        "jobs": np.array([40.0, 200.0, 600.0]),
        "income_kind": "wages",
        "household_kind": "households",
    }
    return InputOutputTable(**(fields | changed))


def test_a_balanced_table_is_taken() -> None:
    table = small()
    rows, columns = table.differences()
    assert np.abs(rows).max() < 1e-12
    assert np.abs(columns).max() < 1e-12
    assert table.to_table().columns["sector"] == list(SECTORS)
    assert table.cautions == ()
    with pytest.raises(ValueError, match="read-only"):
        table.flows[0, 0] = 1


@pytest.mark.parametrize(("side", "field"), [("row", "final_demand"), ("column", "value_added")])
def test_a_table_that_does_not_balance_names_the_sector_and_the_difference(side: str, field: str) -> None:
    values = getattr(small(), field).copy()
    values[(1, 0) if side == "row" else (0, 1)] += 2.5
    with pytest.raises(
        DataError, match=rf"does not balance: the {side} of 'building' sums to 102\.5 .*difference 2\.5"
    ):
        small(**{field: values})
    small(**{field: values}, tolerance=0.03)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"output": np.array([80.0, -1.0, 150.0])}, "output is -1 at 'building'"),
        ({"flows": np.full((3, 3), np.nan)}, "flows is nan at 'power', 'power'"),
        ({"flows": np.ones((2, 3))}, r"shape \(2, 3\)"),
        ({"jobs": np.array([1.0, -2.0, 3.0])}, "jobs is -2"),
        ({"sectors": ("power", "power", "services")}, "'power' twice"),
        ({"income_kind": "wage"}, "no kind 'wage'. Did you mean 'wages'"),
        ({"price_year": 7}, "price year is 7"),
        ({"unit": " "}, "unit is ' '"),
        ({"flows_hold": "both"}, "flows_hold is 'both'"),
    ],
)
def test_what_is_no_table_is_refused(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(PilotZoneError, match=told):
        small(**changed)


def test_a_table_without_output_is_refused() -> None:
    zero = np.zeros(3)
    with pytest.raises(DataError, match="no output in any sector"):
        small(
            output=zero,
            flows=np.zeros((3, 3)),
            final_demand=np.zeros((3, 2)),
            value_added=np.zeros((2, 3)),
            imports=zero,
        )


def test_imports_within_flows_are_told_and_taken_out_in_proportion() -> None:
    base = small()
    bought = np.array([8.0, 2.0, 35.0])
    whole = small(
        flows_hold="all",
        flows=base.flows,
        final_demand=np.column_stack(
            [base.final_demand[:, 0], OUTPUT + bought - FLOWS.sum(axis=1) - base.final_demand[:, 0]]
        ),
        final_kinds=("households", "exports"),
        imports=bought,
        value_added=np.vstack([base.value_added[0], OUTPUT - FLOWS.sum(axis=0) - base.value_added[0]]),
    )
    assert "upper bounds" in whole.cautions[-1]
    found = domestic_table(whole, exports="exports")
    used = OUTPUT - whole.final_demand[:, 1] + bought
    np.testing.assert_allclose(found.flows, FLOWS * (1 - bought / used)[:, None], rtol=1e-14)
    # Coefficients of the region itself are smaller, and so are all multipliers.
    assert (inverse(economy_of(found).inputs) <= inverse(economy_of(whole).inputs)).all()
    with pytest.raises(MethodError, match="are domestic already"):
        domestic_table(base, exports="exports")
    with pytest.raises(UsageError, match="no kind of final demand"):
        domestic_table(whole, exports="export")


def test_negative_flows_are_kept_and_told() -> None:
    flows = FLOWS.copy()
    flows[0, 0] = -1.0
    base = small()
    table = small(
        flows=flows,
        final_demand=np.add(base.final_demand, [[11.0, 0.0], [0.0, 0.0], [0.0, 0.0]]),
        value_added=np.add(base.value_added, [[0.0, 0.0, 0.0], [11.0, 0.0, 0.0]]),
    )
    assert "1 flows are negative, the first from power to power (-1.00 1e4 CNY)" in table.cautions[0]


def test_aggregation_keeps_sums_and_balance() -> None:
    sectors = SectorMap(
        "two", (SectorGroup("goods", ("power", "building"), "made"), SectorGroup("services", ("services",), "served"))
    )
    found = aggregate(small(), sectors)
    assert found.sectors == ("goods", "services")
    assert found.flows.tolist() == [[25.0, 20.0], [20.0, 20.0]]
    assert found.output.tolist() == [180.0, 150.0]
    assert found.jobs is not None
    assert found.jobs.tolist() == [240.0, 600.0]
    assert np.abs(np.concatenate(found.differences())).max() < 1e-12
    assert sectors.to_table().columns["reason"] == ("made", "served")


@pytest.mark.parametrize(
    ("groups", "told"),
    [
        ([("goods", ("power", "building"))], "has no group for services"),
        ([("all", (*SECTORS, "mining"))], "names mining"),
        ([("a", SECTORS), ("b", ("power",))], "the sector 'power' twice"),
    ],
)
def test_a_map_that_does_not_fit_is_refused(groups: list[tuple[str, tuple[str, ...]]], told: str) -> None:
    with pytest.raises(PilotZoneError, match=told):
        aggregate(small(), SectorMap("odd", tuple(SectorGroup(name, held, "why") for name, held in groups)))


def plain_rows() -> list[list[Any]]:
    table = small()
    head = ["", *SECTORS, "households", "other", "output"]
    body = [
        [name, *table.flows[i].tolist(), *table.final_demand[i].tolist(), table.output[i]]
        for i, name in enumerate(SECTORS)
    ]
    assert table.imports is not None
    assert table.jobs is not None
    below = [
        ["imports", *table.imports.tolist(), 0, 0, 0],
        ["wages", *table.value_added[0].tolist(), 0, 0, 0],
        ["other value added", *table.value_added[1].tolist(), 0, 0, 0],
        ["output", *table.output.tolist(), 0, 0, 0],
        ["jobs", *table.jobs.tolist(), 0, 0, 0],
    ]
    return [head, *body, *below]


def read_small(path: Path) -> InputOutputTable:
    return read_plain_table(
        path,
        price_year=2007,
        unit="1e4 CNY",
        flows_hold="domestic",
        final_demand=["households", "other"],
        value_added=["wages", "other value added"],
    )


def write_plain(path: Path, rows: list[list[Any]]) -> Path:
    if path.suffix == ".xlsx":
        book = Workbook()
        for row in rows:
            book.active.append(row)
        book.save(path)
    else:
        path.write_text("\n".join(",".join(map(str, row)) for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["table.csv", "table.xlsx"])
def test_the_plain_form_is_read_from_text_and_workbooks(tmp_path: Path, name: str) -> None:
    found = read_small(write_plain(tmp_path / name, plain_rows()))
    for part in ("flows", "final_demand", "value_added", "output", "imports", "jobs"):
        np.testing.assert_array_equal(getattr(found, part), getattr(small(), part))
    assert found.name == "table"


@pytest.mark.parametrize(
    ("row", "column", "cell", "told"),
    [
        (1, 2, "", "row 'power', column 'building' holds '', a word for missing"),
        (1, 2, "n/a", "holds 'n/a', a word for missing"),
        (1, 2, "1.2.3", "holds '1.2.3', no number"),
        (0, 4, "household", "no column 'households'"),
        (5, 0, "wage", "no row 'wages'"),
        (2, 0, "power", "has the row 'power' twice"),
    ],
)
def test_what_is_wrong_in_a_plain_file_is_named(tmp_path: Path, row: int, column: int, cell: str, told: str) -> None:
    rows = plain_rows()
    rows[row][column] = cell
    with pytest.raises(DataError, match=told):
        read_small(write_plain(tmp_path / "table.csv", rows))


def unpacked(tmp_path: Path) -> Path:
    with zipfile.ZipFile(PYMRIO) as archive:
        archive.extractall(tmp_path / "system")
    return tmp_path / "system"


def test_a_folder_of_pymrio_is_read_as_its_archive_is(tmp_path: Path) -> None:
    ways = [read_pymrio(path, price_year=2011, unit="million USD") for path in (PYMRIO, unpacked(tmp_path))]
    np.testing.assert_array_equal(ways[0].flows, ways[1].flows)
    assert ways[0].regions == ("north", "south")
    assert ways[0].final_demand.shape[1] == len(ways[0].final_kinds)


def test_an_extension_that_is_not_value_added_does_not_balance() -> None:
    # The factor inputs of pymrio's test system are invented; the door must see that.
    with pytest.raises(DataError, match="does not balance: the column of 'north: primary'"):
        read_pymrio(PYMRIO, price_year=2011, unit="million USD", value_added_from="factor_inputs")
    with pytest.raises(DataError, match="no extension 'factors'"):
        read_pymrio(PYMRIO, price_year=2011, unit="million USD", value_added_from="factors")


def test_an_extension_that_balances_and_its_jobs_are_read(tmp_path: Path) -> None:
    folder = unpacked(tmp_path)
    table = read_pymrio(folder, price_year=2011, unit="million USD")
    lines = (folder / "factor_inputs" / "F.txt").read_text(encoding="utf-8").splitlines()
    added = "\t".join(["Value Added", *(repr(value) for value in table.total_value_added.tolist())])
    jobs = "\t".join(["Jobs", *map(str, range(8))])
    (folder / "factor_inputs" / "F.txt").write_text("\n".join([*lines[:3], added]) + "\n", encoding="utf-8")
    jobs_folder = folder / "people"
    jobs_folder.mkdir()
    (jobs_folder / "F.txt").write_text("\n".join([*lines[:3], jobs]) + "\n", encoding="utf-8")
    told = {"files": {"F": {"name": "F.txt", "nr_index_col": "1", "nr_header": "2"}}, "systemtype": "Extension"}
    (jobs_folder / "file_parameters.json").write_text(json.dumps(told), encoding="utf-8")
    found = read_pymrio(
        folder,
        price_year=2011,
        unit="million USD",
        value_added_from="factor_inputs",
        jobs_from=("people", "Jobs"),
    )
    assert found.value_added_kinds == ("Value Added",)
    assert found.jobs is not None
    assert found.jobs.tolist() == list(range(8))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda entry: entry.update(name="Z.pkl"), "pickles run code|table Z is in 'Z.pkl'"),
        (lambda entry: entry.update(name="../Z.txt"), r"table Z is in '\.\./Z\.txt'"),
        (lambda entry: entry.update(nr_header="two"), "does not say how many labels"),
        (lambda entry: entry.update(name="Y.txt"), "different labels"),
    ],
)
def test_what_is_wrong_in_a_system_is_named(tmp_path: Path, change: Any, told: str) -> None:  # noqa: ANN401
    folder = unpacked(tmp_path)
    file = folder / "file_parameters.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    change(content["files"]["Z"])
    file.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(DataError, match=told):
        read_pymrio(folder, price_year=2011, unit="million USD")


def test_an_archive_may_not_write_outside_its_folder(tmp_path: Path) -> None:
    odd = tmp_path / "odd.zip"
    with zipfile.ZipFile(odd, "w") as archive:
        archive.writestr("../escaped.txt", "x")
    with pytest.raises(DataError, match="outside its own folder"):
        read_pymrio(odd, price_year=2011, unit="USD")
    assert not (tmp_path / "escaped.txt").exists()
    with pytest.raises(DataError, match="neither a folder nor a zip archive"):
        read_pymrio(Path(__file__), price_year=2011, unit="USD")


def test_households_of_a_table() -> None:
    found = households_of(small())
    assert found.income.tolist() == [20 / 80, 30 / 100, 50 / 150]
    assert found.spending.sum() == pytest.approx(95 / 100)
    assert households_of(small(), spent=0.5, local=0.8).spending.sum() == pytest.approx(0.4)
    rich = small(final_demand=np.column_stack([[50.0, 20.0, 110.0], OUTPUT - FLOWS.sum(axis=1) - [50.0, 20.0, 110.0]]))
    with pytest.raises(DataError, match=r"spend 1\.8 of each unit"):
        households_of(rich)
    with pytest.raises(MethodError, match="does not tell income from work"):
        households_of(small(income_kind=None))
