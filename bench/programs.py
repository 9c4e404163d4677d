"""Synthetic control with in-space placebos by four programs, each by the shortest way its interface offers; and others.

All minimise the squared distance of outcomes before the treatment, every period with the same weight and no predictor
besides, over weights on the simplex. A program's work has a part that is done once per outcome and a part that is
done per placebo. Where all placebos would take too long, some are run and their time is scaled.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

import numpy as np

from bench.runner import Seconds, timed

if TYPE_CHECKING:
    import pandas as pd
    from pysyncon import Synth

    from bench.panel import Simulated
    from pilotzone.core import Estimator

__all__ = [
    "ESTIMATORS",
    "IN_PART",
    "PROGRAMS",
    "Program",
    "Run",
    "diff_diff",
    "diff_diff_sdid",
    "estimator",
    "mlsynth",
    "pilotzone",
    "pysyncon",
]


@dataclass(frozen=True)
class Run:
    """What one program did.

    Attributes
    ----------
    seconds
        For both outcomes with all placebos; scaled where `placebos` is less than there are.
    placebos
        How many were run for each outcome.
    effects
        Mean effect on the treated unit, per outcome.
    """

    seconds: Seconds
    placebos: int
    effects: tuple[float, ...]


class Program(Protocol):
    """A program to be timed on at most `most` placebos per outcome."""

    def __call__(self, data: Simulated, most: int, /) -> Run:
        """Run and time."""


def pilotzone(data: Simulated, most: int, /) -> Run:
    """Both outcomes with all placebos, always; with certificates, unique weights and identification checks."""
    from pilotzone.core import Outcome
    from pilotzone.evaluation.few import FewDesign, estimate_few

    del most
    panel = data.panel()
    outcomes = [Outcome(name, role="development", good="up", margin=5.0, scale="log") for name in data.paths]
    design = FewDesign(data.units[0], start=data.start, window=(data.start, data.periods[-1]), estimator="sc")
    found, seconds = timed(estimate_few, panel, outcomes, design)
    return Run(seconds, len(data.units) - 1, tuple(map(float, found.joint.estimate)))


def diff_diff(data: Simulated, most: int, /) -> Run:
    """``SyntheticControl`` with custom equal V and no scaling, then ``in_space_placebo``; all placebos, always."""
    from diff_diff import SyntheticControl

    del most
    frame = data.long()
    program = SyntheticControl(v_method="custom", custom_v=np.ones(data.before), standardize="none")
    total, effects = Seconds(0.0, 0.0), []
    for name in data.paths:
        fitted, once = timed(program.fit, frame, name, "treated", "unit", "time")
        _, each = timed(fitted.in_space_placebo)
        total += once + each
        effects.append(float(fitted.att))
    return Run(total, len(data.units) - 1, tuple(effects))


def mlsynth(data: Simulated, most: int, /) -> Run:
    """``VanillaSC`` on outcomes only with ``inference="placebo"``; in part, the call that it makes per placebo."""
    from mlsynth import VanillaSC
    from mlsynth.utils.bilevel import BilevelSCM

    frame, donors = data.long(), len(data.units) - 1
    engine = BilevelSCM("outcome-only")
    total, effects = Seconds(0.0, 0.0), []
    for name, paths in data.paths.items():
        config = {"df": frame, "outcome": name, "treat": "treated", "unitid": "unit", "time": "time"}
        whole = most >= donors
        config |= {"display_graphs": False, "inference": "placebo" if whole else False}
        fitted, once = timed(VanillaSC(config).fit)
        total += once
        if not whole:
            for unit in range(1, most + 1):
                early = paths[1:, : data.before].T
                rest = np.delete(early, unit - 1, axis=1)
                _, each = timed(engine.fit, early[:, unit - 1], rest)
                total += each * (donors / most)
        effects.append(float(fitted.effects.att))
    return Run(total, min(most, donors), tuple(effects))


def pysyncon(data: Simulated, most: int, /) -> Run:
    """``Synth.fit`` on matrices, as its ``PlaceboTest`` calls it per placebo; its scaling undone by ``custom_V``."""
    from pysyncon import Synth

    donors = len(data.units) - 1
    total, effects = Seconds(0.0, 0.0), []
    for name in data.paths:
        wide = data.long().pivot_table(index="time", columns="unit", values=name)
        early = wide.iloc[: data.before]
        program = Synth()
        _, once = timed(_fit, program, early, data.units[0])
        gap = wide[data.units[0]] - wide.drop(columns=data.units[0]) @ program.W
        effects.append(float(gap.iloc[data.before :].mean()))
        total += once
        pool = early.drop(columns=data.units[0])
        for unit in data.units[1 : most + 1]:
            _, each = timed(_fit, Synth(), pool, unit)
            total += each * (donors / min(most, donors))
    return Run(total, min(most, donors), tuple(effects))


def _fit(program: Synth, early: pd.DataFrame, unit: str) -> None:
    rest = early.drop(columns=unit)
    spread = early.var(axis=1).to_numpy()
    program.fit(X0=rest, X1=early[unit], Z0=rest, Z1=early[unit], custom_V=spread / spread.mean())


PROGRAMS: dict[str, Program] = {
    "pilotzone": pilotzone,
    "diff-diff": diff_diff,
    "mlsynth": mlsynth,
    "pysyncon": pysyncon,
}


def estimator(name: Estimator, data: Simulated, most: int, /) -> Run:
    """Both outcomes by one of pilotzone's other estimators with all placebos, as it stands beside the main one."""
    from pilotzone.core import Outcome
    from pilotzone.evaluation.few import FewDesign, compare_estimators

    del most
    panel = data.panel()
    outcomes = [Outcome(item, role="development", good="up", margin=5.0, scale="log") for item in data.paths]
    design = FewDesign(data.units[0], start=data.start, window=(data.start, data.periods[-1]), estimator="sc")
    rows, seconds = timed(compare_estimators, panel, outcomes, design, [name])
    return Run(seconds, len(data.units) - 1, tuple(row.effect for row in rows))


def diff_diff_sdid(data: Simulated, most: int, /) -> Run:
    """``SyntheticDiD`` with the placebo variance, of as many draws as there are donors."""
    from diff_diff import SyntheticDiD

    del most
    frame, donors = data.long(), len(data.units) - 1
    frame["treated"] = (frame["unit"] == data.units[0]).astype(int)  # for all of its periods, as it wants it
    program = SyntheticDiD(variance_method="placebo", n_bootstrap=donors, seed=0)
    total, effects = Seconds(0.0, 0.0), []
    for name in data.paths:
        late = [period for period in data.periods if period >= data.start]
        fitted, seconds = timed(program.fit, frame, name, "treated", "unit", "time", post_periods=late)
        total += seconds
        effects.append(float(fitted.att))
    return Run(total, donors, tuple(effects))


ESTIMATORS: dict[str, Program] = {
    "pilotzone, sdid": partial(estimator, "sdid"),
    "diff-diff, SyntheticDiD": diff_diff_sdid,
    "pilotzone, asc": partial(estimator, "asc"),
    "pilotzone, sc_shared": partial(estimator, "sc_shared"),
    "pilotzone, mc": partial(estimator, "mc"),
}
"""Other estimators; the first is the one that times are compared with, the second the same by another program."""

IN_PART = ("mlsynth", "pysyncon")
"""Programs that can run some of the placebos."""
