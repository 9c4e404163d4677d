"""Renders what a study found: one self-contained HTML file, the verdict as lines for a terminal, tables for papers."""

from pilotzone.report.evaluation import EvaluationFindings, design_words, render_evaluation
from pilotzone.report.findings import DesignFindings, Findings, Limit, MapMaterial
from pilotzone.report.formatting import (
    LABEL_WORDS,
    and_list,
    bare_title,
    effect_text,
    number_text,
    p_text,
    plain,
    plain_unit,
)
from pilotzone.report.images import save_charts
from pilotzone.report.page import render_report
from pilotzone.report.paper import paper_files, paper_names, paper_tables
from pilotzone.report.plans import PlanFindings, plan_words, render_plan
from pilotzone.report.siting import SitingFindings, render_siting
from pilotzone.report.siting_summary import siting_limits, siting_words, spot_words
from pilotzone.report.terminal import Line, LineKind, verdict_lines

__all__ = [
    "LABEL_WORDS",
    "DesignFindings",
    "EvaluationFindings",
    "Findings",
    "Limit",
    "Line",
    "LineKind",
    "MapMaterial",
    "PlanFindings",
    "SitingFindings",
    "and_list",
    "bare_title",
    "design_words",
    "effect_text",
    "number_text",
    "p_text",
    "paper_files",
    "paper_names",
    "paper_tables",
    "plain",
    "plain_unit",
    "plan_words",
    "render_evaluation",
    "render_plan",
    "render_report",
    "render_siting",
    "save_charts",
    "siting_limits",
    "siting_words",
    "spot_words",
    "verdict_lines",
]
