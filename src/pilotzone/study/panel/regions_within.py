"""Series of regions that lie in those of the programme: cities of provinces, as means over each or one by one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Panel, StudyError, unknown
from pilotzone.gather import derive, evidence_panel, group_means, load_evidence, parse_expression
from pilotzone.study.runs.breaks import declared

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pilotzone.gather import Policy
    from pilotzone.study.panel.file import PanelStudySpec
    from pilotzone.study.panel.members import MembersSpec

__all__ = ["UnitsPanel", "check_members", "read_units"]


@dataclass(frozen=True, eq=False)
class UnitsPanel:
    """Series of a study's units, derived ones too.

    Attributes
    ----------
    panel
        Figures.
    places
        Every region whose figures are in it, the units or the members that means are taken over, to the unit.
    parents
        Unit to the region of the programme in which it lies; empty where units are such regions.
    told
        What units are, as an assumption: what, value, reason; empty where they are the programme's regions.
    """

    panel: Panel
    places: Mapping[str, str]
    parents: Mapping[str, str] = field(default_factory=dict)
    told: tuple[tuple[str, str, str], ...] = ()


def check_members(spec: PanelStudySpec, policy: Policy) -> None:
    """Refuse series that are not of the programme's regions, nor of members of these where the study has members.

    Raises
    ------
    StudyError
        If a series is of another geography, or a region or a member is unknown.
    """
    evidence, members = load_evidence(), spec.panel.members
    known = evidence.geographies
    inside = _inside(policy)
    for name in spec.panel.series:
        geography = evidence.series[name].geography
        if geography == policy.geography or (members is not None and geography in inside):
            continue
        todo = "add a table [panel.members]: units are then means over each region's members, or the members"
        raise StudyError(
            f"panel.series names {name!r}, of {known[geography].many}; the programme {policy.name!r} is about "
            f"{known[policy.geography].many}.",
            allowed=f"series of {known[policy.geography].many}",
            todo=todo if geography in inside else None,
        )
    if members is None:
        return
    own = _own_series(spec, policy)
    if len(own) == len(spec.panel.series):
        raise StudyError(
            f"panel.members is given, and all series are of {known[policy.geography].many}.", todo="leave it out"
        )
    _check_places(members, _all_members(spec, policy), policy)


def _check_places(members: MembersSpec, there: Mapping[str, str], policy: Policy) -> None:
    for region, codes in members.only.items():
        if region not in policy.regions:
            told = f"panel.members.only names {region!r}, which is not a region of {policy.name!r}"
            raise unknown("region", region, policy.regions, told=told, error=StudyError)
        for code in codes:
            if there.get(code) != region:
                inside = sorted(one for one, parent in there.items() if parent == region)
                told = f"panel.members.only names {code!r}, which does not lie in {policy.label(region)} ({region})"
                raise unknown("member", code, inside, told=told, error=StudyError)
    for code in members.drop:
        if code not in there:
            told = f"panel.members.drop names {code!r}, which lies in no region of {policy.name!r}"
            raise unknown("member", code, sorted(there), told=told, error=StudyError)


def read_units(spec: PanelStudySpec, policy: Policy, regions: Sequence[str], known: Iterable[str]) -> UnitsPanel:
    """Return the series of a study's units.

    Parameters
    ----------
    spec
        The study.
    policy
        Its programme.
    regions
        Regions of the programme that take part.
    known
        Names of breaks that are taken.
    """
    members = spec.panel.members
    if members is None:
        panel = derive(declared(evidence_panel(spec.panel.series, regions=regions), spec.breaks, known), spec.derive)
        return UnitsPanel(panel, {unit: unit for unit in panel.units})
    own = _own_series(spec, policy)
    inner = [name for name in spec.panel.series if name not in own]
    parents = _chosen(members, _all_members(spec, policy), regions)
    first = _defined(inner, spec.derive)
    read = declared(evidence_panel(inner, regions=sorted(parents)), spec.breaks, known)
    panel = derive(read, {name: spec.derive[name] for name in first})
    if members.units == "members":
        return _single(panel, spec, parents)
    means = group_means(panel, parents, fewest=members.fewest, labels={code: policy.label(code) for code in regions})
    if own:
        means = _joined(means, evidence_panel(own, regions=means.units))
    rest = {name: text for name, text in spec.derive.items() if name not in first}
    return UnitsPanel(derive(means, rest), parents, told=(_told_means(panel, spec, parents, inner),))


def _single(panel: Panel, spec: PanelStudySpec, parents: Mapping[str, str]) -> UnitsPanel:
    """Return the members that have every figure of the outcomes in the study's years."""
    at = _years(panel, spec)
    names = [item.name for item in spec.outcomes if item.name in panel.series]
    whole = np.ones(len(panel.units), bool)
    for name in names:
        whole &= ~np.isnan(panel.matrix(name)[:, at]).any(axis=1)
    kept = [unit for unit, there in zip(panel.units, whole.tolist(), strict=True) if there]
    told = (
        "Units",
        f"{len(kept)} of {len(panel.units)} members of the programme's regions",
        "Members that lack a figure take no part. Each is treated as its region is, and regions are drawn as a whole.",
    )
    single = {unit: unit for unit in kept}
    return UnitsPanel(panel.select(units=kept), single, {unit: parents[unit] for unit in kept}, (told,))


def _told_means(
    panel: Panel, spec: PanelStudySpec, parents: Mapping[str, str], series: Sequence[str]
) -> tuple[str, str, str]:
    """Return over how many members means are taken."""
    at = _years(panel, spec)
    counts: dict[str, int] = {}
    for unit, row in zip(panel.units, panel.matrix(series[0])[:, at], strict=True):
        if not np.isnan(row).any():
            counts[parents[unit]] = counts.get(parents[unit], 0) + 1
    each = ", ".join(f"{code[3:]} {count}" for code, count in sorted(counts.items()))
    value = f"{len(counts)} means over {sum(counts.values())} members with figures in every year"
    return "Units", value, f"Every member counts alike within its region: {each}."


def _years(panel: Panel, spec: PanelStudySpec) -> list[int]:
    first, last = spec.panel.periods or (panel.periods[0], panel.periods[-1])
    return [k for k, period in enumerate(panel.periods) if first <= period <= last]


def _inside(policy: Policy) -> frozenset[str]:
    """Return the geographies whose regions lie in those of a programme."""
    return frozenset(region.geography for region in load_evidence().regions if region.parent in policy.regions)


def _own_series(spec: PanelStudySpec, policy: Policy) -> list[str]:
    series = load_evidence().series
    return [name for name in spec.panel.series if series[name].geography == policy.geography]


def _all_members(spec: PanelStudySpec, policy: Policy) -> dict[str, str]:
    """Return every member of the programme's regions that the series are of, with its region."""
    evidence = load_evidence()
    geographies = {evidence.series[name].geography for name in spec.panel.series} - {policy.geography}
    return {
        region.code: region.parent
        for region in evidence.regions
        if region.geography in geographies and region.parent in policy.regions
    }


def _chosen(members: MembersSpec, there: Mapping[str, str], regions: Iterable[str]) -> dict[str, str]:
    part = set(regions)
    only = {code for codes in members.only.values() for code in codes}
    return {
        code: region
        for code, region in there.items()
        if region in part and code not in members.drop and (region not in members.only or code in only)
    }


def _defined(series: Sequence[str], definitions: Mapping[str, str]) -> list[str]:
    """Return the derived series that can be made of these series alone, in the order of the file."""
    known, found = set(series), []
    while True:
        more = [
            name
            for name, text in definitions.items()
            if name not in known and set(parse_expression(text).names) <= known
        ]
        if not more:
            return [name for name in definitions if name in found]
        known.update(more)
        found += more


def _joined(one: Panel, other: Panel) -> Panel:
    """Return the series of two panels with the same units, over the periods of both."""
    periods = tuple(sorted({*one.periods, *other.periods}))
    values = {}
    for panel in (one, other):
        at = [periods.index(period) for period in panel.periods]
        for name, matrix in panel.values.items():
            values[name] = np.full((len(one.units), len(periods)), np.nan)
            values[name][:, at] = matrix
    return Panel(one.units, periods, values, {**one.series, **other.series}, {**other.labels, **one.labels})
