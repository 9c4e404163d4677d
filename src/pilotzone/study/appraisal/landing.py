"""From the findings of an appraisal to what lands where: only what they hold, with what is not known said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilotzone.appraisal import HOURS, Landed, Landing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pilotzone.appraisal import Venture, Where
    from pilotzone.study.appraisal.file import AppraisalFile
    from pilotzone.study.appraisal.findings import ChanceFound, ImpactFound, MoneyFound
    from pilotzone.study.appraisal.material import AppraisalMaterial

__all__ = ["landed_of"]

_ALL, _BUILT, _RUN, _FULL = "over all years", "while it is built", "a year of operation", "a year at full use"
_EFFECTS: Mapping[str, tuple[str, Where]] = {
    "value added": ("value added, type I", "region"),
    "jobs": ("jobs, type I", "region"),
    "imports": ("inputs bought outside", "outside"),
    "leaked at once": ("spending that leaks at once", "outside"),
}
_DESIGNED = {"so2": "SO2", "nox": "NOx", "pm": "PM"}
_KG_A_T = 1000.0


def landed_of(
    file: AppraisalFile,
    material: AppraisalMaterial,
    given: Mapping[str, Any],
    money: MoneyFound,
    impact: ImpactFound | None,
    chance: ChanceFound | None,
) -> Landed:
    """Return what lands where.

    Parameters
    ----------
    file, material
        The appraisal.
    given
        Findings of studies beside, by kind: a campus tells more of emissions.
    money, impact, chance
        What was found; `None` for what was not asked for.
    """
    lines = [
        *_values(money, chance),
        *_jobs(money.venture, known=impact is not None and _has(impact, "jobs")),
        *_called_for(impact),
        *_emitted(file, given, money),
        _water(money.venture),
    ]
    return Landed(
        file.appraisal.region, material.region_label, dict(money.values), str(money.flows.prices), tuple(lines)
    )


def _values(money: MoneyFound, chance: ChanceFound | None) -> list[Landing]:
    places: tuple[tuple[str, Where], ...] = (("operator", "open"), ("province", "region"), ("rest", "rest"))
    found = []
    for party, where in places:
        value = money.values[party]
        low = high = value
        note = "Its owners, and so where it lands, are not in the study." if party == "operator" else ""
        drawn = None if chance is None else chance.outcomes.get(party)
        if drawn is not None:
            at = {p: float(q) for p, q in zip(drawn.probabilities, drawn.quantiles, strict=True)}
            if {0.05, 0.95} <= set(at):
                low, high = at[0.05], at[0.95]
                note = f"{note} Range: nine in ten draws.".lstrip()
        who = "the rest of the country" if party == "rest" else f"the {party}"
        found.append(
            Landing(
                what=f"net present value of {who}",
                when=_ALL,
                where=where,
                value=value,
                low=low,
                high=high,
                unit=str(money.flows.prices),
                standing="modelled",
                note=note,
            )
        )
    return found


def _jobs(venture: Venture, *, known: bool) -> list[Landing]:
    found = []
    for name, when, unit in (("construction_jobs_per_mw", _BUILT, "job-years"), ("jobs_per_mw", _RUN, "jobs")):
        figure, size = venture.figures[name], venture.value("it_mw")
        found.append(
            Landing(
                what="jobs on the site",
                when=when,
                where="region",
                value=size * figure.value,
                low=size * figure.low,
                high=size * figure.high,
                unit=unit,
                standing=figure.status,
                note=figure.source,
            )
        )
    if not known:
        found.append(_unknown("jobs at suppliers", _ALL, "open", "jobs", "No table of the appraisal has jobs."))
    return found


def _has(impact: ImpactFound, effect: str) -> bool:
    return any(row["effect"] == effect for row in impact.effects.records())


def _called_for(impact: ImpactFound | None) -> list[Landing]:
    if impact is None:
        return []
    found = []
    for row in impact.effects.records():
        if row["effect"] not in _EFFECTS:
            continue
        what, where = _EFFECTS[str(row["effect"])]
        value, low, high = (float(row[key] or 0.0) for key in ("type I", "I low", "I high"))
        found.append(
            Landing(
                what=what,
                when=_BUILT if row["phase"] == "construction" else _RUN,
                where=where,
                value=value,
                low=low,
                high=high,
                unit=str(row["unit"]),
                standing="modelled",
                note="Called for, not gained; in no net present value.",
            )
        )
    return found


def _emitted(file: AppraisalFile, given: Mapping[str, Any], money: MoneyFound) -> list[Landing]:
    """Return emissions: of a campus beside, of the account, or the tonnes behind the study's lines of harm."""
    found = []
    if money.co2_t is not None:
        found.append(_at_plants("CO2", money.co2_t, "From the supply that was handed over."))
    campus = given.get("campus")
    if campus is not None and file.power.site is not None:
        design = next(item for item in campus.designs if item.system.name == file.power.site)
        for quantity, name in _DESIGNED.items():
            total, absent = design.total(quantity)
            if total is None:
                why = f"Not known of {', '.join(absent)}."
                found.append(_unknown(name, _FULL, "plants", "t", why))
            else:
                tonnes = total / _KG_A_T / campus.filled
                found.append(_at_plants(name, tonnes, "From the campus beside, scaled to all racks."))
    told = {line.what for line in found if line.value is not None}
    for entry in file.burden:
        name = "CO2" if entry.kind == "climate" else entry.name
        if entry.kind not in {"health", "climate"} or name in told:
            continue
        # What a campus beside does not know, the study may say.
        found = [line for line in found if line.what != name or line.value is not None]
        low, high = entry.ends
        harmed = "the rest of the country" if entry.bearer == "rest" else f"the {entry.bearer}"
        found.append(
            Landing(
                what=name,
                when=_FULL,
                where="plants",
                value=(low + high) / 2,
                low=low,
                high=high,
                unit="t",
                standing="given" if low == high else "ASSUMED",
                note=f"Its harm is put on {harmed}. {entry.source}",
            )
        )
    if not found:
        found.append(_unknown("emissions", _FULL, "plants", "t", "The study has none, and no campus in [beside]."))
    return found


def _at_plants(name: str, tonnes: float, note: str) -> Landing:
    return Landing(
        what=name, when=_FULL, where="plants", value=tonnes, low=tonnes, high=tonnes, unit="t", standing="modelled",
        note=note,
    )  # fmt: skip


def _water(venture: Venture) -> Landing:
    figure = venture.figures["water_m3_per_mwh"]
    mwh = venture.value("it_mw") * venture.value("load") * HOURS
    return Landing(
        what="water used on the site",
        when=_FULL,
        where="region",
        value=mwh * figure.value,
        low=mwh * figure.low,
        high=mwh * figure.high,
        unit="m3",
        standing=figure.status,
        note=f"Water of power plants is not in it. {figure.source}",
    )


def _unknown(what: str, when: str, where: Where, unit: str, note: str) -> Landing:
    return Landing(
        what=what, when=when, where=where, value=None, low=None, high=None, unit=unit, standing="not known", note=note
    )
