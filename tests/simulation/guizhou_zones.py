"""How often the bundled design of Guizhou finds a gain of 20 percent in GDP per head, with each province as the zone.

``python -m tests.simulation.guizhou_zones`` prints it: the donors of the bundled study and Guizhou itself, each in turn
as a fake zone with the study's dates, donors and claim. A fake zone's logarithm of GDP per head is raised by log(1.2)
from the start on, and CO2 stays as it is. Guizhou's own figures are left as they are: it is among the donors of the
others, with whatever its zone did, and in its own turn the 20 percent come on top of that. By the rule before grades
(ADR 0008), growth was found in none of these 21 designs.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from pilotzone.core import Statistic, rank_p
from pilotzone.evaluation.few import estimate_few
from pilotzone.evaluation.few.estimate import admit
from pilotzone.judgement.ranks import breakdown_drift, oriented_statistic
from pilotzone.study import load
from pilotzone.study.zone.context import StudyContext
from pilotzone.study.zone.material import load_panel, outcome_of, unused_units

if TYPE_CHECKING:
    from pilotzone.core import Panel
    from pilotzone.evaluation.few import FewEffects
    from pilotzone.study.zone.file import ZoneStudy

__all__ = ["EFFECT", "FakeStudy", "Shown", "context_of", "fake_studies", "gains"]

EFFECT = math.log(1.2)
OUTCOME = "log_gdp_per_capita"
LEAST = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)


@dataclass(frozen=True)
class FakeStudy:
    """A fake zone, what is estimated of it, and the label of the whole verdict."""

    unit: str
    effects: FewEffects
    label: str


@dataclass(frozen=True)
class Shown:
    """Whether a gain is shown by a statistic, and its breakdown drift over the unit's largest placebo effect before."""

    rejected: bool
    multiple: float

    def holds(self, least: float) -> bool:
        """Whether it is, with at least so much allowance."""
        return self.rejected and (least == 0 or self.multiple >= least)


def context_of(study: ZoneStudy) -> StudyContext:
    """Return the bundled study with its data at hand."""
    panel = load_panel(study)
    unused = unused_units(study, panel)
    return StudyContext(study, panel, tuple(outcome_of(panel, item, unused) for item in study.spec.outcomes), ())


def _with_effect(panel: Panel, unit: str, start: int, effect: float) -> Panel:
    values: dict[str, Any] = dict(panel.values)
    moved = values[OUTCOME].copy()
    moved[panel.units.index(unit), np.array(panel.periods) >= start] += effect
    return replace(panel, values={**values, OUTCOME: moved})


def fake_studies(context: StudyContext, effect: float = EFFECT) -> list[FakeStudy]:
    """Return the study with each of its units in turn as the zone, in the order of units."""
    design = context.design()
    excluded = context.ruled_out(context.outcomes, [design])
    found = []
    _, units, _ = admit(context.panel, context.outcomes, design, excluded)
    for unit in units:
        panel = _with_effect(context.panel, unit, design.start, effect)
        effects = estimate_few(panel, context.outcomes, replace(design, unit=unit), excluded=excluded)
        found.append(FakeStudy(unit, effects, context.judge(effects.joint).label))
    return found


def gains(effects: FewEffects, statistic: Statistic, alpha: float = 0.05) -> Shown:
    """Return whether a gain in GDP per head is shown."""
    draws, column = effects.joint.draws, [outcome.name for outcome in effects.joint.outcomes].index(OUTCOME)
    p = rank_p(oriented_statistic(draws, column, statistic, 1), draws.treated)
    drift = breakdown_drift(draws, column, statistic, 1, alpha=alpha)
    if drift is None or draws.earlier is None:
        return Shown(False, math.nan)
    own = float(draws.earlier().largest[draws.treated, column])
    return Shown(p <= alpha, drift / own if own > 0 else math.inf)


def main() -> None:
    """Print how many of the fake zones' gains are shown, by statistic and allowance, and the labels of verdicts."""
    study = load("guizhou", kind="zone")
    context = context_of(study)
    found = fake_studies(context)
    real = study.spec.zone.unit
    lines = [f"+20 % on GDP per head, {len(found)} fake zones, {real} among them; alpha {study.spec.claim.alpha:g}"]
    lines.append("gain shown, with a breakdown of at least so many times the zone's own earlier drift:")
    lines.append("| statistic | " + " | ".join("any" if least == 0 else f"{least:g} D" for least in LEAST) + " |")
    for statistic in get_args(Statistic):
        shown = [gains(item.effects, statistic, study.spec.claim.alpha) for item in found]
        counts = [sum(one.holds(least) for one in shown) for least in LEAST]
        lines.append(f"| {statistic} | " + " | ".join(f"{count}" for count in counts) + " |")
    lines.append("labels of the whole verdict by the study's own claim, its environment outcome without an effect:")
    lines += [f"| {label} | {count} |" for label, count in Counter(item.label for item in found).most_common()]
    print("\n".join(lines))  # noqa: T201 - a script that prints


if __name__ == "__main__":
    main()
