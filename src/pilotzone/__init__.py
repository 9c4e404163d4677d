"""Did a pilot zone raise development without harming the environment, and can the data tell.

The names below are loaded when they are first used, so that importing the package costs next to nothing. What functions
return is documented with its room, such as `pilotzone.evaluation.few.FewEffects`.

>>> import pilotzone as pz
>>> pz.Outcome("log_co2", role="environment", good="down", margin=5, scale="log").display_unit
'%'
"""

from __future__ import annotations

from importlib import import_module

# As typing has it, which takes longer to load than all else here; until it is there, Ctrl-C shows a traceback.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from pilotzone.core import EffectCovariance, JointEffects, Outcome, Panel, PilotZoneError
    from pilotzone.evaluation.few import (
        FewDesign,
        Predictor,
        conformal_set,
        estimate_few,
        estimate_several,
        synthetic_control,
        synthetic_controls,
    )
    from pilotzone.evaluation.many import Conley, Coordinates, Neighbours, Rings, evaluate, honest_effect
    from pilotzone.gather import derive, evidence_panel, load_evidence, read_panel, read_weather
    from pilotzone.judgement import confidence_set, judge, misspecification_set, pilot_plan, sample_plan
    from pilotzone.placement import DataClass, Host, compile_rules, load_rules
    from pilotzone.report import save_charts
    from pilotzone.site import Candidate, Criterion, SitingSpec, WeightSpace
    from pilotzone.study import compare_runs, load, place, rank_sites, run, siting_spec, verify
    from pilotzone.study.zone import specification_curve

_ROOMS = {
    "Candidate": "site",
    "Conley": "evaluation.many",
    "Criterion": "site",
    "DataClass": "placement",
    "EffectCovariance": "core",
    "FewDesign": "evaluation.few",
    "Host": "placement",
    "JointEffects": "core",
    "Neighbours": "evaluation.many",
    "Outcome": "core",
    "Panel": "core",
    "PilotZoneError": "core",
    "Coordinates": "evaluation.many",
    "Predictor": "evaluation.few",
    "Rings": "evaluation.many",
    "SitingSpec": "site",
    "WeightSpace": "site",
    "compare_runs": "study",
    "compile_rules": "placement",
    "confidence_set": "judgement",
    "conformal_set": "evaluation.few",
    "derive": "gather",
    "estimate_few": "evaluation.few",
    "estimate_several": "evaluation.few",
    "evaluate": "evaluation.many",
    "evidence_panel": "gather",
    "honest_effect": "evaluation.many",
    "judge": "judgement",
    "load": "study",
    "load_evidence": "gather",
    "load_rules": "placement",
    "misspecification_set": "judgement",
    "pilot_plan": "judgement",
    "place": "study",
    "rank_sites": "study",
    "read_panel": "gather",
    "read_weather": "gather",
    "run": "study",
    "sample_plan": "judgement",
    "save_charts": "report",
    "siting_spec": "study",
    "specification_curve": "study.zone",
    "synthetic_control": "evaluation.few",
    "synthetic_controls": "evaluation.few",
    "verify": "study",
}

_FORMER = {
    "Check": ("core", "Check", "pilotzone.core.Check"),
    "ConformalBand": ("evaluation.few", "ConformalBand", "pilotzone.evaluation.few.ConformalBand"),
    "ConformalSet": ("evaluation.few", "ConformalSet", "pilotzone.evaluation.few.ConformalSet"),
    "DetectableEffects": ("judgement", "DetectableEffects", "pilotzone.judgement.DetectableEffects"),
    "FewEffects": ("evaluation.few", "FewEffects", "pilotzone.evaluation.few.FewEffects"),
    "HonestEffect": ("evaluation.many", "HonestEffect", "pilotzone.evaluation.many.HonestEffect"),
    "Identification": ("core", "Identification", "pilotzone.core.Identification"),
    "ManyDesign": ("evaluation.many", "ManyDesign", "pilotzone.evaluation.many.ManyDesign"),
    "ManyEffects": ("evaluation.many", "ManyEffects", "pilotzone.evaluation.many.ManyEffects"),
    "PanelRun": ("study", "Run", "what pilotzone.run returns"),
    "Place": ("evaluation.many", "Coordinates", "pilotzone.Coordinates"),
    "PlanResult": ("placement", "PlanResult", "pilotzone.placement.PlanResult"),
    "RuleBook": ("placement", "RuleBook", "pilotzone.placement.RuleBook"),
    "RunComparison": ("study", "RunComparison", "pilotzone.study.RunComparison"),
    "SampleNeeded": ("judgement", "SampleNeeded", "pilotzone.judgement.SampleNeeded"),
    "SamplePlan": ("judgement", "SamplePlan", "pilotzone.judgement.SamplePlan"),
    "SeveralEffects": ("evaluation.few", "SeveralEffects", "pilotzone.evaluation.few.SeveralEffects"),
    "Siting": ("site", "Siting", "pilotzone.site.Siting"),
    "StudyRun": ("study", "Run", "what pilotzone.run returns"),
    "Table": ("core", "Table", "pilotzone.core.Table"),
    "Verdict": ("judgement", "Verdict", "pilotzone.judgement.Verdict"),
    "VerdictPower": ("judgement", "VerdictPower", "pilotzone.judgement.VerdictPower"),
    "Verification": ("study", "Verification", "pilotzone.study.Verification"),
    "conformal_band": ("evaluation.few", "conformal_band", "pilotzone.evaluation.few.conformal_band"),
    "conformal_p": ("evaluation.few", "conformal_p", "pilotzone.evaluation.few.conformal_p"),
    "draw_weights": ("site", "draw_weights", "pilotzone.site.draw_weights"),
    "load_panel_study": ("study.former", "load_panel_study", "pilotzone.load"),
    "load_plan": ("study.former", "load_plan", "pilotzone.load"),
    "load_siting": ("study.former", "load_siting", "pilotzone.siting_spec, or pilotzone.load"),
    "load_study": ("study.former", "load_study", "pilotzone.load"),
    "place_file": ("study", "place", "pilotzone.place"),
    "rank_acceptability": ("site", "rank_acceptability", "pilotzone.site.rank_acceptability"),
    "run_panel": ("study.former", "run_panel", "pilotzone.run"),
    "run_panel_study": ("study.former", "run_panel_study", "pilotzone.run"),
    "run_study": ("study.former", "run_study", "pilotzone.run"),
    "write_run": ("study.former", "write_run", "the method write of what pilotzone.run returns"),
}
"""Names that stood here before version 0.2: room, name there, and what stands in their place. They go with 0.3."""

__all__ = [
    "Candidate",
    "Conley",
    "Coordinates",
    "Criterion",
    "DataClass",
    "EffectCovariance",
    "FewDesign",
    "Host",
    "JointEffects",
    "Neighbours",
    "Outcome",
    "Panel",
    "PilotZoneError",
    "Predictor",
    "Rings",
    "SitingSpec",
    "WeightSpace",
    "compare_runs",
    "compile_rules",
    "confidence_set",
    "conformal_set",
    "derive",
    "estimate_few",
    "estimate_several",
    "evaluate",
    "evidence_panel",
    "honest_effect",
    "judge",
    "load",
    "load_evidence",
    "load_rules",
    "misspecification_set",
    "pilot_plan",
    "place",
    "rank_sites",
    "read_panel",
    "read_weather",
    "run",
    "sample_plan",
    "save_charts",
    "siting_spec",
    "specification_curve",
    "synthetic_control",
    "synthetic_controls",
    "verify",
]


def __getattr__(name: str) -> object:
    if name == "__version__":
        return import_module("pilotzone.study").version()
    if name in _ROOMS:
        return getattr(import_module(f"pilotzone.{_ROOMS[name]}"), name)
    if name not in _FORMER:
        message = f"module 'pilotzone' has no attribute {name!r}"
        raise AttributeError(message)
    room, own, instead = _FORMER[name]
    import warnings

    text = f"pilotzone.{name} goes with version 0.3: use {instead}"
    warnings.warn(text, DeprecationWarning, stacklevel=2)
    return getattr(import_module(f"pilotzone.{room}"), own)


def __dir__() -> list[str]:
    return sorted({*globals(), *_ROOMS, *__all__})
