"""Did a pilot zone raise development without harming the environment, and can the data tell.

The names below are loaded when they are first used, so that importing the package costs next to nothing.

>>> import pilotzone as pz
>>> pz.Outcome("log_co2", role="environment", good="down", margin=5, scale="log").display_unit
'%'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pilotzone.core import (
        Check,
        EffectCovariance,
        Identification,
        JointEffects,
        Outcome,
        Panel,
        PilotZoneError,
        Table,
    )
    from pilotzone.evaluate.few import (
        ConformalBand,
        ConformalSet,
        FewDesign,
        FewEffects,
        Predictor,
        SeveralEffects,
        conformal_band,
        conformal_p,
        conformal_set,
        estimate_few,
        estimate_several,
        synthetic_control,
        synthetic_controls,
    )
    from pilotzone.evaluate.many import (
        Conley,
        HonestEffect,
        ManyDesign,
        ManyEffects,
        Neighbours,
        Place,
        Rings,
        evaluate,
        honest_effect,
    )
    from pilotzone.gather import derive, evidence_panel, load_evidence, read_panel, read_weather
    from pilotzone.judge import (
        DetectableEffects,
        SampleNeeded,
        SamplePlan,
        Verdict,
        VerdictPower,
        confidence_set,
        judge,
        pilot_plan,
        sample_plan,
    )
    from pilotzone.site import (
        Candidate,
        Criterion,
        Siting,
        SitingSpec,
        WeightSpace,
        draw_weights,
        rank_acceptability,
    )
    from pilotzone.study import (
        PanelRun,
        RunComparison,
        StudyRun,
        Verification,
        compare_runs,
        load_panel_study,
        load_siting,
        load_study,
        rank_sites,
        run,
        run_panel,
        run_panel_study,
        run_study,
        specification_curve,
        verify,
        write_run,
    )

_ROOMS = {
    "Candidate": "site",
    "Check": "core",
    "ConformalBand": "evaluate.few",
    "ConformalSet": "evaluate.few",
    "Conley": "evaluate.many",
    "Criterion": "site",
    "DetectableEffects": "judge",
    "EffectCovariance": "core",
    "FewDesign": "evaluate.few",
    "FewEffects": "evaluate.few",
    "HonestEffect": "evaluate.many",
    "Identification": "core",
    "JointEffects": "core",
    "ManyDesign": "evaluate.many",
    "ManyEffects": "evaluate.many",
    "Neighbours": "evaluate.many",
    "Outcome": "core",
    "Panel": "core",
    "PanelRun": "study",
    "PilotZoneError": "core",
    "Place": "evaluate.many",
    "Predictor": "evaluate.few",
    "Rings": "evaluate.many",
    "RunComparison": "study",
    "SampleNeeded": "judge",
    "SamplePlan": "judge",
    "SeveralEffects": "evaluate.few",
    "Siting": "site",
    "SitingSpec": "site",
    "StudyRun": "study",
    "Table": "core",
    "Verdict": "judge",
    "VerdictPower": "judge",
    "Verification": "study",
    "WeightSpace": "site",
    "compare_runs": "study",
    "confidence_set": "judge",
    "conformal_band": "evaluate.few",
    "conformal_p": "evaluate.few",
    "conformal_set": "evaluate.few",
    "derive": "gather",
    "draw_weights": "site",
    "estimate_few": "evaluate.few",
    "estimate_several": "evaluate.few",
    "evidence_panel": "gather",
    "honest_effect": "evaluate.many",
    "load_evidence": "gather",
    "load_panel_study": "study",
    "load_siting": "study",
    "load_study": "study",
    "pilot_plan": "judge",
    "rank_acceptability": "site",
    "rank_sites": "study",
    "read_panel": "gather",
    "read_weather": "gather",
    "run": "study",
    "run_panel": "study",
    "run_panel_study": "study",
    "run_study": "study",
    "sample_plan": "judge",
    "specification_curve": "study",
    "synthetic_control": "evaluate.few",
    "synthetic_controls": "evaluate.few",
    "verify": "study",
    "write_run": "study",
}

__all__ = [
    "Candidate",
    "Check",
    "ConformalBand",
    "ConformalSet",
    "Conley",
    "Criterion",
    "DetectableEffects",
    "EffectCovariance",
    "FewDesign",
    "FewEffects",
    "HonestEffect",
    "Identification",
    "JointEffects",
    "ManyDesign",
    "ManyEffects",
    "Neighbours",
    "Outcome",
    "Panel",
    "PanelRun",
    "PilotZoneError",
    "Place",
    "Predictor",
    "Rings",
    "RunComparison",
    "SampleNeeded",
    "SamplePlan",
    "SeveralEffects",
    "Siting",
    "SitingSpec",
    "StudyRun",
    "Table",
    "Verdict",
    "VerdictPower",
    "Verification",
    "WeightSpace",
    "compare_runs",
    "confidence_set",
    "conformal_band",
    "conformal_p",
    "conformal_set",
    "derive",
    "draw_weights",
    "estimate_few",
    "estimate_several",
    "evaluate",
    "evidence_panel",
    "honest_effect",
    "judge",
    "load_evidence",
    "load_panel_study",
    "load_siting",
    "load_study",
    "pilot_plan",
    "rank_acceptability",
    "rank_sites",
    "read_panel",
    "read_weather",
    "run",
    "run_panel",
    "run_panel_study",
    "run_study",
    "sample_plan",
    "specification_curve",
    "synthetic_control",
    "synthetic_controls",
    "verify",
    "write_run",
]


def __getattr__(name: str) -> object:
    if name in {"evaluate", "judge"}:  # rooms of that name, which can be called like their functions
        return import_module(f"pilotzone.{name}")
    if name == "__version__":
        return import_module("pilotzone.study").version()
    if name not in _ROOMS:
        message = f"module 'pilotzone' has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"pilotzone.{_ROOMS[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_ROOMS, *__all__})
