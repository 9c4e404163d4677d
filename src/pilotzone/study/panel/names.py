"""What a study on the bundled evidence names: its programme, series and regions, looked up before anything is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.core import StudyError, unknown
from pilotzone.gather import load_evidence
from pilotzone.study.panel.regions_within import check_members
from pilotzone.study.runs.units import unknown_unit

if TYPE_CHECKING:
    from pilotzone.gather import Policy
    from pilotzone.study.panel.file import PanelStudySpec

__all__ = ["CLUSTER", "COHORT", "TIME", "UNIT", "check_bundled", "is_bundled", "policy_of"]

UNIT, TIME, COHORT, CLUSTER = "region", "year", "cohort", "lies_in"
"""Columns of the frame that effects are estimated from."""


def is_bundled(spec: PanelStudySpec) -> bool:
    """Whether a study stands on the bundled evidence rather than on a file of the user's own."""
    return spec.panel.source == "bundled"


def policy_of(spec: PanelStudySpec) -> Policy:
    """Return the programme that a study on the bundled evidence is about.

    Raises
    ------
    StudyError
        If there is no such programme.
    """
    known = load_evidence().policies
    name = "" if spec.treatment is None else spec.treatment.programme
    if name not in known:
        told = f"treatment.programme is {name!r}, which is not a programme of the evidence"
        raise unknown("programme", name, known, told=told, error=StudyError, todo="see: pilotzone evidence")
    return known[name]


def check_bundled(spec: PanelStudySpec) -> None:
    """Refuse what a file says of the evidence that the evidence does not have, before anything is read.

    Raises
    ------
    StudyError
        If a series or region is unknown, the programme is of another geography, or a derived series has a name of a
        column.
    """
    evidence, policy = load_evidence(), policy_of(spec)
    for name in spec.panel.series:
        if name not in evidence.series:
            told = f"panel.series names {name!r}, which is not a series of the evidence"
            raise unknown("series", name, evidence.series, told=told, error=StudyError, todo="see: pilotzone evidence")
    check_members(spec, policy)
    drops = [("panel.drop", spec.panel.drop)]
    drops += [(f"drop of {item.name!r}", item.drop) for item in (*spec.secondary, *spec.placebo_outcomes)]
    drops += [(f"drop of {item.name!r}", item.drop) for item in spec.alternatives]
    for where, drop in drops:
        for region in drop:
            if region not in policy.regions:
                told = f"{where} names {region!r}, which is not a region of {policy.name!r}"
                raise unknown_unit(region, policy.regions, told, label=policy.label, kind="region")
    _check_alternatives(spec, policy)
    _check_beside(spec)
    taken = [name for name in spec.derive if name in {UNIT, TIME, COHORT, CLUSTER}]
    if taken:
        raise StudyError(f"derive: {taken[0]!r} is the name of a column.", todo="give the series another name")


def _check_alternatives(spec: PanelStudySpec, policy: Policy) -> None:
    """Refuse alternatives that take back what was not left out, or members that there are not."""
    for item in spec.alternatives:
        for region in item.back:
            if region not in spec.panel.drop:
                told = f"alternatives: back of {item.name!r} names {region!r}, which panel.drop does not"
                raise unknown("region", region, sorted(spec.panel.drop), told=told, error=StudyError)
        if item.members is not None:
            panel = spec.panel.model_copy(update={"members": item.members})
            check_members(spec.model_copy(update={"panel": panel}), policy)


def _check_beside(spec: PanelStudySpec) -> None:
    """Refuse what is declared beside the claim and names no series: it would be told after the run, as a failure."""
    known = {*spec.panel.series, *spec.derive}
    claimed = [item.name for item in spec.outcomes]
    named = [("secondary", item.name) for item in spec.secondary]
    named += [("placebo_outcomes", item.name) for item in spec.placebo_outcomes]
    for item in spec.alternatives:
        named += [(f"alternatives: weight of {item.name!r}", item.weight)] if item.weight is not None else []
        named += [(f"alternatives: swap of {item.name!r}", new) for new in item.swap.values()]
        for old in item.swap:
            if old not in claimed:
                told = f"alternatives: swap of {item.name!r} names {old!r}, which is not one of outcomes"
                raise unknown("outcome", old, claimed, told=told, error=StudyError)
    for where, name in named:
        if name not in known:
            told = f"{where}: {name!r} is neither one of panel.series nor derived"
            raise unknown("series", name, sorted(known), told=told, error=StudyError)
