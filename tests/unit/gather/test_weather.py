"""Weather files: what is read, in which units, and what is refused with the hour that is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pvlib
import pytest

from pilotzone.core import DataError, UsageError
from pilotzone.gather import read_weather

Row = list[str]


def hours(year: int) -> list[datetime]:
    first = datetime(year, 1, 1)  # noqa: DTZ001 - a calendar without a zone
    count = (datetime(year + 1, 1, 1) - first).days * 24  # noqa: DTZ001
    return [first + timedelta(hours=k) for k in range(count)]


def temp_at(at: datetime) -> float:
    return float(round(12 + 10 * np.sin(2 * np.pi * at.timetuple().tm_yday / 365) + at.hour / 10, 1))


def epw(path: Path, year: int = 2009, change: Callable[[list[Row]], list[Row]] = lambda rows: rows) -> Path:
    head = ["LOCATION,Guiyang,Guizhou,CHN,CSWD,578160,26.58,106.73,8.0,1074.0", *["X"] * 6, "DATA PERIODS,1"]
    rows = []
    for at in hours(year):
        row = [str(at.year), str(at.month), str(at.day), str(at.hour + 1), "0", "?9", f"{temp_at(at)}", "5.0"]
        rows.append([*row, "80", "89300", *["0"] * 25])
    path.write_text("\n".join([*head, *(",".join(row) for row in change(rows))]) + "\n", encoding="utf-8")
    return path


def test_epw(tmp_path: Path) -> None:
    found = read_weather(epw(tmp_path / "guiyang.epw"))
    assert (found.place, found.hours, found.height_m, found.modelled) == ("Guiyang", 8760, 1074.0, False)
    assert (found.latitude, found.longitude) == (26.58, 106.73)
    assert found.rel_humidity is not None
    np.testing.assert_allclose(found.temp_c, [temp_at(at) for at in hours(2009)])
    np.testing.assert_allclose(found.rel_humidity, 0.8)
    np.testing.assert_allclose(found.pressure_pa, 89_300)
    assert "CSWD" in found.source
    assert "guiyang.epw" in found.source


def test_leap_years_and_places_named_by_hand(tmp_path: Path) -> None:
    found = read_weather(epw(tmp_path / "x.epw", 2008), place="Gui'an")
    assert (found.hours, found.place) == (8784, "Gui'an")


def set_cell(row: int, column: int, text: str) -> Callable[[list[Row]], list[Row]]:
    def change(rows: list[Row]) -> list[Row]:
        rows[row][column] = text
        return rows

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (set_cell(100, 6, "99.9"), r"dry bulb was not measured in 1 hours, the first is 2009-01-05 04:00"),
        (set_cell(24, 8, "999"), r"relative humidity was not measured .* 2009-01-02 00:00"),
        (set_cell(5, 9, "999999"), "pressure was not measured"),
        (set_cell(5, 6, "9999"), "dry bulb of 1 hours cannot be, the first is 9999 in 2009-01-01 05:00"),
        (set_cell(5, 6, "warm"), "cannot be"),
        (lambda rows: rows[:50] + rows[51:], r"hour 03 January 02:00 is missing: row 51 .* 2009-01-03 03:00"),
        (lambda rows: rows[:-1], "hour 31 December 23:00 is missing: row 8,760 .* the file ends"),
        (lambda rows: rows[:9] + rows[8:], "is missing: row 10"),
    ],
)
def test_what_is_wrong_with_an_epw(tmp_path: Path, change: Callable[[list[Row]], list[Row]], words: str) -> None:
    with pytest.raises(DataError, match=words):
        read_weather(epw(tmp_path / "bad.epw", change=change))


def test_tmy3_of_pvlib() -> None:
    """The library's own file, its numbers read here with nothing but the standard library."""
    path = Path(pvlib.__file__).parent / "data" / "703165TY.csv"
    found = read_weather(path)
    lines = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    column = {name: k for k, name in enumerate(lines[0])}
    assert found.rel_humidity is not None
    for name, values, scale in (
        ("Dry-bulb (C)", found.temp_c, 1),
        ("RHum (%)", found.rel_humidity, 100),
        ("Pressure (mbar)", found.pressure_pa, 0.01),
    ):
        np.testing.assert_allclose(values * scale, [float(line[column[name]]) for line in lines[1:]], rtol=1e-12)
    assert found.place == "Sand Point"


def power(year: int, *, skip: str = "", gap: int = -1) -> dict[str, object]:
    stamps = [f"{at:%Y%m%d%H}" for at in hours(year)]
    values = {"T2M": 15.5, "RH2M": 75.0, "PS": 88.5}
    parameter = {name: dict.fromkeys(stamps, value) for name, value in values.items() if name != skip}
    if gap >= 0:
        parameter["T2M"][stamps[gap]] = -999.0
    return {
        "geometry": {"coordinates": [106.7, 26.6, 1230.5]},
        "properties": {"parameter": parameter},
        "header": {"fill_value": -999.0},
    }


def test_nasa_power_as_json_and_csv(tmp_path: Path) -> None:
    as_json, as_csv = tmp_path / "power.json", tmp_path / "power.csv"
    as_json.write_text(json.dumps(power(2016)), encoding="utf-8")
    rows = [f"{at.year},{at.month},{at.day},{at.hour},15.5,75.0,88.5" for at in hours(2016)]
    place = "Location: latitude  26.6   longitude 106.7\nElevation = 1230.5 meters"
    head = f"-BEGIN HEADER-\nNASA/POWER\n{place}\n-END HEADER-\n"
    as_csv.write_text(head + "YEAR,MO,DY,HR,T2M,RH2M,PS\n" + "\n".join(rows) + "\n", encoding="utf-8")
    for path in (as_json, as_csv):
        found = read_weather(path, place="Guiyang")
        assert found.rel_humidity is not None
        assert (found.hours, found.place, found.height_m) == (8784, "Guiyang", 1230.5)
        assert (found.latitude, found.longitude) == (26.6, 106.7)
        assert (found.temp_c[0], found.rel_humidity[0], found.pressure_pa[0]) == (15.5, 0.75, 88_500)


def test_what_is_wrong_with_nasa_power(tmp_path: Path) -> None:
    path = tmp_path / "power.json"
    path.write_text(json.dumps(power(2015, skip="RH2M")), encoding="utf-8")
    with pytest.raises(DataError, match="lacks RH2M"):
        read_weather(path)
    path.write_text(json.dumps(power(2015, gap=30)), encoding="utf-8")
    with pytest.raises(DataError, match=r"dry bulb was not measured .* 2015-01-02 06:00"):
        read_weather(path)
    path.write_text("{", encoding="utf-8")
    with pytest.raises(DataError, match="cannot be read as nasa_power"):
        read_weather(path)


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"there is no weather file '.*absent\.epw'"):
        read_weather(tmp_path / "absent.epw")
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(UsageError, match="cannot be told"):
        read_weather(other)
    with pytest.raises(UsageError, match="kind 'grib'"):
        read_weather(other, "grib")  # type: ignore[arg-type]
