"""Tables of very many places: beside the exact method on the same data, and PUE on the grid beside the exact model."""

from __future__ import annotations

import numpy as np
import pytest

from pilotzone.core import DataError, UsageError
from pilotzone.site import (
    GRID_ERROR,
    MANY_PLACES,
    Candidate,
    CoolingSystem,
    Criterion,
    CriterionValue,
    ManyPlaces,
    SitingSpec,
    TableClimates,
    WeightSpace,
    default_assumptions,
    known_criterion,
    pue_of_table,
    rank_many,
    rank_places,
    table_pue,
)
from pilotzone.site.large import large_acceptability
from pilotzone.site.scores import ranks, scores
from pilotzone.site.weights import draw_weights

CRITERIA = (
    Criterion("tariff", "down", "CNY/kWh", scale=(0.2, 0.8)),
    Criterion("land", "up"),
    known_criterion("heat_c").criterion,
)


def values_of(count: int, seed: int = 1) -> np.ndarray:
    """Return values, some beyond their scale, and none of two places alike."""
    rng = np.random.default_rng(seed)
    return np.column_stack([rng.uniform(0.1, 1.2, count), rng.random(count), rng.uniform(10, 45, count)])


def spec_of(count: int, **changed: object) -> ManyPlaces:
    names = tuple(f"p{k}" for k in range(count))
    return ManyPlaces("Many", names, values_of(count), CRITERIA, **{"draws": 400, **changed})  # type: ignore[arg-type]


@pytest.mark.parametrize("space", [WeightSpace(), WeightSpace({"tariff": (0.4, 0.7)})])
def test_a_table_beside_the_exact_method(space: WeightSpace) -> None:
    """The same draws: first places, the best ten and errors are the same, mean ranks within what is told."""
    spec = spec_of(300, space=space)
    found = rank_many(spec).found
    places = tuple(
        Candidate(
            name,
            figures={
                item.name: CriterionValue(name, item.name, value, value, item.unit, "yours", "a test")
                for item, value in zip(CRITERIA, row, strict=True)
            },
        )
        for name, row in zip(spec.names, spec.values.tolist(), strict=True)
    )
    exact = rank_places(
        SitingSpec("Many", places, CRITERIA, space=space, draws=400, batches=1, alternatives={})
    ).acceptability
    np.testing.assert_allclose(found.first, exact.first, atol=1e-12)
    np.testing.assert_allclose(found.within, exact.ranks[:, :10].sum(axis=1), atol=1e-12)
    assert np.abs(found.mean_rank - exact.ranks @ np.arange(1, 301)).max() <= found.rank_error
    for place, error in found.error.items():
        assert error == pytest.approx(exact.error[place], abs=1e-12)
    best, second = exact.order[:2].tolist()
    assert found.lead(best, second) == pytest.approx(exact.lead, abs=1e-12)


def test_more_places_than_are_ranked_one_by_one() -> None:
    """A table of a size that takes this method by itself, draw by draw beside sorted scores."""
    count = 5 * MANY_PLACES
    spec = spec_of(count, draws=60)
    siting = rank_many(spec)
    weights = draw_weights(spec.criterion_names, 60, spec.space, seed=spec.seed)
    place = np.array([ranks(scores(spec.values, siting.spec.criteria, weight)) for weight in weights])
    np.testing.assert_allclose(siting.found.first, (place == 1).mean(axis=0), atol=1e-12)
    np.testing.assert_allclose(siting.found.within, (place <= 10).mean(axis=0), atol=1e-12)
    assert np.abs(siting.found.mean_rank - place.mean(axis=0)).max() <= siting.found.rank_error < count / 100
    assert siting.winner == spec.names[int((place == 1).mean(axis=0).argmax())]
    table = siting.to_table()
    assert len(table.records()) == count
    assert table.records()[0]["place"] == siting.winner
    assert len(siting.summary().records()) == len(siting.leading) == 100
    assert len(repr(siting).splitlines()) <= 25


def test_values_far_beyond_their_scale_widen_what_is_told() -> None:
    """Single precision misses more of large scores: the number that ranks are within grows, and they are."""
    values = values_of(500) * np.array([1e4, 1.0, 1.0])
    weights = draw_weights(["tariff", "land", "heat_c"], 30)
    found = large_acceptability(values, CRITERIA, weights)
    place = np.array([ranks(scores(values, CRITERIA, weight)) for weight in weights])
    assert np.abs(found.mean_rank - place.mean(axis=0)).max() <= found.rank_error
    np.testing.assert_allclose(found.first, (place == 1).mean(axis=0), atol=1e-12)


def test_one_set_of_weights() -> None:
    siting = rank_many(spec_of(50, space=WeightSpace({"tariff": (0.5, 0.5), "land": (0.3, 0.3), "heat_c": (0.2, 0.2)})))
    assert siting.weights is not None
    assert siting.found.draws == 1
    expected = scores(siting.spec.values, siting.spec.criteria, siting.weights)
    assert siting.winner == f"p{int(expected.argmax())}"
    assert siting.clear
    assert siting.to_table().records()[0]["error"] is None


def test_what_a_table_cannot_be() -> None:
    with pytest.raises(UsageError, match="two places 'a'"):
        ManyPlaces("T", ("a", "b", "a"), np.ones((3, 3)), CRITERIA)
    with pytest.raises(UsageError, match="2 names stand for 3 places"):
        rank_many(ManyPlaces("T", ("a", "b"), np.ones((3, 3)), CRITERIA))
    with pytest.raises(DataError, match="not finite numbers"):
        rank_many(ManyPlaces("T", ("a", "b"), np.array([[1, 2, np.nan], [1, 2, 3]]), CRITERIA))


def climates_of(count: int) -> TableClimates:
    rng = np.random.default_rng(4)
    mean, swing = rng.uniform(-5, 28, (count, 1)), rng.uniform(2, 20, (count, 1))
    monthly = np.clip(mean - swing * np.cos(2 * np.pi * np.arange(12) / 12), -40, 45)
    names = tuple(f"p{k}" for k in range(count))
    return TableClimates(names, monthly, rng.uniform(0, 4_000, count), rng.uniform(0.2, 0.95, count))


@pytest.mark.parametrize("system", ["airside", "waterside"])
def test_pue_on_the_grid_beside_the_exact_model(system: CoolingSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many places as take the grid by itself; the exact model of some of them, and of those that are off it."""
    climates = climates_of(MANY_PLACES + 1)
    climates.height_m[0] = 8_000.0
    found = pue_of_table(climates, default_assumptions(), system)
    assert 0 < found.looked_up < len(climates.names)
    some = np.r_[0, np.arange(1, len(climates.names), 40)]
    assert climates.rel_humidity is not None
    part = TableClimates(
        tuple(climates.names[k] for k in some),
        climates.monthly_c[some],
        climates.height_m[some],
        climates.rel_humidity[some],
    )
    monkeypatch.setattr(table_pue, "MANY_PLACES", 10**9)
    exact = pue_of_table(part, default_assumptions(), system)
    assert exact.looked_up == 0
    off = np.abs(found.pue[some] - exact.pue)
    assert 0 < off.max() < GRID_ERROR
    assert off[0] == 0
    assert np.ptp(exact.pue) > 100 * GRID_ERROR


def test_pue_of_a_table_rests_on_the_middles_of_what_is_assumed() -> None:
    """Where humidity is not a column the middle of what is assumed stands for all places, and it is told."""
    given = climates_of(3)
    found = pue_of_table(TableClimates(given.names, given.monthly_c, given.height_m), default_assumptions())
    middle = default_assumptions().of("rel_humidity").middle
    assert found.held["rel_humidity"] == middle
    same = TableClimates(given.names, given.monthly_c, given.height_m, np.full(3, middle))
    again = pue_of_table(same, default_assumptions())
    np.testing.assert_array_equal(again.pue, found.pue)
    assert "rel_humidity" not in again.held
    assert {"diurnal_range_k", "day_to_day_sd_k", "cycles_of_concentration"} <= found.held.keys()


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("monthly_c", 280.0, r"a monthly mean \(degC\) of p1 is 280"),
        ("height_m", 1e5, r"the height \(m\) of p1 is 100000"),
        ("rel_humidity", 60.0, "the relative humidity of p1 is 60"),
        ("height_m", float("nan"), r"the height \(m\) of p1 is nan"),
    ],
)
def test_climates_that_cannot_be(column: str, value: float, words: str) -> None:
    given = climates_of(3)
    columns = {name: getattr(given, name).copy() for name in ("monthly_c", "height_m", "rel_humidity")}
    columns[column][1] = value
    with pytest.raises(DataError, match=words):
        TableClimates(given.names, **columns)
