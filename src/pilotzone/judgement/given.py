"""What may be given as effects: joint effects, or any result that carries them."""

from __future__ import annotations

from typing import Protocol

from pilotzone.core import JointEffects, UsageError, listing

__all__ = ["HasJoint", "effects_of", "named_or_only"]


class HasJoint(Protocol):
    """A result that carries joint effects, such as that of `synthetic_control`."""

    @property
    def joint(self) -> JointEffects:
        """The effects on all outcomes jointly."""


def effects_of(effects: object) -> JointEffects:
    """Return joint effects, also those that a result carries; anything else is refused."""
    found = effects if isinstance(effects, JointEffects) else getattr(effects, "joint", None)
    if not isinstance(found, JointEffects):
        raise UsageError(
            f"effects is of type {type(effects).__name__}.",
            allowed="joint effects, or a result that carries them as 'joint', such as that of synthetic_control",
        )
    return found


def named_or_only(effects: JointEffects, outcome: str | None) -> int:
    """Return the position of an outcome: the one named, or the only one there is.

    Raises
    ------
    UsageError
        If there is no such outcome, or none is named and there are several.
    """
    if outcome is not None:
        return effects.index(outcome)
    if len(effects.outcomes) > 1:
        raise UsageError("the effects are on several outcomes, and none is named.", allowed=listing(_names(effects)))
    return 0


def _names(effects: JointEffects) -> list[str]:
    return [repr(item.name) for item in effects.outcomes]
