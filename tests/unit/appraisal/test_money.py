"""Rates, cash flows of parties, costs of a unit, burdens, and who pays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.unit.appraisal.test_impact import bill
from tests.unit.appraisal.test_table import small

from pilotzone.appraisal import (
    PARTIES,
    Burden,
    Burdens,
    CashFlows,
    Delivery,
    Given,
    Land,
    MoneyLine,
    Power,
    Prices,
    Project,
    Quantity,
    Tax,
    Work,
    annuity,
    deflated,
    economy_of,
    exemption_cost,
    health_damage,
    impact_of,
    internal_rates,
    levelised,
    nominal_rate,
    npv,
    other_uses_of_power,
    payback,
    present_values,
    project_flows,
    real_rate,
    resource,
    reversal_cost,
    shadow_wages,
    transfer,
    unit_costs,
    who_pays,
)
from pilotzone.core import Assumption, DataError, PilotZoneError, UsageError

CNY = Prices("CNY", 2020, "given at prices of 2020")


def numpy_roots(flows: list[float]) -> list[float]:
    """Return real rates above -1 from numpy's companion matrix."""
    growth = np.roots(flows)
    return sorted(float(g.real) - 1 for g in growth if abs(g.imag) < 1e-9 and g.real > 1e-12)


@pytest.mark.parametrize(
    "flows",
    [
        [-100, 39, 59, 55, 20],
        [-100, 230, -132],
        [-1000, 3600, -4310, 1716],
        [100, -60, -60],
        [-10, 1, 1, 1],
        [0, 0, -5, 3, 4],
        [-1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7],
        [-1e12, 4e11, 5e11, 6e11],
        [-50, 20, 20, 20, 20, -15],
    ],
)
def test_all_internal_rates_are_those_of_numpy(flows: list[float]) -> None:
    found = internal_rates(flows)
    assert list(found.roots) == pytest.approx(numpy_roots(flows), rel=1e-9, abs=1e-11)
    for root in found.roots:
        assert abs(npv(root, flows)) <= 1e-12 * np.abs(present_values(root, flows)).sum()
    assert len(found.roots) <= found.sign_changes


def test_random_flows_have_the_rates_that_numpy_finds() -> None:
    rng = np.random.default_rng(1)
    several = 0
    for _ in range(300):
        flows = rng.normal(size=rng.integers(3, 26)).round(3).tolist()
        theirs = numpy_roots(flows)
        ours = list(internal_rates(flows).roots)
        several += len(ours) > 1
        assert len(ours) == len(theirs)
        assert ours == pytest.approx(theirs, rel=1e-7, abs=1e-9)
    assert several > 20


def test_a_rate_that_only_touches_zero_is_found_once() -> None:
    # (v - 1/1.25)^2 is never below zero.
    found = internal_rates([0.64, -1.6, 1.0])
    assert found.roots == pytest.approx([0.25], abs=1e-7)
    assert found.sign_changes == 2


@pytest.mark.parametrize(
    ("flows", "told"),
    [
        ([-1, -2, -3], "all flows are costs, none changes sign"),
        ([1, 2], "all flows are gains"),
        ([0, 0], "all flows are zero"),
        ([10, -20, 15], "the net present value is above zero at every rate"),
        ([-10, 20, -15], "the net present value is below zero at every rate"),
    ],
)
def test_no_internal_rate_is_told(flows: list[float], told: str) -> None:
    found = internal_rates(flows)
    assert found.roots == ()
    assert found.rate is None
    assert told in found.statement
    assert told in found.to_table().note


def test_several_rates_are_told_and_none_is_chosen() -> None:
    found = internal_rates([-1000, 3600, -4310, 1716])
    assert list(found.roots) == pytest.approx([0.1, 0.2, 0.3], abs=1e-9)
    assert found.rate is None
    assert "There are 3 internal rates" in found.statement
    assert internal_rates([-100, 110]).rate == pytest.approx(0.1, abs=1e-15)


def test_long_flows_of_low_rates() -> None:
    flows = [-1000.0, *[5.0] * 300]
    root = internal_rates(flows).rate
    assert root is not None
    assert annuity(root, 300) == pytest.approx(5 / 1000, rel=1e-12)


def test_payback() -> None:
    assert payback([-100, 40, 40, 40]).years == pytest.approx(2.5)
    assert payback([-100, 40, 40, 40], 0.1).years is None
    assert payback([-100, 50, 50]).years == 2.0
    later = payback([-100, 150, -200, 120])
    assert later.falls_again
    assert later.years == pytest.approx(2 / 3)
    assert payback([-110, 0, 121 * 1.1], 0.1).years == pytest.approx(2.0)
    with pytest.raises(DataError, match="nothing to pay back"):
        payback([10, -5])


def test_annuities_and_rates() -> None:
    assert sum(annuity(0.06, 25) / 1.06**t for t in range(1, 26)) == pytest.approx(1, rel=1e-13)
    assert annuity(1e-12, 20) == pytest.approx(0.05, rel=1e-10)
    assert real_rate(0.08, 0.03) == pytest.approx(0.05 / 1.03)
    assert nominal_rate(real_rate(0.08, 0.03), 0.03) == pytest.approx(0.08)
    assert deflated([100, 110], [1.0, 1.1], 0).tolist() == pytest.approx([100, 100])
    with pytest.raises(DataError, match="price index is 0 in year 2"):
        deflated([1, 1], [1, 0], 0)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: npv(-1, [1, 2]), "the rate is -1"),
        (lambda: npv(float("nan"), [1, 2]), "the rate is nan"),
        (lambda: npv(0.1, [1, float("inf")]), "the flows is inf"),
        (lambda: npv(0.1, []), "shape"),
        (lambda: annuity(0.1, 0), "the years is 0"),
    ],
)
def test_rates_that_are_none_are_refused(call: Callable[[], object], told: str) -> None:
    with pytest.raises(PilotZoneError, match=told):
        call()


def project(power_price: float = 0.3) -> CashFlows:
    mwh = np.array([0.0, 100.0, 200.0])
    return CashFlows(
        (2020, 2021, 2022),
        (
            resource("building", "investment", "operator", [-1000.0, 0, 0], source="quoted"),
            resource("servers from elsewhere", "equipment", "operator", [-500.1, 0, 0], source="quoted"),
            transfer("services", "revenue", "rest", "operator", mwh * 11.3, source="ASSUMED 9 to 13"),
            resource("use of services", "revenue", "rest", mwh * 11.3, source="ASSUMED: worth what is paid"),
            transfer("power at full tariff", "power", "operator", "rest", mwh * power_price * 10, source="tariff"),
            resource("power, cost of making it", "power", "rest", -mwh * 2.9, source="ASSUMED 2 to 4"),
            transfer("tariff subsidy", "tariff subsidy", "province", "operator", mwh * 0.7, source="notice"),
            transfer("tax", "tax", "operator", "province", mwh * 0.5, source="law"),
            transfer("tax break", "tax break", "province", "operator", mwh * 0.2, source="law"),
            transfer("wages", "wages", "operator", "province", [0, 50.3, 50.3], source="ASSUMED 40 to 60"),
            resource("work forgone", "wages", "province", [0, -25.1, -25.1], source="ASSUMED 0 to 50"),
        ),
        CNY,
    )


def test_parties_add_up_to_the_resource_flow_exactly() -> None:
    flows = project()
    total = flows.of("operator") + flows.of("province") + flows.of("rest")
    assert (total == flows.resource).all()
    assert npv(0.05, total) == npv(0.05, flows.resource)
    # The grid is far finer than any figure.
    for line in flows.lines:
        np.testing.assert_allclose(flows.amounts(line), line.amounts, rtol=0, atol=flows.grid / 2)
    assert flows.grid == 2.0 ** (12 - 44)


def test_a_transfer_changes_who_gains_and_not_what_the_country_gains() -> None:
    flows = project()
    more = CashFlows(
        flows.years,
        (*flows.lines, transfer("gift", "subsidy", "province", "operator", [0, 777.7, 0], source="none")),
        CNY,
    )
    assert (more.resource == flows.resource).all()
    assert more.npv("operator", 0.06) > flows.npv("operator", 0.06)
    assert more.npv(None, 0.06) == flows.npv(None, 0.06)


def test_real_flows_take_real_rates() -> None:
    flows = project()
    assert flows.npv("operator", 0.0815, inflation=0.03) == pytest.approx(flows.npv("operator", 0.05), rel=1e-12)
    assert flows.internal_rates("operator").rate is not None
    assert "CNY of 2020" in flows.to_table().units["amount"]
    summary = flows.summary().columns
    assert summary["resource_flow"] == flows.resource.tolist()


def test_many_rates_at_once() -> None:
    flows, rates = project(), [0.0, 0.05, 0.12]
    found = flows.discounted(rates) @ flows.signs()
    for k, rate in enumerate(rates):
        assert found[k].tolist() == pytest.approx([flows.npv(party, rate) for party in PARTIES], rel=1e-12)
    with pytest.raises(DataError, match="a rate is -1"):
        flows.discounted([0.1, -1.0])


def test_value_added_never_enters_a_present_value() -> None:
    effect = impact_of(bill(), economy_of(small()))
    with pytest.raises(UsageError, match="a PhaseImpact is not a line of money"):
        CashFlows((2020,), (effect,), CNY)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="the kind of 'gdp' is 'value added'"):
        resource("gdp", "value added", "province", [1.0], source="table")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"payer": "operator", "payee": "operator"}, "has payer operator, payee operator"),
        ({"payer": "operator"}, "has payer operator, payee None"),
        ({"payer": "operator", "payee": "rest", "owner": "rest"}, "owner rest"),
        ({"owner": "abroad"}, "'abroad'"),
        ({"owner": "rest", "source": " "}, "the source of 'odd'"),
        ({"owner": "rest", "amounts": np.array([np.nan])}, "the line 'odd' is nan"),
    ],
)
def test_lines_that_are_none_are_refused(change: dict[str, Any], told: str) -> None:
    with pytest.raises(PilotZoneError, match=told):
        MoneyLine(**({"name": "odd", "kind": "other", "amounts": np.ones(1), "source": "none"} | change))


def test_years_and_lines_must_fit() -> None:
    line = resource("a", "other", "rest", [1.0, 2.0], source="none")
    with pytest.raises(DataError, match="years are 2020, 2022"):
        CashFlows((2020, 2022), (line,), CNY)
    with pytest.raises(DataError, match="has 2 years"):
        CashFlows((2020,), (line,), CNY)
    with pytest.raises(DataError, match="'a' twice"):
        CashFlows((2020, 2021), (line, line), CNY)


def test_costs_of_a_unit_by_hand() -> None:
    delivery = Delivery(
        racks=np.array([0.0, 10, 20]),
        it_mwh=np.array([0.0, 50, 100]),
        jobs=np.array([0.0, 4, 4]),
        construction_jobs=np.array([30.0, 0, 0]),
    )
    found = unit_costs(project(), delivery, 0.0)
    costs = 1000 + 500.1 + 300 * 3.0 + 300 * 0.5 + 2 * 50.3
    assert found.value("cost of a rack in use") == pytest.approx(costs / 30, rel=1e-12)
    assert found.value("cost of IT electricity") == pytest.approx(costs / 150_000, rel=1e-12)
    assert found.value("cost of a job-year in operation") == pytest.approx(costs / 8, rel=1e-12)
    assert found.value("support of a job-year in operation") == pytest.approx(300 * 0.9 / 8, rel=1e-12)
    assert found.value("support of a lasting job") == pytest.approx(300 * 0.9 / 4, rel=1e-12)
    assert found.value("job-years in construction") == 30
    assert "per kWh of IT" in str(found.to_table().columns["unit"][1])
    nobody = Delivery(racks=delivery.racks, it_mwh=delivery.it_mwh, jobs=np.zeros(3), construction_jobs=np.zeros(3))
    assert unit_costs(project(), nobody, 0.0).value("cost of a job-year in operation") is None
    with pytest.raises(UsageError, match="there is no 'cost'"):
        found.value("cost")
    with pytest.raises(DataError, match="deliveries have 2 years"):
        unit_costs(project(), Delivery(racks=[1, 1], it_mwh=[1, 1], jobs=[1, 1], construction_jobs=[0, 0]), 0.0)  # type: ignore[arg-type]


def test_a_levelised_price_pays_for_the_project() -> None:
    costs, units = np.array([100.0, 10, 10, 10]), np.array([0.0, 3, 5, 7])
    price = levelised(costs, units, 0.07)
    assert npv(0.07, price * units - costs) == pytest.approx(0, abs=1e-12)
    with pytest.raises(DataError, match="nothing is delivered"):
        levelised(costs, np.zeros(4), 0.07)


def assumed(value: float, low: float, high: float) -> Quantity:
    return Quantity(value, low, high, "ASSUMED", "to be checked")


def test_burdens() -> None:
    tax = exemption_cost(Quantity.known(1e6, "accounts"), 0.25, 0.15, bearer="province", money="CNY of 2020")
    assert tax.amount.value == pytest.approx(1e5)
    assert tax.in_accounts
    (health,) = health_damage(
        {"SO2": Quantity.known(10, "plan", "modelled")},
        {"SO2": assumed(2e4, 1e4, 4e4)},
        bearer="province",
        money="CNY of 2020",
    )
    assert (health.amount.low, health.amount.value, health.amount.high) == (1e5, 2e5, 4e5)
    assert health.amount.standing == "ASSUMED"
    power = other_uses_of_power(
        Quantity.known(1000, "plan"), assumed(300, 200, 400), 340, bearer="rest", money="CNY of 2020"
    )
    assert (power.amount.low, power.amount.value, power.amount.high) == (-140_000, -40_000, 60_000)
    work = shadow_wages(Quantity.known(100, "plan"), assumed(0.5, 0, 1), bearer="province", money="CNY of 2020")
    assert (work.amount.low, work.amount.high) == (0, 100)
    back = reversal_cost({"demolition": assumed(5, 1, 9)}, bearer="province", money="CNY of 2020")
    table = Burdens((tax, health, power, work, *back)).to_table()
    assert table.columns["standing"].count("ASSUMED") == 4
    assert table.columns["in_cash_flows"].count("yes") == 1
    assert Quantity.assumed(Assumption("x", 1, 3, "1", "guess")).value == 2


def test_power_that_one_is_paid_to_take() -> None:
    found = other_uses_of_power(
        Quantity.known(10, "plan"), Quantity.known(0, "spilled"), -5, bearer="rest", money="CNY"
    )
    assert found.amount.value == 50


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: Quantity(1, 1, 1, "ASSUMED", "guess"), "assumed without a range"),
        (lambda: Quantity(3, 1, 2, "measured", "x"), "outside 1 to 2"),
        (lambda: Quantity(1, 0, 2, "measured", ""), "the source is ''"),
        (lambda: exemption_cost(Quantity.known(1, "x"), 0.1, 0.2, bearer="rest", money="CNY"), "rate paid is 0.2"),
        (lambda: health_damage({"PM": Quantity.known(1, "x")}, {}, bearer="rest", money="CNY"), "no damage a tonne"),
        (lambda: shadow_wages(assumed(1, 0, 2), assumed(1, 0, 2), bearer="rest", money="CNY"), "highest shadow factor"),
        (lambda: Quantity.known(-1, "x").times(Quantity.known(1, "x")), "reaches below zero"),
        (lambda: Burden("x", "nobody", Quantity.known(1, "x"), "CNY"), "'nobody'"),  # type: ignore[arg-type]
    ],
)
def test_burdens_that_are_none_are_refused(call: Callable[[], object], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        call()


def test_the_page_of_who_pays_adds_up() -> None:
    flows = project()
    beside = Burdens((Burden("smoke", "province", assumed(1, 0, 2), "CNY"),))
    table = who_pays(flows, 0.05, beside).to_table()
    rows = table.records()
    for row in rows[:-1]:
        if row["nature"] == "transfer":
            assert sum(float(row[party] or 0) for party in PARTIES) == pytest.approx(0, abs=1e-9)
    last = rows[-1]
    for party in (*PARTIES, "country"):
        assert sum(float(row[party] or 0) for row in rows[:-1]) == pytest.approx(float(last[party] or 0), abs=1e-9)
    assert "Beside it, not added up: smoke." in table.note
    with pytest.raises(UsageError, match="the rate is -2"):
        who_pays(flows, -2)


def campus(**changed: Any) -> Project:
    years = np.ones(4)
    later = np.array([0.0, 1, 1, 1])
    fields: dict[str, Any] = {
        "years": (2020, 2021, 2022, 2023),
        "prices": CNY,
        "building": Given(np.array([100.0, 20, 0, 0]), "quoted"),
        "equipment": Given(np.array([200.0, 0, 0, 0]), "quoted"),
        "revenue": Given(later * 150, "ASSUMED 100 to 200"),
        "customers": 0.1,
        "abroad": 0.2,
        "service_worth": 1.0,
        "power": Power(
            mwh=later * 100, tariff=0.5, paid=0.34, worth=0.4, supplier="rest", favoured_by="province", source="notice"
        ),
        "work": Work(wages=later * 10, residents=0.6, shadow=0.5, source="ASSUMED"),
        "land": Land(market=years * 3, paid=years, worth=years * 2, source="ASSUMED"),
        "taxes": (Tax(name="income tax", full=later * 8, forgiven=0.4, budget="rest", source="law"),),
        "maintenance": Given(later * 5, "ASSUMED"),
        "water": Given(later, "tariff"),
        "subsidies": (("province", Given(np.array([15.0, 0, 0, 0]), "notice")),),
        "external": (("province", Given(later * 2, "ASSUMED")),),
        "scrap": Given(np.array([0.0, 0, 0, 12]), "ASSUMED"),
        "reversal": Given(np.array([0.0, 0, 0, 3]), "ASSUMED"),
    }
    return Project(**(fields | changed))


def test_the_account_of_a_campus_by_hand() -> None:
    flows = project_flows(campus())
    # A year of operation: services, power, wages, land, tax, upkeep, water.
    operator = 150 - 100 * 0.34 - 10 - 1 - 8 * 0.6 - 5 - 1
    province = 6 - 6 * 0.5 - 100 * 0.16 + 1 - 2 - 2
    rest = 100 * 0.5 - 100 * 0.4 + 4 - 4 * 0.5 + 8 * 0.6
    assert flows.of("operator")[2] == pytest.approx(operator, rel=1e-12)
    assert flows.of("province")[2] == pytest.approx(province, rel=1e-12)
    assert flows.of("rest")[2] == pytest.approx(rest, rel=1e-12)
    used = 150 - 100 * 0.4 - 10 * 0.5 - 2 - 5 - 1 - 2
    assert flows.resource[2] == pytest.approx(used, rel=1e-12)
    assert flows.of("operator")[0] == pytest.approx(-300 - 1 + 15, rel=1e-12)
    total = flows.of("operator") + flows.of("province") + flows.of("rest")
    assert (total == flows.resource).all()


def test_favours_change_who_gains_and_not_what_the_country_gains() -> None:
    power = campus().power
    plain = Power(mwh=power.mwh, tariff=0.5, paid=0.5, worth=0.4, supplier="rest", favoured_by="province", source="x")
    tax = Tax(name="income tax", full=campus().taxes[0].full, forgiven=0.0, budget="rest", source="law")
    with_favours, without = project_flows(campus()), project_flows(campus(power=plain, taxes=(tax,), subsidies=()))
    assert with_favours.npv(None, 0.06) == pytest.approx(without.npv(None, 0.06), abs=1e-9)
    gained = with_favours.npv("operator", 0.06) - without.npv("operator", 0.06)
    lost = without.npv("province", 0.06) - with_favours.npv("province", 0.06)
    lost += without.npv("rest", 0.06) - with_favours.npv("rest", 0.06)
    assert gained == pytest.approx(lost, rel=1e-12)
    assert gained > 0
    assert "tariff subsidy" not in [line.name for line in without.lines]


def test_power_below_zero_is_a_favour_above_the_tariff() -> None:
    power = campus().power
    free = Power(mwh=power.mwh, tariff=0.0, paid=-0.1, worth=0.0, supplier="rest", favoured_by="rest", source="spilled")
    flows = project_flows(campus(power=free))
    (favour,) = [line for line in flows.lines if line.kind == "tariff subsidy"]
    assert favour.amounts[1] == pytest.approx(10)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: campus(customers=0.9), "customers are 0.9"),
        (lambda: campus(abroad=-0.1), "share abroad is -0.1"),
        (lambda: Given(np.array([-1.0]), "x"), "amounts is -1"),
        (lambda: Given(np.array([1.0]), ""), "the source is ''"),
        (
            lambda: Power(mwh=np.ones(1), tariff=1, paid=2, worth=1, supplier="rest", favoured_by="rest", source="x"),
            "2 is paid for a MWh of 1",
        ),
        (lambda: Tax(name="t", full=np.ones(1), forgiven=0, budget="operator", source="x"), "goes to the operator"),
        (lambda: Land(market=np.ones(1), paid=np.full(1, 2.0), worth=np.ones(1), source="x"), "more is paid for land"),
        (lambda: Work(wages=np.ones(1), residents=2, shadow=0, source="x"), "share of residents is 2"),
        (lambda: project_flows(campus(scrap=Given(np.ones(3), "x"))), "the line 'scrap value' has 3 years"),
    ],
)
def test_projects_that_are_none_are_refused(call: Callable[[], object], told: str) -> None:
    with pytest.raises(PilotZoneError, match=told):
        call()
