"""Several effects, one verdict."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from pilotzone.judge.curve import Family, Specification, SpecificationCurve
from pilotzone.judge.intervals import ConfidenceSet, Interval, confidence_set
from pilotzone.judge.judgement import judge
from pilotzone.judge.plan import SamplePlan
from pilotzone.judge.planned import Detectable, DetectableEffects, SampleNeeded
from pilotzone.judge.planning import pilot_plan, sample_plan
from pilotzone.judge.power import VerdictPower
from pilotzone.judge.quadrants import QUADRANTS_LABEL, QuadrantShares
from pilotzone.judge.verdict import Inference, OutcomeTest, Verdict

__all__ = [
    "QUADRANTS_LABEL",
    "ConfidenceSet",
    "Detectable",
    "DetectableEffects",
    "Family",
    "Inference",
    "Interval",
    "OutcomeTest",
    "QuadrantShares",
    "SampleNeeded",
    "SamplePlan",
    "Specification",
    "SpecificationCurve",
    "Verdict",
    "VerdictPower",
    "confidence_set",
    "judge",
    "pilot_plan",
    "sample_plan",
]


class _Room(ModuleType):
    """Lets the room be called like its one function.

    Python puts an imported room on the package as ``pilotzone.judge``, where users look for the function of that
    name; whichever of the two they find, ``pz.judge(effects)`` works.
    """

    def __call__(self, effects: Any, **options: Any) -> Verdict:  # noqa: ANN401 - passed on as they are
        return judge(effects, **options)


_Room.__call__.__doc__ = judge.__doc__
sys.modules[__name__].__class__ = _Room
