"""Dry and wet years of the five Guizhou plants that have all years from 2009 to 2015."""

from __future__ import annotations

from pilotzone.campus.droughts import annual_factors

# Liu and others 2019, Applied Energy: generation in GWh, 2009 to 2015.
GENERATION = {
    "Goupitan": (1681.0, 5584.0, 5045.0, 9050.0, 5702.0, 8331.0, 10192.0),
    "Silin": (1303.0, 2506.0, 2352.0, 3903.0, 2796.0, 3750.0, 4164.0),
    "Wujiangdu": (3616.0, 2566.0, 1904.0, 3801.0, 2384.0, 3742.0, 4277.0),
    "Guangzhao": (2042.0, 1913.0, 1288.0, 2275.0, 1313.0, 2922.0, 2634.0),
    "Dongfeng": (2769.0, 1632.0, 1490.0, 2448.0, 1924.0, 2781.0, 2823.0),
}
PLANTS = {name: dict(zip(range(2009, 2016), values, strict=True)) for name, values in GENERATION.items()}


def test_factors_of_all_five_are_those_of_the_collection() -> None:
    found = annual_factors({**PLANTS, "Shatuo": {2013: 1743.0, 2014: 4389.0, 2015: 4700.0}})
    assert [round(factor, 2) for factor in found.factors.tolist()] == [0.67, 0.84, 0.71, 1.26, 0.83, 1.27, 1.42]
    assert found.left_out == ("Shatuo",)
    # Two of them were built in 2009: their first year is not a drought, and the note says so.
    assert "2009 looks like a year of construction for Goupitan, Silin" in found.notes[1]


def test_plants_that_were_there_have_their_driest_year_in_2011_as_the_statistics_do() -> None:
    found = annual_factors(PLANTS, leave_out=("Goupitan", "Silin"))
    assert found.driest == 2011
    assert [round(factor, 2) for factor in found.factors.tolist()] == [1.12, 0.81, 0.62, 1.14, 0.75, 1.26, 1.3]
    assert len(found.notes) == 1
    assert found.left_out == ("Goupitan", "Silin")
