"""How often true nulls are rejected with few treated units, with the guard and without it.

``python -m tests.simulation.guard N`` prints a row for each case with N panels, and then the table of
docs/explanation/few-treated.md: the worst of all cases by units in the smallest group. Tests of many panels are made at
once, by the textbook's formulas; a test holds them to what the package prints of each. What the guard decides is asked
of the package.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from scipy import stats

from pilotzone.evaluation.many import (
    NEVER,
    StackedColumns,
    aggregate_effects,
    group_time_effects,
    moments_of,
    reliability,
)
from pilotzone.evaluation.many.variation.guard import refusals

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from pilotzone.evaluation.many import Reliability

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

Noise = Literal["normal", "treated noisier", "treated calmer", "heavy tails", "skewed"]
"""Normal; the treated with twice or half the standard deviation; t with three degrees; lognormal."""

SEED = 20165
ALPHA = 0.05
NORMAL = 1.959963984540054
PERIODS = tuple(range(1, 7))
LAYOUT = StackedColumns(("y",), (PERIODS,))
UNITS = (20, 30, 50, 100, 200)
_NUMBERS = 10_000_000
"""Drawn at a time."""


@dataclass(frozen=True)
class Case:
    """How many units there are, how many of each cohort are treated, and what noise is like."""

    units: int
    treated: tuple[int, ...]
    noise: Noise

    @property
    def cohorts(self) -> NDArray[np.int64]:
        """Cohort of each unit: the first ones are treated, from period 3 on, a cohort in each period."""
        found = np.full(self.units, NEVER)
        starts = np.repeat(np.arange(3, 3 + len(self.treated)), self.treated)
        found[: len(starts)] = starts
        return found

    @property
    def smallest(self) -> int:
        """Units of the smallest group, treated or never treated."""
        return min(*self.treated, self.units - sum(self.treated))


def cases() -> Iterator[Case]:
    """Yield the grid."""
    for units in UNITS:
        for noise in get_args(Noise):
            for size in (1, 2, 3, 4, 5, 6, 8, 10, units // 2):
                yield Case(units, (size,), noise)
            for cohorts in (3, 4):
                for size in (1, 2, 3, 4, 5, 6, 8):
                    if cohorts * size < units - 2:
                        yield Case(units, (size,) * cohorts, noise)


def draw(case: Case, count: int, rng: np.random.Generator) -> Floats:
    """Draw panels in which nothing happens, shape (count, units, 6): noise, half carried over."""
    shape = (count, case.units, len(PERIODS))
    match case.noise:
        case "heavy tails":
            found = rng.standard_t(3, shape)
        case "skewed":
            found = np.exp(rng.standard_normal(shape))
        case _:
            found = rng.standard_normal(shape)
    for t in range(1, len(PERIODS)):
        found[:, :, t] += 0.5 * found[:, :, t - 1]
    found[:, : sum(case.treated)] *= {"treated noisier": 2.0, "treated calmer": 0.5}.get(case.noise, 1.0)
    return found


def package(case: Case, panel: Floats) -> tuple[Floats, Floats, Reliability]:
    """Return three effects of one panel with their variances and what is known of these, as the package has them.

    They are one cell, the mean effect in the first period of treatment, and the overall effect by cohorts.
    """
    effects = group_time_effects(moments_of(LAYOUT.stack({"y": panel}), case.cohorts), LAYOUT)
    averages = aggregate_effects(effects, "group", "dynamic")
    first = next(c for c, cell in enumerate(effects.cells) if cell.event == 0)
    begin = next(k for k, row in enumerate(averages.rows) if row.kind == "dynamic" and row.at == 0)
    weights = np.vstack([np.eye(len(effects.cells))[first], averages.weights[[begin, 0]]])
    estimate = np.array([effects.estimate[first], *averages.estimate[[begin, 0]]])
    variance = np.array([effects.covariance[first, first], *averages.covariance.diagonal()[[begin, 0]]])
    return estimate, variance, reliability(effects.variation, weights, variance)


@cache
def given(units: int, treated: tuple[int, ...]) -> tuple[bool, ...]:
    """Return for which of the three effects the guard gives standard errors; that depends on counts alone."""
    case = Case(units, treated, "normal")
    known = package(case, draw(case, 1, np.random.default_rng(0))[0])[2]
    return tuple(not why for why in refusals(known))


def textbook(case: Case, panels: Floats) -> tuple[Floats, Floats]:
    """Return p of the three effects in all panels, shape (2, 3, count): by normal values, and by Satterthwaite's t.

    NaN where a group of one leaves no degrees of freedom.
    """
    starts = [2 + k for k in range(len(case.treated))]
    ends = [case.treated[0] * k for k in range(len(starts) + 1)]
    cell = _tests(
        [panels[:, : ends[1], 2] - panels[:, : ends[1], 1]], [panels[:, ends[-1] :, 2] - panels[:, ends[-1] :, 1]]
    )
    changes = [panels[:, :, g] - panels[:, :, g - 1] for g in starts]
    means = [panels[:, :, g:].mean(axis=2) - panels[:, :, g - 1] for g in starts]
    found = [cell]
    for several in (changes, means):
        own = [x[:, ends[k] : ends[k + 1]] for k, x in enumerate(several)]
        found.append(_tests(own, [x[:, ends[-1] :] for x in several]))
    return np.array([pair[0] for pair in found]), np.array([pair[1] for pair in found])


def _tests(own: list[Floats], others: list[Floats]) -> tuple[Floats, Floats]:
    """Return p of the mean over cohorts of their own changes less the others' changes at the same times."""
    K, size, rest = len(own), own[0].shape[1], others[0].shape[1]
    other = np.mean(others, axis=0)
    effects = np.array([x.mean(axis=1) - y.mean(axis=1) for x, y in zip(own, others, strict=True)])
    estimate = effects.mean(axis=0)
    # Cohorts' shares are as random as outcomes: what an effect differs by from the mean moves with its cohort's number.
    shares = ((effects - estimate) ** 2).sum(axis=0) / (size * K**2)
    parts = np.array([*(x.var(axis=1) / (size * K**2) for x in own), other.var(axis=1) / rest])
    counts = np.array([size] * K + [rest])[:, None]
    p_normal = 2 * stats.norm.sf(np.abs(estimate) / np.sqrt(parts.sum(axis=0) + shares))
    if counts.min() == 1:
        return p_normal, np.full_like(p_normal, np.nan)
    whole = parts * counts / (counts - 1)
    total = whole.sum(axis=0) + shares
    degrees = total**2 / (whole**2 / (counts - 1)).sum(axis=0)
    return p_normal, 2 * stats.t.sf(np.abs(estimate) / np.sqrt(total), degrees)


@dataclass(frozen=True, eq=False)
class Row:
    """One case: panels, shares rejected of three effects with normal and with t values, and what the guard gives."""

    case: Case
    count: int
    normal: Floats
    t: Floats
    given: tuple[bool, ...]

    def __str__(self) -> str:
        cells = " | ".join(
            f"{100 * n:.1f} | {100 * t:.1f} | {'yes' if yes else 'no'}"
            for n, t, yes in zip(self.normal, self.t, self.given, strict=True)
        )
        treated = " + ".join(map(str, self.case.treated))
        return f"| {self.case.units} | {treated} | {self.case.noise} | {cells} |"


def row_of(case: Case, count: int, seed: int = SEED) -> Row:
    """Return the row of one case."""
    rng = np.random.default_rng(seed)
    chunk = max(1, min(count, _NUMBERS // (case.units * len(PERIODS))))
    rejected = np.zeros((2, 3))
    for start in range(0, count, chunk):
        p = textbook(case, draw(case, min(chunk, count - start), rng))
        rejected += np.array([(one <= ALPHA).sum(axis=1) for one in p])
    return Row(case, count, rejected[0] / count, rejected[1] / count, given(case.units, case.treated))


def upper(share: float, count: int) -> float:
    """Return the upper end of a two-sided 95% interval for a share of so many panels."""
    return share + NORMAL * float(np.sqrt(share * (1 - share) / count))


def worst(rows: Sequence[Row]) -> Iterator[str]:
    """Yield lines by units in the smallest group and whether the guard gives standard errors: the worst of all.

    For each noise: rejected with normal values, with t values, and the upper Monte Carlo bound of the latter.
    """
    for smallest in sorted({row.case.smallest for row in rows}):
        for yes in (False, True):
            some = [row for row in rows if row.case.smallest == smallest and yes in row.given]
            if not some:
                continue
            cells = []
            for noise in get_args(Noise):
                own = [row for row in some if row.case.noise == noise]
                at = [np.array(row.given) == yes for row in own]
                normal = max(float(row.normal[mask].max()) for row, mask in zip(own, at, strict=True))
                t = max(float(row.t[mask].max()) for row, mask in zip(own, at, strict=True))
                cells.append(f"{100 * normal:.1f} | {100 * t:.1f} | {100 * upper(t, own[0].count):.1f}")
            yield f"| {smallest} | {'yes' if yes else 'no'} | {' | '.join(cells)} |"


def main(count: int) -> None:
    """Print the cases and the table."""
    print(f"{count} panels a row, seed {SEED}")  # noqa: T201 - a script that prints
    rows: list[Row] = []
    for case in cases():
        rows.append(row_of(case, count))
        print(rows[-1], flush=True)  # noqa: T201 - a script that prints
    for line in worst(rows):
        print(line)  # noqa: T201 - a script that prints


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
