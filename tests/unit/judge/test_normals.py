"""Probabilities of several normal or t variables, against integrals in one dimension and scipy's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import owens_t
from scipy.stats import chi, multivariate_normal, nct, norm, t

from pilotzone.judgement.familywise import adjusted_p
from pilotzone.judgement.normals import all_above, any_above, critical_value, quantile, upper_tail

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

THREE = np.array([[1.0, 0.5, 0.2], [0.5, 1.0, -0.3], [0.2, -0.3, 1.0]])


def pair(rho: float) -> Floats:
    return np.array([[1.0, rho], [rho, 1.0]])


def alike(count: int, rho: float) -> Floats:
    return np.full((count, count), rho) + (1 - rho) * np.eye(count)


def both_above(bounds: Floats, means: Floats, rho: float, scale: float = 1.0) -> float:
    """Integrate over the first variable; given it, the second is normal."""
    width = (1 - rho**2) ** 0.5
    first, second = bounds * scale - means

    def height(x: float) -> float:
        return float(norm.pdf(x) * norm.sf((second - rho * x) / width))

    turn = [second / rho] if rho and first < second / rho < 12 else None
    return float(quad(height, first, 12.0, points=turn, epsabs=1e-14, epsrel=1e-12, limit=500)[0])


@pytest.mark.parametrize("rho", [-0.999, -0.6, 0.0, 0.3, 0.95, 0.9999])
def test_two_normal_variables(rho: float) -> None:
    rng = np.random.default_rng(3)
    for _ in range(10):
        bounds, means = rng.normal(0, 1.5, 2), rng.normal(0, 1.5, 2)
        found = all_above(bounds, means, pair(rho))
        assert found.error == 0
        assert found.value == pytest.approx(both_above(bounds, means, rho), abs=1e-13)


def test_two_normal_variables_where_the_formula_divides_by_zero() -> None:
    """At zero: a quarter and arcsin(rho) over two pi (Sheppard 1899), and a half of the rest."""
    for rho in (-0.7, 0.0, 0.4):
        found = all_above(np.zeros(2), np.zeros(2), pair(rho)).value
        assert found == pytest.approx(0.25 + np.arcsin(rho) / (2 * np.pi), abs=1e-15)
        one = all_above(np.array([0.0, -1.0]), np.zeros(2), pair(rho)).value
        # P(X > 0, Y > -1) = 1/2 - P(X > 0, Y < -1), the latter by Owen's T with one bound at zero.
        rest = (norm.cdf(-1) / 2) - owens_t(1.0, rho / (1 - rho**2) ** 0.5)
        assert one == pytest.approx(0.5 - rest, abs=1e-14)


@pytest.mark.parametrize(("rho", "expected"), [(1.0, norm.sf(1.5)), (-1.0, norm.sf(0.2) + norm.sf(1.5) - 1)])
def test_two_variables_that_are_one(rho: float, expected: float) -> None:
    bounds = np.array([0.2, 1.5])
    assert all_above(bounds, np.zeros(2), pair(rho)).value == pytest.approx(max(expected, 0.0), abs=1e-15)
    assert all_above(np.array([-3.0, -2.0]), np.zeros(2), pair(-1.0)).value == pytest.approx(
        norm.cdf(3) + norm.cdf(2) - 1, abs=1e-15
    )


@pytest.mark.parametrize("degrees", [1.0, 2.5, 7.0, 40.0, 3000.0])
def test_one_and_two_t_variables(degrees: float) -> None:
    for bound, mean in ((0.0, 0.4), (2.1, 0.0), (1.7, 3.0), (-0.5, -1.0)):
        one = all_above(np.array([bound]), np.array([mean]), np.eye(1), degrees)
        assert one.value == pytest.approx(nct.sf(bound, degrees, mean), abs=1e-12)
    bounds, means, rho = np.array([1.2, 0.3]), np.array([1.0, 2.0]), 0.6
    found = all_above(bounds, means, pair(rho), degrees).value

    def height(share: float) -> float:
        return all_above(bounds * chi.ppf(share, degrees) / degrees**0.5, means, pair(rho)).value

    expected = quad(height, 0, 1, epsabs=1e-10, limit=200)[0]
    assert found == pytest.approx(expected, abs=1e-9)
    central = all_above(np.full(2, 1.5), np.zeros(2), pair(0.6), degrees).value
    # A t variable given another one is t with one degree more, wider the farther out the other is.
    inner = quad(
        lambda x: (
            t.pdf(x, degrees) * t.sf((1.5 - 0.6 * x) / (0.8 * ((degrees + x * x) / (degrees + 1)) ** 0.5), degrees + 1)
        ),
        1.5,
        np.inf,
        epsabs=1e-13,
    )[0]
    assert central == pytest.approx(inner, abs=1e-11)


@pytest.mark.parametrize("degrees", [1e6, 1e9, 1e12])
def test_very_many_degrees_of_freedom_are_nearly_normal(degrees: float) -> None:
    """A t variable's tail differs from a normal one's by x (1 + x^2) / 4 times the density, over the degrees."""
    bounds, means = np.array([1.3, -0.4]), np.zeros(2)
    for count in (1, 2):
        one, other = (all_above(bounds[:count], means[:count], pair(0.5)[:count, :count], d) for d in (degrees, None))
        assert one.value == pytest.approx(other.value, abs=1 / degrees + 1e-11)


@pytest.mark.parametrize("degrees", [None, 5.0, 60.0])
def test_more_variables_within_the_error_that_is_stated(degrees: float | None) -> None:
    """Equal correlations: given the common part the variables are independent, which leaves one or two integrals."""
    count, rho = 4, 0.4
    bounds, means = np.array([0.5, -0.2, 1.0, 0.3]), np.array([1.0, 0.0, 1.5, 0.2])
    found = all_above(bounds, means, alike(count, rho), degrees)
    chosen = np.polynomial.hermite_e.hermegauss(80)
    scales, weights = (np.ones(1), np.ones(1)) if degrees is None else _scale(degrees)
    heights = (means - bounds * scales[:, None])[:, None, :] + rho**0.5 * chosen[0][None, :, None]
    inner = norm.cdf(heights / (1 - rho) ** 0.5).prod(axis=2) @ chosen[1] / chosen[1].sum()
    assert 0 < found.error < 2e-5
    assert abs(found.value - float(weights @ inner)) < 5 * found.error


def _scale(degrees: float) -> tuple[Floats, Floats]:
    """Midpoints of 20,000 equal parts of the distribution of the scale."""
    share = (np.arange(20_000) + 0.5) / 20_000
    return chi.ppf(share, degrees) / degrees**0.5, np.full(20_000, 1 / 20_000)


def test_three_normal_variables_against_scipy() -> None:
    bounds = np.array([0.1, -0.5, 0.3])
    found = all_above(bounds, np.zeros(3), THREE)
    expected = multivariate_normal.cdf(-bounds, cov=THREE, abseps=1e-8, maxpts=10**6, rng=np.random.default_rng(1))
    assert abs(found.value - expected) < 5 * found.error + 1e-7


@pytest.mark.parametrize("bound", [0.0, 1.0, 2.0, 4.0, 8.0])
@pytest.mark.parametrize("count", [1, 2, 3, 6])
def test_the_largest_of_variables_alike(count: int, bound: float) -> None:
    """However small: relative to itself it is right."""
    rho = 0.5
    found = any_above(bound, alike(count, rho))

    def height(x: float) -> float:  # 1 - (1 - q)^count without losing a small q
        q = norm.sf((bound - rho**0.5 * x) / (1 - rho) ** 0.5)
        return float(norm.pdf(x) * -np.expm1(count * np.log1p(-q))) if q < 1 else float(norm.pdf(x))

    expected = quad(height, -10, 14, points=[bound], epsabs=0, epsrel=1e-10, limit=500)[0]
    # Two are exact to float64's own error, as a difference of probabilities of at most twice one's.
    assert abs(found.value - expected) < 5 * found.error + 1e-9 * expected + 1e-16
    assert found.error <= 1e-3 * expected
    assert norm.sf(bound) * (1 - 1e-12) <= found.value <= count * norm.sf(bound) * (1 + 1e-12)


@pytest.mark.parametrize("count", [1, 2, 3, 5])
@pytest.mark.parametrize("bound", [36.0, 38.0, 40.0, 1e300])
def test_bounds_beyond_what_float64_can_tell_from_never(count: int, bound: float) -> None:
    for rho in (0.0, 0.5, 1.0):
        for matrix in (alike(count, rho), pair(-1.0)):
            found = any_above(bound, matrix)
            assert norm.sf(bound) <= found.value <= len(matrix) * norm.sf(bound) * (1 + 1e-9)
            assert any_above(-bound, matrix).value == 1
    assert any_above(bound, alike(count, 0.5), 5.0).value >= upper_tail(bound, 5.0) > 0 or bound > 1e100


@pytest.mark.parametrize("degrees", [None, 6.0])
def test_the_largest_of_variables_that_are_one_or_independent(degrees: float | None) -> None:
    one = upper_tail(2.0, degrees)
    assert any_above(2.0, np.ones((3, 3)), degrees).value == pytest.approx(one, rel=1e-12)
    assert any_above(2.0, np.ones((2, 2)), degrees).value == pytest.approx(one, rel=1e-12)
    apart = any_above(2.0, np.eye(3), degrees)
    if degrees is None:
        assert abs(apart.value - (1 - (1 - one) ** 3)) < 5 * apart.error
    else:  # independent parts over one scale are not independent
        scales, weights = _scale(degrees)
        expected = float(weights @ (1 - norm.cdf(2.0 * scales) ** 3))
        assert abs(apart.value - expected) < 5 * apart.error


@pytest.mark.parametrize("degrees", [None, 9.0])
@pytest.mark.parametrize("matrix", [np.eye(1), pair(0.3), pair(1.0), THREE], ids=["one", "two", "same", "three"])
def test_critical_values_are_exceeded_with_their_level(matrix: Floats, degrees: float | None) -> None:
    for alpha in (0.01, 0.2):
        bound = critical_value(alpha, matrix, degrees)
        assert any_above(bound, matrix, degrees).value == pytest.approx(alpha, rel=2e-3)  # steps of quasi-random points
        assert quantile(alpha, degrees) - 1e-12 <= bound <= quantile(alpha / len(matrix), degrees) + 1e-12


def test_critical_value_of_two_independent_ones() -> None:
    """1 - (1 - q)^2 = alpha."""
    assert critical_value(0.05, np.eye(2)) == pytest.approx(norm.isf(1 - 0.95**0.5), abs=1e-11)


def test_adjusted_p_by_hand() -> None:
    t_values = np.array([1.0, 3.0, 2.0])
    p = norm.sf(t_values)
    found = adjusted_p(t_values, np.eye(3), None, "holm")
    assert found == pytest.approx([max(p[0], 2 * p[2], 3 * p[1]), 3 * p[1], max(2 * p[2], 3 * p[1])], rel=1e-12)
    two = adjusted_p(t_values[:2], np.eye(2), None, "sup-t")
    assert two == pytest.approx([p[0], 1 - (1 - p[1]) ** 2], rel=1e-9)
    assert adjusted_p(np.array([-3.0, -3.0]), np.eye(2), None, "holm").tolist() == [1.0, 1.0]


def test_sup_t_is_never_larger_than_holm_and_never_smaller_than_the_p_itself() -> None:
    rng = np.random.default_rng(7)
    for _ in range(10):
        root = rng.normal(size=(3, 2))
        matrix = root @ root.T + np.diag(rng.uniform(0, 1, 3))
        scale = np.sqrt(np.diag(matrix))
        t_values = rng.normal(1, 1.5, 3)
        one, other = (adjusted_p(t_values, matrix / np.outer(scale, scale), 8.0, rule) for rule in ("sup-t", "holm"))
        assert (one <= other * (1 + 1e-12)).all()
        assert (one >= t.sf(t_values, 8.0) * (1 - 1e-12)).all()
        assert (np.diff(one[np.argsort(-t_values)]) >= 0).all()
