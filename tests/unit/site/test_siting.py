"""Ranking places: what is known of them, gaps, weights, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pilotzone.core import Assumption, Assumptions, DataError, MethodError, UsageError
from pilotzone.gather import Climate, evidence_panel, load_layer
from pilotzone.report import siting_words
from pilotzone.site import (
    DEFAULT_CRITERIA,
    Candidate,
    Criterion,
    Figure,
    SitingSpec,
    WeightSpace,
    annual,
    annual_cooling,
    climate_draws,
    default_assumptions,
    known_criterion,
    place_of_region,
    profile_of,
    rank_places,
)
from pilotzone.site.ashrae import ASHRAE_CLASSES
from pilotzone.site.parameters import CoolingSystem
from pilotzone.site.power import dry_year, shares_of, water_of_power


def own(name: str, **values: float | tuple[float, float]) -> Candidate:
    ends = {key: value if isinstance(value, tuple) else (value, value) for key, value in values.items()}
    figures = {key: Figure(name, key, low, high, "1", "yours", "a test") for key, (low, high) in ends.items()}
    return Candidate(name, figures=figures)


AB = (Criterion("a", "up"), Criterion("b", "down"))


def test_certain_places_are_ranked_as_their_weights_say() -> None:
    found = rank_places(SitingSpec("T", (own("x", a=1, b=1), own("y", a=0, b=0)), AB, draws=20_000, batches=1))
    assert found.acceptability.first.tolist() == pytest.approx([0.5, 0.5], abs=0.02)
    assert found.front.all()
    assert found.dethroned is not None
    assert found.sensitivity.groups == ("weights",)


def test_a_place_with_a_gap_is_ranked_over_what_it_could_be() -> None:
    places = (own("x", a=1, b=0), own("y", a=0, b=1), own("z", b=0))
    found = rank_places(SitingSpec("T", places, AB, draws=4_000, batches=400))
    (gap,) = found.gaps
    assert (gap.place, gap.criterion, gap.low, gap.high) == ("z", "a", 0.0, 1.0)
    # As good as x on b, and anything between y and x on a: never better than x, never worse than y.
    assert found.acceptability.first[2] <= found.acceptability.first[0]
    assert found.acceptability.ranks[2, 2] == 0
    assumed = Assumptions((Assumption("a", 2.0, 3.0, "1", "a test", "z"),))
    better = rank_places(SitingSpec("T", places, AB, assumptions=assumed, draws=600, batches=40))
    assert (better.gaps[0].low, better.gaps[0].high) == (2.0, 3.0)
    assert "ASSUMED" in better.gaps[0].source
    assert better.winner == "z"


def test_a_place_with_a_gap_is_left_out_with_the_reason() -> None:
    places = (own("x", a=1, b=0), own("y", a=0, b=1), own("z", b=0))
    found = rank_places(SitingSpec("T", places, AB, gaps="leave_out", draws=600, batches=40))
    assert found.places == ("x", "y")
    assert found.left_out == {"z": "a: its user gave no figure"}
    assert found.to_table().records()[-1]["left out"] == "a: its user gave no figure"
    with pytest.raises(MethodError, match="1 places have a figure on every criterion"):
        rank_places(SitingSpec("T", places[1:], AB, gaps="leave_out"))
    with pytest.raises(DataError, match="no place has a figure on 'a'"):
        rank_places(SitingSpec("T", (own("x", b=1), own("y", b=2)), AB))


def test_order_and_units_do_not_matter() -> None:
    places = (own("x", a=(1, 2), b=(0, 3)), own("y", a=(0, 2), b=(1, 2)), own("z", a=(1, 3), b=(2, 3)))
    spec = SitingSpec("T", places, AB, draws=6_000, batches=600)
    base = rank_places(spec)
    scaled = tuple(
        Candidate(
            p.name,
            figures={
                key: replace(f, low=1000 * f.low, high=1000 * f.high) if key == "a" else f
                for key, f in p.figures.items()
            },
        )
        for p in places
    )
    same = rank_places(replace(spec, places=scaled))
    np.testing.assert_array_equal(same.acceptability.ranks, base.acceptability.ranks)
    turned = rank_places(replace(spec, places=places[::-1]))
    np.testing.assert_allclose(turned.acceptability.first[::-1], base.acceptability.first, atol=0.05)


def test_weights_that_are_known() -> None:
    spec = SitingSpec(
        "T", (own("x", a=1, b=1), own("y", a=0, b=0)), AB, space=WeightSpace({"a": (0.6, 1.0)}), draws=600, batches=40
    )
    assert rank_places(spec).acceptability.first.tolist() == [1.0, 0.0]


def test_places_that_are_the_same_are_said_to_be() -> None:
    found = rank_places(SitingSpec("T", (own("x", a=1, b=1), own("y", a=1, b=1)), AB, draws=200, batches=1))
    assert found.acceptability.first.tolist() == [1.0, 1.0]
    assert "nothing tells them apart" in siting_words(found)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"places": (own("x", a=1, b=1),)}, "places are x"),
        ({"places": (own("x", a=1, b=1), own("x", a=1, b=1))}, "places are x, x"),
        ({"criteria": ()}, "criteria are none"),
        ({"gaps": "fill"}, "'fill'"),
        ({"method": "electre"}, "'electre'"),
        ({"draws": 10, "batches": 20}, "10 weights and 20 values"),
        ({"common": {"c": 0.5}}, "no criterion 'c'"),
    ],
)
def test_specs_that_cannot_be(change: dict[str, object], words: str) -> None:
    base: dict[str, object] = {"places": (own("x", a=1, b=1), own("y", a=0, b=0)), "criteria": AB}
    with pytest.raises(UsageError, match=words):
        SitingSpec("T", **(base | change))  # type: ignore[arg-type]


def test_places_that_cannot_be() -> None:
    with pytest.raises(UsageError, match="half a position"):
        Candidate("x", latitude=20.0)
    with pytest.raises(UsageError, match="no region 'CN-GU'"):
        Candidate("x", "CN-GU")
    with pytest.raises(DataError, match="ranges from 2 to 1"):
        Figure("x", "a", 2, 1, "1", "yours", "s")
    with pytest.raises(UsageError, match=r"no criterion .pued. in the evidence.* Did you mean .pue."):
        known_criterion("pued")


def test_figures_of_guizhou_from_the_evidence() -> None:
    """Each figure by hand from the tables."""
    found = {
        f.criterion: f for f in profile_of(place_of_region("CN-GZ"), DEFAULT_CRITERIA, default_assumptions()).figures
    }
    panel = evidence_panel(["gdp_nominal_cny", "population"], periods=[2024])
    gdp, people = panel.matrix("gdp_nominal_cny")[:, 0], panel.matrix("population")[:, 0]
    row = panel.unit_index("CN-GZ")
    assert found["gdp_gap"].low == pytest.approx(gdp[row] / people[row] / (gdp.sum() / people.sum()) - 1)
    assert found["gdp_gap"].low < -0.3
    assert (found["grid_kg_per_kwh"].low, found["grid_kg_per_kwh"].high) == (0.4989, 0.5182)
    assert "not checked" in found["grid_kg_per_kwh"].note
    assert found["heat_c"].note.startswith("6 stations")
    assert found["pue"].kind == "modelled"
    assert 1.0 < found["pue"].low < found["pue"].high < 1.5
    assert 0 <= found["earthquake_30_years"].low < found["earthquake_30_years"].high < 1


def test_reservoirs_are_most_of_the_water_of_hydro_power() -> None:
    names = ["water_l_per_kwh", "water_without_reservoirs_l_per_kwh"]
    profile = profile_of(place_of_region("CN-SC"), names, default_assumptions(), year=2017)
    with_them, without = profile.figures
    shares = {f.criterion: f.low for f in profile.context}
    airside = profile.cooling[0]
    gallons = 4491 * 3.785411784 / 1000
    assert with_them.low - without.low == pytest.approx(airside.pue[0] * shares["hydro power"] * gallons)
    assert with_them.high - without.high == pytest.approx(airside.pue[2] * shares["hydro power"] * gallons)


def test_capitals_without_temperatures_are_gaps() -> None:
    figures = profile_of(place_of_region("CN-GS"), ["pue", "heat_c"], default_assumptions()).figures
    assert figures[0].kind == "missing"
    assert figures[1].kind == "data"


def test_hourly_weather_of_a_user_goes_first_and_needs_no_humidity_assumed() -> None:
    hours = 8_760
    weather = Climate("T", np.full(hours, 20.0), np.full(hours, 0.4), np.full(hours, 101_325.0), "a test", height_m=50)
    place = Candidate("Own", weather=weather)
    profile = profile_of(place, ["pue", "gdp_gap"], Assumptions(default_assumptions().entries))
    assert profile.cooling[0].hours["free"] == (1.0, 1.0)
    assert profile.figures[1].kind == "missing"
    none = Assumptions(
        (Assumption("cycles_of_concentration", 4, 4, "1", "t"), Assumption("drift_share", 2e-4, 2e-4, "1", "t"))
    )
    point = annual_cooling("airside", climate_draws("Own", weather, none), none)
    assert point.pue[0] == pytest.approx(1.0746922970, abs=1e-9)
    assert point.pue[2] == pytest.approx(point.pue[0], abs=1e-12)


def test_what_only_a_page_shows_is_modelled_when_somebody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ranking needs PUE and water of the first system: neither the second one nor hours by class are worked out."""
    seen: list[str] = []

    def watched(name: str, own: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: object) -> Any:  # noqa: ANN401 - whatever the function returns
            seen.append(name)
            return own(*given)

        return call

    for name in ("waterside", "hours_without_chiller"):
        monkeypatch.setattr(annual, name, watched(name, getattr(annual, name)))
    profile = profile_of(place_of_region("CN-GZ"), ["pue"], default_assumptions(), systems=("airside", "waterside"))
    assert profile.has_cooling
    assert not seen
    first, second = profile.cooling
    assert (first.pue[0], first.pue[2]) == (profile.figures[0].low, profile.figures[0].high)
    assert second.system == "waterside"
    assert set(seen) == {"waterside", "hours_without_chiller"}
    # Hours by class are those of the weather, whatever cools: once is enough.
    assert first.free_hours == second.free_hours
    assert seen.count("hours_without_chiller") == len(ASHRAE_CLASSES) * 3
    assert profile.cooling is profile.cooling


def test_a_place_without_a_climate_has_no_cooling() -> None:
    for region, names in (("CN-GS", ["pue"]), ("CN-GZ", ["gdp_gap"])):
        profile = profile_of(place_of_region(region), names, default_assumptions(), systems=("airside",))
        assert not profile.has_cooling
        assert profile.cooling == ()


@pytest.mark.parametrize(("count", "draws"), [(1, 1), (3, 6), (24, 6), (2, 40)])
def test_draws_of_assumptions_are_a_latin_hypercube(count: int, draws: int) -> None:
    from scipy.stats import qmc

    known = [Assumption(f"a{k}", -1.0 - k, 2.0 + k, "1", "a test") for k in range(count)]
    unit = qmc.LatinHypercube(count, rng=np.random.default_rng(20160)).random(draws)
    expected = [-1.0 - k + unit[:, k] * (3.0 + 2 * k) for k in range(count)]
    np.testing.assert_allclose(annual._latin(known, draws), np.transpose(expected), rtol=1e-14)
    assert annual._latin([], draws).shape == (draws, 0)


@pytest.mark.parametrize("system", ["airside", "waterside"])
def test_every_fifth_hour_stands_for_all(system: CoolingSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of every capital: what the documentation says of the error, and that it does not say too much."""
    assumed = default_assumptions()
    layer = load_layer("capital_temperatures")
    pue, wue = [], []
    for region in dict.fromkeys(layer.texts["region"]):
        means = layer.numbers["temperature_c"][layer.rows_where(region=region)].reshape(-1, 12).mean(axis=0)
        found = []
        for stride in (5, 1):
            monkeypatch.setattr("pilotzone.site.annual.STRIDE", stride)
            climate = climate_draws(region, means, assumed)
            found.append(annual_cooling(system, climate, assumed, place=region, classes=False))
        pue.append(np.subtract(found[0].pue, found[1].pue))
        wue.append(np.subtract(found[0].wue, found[1].wue))
    assert len(pue) == 25
    worst = {"airside": (1e-3, 0.012), "waterside": (5e-4, 0.001)}[system]
    assert worst[0] / 2 < np.abs(pue).max() < worst[0]
    assert worst[1] / 2 < np.abs(wue).max() < worst[1]
    # In no direction: the mean over places is a fifth of that or less.
    assert np.abs(np.mean(pue, axis=0)).max() < worst[0] / 5


def test_power() -> None:
    assert shares_of({"a": 1.0, "b": 3.0}) == {"a": 0.25, "b": 0.75}
    with pytest.raises(DataError, match="generation is"):
        shares_of({"a": -1.0, "b": 3.0})
    years = np.arange(2005, 2015)
    level = np.exp(0.1 * (years - 2005))
    dry = level.copy()
    dry[4] *= 0.7
    found = dry_year(years, dry, 2 * level)
    slope, start = np.polyfit(years, np.log(dry), 1)
    assert found.period == 2009
    assert found.ratio == pytest.approx(dry[4] / np.exp(start + slope * 2009))
    assert (found.share_low, found.share_high) == pytest.approx((0.35, 0.5))
    with pytest.raises(MethodError, match="in 3 years"):
        dry_year(years[:3], dry[:3], level[:3])
    assert water_of_power({"a": 0.5, "b": 0.5, "c": 0.0}, {"a": (1, 2), "b": (0, 4)}) == (0.5, 3.0)
    with pytest.raises(DataError, match="water of b power"):
        water_of_power({"a": 0.5, "b": 0.5}, {"a": (1, 2)})
