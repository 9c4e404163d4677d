"""What 50 states can see of an exemption for data centres: 80 percent power, one-sided at 5 percent.

``python -m tests.simulation.detectable_states`` prints it. Dates of the bundled study `us-data-centres` are dealt out
anew among the states that take part, 8,000 times; the effect under such an assignment is a placebo effect, and what is
seen with 80 percent power is 2.49 (1.645 + 0.842) standard deviations of it. The assignment that happened is none of
those drawn, so that no effect is estimated. The figures of the study file were computed so before the first run; the
script of that day was not kept, and this one was written afterwards.
"""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from pilotzone.evaluation.many.inference.assignments import drawn_assignments
from pilotzone.evaluation.many.inference.gathered import gathered
from pilotzone.evaluation.many.inference.pooled import batches, contrasted
from pilotzone.evaluation.many.moments.prepared import of_outcome
from pilotzone.store import open_panel
from pilotzone.study import load
from pilotzone.study.panel.material import panel_material
from pilotzone.study.panel.variants import _changed, _on_outcome

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.study.panel.file import PanelStudySpec

__all__ = ["POWERED", "detectable", "placebo_effects", "specs"]

POWERED = float(stats.norm.isf(0.05) + stats.norm.isf(0.2))
"""Standard deviations that a one-sided test of 5 percent finds with 80 percent power."""
DRAWS, SEED = 8_000, 20160


def placebo_effects(spec: PanelStudySpec, name: str, draws: int, seed: int = SEED) -> NDArray[np.float64]:
    """Return the effect on one outcome in one number under assignments that were drawn, shape (draws,)."""
    material = panel_material(spec)
    method = spec.method
    opened = open_panel(material.frame(), material.columns(None, ()))
    units = gathered(of_outcome(opened, name, method.anticipation), method.anticipation)
    how = _comparison(spec)
    values, _, contrasts, groups = contrasted(
        units.stacked, units.cohorts, units.layout, how, method.estimator, method.summary
    )
    each, at = values @ contrasts.T, np.arange(len(values))
    dealt = batches(drawn_assignments(groups, draws, seed), len(groups))
    return np.concatenate([each[at, some].sum(axis=1) for some in dealt])


def _comparison(spec: PanelStudySpec) -> Any:  # noqa: ANN401 - the comparison of the design
    from pilotzone.evaluation.many import Comparison

    method = spec.method
    return Comparison(method.controls, method.base, method.anticipation, method.last_cohort, method.horizon)


def detectable(spec: PanelStudySpec, name: str, draws: int = DRAWS, seed: int = SEED) -> float:
    """Return the smallest effect that is mostly seen, in percent for logarithms and else in the outcome's unit."""
    size = POWERED * float(placebo_effects(spec, name, draws, seed).std())
    return 100 * math.expm1(size) if name.startswith("log_") else size


def specs() -> dict[tuple[str, str], PanelStudySpec]:
    """Return the study once for each figure: the claim's outcomes, all cohorts and years, and secondary outcomes."""
    spec = load("us-data-centres").spec
    claim = ("log_gdp_per_head", "log_co2_per_head")
    found = {("main", name): spec for name in claim}
    every = next(item for item in spec.alternatives if item.name == "all_years")
    found |= {("all years", name): _changed(spec, every) for name in claim}
    found |= {("secondary", item.name): _on_outcome(spec, item) for item in spec.secondary}
    return found


if __name__ == "__main__":
    for (what, outcome), each in specs().items():
        sys.stdout.write(f"{what:10} {outcome:34} {detectable(each, outcome):6.2f}\n")
