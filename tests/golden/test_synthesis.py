"""Pooled effects and moderators against metafor's published output on the BCG trials (see data/bcg.md).

Published are four digits: the README of wviechtb/metafor prints ``rma(yi, vi, data=dat, test="knha")``, by restricted
maximum likelihood, and the same with absolute latitude as a moderator; -0.7150 with a standard error of 0.1809 is the
mean by Paule and Mandel with Hartung and Knapp. Two outcomes: Berkey and others' five trials (data/berkey.md), against
a dense restricted likelihood that is maximised by another method from another start.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.optimize import minimize

from pilotzone.core import Outcome
from pilotzone.transfer import (
    Described,
    Moderator,
    ZoneEffect,
    ZoneEffects,
    pool_effects,
    pool_jointly,
    predict_candidates,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DATA = Path(__file__).parent / "data"
DIGITS = 5e-5
"""Half of the last digit that is published."""


def rows_of(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def bcg() -> tuple[ZoneEffects, Described]:
    rows = rows_of("bcg.csv")
    a, b, c, d, latitude = (
        np.array([float(row[key]) for row in rows]) for key in ("tpos", "tneg", "cpos", "cneg", "ablat")
    )
    estimate = np.log(a / (a + b)) - np.log(c / (c + d))
    variance = 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)
    outcome = Outcome("log_risk", None, "down", None, "log")
    names = [f"{row['trial']} {row['author']} {row['year']}" for row in rows]
    effects = tuple(
        ZoneEffect(name, "BCG vaccine", outcome, "whole trial", float(y), float(v) ** 0.5)
        for name, y, v in zip(names, estimate, variance, strict=True)
    )
    degrees = (Moderator("absolute latitude", "degrees", "Colditz and others 1994"),)
    return ZoneEffects(effects), Described(tuple(names), degrees, latitude[:, None])


def test_restricted_maximum_likelihood_is_metafors() -> None:
    (found,) = pool_effects(bcg()[0]).pooled
    assert found.estimate == pytest.approx(-0.7145, abs=DIGITS)
    assert found.plain_se == pytest.approx(0.1798, abs=DIGITS)
    assert found.se == pytest.approx(0.1808, abs=DIGITS)
    assert found.estimate / found.se == pytest.approx(-3.9522, abs=DIGITS)
    assert found.interval == pytest.approx((-1.1084, -0.3206), abs=DIGITS)
    assert found.tau2 == pytest.approx(0.3132, abs=DIGITS)
    assert found.i2 == pytest.approx(0.9222, abs=DIGITS)
    assert found.q == pytest.approx(152.2330, abs=DIGITS)


def test_paule_and_mandel_with_hartung_and_knapp() -> None:
    (found,) = pool_effects(bcg()[0], method="PM").pooled
    assert found.estimate == pytest.approx(-0.7150, abs=DIGITS)
    assert found.se == pytest.approx(0.1809, abs=DIGITS)
    # At this tau squared Q equals its degrees of freedom, so that the factor is one.
    assert found.se == pytest.approx(found.plain_se, rel=1e-12)


def test_the_moderator_is_metafors() -> None:
    effects, zones = bcg()
    candidate = Described(("a region",), zones.moderators, np.array([[30.0]]))
    found = predict_candidates(effects, zones, candidate)
    slope, se = float(found.fit.coefficients[1]), float(found.fit.covariance[1, 1] ** 0.5)
    assert slope == pytest.approx(-0.0291, abs=DIGITS)
    assert se == pytest.approx(0.0082, abs=DIGITS)
    # metafor ends its search for tau squared at 1e-5: that shows in the last digit of the ratio and of tau squared,
    # whose maximum is 0.076348 (held by dense algebra in tests/unit/transfer).
    assert slope / se == pytest.approx(-3.5483, abs=2 * DIGITS)
    assert float(found.fit.coefficients[0]) - slope * float(zones.values.mean()) == pytest.approx(0.2515, abs=DIGITS)
    assert found.fit.tau2 == pytest.approx(0.0764, abs=2 * DIGITS)
    assert found.fit.contrasts.q(0.0) == pytest.approx(30.7331, abs=DIGITS)


@cache
def berkey() -> ZoneEffects:
    rows = rows_of("berkey.csv")
    outcomes = {name: Outcome(name, None, "up", None, "level", unit="mm") for name in ("PD", "AL")}
    matrix = np.zeros((10, 10))
    for k, row in enumerate(rows):
        matrix[k, k // 2 * 2 : k // 2 * 2 + 2] = float(row["v1i"]), float(row["v2i"])
    effects = tuple(
        ZoneEffect(row["author"], "surgery", outcomes[row["outcome"]], "1 year", float(row["yi"]), matrix[k, k] ** 0.5)
        for k, row in enumerate(rows)
    )
    return ZoneEffects(effects, matrix)


def dense_deviance(sigma: Floats, effects: ZoneEffects) -> tuple[float, Floats, Floats]:
    """Return -2 log restricted likelihood by its textbook form, the means and their covariance."""
    design = np.tile(np.eye(2), (5, 1))
    total = effects.matrix + np.kron(np.eye(5), sigma)
    inverse = np.linalg.inv(total)
    covariance: Floats = np.asarray(np.linalg.inv(design.T @ inverse @ design), dtype=np.float64)
    mean: Floats = np.asarray(covariance @ design.T @ inverse @ effects.estimate)
    left = effects.estimate - design @ mean
    value = np.linalg.slogdet(total)[1] - np.linalg.slogdet(covariance)[1] + left @ inverse @ left
    return float(value), mean, covariance


def test_two_outcomes_by_a_dense_likelihood() -> None:
    effects = berkey()
    found = pool_jointly(effects, between="unstructured")

    def deviance(at: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
        first, second, turn = np.exp(at[0]), np.exp(at[1]), np.tanh(at[2])
        cross = turn * first * second
        return dense_deviance(np.array([[first**2, cross], [cross, second**2]]), effects)[0]

    options = {"xatol": 1e-10, "fatol": 1e-13, "maxiter": 10_000, "maxfev": 10_000}
    best = minimize(deviance, [-2.0, -2.0, 0.1], method="Nelder-Mead", options=options)  # type: ignore[call-overload]
    value, mean, covariance = dense_deviance(found.between, effects)
    assert value == pytest.approx(float(best.fun), abs=1e-10)
    sd = np.exp(best.x[:2])
    assert found.between.diagonal() == pytest.approx(sd**2, rel=1e-5)
    correlation = found.between[0, 1] / np.sqrt(found.between[0, 0] * found.between[1, 1])
    assert correlation == pytest.approx(float(np.tanh(best.x[2])), rel=1e-5)
    assert found.estimate == pytest.approx(mean, rel=1e-12)
    assert found.covariance == pytest.approx(covariance * found.factor, rel=1e-10)


def test_outcomes_that_do_not_vary_together_are_pooled_one_by_one() -> None:
    """Without within-trial covariances and with a diagonal structure, the joint model is two separate ones."""
    effects = ZoneEffects(berkey().effects)
    found = pool_jointly(effects)
    alone = pool_effects(effects).pooled
    assert found.estimate == pytest.approx([item.estimate for item in alone], rel=1e-7)
    assert found.between.diagonal() == pytest.approx([item.tau2 for item in alone], rel=1e-6)
