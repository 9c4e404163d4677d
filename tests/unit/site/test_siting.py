"""Ranking places: what is known of them, gaps, weights, and what is refused."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pilotzone import site
from pilotzone.core import Assumption, Assumptions, DataError, MethodError, UsageError
from pilotzone.gather import Climate, evidence_panel, load_layer
from pilotzone.site import (
    DEFAULT_CRITERIA,
    KNOWN_CRITERIA,
    Candidate,
    Criterion,
    CriterionValue,
    SitingSpec,
    WeightSpace,
    annual,
    annual_cooling,
    climate_draws,
    counted_twice,
    default_assumptions,
    draw_weights,
    known_criterion,
    known_regions,
    place_of_region,
    profile_of,
    profiles,
    rank_places,
    scores,
    with_scale,
)
from pilotzone.site import surface as surface_module
from pilotzone.site.ashrae import ASHRAE_CLASSES
from pilotzone.site.hazard import quake_rates, within_years
from pilotzone.site.known import earthquakes
from pilotzone.site.parameters import CoolingSystem
from pilotzone.site.power import dry_year, shares_of, water_of_power
from pilotzone.site.unknowns import Units
from pilotzone.study.siting.wording import siting_words
from siting_scales import scales


def own(name: str, **values: float | tuple[float, float]) -> Candidate:
    ends = {key: value if isinstance(value, tuple) else (value, value) for key, value in values.items()}
    figures = {key: CriterionValue(name, key, low, high, "1", "yours", "a test") for key, (low, high) in ends.items()}
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
    assert found.acceptability.first.tolist() == [0.5, 0.5]
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
        CriterionValue("x", "a", 2, 1, "1", "yours", "s")
    with pytest.raises(UsageError, match=r"the evidence has no criterion .pued.\. Did you mean .pue."):
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
    shares = {f.criterion: f.low for f in profile.context}
    gallons = 4491 * 3.785411784 / 1000
    quantities = [profile.quantities[name] for name in names]
    drawn = {unknown.name for quantity in quantities for unknown in quantity.unknowns}
    rng = np.random.default_rng(1)
    units = Units({name: rng.random(40) for name in drawn})
    with_them, without = (quantity.values(units)[:, 0] for quantity in quantities)
    assert profile.surface is not None
    pue = units.cooling(profile.surface)[0]
    np.testing.assert_allclose(with_them - without, pue * shares["hydro power"] * gallons, rtol=1e-12)
    for figure, values in zip(profile.figures, (with_them, without), strict=True):
        assert figure.low < values.mean() < figure.high


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

    for module, name in ((surface_module, "waterside"), (annual, "hours_without_chiller")):
        monkeypatch.setattr(module, name, watched(name, getattr(module, name)))
    profiles._surface_of_region.cache_clear()  # what another test looked at is remembered
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


# ----------------------------------------------------------------------------- coverage, bounds, spots, weights


@pytest.mark.parametrize(
    ("name", "at", "quakes", "plants"),
    [
        ("Tokyo", (35.68, 139.77), False, False),
        ("San Francisco", (37.77, -122.42), False, False),
        ("Taipei", (25.03, 121.56), True, False),
        ("Guiyang", (26.65, 106.63), True, True),
        ("Kathmandu", (27.7, 85.3), True, False),
        ("Kashgar", (39.47, 74.0), False, True),
    ],
)
def test_beyond_the_evidence_there_is_nothing_and_not_zero(
    name: str, at: tuple[float, float], quakes: bool, plants: bool
) -> None:
    """Known inside what a layer covers, with room for what it counts around; else missing, with the reason."""
    place = Candidate(name, latitude=at[0], longitude=at[1])
    found = profile_of(place, ["earthquake_30_years", "plants_gw", "heat_c"], default_assumptions()).figures
    for figure, known in zip(found, (quakes, plants, False), strict=True):
        assert (figure.kind != "missing") == known
        assert known or figure.note
    assert found[0].note if quakes else "73 to 135.5 degrees east" in found[0].note


def test_exposure_at_any_reach_is_that_of_the_catalogue() -> None:
    """Rates between the nodes are the exact ones to a thousandth of the probability."""
    quakes, law = earthquakes._quakes()
    place = place_of_region("CN-SC")
    profile = profile_of(place, ["earthquake_30_years"], default_assumptions())
    for unit, reach in ((0.0, 30.0), (0.13, 36.5), (0.5, 55.0), (1.0, 80.0)):
        found = profile.quantities["earthquake_30_years"].values(Units({"earthquake_reach_km": np.array([unit])}))[0]
        points = place.points()
        rates = quake_rates(quakes, law, points[:, 0], points[:, 1], magnitude=6.0, reach_km=reach)
        np.testing.assert_allclose(found, within_years(rates, 30), atol=1e-3)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("pue", 0.7, "pue of x is 0.7"),
        ("grid_kg_per_kwh", 350.0, "grid_kg_per_kwh of x is 350 kg/kWh"),
        ("earthquake_30_years", 1.2, "earthquake_30_years of x is 1.2"),
        ("hydro_in_a_dry_year", 43.0, "is 43"),
        ("plants_gw", 7_491.0, "is 7491 GW"),
        ("heat_c", 95.0, "is 95 degC"),
        ("gdp_gap", -1.4, "is -1.4"),
        ("water_l_per_kwh", -0.1, "is -0.1 L/kWh"),
    ],
)
def test_figures_that_cannot_be(name: str, value: float, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        own("x", **{name: value})
    assumed = Assumptions((*default_assumptions().entries, Assumption(name, value, value, "1", "t", "x")))
    with pytest.raises(UsageError, match=words):
        SitingSpec("T", (own("x"), own("y")), (known_criterion(name).criterion,), assumptions=assumed)


def test_a_position_outside_its_region_is_refused() -> None:
    with pytest.raises(UsageError, match=r"x lies at 37.77, -122.42, which is outside CN-GZ") as error:
        Candidate("x", "CN-GZ", 37.77, -122.42)
    with pytest.raises(UsageError, match="outside CN-GZ") as error:
        Candidate("x", "CN-GZ", 30.66, 104.06)
    assert "CN-SC is there" in (error.value.todo or "")


def test_fixed_weights_are_the_normal_case() -> None:
    places = (own("x", a=1, b=2), own("y", a=0, b=1))
    space = WeightSpace({"a": (0.7, 0.7), "b": (0.3, 0.3)})
    found = rank_places(SitingSpec("T", places, AB, space=space, draws=200, batches=20))
    assert found.weights is not None
    assert found.weights.tolist() == pytest.approx([0.7, 0.3])
    assert found.scores.tolist() == pytest.approx([0.7, 0.3])
    assert found.acceptability.first.tolist() == [1, 0]
    assert found.acceptability.clear
    assert siting_words(found).startswith("x ranks first with the weights and figures that were given")
    # The least change starts there: at equal weights both are equal.
    assert found.dethroned is not None
    assert found.start.tolist() == pytest.approx([0.7, 0.3])
    assert found.dethroned.change == pytest.approx(0.4)


def test_fixed_weights_with_figures_that_are_not_certain() -> None:
    """X is above y where 0.5 u > 0.25: half of all cases, and every draw of weights goes with values of its own."""
    criteria = (Criterion("a", "up", scale=(0, 1)), Criterion("b", "up", scale=(0, 1)))
    places = (own("x", a=(0, 1), b=0), own("y", a=0, b=0.5))
    space = WeightSpace({"a": (0.5, 0.5), "b": (0.5, 0.5)})
    found = rank_places(SitingSpec("T", places, criteria, space=space, draws=4_000, batches=10))
    assert found.acceptability.first[0] == pytest.approx(0.5, abs=4 * 0.008)
    assert found.acceptability.error[0] == pytest.approx(0.008, rel=0.25)
    assert found.sensitivity.groups == ("a",)
    assert not found.acceptability.clear
    assert "weights fixed as given" in siting_words(found)


def test_a_coin_toss_is_not_clear() -> None:
    found = rank_places(SitingSpec("T", (own("x", a=1, b=2), own("y", a=2, b=3)), AB, draws=1_000, batches=10))
    assert not found.acceptability.clear
    assert "no place is the clear winner, and the lead of" in siting_words(found)


def test_spots_of_one_place_are_one_place() -> None:
    """Two spots that are each good at one thing are not a place that is good at both."""
    criteria = (Criterion("a", "up", scale=(0, 1)), Criterion("b", "up", scale=(0, 1)))
    spots = tuple(replace(own(name, a=a, b=b), spot_of="x") for name, a, b in (("x1", 1, 0), ("x2", 0, 1)))
    found = rank_places(SitingSpec("T", (*spots, own("y", a=0.6, b=0.6)), criteria, draws=20_000, batches=1))
    assert found.places == ("x", "y")
    # With weights w and 1 - w, x is worth the larger of the two, which is above 0.6 in eight tenths of cases.
    assert found.acceptability.first.tolist() == pytest.approx([0.8, 0.2], abs=0.015)
    assert found.dethroned is not None
    assert found.places[found.dethroned.winner] == "y"
    with pytest.raises(UsageError, match="places are x"):
        SitingSpec("T", spots, criteria)


def test_gaps_do_not_depend_on_which_places_are_compared() -> None:
    """A gap of the evidence's criteria is ranked over the provinces' range, one with a scale over its scale."""
    names = tuple(known_criterion(name).criterion for name in ("heat_c", "gdp_gap"))
    places = tuple(place_of_region(code) for code in ("CN-GZ", "CN-SC", "CN-GD"))
    for chosen in (places, places[:2]):
        found = rank_places(SitingSpec("T", (*chosen, own("z", heat_c=30)), names, draws=200, batches=20))
        (gap,) = found.gaps
        assert (gap.low, gap.high) == with_scale(names[1]).scale
    scaled = (Criterion("a", "up", scale=(-5, 5)), Criterion("b", "up", scale=(0, 1)))
    found = rank_places(SitingSpec("T", (own("x", a=1, b=1), own("y", b=0)), scaled, draws=200, batches=20))
    assert (found.gaps[0].low, found.gaps[0].high) == (-5, 5)


def test_what_is_counted_by_several_criteria_is_named() -> None:
    found = counted_twice(DEFAULT_CRITERIA)
    assert found == {
        "climate": ("pue", "heat_c"),
        "hydropower": ("water_l_per_kwh", "grid_kg_per_kwh", "hydro_in_a_dry_year"),
    }


def test_scales_are_those_of_the_evidence() -> None:
    """The file is what its tool makes of the evidence, to the digits that it has."""
    file = Path(site.__file__).parent / "bundled" / "scales.toml"
    written, made = tomllib.loads(file.read_text(encoding="utf-8")), tomllib.loads(scales())
    assert written.keys() == made.keys() == KNOWN_CRITERIA.keys()
    for name, entry in written.items():
        for key in ("low", "high", "reference"):
            assert entry[key] == pytest.approx(made[name][key], rel=1e-5, abs=1e-9)


def test_a_place_that_never_wins_changes_the_winner_only_without_scales() -> None:
    """The worst of three stretches a scale: without it another place wins, and that is said."""
    rows = {"x": (0.3, 1.0), "y": (0.0, 0.75), "bad": (10.0, 0.0)}
    places = tuple(own(name, a=a, b=b) for name, (a, b) in rows.items())
    criteria = (Criterion("a", "down"), Criterion("b", "up"))
    space = WeightSpace({"a": (0.6, 0.7)})
    found = rank_places(SitingSpec("T", places, criteria, space=space, draws=400, batches=1))
    turned = {item.place: item.winner for item in found.without}
    assert found.acceptability.first[2] == 0
    assert (found.winner, turned["bad"]) == ("x", "y")
    assert "Without bad, which never ranks first, y ranks first most often." in siting_words(found)
    alone = rank_places(SitingSpec("T", places[:2], criteria, space=space, draws=400, batches=1))
    assert turned["bad"] == alone.winner
    assert "Scores depend on which places are compared: a and b have no fixed scale." in siting_words(found)
    fixed = tuple(replace(item, scale=(0, 10) if item.name == "a" else (0, 1)) for item in criteria)
    with_bad = rank_places(SitingSpec("T", places, fixed, space=space, draws=400, batches=1))
    without = rank_places(SitingSpec("T", places[:2], fixed, space=space, draws=400, batches=1))
    assert with_bad.acceptability.first[:2].tolist() == without.acceptability.first.tolist()
    assert "depend on which places" not in siting_words(with_bad)
    (left,) = [item for item in with_bad.without if item.place == "bad"]
    assert (left.winner, left.share) == (without.winner, without.acceptability.first.max())


def test_a_spot_of_a_spot_is_refused() -> None:
    """Two places that are each a spot of the other would be ranked under one another's names."""
    swapped = (replace(own("x", a=1, b=0), spot_of="y"), replace(own("y", a=0, b=1), spot_of="x"))
    criteria = (Criterion("a", "up"), Criterion("b", "up"))
    with pytest.raises(UsageError, match="x is a spot of y, which is itself a spot of x"):
        SitingSpec("T", swapped, criteria, draws=100, batches=1, alternatives={})


def test_places_that_tie_share_the_first_place() -> None:
    """Of fixed weights and certain figures, by every method, with and without each place, and to a reader."""
    criteria = (Criterion("a", "up", scale=(0, 1)), Criterion("b", "up", scale=(0, 1)))
    rows = {"x": (1, 0), "y": (0, 1), "z": (0, 0)}
    space = WeightSpace({"a": (0.5, 0.5), "b": (0.5, 0.5)})
    places = tuple(own(name, a=a, b=b) for name, (a, b) in rows.items())
    found = rank_places(SitingSpec("T", places, criteria, space=space, draws=100, batches=1))
    for result in (found.acceptability, *found.others.values()):
        assert result.first.tolist() == [0.5, 0.5, 0]
        assert (result.tied, result.clear) == (1, False)
    assert siting_words(found).startswith("x and y are often the same, and nothing tells them apart.")
    assert found.acceptability.without is not None
    np.testing.assert_array_equal(found.acceptability.without, [[np.nan, 1, 0], [1, np.nan, 0], [0.5, 0.5, np.nan]])


def test_which_spot_is_the_best_by_geometry() -> None:
    """With weights w and 1 - w each of two spots is the best in half of all cases, and first beyond 0.6."""
    criteria = (Criterion("a", "up", scale=(0, 1)), Criterion("b", "up", scale=(0, 1)))
    rows = {"x1": (1, 0), "x2": (0, 1), "x3": (0.4, 0.4)}
    spots = tuple(replace(own(name, a=a, b=b), spot_of="x") for name, (a, b) in rows.items())
    # Spots of one place need not follow one another.
    places = (spots[0], own("y", a=0.6, b=0.6), *spots[1:])
    found = rank_places(SitingSpec("T", places, criteria, draws=20_000, batches=1))
    told = {item.spot: item for item in found.spots}
    assert {item.place for item in found.spots} == {"x"}
    assert [told[name].best for name in rows] == pytest.approx([0.5, 0.5, 0], abs=0.015)
    assert [told[name].first for name in rows] == pytest.approx([0.4, 0.4, 0], abs=0.015)
    assert sum(item.best for item in found.spots) == pytest.approx(1, abs=1e-12)
    assert sum(item.first for item in found.spots) == pytest.approx(found.acceptability.first[0], abs=1e-12)
    assert [item.best for item in found.spots] == sorted((item.best for item in found.spots), reverse=True)
    (row,) = [row for row in found.to_table().records() if row["place"] == "x"]
    assert (row["best spot"], row["best spot in"]) == (found.spots[0].spot, found.spots[0].best)
    assert f"{found.spots[0].spot} is the best of the spots of x in 50\u00a0% of cases, " in siting_words(found)


def test_spots_that_are_the_same_share_and_spots_that_are_not_chosen_are_not_told() -> None:
    criteria = (Criterion("a", "up", scale=(0, 1)),)
    spots = tuple(replace(own(name, a=1), spot_of="x") for name in ("x1", "x2"))
    spec = SitingSpec("T", (*spots, own("y", a=0)), criteria, draws=200, batches=1)
    assert [(item.best, item.first) for item in rank_places(spec).spots] == [(0.5, 0.5)] * 2
    unknown = rank_places(replace(spec, spot="unknown"))
    assert unknown.spots == ()
    assert "best spot" not in unknown.to_table().columns
    # An area is many spots without a name each.
    areas = tuple(place_of_region(code) for code in ("CN-GZ", "CN-SC"))
    found = rank_places(SitingSpec("T", areas, (known_criterion("plants_gw").criterion,), draws=200, batches=10))
    assert len(found.alternatives.low) == len(found.alternatives.names)
    assert set(found.alternatives.names) == {"Guizhou", "Sichuan"}
    assert found.spots == ()


def test_spots_of_an_area_and_a_point_in_it() -> None:
    """Against the scores of every spot in every draw: an area of many spots is one spot beside a point."""
    names = tuple(known_criterion(name).criterion for name in ("plants_gw", "earthquake_30_years"))
    point = replace(Candidate("Gui'an", "CN-GZ", 26.4, 106.6), spot_of="Guizhou")
    places = (place_of_region("CN-GZ"), point, place_of_region("CN-YN"))
    found = rank_places(SitingSpec("T", places, names, draws=300, batches=30))
    values = found.alternatives.draws(0, 30, found.spec.seed + 1)
    weights = draw_weights(["plants_gw", "earthquake_30_years"], 300, seed=found.spec.seed).reshape(30, 10, 2)
    owners = np.array(found.alternatives.names)
    best = {"Guizhou": 0.0, "Gui'an": 0.0}
    for own_values, own_weights in zip(values, weights, strict=True):
        scored = scores(own_values, found.spec.criteria, own_weights)
        for row in scored:
            tops = {name: row[owners == name].max() for name in best}
            winners = [name for name in best if abs(tops[name] - max(tops.values())) < 1e-11]
            for name in winners:
                best[name] += 1 / len(winners) / 300
    assert len(owners) > 3
    assert {item.spot: item.best for item in found.spots} == pytest.approx(best, abs=1e-12)
    assert max(best.values()) > 0.5


def test_places_known_are_the_provinces_and_no_state() -> None:
    assert len(known_regions()) == 31
    assert all(code.startswith("CN-") for code in known_regions())
    with pytest.raises(UsageError) as caught:
        place_of_region("US-VA")
    assert "US-VA (Virginia) is one of the states" in str(caught.value)
    assert "CN-AH" in str(caught.value)
