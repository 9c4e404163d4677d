"""From a study file to what the methods need: panel, outcomes, predictors and donors ruled out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pilotzone.core import Outcome, StudyError, UsageError, expanded, unknown
from pilotzone.evaluation.few import Predictor
from pilotzone.gather import TableForm, Words, derive, evidence_panel, load_evidence, read_panel
from pilotzone.store import is_postgres
from pilotzone.study.runs.breaks import declared
from pilotzone.study.runs.levels import check_free_scale, check_growth
from pilotzone.study.runs.units import unknown_unit
from pilotzone.study.zone.groups import grouped, means_wanted, own_group

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from pilotzone.core import Break, Panel
    from pilotzone.study.zone.file import AlternativeSpec, OutcomeSpec, SecondarySpec, ZoneStudy

__all__ = [
    "PROVINCES",
    "bundled_series",
    "data_file",
    "excluded_units",
    "known_breaks",
    "load_panel",
    "outcome_of",
    "predictors_of",
    "programmes_of",
    "unused_units",
    "uses_bundled_evidence",
]

PROVINCES = "cn-province"
"""Geography whose zones, programmes and borders on land the evidence knows."""
_LARGEST_LOG = 300


def uses_bundled_evidence(study: ZoneStudy) -> bool:
    """Whether the study stands on the bundled evidence rather than on a file of the user's own."""
    return study.spec.data.source == "bundled"


def data_file(study: ZoneStudy) -> Path | None:
    """Return the user's data file, or ``None`` for a study on the bundled evidence or on a database elsewhere."""
    if study.spec.data.file is None or is_postgres(study.spec.data.file):
        return None
    given = expanded(study.spec.data.file, fault=StudyError)
    return given if given.is_absolute() or study.folder is None else study.folder / given


def bundled_series(study: ZoneStudy) -> tuple[str, ...]:
    """Return the series of the evidence that a study is about: those it lists, else all of its zone's geography."""
    evidence, named = load_evidence(), study.spec.data.series
    if named:
        return named
    geography = evidence.region(study.spec.zone.unit).geography
    return tuple(name for name, entry in evidence.series.items() if entry.geography == geography)


def load_panel(study: ZoneStudy) -> Panel:
    """Return the panel of a study, derived series included.

    Raises
    ------
    DataError
        If the figures' form is not admitted.
    UsageError
        If a series is not in the data.
    StudyError
        If the study declares a break of what is not in the data, or outside its periods.
    """
    data = study.spec.data
    file = data_file(study)
    if uses_bundled_evidence(study):
        panel = evidence_panel(bundled_series(study))
    else:
        panel = read_panel(
            data.file if file is None else file,
            unit=data.unit,
            period=data.period,
            units_of_measure=data.units,
            outcomes=data.series or None,
            indices=data.index,
            layout=data.layout,
            form=TableForm(
                delimiter=data.delimiter,
                encoding=data.encoding,
                sheet=data.sheet,
                sheets=data.sheets,
                header=data.header,
                range=data.range,
                thousands=data.thousands,
                decimal=data.decimal,
                table=data.table,
                query=data.query,
            ),
            words=Words(labels=data.labels, names=data.names, source=data.citation or None),
        )
    panel = declared(panel, study.spec.breaks, known=[item.name for item in known_breaks(study)])
    # Where units are means over groups, who takes part is known once these are made.
    idle = unused_units(study, panel) if study.spec.derive and not means_wanted(study) else ()
    return grouped(study, derive(panel, study.spec.derive, unused=idle))


def known_breaks(study: ZoneStudy) -> tuple[Break, ...]:
    """Return the breaks of the series that a study on the evidence is about, whichever regions they concern."""
    if not uses_bundled_evidence(study):
        return ()
    series = {*bundled_series(study)}
    return tuple(item.found for item in load_evidence().breaks if not series.isdisjoint(item.series))


def outcome_of(panel: Panel, spec: OutcomeSpec | SecondarySpec, unused: Collection[str] = ()) -> Outcome:
    """Return the outcome a study file declares.

    Raises
    ------
    StudyError
        If it is not a series of the panel, is declared a logarithm and is none (or the other way round), or its level
        is arbitrary, or growth, and taken for one.
    """
    if spec.name not in panel.series:
        raise unknown(
            "series",
            spec.name,
            sorted(panel.series),
            told=f"outcome {spec.name!r} is neither a series of the data nor derived",
            error=StudyError,
            todo=f'name one of them, or add a line to [derive] such as {spec.name} = "log(a / b)"',
        )
    unit = panel.series[spec.name].unit
    check_free_scale(panel.series[spec.name], spec.scale)
    check_growth(panel.series, spec.name, spec.scale)
    if (spec.scale == "log") != unit.startswith("log("):
        kind = "a logarithm" if unit.startswith("log(") else f"no logarithm (its unit is {unit})"
        raise StudyError(
            f"outcome {spec.name!r} has scale '{spec.scale}', but is {kind}.",
            allowed="scale = 'log' for a series derived by log(...) or chain(...), whose effects read in percent; else "
            "'level'",
        )
    if spec.scale == "log":
        _check_size(panel, spec.name, unused)
    try:
        return Outcome.written(
            spec.name,
            getattr(spec, "role", None),
            spec.good,
            getattr(spec, "margin", None),
            spec.scale,
            spec.label or panel.series[spec.name].label,
            unit,
        )
    except UsageError as error:
        raise StudyError(error.what, allowed=error.allowed, todo=error.todo) from None


def predictors_of(panel: Panel, study: ZoneStudy) -> tuple[Predictor, ...]:
    """Return the predictors a study file names.

    Raises
    ------
    StudyError
        If one is not a series of the panel, or its level is arbitrary.
    """
    named = study.spec.method.predictors
    for place, item in enumerate(named, 1):
        if item.name not in panel.series:
            told = f"method.predictors[{place}] names {item.name!r}, which is neither a series of the data nor derived"
            raise unknown("series", item.name, sorted(panel.series), told=told, error=StudyError)
        if panel.series[item.name].free_level:
            raise StudyError(
                f"method.predictors[{place}] names {item.name!r}, whose level is arbitrary: its means do not compare.",
                allowed="series whose levels mean something, such as growth from one period to the next",
            )
    return tuple(Predictor(item.name, item.fitted, item.training) for item in named)


def _check_size(panel: Panel, name: str, unused: Collection[str]) -> None:
    """Refuse "logarithms" whose percentages would be beyond all numbers: they are figures with a wrong unit."""
    rows = [row for unit, row in zip(panel.units, panel.values[name], strict=True) if unit not in unused]
    largest = max((abs(value) for row in rows for value in row if not math.isnan(value)), default=0.0)
    if largest > _LARGEST_LOG:
        raise StudyError(
            f"outcome {name!r} is said to be a logarithm, but is as large as {largest:.4g}.",
            allowed=f"logarithms from -{_LARGEST_LOG} to {_LARGEST_LOG}",
            todo="check its unit in [data.units]; take the logarithm in [derive] if the figures are in levels",
        )


def excluded_units(study: ZoneStudy, panel: Panel, change: AlternativeSpec | None = None) -> dict[str, str]:
    """Return the units that the study file rules out as donors, each with its reason.

    Parameters
    ----------
    study, panel
        The study and its data.
    change
        An alternative design: its rules hold in place of the study's, and what it leaves out is left out as well.

    Raises
    ------
    StudyError
        If a rule needs the bundled evidence and the data are the user's own, or what the evidence does not know of the
        zone's geography; or if a unit is unknown.
    """
    donors, zones = study.spec.donors, study.spec.zone.units
    _known(panel, zones[:1], "zone.unit")
    _known(panel, zones[1:], "zone.also")
    _known(panel, donors.exclude, "donors.exclude")
    _known(panel, donors.only, "donors.only")
    policy_zones, neighbours = donors.policy_zones, donors.neighbours
    if change is not None:
        _known(panel, change.exclude, f"exclude of the alternative {change.name!r}")
        policy_zones, neighbours = change.policy_zones or policy_zones, change.neighbours or neighbours
    reasons: dict[str, str] = {}
    if policy_zones == "exclude":
        _needs_evidence(study, "donors.policy_zones")
        _needs_zones(zones)
        # Those of the zone's own group are left out as such: they stay donors of the others, as theirs are of the zone.
        fellows = own_group(study, panel.units)
        reasons |= {unit: why for unit, why in _in_policy_zones(panel).items() if unit not in fellows}
    if neighbours == "exclude":
        _needs_evidence(study, "donors.neighbours")
        _needs_borders(zones)
        for own in zones:
            for region in load_evidence().neighbours_of(own):
                reasons.setdefault(region, f"neighbour of {panel.label(own)}")
    reasons |= dict(donors.exclude) | ({} if change is None else change.exclude)
    if donors.only:
        outside = [unit for unit in panel.units if unit not in donors.only and unit not in reasons]
        reasons |= dict.fromkeys(outside, "not on the study's list of donors")
    return {unit: reason for unit, reason in reasons.items() if unit in panel.units and unit not in zones}


def unused_units(study: ZoneStudy, panel: Panel) -> frozenset[str]:
    """Return the units that no design of the study uses: ruled out as donors by the main one and every alternative.

    Raises
    ------
    StudyError
        As in `excluded_units`.
    """
    out = [excluded_units(study, panel, change) for change in (None, *study.spec.alternatives)]
    return frozenset(out[0]).intersection(*out[1:])


def _known(panel: Panel, units: Sequence[str] | dict[str, str], key: str) -> None:
    for unit in units:
        if unit not in panel.units:
            raise unknown_unit(
                unit, panel.units, f"{key} names {unit!r}, which is not a unit of the data", label=panel.label
            )


def _needs_evidence(study: ZoneStudy, key: str) -> None:
    if not uses_bundled_evidence(study):
        raise StudyError(
            f"{key} = 'exclude' needs the bundled evidence, which knows zones and neighbours; your data do not.",
            todo="list the units in [donors.exclude], each with its reason",
        )


def _in_policy_zones(panel: Panel) -> dict[str, str]:
    """Return the units with a zone of the same policy, or in a province with one, each with its zone in words."""
    evidence = load_evidence()
    reasons: dict[str, str] = {}
    known = {region.code for region in evidence.regions}
    for unit in panel.units:
        for zone in evidence.zones_in(unit) if unit in known else ():
            part = "" if zone.whole else f", {zone.part}"
            where = "zone" if zone.region == unit else "in a province with a zone"
            reasons.setdefault(unit, f"{where} of the same policy ({zone.name}, {zone.date}{part})")
    return reasons


def _needs_zones(zones: tuple[str, ...]) -> None:
    """Refuse to leave out zones of a policy where the evidence knows none."""
    evidence = load_evidence()
    places = {zone.region for zone in evidence.zones}
    known = {region.geography for region in evidence.regions if places.intersection(evidence.lineage(region.code))}
    without = [code for code in zones if evidence.region(code).geography not in known]
    if without:
        geography = evidence.geographies[evidence.region(without[0]).geography]
        allowed = sorted(item.many for item in evidence.geographies.values() if item.name in known)
        raise StudyError(
            f"donors.policy_zones = 'exclude': the evidence knows no zones of a policy among {geography.many}.",
            allowed=f"zones that are {' or '.join(allowed)}",
            todo="list the units that had a policy of the same kind in [donors.exclude], each with its reason; "
            "programmes with many treated regions are for a panel with [treatment]",
        )


def _needs_borders(zones: tuple[str, ...]) -> None:
    evidence = load_evidence()
    without = [code for code in zones if evidence.region(code).geography != PROVINCES]
    if without:
        geography = evidence.geographies[evidence.region(without[0]).geography]
        raise StudyError(
            f"donors.neighbours = 'exclude': the evidence does not know which {geography.many} share a border.",
            allowed=f"zones that are {evidence.geographies[PROVINCES].many}",
            todo="list the neighbours in [donors.exclude], each with its reason",
        )


def programmes_of(study: ZoneStudy) -> tuple[str, ...]:
    """Return other programmes in the zone as sentences, with where each is known from."""
    if not uses_bundled_evidence(study):
        return ()
    sentences = []
    about = {code for unit in study.spec.zone.units for code in load_evidence().lineage(unit)}
    for item in load_evidence().programmes:
        if item.region in about:
            until = f" to {item.end}" if item.end else ""
            where = f" ({item.region})" if study.spec.zone.also else ""
            sentences.append(f"{item.name}{where}, from {item.start}{until} (source: {item.source.title}).")
    return tuple(sentences)
