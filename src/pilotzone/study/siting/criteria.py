"""What places are compared on, as a terminal shows it."""

from __future__ import annotations

from collections.abc import Sequence

from pilotzone.report import Grid
from pilotzone.site import Criterion

__all__ = ["criteria_grid", "number_in_line"]


def criteria_grid(criteria: Sequence[Criterion]) -> Grid:
    """Return the criteria with the ends of their scales."""
    heads = ("criterion", "better", "unit", "score 0 at", "score 1 at")
    rows = []
    for item in criteria:
        ends = ("", "") if item.scale is None else tuple(number_in_line(end) for end in item.scale)
        worst, best = ends if item.good == "up" else ends[::-1]
        better = "higher" if item.good == "up" else "lower"
        rows.append((item.name, better, "" if item.unit == "1" else item.unit, worst, best))
    return Grid(heads, rows, right=heads[3:], whole=("better", "score 0 at", "score 1 at"))


def number_in_line(value: float) -> str:
    """Return a figure in four digits."""
    small = 0 < abs(value) < 1e-4  # noqa: PLR2004 - what nobody reads digit by digit
    return "< 0.0001" if small and value > 0 else f"{value:.4g}"
