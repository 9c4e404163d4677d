"""Renders what a study found: one self-contained HTML file, and the verdict as lines for a terminal."""

from pilotzone.report.findings import DesignFindings, Findings, Limit, MapMaterial
from pilotzone.report.page import render_report
from pilotzone.report.terminal import Line, LineKind, verdict_lines

__all__ = [
    "DesignFindings",
    "Findings",
    "Limit",
    "Line",
    "LineKind",
    "MapMaterial",
    "render_report",
    "verdict_lines",
]
