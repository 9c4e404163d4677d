"""Effects of zones that a study beside hands over, with the covariance of those that share donors."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pilotzone.core import StudyError, unknown
from pilotzone.gather import load_evidence
from pilotzone.study.runs.handed import called, check_scale
from pilotzone.study.transfer.places import PlaceGiven
from pilotzone.transfer import ZoneEffect, ZoneEffects, effects_of_zones, shared_donor_covariance

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from pilotzone.core import Outcome
    from pilotzone.study.transfer.file import TransferFile

    Floats = NDArray[np.float64]

__all__ = ["Handed", "cohort_effects", "effects_of_parts", "handed_effects", "shared_correlation"]

_FEWEST = 2
"""Cohorts that can be pooled."""


class Handed(NamedTuple):
    """Effects of zones that a transfer pools.

    Attributes
    ----------
    effects
        By outcome.
    zones
        The zones.
    jointly
        Effects on all outcomes with their covariance; ``None`` with one outcome, or where it is not known.
    """

    effects: dict[str, ZoneEffects]
    zones: tuple[PlaceGiven, ...]
    jointly: ZoneEffects | None


def handed_effects(file: TransferFile, outcomes: Sequence[Outcome], given: Mapping[str, Any]) -> Handed:
    """Return effects of zones, as the study of zones beside found them.

    Raises
    ------
    StudyError
        If that study is of one zone, has no such outcome, or a moderator is measured after a zone began.
    """
    several = getattr(given.get("zone"), "zones", None)
    if several is None:
        raise StudyError(
            "the study beside has one zone.",
            allowed="a study of two zones or more",
            todo="name its other zones as [[zone.also]]",
        )
    return effects_of_parts(file, outcomes, several.parts, f"study {file.beside['zone']} beside")


def effects_of_parts(file: TransferFile, outcomes: Sequence[Outcome], parts: Sequence[Any], origin: str) -> Handed:
    """Return effects of zones that were estimated one by one.

    Parameters
    ----------
    file
        The transfer.
    outcomes
        On what.
    parts
        Effects of each zone, with its design, joint effects, and fits.
    origin
        Where figures are from, for the source of each effect.

    Raises
    ------
    StudyError
        If they have no such outcome, or a moderator is measured after a zone began.

    Notes
    -----
    A zone's standard error is the root mean square of the mean gaps of the other units, each with a synthetic control
    of its own. With errors of one size in all units, that of a gap with weights w is s² (1 + w'w), and two zones with
    weights w and v vary together by s² w'v: correlations follow from weights alone, and are taken from them.
    """
    _check_years(file, min(int(part.design.start) for part in parts))
    head = file.transfer
    names = {part.design.unit: part.label or part.design.unit for part in parts}
    raw = effects_of_zones(
        {names[part.design.unit]: part.joint for part in parts}, treatment=head.treatment, horizon=head.horizon
    )
    effects = {}
    for outcome in outcomes:
        check_scale(parts[0].joint, outcome)
        own = raw.on(outcome.name)
        se = np.sqrt(own.matrix.diagonal())
        shared = shared_correlation([part.fit(outcome.name) for part in parts]) * np.outer(se, se)
        items = tuple(replace(item, outcome=outcome, source=f"{called(item.source)}, {origin}") for item in own.effects)
        effects[outcome.name] = ZoneEffects(items, shared)
    known = {item.code for item in load_evidence().regions}
    zones = tuple(PlaceGiven(name, unit if unit in known else "") for unit, name in names.items())
    return Handed(effects, zones, None if len(outcomes) == 1 else _parts_jointly(parts, effects, raw))


def cohort_effects(file: TransferFile, outcomes: Sequence[Outcome], given: Mapping[str, Any]) -> Handed:
    """Return effects of cohorts, as the panel beside found them, with their joint covariance.

    Raises
    ------
    StudyError
        If the panel has no such outcome, one cohort only, no standard error of one, or not the cohorts of the file; or
        a moderator is measured after the first cohort began.

    Notes
    -----
    A cohort's effect is its average over its periods after treatment (Callaway and Sant'Anna 2021, section 3).
    Standard errors are those that the panel prints, small cohorts allowed for; correlations are those of the influence
    functions, which cohorts share by their controls.
    """
    found = given["panel"].effects
    head, label = file.transfer, found.facts.label
    effects: dict[str, ZoneEffects] = {}
    zones: dict[int, PlaceGiven] = {}
    every: list[int] = []
    for outcome in outcomes:
        check_scale(found.joint, outcome)
        at = [
            q
            for q, row in enumerate(found.averages.rows)
            if row.kind == "group" and row.at is not None and row.outcome == outcome.name
        ]
        every += at
        rows = {row.at: row for row in found.of("group") if row.outcome.name == outcome.name}
        own = [rows[label(found.averages.rows[q].at)] for q in at]
        zones |= _cohorts(file, [row.at for row in own])
        without = next((row for row in own if row.se is None), None)
        if without is not None:
            raise StudyError(
                f"cohort {without.at} of the panel beside has no standard error of its effect on {outcome.name!r}: "
                f"{without.refused}.",
                allowed="cohorts with units enough",
                todo="merge cohorts in the panel, or leave the outcome out",
            )
        se = np.array([row.se for row in own])
        matrix = found.averages.covariance[np.ix_(at, at)]
        size = np.sqrt(matrix.diagonal())
        source = f"{called(found.design.estimator)}, panel {file.beside['panel']} beside"
        items = tuple(
            ZoneEffect(zones[row.at].name, head.treatment, outcome, head.horizon, row.estimate, float(row.se), source)
            for row in own
        )
        effects[outcome.name] = ZoneEffects(items, matrix / np.outer(size, size) * np.outer(se, se))
    if len(zones) < _FEWEST:
        raise StudyError(
            f"the panel beside has {len(zones)} cohort.",
            allowed="two cohorts or more: each counts as a zone",
            todo="give effects as [[effect]]",
        )
    _check_years(file, min(zones))
    jointly = None
    if len(outcomes) > 1:
        size = np.sqrt(found.averages.covariance.diagonal()[every])
        items = tuple(item for outcome in outcomes for item in effects[outcome.name].effects)
        se = np.array([item.se for item in items])
        whole = found.averages.covariance[np.ix_(every, every)]
        jointly = ZoneEffects(items, whole / np.outer(size, size) * np.outer(se, se))
    return Handed(effects, tuple(zones.values()), jointly)


def _parts_jointly(parts: Sequence[Any], effects: Mapping[str, ZoneEffects], raw: ZoneEffects) -> ZoneEffects:
    """Return effects on all outcomes with their joint covariance.

    Two effects vary together by the donors that their zones share, and by how far units' errors on two outcomes do:
    the mean over zones of the correlation of placebo effects. The product of both is that of errors which are
    independent between units.
    """
    names, zones = list(effects), list(raw.zones)
    rows, of = [], []
    donors = list(dict.fromkeys(name for part in parts for fit in part.fits for name in fit.pool))
    for k, name in enumerate(names):
        for z, part in enumerate(parts):
            fit = part.fit(name)
            row = np.zeros(len(parts) + len(donors))
            row[z] = 1.0
            row[[len(parts) + donors.index(donor) for donor in fit.pool]] = np.asarray(fit.weights)[fit.treated]
            rows.append(row / np.sqrt(row @ row))
            of.append(k)
    among = np.mean([_correlation_of(raw, zone, names) for zone in zones], axis=0)
    items = tuple(item for name in names for item in effects[name].effects)
    se = np.array([item.se for item in items])
    gram = np.array(rows) @ np.array(rows).T
    return ZoneEffects(items, gram * among[np.ix_(of, of)] * np.outer(se, se))


def _correlation_of(raw: ZoneEffects, zone: str, names: Sequence[str]) -> Floats:
    """Return the correlation of the errors of one zone's effects on outcomes."""
    places = {(item.zone, item.outcome.name): k for k, item in enumerate(raw.effects)}
    at = [places[zone, name] for name in names]
    block = raw.matrix[np.ix_(at, at)]
    size = np.sqrt(block.diagonal())
    return np.asarray(block / np.outer(size, size))


def _cohorts(file: TransferFile, starts: Sequence[int]) -> dict[int, PlaceGiven]:
    """Return cohorts as zones, with what the file says of them; refuse entries of cohorts that there are not."""
    told = {entry.start: entry for entry in file.cohort}
    for start in told:
        if start not in starts:
            raise unknown("cohort", str(start), [str(one) for one in starts], error=StudyError, of="the panel beside")
    found = {}
    for start in starts:
        entry = told.get(start)
        name = f"cohort {start}" if entry is None or entry.name is None else entry.name
        region = "" if entry is None or entry.region is None else load_evidence().region(entry.region).code
        found[start] = PlaceGiven(name, region, {} if entry is None else dict(entry.moderators))
    return found


def shared_correlation(fits: Sequence[Any]) -> Floats:
    """Return correlations of errors of zones by the donors that they share, shape (k, k)."""
    pools = [list(fit.pool) for fit in fits]
    donors = list(dict.fromkeys(name for pool in pools for name in pool))
    weights = np.zeros((len(fits), len(donors)))
    for k, (fit, pool) in enumerate(zip(fits, pools, strict=True)):
        row = np.asarray(fit.weights)[fit.treated]
        weights[k, [donors.index(name) for name in pool]] = row
    found = shared_donor_covariance(weights, np.ones(len(donors)), np.ones(len(fits)))
    size = np.sqrt(found.diagonal())
    return np.asarray(found / np.outer(size, size))


def _check_years(file: TransferFile, start: int) -> None:
    """Refuse moderators that zones may have changed."""
    for entry in file.moderator:
        if entry.year is not None and entry.year >= start:
            raise StudyError(
                f"the moderator {entry.name!r} is measured in {entry.year}, and the first zone began in {start}.",
                allowed=f"a year before {start}: later, a zone may have changed it",
            )
