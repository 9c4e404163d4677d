"""What is reported beside effects: each number against a loop written down plainly."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tests.unit.few.plain import level, noisy_paths, panel_of

from pilotzone.core import Outcome, UsageError
from pilotzone.evaluation.few import FewDesign, FewEffects, estimate_few

DESIGN = FewDesign("B", start=2011, window=(2011, 2013), estimator="sc_intercept")
Y = level(unit="t")
Z = Outcome("z", "environment", "down", 5.0, "log", "Smoke", "log(t)")


@pytest.fixture(scope="module")
def effects() -> FewEffects:
    panel = panel_of({"y": noisy_paths(1) + 20, "z": noisy_paths(2) / 10})
    return estimate_few(panel, [Y, Z], DESIGN)


def share(values: list[float], own: float) -> float:
    return sum(value >= own for value in values) / len(values)


@pytest.mark.parametrize(("name", "sign"), [("y", 1), ("z", -1)])
def test_each_period_and_what_they_add_up_to(effects: FewEffects, name: str, sign: int) -> None:
    fit, who = effects.fit(name), effects.fit(name).treated
    rows = effects.by_period(name).records()
    assert [row["period"] for row in rows] == [2011, 2012, 2013]
    totals = [0.0] * len(fit.units)
    own_sum = other_sum = 0.0
    for row in rows:
        column = fit.periods.index(int(str(row["period"])))
        gaps = [float(fit.actual[i, column] - fit.synthetic[i, column]) for i in range(len(fit.units))]
        totals = [total + gap for total, gap in zip(totals, gaps, strict=True)]
        assert row["actual"] == fit.actual[who, column]
        assert row["synthetic"] == fit.synthetic[who, column]
        assert row["effect"] == gaps[who]
        assert row["total"] == pytest.approx(totals[who], rel=1e-14)
        for values, key in ((gaps, "p"), (totals, "total_p")):
            assert row[key] == share([abs(value) for value in values], abs(values[who]))
            assert row[f"{key}_good"] == share([sign * value for value in values], sign * values[who])
        own, other = float(fit.actual[who, column]), float(fit.synthetic[who, column])
        if name == "z":
            own, other = math.exp(own), math.exp(other)
        own_sum, other_sum = own_sum + own, other_sum + other
        assert row["percent"] == pytest.approx(100 * (own / other - 1), rel=1e-9)
        assert row["total_percent"] == pytest.approx(100 * (own_sum / other_sum - 1), rel=1e-9)
        assert row["n"] == len(fit.units)
    assert float(str(rows[-1]["total"])) / 3 == pytest.approx(float(fit.mean_gap[who]), rel=1e-13)


def test_the_first_outcome_unless_another_is_named(effects: FewEffects) -> None:
    assert effects.by_period().columns == effects.by_period("y").columns
    with pytest.raises(UsageError, match="nothing"):
        effects.by_period("nothing")


def test_no_percentage_of_a_path_that_is_not_positive() -> None:
    panel = panel_of({"y": noisy_paths(1) - 1000})
    rows = estimate_few(panel, [Y], DESIGN).by_period().records()
    assert {row["percent"] for row in rows} == {row["total_percent"] for row in rows} == {None}


def test_very_large_logarithms_have_percentages() -> None:
    panel = panel_of({"z": noisy_paths(2) / 10 + 5000})
    shifted = estimate_few(panel, [Z], DESIGN).by_period().records()
    plain = estimate_few(panel_of({"z": noisy_paths(2) / 10}), [Z], DESIGN).by_period().records()
    for one, other in zip(shifted, plain, strict=True):
        assert one["total_percent"] == pytest.approx(other["total_percent"], rel=1e-6)


def test_ratio_of_errors_after_and_before(effects: FewEffects) -> None:
    for fit, row in zip(effects.fits, effects.rmspe_ratios().records(), strict=True):
        ratios = []
        for i in range(len(fit.units)):
            squares = {phase: [float(fit.gaps[i, k]) ** 2 for k in fit.columns(phase)] for phase in ("pre", "window")}
            ratios.append(math.sqrt(np.mean(squares["window"]) / np.mean(squares["pre"])))
        np.testing.assert_allclose(fit.rmspe_ratio, ratios, rtol=1e-9)
        assert row["ratio"] == fit.rmspe_ratio[fit.treated]
        rank = sum(ratio >= ratios[fit.treated] for ratio in ratios)
        assert (row["rank"], row["n"], row["p"]) == (rank, len(ratios), rank / len(ratios))


def test_a_perfect_fit_before_has_an_infinite_ratio_and_no_gap_at_all_a_zero_one() -> None:
    """B is the mean of two others until 2010, and C that of them throughout."""
    paths = noisy_paths(3)
    paths[2] = (paths[4] + paths[5]) / 2
    paths[1] = paths[2] + np.where(np.arange(paths.shape[1]) >= 10, 3.0, 0.0)
    design = FewDesign("B", start=2011, window=(2011, 2013), estimator="sc")
    effects = estimate_few(panel_of({"y": paths}), [Y], design, excluded={"C": "twin"})
    (fit,) = effects.fits
    assert fit.rmspe_ratio[fit.treated] == math.inf
    assert effects.rmspe_ratios().records()[0]["p"] == 1 / len(fit.units)
    paths[1] = paths[2]
    (fit,) = estimate_few(panel_of({"y": paths}), [Y], design, excluded={"C": "twin"}).fits
    assert fit.rmspe_ratio[fit.treated] == 0.0


def test_errors_by_placebo_variance(effects: FewEffects) -> None:
    for fit, row in zip(effects.fits, effects.standard_errors().records(), strict=True):
        others = [float(gap) for i, gap in enumerate(fit.mean_gap) if i != fit.treated]
        middle = sum(others) / len(others)
        squares = sum((gap - middle) ** 2 for gap in others)
        assert row["se"] == pytest.approx(math.sqrt(squares / len(others)), rel=1e-12)
        assert row["se_unbiased"] == pytest.approx(math.sqrt(squares / (len(others) - 1)), rel=1e-12)
        assert row["estimate"] == fit.mean_gap[fit.treated]
        assert row["placebos"] == len(others)
