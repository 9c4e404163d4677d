"""Many units on a panel: one study file, effects and a verdict."""

from pilotzone.study.panel.file import PanelStudy, PanelStudySpec
from pilotzone.study.panel.findings import EvaluationFindings
from pilotzone.study.panel.kind import PanelKind
from pilotzone.study.panel.options import study_of_options

__all__ = ["KIND", "EvaluationFindings", "PanelKind", "PanelStudy", "PanelStudySpec", "study_of_options"]

KIND = PanelKind()
