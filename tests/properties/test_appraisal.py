"""What holds for any project and any table: money is conserved, and spending is value added and imports."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilotzone.appraisal import (
    PARTIES,
    Bill,
    CashFlows,
    InputOutputTable,
    MoneyLine,
    Prices,
    SectorMap,
    aggregate,
    economy_of,
    impact_of,
    internal_rates,
    inverse,
    npv,
    present_values,
    regionalised,
)

amounts = st.floats(-1e12, 1e12, allow_nan=False, allow_infinity=False)


@st.composite
def accounts(draw: st.DrawFn) -> CashFlows:
    years = draw(st.integers(1, 6))
    lines = []
    for k in range(draw(st.integers(1, 12))):
        money = np.array(draw(st.lists(amounts, min_size=years, max_size=years)))
        payer, payee = draw(st.permutations(PARTIES))[:2]
        sides = {"payer": payer, "payee": payee} if draw(st.booleans()) else {"owner": payer}
        lines.append(MoneyLine(name=f"line {k}", kind="other", amounts=money, source="drawn", **sides))
    return CashFlows(tuple(range(2020, 2020 + years)), tuple(lines), Prices("CNY", 2020, "drawn"))


@given(accounts())
def test_parties_add_up_to_the_resource_flow_exactly(flows: CashFlows) -> None:
    total = flows.of("operator") + flows.of("province") + flows.of("rest")
    assert (total == flows.resource).all()
    for line in flows.lines:
        assert np.abs(flows.amounts(line) - line.amounts).max() <= flows.grid / 2


@settings(deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=15))
def test_every_internal_rate_brings_the_present_value_to_zero(flows: list[float]) -> None:
    found = internal_rates(flows)
    largest = max(abs(flow) for flow in flows)
    flows = [flow if abs(flow) > 2.0**-100 * largest else 0.0 for flow in flows]
    assert len(found.roots) <= found.sign_changes
    assert list(found.roots) == sorted(found.roots)
    for root in found.roots:
        if root > -1:
            # Of rates near -100 % the last digits of 1 + r are lost in r itself.
            size = np.abs(present_values(root, flows)).sum()
            lost = np.finfo(float).eps / (1 + root) * len(flows)
            assert abs(npv(root, flows)) <= (1e-11 + 4 * lost) * size
    # An odd number of sign changes of the ends has a rate, an even one may have none.
    ends = [flow for flow in flows if flow != 0]
    if ends and (ends[0] > 0) != (ends[-1] > 0):
        assert found.roots


@st.composite
def tables(draw: st.DrawFn) -> InputOutputTable:
    n = draw(st.integers(2, 6))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    output = rng.uniform(1, 1000, n)
    shares = rng.dirichlet(np.ones(n + 2), n).T
    flows = shares[:n] * output
    imports = shares[n] * output
    return InputOutputTable(
        name="drawn",
        price_year=2007,
        unit="CNY",
        sectors=tuple(f"s{k}" for k in range(n)),
        flows=flows,
        final_demand=(output - flows.sum(axis=1))[:, None],
        final_kinds=("final demand",),
        value_added=(shares[n + 1] * output)[None, :],
        value_added_kinds=("value added",),
        output=output,
        flows_hold="domestic",
        imports=imports,
        jobs=rng.uniform(0, 10, n),
    )


@settings(deadline=None)
@given(tables(), st.floats(0.001, 1), st.floats(0, 1))
def test_spending_is_value_added_and_imports_whatever_the_region(
    table: InputOutputTable, part: float, delta: float
) -> None:
    economy = regionalised(economy_of(table), table.output * part, table.output, name="R", delta=delta)
    found = impact_of(Bill(phase="operation", local={"s0": 5.0, "s1": 7.0}, price_year=2007), economy)
    assert found.total("value added") + found.total("imports") == pytest.approx(12.0, rel=1e-11)
    # A smaller region never has larger effects than the nation.
    national = impact_of(found.bill, economy_of(table))
    assert found.total("output") <= national.total("output") * (1 + 1e-12)


@settings(deadline=None)
@given(tables(), st.integers(0, 2**32 - 1))
def test_sectors_put_together_keep_the_effect_of_the_whole_final_demand(table: InputOutputTable, seed: int) -> None:
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, 2, len(table.sectors))
    groups[:2] = 0, 1
    smaller = aggregate(
        table,
        SectorMap.from_rows("drawn", [(name, f"g{g}", "drawn") for name, g in zip(table.sectors, groups, strict=True)]),
    )
    for item in (table, smaller):
        made = inverse(economy_of(item).inputs) @ item.final_demand.sum(axis=1)
        np.testing.assert_allclose(made, item.output, rtol=1e-9)
    assert smaller.output.sum() == pytest.approx(table.output.sum(), rel=1e-13)
