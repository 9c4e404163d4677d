"""Groups of units in a study of a zone: whose donors a group's units are not, and means over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.core import StudyError, UsageError
from pilotzone.evaluation.few import Ranking
from pilotzone.gather import group_means, load_evidence, others_of_group

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pilotzone.core import Panel
    from pilotzone.study.zone.file import ZoneStudy

__all__ = ["grouped", "groups_of", "means_wanted", "own_group", "ranking_of"]


def means_wanted(study: ZoneStudy) -> bool:
    """Whether the units of the study are means over groups of what is in the data."""
    return study.spec.groups is not None and study.spec.groups.units == "means"


def groups_of(study: ZoneStudy, units: Iterable[str]) -> dict[str, str]:
    """Return the group of each unit that has one, by the study file, or by the region that it lies in.

    Raises
    ------
    StudyError
        If the study has groups that neither it nor the evidence knows.
    """
    spec = study.spec.groups
    if spec is None:
        return {}
    units = list(units)
    if spec.of:
        return {unit: spec.of[unit] for unit in units if unit in spec.of}
    if study.spec.data.source != "bundled":
        raise StudyError(
            "groups.of is missing: your data do not say which unit belongs to which group.",
            allowed="a line for each unit, such as [groups.of] and city_1 = 'north'",
        )
    evidence = load_evidence()
    found = {unit: evidence.region(unit).parent for unit in units}
    if not any(found.values()):
        raise StudyError(
            "groups.of is missing: the evidence does not know which regions these units lie in.",
            allowed="cities of the bundled evidence, whose groups are provinces; else a group for each unit",
        )
    return {unit: group for unit, group in found.items() if group}


def grouped(study: ZoneStudy, panel: Panel) -> Panel:
    """Return the panel with what the study makes of groups: means in place of units, or means of other units.

    Raises
    ------
    StudyError
        If a unit with a group is not in the data, or a series is not there or there already.
    """
    spec = study.spec.groups
    if spec is None:
        return panel
    for unit in spec.of:
        if unit not in panel.units:
            raise StudyError(f"groups.of names {unit!r}, which is not a unit of the data.", todo="take it out")
    groups = groups_of(study, panel.units)
    try:
        if spec.others:
            panel = others_of_group(panel, groups, spec.others, spec.fewest)
    except UsageError as error:
        raise StudyError(f"groups.others: {error.what}", allowed=error.allowed, todo=error.todo) from None
    if spec.units == "members":
        return panel
    return group_means(panel, groups, fewest=spec.fewest, labels=_labels(study, groups.values()))


def _labels(study: ZoneStudy, groups: Iterable[str]) -> dict[str, str]:
    """Return words for groups: names of regions of the evidence."""
    spec = study.spec.groups
    if spec is None or spec.of:
        return {}
    evidence = load_evidence()
    return {group: evidence.region(group).name for group in groups}


def own_group(study: ZoneStudy, units: Sequence[str]) -> frozenset[str]:
    """Return the other units of the zone's group, where these are not donors of it."""
    spec = study.spec.groups
    if spec is None or spec.donors == "keep" or spec.units == "means":
        return frozenset()
    groups = groups_of(study, units)
    own = groups.get(study.spec.zone.unit)
    return frozenset(unit for unit in units if own is not None and groups.get(unit) == own) - {study.spec.zone.unit}


def ranking_of(study: ZoneStudy, panel: Panel, among: Sequence[str]) -> Ranking:
    """Return whom the zone is ranked among, and which units are not donors for one another.

    Raises
    ------
    StudyError
        If a unit that is ranked is not in the data.
    """
    for unit in among:
        if unit not in panel.units:
            raise StudyError(
                f"ranked_among names {unit!r}, which is not a unit of the data.", todo="take it out or correct it"
            )
    spec = study.spec.groups
    if spec is None or spec.donors == "keep" or spec.units == "means":
        return Ranking(tuple(among))
    groups = groups_of(study, panel.units)
    labels = _labels(study, set(groups.values()))
    return Ranking(tuple(among), tuple((unit, labels.get(group, group)) for unit, group in groups.items()))
