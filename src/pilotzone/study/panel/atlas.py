"""The map of figures beside a panel study: who is treated from when, who is not, and, on the evidence, why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.core import UsageError, unknown
from pilotzone.gather import evidence_panel, load_evidence, load_shapes
from pilotzone.report import Land, Mark, and_list
from pilotzone.study.panel.map import map_credit, map_geometries
from pilotzone.study.panel.ownmap import own_atlas
from pilotzone.study.runs.atlas import Part, atlas_of, evidence_facts, other_series, titled
from pilotzone.study.runs.choices import Option

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pilotzone.gather import RegionTreatment
    from pilotzone.study.panel.file import PanelStudy
    from pilotzone.study.panel.findings import EvaluationFindings
    from pilotzone.study.runs.atlas import Atlas

__all__ = ["panel_atlas"]

_STATES = {"never": "never treated", "always": "always treated: takes no part", "left out": "left out"}


def panel_atlas(study: PanelStudy, found: EvaluationFindings, series: str) -> Atlas:
    """Return the map of a series of the programme's geography; that of the study's first series if it is empty.

    For a panel in a file of the user's own: of one of its outcomes.

    Raises
    ------
    UsageError
        If there is no such series, or a panel of the user's own has more units than a map can show.
    """
    treatment = found.treatment
    if treatment is None:
        return own_atlas(study, found, series)
    evidence, geography = load_evidence(), treatment.policy.geography
    # Where units are members of the programme's regions, some series are of these members and have no place on the map.
    own = [name for name in study.spec.panel.series if evidence.of(name).geography == geography]
    others = other_series(geography, own)
    chosen = series or next(iter((*own, *others)))
    if chosen not in own and chosen not in others:
        raise unknown("series", chosen, [*own, *others], of="the study", error=UsageError)
    panel = evidence_panel(own if chosen in own else [chosen])
    cohorts = treatment.cohorts
    return atlas_of(
        panel,
        chosen,
        at=min(cohorts.values(), default=None),
        options={
            "Series of the study": tuple(Option(name, titled(evidence.of(name).info)) for name in own),
            "Other series of the evidence": tuple(Option(name, label) for name, label in others.items()),
        },
        land=_land(found, geography),
        credit=map_credit(found),
        note=f"Years are the first of treatment.{_unmapped(study, geography)}",
        parts={item.region: _part(item) for item in treatment.regions},
        marks={code: Mark("", str(year)) for code, year in cohorts.items()},
        facts=evidence_facts(panel.units),
    )


def _unmapped(study: PanelStudy, geography: str) -> str:
    """Return which series of the study are not of the programme's regions; empty where all are."""
    entries = [load_evidence().of(name) for name in study.spec.panel.series]
    apart = [titled(entry.info) for entry in entries if entry.geography != geography]
    return (
        f" Not on this map, since the figures are of places within these regions: {and_list(apart)}." if apart else ""
    )


def _land(found: EvaluationFindings, geography: str) -> Land:
    if found.placed is not None:
        return found.placed.shapes.land
    geometries: Mapping[str, Mapping[str, object]] = map_geometries(found)
    if not geometries:
        return Land({}, {})
    names = {region.code: region.name for region in load_evidence().regions_of(geography)}
    return Land(geometries, names, load_shapes(geography).projection)


def _part(item: RegionTreatment) -> Part:
    role = f"treated from {item.cohort}" if item.state == "treated" else _STATES[item.state]
    return Part(role, item.why if item.why.endswith(".") else f"{item.why}.")
