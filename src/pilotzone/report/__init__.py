"""Renders what a study found: one self-contained HTML file, the verdict as lines for a terminal, tables for papers."""

from pilotzone.report.findings import DesignFindings, Findings, Limit, MapMaterial
from pilotzone.report.page import render_report
from pilotzone.report.paper import paper_files, paper_names, paper_tables
from pilotzone.report.terminal import Line, LineKind, verdict_lines

__all__ = [
    "DesignFindings",
    "Findings",
    "Limit",
    "Line",
    "LineKind",
    "MapMaterial",
    "paper_files",
    "paper_names",
    "paper_tables",
    "render_report",
    "verdict_lines",
]
