"""Treatments with doses: effects by dose, slopes under a stronger assumption, and one zone's effect over its dose."""

from pilotzone.evaluation.dose.design import ASSUMPTION_WORDS, DoseAssumption, DoseDesign, DoseWords
from pilotzone.evaluation.dose.drawing import DoseScale, dose_figure
from pilotzone.evaluation.dose.one_zone import ZonePerDose, zone_per_dose
from pilotzone.evaluation.dose.result import DoseEffects
from pilotzone.evaluation.dose.rows import DoseEffect, Quantity
from pilotzone.evaluation.dose.stage import dose_effects, dose_panel

__all__ = [
    "ASSUMPTION_WORDS",
    "DoseAssumption",
    "DoseDesign",
    "DoseEffect",
    "DoseEffects",
    "DoseScale",
    "DoseWords",
    "Quantity",
    "ZonePerDose",
    "dose_effects",
    "dose_figure",
    "dose_panel",
    "zone_per_dose",
]
