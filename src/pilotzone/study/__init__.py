"""A study: one file in, findings and artefacts out."""

from pilotzone.study.artefacts import ARTEFACTS, verdict_record, write_run
from pilotzone.study.audit import version
from pilotzone.study.front import run
from pilotzone.study.reading import Study, bundled_studies, load_study, parse_study, with_sensitivity
from pilotzone.study.running import STAGES, StudyRun, run_study
from pilotzone.study.sensitivity import Variations, specification_curve
from pilotzone.study.template import write_template

__all__ = [
    "ARTEFACTS",
    "STAGES",
    "Study",
    "StudyRun",
    "Variations",
    "bundled_studies",
    "load_study",
    "parse_study",
    "run",
    "run_study",
    "specification_curve",
    "verdict_record",
    "version",
    "with_sensitivity",
    "write_run",
    "write_template",
]
