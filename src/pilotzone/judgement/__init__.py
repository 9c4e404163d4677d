"""Several effects, one verdict."""

from __future__ import annotations

from pilotzone.core import Interval
from pilotzone.judgement.curve import Family, Specification, SpecificationCurve
from pilotzone.judgement.detectable import Detectable, DetectableEffects, SampleNeeded
from pilotzone.judgement.familywise import holm
from pilotzone.judgement.findings import DEFAULT_ALLOWANCE, Finding
from pilotzone.judgement.intervals import ConfidenceSet, confidence_set
from pilotzone.judgement.judgement import judge
from pilotzone.judgement.misspecification import MisspecificationSet, misspecification_set
from pilotzone.judgement.normals import upper_tail
from pilotzone.judgement.pilot import pilot_plan, sample_plan
from pilotzone.judgement.power import VerdictPower
from pilotzone.judgement.quadrants import QUADRANTS_LABEL, QuadrantShares
from pilotzone.judgement.ranks import DEFAULT_STATISTIC, default_statistic, one_sided_p
from pilotzone.judgement.sample_size import SamplePlan
from pilotzone.judgement.strength import margin_sentence
from pilotzone.judgement.tested import OutcomeTest
from pilotzone.judgement.tilting import tilt
from pilotzone.judgement.verdict import Inference, Verdict
from pilotzone.judgement.wording import OTHER_STATISTIC, STATISTICS

__all__ = [
    "DEFAULT_ALLOWANCE",
    "DEFAULT_STATISTIC",
    "OTHER_STATISTIC",
    "QUADRANTS_LABEL",
    "STATISTICS",
    "ConfidenceSet",
    "Detectable",
    "DetectableEffects",
    "Family",
    "Finding",
    "Inference",
    "Interval",
    "MisspecificationSet",
    "OutcomeTest",
    "QuadrantShares",
    "SampleNeeded",
    "SamplePlan",
    "Specification",
    "SpecificationCurve",
    "Verdict",
    "VerdictPower",
    "confidence_set",
    "default_statistic",
    "holm",
    "judge",
    "margin_sentence",
    "misspecification_set",
    "one_sided_p",
    "pilot_plan",
    "sample_plan",
    "tilt",
    "upper_tail",
]
