"""Who is compared with whom, and when: groups of units, their effects by period, and averages of these."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.core import NEVER, Brief, MethodError
from pilotzone.evaluation.dose.basis import Bins
from pilotzone.evaluation.dose.guard import FEWEST_CONTROLS, fewest, way_out, why_too_few

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from pilotzone.evaluation.dose.basis import Basis
    from pilotzone.evaluation.dose.design import DoseDesign, DoseWords
    from pilotzone.evaluation.dose.units import DoseUnits

    Floats = NDArray[np.float64]

__all__ = ["Average", "AverageKind", "DoseCell", "Group", "averages_of", "cells_of", "check_cells", "groups_of"]

AverageKind = Literal["overall", "before", "event"]
"""All periods of treatment, all placebo periods before it, or one time since treatment."""


@dataclass(frozen=True, eq=False)
class Group(Brief):
    """Units that are alike in what they are compared with.

    Attributes
    ----------
    cohort
        First period of treatment, or `NEVER`.
    units
        Their positions, shape (m,).
    treated
        Whether effects on them are estimated; the lowest doses, and the never treated, are there to compare with.
    """

    cohort: int
    units: NDArray[np.intp]
    treated: bool


@dataclass(frozen=True)
class DoseCell:
    """A group in one period.

    Attributes
    ----------
    group
        Position of the treated group.
    period, base
        Positions of the period and of the one that it is compared with.
    event
        Time since treatment.
    controls
        Positions of the groups that it is compared with.
    """

    group: int
    period: int
    base: int
    event: int
    controls: tuple[int, ...]


@dataclass(frozen=True)
class Average:
    """A mean over treated units, each with the mean of its group's cells.

    Attributes
    ----------
    kind, event
        Over what; the time since treatment of one event, ``None`` else.
    cells
        Positions of cells by group.
    """

    kind: AverageKind
    event: int | None
    cells: Mapping[int, tuple[int, ...]]


def groups_of(units: DoseUnits, design: DoseDesign) -> list[Group]:
    """Return the groups, by cohort, the never treated last.

    Raises
    ------
    MethodError
        If nobody is there to compare with.
    """
    cohorts = np.unique(units.cohorts).tolist()
    never = NEVER in cohorts
    if design.controls == "never_treated" and not never:
        raise MethodError(
            "no unit is never treated.",
            allowed=f"{design.words.rising} with several cohorts, or {design.words.lowest}",
            todo="effects beyond the lowest doses need units with such doses, five in each cohort",
        )
    if design.controls != "lowest_dose":
        return [Group(c, np.flatnonzero(units.cohorts == c), c != NEVER) for c in cohorts]
    if never:
        raise MethodError(
            f"{int((units.cohorts == NEVER).sum()):,} units are never treated, and {design.words.lowest} is asked for.",
            allowed=f"{design.words.lowest} where nobody is untreated",
            todo=f"take {design.words.never}: effects are then those of doses, and not beyond the lowest ones",
        )
    most = float(units.doses.min()) if design.lowest is None else design.lowest
    found = []
    for cohort in cohorts:
        own, low = units.cohorts == cohort, units.doses <= most
        found += [Group(cohort, np.flatnonzero(own & ~low), treated=True)]
        found += [Group(cohort, np.flatnonzero(own & low), treated=False)]
    return [group for group in found if len(group.units)]


def cells_of(units: DoseUnits, groups: Sequence[Group], design: DoseDesign) -> list[DoseCell]:
    """Return all cells with somebody to compare with; the base is the last period before effects may begin."""
    found = []
    for g, group in enumerate(groups):
        if not group.treated:
            continue
        base = int(np.searchsorted(units.periods, group.cohort - design.anticipation)) - 1
        for t, period in enumerate(units.periods):
            controls = _controls(groups, g, units.periods[max(t, base)], design)
            if t != base and controls:
                found.append(DoseCell(g, t, base, period - group.cohort, controls))
    return found


def _controls(groups: Sequence[Group], own: int, later: int, design: DoseDesign) -> tuple[int, ...]:
    """Return whom a group is compared with between two periods, of which one is the later."""
    cohort = groups[own].cohort
    if design.controls == "lowest_dose":
        return tuple(k for k, item in enumerate(groups) if item.cohort == cohort and not item.treated)
    never = tuple(k for k, item in enumerate(groups) if item.cohort == NEVER)
    if design.controls == "never_treated":
        return never
    after = later + design.anticipation
    others = (k for k, item in enumerate(groups) if after < item.cohort < NEVER and item.cohort != cohort)
    return (*others, *never)


def check_cells(
    groups: Sequence[Group], cells: Sequence[DoseCell], basis: Basis, distinct: int, words: DoseWords
) -> tuple[list[DoseCell], list[str]]:
    """Return the cells of groups with enough units behind them, and why others are left out.

    Parameters
    ----------
    groups, cells
        All of them.
    basis
        Functions of the dose.
    distinct
        Number of different doses.

    Raises
    ------
    MethodError
        If no group is left.
    """
    why: dict[int, str] = {}
    for g, group in enumerate(groups):
        if not group.treated:
            continue
        after = [cell for cell in cells if cell.group == g and cell.event >= 0]
        sizes = [sum(len(groups[k].units) for k in cell.controls) for cell in after]
        why[g] = "no period has units to compare with" if not after else ""
        why[g] = why[g] or why_too_few(len(group.units), min(sizes), basis.size)
    notes = [f"The cohort of {groups[g].cohort} is left out: {text}." for g, text in why.items() if text]
    kept = [cell for cell in cells if not why[cell.group]]
    if not kept:
        bins, sizes = isinstance(basis, Bins), [len(groups[g].units) for g in why]
        # Fewer coefficients help only where units are too few for so many.
        most = max((size for size in sizes if size < fewest(basis.size)), default=0)
        raise MethodError(
            "no cohort has units enough for effects by dose. " + " ".join(notes),
            allowed=f"a cohort with {fewest(basis.size)} treated units or more for {basis.size}"
            f" {'bins' if bins else 'coefficients'}, each effect with {FEWEST_CONTROLS} units or more to compare with",
            todo=way_out(most, distinct, basis.size, bins=bins, words=words),
        )
    return kept, notes


def averages_of(cells: Sequence[DoseCell], anticipation: int) -> list[Average]:
    """Return the averages, overall first, then the placebo periods if there are any, then events rising."""
    before = -anticipation

    def over(kind: AverageKind, event: int | None, chosen: Sequence[int]) -> Average:
        by: dict[int, tuple[int, ...]] = {}
        for c in chosen:
            by[cells[c].group] = (*by.get(cells[c].group, ()), c)
        return Average(kind, event, by)

    found = [over("overall", None, [c for c, cell in enumerate(cells) if cell.event >= 0])]
    early = [c for c, cell in enumerate(cells) if cell.event < before]
    if early:
        found.append(over("before", None, early))
    events = sorted({cell.event for cell in cells})
    found += [over("event", event, [c for c, cell in enumerate(cells) if cell.event == event]) for event in events]
    return found
