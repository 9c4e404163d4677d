"""What a study on the bundled evidence names: its programme, series and regions, looked up before anything is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.core import StudyError, unknown
from pilotzone.gather import load_evidence
from pilotzone.study.runs.units import unknown_unit

if TYPE_CHECKING:
    from pilotzone.gather import Policy
    from pilotzone.study.panel.file import PanelStudySpec

__all__ = ["COHORT", "TIME", "UNIT", "check_bundled", "is_bundled", "policy_of"]

UNIT, TIME, COHORT = "region", "year", "cohort"
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
        geography = evidence.series[name].geography
        if geography != policy.geography:
            known = evidence.geographies
            raise StudyError(
                f"panel.series names {name!r}, of {known[geography].many}; the programme {policy.name!r} is about "
                f"{known[policy.geography].many}.",
                allowed=f"series of {known[policy.geography].many}",
            )
    drops = [("panel.drop", spec.panel.drop)]
    drops += [(f"drop of {item.name!r}", item.drop) for item in (*spec.secondary, *spec.placebo_outcomes)]
    drops += [(f"drop of {item.name!r}", item.drop) for item in spec.alternatives]
    for where, drop in drops:
        for region in drop:
            if region not in policy.regions:
                told = f"{where} names {region!r}, which is not a region of {policy.name!r}"
                raise unknown_unit(region, policy.regions, told, label=policy.label, kind="region")
    _check_beside(spec)
    taken = [name for name in spec.derive if name in {UNIT, TIME, COHORT}]
    if taken:
        raise StudyError(f"derive: {taken[0]!r} is the name of a column.", todo="give the series another name")


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
