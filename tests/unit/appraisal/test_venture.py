"""A campus as a venture: many draws at once equal the account line by line, tax by hand, break-even."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilotzone.appraisal import (
    PARTIES,
    VENTURE_FIGURES,
    Party,
    Prices,
    SourcedFigure,
    Venture,
    annuity,
    internal_rates,
)
from pilotzone.core import UsageError

VALUES = {
    "it_mw": 100, "building_per_mw": 15e6, "equipment_per_mw": 30e6, "renewal_share": 0.5, "scrap_share": 0.05,
    "maintenance_share": 0.03, "price_per_kw_month": 800, "ceiling": 0.8, "midpoint": 3, "speed": 0.9,
    "customers_in_province": 0.1, "abroad": 0.05, "service_worth": 1.1, "load": 0.6, "pue": 1.3, "tariff_per_mwh": 500,
    "paid_per_mwh": 380, "worth_per_mwh": 351.5, "water_m3_per_mwh": 1.5, "water_price_per_m3": 4, "jobs_per_mw": 1.5,
    "construction_jobs_per_mw": 20, "wage": 120_000, "residents": 0.7, "shadow_wage": 0.6, "tax_rate": 0.25,
    "tax_forgiven": 0.4, "local_tax_share": 0.4, "land_market_per_mw": 1e6, "land_paid_share": 0.4,
    "land_worth_share": 0.5, "grant_per_mw": 1e6, "real_rate": 0.06,
}  # fmt: skip


def figure(value: float, status: str = "given") -> SourcedFigure:
    return SourcedFigure(float(value), float(value), float(value), "", "a test", status)


def venture(*, run_years: int = 18, renewal_year: int = 10, **changed: float) -> Venture:
    return Venture(
        prices=Prices("CNY", 2017, "given so"),
        first_year=2017,
        build_years=2,
        run_years=run_years,
        renewal_year=renewal_year,
        figures={name: figure(value) for name, value in (VALUES | changed).items()},
        external={"province": 5e6, "rest": 2e6},
        external_source="a test",
    )


def test_every_figure_has_a_value_here() -> None:
    assert set(VALUES) == set(VENTURE_FIGURES)


@settings(max_examples=60, deadline=None)
@given(
    st.fixed_dictionaries(
        {
            "price_per_kw_month": st.floats(100, 3000),
            "ceiling": st.floats(0, 1),
            "midpoint": st.floats(0, 12),
            "speed": st.floats(0.05, 3),
            "real_rate": st.floats(-0.02, 0.2),
            "tax_forgiven": st.floats(0, 1),
            "land_paid_share": st.floats(0, 1),
            "paid_per_mwh": st.floats(0, 500),
            "abroad": st.floats(0, 0.9),
        }
    ),
    st.sampled_from(["province", "rest"]),
    st.sampled_from(["province", "rest"]),
    st.sampled_from([1, 7, 99]),
)
def test_draws_equal_the_account(drawn: dict[str, float], supplier: Party, giver: Party, renewal: int) -> None:
    made = venture(renewal_year=renewal, **drawn)  # type: ignore[arg-type] # none of them is a count of years
    one = replace(made, supplier=supplier, favoured_by=giver)
    flows, rate = one.flows(), drawn["real_rate"]
    # The same draws over a venture whose own figures are others.
    other = replace(venture(renewal_year=renewal), supplier=supplier, favoured_by=giver)
    arrays = {name: np.full(3, value) for name, value in drawn.items()}
    size = float(np.abs([flows.amounts(line) for line in flows.lines]).sum())
    for party in (*PARTIES, None):
        found = other.net_values(arrays, party)
        assert found.shape == (3,)
        assert abs(found[0] - flows.npv(party, rate)) <= 1e-10 * size * max(1.0, (1 + rate) ** -20)
    total = sum(flows.npv(party, rate) for party in PARTIES)
    assert math.isclose(total, flows.npv(None, rate), rel_tol=0, abs_tol=1e-12 * size * max(1.0, (1 + rate) ** -20))


def test_a_tariff_that_is_drawn_below_the_price_paid_is_the_price() -> None:
    low = venture().net_values({"tariff_per_mwh": np.array([300.0])})
    same = venture(tariff_per_mwh=300, paid_per_mwh=300).net_values({})
    assert low == pytest.approx(same, rel=1e-12)


def test_tax_of_each_year_by_hand() -> None:
    one = venture(run_years=3, renewal_year=99, midpoint=0, speed=20, ceiling=1.0, renewal_share=0)
    let = one.let()
    assert let[:2].tolist() == [0, 0]
    assert let[2] == pytest.approx(0.5)
    margin = 100 * 12_000 * 800 - 100 * 0.6 * 8760 * (1.3 * 380 + 1.5 * 4)
    invested = 100 * 45e6
    fixed = 0.03 * invested + 100 * 1.5 * 120_000 + 0.95 * invested / 3
    profit = [margin * share - fixed for share in let[2:]]
    assert one.profit()[2:] == pytest.approx(profit, rel=1e-12)
    assert (np.array(profit) < 0).all()
    assert not one.tax().any()  # losses only
    rich = venture(run_years=3, renewal_year=99, midpoint=0, speed=20, ceiling=1.0, price_per_kw_month=2400)
    first, second, third = rich.profit()[2:].tolist()
    assert first < 0 < second  # so the loss of the first year is taken off
    taxed = [max(first, 0), max(second + first, 0), third + min(second + first, 0)]
    assert rich.tax()[2:] == pytest.approx([0.25 * value for value in taxed], rel=1e-12)


def test_a_year_at_break_even_pays_for_itself() -> None:
    one = venture(price_per_kw_month=1500, renewal_share=0)
    share = annuity(0.06, 18)
    even = one.break_even(share).utilisation
    assert even is not None
    mwh = 100 * 0.6 * 8760 * even
    brought = 100 * 12_000 * 1500 * even - mwh * (1.3 * 380 + 1.5 * 4)
    fixed = 100 * ((45e6 + 0.4e6) * share + 45e6 * 0.03 + 1.5 * 120_000)
    assert brought == pytest.approx(fixed, rel=1e-12)
    assert venture(price_per_kw_month=1).break_even(share).utilisation is None


def test_what_is_delivered_and_spent() -> None:
    one = venture()
    found = one.delivery(400)
    assert found.racks[-1] == pytest.approx(100 * 400 * one.let()[-1])
    assert found.construction_jobs.sum() == pytest.approx(2000)
    assert found.jobs.tolist() == [0, 0, *[150] * 18]
    building, equipment = one.spending()
    assert building.sum() == pytest.approx(1.5e9)
    assert equipment.sum() == pytest.approx(4.5e9)
    assert equipment[2 + 9] == pytest.approx(1.5e9)  # at the beginning of the tenth year
    assert one.full_mwh == pytest.approx(100 * 0.6 * 8760 * 1.3)
    assert internal_rates(one.flows().of("operator")).roots == one.flows().internal_rates("operator").roots


def test_what_is_assumed_is_marked_where_it_is_used() -> None:
    figures = {**venture().figures, "wage": SourcedFigure(1e5, 5e4, 15e4, "", "a guess", "ASSUMED")}
    lines = replace(venture(), figures=figures).flows().lines
    (wages,) = [line for line in lines if line.name == "wages to province"]
    assert "ASSUMED: a guess" in wages.source
    assert "ASSUMED" not in next(line for line in lines if line.name == "maintenance").source


def test_what_is_refused() -> None:
    with pytest.raises(UsageError, match=r"pue is 0\.9"):
        venture(pue=0.9)
    with pytest.raises(UsageError, match="there is no campus"):
        venture(it_mw=0)
    with pytest.raises(UsageError, match="ceilling"):
        venture().net_values({"ceilling": np.ones(2)})
    with pytest.raises(UsageError, match="lacks wage"):
        replace(venture(), figures={k: v for k, v in venture().figures.items() if k != "wage"})
    with pytest.raises(UsageError, match="a party"):
        replace(venture(), supplier="moon")  # type: ignore[arg-type]
