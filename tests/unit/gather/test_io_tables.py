"""Input-output tables: the sums of 42 sectors, what balances and what does not."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from pilotzone.core import UsageError
from pilotzone.gather import io_regions, io_table, load_campus
from pilotzone.gather.evidence import figures

RAW = Path(__file__).parents[2] / "golden" / "data" / "io2007_three_provinces.csv"


def test_thirty_provinces_without_tibet() -> None:
    regions = io_regions()
    assert len(regions) == 30
    assert "CN-XZ" not in regions
    with pytest.raises(UsageError, match="CN-XZ"):
        io_table("CN-XZ")


def test_every_sector_of_the_source_is_in_one_sector_with_a_reason() -> None:
    layer = load_campus("io_sectors")
    assert layer.numbers["source_sector"].tolist() == list(range(1, 43))
    assert all(layer.texts["reason"])
    labels = set(zip(layer.texts["sector"], layer.texts["label"], strict=True))
    assert len(labels) == len({name for name, _ in labels}) == 12
    for region in io_regions():
        assert set(io_table(region).sectors) == {name for name, _ in labels}


@pytest.mark.parametrize("region", ["CN-GD", "CN-GZ", "CN-NM"])
def test_sums_of_42_sectors_by_the_map(region: str) -> None:
    with RAW.open(encoding="utf-8", newline="") as file:
        table = [row for row in csv.DictReader(file) if row["region"] == region]
    cells = np.array([[int(row[f"user_{k}"]) for k in range(1, 43)] for row in table]) * 100
    ours = io_table(region)
    names = load_campus("io_sectors").texts["sector"]
    member = np.array([[name == sector for name in names] for sector in ours.sectors], dtype=np.int64)
    assert np.array_equal(member @ cells @ member.T, ours.flows_cny)
    for name, mine in (("value_added", ours.value_added_cny), ("output", ours.output_cny)):
        assert np.array_equal(member @ np.array([int(row[name]) * 100 for row in table]), mine)
    gap = cells.sum(axis=0) + np.array([int(row["value_added"]) - int(row["output"]) for row in table]) * 100
    assert np.abs(gap).max() <= 44 * 50  # each of 44 figures is off by half of 100 CNY at most


def test_columns_balance_within_what_rounding_does() -> None:
    """Each of up to 6 x 44 figures in a column is rounded to 100 CNY; output is 1e9 CNY and more."""
    gaps = {region: np.abs(io_table(region).column_gap_cny) for region in io_regions()}
    assert max(gap.max() for gap in gaps.values()) == 1200
    assert max((gap / io_table(region).output_cny).max() for region, gap in gaps.items()) < 1e-6


def test_nothing_is_negative_after_adding_up_but_net_final_use() -> None:
    below: Counter[str] = Counter()
    for region in io_regions():
        table = io_table(region)
        assert table.flows_cny.min() >= 0
        assert table.value_added_cny.min() > 0
        assert table.output_cny.min() > 0
        below.update(name for name, net in zip(table.sectors, table.net_final_use_cny, strict=True) if net < 0)
        # What is produced is used: net final use of a province is its value added, to the rounding.
        assert table.net_final_use_cny.sum() == pytest.approx(table.value_added_cny.sum(), abs=12 * 1200)
    assert sum(below.values()) == 65
    assert below["mining"] == 20
    shanghai = io_table("CN-SH")
    k = shanghai.sectors.index("information")
    assert shanghai.net_final_use_cny[k] / shanghai.output_cny[k] == pytest.approx(-1.01, abs=0.005)


def test_coefficients_make_a_productive_economy() -> None:
    for region in io_regions():
        table = io_table(region)
        shares = table.flows_cny / table.output_cny
        assert shares.sum(axis=0).max() < 1
        assert np.linalg.inv(np.eye(12) - shares).min() >= 0


def test_value_added_is_not_the_gdp_of_the_evidence() -> None:
    gdp = figures("gdp_nominal_cny")
    gap = {region: io_table(region).value_added_cny.sum() / gdp[region, 2007] - 1 for region in io_regions()}
    assert (min(gap, key=lambda key: gap[key]), max(gap, key=lambda key: gap[key])) == ("CN-CQ", "CN-JL")
    assert [round(100 * gap[key], 1) for key in ("CN-CQ", "CN-JL", "CN-GZ")] == [-12.4, 32.5, -2.7]


def test_a_table_shows_what_limits_it() -> None:
    table = io_table("CN-GZ")
    assert "Flows contain what comes from other provinces and abroad" in repr(table)
    assert len(table.to_table()) == 144
    assert len(table.summary()) == 12
    with pytest.raises(ValueError, match="read-only"):
        table.flows_cny[0, 0] = 1
