"""Size of the joint test where it is largest, and what it takes to have power.

``python -m tests.simulation.size N`` prints both tables with N draws a row; docs/explanation/verdict.md shows them. The
claim's test is an intersection-union test: its size is largest with one outcome at its boundary (no gain, or harm of
exactly the margin) and the other so far inside that it is always rejected. The treated unit is drawn uniformly, and its
effect is put into the data: it is also a donor of the others.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Outcome, PlaceboDraws
from pilotzone.evaluation.few import FewDesign, estimate_few
from pilotzone.judgement import judge
from pilotzone.judgement.ranks import smallest_excluded_harm
from tests.simulation.panels import Process, make_panel, simulate_paths

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.core import Estimator, Role
    from pilotzone.evaluation.few import FewEffects
    from pilotzone.judgement import Verdict

    Floats = NDArray[np.float64]
    Paths = dict[str, Floats]

PROCESS = Process(units=20, factor=0.01)
"""With 20 units the levels 0.05 and 0.10 are attained exactly: a larger size cannot hide behind round numbers."""

ALPHAS = (0.05, 0.10)
GDP = Outcome("gdp", role="development", good="up", margin=5.0, scale="log")
CO2 = Outcome("co2", role="environment", good="down", margin=5.0, scale="log")
FAR = 1.0
SEED = 20161


@dataclass(frozen=True)
class Setting:
    """Which outcome is at its boundary, how the two outcomes move together, and the estimator."""

    boundary: Role
    correlation: float
    estimator: Estimator

    @property
    def effects(self) -> dict[str, float]:
        """The zone's true effects, in log points."""
        if self.boundary == "development":
            return {"gdp": 0.0, "co2": -FAR}
        return {"gdp": FAR, "co2": CO2.harm_boundary}


SETTINGS = (
    *(
        Setting(boundary, correlation, "sc_intercept")
        for boundary in ("development", "environment")
        for correlation in (0.0, 0.8, -0.8)
    ),
    Setting("development", 0.8, "sc"),
    Setting("environment", 0.8, "sc"),
    Setting("development", 0.8, "sc_shared"),
    Setting("environment", 0.8, "sc_shared"),
)


def untreated_paths(process: Process, correlation: float, rng: np.random.Generator) -> Paths:
    """Draw both outcomes without a zone; correlated in everything, since they share what makes them up."""
    first, second = simulate_paths(process, rng), simulate_paths(process, rng)
    return {"gdp": first, "co2": correlation * first + np.sqrt(1 - correlation**2) * second}


def estimated(process: Process, paths: Paths, treated: int, estimator: Estimator) -> FewEffects:
    """Estimate the effects on one unit."""
    design = FewDesign(
        f"U{treated:02d}",
        start=process.start,
        window=(process.start, process.start + process.after - 1),
        anticipation=process.anticipation,
        estimator=estimator,
    )
    return estimate_few(make_panel(process, paths), [GDP, CO2], design)


def verdict_on(setting: Setting, paths: Paths, treated: int) -> Verdict:
    """Give one unit its effects, estimate and judge."""
    after = slice(PROCESS.before + PROCESS.anticipation, None)
    moved = {name: path.copy() for name, path in paths.items()}
    for name, effect in setting.effects.items():
        moved[name][treated, after] += effect
    return judge(estimated(PROCESS, moved, treated, setting.estimator))


def claim_ps(setting: Setting, draws: int, seed: int = SEED) -> Floats:
    """Return the claim's p in each draw of a panel and of its treated unit, shape (draws,)."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(draws):
        paths = untreated_paths(PROCESS, setting.correlation, rng)
        found.append(verdict_on(setting, paths, int(rng.integers(PROCESS.units))).p_claim)
    return np.array(found)


def monte_carlo_error(share: float, draws: int) -> float:
    """Return the standard error of a share that is truly `share`."""
    return float(np.sqrt(share * (1 - share) / draws))


def needed_sizes(process: Process, rng: np.random.Generator, alpha: float = 0.05) -> Floats:
    """Return, for every unit of one panel, the gain that would be shown and the margin beyond which harm is excluded.

    Nothing has an effect in the panel. By symmetry the gain that it takes to stand out is found like the margin; with
    symmetric pools one estimate serves every unit as the treated one. Shape (units, 2).
    """
    few = estimated(process, untreated_paths(process, 0.0, rng), 0, "sc_intercept")
    sizes = np.empty((process.units, 2))
    for unit in range(process.units):
        slope = np.column_stack([fit.weights[:, unit] for fit in few.fits])
        slope[unit] = -1.0
        draws: PlaceboDraws = replace(few.joint.draws, treated=unit, slope=slope)
        for k, sign in enumerate((1, -1)):
            bound = smallest_excluded_harm(draws, k, "mean_gap", sign=sign, alpha=alpha)
            sizes[unit, k] = np.inf if bound is None else -sign * bound
    return sizes


def print_sizes(draws: int) -> None:
    """Print how often the claim is accepted although it is false."""
    print(f"{draws} draws, seed {SEED}, {PROCESS.units} units")  # noqa: T201 - a script that prints
    print("| at its boundary | correlation | estimator | rejected at 0.05 | at 0.10 |")  # noqa: T201 - a script that prints
    for setting in SETTINGS:
        found = claim_ps(setting, draws)
        shares = [float((found <= alpha).mean()) for alpha in ALPHAS]
        cells = " | ".join(
            f"{share:.4f} ({monte_carlo_error(alpha, draws):.4f})" for share, alpha in zip(shares, ALPHAS, strict=True)
        )
        print(f"| {setting.boundary} | {setting.correlation:g} | {setting.estimator} | {cells} |", flush=True)  # noqa: T201 - a script that prints


def print_power(panels: int) -> None:
    """Print the effects and margins with 80% power by number of donors."""
    print(f"80% power at 0.05, {panels} panels, every unit in turn, seed {SEED}")  # noqa: T201 - a script that prints
    for donors in (19, 20, 39, 59):
        rng = np.random.default_rng(SEED)
        process = replace(PROCESS, units=donors + 1)
        sizes = np.concatenate([needed_sizes(process, rng) for _ in range(panels)])
        both = np.quantile(sizes.max(axis=1), 0.8)
        gain, margin = np.quantile(sizes, 0.8, axis=0)
        print(f"| {donors} | {gain:.4f} | {margin:.4f} | {both:.4f} |", flush=True)  # noqa: T201 - a script that prints


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    print_sizes(count)
    print_power(max(1, count // 20))
