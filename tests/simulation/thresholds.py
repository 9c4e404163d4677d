"""Set the thresholds of the identification checks: what clean panels show, and what diverging ones do.

Run with ``python -m tests.simulation.thresholds [DRAWS]``; ADR 0008 holds the figures and the choice made from them.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.core import Outcome
from pilotzone.evaluation.few import DEFAULT_THRESHOLDS, FewDesign, Thresholds, estimate_few
from tests.simulation.panels import Process, make_panel, simulate_paths

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.core import Estimator
    from pilotzone.evaluation.few import FewEffects

    Floats = NDArray[np.float64]

Onset = Literal["always", "lately"]

PROCESSES: dict[str, Process] = {
    "parallel": Process(),
    "parallel, persistent noise": Process(persistence=0.8),
    "factors": Process(factor=0.01),
    "strong factors": Process(factor=0.02),
    "factors, 18 years before": Process(before=18, factor=0.01),
    "factors, 41 units": Process(units=41, factor=0.01),
}
CHECKS = tuple(item.name for item in fields(Thresholds))
OPEN = Thresholds(**dict.fromkeys(CHECKS, 1e9))
LATE_PERIODS = 4
ALPHA = 0.05
POWER = 0.8
DIVERGENCES: tuple[tuple[float, Onset], ...] = ((1, "lately"), (2, "lately"), (1, "always"), (2, "always"))


@dataclass(frozen=True)
class Case:
    """One process, one estimator, and how many draws of each kind."""

    name: str
    estimator: Estimator
    draws: int


def divergence(process: Process, bias: float, onset: Onset) -> Floats:
    """Return a linear divergence that makes `bias` of mean gap in the window, seen from its onset.

    It begins with the first period, or with the last four fitted ones.
    """
    begin = 0 if onset == "always" else process.before - LATE_PERIODS - 1
    clock = np.maximum(0.0, np.arange(process.periods) - begin)
    path: Floats = bias * clock / clock[-process.after :].mean()
    return path


def effects_of(process: Process, estimator: Estimator, paths: Floats, margin: float) -> FewEffects:
    """Estimate the effect on unit U00 with a margin and no thresholds."""
    outcome = Outcome("y", role="environment", good="up", margin=margin, scale="level")
    window = (process.start, process.start + process.after - 1)
    design = FewDesign(
        "U00", start=process.start, window=window, anticipation=process.anticipation, estimator=estimator
    )
    return estimate_few(make_panel(process, {"y": paths}), [outcome], design, thresholds=OPEN)


def margin_of_power(process: Process, estimator: Estimator, *, draws: int, seed: int) -> float:
    """Return the margin beyond which harm is excluded with a power of 80% where there is no effect.

    Harm is excluded at a margin once the treated unit, shifted by it, is overtaken by few enough placebos: the
    smallest such margin is one order statistic of each draw, and the margin sought its 80% quantile over draws.
    """
    rng = np.random.default_rng(seed)
    allowed = int(ALPHA * process.units)
    needed = []
    for _ in range(draws):
        placebos = effects_of(process, estimator, simulate_paths(process, rng), margin=1.0).joint.draws
        gaps, slopes = np.delete(placebos.mean_gap[:, 0], 0), np.delete(placebos.slope[:, 0], 0)
        overtaken = (gaps - placebos.mean_gap[0, 0]) / (1.0 + slopes)
        needed.append(np.sort(overtaken)[::-1][allowed - 1])
    return float(np.quantile(needed, POWER))


def check_values(case: Case, margin: float, *, seed: int, bias: float = 0.0, onset: Onset = "always") -> Floats:
    """Return the value of each check in each draw, shape (draws, checks).

    A fit that is not the worst of all passes whatever its size, and counts as zero.
    """
    process = PROCESSES[case.name]
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(case.draws):
        paths = simulate_paths(process, rng)
        paths[0] += divergence(process, bias, onset)
        joint = effects_of(process, case.estimator, paths, margin).joint
        values = {check.name: check.value or 0.0 for check in joint.identification[0].checks}
        values["fit_rank"] *= float(joint.draws.pre_rmspe[0, 0] >= joint.draws.pre_rmspe.max())
        rows.append([values[name] for name in CHECKS])
    return np.array(rows)


def rejections(values: Floats) -> tuple[float, Floats]:
    """Return how often any check fails, and how often each, at the default thresholds."""
    limits = np.array([asdict(DEFAULT_THRESHOLDS)[name] for name in CHECKS])
    failed = values > limits
    return float(failed.any(axis=1).mean()), failed.mean(axis=0)


def report(case: Case) -> str:
    """Return the figures of one case as lines of text."""
    margin = margin_of_power(PROCESSES[case.name], case.estimator, draws=case.draws, seed=1)
    clean = check_values(case, margin, seed=2)
    any_clean, each = rejections(clean)
    lines = [f"{case.estimator}, {case.name}: margin of {POWER:.0%} power {margin:.4f}"]
    for quantile in (0.5, 0.9, 0.95, 0.98):
        row = np.quantile(clean, quantile, axis=0)
        lines.append(f"  clean q{quantile:.2f}  " + "  ".join(f"{n} {v:.2f}" for n, v in zip(CHECKS, row, strict=True)))
    lines.append("  clean fails " + "  ".join(f"{n} {v:.3f}" for n, v in zip(CHECKS, each, strict=True)))
    lines.append(f"  clean, any check fails: {any_clean:.3f}")
    for size, onset in DIVERGENCES:
        share, _ = rejections(check_values(case, margin, seed=3, bias=size * margin, onset=onset))
        lines.append(f"  diverging {onset} by {size:g} margins, any check fails: {share:.3f}")
    return "\n".join(lines)


def main(draws: int) -> None:
    """Print the figures of all cases."""
    cases = [Case(name, estimator, draws) for estimator in ("sc_intercept", "sc") for name in PROCESSES]
    with ProcessPoolExecutor() as pool:
        for text in pool.map(report, cases):
            print(text, flush=True)  # noqa: T201 - a script that prints


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
