"""Changes in changes against diff-diff: committed values, the same anew, and where definitions differ.

The differences are those of the table in docs/explanation/inclusion.md.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from tests.golden.data import cic_diff_diff as oracle

from pilotzone.evaluation.inclusion import QuantileEffects, changes_in_changes, micro_data

if TYPE_CHECKING:
    from collections.abc import Callable

VALUES: dict[str, Any] = json.loads((oracle.HERE / "cic_diff_diff.json").read_text(encoding="utf-8"))
DATA: dict[str, Callable[[], pd.DataFrame]] = {"injury": oracle.injury, "drawn": oracle.drawn}


def own(data: pd.DataFrame, **options: Any) -> QuantileEffects:
    sample = micro_data(
        data["y"].to_numpy(), weights="equal", zone=data["zone"].to_numpy(), periods=data["late"].to_numpy()
    )
    return changes_in_changes(sample, start=1, quantiles=oracle.QUANTILES, draws=2, **options)


@pytest.mark.parametrize("name", DATA)
def test_effects_on_quantiles_and_mean(name: str) -> None:
    found = own(DATA[name]())
    assert found.effect[:-1] == pytest.approx(VALUES[name]["quantiles"], abs=1e-12)
    assert found.effect[-1] == pytest.approx(VALUES[name]["mean"], abs=1e-12)


@pytest.mark.parametrize("name", DATA)
def test_committed_values_are_what_diff_diff_says(name: str) -> None:
    assert oracle.effects(DATA[name]()) == VALUES[name]


def test_counts_as_weights_are_the_workers() -> None:
    """5,626 workers, or 253 rows that say how many they stand for."""
    table = pd.read_csv(oracle.HERE / "injury_kentucky.csv")
    assert table["workers"].sum() == 5626
    sample = micro_data(
        table["weeks"].to_numpy(),
        weights=table["workers"].to_numpy(),
        zone=table["high_earner"].to_numpy(),
        periods=table["after"].to_numpy(),
    )
    found = changes_in_changes(sample, start=1, quantiles=oracle.QUANTILES, draws=2)
    assert found.effect == pytest.approx(own(oracle.injury()).effect, abs=1e-12)


def test_difference_discrete_outcomes_are_bounds_of_which_theirs_is_the_low_end() -> None:
    found = own(oracle.injury(), discrete=True)
    assert found.low_effect[-1] == pytest.approx(VALUES["injury"]["mean"], abs=1e-12)
    assert found.high_effect[-1] > found.low_effect[-1] + 0.5
    assert found.low_effect[:-1] == pytest.approx(VALUES["injury"]["quantiles"], abs=1e-12)


def test_difference_lower_end_of_what_is_identified() -> None:
    """Theirs is the share of the zone up to the comparison's least value, ours the share below it."""
    data = oracle.injury()
    before = data[data["late"] == 0]
    zone, least = before.loc[before["zone"] == 1, "y"], before.loc[before["zone"] == 0, "y"].min()
    assert VALUES["injury"]["interior"][0] == pytest.approx((zone <= least).mean())
    assert own(data).interior[0] == pytest.approx((zone < least).mean()) == 0
    assert own(oracle.drawn()).interior == pytest.approx(VALUES["drawn"]["interior"])
    assert np.isfinite(VALUES["drawn"]["interior"]).all()
