"""Effects on indices that are known from shares of income by region: by hand, beside `index_effects`, and bounds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pilotzone.core import MethodError, Outcome, UsageError
from pilotzone.evaluation.inclusion import (
    grouped_inequality,
    index_effects,
    micro_data,
    region_bounds,
    share_effects,
)
from pilotzone.judgement import judge

Floats = NDArray[np.float64]
REGIONS, PERIODS, START = 12, 4, 2012


def table(seed: int = 1, regions: int = REGIONS) -> dict[str, Any]:
    """Return shares of fifths in regions and periods, those of the zone more equal since the start."""
    rng = np.random.default_rng(seed)
    rows: dict[str, list[Any]] = {"income": [], "regions": [], "periods": [], "zone": []}
    for k in range(regions):
        for t in range(PERIODS):
            incomes = np.sort(np.exp(rng.normal(0, 0.6 - 0.2 * (k < regions // 2 and t >= 2), 5)))
            rows["income"] += (incomes / incomes.sum()).tolist()
            rows["regions"] += [f"r{k:02d}"] * 5
            rows["periods"] += [2010 + t] * 5
            rows["zone"] += [k < regions // 2] * 5
    return {name: np.array(values) for name, values in rows.items()}


def squares(values: Floats, regions: int = REGIONS) -> Floats:
    return values.reshape(regions, PERIODS, -1)


def test_effect_and_error_are_those_of_region_means() -> None:
    """By region: the Gini of five incomes, its mean since the start less that before; then two samples."""
    data = table()
    shares = squares(data["income"])
    gini = np.abs(shares[..., :, None] - shares[..., None, :]).mean(axis=(2, 3)) / (2 * shares.mean(axis=2))
    theil = (shares * np.log(5 * shares)).sum(axis=2)
    found = share_effects(**data, indices=["gini", "theil_t"], start=START)
    moved = np.stack([part[:, 2:].mean(axis=1) - part[:, :2].mean(axis=1) for part in (gini, theil)], axis=1)
    zone, beside = moved[:6], moved[6:]
    assert found.joint.estimate == pytest.approx(zone.mean(axis=0) - beside.mean(axis=0), abs=1e-14)
    expected = np.cov(zone, rowvar=False) / 6 + np.cov(beside, rowvar=False) / 6
    assert found.spread.matrix == pytest.approx(expected, rel=1e-10)
    assert found.levels[0, :, 0] == pytest.approx(gini[:6].mean(axis=0), abs=1e-14)
    assert judge(index_of_claim(data)).label


def index_of_claim(data: dict[str, Any]) -> Any:  # noqa: ANN401 - joint effects
    fair = Outcome("gini", "inclusion", "down", 0.02, "level")
    return share_effects(**data, indices=[fair], start=START).joint


def test_the_same_as_people_who_all_have_the_mean_of_their_fifth() -> None:
    """One region a side: its fifths as five people, every index, all at once."""
    data = table(regions=2)
    names = ["gini", "theil_t", "theil_l", "palma", "headcount", "poverty_gap", "poverty_severity"]
    found = share_effects(**data, indices=names, start=START, line=0.6)
    people = micro_data(5 * data["income"], weights="equal", zone=data["zone"], periods=data["periods"])
    assert found.joint.estimate == pytest.approx(
        index_effects(people, names, start=START, line=0.6).joint.estimate, abs=1e-13
    )
    assert "1 cluster on one side" in found.why


def test_bounds_hold_every_distribution_with_these_shares() -> None:
    """Incomes drawn within the fifths, 200 times: the effect on their Gini stays inside, and reaches far."""
    data = table(3)
    found = share_effects(**data, indices=["gini", "theil_t", "headcount"], start=START, line=0.6)
    assert found.bounds is not None
    rng = np.random.default_rng(5)
    shares = squares(data["income"])
    reached = []
    for _ in range(200):
        change = []
        for k in range(REGIONS):
            ginis = []
            for t in range(PERIODS):
                means = 5 * shares[k, t]
                below, above = np.append(0.0, means[:-1]), np.append(means[1:], 3 * means[-1])
                reach = rng.uniform(0, 1) * np.minimum(means - below, above - means) / 2
                incomes = np.sort(np.concatenate([means - reach, means + reach]))
                ginis.append(np.abs(incomes[:, None] - incomes).mean() / (2 * incomes.mean()))
            change.append(np.mean(ginis[2:]) - np.mean(ginis[:2]))
        reached.append(np.mean(change[:6]) - np.mean(change[6:]))
    low, high = found.bounds[0]
    assert low <= min(reached)
    assert max(reached) <= high
    assert low < found.joint.estimate[0] < high
    assert np.isinf(found.bounds[1]).all()
    assert found.bounds[2, 0] <= found.joint.estimate[2] <= found.bounds[2, 1]


def test_bounds_by_hand_in_logarithms() -> None:
    data = table(regions=2)
    found = share_effects(**data, indices=[Outcome("gini", None, "down", None, "log")], start=START)
    ends = [[grouped_inequality(part, "gini") for part in own] for own in squares(data["income"], 2)]
    low, high = (np.log([[float(getattr(part, end)[0]) for part in own] for own in ends]) for end in ("low", "high"))
    assert found.bounds is not None
    least = low[0, 2:].mean() - high[0, :2].mean() - high[1, 2:].mean() + low[1, :2].mean()
    most = high[0, 2:].mean() - low[0, :2].mean() - low[1, 2:].mean() + high[1, :2].mean()
    assert found.bounds[0] == pytest.approx([least, most], abs=1e-13)


def test_regions_are_those_of_the_table_in_any_order_of_regions() -> None:
    data = table()
    blocks = np.random.default_rng(2).permutation(REGIONS * PERIODS)
    mixed = {name: values.reshape(-1, 5)[blocks].ravel() for name, values in data.items()}
    one, other = (share_effects(**part, indices="gini", start=START) for part in (data, mixed))
    assert one.joint.estimate == pytest.approx(other.joint.estimate, abs=1e-15)
    known = region_bounds(mixed["income"], "gini", regions=mixed["regions"], periods=mixed["periods"])
    assert known.regions.tolist() == sorted(known.regions.tolist())
    assert known.parts == pytest.approx(known.low, abs=1e-13)


WRONG: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "a mean": ({"indices": "mean"}, UsageError, "mean does not follow from shares"),
    "no line": ({"indices": "headcount"}, UsageError, "headcount"),
    "start after all": ({"start": 2020}, MethodError, "the start 2020 has no period since"),
    "wrong way": ({"indices": Outcome("gini", None, "up", None, "level")}, UsageError, "good is up"),
}


@pytest.mark.parametrize("name", WRONG)
def test_errors(name: str) -> None:
    change, error, message = WRONG[name]
    with pytest.raises(error, match=message):
        share_effects(**({**table(), "indices": "gini", "start": START} | change))


def test_columns_of_other_lengths_and_with_gaps_are_refused() -> None:
    data = table()
    data.pop("zone")
    with pytest.raises(MethodError, match=r"people have shape \(3,\)"):
        region_bounds(data.pop("income"), "gini", **data, people=[0.2, 0.3, 0.5])
    with pytest.raises(MethodError, match="income misses"):
        region_bounds([0.5, np.nan], "gini", regions=["a", "a"], periods=[1, 1])
    with pytest.raises(MethodError, match="shape"):
        region_bounds([0.4, 0.6], "gini", regions=["a"], periods=[1, 1])


def test_shares_that_are_wrong_are_told_with_region_and_period() -> None:
    data = table()
    data["income"][7] += 0.1
    with pytest.raises(MethodError, match=r"r00 in 2011: 5 shares of income add up to 1\.1"):
        share_effects(**data, indices="gini", start=START)
    data = table()
    gone = {name: values[5:] for name, values in data.items()}
    with pytest.raises(MethodError, match="r00 has no shares in 2010"):
        share_effects(**gone, indices="gini", start=START)
    joined: dict[str, Any] = {name: np.delete(values, 4) for name, values in data.items()}
    joined["income"][:4] /= joined["income"][:4].sum()
    with pytest.raises(MethodError, match="r00 has 5 parts in 2011, and 4 in 2010"):
        share_effects(**joined, indices="gini", start=START)
    data["zone"][2] = False
    with pytest.raises(MethodError, match="1 of 12 clusters lie in the zone and outside"):
        share_effects(**data, indices="gini", start=START)
