"""The effect of a further zone with tau uncertain, by drawing, by closed forms and by a finer quadrature."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2, norm, t
from tests.unit.transfer.zones import zones_of

from pilotzone.core import UsageError
from pilotzone.transfer import Described, Moderator, break_down, crps_t, pool_effects, predict_candidates
from pilotzone.transfer.fitting import fit_effects
from pilotzone.transfer.further import estimate_elsewhere, further_draws, uncertain_fit
from pilotzone.transfer.mixture import Mixture
from pilotzone.transfer.variances import contrasts, q_profile, tau2_with_q


def case(seed: int, size: int, regressors: int, spread: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return effects, regressors and a sampling covariance with shared donors."""
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(size, size))
    covariance = root @ root.T / size + np.diag(rng.uniform(0.2, 2, size))
    design = np.column_stack([np.ones(size), rng.normal(size=(size, regressors - 1))])
    estimate = spread * rng.normal(size=size) + np.linalg.cholesky(covariance) @ rng.normal(size=size)
    return estimate, design, covariance


@pytest.mark.parametrize(("size", "regressors", "spread"), [(3, 1, 1.0), (6, 1, 0.0), (10, 1, 3.0), (12, 2, 1.0)])
def test_by_drawing_the_definition(size: int, regressors: int, spread: float) -> None:
    """Draw Q, solve for tau squared by bisection, fit by dense algebra, draw the mean's error and the new effect."""
    estimate, design, covariance = case(7 + size, size, regressors, spread)
    fit = fit_effects(estimate, design, covariance, "REML")
    row = np.r_[1.0, np.full(regressors - 1, 0.3)]
    found, rng, draws = uncertain_fit(fit).at(row), np.random.default_rng(1), 1500
    drawn = np.empty(draws)
    own = contrasts(estimate, design, covariance)
    for k, target in enumerate(rng.chisquare(size - regressors, draws)):
        low, high = 0.0, 1e9
        for _ in range(120):
            middle = (low + high) / 2
            low, high = (middle, high) if own.q(middle) > target else (low, middle)
        inverse = np.linalg.inv(covariance + high * np.eye(size))
        variance = np.linalg.inv(design.T @ inverse @ design)
        fitted = variance @ design.T @ inverse @ estimate
        left = estimate - design @ fitted
        factor = max(1.0, float(left @ inverse @ left) / (size - regressors))
        error = rng.standard_t(size - regressors) * np.sqrt(factor * row @ variance @ row)
        drawn[k] = row @ fitted + error + np.sqrt(high) * rng.normal()
    # The predictive probabilities of what is drawn are uniform: Kolmogorov and Smirnov's distance at one in 1,000.
    shares = np.sort([found.below(value) for value in drawn])
    assert np.abs(shares - (np.arange(draws) + 0.5) / draws).max() < 1.95 / np.sqrt(draws)


@pytest.mark.parametrize(
    ("size", "regressors", "spread"), [(3, 1, 0.0), (4, 1, 5.0), (8, 1, 1.0), (12, 2, 0.0), (40, 3, 1.0)]
)
def test_a_finer_quadrature_changes_nothing(size: int, regressors: int, spread: float) -> None:
    estimate, design, covariance = case(size, size, regressors, spread)
    fit = fit_effects(estimate, design, covariance, "PM")
    row = np.r_[1.0, np.full(regressors - 1, -0.2)]
    fine, own = uncertain_fit(fit, 16).at(row).interval(0.05), uncertain_fit(fit).at(row).interval(0.05)
    assert own == pytest.approx(fine, abs=2e-7 * (fine[1] - fine[0]))


@pytest.mark.parametrize(("size", "regressors", "spread"), [(5, 1, 1.0), (9, 1, 3.0), (12, 2, 0.0)])
def test_an_estimate_elsewhere_by_drawing_its_errors(size: int, regressors: int, spread: float) -> None:
    """Its own error and the zones' are drawn jointly; the regression's is scaled by its factor and that of t."""
    estimate, design, whole = case(3 + size, size + 1, regressors, spread)
    covariance, own, shared = whole[:-1, :-1], float(whole[-1, -1]), whole[:-1, -1]
    fit = fit_effects(estimate[:-1], design[:-1], covariance, "REML")
    found, rng, draws = estimate_elsewhere(fit, design[-1], own, shared), np.random.default_rng(2), 1500
    degrees, root = size - regressors, np.linalg.cholesky(whole)
    drawn = np.empty(draws)
    for k, target in enumerate(rng.chisquare(degrees, draws)):
        (tau2,) = tau2_with_q(fit.contrasts, np.array([min(target, fit.contrasts.q(0.0))]))
        inverse = np.linalg.inv(covariance + tau2 * np.eye(size))
        weights = np.linalg.solve(design[:-1].T @ inverse @ design[:-1], design[:-1].T @ inverse)
        left = estimate[:-1] - design[:-1] @ weights @ estimate[:-1]
        factor = max(1.0, float(left @ inverse @ left) / degrees) * degrees / rng.chisquare(degrees)
        errors = root @ rng.normal(size=size + 1)
        off = errors[:-1] + np.sqrt(tau2) * rng.normal(size=size)
        moved = design[-1] @ weights @ off * np.sqrt(factor)
        drawn[k] = design[-1] @ weights @ estimate[:-1] - moved + np.sqrt(tau2) * rng.normal() + errors[-1]
    shares = np.sort([found.below(value) for value in drawn])
    assert np.abs(shares - (np.arange(draws) + 0.5) / draws).max() < 1.95 / np.sqrt(draws)


def test_an_estimate_without_error_is_the_true_effect() -> None:
    estimate, design, covariance = case(2, 8, 2, 1.0)
    fit = fit_effects(estimate, design, covariance, "PM")
    row = np.array([1.0, 0.4])
    one, other = estimate_elsewhere(fit, row, 0.0, np.zeros(8)), uncertain_fit(fit).at(row)
    assert one.interval(0.05) == pytest.approx(other.interval(0.05), rel=1e-12)
    wider = estimate_elsewhere(fit, row, 2.0, np.zeros(8))
    assert wider.spread**2 == pytest.approx(other.spread**2 + 2.0, rel=1e-12)


def test_scores_of_mixtures_are_those_of_closed_forms() -> None:
    """One normal; seven, pair by pair (Grimit and others 2006); and t, a mixture over chi-squared variables."""
    rng = np.random.default_rng(6)
    one = Mixture(np.ones(1), np.array([0.3]), np.array([2.0]))
    assert one.crps(-1.7) == pytest.approx(crps_t(0.3, 2.0, np.inf, -1.7), rel=1e-10)
    share, mean, sd = rng.dirichlet(np.ones(7)), rng.normal(size=7), rng.uniform(0.1, 3, 7)

    def distance(off: np.ndarray, deviation: np.ndarray) -> np.ndarray:
        at = off / deviation
        return np.asarray(2 * deviation * norm.pdf(at) + off * (2 * norm.cdf(at) - 1))

    between = distance(mean[:, None] - mean, np.hypot(sd[:, None], sd))
    for came in (-4.0, 0.1, 9.0):
        exact = share @ distance(came - mean, sd) - share @ between @ share / 2
        assert Mixture(share, mean, sd).crps(came) == pytest.approx(exact, rel=1e-9)
    for size in (5, 9):
        equal = uncertain_fit(fit_effects(np.full(size, 2.0), np.ones((size, 1)), np.eye(size), "REML")).at(np.ones(1))
        exact = crps_t(2.0, size**-0.5, size - 1, 2.7)
        assert equal.crps(2.7) == pytest.approx(exact, rel=1e-7)


def test_equal_estimates_leave_the_error_of_the_mean() -> None:
    """Where all estimates are one, tau squared is zero for certain, and the mean's error is t with k - 1."""
    fit = fit_effects(np.full(5, 2.0), np.ones((5, 1)), np.eye(5), "REML")
    low, high = uncertain_fit(fit).at(np.ones(1)).interval(0.05)
    half = float(t.ppf(0.975, 4)) / np.sqrt(5)
    assert (low, high) == pytest.approx((2 - half, 2 + half), rel=1e-9)


def test_huge_differences_are_student() -> None:
    """Without sampling error k estimates are a normal sample: the next one is t with k - 1, exactly."""
    estimate = np.array([3.0, -1.0, 4.0, 1.0, -5.0, 9.0]) * 1e6
    fit = fit_effects(estimate, np.ones((6, 1)), np.eye(6), "REML")
    low, high = uncertain_fit(fit).at(np.ones(1)).interval(0.1)
    # Given tau the mean errs by t with k - 1 as well, and not by a normal: the scale of t comes twice. Both ways are
    # valid; the one here is wider, by what a simulation of both gives.
    rng = np.random.default_rng(3)
    sums = ((estimate - estimate.mean()) ** 2).sum()
    tau2 = sums / rng.chisquare(5, 500_000)
    drawn = np.sqrt(tau2) * rng.normal(size=tau2.size) + np.sqrt(np.maximum(sums / tau2 / 5, 1) * tau2 / 6) * (
        rng.standard_t(5, tau2.size)
    )
    assert high - estimate.mean() == pytest.approx(np.quantile(drawn, 0.95), rel=1e-2)
    assert high - estimate.mean() == pytest.approx(estimate.mean() - low, rel=1e-9)
    assert high - estimate.mean() >= t.ppf(0.95, 5) * np.sqrt(sums / 5 * (1 + 1 / 6))


def test_joint_draws_have_these_margins_and_share_the_regression() -> None:
    estimate, design, covariance = case(5, 12, 2, 1.0)
    fit = fit_effects(estimate, design, covariance, "REML")
    rows = np.array([[1.0, 0.3], [1.0, -0.4], [1.0, 0.3]])
    draws = 20_000
    drawn = further_draws(fit, rows, draws, np.random.default_rng(8))
    for row, own in zip(rows, drawn.T, strict=True):
        margin = uncertain_fit(fit).at(row)
        shares = np.sort([margin.below(value) for value in own[:3000]])
        assert np.abs(shares - (np.arange(3000) + 0.5) / 3000).max() < 1.95 / np.sqrt(3000)
    # Two zones with the same regressors differ by their own draws alone: given tau the difference has twice its square.
    apart = drawn[:, 0] - drawn[:, 2]
    tau2 = tau2_with_q(fit.contrasts, np.minimum(np.random.default_rng(9).chisquare(10, draws), fit.contrasts.q(0.0)))
    other = np.sqrt(2 * tau2) * np.random.default_rng(10).normal(size=draws)
    grid = np.quantile(other, [0.05, 0.25, 0.75, 0.95])
    there, here = (np.array([(own < value).mean() for value in grid]) for own in (other, apart))
    assert there == pytest.approx(here, abs=4 * np.sqrt(0.5 / draws))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_newton_finds_every_tau(seed: int) -> None:
    found = contrasts(*case(seed, 9, 2, 2.0))
    targets = np.array([chi2.ppf(share, found.count) for share in (1e-12, 0.025, 0.5, 0.975)] + [found.q(0.0) * 1.1])
    tau2 = tau2_with_q(found, targets)
    live = targets < found.q(0.0)
    assert np.array([found.q(value) for value in tau2])[live] == pytest.approx(targets[live], rel=1e-13)
    assert (tau2[~live] == 0).all()
    assert tuple(tau2[[3, 1]]) == pytest.approx(q_profile(found, 0.05), rel=1e-12)


def test_pooled_and_candidates_have_it() -> None:
    effects = zones_of([1.0, 3.0, 2.0, 5.0, 2.5, 0.5], [1.0, 0.5, 1.0, 2.0, 0.7, 1.0])
    own, plain = pool_effects(effects, prediction="NNF").pooled[0], pool_effects(effects).pooled[0]
    assert own.prediction is not None
    assert own.estimate == plain.estimate
    assert own.interval == plain.interval
    fit = fit_effects(effects.estimate, np.ones((6, 1)), effects.matrix, "REML")
    assert own.prediction == uncertain_fit(fit).at(np.ones(1)).interval(0.05)
    assert plain.prediction == fit.at(np.ones(1)).interval(0.05)
    assert break_down(own).rows[0].end == pytest.approx(own.prediction[0], rel=1e-12)
    moderators = (Moderator("income", "USD", "protocol", "it is poor"),)
    seen = Described(effects.zones, moderators, np.arange(6.0)[:, None])
    asked = Described(("inside", "outside"), moderators, np.array([[2.5], [99.0]]))
    found = predict_candidates(effects, seen, asked, prediction="NNF")
    inside, outside = found.items
    ends = inside.interval(0.05)
    assert ends is not None
    assert ends == uncertain_fit(found.fit).at(np.array([1.0, 0.0])).interval(0.05)
    assert outside.interval(0.05) is None
    assert found.to_table().records()[0]["low"] == pytest.approx(ends[0], rel=1e-12)
    assert break_down(found).rows[0].end in ends


def test_unknown_methods_are_refused() -> None:
    with pytest.raises(UsageError, match="method of prediction intervals"):
        pool_effects(zones_of([1.0, 2.0, 3.0], [1.0, 1.0, 1.0]), prediction="PI")  # type: ignore[arg-type]
