"""Coverage of effects on indices, of effects on quantiles and of bands over groups.

``python -m tests.simulation.inclusion N`` prints the table with N draws a row; docs/explanation/inclusion.md shows it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import norm

from pilotzone.core import Outcome
from pilotzone.evaluation.inclusion import (
    changes_in_changes,
    convergence,
    effects_along,
    gap_effect,
    group_effects,
    index_effects,
    inequality,
    micro_data,
    share_effects,
    unit_effects,
)
from tests.simulation.panels import Process, make_panel

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from pilotzone.evaluation.inclusion import MicroData
    from pilotzone.evaluation.inclusion.spread import Spread

SEED, LEVEL = 20201, 0.95
INDICES = ["gini", "theil_t", "headcount", "poverty_gap"]
LINE, SPREAD, GAIN = 0.7, 0.5, 0.1
CLUSTERS, ROWS = 25, 40


def survey(rng: np.random.Generator, *, clusters: int = CLUSTERS, rows: int = ROWS) -> MicroData:
    """Return clustered lognormal incomes: the zone gains `GAIN` in logarithms, by which its poverty falls."""
    side = np.repeat([0, 1], clusters)
    place = rng.normal(0, 0.15, (2 * clusters, 2))
    own = np.repeat(np.arange(2 * clusters), 2 * rows)
    late = np.tile(np.repeat([0, 1], rows), 2 * clusters)
    zone = side[own] == 1
    logs = rng.normal(0, np.sqrt(SPREAD**2 - 0.15**2), len(own)) + place[own, late] + 0.05 * late - 0.2 * zone
    return micro_data(
        np.exp(logs + GAIN * zone * late),
        weights=rng.choice([1.0, 2.0], len(own)),
        clusters=own,
        zone=zone,
        periods=late,
    )


def truth(name: str) -> float:
    """Return the effect on an index in the population: lognormals in all four cells."""
    if name in {"gini", "theil_t"}:
        return 0.0

    def index(middle: float) -> float:
        z = (np.log(LINE) - middle) / SPREAD
        gap = norm.cdf(z) - np.exp(middle + SPREAD**2 / 2) * norm.cdf(z - SPREAD) / LINE
        return float(norm.cdf(z) if name == "headcount" else gap)

    return index(-0.05) - index(-0.2) - index(0.05) + index(0.0)


def covered(estimate: NDArray[np.float64], spread: Spread, true: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return whether pointwise intervals hold the truth, shape (K,)."""
    from pilotzone.evaluation.inclusion.spread import intervals

    ends = intervals(estimate, spread.se, spread.degrees, LEVEL)
    found: NDArray[np.bool_] = (ends[:, 0] <= true) & (true <= ends[:, 1])
    return found


def levels(rng: np.random.Generator) -> list[bool]:
    """Return whether intervals hold Gini and Theil T of a clustered sample."""
    data = survey(rng)
    own = data.zone
    assert own is not None
    clusters = None if data.clusters is None else data.clusters[own]
    part = micro_data(data.income[own], weights=data.weights[own], clusters=clusters)
    found = inequality(part, ["theil_l"])
    # Two periods with different middles are in it: mean log deviation within and between.
    middles = np.array([-0.2, -0.05])
    true = np.log(np.exp(middles + SPREAD**2 / 2).mean()) - middles.mean()
    held: list[bool] = covered(found.estimate, found.spread, np.array([true])).tolist()
    return held


def indices(rng: np.random.Generator) -> list[bool]:
    """Return whether intervals hold the effects on indices, and that on the gap to the nation."""
    data = survey(rng)
    found = index_effects(data, INDICES, start=1, line=LINE)
    held = covered(found.joint.estimate, found.spread, np.array([truth(name) for name in INDICES]))
    gap = convergence(data, start=1)
    means = np.exp(np.array([-0.05, 0.05]))  # zone and comparison since the start, but for a factor
    true = gap_effect(GAIN, share=0.5, ratio=float(means[0] / means.mean()))
    return [*held.tolist(), *covered(gap.joint.estimate, gap.spread, np.array([true])).tolist()]


def quantiles(rng: np.random.Generator) -> list[bool]:
    """Return whether analytic intervals, the band and bootstrap intervals hold effects on quartiles."""
    shares = np.array([0.25, 0.5, 0.75])
    data = survey(rng)
    without = np.exp(-0.15 + SPREAD * norm.ppf(shares))
    true = without * np.expm1(GAIN)
    held: list[bool] = []
    found = changes_in_changes(data, start=1, quantiles=shares, errors="analytic")
    inside = abs(found.effect[:-1] - true) <= found.critical * found.se[0, :-1]
    held += [*covered(found.effect, found.spread, np.append(true, np.nan))[:-1].tolist(), bool(inside.all())]
    found = changes_in_changes(data, start=1, quantiles=shares, draws=199)
    held += covered(found.effect, found.spread, np.append(true, np.nan))[:-1].tolist()
    return held


def groups(rng: np.random.Generator) -> list[bool]:
    """Return what is held in three groups and along a covariate: effects, and none before the start."""
    process = Process(units=100)
    x = rng.uniform(0, 1, process.units)
    paths = rng.normal(0, 1, (process.units, process.before + process.anticipation + process.after)).cumsum(axis=1)
    paths[:40, process.before + process.anticipation :] += (1 + x[:40])[:, None]
    panel = make_panel(process, {"gain": paths})
    starts = dict.fromkeys(panel.units[:40], process.start)
    own = unit_effects(panel, [Outcome("gain", None, "up", None, "level")], starts)
    names = [f"{int(value * 3)}" for value in x]
    found = group_effects(own, names)
    true = np.array([1 + x[:40][[name == group for name in names[:40]]].mean() for group in found.groups])
    inside = abs(found.joint.estimate - true) <= found.critical * found.spread.se
    along = effects_along(own, x, "gain", points=np.linspace(0.1, 0.9, 9))
    band = abs(along.estimate - 1 - along.points) <= along.critical * along.se
    return [bool(inside.all()), bool(band.all()), found.before["gain"][2] >= 1 - LEVEL, along.excluded_before == 0]


BEFORE, SINCE, ALLOWED = 4, 2, 0.5
"""Periods before the start and since, and the bound on departures that a finding of `courses` allows for."""


def courses(rng: np.random.Generator) -> list[bool]:
    """Return whether no earlier difference is found where there is none, and no gain where trends part by the bound.

    After the start the zone moves on by `ALLOWED` times its largest earlier move each period, and gains nothing.
    """
    count, rows = BEFORE + SINCE, 10
    cluster, period = (
        np.repeat(np.arange(2 * CLUSTERS), count * rows),
        np.tile(np.repeat(range(count), rows), 2 * CLUSTERS),
    )
    zone = cluster < CLUSTERS
    noise = rng.normal(0, 0.05, (2 * CLUSTERS, count))[cluster, period] + rng.normal(0, 0.3, len(cluster)) - 0.2 * zone
    held: list[bool] = []
    for move in (0.0, 0.06):
        along = np.cumsum([0.0, 0.0, move, 0.0, *[ALLOWED * move] * SINCE])
        data = micro_data(
            np.exp(noise + along[period] * zone), weights="equal", clusters=cluster, zone=zone, periods=period
        )
        found = convergence(data, start=BEFORE)
        index = index_effects(data, ["mean"], start=BEFORE)
        for joint in (found.joint, index.joint):
            p = joint.identification[0].checks[1].value
            assert joint.covariance is not None
            assert joint.covariance.breakdown is not None
            multiple = joint.covariance.breakdown(0, 1, 0.0, 1 - LEVEL)
            held.append(p is not None and p >= 1 - LEVEL if move == 0 else multiple <= ALLOWED)
    return held


def group_courses(rng: np.random.Generator) -> list[bool]:
    """Return the same of effects by group, of 40 treated units and 60 controls in two groups and two cohorts."""
    process = Process(units=100, before=BEFORE + 1, anticipation=0, after=SINCE)
    count = process.periods
    held: list[bool] = []
    for move in (0.0, 0.6):
        paths = rng.normal(0, 0.5, (100, count)) + rng.normal(0, 2, (100, 1))
        starts = np.where(np.arange(40) % 2, BEFORE, BEFORE + 1)
        for k, start in enumerate(starts.tolist()):
            steps = np.zeros(count)
            steps[start - 2] = move
            steps[start:] = ALLOWED * move
            paths[k] += steps.cumsum()
        panel = make_panel(process, {"gain": paths})
        dated = {panel.units[k]: panel.periods[start] for k, start in enumerate(starts.tolist())}
        own = unit_effects(panel, [Outcome("gain", "development", "up", 1.0, "level")], dated)
        found = group_effects(own, [str(k // 2 % 2) for k in range(100)])
        covariance = found.joint.covariance
        assert covariance is not None
        assert covariance.breakdown is not None
        if move == 0:
            tests = [item.checks[1].value for item in found.joint.identification]
            held.append(tests[0] is not None and tests[0] >= 1 - LEVEL)
        else:
            held.append(covariance.breakdown(0, 1, 0.0, 1 - LEVEL) <= ALLOWED)
    return held


def between(rng: np.random.Generator) -> list[bool]:
    """Return whether intervals hold the effect on Gini and Theil T between regions, of 25 and of 10 on a side.

    Means of regions are lognormal; since the start those of the zone lie closer together.
    """
    held: list[bool] = []
    wide, near, noise = 0.35, 0.8, 0.1
    for count in (25, 10):
        region, late = np.repeat(np.arange(2 * count), 2), np.tile([0, 1], 2 * count)
        zone = region < count
        place = rng.normal(0, wide, 2 * count)[region]
        logs = place * np.where(zone & (late == 1), near, 1.0) + rng.normal(0, noise, len(region)) + 0.1 * late
        people = rng.lognormal(0, 0.3, 2 * count)[region]
        data = micro_data(np.exp(logs), weights=people, clusters=region, zone=zone, periods=late)
        found = index_effects(data, ["gini", "theil_t"], start=1, errors="jackknife")
        before, since = (np.sqrt((part * wide) ** 2 + noise**2) for part in (1.0, near))
        gini = 2 * (norm.cdf(since / np.sqrt(2)) - norm.cdf(before / np.sqrt(2)))
        true = np.array([gini, (since**2 - before**2) / 2])
        held += covered(found.joint.estimate, found.spread, true).tolist()
    return held


FIFTHS = np.arange(1, 5) / 5


def between_parts(rng: np.random.Generator) -> list[bool]:
    """Return whether intervals hold the effect on Gini and Theil T between fifths, of 12 and of 6 regions on a side.

    Incomes of each region are lognormal, with a spread of their own that falls by 0.05 in the zone.
    """
    held: list[bool] = []
    for count in (12, 6):
        region, late = np.repeat(np.arange(2 * count), 2), np.tile([0, 1], 2 * count)
        zone = region < count
        own, moved = rng.normal(0.6, 0.06, 2 * count)[region], rng.normal(0, 0.02, len(region))
        shares = fifths(own + moved - 0.05 * (zone & (late == 1)))
        found = share_effects(
            shares.ravel(),
            ["gini", "theil_t"],
            regions=np.repeat(region, 5),
            periods=np.repeat(late, 5),
            zone=np.repeat(zone, 5),
            start=1,
        )
        held += covered(found.joint.estimate, found.spread, true_of_fifths(0.06, 0.02, 0.05)).tolist()
    return held


def fifths(spread: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return shares of income of fifths where incomes are lognormal, shape (n, 5)."""
    curve = norm.cdf(norm.ppf(FIFTHS) - spread[:, None])
    found: NDArray[np.float64] = np.diff(curve, axis=1, prepend=0.0, append=1.0)
    return found


def true_of_fifths(place: float, noise: float, less: float) -> NDArray[np.float64]:
    """Return the effect on the mean Gini and Theil T between fifths, by quadrature over the spreads of regions."""
    at, weight = np.polynomial.hermite_e.hermegauss(41)
    ends = []
    for middle in (0.6, 0.6 - less):
        shares = fifths(middle + np.hypot(place, noise) * at)
        gini = 1 - (0.2 * (2 * shares.cumsum(axis=1) - shares)).sum(axis=1)
        theil = (shares * np.log(5 * shares)).sum(axis=1)
        ends.append(np.array([weight @ gini, weight @ theil]) / weight.sum())
    found: NDArray[np.float64] = ends[1] - ends[0]
    return found


ROWS_OF: dict[str, tuple[Callable[[np.random.Generator], list[bool]], tuple[str, ...]]] = {
    "levels": (levels, ("Theil L of one sample",)),
    "indices": (indices, (*(f"effect on {name}" for name in INDICES), "effect on the log gap")),
    "between": (
        between,
        tuple(
            f"effect on {name} between {count} regions on a side" for count in (25, 10) for name in ("gini", "theil_t")
        ),
    ),
    "between parts": (
        between_parts,
        tuple(
            f"effect on {name} between fifths, {count} regions on a side"
            for count in (12, 6)
            for name in ("gini", "theil_t")
        ),
    ),
    "courses": (
        courses,
        (
            "no difference before the start, gap",
            "no difference before the start, mean",
            "no gain at the bound on departures, gap",
            "no gain at the bound on departures, mean",
        ),
    ),
    "group courses": (
        group_courses,
        ("no difference before the start, one of two groups", "no gain at the bound on departures, one of two groups"),
    ),
    "quantiles": (
        quantiles,
        (
            *(f"quantile {share}, analytic" for share in (0.25, 0.5, 0.75)),
            "band over quartiles, analytic",
            *(f"quantile {share}, bootstrap" for share in (0.25, 0.5, 0.75)),
        ),
    ),
    "groups": (
        groups,
        ("three groups together", "band along a covariate", "three groups before the start", "band before the start"),
    ),
}


def simulate(part: str, count: int, *, seed: int = SEED) -> NDArray[np.float64]:
    """Return the share of draws in which the truth is held, a value for each row of a part."""
    rng = np.random.default_rng(seed)
    found: NDArray[np.float64] = np.mean([ROWS_OF[part][0](rng) for _ in range(count)], axis=0)
    return found


def main(count: int) -> None:
    """Print coverage in percent, with its Monte Carlo standard error at the nominal level."""
    error = 100 * np.sqrt(LEVEL * (1 - LEVEL) / count)
    print(f"{count} draws a row, seed {SEED}, Monte Carlo standard error {error:.2f}")  # noqa: T201 - a script
    for part, (_, names) in ROWS_OF.items():
        for name, share in zip(names, simulate(part, count), strict=True):
            print(f"| {name} | {100 * share:.1f} |", flush=True)  # noqa: T201 - a script that prints


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
