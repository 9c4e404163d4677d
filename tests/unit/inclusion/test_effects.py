"""Effects on indices and on the gap to the nation: algebra, derivatives by weights, and errors."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pytest
from scipy import stats

from pilotzone.core import MethodError, Outcome, UsageError
from pilotzone.evaluation.inclusion import (
    Errors,
    MicroData,
    convergence,
    gap_effect,
    index_effects,
    inequality,
    micro_data,
)
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


@pytest.mark.parametrize("scale", ["level", "log"])
def test_a_jackknife_leaves_out_one_cluster_after_another(scale: str) -> None:
    """Of the whole effect, from data without the cluster: (G - 1) / G times squares about their mean, side by side."""
    data = survey(160, rest=True)
    items = [Outcome(name, None, "down", None, scale) for name in ("gini", "theil_t", "headcount")]  # type: ignore[arg-type]
    found = index_effects(data, items, start=START, line=0.7, errors="jackknife")
    total = np.zeros((3, 3))
    for side in (data.zone, data.comparison):
        names = np.unique(np.asarray(data.clusters)[np.asarray(side)])
        without = []
        for name in names:
            kept = data.clusters != name
            columns = {key: getattr(data, key)[kept] for key in ("income", "weights", "clusters", "zone", "comparison")}
            some = replace(data, **columns, periods=np.asarray(data.periods)[kept])
            without.append(index_effects(some, items, start=START, line=0.7).joint.estimate)
        off = np.array(without) - np.mean(without, axis=0)
        total += off.T @ off * (len(names) - 1) / len(names)
    assert found.joint.estimate == pytest.approx(
        index_effects(data, items, start=START, line=0.7).joint.estimate, abs=1e-15
    )
    assert found.spread.matrix == pytest.approx(total, rel=1e-9)
    assert found.joint.covariance is not None
    assert found.joint.covariance.method.startswith("delete-one jackknife")


def test_a_jackknife_of_a_mean_of_clusters_of_one_size_is_the_influence() -> None:
    own, periods = np.repeat(np.arange(16), 4), np.tile(np.arange(2010, 2014), 16)
    income = np.random.default_rng(4).lognormal(size=64)
    data = micro_data(income, weights="equal", clusters=own, zone=own < 7, periods=periods)
    one, other = (index_effects(data, "mean", start=START, errors=kind).spread.matrix for kind in get_args(Errors))
    assert one == pytest.approx(other, rel=1e-12)


def test_a_jackknife_says_what_it_needs() -> None:
    with pytest.raises(UsageError, match="start is '2012'"):
        index_effects(survey(), "gini", start="2012")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="no clusters to leave out"):
        index_effects(survey(clusters=False), "gini", start=START, errors="jackknife")
    poor = Outcome("headcount", None, "down", None, "log")
    own, periods = np.repeat(np.arange(12), 2), np.tile([2011, 2012], 12)
    income = np.where(own % 6 == 0, 0.5, 1.0)
    data = micro_data(income, weights="equal", clusters=own, zone=own < 6, periods=periods)
    with pytest.raises(MethodError, match="headcount is 0 in 2011 in the zone without one of its clusters"):
        index_effects(data, poor, start=START, line=0.7, errors="jackknife")


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
    log, share = paths(data)
    apart, gap = log["z"] - log["c"], log["z"] - log["n"]
    effects = [gap_effect(apart[t] - apart[:2].mean(), share=share[t], ratio=float(np.exp(gap[t]))) for t in (2, 3)]
    assert found.joint.estimate[0] == pytest.approx(np.mean(effects), abs=1e-14)
    assert (found.before, found.after) == pytest.approx((gap[:2].mean(), gap[2:].mean()), abs=1e-14)
    assert found.share == pytest.approx(np.mean(share[2:]))
    assert found.after - found.without == pytest.approx(np.mean(effects), abs=1e-14)
    assert found.closed == pytest.approx(-np.mean(effects) / found.without)
    table = {row["quantity"]: (row["value"], row["unit"]) for row in found.to_table().records()}
    value, unit = table["zone's mean before the start"]
    assert value == pytest.approx(100 * np.exp(gap[:2].mean()))
    assert unit == "% of the nation's mean"


def paths(data: MicroData) -> tuple[dict[str, Floats], Floats]:
    """Return log means of zone, comparison and nation by period, and the zone's share of people."""
    periods, zone, beside = (np.asarray(part) for part in (data.periods, data.zone, data.comparison))
    dates = np.unique(periods)
    log = {
        name: np.array([
            np.log(np.average(data.income[rows & (periods == t)], weights=data.weights[rows & (periods == t)]))
            for t in dates
        ])
        for name, rows in (("z", zone), ("c", beside), ("n", zone | True))
    }  # fmt: skip
    share = [data.weights[zone & (periods == t)].sum() / data.weights[periods == t].sum() for t in dates]
    return log, np.array(share)


def test_people_who_come_to_the_zone_are_not_an_effect() -> None:
    """Everybody's income grows alike, and the zone's people grow fast: later periods do not count more in the zone."""
    periods, zone = np.repeat(np.arange(2010, 2016), 20), np.tile(np.arange(20) < 10, 6)
    income = np.exp(0.1 * (periods - 2010)) * np.where(zone, 0.5, 1.0)
    weights = np.where(zone, 1.3 ** (periods - 2010), 1.0)
    data = micro_data(income, weights=weights, clusters=np.tile(np.arange(20), 6), zone=zone, periods=periods)
    found = convergence(data, start=2013)
    assert found.joint.estimate[0] == pytest.approx(0.0, abs=1e-14)
    assert found.course.estimate == pytest.approx(np.zeros(2), abs=1e-14)


# ------------------------------------------------------------------------------------- the course before the start


def vector(some: MicroData, kind: str) -> Floats:
    """Return the effect, the one against the base, two differences before it and two moves, by their definition."""
    if kind == "index":
        found = index_effects(some, "gini", start=2013)
        level = found.levels[0, :, 0] - found.levels[1, :, 0]
        whole, base = level[3] - level[:3].mean(), level[3] - level[2]
        return np.array([whole, base, *(level[:2] - level[2]), *np.diff(level[:3])])
    log, share = paths(some)
    apart, ratio = log["z"] - log["c"], np.exp(log["z"] - log["n"])

    def shift(t: int, less: float) -> float:
        return gap_effect(float(apart[t]) - less, share=float(share[t]), ratio=float(ratio[t]))

    pairs = [(3, apart[:3].mean()), (3, apart[2]), (0, apart[2]), (1, apart[2]), (1, apart[0]), (2, apart[1])]
    return np.array([shift(t, float(less)) for t, less in pairs])


@pytest.mark.parametrize("kind", ["gap", "index"])
def test_the_course_before_the_start_and_its_covariance(kind: str) -> None:
    data = survey(160)
    if kind == "gap":
        found = convergence(data, start=2013)
        joint = found.joint
    else:
        joint = index_effects(data, "gini", start=2013).joint
    assert joint.covariance is not None
    parts: Any = joint.covariance.breakdown
    (course,) = parts.parts
    own = vector(data, kind)
    matrix = clustered(by_rows(data, partial(vector, kind=kind)), data)
    assert joint.estimate[0] == pytest.approx(own[0], abs=1e-13)
    assert course.periods == (2010, 2011)
    assert course.against_base == pytest.approx(own[1], abs=1e-13)
    assert course.estimate == pytest.approx(own[2:4], abs=1e-13)
    assert course.se == pytest.approx(np.sqrt(matrix.diagonal()[2:4]), rel=1e-6)
    chosen = [1, 4, 5]
    assert course.study.covariance == pytest.approx(matrix[np.ix_(chosen, chosen)], rel=1e-5, abs=1e-12)
    degrees, early = course.study.degrees, matrix[2:4, 2:4]
    wald = own[2:4] @ np.linalg.solve(early, own[2:4])
    assert course.found.wald == pytest.approx(wald, rel=1e-5)
    expected = stats.f.sf(wald * (degrees - 1) / (2 * degrees), 2, degrees - 1)
    assert course.found.p == pytest.approx(expected, rel=1e-5)
    # The next period is one away and the mean since the start is that period: as far off as one move.
    assert course.study.reach == 1.0
    point, sign = float(stats.t.ppf(0.95, degrees)), 1 if own[1] > 0 else -1
    null = own[1] - sign * 3 * point * np.sqrt(matrix[1, 1])

    def holds(bound: float) -> bool:
        for j, turn in ((4, 1), (4, -1), (5, 1), (5, -1)):
            turned = np.zeros(6)
            turned[[1, j]] = 1.0, -bound * turn
            if not sign * (turned @ own - null) > point * np.sqrt(turned @ matrix @ turned):
                return False
        return True

    low, high = 0.0, 100.0
    for _ in range(60):
        low, high = ((low + high) / 2, high) if holds((low + high) / 2) else (low, (low + high) / 2)
    assert joint.covariance.breakdown is not None
    assert joint.covariance.breakdown(0, sign, null, 0.05) == pytest.approx(low, rel=1e-4)


def with_jump(jump: float, before: int = 4, joined: int = 1) -> MicroData:
    """Return 40 units, clustered by so many: a jump of the zone in 2018, and +20 % from the start, 2020, to 2021."""
    rng = np.random.default_rng(9)
    count = before + 2
    cluster, period = np.repeat(np.arange(40), count), np.tile(np.arange(2020 - before, 2022), 40)
    zone = cluster < 20
    log = (
        0.2 * zone * (period >= 2020) + jump * zone * (period >= 2018) + rng.normal(0, 0.02, len(cluster)) - 0.5 * zone
    )
    return micro_data(np.exp(log), weights="equal", clusters=cluster // joined, zone=zone, periods=period)


CLAIMED = Outcome("log_gap", "development", "up", 3.0, "log")


def test_a_gap_that_closed_before_enters_the_verdict() -> None:
    flat, steep = (convergence(with_jump(jump), start=2020, outcome=CLAIMED) for jump in (0.0, 0.8))
    same, moved = (judge(found.joint) for found in (flat, steep))
    assert (same.label, same.grade) == (moved.label, "with allowance")
    assert moved.grade == "without allowance"
    states = {check.name: check.state for check in flat.joint.identification_of("log_gap").checks}
    assert states == {"pre_trends": "passed", "no_pre_trend": "passed"}
    assert {check.state for check in steep.joint.identification_of("log_gap").checks} == {"failed"}
    assert moved.tests[0].identification == "failed"
    assert moved.tests[0].gain.multiple is not None
    assert same.tests[0].gain.multiple is not None
    # As estimated it would be the effect against 2019 over one and a half times the jump: errors make it less.
    known = steep.course.against_base / (1.5 * steep.course.departures.largest)
    assert 0.5 * known < moved.tests[0].gain.multiple < known < 0.25
    assert same.tests[0].gain.multiple > 2


def test_one_period_before_or_few_clusters_leave_the_checks_open() -> None:
    one = convergence(with_jump(0.0, before=1), start=2020, outcome=CLAIMED)
    (check,) = one.joint.identification_of("log_gap").checks
    assert (check.state, "only one period before" in check.statement) == ("cannot be assessed", True)
    assert judge(one.joint).grade == "without allowance"
    few = convergence(with_jump(0.0, joined=5), start=2020, outcome=CLAIMED)
    (check,) = few.joint.identification_of("log_gap").checks
    assert "too few: 4 clusters" in check.statement
    assert few.joint.covariance is not None
    assert "no standard error" in few.joint.covariance.departures["log_gap"].why
    long = convergence(with_jump(0.0, before=12, joined=4), start=2020)
    told = long.joint.identification_of("log_gap").checks[1]
    assert (told.state, "more periods before the start" in told.statement) == ("cannot be assessed", True)


def test_the_gap_is_a_logarithm_of_which_more_is_better() -> None:
    with pytest.raises(UsageError, match="scale 'log' and good 'up'"):
        convergence(survey(), start=START, outcome=Outcome("gap", None, "up", None, "level"))


@pytest.mark.parametrize(
    ("change", "call", "error", "message"),
    [
        ({"zone": None}, "index", UsageError, "say no zone or no periods"),
        ({"start": 2010}, "index", MethodError, "the start 2010 has no period before it"),
        ({"start": 2020}, "converge", MethodError, "the start 2020 has no period since it"),
        ({"clusters": "one"}, "index", MethodError, "clusters lie in the zone and outside"),
        ({"lost": True}, "index", MethodError, "the zone has no rows in 2013"),
        ({"income": "zero"}, "converge", MethodError, "a positive mean, with a logarithm"),
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
