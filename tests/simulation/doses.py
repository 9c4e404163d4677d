"""Size and coverage of effects by dose, on both sides of the guard's thresholds.

``python -m tests.simulation.doses N`` prints a row for each case with N panels: in how many per cent intervals, bands
and tests miss the truth, at the level 0.05. The effect is a parabola of the dose, or a line where splines are lines;
trends are parallel under every dose. docs/explanation/doses.md has the table.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args
from unittest import mock

import numpy as np
from scipy import stats

from pilotzone.core import NEVER, Outcome
from pilotzone.evaluation.dose import DoseDesign
from pilotzone.evaluation.dose.guard import why_too_few
from pilotzone.evaluation.dose.pretrends import dose_pre_trends
from pilotzone.evaluation.dose.rows import sums_of
from pilotzone.evaluation.dose.spread import degrees_of, spread_of
from pilotzone.evaluation.dose.stage import fitted
from pilotzone.evaluation.dose.units import DoseUnits
from pilotzone.evaluation.many import sup_t

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["CASES", "HEAD", "Case", "Row", "row_of"]

Noise = Literal["normal", "rising with the dose", "heavy tails"]
"""Normal; the treated with a standard deviation that rises with the dose, from half to twice; t with three degrees."""
Doses = Literal["uniform", "skewed"]
"""Uniform from 0.5 to 4; or one and lognormal with standard deviation one, as sums of money are."""

SEED = 20201
_Y = Outcome("y", None, "up", None, "level")
ALPHA = 0.05
_RISE, _BEND = 0.4, -0.04
_DRAWS = 2_000
_PERIODS = (1, 2, 3, 4, 5)
NAMES = (
    "ATT(o)",
    "over mean dose",
    "ACRT(o)",
    "ATT at 10 %",
    "ATT at 50 %",
    "ATT at 90 %",
    "band of ATT",
    "band of ACRT",
    "placebo events",
    "placebo curve",
)


@dataclass(frozen=True)
class Case:
    """How many units are treated, by cohort, and compared with; degree of the splines; doses, noise and clusters."""

    treated: tuple[int, ...]
    never: int
    degree: int = 3
    doses: Doses = "uniform"
    noise: Noise = "normal"
    clusters: int = 0

    @property
    def given(self) -> bool:
        """Whether the guard lets all cohorts pass."""
        return not any(why_too_few(count, self.never, self.degree + 1) for count in self.treated)

    @property
    def design(self) -> DoseDesign:
        """How effects are estimated, at fixed doses."""
        ends = (0.85, 2.25, 3.65) if self.doses == "uniform" else (1 + 0.2776, 2.0, 1 + 3.602)
        return DoseDesign("strong_parallel_trends", degree=self.degree, grid=ends)

    def draw(self, rng: np.random.Generator) -> DoseUnits:
        """Draw a panel: half of the noise is carried over, and clusters share half of its variance."""
        starts = np.repeat([3, 4][: len(self.treated)], self.treated)
        cohorts = np.concatenate([starts, np.full(self.never, NEVER)])
        n, T = len(cohorts), len(_PERIODS)
        doses = rng.uniform(0.5, 4, n) if self.doses == "uniform" else 1 + np.exp(rng.standard_normal(n))
        doses[len(starts) :] = 0.0
        noise = rng.standard_t(3, (n, T)) if self.noise == "heavy tails" else rng.standard_normal((n, T))
        clusters = None
        if self.clusters:
            clusters = np.arange(n) % self.clusters
            noise = np.sqrt(0.5) * (noise + rng.standard_normal((self.clusters, T))[clusters])
        for t in range(1, T):
            noise[:, t] += 0.5 * noise[:, t - 1]
        if self.noise == "rising with the dose":
            noise *= np.where(doses > 0, 0.5 + 1.5 * np.minimum(doses, 4) / 4, 1.0)[:, None]
        effect = self.effect(doses)[:, None] * (np.array(_PERIODS) >= cohorts[:, None])
        return DoseUnits(_PERIODS, ("y",), cohorts, doses, noise + effect, clusters)

    @property
    def bend(self) -> float:
        """How the effect bends with the dose."""
        return _BEND if self.degree > 1 else 0.0

    def effect(self, dose: Floats) -> Floats:
        """Return the effect of doses."""
        return _RISE * dose + self.bend * dose**2

    @property
    def truth(self) -> tuple[float, float, float]:
        """Mean dose, mean effect and mean slope."""
        mean = 2.25 if self.doses == "uniform" else 1 + np.exp(0.5)
        square = 2.25**2 + 3.5**2 / 12 if self.doses == "uniform" else 1 + 2 * np.exp(0.5) + np.exp(2)
        return float(mean), float(_RISE * mean + self.bend * square), float(_RISE + 2 * self.bend * mean)


CASES = (
    Case((8,), 40),
    Case((9,), 40, degree=1),
    Case((6,), 40, degree=1),
    Case((12,), 40),
    Case((12,), 6),
    Case((24,), 40),
    Case((100,), 200),
    Case((12, 12), 40),
    Case((40, 40), 80),
    Case((12,), 40, doses="skewed"),
    Case((24,), 40, doses="skewed"),
    Case((24,), 40, degree=1, doses="skewed"),
    Case((100,), 200, doses="skewed"),
    Case((400,), 400, doses="skewed"),
    Case((12,), 40, noise="rising with the dose"),
    Case((24,), 40, noise="rising with the dose"),
    Case((24,), 40, noise="heavy tails"),
    Case((70,), 70, clusters=14),
    Case((70,), 70, clusters=30),
)


def misses(case: Case, units: DoseUnits) -> Floats:
    """Return which of the intervals, bands and tests of one panel miss the truth, shape (10,); NaN: none was given."""
    fit = fitted(units, case.design)[0]
    grid = np.array(case.design.grid)
    inner = np.clip(grid, units.doses[units.doses > 0].min(), units.doses.max())
    spread = spread_of(fit)
    sums = sums_of(fit, inner)
    covariance = sums.rows @ spread.covariance @ sums.rows.T
    se = np.sqrt(covariance.diagonal())
    degrees = degrees_of(fit, spread, sums.rows, sums.kinds)
    truths = _truths(case, sums.names)
    found = np.full(len(NAMES), np.nan)
    missed = np.abs(sums.estimate - truths) / se > stats.t.ppf(1 - ALPHA / 2, np.minimum(degrees, 1e6))
    for j, quantity in enumerate(("level", "per_dose", "slope")):
        found[j] = missed[_where(sums.names, quantity, curve=False)[0]]
    at = _where(sums.names, "level", curve=True)
    found[3:6] = missed[at]
    for j, quantity in ((6, "level"), (7, "slope")):
        some = _where(sums.names, quantity, curve=True)
        critical = sup_t(covariance[np.ix_(some, some)], degrees=float(degrees[some].min()), draws=_DRAWS)
        found[j] = (np.abs(sums.estimate - truths)[some] > critical * se[some]).any()
    (tests,) = dose_pre_trends(fit, spread, (_Y,))
    for j, test in ((8, tests.by_event), (9, tests.by_dose)):
        found[j] = np.nan if test.p is None else test.p < ALPHA
    return found


_Names = tuple[tuple[int, str, float | None, int | None], ...]


def _where(names: _Names, quantity: str, *, curve: bool) -> list[int]:
    """Return positions of a curve, or of the mean over all periods."""
    return [
        r for r, name in enumerate(names) if name[1] == quantity and name[3] is None and (name[2] is not None) == curve
    ]


def _truths(case: Case, names: _Names) -> Floats:
    """Return what effects are in truth, over all periods; events before and after are not asked for."""
    mean, effect, slope = case.truth
    means = {"level": effect, "per_dose": effect / mean, "slope": slope}
    found = []
    for _, quantity, dose, _ in names:
        if dose is None:
            found.append(means[quantity])
        elif quantity == "level":
            found.append(float(case.effect(np.array(dose))))
        else:
            found.append(_RISE + 2 * case.bend * dose)
    return np.array(found)


@dataclass(frozen=True, eq=False)
class Row:
    """A case, panels, and shares missed; NaN where nothing was given."""

    case: Case
    count: int
    shares: Floats

    def __str__(self) -> str:
        case = self.case
        treated = " + ".join(map(str, case.treated))
        noise = case.noise + (f", {case.clusters} clusters" if case.clusters else "")
        cells = " | ".join(f"{100 * share:.1f}" for share in self.shares)
        given = "yes" if case.given else "no"
        return f"| {treated} | {case.never} | {case.degree} | {case.doses} | {noise} | {given} | {cells} |"


HEAD = "| treated | never treated | degree | doses | noise | given | " + " | ".join(NAMES) + " |"


def row_of(case: Case, count: int, seed: int = SEED) -> Row:
    """Return the row of one case, whatever the guard says."""
    rng = np.random.default_rng([seed, *case.treated, case.never, case.degree, get_args(Doses).index(case.doses)])
    with (
        mock.patch("pilotzone.evaluation.dose.sides.why_too_few", return_value=""),
        mock.patch("pilotzone.evaluation.dose.spread.FEWEST_CLUSTERS", 1),
    ):
        found = np.array([misses(case, case.draw(rng)) for _ in range(count)])
    known = ~np.isnan(found)
    shares = np.where(known, found, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return Row(case, count, np.where(known.any(axis=0), shares, np.nan))


def rows(count: int) -> Iterator[Row]:
    """Yield all rows."""
    for case in CASES:
        yield row_of(case, count)


def main(count: int) -> None:
    """Print all rows."""
    print(f"{count} panels a row, seed {SEED}")  # noqa: T201 - a script that prints
    print(HEAD)  # noqa: T201 - a script that prints
    for row in rows(count):
        print(row, flush=True)  # noqa: T201 - a script that prints


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000)
