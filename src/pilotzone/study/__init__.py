"""A study: one file in, findings and artefacts out."""

from pilotzone.study.artefacts import ARTEFACTS, verdict_record, write_run
from pilotzone.study.audit import version
from pilotzone.study.checking import verify
from pilotzone.study.compare import Contrast, RunComparison, compare_runs
from pilotzone.study.differences import Difference
from pilotzone.study.evaluations import (
    EVALUATION_FILES,
    evaluation_findings,
    evaluation_record,
    write_evaluation,
)
from pilotzone.study.front import run
from pilotzone.study.panels import PanelRun, run_of_options, run_panel, run_panel_study
from pilotzone.study.plan_reading import PlanStudy, bundled_plans, load_plan
from pilotzone.study.plan_running import PLAN_FILES, place_file, plan_record, run_plan, write_plan
from pilotzone.study.reading import (
    PanelStudy,
    Study,
    bundled_studies,
    load_panel_study,
    load_study,
    parse_panel_study,
    parse_study,
    read_study,
    with_sensitivity,
)
from pilotzone.study.running import STAGES, StudyRun, run_study
from pilotzone.study.sensitivity import Variations, specification_curve
from pilotzone.study.siting_plain import siting_record
from pilotzone.study.siting_reading import SitingStudy, bundled_sitings, load_siting, rank_sites
from pilotzone.study.sitings import SITING_FILES, siting_findings, write_siting
from pilotzone.study.template import write_template
from pilotzone.study.verification import Verification

__all__ = [
    "ARTEFACTS",
    "EVALUATION_FILES",
    "PLAN_FILES",
    "SITING_FILES",
    "STAGES",
    "Contrast",
    "Difference",
    "PanelRun",
    "PanelStudy",
    "PlanStudy",
    "RunComparison",
    "SitingStudy",
    "Study",
    "StudyRun",
    "Variations",
    "Verification",
    "bundled_plans",
    "bundled_sitings",
    "bundled_studies",
    "compare_runs",
    "evaluation_findings",
    "evaluation_record",
    "load_panel_study",
    "load_plan",
    "load_siting",
    "load_study",
    "parse_panel_study",
    "parse_study",
    "place_file",
    "plan_record",
    "rank_sites",
    "read_study",
    "run",
    "run_of_options",
    "run_panel",
    "run_panel_study",
    "run_plan",
    "run_study",
    "siting_findings",
    "siting_record",
    "specification_curve",
    "verdict_record",
    "verify",
    "version",
    "with_sensitivity",
    "write_evaluation",
    "write_plan",
    "write_run",
    "write_siting",
    "write_template",
]
