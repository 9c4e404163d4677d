"""The map of figures beside a study of a zone: zones with their dates, and the part of every region in the study."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pilotzone.core import UsageError, unknown
from pilotzone.gather import evidence_panel, load_evidence
from pilotzone.report import Land, Mark, and_list, bare_title, share_text
from pilotzone.study.runs.atlas import Part, atlas_of, evidence_facts, geography_of, other_series, titled
from pilotzone.study.runs.choices import Option
from pilotzone.study.zone.maps import map_shapes
from pilotzone.study.zone.material import uses_bundled_evidence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pilotzone.core import Panel
    from pilotzone.study.runs.atlas import Atlas
    from pilotzone.study.zone.file import ZoneStudy
    from pilotzone.study.zone.findings import Findings

__all__ = ["zone_atlas"]

_OWN, _OTHERS = "Series of the study", "Other series of the evidence"
_TREATED, _ZONE = "★", "△"


def zone_atlas(study: ZoneStudy, found: Findings, series: str) -> Atlas:
    """Return the map of a series.

    Parameters
    ----------
    study, found
        The study and what it found.
    series
        A series of the study, or for one on the bundled evidence any of its geography; the first outcome if empty.

    Raises
    ------
    UsageError
        If there is no such series.
    """
    own = _worded(found)
    others = other_series(geography_of(own.units), own.series) if uses_bundled_evidence(study) else {}
    chosen = series or _first(found)
    if chosen not in own.series and chosen not in others:
        raise unknown("series", chosen, [*own.series, *others], of="the study", error=UsageError)
    panel = own if chosen in own.series else evidence_panel([chosen])
    options = {
        _OWN: tuple(Option(name, titled(info)) for name, info in own.series.items()),
        _OTHERS: tuple(Option(name, label) for name, label in others.items()),
    }
    return atlas_of(
        panel,
        chosen,
        at=found.main.effects.design.start,
        options=options,
        land=_land(found),
        credit="" if found.map is None else found.map.credit,
        note=f"{_TREATED} treated unit with its start; {_ZONE} another zone of the policy with its month of approval.",
        parts=_parts(found),
        marks=_marks(found),
        facts=evidence_facts(own.units) if uses_bundled_evidence(study) else {},
    )


def _worded(found: Findings) -> Panel:
    """Return the panel with outcomes called as the study calls them."""
    panel = found.panel
    titles = {}
    for outcome in found.main.joint.outcomes:
        titles[outcome.name] = outcome.title
        # What it is the logarithm of is called the same: the unit tells them apart.
        titles |= {name: bare_title(outcome) for name in panel.series if _is_log_of(panel, outcome.name, name)}
    infos = {
        name: replace(info, label=titles[name]) if name in titles and info.label == name else info
        for name, info in panel.series.items()
    }
    return replace(panel, series=infos)


def _first(found: Findings) -> str:
    """Return the series to begin with: the first outcome, or what it is the logarithm of."""
    name = found.main.joint.outcomes[0].name
    return next((other for other in found.panel.series if _is_log_of(found.panel, name, other)), name)


def _is_log_of(panel: Panel, name: str, other: str) -> bool:
    return panel.series[name].formula == f"log({other})"


def _land(found: Findings) -> Land:
    if found.map is None:
        return Land({}, {})
    names = {
        str(item["id"]): str((item.get("properties") or {}).get("name") or item["id"])
        for item in found.map.geojson["features"]
    }
    return Land(map_shapes(found), names, found.map.projection, found.map.points)


def _marks(found: Findings) -> dict[str, Mark]:
    """Return the treated units with their start, then the other zones of the policy with the month of approval."""
    treated = {part.design.unit: Mark(_TREATED, str(part.design.start)) for part in found.main.parts}
    if found.map is None or not found.map.zones:
        return treated
    dates = {zone.region: zone.date for zone in reversed(load_evidence().zones)}
    others = {code: Mark(_ZONE, dates.get(code, "")) for code in found.map.zones if code not in treated}
    return treated | others


def _parts(found: Findings) -> Mapping[str, Part]:
    panel = found.panel
    chosen = frozenset() if found.map is None else found.map.chosen
    parts = {
        part.design.unit: Part(f"treated from {part.design.start}", "The zone that the study is about.")
        for part in found.main.parts
    }
    for decision in found.main.donors:
        if decision.unit in parts:
            continue
        if decision.admitted:
            parts[decision.unit] = Part("donor", _weights(found, decision.unit))
        else:
            role = "left out by the study" if decision.unit in chosen else "left out: not usable"
            parts[decision.unit] = Part(role, f"Why: {decision.reason}.")
    return {unit: parts.get(unit, Part("takes no part")) for unit in panel.units}


def _weights(found: Findings, unit: str) -> str:
    told = []
    for effects, fit in found.main.fits:
        whose = f", {found.panel.label(effects.design.unit)}" if len(found.main.parts) > 1 else ""
        told.append(f"{share_text(fit.donor_weights().get(unit, 0.0))} ({bare_title(fit.outcome)}{whose})")
    return f"Weight in the comparison: {and_list(told)}."
