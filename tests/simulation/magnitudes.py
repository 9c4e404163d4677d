"""How often honest intervals under relative magnitudes hold the effect, where it is hardest: at an end of the set.

``python -m tests.simulation.magnitudes N`` prints the table of docs/explanation/parallel-trends.md, N samples a row.
Coefficients are normal with a known covariance. Before the reference d moves by `step` in one period and by nothing in
the others; after it, it moves by all that is allowed, so that the effect, which is zero, lies at an end of the set.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pilotzone.evaluation.many.trends.magnitudes import within_magnitudes
from pilotzone.evaluation.many.trends.violations import EventStudy

SEED = 20168
ALPHA = 0.05


@dataclass(frozen=True)
class Setting:
    """Where d moves, and what is asked.

    Attributes
    ----------
    before, after
        Periods before and after the reference; the effect is that of the last one.
    size
        The factor M.
    step
        The largest move before the reference, in standard errors of a coefficient.
    shared
        Share of coefficients' variance that they have in common.
    even
        All moves before the reference are as large, to and fro.
    """

    before: int
    after: int
    size: float
    step: float
    shared: float = 0.5
    even: bool = False


class Covered(NamedTuple):
    """Share of intervals that hold the effect, and their mean length in standard errors of a coefficient."""

    share: float
    length: float


SETTINGS = (
    *(Setting(before, 1, size, step) for before in (1, 4) for size in (0.5, 2.0) for step in (0.0, 1.0, 3.0)),
    *(Setting(4, 1, size, 3.0, even=True) for size in (0.5, 2.0)),
    *(Setting(4, 1, size, 1.0, even=True) for size in (0.5, 2.0)),
    *(Setting(3, 3, 1.0, step, shared) for step in (1.0, 4.0) for shared in (0.0, 0.9)),
)


def study_of(setting: Setting) -> EventStudy:
    """Return the means of the coefficients, with their covariance: the effect at the end of the set."""
    moves = np.zeros(setting.before)
    moves[0] = setting.step
    if setting.even:
        moves = setting.step * np.where(np.arange(setting.before) % 2, -1.0, 1.0)
    # d is zero in the reference, the last period before treatment: what it was before adds up to its moves.
    earlier = -np.cumsum(moves[::-1])[::-1]
    later = setting.size * setting.step * np.arange(1, setting.after + 1)
    count = setting.before + setting.after
    covariance = np.full((count, count), setting.shared) + (1 - setting.shared) * np.eye(count)
    weights = np.zeros(setting.after)
    weights[-1] = 1.0
    return EventStudy(np.concatenate([earlier, later]), covariance, setting.before, weights)


def simulate(setting: Setting, count: int, seed: int = SEED) -> Covered:
    """Return coverage and length over samples of one setting."""
    rng = np.random.default_rng(seed)
    study = study_of(setting)
    inside, length = 0, 0.0
    for estimate in rng.multivariate_normal(study.estimate, study.covariance, count):
        sample = EventStudy(estimate, study.covariance, study.before, study.weights)
        low, high = within_magnitudes(sample, setting.size, ALPHA, None)
        inside += low <= 0.0 <= high
        length += high - low
    return Covered(inside / count, length / count)


def table(count: int) -> str:
    """Return the rows of all settings in Markdown."""
    rows = ["| before | after | M | largest move, SE | all moves alike | shared | coverage | length, SE |"]
    rows.append("| ---: | ---: | ---: | ---: | --- | ---: | ---: | ---: |")
    for item in SETTINGS:
        found = simulate(item, count)
        even = "yes" if item.even else "no"
        rows.append(
            f"| {item.before} | {item.after} | {item.size:g} | {item.step:g} | {even} | {item.shared:g} |"
            f" {found.share:.3f} | {found.length:.2f} |"
        )
    return "\n".join(rows)


if __name__ == "__main__":
    sys.stdout.write(table(int(sys.argv[1]) if len(sys.argv) > 1 else 5000) + "\n")
