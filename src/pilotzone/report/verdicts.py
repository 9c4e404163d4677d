"""How a verdict looks: a colour and a sign, which its words do not need."""

from __future__ import annotations

from pilotzone.core import VerdictLabel

__all__ = ["tone_of"]

_TONES: dict[VerdictLabel, tuple[str, str]] = {
    "green growth": ("good", "●"),
    "inclusive growth": ("good", "●"),
    "green and inclusive growth": ("good", "●"),
    "growth": ("good", "●"),
    "harm excluded": ("good", "●"),
    "growth at a cost": ("mixed", "◐"),
    "harm without growth": ("bad", "■"),
    "harm": ("bad", "■"),
    "growth, harm not excluded": ("open", "◔"),
    "harm excluded, growth not shown": ("open", "◔"),
    "growth not shown": ("open", "○"),
    "too noisy for this margin": ("open", "○"),
    "cannot be decided": ("unknown", "?"),
    "cannot be assessed": ("unknown", "✗"),
}
"""Colour and sign of each label; the words say it without either."""


def tone_of(label: VerdictLabel | None) -> tuple[str, str]:
    """Return the colour and the sign of a verdict's label, or those of none."""
    return ("unknown", "?") if label is None else _TONES[label]
