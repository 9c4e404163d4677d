"""Years that stand alone are listed: a span would hide that most of it has no figure."""

from __future__ import annotations

from tests.unit.cli.command import call

YEARS = "1990, 2002, 2005, 2008, 2011, 2014, 2017"


def test_inventories_list_their_seven_years() -> None:
    said = " ".join(call("evidence", "us_epa_so2_all_short_ton").out.split())
    assert f"coverage: {YEARS} (7 years), 51 regions, 357 figures" in said
    assert "own gaps which 51 1990, 2002, 2005, 2008," in said
    assert "1990-2017" not in said


def test_series_of_every_year_have_a_span() -> None:
    said = " ".join(call("evidence", "us_co2_energy_t").out.split())
    assert "coverage: 1970 to 2021, 51 regions" in said
    assert "51 1970-2021 none" in said
