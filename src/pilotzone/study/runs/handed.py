"""Effects that studies of zones hand over to the kinds of study that use them: how they are named and checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.core import StudyError, listing, unknown
from pilotzone.evaluation.few import ESTIMATORS

if TYPE_CHECKING:
    from pilotzone.core import JointEffects, Outcome

__all__ = ["called", "check_scale", "outcome_beside"]


def called(estimator: str) -> str:
    """Return what an estimator is called in words; what is none, as it is."""
    return next((record.label for name, record in ESTIMATORS.items() if name == estimator), estimator)


def outcome_beside(joint: JointEffects, name: str) -> Outcome:
    """Return the outcome of effects of a study beside.

    Raises
    ------
    StudyError
        If there is no such outcome.
    """
    known = {item.name: item for item in joint.outcomes}
    if name not in known:
        raise unknown("outcome", name, list(known), error=StudyError, of="the study beside")
    return known[name]


def check_scale(joint: JointEffects, outcome: Outcome) -> None:
    """Refuse an outcome that the study beside has in another scale or with another good direction, or has not.

    Raises
    ------
    StudyError
        If they differ.
    """
    names = [item.name for item in joint.outcomes]
    if outcome.name not in names:
        raise StudyError(
            f"outcome {outcome.name!r} is not one of the study beside.", allowed=listing(names), todo="name one of them"
        )
    own = next(item for item in joint.outcomes if item.name == outcome.name)
    if (own.scale, own.good) != (outcome.scale, outcome.good):
        raise StudyError(
            f"outcome {outcome.name!r} has scale {outcome.scale} and good {outcome.good}; in the study beside it has "
            f"scale {own.scale} and good {own.good}.",
            allowed="the same in both",
        )
