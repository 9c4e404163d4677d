"""Estimates by brute force, influences by complex steps, and what follows from both."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from tests.unit.dose.simple import basis_and_slopes, drawn, estimates

from pilotzone.core import NEVER, Outcome
from pilotzone.evaluation.dose import DoseDesign
from pilotzone.evaluation.dose.design import DoseBasis, DoseControls
from pilotzone.evaluation.dose.fit import DoseFit
from pilotzone.evaluation.dose.spread import degrees_of, spread_of
from pilotzone.evaluation.dose.stage import effects_of_units, fitted

Y1, Y2 = (Outcome(name, None, "up", None, "level") for name in ("y1", "y2"))
BOTH: tuple[DoseControls, ...] = ("never_treated", "not_yet_treated")


def design_of(basis: DoseBasis, controls: DoseControls, anticipation: int = 0) -> DoseDesign:
    if basis == "bins":
        return DoseDesign("strong_parallel_trends", basis, bins=3, controls=controls, anticipation=anticipation)
    return DoseDesign("strong_parallel_trends", basis, degree=2, knots=1, controls=controls, anticipation=anticipation)


def fit_of(basis: DoseBasis, controls: DoseControls, anticipation: int = 0, *, corrected: bool = False) -> DoseFit:
    units = drawn() if controls != "lowest_dose" else drawn(levels=(0.5, 1, 1.7, 2, 3, 4), cohorts=(3, 4))
    return fitted(units, design_of(basis, controls, anticipation), corrected=corrected)[0]


def influences(fit: DoseFit) -> np.ndarray:
    found = np.zeros((len(fit.units.doses), fit.layout.size))
    for g in range(len(fit.groups)):
        for units, block in fit.influences(g):
            found[units] = block
    return found


@pytest.mark.parametrize("basis", ["spline", "bins"])
@pytest.mark.parametrize("controls", ["never_treated", "not_yet_treated", "lowest_dose"])
@pytest.mark.parametrize("anticipation", [0, 1])
def test_estimates_and_influences_are_those_of_brute_force(
    basis: DoseBasis, controls: DoseControls, anticipation: int
) -> None:
    fit = fit_of(basis, controls, anticipation)
    plain = estimates(fit, np.ones(len(fit.units.doses)))
    assert fit.estimate == pytest.approx(plain, rel=1e-10, abs=1e-11)
    found = influences(fit)
    for i in range(0, len(fit.units.doses), 4):
        step = np.ones(len(fit.units.doses), dtype=complex)
        step[i] += 1e-30j
        assert found[i] == pytest.approx(estimates(fit, step).imag / 1e-30, rel=1e-9, abs=1e-11)


@pytest.mark.parametrize("controls", BOTH)
def test_influences_add_up_to_nothing_and_blocks_change_nothing(
    controls: DoseControls, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit = fit_of("spline", controls)
    found = influences(fit)
    assert np.abs(found.sum(axis=0)).max() < 1e-12
    monkeypatch.setattr("pilotzone.evaluation.dose.fit._BLOCK", 7)
    assert influences(fit) == pytest.approx(found, abs=1e-14)


@pytest.mark.parametrize("controls", BOTH)
@pytest.mark.parametrize("corrected", [False, True])
def test_the_covariance_is_the_sum_over_units(controls: DoseControls, corrected: bool) -> None:
    fit = fit_of("spline", controls, corrected=corrected)
    found = influences(fit)
    assert spread_of(fit).covariance == pytest.approx(found.T @ found, rel=1e-9, abs=1e-13)
    each = replace(fit.units, clusters=np.arange(len(fit.units.doses)))
    plain = spread_of(DoseFit(each, fit.groups, fit.cells, fit.averages, fit.basis, fit.layout, corrected=False))
    assert plain.covariance == pytest.approx(
        influences(fit_of("spline", controls)).T @ influences(fit_of("spline", controls)), rel=1e-9, abs=1e-13
    )


def test_the_covariance_is_between_the_plain_one_and_the_jackknife() -> None:
    """As HC2 is between HC0 and HC3, which the jackknife is to first order (MacKinnon and White 1985)."""
    units, design = drawn(300, outcomes=1), design_of("spline", "never_treated")
    fit, plain = fitted(units, design)[0], fitted(units, design, corrected=False)[0]
    n = len(units.doses)
    left = np.array([estimates(fit, np.where(np.arange(n) == i, 0.0, 1.0)) for i in range(n)])
    jackknife = ((left - left.mean(axis=0)) ** 2).sum(axis=0) * (n - 1) / n
    found, least = spread_of(fit).covariance.diagonal(), spread_of(plain).covariance.diagonal()
    assert (least < found).all()
    assert (found <= jackknife * 1.01).all()
    assert found == pytest.approx(jackknife, rel=0.15)


def test_two_periods_are_two_by_two_differences_by_hand() -> None:
    """One period before and one after, two doses in bins: differences of four means, and their textbook variances."""
    units = drawn(60, 2, (2, NEVER), outcomes=1, levels=(1.0, 3.0))
    found = effects_of_units(units, [Y1], DoseDesign("strong_parallel_trends", "bins"))
    change = units.values[:, 1] - units.values[:, 0]
    treated = units.cohorts == 2
    low, high, never = change[units.doses == 1.0], change[units.doses == 3.0], change[~treated]
    one, three = found.select(quantity="level", of="curve")
    assert one.estimate == pytest.approx(low.mean() - never.mean(), rel=1e-12)
    assert three.estimate == pytest.approx(high.mean() - never.mean(), rel=1e-12)
    variance = low.var(ddof=1) / len(low) + never.var(ddof=1) / len(never)
    assert one.se == pytest.approx(np.sqrt(variance), rel=1e-12)
    below = [x.var(ddof=1) ** 2 / len(x) ** 2 / (len(x) - 1) for x in (low, never)]
    assert one.degrees == pytest.approx(variance**2 / sum(below), rel=1e-10)
    assert one.low == pytest.approx(one.estimate - stats.t.ppf(0.975, one.degrees) * one.se, rel=1e-10)
    assert one.p == pytest.approx(2 * stats.t.sf(abs(one.estimate / one.se), one.degrees), rel=1e-9)
    slopes = [row.estimate for row in found.select(quantity="slope", of="curve")]
    assert slopes == pytest.approx([one.estimate, (three.estimate - one.estimate) / 2], rel=1e-12)
    level, per_dose, slope = found.select(of="mean")
    assert level.estimate == pytest.approx(change[treated].mean() - never.mean(), rel=1e-12)
    assert per_dose.estimate == pytest.approx(level.estimate / units.doses[treated].mean(), rel=1e-12)
    share = len(low) / treated.sum()
    assert slope.estimate == pytest.approx(share * slopes[0] + (1 - share) * slopes[1], rel=1e-12)
    welch = change[treated].var(ddof=1) / treated.sum() + never.var(ddof=1) / len(never)
    assert level.se == pytest.approx(np.sqrt(welch), rel=1e-12)


def test_a_line_is_the_plain_regression() -> None:
    units = drawn(80, 2, (2, NEVER), outcomes=1)
    found = effects_of_units(units, [Y1], DoseDesign("strong_parallel_trends", degree=1))
    treated = units.cohorts == 2
    change = units.values[:, 1] - units.values[:, 0]
    X = np.column_stack([np.ones(treated.sum()), units.doses[treated]])
    beta, *_ = np.linalg.lstsq(X, change[treated] - change[~treated].mean(), rcond=None)
    (slope,) = found.select(quantity="slope", of="mean")
    assert slope.estimate == pytest.approx(beta[1], rel=1e-11)
    residual = change[treated] - change[~treated].mean() - X @ beta
    inverse = np.linalg.inv(X.T @ X)
    leverage = np.einsum("ip,pq,iq->i", X, inverse, X)
    hc2 = inverse @ (X.T * (residual**2 / (1 - leverage))) @ X @ inverse
    # A line has one slope for all, so that the mean slope varies as the coefficient does.
    assert slope.se == pytest.approx(np.sqrt(hc2[1, 1]), rel=1e-10)


def test_degrees_are_those_of_bell_and_mccaffrey_by_whole_matrices() -> None:
    fit = fitted(drawn(60, 2, (2, NEVER), outcomes=1), design_of("spline", "never_treated"))[0]
    spread, (g,) = spread_of(fit), fit.regressions
    B, _ = basis_and_slopes(fit, fit.units.doses[fit.groups[g].units])
    hat = B @ np.linalg.inv(B.T @ B) @ B.T
    weights = np.array([0.1, 0.4, 0.3, 0.2])
    loads = B @ np.linalg.inv(B.T @ B) @ weights
    G = (np.eye(len(B)) - hat) * (loads / np.sqrt(1 - hat.diagonal()))
    roots = np.linalg.eigvalsh(G.T @ G)
    known = roots.sum() ** 2 / (roots**2).sum()
    row = np.zeros((1, fit.layout.size))
    row[0, fit.layout.curve(0, 0)] = weights
    own = {k: float(row[0] @ part @ row[0]) for k, part in spread.parts.items()}
    (c,) = [k for k in own if k != g]
    expected = (own[g] + own[c]) ** 2 / (own[g] ** 2 / known + own[c] ** 2 / (len(fit.groups[c].units) - 1))
    assert degrees_of(fit, spread, row, [weights])[0] == pytest.approx(expected, rel=1e-9)


def test_levels_and_units_of_dose_change_nothing_but_scale() -> None:
    units, design = drawn(), design_of("spline", "not_yet_treated")
    found = effects_of_units(units, [Y1, Y2], design)
    moved = effects_of_units(
        replace(units, values=units.values + 1000 * np.arange(len(units.doses))[:, None]), [Y1, Y2], design
    )
    scaled = effects_of_units(replace(units, doses=units.doses * 1000), [Y1, Y2], design)
    for one, two, three in zip(found.rows, moved.rows, scaled.rows, strict=True):
        factor = 1.0 if one.quantity == "level" else 1000.0
        assert (two.estimate, two.se) == pytest.approx((one.estimate, one.se), rel=1e-7)
        assert (three.estimate * factor, three.se * factor) == pytest.approx((one.estimate, one.se), rel=1e-9)


def test_what_is_a_line_is_found_exactly() -> None:
    units = drawn(80, 4, (2, 3, NEVER), outcomes=1)
    time = np.array(units.periods)
    exact = 0.7 * units.doses[:, None] * (time >= units.cohorts[:, None]) + np.arange(80)[:, None] + time
    found = effects_of_units(replace(units, values=exact), [Y1], design_of("spline", "never_treated"))
    for row in found.select(quantity="slope"):
        before = row.event is not None and row.event < 0
        assert row.estimate == pytest.approx(0.0 if before else 0.7, abs=1e-11)
    for row in found.select(quantity="level", of="curve"):
        assert row.estimate == pytest.approx(0.7 * float(row.dose or 0), rel=1e-11)
