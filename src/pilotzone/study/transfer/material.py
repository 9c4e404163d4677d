"""From a transfer file to zones, moderators and candidates, with the files that it names."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import MethodError, StudyError, listing, unknown
from pilotzone.gather import evidence_panel, load_evidence
from pilotzone.study.transfer.estimating import check_estimate
from pilotzone.study.transfer.places import PlaceGiven
from pilotzone.study.transfer.sheetfile import PlaceSheet
from pilotzone.transfer import Moderator, ZoneEffect, ZoneEffects, check_moderator_count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from pilotzone.core import Outcome
    from pilotzone.study.runs.outcome import DeclaredOutcome
    from pilotzone.study.transfer.file import (
        EffectEntry,
        ModeratorEntry,
        TransferFile,
        TransferStudy,
    )

    Floats = NDArray[np.float64]

__all__ = ["TransferMaterial", "moderator_values", "transfer_material"]

_COLUMNS = ("zone", "outcome", "effect", "se", "region", "source", "place", "part")
"""Names that columns of tables have: no moderator may be called so."""


@dataclass(frozen=True, eq=False)
class TransferMaterial:
    """A transfer file with what it names.

    Attributes
    ----------
    outcomes
        On what effects are.
    effects
        Of zones by outcome; ``None`` where the study beside hands them over.
    zones
        Zones of the file, in its order; empty where the study beside hands them over.
    moderators
        Declared, in the file's order.
    candidates
        Places without a zone.
    jointly
        Effects of the file on all outcomes, where it says how those on different outcomes err together.
    """

    outcomes: tuple[Outcome, ...]
    effects: Mapping[str, ZoneEffects] | None
    zones: tuple[PlaceGiven, ...]
    moderators: tuple[Moderator, ...]
    candidates: tuple[PlaceGiven, ...]
    jointly: ZoneEffects | None = None


def transfer_material(study: TransferStudy) -> TransferMaterial:
    """Return what a transfer rests on.

    Raises
    ------
    StudyError
        If parts of the file contradict one another, or there are more moderators than zones can bear.
    DataError
        If a file that it names cannot be read.
    """
    file = study.spec
    outcomes = _outcomes(file.outcomes)
    effects, zones, jointly = (None, (), None) if file.transfer.source != "given" else _zones(study, outcomes)
    moderators = tuple(_moderator(entry) for entry in file.moderator)
    _check_names([entry.name for entry in file.moderator], "moderator")
    taken = next((entry.name for entry in file.moderator if entry.name in _COLUMNS), None)
    if taken is not None:
        raise StudyError(
            f"a moderator is called {taken!r}, as a column of tables is.", allowed="another name, such as income"
        )
    count = len(zones) if file.estimate is None else len(file.estimate.zones)
    if count:
        _check_moderators(file, count)
    if file.estimate is not None:
        check_estimate(file.estimate, outcomes)
    candidates = _candidates(study)
    _check_figures(file, zones, candidates)
    _check_priors(file, [item.name for item in outcomes])
    return TransferMaterial(outcomes, effects, zones, moderators, candidates, jointly)


def moderator_values(entries: Sequence[ModeratorEntry], places: Sequence[PlaceGiven]) -> Floats:
    """Return the moderators of places, shape (m, q): of the study's own, or of the evidence.

    Raises
    ------
    StudyError
        If a place has no figure.
    """
    return np.array([[_value(entry, place) for entry in entries] for place in places], dtype=np.float64).reshape(
        len(places), len(entries)
    )


def _value(entry: ModeratorEntry, place: PlaceGiven) -> float:
    if entry.series is None or entry.name in place.moderators:
        if entry.name not in place.moderators:
            raise StudyError(
                f"{place.name!r} has no {entry.name!r}, which is declared as a moderator.",
                allowed=f"a number{'' if entry.unit == '1' else f' in {entry.unit}'} for every zone and candidate",
                todo="give it, or leave the place out",
            )
        return place.moderators[entry.name]
    if not place.region:
        raise StudyError(
            f"{place.name!r} has no region, and the moderator {entry.name!r} is a series of the evidence.",
            allowed="the code of a region, or a figure of your own under moderators",
        )
    assert entry.year is not None  # noqa: S101 - goes with the series
    names = [entry.series, *([] if entry.over is None else [entry.over])]
    panel = evidence_panel(names, regions=[place.region], periods=[entry.year])
    figures = [float(panel.matrix(name)[0, 0]) for name in names]
    value = figures[0] if entry.over is None else figures[0] / figures[1] if figures[1] else math.nan
    if entry.log:
        value = math.log(value) if value > 0 else math.nan
    if not math.isfinite(value):
        raise StudyError(
            f"{place.name!r} has no figure of the moderator {entry.name!r} in {entry.year}.",
            allowed="a year with figures for every zone and candidate",
            todo="take another year, or leave the place out",
        )
    return value


# ----------------------------------------------------------------------------------------------- parts of the file


def _outcomes(entries: Sequence[DeclaredOutcome]) -> tuple[Outcome, ...]:
    _check_names([entry.name for entry in entries], "outcome")
    return tuple(entry.outcome() for entry in entries)


def _check_names(names: Sequence[str], what: str) -> None:
    for name in names:
        if names.count(name) > 1:
            raise StudyError(f"{what} {name!r} stands twice.", allowed=f"each {what} once")


def _zones(
    study: TransferStudy, outcomes: tuple[Outcome, ...]
) -> tuple[dict[str, ZoneEffects], tuple[PlaceGiven, ...], ZoneEffects | None]:
    """Return effects by outcome, and zones with what is given of them."""
    from pilotzone.study.transfer.file import EffectEntry

    file, names = study.spec, [item.name for item in outcomes]
    entries = list(file.effect)
    if file.transfer.effects is not None:
        own = [item.name for item in file.moderator]
        known = ("outcome", "region", "source", *own)
        sheet = PlaceSheet(study.path(file.transfer.effects), ("zone", "effect", "se"), known)
        for row in range(len(sheet)):
            figures = {name: sheet.number(row, name) for name in own if sheet.text(row, name)}
            entries.append(
                EffectEntry(
                    zone=sheet.name_at(row, "zone"),
                    outcome=sheet.text(row, "outcome") or None,
                    effect=sheet.number(row, "effect"),
                    se=sheet.number(row, "se", positive=True),
                    source=sheet.text(row, "source") or sheet.name,
                    region=sheet.text(row, "region") or None,
                    moderators=figures,
                )
            )
    effects: dict[str, ZoneEffects] = {}
    for outcome in outcomes:
        own_entries = [entry for entry in entries if _outcome_of(entry.outcome, names, entry.zone) == outcome.name]
        if not own_entries:
            raise StudyError(f"outcome {outcome.name!r} has no effect.", allowed="the effects of two zones or more")
        effects[outcome.name] = _pooled_part(file, outcome, own_entries, names)
    return effects, _places_of(entries), _jointly(file, effects)


def _outcome_of(given: str | None, names: Sequence[str], zone: str) -> str:
    if given is None:
        if len(names) > 1:
            raise StudyError(
                f"an entry of {zone!r} does not name its outcome, and there are {len(names)}.", allowed=listing(names)
            )
        return names[0]
    if given not in names:
        raise unknown("outcome", given, names, error=StudyError)
    return given


def _pooled_part(
    file: TransferFile, outcome: Outcome, entries: Sequence[EffectEntry], names: Sequence[str]
) -> ZoneEffects:
    head = file.transfer
    items = tuple(
        ZoneEffect(entry.zone, head.treatment, outcome, head.horizon, entry.effect, entry.se, entry.source)
        for entry in entries
    )
    zones = [entry.zone for entry in entries]
    matrix = np.diag([entry.se**2 for entry in entries])
    asked = [item for item in file.covariance if item.outcomes is None]
    asked = [item for item in asked if _outcome_of(item.outcome, names, item.between[0]) == outcome.name]
    for item in asked:
        for zone in item.between:
            if zone not in zones:
                raise unknown("zone", zone, zones, error=StudyError)
        a, b = (zones.index(zone) for zone in item.between)
        if a == b:
            raise StudyError(
                f"a covariance is between {item.between[0]!r} and itself.",
                allowed="two zones; se is a zone's own error",
            )
        matrix[a, b] = matrix[b, a] = item.value
    return ZoneEffects(items, matrix if asked else None)


def _jointly(file: TransferFile, effects: Mapping[str, ZoneEffects]) -> ZoneEffects | None:
    """Return effects on all outcomes with the covariances that the file gives between them; ``None`` without any."""
    asked = [entry for entry in file.covariance if entry.outcomes is not None]
    if not asked:
        return None
    items = tuple(item for own in effects.values() for item in own.effects)
    places = {(item.zone, item.outcome.name): k for k, item in enumerate(items)}
    matrix = np.zeros((len(items), len(items)))
    at = 0
    for own in effects.values():
        matrix[at : at + len(own.effects), at : at + len(own.effects)] = own.matrix
        at += len(own.effects)
    for entry in asked:
        ends = []
        for zone, name in zip(entry.between, entry.outcomes or (), strict=True):
            if name not in effects:
                raise unknown("outcome", name, list(effects), error=StudyError)
            if (zone, name) not in places:
                raise unknown("zone", zone, list(effects[name].zones), error=StudyError, of=f"outcome {name!r}")
            ends.append(places[zone, name])
        matrix[ends[0], ends[1]] = matrix[ends[1], ends[0]] = entry.value
    return ZoneEffects(items, matrix)


def _places_of(entries: Sequence[EffectEntry]) -> tuple[PlaceGiven, ...]:
    """Return zones, each once, with the region and figures of any of its entries."""
    found: dict[str, PlaceGiven] = {}
    for entry in entries:
        before = found.get(entry.zone, PlaceGiven(entry.zone))
        for what, own, other in (
            ("regions", before.region, entry.region or ""),
            *((f"figures of {name!r}", before.moderators.get(name), value) for name, value in entry.moderators.items()),
        ):
            if own not in {None, "", other} and other != "":
                raise StudyError(f"zone {entry.zone!r} has two {what}: {own} and {other}.", allowed="one")
        region = before.region or _region(entry.region)
        found[entry.zone] = PlaceGiven(entry.zone, region, {**before.moderators, **entry.moderators})
    return tuple(found.values())


def _region(code: str | None) -> str:
    """Return the code of a region of the evidence as it spells it; empty where none is given."""
    return "" if not code else load_evidence().region(code).code


def _moderator(entry: ModeratorEntry) -> Moderator:
    if entry.series is not None:
        known = load_evidence().series
        for name in (entry.series, *([] if entry.over is None else [entry.over])):
            if name not in known:
                raise unknown("series", name, list(known), error=StudyError, of="the evidence")
    return Moderator(entry.name, entry.unit, entry.declared, entry.reason)


def _candidates(study: TransferStudy) -> tuple[PlaceGiven, ...]:
    file, evidence = study.spec, load_evidence()
    found = []
    for code in file.transfer.regions:
        region = evidence.region(code)
        found.append(PlaceGiven(region.name, region.code))
    for entry in file.candidate:
        code = _region(entry.region)
        name = entry.name or evidence.region(code).name
        found.append(PlaceGiven(name, code, dict(entry.moderators)))
    if file.transfer.candidates is not None:
        own = [item.name for item in file.moderator]
        sheet = PlaceSheet(study.path(file.transfer.candidates), ("place",), ("region", *own))
        for row in range(len(sheet)):
            figures = {name: sheet.number(row, name) for name in own if sheet.text(row, name)}
            found.append(PlaceGiven(sheet.name_at(row, "place"), _region(sheet.text(row, "region")), figures))
    _check_names([item.name for item in found], "candidate")
    _check_names([str(entry.start) for entry in file.cohort], "cohort")
    return tuple(found)


def _check_moderators(file: TransferFile, zones: int) -> None:
    """Refuse more moderators than zones can bear before anything is computed."""
    try:
        check_moderator_count(zones, [item.name for item in file.moderator])
    except MethodError as error:
        raise StudyError(error.what, allowed=error.allowed, todo=error.todo) from error


def _check_figures(file: TransferFile, zones: Sequence[PlaceGiven], candidates: Sequence[PlaceGiven]) -> None:
    names = [item.name for item in file.moderator]
    cohorts = [PlaceGiven(f"cohort {entry.start}", "", dict(entry.moderators)) for entry in file.cohort]
    for place in (*zones, *cohorts, *candidates):
        for name in place.moderators:
            if name not in names:
                raise unknown(
                    "moderator",
                    name,
                    names,
                    error=StudyError,
                    told=f"{place.name!r} has {name!r}, not a moderator here",
                )
    taken = {place.name for place in zones} | {place.region for place in zones if place.region}
    for place in candidates:
        if place.name in taken or place.region in taken:
            raise StudyError(f"candidate {place.name!r} is one of the zones.", allowed="places without a zone")
    if zones:
        moderator_values(file.moderator, zones)
    moderator_values(file.moderator, candidates)


def _check_priors(file: TransferFile, names: Sequence[str]) -> None:
    told = [_outcome_of(entry.outcome, names, "[[priors]]") for entry in file.priors]
    for name in told:
        if told.count(name) > 1:
            raise StudyError(f"outcome {name!r} has two priors.", allowed="one")
