"""What the data of a zone cannot answer: caveats on the zone, and those that reach it by way of its donors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.core import listing
from pilotzone.evaluation.few import used_span
from pilotzone.gather import load_evidence
from pilotzone.report import Limit
from pilotzone.study.zone.material import uses_bundled_evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.core import Caveat, Panel
    from pilotzone.evaluation.few import FewEffects, SeveralEffects
    from pilotzone.study.zone.file import ZoneStudy

__all__ = ["donor_limits", "limits_of"]

_MOST_DONORS = 6
"""So many donors are named in a limit of the data."""


def limits_of(study: ZoneStudy, panel: Panel) -> tuple[Limit, ...]:
    """Return what the data cannot answer: caveats of the series that outcomes rest on, then lines of the study file.

    Caveats come from the evidence, each once, in the order of the outcomes.
    """
    infos = [(item.label, panel.series[item.name]) for item in study.spec.outcomes]
    last = max(study.spec.window.verdict[1], *(item.window[1] for item in study.spec.zone.also), 0)
    late = _caveats_of(panel) - _caveats_of(panel, until=last) if uses_bundled_evidence(study) else set()
    limits: dict[str, Limit] = {}
    for label, info in infos:
        for caveat in info.caveats:
            if caveat.limits_verdict and caveat.name not in late and _touches_claim(caveat.regions, study):
                where = label or info.label
                limits.setdefault(caveat.name, Limit(caveat.text, "evidence", where, caveat.brief, caveat.remedy))
    if uses_bundled_evidence(study):
        evidence = load_evidence()
        about = [code for unit in study.spec.zone.units for code in evidence.lineage(unit)]
        for table in _tables_used(study, about):
            for caveat in evidence.caveats_about(table, regions=about):
                if caveat.limits_verdict:
                    where = f"table of {table}"
                    limits.setdefault(caveat.name, Limit(caveat.text, "evidence", where, caveat.brief, caveat.remedy))
    own = tuple(Limit(item.text, "study", item.source, item.brief, item.remedy) for item in study.spec.limits)
    return (*limits.values(), *own)


def _tables_used(study: ZoneStudy, about: Sequence[str]) -> list[str]:
    """Return the tables of the evidence that the study rests on: those that name its zones or choose its donors."""
    evidence, rules = load_evidence(), [study.spec.donors.policy_zones]
    rules += [item.policy_zones for item in study.spec.alternatives if item.policy_zones is not None]
    used = []
    if "exclude" in rules or any(zone.region in about for zone in evidence.zones):
        used.append("zones")
    if any(item.region in about for item in evidence.programmes):
        used.append("programmes")
    return used


def _caveats_of(panel: Panel, until: int | None = None) -> set[str]:
    """Names of the caveats on the panel's figures, or only on those up to a period."""
    evidence = load_evidence()
    periods = [period for period in panel.periods if until is None or period <= until]
    names = [name for name in panel.series if name in evidence.series]
    return {item.name for name in names for item in evidence.caveats_on(name, regions=panel.units, periods=periods)}


def _touches_claim(regions: tuple[str, ...], study: ZoneStudy) -> bool:
    """Whether a caveat is about the zone; those on donors alone are told by `donor_limits`, once donors are known."""
    return not regions or not set(study.spec.zone.units).isdisjoint(regions)


def donor_limits(study: ZoneStudy, panel: Panel, effects: FewEffects | SeveralEffects) -> tuple[Limit, ...]:
    """Return caveats that limit a verdict by way of donors alone, which are named.

    Every donor is a placebo, whether it has weight or not: ranks are taken among them. A caveat counts where the fit or
    a window has figures of the periods that it is about.

    Parameters
    ----------
    study, panel
        The study and its data.
    effects
        Effects of the main design, with the units that it admits as donors.
    """
    if not uses_bundled_evidence(study):
        return ()
    found = {item.caveat.name: item for item in load_evidence().caveats}
    donors = {item.unit for item in effects.donors if item.admitted}
    labels = {item.name: item.label for item in study.spec.outcomes}
    limits: dict[str, Limit] = {}
    for part in effects.parts:
        for fit in part.fits:
            name = fit.outcome.name
            span = used_span(panel, name, part.design, study.spec.zone.units)
            if span is None:
                continue
            for caveat in panel.series[name].caveats:
                here = sorted(donors.intersection(caveat.regions))
                if not caveat.limits_verdict or not here or _touches_claim(caveat.regions, study):
                    continue
                if found[caveat.name].touches(here, range(span[0], span[1] + 1)):
                    limits.setdefault(
                        caveat.name, _of_donors(caveat, panel, here, labels.get(name) or fit.outcome.title)
                    )
    return tuple(limits.values())


def _of_donors(caveat: Caveat, panel: Panel, donors: Sequence[str], source: str) -> Limit:
    names = [panel.label(unit) for unit in donors]
    told = f"{'donor' if len(names) == 1 else 'donors'} {listing(names, most=_MOST_DONORS)}"
    brief = f"{caveat.brief or caveat.text.rstrip('.')} ({told})"
    return Limit(f"{caveat.text.rstrip('.')}. It concerns the {told}.", "evidence", source, brief, caveat.remedy)
