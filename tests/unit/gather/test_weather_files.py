"""Weather files as people have them: every format, stamps of every kind, odd heads, units and names."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.unit.gather import weather_makers as make

from pilotzone.core import DataError, PilotZoneError
from pilotzone.gather import Climate, read_weather


def written(folder: Path, name: str, text: str | bytes, place: str | None = None) -> Climate:
    file = folder / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return read_weather(file, place=place)


def is_of(found: Climate, year: int, minutes: tuple[int, ...] = (0,), *, leap: bool = True) -> None:
    """Assert that hours are those of the maker: means over the minutes of each."""
    due = [at for at in make.hours(year) if leap or (at.month, at.day) != (2, 29)]
    expected = np.array([np.mean([make.values(at, minute) for minute in minutes], axis=0) for at in due])
    assert found.rel_humidity is not None
    np.testing.assert_allclose(found.temp_c, expected[:, 0], rtol=0, atol=1e-9)
    np.testing.assert_allclose(found.rel_humidity, expected[:, 1] / 100, rtol=1e-12)
    np.testing.assert_allclose(found.pressure_pa, expected[:, 2] * 100, rtol=1e-6)


# Formats and stamps


@pytest.mark.parametrize(
    ("name", "text", "year", "minutes"),
    [
        ("a.epw", make.epw, 2009, (0,)),
        ("half.epw", lambda: make.epw(each=2), 2009, (0, 30)),
        ("quarter.epw", lambda: make.epw(each=4), 2009, (0, 15, 30, 45)),
        ("zero.epw", lambda: make.epw(base=0), 2009, (0,)),
        ("a.csv", make.tmy3, 2009, (0,)),
        ("next.csv", lambda: make.tmy3("next"), 2009, (0,)),
        ("same.csv", lambda: make.tmy3("same"), 2009, (0,)),
        ("typical.csv", lambda: make.tmy3("next", years=(1996, 2003, 2000)), 2009, (0,)),
        ("psm.csv", make.nsrdb, 2019, (30,)),
        ("psm_leap.csv", lambda: make.nsrdb(2020), 2020, (30,)),
        ("psm_half.csv", lambda: make.nsrdb(minutes=(0, 30)), 2019, (0, 30)),
        ("psm_15.csv", lambda: make.nsrdb(minutes=(0, 15, 30, 45)), 2019, (0, 15, 30, 45)),
        ("psm_kpa.csv", lambda: make.nsrdb(units=("c", "kPa", "%"), scale=0.1), 2019, (30,)),
        ("psm_pa.csv", lambda: make.nsrdb(units=("C", "Pa", "%"), scale=100), 2019, (30,)),
        ("pvgis.csv", make.pvgis_csv, 2009, (0,)),
        ("pvgis.json", lambda: json.dumps(make.pvgis_json()), 2009, (0,)),
        ("power.json", lambda: json.dumps(make.power()), 2019, (0,)),
        ("power_leap.json", lambda: json.dumps(make.power(2020)), 2020, (0,)),
        ("power_unfilled.json", lambda: json.dumps(make.power(fill=None)), 2019, (0,)),
        ("power.csv", make.power_csv, 2019, (0,)),
        ("power_headless.csv", lambda: make.power_csv(head=False), 2019, (0,)),
    ],
)
def test_every_format_gives_the_hours_of_its_maker(
    tmp_path: Path, name: str, text: Callable[[], str], year: int, minutes: tuple[int, ...]
) -> None:
    found = written(tmp_path, name, text())
    is_of(found, year, minutes)
    if "headless" not in name:
        assert (found.latitude, found.longitude, found.height_m) == (26.58, 106.73, 1074.0)


def test_what_is_averaged_or_in_another_time_is_noted(tmp_path: Path) -> None:
    assert written(tmp_path, "a.epw", make.epw()).notes == ()
    assert written(tmp_path, "a.epw", make.epw(each=2)).notes == ("Half-hourly records are averaged to hours.",)
    assert written(tmp_path, "p.csv", make.nsrdb(minutes=(0, 20, 40))).notes == (
        "20-minute records are averaged to hours.",
    )
    assert "numbered 0 to 23" in written(tmp_path, "a.epw", make.epw(base=0)).notes[0]
    for name, text in (
        ("p.csv", make.pvgis_csv()),
        ("n.csv", make.nsrdb(zone=0)),
        ("w.csv", make.power_csv(standard="UTC")),
        ("w.json", json.dumps(make.power(standard="UTC"))),
    ):
        assert "UTC" in written(tmp_path, name, text).notes[0]


def test_a_leap_year_without_its_day(tmp_path: Path) -> None:
    found = written(tmp_path, "psm.csv", make.nsrdb(2020, leap=False))
    is_of(found, 2020, (30,), leap=False)
    assert found.hours == 8_760


def test_midnight_after_a_29th_of_february(tmp_path: Path) -> None:
    """In a leap year 00:00 of the 1st of March ends the 29th of February, in others the 28th."""
    rows = [(at, *make.values(at)) for at in make.hours(2008)]
    head = make.tmy3().splitlines()[:2]
    lines = []
    for k, (at, temp, share, pressure) in enumerate(rows):
        end = rows[k + 1][0] if k + 1 < len(rows) else datetime(2009, 1, 1)  # noqa: DTZ001 - a calendar
        lines.append(f"{end:%m/%d/%Y,%H:%M},0,{temp},{share},{pressure}")
        assert end > at
    is_of(written(tmp_path, "leap.csv", "\n".join([*head, *lines])), 2008)


def test_the_same_numbers_as_pvlib(tmp_path: Path) -> None:
    """An independent reader of each format that it has, on the same files."""
    from pvlib import iotools

    def check(name: str, text: str, data: Any, columns: tuple[str, str, str], scale: float) -> None:  # noqa: ANN401
        found = written(tmp_path, name, text)
        assert found.rel_humidity is not None
        for ours, theirs, factor in zip(
            (found.temp_c, found.rel_humidity, found.pressure_pa), columns, (1, 0.01, scale), strict=True
        ):
            np.testing.assert_allclose(ours, data[theirs].to_numpy() * factor, rtol=1e-12)

    usual = ("temp_air", "relative_humidity", "pressure")
    text = make.epw()
    check("a.epw", text, iotools.read_epw(io.StringIO(text))[0], (*usual[:2], "atmospheric_pressure"), 1)
    text = make.nsrdb()
    check("p.csv", text, iotools.read_nsrdb_psm4(io.StringIO(text))[0], usual, 100)
    text = make.pvgis_csv()
    data, _ = iotools.read_pvgis_tmy(io.BytesIO(text.encode()), pvgis_format="csv")
    check("v.csv", text, data, usual, 1)
    for midnight in ("24:00", "next"):
        # Its reader splits the first line at every comma.
        text = make.tmy3(midnight).replace('"GUIYANG, EAST"', "GUIYANG")
        check("t.csv", text, iotools.read_tmy3(io.StringIO(text), coerce_year=None)[0], usual, 100)


# Heads, names and encodings


def test_odd_heads(tmp_path: Path) -> None:
    text = make.epw()
    for name, odd in (
        ("blank.epw", "\n" + text),
        ("crlf.epw", text.replace("\n", "\r\n")),
        ("cr.epw", text.replace("\n", "\r")),
        ("trailing.epw", text + "\n\n"),
        ("more.epw", make.epw(head=("X",) * 7)),
        ("fewer.epw", make.epw(head=("X",) * 5)),
        ("caps.EPW", text),
        ("told.csv", text),
        ("small.csv", text.replace("LOCATION", "location")),
        ("twenty.epw", make.epw(change=lambda rows: [",".join(row.split(",")[:20]) for row in rows])),
        ("longer.epw", make.epw(change=lambda rows: [row + ",0,0" for row in rows])),
    ):
        found = written(tmp_path, name, odd)
        is_of(found, 2009)
        assert found.place == "Guiyang"


def test_commas_in_names_and_heads_without_numbers(tmp_path: Path) -> None:
    found = written(
        tmp_path, "a.epw", make.epw(location='"Washington, Dulles",VA,USA,TMY3,724030,38.95,-77.45,-5.0,1074')
    )
    assert (found.place, found.latitude) == ("Washington, Dulles", 38.95)
    assert written(tmp_path, "t.csv", make.tmy3()).place == "Guiyang, East"
    for location in ("Foo,VA,USA,TMY3,724030,38.95,-77.45,-5.0", "Foo,VA,USA,TMY3,724030,38.95,-77.45,,"):
        found = written(tmp_path, "a.epw", make.epw(location=location))
        assert np.isnan(found.height_m)


@pytest.mark.parametrize(
    ("name", "country", "encoding"),
    [
        ("北京", "CHN", "utf-8"),
        ("北京", "CHN", "utf-8-sig"),
        ("北京", "CHN", "utf-16"),
        ("北京", "CHN", "gbk"),
        ("呼和浩特", "CHN", "gb18030"),
        ("北京", "-", "gbk"),
        ("Zürich", "CHE", "latin-1"),
        ("Zürich", "CHE", "utf-8"),
        ("São Paulo", "BRA", "latin-1"),
        ("Łódź", "POL", "cp1250"),
        ("Москва", "RUS", "cp1251"),
        ("臺北", "TWN", "big5"),
        ("札幌", "JPN", "cp932"),
        ("서울", "KOR", "cp949"),
    ],
)
def test_names_come_out_right(tmp_path: Path, name: str, country: str, encoding: str) -> None:
    text = make.epw(location=f"{name},-,{country},CSWD,545110,39.8,116.47,8.0,1074.0")
    found = written(tmp_path, "a.epw", text.encode(encoding))
    assert found.place == name
    assert name in found.source
    is_of(found, 2009)


def test_a_name_that_cannot_be_told_is_refused_unless_it_is_given(tmp_path: Path) -> None:
    text = make.epw(location="武汉,-,-,CSWD,574940,30.6,114.05,8.0,1074.0").encode("gbk")
    with pytest.raises(DataError, match=r"encoding that cannot be recognised, it could be .*武汉"):
        written(tmp_path, "a.epw", text)
    found = written(tmp_path, "a.epw", text, place="Wuhan")
    assert found.place == "Wuhan"
    assert "a place" in found.source


# What is wrong, with its line


def swap(k: int, column: int, cell: str) -> Callable[[list[str]], list[str]]:
    def change(rows: list[str]) -> list[str]:
        cells = rows[k].split(",")
        cells[column] = cell
        rows[k] = ",".join(cells)
        return rows

    return change


def every(column: int, turn: Callable[[float], float]) -> Callable[[list[str]], list[str]]:
    def change(rows: list[str]) -> list[str]:
        found = []
        for row in rows:
            cells = row.split(",")
            cells[column] = f"{turn(float(cells[column])):.4f}"
            found.append(",".join(cells))
        return found

    return change


def spring_and_autumn(rows: list[str], each: int = 1) -> list[str]:
    """Return rows of a clock that is put forward on 29 March and back on 25 October."""
    forward, back = (87 * 24 + 2) * each, (297 * 24 + 2) * each
    return rows[:forward] + rows[forward + each : back + each] + rows[back : back + each] + rows[back + each :]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (swap(4_000, 6, ""), r"dry bulb was not measured in 1 hours, the first is 2009-06-16 16:00 \(line 4,009\)"),
        (
            lambda rows: [row.replace(row.split(",")[9], "") for row in rows],
            r"pressure was not measured in 8,760 hours(.|\n)*standard atmosphere has 89,070 Pa at 1074 m",
        ),
        (swap(5, 6, "1_0"), r"line 14: dry bulb is '1_0', which cannot be"),
        (swap(5, 6, "nan"), r"line 14: dry bulb is 'nan'"),
        (swap(5, 6, "1e400"), r"cannot be, the first is inf in 2009-01-01 05:00 \(line 14\)"),
        (swap(5, 6, "9" * 5_000), r"line 14: dry bulb is '9+'"),
        (swap(5, 6, "٣"), r"line 14: dry bulb is"),
        (swap(5, 2, "32"), r"line 14: the day is '32', which cannot be"),
        (swap(900, 2, "30"), r"2009-02-30 is not a day"),
        (swap(5, 3, "25"), r"line 14: the hour is '25'"),
        (swap(5, 3, "0"), r"hours go from 0 to 24"),
        (swap(5, 4, "61"), r"the minute is '61'"),
        (lambda rows: [*rows[:7], rows[7] + ",9", *rows[8:]], r"line 16: there are 36 cells, 35 in the lines before"),
        (lambda rows: [row.replace(",", ";") for row in rows], r"line 9: there are 1 cells"),
        (lambda _: [], "holds no hours"),
        (every(8, lambda share: share / 100), r"relative humidity is 0\.\d+ % at most: it looks like a share"),
        (every(8, lambda _: 0.0), r"relative humidity is 0 in all hours"),
        (every(6, lambda temp: temp + 273.15), r"looks like kelvin"),
        (every(6, lambda temp: temp * 1.8 + 62), r"looks like degrees Fahrenheit"),
        (every(9, lambda pressure: pressure / 100), r"turn it into Pa: it looks like hPa"),
        (every(9, lambda pressure: pressure / 1000), r"turn it into Pa: it looks like kPa"),
        (
            every(9, lambda pressure: pressure * 1013.25 / 893),
            r"1017 hPa .* 891 hPa .* reduced to the level of",
        ),
        (every(9, lambda pressure: pressure * 0.8), r"717 hPa in the mean, where 891 hPa is usual at 1074 m"),
        (spring_and_autumn, r"2[89] March 0\d:00 is missing(.|\n)*take local standard time"),
        (lambda rows: rows[4_344:] + rows[:4_344], "let the file begin with the first hour of January"),
        (lambda rows: rows[::3], "records are 3 hours apart"),
    ],
)
def test_what_is_wrong_is_told_by_its_line(
    tmp_path: Path, change: Callable[[list[str]], list[str]], words: str
) -> None:
    with pytest.raises(DataError, match=words):
        written(tmp_path, "bad.epw", make.epw(change=change))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda rows: rows[:100] + rows[101:], r"1 record of the hour 2009-01-03 02:00, most hours have 2"),
        (lambda rows: rows[:100] + rows[102:], r"hour 03 January 02:00 is missing"),
        (lambda rows: [*rows[:-2], rows[-1], rows[-1]], r"not evenly spaced, as minutes 60, 60"),
        (lambda rows: spring_and_autumn(rows, 2), r"take local standard time"),
        (swap(9, 6, "99.9"), r"dry bulb was not measured in 1 records, the first is 2009-01-01 04:00 \(line 18\)"),
    ],
)
def test_records_within_hours(tmp_path: Path, change: Callable[[list[str]], list[str]], words: str) -> None:
    with pytest.raises(DataError, match=words):
        written(tmp_path, "bad.epw", make.epw(each=2, change=change))


def edited(answer: dict[str, Any], keys: tuple[Any, ...], value: object) -> str:
    inner: Any = answer
    for key in keys[:-1]:
        inner = inner[key]
    if value is None:
        del inner[keys[-1]]
    else:
        inner[keys[-1]] = value
    return json.dumps(answer)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("n.csv", lambda: "\n".join(make.nsrdb().splitlines()[2:]), "the place and the units are not told"),
        ("n.csv", lambda: make.nsrdb().replace("Relative Humidity,", "Dew Point,"), "no column 'Relative Humidity'"),
        ("n.csv", lambda: make.nsrdb(units=("f", "mbar", "%")), "dry bulb is in 'f'"),
        ("n.csv", lambda: make.nsrdb(scale=0.1), "it looks like kPa"),
        ("n.csv", lambda: make.nsrdb(change=swap(7, 3, "24")), "line 11: the hour is '24'"),
        ("n.csv", lambda: make.nsrdb().replace("26.58", "126.58"), "the latitude is 126.58"),
        ("p.csv", lambda: make.pvgis_csv().replace(",RH,", ",XX,"), "no column 'RH'"),
        ("p.csv", lambda: make.pvgis_csv().replace("time(UTC),T2m,RH", "time,G(i),T2m"), "no column 'time"),
        (
            "p.csv",
            lambda: make.pvgis_csv(change=swap(3, 0, "2009-01-01 03:00")),
            "line 22: '2009-01-01 03:00' is not a time",
        ),
        (
            "p.json",
            lambda: edited(make.pvgis_json(), ("outputs", "tmy_hourly", 4, "T2m"), "warm"),
            "line 5: dry bulb is 'warm'",
        ),
        ("p.json", lambda: edited(make.pvgis_json(), ("outputs", "tmy_hourly", 4, "SP"), None), "hours lack 'SP'"),
        ("p.json", lambda: edited(make.pvgis_json(), ("outputs", "tmy_hourly"), [1, 2]), "not a list of hours"),
        ("p.json", lambda: edited(make.pvgis_json(), ("outputs",), None), "has no outputs.tmy_hourly"),
        (
            "w.json",
            lambda: edited(make.power(), ("properties", "parameter", "T2M", "2019010105"), []),
            "dry bulb of 2019010105",
        ),
        (
            "w.json",
            lambda: edited(make.power(), ("properties", "parameter", "T2M", "2019"), 3.0),
            "'2019' is not an hour",
        ),
        (
            "w.json",
            lambda: edited(make.power(), ("properties", "parameter", "PS", "2019010105"), None),
            "pressure was not measured",
        ),
        ("w.json", lambda: edited(make.power(), ("header", "fill_value"), True), "the fill value is a bool"),
        ("w.json", lambda: "{" + '"a":1,' * 2 + '"b":2}', "'a' is there twice"),
        ("w.json", lambda: '{"a":' * 100_000, "nested too deep"),
        ("w.csv", lambda: make.power_csv().replace("YEAR,MO", "YEAR,MONTH"), "no column 'MO'"),
        # As SolarAnywhere gives it: midnight of the next day, and no pressure.
        (
            "t.csv",
            lambda: make.tmy3("next", change=lambda rows: [row.rpartition(",")[0] + "," for row in rows]),
            r"pressure was not measured in 8,760 hours(.|\n)*standard atmosphere has 890.7 mbar at 1074 m",
        ),
        ("t.csv", lambda: make.tmy3(change=swap(3, 1, "4 am")), "line 6: '01/01/2009 4 am' is not a time"),
        ("t.csv", lambda: make.tmy3(change=swap(3, 1, "24:30")), "line 6: 24:30 is not a time of the day"),
        ("t.csv", lambda: make.tmy3().replace('EAST"', "EAST"), "line 1: quotes are not closed"),
        (
            "t.csv",
            lambda: make.tmy3("next", change=lambda rows: rows[:23] + rows[24:]),
            "hour 01 January 23:00 is missing",
        ),
        ("z.epw", lambda: make.epw().replace("Guiyang", "Gui\0yang"), "holds zero bytes"),
        ("z.epw", lambda: "a\n" + make.epw(), "there is no LOCATION"),
        ("z.epw", lambda: "", "no LOCATION"),
    ],
)
def test_what_is_wrong_with_other_formats(tmp_path: Path, name: str, text: Callable[[], str], words: str) -> None:
    with pytest.raises(PilotZoneError, match=words):
        written(tmp_path, name, text())


# What is odd


def test_what_is_odd_is_noted(tmp_path: Path) -> None:
    flat = written(tmp_path, "a.epw", make.epw(change=every(9, lambda _: 89_000.0)))
    assert flat.notes == ("Pressure is the same in all hours: it was hardly measured.",)
    low = written(tmp_path, "a.epw", make.epw(change=every(9, lambda pressure: pressure * 1.06)))
    assert low.notes == ("Pressure is 950 hPa in the mean, where 891 hPa is usual at 1074 m.",)
    jump = written(tmp_path, "a.epw", make.epw(change=swap(50, 6, "55")))
    assert "changes by up to" in jump.notes[0]
    assert "2 times" in jump.notes[0]
