"""Studies of every kind: one file in, findings and a folder out. Each kind is a room of its own with a door."""

from pilotzone.study.etables import check_table_file, etable, write_table
from pilotzone.study.front import (
    bundled_studies,
    check_tables,
    check_target,
    compare_runs,
    input_digests,
    load,
    parse,
    run,
    run_study,
    verify,
    with_sensitivity,
    write_template,
)
from pilotzone.study.kinds import KINDS
from pilotzone.study.runs.atlas import with_shapes
from pilotzone.study.runs.audit import version
from pilotzone.study.runs.choices import Choice, Option
from pilotzone.study.runs.comparing import Contrast, RunComparison
from pilotzone.study.runs.differences import Difference
from pilotzone.study.runs.kind import Input, Kind, Progress, Study
from pilotzone.study.runs.running import Run, stages_of
from pilotzone.study.runs.standing import standing
from pilotzone.study.runs.verification import Verification
from pilotzone.study.shortcuts import place, rank_sites, siting_spec

__all__ = [
    "KINDS",
    "Choice",
    "Contrast",
    "Difference",
    "Input",
    "Kind",
    "Option",
    "Progress",
    "Run",
    "RunComparison",
    "Study",
    "Verification",
    "bundled_studies",
    "check_table_file",
    "check_tables",
    "check_target",
    "compare_runs",
    "etable",
    "input_digests",
    "load",
    "parse",
    "place",
    "rank_sites",
    "run",
    "run_study",
    "siting_spec",
    "stages_of",
    "standing",
    "verify",
    "version",
    "with_sensitivity",
    "with_shapes",
    "write_table",
    "write_template",
]
