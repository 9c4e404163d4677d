"""Loss of load of published test systems, survival of outages as in REopt's tests, and k of n."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from tests.golden.rts79 import RBTS, RTS_79, rts_load

from pilotzone.campus.backup import BackupBattery, GeneratorSet, outage_survival
from pilotzone.campus.outages import Unit, daily_peaks, k_of_n, loss_of_load, outage_table


@pytest.mark.parametrize(
    ("units", "peak", "lole", "eens"),
    [(RTS_79, 2850.0, (9.394175, 5e-7), (1176.298, 5e-4)), (RBTS, 185.0, (1.09156, 5e-6), (9.861351, 5e-7))],
)
def test_published_loss_of_load(
    units: Sequence[Unit], peak: float, lole: tuple[float, float], eens: tuple[float, float]
) -> None:
    found = loss_of_load(outage_table(units), rts_load(peak))
    assert abs(found.lole_hours - lole[0]) <= lole[1]
    assert abs(found.eens_mwh - eens[0]) <= eens[1]


def test_published_loss_of_load_at_daily_peaks() -> None:
    found = loss_of_load(outage_table(RTS_79), daily_peaks(rts_load(2850.0)))
    assert abs(found.lole_hours - 1.368863) <= 5e-7


def test_survival_of_three_hours_with_two_sets_and_a_battery() -> None:
    found = outage_survival(
        [1.0, 2.0, 2.0],
        [GeneratorSet(2, 1.0, mean_hours_to_failure=5.0)],
        BackupBattery(1.0, 2.0, 1.0),
        duration_h=3,
        starts=[0],
    )
    assert found.exact
    assert abs(found.low[0, -1] - 0.557056) < 1e-12


def test_survival_of_a_day_with_one_set_and_four_hours_of_battery() -> None:
    found = outage_survival(
        [1.0],
        [GeneratorSet(1, 1.0, availability=0.98, fails_to_start=0.1, mean_hours_to_failure=100.0)],
        BackupBattery(1.0, 4.0, 4.0),
        duration_h=24,
    )
    assert abs(found.low[0, -1] - 0.99**20 * 0.9 * 0.98) < 1e-12
    assert abs(found.low[0, -1] - 0.721393919) < 5e-10


@pytest.mark.parametrize(
    ("installed", "chance"), [(10, 0.5987369392), (11, 0.8981054089), (12, 0.9804317380), (20, 0.9999999995)]
)
def test_ten_of_so_many(installed: int, chance: float) -> None:
    assert abs(k_of_n(10, 0.95, installed) - chance) <= 5.01e-11
    terms = [math.comb(installed, k) * 0.95**k * 0.05 ** (installed - k) for k in range(10, installed + 1)]
    assert math.isclose(k_of_n(10, 0.95, installed), math.fsum(terms), rel_tol=1e-14)
