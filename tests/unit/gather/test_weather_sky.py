"""Radiation and wind of weather files, as their makers and the readers of pvlib have them; what is not read."""

from __future__ import annotations

import datetime as dt
import io
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.unit.gather import weather_makers as make

from pilotzone.core import DataError
from pilotzone.gather import Sky, read_weather

COLUMNS = ("ghi_w_m2", "dni_w_m2", "dhi_w_m2", "wind_m_s")
PVLIB = ("ghi", "dni", "dhi", "wind_speed")


def sky_of(folder: Path, name: str, text: str) -> Sky:
    (folder / name).write_text(text, encoding="utf-8")
    found = read_weather(folder / name).sky
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("name", "text", "year", "offset", "height"),
    [
        ("a.csv", lambda: make.tmy3(sky=True), 2009, 8.0, math.nan),
        ("next.csv", lambda: make.tmy3("next", sky=True), 2009, 8.0, math.nan),
        ("psm.csv", lambda: make.nsrdb(sky=True), 2019, 8.0, math.nan),
        ("psm_utc.csv", lambda: make.nsrdb(sky=True, zone=0), 2019, 0.0, math.nan),
        ("psm_half.csv", lambda: make.nsrdb(sky=True, minutes=(0, 30)), 2019, 8.0, math.nan),
        ("psm_leap.csv", lambda: make.nsrdb(2020, sky=True), 2020, 8.0, math.nan),
        ("pvgis.csv", lambda: make.pvgis_csv(sky=True, offset=False), 2009, 0.0, 10.0),
        ("power.json", lambda: json.dumps(make.power(unit="Wh/m^2", standard="UTC")), 2019, 0.0, 10.0),
        ("farms.json", lambda: json.dumps(make.power(unit="MJ/hr", scale=1e6 / 3600)), 2019, math.nan, 10.0),
        ("power.csv", lambda: make.power_csv(sky=True, standard="UTC"), 2019, 0.0, 10.0),
    ],
)
def test_every_format_gives_the_radiation_of_its_maker(
    tmp_path: Path, name: str, text: Callable[[], str], year: int, offset: float, height: float
) -> None:
    found = sky_of(tmp_path, name, text())
    due = np.array([make.bright(at) for at in make.hours(year)]).T
    assert dict(found.absent) == {}
    for column, values in zip(COLUMNS, due, strict=True):
        np.testing.assert_allclose(found.values[column], values, rtol=1e-12, atol=1e-9)
    np.testing.assert_array_equal([found.utc_offset_h, found.wind_height_m], [offset, height])
    assert (found.first, found.latitude, found.longitude) == (dt.datetime(year, 1, 1), 26.58, 106.73)  # noqa: DTZ001


def test_the_same_radiation_as_pvlib(tmp_path: Path) -> None:
    """An independent reader of each format that it has, on the same files."""
    from pvlib import iotools

    def check(name: str, text: str, data: Any) -> None:  # noqa: ANN401
        found = sky_of(tmp_path, name, text)
        for ours, theirs in zip(COLUMNS, PVLIB, strict=True):
            np.testing.assert_allclose(found.values[ours], data[theirs].to_numpy(), rtol=1e-12)

    text = make.tmy3(sky=True).replace('"GUIYANG, EAST"', "GUIYANG")
    check("t.csv", text, iotools.read_tmy3(io.StringIO(text), coerce_year=None)[0])
    text = make.nsrdb(sky=True)
    check("p.csv", text, iotools.read_nsrdb_psm4(io.StringIO(text))[0])
    text = make.pvgis_csv(sky=True)
    data, meta = iotools.read_pvgis_tmy(io.BytesIO(text.encode()), pvgis_format="csv")
    check("v.csv", text, data)
    assert meta["inputs"]["irradiance time offset"] == 0.1761
    # Names of NASA POWER are pvlib's; it reads no file of it.
    for ours, theirs in zip(make.POWER, PVLIB, strict=True):
        assert iotools.nasa_power.VARIABLE_MAP[ours] == theirs


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("v.csv", lambda: make.pvgis_csv(sky=True)),
        ("v.json", lambda: json.dumps(make.pvgis_json(sky=True))),
    ],
)
def test_instants_of_pvgis_have_the_sun_of_their_minute(tmp_path: Path, name: str, text: Callable[[], str]) -> None:
    """Radiation of 00:00 is of 0.1761 h later: half an hour before that begins the hour whose middle it is."""
    found = sky_of(tmp_path, name, text())
    middle = found.first + dt.timedelta(hours=0.5)
    assert (middle - dt.datetime(2009, 1, 1)).total_seconds() == pytest.approx(0.1761 * 3600)  # noqa: DTZ001
    np.testing.assert_allclose(found.values["ghi_w_m2"][:24], [make.bright(at)[0] for at in make.hours(2009)[:24]])


def test_what_is_not_told_is_not_read(tmp_path: Path) -> None:
    """Units of radiation differ by who asks NASA POWER; one record at the beginning of an hour is of another sun."""
    unsaid = sky_of(tmp_path, "w.json", json.dumps(make.power(unit="per hour")))
    assert set(unsaid.values) == {"wind_m_s"}
    begins = sky_of(tmp_path, "p.csv", make.nsrdb(sky=True, minutes=(0,)))
    assert set(begins.values) == {"wind_m_s"}
    feet = make.nsrdb(sky=True).replace(",w/m2,w/m2,w/m2,m/s", ",BTU,w/m2,w/m2,ft/s")
    assert set(sky_of(tmp_path, "p.csv", feet).values) == {"dni_w_m2", "dhi_w_m2"}
    for name, text in (("a.csv", make.tmy3()), ("w.csv", make.power_csv()), ("v.json", json.dumps(make.pvgis_json()))):
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert read_weather(tmp_path / name).sky is None


def test_hours_without_radiation_are_told(tmp_path: Path) -> None:
    def gap(lines: list[str]) -> list[str]:
        cells = lines[30].split(",")
        cells[-4] = "-9900"
        return [*lines[:30], ",".join(cells), *lines[31:]]

    found = sky_of(tmp_path, "a.csv", make.tmy3(sky=True, change=gap))
    with pytest.raises(DataError, match=r"a\.csv has no global horizontal irradiance: it was not measured in 1 hours"):
        found.of("ghi_w_m2")
