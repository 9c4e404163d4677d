"""From a study file to what the methods need: panel, outcomes, donors ruled out, limits and shapes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pilotzone.core import Outcome, StudyError, UsageError, did_you_mean, expanded, listing
from pilotzone.evaluate.few import Predictor
from pilotzone.gather import TableForm, Words, derive, evidence_panel, load_evidence, load_shapes, read_panel
from pilotzone.report import Limit, MapMaterial

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path
    from typing import Literal

    from pilotzone.core import Panel
    from pilotzone.study.reading import Study
    from pilotzone.study.spec import OutcomeSpec, SecondarySpec

    Rule = Literal["exclude", "keep"]

__all__ = [
    "data_file",
    "excluded_units",
    "limits_of",
    "load_panel",
    "map_material",
    "outcome_of",
    "predictors_of",
    "programmes_of",
    "unused_units",
    "uses_bundled_evidence",
]


_LARGEST_LOG = 300


def uses_bundled_evidence(study: Study) -> bool:
    """Whether the study stands on the bundled evidence rather than on a file of the user's own."""
    return study.spec.data.source == "bundled"


def data_file(study: Study) -> Path | None:
    """Return the user's data file, or ``None`` for a study on the bundled evidence."""
    if study.spec.data.file is None:
        return None
    given = expanded(study.spec.data.file, fault=StudyError)
    return given if given.is_absolute() or study.folder is None else study.folder / given


def load_panel(study: Study) -> Panel:
    """Return the panel of a study, derived series included.

    Raises
    ------
    DataError
        If the figures' form is not admitted.
    UsageError
        If a series is not in the data.
    """
    data = study.spec.data
    file = data_file(study)
    if file is None:
        series = data.series or tuple(load_evidence().series)
        panel = evidence_panel(series)
    else:
        panel = read_panel(
            file,
            unit=data.unit,
            period=data.period,
            units_of_measure=data.units,
            outcomes=data.series or None,
            layout=data.layout,
            form=TableForm(delimiter=data.delimiter, encoding=data.encoding, sheet=data.sheet),
            words=Words(labels=data.labels, names=data.names, source=data.citation or None),
        )
    return derive(panel, study.spec.derive, unused=unused_units(study, panel) if study.spec.derive else ())


def outcome_of(panel: Panel, spec: OutcomeSpec | SecondarySpec, unused: Collection[str] = ()) -> Outcome:
    """Return the outcome a study file declares.

    Raises
    ------
    StudyError
        If it is no series of the panel, or is declared a logarithm and is none (or the other way round).
    """
    if spec.name not in panel.series:
        raise StudyError(
            f"outcome {spec.name!r} is no series of the data, nor derived.{did_you_mean(spec.name, panel.series)}",
            allowed=listing(sorted(panel.series), most=20),
            todo=f'name one of them, or add a line to [derive] such as {spec.name} = "log(a / b)"',
        )
    unit = panel.series[spec.name].unit
    if (spec.scale == "log") != unit.startswith("log("):
        kind = "a logarithm" if unit.startswith("log(") else f"no logarithm (its unit is {unit})"
        raise StudyError(
            f"outcome {spec.name!r} has scale '{spec.scale}', but is {kind}.",
            allowed="scale = 'log' for a series derived by log(...), whose effects read in percent; else 'level'",
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


def predictors_of(panel: Panel, study: Study) -> tuple[Predictor, ...]:
    """Return the predictors a study file names.

    Raises
    ------
    StudyError
        If one is no series of the panel.
    """
    named = study.spec.method.predictors
    for place, item in enumerate(named, 1):
        if item.name not in panel.series:
            raise StudyError(
                f"method.predictors[{place}] names {item.name!r}, which is no series of the data, nor derived."
                f"{did_you_mean(item.name, panel.series)}",
                allowed=listing(sorted(panel.series), most=20),
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
            todo="check its unit in [data.units], and take the logarithm in [derive] if the figures are none",
        )


def excluded_units(
    study: Study, panel: Panel, *, policy_zones: Rule | None = None, neighbours: Rule | None = None
) -> dict[str, str]:
    """Return the units that the study file rules out as donors, each with its reason.

    Parameters
    ----------
    study, panel
        The study and its data.
    policy_zones, neighbours
        Rules of an alternative design, in place of the study's.

    Raises
    ------
    StudyError
        If a rule needs the bundled evidence and the data are the user's own, or a unit is unknown.
    """
    donors, zones = study.spec.donors, study.spec.zone.units
    _known(panel, zones[:1], "zone.unit")
    _known(panel, zones[1:], "zone.also")
    _known(panel, donors.exclude, "donors.exclude")
    _known(panel, donors.only, "donors.only")
    reasons: dict[str, str] = {}
    if (policy_zones or donors.policy_zones) == "exclude":
        _needs_evidence(study, "donors.policy_zones")
        for zone in load_evidence().zones:
            part = "" if zone.whole else f", {zone.part}"
            reasons.setdefault(zone.region, f"zone of the same policy ({zone.name}, {zone.date}{part})")
    if (neighbours or donors.neighbours) == "exclude":
        _needs_evidence(study, "donors.neighbours")
        for own in zones:
            for region in load_evidence().neighbours_of(own):
                reasons.setdefault(region, f"neighbour of {panel.label(own)}")
    reasons |= dict(donors.exclude)
    if donors.only:
        outside = [unit for unit in panel.units if unit not in donors.only and unit not in reasons]
        reasons |= dict.fromkeys(outside, "not on the study's list of donors")
    return {unit: reason for unit, reason in reasons.items() if unit in panel.units and unit not in zones}


def unused_units(study: Study, panel: Panel) -> frozenset[str]:
    """Return the units that no design of the study uses: ruled out as donors by the main one and every alternative.

    Raises
    ------
    StudyError
        As in `excluded_units`.
    """
    rules = [(None, None), *((item.policy_zones, item.neighbours) for item in study.spec.alternatives)]
    out = [excluded_units(study, panel, policy_zones=zones, neighbours=near) for zones, near in rules]
    return frozenset(out[0]).intersection(*out[1:])


def _known(panel: Panel, units: Sequence[str] | dict[str, str], key: str) -> None:
    for unit in units:
        if unit not in panel.units:
            raise StudyError(
                f"{key} names {unit!r}, which is no unit of the data.{did_you_mean(unit, panel.units)}",
                allowed=listing(panel.units, most=40),
            )


def _needs_evidence(study: Study, key: str) -> None:
    if not uses_bundled_evidence(study):
        raise StudyError(
            f"{key} = 'exclude' needs the bundled evidence, which knows zones and neighbours; your data do not.",
            todo="list the units in [donors.exclude], each with its reason",
        )


def limits_of(study: Study, panel: Panel) -> tuple[Limit, ...]:
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
                limits.setdefault(caveat.name, Limit(caveat.text, "evidence", label or info.label, caveat.brief))
    if uses_bundled_evidence(study):
        for table in ("zones", "programmes"):
            for caveat in load_evidence().caveats_about(table, regions=study.spec.zone.units):
                if caveat.limits_verdict:
                    limits.setdefault(caveat.name, Limit(caveat.text, "evidence", f"table of {table}", caveat.brief))
    own = tuple(Limit(item.text, "study", item.source, item.brief) for item in study.spec.limits)
    return (*limits.values(), *own)


def _caveats_of(panel: Panel, until: int | None = None) -> set[str]:
    """Names of the caveats on the panel's figures, or only on those up to a period."""
    evidence = load_evidence()
    periods = [period for period in panel.periods if until is None or period <= until]
    names = [name for name in panel.series if name in evidence.series]
    return {item.name for name in names for item in evidence.caveats_on(name, regions=panel.units, periods=periods)}


def _touches_claim(regions: tuple[str, ...], study: Study) -> bool:
    """Whether a caveat is about the zone; one on single donors stands in the tables of evidence and donors."""
    return not regions or not set(study.spec.zone.units).isdisjoint(regions)


def programmes_of(study: Study) -> tuple[str, ...]:
    """Return other programmes in the zone as sentences, with where each is known from."""
    if not uses_bundled_evidence(study):
        return ()
    sentences = []
    for item in load_evidence().programmes:
        if item.region in study.spec.zone.units:
            until = f" to {item.end}" if item.end else ""
            where = f" ({item.region})" if study.spec.zone.also else ""
            sentences.append(f"{item.name}{where}, from {item.start}{until} (source: {item.source.title}).")
    return tuple(sentences)


def map_material(study: Study, panel: Panel) -> MapMaterial | None:
    """Return shapes for the map, or ``None`` where the units of the data have none."""
    shapes = load_shapes()
    if not set(panel.units) <= set(shapes.codes):
        return None
    zones: dict[str, str] = {}
    if uses_bundled_evidence(study) or study.spec.donors.policy_zones == "exclude":
        for zone in load_evidence().zones:
            extent = "" if zone.whole else f", part: {zone.part}"
            zones.setdefault(zone.region, f"{zone.name} zone, {zone.date}{extent}")
    return MapMaterial(geojson=shapes.geojson(), credit=shapes.credit, zones=zones)
