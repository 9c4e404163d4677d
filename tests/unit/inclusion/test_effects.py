"""Effects on indices and on the gap to the nation: algebra, derivatives by weights, and errors."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from pilotzone.core import MethodError, Outcome, UsageError
from pilotzone.evaluation.inclusion import MicroData, convergence, gap_effect, index_effects, inequality, micro_data
from pilotzone.judgement import judge

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

START = 2012


def survey(count: int = 600, seed: int = 1, *, clusters: bool = True, rest: bool = False) -> MicroData:
    rng = np.random.default_rng(seed)
    side = rng.integers(0, 3 if rest else 2, count)
    periods = rng.integers(2010, 2014, count)
    x = np.exp(rng.normal(-0.4 * (side == 1), 0.6, count) + 0.2 * (side == 1) * (periods >= START))
    return micro_data(
        x,
        weights=rng.uniform(0.5, 2, count),
        clusters=100 * side + rng.integers(0, 20, count) if clusters else None,
        zone=side == 1,
        comparison=side == 0,
        periods=periods,
    )


def by_rows(data: MicroData, statistic: Callable[[MicroData], Floats]) -> Floats:
    """Return the derivative of a statistic in the logarithm of each row's weight, by central differences."""
    step = 1e-5
    found = []
    for k in range(len(data.income)):
        up, down = data.weights.copy(), data.weights.copy()
        up[k] *= 1 + step
        down[k] *= 1 - step
        found.append((statistic(replace(data, weights=up)) - statistic(replace(data, weights=down))) / (2 * step))
    return np.array(found)


def clustered(contributions: Floats, data: MicroData) -> Floats:
    """Return the covariance of summed contributions over clusters, cluster by cluster and side by side."""
    total = np.zeros((contributions.shape[1],) * 2)
    sides = np.where(np.asarray(data.zone), 1, np.where(np.asarray(data.comparison), 0, 2))
    for side in np.unique(sides):
        names = np.unique(np.asarray(data.clusters)[sides == side])
        sums = np.array([contributions[data.clusters == name].sum(axis=0) for name in names])
        off = sums - sums.mean(axis=0)
        total += off.T @ off * len(names) / (len(names) - 1)
    return total


INDICES = ["gini", "theil_t", "headcount", "palma"]


def test_effect_is_the_difference_in_differences_of_means_over_periods() -> None:
    data = survey()
    found = index_effects(data, INDICES, start=START, line=0.7)
    cell = {}
    for zone in (True, False):
        for period in range(2010, 2014):
            rows = (data.zone == zone) & (data.periods == period)
            own = micro_data(data.income[rows], weights=data.weights[rows])
            cell[zone, period] = inequality(own, INDICES, line=0.7).estimate
    change = {z: (cell[z, 2012] + cell[z, 2013] - cell[z, 2010] - cell[z, 2011]) / 2 for z in (True, False)}
    assert found.joint.estimate == pytest.approx(change[True] - change[False], abs=1e-14)
    gap = cell[True, 2013] - cell[False, 2013] - cell[True, 2011] + cell[False, 2011]
    assert found.gaps[3] == pytest.approx(gap, abs=1e-14)
    assert (found.gaps[1] == 0).all()


def test_covariance_is_that_of_derivatives_in_weights_by_clusters() -> None:
    """All indices jointly: differences of the whole estimate, one row after another."""
    data = survey(120)

    def estimate(some: MicroData) -> Floats:
        return index_effects(some, INDICES, start=START, line=0.7).joint.estimate

    found = index_effects(data, INDICES, start=START, line=0.7)
    expected = clustered(by_rows(data, estimate), data)
    assert found.spread.matrix == pytest.approx(expected, rel=1e-6, abs=1e-12)
    assert found.joint.covariance is not None
    assert found.joint.covariance.matrix is found.spread.matrix
    sides = [len(np.unique(np.asarray(data.clusters)[rows])) for rows in (data.zone, data.comparison)]
    assert [found.joint.covariance.treated, found.joint.covariance.controls] == sides


def test_logarithm_of_an_index() -> None:
    data = survey()
    level = index_effects(data, "mean", start=START)
    log = index_effects(data, Outcome("mean", None, "up", None, "log"), start=START)
    (zone, beside) = level.levels[..., 0]
    change = (
        np.log(zone[2] * zone[3] / zone[0] / zone[1]) / 2 - np.log(beside[2] * beside[3] / beside[0] / beside[1]) / 2
    )
    assert log.joint.estimate[0] == pytest.approx(change, abs=1e-13)


def test_rows_are_drawn_by_side_and_period_without_clusters() -> None:
    data = survey(clusters=False)
    found = index_effects(data, "mean", start=START)
    variance = 0.0
    for zone in (True, False):
        for period in range(2010, 2014):
            rows = (data.zone == zone) & (data.periods == period)
            x, w = data.income[rows], data.weights[rows] / data.weights[rows].sum()
            part = w * (x - w @ x) / 2
            variance += len(x) / (len(x) - 1) * (part @ part)
    assert found.spread.se[0] == pytest.approx(np.sqrt(variance), rel=1e-12)


def test_effects_pass_to_a_verdict_with_roles() -> None:
    poor = Outcome("headcount", "inclusion", "down", 0.05, "level")
    gain = Outcome("log_mean", "development", "up", 0.05, "level")
    found = index_effects(survey(4000), [gain, poor], start=START, line=0.7)
    verdict = judge(found.joint)
    assert {item.name for item in found.joint.outcomes} == {"log_mean", "headcount"}
    assert verdict.label


def test_few_clusters_refuse_every_outcome() -> None:
    data = survey()
    few = replace(data, clusters=np.asarray(data.zone) * 100 + np.asarray(data.clusters) % 4)
    found = index_effects(few, "gini", start=START)
    assert "too few: 4 clusters" in found.joint.refusal("gini")
    assert found.summary().columns["se"] == (None,)
    assert np.isnan(found.gap_se).all()


# --------------------------------------------------------------------------------------------- convergence


def test_gap_effect_by_computing_the_nation_anew() -> None:
    for effect in (-0.3, 0.05, 0.4):
        zone, rest, share = 0.6, 1.2, 0.25
        nation = share * zone + (1 - share) * rest
        without = share * zone * np.exp(-effect) + (1 - share) * rest
        expected = np.log(zone / nation) - np.log(zone * np.exp(-effect) / without)
        assert gap_effect(effect, share=share, ratio=zone / nation) == pytest.approx(expected, abs=1e-14)


@pytest.mark.parametrize("rest", [True, False])
def test_convergence_and_its_standard_error(rest: bool) -> None:
    data = survey(100, rest=rest)

    def estimate(some: MicroData) -> Floats:
        return convergence(some, start=START).joint.estimate

    found = convergence(data, start=START)
    expected = clustered(by_rows(data, estimate), data)
    assert found.spread.matrix == pytest.approx(expected, rel=1e-6)
    late = np.asarray(data.periods) >= START
    zone = np.asarray(data.zone)
    means = {
        (a, b): np.average(data.income[rows & (late == b)], weights=data.weights[rows & (late == b)])
        for a, rows in (("z", zone), ("c", np.asarray(data.comparison)), ("n", zone | True))
        for b in (False, True)
    }
    effect = np.log(means["z", True] / means["z", False]) - np.log(means["c", True] / means["c", False])
    own = gap_effect(effect, share=found.share, ratio=means["z", True] / means["n", True])
    assert found.joint.estimate[0] == pytest.approx(own, abs=1e-14)
    assert found.after - found.without == pytest.approx(own, abs=1e-14)
    assert found.closed == pytest.approx(-own / found.without)


@pytest.mark.parametrize(
    ("change", "call", "error", "message"),
    [
        ({"zone": None}, "index", UsageError, "say no zone or no periods"),
        ({"start": 2010}, "index", MethodError, "the start 2010 has no period before it"),
        ({"start": 2020}, "converge", MethodError, "the start 2020 has no period since it"),
        ({"clusters": "one"}, "index", MethodError, "clusters lie in the zone and outside"),
        ({"lost": True}, "index", MethodError, "the zone has no rows in 2013"),
        ({"income": "zero"}, "converge", MethodError, "a positive mean, which has a logarithm"),
    ],
)
def test_errors(change: dict[str, Any], call: str, error: type[Exception], message: str) -> None:
    data = survey()
    start = change.pop("start", START)
    if change.pop("lost", False):
        data = replace(data, zone=np.asarray(data.zone) & (np.asarray(data.periods) < 2013))
    if change.get("clusters"):
        change["clusters"] = np.zeros(len(data.income), dtype=np.intp)
    if change.get("income"):
        change["income"] = np.zeros(len(data.income))
    estimate: Callable[..., object] = convergence if call == "converge" else partial(index_effects, indices="gini")
    with pytest.raises(error) as caught:
        estimate(replace(data, **change), start=start)
    assert message in str(caught.value)


def test_good_direction_is_that_of_the_index() -> None:
    with pytest.raises(UsageError, match="says that good is up"):
        index_effects(survey(), Outcome("gini", None, "up", None, "level"), start=START)
