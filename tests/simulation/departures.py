"""How often gains are found at a bound on departures from parallel trends, on clean panels and on diverging ones.

``python -m tests.simulation.departures N`` prints the tables of ADR 0031, N panels a row. Counties are treated at one
date; effects, their covariance and degrees of freedom are those of `evaluate` on such a panel, which a test holds.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import t_quantile
from pilotzone.evaluation.many.trends.breakdown import ParallelStudy
from pilotzone.evaluation.many.trends.violations import EventStudy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SEED = 20231
ALPHA = 0.05
BOUNDS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
TREATED, CONTROLS = 100, 200
DETECTABLE = 2.49
"""Standard errors: found with 80 per cent power by a one-sided test of 5 per cent."""
SHAPES = ((3, 3), (5, 6), (9, 10))
NOISES = ("independent", "autoregressive", "random walk")


@dataclass(frozen=True)
class Setting:
    """A panel with one date.

    Attributes
    ----------
    moves, after
        Moves before the reference, one fewer than periods; periods from treatment on.
    noise
        How counties' deviations go on from year to year.
    """

    moves: int
    after: int
    noise: str


SETTINGS = tuple(Setting(moves, after, noise) for moves, after in SHAPES for noise in NOISES)


@dataclass(frozen=True, eq=False)
class Study:
    """What is estimated from one panel: as relative magnitudes take it, and as smoothness does."""

    parallel: ParallelStudy
    events: EventStudy


def noise_of(setting: Setting, count: int, rng: np.random.Generator) -> Floats:
    """Return deviations of counties, shape (count, periods)."""
    periods = setting.moves + 1 + setting.after
    drawn = rng.standard_normal((count, periods))
    if setting.noise == "independent":
        return drawn
    if setting.noise == "random walk":
        return np.cumsum(drawn, axis=1)
    carried, share = drawn.copy(), 0.7
    for t in range(1, periods):
        carried[:, t] = share * carried[:, t - 1] + np.sqrt(1 - share**2) * drawn[:, t]
    return carried


def study_of(setting: Setting, values: Floats) -> Study:
    """Return the effect in one number and the moves before it, of a panel whose first counties are treated."""
    P = setting.moves
    changes = np.delete(values - values[:, [P]], P, axis=1)  # against the reference, the last period before treatment
    groups = changes[:TREATED], changes[TREATED:]
    estimate = groups[0].mean(axis=0) - groups[1].mean(axis=0)
    parts = [np.cov(group, rowvar=False) / len(group) for group in groups]
    weights = np.repeat(1 / setting.after, setting.after)
    events = EventStudy(estimate, parts[0] + parts[1], P, weights)
    turn = np.vstack([events.target, events.steps])
    shares = [np.diagonal(part) for part in parts]
    tested = [events.target @ part @ events.target for part in parts]
    each = [np.append(tested[k], shares[k][:P]) for k in range(2)]
    degrees = (each[0] + each[1]) ** 2 / (each[0] ** 2 / (TREATED - 1) + each[1] ** 2 / (CONTROLS - 1))
    parallel = ParallelStudy(turn @ estimate, turn @ events.covariance @ turn.T, events.reach, float(degrees.min()))
    return Study(parallel, events)


def true_se(setting: Setting) -> float:
    """Return the standard error of the effect, from the noise's own covariance."""
    basis = noise_of(setting, 1, _Unit(setting))
    weights = np.zeros(setting.moves + 1 + setting.after)
    weights[setting.moves] = -1.0
    weights[setting.moves + 1 :] = 1 / setting.after
    return float(np.linalg.norm(basis @ weights) * np.sqrt(1 / TREATED + 1 / CONTROLS))


class _Unit(np.random.Generator):
    """In place of draws the unit matrix: what comes out are the loads of deviations on each draw."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(np.random.PCG64(0))
        self.periods = setting.moves + 1 + setting.after

    def standard_normal(self, *_args: object, **_options: object) -> Floats:  # type: ignore[override]
        return np.eye(self.periods)


def path_of(setting: Setting, begins: int, height: float) -> Floats:
    """Return a straight divergence that begins some periods before the reference and has a mean in the window."""
    periods = setting.moves + 1 + setting.after
    line = np.maximum(np.arange(periods) - (setting.moves - begins), 0.0)
    line -= line[setting.moves]
    scale = height / float(line[setting.moves + 1 :].mean())
    found: Floats = scale * line
    return found


def moved(study: Study, setting: Setting, added: Floats) -> Study:
    """Return the study of the same panel with something added to the treated in each period, shape (periods,)."""
    events, parallel = study.events, study.parallel
    changes = np.delete(added - added[setting.moves], setting.moves)
    turn = np.vstack([events.target, events.steps])
    return Study(
        replace(parallel, estimate=parallel.estimate + turn @ changes),
        replace(events, estimate=events.estimate + changes),
    )


def breakdowns(setting: Setting, added: dict[str, Floats], count: int, seed: int = SEED) -> dict[str, Floats]:
    """Return breakdowns of a gain over panels of one setting, by what is added, each of shape (count, 2).

    The second column is 1 where the gain is found while a straight line may go on (smoothness, M = 0), and 0 elsewhere.
    Panels are the same for all scenarios.
    """
    rng = np.random.default_rng([seed, SETTINGS.index(setting)])
    found = {name: np.zeros((count, 2)) for name in added}
    for k in range(count):
        study = study_of(setting, noise_of(setting, TREATED + CONTROLS, rng))
        for name, path in added.items():
            other = moved(study, setting, path)
            straight = straight_limit(other.events, other.parallel.degrees) > 0
            found[name][k] = other.parallel.breakdown(1, 0.0, ALPHA), straight
    return found


def straight_limit(study: EventStudy, degrees: float | None) -> float:
    """Return the one-sided bound of the effect where a straight line may go on: smoothness with M = 0.

    Of the sums of coefficients that a line leaves unbiased it is the one with the least variance: the lower end of
    `smooth_interval` at twice alpha.
    """
    P = study.before
    ahead = np.arange(1.0, len(study.weights) + 1)
    line = np.concatenate([np.arange(-P, 0.0), ahead])
    inner, outer = study.covariance[:P, :P], study.covariance[:P, P:] @ study.weights
    system = np.block([[inner, line[:P, None]], [line[None, :P], np.zeros((1, 1))]])
    weights = study.target.copy()
    weights[:P] = np.linalg.solve(system, np.append(-outer, -study.weights @ ahead))[:P]
    return float(weights @ study.estimate) - float(t_quantile(1 - ALPHA, degrees)) * study.se(weights)


def shares(found: Floats) -> list[float]:
    """Return how often a gain is found at each bound, at zero with parallel trends; with straight lines last."""
    values, straight = found.T
    return [*(float(((values > 0) & (values >= bound)).mean()) for bound in BOUNDS), float(straight.mean())]


def scenarios(setting: Setting) -> dict[str, Floats]:
    """Return what is added to the treated, by name."""
    one = DETECTABLE * true_se(setting)
    after: Floats = (np.arange(setting.moves + 1 + setting.after) > setting.moves).astype(np.float64)
    return {
        "no effect": 0.0 * after,
        "effect 1": one * after,
        "effect 2": 2 * one * after,
        "effect 3": 3 * one * after,
        "line to 1": path_of(setting, setting.moves, one),
        "line to 2": path_of(setting, setting.moves, 2 * one),
        "two before, to 1": path_of(setting, 2, one),
        "two before, to 2": path_of(setting, 2, 2 * one),
        "after, to 1": path_of(setting, 0, one),
    }


Found = list[dict[str, "Floats"]]


def simulated(count: int) -> Found:
    """Return breakdowns by scenario, for each setting."""
    return [breakdowns(setting, scenarios(setting), count) for setting in SETTINGS]


def table(found: Found) -> str:
    """Return shares found at each bound, by scenario: average, least and largest of the settings; smoothness last."""
    rows = ["| panel | " + " | ".join(f"M = {bound:g}" for bound in BOUNDS) + " | straight line may go on |"]
    rows.append("| --- |" + " ---: |" * (len(BOUNDS) + 1))
    for name in found[0]:
        cells = np.array([shares(item[name]) for item in found]) * 100
        told = [f"{c.mean():.1f} ({c.min():.1f} to {c.max():.1f})" for c in cells.T]
        rows.append(f"| {name} | " + " | ".join(told) + " |")
    return "\n".join(rows)


def table_by_setting(found: Found, bound: float) -> str:
    """Return shares found at one bound, by setting."""
    rows = ["| moves | after | noise | " + " | ".join(found[0]) + " |"]
    rows.append("| ---: | ---: | --- |" + " ---: |" * len(found[0]))
    at = BOUNDS.index(bound)
    for setting, item in zip(SETTINGS, found, strict=True):
        told = [f"{100 * shares(values)[at]:.1f}" for values in item.values()]
        rows.append(f"| {setting.moves} | {setting.after} | {setting.noise} | " + " | ".join(told) + " |")
    return "\n".join(rows)


if __name__ == "__main__":
    everything = simulated(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
    sys.stdout.write(f"{table(everything)}\n\nM = 0.25\n\n{table_by_setting(everything, 0.25)}\n")
