"""PV and wind of a campus file, modelled from an EPW file or a table; what cannot be modelled says why."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.unit.gather import weather_makers as make
from tests.unit.study.campuses import GRID, campus, material_of, study_of

from pilotzone.campus import PvArray, Supply, pv_profile
from pilotzone.core import DataError, StudyError
from pilotzone.gather import read_sky

HOURS = 8760
K = np.arange(HOURS)
GHI = np.round(800 * np.maximum(np.sin(np.pi * (K % 24 - 6) / 12), 0) * (0.7 + 0.3 * np.sin(2 * np.pi * K / HOURS)), 1)
WIND = np.round(6 + 4 * np.sin(K / 7), 2)
SUN = '[[site.plant]]\ntechnology = "pv_utility"\npv = { tilt = 25.0 }\n'
MILL = (
    '[[site.plant]]\ntechnology = "wind_onshore"\nname = "mill"\n'
    "wind = { hub_m = 100.0, curve = [[3.0, 0.0], [12.0, 1.0], [25.0, 1.0]] }\n"
)
PLACE = "latitude = 26.58\nlongitude = 106.73\nwind_height_m = 10.0\n"
BARE = 'pue = 1.3\nregion = "CN-GZ"'
CN = dt.timezone(dt.timedelta(hours=8))


def table(
    folder: Path, *, stamps: str = "beginning", offset: str = "+08:00", name: str = "sky.csv", **columns: object
) -> None:
    """Write a table of radiation and wind, whose times tell beginnings, middles or ends."""
    given = columns or {"ghi_w_m2": GHI, "wind_m_s": WIND, "temp_c": np.full(HOURS, 15.0)}
    minutes = {"beginning": 0, "middle": 30, "end": 60}[stamps]
    first = dt.datetime(2014, 1, 1) + dt.timedelta(minutes=minutes)  # noqa: DTZ001 - the offset is added as text
    times = [f"{first + dt.timedelta(hours=k):%Y-%m-%dT%H:%M}{offset}" for k in range(HOURS)]
    if name.endswith(".parquet"):
        pq.write_table(pa.table({"time": [dt.datetime.fromisoformat(time) for time in times], **given}), folder / name)
        return
    cells = [[str(x) for x in values] for values in given.values()]  # type: ignore[attr-defined]
    rows = [",".join(row) for row in zip(times, *cells, strict=True)]
    (folder / name).write_text("\n".join([",".join(["time", *given]), *rows]) + "\n", encoding="utf-8")


def sky(stamps: str = "beginning", *, name: str = "sky.csv", more: str = PLACE) -> str:
    return f'[site.sky]\nfile = "{name}"\nstamps = "{stamps}"\n{more}'


def plant(folder: Path, *parts: str, name: str = "pv_utility", place: str = BARE) -> Supply:
    system = material_of(folder, campus(*parts, place=place)).sites[0].system
    return next(item for item in system.supplies if item.name == name)


def test_the_share_is_that_of_the_hour_whatever_times_tell(tmp_path: Path) -> None:
    due = pv_profile(
        PvArray(26.58, 106.73, 25.0, temperature_coefficient=-0.004, losses=0.14, albedo=0.25),
        dt.datetime(2014, 1, 1, tzinfo=CN),
        ghi=GHI, temp_c=np.full(HOURS, 15.0), wind_speed=WIND,
    )  # fmt: skip
    found = None
    for stamps, name in (("beginning", "b.csv"), ("end", "e.csv"), ("middle", "m.parquet")):
        table(tmp_path, stamps=stamps, name=name)
        found = plant(tmp_path, sky(stamps, name=name), GRID, SUN)
        np.testing.assert_allclose(found.availability, due, rtol=0, atol=1e-12)
        assert (found.variable, found.modelled) == (True, True)
    assert found is not None
    (note,) = (note for note in found.notes if "MODELLED" in note)
    assert "radiation of m.parquet, tilted by 25 degrees, facing 180 degrees from north" in note
    assert "losses of 14 %" in note
    assert "Direct and diffuse radiation are modelled from the global one" in note
    assert 800 < due.sum() < 2200


def test_wind_follows_the_curve_at_the_hub(tmp_path: Path) -> None:
    table(tmp_path)
    found = plant(tmp_path, sky(), GRID, MILL, name="mill")
    at_hub = WIND * 10 ** ((0.11 + 0.27) / 2)
    due = np.interp(at_hub, [3, 12, 25], [0, 1, 1], left=0, right=0) * (1 - 0.125)
    np.testing.assert_allclose(found.availability, due)
    assert any("exponent of shear 0.19, losses of 12.5 %" in note for note in found.notes)


def test_hours_in_utc_are_moved_to_the_sites_time(tmp_path: Path) -> None:
    """A table that begins at 00:00 UTC begins at 08:00 in China: its last hours come first."""
    table(tmp_path, offset="+00:00")
    moved = plant(tmp_path, sky(more=f"{PLACE}utc_offset_h = 8.0\n"), GRID, MILL, name="mill")
    as_is = plant(tmp_path, sky(), GRID, MILL, name="mill")
    np.testing.assert_array_equal(moved.availability, np.roll(as_is.availability, 8))
    assert any("moved by +8" in note for note in moved.notes)


def test_an_epw_file_has_all_of_it(tmp_path: Path) -> None:
    """Radiation in columns 14 to 16, wind in column 22, place and time in the head."""

    def sunny(lines: list[str]) -> list[str]:
        rows = []
        for k, line in enumerate(lines):
            cells = line.split(",")
            cells[13], cells[14], cells[15], cells[21] = str(GHI[k]), str(GHI[k]), str(GHI[k] / 4), str(WIND[k])
            rows.append(",".join(cells))
        return rows

    (tmp_path / "own.epw").write_text(make.epw(change=sunny), encoding="utf-8")
    place = 'region = "CN-GZ"\nweather = "own.epw"'
    found = plant(tmp_path, GRID, SUN, MILL, place=place)
    assert 500 < found.availability.sum() < 3000
    assert not any("Erbs" in note for note in found.notes)
    (tmp_path / "dark.epw").write_text(make.epw(), encoding="utf-8")
    with pytest.raises(
        DataError, match=r"site 'Here': dark\.epw has no global horizontal irradiance: it is zero in all"
    ):
        material_of(tmp_path, campus(GRID, SUN, place=place.replace("own", "dark")))


def test_a_weather_file_in_utc_is_moved_as_a_whole(tmp_path: Path) -> None:
    """PVGIS counts in UTC: radiation, wind and the temperature that PUE follows keep to the same hours."""
    (tmp_path / "v.csv").write_text(make.pvgis_csv(sky=True), encoding="utf-8")
    place = 'region = "CN-GZ"\nweather = "v.csv"'
    local = "[site.sky]\nutc_offset_h = 8.0\n"
    in_utc, moved = (
        material_of(tmp_path, campus(*parts, GRID, SUN, MILL, place=place)).sites[0] for parts in ((), (local,))
    )
    np.testing.assert_array_equal(moved.hours.climates[0].temp_c, np.roll(in_utc.hours.climates[0].temp_c, 8))
    np.testing.assert_array_equal(moved.hours.pue[0], np.roll(in_utc.hours.pue[0], 8))
    mill, other = ({item.name: item for item in site.system.supplies} for site in (moved, in_utc))
    np.testing.assert_array_equal(mill["mill"].availability, np.roll(other["mill"].availability, 8))
    # The sun of the eight hours that come first is that of the first day, and not of the last one.
    np.testing.assert_array_equal(mill["pv_utility"].availability[8:], other["pv_utility"].availability[:-8])
    assert any("Here: its hours were moved by +8 to the site's time." in note for note in moved.system.notes)
    assert not any("moved by" in note for note in in_utc.system.notes)


@pytest.mark.parametrize(
    ("parts", "place", "says"),
    [
        ((GRID, SUN), 'region = "CN-GD"\nweather = "Guangzhou"', "'Guangzhou' has neither. Allowed: a weather file"),
        ((GRID, SUN), 'region = "CN-GZ"\nweather = "modelled"', "the weather of the package has neither"),
        ((GRID, MILL), BARE, "the site has one PUE and no weather"),
        ((sky(more=""), GRID, SUN), BARE, "sky.csv does not say latitude and longitude"),
        ((sky(more=""), GRID, MILL), BARE, "give wind_height_m in [site.sky]"),
        ((sky("end"), GRID, SUN), BARE, "say what times tell of their hours"),
        (('[site.sky]\nfile = "sky.csv"\n', GRID, SUN), BARE, "file and stamps go together"),
        ((sky(), GRID, SUN.replace("pv_utility", "wind_onshore")), BARE, "has pv, which is a model of another"),
        ((sky(), GRID, SUN.replace("pv_utility", "coal")), BARE, "has a profile, which it cannot follow"),
        ((sky(), GRID, SUN + 'profile = "p.csv"\n'), BARE, "one of profile (a file), pv and wind"),
        ((sky(), GRID, SUN.replace("tilt = 25.0", "azimuth = 90.0")), BARE, "a fixed PV array needs its tilt"),
        ((sky(), GRID, SUN.replace("tilt", 'mounting = "single axis", tilt')), BARE, "tilt goes with mounting"),
        ((sky(), GRID, MILL.replace("[12.0", "[2.0")), BARE, "curve has speeds that do not ascend"),
    ],
)  # fmt: skip
def test_what_cannot_be_modelled(tmp_path: Path, parts: tuple[str, ...], place: str, says: str) -> None:
    table(tmp_path)
    with pytest.raises((StudyError, DataError)) as found:
        material_of(tmp_path, campus(*parts, place=place))
    assert says in " ".join(str(found.value).split())
    assert "'mine'" in found.value.what


def test_times_without_an_offset_need_one(tmp_path: Path) -> None:
    table(tmp_path, offset="")
    with pytest.raises(DataError, match="does not say utc_offset_h"):
        material_of(tmp_path, campus(sky(), GRID, SUN, place=BARE))
    found = plant(tmp_path, sky(more=f"{PLACE}utc_offset_h = 8.0\n"), GRID, SUN)
    table(tmp_path)
    np.testing.assert_array_equal(found.availability, plant(tmp_path, sky(), GRID, SUN).availability)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda text: text.replace("time,", "when,"), "has no column time"),
        (lambda text: text.replace("2014-01-01T05:00", "2014-01-01T05:30"), "row 6: .* is not an hour after"),
        (lambda text: text.replace("2014-01-01T05:00+08:00,0.0", "2014-01-01T05:00+08:00,x"), "row 6: ghi_w_m2"),
        (lambda text: text.replace("2014-01-01T05:00+08:00,0.0", "2014-01-01T05:00+08:00,-99"), "-99 in hour 6"),
        (lambda text: text.replace("2014-01-01T05:00", "tea"), "row 6: 'tea"),
        (lambda text: text.replace("2014-01-01T05:00+08:00", "2014-01-01T05:00+09:00"), "several offsets from UTC"),
        (lambda text: "\n".join(text.splitlines()[:100]), "has 99 hours"),
        (lambda text: text.replace("ghi_w_m2", "sun").replace("wind_m_s", "air"), "has neither radiation nor wind"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be(tmp_path: Path, change: object, says: str) -> None:
    table(tmp_path)
    path = tmp_path / "sky.csv"
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")  # type: ignore[operator]
    with pytest.raises(DataError, match=says):
        read_sky(path, "beginning")


def test_the_table_is_an_input_of_the_run(tmp_path: Path) -> None:
    study = study_of(tmp_path, campus(sky(), GRID, SUN, place=BARE))
    assert list(study.kind.files(study.spec)) == ["sky.csv"]
    moved = study.kind.moved(study.spec, lambda file: f"else/{file}")
    assert moved.site[0].sky is not None
    assert moved.site[0].sky.file == "else/sky.csv"


def test_a_river_in_the_wrong_unit_is_pointed_out(tmp_path: Path) -> None:
    river = "[site.hydro]\ncapacity_mw = 2.0\nmean_mwh = 6.0\n"
    (site,) = material_of(tmp_path, campus(GRID, river)).sites
    (said,) = site.cautions
    assert said.startswith("The water of hydro gives 6 MWh in a mean year: 0.011 % of the load (56,940 MWh)")
    assert said.endswith("Check that it is in MWh, not in GWh.")
    assert said in site.system.notes
    assert material_of(tmp_path, campus(GRID, river.replace("6.0", "6000.0"))).sites[0].cautions == ()
