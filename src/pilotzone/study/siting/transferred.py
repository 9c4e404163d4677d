"""Predicted effects of a transfer beside, as a criterion of places, with the joint uncertainty of its predictions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pilotzone.core import StudyError, listing, unknown
from pilotzone.site import CriterionValue, Predicted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pilotzone.core import Outcome
    from pilotzone.site import Candidate, SitingSpec
    from pilotzone.study.runs.outcome import DeclaredOutcome
    from pilotzone.study.siting.file import CriterionEntry, SitingFile, SitingStudy
    from pilotzone.transfer import Predictions

__all__ = ["check_transferred", "outcome_of", "with_transferred"]


def outcome_of(study: SitingStudy, entry: CriterionEntry) -> Outcome:
    """Return the outcome of the transfer beside that a criterion is about.

    Raises
    ------
    StudyError
        If there is no such outcome, the transfer predicts nothing, or direction and unit contradict it.
    """
    beside = study.beside["transfer"]
    where = f"siting {study.name!r}: criterion {entry.name!r}"
    known: dict[str, DeclaredOutcome] = {item.name: item for item in beside.spec.outcomes}
    if entry.transfer not in known:
        raise unknown("outcome", str(entry.transfer), list(known), error=StudyError, of="the transfer beside")
    if not beside.spec.moderator:
        raise StudyError(
            f"{where} is of the transfer {beside.name!r}, which has no moderators and predicts the same everywhere.",
            allowed="a transfer with a moderator: without one it tells no place from another",
            todo="leave the criterion out",
        )
    outcome = known[str(entry.transfer)].outcome()
    if entry.good is not None and entry.good != outcome.good:
        raise StudyError(
            f"{where} has good = {entry.good!r}, and the outcome {outcome.name!r} of the transfer {outcome.good!r}.",
            allowed="the same, or no good here",
        )
    if entry.unit not in {"1", outcome.display_unit}:
        raise StudyError(
            f"{where} is in {entry.unit}, and the transfer tells effects in {outcome.display_unit}.",
            allowed="the same unit, or none here",
        )
    return outcome


def check_transferred(file: SitingFile, name: str) -> None:
    """Refuse a ranking that rests on a transfer beside where that is not run.

    Raises
    ------
    StudyError
        If a criterion does.
    """
    entry = next((item for item in file.criterion if item.transfer is not None), None)
    if entry is not None:
        raise StudyError(
            f"siting {name!r}: criterion {entry.name!r} is predicted by the transfer beside, which is not run here.",
            todo="run the file with run()",
        )


def with_transferred(file: SitingFile, spec: SitingSpec, given: Mapping[str, Any]) -> SitingSpec:
    """Return a ranking with what the transfer beside predicts for its places.

    Parameters
    ----------
    file
        Its criteria name outcomes of the transfer.
    spec
        What is ranked, those criteria still without figures but the user's own.
    given
        Findings of studies beside, by kind.

    Raises
    ------
    StudyError
        If a place is not a candidate of the transfer, or two places are one candidate.

    Notes
    -----
    Places are found among candidates by their region's code, else by name. A place to which the effect cannot be
    transported is not ranked.
    """
    asked = [entry for entry in file.criterion if entry.transfer is not None]
    if not asked:
        return spec
    transfer = given["transfer"]
    places = {place.name: place for place in spec.places}
    refused: dict[str, str] = dict(spec.refused)
    for entry in asked:
        found = next(item for item in transfer.outcomes if item.outcome.name == entry.transfer)
        by_candidate = dict(_predicted(entry.name, found.predictions, transfer.name))
        codes = {item.region: item.name for item in transfer.candidates if item.region}
        taken: dict[str, str] = {}
        for place in spec.places:
            if entry.name in place.figures:
                continue  # the user's own figure goes first
            candidate = _candidate(place, codes, by_candidate, entry.name, transfer.name)
            if taken.setdefault(candidate, place.belongs) != place.belongs:
                raise StudyError(
                    f"{taken[candidate]} and {place.name} are both the candidate {candidate} of the transfer.",
                    allowed="one place in each candidate, or spots of one place",
                )
            figure, quantity, why = by_candidate[candidate]
            own = places[place.name]
            places[place.name] = replace(
                own,
                figures={**own.figures, entry.name: replace(figure, place=place.name)},
                quantities=own.quantities if quantity is None else {**own.quantities, entry.name: quantity},
            )
            if why:
                refused[place.name] = "; ".join(filter(None, (refused.get(place.name, ""), f"{entry.name}: {why}")))
    return replace(spec, places=tuple(places.values()), refused=refused)


def _candidate(
    place: Candidate, codes: Mapping[str, str], known: Mapping[str, Any], criterion: str, transfer: str
) -> str:
    """Return the candidate of the transfer that a place is."""
    found = codes.get(place.region) if place.region else None
    found = found or (place.name if place.name in known else place.belongs if place.belongs in known else None)
    if found is None:
        raise StudyError(
            f"{place.name} is not a candidate of the transfer {transfer!r}, which the criterion {criterion!r} is of.",
            allowed=f"candidates: {listing(list(known), most=20)}",
            todo="name it there as a candidate, give its figure here, or leave it out",
        )
    return found


def _predicted(
    criterion: str, found: Predictions, transfer: str
) -> Iterator[tuple[str, tuple[CriterionValue, Predicted | None, str]]]:
    """Yield each candidate with its prediction interval, what it is drawn from, and why there is none."""
    rows = found.to_criterion(criterion).records()
    factors = found.factors()
    at = {item.place: k for k, item in enumerate(found.transported)}
    for row in rows:
        place, unit = str(row["place"]), str(row["unit"])
        if place not in at:
            yield (
                place,
                (
                    CriterionValue(place, criterion, float("nan"), float("nan"), unit, "missing", "", str(row["note"])),
                    None,
                    str(row["note"]),
                ),
            )
            continue
        k = at[place]
        low, high = float(row["low"] or 0.0), float(row["high"] or 0.0)
        source = f"{row['source']}, transfer {transfer!r} beside"
        figure = CriterionValue(place, criterion, low, high, unit, "modelled", source, str(row["note"]))
        drawn = Predicted(
            criterion,
            factors.location[:, k],
            factors.loadings[:, k],
            factors.own,
            factors.degrees,
            factors.scores,
            percent=found.outcome.scale == "log",
        )
        yield place, (figure, drawn, "")
