"""Synthetic difference-in-differences as an estimator of the room: from panel to joint effects."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

import pilotzone as pz
from pilotzone.core import Panel, SeriesInfo
from pilotzone.evaluation.few import FewDesign, compare_estimators, estimate_few
from pilotzone.evaluation.few.weights.sdid import solve_sdid_batch

Floats = NDArray[np.float64]

Y = pz.Outcome("y", role="development", good="up", margin=1.0, scale="level")
DESIGN = FewDesign("U02", start=2012, window=(2012, 2014), anticipation=2, estimator="sdid", pools="exclude_treated")


def make_panel(paths: Floats) -> Panel:
    units, periods = paths.shape
    names = tuple(f"U{k:02d}" for k in range(units))
    return Panel(names, tuple(range(2000, 2000 + periods)), {"y": paths}, {"y": SeriesInfo("y", "y", "1")})


def draw(units: int = 9, periods: int = 16, seed: int = 3) -> Floats:
    rng = np.random.default_rng(seed)
    paths: Floats = (
        rng.normal(size=(units, 1)) + rng.normal(size=periods).cumsum() + 0.3 * rng.normal(size=(units, periods))
    )
    return paths


def test_every_unit_is_estimated_as_by_the_arrays() -> None:
    paths = draw()
    effects = estimate_few(make_panel(paths), [Y], DESIGN)
    masks = ~np.eye(9, dtype=bool)
    masks[:, 2] = False
    years = np.arange(2000, 2016)
    expected = solve_sdid_batch(
        paths, np.arange(9), masks, before=years < 2010, after=(years >= 2012) & (years <= 2014)
    )
    (fit,) = effects.fits
    np.testing.assert_allclose(effects.joint.draws.mean_gap[:, 0], expected.effects, rtol=0, atol=1e-13)
    np.testing.assert_array_equal(fit.weights, expected.weights)
    np.testing.assert_array_equal(fit.pre_rmspe, expected.rmspe)
    assert fit.time_weights is not None
    np.testing.assert_array_equal(fit.time_weights, expected.time_weights)
    assert fit.unique.all()


def test_what_is_neither_before_nor_after_moves_nothing() -> None:
    paths = draw()
    changed = paths.copy()
    changed[:, [10, 11, 15]] += 7 * np.random.default_rng(1).normal(size=(9, 3))
    changed[4, 15] = np.nan
    one, other = (estimate_few(make_panel(item), [Y], DESIGN).joint for item in (paths, changed))
    np.testing.assert_array_equal(one.draws.mean_gap, other.draws.mean_gap)


def test_the_slope_is_the_derivative_in_an_effect() -> None:
    """No placebo has the treated unit as a donor: only its own mean gap moves, one for one."""
    paths = draw()
    shifted = paths.copy()
    shifted[2, 12:] -= 0.5
    one, other = (estimate_few(make_panel(item), [Y], DESIGN).joint.draws for item in (paths, shifted))
    np.testing.assert_allclose(other.mean_gap, one.mean_gap + 0.5 * one.slope, rtol=0, atol=1e-13)
    assert one.slope[:, 0].tolist() == [-1.0 if k == 2 else 0.0 for k in range(9)]


def test_without_a_ridge_the_effect_is_a_range() -> None:
    """Donors that run exactly alike before and apart after: their weights cannot be told apart, and it is said so."""
    years = np.arange(16.0)
    paths = np.vstack([years, years + 4, years + 1, years - 3])
    paths[2, 12:] += 1.0
    paths[0, 12:] += 0.5
    paths[3, 12:] -= 0.5
    effects = estimate_few(make_panel(paths), [Y], DESIGN)
    (fit,) = effects.fits
    assert not fit.unique[2]
    assert fit.effect_range == pytest.approx((0.5, 1.5), abs=1e-9)
    assert any("not unique" in note and "0.500 and 1.50" in note for note in effects.notes)


def test_estimators_side_by_side_are_the_estimators() -> None:
    panel = make_panel(draw())
    main = FewDesign("U02", start=2012, window=(2012, 2014), anticipation=2)
    rows = compare_estimators(panel, [Y], main, ["sc", "sc_intercept", "sdid"])
    alone = {
        "sc": FewDesign("U02", start=2012, window=(2012, 2014), anticipation=2, estimator="sc"),
        "sc_intercept": main,
        "sdid": DESIGN,
    }
    assert [row.estimator for row in rows] == list(alone)
    for row in rows:
        draws = estimate_few(panel, [Y], alone[row.estimator]).joint.draws
        placebos = np.delete(draws.mean_gap[:, 0], 2)
        assert row.effect == draws.mean_gap[2, 0]
        assert [gap for _, gap in row.placebos] == placebos.tolist()
        assert row.placebo_sd == pytest.approx(np.sqrt(np.mean((placebos - placebos.mean()) ** 2)), rel=1e-14)
        assert row.pools == draws.pool_rule
    assert len({round(row.effect, 6) for row in rows}) == 3
