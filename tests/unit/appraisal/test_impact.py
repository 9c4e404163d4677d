"""Multipliers, quotients and effects of bills of goods: by brute force, by algebra, and for odd regions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.unit.appraisal.test_table import small

from pilotzone.appraisal import (
    Bill,
    Economy,
    Households,
    cilq,
    economy_of,
    flq,
    households_of,
    impact_of,
    inverse,
    multipliers,
    project_impact,
    regionalised,
    size_factor,
    slq,
    split_purchases,
)
from pilotzone.core import DataError, MethodError, UsageError


def bill(**changed: Any) -> Bill:
    fields: dict[str, Any] = {
        "phase": "construction",
        "local": {"building": 100.0, "services": 20.0},
        "imported": {"servers": 400.0},
        "price_year": 2007,
    }
    return Bill(**(fields | changed))


def test_the_inverse_is_the_sum_of_all_rounds() -> None:
    inputs = economy_of(small()).inputs
    total, power = np.eye(3), np.eye(3)
    for _ in range(400):
        power = power @ inputs
        total += power
    np.testing.assert_allclose(inverse(inputs), total, rtol=1e-13, atol=1e-15)


def test_an_economy_that_uses_up_more_than_it_makes_is_refused() -> None:
    with pytest.raises(DataError, match=r"not productive: the largest eigenvalue .* is 1\.1"):
        inverse(np.array([[0.6, 0.5], [0.5, 0.6]]))
    # Column sums above one alone do not make it so.
    assert (inverse(np.array([[0.0, 0.1], [1.2, 0.0]])) >= 0).all()


def test_effects_of_one_sector_are_its_multipliers() -> None:
    economy, households = economy_of(small()), households_of(small())
    found = multipliers(economy, households)
    for k, name in enumerate(economy.accounts):
        effect = impact_of(bill(local={name: 1.0}), economy, households)
        assert effect.total("output") == pytest.approx(found.output[k], rel=1e-14)
        assert found.output_truncated is not None
        assert effect.total("output", induced=True) == pytest.approx(found.output_truncated[k], rel=1e-14)
        for kind in ("value added", "imports", "jobs"):
            assert effect.total(kind) == pytest.approx(found.simple[kind][k], rel=1e-14)
            assert effect.total(kind, induced=True) == pytest.approx(found.total[kind][k], rel=1e-14)
    table = found.to_table()
    assert table.columns["output_type_1"] == found.output.tolist()
    assert "jobs_type_2" in table.columns


def test_value_added_and_imports_are_the_whole_local_spending() -> None:
    found = impact_of(bill(deflator=1.7, deflator_source="ASSUMED"), economy_of(small()))
    assert found.total("value added") + found.total("imports") == pytest.approx(120.0, rel=1e-14)
    assert found.leaked == 400.0


def test_a_deflator_changes_jobs_and_not_money() -> None:
    economy = economy_of(small())
    plain = impact_of(bill(), economy)
    dear = impact_of(bill(price_year=2020, deflator=2.0, deflator_source="ASSUMED 1.5 to 2.5"), economy)
    able = impact_of(bill(productivity=4.0, productivity_source="ASSUMED"), economy)
    assert dear.total("output") == pytest.approx(plain.total("output"), rel=1e-14)
    assert dear.total("jobs") == pytest.approx(plain.total("jobs") / 2, rel=1e-14)
    assert able.total("jobs") == pytest.approx(plain.total("jobs") / 4, rel=1e-14)
    assert any("no deflator was given" in line for line in impact_of(bill(price_year=2020), economy).cautions)
    assert "Deflator 2: ASSUMED 1.5 to 2.5." in dear.to_table().note


def test_wages_on_the_site_call_for_what_households_buy() -> None:
    economy, households = economy_of(small()), households_of(small())
    plain = impact_of(bill(local={}), economy, households)
    paid = impact_of(bill(local={}, own_wages=10.0, own_value_added=15.0, own_jobs=3.0), economy, households)
    assert plain.total("output", induced=True) == 0
    # By hand: the first round is the spending of those wages, and households' own income multiplies it.
    first = impact_of(
        bill(local=dict(zip(economy.accounts, (households.spending * 10).tolist(), strict=True))), economy, households
    )
    assert paid.total("output", induced=True) == pytest.approx(first.total("output", induced=True), rel=1e-13)
    assert paid.total("value added") == 15.0
    assert paid.total("jobs") == 3.0
    assert paid.to_table().columns["jobs_type_1"][-2:] == [3.0, 3.0]


def test_construction_and_operation_stand_apart() -> None:
    economy = economy_of(small())
    running = bill(phase="operation", local={"power": 30.0}, imported={})
    found = project_impact(bill(), running, economy, households_of(small()))
    table = found.to_table()
    units = dict(
        zip(zip(table.columns["phase"], table.columns["effect"], strict=True), table.columns["unit"], strict=True)
    )
    assert units["construction", "jobs"] == "job-years"
    assert units["operation", "jobs"] == "jobs"
    assert units["operation", "output"] == "1e4 CNY of 2007 a year"
    assert "all" not in table.columns["phase"]
    with pytest.raises(UsageError, match="bill of construction is one of operation"):
        project_impact(running, running, economy)


def test_what_the_region_does_not_make_leaks() -> None:
    national = economy_of(small())
    region = regionalised(national, [0.0, 5.0, 10.0], [80.0, 100.0, 150.0], name="R", method="slq")
    found = impact_of(bill(local={"power": 50.0, "building": 10.0}), region)
    assert found.leaked == 450.0
    assert found.spent.tolist() == [0.0, 10.0, 0.0]
    assert found.first["output"][0] == 0


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"local": {"buildings": 1.0}}, "no sector 'buildings'. Did you mean 'building'"),
        ({"local": {"building": -1.0}}, "spending on 'building' is -1"),
        ({"deflator": 2.0}, "source of deflator"),
        ({"deflator": 0.0}, "deflator is 0"),
        ({"own_wages": 2.0}, "wages that are part of value added|own_wages is 2"),
        ({"phase": "building"}, "the phase is 'building'"),
    ],
)
def test_a_bill_that_is_none_is_refused(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        impact_of(bill(**changed), economy_of(small()))


def test_unknown_kinds_are_named() -> None:
    found = impact_of(bill(), economy_of(small(jobs=None)))
    assert any("Jobs are unknown" in line for line in found.cautions)
    with pytest.raises(UsageError, match="jobs is not known"):
        found.total("jobs")
    with pytest.raises(MethodError, match="no multiplier of income"):
        multipliers(economy_of(small())).ratio("income")


def test_quotients_by_hand() -> None:
    region, nation = [10.0, 30.0, 0.0], [100.0, 200.0, 100.0]
    own = slq(region, nation)
    np.testing.assert_allclose(own, [1.0, 1.5, 0.0], rtol=1e-15)
    cross = cilq(region, nation)
    np.testing.assert_allclose(cross, [[1.0, 1 / 1.5, 0.0], [1.5, 1.5, 0.0], [0.0, 0.0, 0.0]], rtol=1e-15)
    factor = size_factor(0.1, 0.25)
    np.testing.assert_allclose(flq(region, nation, delta=0.25), cross * factor, rtol=1e-15)


def test_a_region_as_large_as_the_nation_has_its_table() -> None:
    national = economy_of(small())
    sizes = small().output
    for method in ("slq", "cilq", "flq"):
        found = regionalised(national, sizes, sizes, name="N", method=method, delta=0.3 if method == "flq" else None)
        np.testing.assert_allclose(found.inputs, national.inputs, rtol=1e-15)
        np.testing.assert_allclose(found.imports, national.imports, rtol=1e-12)


def test_a_smaller_region_and_a_larger_delta_leak_more() -> None:
    national, nation = economy_of(small()), small().output
    leaks = [
        regionalised(national, nation * share, nation, name="R", delta=delta).imports.sum()
        for share, delta in ((0.5, 0.2), (0.05, 0.2), (0.05, 0.4))
    ]
    assert leaks[0] < leaks[1] < leaks[2]
    # What is taken out of inputs is imported: coefficients sum to one still.
    found = regionalised(national, nation * [0.1, 0.05, 0.02], nation, name="R", delta=0.3)
    np.testing.assert_allclose(found.inputs.sum(axis=0) + found.imports + found.value_added, 1.0, rtol=1e-14)
    assert "delta 0.3 (ASSUMED)" in found.basis


def test_purchases_are_split_by_what_the_region_supplies() -> None:
    national, nation = economy_of(small()), small().output
    region = regionalised(national, nation * 0.05, nation, name="R", delta=0.3)
    local, imported = split_purchases({"power": 100.0}, region)
    assert local["power"] == pytest.approx(100 * size_factor(0.05, 0.3))
    assert local["power"] + imported["power"] == pytest.approx(100.0)
    with pytest.raises(UsageError, match="says nothing of the share"):
        split_purchases({"power": 100.0}, national)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"region": [1.0, 1.0, 1.0], "method": "flq"}, "delta is None with FLQ"),
        ({"region": [1.0, 1.0, 1.0], "method": "slq", "delta": 0.3}, "delta is 0.3 with SLQ"),
        ({"region": [1.0, 1.0, 1.0], "delta": 1.5}, "delta is 1.5"),
        ({"region": [90.0, 1.0, 1.0], "delta": 0.3}, "larger than the nation in sector 1"),
        ({"region": [0.0, 0.0, 0.0], "delta": 0.3}, "no sector above zero"),
        ({"region": [-1.0, 1.0, 1.0], "delta": 0.3}, "sizes is -1 at 'power'"),
    ],
)
def test_sizes_and_deltas_that_are_none_are_refused(arguments: dict[str, Any], told: str) -> None:
    with pytest.raises((UsageError, DataError), match=told):
        regionalised(economy_of(small()), nation=small().output, name="R", **arguments)


def test_coefficients_must_be_shares_of_output() -> None:
    with pytest.raises(DataError, match="do not sum to one"):
        Economy(
            name="odd",
            unit="USD",
            price_year=2007,
            accounts=("a",),
            inputs=np.array([[0.5]]),
            imports=np.array([0.1]),
            value_added=np.array([0.1]),
            jobs=None,
            present=np.ones(1),
            basis="none",
        )
    with pytest.raises(DataError, match=r"spend 1\.2 of each unit"):
        Households(income=np.array([0.1]), spending=np.array([1.2]), source="none")
