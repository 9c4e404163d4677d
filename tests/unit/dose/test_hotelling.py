"""Degrees of freedom of a whole curve: by quadratic forms written out, and against those of one coefficient."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import linalg, stats
from tests.unit.dose.simple import basis_and_slopes, drawn

from pilotzone.core import NEVER, Outcome
from pilotzone.evaluation.dose import DoseDesign
from pilotzone.evaluation.dose.hotelling import curve_degrees
from pilotzone.evaluation.dose.pretrends import dose_pre_trends
from pilotzone.evaluation.dose.spread import degrees_of, entries_vary, spread_of
from pilotzone.evaluation.dose.stage import effects_of_units, fitted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.evaluation.dose.fit import DoseFit
    from pilotzone.evaluation.dose.spread import Spread

    Floats = NDArray[np.float64]

STRONG = DoseDesign("strong_parallel_trends", degree=2)
BINS = DoseDesign("strong_parallel_trends", basis="bins")
Y1 = Outcome("y1", "development", "up", 0.5, "level", unit="job")


def before(fit: DoseFit) -> int:
    return next(a for a, item in enumerate(fit.averages) if item.kind == "before")


def regressed(fit: DoseFit, g: int, k: int, a: int) -> tuple[Floats, Floats, float]:
    """Return basis, what residuals add to coefficients (p, m), and the variance of residuals of a treated group."""
    rows, periods = fit.groups[g].units, len(fit.units.periods)
    values = fit.units.values[rows, k * periods : (k + 1) * periods]
    cells = [fit.cells[c] for c in fit.averages[a].cells[g]]
    change = np.mean([values[:, cell.period] - values[:, cell.base] for cell in cells], axis=0)
    basis = basis_and_slopes(fit, fit.units.doses[rows])[0]
    solved, squares, *_ = np.linalg.lstsq(basis, change, rcond=None)
    size = sum(len(fit.groups[other].units) for other in fit.averages[a].cells)
    assert len(solved) == basis.shape[1]
    loads = np.asarray(len(rows) / size * np.linalg.pinv(basis), dtype=np.float64)
    return basis, loads, float(squares[0] / (len(rows) - basis.shape[1]))


def by_forms(fit: DoseFit, spread: Spread, k: int, a: int, rows: Floats) -> float:
    """Return the degrees of freedom, each entry's variance as twice the trace of a squared quadratic form."""
    curve = fit.layout.curve(k, a)
    whole = {g: regressed(fit, g, k, a) for g in fit.averages[a].cells}
    treated = {g: (basis, rows @ loads, variance) for g, (basis, loads, variance) in whole.items()}
    beside = {g: rows @ part[curve, curve] @ rows.T for g, part in spread.parts.items() if g not in treated}
    total = np.sum([*(variance * loads @ loads.T for _, loads, variance in treated.values()), *beside.values()], axis=0)
    root = np.linalg.inv(np.asarray(linalg.sqrtm(total)))
    varies, size = 0.0, len(rows)
    for basis, loads, variance in treated.values():
        annihilator = np.eye(len(basis)) - basis @ np.linalg.pinv(basis)
        own = root @ loads
        for s, t in product(range(size), repeat=2):
            form = annihilator @ np.diag(own[s] * own[t] / annihilator.diagonal()) @ annihilator
            varies += 2 * variance**2 * float(np.trace(form @ form))
    for g, part in beside.items():
        own = root @ part @ root
        for s, t in product(range(size), repeat=2):
            varies += (own[s, s] * own[t, t] + own[s, t] ** 2) / (len(fit.groups[g].units) - 1)
    return size * (size + 1) / varies


@pytest.mark.parametrize(("count", "outcomes"), [(60, 1), (90, 2)])
def test_degrees_of_a_curve_are_those_of_quadratic_forms(count: int, outcomes: int) -> None:
    fit = fitted(drawn(count, outcomes=outcomes), STRONG)[0]
    spread, a = spread_of(fit), before(fit)
    assert len(fit.averages[a].cells) > 1
    treated = np.concatenate([fit.units.doses[fit.groups[g].units] for g in fit.averages[a].cells])
    doses = np.quantile(treated, (0.1, 0.5, 0.9))
    rows = basis_and_slopes(fit, doses)[0]
    for k in range(outcomes):
        found = curve_degrees(fit, spread, (k, a), rows)
        assert found == pytest.approx(by_forms(fit, spread, k, a, rows), rel=1e-8)
        whole = np.eye(fit.layout.terms)
        assert curve_degrees(fit, spread, (k, a), whole) == pytest.approx(by_forms(fit, spread, k, a, whole), rel=1e-8)
        tests = dose_pre_trends(
            fit, spread, tuple(Outcome(f"y{j + 1}", None, "up", None, "level") for j in range(k + 1))
        )
        test, curve = tests[k].by_dose, fit.layout.curve(k, a)
        assert test.degrees == found
        assert tests[k].doses == pytest.approx(doses, rel=1e-14)
        away, covariance = rows @ fit.estimate[curve], rows @ spread.covariance[curve, curve] @ rows.T
        square = float(away @ np.linalg.solve(covariance, away))
        assert test.wald == pytest.approx(square, rel=1e-9)
        assert test.p == pytest.approx(stats.f.sf(square * (found - 2) / (3 * found), 3, found - 2), rel=1e-9)


def test_of_one_coefficient_alone_they_are_those_of_bell_and_mccaffrey() -> None:
    fit = fitted(drawn(60, outcomes=1), STRONG)[0]
    spread = spread_of(fit)
    for item in fit.regressions.values():
        for j in range(fit.layout.terms):
            loads = item.loads[:, [j]]
            own = 2 * float((loads**2).sum()) ** 2 / entries_vary(item, loads)
            parts = {g: spread.parts[g] for g, one in fit.regressions.items() if one is item}
            alone = replace(spread, parts=parts)
            row = np.zeros((1, fit.layout.size))
            row[0, fit.layout.curve(0, before(fit)).start + j] = 1.0
            assert own == pytest.approx(float(degrees_of(fit, alone, row, [np.eye(fit.layout.terms)[j]])[0]), rel=1e-9)


def test_a_far_dose_takes_degrees_away() -> None:
    """One unit with a dose far from all others decides alone on the end of the curve, and on the test with it."""
    units, curves = drawn(60, outcomes=1, cohorts=(3, NEVER)), []
    for factor in (1, 40):
        units.doses[np.flatnonzero(units.cohorts != NEVER)[0]] *= factor
        fit = fitted(units, STRONG)[0]
        curves.append(curve_degrees(fit, spread_of(fit), (0, before(fit)), np.eye(fit.layout.terms)))
    assert curves[1] < curves[0] / 2


def test_every_bin_is_tested_and_six_are_named() -> None:
    fit = fitted(drawn(300, outcomes=1, levels=(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0)), BINS)[0]
    (found,) = dose_pre_trends(fit, spread_of(fit), (Y1,))
    assert found.doses == (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0)
    assert found.by_dose.rank == 8
    told = effects_of_units(drawn(300, outcomes=1, levels=found.doses), [Y1], BINS).per().identification[0]
    assert told.checks[2].label == "No effect before at doses of 1.00; 2.00; 3.00; 4.00; 5.00; 6.00 and 2 more"
