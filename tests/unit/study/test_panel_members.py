"""Panels whose series are of cities and whose programme is about provinces: means over cities, or cities one by one."""

from __future__ import annotations

import numpy as np
import pytest

from pilotzone.core import StudyError
from pilotzone.gather import evidence_panel, load_evidence
from pilotzone.study import parse
from pilotzone.study.panel.kind import PanelKind
from pilotzone.study.panel.material import PanelMaterial, panel_material

STUDY = """\
format = 1

[panel]
source = "bundled"
series = ["city_gdp_volume_index"{more}]
periods = [2006, 2015]
{members}

[derive]
log_gdp = "chain(city_gdp_volume_index, 2015)"
{derive}

[treatment]
programme = "china-big-data-zones"
reach = "any"
in_force_after_july = "same year"

[[outcomes]]
name = "{outcome}"
"""
MEANS = '[panel.members]\nunits = "means"'
CITIES = '[panel.members]\nunits = "members"'
DELTA = 'only = { CN-GD = ["CN-440100", "CN-440300"] }'


def text(members: str = MEANS, *, more: str = "", derive: str = "", outcome: str = "log_gdp") -> str:
    return STUDY.format(members=members, more=more, derive=derive, outcome=outcome)


def material(file: str) -> PanelMaterial:
    # Treated within the panel, so that nothing is estimated and nothing of what followed is looked at.
    spec = parse(file.replace("2015]", "2016]"), "zones").spec
    return panel_material(spec)


def chained(city: str) -> float:
    """Return the rise of the log level from 2006 to 2015, added up by hand."""
    index = evidence_panel(["city_gdp_volume_index"], regions=[city]).matrix("city_gdp_volume_index")[0]
    return float(np.log(index[7:16] / 100).sum())


def rise(found: PanelMaterial, unit: str, name: str = "log_gdp") -> float:
    row = found.panel.matrix(name)[found.panel.units.index(unit)]
    return float(row[found.panel.periods.index(2015)] - row[0])


def test_means_over_the_cities_of_each_province() -> None:
    found = material(text())
    assert set(found.panel.units) <= {region.code for region in load_evidence().regions_of("cn-province")}
    cities = [region.code for region in load_evidence().regions if region.parent == "CN-GZ"]
    index = evidence_panel(["city_gdp_volume_index"], regions=cities)
    whole = [
        city
        for city, row in zip(index.units, index.matrix("city_gdp_volume_index"), strict=True)
        if not np.isnan(row[1:17]).any()
    ]
    assert len(whole) == 6
    assert rise(found, "CN-GZ") == pytest.approx(np.mean([chained(city) for city in whole]))
    assert found.cohorts["CN-GZ"] == found.cohorts["CN-HE"] == 2016
    ((what, value, reason),) = found.told
    assert (what, "GZ 6" in reason) == ("Units", True)
    assert value.startswith("31 means over")
    assert found.columns(None, ()).cluster is None


def test_some_cities_only_and_some_left_out() -> None:
    found = material(text(f'{MEANS}\n{DELTA}\ndrop = {{ CN-520100 = "the capital" }}'))
    assert rise(found, "CN-GD") == pytest.approx((chained("CN-440100") + chained("CN-440300")) / 2)
    assert "GD 2," in found.told[0][2]
    assert "GZ 5," in found.told[0][2]


def test_too_few_cities_make_no_mean() -> None:
    found = material(text(f"{MEANS}\nfewest = 3"))
    row = found.panel.matrix("log_gdp")[found.panel.units.index("CN-QH")]
    assert np.isnan(row).all()


def test_cities_are_treated_and_drawn_as_their_province() -> None:
    found = material(text(CITIES))
    assert found.parents["CN-520100"] == "CN-GZ"
    assert found.cohorts["CN-520100"] == found.cohorts["CN-130100"] == 2016
    assert "CN-330100" not in found.cohorts
    assert not np.isnan(found.panel.matrix("log_gdp")).any()
    assert found.columns(None, ()).cluster == "lies_in"
    frame = found.frame()
    assert {*zip(frame["region"].to_pylist(), frame["lies_in"].to_pylist(), strict=True)} >= {("CN-520100", "CN-GZ")}
    assert "of" in found.told[0][1]
    # Series of provinces are not series of cities.
    with pytest.raises(StudyError, match="neither one of"):
        material(text(CITIES, more=', "co2_t"', derive='log_co2 = "log(co2_t)"', outcome="log_co2"))


def test_series_of_provinces_stand_beside_means_over_cities() -> None:
    found = material(text(more=', "co2_t"', derive='log_co2 = "log(co2_t)"', outcome="log_co2"))
    figures = evidence_panel(["co2_t"], regions=["CN-GZ"], periods=[2006, 2015]).matrix("co2_t")[0]
    assert rise(found, "CN-GZ", "log_co2") == pytest.approx(np.log(figures[1] / figures[0]))
    assert rise(found, "CN-GZ") > 0


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (text(""), "of cities of China|add a table"),
        (text('[panel.members]\nonly = { CN-XX = ["CN-440100"] }'), "only names 'CN-XX'"),
        (text('[panel.members]\nonly = { CN-GD = ["CN-520100"] }'), "does not lie in Guangdong"),
        (text('[panel.members]\ndrop = { CN-999999 = "why" }'), "lies in no region"),
        (text().replace("city_gdp_volume_index", "co2_t"), "all series are of"),
    ],
)
def test_what_does_not_fit_is_refused(file: str, message: str) -> None:
    with pytest.raises(StudyError, match=message):
        PanelKind().check(parse(file, "zones").spec)
