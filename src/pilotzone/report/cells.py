"""Cells that tables share: states, effects, p-values and errors before the zone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.core import p_text
from pilotzone.report.formatting import CHECK_SYMBOLS, effect_text, number_text, plain_unit
from pilotzone.report.sheet import Cell, Mark, number

if TYPE_CHECKING:
    from pilotzone.core import CheckState, Outcome

__all__ = ["effect_cell", "end_cells", "p_cell", "rmspe_cell", "state_cell"]

_MARKS: dict[str, Mark] = {"passed": "passed", "failed": "failed", "cannot be assessed": "unknown"}


def state_cell(state: CheckState) -> Cell:
    """Return a check's state as sign and words."""
    return Cell(f"{CHECK_SYMBOLS[state]} {state}", None, _MARKS[state])


def effect_cell(outcome: Outcome, effect: float) -> Cell:
    """Return an effect in readable units."""
    return number(effect_text(outcome, effect), outcome.display(effect))


def end_cells(outcome: Outcome, pair: tuple[float, float] | None) -> tuple[Cell, Cell]:
    """Return both ends of an interval in readable units; empty cells where there is none."""
    if pair is None:
        return Cell(""), Cell("")
    low, high = (effect_cell(outcome, end) for end in pair)
    return low, high


def p_cell(p: float, alpha: float) -> Cell:
    """Return a p-value, set strong where it rejects."""
    return number(p_text(p), p, "strong" if p <= alpha else "")


def rmspe_cell(outcome: Outcome, value: float) -> Cell:
    """Return an error before the zone, or another size on the outcome's scale, with its unit."""
    unit = "log points" if outcome.scale == "log" else plain_unit(outcome.unit)
    return number(f"{number_text(value)}\u00a0{unit}".strip(), value)
