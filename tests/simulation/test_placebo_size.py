"""Placebo statistics of one zone: every rank once, (b) at its level, and limits as they are found by fitting anew."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from pilotzone.core import EarlierEffects, PlaceboDraws, Statistic, rank_p
from pilotzone.judgement.ranks import breakdown_drift, oriented_statistic, smallest_excluded_harm
from tests.simulation.fake_processes import PROCESSES, FakeProcess, drawn, process_shares
from tests.simulation.fake_zones import EVERY
from tests.simulation.placebo_size import LOOKED_AT, rejections
from tests.simulation.placebos import STATISTICS, Placebos, answer, placebos, with_effect

pytestmark = pytest.mark.simulation

SMALL = FakeProcess(units=20, before=10, window=3)


def one(seed: int = 5, process: FakeProcess = SMALL) -> tuple[np.ndarray, Placebos]:
    paths = drawn(process, np.random.default_rng(seed)).paths
    return paths, placebos(paths, process.before)


def as_draws(found: Placebos, zone: int) -> PlaceboDraws:
    slope = found.weights[:, zone].copy()
    slope[zone] = -1.0
    units = tuple(f"U{k:02d}" for k in range(len(slope)))
    earlier = EarlierEffects(found.drift.min(axis=1)[:, None], found.drift.max(axis=1)[:, None])
    gap, fit = found.mean_gap[:, None], found.rmspe[:, None]
    return PlaceboDraws(units, zone, gap, slope[:, None], fit, "symmetric", earlier=lambda: earlier)


@pytest.mark.parametrize("name", ["20 units, 15 before", "8 periods before", "t3 noise"])
@pytest.mark.parametrize("statistic", list(STATISTICS))
def test_every_rank_is_taken_once(name: str, statistic: str) -> None:
    """Whatever the panel: each rank belongs to one unit, so that a zone drawn at random rejects at just the level."""
    _, found = one(process=PROCESSES[name])
    for sign in (1, -1):
        values, _ = STATISTICS[statistic](found, sign)
        ranks = [int(np.sum(values >= value)) for value in values]
        assert sorted(ranks) == list(range(1, len(values) + 1))
        assert sum(answer(found, zone, sign, statistic).rejected for zone in range(len(values))) == 1


@pytest.mark.parametrize("statistic", list(STATISTICS))
def test_statistics_follow_their_units(statistic: str) -> None:
    """With units in another order each has the statistic that it had: no place in the table is another's better."""
    paths, found = one()
    order = np.random.default_rng(1).permutation(len(paths))
    moved = placebos(paths[order], SMALL.before)
    for sign in (1, -1):
        np.testing.assert_allclose(
            STATISTICS[statistic](moved, sign)[0], STATISTICS[statistic](found, sign)[0][order], rtol=1e-6, atol=1e-9
        )


def test_a_constant_effect_needs_no_new_fit() -> None:
    paths, found = one()
    paths[4, SMALL.before :] += 0.3
    anew, told = placebos(paths, SMALL.before), with_effect(found, 4, 0.3)
    np.testing.assert_allclose(told.gaps, anew.gaps, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(told.drift, anew.drift)


@pytest.mark.parametrize("sign", [1, -1])
def test_the_lower_limit_is_where_a_refit_without_the_effect_no_longer_rejects(sign: int) -> None:
    """Of the product's net gap: each effect is taken off the zone's path, and all units are fitted anew."""
    paths, found = one(6)
    for zone in (0, 7, 13):
        bound = smallest_excluded_harm(as_draws(found, zone), 0, "net_gap", sign=sign, alpha=0.05)
        assert bound is not None
        for step in (-0.1, -1e-6, 1e-6, 0.1):
            less = paths.copy()
            less[zone, SMALL.before :] -= bound + step
            told = answer(placebos(less, SMALL.before), zone, sign, "(G - D) / (R + 2m)")
            assert told.rejected == (sign * step < 0)


PRODUCT: dict[str, str] = {"mean_gap": "G", "net_gap": "(G - D) / (R + 2m)", "excess_gap": "(G - U) / (R + 2m)"}
"""Statistics of the product, and what they are called here."""


@pytest.mark.parametrize(
    ("statistic", "product"), [(PRODUCT[name], name) for name in get_args(Statistic) if name in PRODUCT]
)
def test_answers_are_those_of_the_product(statistic: str, product: Statistic) -> None:
    for seed in range(4):
        _, plain = one(seed)
        for zone in (1, 9):
            found = with_effect(plain, zone, 0.08)
            draws, own = as_draws(found, zone), abs(found.drift[zone]).max()
            for sign in (1, -1):
                told = answer(found, zone, sign, statistic)
                values = oriented_statistic(draws, 0, product, sign)
                assert told.rejected == (rank_p(values, zone) <= 0.05)
                drift = breakdown_drift(draws, 0, product, sign, alpha=0.05)
                assert told.breakdown * own == pytest.approx(drift, rel=1e-9, abs=1e-12)


def test_the_allowance_holds_the_level_and_a_raised_constant_does_not() -> None:
    """Every unit in turn as the zone, with its drift put in and taken off by (b), or by M for all units."""
    found = rejections(FakeProcess(units=20, before=10, window=4), 20, every=True)
    for statistic in LOOKED_AT:
        assert found[f"{statistic}, nothing"] == pytest.approx(0.05, abs=1e-12)
        for drift in ("D", "2 D", "one margin"):
            # Donors that carry the zone's drift are drawn down with it: by so little that few panels change.
            assert 0.05 <= found[f"{statistic}, {drift} allowed"] + 1e-12 <= 0.065
            assert found[f"{statistic}, {drift}"] > 0.15
    assert found["M = 1, drift D"] > 0.15
    assert found["M = 2, drift 2 D"] > 0.3


def test_simulated_scenarios_are_told_apart() -> None:
    """A few panels: more is found of a larger effect, and an allowance never adds a finding."""
    shares = process_shares(FakeProcess(before=12, window=3), 5)
    for statistic in EVERY:
        nothing, half, one_margin, two = (
            shares[statistic, name, 0.0] for name in ("nothing", "half a margin", "one margin", "two margins")
        )
        assert nothing <= half <= one_margin <= two
        assert shares[statistic, "one margin", 0.5] <= one_margin
    assert shares["G", "two margins", 0.0] > 0.5
    scenarios = {name for _, name, _ in shares}
    assert scenarios >= {"late divergence", "noisy zone", "chosen for growth", "chosen for a low"}
