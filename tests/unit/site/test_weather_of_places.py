"""Weather that a user gives: what is odd about it stands beside the figures that rest on it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from tests.unit.gather import weather_makers as make

from pilotzone.core import Assumption, Assumptions
from pilotzone.gather import read_weather
from pilotzone.site import Candidate, default_assumptions, profile_of


def test_what_is_noted_of_weather_stands_beside_pue(tmp_path: Path) -> None:
    file = tmp_path / "own.epw"
    file.write_text(make.epw(each=2), encoding="utf-8")
    weather = read_weather(file)
    profile = profile_of(Candidate("Own", weather=weather), ["pue"], Assumptions(default_assumptions().entries))
    assert "half-hourly records are averaged to hours" in profile.figures[0].note
    file.write_text(make.epw(), encoding="utf-8")
    other = profile_of(
        Candidate("Own", weather=read_weather(file)), ["pue"], Assumptions(default_assumptions().entries)
    )
    assert "averaged" not in other.figures[0].note
    # Both files are of the same air but for the second half of each hour.
    one, two = (np.array([figure.low, figure.high]) for figure in (profile.figures[0], other.figures[0]))
    np.testing.assert_allclose(one, two, atol=0.005)


def test_places_of_a_region_share_its_year_and_others_do_not() -> None:
    """Thousands of places may lie in one region: what its capital's means say is worked out once."""
    assumed = default_assumptions()
    one, other = (
        profile_of(Candidate(name, region="CN-GZ", latitude=lat, longitude=106.7), ["pue"], assumed)
        for name, lat in (("One", 26.6), ("Other", 26.8))
    )
    assert one.surface is other.surface
    assert profile_of(Candidate("Far", region="CN-SC"), ["pue"], assumed).surface is not one.surface
    others = [entry for entry in assumed.entries if entry.name != "rel_humidity"]
    dry = Assumptions((*others, Assumption("rel_humidity", 0.5, 0.5, "1", "a test")))
    narrowed = profile_of(Candidate("Own", region="CN-GZ"), ["pue"], dry)
    assert narrowed.surface is not one.surface
    assert narrowed.figures[0].high < one.figures[0].high
