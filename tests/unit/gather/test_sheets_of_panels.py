"""A panel whose outcomes stand in sheets of their own is the panel of the one table that they make."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import pilotzone as pz
from pilotzone.core import DataError, PilotZoneError, UsageError
from pilotzone.evaluation.many import ManyEffects, evaluate
from pilotzone.gather import TableForm

SHEETS = {"gdp": "GDP", "so2": "SO2"}


def figures() -> pd.DataFrame:
    """Return an invented panel of 20 counties over 6 years, six of them treated, with a missing figure."""
    draw = np.random.default_rng(8)
    county, year = np.repeat(np.arange(1, 21), 6), np.tile(np.arange(2004, 2010), 20)
    cohort = np.where(county <= 6, 2007.0, np.nan)
    gdp = np.round(county / 5 + 0.04 * (year - 2004) + 0.1 * (year >= cohort) + draw.normal(0, 0.05, 120), 6)
    so2 = np.round(county / 9 - 0.02 * (year - 2004) + draw.normal(0, 0.05, 120), 6)
    so2[40] = np.nan
    return pd.DataFrame({"county": county, "year": year, "cohort": cohort, "gdp": gdp, "so2": so2})


def book(path: Path, **sheets: pd.DataFrame) -> Path:
    """Write a workbook with a title above and a note below each table."""
    with pd.ExcelWriter(path) as writer:
        for name, frame in sheets.items():
            frame.to_excel(writer, sheet_name=name, index=False, startrow=2)
            cells = writer.sheets[name]
            cells["A1"] = f"Table of {name}"
            cells.cell(len(frame) + 5, 1, "Note: invented.")
    return path


def long_book(path: Path, **changes: pd.DataFrame) -> Path:
    """Write both outcomes by county and year; rows of the second sheet stand in another order, and have no cohort."""
    data = figures()
    second = data[["year", "county", "so2"]].sample(frac=1, random_state=4)
    return book(path, **({"GDP": data[["county", "year", "cohort", "gdp"]], "SO2": second} | changes))


def across(data: pd.DataFrame, outcome: str) -> pd.DataFrame:
    wide = data.set_index(["county", "year"])[outcome].unstack("year")  # noqa: PD010 - a plain reshape
    return wide.rename_axis(columns=None).reset_index()


def found(data: object, **options: Any) -> bytes:
    effects: ManyEffects = evaluate(
        data, list(SHEETS), unit="county", time=options.pop("time", "year"), cohort="cohort", **options
    )
    return repr([(name, list(cells)) for name, cells in effects.to_table().columns.items()]).encode()


def test_sheets_by_unit_and_period_give_the_same_bytes(tmp_path: Path) -> None:
    path = long_book(tmp_path / "book.xlsx")
    assert found(path, form=TableForm(sheets=SHEETS)) == found(figures())


def test_sheets_with_a_column_for_each_period_give_the_same_bytes(tmp_path: Path) -> None:
    """The cohort stands in the sheet of one outcome, whose rows are in another order."""
    data = figures()
    cohorts = data.drop_duplicates("county")[["county", "cohort"]]
    second = across(data, "so2").merge(cohorts).sort_values("county", ascending=False)
    path = book(tmp_path / "book.xlsx", GDP=across(data, "gdp"), SO2=second)
    assert found(path, form=TableForm(sheets=SHEETS), time=None) == found(data)


def test_rows_left_out_as_notes_are_told_of_each_sheet(tmp_path: Path) -> None:
    path = long_book(tmp_path / "book.xlsx")
    effects = evaluate(path, list(SHEETS), unit="county", time="year", cohort="cohort", form=TableForm(sheets=SHEETS))
    told = [note for note in effects.notes if "left out as a note" in note]
    assert [name in note for note, name in zip(told, ("'GDP'", "'SO2'"), strict=True)] == [True, True]


def damaged(what: str) -> dict[str, pd.DataFrame]:
    data = figures()
    second = data[["county", "year", "so2"]]
    return {
        "a row less": {"SO2": second.drop(index=9)},
        "a row more": {"GDP": data[["county", "year", "cohort", "gdp"]].drop(index=[9, 10])},
        "a row twice": {"SO2": pd.concat([second, second.iloc[:1]])},
        "another column": {"SO2": second.rename(columns={"so2": "nox"})},
        "no cohort": {"GDP": data[["county", "year", "gdp"]]},
    }[what]


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("a row less", ("sheet 'SO2' has no row for '2' in '2007', which", "sheet 'GDP' has", "empty cell")),
        ("a row more", ("sheet 'GDP' has no row for '2' in '2007', and 1 more, which", "sheet 'SO2' has")),
        ("a row twice", ("sheet 'SO2' has '1' in '2004' twice: rows 4, 124", "one row for each 'county' and 'year'")),
        ("another column", ("sheet 'SO2'", "no column 'so2'")),
        ("no cohort", ("no column 'cohort'",)),
    ],
)
def test_sheets_that_do_not_fit_are_refused(what: str, says: tuple[str, ...], tmp_path: Path) -> None:
    path = long_book(tmp_path / "book.xlsx", **damaged(what))
    with pytest.raises(PilotZoneError) as caught:
        found(path, form=TableForm(sheets=SHEETS))
    for part in says:
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"sheets": {"gdp": "GDP"}}, "sheets names no sheet for 'so2'"),
        ({"sheets": {**SHEETS, "nox": "NOX"}}, "sheets has 'nox', which is not an outcome"),
        ({"sheets": SHEETS, "sheet": "GDP"}, "both sheet and sheets are given"),
    ],
)
def test_sheets_have_to_be_those_of_the_outcomes(form: dict[str, Any], says: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=says):
        found(long_book(tmp_path / "book.xlsx"), form=TableForm(**form))


def test_a_sheet_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no sheet 'SO'"):
        found(long_book(tmp_path / "book.xlsx"), form=TableForm(sheets=SHEETS | {"so2": "SO"}))


def test_what_has_no_sheets_is_refused(tmp_path: Path) -> None:
    figures().to_csv(tmp_path / "panel.csv", index=False)
    with pytest.raises(UsageError, match="has no sheets"):
        found(tmp_path / "panel.csv", form=TableForm(sheets=SHEETS))


def test_a_study_file_names_sheets(tmp_path: Path) -> None:
    long_book(tmp_path / "book.xlsx")
    text = (
        'format = 1\ntitle = "T"\nquestion = "Q?"\n[panel]\nfile = "book.xlsx"\nunit = "county"\ntime = "year"\n'
        'cohort = "cohort"\nsheets = { gdp = "GDP", so2 = "SO2" }\n[[outcomes]]\nname = "gdp"\n'
        '[[outcomes]]\nname = "so2"\n'
    )
    (tmp_path / "zones.toml").write_text(text, encoding="utf-8")
    done = pz.run(tmp_path / "zones.toml", out=tmp_path / "run")
    rows = {row.outcome.name: row.estimate for row in done.findings.effects.overall}
    plain = evaluate(figures(), list(SHEETS), unit="county", time="year", cohort="cohort")
    assert rows == {row.outcome.name: row.estimate for row in plain.overall}
