"""What places are compared on, as a terminal shows it."""

from __future__ import annotations

from collections.abc import Sequence

from pilotzone.report import Aligned
from pilotzone.site import Criterion
from pilotzone.study.siting.wording import better_word, criterion_label, unit_words

__all__ = ["criteria_rows", "number_in_line"]


def criteria_rows(criteria: Sequence[Criterion]) -> Aligned:
    """Return the criteria: which figures are better, their unit, and the ends of their scales."""
    rows = []
    for item in criteria:
        ends = ("", "") if item.scale is None else tuple(f"{end:.3g}" for end in item.scale)
        worst, best = ends if item.good == "up" else ends[::-1]
        rows.append((criterion_label(item.name), better_word(item), unit_words(item), worst, best))
    heads = ("criterion", "better", "unit", "score\n0", "score\n1")
    kept = [k for k in range(len(heads)) if k < 3 or any(row[k] for row in rows)]  # noqa: PLR2004 - scales come last
    return Aligned([heads[k] for k in kept], [[row[k] for k in kept] for row in rows], left=3)


def number_in_line(value: float) -> str:
    """Return a figure in four digits."""
    small = 0 < abs(value) < 1e-4  # noqa: PLR2004 - what nobody reads digit by digit
    return "< 0.0001" if small and value > 0 else f"{value:.4g}"
